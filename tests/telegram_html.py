"""Telegram's own reading of a message's text, to hold the bot's messages against: HTML, entities, links, limits.

Written after what TDLib documents and does (https://core.telegram.org/bots/api#html-style). Offsets and lengths are
in UTF-16 code units. It is the oracle of the tests, so it uses nothing of the bot's own code.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

Entity = dict[str, Any]

MAX_SOURCE_BYTES = 1 << 15
"""Of a text with its markup; what is longer is refused before it is parsed."""

TYPES = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "span": "spoiler",
    "tg-spoiler": "spoiler", "a": "text_link", "code": "code", "pre": "pre", "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}  # fmt: skip
SPLITTABLE = ("bold", "italic", "underline", "strikethrough", "spoiler")
QUOTES = {"blockquote", "expandable_blockquote"}
STYLES = {*SPLITTABLE, *QUOTES}
VERBATIM = {"pre", "code"}
SPACES = " \t\r\n\v"

CHARACTER = re.compile(r"&(?:#x(?P<hex>[0-9a-fA-F]+)|#(?P<decimal>[0-9]+)|(?P<name>[A-Za-z]+));?")
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
PLAIN = re.compile(r"[^<&]+|&")
REMOVED = re.compile("[\r\u2028-\u202e\u0333\u033f\u030a]")
BLANKED = re.compile("[\x00-\x09\x0b-\x1f]")

FOUND = {
    "url": re.compile(
        r"(?<![\w@.])(?:https?://[^\s<>\"]+|(?:[a-z0-9-]+\.)+(?:com|co|id|io|me|net|news|org|tv)\b(?:/[^\s<>\"]*)?)",
        re.IGNORECASE,
    ),
    "mention": re.compile(r"(?<!\w)@[A-Za-z0-9_]{3,32}\b"),
    "bot_command": re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/<>])"),
    "hashtag": re.compile(r"(?<!\w)#(?=\w*[^\W\d_])\w{1,256}(?!\w*#)"),
}


class TextError(ValueError):
    """What Telegram says of a text that it refuses, without the leading "Bad Request: "."""


def utf16(text: str) -> int:
    """The length that Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def covered(text: str, entity: Entity) -> str:
    """The text below an entity."""
    begin = entity["offset"] * 2
    return text.encode("utf-16-le")[begin : begin + entity["length"] * 2].decode("utf-16-le")


def message_text(source: str, parse_mode: str | None, entities: list[Entity] | None) -> tuple[str, list[Entity]]:
    """What is left of a text when Telegram has parsed, cleaned and trimmed it; found links and commands included.

    Raises TextError where Telegram answers 400.
    """
    if not source:
        raise TextError("message text is empty")
    if len(source.encode()) > MAX_SOURCE_BYTES:
        raise TextError("text is too long")
    if parse_mode and parse_mode.lower() != "html":
        raise TextError("unsupported parse_mode")  # Markdown is none of this fake's: the bot writes HTML
    if parse_mode:
        text, marked = parse_html(source)
    else:
        text, marked = source, valid_nesting([dict(one) for one in entities or [] if one["length"] > 0])
    text, marked = _trimmed(*_cleaned(text, marked))
    if not text.strip(" \n\u200b\u200c\u200d\u2060\ufeff\u00ad\u180e"):
        raise TextError("text must be non-empty")
    return text, marked


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """Text and entities, neither cleaned nor trimmed. Raises TextError with Telegram's words."""
    return _Parser(source).parse()


@dataclass
class _Open:
    tag: str
    argument: str
    offset: int
    begin: int


class _Parser:
    """One pass over the source; `at` is the place in it, `text` what has come of it."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.text = ""
        self.offset = 0
        self.open: list[_Open] = []
        self.entities: list[Entity] = []

    def parse(self) -> tuple[str, list[Entity]]:
        if "\0" in self.source:
            raise TextError("can't parse entities: Text must not contain null bytes")
        while self.at < len(self.source):
            if self.source.startswith("</", self.at):
                self._end_tag()
            elif self.source[self.at] == "<":
                self._start_tag()
            else:
                self._characters()
        if self.open:
            self._fail(f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"', place=False)
        for entity in self.entities:
            if entity["type"] == "code":
                entity.pop("language", None)
        if any("\ud800" <= c <= "\udfff" for c in self.text):
            raise TextError(
                "can't parse entities: Text contains invalid Unicode characters after decoding HTML entities, "
                "check for unmatched surrogate code units"
            )
        return self.text, valid_nesting(self.entities)

    def _fail(self, words: str, begin: int = 0, *, place: bool = True, rest: str = "") -> None:
        where = f" at byte offset {len(self.source[:begin].encode())}" if place else ""
        raise TextError(f"can't parse entities: {words}{where}{rest}")

    def _put(self, text: str) -> None:
        self.text += text
        self.offset += utf16(text)

    def _characters(self) -> None:
        character, length = decoded(self.source, self.at)
        if not length:
            match = PLAIN.match(self.source, self.at)
            assert match is not None
            character, length = match[0], len(match[0])
        self._put(character)
        self.at += length

    def _skip(self, wanted: Callable[[str], bool]) -> str:
        begin = self.at
        while self.at < len(self.source) and wanted(self.source[self.at]):
            self.at += 1
        return self.source[begin : self.at]

    @property
    def _next(self) -> str:
        return self.source[self.at : self.at + 1]

    def _start_tag(self) -> None:
        begin = self.at
        self.at += 1
        tag = self._skip(lambda c: c not in SPACES + ">").lower()
        if not self._next:
            self._fail("Unclosed start tag", begin)
        if tag not in TYPES:
            self._fail(f'Unsupported start tag "{tag}"', begin)
        argument = ""
        while self._skip(lambda c: c in SPACES) is not None and self._next != ">":
            name, value = self._attribute(tag, begin)
            argument = _argument(tag, name, value, argument)
        self.at += 1
        if tag == "span" and argument != "spoiler":
            self._fail('Tag "span" must have class "tg-spoiler"', begin)
        self.open.append(_Open(tag, argument, self.offset, len(self.text)))

    def _attribute(self, tag: str, begin: int) -> tuple[str, str | None]:
        name = self._skip(lambda c: c not in SPACES + "=>/\"'")
        if not name:
            self._fail(f'Empty attribute name in the tag "{tag}"', begin)
        self._skip(lambda c: c in SPACES)
        if self._next and self._next != "=":
            return name, None
        self.at += 1
        self._skip(lambda c: c in SPACES)
        if not self._next:
            self._fail(f'Unclosed start tag "{tag}"', begin)
        quote = self._next
        if quote not in "\"'":
            token = self.at
            value = self._skip(lambda c: c.isascii() and (c.isalnum() or c in ".-")).lower()
            if self._next and self._next not in SPACES + ">":
                self._fail("Unexpected end of name token", token)
        else:
            self.at += 1
            value = unescaped(self._skip(lambda c: c != quote))
            self.at += 1
        if not self._next:
            self._fail("Unclosed start tag", begin)
        return name, value

    def _end_tag(self) -> None:
        begin = self.at
        if not self.open:
            self._fail("Unexpected end tag", begin)
        self.at += 2
        name = self._skip(lambda c: c not in SPACES + ">").lower()
        self._skip(lambda c: c in SPACES)
        if self._next != ">":
            self._fail("Unclosed end tag", begin)
        self.at += 1
        opened = self.open[-1]
        if name and name != opened.tag:
            self._fail("Unmatched end tag", begin, rest=f', expected "</{opened.tag}>", found "</{name}>"')
        self.open.pop()
        if self.offset > opened.offset:
            self._close(opened)

    def _close(self, opened: _Open) -> None:
        entity: Entity = {"type": TYPES[opened.tag], "offset": opened.offset, "length": self.offset - opened.offset}
        last = self.entities[-1] if self.entities else {}
        same = (last.get("offset"), last.get("length")) == (entity["offset"], entity["length"])
        if opened.tag == "pre" and same and last.get("type") == "code" and last.get("language"):
            last["type"] = "pre"
        elif opened.tag == "code" and same and last.get("type") == "pre" and opened.argument:
            last["language"] = opened.argument
        elif opened.tag == "a":
            self._link(entity, opened.argument or self.text[opened.begin :])
        else:
            if opened.tag == "code" and opened.argument:
                entity["language"] = opened.argument
            if opened.tag == "blockquote" and opened.argument:
                entity["type"] = "expandable_blockquote"
            if opened.tag == "tg-emoji":
                if not re.fullmatch(r"-?[1-9][0-9]{0,18}", opened.argument):
                    self._fail("Invalid custom emoji identifier specified", place=False)
                entity["custom_emoji_id"] = opened.argument
            self.entities.append(entity)

    def _link(self, entity: Entity, url: str) -> None:
        """A link that Telegram takes for none leaves its text behind."""
        if person := re.fullmatch(r"tg://user\?id=([1-9][0-9]*)", url):
            self.entities.append({**entity, "type": "text_mention", "user": {"id": int(person[1])}})
            return
        try:
            self.entities.append({**entity, "url": checked_link(url)})
        except TextError:
            return


def _argument(tag: str, name: str, value: str | None, before: str) -> str:
    if tag == "blockquote" and name == "expandable":
        return "1"
    if value is None:
        return before
    if (tag, name) in (("a", "href"), ("tg-emoji", "emoji-id")):
        return value
    if (tag, name) == ("code", "class") and value.startswith("language-"):
        return value.removeprefix("language-")
    if (tag, name) == ("span", "class") and value.startswith("tg-"):
        return value.removeprefix("tg-")
    return before


def decoded(source: str, at: int) -> tuple[str, int]:
    """The character that a reference stands for, and how long it is; ("", 0) where it stays as it is."""
    match = CHARACTER.match(source, at)
    if match is None:
        return "", 0
    if match["name"]:
        return (NAMED[match["name"]], len(match[0])) if match["name"] in NAMED else ("", 0)
    code = int(match["hex"], 16) if match["hex"] else int(match["decimal"])
    if not 0 < code < 0x10FFFF or len(match[0].removesuffix(";")) >= 10:
        return "", 0
    return chr(code), len(match[0])


def unescaped(source: str) -> str:
    """A text with its references resolved, those that Telegram knows."""
    return CHARACTER.sub(lambda match: decoded(source, match.start())[0] or match[0], source)


def checked_link(url: str) -> str:
    """A link as Telegram gives it back (with a protocol, and a path). Raises TextError with the reason."""
    url = url.strip()
    if re.match(r"mailto:\S+@\S+\.\S+$", url, re.IGNORECASE):
        return url
    if match := re.match(r"(tg|ton|tonsite):(?://)?([\w.-]+.*)", url, re.IGNORECASE | re.DOTALL):
        return f"{match[1].lower()}://{match[2]}"
    protocol, colon, rest = url.partition("://")
    if not colon or re.search(r"[/?#]", protocol):
        protocol, rest = "http", url
    if protocol.lower() not in ("http", "https"):
        raise TextError("Unsupported URL protocol")
    match = re.match(r"(?:[^/?#@]*@)?(?P<host>\[[0-9a-fA-F:.]+\]|[^/?#:]*)(?::(?P<port>[^/?#]*))?", rest)
    assert match is not None
    host, port, path = match["host"], match["port"], rest[match.end() :]
    if port is not None and not (re.fullmatch(r"[0-9]{1,5}", port) and 0 < int(port) < 1 << 16):
        raise TextError("Wrong port number specified in the URL")
    if not host:
        raise TextError("URL host is empty")
    if re.search(r"[\x00-\x20\"<>\\^`{|}%]", host):
        raise TextError("Disallowed character in URL host")
    if "." not in host.strip(".") and not host.startswith("["):
        raise TextError("Wrong HTTP URL")
    path = re.sub(r"[\x00-\x20]", lambda c: f"%{ord(c[0]):02X}", path)
    authority = rest[: match.end()].replace(host, host.lower())
    return f"{protocol.lower()}://{authority}{'' if path.startswith('/') else '/'}{path}"


def valid_nesting(entities: Iterable[Entity]) -> list[Entity]:
    """Entities in order, with what may not stand inside another taken out: anything in code, a link in a link."""
    ordered = sorted(entities, key=_order)
    if _nested_well(ordered):
        return ordered
    quotes = _apart([one for one in ordered if one["type"] in QUOTES])
    others = _apart([one for one in ordered if one["type"] not in STYLES])
    others = [one for one in others if all(_inside(one, quote) or not _meet(one, quote) for quote in quotes)]
    solid = sorted([*quotes, *others], key=_order)
    cuts = sorted({place for one in solid for place in (one["offset"], _end(one))})
    verbatim = [one for one in others if one["type"] in VERBATIM]
    parts = [
        part
        for kind in SPLITTABLE
        for part in _cut(_united([one for one in ordered if one["type"] == kind]), cuts)
        if not any(_meet(part, one) for one in verbatim)
    ]
    return sorted([*solid, *parts], key=_order)


def with_found(text: str, entities: list[Entity], limit: int = 100) -> list[Entity]:
    """The entities, and the links, mentions, commands and hashtags that Telegram finds by itself beside them."""
    solid = [one for one in entities if one["type"] not in STYLES]
    found = [
        {"type": kind, "offset": utf16(text[: match.start()]), "length": utf16(match[0].rstrip(".,;:!?)'»”"))}
        for kind, pattern in FOUND.items()
        for match in pattern.finditer(text)
    ]
    fresh = [one for one in _apart(sorted(found, key=_order)) if not any(_meet(one, other) for other in solid)]
    return sorted([*entities, *fresh[: max(0, limit - len(entities))]], key=_order)


def _order(entity: Entity) -> tuple[int, int, int]:
    kind = entity["type"]
    rank = 0 if kind in QUOTES else 2 + SPLITTABLE.index(kind) if kind in SPLITTABLE else 1
    return entity["offset"], -entity["length"], rank


def _end(entity: Entity) -> int:
    end: int = entity["offset"] + entity["length"]
    return end


def _meet(one: Entity, other: Entity) -> bool:
    return bool(one["offset"] < _end(other) and other["offset"] < _end(one))


def _inside(one: Entity, other: Entity) -> bool:
    return bool(other["offset"] <= one["offset"] and _end(one) <= _end(other))


def _nested_well(ordered: list[Entity]) -> bool:
    stack: list[Entity] = []
    ends = dict.fromkeys(SPLITTABLE, -1)
    for one in ordered:
        if ends.get(one["type"], -1) >= one["offset"]:
            return False  # two that touch are made one
        if one["type"] in SPLITTABLE:
            ends[one["type"]] = _end(one)
        while stack and _end(stack[-1]) <= one["offset"]:
            stack.pop()
        for outer in stack:
            if not _inside(one, outer) or outer["type"] in VERBATIM or one["type"] == outer["type"]:
                return False
            if one["type"] not in SPLITTABLE and outer["type"] not in STYLES:
                return False
            if one["type"] in VERBATIM and outer["type"] not in QUOTES:
                return False
            if one["type"] in QUOTES and outer["type"] in QUOTES:
                return False
        stack.append(one)
    return True


def _apart(ordered: list[Entity]) -> list[Entity]:
    """Of those that overlap, the first."""
    kept: list[Entity] = []
    for one in ordered:
        if not kept or one["offset"] >= _end(kept[-1]):
            kept.append(one)
    return kept


def _united(ordered: list[Entity]) -> list[Entity]:
    """Entities of one type, those that touch or overlap made one."""
    kept: list[Entity] = []
    for one in ordered:
        if kept and one["offset"] <= _end(kept[-1]):
            kept[-1]["length"] = max(_end(kept[-1]), _end(one)) - kept[-1]["offset"]
        else:
            kept.append(dict(one))
    return kept


def _cut(entities: list[Entity], cuts: list[int]) -> list[Entity]:
    parts = []
    for one in entities:
        places = [one["offset"], *(place for place in cuts if one["offset"] < place < _end(one)), _end(one)]
        pairs = pairwise(places)
        parts += [{**one, "offset": begin, "length": end - begin} for begin, end in pairs]
    return parts


def _cleaned(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Without the characters that Telegram takes out, and blanks for control characters."""
    if not entities:
        return BLANKED.sub(" ", REMOVED.sub("", text)), []
    clean, old, new = "", 0, 0
    places, moved = [], []
    for character in text:
        places.append(old)
        moved.append(new)
        old += utf16(character)
        kept = BLANKED.sub(" ", REMOVED.sub("", character))
        clean += kept
        new += utf16(kept)
    places.append(old)
    moved.append(new)

    def move(place: int, words: str) -> int:
        at = bisect_left(places, place)
        if at == len(places):
            raise TextError(f"entity {words} after the end of the text at UTF-16 offset {place}")
        if places[at] != place:
            raise TextError(f"entity {words} in a middle of a UTF-16 symbol")
        return moved[at]

    cleaned = []
    for one in entities:
        begin, end = move(one["offset"], "begins"), move(_end(one), "ends")
        if end > begin:
            cleaned.append({**one, "offset": begin, "length": end - begin})
    return clean, cleaned


def _trimmed(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    """Blanks go from the end, and from the beginning up to the first entity."""
    text = text.rstrip(" \n")
    length = utf16(text)
    kept = [{**one, "length": min(_end(one), length) - one["offset"]} for one in entities if one["offset"] < length]
    blank = len(text) - len(text.lstrip(" \n"))
    blank = min([blank, *(one["offset"] for one in kept[:1])])
    return text[blank:], [{**one, "offset": one["offset"] - blank} for one in kept]
