"""Each figure beside the sum that it must equal."""

from __future__ import annotations

from math import log2

import pytest

from index import metrics

RANKS = [1, 3, None, 11]
"""Best ranks of four questions; the third found nothing, the fourth found it too late."""


@pytest.mark.parametrize(
    ("k", "expected"),
    [
        (1, 1 / 4),  # only the first
        (3, 2 / 4),  # the edge counts
        (10, 2 / 4),
        (11, 3 / 4),
    ],
)
def test_recall(k: int, expected: float) -> None:
    assert metrics.recall_at(RANKS, k) == expected


@pytest.mark.parametrize(
    ("k", "expected"),
    [
        (10, (1 + 1 / 3 + 0 + 0) / 4),  # = 0.3333
        (11, (1 + 1 / 3 + 0 + 1 / 11) / 4),  # = 0.3561
        (2, (1 + 0 + 0 + 0) / 4),
    ],
)
def test_mrr(k: int, expected: float) -> None:
    assert metrics.mrr_at(RANKS, k) == pytest.approx(expected)


def test_the_best_of_several_relevant_documents_gives_the_rank() -> None:
    assert metrics.best_rank([40, 30, 20, 10], {10, 30}) == 2
    assert metrics.best_rank([40, 20], {10, 30}) is None
    assert metrics.best_rank([], {10}) is None


def test_ndcg_of_two_relevant_documents() -> None:
    # Found 1st and 3rd: (1/log2(2) + 1/log2(4)) / (1/log2(2) + 1/log2(3)) = 1.5 / 1.63093 = 0.91972
    assert metrics.ndcg_at([7, 1, 8, 2], {7, 8}, 10) == pytest.approx(0.91972, abs=1e-5)
    # Found 1st and 2nd: as good as it gets
    assert metrics.ndcg_at([8, 7, 1], {7, 8}, 10) == 1
    # One of the two, 2nd: (1/log2(3)) / (1 + 1/log2(3)) = 0.63093 / 1.63093 = 0.38685
    assert metrics.ndcg_at([1, 7], {7, 8}, 10) == pytest.approx(0.38685, abs=1e-5)
    assert metrics.ndcg_at([1, 2], {7, 8}, 10) == 0


def test_ndcg_does_not_see_beyond_k() -> None:
    assert metrics.ndcg_at([1, 2, 7], {7}, 2) == 0
    # Three are relevant, but only two can stand in the first two: (1/log2(2) + 1/log2(3)) / the same
    assert metrics.ndcg_at([7, 8], {7, 8, 9}, 2) == 1
    # The last place that counts: 1/log2(11)
    assert metrics.ndcg_at([*range(9), 77, 78], {77}, 10) == pytest.approx(1 / log2(11))


@pytest.mark.parametrize(
    ("positives", "negatives", "expected"),
    [
        ([0.9, 0.8], [0.1, 0.2], 1.0),
        ([0.1, 0.2], [0.9, 0.8], 0.0),
        ([0.5, 0.5], [0.5], 0.5),  # every pair is a tie
        # Pairs: 0.9>0.5 1, 0.9>0.1 1, 0.5=0.5 1/2, 0.5>0.1 1, 0.3<0.5 0, 0.3>0.1 1; 4.5 of 6
        ([0.9, 0.5, 0.3], [0.5, 0.1], 4.5 / 6),
        ([0.5], [], None),
        ([], [0.5], None),
    ],
)
def test_auroc(positives: list[float], negatives: list[float], expected: float | None) -> None:
    assert metrics.auroc(positives, negatives) == expected


def test_auroc_is_the_share_of_pairs_that_are_in_order() -> None:
    positives = [(7 * i % 11) / 10 for i in range(30)]
    negatives = [(5 * i % 13) / 13 for i in range(20)] + [0.0, 0.1, 0.1]
    pairs = [(p > n) + (p == n) / 2 for p in positives for n in negatives]
    assert metrics.auroc(positives, negatives) == pytest.approx(sum(pairs) / len(pairs))


@pytest.mark.parametrize(
    ("predicted", "actual", "precision", "recall", "f1"),
    [
        # Three claims, two of them right, of four cases: 2/3, 2/4, and 2 · (2/3 · 1/2) / (2/3 + 1/2) = 4/7
        ([1, 1, 0, 0, 1, 0], [1, 1, 1, 1, 0, 0], 2 / 3, 2 / 4, 4 / 7),
        ([1, 0], [1, 0], 1.0, 1.0, 1.0),
        ([1, 0], [0, 1], 0.0, 0.0, 0.0),
        ([0, 0], [1, 0], None, 0.0, 0.0),  # nothing was claimed
        ([1, 0], [0, 0], None, None, None),  # there was nothing to find
    ],
)
def test_precision_recall_f1(
    predicted: list[int], actual: list[int], precision: float | None, recall: float | None, f1: float | None
) -> None:
    found = metrics.precision_recall_f1([bool(p) for p in predicted], [bool(a) for a in actual])
    assert found == {"precision": precision, "recall": recall, "f1": pytest.approx(f1) if f1 else f1}


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([30, 10, 20], 0.5, 20),
        ([10, 20], 0.5, 15),
        # Place 0.95 · 3 = 2.85 from 0: 30 + 0.85 · (40 - 30)
        ([40, 10, 30, 20], 0.95, 38.5),
        ([10, 20], 1.0, 20),
        ([10, 20], 0.0, 10),
        ([7], 0.95, 7),
        ([], 0.5, None),
    ],
)
def test_percentile(values: list[float], share: float, expected: float | None) -> None:
    assert metrics.percentile(values, share) == (None if expected is None else pytest.approx(expected))


def test_nothing_has_no_mean() -> None:
    assert metrics.mean([]) is None
    assert metrics.mean([1, 2, 6]) == 3
    assert metrics.recall_at([], 1) is None
    assert metrics.mrr_at([], 10) is None
