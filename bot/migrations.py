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
