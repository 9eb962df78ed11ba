"""Telegram's updates, stored before Telegram is told that they arrived: none is lost, and none has an effect twice."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.chats import BotStore

Update = dict[str, Any]
"""As Telegram sends it; "update_id" is a number above 0."""

DAY = 86_400.0
NUMBERS_AGE = 6 * DAY
"""Telegram counts on from a random number after a week without updates; by then an old offset would hide new ones."""
QUARANTINE_AGE = 30 * DAY
"""How long the operator may look at an update that could not be dealt with."""
MOST_STARTS = 3
"""An update that was unfinished at so many starts is taken for the reason why the process ended."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a batch of updates."""

    new: tuple[Update, ...]
    """To be dealt with, in order."""
    known: int
    """How many had been taken before, or stood in the batch twice."""
    malformed: int
    """How many were no update at all."""


_AFTER = "seq > coalesce((select seq from inbox where update_id = ?), 0)"


class Inbox:
    """The updates in a BotStore."""

    def __init__(self, store: BotStore) -> None:
        self._store = store

    def take(self, updates: Sequence[object], now: float) -> Taken:
        """Store those that are new, all or nothing; only after this may Telegram forget them.

        What is given on is what was stored: half a surrogate pair, which JSON may hold but no database and no message,
        has become "?".
        """
        new: list[Update] = []
        malformed = 0
        with self._store.transaction():
            for update in updates:
                if (payload := _payload(update)) is None:
                    malformed += 1
                    continue
                taken: Update = json.loads(payload)
                done = self._store.connection.execute(
                    "insert or ignore into inbox (update_id, payload, received_at) values (?, ?, ?)",
                    [taken["update_id"], payload, now],
                )
                if done.rowcount:
                    new.append(taken)
        return Taken(tuple(new), len(updates) - len(new) - malformed, malformed)

    def done(self, update_id: int, now: float) -> None:
        """Dealt with. Its number stays for a while, its texts do not: the bot keeps none that it does not need."""
        with self._store.transaction():
            self._store.connection.execute(
                "update inbox set state = 'done', payload = '', finished_at = ?"
                " where update_id = ? and state = 'taken'",
                [now, update_id],
            )

    def quarantine(self, update_id: int, detail: str, now: float) -> None:
        """It cannot be dealt with; kept with its texts and the reason for the operator to look at."""
        with self._store.transaction():
            self._store.connection.execute(
                "update inbox set state = 'quarantined', detail = ?, finished_at = ?"
                " where update_id = ? and state = 'taken'",
                [detail, now, update_id],
            )

    def unfinished(
        self, now: float, after: int = 0, *, restart: bool = True, most_starts: int = MOST_STARTS, limit: int = 100
    ) -> list[Update]:
        """At most `limit` updates that came after the one of id `after` and are not finished, oldest first.

        The order is that of their arrival: a webhook may bring 12 before 11, and after a week Telegram's numbers may be
        lower than before. `restart` says that these are what an earlier process left: each is counted as started once
        more before it is given, and one that was so `most_starts` times is quarantined instead, for it may be what ends
        the process. Updates in a batch share the blame for one of them, the less the smaller `limit` is.
        """
        if not restart:
            return self._taken(after, limit)
        with self._store.transaction():
            self._store.connection.execute(
                "update inbox set state = 'quarantined', finished_at = ?,"
                " detail = 'the process ended ' || starts || ' times before it was finished'"
                f" where state = 'taken' and starts >= ? and {_AFTER}",
                [now, most_starts, after],
            )
            updates = self._taken(after, limit)
            self._store.connection.executemany(
                "update inbox set starts = starts + 1 where update_id = ?", [[u["update_id"]] for u in updates]
            )
        return updates

    def _taken(self, after: int, limit: int) -> list[Update]:
        query = f"select payload from inbox where state = 'taken' and {_AFTER} order by seq limit ?"
        return [json.loads(payload) for (payload,) in self._store.read(query, [after, limit])]

    def suspects(self) -> list[tuple[int, int]]:
        """Those that an earlier start found unfinished already, in the order of arrival: id, and how many starts."""
        return [
            (number, starts)
            for number, starts in self._store.read(
                "select update_id, starts from inbox where state = 'taken' and starts > 0 order by seq"
            )
        ]

    def pending(self) -> int:
        """How many are taken and not finished."""
        return int(self._store.read("select count(*) from inbox where state = 'taken'")[0][0])

    def offset(self, now: float) -> int | None:
        """The number to ask Telegram for updates from; None to take whatever there is.

        None too when the last update is so old that Telegram may have begun to count from elsewhere.
        """
        query = "select update_id from inbox where received_at > ? order by update_id desc limit 1"
        rows = self._store.read(query, [now - NUMBERS_AGE])
        return int(rows[0][0]) + 1 if rows else None

    def sweep(self, now: float, keep: float = 2 * DAY) -> int:
        """Delete what was finished more than `keep` seconds ago, or quarantined 30 days ago; give the number.

        The last one that came stays, `unfinished` may be asked for what comes after it; and the highest number of the
        last days, which `offset` is made from.
        """
        with self._store.transaction():
            done = self._store.connection.execute(
                """
                delete from inbox
                where (state = 'done' and finished_at < ? or state = 'quarantined' and finished_at < ?)
                    and seq != (select max(seq) from inbox)
                    and update_id != (
                        select max(update_id) from inbox
                        where received_at > (select max(received_at) from inbox) - ?
                    )
                """,
                [now - keep, now - QUARANTINE_AGE, NUMBERS_AGE],
            )
        return done.rowcount


def _payload(update: object) -> str | None:
    """The JSON of an update; None for what is none."""
    if not isinstance(update, dict) or type(number := update.get("update_id")) is not int or not 0 < number < 2**63:
        return None
    try:
        return json.dumps(update, ensure_ascii=False).encode("utf-8", "replace").decode()
    except (TypeError, ValueError, RecursionError):
        return None
