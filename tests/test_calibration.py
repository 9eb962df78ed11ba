"""Reliability and risk, counted by hand."""

from __future__ import annotations

from typing import Any

import pytest

from index.calibration import calibration, expected_error, risk_by_threshold
from tests.bench.calibration import diagram
from tests.tried import tried, unanswerable

SOME = [
    tried("a", confidence=1.0),
    tried("b", confidence=0.95, hit=2),
    tried("c", confidence=0.9, answers=(), hit=None),
    unanswerable("d", confidence=0.35),
    tried("e", confidence=0.3, answered=False),
]


def test_bins() -> None:
    found: Any = calibration(SOME)
    assert found["bins"] == [
        {
            **{"from": 0.3, "to": 0.4, "queries": 2, "confidence": pytest.approx(0.325)},
            **{"answerable": 1 / 2, "right": 1 / 2},
        },
        # 1.0 belongs to the last one; c has no expected answer, so one of two is right.
        {
            **{"from": 0.9, "to": 1.0, "queries": 3, "confidence": pytest.approx(0.95)},
            **{"answerable": 1, "right": 1 / 2},
        },
    ]
    # Answerable: (2 · |0.325 - 1/2| + 3 · |0.95 - 1|) / 5 = (0.35 + 0.15) / 5
    # Right: without c, (2 · |0.325 - 1/2| + 2 · |0.975 - 1/2|) / 4 = (0.35 + 0.95) / 4
    assert found["ece"] == {"answerable": pytest.approx(0.1), "right": pytest.approx(0.325)}


def test_confidence_that_is_right_as_often_as_it_says_has_no_error() -> None:
    assert expected_error([[(0.75, True)] * 3 + [(0.75, False)], [], [(0.0, False)]]) == 0
    assert expected_error([[], []]) is None


def test_risk() -> None:
    rows = {row["abstain_below"]: row for row in risk_by_threshold(SOME)}
    assert len(rows) == 10
    # Of a, b, d and e, whose answers are known, b and d are wrong.
    assert rows[0.0] == {"abstain_below": 0.0, "answered": 1, "wrong_per_hundred": 50}
    # The edge counts: e at 0.3 is still there.
    assert rows[0.3]["answered"] == 1
    assert rows[0.4] == {"abstain_below": 0.4, "answered": 3 / 5, "wrong_per_hundred": 50}
    assert rows[0.9]["answered"] == 3 / 5
    # Where there is nothing to quote, nothing can be answered.
    silent = risk_by_threshold([unanswerable(quote="", confidence=0.0)])
    assert silent[0] == {"abstain_below": 0.0, "answered": 0, "wrong_per_hundred": None}


def test_the_benchs_diagram() -> None:
    # .5 to .6: one of two true, mean .52; the last bin: all of two, mean .95. Errors: (2 · .02 + 2 · .05) / 4
    assert diagram([(0.5, True), (0.54, False), (0.9, True), (1.0, True)]) == [
        "0.5-0.6  ████████████|···········  0.50 true, 0.52 sure, 2 questions",
        "0.9-1.0  ██████████████████████|█  1.00 true, 0.95 sure, 2 questions",
        "expected calibration error 0.035",
    ]
