"""The best sentences, read together with the question: put in order anew, and better known to answer it or not.

What ranked them sees a question and a sentence apart, as words and as two vectors; a reader sees what of the question
the sentence leaves open. Reading takes time, so only the best few are read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from index.features import Candidate, Question
from index.types import Hit, SentenceReader
from index.when import without_newest

READ = 3
"""Sentences at most, ..."""
REACH = 1.5
"""... and none that ranks further below the best one, in log odds: reading hardly ever puts it first."""
REACH_OWN = 4.0
"""The same of the best one in the question's language, where the best of all is in the other one: a story that is told
in both is easier to tell in one's own."""
WORTH = 0.8
"""What the reader's log odds count for beside those of the ranking."""
CLEARLY = 1.5
"""A passage with the best sentence is put first where that leads by so much, in log odds."""


def read_best(
    question: Question, candidates: Sequence[Candidate], scores: NDArray[np.float64], reader: SentenceReader
) -> tuple[NDArray[np.float64], float]:
    """The scores, those of the best sentences as they are after reading, and the log odds that the best answers.

    The best of those has what the best one had before, so that all others stay comparable.
    """
    first = _worth_reading(question, candidates, scores)
    # "Mitra terbarunya" of an old article is no newer than what another one tells later.
    read = reader.answers(without_newest(question.text), [candidates[i].text for i in first])
    both = scores[first] + WORTH * read
    reread = scores.copy()
    reread[first] = scores[first[0]] + both - both.max()
    return reread, float(read[np.argmax(both)])


def _worth_reading(
    question: Question, candidates: Sequence[Candidate], scores: NDArray[np.float64]
) -> NDArray[np.intp]:
    """Which of the candidates, best first."""
    order = np.argsort(-scores, kind="stable")
    near = [i for i in order[:READ] if scores[i] >= scores[order[0]] - REACH]
    own = [i for i in order if candidates[i].hit.language == question.language]
    if own and candidates[order[0]].hit.language != question.language:
        near += [i for i in own[:1] if i not in near and scores[i] >= scores[order[0]] - REACH_OWN]
    return np.array(near)


def passage_first(hits: Sequence[Hit], candidates: Sequence[Candidate], scores: NDArray[np.float64]) -> tuple[Hit, ...]:
    """The hits; first the passage of the best sentence where that leads those of the first article by CLEARLY.

    `scores`: after reading.
    """
    best = int(np.argmax(scores))
    own = [float(s) for c, s in zip(candidates, scores, strict=True) if c.article_id == hits[0].article_id]
    chosen = next((hit for hit in hits if hit.chunk_id == candidates[best].hit.chunk_id), hits[0])
    if chosen.article_id == hits[0].article_id or max(own, default=-np.inf) > scores[best] - CLEARLY:
        return tuple(hits)
    return replace(chosen, score=hits[0].score), *(hit for hit in hits if hit is not chosen)
