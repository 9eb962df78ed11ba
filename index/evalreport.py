"""The figures of an evaluation: what `warta eval --json` prints."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from index import metrics
from index.bootstrap import METHOD, Column, Figure, Ratio, Separation, intervals
from index.calibration import calibration, risk_by_threshold
from index.evalrun import Run, Tried
from index.question import question_kind

Marker = Callable[[Tried], float | None]
"""A number, or yes or no, for a question; None counts as 0."""
DEPTH = 10
"""Documents of a ranking that count for MRR and nDCG."""


def report(run: Run) -> dict[str, object]:
    """The figures of a run; None where one has no meaning. See `index.evaluate.evaluate` for what they are."""
    tried = run.tried
    return {
        **_figures(tried),
        "ingest": {"articles_per_s": run.articles_per_s, "chunks_per_s": run.chunks_per_s},
        "served": served(tried),
        "intervals": {"method": METHOD, **intervals(figures(tried), len(tried))},
        "calibration": calibration(tried),
        "risk": risk_by_threshold(tried),
        **_tables(tried),
    }


def served(tried: Sequence[Tried]) -> dict[str, float | None]:
    """What readers get at the operating point.

    - answered: share of the questions that are answered.
    - wrong_per_hundred: of a hundred answered questions, those whose first quote holds no expected answer or that have
      no answer in the articles. Answerable questions without expected strings are left out.
    - unanswerable_per_hundred: the second part of those.
    - right_withheld: share of the questions with a right first quote that are not answered.
    """
    shown = [one for one in tried if one.answered and one.graded]
    return {
        "answered": metrics.mean(float(one.answered) for one in tried),
        "wrong_per_hundred": metrics.mean(100.0 * (not one.right) for one in shown),
        "unanswerable_per_hundred": metrics.mean(100.0 * (not one.answerable) for one in shown),
        "right_withheld": metrics.mean(float(not one.answered) for one in tried if one.right and one.answerable),
    }


def figures(tried: Sequence[Tried]) -> dict[str, Figure]:
    """The headline figures as functions of how often each question counts; those of `refusal` are "refusal.…"."""

    def column(value: Marker) -> Column:
        return np.array([float(value(one) or 0) for one in tried])

    def mean_of(value: Marker, over: Marker) -> Ratio:
        counted = column(over)
        return Ratio(counted * column(value), counted)

    unanswerable = column(lambda one: not one.answerable)
    refused = column(lambda one: not one.answered)
    rightly_refused = unanswerable * refused
    meant = float(unanswerable.any())
    return {
        **{f"recall@{k}": mean_of(_reached(k), _answerable) for k in (1, 5, 10)},
        f"mrr@{DEPTH}": mean_of(lambda one: metrics.mrr_at([one.rank], DEPTH), _answerable),
        f"ndcg@{DEPTH}": mean_of(lambda one: one.ndcg, _answerable),
        **{f"answer_hit@{k}": mean_of(_quoted(k), _expecting) for k in (1, 3)},
        "answer_hit@1_served": mean_of(lambda one: one.right and one.answered, _expecting),
        "refusal.auroc": Separation(column(lambda one: 1 - one.confidence), unanswerable),
        "refusal.precision": Ratio(rightly_refused, meant * refused),
        "refusal.recall": Ratio(rightly_refused, unanswerable),
        "refusal.f1": Ratio(2 * rightly_refused, meant * (refused + unanswerable)),
        "wrong_per_hundred": mean_of(lambda one: 100 * (not one.right), lambda one: one.answered and one.graded),
    }


def _answerable(one: Tried) -> bool:
    return one.answerable


def _expecting(one: Tried) -> bool:
    return one.answerable and bool(one.answers)


def _reached(k: int) -> Marker:
    return lambda one: one.rank is not None and one.rank <= k


def _quoted(k: int) -> Marker:
    return lambda one: one.hit is not None and one.hit <= k


def _figures(tried: Sequence[Tried]) -> dict[str, object]:
    answerable = [one for one in tried if one.answerable]
    expecting = [one for one in answerable if one.answers]
    ranks = [one.rank for one in answerable]
    milliseconds = [one.ms for one in tried]
    return {
        "queries": len(tried),
        **{f"recall@{k}": metrics.recall_at(ranks, k) for k in (1, 5, 10)},
        f"mrr@{DEPTH}": metrics.mrr_at(ranks, DEPTH),
        f"ndcg@{DEPTH}": metrics.mean(one.ndcg for one in answerable if one.ndcg is not None),
        **{f"answer_hit@{k}": metrics.mean(float(_quoted(k)(one) or 0) for one in expecting) for k in (1, 3)},
        "answer_hit@1_served": metrics.mean(float(one.answered and one.right) for one in expecting),
        "refusal": {
            "auroc": metrics.auroc(
                [1 - one.confidence for one in tried if not one.answerable],
                [1 - one.confidence for one in answerable],
            ),
            **metrics.precision_recall_f1([not one.answered for one in tried], [not one.answerable for one in tried]),
        },
        "quote_chars": {"mean": metrics.mean(length for one in tried for length in one.quote_chars)},
        "latency_ms": {"p50": metrics.percentile(milliseconds, 0.5), "p95": metrics.percentile(milliseconds, 0.95)},
    }


def _tables(tried: Sequence[Tried]) -> dict[str, object]:
    """Some figures by what kind of question it is, for each way to tell kinds that tells several apart."""
    ways: Mapping[str, Callable[[Tried], str]] = {
        "by_language": lambda one: one.lang,
        "by_pair": lambda one: one.pair,
        "by_kind": lambda one: one.kind,
        "by_type": lambda one: question_kind(one.text),
    }
    tables: dict[str, object] = {}
    for name, kind_of in ways.items():
        kinds: dict[str, list[Tried]] = {}
        for one in tried:
            if kind := kind_of(one):
                kinds.setdefault(kind, []).append(one)
        if len(kinds) > 1:
            tables[name] = {kind: _row(some) for kind, some in sorted(kinds.items())}
    return tables


def _row(some: Sequence[Tried]) -> dict[str, object]:
    all_figures, what_is_shown = _figures(some), served(some)
    return {
        **{name: all_figures[name] for name in ("queries", "recall@10", "mrr@10", "answer_hit@1")},
        **{name: what_is_shown[name] for name in ("answered", "wrong_per_hundred")},
    }
