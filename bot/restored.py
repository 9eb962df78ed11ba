"""What becomes of the bot's tables when a backup is put back: no chat hears twice what it may have heard since."""

from __future__ import annotations

from bot.later_migrations import BOT_MIGRATIONS
from index.restore import Tables

RESTORED = "restored"
"""Detail of a row of the outbox that waited when the backup was made."""
_AHEAD = 1_000_000
"""Numbers of rows that are never given again: buttons of messages that were sent since may name them."""

BOT_TABLES = Tables(
    BOT_MIGRATIONS,
    {
        # The backup itself may be what one of them tells of; they show an end since.
        "job_messages": ["delete from job_messages"],
        "outbox": [
            f"update outbox set state = 'dead', detail = '{RESTORED}' where state in ('queued', 'sending', 'unknown')",
            # The messages may say more by now than these rows know.
            "update outbox set edited = 0 where edited = 1",
            "insert into sqlite_sequence (name, seq) select 'outbox', 0"
            " where not exists (select 1 from sqlite_sequence where name = 'outbox')",
            f"update sqlite_sequence set seq = seq + {_AHEAD} where name = 'outbox'",
        ],
    },
)
