"""Bytes → readable text: which encoding, what was damaged, and characters that a reader cannot see."""

from __future__ import annotations

import codecs
import json
import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass

_BOMS = (
    # UTF-32 first: its little-endian mark begins with UTF-16's.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_META_CHARSET = re.compile(
    rb"""<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE
)
_META_WINDOW = 4096
"""HTML 5 asks for the charset within the first 1,024 bytes; real pages are later."""

# What Windows-1252 text in Indonesian or English holds above ASCII; other bytes speak for damage.
_LIKELY_CP1252 = frozenset(
    "€‚ƒ„…†‡‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ\xa0\xad¡¢£¥§©ª«®°±²³´µ·º»¼½¾¿ÀÁÄÅÆÇÈÉÊËÍÎÑÒÓÔÖ×ØÙÚÜßàáâãäåæçèéêëìíîïñòóôõö÷øùúûüý"
)
_LIKELY_SHARE = 0.8
_MAX_CP1252_SHARE = 0.2
"""Above this share of non-ASCII bytes a text is in another script, and statistics are asked instead."""

_TAG = re.compile("[\U000e0000-\U000e007f]")
_BIDI = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
_ZERO_WIDTH = re.compile("[\u200b\u200c\u2060-\u2065\ufeff\u00ad\u180e\ufff9-\ufffb]")
_LONE_JOINER = re.compile("(?<![^\x00-\u05ff])\u200d|\u200d(?![^\x00-\u05ff])")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_C1 = re.compile("[\x80-\x84\x86-\x9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_NEWLINE = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_SPACES = re.compile("[ \t\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]+")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text and what was odd about its bytes."""

    text: str
    encoding: str
    """Python's name of the encoding that was used."""
    flags: tuple[str, ...] = ()
    """"encoding": not UTF-8, or guessed; "broken-bytes": some bytes stand for nothing and became U+FFFD."""


def decode(content: bytes, *, html: bool = False) -> Decoded:
    """Decode bytes, never failing: byte order mark, valid UTF-8, HTML's own charset, and then the likeliest guess.

    UTF-8 goes before a declared charset, because text in another encoding hardly ever is valid UTF-8 by accident,
    and templates often declare iso-8859-1 over UTF-8 articles.
    """
    for bom, encoding in _BOMS:
        if content.startswith(bom):
            return _replaced(content, encoding, () if encoding == "utf-8-sig" else ("encoding",))
    nul_encoding = _utf16_without_bom(content)
    if nul_encoding:
        return _replaced(content, nul_encoding, ("encoding",))
    with suppress(UnicodeDecodeError):
        return Decoded(content.decode("utf-8"), "utf-8")
    declared = _declared(content) if html else ""
    if declared:
        with suppress(UnicodeDecodeError):
            return Decoded(content.decode(declared), declared, ("encoding",))
    return _guess(content)


def tidy(text: str) -> str:
    r"""Make text readable and safe to show: NFC, "\n" line ends, plain single spaces, nothing invisible.

    Removed: NUL and other controls, zero-width characters, tag characters and bidirectional controls, all of which
    can hide or turn text. A joiner stays between two non-Latin characters: it holds family emoji together.
    Line breaks stay where they are.
    """
    text = _C1.sub(_from_cp1252, _SURROGATE.sub("\ufffd", text))
    text = _CONTROL.sub("", _NEWLINE.sub("\n", text))
    for invisible in (_TAG, _BIDI, _ZERO_WIDTH, _LONE_JOINER):
        text = invisible.sub("", text)
    text = unicodedata.normalize("NFC", _SPACES.sub(" ", text))
    return "\n".join(line.strip() for line in text.split("\n")).strip("\n")


def parse_json(text: str) -> object:
    """Parse JSON from the wild: a mark at the beginning, NULs and raw line breaks inside strings do no harm.

    Raises ValueError, also where it is nested too deeply.
    """
    try:
        return json.loads(text.removeprefix("\ufeff").replace("\0", ""), strict=False)
    except RecursionError as e:
        raise ValueError("nested too deeply") from e


def damage(text: str) -> tuple[str, ...]:
    """The flags that a decoded text itself shows, before tidy() hides them: "nul" and "broken-bytes"."""
    return (("nul",) if "\0" in text else ()) + (("broken-bytes",) if "\ufffd" in text else ())


def _replaced(content: bytes, encoding: str, flags: tuple[str, ...]) -> Decoded:
    text = content.decode(encoding, "replace")
    return Decoded(text, encoding, (*flags, "broken-bytes") if "\ufffd" in text else flags)


def _utf16_without_bom(content: bytes) -> str:
    head = content[:2000]
    if len(head) < 4 or head.count(0) < len(head) * 0.3:
        return ""
    return "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"


def _declared(content: bytes) -> str:
    match = _META_CHARSET.search(content[:_META_WINDOW])
    if match is None:
        return ""
    try:
        name = codecs.lookup(match[1].decode("ascii")).name
    except LookupError:
        return ""
    # WHATWG: pages that say latin-1 or ASCII mean Windows-1252, whose curly quotes are controls in latin-1.
    name = "cp1252" if name in ("iso8859-1", "ascii") else name
    # Python knows codecs that are no charsets (rot13, zip, punycode); a page must not choose those.
    return name if name.startswith(("iso8859", "cp125", "gb", "big5", "shift_jis", "euc", "koi8", "mac")) else ""


def _guess(content: bytes) -> Decoded:
    as_utf8 = content.decode("utf-8", "replace")
    bad = as_utf8.count("\ufffd")
    good = sum(1 for char in as_utf8 if char > "\x7f" and char != "\ufffd")
    if good > bad:
        return Decoded(as_utf8, "utf-8", ("broken-bytes",))
    as_cp1252 = content.decode("cp1252", "replace")
    high = [char for char in as_cp1252 if char > "\x7f"]
    likely = sum(char in _LIKELY_CP1252 for char in high)
    if likely >= len(high) * _LIKELY_SHARE and len(high) <= len(content) * _MAX_CP1252_SHARE:
        return _replaced(content, "cp1252", ("encoding",))
    if len(high) > len(content) * _MAX_CP1252_SHARE:
        # Loaded here: it costs 50 ms to import, and hardly any article needs it.
        from charset_normalizer import from_bytes

        best = from_bytes(content).best()
        if best is not None and best.encoding != "utf_8":
            return Decoded(str(best), best.encoding, ("encoding",))
    return Decoded(as_utf8, "utf-8", ("broken-bytes",))


def _from_cp1252(match: re.Match[str]) -> str:
    # U+0080 to U+009F in a text are Windows-1252 bytes that somebody took for latin-1: U+0093 was meant as “.
    return match[0].encode("latin-1").decode("cp1252", "ignore")
