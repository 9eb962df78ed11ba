"""One story told in two languages: who asks in one of them is answered in that one.

Across languages the ranking prefers what is written in the other language, because a question whose words are not found
in its own has its answer there; that is wrong where the same story is stored in both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from index.features import Candidate
from index.types import Hit, Language

OWN_LANGUAGE = 4.0
"""Log odds by which a sentence of the same story in the question's language may lie below the best one in another."""


def own_telling_first(hits: Sequence[Hit], stories: Mapping[int, int], language: Language) -> tuple[Hit, ...]:
    """The hits; before the first of a story in another language, with its score, the best one in the question's own."""
    own: dict[int, Hit] = {}
    for hit in hits:
        story = stories.get(hit.article_id)
        if story is not None and hit.language == language:
            own.setdefault(story, hit)
    ranked: list[Hit] = []
    moved: set[int] = set()
    for hit in hits:
        story = stories.get(hit.article_id)
        telling = own.pop(story, None) if story is not None else None
        if telling is not None and telling is not hit:
            ranked.append(replace(telling, score=hit.score))
            moved.add(telling.chunk_id)
        if hit.chunk_id not in moved:
            ranked.append(hit)
    return tuple(ranked)


def in_own_language(
    order: Sequence[int],
    scores: NDArray[np.float64],
    fits: Sequence[float],
    candidates: Sequence[Candidate],
    stories: Mapping[int, int],
    language: Language,
) -> int:
    """The best sentence; where that is in another language, what comes nearest to it in the question's own.

    That is of the same story, not far below it, and holds what is asked for as well.
    """
    best = candidates[order[0]]
    story = stories.get(best.article_id)
    if best.hit.language == language or story is None:
        return order[0]
    will_do = [
        i
        for i in order
        if candidates[i].hit.language == language
        and stories.get(candidates[i].article_id) == story
        and fits[i] >= fits[order[0]]
        and scores[i] >= scores[order[0]] - OWN_LANGUAGE
    ]
    return max(will_do, key=lambda i: _likeness(candidates[i], best), default=order[0])


def told_once(
    first: int, near: Sequence[int], candidates: Sequence[Candidate], stories: Mapping[int, int]
) -> list[int]:
    """`first` and then the others, but for what its story says in another language."""
    language, story = candidates[first].hit.language, stories.get(candidates[first].article_id)
    others = [
        i
        for i in near
        if story is None or stories.get(candidates[i].article_id) != story or candidates[i].hit.language == language
    ]
    return list(dict.fromkeys([first, *others]))


def _likeness(one: Candidate, other: Candidate) -> float:
    return 0.0 if one.vector is None or other.vector is None else float(one.vector @ other.vector)
