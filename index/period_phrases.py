"""How an answer says of when its news is."""

from __future__ import annotations

from datetime import date

from index.phrases import date_words, phrase
from index.types import Language, Period


def period_line(period: Period | None, language: Language, *, answered: bool = True) -> str:
    """The line that tells what was understood: "Berita 1–30 September 2025:"; "" where all news was looked at alike.

    Where nothing `answered`, no heading for quotes, but what was searched.
    """
    if period is None:
        return ""
    days = span_words(period, language)
    if not answered:
        return phrase("looked_in", language, period=days) if period.strict else ""
    if period.strict and period.missed:
        return phrase("no_news_of", language, period=days)
    if period.strict:
        return phrase("news_of_newest" if period.newest else "news_of", language, period=days)
    return phrase("newest_first", language) if period.newest else ""


def span_words(period: Period, language: Language) -> str:
    """ "1–30 September 2025", "of 1 July – 30 September 2025", "sejak 1 Januari 2023", "up to 31 December 2019"."""
    since, until = date_words(period.since, language), date_words(period.until, language)
    if not (since and until):
        return phrase("since", language, day=since) if since else phrase("up_to", language, day=until)
    first, last = date.fromisoformat(period.since), date.fromisoformat(period.until)
    if first == last:
        days = since
    elif (first.year, first.month) == (last.year, last.month):
        days = f"{first.day}–{until}"
    else:
        days = f"{since.rsplit(' ', 1)[0] if first.year == last.year else since} – {until}"
    return phrase("of", language, days=days)
