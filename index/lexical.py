"""Search by words: SQLite FTS5 with BM25 over lemmas.

BM25 is a sum over words, and most of what a search costs are words that many chunks hold. So FTS5 is asked word by
word, and what it says holds until the store changes: see `WordCache`.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from index.lemmas import MAX_QUERY_TERMS, fts_query
from index.store import Store
from index.types import Language

FREQUENT = 0.2
"""A word that stands in a larger share of the chunks is left out while rarer ones are there: it costs most of the time
and moves no ranking."""
FEW = 1_000
"""A smaller index counts as if it had so many chunks: in ten articles about BMW the word still tells something."""
ROOM = 2_000_000
"""Places of words that are kept in memory, 17 bytes each: all words of some 15,000 articles."""
_LANGUAGES: tuple[Language, ...] = get_args(Language)
_NUMBER: dict[str, int] = {language: number for number, language in enumerate(_LANGUAGES)}


@dataclass(frozen=True, slots=True)
class Places:
    """The chunks that hold a word."""

    chunks: NDArray[np.int64]
    """Ascending."""
    bm25: NDArray[np.float64]
    languages: NDArray[np.int8]
    """Places in `_LANGUAGES`; they and the scores are 0 where only the chunks were asked for."""

    def hold(self, ids: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of the ids are among the chunks."""
        return _positions(self.chunks, ids)[1]


@dataclass(frozen=True, slots=True)
class Scores:
    """BM25 of the chunks of one language that hold a word of the question."""

    chunks: NDArray[np.int64]
    """Ascending."""
    bm25: NDArray[np.float64]

    def best(self, limit: int) -> list[int]:
        """The best chunks, the older first among equals."""
        order = np.argsort(-self.bm25, kind="stable")[:limit]
        best: list[int] = self.chunks[order].tolist()
        return best

    def of(self, ids: Iterable[int]) -> dict[int, float]:
        """Scores of those of the ids that have one."""
        wanted = np.fromiter(ids, np.int64)
        at, held = _positions(self.chunks, wanted)
        return dict(zip(wanted[held].tolist(), self.bm25[at[held]].tolist(), strict=True))


class WordCache:
    """What FTS5 said of single words in one state of the store. Several threads may share it.

    The words that were not asked for the longest are forgotten once there are more places than `room`.
    """

    def __init__(self, room: int = ROOM) -> None:
        self._room, self._held = room, 0
        self._counts: OrderedDict[str, int] = OrderedDict()
        self._places: OrderedDict[tuple[str, bool], Places] = OrderedDict()
        self._lock = threading.Lock()
        self.chunks: int | None = None
        """How many there are."""

    def count(self, term: str) -> int | None:
        """Chunks that hold a term; None: not known."""
        return self._counts.get(term)

    def put_counts(self, counts: Mapping[str, int]) -> None:
        """Remember how many chunks hold each term."""
        with self._lock:
            self._counts |= counts
            while len(self._counts) > self._room // 8:
                self._counts.popitem(last=False)

    def places(self, term: str, scored: bool) -> Places | None:
        """Where a term stands; None: not known."""
        with self._lock:
            if found := self._places.get((term, scored)):
                self._places.move_to_end((term, scored))
            return found

    def put_places(self, term: str, scored: bool, places: Places) -> None:
        """Remember where a term stands."""
        with self._lock:
            if (term, scored) in self._places:  # another thread was quicker
                return
            self._places[term, scored] = places
            self._held += len(places.chunks) + 1
            while self._held > self._room:
                _, forgotten = self._places.popitem(last=False)
                self._held -= len(forgotten.chunks) + 1


class LexicalSearch:
    """BM25 (k1 1.2, b 0.75: FTS5's own) over the chunks of a store."""

    def __init__(self, store: Store, known: WordCache | None = None) -> None:
        """Over the store's connection, so within its snapshots; `known` must be of that state of the store."""
        self._store = store
        self._known = known or WordCache()

    def idf(self, terms: Sequence[str]) -> dict[str, float]:
        """Inverse document frequency of each term, log(1 + (N − n + 0.5) / (n + 0.5)), above 0 (Robertson, 2009)."""
        counts = self._counts(terms)
        chunks = max(self._chunks(), FEW)
        return {term: math.log(1 + (chunks - counts[term] + 0.5) / (counts[term] + 0.5)) for term in terms}

    def scores(self, terms: Sequence[str], allowed: set[int] | None = None) -> dict[Language, Scores]:
        """By language, BM25 of every chunk that holds one of the terms and is `allowed`."""
        found = [self._places(term, scored=True) for term in self._rare(terms)[:MAX_QUERY_TERMS]]
        if not found:
            return {}
        chunks, first, row = np.unique(
            np.concatenate([places.chunks for places in found]), return_index=True, return_inverse=True
        )
        bm25 = np.bincount(row, np.concatenate([places.bm25 for places in found]), len(chunks))
        languages = np.concatenate([places.languages for places in found])[first]
        passes = _positions(np.array(sorted(allowed), np.int64), chunks)[1] if allowed is not None else True
        scores = {}
        for number, language in enumerate(_LANGUAGES):
            if (of_it := (languages == number) & passes).any():
                scores[language] = Scores(chunks[of_it], bm25[of_it])
        return scores

    def coverage(self, chunk_ids: Iterable[int], idf: Mapping[str, float]) -> dict[int, float]:
        """Share of the terms that each chunk holds, 0 to 1, weighed by their inverse document frequency."""
        ids = np.fromiter(chunk_ids, np.int64)
        rare = set(self._rare(list(idf)))
        share = np.zeros(len(ids))
        for term, weight in idf.items():
            share += weight * self._places(term, scored=term in rare).hold(ids)
        return dict(zip(ids.tolist(), (share / (sum(idf.values()) or 1.0)).tolist(), strict=True))

    def _chunks(self) -> int:
        if self._known.chunks is None:
            self._known.chunks = self._store.count("chunks")
        return self._known.chunks

    def _counts(self, terms: Sequence[str]) -> dict[str, int]:
        """Chunks that hold each term."""
        counts = {term: self._known.count(term) for term in terms}
        unknown = [term for term, count in counts.items() if count is None]
        if unknown:
            self._store.connection.execute(
                "create virtual table if not exists temp.chunk_words using fts5vocab (main, chunks_fts, row)"
            )
            # SQLite takes no lone surrogates; no chunk holds one either.
            sound = [term for term in unknown if term.isalnum()]
            rows = self._store.select_in("select term, doc from temp.chunk_words where term in", sound)
            new = dict.fromkeys(unknown, 0) | {str(term): int(count) for term, count in rows}
            self._known.put_counts(new)
            counts |= new
        return {term: count or 0 for term, count in counts.items()}

    def _rare(self, terms: Sequence[str]) -> list[str]:
        counts, chunks = self._counts(terms), self._chunks()
        rare = [term for term in terms if counts[term] <= FREQUENT * chunks]
        return rare if any(counts[term] for term in rare) else list(terms)

    def _places(self, term: str, *, scored: bool) -> Places:
        """Where a term stands. Its score costs three quarters of the time, and the frequent ones need none."""
        known = self._known.places(term, scored)
        if known is None:
            known = self._places_stored(term, scored)
            self._known.put_places(term, scored, known)
        return known

    def _places_stored(self, term: str, scored: bool) -> Places:
        query = fts_query([term])
        if not query:
            return _NOWHERE
        [lists] = self._store.read(_SCORED if scored else _PLACED, [query])
        chunks, scores, languages = (str(text).split(",") if text is not None else [] for text in lists)
        places = np.array(chunks, np.int64)
        if not scored:
            return Places(places, np.zeros(len(places)), np.zeros(len(places), np.int8))
        return Places(places, np.array(scores, np.float64), np.array([_NUMBER[of] for of in languages], np.int8))


_NOWHERE = Places(np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.int8))
# One row each: for every row of a result Python takes its lock again, and waits where another thread has it.
_SCORED = (
    "with found as materialized (select f.rowid as chunk, -bm25(chunks_fts) as score, c.language as language"
    " from chunks_fts f join chunks c on c.id = f.rowid where chunks_fts match ? order by f.rowid)"
    " select group_concat(chunk), group_concat(score), group_concat(language) from found"
)
_PLACED = (
    "select group_concat(rowid), '', '' from (select rowid from chunks_fts where chunks_fts match ? order by rowid)"
)


def _positions(ascending: NDArray[np.int64], wanted: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Where each wanted number stands, and whether it does."""
    if not len(ascending):
        return np.zeros(len(wanted), np.intp), np.zeros(len(wanted), np.bool_)
    at = np.minimum(np.searchsorted(ascending, wanted), len(ascending) - 1)
    return at, ascending[at] == wanted
