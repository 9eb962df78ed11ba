"""What an arrival means for one chat: an alert, an update, a line in an alert that was sent, or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bot.records import Alert, AlertSettings, Elsewhere, Follow, Place
from index.dates import range_of
from index.updates import NewFacts

MOST_UPDATES = 3
"""Of one alert; a story that goes on is told in the alert itself."""
MOST_ELSEWHERE = 10
EDIT_AGE_S = 2 * 86_400.0
"""Seconds after which an alert is edited no more."""


@dataclass(frozen=True, slots=True)
class News:
    """An arrival, as far as every chat is concerned."""

    article_id: int
    story_id: int
    joined: tuple[int, ...]
    """Other stories that it would fit as well."""
    publisher: str
    url: str
    is_copy: bool = False
    """The text is known; only who printed it is new."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A subscription that it matches, and why."""

    follow: Follow
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A message that a chat is to get."""

    kind: Literal["alert", "update"]
    place: Place
    story_id: int
    reasons: tuple[str, ...]
    follows: tuple[int, ...]
    news: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """What an alert is to say as well."""

    alert: Alert
    report: Elsewhere


def verdict(
    news: News,
    heard: Sequence[Heard],
    told: Sequence[Alert],
    facts: Mapping[int, NewFacts],
    settings: AlertSettings,
    now: float,
) -> Draft | Line | None:
    """What one chat is told: `heard` are its subscriptions that match, `told` its rows of these stories.

    `facts`: what the article tells that no earlier article of each of the stories does.
    """
    alert = _alert_of(news, told)
    if news.is_copy:
        return _line(alert, Elsewhere(news.publisher, news.url), now)
    heard = sorted(heard, key=lambda one: one.follow.id)
    reasons = tuple(dict.fromkeys(reason for one in heard for reason in one.reasons))
    follows = tuple(one.follow.id for one in heard)
    if alert is None:
        if not heard:
            return None
        thread = heard[0].follow.place.thread_id if settings.thread_id is None else settings.thread_id
        return Draft("alert", Place(settings.chat_id, thread), news.story_id, reasons, follows)
    new = facts.get(alert.story_id, NewFacts())
    rows = [row for row in told if row.story_id == alert.story_id]
    matched_before = {number for row in rows for number in row.follows}
    updates = sum(row.kind == "update" for row in rows)
    if heard and (new.names or not matched_before.issuperset(follows)) and settings.updates and updates < MOST_UPDATES:
        told_anew = (*new.names, *new.amounts, *new.dates)
        return Draft("update", alert.place, alert.story_id, reasons, follows, told_anew)
    return _line(alert, Elsewhere(news.publisher, news.url, (*new.amounts, *new.dates)), now)


def came_at(published_at: str, arrived_at: str) -> float:
    """The latest time that an article may be from, in seconds since 1970: of an undated one, when it arrived."""
    try:
        return _seconds(range_of(published_at)[1])
    except ValueError:
        return _seconds(arrived_at)


def _seconds(stamp: str) -> float:
    return datetime.fromisoformat(stamp).timestamp()


def _alert_of(news: News, told: Sequence[Alert]) -> Alert | None:
    """The alert that the chat has of the story, or else of one that the article would fit as well."""
    alerts = {row.story_id: row for row in told if row.kind == "alert"}
    stories = (news.story_id, *(() if news.is_copy else news.joined))
    return next((alerts[story] for story in stories if story in alerts), None)


def _line(alert: Alert | None, report: Elsewhere, now: float) -> Line | None:
    if alert is None or alert.state == "dead" or now - (alert.sent_at or alert.created_at) >= EDIT_AGE_S:
        return None
    if len(alert.elsewhere) >= MOST_ELSEWHERE or any(
        (one.url or one.publisher) == (report.url or report.publisher) for one in alert.elsewhere
    ):
        return None
    return Line(alert, report)
