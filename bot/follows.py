"""What places follow, as rows."""

from __future__ import annotations

from typing import Any, Literal

from bot.chats import BotStore
from bot.records import Follow, Place
from index.interests import Interest, interest_of

MOST_FOLLOWS = 50
"""Things that one chat or topic may follow."""
_FOLLOW = "select id, chat_id, thread_id, kind, pattern, created_by, created_at, paused, since from subscriptions"


class Follows:
    """The subscriptions in a BotStore."""

    def __init__(self, store: BotStore) -> None:
        self._store = store

    def add(self, place: Place, interest: Interest, user_id: int, now: float) -> bool:
        """Follow something in a place, from the next arrival on; False when it is followed there, in capitals or not.

        One that was paused rings again.
        """
        with self._store.transaction():
            done = self._store.connection.execute(
                "insert or ignore into subscriptions"
                " (chat_id, thread_id, kind, pattern, created_by, created_at, since) values (?, ?, ?, ?, ?, ?, ?)",
                [
                    *(place.chat_id, place.thread_id, interest.kind, interest.pattern, user_id, now),
                    self._store.last_arrival(),
                ],
            )
            if done.rowcount == 0:
                known = self.like(place, interest)
                if known is not None and known.paused:
                    self.pause(known.id, False)
                    return True
        return done.rowcount == 1

    def remove(self, follow_id: int) -> bool:
        """Follow it no longer; False when it was not followed."""
        with self._store.transaction():
            done = self._store.connection.execute("delete from subscriptions where id = ?", [follow_id])
        return done.rowcount == 1

    def pause(self, follow_id: int, paused: bool) -> None:
        """Let it ring no more, or again: from the next arrival on."""
        with self._store.transaction():
            self._store.connection.execute(
                "update subscriptions set paused = ?, since = ? where id = ? and paused != ?",
                [int(paused), self._store.last_arrival(), follow_id, int(paused)],
            )

    def replace(self, follow_id: int, interest: Interest) -> bool:
        """Follow something else instead, from the next arrival on; False when its place follows that already."""
        with self._store.transaction():
            done = self._store.connection.execute(
                "update or ignore subscriptions set kind = ?, pattern = ?, paused = 0, since = ? where id = ?",
                [interest.kind, interest.pattern, self._store.last_arrival(), follow_id],
            )
        return done.rowcount == 1

    def by_id(self, follow_id: int) -> Follow | None:
        """One of them."""
        found = self._select("where id = ?", follow_id)
        return found[0] if found else None

    def like(self, place: Place, interest: Interest) -> Follow | None:
        """The same interest, in capitals or not, of a place."""
        found = self._select(
            "where chat_id = ? and thread_id = ? and kind = ? and pattern = ?",
            *(place.chat_id, place.thread_id, interest.kind, interest.pattern),
        )
        return found[0] if found else None

    def of_place(self, place: Place) -> list[Follow]:
        """What is followed in a chat or topic, oldest first."""
        return self._select("where chat_id = ? and thread_id = ? order by id", place.chat_id, place.thread_id)

    def of_chat(self, chat_id: int) -> list[Follow]:
        """What is followed in a chat with all its topics, oldest first."""
        return self._select("where chat_id = ? order by id", chat_id)

    def active(self) -> list[Follow]:
        """Those that ring: not paused, in chats that the bot can write to; oldest first."""
        return self._select("where paused = 0 and chat_id not in (select id from chats where active = 0) order by id")

    def _select(self, condition: str, *values: object) -> list[Follow]:
        return [_follow(row) for row in self._store.read(f"{_FOLLOW} {condition}", values)]


def followed(
    follows: Follows, place: Place, interest: Interest, user_id: int, now: float
) -> Literal["done", "already", "full"]:
    """Follow something unless the place follows it, or too much, already; gives which it was."""
    if follows.like(place, interest) is None and len(follows.of_place(place)) >= MOST_FOLLOWS:
        return "full"
    return "done" if follows.add(place, interest, user_id, now) else "already"


class FollowPrompts:
    """The messages in a BotStore that ask for the new words of a subscription."""

    def __init__(self, store: BotStore) -> None:
        self._store = store

    def ask(self, chat_id: int, message_id: int, user_id: int, follow_id: int, now: float) -> None:
        """A message asks a person. Nothing happens for what is not followed."""
        with self._store.transaction():
            self._store.connection.execute(
                "insert or replace into follow_prompts (chat_id, message_id, user_id, subscription_id, created_at)"
                " select ?, ?, ?, id, ? from subscriptions where id = ?",
                [chat_id, message_id, user_id, now, follow_id],
            )

    def asked(self, chat_id: int, message_id: int) -> tuple[int, int] | None:
        """Whom a message asks, and the id of the subscription that it is about; None when it asks nothing."""
        rows = self._store.read(
            "select user_id, subscription_id from follow_prompts where chat_id = ? and message_id = ?",
            [chat_id, message_id],
        )
        return (int(rows[0][0]), int(rows[0][1])) if rows else None


def _follow(row: tuple[Any, ...]) -> Follow:
    number, chat_id, thread_id, kind, pattern, user_id, at, paused, since = row
    return Follow(number, Place(chat_id, thread_id), interest_of(kind, pattern), user_id, at, bool(paused), since)
