"""The bot's part of the database: chats, and what must outlive a restart.

Nothing here reads a clock: `now` is in seconds since 1970, and handed in.
"""

from __future__ import annotations

from bot.later_migrations import BOT_MIGRATIONS
from bot.records import Chat, Choice
from index.arrivals import ArrivalRows
from index.jobs import JobRows


class BotStore(ArrivalRows, JobRows):
    """The bot's tables in the index's file, its arrivals and its jobs. `Answers`, `Outbox` … work on it as well."""

    migrations = BOT_MIGRATIONS

    # Chats

    def chat(self, chat_id: int) -> Chat | None:
        """A chat that was seen, if it was."""
        rows = self.read("select kind, title, language, active, speaks from chats where id = ?", [chat_id])
        if not rows:
            return None
        kind, title, language, active, speaks = rows[0]
        return Chat(chat_id, kind, title, language, bool(active), speaks)

    def see_chat(self, chat_id: int, kind: str, title: str, speaks: str = "") -> Chat:
        """Note that a chat is there and what it is called now; its language stays, and what it `speaks` if not told."""
        known = self.chat(chat_id)
        seen = Chat(
            chat_id, kind, title, known.language if known else "", True, speaks or (known.speaks if known else "")
        )
        if seen != known:  # every message comes by here, and a write costs an fsync
            with self.transaction():
                self.connection.execute(
                    "insert into chats (id, kind, title, speaks) values (?, ?, ?, ?) on conflict (id) do update"
                    " set kind = excluded.kind, title = excluded.title, active = 1, speaks = excluded.speaks",
                    [chat_id, kind, title, seen.speaks],
                )
        return seen

    def set_language(self, chat_id: int, choice: Choice) -> None:
        """Note the language that a seen chat has chosen."""
        with self.transaction():
            self.connection.execute("update chats set language = ? where id = ?", [choice, chat_id])

    def set_active(self, chat_id: int, active: bool) -> None:
        """Note whether the bot can still write to a seen chat."""
        with self.transaction():
            self.connection.execute("update chats set active = ? where id = ?", [int(active), chat_id])

    def migrate_chat(self, old: int, new: int) -> None:
        """A group has become a supergroup and got another id: make all that was the old one's the new one's.

        What both have is merged. Message ids are not taken along: in a supergroup they count anew from 1, so an old one
        would name a message of somebody else, which would seem to be answered already. Doing it again does no harm.
        """
        if old == new:
            return
        with self.transaction():
            self._merge_chats(old, new)
            for table in ("answer_messages", "prompts", "alert_messages", "follow_prompts", "job_messages"):
                self.connection.execute(f"delete from {table} where chat_id = ?", [old])
            self.connection.execute("update answers set chat_id = ?, question_id = 0 where chat_id = ?", [new, old])
            self.connection.execute("update outbox set message_id = 0, edited = 0 where chat_id = ?", [old])
            for table in ("subscriptions", "alert_settings", "outbox"):
                self.connection.execute(f"update or ignore {table} set chat_id = ? where chat_id = ?", [new, old])
                self.connection.execute(f"delete from {table} where chat_id = ?", [old])
            self.connection.execute(
                "insert into forgets select ?, thread_id, user_id, forgotten_at from forgets where chat_id = ?"
                " on conflict do update set forgotten_at = max(forgotten_at, excluded.forgotten_at)",
                [new, old],
            )
            self.connection.execute("delete from forgets where chat_id = ?", [old])
            for (until,) in self.read("select until from pauses where key = ?", [str(old)]):
                self.pause(str(new), until)
            self.connection.execute("delete from pauses where key = ?", [str(old)])

    def _merge_chats(self, old: int, new: int) -> None:
        before, after = self.chat(old), self.chat(new)
        if before is None:
            return
        if after is None:
            self.connection.execute("update chats set id = ? where id = ?", [new, old])
            return
        if before.language and not after.language:
            self.set_language(new, before.language)
        self.connection.execute("delete from chats where id = ?", [old])

    # Pauses

    def pauses(self, now: float) -> dict[str, float]:
        """Until when nothing may be sent: to a chat (its id as text), or by a method that has none (its name)."""
        rows = self.read("select key, until from pauses")
        if any(until <= now for _, until in rows):
            with self.transaction():
                self.connection.execute("delete from pauses where until <= ?", [now])
        return {key: until for key, until in rows if until > now}

    def pause(self, key: str, until: float) -> None:
        """Send nothing before `until`, to a chat (its id as text) or by a method (its name); the longest counts."""
        with self.transaction():
            self.connection.execute(
                "insert into pauses (key, until) values (?, ?)"
                " on conflict (key) do update set until = max(until, excluded.until)",
                [key, until],
            )

    # Notices

    def may_tell(self, kind: str, now: float, every: float = 3600.0) -> int | None:
        """Whether the administrators may be told of something: once per kind and `every` seconds.

        None when not, which is counted. Otherwise how often it was held back since the last time, 0 at first; it then
        counts as told.
        """
        with self.transaction():
            rows = self.read("select told_at, held_back from notices where kind = ?", [kind])
            told_at, held_back = rows[0] if rows else (None, 0)
            # A clock that was set back must not silence the bot until it has caught up.
            if told_at is not None and 0 <= now - told_at < every:
                self.connection.execute("update notices set held_back = held_back + 1 where kind = ?", [kind])
                return None
            self.connection.execute("insert or replace into notices values (?, ?, 0)", [kind, now])
        return int(held_back)
