"""How the bot is used, counted from its records."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from bot.chats import BotStore

RECENT = 1_000
"""Answers that the median time is taken from."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Counts since the beginning."""

    chats: int
    """Those that the bot may write to."""
    questions: int
    """Inline ones only where the answer was used."""
    answered: int
    """Those of them that were not abstained from."""
    median_seconds: float
    """From the update's arrival to the answer, over the RECENT last ones."""
    good: int
    bad: int
    follows: int
    """Those that are not paused."""
    alerts: int
    """Stories and updates that were sent."""


def usage_of(store: BotStore) -> Usage:
    """Count."""

    def number(query: str) -> int:
        return int(store.read(query)[0][0])

    questions, answered = store.read(
        "select count(*), coalesce(sum(answerable), 0) from answers where origin != 'inline' or used"
    )[0]
    times = [
        float(row[0])
        for row in store.read(
            "select seconds from answers where origin != 'inline' order by created_at desc limit ?", [RECENT]
        )
    ]
    return Usage(
        number("select count(*) from chats where active"),
        int(questions),
        int(answered),
        median(times) if times else 0.0,
        number("select count(*) from feedback where verdict = 'good'"),
        number("select count(*) from feedback where verdict = 'bad'"),
        number("select count(*) from subscriptions where paused = 0"),
        number("select count(*) from outbox where state = 'sent'"),
    )
