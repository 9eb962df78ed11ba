"""The sources that are followed, what each has shown so far, and how the syncs went."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from index.jobs import JobRows

SourceKind = Literal["feed", "sitemap", "page", "article"]
ItemState = Literal["fetched", "stored", "failed", "gone"]
"""On its way into the store; there; to be tried again; given up."""

SOURCE_MIGRATIONS = Migrations("sources")
NO_SUCH = "no such source"
"""What the reason says where a number or an address is none that is followed; the bot knows it by that."""
_FURTHEST = 8 * 86_400.0
"""Seconds; a server may ask for a week."""


@SOURCE_MIGRATIONS()
def m001_create_sources(db: Database) -> None:
    """Sources, the items they showed, and runs of sync with their progress."""
    db.execute(
        """
        create table sources (
            id integer primary key autoincrement,
            url text not null unique,
            kind text not null,
            title text not null default '',
            publisher text not null default '',
            every real not null,
            active integer not null default 1,
            added_at real not null,
            primed integer not null default 0,
            etag text not null default '',
            last_modified text not null default '',
            next_fetch real not null default 0,
            last_ok_at real not null default 0,
            failures integer not null default 0,
            failing_since real not null default 0,
            last_error text not null default ''
        )
        """
    )
    db.execute(
        """
        create table source_items (
            source_id integer not null references sources (id) on delete cascade,
            key text not null,
            url text not null,
            title text not null,
            published_at text not null,
            said text not null,
            state text not null check (state in ('fetched', 'stored', 'failed', 'gone')),
            first_sight integer not null,
            fresh integer not null,
            attempts integer not null,
            next_try real not null,
            seen_at real not null,
            article_id integer,
            detail text not null,
            primary key (source_id, key)
        ) without rowid
        """
    )
    db.execute("create index source_items_article on source_items (article_id)")
    db.execute("create index source_items_key on source_items (key)")
    db.execute(
        """
        create table jobs (
            id integer primary key autoincrement,
            kind text not null,
            pid integer not null,
            started_at real not null,
            updated_at real not null,
            finished_at real,
            stage text not null default '',
            done integer not null default 0,
            total integer not null default 0,
            report text not null default ''
        )
        """
    )


@dataclass(frozen=True, slots=True)
class Source:
    """A feed, sitemap, index page or single page that is looked at again and again."""

    id: int
    url: str
    kind: SourceKind
    title: str
    publisher: str
    """Given by a person; wins over what pages say."""
    every: float
    """Seconds between two looks while all goes well."""
    active: bool
    added_at: float
    primed: bool
    """Whether it was read once: what it showed then was there before, and is no news."""
    etag: str
    last_modified: str
    next_fetch: float
    last_ok_at: float
    failures: int
    """In a row."""
    failing_since: float
    last_error: str


@dataclass(frozen=True, slots=True)
class Item:
    """What is remembered of something a source showed."""

    key: str
    url: str
    title: str = ""
    published_at: str = ""
    """As the source says it, for the next try; the feed may have dropped the item by then."""
    said: str = ""
    """Names what the source said of it: another one means that the article may have changed."""
    state: ItemState = "stored"
    first_sight: bool = False
    """Whether it was there when the source was first read."""
    attempts: int = 1
    """That failed, or that found a stored article unchanged."""
    next_try: float = 0.0
    article_id: int | None = None
    detail: str = ""


_SOURCE = ", ".join(field.name for field in fields(Source))
_ITEM_NAMES = [field.name for field in fields(Item)]
_ITEM = ", ".join(_ITEM_NAMES)


class SourceBook(JobRows):
    """The sources in a data folder's database. One connection, for one thread."""

    migrations = SOURCE_MIGRATIONS

    def add(
        self, url: str, kind: SourceKind, *, now: float, every: float, title: str = "", publisher: str = ""
    ) -> Source | None:
        """Follow an address; None when it is followed already."""
        with self.transaction():
            if self.by_url(url) is not None:
                return None
            self.connection.execute(
                "insert into sources (url, kind, title, publisher, every, added_at) values (?, ?, ?, ?, ?, ?)",
                [url, kind, title, publisher, every, now],
            )
        return self.by_url(url)

    def by_url(self, url: str) -> Source | None:
        """The source of an address."""
        return self._one("url = ?", url)

    def by_id(self, source_id: int) -> Source | None:
        """The source of a number."""
        return self._one("id = ?", source_id)

    def all(self) -> list[Source]:
        """All, in the order in which they were added."""
        return [_source(row) for row in self.read(f"select {_SOURCE} from sources order by id")]

    def due(self, now: float) -> list[Source]:
        """Those to be looked at, the longest waiting first; also those put off by a clock that was wrong then."""
        query = f"select {_SOURCE} from sources where active and (next_fetch <= ? or next_fetch > ?)"
        return [_source(row) for row in self.read(f"{query} order by next_fetch, id", [now, now + _FURTHEST])]

    def remove(self, source_id: int) -> None:
        """Follow it no longer. Its articles stay."""
        with self.transaction():
            self.connection.execute("delete from sources where id = ?", [source_id])

    def update(self, source_id: int, **values: object) -> None:
        """Change fields of a source."""
        names = [name for name in values if name in {field.name for field in fields(Source)}]
        with self.transaction():
            self.connection.execute(
                f"update sources set {', '.join(f'{name} = ?' for name in names)} where id = ?",
                [*(values[name] for name in names), source_id],
            )

    def items(self, source_id: int, keys: Sequence[str]) -> dict[str, Item]:
        """What is remembered of these, by key."""
        rows = self.select_in(f"select {_ITEM} from source_items where source_id = ? and key in", keys, source_id)
        return {item.key: item for item in map(_item, rows)}

    def to_retry(self, source_id: int, now: float) -> list[Item]:
        """Items whose next try has come, or that a crash left between page and store."""
        query = f"select {_ITEM} from source_items where source_id = ? and (state = 'fetched' or state = 'failed'"
        return [_item(row) for row in self.read(f"{query} and next_try <= ?) order by seen_at, key", [source_id, now])]

    def stored_elsewhere(self, source_id: int, keys: Sequence[str]) -> dict[str, int]:
        """Articles that other sources brought from the same addresses, by key."""
        addresses = [key for key in keys if key.startswith("url:")]
        query = "select key, article_id from source_items where source_id != ? and state = 'stored' and key in"
        return {str(row[0]): int(row[1]) for row in self.select_in(query, addresses, source_id)}

    def keep_items(self, source_id: int, items: Iterable[Item], now: float) -> None:
        """Remember what became of items; nothing where the source is followed no longer."""
        kept = ", ".join(f"{name} = excluded.{name}" for name in _ITEM_NAMES if name != "key")
        names = ["source_id", "seen_at", "fresh", *_ITEM_NAMES]  # nothing reads the column fresh any more
        with self.transaction():
            self.connection.executemany(
                f"insert into source_items ({', '.join(names)}) select {', '.join('?' * len(names))}"
                " where exists (select 1 from sources where id = ?)"
                f" on conflict (source_id, key) do update set {kept}",
                [[source_id, now, 0, *(getattr(item, name) for name in _ITEM_NAMES), source_id] for item in items],
            )

    def counts(self) -> dict[int, tuple[int, int]]:
        """Articles stored and items failed, by source."""
        rows = self.read(
            "select source_id, sum(state = 'stored'), sum(state in ('failed', 'gone')) from source_items"
            " group by source_id"
        )
        return {int(row[0]): (int(row[1]), int(row[2])) for row in rows}

    def failures(self, source_id: int) -> list[Item]:
        """Items without an article, the latest first."""
        query = f"select {_ITEM} from source_items where source_id = ? and state in ('failed', 'gone')"
        return [_item(row) for row in self.read(f"{query} order by seen_at desc, key", [source_id])]

    def _one(self, where: str, value: object) -> Source | None:
        rows = self.read(f"select {_SOURCE} from sources where {where}", [value])
        return _source(rows[0]) if rows else None


def _source(row: Sequence[Any]) -> Source:
    values = dict(zip([field.name for field in fields(Source)], row, strict=True))
    return Source(**{**values, "active": bool(values["active"]), "primed": bool(values["primed"])})


def _item(row: Sequence[Any]) -> Item:
    values = dict(zip(_ITEM_NAMES, row, strict=True))
    return Item(**{**values, "first_sight": bool(values["first_sight"])})
