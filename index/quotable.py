"""The sentences that may be quoted: those of the best passages, with what is known of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from index.context import in_context
from index.dense import Background
from index.features import Candidate
from index.lemmas import lemmas
from index.retrieve import Retrieved
from index.store import Store
from index.types import Article, Hit, Language, Span

PASSAGES = 4
"""Best chunks whose sentences are looked at."""
NEAR = 2.0
"""A passage whose score lies further below the best one's is not looked at."""
STORY_ARTICLES = 2
"""Articles of one story whose passages are looked at: three citations shall not be three tellings of one event."""
USUAL_COSINE = (0.8, 0.03)
"""Mean and standard deviation of a question's cosines with sentences, for a model without a background: E5's."""


def passages_of(hits: Sequence[Hit], stories: Mapping[int, int]) -> tuple[Hit, ...]:
    """The best PASSAGES chunks, of no story more than STORY_ARTICLES articles."""
    looked_at: list[Hit] = []
    told: dict[int, set[int]] = {}
    for hit in hits:
        story = stories.get(hit.article_id)
        tellings = told.setdefault(story, set()) if story is not None else set()
        if hit.article_id in tellings or len(tellings) < STORY_ARTICLES:
            tellings.add(hit.article_id)
            looked_at.append(hit)
        if len(looked_at) == PASSAGES:
            break
    return tuple(looked_at)


def candidates_of(
    found: Retrieved,
    articles: Mapping[int, Article],
    store: Store,
    background: Background,
    fingerprint: str,
    relation: NDArray[np.float32] | None = None,
) -> list[Candidate]:
    """The sentences of the best passages, each once."""
    hits = [hit for hit in found.hits[:PASSAGES] if hit.score >= found.hits[0].score - NEAR]
    chunks = store.chunks(hit.chunk_id for hit in hits)
    known = (
        store.sentence_vectors((c.text_hash for c in chunks.values()), fingerprint) if found.query is not None else {}
    )
    meaning, asked = _Usual(found.query, background), _Usual(relation, background)
    seen: set[tuple[int, Span]] = set()
    candidates = []
    for rank, hit in enumerate(hits):
        chunk, article = chunks.get(hit.chunk_id), articles.get(hit.article_id)
        if chunk is None or article is None:
            continue
        vectors, title = known.get(chunk.text_hash), frozenset(lemmas(article.title, hit.language))
        meanings = meaning.of(vectors, hit.language)
        relations = asked.of(vectors, hit.language) if relation is not None else meanings
        wholes = in_context([article.body[s.start : s.end] for s in chunk.sentences])
        for position, span in enumerate(chunk.sentences):
            if (hit.article_id, span) in seen:
                continue
            seen.add((hit.article_id, span))
            text = article.body[span.start : span.end]
            candidates.append(
                Candidate(
                    hit.article_id, span, text, hit, rank, position,
                    meanings[position] if meanings is not None else 0.0,
                    relations[position] if relations is not None else 0.0,
                    vectors[position] if vectors is not None else None,
                    frozenset(lemmas(wholes[position], hit.language)),
                    title,
                )
            )  # fmt: skip
    return candidates


class _Usual:
    """What a query scores on the sentences of each language anyway; each is worked out once."""

    def __init__(self, query: NDArray[np.float32] | None, background: Background) -> None:
        self._query, self._background = query, background
        self._scales: dict[Language, tuple[float, float]] = {}

    def of(self, vectors: NDArray[np.float32] | None, language: Language) -> NDArray[np.float64] | None:
        """Each sentence's cosine in standard deviations over sentences of its language."""
        if vectors is None or self._query is None:
            return None
        if language not in self._scales:
            usual = self._background.sentences.get(language)
            self._scales[language] = usual.standard(self._query, None, 0.0) if usual else USUAL_COSINE
        mean, deviation = self._scales[language]
        standard: NDArray[np.float64] = (vectors.astype(np.float64) @ self._query - mean) / deviation
        return standard
