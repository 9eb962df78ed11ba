"""How old the news of an answer is, and where the answer says so."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from index.dates import latest_day
from index.phrases import date_words, local_day
from index.types import Citation, Language

OLD_DAYS = 365
"""News that is older may have been overtaken."""


def quote_dates(citations: Sequence[Citation], asked: date, language: Language) -> dict[int, str]:
    """The dates that quotes bear, by the number of their citation; {} where that would only be noise.

    They bear them where some of several sources is old. The only source of an answer is dated by the line before its
    quote.
    """
    days = {citation.n: local_day(citation.published_at) for citation in citations}
    known = [day for day in days.values() if day]
    if len(days) < 2 or all((asked - latest_day(day)).days <= OLD_DAYS for day in known):
        return {}
    return {n: date_words(day, language) for n, day in days.items() if day}


def old_date(citations: Sequence[Citation], asked: date) -> str:
    """The date of the newest article cited when all of them are old; "" otherwise, or when unknown."""
    dates = [local_day(citation.published_at) for citation in citations]
    if not dates or not all(dates):
        return ""
    newest = max(dates, key=latest_day)
    return newest if (asked - latest_day(newest)).days > OLD_DAYS else ""
