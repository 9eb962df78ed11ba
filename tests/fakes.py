"""Stand-ins with meaning: an embedder whose vectors can be worked out by hand, and an engine that loads it."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.embed.engines import Engine, Progress
from index.lemmas import lemmas
from index.types import Embedder, Vectors

COMMON = 0.75
"""Cosine of two texts without a word in common. E5's lie there as well, and sentences are weighed by such cosines."""


@dataclass
class WordEmbedder:
    """A text is the bag of its lemmas: each falls, by a hash, into one of dimension - 1 places.

    The first place is the same for every text, so that the cosine of two texts is
    COMMON + (1 - COMMON) · (cosine of their bags): 1 for the same lemmas, COMMON for none in common.
    """

    fingerprint: str = "fake/words"
    dimension: int = 512

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(vectors, texts, strict=True):
            row[:] = self.embed_query(text)
        return vectors

    def embed_query(self, text: str) -> NDArray[np.float32]:
        bag = np.zeros(self.dimension, np.float64)
        for word, count in Counter(lemmas(text, "und")).items():
            bag[self.place(word)] += count
        length = float(np.linalg.norm(bag))
        vector = bag * (math.sqrt(1 - COMMON) / length) if length else bag
        vector[0] = math.sqrt(COMMON if length else 1)
        return vector.astype(np.float32)

    def place(self, word: str) -> int:
        """The place of a lemma, from 1; the same in every process."""
        digest = hashlib.blake2b(word.encode(), digest_size=8).digest()
        return 1 + int.from_bytes(digest, "big") % (self.dimension - 1)


def fake_engine(fingerprint: str = "fake/words") -> Engine:
    """An engine that loads at once; another fingerprint is another model of the same dimension."""
    embedder = WordEmbedder(fingerprint)

    def load(progress: Progress) -> Embedder:
        return embedder

    return Engine(fingerprint, embedder.dimension, load)
