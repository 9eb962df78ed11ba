"""Search by words: SQLite FTS5 with BM25 over lemmas."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from index.lemmas import fts_query
from index.store import Store
from index.types import Language

FREQUENT = 0.2
"""A word that stands in a larger share of the chunks is left out while rarer ones are there: it costs most of the time
and moves no ranking."""
FEW = 1_000
"""A smaller index counts as if it had so many chunks: in ten articles about BMW the word still tells something."""


class LexicalSearch:
    """BM25 (k1 1.2, b 0.75: FTS5's own) over the chunks of a store."""

    def __init__(self, store: Store) -> None:
        """Over the store's connection, so within its snapshots; for one question, since counts are kept."""
        self._store = store
        self._known: dict[str, int] = {}
        store.connection.execute(
            "create virtual table if not exists temp.chunk_words using fts5vocab (main, chunks_fts, row)"
        )

    def idf(self, terms: Sequence[str]) -> dict[str, float]:
        """Inverse document frequency of each term, log(1 + (N − n + 0.5) / (n + 0.5)), above 0 (Robertson, 2009)."""
        counts = self._counts(terms)
        chunks = max(self._store.count("chunks"), FEW)
        return {term: math.log(1 + (chunks - counts[term] + 0.5) / (counts[term] + 0.5)) for term in terms}

    def scores(self, terms: Sequence[str], chunk_ids: Iterable[int] | None = None) -> dict[int, tuple[Language, float]]:
        """Language and BM25 of every chunk that holds one of the terms, or of those among `chunk_ids`."""
        query = fts_query(self._rare(terms))
        if not query:
            return {}
        base = (
            "select f.rowid, c.language, -bm25(chunks_fts) from chunks_fts f join chunks c on c.id = f.rowid"
            " where chunks_fts match ?"
        )
        if chunk_ids is None:
            rows = self._store.read(base, [query])
        else:
            rows = self._store.select_in(f"{base} and f.rowid in", list(chunk_ids), query)
        return {int(row[0]): (row[1], float(row[2])) for row in rows}

    def coverage(self, chunk_ids: Iterable[int], idf: Mapping[str, float]) -> dict[int, float]:
        """Share of the terms that each chunk holds, 0 to 1, weighed by their inverse document frequency."""
        total = sum(idf.values()) or 1.0
        rows = self._store.select_in("select rowid, lemmas from chunks_fts where rowid in", list(chunk_ids))
        return {int(row[0]): sum(idf[term] for term in idf.keys() & row[1].split()) / total for row in rows}

    def _counts(self, terms: Sequence[str]) -> dict[str, int]:
        """Chunks that hold each term. Asked for the idf and for what is rare: the vocabulary is read once."""
        unknown = [term for term in terms if term not in self._known]
        # SQLite takes no lone surrogates; no chunk holds one either.
        sound = [term for term in unknown if term.isalnum()]
        rows = self._store.select_in("select term, doc from temp.chunk_words where term in", sound)
        self._known |= dict.fromkeys(unknown, 0) | {str(term): int(count) for term, count in rows}
        return {term: self._known[term] for term in terms}

    def _rare(self, terms: Sequence[str]) -> list[str]:
        counts, chunks = self._counts(terms), self._store.count("chunks")
        rare = [term for term in terms if counts[term] <= FREQUENT * chunks]
        return rare if any(counts[term] for term in rare) else list(terms)
