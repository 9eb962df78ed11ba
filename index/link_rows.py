"""Copies in the store: the other addresses of an article, and what near copies are found by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from index.database import SqliteFile
from index.types import Article

_MOST = 5
"""Articles that a new one is compared with word by word."""


@dataclass(frozen=True, slots=True)
class Link:
    """Another place where an article's text stands, or nearly so."""

    article_id: int
    key: str
    url: str
    publisher: str
    published_at: str
    location: str
    title: str


class LinkRows(SqliteFile):
    """Tables article_keys and copies: a row for each further address; copy_bands: see index.copies."""

    def add_key(self, key: str, article_id: int, copy: Article | None = None, text_hash: str = "") -> bool:
        """Remember that the same text, or nearly the same (of that hash), also stands elsewhere; False when it did."""
        with self.transaction():
            known = bool(self.read("select 1 from article_keys where key = ?", [key]))
            self.db.table("article_keys").upsert({"key": key, "article_id": article_id}, pk="key")
            if copy is not None:
                row = {name: getattr(copy, name) for name in _OF_ARTICLE}
                stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
                self.db.table("copies").upsert({"key": key, "text_hash": text_hash, **row, "seen_at": stamp}, pk="key")
        return not known

    def known_copy(self, key: str, text_hash: str) -> int | None:
        """The article that the text at this address was found to be a copy of."""
        rows = self.read(
            "select k.article_id from copies c join article_keys k on k.key = c.key"
            " where c.key = ? and c.text_hash = ?",
            [key, text_hash],
        )
        return int(rows[0][0]) if rows else None

    def links_of(self, article_ids: Iterable[int]) -> dict[int, tuple[Link, ...]]:
        """The copies of each article that has some, in the order in which they were seen."""
        query = (
            "select k.article_id, k.key, c.url, c.publisher, c.published_at, c.location, c.title"
            " from article_keys k join copies c on c.key = k.key where k.article_id in"
        )
        found: dict[int, list[Link]] = {}
        for row in self.select_in(query, list(article_ids)):
            found.setdefault(int(row[0]), []).append(Link(*row))
        return {article_id: tuple(links) for article_id, links in found.items()}

    def put_bands(self, article_id: int, bands: Sequence[int]) -> None:
        """Let an article be found by these bands and no others."""
        with self.transaction():
            self.connection.execute("delete from copy_bands where article_id = ?", [article_id])
            self.connection.executemany(
                "insert or ignore into copy_bands (band, article_id) values (?, ?)",
                [(band, article_id) for band in bands],
            )

    def alike(self, bands: Sequence[int]) -> list[int]:
        """Articles that share a band, those that share most first: at most _MOST."""
        shared: dict[int, int] = {}
        for (article_id,) in self.select_in("select article_id from copy_bands where band in", list(bands)):
            shared[article_id] = shared.get(article_id, 0) + 1
        return sorted(shared, key=lambda article_id: (-shared[article_id], article_id))[:_MOST]


_OF_ARTICLE = ("url", "publisher", "published_at", "location", "title")
