"""SQLite is the truth: articles, chunks, vectors and the log of changes. Everything else can be rebuilt from it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from index.arrivals import ArrivalRows
from index.change_log import META_FINGERPRINT as META_FINGERPRINT
from index.change_log import Changes as Changes
from index.change_log import State as State
from index.chunk_rows import ChunkDraft as ChunkDraft
from index.chunk_rows import ChunkRows
from index.chunk_rows import StoredChunk as StoredChunk
from index.errors import StoreError
from index.link_rows import LinkRows
from index.migrations import INDEX_MIGRATIONS
from index.revisions import RevisionRows
from index.story_rows import StoryRows
from index.types import Article
from index.vectors import ChunkVectors as ChunkVectors
from index.vectors import VectorRows


@dataclass(frozen=True, slots=True)
class Match:
    """A stored article that a new one turns out to be."""

    article_id: int
    by: str
    """"key" (same URL or location), "text" (the same words elsewhere) or "copy" (nearly the same, as found before)."""
    unchanged: bool


def text_hash(text: str) -> str:
    """128 bits naming a text, whatever its white space."""
    return hashlib.blake2b(" ".join(text.split()).encode(), digest_size=16).hexdigest()


class Store(ChunkRows, VectorRows, LinkRows, RevisionRows, StoryRows, ArrivalRows):
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


_LISTS = ("partners", "flags")


def _article_row(article: Article) -> dict[str, str]:
    row = {name: getattr(article, name) for name in Article.__dataclass_fields__}
    row |= {name: json.dumps(row[name], ensure_ascii=False) for name in _LISTS}
    return {**row, "key": article.key, "text_hash": text_hash(article.body)}


def _article(row: dict[str, Any]) -> Article:
    return Article(**{**row, **{name: tuple(json.loads(row[name])) for name in _LISTS}})
