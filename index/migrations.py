"""The database's history: numbered, append-only steps."""

from __future__ import annotations

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

INDEX_MIGRATIONS = Migrations("index")


@INDEX_MIGRATIONS()
def m001_create_articles(db: Database) -> None:
    """Articles, and the other addresses under which the same text was seen."""
    db.execute(
        """
        create table articles (
            id integer primary key autoincrement,
            key text not null unique,
            text_hash text not null,
            title text not null,
            body text not null,
            language text not null,
            publisher text not null,
            byline text not null,
            place text not null,
            published_at text not null,
            url text not null,
            location text not null,
            partners text not null,
            flags text not null,
            added_at text not null,
            updated_at text not null,
            revision integer not null
        )
        """
    )
    db.execute("create index articles_text_hash on articles (text_hash)")
    db.execute("create index articles_published_at on articles (published_at)")
    db.execute(
        """
        create table article_keys (
            key text primary key,
            article_id integer not null references articles (id) on delete cascade
        )
        """
    )
    db.execute("create index article_keys_article on article_keys (article_id)")


@INDEX_MIGRATIONS()
def m002_create_chunks(db: Database) -> None:
    """Chunks, their vectors, and the numbered log of which came and went."""
    db.execute(
        """
        create table chunks (
            id integer primary key autoincrement,
            article_id integer not null references articles (id) on delete cascade,
            position integer not null,
            "start" integer not null,
            "end" integer not null,
            sentences text not null,
            language text not null,
            text_hash text not null
        )
        """
    )
    db.execute("create index chunks_article on chunks (article_id, position)")
    db.execute("create index chunks_text_hash on chunks (text_hash)")
    db.execute(
        """
        create table vectors (
            text_hash text not null,
            fingerprint text not null,
            vector blob not null,
            sentences blob not null,
            primary key (text_hash, fingerprint)
        ) without rowid
        """
    )
    # Numbers come again after an older copy of the file was put back; the tokens tell the two histories apart.
    db.execute(
        """
        create table changes (
            seq integer primary key autoincrement,
            chunk_id integer not null,
            added integer not null check (added in (0, 1)),
            token blob not null default (randomblob(8))
        )
        """
    )
    db.execute("create table meta (name text primary key, value text not null)")
    db.execute("insert into meta (name, value) values ('identity', lower(hex(randomblob(16))))")


@INDEX_MIGRATIONS()
def m003_create_full_text(db: Database) -> None:
    """Lemmas of chunks for BM25, and words of articles for the partner filter."""
    # Lemmas are folded and split already; the tokenizer only has to take them apart again.
    db.execute("create virtual table chunks_fts using fts5 (lemmas, tokenize = 'unicode61 remove_diacritics 0')")
    db.execute(
        """
        create virtual table articles_fts using fts5 (
            title, body, content = 'articles', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2'
        )
        """
    )
    # An external-content table must be told the old text to forget it, hence triggers and not our code.
    db.execute(
        """
        create trigger articles_fts_insert after insert on articles begin
            insert into articles_fts (rowid, title, body) values (new.id, new.title, new.body);
        end
        """
    )
    db.execute(
        """
        create trigger articles_fts_delete after delete on articles begin
            insert into articles_fts (articles_fts, rowid, title, body) values ('delete', old.id, old.title, old.body);
        end
        """
    )
    db.execute(
        """
        create trigger articles_fts_update after update of title, body on articles begin
            insert into articles_fts (articles_fts, rowid, title, body) values ('delete', old.id, old.title, old.body);
            insert into articles_fts (rowid, title, body) values (new.id, new.title, new.body);
        end
        """
    )


@INDEX_MIGRATIONS()
def m004_create_copies_and_revisions(db: Database) -> None:
    """Where copies of an article stand, what finds them again, and what an article said before it was changed."""
    db.execute(
        """
        create table copies (
            key text primary key references article_keys (key) on delete cascade,
            text_hash text not null,
            url text not null,
            publisher text not null,
            published_at text not null,
            location text not null,
            title text not null,
            seen_at text not null
        )
        """
    )
    db.execute(
        """
        create table copy_bands (
            band integer not null,
            article_id integer not null references articles (id) on delete cascade,
            primary key (band, article_id)
        ) without rowid
        """
    )
    db.execute("create index copy_bands_article on copy_bands (article_id)")
    db.execute(
        """
        create table revisions (
            article_id integer not null references articles (id) on delete cascade,
            revision integer not null,
            title text not null,
            body text not null,
            published_at text not null,
            seen_at text not null,
            primary key (article_id, revision)
        )
        """
    )


@INDEX_MIGRATIONS()
def m005_create_stories(db: Database) -> None:
    """Events, each with the articles that tell it. A story never changes its number, nor an article its story."""
    db.execute(
        """
        create table stories (
            id integer primary key autoincrement,
            first_article integer references articles (id) on delete set null,
            created_at text not null
        )
        """
    )
    db.execute("create index stories_first_article on stories (first_article)")
    db.execute(
        """
        create table tellings (
            article_id integer primary key references articles (id) on delete cascade,
            story_id integer not null references stories (id),
            probability real not null,
            joined_at text not null,
            day integer not null,
            dated integer not null check (dated in (0, 1)),
            language text not null,
            facts text not null,
            fingerprint text not null,
            lead blob not null
        )
        """
    )
    db.execute("create index tellings_story on tellings (story_id)")
    db.execute("create index tellings_day on tellings (day)")
    # Two stories that one article would fit: they stay two, for what was sent about them cannot be unsent.
    db.execute(
        """
        create table story_bridges (
            story_id integer not null references stories (id) on delete cascade,
            other_id integer not null references stories (id) on delete cascade,
            article_id integer references articles (id) on delete set null,
            noticed_at text not null,
            primary key (story_id, other_id)
        ) without rowid
        """
    )
    db.execute("create index story_bridges_article on story_bridges (article_id)")


@INDEX_MIGRATIONS()
def m006_create_arrivals(db: Database) -> None:
    """Articles, and copies of them, that alerts are still to be made of."""
    db.execute(
        """
        create table arrivals (
            seq integer primary key autoincrement,
            article_id integer not null references articles (id) on delete cascade,
            copy_key text not null default '',
            arrived_at text not null
        )
        """
    )
    db.execute("create index arrivals_article on arrivals (article_id)")


@INDEX_MIGRATIONS()
def m007_create_derived(db: Database) -> None:
    """Articles whose chunks were found to be as the rules make them, so that nobody has to make them again."""
    db.execute(
        """
        create table derived (
            article_id integer primary key references articles (id) on delete cascade,
            digest text not null
        )
        """
    )
