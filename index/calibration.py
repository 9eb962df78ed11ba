"""Whether a confidence of 0.8 is right four times in five, and what answering from which confidence on would cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from index.evalrun import Tried
from index.metrics import mean

BINS = 10
T = TypeVar("T")


def calibration(tried: Sequence[Tried]) -> dict[str, object]:
    """Reliability of the confidence: equal bins of it, and the expected calibration error (Naeini et al., 2015).

    Of each bin that is not empty: its questions, their mean confidence, the share that is answerable, and the share of
    those with known answers whose first quote holds one. The error is the mean distance of confidence and share over
    the questions, for either share.
    """
    bins = in_bins([(one.confidence, one) for one in tried])
    return {
        "bins": [
            {
                "from": place / BINS,
                "to": (place + 1) / BINS,
                "queries": len(some),
                "confidence": mean(one.confidence for one in some),
                "answerable": mean(float(one.answerable) for one in some),
                "right": mean(float(one.answerable and one.right) for one in some if one.graded),
            }
            for place, some in enumerate(bins)
            if some
        ],
        "ece": {
            "answerable": expected_error([[(one.confidence, one.answerable) for one in some] for some in bins]),
            "right": expected_error(
                [[(one.confidence, one.answerable and one.right) for one in some if one.graded] for some in bins]
            ),
        },
    }


def in_bins(pairs: Sequence[tuple[float, T]]) -> list[list[T]]:
    """What stands beside each confidence, in BINS equal parts of 0 to 1; 1 belongs to the last."""
    bins: list[list[T]] = [[] for _ in range(BINS)]
    for confidence, beside in pairs:
        bins[min(int(confidence * BINS), BINS - 1)].append(beside)
    return bins


def expected_error(bins: Sequence[Sequence[tuple[float, bool]]]) -> float | None:
    """Mean over all pairs (confidence, truth) of |mean confidence - share true| of their bin; None without pairs."""
    gaps = [abs(sum(confidence - true for confidence, true in some)) for some in bins]
    pairs = sum(map(len, bins))
    return sum(gaps) / pairs if pairs else None


def risk_by_threshold(tried: Sequence[Tried]) -> list[dict[str, float | None]]:
    """What would be answered, and how many of a hundred answers would be wrong, from which confidence on."""
    rows: list[dict[str, float | None]] = []
    for step in range(BINS):
        threshold = step / BINS
        shown = [one for one in tried if one.quote and one.confidence >= threshold]
        rows.append(
            {
                "abstain_below": threshold,
                "answered": len(shown) / len(tried),
                "wrong_per_hundred": mean(100.0 * (not (one.answerable and one.right)) for one in shown if one.graded),
            }
        )
    return rows
