"""Two runs over the same questions: what became better, and whether chance explains it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from index.bootstrap import METHOD, Figure, Ratio, differences, value
from index.errors import EvaluationError
from index.evalreport import figures
from index.evalrun import Run
from index.metrics import percentile

LOWER_IS_BETTER = frozenset({"wrong_per_hundred"})
TOLD = ("made_at", "version", "model", "settings")


def compare(before: Run, now: Run) -> dict[str, object]:
    """Each headline figure before and now, with the interval of the difference and the questions won and lost.

    Only questions that both runs have, with the same words and the same right answers, are compared; `left_out` counts
    the others. A question is won where its own value of a figure is better than before; None where a figure has no
    value for one question.
    Raises EvaluationError when the articles differ, or when no question is the same.
    """
    if before.about.get("checksum") != now.about.get("checksum"):
        raise EvaluationError(
            f"the saved run searched other articles ({_told(before)}) than this one ({_told(now)}), so their figures "
            "cannot be compared; run both on the same set, with the same --corpus"
        )
    earlier = {one.id: one for one in before.tried}
    pairs = [(earlier[one.id], one) for one in now.tried if one.id in earlier and one.same_question(earlier[one.id])]
    if not pairs:
        raise EvaluationError("the saved run asked other questions: none of them is the same; save it again")
    old, new = [one for one, _ in pairs], [one for _, one in pairs]
    known = earlier.keys() & {one.id for one in now.tried}
    return {
        "before": {key: before.about.get(key) for key in TOLD},
        "questions": len(pairs),
        "left_out": {
            "only_before": len(earlier) - len(known),
            "only_now": len(now.tried) - len(known),
            "changed": len(known) - len(pairs),
        },
        "method": METHOD,
        "figures": _differences(figures(old), figures(new), len(pairs)),
        "latency_ms": {
            "before": percentile([one.ms for one in old], 0.5),
            "now": percentile([one.ms for one in new], 0.5),
        },
    }


def _told(run: Run) -> str:
    return f"{run.about.get('set')}, {run.about.get('articles')} articles, checksum {run.about.get('checksum')}"


def _differences(before: Mapping[str, Figure], now: Mapping[str, Figure], questions: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, difference in differences(before, now, questions).items():
        won, lost = _won_and_lost(before[name], now[name], lower=name in LOWER_IS_BETTER)
        found[name] = {
            "before": value(before[name], questions),
            "now": value(now[name], questions),
            "difference": difference and difference[0],
            "interval": difference and difference[1],
            "won": won,
            "lost": lost,
        }
    return found


def _won_and_lost(before: Figure, now: Figure, *, lower: bool) -> tuple[int | None, int | None]:
    if not (isinstance(before, Ratio) and isinstance(now, Ratio)):
        return None, None
    if not lower and not np.array_equal(before.below, now.below):
        return None, None  # what counts is not the same questions
    gains = (before.above - now.above) if lower else (now.above - before.above)
    return int((gains > 0).sum()), int((gains < 0).sum())
