"""The embedding model in memory: loaded when it is first needed, with the vectors of the last questions."""

from __future__ import annotations

import threading
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from index.embed.engines import Engine
from index.types import Embedder, Progress

KNOWN_QUESTIONS = 2_000
"""Vectors of questions that are kept, 1.5 KB each: embedding is most of what a question costs."""


class Model:
    """An engine's embedder, loaded once whoever asks first, and the vectors of the last questions."""

    def __init__(self, engine: Engine, progress: Progress) -> None:
        self._engine, self._progress = engine, progress
        self._embedder: Embedder | None = None
        self._loading = threading.Lock()
        self.query_vector = lru_cache(KNOWN_QUESTIONS)(self._query_vector)
        """`embed_query`, remembered; not to be changed in place."""

    def embedder(self) -> Embedder:
        """The model, loaded by whoever asks first. Raises EmbedderError."""
        with self._loading:
            if self._embedder is None:
                self._embedder = self._engine.load(self._progress)
            return self._embedder

    def _query_vector(self, text: str) -> NDArray[np.float32]:
        vector = self.embedder().embed_query(text)
        vector.setflags(write=False)
        return vector
