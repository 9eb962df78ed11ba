"""The best passages in a new order, by a model that reads each of them together with the question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from index.errors import EmbedderError
from index.store import Store
from index.types import Hit, Reranker

BEST = 20
"""Passages that are read; a cross-encoder's time grows with them."""


def rerank(question: str, hits: Sequence[Hit], store: Store, reranker: Reranker) -> tuple[Hit, ...]:
    """The hits, the BEST first of them in the order that both rankings together give.

    Raises StoreError, EmbedderError.
    """
    with store.snapshot():
        chunks = store.chunks(hit.chunk_id for hit in hits[:BEST])
        articles = store.articles(list({hit.article_id for hit in hits[:BEST]}))
    # Gone since it was found; it stays in its place.
    read = [hit for hit in hits[:BEST] if hit.chunk_id in chunks and hit.article_id in articles]
    if len(read) < 2:
        return tuple(hits)
    texts = []
    for hit in read:
        article, span = articles[hit.article_id], chunks[hit.chunk_id].span
        texts.append(f"{article.title}\n{article.body[span.start : span.end]}".strip())
    scores = reranker.scores(question, texts)
    if not np.isfinite(scores).all():
        raise EmbedderError("WARTA_RERANKER gave a score that is not finite; name another model")
    rest = [hit for hit in hits if hit not in read]
    return (*reordered(read, scores), *rest)


def reordered(hits: Sequence[Hit], scores: NDArray[np.float64]) -> list[Hit]:
    """Hits in the order of the sum of both scores, each in standard deviations of these hits.

    Every cross-encoder has a scale of its own, which nobody can fit beforehand, while thresholds and the model of the
    confidence were fitted on the scale of retrieval. So the scores of retrieval stay, and only who has which changes.
    """
    found = np.array([hit.score for hit in hits])
    order = np.argsort(-(_standard(found) + _standard(scores)), kind="stable")
    best = sorted(found.tolist(), reverse=True)
    return [replace(hits[int(i)], score=score) for i, score in zip(order, best, strict=True)]


def _standard(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    deviation = float(scores.std())
    return (scores - scores.mean()) / deviation if deviation > 0 else np.zeros(len(scores))
