"""The history of the bot's tables, continued: alerts, administrators, long work, what answers say."""

from __future__ import annotations

from sqlite_utils import Database

from bot.migrations import BOT_MIGRATIONS as BOT_MIGRATIONS


@BOT_MIGRATIONS()
def m006_create_outbox(db: Database) -> None:
    """Alerts: how each chat wants them, the messages on their way, and what replies to them are about."""
    db.execute("alter table subscriptions add column since integer not null default 0")
    db.execute(
        """
        create table alert_settings (
            chat_id integer primary key,
            thread_id integer,
            silent integer not null default 0 check (silent in (0, 1)),
            quiet_from text not null default '',
            quiet_to text not null default '',
            time_zone text not null default 'Asia/Jakarta',
            mode text not null default 'instant' check (mode in ('instant', 'hourly', 'daily', 'weekly')),
            at text not null default '08:00',
            weekday integer not null default 0 check (weekday between 0 and 6),
            cap integer not null default 10,
            updates integer not null default 1 check (updates in (0, 1))
        )
        """
    )
    db.execute(
        """
        create table outbox (
            id integer primary key autoincrement,
            kind text not null check (kind in ('alert', 'update')),
            chat_id integer not null,
            thread_id integer not null,
            story_id integer not null,
            article_id integer not null,
            reasons text not null,
            follows text not null,
            news text not null default '[]',
            elsewhere text not null default '[]',
            state text not null default 'queued' check (state in ('queued', 'sending', 'sent', 'unknown', 'dead')),
            bundle integer not null default 0,
            not_before real not null default 0,
            attempts integer not null default 0,
            unknowns integer not null default 0,
            created_at real not null,
            changed_at real not null,
            sent_at real,
            message_id integer not null default 0,
            edited integer not null default 0 check (edited in (0, 1)),
            detail text not null default ''
        )
        """
    )
    db.execute("create unique index outbox_story on outbox (story_id, chat_id) where kind = 'alert'")
    db.execute("create unique index outbox_update on outbox (article_id, chat_id) where kind = 'update'")
    db.execute("create index outbox_updates on outbox (story_id, chat_id) where kind = 'update'")
    # Nearly every row is settled: what is under way must be found without reading those.
    db.execute("create index outbox_waiting on outbox (chat_id, id) where state in ('queued', 'sending', 'unknown')")
    db.execute("create index outbox_edited on outbox (id) where edited = 1")
    db.execute("create index outbox_sent on outbox (chat_id, sent_at)")
    db.execute(
        """
        create table alert_messages (
            chat_id integer not null,
            message_id integer not null,
            bundle integer not null,
            primary key (chat_id, message_id)
        ) without rowid
        """
    )
    db.execute(
        """
        create table follow_prompts (
            chat_id integer not null,
            message_id integer not null,
            user_id integer not null,
            subscription_id integer not null references subscriptions (id) on delete cascade,
            created_at real not null,
            primary key (chat_id, message_id)
        )
        """
    )


@BOT_MIGRATIONS()
def m007_create_audit(db: Database) -> None:
    """Administrators and what they did, messages that show how far long work is, and when daily work was done."""
    db.execute(
        """
        create table admins (
            user_id integer primary key,
            name text not null,
            added_by integer not null,
            added_at real not null
        )
        """
    )
    db.execute(
        """
        create table admin_codes (
            owner integer primary key,
            salt blob not null,
            digest blob not null,
            created_at real not null
        )
        """
    )
    db.execute(
        """
        create table audit (
            id integer primary key autoincrement,
            at real not null,
            user_id integer not null,
            chat_id integer not null,
            action text not null,
            detail text not null,
            outcome text not null,
            times integer not null default 1
        )
        """
    )
    db.execute("create index audit_user on audit (user_id, at)")
    db.execute("create index audit_at on audit (at)")
    db.execute(
        """
        create table job_messages (
            chat_id integer not null,
            message_id integer not null,
            thread_id integer not null,
            reply_to integer not null,
            token text not null,
            language text not null,
            created_at real not null,
            primary key (chat_id, message_id)
        ) without rowid
        """
    )
    db.execute(
        """
        create table daily_runs (
            key text primary key,
            at text not null,
            slot real not null,
            starts integer not null,
            done integer not null check (done in (0, 1))
        ) without rowid
        """
    )


@BOT_MIGRATIONS()
def m008_tell_jobs_apart(db: Database) -> None:
    """Not only a reindex has a message that must not look for ever as if the work went on."""
    db.execute("alter table job_messages add column kind text not null default 'reindex'")


@BOT_MIGRATIONS()
def m009_keep_leads(db: Database) -> None:
    """What an answer said before its quotes."""
    db.execute("alter table answers add column lead text not null default ''")


@BOT_MIGRATIONS()
def m010_add_written(db: Database) -> None:
    """What a language model wrote above the quotes of an answer."""
    db.execute("alter table answers add column written text not null default ''")


@BOT_MIGRATIONS()
def m011_keep_spoken(db: Database) -> None:
    """What the person of a private chat has Telegram speak: an alert comes with no message that would tell."""
    db.execute("alter table chats add column speaks text not null default ''")
