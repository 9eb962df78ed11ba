"""The history of the bot's tables, which lie in the index's file: numbered, append-only steps."""

from __future__ import annotations

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

BOT_MIGRATIONS = Migrations("bot")


@BOT_MIGRATIONS()
def m001_create_inbox(db: Database) -> None:
    """Telegram's updates, from before they are confirmed until they are dealt with."""
    db.execute(
        """
        create table inbox (
            seq integer primary key autoincrement,
            update_id integer not null unique,
            payload text not null,
            state text not null default 'taken' check (state in ('taken', 'done', 'quarantined')),
            starts integer not null default 0,
            received_at real not null,
            finished_at real,
            detail text not null default ''
        )
        """
    )
    # Nearly every row is done: without this, each start would read two days of them.
    db.execute("create index inbox_taken on inbox (seq) where state = 'taken'")


@BOT_MIGRATIONS()
def m002_create_chats(db: Database) -> None:
    """Chats, what is followed in them, and waits and notices that outlive a restart."""
    db.execute(
        """
        create table chats (
            id integer primary key,
            kind text not null,
            title text not null,
            language text not null default '' check (language in ('', 'id', 'en')),
            active integer not null default 1 check (active in (0, 1))
        )
        """
    )
    db.execute(
        """
        create table subscriptions (
            id integer primary key autoincrement,
            chat_id integer not null,
            thread_id integer not null,
            kind text not null,
            pattern text not null collate nocase,
            created_by integer not null,
            created_at real not null,
            paused integer not null default 0 check (paused in (0, 1)),
            unique (chat_id, thread_id, kind, pattern)
        )
        """
    )
    db.execute("create table pauses (key text primary key, until real not null)")
    db.execute("create table notices (kind text primary key, told_at real not null, held_back integer not null)")


@BOT_MIGRATIONS()
def m003_create_answers(db: Database) -> None:
    """Answers as they were given. They name articles by id but do not need them: those may be removed."""
    db.execute(
        """
        create table answers (
            token text primary key,
            chat_id integer not null,
            thread_id integer not null,
            user_id integer not null,
            question_id integer not null,
            origin text not null check (origin in ('private', 'group', 'inline')),
            question text not null,
            topic text not null,
            names text not null,
            language text not null,
            answerable integer not null check (answerable in (0, 1)),
            confidence real not null,
            notice text not null,
            further text not null,
            created_at real not null,
            seconds real not null,
            used integer not null default 0 check (used in (0, 1))
        )
        """
    )
    db.execute("create index answers_question on answers (chat_id, question_id)")
    db.execute("create index answers_latest on answers (chat_id, thread_id, user_id, created_at)")
    db.execute("create index answers_created_at on answers (created_at)")
    db.execute(
        """
        create table answer_quotes (
            token text not null references answers (token) on delete cascade,
            position integer not null,
            n integer not null,
            text text not null,
            article_id integer not null,
            "start" integer not null,
            "end" integer not null,
            language text not null,
            also text not null,
            primary key (token, position)
        ) without rowid
        """
    )
    db.execute(
        """
        create table answer_citations (
            token text not null references answers (token) on delete cascade,
            position integer not null,
            n integer not null,
            article_id integer not null,
            title text not null,
            publisher text not null,
            published_at text not null,
            url text not null,
            link text not null,
            partners text not null,
            primary key (token, position)
        ) without rowid
        """
    )
    db.execute(
        """
        create table answer_messages (
            chat_id integer not null,
            message_id integer not null,
            token text not null references answers (token) on delete cascade,
            primary key (chat_id, message_id)
        ) without rowid
        """
    )
    db.execute("create index answer_messages_token on answer_messages (token)")
    db.execute(
        """
        create table forgets (
            chat_id integer not null,
            thread_id integer not null,
            user_id integer not null,
            forgotten_at real not null,
            primary key (chat_id, thread_id, user_id)
        ) without rowid
        """
    )


@BOT_MIGRATIONS()
def m004_create_feedback(db: Database) -> None:
    """What people thought of answers, and the messages that asked them to say why."""
    db.execute(
        """
        create table feedback (
            token text not null references answers (token) on delete cascade,
            user_id integer not null,
            verdict text not null check (verdict in ('good', 'bad')),
            reason text not null,
            comment text not null,
            created_at real not null,
            primary key (token, user_id)
        )
        """
    )
    db.execute(
        """
        create table prompts (
            chat_id integer not null,
            message_id integer not null,
            user_id integer not null,
            token text not null references answers (token) on delete cascade,
            created_at real not null,
            primary key (chat_id, message_id)
        )
        """
    )
    db.execute("create index prompts_token on prompts (token)")


@BOT_MIGRATIONS()
def m005_cite_revisions(db: Database) -> None:
    """The state of the article that was cited, and who else printed it."""
    db.execute("alter table answer_citations add column revision integer not null default 0")
    db.execute("alter table answer_citations add column elsewhere text not null default '[]'")


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
