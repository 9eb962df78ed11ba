"""News of the time that a question names: looked at first, ranked up, told to the reader."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from math import log2

from index.answer import Draft
from index.dates import latest_day, range_of
from index.features import Question
from index.retrieve import Retrieved
from index.store import Store
from index.types import Filters, Hit, Period

PREFERRED = 0.25
"""What news of a preferred period gains, in standard deviations of meaning. MRR@10 of 94 questions "Apa yang terjadi
dengan NAMES pada MONTH?" over news-dev with 0 / 0.25 / 0.5 / 1: for news of that month .648 / .667 / .688 / .730, of
the month before .643 / .660 / .666 / .699, of seven months before .627 / .603 / .566 / .500."""
FADING = 60
"""Days beside a period in which that gain halves: what happens in March is told in April as well."""
COMPARABLE = 2.0
"""Passages whose score lies further below the best one's do not settle what the newest news is."""
AGING = 0.25
"""What news loses that is a week older than the newest, when the newest is asked for, ..."""
WEEK = 7
"""... and again with each doubling of its age: a month 0.6, a year 1.4."""


Tried = tuple[Question, Retrieved, Draft, str, dict[str, float]]
"""The question, what was found, what would be said, a notice, milliseconds of the stages."""


def answered_in_time(
    attempt: Callable[[str, Filters, Period | None], Tried],
    question: str,
    filters: Filters,
    period: Period | None,
    zone: str,
    sure: float,
) -> tuple[Tried, Period | None]:
    """What `attempt` gives for news of the period alone where that answers, else for all news.

    Where neither answers, what was found of the period is nearer to the question. With one end only, a date that may be
    part of what is asked is read both ways, and the surer answer taken. Articles or days that the caller chose stand
    above what the question says. `sure`: the confidence from which a draft is an answer.
    """
    chosen = bool(filters.articles or filters.since or filters.until)
    if period is None or chosen or not (period.strict or period.open_ended):
        loose = period and replace(period, strict=False)
        return attempt(question, filters, loose), loose
    days = replace(filters, since=period.since, until=period.until, zone=zone)
    if not period.strict:
        # "Who has led X since 2017?" may be told word for word; "what has X done since 2017?" never names the year.
        anywhere, only = attempt(question, filters, period), replace(period, strict=True)
        within = attempt(period.rest, days, only)
        return (within, only) if _answers(within, max(sure, anywhere[2].confidence)) else (anywhere, period)
    within = attempt(period.rest, days, period)
    if _answers(within, sure):
        return within, period
    missed = replace(period, missed=True)
    beyond = attempt(question, filters, missed)
    return (within, period) if within[1].hits and not _answers(beyond, sure) else (beyond, missed)


def _answers(tried: Tried, sure: float) -> bool:
    return bool(tried[2].quotes) and tried[2].confidence >= sure


def by_time(hits: Sequence[Hit], period: Period | None, published: Mapping[int, str]) -> tuple[Hit, ...]:
    """The hits with scores that heed the period, best first; `published`: dates of their articles, "" where unknown.

    An article without a date neither gains nor, unless the newest is asked for, loses.
    """
    if not period or not hits:
        return tuple(hits)
    gains = dict.fromkeys(published, 0.0)
    if period.since or period.until:
        gains = {i: PREFERRED * _nearness(dated, period) for i, dated in published.items()}
    if period.newest:
        comparable = {hit.article_id for hit in hits if hit.score >= hits[0].score - COMPARABLE}
        ages = _ages(published, comparable)
        gains = {i: gain - AGING * log2(1 + ages.get(i, 0) / WEEK) for i, gain in gains.items()}
    ranked = [replace(hit, score=hit.score + gains.get(hit.article_id, 0.0)) for hit in hits]
    return tuple(sorted(ranked, key=lambda hit: -hit.score))


def in_time(hits: Sequence[Hit], period: Period | None, store: Store) -> tuple[Hit, ...]:
    """`by_time` with the dates that the store has."""
    if period is None:
        return tuple(hits)
    ids = list(dict.fromkeys(hit.article_id for hit in hits))
    return by_time(hits, period, dict(store.select_in("select id, published_at from articles where id in", ids)))


def _nearness(published_at: str, period: Period) -> float:
    """1 within the period, half of it FADING days beside it; 0 without a date."""
    if not published_at:
        return 0.0
    first, last = (moment[:10] for moment in range_of(published_at))
    gap = 0
    if period.since and last < period.since:
        gap = (date.fromisoformat(period.since) - date.fromisoformat(last)).days
    elif period.until and first > period.until:
        gap = (date.fromisoformat(first) - date.fromisoformat(period.until)).days
    return float(0.5 ** (gap / FADING))


def _ages(published: Mapping[int, str], comparable: set[int]) -> dict[int, int]:
    """Days that each is older than the newest of the comparable ones; undated ones count as the oldest of those."""
    days = {i: latest_day(dated) for i, dated in published.items() if dated}
    known = [days[i] for i in comparable if i in days]
    if not known:
        return {}
    newest, oldest = max(known), min(known)
    return {i: max((newest - days.get(i, oldest)).days, 0) for i in published}
