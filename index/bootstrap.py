"""How sure a figure is: intervals of it, and of the difference of two runs over the same questions.

Percentile bootstrap (Efron, 1979): RESAMPLES times as many questions as there are, drawn with replacement. Both runs of
a difference are drawn alike. Questions count as independent; where several are about one passage, that is too good.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 1_000
SEED = 20_261_123
LEVEL = 0.95
METHOD = f"{LEVEL:.0%} percentile bootstrap over questions, {RESAMPLES} resamples, seed {SEED}"
_BATCH = 200
"""Resamples at a time: the counts of ten thousand questions in all of them would take 80 MB."""

Column = NDArray[np.float64]
"""Shape (questions,)."""
Counts = NDArray[np.float64]
"""Shape (resamples, questions): how often each question was drawn."""
Interval = tuple[float, float]


class Figure(Protocol):
    """A figure as a function of how often each question counts."""

    def of(self, counts: Counts) -> NDArray[np.float64]:
        """Shape (resamples,); not a number where it has no meaning."""
        ...


@dataclass(frozen=True, slots=True)
class Ratio:
    """One sum over the questions divided by another; a mean where `below` is 1 for those that count and else 0."""

    above: Column
    below: Column

    def of(self, counts: Counts) -> NDArray[np.float64]:
        """See Figure."""
        return _quotient(counts @ self.above, counts @ self.below)


class Separation:
    """AUROC: the probability that a positive scores above a negative, a tie counted half."""

    def __init__(self, scores: Column, positive: Column) -> None:
        """`positive`: 1 for positives, 0 for negatives."""
        self._order = np.argsort(scores, kind="stable")
        ordered = scores[self._order]
        self._positive = positive[self._order]
        self._starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]][: len(ordered)])

    def of(self, counts: Counts) -> NDArray[np.float64]:
        """See Figure."""
        drawn = counts[:, self._order]
        # Sums over those that share one score, from the lowest score up.
        positives = np.add.reduceat(drawn * self._positive, self._starts, axis=1)
        negatives = np.add.reduceat(drawn * (1 - self._positive), self._starts, axis=1)
        wins = (positives * (np.cumsum(negatives, axis=1) - negatives / 2)).sum(axis=1)
        return _quotient(wins, positives.sum(axis=1) * negatives.sum(axis=1))


def _quotient(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    found = np.full(len(below), np.nan)
    np.divide(above, below, out=found, where=below > 0)
    return found


def value(figure: Figure, questions: int) -> float | None:
    """The figure of the questions as they are; None where it has no meaning."""
    (found,) = figure.of(np.ones((1, questions)))
    return None if np.isnan(found) else float(found)


def intervals(figures: Mapping[str, Figure], questions: int) -> dict[str, Interval | None]:
    """The interval of each figure over so many questions; None where the figure has no meaning."""
    drawn = [{name: figure.of(counts) for name, figure in figures.items()} for counts in _resamples(questions)]
    return {
        name: None if value(figure, questions) is None else _middle(np.concatenate([batch[name] for batch in drawn]))
        for name, figure in figures.items()
    }


def differences(
    before: Mapping[str, Figure], after: Mapping[str, Figure], questions: int
) -> dict[str, tuple[float, Interval] | None]:
    """After minus before and its interval, figure by figure; None where one of them has no meaning.

    Both have the same figures over the same questions in the same order.
    """
    drawn = [
        {name: after[name].of(counts) - figure.of(counts) for name, figure in before.items()}
        for counts in _resamples(questions)
    ]
    found: dict[str, tuple[float, Interval] | None] = {}
    for name, figure in before.items():
        old, new = value(figure, questions), value(after[name], questions)
        gap = None if old is None or new is None else new - old
        found[name] = None if gap is None else (gap, _middle(np.concatenate([batch[name] for batch in drawn])))
    return found


def _resamples(questions: int) -> Iterator[Counts]:
    random = np.random.default_rng(SEED)
    for start in range(0, RESAMPLES, _BATCH):
        size = min(_BATCH, RESAMPLES - start)
        drawn = random.integers(questions, size=(size, questions)) + questions * np.arange(size)[:, None]
        yield np.bincount(drawn.ravel(), minlength=size * questions).reshape(size, questions).astype(np.float64)


def _middle(values: NDArray[np.float64]) -> Interval:
    outside = (1 - LEVEL) / 2
    low, high = np.nanquantile(values, [outside, 1 - outside])
    return float(low), float(high)
