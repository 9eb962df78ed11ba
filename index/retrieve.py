"""From a question to ranked chunks: by meaning and by words, fairly across languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from index.dates import in_utc, range_of
from index.dense import DenseIndex
from index.evidence import Found, evidence_of
from index.lemmas import query_terms
from index.lexical import LexicalSearch, WordCache
from index.question import question_kind
from index.ranking import Asked, ranking_features, reranked
from index.store import Store
from index.types import Filters, Hit, Language

CANDIDATES = 50
"""Of each language, by meaning and by words."""
BM25_WEIGHT = 0.05
COVERAGE_WEIGHT = 2.0
"""What a point of BM25, and all the question's words instead of none, are worth in standard deviations of meaning (see
the README's quality section). Unlike BM25, the share of words does not fade in a small index."""
RANKED = 40
"""Best chunks that are looked at a second time; the right one is among them for 98 to 99 of 100 questions."""
LEXICAL_BEST = 3
"""Both count from the mean of so many best chunks of a language downwards. A question finds its own words mostly in
passages of its own language; measured from the best ones there, they win nothing over the other language by it."""

# A day without a time is the reader's own, not UTC's.
_AT_PRECISION = "iif(length(a.published_at) = 20, ?, substr(?, 1, length(a.published_at)))"


@dataclass(frozen=True, slots=True)
class Retrieved:
    """Ranked chunks, and what was learnt about the question on the way."""

    hits: tuple[Hit, ...]
    terms: Mapping[str, float]
    """The question's lemmas with their inverse document frequency."""
    query: NDArray[np.float32] | None
    """The question's vector; None when there was no search by meaning."""


def fuse(
    dense: Mapping[int, float],
    bm25: Mapping[int, float],
    coverage: Mapping[int, float],
    languages: Mapping[int, Language],
) -> dict[int, float]:
    """One score a chunk, from its z, BM25 and share of the question's words (missing: 0), comparable across languages.

    score = z + w · (lexical − mean of the LEXICAL_BEST best of the chunk's language), for both lexical figures
    """
    scores = {chunk_id: dense.get(chunk_id, 0.0) for chunk_id in languages}
    for weight, figures in ((BM25_WEIGHT, bm25), (COVERAGE_WEIGHT, coverage)):
        by_language: dict[Language, list[float]] = {}
        for chunk_id, language in languages.items():
            by_language.setdefault(language, []).append(figures.get(chunk_id, 0.0))
        best = {
            language: fmean((sorted(some, reverse=True) + [0.0] * LEXICAL_BEST)[:LEXICAL_BEST])
            for language, some in by_language.items()
        }
        for chunk_id, language in languages.items():
            scores[chunk_id] += weight * (figures.get(chunk_id, 0.0) - best[language])
    return scores


def retrieve(
    question: str,
    language: Language,
    query: NDArray[np.float32] | None,
    store: Store,
    dense: DenseIndex,
    filters: Filters,
    limit: int,
    known: WordCache | None = None,
    relation: NDArray[np.float32] | None = None,
) -> Retrieved:
    """The `limit` best chunks for a question; without a query vector, by words alone.

    `known`: of the words, in the state of the store that is searched. `relation`: the vector of the question without
    its names, where that leaves something to be asked.
    """
    words = LexicalSearch(store, known)
    terms = query_terms(question, language)
    idf = words.idf(terms)
    allowed = allowed_chunks(store, filters)
    lexical = words.scores(terms, allowed)
    candidates: dict[int, Language] = {i: of for of, found in lexical.items() for i in found.best(CANDIDATES)}
    z: dict[int, float] = {}
    if query is not None:
        z = dense.search(query, CANDIDATES, dense.languages, allowed, also=candidates)
        candidates |= {i: dense.language_of(i) for i in z if i not in candidates}
    bm25: dict[int, float] = {}
    for found in lexical.values():
        bm25 |= found.of(candidates)
    coverage = words.coverage(candidates, idf)
    scores = fuse(z, bm25, coverage, candidates)
    order = _best_first(scores)[: max(limit, RANKED)]
    if query is not None:
        seen = evidence_of(order, Found(candidates, z, bm25, coverage), query, relation, store, dense)
        asked = Asked(question, language, question_kind(question), idf)
        scores = reranked({i: scores[i] for i in seen}, ranking_features(asked, seen.values()))
        order = _best_first(scores)
    order = order[:limit]
    articles = store.articles_of(order)
    hits = [
        Hit(i, articles[i], candidates[i], scores[i], z.get(i, 0.0), bm25.get(i, 0.0))
        for i in order
        if i in articles  # gone since the index was last brought up to date
    ]
    return Retrieved(tuple(hits), idf, query)


def _best_first(scores: Mapping[int, float]) -> list[int]:
    return sorted(scores, key=lambda chunk_id: (-scores[chunk_id], chunk_id))


def phrase_query(text: str) -> str:
    """What FTS5 has to be asked for whole words in this order; nothing in the text works as an operator."""
    return '"{}"'.format(text.replace('"', " ").replace("\0", " "))


def allowed_chunks(store: Store, filters: Filters) -> set[int] | None:
    """Ids of the chunks that pass the filters; None when there are none to pass."""
    conditions: list[str] = []
    values: list[str] = []
    if filters.language:
        conditions.append("c.language = ?")
        values.append(filters.language)
    if filters.publisher:
        conditions.append("lower(a.publisher) = lower(?)")
        values.append(filters.publisher)
    if filters.partner.strip():
        conditions.append("a.id in (select rowid from articles_fts where articles_fts match ?)")
        values.append(phrase_query(filters.partner))
    if filters.articles:
        conditions.append(f"a.id in ({', '.join(str(int(i)) for i in filters.articles)})")
    if filters.since:
        # Compared at the article's precision: one of "2021" may be of any month of it.
        conditions.append(f"a.published_at != '' and a.published_at >= {_AT_PRECISION}")
        values += [in_utc(range_of(filters.since)[0], filters.zone), range_of(filters.since)[0]]
    if filters.until:
        # Reduced dates sort before the fuller ones they contain, so the end is compared as a full instant.
        conditions.append("a.published_at != '' and a.published_at <= iif(length(a.published_at) = 20, ?, ?)")
        values += [in_utc(range_of(filters.until)[1], filters.zone), range_of(filters.until)[1]]
    if not conditions:
        return None
    query = f"select c.id from chunks c join articles a on a.id = c.article_id where {' and '.join(conditions)}"
    return {int(row[0]) for row in store.read(query, values)}
