"""How the bot is used, counted from its records. A day is one of Jakarta's, which has no summer time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from index.database import SqliteFile

DAY = 86_400.0
WEEK = 7
"""Days that the figures are of, today included."""
MONTH = 30
"""Days that the picture shows."""
ZONE = timedelta(hours=7)
_ASKED = "(origin != 'inline' or used)"
"""Of what is offered while somebody types, only what was used is a question."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Figures of the last WEEK days, and how things stand now."""

    chats: int
    """Those that the bot may write to."""
    follows: int
    """Those that are not paused."""
    alerts: int
    """Stories and updates that were sent."""
    questions: tuple[int, ...]
    """By day, today last."""
    answered: int
    """Those that were not abstained from."""
    bad: int
    """Answers that somebody was unhappy with."""
    p50: float
    """Seconds from the arrival of a question to its answer."""
    p95: float
    inbox: int
    """Updates that wait or are being worked on."""
    put_aside: int
    """Updates that could not be dealt with."""
    outbox: Mapping[str, int]
    """Alerts by state."""
    unknowns: int
    """Sends of alerts whose outcome nobody knows."""

    @property
    def asked(self) -> int:
        """Questions."""
        return sum(self.questions)

    def record(self) -> dict[str, Any]:
        """What `warta stats --json` prints."""
        return {
            "chats": self.chats,
            "subscriptions": self.follows,
            "alerts_7_days": self.alerts,
            "questions_by_day": list(self.questions),
            "answered_share": share(self.answered, self.asked),
            "abstained_share": share(self.asked - self.answered, self.asked),
            "bad_share": share(self.bad, self.asked),
            "seconds_p50": round(self.p50, 3),
            "seconds_p95": round(self.p95, 3),
            "inbox_waiting": self.inbox,
            "inbox_put_aside": self.put_aside,
            "outbox": dict(self.outbox),
            "unknown_outcomes": self.unknowns,
        }


def share(part: int, whole: int) -> float | None:
    """A part of 1; None of nothing."""
    return round(part / whole, 4) if whole else None


def usage_of(store: SqliteFile, now: float) -> Usage:
    """Count."""

    def number(query: str, *values: object) -> int:
        return int(store.read(query, values)[0][0])

    since = _start_of(days_until(now, WEEK)[0])
    answered, bad = store.read(
        "select coalesce(sum(answerable), 0), coalesce(sum(exists (select 1 from feedback f"
        f" where f.token = answers.token and verdict = 'bad')), 0) from answers where {_ASKED} and created_at >= ?",
        [since],
    )[0]
    times = store.read(
        "select seconds from answers where origin != 'inline' and created_at >= ? order by seconds", [since]
    )
    seconds = [float(row[0]) for row in times]
    return Usage(
        number("select count(*) from chats where active"),
        number("select count(*) from subscriptions where paused = 0"),
        number("select count(*) from outbox where state = 'sent' and sent_at >= ?", since),
        questions_by_day(store, now, WEEK),
        int(answered),
        int(bad),
        quantile(seconds, 0.5),
        quantile(seconds, 0.95),
        number("select count(*) from inbox where state = 'taken'"),
        number("select count(*) from inbox where state = 'quarantined'"),
        dict(store.read("select state, count(*) from outbox group by state")),
        number("select coalesce(sum(unknowns), 0) from outbox"),
    )


def questions_by_day(store: SqliteFile, now: float, count: int) -> tuple[int, ...]:
    """Questions of the last `count` days, today last."""
    days = days_until(now, count)
    rows = store.read(
        f"select date(created_at, 'unixepoch', '+7 hours'), count(*) from answers where {_ASKED} and created_at >= ?"
        " group by 1",
        [_start_of(days[0])],
    )
    return _by_day(rows, days)


def articles_by_day(store: SqliteFile, now: float, count: int) -> tuple[int, ...]:
    """Articles that came in on the last `count` days, today last."""
    days = days_until(now, count)
    since = f"{datetime.fromtimestamp(_start_of(days[0]), UTC):%Y-%m-%dT%H:%M:%SZ}"
    rows = store.read(
        "select date(added_at, '+7 hours'), count(*) from articles where added_at >= ? group by 1", [since]
    )
    return _by_day(rows, days)


def days_until(now: float, count: int) -> list[date]:
    """The last `count` days, today last."""
    today = (datetime.fromtimestamp(now, UTC) + ZONE).date()
    return [today - timedelta(count - 1 - number) for number in range(count)]


def quantile(ordered: Sequence[float], at: float) -> float:
    """The smallest value that so large a part of them does not exceed; 0 of none."""
    return ordered[max(-(-len(ordered) * round(at * 100) // 100), 1) - 1] if ordered else 0.0


def _start_of(day: date) -> float:
    """Seconds since 1970 when it began."""
    return (datetime(day.year, day.month, day.day, tzinfo=UTC) - ZONE).timestamp()


def _by_day(rows: Sequence[Sequence[Any]], days: Sequence[date]) -> tuple[int, ...]:
    counts = {str(day): int(count) for day, count in rows}
    return tuple(counts.get(day.isoformat(), 0) for day in days)
