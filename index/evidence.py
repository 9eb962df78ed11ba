"""What ranking looks at in the best chunks, read from the store in a few statements."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.dense import DenseIndex
from index.ranking import Evidence
from index.store import Store
from index.types import Language


@dataclass(frozen=True, slots=True)
class Found:
    """What the first look gave, by chunk; a chunk that is missing in one of the figures has 0 there."""

    languages: Mapping[int, Language]
    meaning: Mapping[int, float]
    bm25: Mapping[int, float]
    coverage: Mapping[int, float]


def evidence_of(
    chunks: Sequence[int],
    found: Found,
    query: NDArray[np.float32],
    relation: NDArray[np.float32] | None,
    store: Store,
    dense: DenseIndex,
) -> dict[int, Evidence]:
    """Of those of the chunks that are stored, in their order; `relation` is the query without its names."""
    rows = {row[0]: row[1:] for row in store.select_in(_ROWS, chunks)}
    vectors = store.sentence_vectors((row[2] for row in rows.values()), dense.background.fingerprint)
    usual, usual_relation = _Usual(query, dense), _Usual(relation, dense)
    evidence = {}
    for chunk in filter(rows.__contains__, chunks):
        text, spans, name, words = rows[chunk]
        language, meaning = found.languages[chunk], found.meaning.get(chunk, 0.0)
        texts = [text[start:end] for start, end in json.loads(spans)]
        sentences = usual.standard(vectors.get(name), language, meaning, len(texts))
        evidence[chunk] = Evidence(
            language,
            meaning,
            found.bm25.get(chunk, 0.0),
            found.coverage.get(chunk, 0.0),
            sentences,
            sentences
            if relation is None
            else usual_relation.standard(vectors.get(name), language, meaning, len(texts)),
            words.split(),
            texts,
        )
    return evidence


_ROWS = (
    "select c.id, substr(a.body, 1, c.\"end\"), c.sentences, c.text_hash, coalesce(f.lemmas, '')"
    " from chunks c join articles a on a.id = c.article_id left join chunks_fts f on f.rowid = c.id where c.id in"
)


class _Usual:
    """What a query scores on the sentences of each language anyway; each is worked out once."""

    def __init__(self, query: NDArray[np.float32] | None, dense: DenseIndex) -> None:
        self._query, self._background = query, dense.background
        self._scales: dict[Language, tuple[float, float]] = {}

    def standard(
        self, vectors: NDArray[np.float32] | None, language: Language, instead: float, count: int
    ) -> NDArray[np.float64]:
        """Each sentence's cosine in standard deviations; `instead` for each where those are not known.

        They are not for a model without a background: its few sentences at hand are all near the question.
        """
        usual = self._background.sentences.get(language)
        if vectors is None or self._query is None or usual is None or len(vectors) != count:
            return np.full(count, instead)
        if language not in self._scales:
            self._scales[language] = usual.standard(self._query, None, 0.0)
        mean, deviation = self._scales[language]
        standard: NDArray[np.float64] = (vectors.astype(np.float64) @ self._query - mean) / deviation
        return standard
