"""Text as Telegram counts it, and foreign text made safe to look at."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

MESSAGE = 4096
"""UTF-16 units of a message, counted without its markup."""
ENTITIES = 100
SOURCE_BYTES = 30_000
"""Of a message with its markup; Telegram refuses 32 KiB and more before it parses anything."""
URL_BYTES = 3_000
"""A longer address is left out: it would eat up the message."""
MARKS = 4
"""Combining marks on one letter; Tibetan and Burmese need as many, more is "zalgo"."""

_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_FLAG = "\U0001f3f4[\U000e0061-\U000e007a]{2}[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,4}\U000e007f"
_UNSEEN = re.compile(
    f"({_FLAG})"
    "|[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0d\ufeff\uffa0\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Controls, bidi controls, blanks without width, tags outside of a flag, variants, halves of a surrogate pair."""
_PLAIN_TO_SEE = re.compile("[\u0300-\u1fff\u200c\u200d\u20d0-\u20ff\u2cef-\U0010ffff]")
"""What may hold marks or joiners; text without any of it needs no second look."""
_EMOJI = re.compile(
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u2460-\u24ff\u25a0-\u27bf\u2900-\u297f"
    "\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001f1e5\U0001f200-\U0001faff]"
)
_JOINING = re.compile(
    "[\u0600-\u0dff\u0f00-\u109f\u1780-\u18af\u1a20-\u1aaf\u1b00-\u1c4f\ua800-\uaaff\ufb50-\ufdff\ufe70-\ufefc]"
)
"""Scripts that need joiners: Arabic, Syriac, the Indic ones, Burmese, Khmer, Mongolian, Balinese, Javanese ..."""
_JOINERS, _SELECTORS, _ZWJ = "\u200c\u200d", "\ufe0e\ufe0f", "\u200d"
_VIRAMA = 9
"""Combining class of the signs that join an Indic consonant to the next."""
_LINK = re.compile(r'<a href="([^"]*)">(.*?)</a>', re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_SENTENCE_END = re.compile(r"[.!?…][\"”’')\]]*(?=\s)")


def units(text: str) -> int:
    """UTF-16 code units, which Telegram's limits count in."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _extends(character: str) -> bool:
    """Whether a character belongs to the one before it."""
    return (
        character in _JOINERS
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or "\U000e0020" <= character <= "\U000e007f"
        or "\u1160" <= character <= "\u11ff"
        or (character > "\u02ff" and unicodedata.category(character)[0] == "M")
    )


def _regional(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _boundary(text: str, at: int) -> bool:
    """Whether `at` lies between two grapheme clusters (after UAX 29, without its rules for rare scripts)."""
    if at <= 0 or at >= len(text):
        return True
    before, after = text[at - 1], text[at]
    if _extends(after) or (before == "\r" and after == "\n") or (before == _ZWJ and not after.isspace()):
        return False
    if unicodedata.combining(before) == _VIRAMA and after.isalpha():
        return False
    if _regional(before) and _regional(after):
        first = at
        while first and _regional(text[first - 1]):
            first -= 1
        return (at - first) % 2 == 0
    return True


def _reach(text: str, most: int) -> int:
    """How many characters of `text` fit into `most` units, whole clusters only."""
    used = at = 0
    while at < len(text) and (used := used + (2 if text[at] > "\uffff" else 1)) <= most:
        at += 1
    while not _boundary(text, at):
        at -= 1
    return at


def _word_end(text: str, at: int) -> int:
    """The end of the last whole word in `text[:at]`, unless that would give up half of it."""
    end = at
    while end and not text[end].isspace() and not text[end - 1].isspace():
        end -= 1
    end = end if end > at // 2 else at
    while end and (text[end - 1].isspace() or text[end - 1] in ",;:–—-"):
        end -= 1
    while not _boundary(text, end):
        end -= 1
    return end


def clip(text: str, most: int) -> str:
    """At most `most` units: the text, or as many whole words of it as fit before "…"."""
    if len(text) <= most and units(text) <= most:
        return text
    if most < 1:
        return ""
    return text[: _word_end(text, _reach(text, most - 1))] + "…"


def clip_start(text: str, most: int) -> str:
    """Like `clip`, but the end of the text is kept: "… for the rest"."""
    if len(text) <= most and units(text) <= most:
        return text
    if most < 1:
        return ""
    begin, used = len(text), 0
    while begin and (used := used + (2 if text[begin - 1] > "\uffff" else 1)) < most:
        begin -= 1
    while not _boundary(text, begin):
        begin += 1
    word = re.compile(r"\s+").search(text, begin, (begin + len(text)) // 2 + 1)
    if word and not text[begin - 1].isspace() and _boundary(text, word.end()):
        begin = word.end()
    return "…" + text[begin:]


def pieces(text: str, most: int) -> list[str]:
    """The text in parts of at most `most` units, cut after a sentence, or else a word, or else a cluster."""
    parts = []
    begin = 0
    while begin < len(text):
        window = text[begin : begin + most + 1]
        at = _reach(window, most) or len(window)
        if begin + at < len(text):
            at = _sentence_end(window, at) or _word_cut(window, at)
        parts.append(window[:at].strip())
        begin += at
    return [part for part in parts if part]


def _sentence_end(window: str, at: int) -> int:
    ends = [match.end() for match in _SENTENCE_END.finditer(window, at // 2, at + 1)]
    return ends[-1] if ends and ends[-1] <= at else 0


def _word_cut(window: str, at: int) -> int:
    for end in range(at, at // 2, -1):
        if end < len(window) and window[end].isspace() and _boundary(window, end):
            return end
    return at


def shown(text: str) -> str:
    """Foreign text without what deceives the eye or cannot be seen; doing it twice changes nothing.

    Line breaks and tabs, emoji with their joiners, and the joiners of the scripts that are written with them stay.
    """
    text = _UNSEEN.sub(lambda match: match[1] or "", _BREAKS.sub("\n", text))
    if text.isascii() or not _PLAIN_TO_SEE.search(text):
        return text
    kept: list[str] = []
    before, marks = "", 0
    for at, character in enumerate(text):
        if character in _JOINERS:
            keep = _joins(before, character, text[at + 1 : at + 2])
        elif character in _SELECTORS:
            keep = bool(_EMOJI.match(before)) or before in tuple("0123456789#*")
        elif character > "\u02ff" and unicodedata.category(character)[0] == "M":
            marks += 1
            keep = marks <= MARKS
        else:
            marks = 0
            keep = True
        if keep:
            kept.append(character)
            before = character
    return "".join(kept)


def _joins(before: str, joiner: str, after: str) -> bool:
    """Whether a joiner does something between its neighbours."""
    if _JOINING.match(before) and _JOINING.match(after):
        return (before.isalpha() or unicodedata.category(before)[0] == "M") and after.isalpha()
    emoji = bool(_EMOJI.match(before)) or before in ("\ufe0f", "\U000e007f")
    return joiner == _ZWJ and emoji and bool(_EMOJI.match(after))


def one_line(text: str, most: int = MESSAGE) -> str:
    """Foreign text for a title, a name or a button: safe to look at, without line breaks, at most `most` units."""
    return clip(" ".join(shown(text).split()), most)


def escape(text: str) -> str:
    """Text that HTML shows as it is, between tags and in attributes."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def safe_href(url: str) -> str:
    """The very URL when it leads to a host by http or https and hides nothing; otherwise ""."""
    if len(url) > URL_BYTES or url != shown(url) or any(c.isspace() for c in url) or len(url.encode()) > URL_BYTES:
        return ""
    try:
        parts = urlsplit(url)
        return url if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 else ""
    except ValueError:
        return ""


def visible(source: str) -> str:
    """What HTML shows: tags dropped, references decoded."""
    return html.unescape(_TAG.sub("", source))


def plain(source: str) -> str:
    """A message as plain text, for when Telegram cannot parse its entities: links written out as "title (URL)".

    The addresses are left out where the message would become too long with them.
    """
    written = visible(_LINK.sub(r"\2 (\1)", source))
    return written if units(written) <= MESSAGE else clip(visible(source), MESSAGE)


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph of HTML that is never split, and what Telegram will count of it."""

    html: str
    gap: str = "\n"
    """Stands before it when it is not the first of its message."""
    units: int = field(init=False)
    entities: int = field(init=False)
    size: int = field(init=False)
    """Bytes with the markup."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "units", units(visible(self.html)))
        object.__setattr__(self, "entities", self.html.count("<") - self.html.count("</"))
        object.__setattr__(self, "size", len(self.html.encode()))


def pack(blocks: Iterable[Block], most: int = MESSAGE, entities: int = ENTITIES) -> list[str]:
    """As few messages as hold the blocks in order, none longer than Telegram takes.

    Makers keep a block short (`pieces`); one that is too long all the same loses its markup and its end.
    """
    messages: list[str] = []
    used = marked = size = 0
    for given in blocks:
        fits = given.units <= most and given.entities <= entities and given.size <= SOURCE_BYTES
        block = given if fits else Block(escape(clip(visible(given.html), min(most, MESSAGE))), given.gap)
        if not visible(block.html).strip():
            continue
        length, gap = units(block.gap) + block.units, len(block.gap)
        if (
            messages
            and used + length <= most
            and marked + block.entities <= entities
            and size + gap + block.size <= SOURCE_BYTES
        ):
            messages[-1] += block.gap + block.html
            used, marked, size = used + length, marked + block.entities, size + gap + block.size
        else:
            messages.append(block.html)
            used, marked, size = block.units, block.entities, block.size
    return messages


def fitting(blocks: Sequence[Block], most: int = MESSAGE, entities: int = ENTITIES) -> int:
    """How many of the blocks, from the first, one message holds."""
    used = marked = size = 0
    for at, block in enumerate(blocks):
        used += block.units + (units(block.gap) if at else 0)
        marked += block.entities
        size += block.size + (len(block.gap) if at else 0)
        if used > most or marked > entities or size > SOURCE_BYTES:
            return at
    return len(blocks)
