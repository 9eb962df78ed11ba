"""Alerts on their way, as rows: each is written before anything is sent, and says what became of it.

queued → sending → sent, unknown or dead. `attempts` counts the sends of a row that may have arrived, so that it tells
how many replies were lost; `unknowns` is never taken back. Nothing here reads a clock.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from bot.chats import BotStore
from bot.records import Alert, AlertState, Elsewhere, Place

MOST_LOST = 4
"""Lost replies after which a row waits for an administrator."""
KEEP = 90 * 86_400.0
"""Seconds that a settled row is kept; a story lasts two weeks."""
_SLACK = 60.0
_UNSETTLED = "state in ('queued', 'sending', 'unknown')"
_OPEN = f"{_UNSETTLED} and (state = 'queued' or state = 'unknown' and attempts < {MOST_LOST})"
_NAMES = (
    "id", "kind", "chat_id", "thread_id", "story_id", "article_id", "reasons", "follows", "news", "elsewhere", "state",
    "bundle", "not_before", "attempts", "unknowns", "created_at", "changed_at", "sent_at", "message_id", "edited",
    "detail",
)  # fmt: skip
_ROWS = f"select {', '.join(_NAMES)} from outbox where"


class Outbox:
    """The outbox in a BotStore."""

    def __init__(self, store: BotStore) -> None:
        self._store = store

    # In

    def enqueue(
        self,
        kind: Literal["alert", "update"],
        place: Place,
        story_id: int,
        article_id: int,
        reasons: Sequence[str],
        follows: Sequence[int],
        now: float,
        news: Sequence[str] = (),
    ) -> bool:
        """Have a story, or an update of it, sent to a place; False when the chat was to get it already."""
        with self._store.transaction():
            done = self._store.connection.execute(
                "insert or ignore into outbox (kind, chat_id, thread_id, story_id, article_id, reasons, follows, news,"
                " created_at, changed_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    *(kind, place.chat_id, place.thread_id, story_id, article_id),
                    *(_json(list(some)) for some in (reasons, follows, news)),
                    *(now, now),
                ],
            )
        return done.rowcount == 1

    def add_elsewhere(self, alert: Alert, report: Elsewhere) -> None:
        """Let an alert say who else reports; one that was sent already is to be edited."""
        with self._store.transaction():
            self._store.connection.execute(
                "update outbox set elsewhere = ?, edited = (state = 'sent' and message_id > 0) where id = ?",
                [_elsewhere((*alert.elsewhere, report)), alert.id],
            )

    # On its way

    def recover(self, now: float) -> int:
        """At the start: what the process before was sending may have arrived or not, and is sent again; how many."""
        with self._store.transaction():
            done = self._store.connection.execute(
                "update outbox set state = 'unknown', unknowns = unknowns + 1, attempts = max(attempts - 1, 0),"
                " not_before = 0, changed_at = ?, detail = 'the process ended while it was being sent'"
                " where state = 'sending'",
                [now],
            )
        return done.rowcount

    def chats(self) -> list[int]:
        """Those that something is to be sent to, or to be edited in."""
        rows = self._store.read(
            f"select chat_id from outbox where {_OPEN} union select chat_id from outbox where edited = 1"
        )
        return [int(row[0]) for row in rows]

    def waiting(self, chat_id: int, now: float) -> list[Alert]:
        """What is to be sent to a chat, oldest first. After a clock was set back, nothing waits for its old time."""
        rows = self._select(f"chat_id = ? and {_OPEN} order by id", chat_id)
        if any(max(row.created_at, row.changed_at) > now + _SLACK for row in rows):
            with self._store.transaction():
                self._store.connection.execute(
                    "update outbox set created_at = min(created_at, ?), changed_at = min(changed_at, ?),"
                    f" not_before = iif(changed_at > ?, 0, not_before) where chat_id = ? and {_OPEN}",
                    [now, now, now + _SLACK, chat_id],
                )
            rows = self._select(f"chat_id = ? and {_OPEN} order by id", chat_id)
        return rows

    def sent_at(self, chat_id: int, now: float) -> list[float]:
        """When messages were sent to a chat in the last hour, and, by a clock that was ahead, in the next."""
        rows = self._store.read(
            "select max(sent_at) from outbox where chat_id = ? and sent_at between ? and ? group by bundle",
            [chat_id, now - 3600, now + 3600],
        )
        return [float(row[0]) for row in rows]

    def take(self, rows: Sequence[Alert], now: float) -> bool:
        """Note that these are being sent as one message; False when one of them is not to be sent any more."""
        ids = [row.id for row in rows]
        with self._store.transaction():
            still = self._store.select_in(
                f"select id from outbox where {_OPEN} and chat_id = ? and id in", ids, _chat(rows)
            )
            if len(still) != len(ids):
                return False
            self._change(ids, "state = 'sending', bundle = ?, attempts = attempts + 1, changed_at = ?", ids[0], now)
        return True

    def sent(self, rows: Sequence[Alert], message_id: int, now: float) -> None:
        """They have arrived as this message. What was learnt since they were written is to be edited in."""
        with self._store.transaction():
            for row in rows:
                self._store.connection.execute(
                    "update outbox set state = 'sent', sent_at = ?, changed_at = ?, message_id = ?, not_before = 0,"
                    " detail = '', edited = (elsewhere != ?) where id = ? and state = 'sending'",
                    [now, now, message_id, _elsewhere(row.elsewhere), row.id],
                )
            self._store.connection.execute(
                "insert or replace into alert_messages (chat_id, message_id, bundle) values (?, ?, ?)",
                [_chat(rows), message_id, rows[0].id],
            )

    def lost(self, rows: Sequence[Alert], not_before: float, now: float, detail: str) -> None:
        """The reply was lost: nobody knows whether they arrived."""
        self._settle(
            rows,
            "state = 'unknown', unknowns = unknowns + 1, not_before = ?, changed_at = ?, detail = ?",
            *(not_before, now, detail),
        )

    def again(self, rows: Sequence[Alert], not_before: float, now: float, detail: str) -> None:
        """They certainly did not arrive, this time."""
        self._settle(
            rows,
            "state = 'queued', attempts = attempts - 1, bundle = iif(unknowns, bundle, 0), not_before = ?,"
            " changed_at = ?, detail = ?",
            *(not_before, now, detail),
        )

    def dead(self, rows: Sequence[Alert], now: float, detail: str) -> None:
        """They cannot be sent. The story stays known: it is no news any more."""
        with self._store.transaction():
            self._change([row.id for row in rows], "state = 'dead', changed_at = ?, detail = ?", now, detail)

    def close_chat(self, chat_id: int, now: float, detail: str) -> int:
        """The chat cannot be written to: it is switched off, and what waits for it is dead; how many rows."""
        with self._store.transaction():
            self._store.set_active(chat_id, False)
            done = self._store.connection.execute(
                f"update outbox set state = 'dead', changed_at = ?, detail = ? where chat_id = ? and {_UNSETTLED}",
                [now, detail, chat_id],
            )
            self._store.connection.execute("update outbox set edited = 0 where edited = 1 and chat_id = ?", [chat_id])
        return done.rowcount

    def leave_topic(self, place: Place) -> None:
        """A topic cannot be written to: what waits for it goes to the chat itself."""
        with self._store.transaction():
            self._store.connection.execute(
                f"update outbox set thread_id = 0 where chat_id = ? and thread_id = ? and {_UNSETTLED}",
                [place.chat_id, place.thread_id],
            )

    # Messages that were sent

    def to_edit(self, chat_id: int) -> list[Alert]:
        """All rows of the oldest message of a chat that says less than is known."""
        rows = self._select("edited = 1 and chat_id = ? order by id limit 1", chat_id)
        return self.of_bundle(rows[0].bundle) if rows else []

    def edited(self, rows: Sequence[Alert]) -> None:
        """The message says what these rows do, or never will."""
        with self._store.transaction():
            for row in rows:
                self._store.connection.execute(
                    "update outbox set edited = 0 where id = ? and elsewhere = ?", [row.id, _elsewhere(row.elsewhere)]
                )

    def of_bundle(self, bundle: int) -> list[Alert]:
        """The rows that were sent in one message, in its order."""
        return self._select(
            "(chat_id, sent_at) = (select chat_id, sent_at from outbox where id = ?) and bundle = ? order by id",
            *(bundle, bundle),
        )

    def of_message(self, chat_id: int, message_id: int) -> list[Alert]:
        """The rows that a message was sent for; none when it is not an alert."""
        rows = self._store.read(
            "select bundle from alert_messages where chat_id = ? and message_id = ?", [chat_id, message_id]
        )
        return self.of_bundle(rows[0][0]) if rows else []

    def of_stories(self, story_ids: Sequence[int]) -> list[Alert]:
        """All alerts and updates of some stories, in their order."""
        marks = ", ".join("?" * len(story_ids))
        both = (self._select(f"kind = '{kind}' and story_id in ({marks})", *story_ids) for kind in ("alert", "update"))
        return sorted((row for rows in both for row in rows), key=lambda row: row.id)

    def alert_of(self, story_id: int, chat_id: int) -> Alert | None:
        """The alert of a story that a chat was to get."""
        rows = self._select("kind = 'alert' and story_id = ? and chat_id = ?", story_id, chat_id)
        return rows[0] if rows else None

    # Looking after it

    def by_id(self, alert_id: int) -> Alert | None:
        """One of them."""
        rows = self._select("id = ?", alert_id)
        return rows[0] if rows else None

    def rows(self, state: AlertState | Literal[""] = "", chat_id: int = 0, limit: int = 50) -> list[Alert]:
        """The newest, of one state and one chat or of all, newest first."""
        return self._select(
            "(? = '' or state = ?) and (? = 0 or chat_id = ?) order by id desc limit ?",
            *(state, state, chat_id, chat_id, limit),
        )

    def counts(self) -> dict[str, int]:
        """How many are in which state."""
        return dict(self._store.read("select state, count(*) from outbox group by state"))

    def retry(self, ids: Iterable[int]) -> int:
        """Have those that are dead or whose outcome is unknown sent anew; how many."""
        return self._change(
            list(ids),
            "state = 'queued', bundle = 0, attempts = 0, not_before = 0, detail = ''",
            condition="state in ('dead', 'unknown')",
        )

    def drop(self, ids: Iterable[int], now: float) -> int:
        """Have those that wait not sent; how many. Their stories stay known."""
        return self._change(
            list(ids),
            "state = 'dead', changed_at = ?, detail = 'dropped'",
            now,
            condition="state in ('queued', 'unknown', 'dead')",
        )

    def sweep(self, now: float) -> int:
        """Delete what was settled KEEP seconds ago; how many."""
        with self._store.transaction():
            done = self._store.connection.execute(
                "delete from outbox where state in ('sent', 'dead') and changed_at < ?", [now - KEEP]
            )
            self._store.connection.execute(
                "delete from alert_messages where bundle not in (select bundle from outbox where bundle > 0)"
            )
        return done.rowcount

    def _settle(self, rows: Sequence[Alert], values: str, *given: object) -> None:
        self._change([row.id for row in rows], values, *given, condition="state = 'sending'")

    def _change(self, ids: Sequence[int], values: str, *given: object, condition: str = "1") -> int:
        changed = 0
        with self._store.transaction():
            for alert_id in ids:
                changed += self._store.connection.execute(
                    f"update outbox set {values} where id = ? and {condition}", [*given, alert_id]
                ).rowcount
        return changed

    def _select(self, condition: str, *values: object) -> list[Alert]:
        return [_alert(row) for row in self._store.read(f"{_ROWS} {condition}", values)]


def _chat(rows: Sequence[Alert]) -> int:
    return rows[0].place.chat_id


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _elsewhere(reports: Iterable[Elsewhere]) -> str:
    return _json([[report.publisher, report.url, list(report.news)] for report in reports])


def _alert(row: tuple[Any, ...]) -> Alert:
    values = dict(zip(_NAMES, row, strict=True))
    place = Place(values.pop("chat_id"), values.pop("thread_id"))
    values |= {name: tuple(json.loads(values[name])) for name in ("reasons", "follows", "news")}
    elsewhere = tuple(Elsewhere(name, url, tuple(news)) for name, url, news in json.loads(values["elsewhere"]))
    return Alert(**values | {"place": place, "elsewhere": elsewhere, "edited": bool(values["edited"])})
