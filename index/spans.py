"""Days that a date, a month, a quarter, a half or a year covers, and counting days, weeks and months back."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta
from typing import Literal

from index.bilingual import ORDINALS
from index.dates import MONTHS, range_of, read_date

Unit = Literal["day", "week", "month", "quarter", "half", "year"]
Span = tuple[date, date]
"""First and last day."""

UNITS: dict[str, Unit] = {
    "hari": "day", "day": "day", "days": "day", "pekan": "week", "minggu": "week", "week": "week", "weeks": "week",
    "bulan": "month", "month": "month", "months": "month", "kuartal": "quarter", "triwulan": "quarter",
    "quarter": "quarter", "quarters": "quarter", "semester": "half", "tahun": "year", "year": "year", "years": "year",
}  # fmt: skip
_MONTHS_OF: dict[Unit, int] = {"month": 1, "quarter": 3, "half": 6, "year": 12}
MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_YEAR = r"(?:19|20)\d\d"
_PART = "|".join(sorted(ORDINALS, key=len, reverse=True))
_NTH = r"\d{1,2}(?:st|nd|rd|th)?"
SPAN = (
    rf"(?:{_NTH} (?:of )?(?:{MONTH})\.? {_YEAR}|(?:{MONTH})\.? {_NTH},? {_YEAR}|\d{{1,2}}[/-]\d{{1,2}}[/-]{_YEAR}"
    rf"|{_YEAR}-\d\d-\d\d"
    rf"|(?:(?:kuartal|triwulan|semester) (?:ke-?)?(?:{_PART})|(?:{_PART}) (?:quarter|half)|[qh][1-4])"
    rf"(?: (?:of|tahun))? {_YEAR}|(?:{MONTH})\.?,? (?:tahun )?{_YEAR}|(?:tahun )?{_YEAR})(?![\d.,]\d|%)"
)
"""Pattern of what `span_of` reads; it holds no groups."""
_FILLING = re.compile(r"\b(?:tahun\b|of\b|ke-?(?=\d))\s*")
_QUARTER = re.compile(
    rf"(?:(?P<id>kuartal|triwulan|semester) ?(?P<after>{_PART})|(?P<before>{_PART}) (?P<en>quarter|half)"
    r"|(?P<letter>[qh])(?P<digit>[1-4])) +(?P<year>\d{4})"
)


def span_of(words: str) -> Span | None:
    """What "3 Mei 2021", "May 2021", "Q2 2024", "semester I 2023" or "2021" covers; None for anything else."""
    words = " ".join(_FILLING.sub("", words.lower()).replace(".", " ").split())
    if part := _QUARTER.fullmatch(words):
        half = (part["id"] or part["en"] or part["letter"])[0] in "sh"
        number, months = int(ORDINALS[part["after"] or part["before"] or part["digit"]]), 6 if half else 3
        if number * months > 12:
            return None
        begin = date(int(part["year"]), (number - 1) * months + 1, 1)
        return begin, _month_end(_months_on(begin, months - 1))
    if not (found := read_date(words)):
        return None
    first, last = range_of(found[:10])
    return date.fromisoformat(first[:10]), date.fromisoformat(last[:10])


def back(today: date, unit: Unit, count: int) -> date:
    """The day so many units before."""
    if unit in _MONTHS_OF:
        return _months_on(today, -_MONTHS_OF[unit] * count)
    return today - timedelta(count * (7 if unit == "week" else 1))


def around(unit: Unit, day: date) -> Span:
    """The day itself, its week (from Monday), month, quarter, half or year."""
    if unit == "day":
        return day, day
    if unit == "week":
        begin = day - timedelta(day.weekday())
        return begin, begin + timedelta(6)
    months = _MONTHS_OF[unit]
    begin = date(day.year, (day.month - 1) // months * months + 1, 1)
    return begin, _month_end(_months_on(begin, months - 1))


def _months_on(of: date, months: int) -> date:
    """The same day of another month, or its last one."""
    at = of.year * 12 + of.month - 1 + months
    year, month = max(at // 12, 1), at % 12 + 1
    return date(year, month, min(of.day, monthrange(year, month)[1]))


def _month_end(of: date) -> date:
    return of.replace(day=monthrange(of.year, of.month)[1])
