"""The best passages in a new order, by a model that reads each of them together with the question."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from index.errors import EmbedderError
from index.store import Store
from index.timely import in_time
from index.types import Hit, Period, Reranker

_LOG = logging.getLogger(__name__)

BEST = 20
"""Passages that are read; a cross-encoder's time grows with them."""
TELL_S = 300.0
"""A cross-encoder that goes on failing is logged so often."""


class Rereader:
    """A cross-encoder that may fail; questions are answered in the first order then. For any thread."""

    def __init__(self, reranker: Reranker, now: Callable[[], float] = time.monotonic) -> None:
        """`now`: seconds of a clock that does not go back."""
        self.failure = ""
        """Why the last question went without it; "" where it did not."""
        self._reranker, self._now = reranker, now
        self._quiet_until = float("-inf")
        self._telling = threading.Lock()

    def reread(
        self, question: str, hits: Sequence[Hit], plain: Mapping[int, float], period: Period | None, store: Store
    ) -> tuple[Hit, ...]:
        """The hits in the order of both rankings, heeding the period; as they are where the model fails.

        `plain`: the scores of chunks before the period was heeded. Both rankings are put together without what the
        period gives and takes, which then moves the outcome as far as it would have moved the first ranking.
        Raises StoreError.
        """
        try:
            ranked = rerank(question, [replace(hit, score=plain[hit.chunk_id]) for hit in hits], store, self._reranker)
        except EmbedderError as e:
            self._failed(str(e))
            return tuple(hits)
        self.failure = ""
        return in_time(sorted(ranked, key=lambda hit: -hit.score), period, store)

    def _failed(self, reason: str) -> None:
        self.failure = reason
        with self._telling:
            if self._now() < self._quiet_until:
                return
            self._quiet_until = self._now() + TELL_S
        _LOG.warning("questions are answered without WARTA_RERANKER: %s", reason)


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
