"""Intervals: what each figure is by hand, and how far it reaches where that is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import metrics
from index.bootstrap import Ratio, Separation, differences, intervals, value

ONES = np.ones(4)


def column(*values: float) -> np.ndarray:
    return np.array(values, np.float64)


def test_a_ratio_counts_what_was_drawn() -> None:
    figure = Ratio(column(1, 0, 1, 0), column(1, 1, 1, 0))
    # All once: 2 of 3. The first twice and the second once: 2 of 3. The second only: 0 of 1. The fourth only: nothing.
    drawn = np.array([[1, 1, 1, 1], [2, 1, 0, 1], [0, 4, 0, 0], [0, 0, 0, 4]], np.float64)
    assert figure.of(drawn) == pytest.approx([2 / 3, 2 / 3, 0, np.nan], nan_ok=True)


def test_a_separation_counts_what_was_drawn() -> None:
    # Positives .9 and .5, negatives .5 and .1.
    figure = Separation(column(0.9, 0.5, 0.5, 0.1), column(1, 1, 0, 0))
    drawn = np.array([[1, 1, 1, 1], [0, 2, 1, 1], [1, 0, 3, 0], [0, 1, 3, 0], [2, 2, 0, 0]], np.float64)
    # All: pairs 1, 1, 1/2, 1 of 4. Then .5 twice against .5 and .1: (1/2 + 1) · 2 of 4; .9 above .5; a tie; no pair.
    assert figure.of(drawn) == pytest.approx([3.5 / 4, 3 / 4, 1, 1 / 2, np.nan], nan_ok=True)


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=30))
def test_a_separation_is_the_auroc_of_the_metrics(pairs: list[tuple[int, bool]]) -> None:
    figure = Separation(column(*(score for score, _ in pairs)), column(*(positive for _, positive in pairs)))
    expected = metrics.auroc([s for s, positive in pairs if positive], [s for s, positive in pairs if not positive])
    assert value(figure, len(pairs)) == (None if expected is None else pytest.approx(expected))


def test_the_interval_of_a_share_is_as_wide_as_the_binomial_says() -> None:
    # 400 questions, half of them right: 0.5 ± 1.96 · √(0.25 / 400) = 0.5 ± 0.049
    figure = Ratio(column(*[1, 0] * 200), np.ones(400))
    found = intervals({"share": figure}, 400)
    assert found["share"] == pytest.approx((0.451, 0.549), abs=0.006)
    assert intervals({"share": figure}, 400) == found


def test_a_figure_that_cannot_change_has_no_width() -> None:
    assert intervals({"all": Ratio(ONES, ONES)}, 4) == {"all": (1, 1)}


def test_a_figure_without_meaning_has_no_interval() -> None:
    nobody = Ratio(0 * ONES, 0 * ONES)
    one_class = Separation(column(1, 2, 3, 4), ONES)
    assert intervals({"mean": nobody, "auroc": one_class}, 4) == {"mean": None, "auroc": None}
    assert differences({"mean": nobody}, {"mean": Ratio(ONES, ONES)}, 4) == {"mean": None}


def test_draws_without_one_of_the_classes_are_left_out() -> None:
    # One of each: every other draw has one class only, and the others are all in order.
    assert intervals({"auroc": Separation(column(1, 0), column(1, 0))}, 2) == {"auroc": (1, 1)}


def test_both_runs_of_a_difference_are_drawn_alike() -> None:
    before = column(*[0.0, 0.9] * 50)
    found = differences({"mean": Ratio(before, np.ones(100))}, {"mean": Ratio(before + 0.1, np.ones(100))}, 100)
    assert found["mean"] is not None
    gap, interval = found["mean"]
    # Each question is better by 0.1, however far the questions lie apart: (0.45 ± 0.09) unpaired.
    assert (gap, *interval) == pytest.approx((0.1, 0.1, 0.1))
