"""SQLite is the truth: articles, chunks, vectors and the log of changes. Everything else can be rebuilt from it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from index.arrivals import ArrivalRows
from index.errors import StoreError
from index.link_rows import LinkRows
from index.migrations import INDEX_MIGRATIONS
from index.revisions import RevisionRows
from index.story_rows import StoryRows
from index.types import Article, Language, Span
from index.vectors import ChunkVectors as ChunkVectors
from index.vectors import VectorRows

META_FINGERPRINT = "fingerprint"
"""Meta: the model whose vectors are searched; "" before the first article."""


@dataclass(frozen=True, slots=True)
class ChunkDraft:
    """A chunk that is not stored yet."""

    span: Span
    sentences: tuple[Span, ...]
    text_hash: str
    """Of the sentences that are embedded (see index.passages): the key of their vectors."""
    lemmas: str
    """Space-separated, for BM25."""
    language: Language


@dataclass(frozen=True, slots=True)
class StoredChunk:
    """A chunk with its number, which is never used again."""

    id: int
    article_id: int
    span: Span
    sentences: tuple[Span, ...]
    text_hash: str
    language: Language


@dataclass(frozen=True, slots=True)
class Match:
    """A stored article that a new one turns out to be."""

    article_id: int
    by: str
    """"key" (same URL or location), "text" (the same words elsewhere) or "copy" (nearly the same, as found before)."""
    unchanged: bool


@dataclass(frozen=True, slots=True)
class Changes:
    """What happened to the set of chunks after a point of the log."""

    last: int
    added: tuple[int, ...]
    removed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class State:
    """Where the store stands: two equal ones hold the same chunks, lemmas and vectors."""

    fingerprint: str
    """The model of the vectors; "" before the first article."""
    last: int
    """Number of the last change."""
    mark: str
    """What `Store.mark` gives for it."""


def text_hash(text: str) -> str:
    """128 bits naming a text, whatever its white space."""
    return hashlib.blake2b(" ".join(text.split()).encode(), digest_size=16).hexdigest()


class Store(VectorRows, LinkRows, RevisionRows, StoryRows, ArrivalRows):
    """Articles, chunks, vectors, copies, revisions, stories and arrivals."""

    migrations = INDEX_MIGRATIONS

    # Articles

    def match(self, article: Article) -> Match | None:
        """The stored article that this one is, if any.

        Another address of a known text stays tied to it only as long as the text is the same. Where a copy of an
        article with a URL lies is no change of it.
        """
        fields = _article_row(article)
        compared = [name for name in fields if name != "location"]
        rows = self.read(f"select id, {', '.join(compared)} from articles where key = ?", [article.key])
        if rows:
            return Match(int(rows[0][0]), "key", list(rows[0][1:]) == [fields[name] for name in compared])
        rows = self.read("select id from articles where text_hash = ? order by id limit 1", [fields["text_hash"]])
        if rows:
            return Match(int(rows[0][0]), "text", True)
        known = self.known_copy(article.key, fields["text_hash"])
        return Match(known, "copy", True) if known else None

    def put_article(self, article: Article, drafts: Sequence[ChunkDraft], now: datetime | None = None) -> int:
        """Insert or update an article with all its chunks; give its id. Chunks that did not change keep their ids."""
        stamp = (now or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")
        row: dict[str, object] = {**_article_row(article), "updated_at": stamp}
        with self.transaction():
            found = self.read(
                "select id, revision, text_hash, title, body, published_at from articles where key = ?", [article.key]
            )
            articles = self.db.table("articles")
            if found:
                article_id, revision, old_hash, *said = found[0]
                if said != [article.title, article.body, article.published_at]:
                    self.keep_revision(article_id)
                articles.update(article_id, {**row, "revision": revision + 1})
                if old_hash != row["text_hash"]:
                    self.connection.execute("delete from article_keys where article_id = ?", [article_id])
            else:
                self.connection.execute("delete from article_keys where key = ?", [article.key])
                article_id = int(articles.insert({**row, "added_at": stamp, "revision": 1}, pk="id").last_pk or 0)
            self.put_chunks(article_id, drafts)
        return int(article_id)

    def put_chunks(self, article_id: int, drafts: Sequence[ChunkDraft], *, lemmas_too: bool = False) -> None:
        """Make an article's chunks these; `lemmas_too` rewrites the lemmas of those that stay as well."""
        with self.transaction():
            spare: dict[tuple[str, str], list[int]] = {}
            for chunk in self.chunks_of(article_id):
                spare.setdefault((chunk.text_hash, chunk.language), []).append(chunk.id)
            for position, draft in enumerate(drafts):
                spans = json.dumps([[s.start, s.end] for s in draft.sentences], separators=(",", ":"))
                place = (position, draft.span.start, draft.span.end, spans)
                if same := spare.get((draft.text_hash, draft.language)):
                    chunk_id = same.pop(0)
                    self.connection.execute(f"{_MOVE_CHUNK} where id = ?", [*place, chunk_id])
                    if lemmas_too:
                        self._put_lemmas(chunk_id, draft.lemmas)
                    continue
                values = [article_id, *place, draft.language, draft.text_hash]
                chunk_id = int(self.connection.execute(_INSERT_CHUNK, values).lastrowid or 0)
                self._put_lemmas(chunk_id, draft.lemmas)
                self._log(chunk_id, added=True)
            self._remove_chunks(chunk_id for ids in spare.values() for chunk_id in ids)

    def remove_article(self, article_id: int) -> None:
        """Forget an article, its chunks and its other addresses."""
        with self.transaction():
            self._remove_chunks(chunk.id for chunk in self.chunks_of(article_id))
            self.connection.execute("delete from articles where id = ?", [article_id])

    def article(self, article_id: int) -> Article:
        """One article.

        Raises StoreError when there is none of that id.
        """
        articles = self.articles([article_id])
        if article_id not in articles:
            raise StoreError(f"there is no article {article_id}")
        return articles[article_id]

    def articles(self, ids: Iterable[int]) -> dict[int, Article]:
        """Those of the articles that exist."""
        names = list(Article.__dataclass_fields__)
        rows = self.select_in(f"select id, {', '.join(names)} from articles where id in", list(ids))
        return {int(row[0]): _article(dict(zip(names, row[1:], strict=True))) for row in rows}

    def article_ids(self) -> list[int]:
        """All, oldest first."""
        return list(self.revisions())

    def revisions(self, ids: Sequence[int] | None = None) -> dict[int, int]:
        """How often each article was put, oldest article first: an id and a revision name one state of an article."""
        if ids is None:
            return dict(self.read("select id, revision from articles order by id"))
        return dict(self.select_in("select id, revision from articles where id in", ids))

    # Chunks

    def chunks(self, ids: Iterable[int]) -> dict[int, StoredChunk]:
        """Those of the chunks that exist."""
        rows = self.select_in(f"{_CHUNK_COLUMNS} from chunks where id in", list(ids))
        return {int(row[0]): _chunk(row) for row in rows}

    def articles_of(self, chunk_ids: Iterable[int]) -> dict[int, int]:
        """The article of each chunk that exists."""
        return dict(self.select_in("select id, article_id from chunks where id in", list(chunk_ids)))

    def chunks_of(self, article_id: int) -> list[StoredChunk]:
        """In their order in the body."""
        query = f"{_CHUNK_COLUMNS} from chunks where article_id = ? order by position"
        return [_chunk(row) for row in self.read(query, [article_id])]

    def drafts_stored(self, article_id: int) -> list[ChunkDraft]:
        """The article's chunks as they would have been put; without its lemmas, a chunk's are ""."""
        rows = self.read(
            'select c.id, c.article_id, c."start", c."end", c.sentences, c.text_hash, c.language, f.lemmas'
            " from chunks c left join chunks_fts f on f.rowid = c.id where c.article_id = ? order by c.position",
            [article_id],
        )
        chunks = [(_chunk(row), str(row[7] or "")) for row in rows]
        return [ChunkDraft(c.span, c.sentences, c.text_hash, lemmas, c.language) for c, lemmas in chunks]

    def _put_lemmas(self, chunk_id: int, lemmas: str) -> None:
        self.connection.execute("insert or replace into chunks_fts (rowid, lemmas) values (?, ?)", [chunk_id, lemmas])

    def _remove_chunks(self, ids: Iterable[int]) -> None:
        for chunk_id in ids:
            self.connection.execute("delete from chunks_fts where rowid = ?", [chunk_id])
            self.connection.execute("delete from chunks where id = ?", [chunk_id])
            self._log(chunk_id, added=False)

    def repair_full_text(self, *, rebuild: bool = False) -> None:
        """Drop lemmas of chunks that are gone; `rebuild` also makes both full-text indexes anew."""
        with self.transaction():
            if rebuild:
                self.connection.execute("insert into chunks_fts (chunks_fts) values ('rebuild')")
                self.connection.execute("insert into articles_fts (articles_fts) values ('rebuild')")
            self.connection.execute("delete from chunks_fts where rowid not in (select id from chunks)")

    # The log of changes

    def changes_since(self, seq: int) -> Changes:
        """What was added and removed after number `seq`, each chunk at most once."""
        last, state = seq, dict[int, int]()
        rows = self.read("select seq, chunk_id, added from changes where seq > ? order by seq", [seq])
        for number, chunk_id, added in rows:
            last, state[chunk_id] = number, added
        return Changes(last, tuple(c for c, a in state.items() if a), tuple(c for c, a in state.items() if not a))

    def last_change(self) -> int:
        """Number of the last change, 0 before the first."""
        return int(self.read("select coalesce(max(seq), 0) from changes")[0][0])

    def mark(self, seq: int) -> str:
        """Names the history up to change `seq`; "" when there is no such change.

        Caches say by it what they hold. It is another in another database, after an older copy was put back and went
        on differently, and after `renew_mark`.
        """
        rows = self.read("select hex(token) from changes where seq = ?", [seq]) if seq else [("start",)]
        return f"{self.meta('identity')}-{rows[0][0]}" if rows else ""

    def state(self) -> State:
        """The last change and its mark, in one statement: it is asked for with every question."""
        [(fingerprint, identity, last, token)] = self.read(_STATE, [META_FINGERPRINT])
        return State(fingerprint or "", last or 0, f"{identity or ''}-{token if last else 'start'}")

    def repair_log(self) -> None:
        """Note what the log does not know: after this, replaying it gives the chunks that are there."""
        with self.transaction():
            known, there = set(self.changes_since(0).added), {row[0] for row in self.read("select id from chunks")}
            for chunk_id in sorted(known ^ there):
                self._log(chunk_id, added=chunk_id in there)

    def renew_mark(self) -> None:
        """Have every cache be built anew, for what it holds may have changed without the log's knowing."""
        with self.transaction():
            self.connection.execute("update meta set value = lower(hex(randomblob(16))) where name = 'identity'")

    def _log(self, chunk_id: int, *, added: bool) -> None:
        self.connection.execute("insert into changes (chunk_id, added) values (?, ?)", [chunk_id, int(added)])


_STATE = (
    "select (select value from meta where name = ?), (select value from meta where name = 'identity'), seq, hex(token)"
    " from (select 1) left join (select seq, token from changes order by seq desc limit 1)"
)
_CHUNK_COLUMNS = 'select id, article_id, "start", "end", sentences, text_hash, language'
_MOVE_CHUNK = 'update chunks set position = ?, "start" = ?, "end" = ?, sentences = ?'
_INSERT_CHUNK = (
    'insert into chunks (article_id, position, "start", "end", sentences, language, text_hash)'
    " values (?, ?, ?, ?, ?, ?, ?)"
)
_LISTS = ("partners", "flags")


def _chunk(row: Sequence[Any]) -> StoredChunk:
    sentences = tuple(Span(start, end) for start, end in json.loads(row[4]))
    return StoredChunk(row[0], row[1], Span(row[2], row[3]), sentences, row[5], row[6])


def _article_row(article: Article) -> dict[str, str]:
    row = {name: getattr(article, name) for name in Article.__dataclass_fields__}
    row |= {name: json.dumps(row[name], ensure_ascii=False) for name in _LISTS}
    return {**row, "key": article.key, "text_hash": text_hash(article.body)}


def _article(row: dict[str, Any]) -> Article:
    return Article(**{**row, **{name: tuple(json.loads(row[name])) for name in _LISTS}})
