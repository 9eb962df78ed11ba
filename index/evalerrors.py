"""Where the answers fail, and the worst cases of each kind."""

from __future__ import annotations

from collections.abc import Sequence

from index.evalreport import DEPTH
from index.evalrun import Tried

KINDS = ("passage_not_found", "wrong_sentence", "refused_though_right", "answered_though_unanswerable")


def error_kind(one: Tried) -> str:
    """How a question failed, one of KINDS; "" where nothing is wrong.

    A right first quote can only be withheld. Else no right document stood among the first DEPTH, or the passage was
    there and the sentence was not, shown or withheld. Without expected strings, finding the passage counts as right.
    """
    if not one.answerable:
        return "answered_though_unanswerable" if one.answered else ""
    found = one.rank is not None and one.rank <= DEPTH
    if one.right or (found and not one.answers):
        return "" if one.answered else "refused_though_right"
    return "wrong_sentence" if found else "passage_not_found"


def errors(tried: Sequence[Tried], count: int) -> dict[str, object]:
    """Of each kind how many, and the `count` worst: what was said with most confidence, or withheld with least."""
    found: dict[str, object] = {}
    for kind in KINDS:
        some = [one for one in tried if error_kind(one) == kind]
        least = kind == "refused_though_right"
        some.sort(key=lambda one: (one.confidence if least else -one.confidence, one.id))
        found[kind] = {"questions": len(some), "worst": [_case(one) for one in some[:count]]}
    return found


def _case(one: Tried) -> dict[str, object]:
    return {
        "id": one.id,
        "question": one.text,
        "expected": list(one.answers),
        "quote": one.quote,
        "quoted": one.quoted,
        "relevant": list(one.relevant),
        "rank": one.rank,
        "answer_in_quote": one.hit,
        "confidence": one.confidence,
        "answered": one.answered,
    }
