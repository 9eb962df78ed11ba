"""The arithmetic of an evaluation: ranks, hits and refusals in, one figure out; None where a figure has no meaning."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from math import log2


def mean(values: Iterable[float]) -> float | None:
    """Arithmetic mean; None of nothing."""
    numbers = list(values)
    return sum(numbers) / len(numbers) if numbers else None


def percentile(values: Sequence[float], share: float) -> float | None:
    """The value below which `share` (0 to 1) of the values lie, linear between neighbours as NumPy's default."""
    if not values:
        return None
    ordered = sorted(values)
    position = share * (len(ordered) - 1)
    below = int(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (position - below) * (ordered[above] - ordered[below])


def best_rank(ranked: Sequence[int], relevant: Collection[int]) -> int | None:
    """The place, from 1, of the first relevant document; None where none was found."""
    return next((place for place, document in enumerate(ranked, start=1) if document in relevant), None)


def recall_at(ranks: Iterable[int | None], k: int) -> float | None:
    """Share of questions whose best rank is k or better: at least one relevant document, not all of them."""
    return mean(float(rank is not None and rank <= k) for rank in ranks)


def mrr_at(ranks: Iterable[int | None], k: int) -> float | None:
    """Mean of 1 / best rank, 0 where that is worse than k (MRR, Voorhees 1999)."""
    return mean(1 / rank if rank is not None and rank <= k else 0.0 for rank in ranks)


def ndcg_at(ranked: Sequence[int], relevant: Collection[int], k: int) -> float:
    """Discounted gain of one question's first k documents over the best possible one (Järvelin and Kekäläinen, 2002).

    A relevant document gains 1 / log2(place + 1). The best possible order has min(k, len(relevant)) of them in front.
    `ranked` names no document twice and `relevant` holds at least one.
    """
    gain = sum(1 / log2(place + 1) for place, document in enumerate(ranked[:k], start=1) if document in relevant)
    return gain / sum(1 / log2(place + 1) for place in range(1, min(k, len(relevant)) + 1))


def auroc(positives: Sequence[float], negatives: Sequence[float]) -> float | None:
    """Probability that a positive scores above a negative, a tie counted half (Mann and Whitney, 1947).

    None where one of the classes is empty.
    """
    if not positives or not negatives:
        return None
    scores = sorted([(score, 1) for score in positives] + [(score, 0) for score in negatives])
    rank_sum, start = 0.0, 0
    while start < len(scores):
        end = start
        while end < len(scores) and scores[end][0] == scores[start][0]:
            end += 1
        # Places start + 1 to end share one score, so each has their mean rank.
        rank_sum += sum(positive for _, positive in scores[start:end]) * (start + 1 + end) / 2
        start = end
    wins = rank_sum - len(positives) * (len(positives) + 1) / 2
    return wins / (len(positives) * len(negatives))


def precision_recall_f1(predicted: Sequence[bool], actual: Sequence[bool]) -> dict[str, float | None]:
    """Precision, recall and F1 of a yes/no decision.

    All are None where no case is positive; precision alone is None where none was predicted so.
    """
    pairs = list(zip(predicted, actual, strict=True))
    hits = sum(p and a for p, a in pairs)
    claims, cases = sum(predicted), sum(actual)
    if not cases:
        return {"precision": None, "recall": None, "f1": None}
    return {
        "precision": hits / claims if claims else None,
        "recall": hits / cases,
        "f1": 2 * hits / (claims + cases),
    }
