"""Chunks and their lemmas in the store, and which of them are known to be what the rules make."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from index.change_log import ChangeLog
from index.types import Article, Language, Span

STRAY_STEP = 500
"""Lemmas without a chunk that are dropped in one transaction."""


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
class Sight:
    """An article with its chunks, as they are stored."""

    revision: int
    digest: str
    """See `digest_of`."""
    text_hashes: tuple[str, ...]
    """Of its chunks."""


class ChunkRows(ChangeLog):
    """Tables chunks, chunks_fts and derived."""

    def chunks(self, ids: Iterable[int]) -> dict[int, StoredChunk]:
        """Those of the chunks that exist."""
        rows = self.select_in(f"{_COLUMNS} from chunks where id in", list(ids))
        return {int(row[0]): _chunk(row) for row in rows}

    def articles_of(self, chunk_ids: Iterable[int]) -> dict[int, int]:
        """The article of each chunk that exists."""
        return dict(self.select_in("select id, article_id from chunks where id in", list(chunk_ids)))

    def chunks_of(self, article_id: int) -> list[StoredChunk]:
        """In their order in the body."""
        query = f"{_COLUMNS} from chunks where article_id = ? order by position"
        return [_chunk(row) for row in self.read(query, [article_id])]

    def texts_of(self, article_ids: Sequence[int]) -> list[str]:
        """The hashes of their chunks' texts."""
        return [row[0] for row in self.select_in("select text_hash from chunks where article_id in", article_ids)]

    def drafts_stored(self, article_id: int) -> list[ChunkDraft]:
        """The article's chunks as they would have been put; without its lemmas, a chunk's are ""."""
        rows = self.read(f"{_WITH_LEMMAS} = ? order by c.position", [article_id])
        return [
            ChunkDraft(Span(start, end), _spans(sentences), text_hash, lemmas or "", language)
            for _, _, start, end, sentences, language, text_hash, lemmas, _ in rows
        ]

    def put_chunks(self, article_id: int, drafts: Sequence[ChunkDraft]) -> None:
        """Make an article's chunks these. What is so already is not written; chunks of the same text keep their ids."""
        with self.transaction():
            spare: dict[tuple[str, str], list[tuple[Any, ...]]] = {}
            for row in self.read(f"{_WITH_LEMMAS} = ? order by c.position", [article_id]):
                spare.setdefault((row[6], row[5]), []).append(row)
            for position, draft in enumerate(drafts):
                place, lemmas = (position, *_row_of(draft)[:3]), draft.lemmas
                if same := spare.get((draft.text_hash, draft.language)):
                    chunk_id, _, start, end, sentences, *_, held, stood = same.pop(0)
                    if (stood, start, end, sentences) != place:
                        self.connection.execute(f"{_MOVE} where id = ?", [*place, chunk_id])
                    if held == lemmas:
                        continue
                else:
                    values = [article_id, *place, draft.language, draft.text_hash]
                    chunk_id = int(self.connection.execute(_INSERT, values).lastrowid or 0)
                self._put_lemmas(chunk_id, lemmas)
                self._log(chunk_id, added=True)
            self._remove_chunks(row[0] for rows in spare.values() for row in rows)

    def log_texts(self, hashes: Sequence[str]) -> None:
        """Log that the chunks of these texts have other vectors."""
        with self.transaction():
            for (chunk_id,) in self.select_in("select id from chunks where text_hash in", hashes):
                self._log(chunk_id, added=True)

    def _put_lemmas(self, chunk_id: int, lemmas: str) -> None:
        self.connection.execute("insert or replace into chunks_fts (rowid, lemmas) values (?, ?)", [chunk_id, lemmas])

    def _remove_chunks(self, ids: Iterable[int]) -> None:
        for chunk_id in ids:
            self.connection.execute("delete from chunks_fts where rowid = ?", [chunk_id])
            self.connection.execute("delete from chunks where id = ?", [chunk_id])
            self._log(chunk_id, added=False)

    # What was found right

    def sights(self, ids: Sequence[int], rules: str) -> dict[int, Sight]:
        """Those of the articles that exist, as they are stored; `rules` goes into their digests."""
        with self.snapshot():
            said = self.select_in("select id, revision, title, language, body from articles where id in", ids)
            rows = sorted(self.select_in(f"{_WITH_LEMMAS} in", ids), key=lambda row: (row[1], row[8]))
        chunks = {article_id: list(some) for article_id, some in groupby(rows, lambda row: row[1])}
        return {
            article_id: Sight(
                revision,
                _digest(rules, texts, (row[2:8] for row in chunks.get(article_id, ()))),
                tuple(row[6] for row in chunks.get(article_id, ())),
            )
            for article_id, revision, *texts in said
        }

    def found_right(self, sights: Mapping[int, Sight]) -> set[int]:
        """Those of the articles that were seen so before, and found to be as those rules make them."""
        kept = self.select_in("select article_id, digest from derived where article_id in", list(sights))
        return {article_id for article_id, digest in kept if sights[article_id].digest == digest}

    def keep_right(self, digests: Mapping[int, str]) -> None:
        """Remember that these articles' chunks are as the rules make them, for as long as they have these digests."""
        with self.transaction():
            self.connection.executemany(
                "insert or replace into derived (article_id, digest) select id, ? from articles where id = ?",
                [(digest, article_id) for article_id, digest in digests.items()],
            )

    # Full text

    def repair_full_text(self) -> None:
        """Make both full-text indexes anew; others wait for as long as it takes."""
        with self.transaction():
            self.connection.execute("insert into chunks_fts (chunks_fts) values ('rebuild')")
            self.connection.execute("insert into articles_fts (articles_fts) values ('rebuild')")
        self.drop_stray_lemmas()

    def drop_stray_lemmas(self) -> None:
        """Drop lemmas of chunks that are gone, in short transactions."""
        for some in self.turns(self.read(f"select rowid from chunks_fts where {_STRAY}"), STRAY_STEP):
            with self.transaction():
                self.connection.executemany(f"delete from chunks_fts where rowid = ? and {_STRAY}", some)


def digest_of(article: Article, drafts: Sequence[ChunkDraft], rules: str) -> str:
    """Names what is derived of an article and what from, whole: texts, chunks, lemmas, and the version of the rules.

    Whatever is altered in the database by anybody, the stored article has another digest then.
    """
    return _digest(rules, (article.title, article.language, article.body), map(_row_of, drafts))


def _digest(rules: str, texts: Sequence[str], rows: Iterator[tuple[Any, ...]]) -> str:
    packed = json.dumps([rules, *texts, *rows], ensure_ascii=False, separators=(",", ":"))
    return hashlib.blake2b(packed.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


_STRAY = "rowid not in (select id from chunks)"
_COLUMNS = 'select id, article_id, "start", "end", sentences, text_hash, language'
_WITH_LEMMAS = (
    'select c.id, c.article_id, c."start", c."end", c.sentences, c.language, c.text_hash, f.lemmas, c.position'
    " from chunks c left join chunks_fts f on f.rowid = c.id where c.article_id"
)
_MOVE = 'update chunks set position = ?, "start" = ?, "end" = ?, sentences = ?'
_INSERT = (
    'insert into chunks (article_id, position, "start", "end", sentences, language, text_hash)'
    " values (?, ?, ?, ?, ?, ?, ?)"
)


def _row_of(draft: ChunkDraft) -> tuple[int, int, str, str, str, str]:
    """As it stands in the tables: start, end, sentences, language, hash, lemmas."""
    sentences = json.dumps([[s.start, s.end] for s in draft.sentences], separators=(",", ":"))
    return draft.span.start, draft.span.end, sentences, draft.language, draft.text_hash, draft.lemmas


def _spans(sentences: str) -> tuple[Span, ...]:
    return tuple(Span(start, end) for start, end in json.loads(sentences))


def _chunk(row: Sequence[Any]) -> StoredChunk:
    return StoredChunk(row[0], row[1], Span(row[2], row[3]), _spans(row[4]), row[5], row[6])
