"""Publisher boilerplate out of a body, by the rules of boilerplate.py, and what it told: who, where, when."""

from __future__ import annotations

import re
from dataclasses import dataclass

from index.boilerplate import RULES
from index.dates import read_date
from index.publishers import canonical, split_dateline


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A body without boilerplate, and what the boilerplate told."""

    body: str
    """Paragraphs separated by one blank line; "" where nothing but boilerplate stood."""
    publisher: str = ""
    place: str = ""
    byline: str = ""
    published_at: str = ""
    """ISO 8601, reduced precision: a date line at the top, else the year of "Copyright © ANTARA 2021"."""
    removed: tuple[str, ...] = ()
    """Names of the rules that fired, one for each removal."""


_WRITER = r"(?:pewarta|penulis|reporter|kontributor|wartawan|jurnalis|oleh|author|written by|by)"
_EDITOR = r"(?:editor|redaktur|penyunting|edited by)"
_LABELLED = re.compile(
    rf"\|?\s*(?:(?P<writer>{_WRITER})|(?P<editor>{_EDITOR}))\s*\|?\s*:\s*(?P<name>[^:?!\"“]{{0,100}})", re.I
)
_REPORT = re.compile(
    r"Laporan (?:langsung )?(?P<name>(?:[A-Z][\w.'’-]+ ?){1,5})(?: dari (?P<place>[A-Z]\w+(?: [A-Z]\w+)*))?"
)
_LABEL_START = re.compile(rf"(?<=\S)\s+(?=(?:{_WRITER}|{_EDITOR})\s*:|copyright\b|©)", re.I)
_COPYRIGHT = re.compile(r"(?:copyright|hak cipta|©|\(c\)\s)[\s:©]*(?:\(c\))?\s*(?P<text>.{0,120})", re.I)
_OWNER_YEAR = re.compile(r"(?P<owner>[A-Za-z][\w. ]{1,40}?),?\s+(?P<year>(?:19|20)\d\d)\W*")
_DATE_WORDS = re.compile(
    r"\d+|[\W_]+|\b(?:senin|selasa|rabu|kamis|jum['’]?at|sabtu|minggu|ahad|(?:mon|tues|wednes|thurs|fri|satur|sun)day|"
    r"jan\w*|feb\w*|peb\w*|mar\w*|apr\w*|mei|may|ju[nl]\w*|a[gu]\w{1,5}|sept?\w*|o[kc]t\w*|no[vp]\w*|de[sc]\w*|"
    r"wib|wita|wit|pukul|jam|pkl|gmt|utc|[ap]m|st|nd|rd|th|at|on|"
    r"diterbitkan|dipublikasikan|diperbarui|tayang|terbit|published|posted|updated?|pada|tanggal)\b",
    re.I,
)
_EDGE_START, _EDGE_END = 3, 8
_HEADLINES_AFTER_LINK = 4


def clean(body: str) -> Cleaned:
    """Take publisher boilerplate out of a body whose paragraphs are lines; blank lines do not matter.

    Nothing is reworded: what is left is the source's text. The order of paragraphs stays.
    """
    lines = [part.strip() for line in body.split("\n") for part in _split_labels(line) if part.strip()]
    found: dict[str, str] = {}
    removed: list[str] = []
    kept: list[str] = []
    links = 0
    for i, line in enumerate(lines):
        at_edge = i < _EDGE_START or len(lines) - i <= _EDGE_END
        name = "link-headline" if links and _is_headline(line) else _line_rule(line, at_edge=at_edge)
        if not name and at_edge:
            name = _read_metadata(line, found, at_top=i < _EDGE_START)
        opens = name in ("related", "related-bare") and line.rstrip(" :]).").lower().endswith(("juga", "baca"))
        links = _HEADLINES_AFTER_LINK if opens else max(links - 1, 0) if name == "link-headline" else 0
        if name:
            removed.append(name)
        else:
            kept.append(line)
    kept = [_without_parts(line, removed) for line in kept]
    _take_dateline(kept, found, removed)
    _cut_tail(kept, removed)
    return Cleaned(
        body="\n\n".join(line for line in kept if line),
        publisher=found.get("publisher", ""),
        place=found.get("place", ""),
        byline=found.get("writer") or found.get("editor", ""),
        published_at=found.get("date") or found.get("year", ""),
        removed=tuple(removed),
    )


def is_boilerplate(line: str) -> bool:
    """Whether a line would be removed as a whole at an article's end; such a line is never joined to prose."""
    return bool(_line_rule(line, at_edge=True) or _read_metadata(line, {}, at_top=False))


def _line_rule(line: str, *, at_edge: bool) -> str:
    for rule in RULES:
        if (rule.kind == "line" or (rule.kind == "edge" and at_edge)) and rule.pattern.fullmatch(line):
            return rule.name
    return ""


def _read_metadata(line: str, found: dict[str, str], *, at_top: bool) -> str:
    if match := _LABELLED.fullmatch(line):
        name = match["name"].strip(" |.")
        if name:
            found.setdefault("writer" if match["writer"] else "editor", name)
        return "byline"
    if match := _REPORT.fullmatch(line):
        found.setdefault("writer", match["name"].strip())
        found.setdefault("place", match["place"] or "")
        return "byline"
    if match := _COPYRIGHT.fullmatch(line):
        # "© 2007 - 2015 okezone.com" is the site's age; only "© ANTARA 2021" dates the article.
        if owner := _OWNER_YEAR.fullmatch(match["text"]):
            found.setdefault("publisher", canonical(owner["owner"]))
            found.setdefault("year", owner["year"])
        return "copyright"
    if at_top and len(line) <= 80:
        date = read_date(line)
        dateline = split_dateline(line)
        rest = dateline.rest if dateline else line
        if len(date) >= 10 and not _DATE_WORDS.sub("", rest):
            found.setdefault("date", date)
            found.setdefault("publisher", dateline.publisher if dateline else "")
            return "date-line"
    return ""


def _split_labels(line: str) -> list[str]:
    # ANTARA's footer comes as one line from some pages: "Pewarta: A Editor: B Copyright © ANTARA 2021".
    return _LABEL_START.split(line) if _LABELLED.match(line) else [line]


def _is_headline(line: str) -> bool:
    return len(line) <= 110 and not line.endswith((".", "!", "?", '"', "”", ":"))


def _without_parts(line: str, removed: list[str]) -> str:
    for rule in RULES:
        if rule.kind == "part" and (shorter := rule.pattern.sub("", line).strip()) != line:
            removed.append(rule.name)
            line = shorter
    return line


def _take_dateline(kept: list[str], found: dict[str, str], removed: list[str]) -> None:
    if not kept or (dateline := split_dateline(kept[0])) is None:
        return
    removed.append("dateline")
    kept[0] = dateline.rest
    # The dateline says who wrote it; a copyright line at the end may be the site's that took it over.
    found["publisher"] = dateline.publisher or found.get("publisher", "")
    found["place"] = dateline.place or found.get("place", "")
    if dateline.published_at:
        found.setdefault("date", dateline.published_at)


def _cut_tail(kept: list[str], removed: list[str]) -> None:
    tails = [rule for rule in RULES if rule.kind == "tail"]
    while kept:
        shorter = kept[-1]
        for rule in tails:
            shorter = rule.pattern.sub("", shorter).rstrip()
        if shorter == kept[-1]:
            return
        removed.append("initials")
        kept[-1] = shorter
        if shorter:
            return
        kept.pop()
