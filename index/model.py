"""The embedding model in memory: loaded when it is first needed, with the vectors of the last questions."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from index.embed.engines import Engine
from index.types import Embedder, Progress, Vectors

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


class LazyEmbedder:
    """The embedder, loaded only when something is embedded: adding what is known already does not need it."""

    def __init__(self, model: Model, engine: Engine) -> None:
        self._model = model
        self.fingerprint, self.dimension = engine.fingerprint, engine.dimension

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimension), unit rows."""
        return self._model.embedder().embed_passages(texts) if texts else np.zeros((0, self.dimension), np.float32)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """Shape (dimension,), unit length."""
        return self._model.embedder().embed_query(text)
