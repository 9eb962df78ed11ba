"""What an error of Telegram's means for the alert that met it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from telegram.error import BadRequest, ChatMigrated, RetryAfter, TelegramError

from bot.delivery import refusal_of
from bot.outbox import MOST_LOST
from bot.pacing import may_have_arrived, seconds_of
from bot.records import Alert

LOST_S = (15.0, 60.0, 240.0)
"""Seconds after each lost reply until the alert is sent again: it may arrive twice, but not be lost."""
AGAIN_S = 30.0
"""Seconds after it certainly did not arrive; Pacer has tried for minutes by then."""
What = Literal["lost", "given up", "again", "moved", "closed", "no topic", "unreadable", "dead"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is to be done."""

    what: What
    detail: str
    wait: float = 0.0
    """Seconds before it is sent again."""
    moved_to: int = 0
    """The chat's new id."""


def outcome_of(error: Exception, row: Alert, *, plainly: bool = False) -> Outcome:
    """What becomes of a message that could not be sent; `plainly` as the text it was after HTML was refused.

    `row` is its first row as it was before this send. An error that is none of Telegram's may come from anywhere, so
    that the message may have arrived.
    """
    if not isinstance(error, TelegramError):
        return _lost(row, type(error).__name__)
    if isinstance(error, RetryAfter):
        return Outcome("again", error.message, seconds_of(error))
    if isinstance(error, ChatMigrated):
        return Outcome("moved", error.message, moved_to=error.new_chat_id)
    match refusal_of(error):
        case "unreadable":
            return Outcome("dead" if plainly else "unreadable", error.message)
        case "no topic":
            return Outcome("no topic" if row.place.thread_id else "closed", error.message)
        case "closed":
            return Outcome("closed", error.message)
    if isinstance(error, BadRequest):
        return Outcome("dead", error.message)
    if may_have_arrived(error):
        return _lost(row, f"the reply was lost ({type(error).__name__})")
    return Outcome("again", f"{type(error).__name__}: {error.message}", AGAIN_S)


def _lost(row: Alert, detail: str) -> Outcome:
    lost = row.attempts + 1
    if lost >= MOST_LOST:
        return Outcome("given up", f"{detail}, {lost} times")
    return Outcome("lost", detail, LOST_S[lost - 1])
