"""What a question says about time: of which days the news shall be, or that the newest is wanted.

"pekan lalu", "last 3 months" or "berita Maret 2025" tell when the news is from: nothing else is looked at. A date alone
("sejak 2020", "in March 2025", "tahun lalu") may as well be part of what is asked, so it only moves news of that time
up; with one end only it is tried both ways. Own patterns rather than `dateparser`, for the reasons in index.dates:
"March 2025" is a whole month.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from index.spans import MONTH, SPAN, UNITS, Span, around, back, span_of
from index.types import Period

_NUMBERS = {
    "satu": 1, "one": 1, "dua": 2, "two": 2, "tiga": 3, "three": 3, "empat": 4, "four": 4, "lima": 5, "five": 5,
    "enam": 6, "six": 6, "tujuh": 7, "seven": 7, "delapan": 8, "eight": 8, "sembilan": 9, "nine": 9, "sepuluh": 10,
    "ten": 10, "dua belas": 12, "twelve": 12,
}  # fmt: skip
_UNIT = "|".join(sorted(UNITS, key=len, reverse=True))
_LONGER = "pekan|minggu|bulan|kuartal|triwulan|semester|tahun"
_COUNT = r"\d{1,3}|" + "|".join(sorted(_NUMBERS, key=len, reverse=True))
_LEAD = r"\b(?P<since>(?:sejak|mulai|since) )?(?:(?:pada|dalam|selama|in|over|during|from|of|for) )?(?:the )?"
_KIND = "(?:(?:bulan|tahun|tanggal) )?"


def _pattern(*parts: str) -> re.Pattern[str]:
    return re.compile("".join(parts), re.IGNORECASE)


_ROLLING = _pattern(
    rf"{_LEAD}(?:(?P<count>{_COUNT}) (?P<unit>{_UNIT}) (?:terakhir|belakangan)(?: ini)?\b",
    rf"|(?:last|past) (?P<many>{_COUNT}) (?P<units>{_UNIT})\b",
    rf"|se(?P<single>hari|{_LONGER}) (?:terakhir|belakangan)(?: ini)?\b|past (?P<past>week|month|year)\b)",
)
_AGO = _pattern(rf"\b(?P<count>{_COUNT}) (?P<unit>{_UNIT}) (?:yang )?(?:lalu|silam|ago)\b")
_PREVIOUS = _pattern(
    rf"{_LEAD}(?:(?P<unit>{_LONGER}) (?:yang )?(?:lalu|kemarin|silam)\b",
    r"|(?:last|previous) (?P<last>week|month|quarter|year)\b)",
)
_CURRENT = _pattern(rf"{_LEAD}(?:(?P<unit>{_LONGER}) ini\b|this (?P<this>week|month|quarter|year)\b)")
_YESTERDAY = _pattern(
    rf"{_LEAD}(?:kemarin\b(?! (?:dulu|lusa))|yesterday\b|(?P<night>semalam|tadi malam|last night)\b)",
)
_TODAY = _pattern(rf"{_LEAD}(?:hari ini|today|tadi pagi|this morning)\b(?!['’])")
_BETWEEN = _pattern(
    r"\b(?:(?:antara|between|dari|from|sejak|mulai|since) )?",
    rf"{_KIND}(?P<one>{SPAN}|(?:{MONTH})\b|\d{{1,2}}(?: (?:{MONTH})\b)?)",
    rf" ?(?:dan|and|hingga|sampai(?: dengan)?|s/d|to|until|till|through|–|-) ?{_KIND}(?P<other>{SPAN})",
)
_FROM = _pattern(rf"\b(?:sejak|mulai|since) (?:the )?{_KIND}(?P<one>{SPAN})")
_AFTER = _pattern(rf"\b(?:setelah|sesudah|after) {_KIND}(?P<one>{SPAN})")
_BEFORE = _pattern(rf"\b(?:sebelum|before|prior to) {_KIND}(?P<one>{SPAN})")
_UP_TO = _pattern(rf"\b(?:hingga|sampai(?: dengan)?|until|till|up to) {_KIND}(?P<one>{SPAN})")
_IN = _pattern(rf"\b(?:(?:pada|di|dalam|selama|sepanjang|dari|in|on|during|from|of) )?(?:the )?{_KIND}(?P<one>{SPAN})")
# A capital tells "in March" and "berita Mei" from other words; after "bulan" it needs none.
_MONTH = re.compile(
    r"(?:\b(?:pada |di |dalam |selama )?[Bb]ulan (?P<said>\w{3,9})"
    r"|(?:\b(?:[Ii]n|[Dd]uring) |(?<=[Nn]ews )(?:from|of) |(?<=[Bb]erita ))(?P<named>[A-Z][a-z]{2,8}))\b(?! ?\d)"
)
_NEWEST = _pattern(
    r"\b(?:terbaru|terkini|teranyar|paling baru|termutakhir|akhir-akhir ini|belakangan ini|baru-baru ini|saat ini",
    r"|sekarang|latest|newest|most recent|recently|lately|currently|right now|nowadays)(?:nya)?\b",
)
# "kantor berita", "surat kabar" and "BBC News" are publishers.
_NEWS = re.compile(
    r"(?<![Kk]antor )\b(?:[Bb]erita|[Pp]emberitaan|[Aa]rtikel)(?:nya)?\b|(?<![Ss]urat )\b[Kk]abar(?:nya)?\b"
    r"|(?:^News|\bnews)\b(?! (?:agency|agencies|channel|outlet|anchor|conference|network|service))"
    r"|\b[Aa]rticles?\b|\b[Hh]eadlines?\b"
)
_FEW_DAYS = 366
"""What happened "in the last 20 years" is told by news of any of them."""


_Told = tuple[date | None, date | None, bool, re.Match[str]]
"""First and last day, whether no other is meant, and where the question says so."""


def period_of(question: str, today: date) -> Period | None:
    """What a question says about time, asked on a day; None where it says nothing."""
    newest = bool(_NEWEST.search(question))
    news = bool(_NEWS.search(question))
    told = next(_relative(question, today, news=news), None) or next(_absolute(question, today, news=news), None)
    if told is None:
        return Period(newest=True, rest=question) if newest else None
    first, last, strict, match = told
    since, until = (day.isoformat() if day else "" for day in (first, last))
    rest = " ".join(f"{question[: match.start()]} {question[match.end() :]}".split())
    period = Period(since, until, strict, newest, rest)
    return period if strict or period.open_ended else replace(period, rest=question)


def without_newest(question: str) -> str:
    """The question without "terbaru", "latest" and the like: which news is the newest, its date tells and no word."""
    return " ".join(_NEWEST.sub(" ", question).split())


def _relative(question: str, today: date, *, news: bool) -> Iterator[_Told]:
    for match in _ROLLING.finditer(question):
        unit = UNITS[(match["unit"] or match["units"] or match["single"] or match["past"]).lower()]
        first = back(today, unit, _count(match["count"] or match["many"] or "1"))
        yield first, today, news or (today - first).days <= _FEW_DAYS, match
    for match in _AGO.finditer(question):
        unit = UNITS[match["unit"].lower()]
        yield *around(unit, back(today, unit, _count(match["count"]))), news or unit in ("day", "week", "month"), match
    for match in _PREVIOUS.finditer(question):
        unit = UNITS[(match["unit"] or match["last"]).lower()]
        first, last = around(unit, back(today, unit, 1))
        # A year's or a quarter's figures are published after it.
        yield first, today if match["since"] else last, news or unit in ("week", "month"), match
    for match in _CURRENT.finditer(question):
        unit = UNITS[(match["unit"] or match["this"]).lower()]
        yield around(unit, today)[0], today, True, match
    for match in _YESTERDAY.finditer(question):
        first = today - timedelta(1)
        yield first, today if match["since"] or match["night"] else first, True, match
    # "What does the treaty allow today?" asks about no day.
    for match in _TODAY.finditer(question) if news else ():
        yield today, today, True, match


def _absolute(question: str, today: date, *, news: bool) -> Iterator[_Told]:
    for match in _BETWEEN.finditer(question):
        if last := span_of(match["other"]):
            first = span_of(match["one"]) or _of_the_same(match["one"], last)
            if first and first[0] <= last[1]:
                yield first[0], last[1], news, match
    day = timedelta(1)
    for pattern in (_FROM, _AFTER, _BEFORE, _UP_TO, _IN):
        for match in pattern.finditer(question):
            if not (span := span_of(match["one"])):
                continue
            open_ended: dict[re.Pattern[str], tuple[date | None, date | None]] = {
                _FROM: (span[0], None), _AFTER: (span[1] + day, None),
                _BEFORE: (None, span[0] - day), _UP_TO: (None, span[1]),
            }  # fmt: skip
            yield *open_ended.get(pattern, span), news, match
    for match in _MONTH.finditer(question):
        this_year, last_year = (span_of(f"{match['said'] or match['named']} {today.year - ago}") for ago in (0, 1))
        if this_year and last_year:
            yield *(this_year if this_year[0] <= today else last_year), news, match


def _of_the_same(words: str, last: Span) -> Span | None:
    """ "March" of "between March and May 2024", "3" and "3 Mei" of "3–5 Juni 2024"."""
    if not words.isdigit():
        return span_of(f"{words} {last[0].year}")
    first = last[0].replace(day=int(words)) if 1 <= int(words) <= last[0].day else None
    return (first, first) if first else None


def _count(words: str) -> int:
    return int(words) if words.isdigit() else _NUMBERS[words.lower()]
