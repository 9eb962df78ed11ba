"""The second look at the best chunks: a small linear model over what speaks for each, beside the others.

Passages in the question's own language and in another one have weights of their own: there a shared word is the rule,
here it is a name. The weights are in ranking.json with what they were fitted on; tests/bench/ranking.py makes them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.question import Kind, holds_kind
from index.types import Language

WEIGHTS = Path(__file__).with_name("ranking.json")
SIGNALS = ("meaning", "bm25", "coverage", "sentence", "relation", "together", "kind", "length")
RANKING_FEATURES = (*(f"{s}_same" for s in SIGNALS), *(f"{s}_cross" for s in SIGNALS), "cross", "agreement")
WINDOW = 8
"""Lemmas within which words of the question count as standing together."""
LIKELY = 1.0
"""A sentence whose meaning lies at most so many standard deviations below its passage's best may hold the answer."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, as far as ranking looks at it."""

    text: str
    language: Language
    kind: Kind
    idf: Mapping[str, float]
    """Its lemmas with their inverse document frequency."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one chunk beside the question. Meanings are in standard deviations of the chunk's language."""

    language: Language
    meaning: float
    bm25: float
    coverage: float
    sentences: NDArray[np.float64]
    """Meaning of each sentence, shape (sentences,), at least one."""
    relations: NDArray[np.float64]
    """The same beside the question without its names: what is asked about them."""
    words: Sequence[str]
    """Lemmas of title and text, in order."""
    texts: Sequence[str]
    """The sentences themselves."""


def ranking_features(asked: Asked, chunks: Iterable[Evidence]) -> NDArray[np.float64]:
    """Shape (chunks, RANKING_FEATURES)."""
    rows = []
    for chunk in chunks:
        signals = signals_of(asked, chunk)
        nothing, cross = (0.0,) * len(SIGNALS), float(chunk.language != asked.language)
        sides = (nothing, signals) if cross else (signals, nothing)
        # Words say less where the meaning is right anyway, and more where it is not.
        rows.append((*sides[0], *sides[1], cross, chunk.bm25 * chunk.meaning))
    return np.array(rows, np.float64).reshape(len(rows), len(RANKING_FEATURES))


def signals_of(asked: Asked, chunk: Evidence) -> tuple[float, ...]:
    """One number for each of SIGNALS."""
    best = float(chunk.sentences.max())
    likely = (text for text, meaning in zip(chunk.texts, chunk.sentences, strict=True) if meaning >= best - LIKELY)
    return (
        chunk.meaning, chunk.bm25, chunk.coverage, best, float(chunk.relations.max()),
        together(chunk.words, asked.idf) / (sum(asked.idf.values()) or 1.0),
        max(holds_kind(text, asked.kind, asked.text) for text in likely), math.log1p(len(chunk.words)),
    )  # fmt: skip


def together(words: Sequence[str], idf: Mapping[str, float]) -> float:
    """The largest inverse document frequency, in all, of different terms within WINDOW words."""
    best = 0.0
    inside: list[tuple[int, str]] = []
    for place, word in enumerate(words):
        if word not in idf:
            continue
        inside = [(at, known) for at, known in inside if at > place - WINDOW and known != word]
        inside.append((place, word))
        best = max(best, sum(idf[known] for _, known in inside))
    return best


def reranked(fused: Mapping[int, float], features: NDArray[np.float64]) -> dict[int, float]:
    """New scores of chunks that have one row of features each, in order.

    The best one has the best fused score and the others lie below it by standard deviations of meaning, as before, so
    that distances between scores and scores of several questions keep what they mean.
    """
    if not fused:
        return {}
    scores = features @ weights()
    scores += max(fused.values()) - scores.max()
    return dict(zip(fused, scores.tolist(), strict=True))


@cache
def weights() -> NDArray[np.float64]:
    """The fitted weights in the order of RANKING_FEATURES; see `reranked` for their scale."""
    stored = json.loads(WEIGHTS.read_text(encoding="utf-8"))["weights"]
    return np.array([stored[name] for name in RANKING_FEATURES], np.float64)
