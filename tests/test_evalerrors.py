"""Which error a question is, and which cases are shown."""

from __future__ import annotations

from typing import Any

import pytest

from index.evalerrors import KINDS, error_kind, errors
from index.evalrun import Tried
from tests.tried import tried, unanswerable


@pytest.mark.parametrize(
    ("one", "kind"),
    [
        (tried(), ""),
        (tried(ranks=(), hit=None), "passage_not_found"),
        (tried(ranks=(11,), hit=None), "passage_not_found"),
        (tried(ranks=(10, 12), hit=None), "wrong_sentence"),
        (tried(hit=2), "wrong_sentence"),
        (tried(hit=2, answered=False), "wrong_sentence"),
        (tried(answered=False), "refused_though_right"),
        # Another passage than the set's says it too: nobody was told anything wrong.
        (tried(ranks=()), ""),
        (tried(answers=(), hit=None), ""),
        (tried(answers=(), hit=None, answered=False), "refused_though_right"),
        (tried(answers=(), hit=None, ranks=()), "passage_not_found"),
        (unanswerable(), ""),
        (unanswerable(answered=True), "answered_though_unanswerable"),
    ],
    ids=lambda given: "" if isinstance(given, Tried) else given,
)
def test_kinds(one: Tried, kind: str) -> None:
    assert error_kind(one) == kind


def test_the_worst_are_those_that_were_surest_of_it() -> None:
    some = [
        *(tried(f"w{c}", hit=None, confidence=c / 10) for c in (5, 9, 7)),
        *(tried(f"r{c}", answered=False, confidence=c / 10) for c in (4, 1, 3)),
        tried("fine"),
    ]
    found: Any = errors(some, 2)
    assert list(found) == list(KINDS)
    assert found["wrong_sentence"]["questions"] == 3
    assert [case["id"] for case in found["wrong_sentence"]["worst"]] == ["w9", "w7"]
    assert [case["id"] for case in found["refused_though_right"]["worst"]] == ["r1", "r3"]
    assert found["passage_not_found"] == {"questions": 0, "worst": []}


def test_a_case_tells_what_was_expected_and_what_was_said() -> None:
    found: Any = errors([tried(hit=3, ranks=(2,), quoted="b", relevant=("a", "c"))], 1)
    assert found["wrong_sentence"]["worst"] == [
        {
            "id": "q1",
            "question": "Siapa q1?",
            "expected": ["Tulus"],
            "quote": "Tulus bernyanyi.",
            "quoted": "b",
            "relevant": ["a", "c"],
            "rank": 2,
            "answer_in_quote": 3,
            "confidence": 0.9,
            "answered": True,
        }
    ]
