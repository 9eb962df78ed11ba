"""Content codings, undone in small steps: what a bomb would unpack to is never held, whatever one chunk unpacks to.

httpx's own decoders give all that a chunk unpacks to at once, which is 66 MB for 64 KB of gzip and far more for zstd.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

STEP = 64 * 1024
"""Bytes that are unpacked at a time; brotli may give up to twice as many."""
ACCEPTED = "gzip, deflate, br, zstd"
ZSTD_WINDOW_LOG = 23
"""8 MB of memory at most, which is what RFC 9659 lets a server use."""

_GZIP_MAGIC = b"\x1f\x8b"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"


class UnpackError(ValueError):
    """The bytes are not in the coding that they are said to be in, or end too early."""


class _Coder(Protocol):
    """What the standard library's decompressors have in common (bz2, lzma, zstd)."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Zlib:
    def __init__(self, wbits: int) -> None:
        self._inner = zlib.decompressobj(wbits)
        self._rest = b""
        self.eof = False
        self.needs_input = True
        self.unused_data = b""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        piece = self._inner.decompress(self._rest + data, max_length)
        self._rest = self._inner.unconsumed_tail
        self.eof = self._inner.eof
        # A full step may have left something inside even where all of the input is consumed.
        self.needs_input = not self._rest and len(piece) < max_length
        self.unused_data = self._inner.unused_data
        return piece


class _Brotli:
    def __init__(self) -> None:
        import brotli

        self._inner = brotli.Decompressor()
        self._failure = brotli.error
        self.eof = False
        self.needs_input = True
        self.unused_data = b""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        try:
            piece: bytes = self._inner.process(data, output_buffer_limit=max_length)
        except self._failure as e:
            raise UnpackError("not valid brotli") from e
        self.eof = self._inner.is_finished()
        # It takes all of its input before it has given all of its output, and says so only by giving nothing.
        self.needs_input = not piece and self._inner.can_accept_more_data()
        return piece


def _zstd() -> _Coder:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    coder: _Coder = zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: ZSTD_WINDOW_LOG})
    return coder


def _deflate(head: bytes) -> _Coder:
    # "deflate" means zlib's format, but some servers have always sent the bare stream.
    wrapped = len(head) > 1 and head[0] & 0x0F == 8 and int.from_bytes(head[:2], "big") % 31 == 0
    return _Zlib(zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS)


_CODERS: dict[str, tuple[Callable[[bytes], _Coder], bytes]] = {
    "gzip": (lambda head: _Zlib(zlib.MAX_WBITS | 16), _GZIP_MAGIC),
    "x-gzip": (lambda head: _Zlib(zlib.MAX_WBITS | 16), _GZIP_MAGIC),
    "deflate": (_deflate, b""),
    "br": (lambda head: _Brotli(), b""),
    "zstd": (lambda head: _zstd(), _ZSTD_MAGIC),
}
"""How to begin, given the first bytes, and what another member begins with where there may be several."""


def known(coding: str) -> bool:
    """Whether a Content-Encoding, in lower case, can be undone."""
    return coding in ("", "identity") or coding in _CODERS


def unpacked(chunks: Iterable[bytes], coding: str) -> Iterator[bytes]:
    """The bytes behind a coding, in pieces of about STEP bytes; stop taking them and nothing more is unpacked.

    Raises UnpackError where the bytes are damaged or end too early. Rubbish after the end is ignored, as browsers do.
    """
    if coding in ("", "identity"):
        yield from chunks
        return
    make, magic = _CODERS[coding]
    source = iter(chunks)
    head = b""
    for chunk in source:
        head += chunk
        if len(head) > 1:
            break
    if head:
        yield from _unpacked(head, source, make, magic)


def _unpacked(data: bytes, source: Iterator[bytes], make: Callable[[bytes], _Coder], magic: bytes) -> Iterator[bytes]:
    coder = make(data)
    while True:
        try:
            piece = coder.decompress(data, STEP)
        except UnpackError:
            raise
        except Exception as e:  # zlib.error and ZstdError, which is only there once zstd is loaded
            raise UnpackError("damaged") from e
        if piece:
            yield piece
        data = b""
        if coder.eof:
            data = coder.unused_data
            while len(data) < len(magic) and (more := next(source, b"")):
                data += more
            if not magic or not data.startswith(magic):
                return
            coder = make(data)
        elif coder.needs_input:
            data = next(source, b"")
            if not data:
                raise UnpackError("broken off")


def slices(content: bytes, size: int = STEP) -> Iterator[bytes]:
    """Bytes that are already there, as chunks: a decompressor copies what it is given at every step."""
    view = memoryview(content)
    return (bytes(view[start : start + size]) for start in range(0, len(content), size))
