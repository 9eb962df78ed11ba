"""Numbers, amounts and days of a text, so that Indonesian and English, digits and words agree.

"Rp25 miliar" and "25 billion rupiah", "dua puluh lima" and "25", "1.000,5" and "1,000.5", "20 Oktober 2020" and
"October 20, 2020" give the same. What stands there is read, not what it means: "five and a half" is 5 and 0.5.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from index.dates import MONTHS
from index.lemmas import DECIMAL_MARK
from index.number_words import (
    CURRENCIES,
    EXACT,
    ONES,
    SCALES,
    TIMES,
    UNITS,
    VAGUE,
    WEEKDAYS,
    WHOLES,
    WHOSE_DOLLAR,
)
from index.numbers import number_tokens
from index.types import Language


class Quantity(NamedTuple):
    """One number."""

    value: Decimal
    unit: str = ""
    """"%", a currency ("rupiah", "dolar"), a measure ("km", "tahun"), "~" for "dozens of", or ""."""


class Day(NamedTuple):
    """A date as far as it is told; 0 is what is not."""

    day: int
    month: int
    year: int


@dataclass(frozen=True, slots=True)
class Figures:
    """All of them in a text."""

    quantities: tuple[Quantity, ...]
    days: tuple[Day, ...]
    weekdays: frozenset[int]
    """Monday is 0; and -1 yesterday, -2 today, -3 tomorrow."""
    codes: frozenset[str]
    """Words with digits in them: "g20", "b737"."""

    def hold(self, others: Figures) -> bool:
        """Whether all of the others' stand here too; a date may be told less precisely there."""
        years = {Decimal(day.year) for day in self.days if day.year}
        return (
            all(any(_same(one, mine) for mine in self.quantities) or one.value in years for one in others.quantities)
            and all(any(_within(one, mine) for mine in self.days) for one in others.days)
            and others.weekdays <= self.weekdays
            and others.codes <= self.codes
        )


_MONTH = rf"(?P<month>{'|'.join(sorted(MONTHS, key=len, reverse=True))})\b\.?"
_LONG_MONTH = rf"(?P<name>{'|'.join(name for name in sorted(MONTHS, key=len, reverse=True) if len(name) > 4)}|mei)\b"
_YEAR = r"(?P<year>(?:1[5-9]|20)\d\d)(?!\d)"
_DAY = r"(?<![\d.,])(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_DATES = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        r"(?<!\d)(?P<year>(?:1[5-9]|20)\d\d)-(?P<month>\d\d)-(?P<day>\d\d)(?!\d)",
        r"\((?P<day>\d{1,2})/(?P<month>\d{1,2})(?:/(?P<year>\d{4}|\d\d))?\)",
        rf"{_DAY}(?: of)? {_MONTH},? {_YEAR}",
        rf"\b{_MONTH} {_DAY},? {_YEAR}",
        rf"\b{_MONTH},? {_YEAR}",
        rf"{_DAY}(?: of)? {_MONTH}",
        rf"\b{_MONTH} {_DAY}(?![\d.,]*\d)",
        rf"(?:(?<=\bin )|(?<=\bsince )|(?<=\buntil )|(?<=\bby )|(?<=\bof ))May\b|\b{_LONG_MONTH}",
    )
)
# "20-22 Oktober" and "20 and 22 October" name two days.
_TWO_DAYS = re.compile(
    rf"(?<![\d.,])(\d{{1,2}}) ?(?:-|–|to|and|dan|hingga|sampai) ?(?=\d{{1,2}}(?: of)? (?:{'|'.join(MONTHS)})\b)", re.I
)
# "one of them", "satu-satunya" and "first of all" count nothing.
_IDIOMS = re.compile(
    r"\b(?:salah satu|satu[- ]satunya|satu sama lain|(?:no|any|every|some)[ -]one|one of|one another|first of all|"
    r"at first|pertama[- ]tama|second[- ]hand)\b",
    re.I,
)
_FRACTIONS = (
    (re.compile(r"\b(?:a|one) quarter\b", re.I), " seperempat "),
    (re.compile(r"\b(?:a|one) third\b", re.I), " sepertiga "),
    (re.compile(r"\b(?:dua pertiga|two[- ]thirds)\b", re.I), " 0.67 "),
    (re.compile(r"\b(?:tiga perempat|three[- ]quarters)\b", re.I), " 0.75 "),
    (re.compile(r"\bper cent\b", re.I), " percent "),
    (re.compile(r"\bhari ini\b", re.I), " hari-ini "),
    (re.compile(r"\bfirst half\b", re.I), " semester 1 "),
    (re.compile(r"\bsecond half\b", re.I), " semester 2 "),
    (re.compile(r"\ban? (?=(?:decade|year|month|week|day|hour|minute)\b)", re.I), " one "),
    (re.compile(r"\bse(?=(?:tahun|bulan|pekan|minggu|hari|jam|menit|musim)\b)", re.I), " satu "),
    (re.compile(r"\b(?:hari|Hari) Minggu\b|\bMinggu(?= \()"), " sunday "),
)
_TOKEN = re.compile(
    r"(?P<currency>(?<![^\W_])(?:rp|idr|usd|us\$|sgd|s\$|aud|a\$|hkd|hk\$|rm|myr|eur|jpy|gbp|cny)(?=\.? ?\d)|[$€£¥])"
    r"|(?P<code>[^\W\d_]+\d[^\W_]*)"
    r"|(?P<number>\d+(?:[.,:]\d+)*)(?P<suffix>[^\W\d_][^\W_]*)?"
    r"|(?P<word>hari-ini|[^\W\d_]+)"
    r"|(?P<percent>%)"
    r"|(?P<mark>[^\s\w.])"
)
_ORDINALS = frozenset({"st", "nd", "rd", "th", "an", "s"})


_ROMAN = re.compile(r"\b((?:kuartal|triwulan|semester|tahap|quarter|phase) )(I{1,3}|IV)\b", re.I)
_CLOCK = re.compile(r"\b(1[0-2]|[1-9])(?:[.:]([0-5]\d))? ?([ap])\.?m\b\.?", re.I)


def figures_of(text: str, language: Language) -> Figures:
    """Everything countable in a text; `language` decides whether "1,250" is a thousand or a fraction."""
    text = _IDIOMS.sub(" ", " ".join(unicodedata.normalize("NFKC", text).split()))
    for pattern, plain in _FRACTIONS:
        text = pattern.sub(plain, text)
    text = _ROMAN.sub(lambda match: f"{match[1]}{('I', 'II', 'III', 'IV').index(match[2].upper()) + 1}", text)
    text = _CLOCK.sub(_of_the_day, text)
    days, text = _days(text)
    reading = _Reading([_token(match) for match in _TOKEN.finditer(text.lower())], language)
    quantities = reading.all()
    return Figures(tuple(quantities), tuple(days), frozenset(reading.weekdays), frozenset(reading.codes))


def _of_the_day(clock: re.Match[str]) -> str:
    """ "7:30 p.m." as "19:30"."""
    return f"{int(clock[1]) % 12 + 12 * (clock[3].lower() == 'p')}:{clock[2] or '00'}"


def _days(text: str) -> tuple[list[Day], str]:
    """The dates of a text, and the text without them."""
    found: list[Day] = []

    def take(match: re.Match[str]) -> str:
        groups = match.groupdict()
        name = (groups.get("month") or groups.get("name") or "may").lower()
        if name.isalpha() and groups.get("day") is None and not match[0].lstrip()[0].isupper():
            return match[0]  # "march" and "may" are words as well
        month = int(name) if name.isdigit() else MONTHS[name]
        year = int(groups.get("year") or 0)
        day = Day(int(groups.get("day") or 0), month, year + 2000 if 0 < year < 100 else year)
        if day.day > 31 or not 1 <= day.month <= 12:
            return match[0]
        found.append(day)
        return " ; "

    firsts = [(match.end(), int(match[1])) for match in _TWO_DAYS.finditer(text)]
    for end, first in firsts:
        rest = re.match(rf"{_DAY}(?: of)? {_MONTH}(?:,? {_YEAR})?", text[end:], re.I)
        if rest:
            found.append(Day(first, MONTHS[rest["month"].lower()], int(rest["year"] or 0)))
    text = _TWO_DAYS.sub("", text)
    for pattern in _DATES:
        text = pattern.sub(take, text)
    return found, text


class _Token(NamedTuple):
    kind: str
    text: str
    suffix: str = ""


def _token(match: re.Match[str]) -> _Token:
    for kind in ("currency", "code", "number", "word", "percent"):
        if match[kind] is not None:
            return _Token(kind, match[kind], (match["suffix"] or "") if kind == "number" else "")
    return _Token("mark", match[0])


class _Reading:
    """Reads tokens from left to right."""

    def __init__(self, tokens: Sequence[_Token], language: Language) -> None:
        self._tokens, self._language, self._at = tokens, language, 0
        self.codes: set[str] = set()
        self.weekdays: set[int] = set()

    def all(self) -> list[Quantity]:
        """Every number, in order."""
        found: list[Quantity] = []
        while self._at < len(self._tokens):
            found += self._next()
        return found

    def _next(self) -> list[Quantity]:
        token, currency = self._tokens[self._at], ""
        if token.kind == "currency":
            currency = CURRENCIES[token.text]
            self._at += 1
            token = self._peek()
        if token.kind == "number":
            return self._from_digits(token, currency)
        if token.kind == "word" and (token.text in ONES or token.text in WHOLES or token.text in TIMES):
            return [self._finished(self._words(), currency)]
        self._at += 1
        if token.kind == "code":
            self.codes.add(token.text)
        elif token.text in VAGUE:
            return [Quantity(VAGUE[token.text], "~")]
        elif token.text in SCALES:  # "a million", "per juta"
            return [self._finished(Decimal(10) ** SCALES[token.text], currency)]
        elif token.text in WEEKDAYS:
            self.weekdays.add(WEEKDAYS[token.text])
        return []

    def _from_digits(self, token: _Token, currency: str) -> list[Quantity]:
        self._at += 1
        parts = number_tokens(token.text, DECIMAL_MARK[self._language])
        values = [Decimal(part.replace("d", ".")) for part in parts]
        suffix = token.suffix
        if suffix in SCALES:
            values = [value * Decimal(10) ** SCALES[suffix] for value in values]
        elif suffix in UNITS:
            return [Quantity(value, UNITS[suffix]) for value in values]
        elif suffix and suffix not in _ORDINALS:
            self.codes.add(token.text + suffix)
            return []
        return [*map(Quantity, values[:-1]), *(self._finished(value, currency) for value in values[-1:])]

    def _words(self) -> Decimal:
        """A number in words: "dua ratus lima puluh tiga", "two hundred and fifty-three"."""
        group, last, begun = Decimal(0), Decimal(-1), False
        while (token := self._peek()).kind == "word":
            word = token.text
            if word in ONES or word in WHOLES:
                value = ONES.get(word, WHOLES.get(word, Decimal(0)))
                # After "twenty" and "seratus" more may follow, after "five" and "fifteen" another number begins.
                if begun and (last < 20 or value >= last):
                    break
                group, last, begun = group + value, value, True
            elif word in TIMES:
                factor = Decimal(TIMES[word])
                unit = last if begun else Decimal(1)
                last = unit * factor if factor else unit + 10
                group = (group if begun else Decimal(1)) - unit + last
                last, begun = (max(last, Decimal(20)) if factor else last), True
            elif not (word == "and" and last >= 100 and self._peek(1).text in ONES.keys() | WHOLES.keys()):
                break
            self._at += 1
            if self._peek().text == "-" and self._peek(1).text in ONES:
                self._at += 1
        if self._peek().text in ("koma", "point") and self._peek(1).text in ONES:
            digits = ""
            self._at += 1
            while self._peek().text in ONES:
                digits += str(ONES[self._peek().text])
                self._at += 1
            group += Decimal(f"0.{digits}")
        return group

    def _finished(self, value: Decimal, currency: str) -> Quantity:
        """With the scales and the unit that follow."""
        while self._peek().text in SCALES:
            value *= Decimal(10) ** SCALES[self._peek().text]
            self._at += 1
        if currency:
            return Quantity(value, currency)
        ahead = 1 if self._peek().text in ("-", "–") else 0
        token = self._peek(ahead)
        if token.text in WHOSE_DOLLAR or token.text in ("us", "as", "amerika", "american"):
            ahead += 2 if token.text == "hong" else 1
            if self._peek(ahead).text in ("dollar", "dollars"):
                self._at += ahead + 1
                return Quantity(value, WHOSE_DOLLAR.get(token.text, "dolar"))
            return Quantity(value)
        if token.text not in UNITS:
            return Quantity(value)
        self._at += ahead + 1
        unit = UNITS[token.text]
        return Quantity(value, WHOSE_DOLLAR.get(self._peek().text, unit) if unit == "dolar" else unit)

    def _peek(self, ahead: int = 0) -> _Token:
        at = self._at + ahead
        return self._tokens[at] if at < len(self._tokens) else _Token("end", "")


def _same(one: Quantity, other: Quantity) -> bool:
    if one.value != other.value:
        return False
    return one.unit == other.unit or not ({one.unit, other.unit} & EXACT or (one.unit and other.unit))


def _within(less: Day, more: Day) -> bool:
    return all(not told or told == known for told, known in zip(less, more, strict=True))
