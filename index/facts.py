"""What an article states that another telling of the same event would state too: names, numbers, days.

All are normalised so that Indonesian and English agree: "Jepang" and "Japan", "1.250 orang" and "1,250 people",
"Senin" and "Monday".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from math import log
from pathlib import Path

from index.dates import read_date
from index.lemmas import STOP_WORDS_EN, STOP_WORDS_ID, lemmas
from index.numbers import SCALES
from index.types import Article, Language

COMMON_NAMES = Path(__file__).with_name("common_names.json")
"""Of how many of the 2,768 articles of news-dev (2016-2018) a name stands in, where it is eight or more."""
BODY = 6_000
"""Characters of a body that are read: what happened stands in front."""
LEAD = 700
"""Characters of a body that tell the event itself rather than its background."""
DAYS_LEAD = 900
"""Characters in which the day of the event is looked for."""
RARE = 30
"""Articles of news-dev in which a word stands that still makes a name worth an update."""
_CAPITAL = r"(?:[^\W\d_a-z][\w&’'-]*|\d+[A-Z]\w*)"
_NAME = re.compile(rf"{_CAPITAL}(?: {_CAPITAL})*")
_OPENING = re.compile(r"(?:^|[.!?:\n“”\"‘(]|--)[\s“”\"‘'(]*$")
_NUMBER = re.compile(r"\d+(?:d\d+)?")
_YEAR = re.compile(r"(?:19|20)\d\d")
_WEEKDAYS = {
    "Senin": 0, "Selasa": 1, "Rabu": 2, "Kamis": 3, "Jumat": 4, "Sabtu": 5, "Minggu": 6,
    "Monday": 0, "Tuesday": 1, "Wednesday": 2, "Thursday": 3, "Friday": 4, "Saturday": 5, "Sunday": 6,
}  # fmt: skip
# Parts of names that the two languages, or a short form, write differently; `lemmas` knows countries and months.
_SAME_NAME = {
    "north": "utara", "south": "selatan", "west": "barat", "east": "timur", "central": "tengah", "java": "jawa",
    "minister": "menteri", "ministry": "kementerian", "president": "presiden", "governor": "gubernur",
    "police": "polisi", "bureau": "badan", "agency": "badan", "court": "pengadilan", "senate": "senat",
    "syria": "suriah", "syrian": "suriah", "iraq": "irak", "iraqi": "irak", "catalonia": "catalunya",
    "katalunya": "catalunya", "catalan": "catalunya", "korut": "korea utara", "korsel": "korea selatan",
    "jabar": "jawa barat", "jateng": "jawa tengah", "jatim": "jawa timur", "un": "pbb", "kemenag": "kementerian agama",
    "mendag": "menteri perdagangan", "menkeu": "menteri keuangan", "menlu": "menteri luar negeri",
    "kemenhub": "kementerian perhubungan", "setnov": "setya novanto",
}  # fmt: skip
_UNITED_NATIONS = re.compile(r"\bU\.N\.|\bUnited Nations\b|\bPerserikatan Bangsa-Bangsa\b")
_WEEKDAY = re.compile(rf"\b(?:{'|'.join(_WEEKDAYS)})\b")
_SHORT_DATE = re.compile(r"\((\d{1,2})/(\d{1,2})(?:/\d{2,4})?\)")
_NEAR = 14
"""Days around its publication that "(25/9)" in an article means."""
_MONEY = {"rupiah": "rupiah", "dolar": "dolar", "euro": "euro", "yen": "yen", "yuan": "yuan", "pound": "pound"}
_DATE = re.compile(
    r"(?<![\w/.,-])\d{1,2}(?:st|nd|rd|th)? [A-Z][a-z]{2,8}\.?,? (?:19|20)\d\d(?!\d)"
    r"|(?<!\w)[A-Z][a-z]{2,8}\.? \d{1,2}(?:st|nd|rd|th)?, (?:19|20)\d\d(?!\d)"
    r"|(?<![\w/.,-])\d{1,2}[/-]\d{1,2}[/-](?:19|20)\d\d(?![\w/])"
)
# Titles are written in capitals ("Rp12 Triliun") and in short ("Rp1,2 T").
_AMOUNT = re.compile(
    r"(?:(?<!\w)(?i:Rp|US\$|USD|IDR|\$|€|£|¥)\.? ?\d+(?:[.,]\d+)*(?: ?(?i:rb|jt|mn|bn|tn|m|t)(?!\w))?"
    r"|(?<![\w.,])\d+(?:[.,]\d+)*)"
    r"(?: ?(?i:ribu|juta|mil[iy]ar|triliun|thousand|million|billion|trillion))?"
    r"(?: ?%|(?: (?i:persen|percent|rupiah|dolar|dollars?|euros?))(?: AS)?)?"
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What one article names."""

    names: frozenset[str]
    """Lemmas of the words of names in its body, and its partners."""
    lead_names: frozenset[str]
    numbers: frozenset[str]
    """As `lemmas` writes them; no years and no single digits."""
    lead_numbers: frozenset[str]
    title: frozenset[str]
    """All lemmas of its title."""
    days: frozenset[int]
    """Ordinals of the days that its lead names: "Senin (25/9)", "on Monday"."""

    @property
    def headline(self) -> frozenset[str]:
        """Names and numbers that its title names."""
        return frozenset(w for w in self.title if w in self.names or (w[0].isdigit() and len(w) > 1))

    @property
    def known(self) -> frozenset[str]:
        """Every name and number in it."""
        return self.names | self.numbers | self.title


@dataclass(frozen=True, slots=True)
class Stated:
    """One fact where it stands in a text."""

    kind: str
    """"amount", "date" or "name"."""
    value: str
    """Normalised: "25000000000 rupiah", "2018-01-26", "klikacc"."""
    text: str
    """The article's own words."""


def facts_of(article: Article, published: date | None) -> Facts:
    """What stands in the title, the lead and the first BODY characters."""
    body, language = _UNITED_NATIONS.sub("PBB", article.body[:BODY]), article.language
    lead = f"{article.title}.\n{body[:LEAD]}"
    partners = frozenset(word for name in article.partners for word in lemmas(name, language))
    return Facts(
        _name_words(body, language) | partners,
        _name_words(lead, language),
        _numbers(body, language),
        _numbers(lead, language),
        frozenset(_unified(lemmas(_UNITED_NATIONS.sub("PBB", article.title).replace(".", " "), language))),
        _days(f"{article.title}. {body[:DAYS_LEAD]}", published),
    )


def names_in(text: str) -> list[str]:
    """Runs of capitalised words, in order, each once; a word that only begins a sentence is none."""
    names: dict[str, None] = {}
    for match in _NAME.finditer(text):
        name = match[0]
        if _OPENING.search(text, max(0, match.start() - 6), match.start()):
            first, _, rest = name.partition(" ")
            if not rest and first[1:].islower():
                continue
            if rest and first.lower() in (STOP_WORDS_ID | STOP_WORDS_EN):
                name = rest
        names.setdefault(name)
    return list(names)


def is_common_name(word: str) -> bool:
    """Whether a lemma stands in a name in several articles of news-dev, "apple" as well as "jakarta"."""
    return word in _common_names()


def shared_words(text: str, language: Language) -> frozenset[str]:
    """All lemmas of a text; those of names as the two languages have them in common."""
    return frozenset(_unified(lemmas(_UNITED_NATIONS.sub("PBB", text), language)))


def weight(words: Iterable[str]) -> float:
    """How much it means to share these names: the sum of ln(N / articles of news-dev with the name)."""
    common = _common_names()
    return sum(log((common[""] + 1) / (common.get(word, 0) + 1)) for word in words)


def is_rare(words: Iterable[str]) -> bool:
    """Whether a name has a word that stands in fewer than RARE articles of news-dev."""
    common = _common_names()
    return any(common.get(word, 0) < RARE for word in words)


def stated_in(text: str, language: Language) -> list[Stated]:
    """Amounts, full dates and names of a text, each once, in their order within their kind."""
    found: dict[tuple[str, str], Stated] = {}
    dates = [(m.start(), m.end(), m[0], read_date(m[0])) for m in _DATE.finditer(text)]
    for *_, words, value in dates:
        if value:
            found.setdefault(("date", value), Stated("date", value, words))
    for match in _AMOUNT.finditer(text):
        if any(start <= match.start() < end for start, end, *_ in dates):
            continue
        if value := _amount(match[0], language):
            found.setdefault(("amount", value), Stated("amount", value, match[0].strip()))
    for name in names_in(text):
        parts = lemmas(name, language)
        if not all(map(_measures, parts)):
            value = " ".join(parts)
            found.setdefault(("name", value), Stated("name", value, name))
    return list(found.values())


def _measures(word: str) -> bool:
    """Whether a lemma is of an amount: "Rp25" and "Miliar" are capitalised as names are."""
    return bool(_NUMBER.fullmatch(word)) or word in SCALES or word in _MONEY or word == "persen"


def _amount(words: str, language: Language) -> str:
    """Value and unit; "" for a bare year or a single digit."""
    tokens = lemmas(words, language)
    numbers = [t for t in tokens if _NUMBER.fullmatch(t)]
    if len(numbers) != 1:
        return ""
    scale = next((10 ** SCALES[t] for t in tokens if t in SCALES), 1)
    unit = next((t for t in tokens if t in _MONEY or t == "persen"), "")
    bare = scale == 1 and not unit
    if bare and (len(numbers[0]) == 1 or _YEAR.fullmatch(numbers[0])):
        return ""
    return f"{float(numbers[0].replace('d', '.')) * scale:g} {unit}".strip()


def _name_words(text: str, language: Language) -> frozenset[str]:
    return frozenset(_unified(word for name in names_in(text) for word in lemmas(name, language)))


def _unified(words: Iterable[str]) -> Iterator[str]:
    for word in words:
        yield from _SAME_NAME.get(word, word).split()


def _numbers(text: str, language: Language) -> frozenset[str]:
    words = lemmas(text, language)
    return frozenset(w for w in words if _NUMBER.fullmatch(w) and len(w) > 1 and not _YEAR.fullmatch(w))


def _days(text: str, published: date | None) -> frozenset[int]:
    """Days as "(25/9)", or else as names of weekdays of the week up to the publication."""
    if published is None:
        return frozenset()
    days = set()
    for day, month in _SHORT_DATE.findall(text):
        for year in (published.year - 1, published.year, published.year + 1):
            try:
                there = date(year, int(month), int(day))
            except ValueError:
                continue
            if abs((there - published).days) <= _NEAR:
                days.add(there.toordinal())
    for name in () if days else _WEEKDAY.findall(text):
        days.add((published - timedelta((published.weekday() - _WEEKDAYS[name]) % 7)).toordinal())
    return frozenset(days)


@cache
def _common_names() -> dict[str, int]:
    names: dict[str, int] = json.loads(COMMON_NAMES.read_text(encoding="utf-8"))
    return names
