"""What administrators did, and who was refused: when, what, where, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from telegram import Message

from bot.chats import BotStore
from bot.text import clip

if TYPE_CHECKING:
    from bot.services import Services

KEEP = 400 * 86_400.0
"""Seconds that a row is kept."""
HOUR = 3600.0
MOST_WRONG_CODES = 5
"""An hour and person."""
CODE, WRONG, REFUSED = "admin code", "wrong", "refused"
_DETAIL = 200


@dataclass(frozen=True, slots=True)
class Deed:
    """A row."""

    at: float
    user_id: int
    """0 for what the bot does by itself."""
    chat_id: int
    action: str
    detail: str
    outcome: str
    times: int
    """How often, of a refusal that came again within the hour."""


class Audit:
    """The audit in a BotStore."""

    def __init__(self, store: BotStore) -> None:
        self._store = store

    def note(self, now: float, user_id: int, chat_id: int, action: str, detail: str, outcome: str) -> None:
        """Write down what somebody did.

        The same refusal again within an hour is only counted: one person could fill the disk.
        """
        row = [user_id, chat_id, action, clip(detail, _DETAIL), clip(outcome, _DETAIL)]
        with self._store.transaction():
            if outcome == REFUSED:
                again = self._store.connection.execute(
                    "update audit set times = times + 1 where id = (select id from audit where user_id = ?"
                    " and chat_id = ? and action = ? and detail = ? and outcome = ? and at between ? and ?)",
                    [*row, now - HOUR, now + HOUR],
                )
                if again.rowcount:
                    return
            self._store.connection.execute(
                "insert into audit (user_id, chat_id, action, detail, outcome, at) values (?, ?, ?, ?, ?, ?)",
                [*row, now],
            )

    def newest(self, limit: int) -> list[Deed]:
        """The last ones, newest first."""
        rows = self._store.read(
            "select at, user_id, chat_id, action, detail, outcome, times from audit order by id desc limit ?", [limit]
        )
        return [Deed(*row) for row in rows]

    def too_many_wrong_codes(self, user_id: int, now: float) -> bool:
        """Whether somebody has tried so many wrong codes that the next one is not even looked at."""
        query = "select count(*) from audit where user_id = ? and action = ? and outcome = ? and at between ? and ?"
        return bool(self._store.read(query, [user_id, CODE, WRONG, now - HOUR, now + HOUR])[0][0] >= MOST_WRONG_CODES)

    def sweep(self, now: float) -> int:
        """Forget what is too old; gives the number."""
        with self._store.transaction():
            return self._store.connection.execute("delete from audit where at < ?", [now - KEEP]).rowcount


async def audited(services: Services, message: Message, action: str, detail: str = "", outcome: str = "done") -> None:
    """Write down what the sender of a message did, or was not allowed to do. `detail` must hold no code and no key."""
    sender = message.from_user.id if message.from_user else 0
    await noted(services, sender, message.chat_id, action, detail, outcome)


async def noted(services: Services, user_id: int, chat_id: int, action: str, detail: str, outcome: str) -> None:
    """Write down what somebody did; `user_id` 0 is the bot itself."""
    now, told, ended = services.now(), services.redact(detail), services.redact(outcome)
    await services.desk.records(lambda r: r.audit.note(now, user_id, chat_id, action, told, ended))
