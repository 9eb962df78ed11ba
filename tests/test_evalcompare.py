"""Two runs beside each other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from index.errors import EvaluationError
from index.evalcompare import compare
from index.evalrun import Run
from tests.tried import run_of, tried, unanswerable

BEFORE = [
    tried("a", ranks=(2,), ndcg=0.63, hit=None),
    tried("b"),
    tried("c", ranks=(2,), ndcg=0.63),
    tried("d", answered=False, confidence=0.2),
    unanswerable("e", answered=True, confidence=0.6),
    unanswerable("f"),
]
NOW = [
    tried("a"),
    tried("b", hit=2),
    tried("c", ms=30.0),
    tried("d", answered=False, confidence=0.2),
    unanswerable("e"),
    unanswerable("f"),
]


def compared(before: Run, now: Run) -> Any:
    return compare(before, now)


def test_questions_won_and_lost() -> None:
    found = compared(run_of(BEFORE), run_of(NOW))
    assert found["questions"] == 6
    figure = found["figures"]["recall@1"]
    # a and c stand first now; of four answerable questions two did before.
    assert (figure["before"], figure["now"], figure["difference"]) == (1 / 2, 1, 1 / 2)
    assert (figure["won"], figure["lost"]) == (2, 0)
    assert 0 <= figure["interval"][0] <= 1 / 2 <= figure["interval"][1] <= 1
    # MRR: (1/2 + 1 + 1/2 + 1) / 4 before. The first quote: a is won, b is lost.
    assert found["figures"]["mrr@10"]["before"] == 3 / 4
    assert (found["figures"]["answer_hit@1"]["won"], found["figures"]["answer_hit@1"]["lost"]) == (1, 1)
    # Of unanswerable questions: e is refused now.
    assert (found["figures"]["refusal.recall"]["won"], found["figures"]["refusal.recall"]["lost"]) == (1, 0)


def test_fewer_wrong_answers_are_won() -> None:
    figure = compared(run_of(BEFORE), run_of(NOW))["figures"]["wrong_per_hundred"]
    # a, b, c and e were answered, a and e wrongly; now a, b and c are, and b is wrong.
    assert (figure["before"], figure["now"]) == (50, pytest.approx(100 / 3))
    assert (figure["won"], figure["lost"]) == (2, 1)


def test_a_figure_of_all_questions_together_has_no_questions_won() -> None:
    figures = compared(run_of(BEFORE), run_of(NOW))["figures"]
    for name in ("refusal.auroc", "refusal.precision", "refusal.f1"):
        assert (figures[name]["won"], figures[name]["lost"]) == (None, None)
    # Unanswerable .6 and .1 against .9 .9 .9 .2: six of eight pairs in order, and .2 < .6; now all eight.
    assert (figures["refusal.auroc"]["before"], figures["refusal.auroc"]["now"]) == (7 / 8, 1)


def test_the_same_run_differs_in_nothing() -> None:
    for figure in compared(run_of(NOW), run_of(NOW))["figures"].values():
        assert (figure["difference"], figure["interval"]) == (0, (0, 0))
        assert not figure["won"]


def test_only_what_both_asked_is_compared_and_that_is_said() -> None:
    changed = replace(NOW[2], answers=("Raisa",), hit=None)
    now = [*NOW[:2], changed, *NOW[3:5], tried("new", hit=None)]
    found = compared(run_of(BEFORE), run_of(now))
    assert found["left_out"] == {"only_before": 1, "only_now": 1, "changed": 1}
    assert found["questions"] == 4
    assert found["figures"]["answer_hit@1"]["now"] == pytest.approx(2 / 3)  # a, b and d


def test_the_order_of_the_questions_does_not_matter() -> None:
    assert compare(run_of(BEFORE), run_of(NOW)) == compare(run_of(BEFORE[::-1]), run_of(NOW))


def test_runs_over_other_articles_are_refused() -> None:
    with pytest.raises(
        EvaluationError, match=r"other articles \(made-up, 1 articles, checksum c1\).*cannot be compared"
    ):
        compare(run_of(BEFORE, checksum="c1"), run_of(NOW))


def test_runs_without_a_common_question_are_refused() -> None:
    with pytest.raises(EvaluationError, match="asked other questions"):
        compare(run_of([tried("x")]), run_of(NOW))
