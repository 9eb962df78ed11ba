"""Whether two articles tell one event: decided from figures alone; rows are index.story_rows' business.

Two publishers, two languages or two days apart share few words but the meaning of the lead, names, numbers and the day
it happened on. A logistic model weighs those; tests/bench/stories.py fits it and measures it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp

import numpy as np
from numpy.typing import NDArray

from index.facts import Facts, weight
from index.types import Language

WINDOW = 7
"""Days between two tellings of one event. Yearly or monthly repeated ones have nearly the same words."""
SPAN = 14
"""Days that a story lasts: what comes later is another story of the same saga."""
EVIDENCE = ("lead", "names", "missing", "numbers", "conflict", "gap", "across", "same_day", "other_day")
WEIGHTS = (13.44, 4.21, -0.096, 1.33, -0.84, -0.49, 2.78, 0.185, -1.06)
INTERCEPT = -10.33
"""Fitted on the `fit` pairs of tests/eval/stories by `python -m tests.bench.stories --fit`."""
SAME_EVENT = 0.73
UNDATED_LEAD = 0.8
"""Cosine of leads from which an article without a day may belong to a story at all."""
UNCENTRED = 0.75
"""The same of a model whose means are not known: E5 and its kin have such cosines between any two texts."""
FLOOR = 0.48
"""A story is joined by its most similar telling, but on average its tellings must be so likely the same event.

SAME_EVENT and this were set on the `fit` and `tune` pairs. Stored in order of their dates, precision / recall of pairs
in one story: fit .978 / .875 (104 same, 434 other), tune 1.0 / 1.0 (30, 79), held .880 / .786 (28, 67: one wrong
article in ten joins), all .966 / .883."""
_LEAST_NAMES = 5.0
"""Weight of the poorer article's names that shared ones are set against, at least: two common names prove nothing."""
_MOST_MISSING = 20.0


@dataclass(frozen=True, slots=True)
class Telling:
    """What an article is compared by."""

    article_id: int
    day: int | None
    """Ordinal of its publication; None where the day is not known."""
    language: Language
    lead: NDArray[np.float32]
    """Vector of its first chunk, less the language's mean where that is known, of unit length."""
    facts: Facts
    floor: float = 0.0
    """Cosine of leads that have nothing in common: 0 where the mean was taken away."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Where an article belongs."""

    story_id: int | None
    """None: it founds its own."""
    probability: float
    bridges: tuple[int, ...] = ()
    """Other stories that it would have joined as well; they are not merged, only noted."""


def evidence(one: Telling, other: Telling) -> NDArray[np.float64]:
    """The figures named in EVIDENCE; symmetric."""
    a, b = one.facts, other.facts
    least = max(_LEAST_NAMES, min(weight(a.lead_names), weight(b.lead_names)))
    missing = weight(a.headline - b.known) + weight(b.headline - a.known)
    shared = len(a.numbers & b.numbers) / max(1, min(len(a.numbers), len(b.numbers)))
    conflict = bool(a.lead_numbers and b.lead_numbers) and a.lead_numbers.isdisjoint(b.lead_numbers)
    apart = [abs(x - y) for x in a.days for y in b.days]
    return np.array(
        [
            likeness(one, other),
            weight(a.lead_names & b.lead_names) / least,
            min(missing, _MOST_MISSING),
            shared,
            conflict,
            abs(one.day - other.day) if one.day is not None and other.day is not None else 0,
            one.language != other.language,
            bool(apart) and min(apart) == 0,
            bool(apart) and min(apart) > 0,
        ],
        np.float64,
    )


def likeness(one: Telling, other: Telling) -> float:
    """Cosine of the leads, 0 for nothing in common."""
    floor = max(one.floor, other.floor)
    return max(0.0, (float(one.lead @ other.lead) - floor) / (1 - floor))


def same_event(one: Telling, other: Telling) -> float:
    """Probability that both tell one event."""
    if one.day is None or other.day is None:
        if likeness(one, other) < UNDATED_LEAD:
            return 0.0
    elif abs(one.day - other.day) > WINDOW:
        return 0.0
    return 1 / (1 + exp(-float(evidence(one, other) @ np.array(WEIGHTS)) - INTERCEPT))


def choose_story(new: Telling, stories: Mapping[int, Sequence[Telling]]) -> Choice:
    """The story that an article joins, from the tellings of each story that may be meant."""
    scores: dict[int, float] = {}
    for story_id, tellings in stories.items():
        days = [t.day for t in tellings if t.day is not None]
        if new.day is not None and days and abs(new.day - min(days)) > SPAN:
            continue
        each = [same_event(new, telling) for telling in tellings]
        if each and max(each) >= SAME_EVENT and sum(each) / len(each) >= FLOOR:
            scores[story_id] = max(each)
    if not scores:
        return Choice(None, 0.0)
    first, *others = sorted(scores, key=lambda story_id: (-scores[story_id], story_id))
    return Choice(first, scores[first], tuple(others))
