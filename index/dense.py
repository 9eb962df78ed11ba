"""Search by meaning: FAISS over unit vectors, one index a language, with the moments that make languages comparable.

E5 likes passages in the question's own language, so in a mixed corpus the right passage in the other one drowns. A
cosine is therefore read as z = (q·d − q·μ) / √(qᵀΣq), with the mean μ and covariance Σ of the passages of d's language:
how many standard deviations d lies above what this question scores on that language anyway.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from index.errors import VectorIndexError
from index.types import Language, Vectors

PRIOR_WEIGHT = 300.0
"""Passages that the background estimate counts for: an index of 300 believes it and itself equally."""
BACKGROUND = Path(__file__).with_name("background.npz")
_SearchParameters: Any = faiss.SearchParameters  # FAISS's type stub knows no fields of it


@dataclass(slots=True)
class Moments:
    """Count, sum and sum of outer products of some vectors; they can be added to and taken from."""

    count: float
    total: NDArray[np.float64]
    """Shape (dimension,)."""
    outer: NDArray[np.float64]
    """Shape (dimension, dimension)."""

    @classmethod
    def none(cls, dimension: int) -> Moments:
        """Of no vectors."""
        return cls(0.0, np.zeros(dimension), np.zeros((dimension, dimension)))

    def include(self, vectors: Vectors, sign: float = 1.0) -> None:
        """Add vectors, or with sign -1 take them away again."""
        wide = vectors.astype(np.float64)
        self.count += sign * len(wide)
        self.total += sign * wide.sum(axis=0)
        self.outer += sign * (wide.T @ wide)

    def standard(self, query: NDArray[np.float32], prior: Moments | None, weight: float) -> tuple[float, float]:
        """Mean and standard deviation of query · d, blended with a prior that counts for `weight` vectors."""
        count, mean, square = self.count, 0.0, 0.0
        if count:
            mean, square = float(query @ self.total), float(query @ self.outer @ query)
        if prior is not None and prior.count and weight:
            share = weight / prior.count
            count += weight
            mean += share * float(query @ prior.total)
            square += share * float(query @ prior.outer @ query)
        if count == 0:
            return 0.0, 1.0
        mean, square = mean / count, square / count
        return mean, math.sqrt(max(square - mean * mean, 1e-8))


@dataclass(frozen=True, slots=True)
class Background:
    """Moments of passages and of single sentences, by language, from corpora that are not in the index.

    Fitted for one model; another model has none, and its young indexes rank by what they hold.
    """

    fingerprint: str
    passages: Mapping[str, Moments]
    sentences: Mapping[str, Moments]


def read_background(fingerprint: str, path: Path = BACKGROUND) -> Background:
    """The shipped estimate, or an empty one when it belongs to another model."""
    with np.load(path) as stored:
        if str(stored["fingerprint"]) != fingerprint:
            return Background(fingerprint, {}, {})
        kinds = []
        for kind in ("passages", "sentences"):
            moments = {}
            for language in ("id", "en"):
                mean = stored[f"{kind}.{language}.mean"].astype(np.float64)
                upper = stored[f"{kind}.{language}.covariance"].astype(np.float64) * stored[f"{kind}.{language}.scale"]
                covariance = _square(upper, len(mean))
                moments[language] = Moments(1.0, mean, covariance + np.outer(mean, mean))
            both = list(moments.values())
            moments["und"] = Moments(2.0, both[0].total + both[1].total, both[0].outer + both[1].outer)
            kinds.append(moments)
    return Background(fingerprint, *kinds)


def _square(upper: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    whole = np.zeros((size, size))
    whole[np.triu_indices(size)] = upper
    return whole + np.triu(whole, 1).T


class DenseIndex:
    """Chunk ids and vectors in memory. One writer; searches may run beside each other but not beside a change."""

    def __init__(self, dimension: int, background: Background | None = None) -> None:
        """An empty index."""
        self.dimension = dimension
        self.background = background or Background("", {}, {})
        self._parts: dict[Language, Any] = {}
        self._moments: dict[Language, Moments] = {}
        self._language: dict[int, Language] = {}

    def __len__(self) -> int:
        """Chunks held."""
        return len(self._language)

    @property
    def ids(self) -> set[int]:
        """All chunk ids held."""
        return set(self._language)

    @property
    def languages(self) -> list[Language]:
        """Those that have chunks."""
        return [language for language, part in self._parts.items() if part.ntotal]

    def add(self, language: Language, ids: Sequence[int], vectors: Vectors) -> None:
        """Add unit vectors, shape (len(ids), dimension). An id already held is replaced.

        Raises VectorIndexError for vectors of another shape or that are not finite.
        """
        if not ids:
            return
        if vectors.shape != (len(ids), self.dimension) or not np.isfinite(vectors).all():
            raise VectorIndexError(
                f"the store's vectors are not all finite and of {self.dimension} dimensions; run `warta reindex --full`"
            )
        self.remove(ids)
        if language not in self._parts:
            self._parts[language] = faiss.IndexIDMap2(faiss.IndexFlatIP(self.dimension))
            self._moments[language] = Moments.none(self.dimension)
        self._parts[language].add_with_ids(np.ascontiguousarray(vectors, np.float32), np.asarray(ids, np.int64))
        self._moments[language].include(vectors)
        self._language.update(dict.fromkeys(ids, language))

    def remove(self, ids: Iterable[int]) -> None:
        """Forget chunks; ids that are not held are passed over."""
        leaving: dict[Language, list[int]] = {}
        for chunk_id in ids:
            if (language := self._language.pop(chunk_id, None)) is not None:
                leaving.setdefault(language, []).append(chunk_id)
        for language, some in leaving.items():
            part = self._parts[language]
            vectors = np.stack([part.reconstruct(i) for i in some])
            self._moments[language].include(vectors, -1.0)
            part.remove_ids(np.asarray(some, np.int64))
            if not part.ntotal:  # what rounding left over would weigh against nothing
                self._moments[language] = Moments.none(self.dimension)

    def vector(self, chunk_id: int) -> NDArray[np.float32] | None:
        """One stored vector."""
        language = self._language.get(chunk_id)
        return None if language is None else self._parts[language].reconstruct(chunk_id)

    def language_of(self, chunk_id: int) -> Language:
        """Language of a chunk that is held."""
        return self._language[chunk_id]

    def moments(self, language: Language) -> Moments | None:
        """Of a language's vectors, without the background."""
        return self._moments.get(language)

    def standard(self, query: NDArray[np.float32], language: Language) -> tuple[float, float]:
        """Mean and standard deviation of this query's cosines with passages of a language."""
        moments = self._moments.get(language) or Moments.none(self.dimension)
        return moments.standard(query, self.background.passages.get(language), PRIOR_WEIGHT)

    def search(
        self,
        query: NDArray[np.float32],
        limit: int,
        languages: Iterable[Language],
        allowed: set[int] | None = None,
        also: Iterable[int] = (),
    ) -> dict[int, float]:
        """The `limit` best chunks of each language: id to z. `allowed` restricts the ids.

        `also`: these have theirs told as well; ids that are not held are left out.
        """
        # FAISS begins its last step, 50 numbers long, on every core, and OpenMP's threads then spin for milliseconds:
        # a quarter of a question's processor time. The setting is the calling thread's own.
        faiss.omp_set_num_threads(1)
        found: dict[int, float] = {}
        scales: dict[Language, tuple[float, float]] = {}
        for language in languages:
            part = self._parts.get(language)
            if part is None or not part.ntotal:
                continue
            parameters = None
            if allowed is not None:
                held = np.fromiter((i for i in allowed if self._language.get(i) == language), np.int64)
                if not len(held):
                    continue
                parameters = _SearchParameters(sel=faiss.IDSelectorBatch(held))
            cosines, ids = part.search(query[None, :], min(limit, part.ntotal), params=parameters)
            mean, deviation = scales[language] = self.standard(query, language)
            pairs = zip(ids[0].tolist(), cosines[0].tolist(), strict=True)
            found.update((i, (cosine - mean) / deviation) for i, cosine in pairs if i >= 0)
        more: dict[Language, list[int]] = {}
        for chunk_id in also:
            if chunk_id not in found and (of := self._language.get(chunk_id)) is not None:
                more.setdefault(of, []).append(chunk_id)
        for language, some in more.items():
            mean, deviation = scales.get(language) or self.standard(query, language)
            cosines = self._parts[language].reconstruct_batch(np.asarray(some, np.int64)) @ query
            found.update(zip(some, ((cosines - mean) / deviation).tolist(), strict=True))
        return found

    def parts(self) -> dict[Language, tuple[bytes, Moments]]:
        """What a snapshot has to keep, by language."""
        return {
            language: (faiss.serialize_index(part).tobytes(), self._moments[language])
            for language, part in self._parts.items()
        }

    def restore(self, language: Language, serialised: bytes, moments: Moments) -> None:
        """Put back one language's part. The bytes must be known to be sound: FAISS trusts them.

        Raises ValueError when they are of another dimension or count.
        """
        part: Any = faiss.deserialize_index(np.frombuffer(serialised, np.uint8))
        if part.d != self.dimension or moments.outer.shape != (self.dimension,) * 2 or part.ntotal != moments.count:
            raise ValueError(f"{language}: {part.ntotal} vectors of {part.d} dimensions, but {moments.count:g} counted")
        self._parts[language] = part
        self._moments[language] = moments
        self._language.update(dict.fromkeys(faiss.vector_to_array(part.id_map).tolist(), language))
