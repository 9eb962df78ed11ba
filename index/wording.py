"""What speaks for a sentence of a passage as the answer: numbers that a small linear model weighs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log

import numpy as np
from numpy.typing import NDArray

from index.features import KINDS, Candidate, Question, coverage, fits_of, weights
from index.lemmas import lemmas
from index.question import MAX_SENTENCE, enumerates, names_new, numbers_new, typed_places, wants_list
from index.translations import Likeness, stands
from index.types import Hit, Language

_SHORT = 50  # words; a longer sentence is no better for it
_FEW = 6  # words; fewer are a heading or a torn piece
_LONG = 300  # characters
_START = 40  # characters of a body before which a sentence is its first
_WORD = re.compile(r"\w[\w’'.,-]*\w|\w")
_NEAR, _BESIDE = 8, 3
"""Words around what would answer in which the question's words are looked for."""
_GAPS = ("meaning", "relation", "coverage_same", "coverage_cross", "passage_coverage")
"""Features of which the distance to the question's best sentence counts as well."""
SENTENCE_FEATURES = (
    "meaning", "meaning_cross", "relation", "relation_cross", "coverage_same", "coverage_cross", "names", "names_cross",
    "passage_gap", "first_passage", "length", "log_length", "very_short", "very_long", "opening", "passage_coverage",
    "list", "new_name", "new_number", "kind_cross", "kind_relation", *(f"kind_{kind}" for kind in KINDS),
    "words_same", "words_cross", "asked_same", "asked_cross", "near", "beside",
    "left", "left_cross", "rest", "rest_cross", "about", "title_share", "start", "start_about", "meaning_about",
    "relation_about", "meaning_before", "words_before", "none_before", "meaning_after", "words_after",
    "none_after", *(f"{name}_gap" for name in _GAPS), "most_meaning", "most_relation", "most_words", "most_left",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Whole:
    """All sentences of a question, seen together."""

    question: Question
    candidates: Sequence[Candidate]
    like: Likeness
    terms: Mapping[str, float]
    asked: Mapping[str, float]
    """Terms that are no names."""
    neighbours: Mapping[tuple[int, int], int]
    """By passage and position, which candidate."""
    leads: Mapping[int, Candidate]
    """Of each article, its earliest candidate."""


def feature_rows(question: Question, candidates: Sequence[Candidate], hits: Sequence[Hit]) -> list[dict[str, float]]:
    """The features of each candidate by name."""
    whole = _whole_of(question, candidates)
    passage_words: dict[int, frozenset[str]] = {}
    for c in candidates:
        passage_words[c.hit.chunk_id] = passage_words.get(c.hit.chunk_id, c.title) | c.words
    rows = [
        {
            **_by_itself(whole, c, hits[0].score, coverage(passage_words[c.hit.chunk_id], question.terms)),
            **_in_words(whole, c),
            **_beyond_title(whole, c),
        }
        for c in candidates
    ]
    for row, c in zip(rows, candidates, strict=True):
        row |= _around(whole, c, rows)
    _compare(rows)
    return rows


def feature_matrix(rows: Sequence[Mapping[str, float]]) -> NDArray[np.float64]:
    """Shape (sentences, SENTENCE_FEATURES)."""
    matrix = np.array([[row[name] for name in SENTENCE_FEATURES] for row in rows], np.float64)
    return matrix.reshape(len(rows), len(SENTENCE_FEATURES))


def sentence_scores(rows: Sequence[Mapping[str, float]]) -> NDArray[np.float64]:
    """By feature_rows; higher is better, and differences are log odds between sentences of one question."""
    scores: NDArray[np.float64] = feature_matrix(rows) @ weights("sentence", SENTENCE_FEATURES)
    return scores


def _whole_of(question: Question, candidates: Sequence[Candidate]) -> _Whole:
    asked = {term: weight for term, weight in question.terms.items() if term not in question.names}
    leads: dict[int, Candidate] = {}
    for c in candidates:
        if c.article_id not in leads or c.span.start < leads[c.article_id].span.start:
            leads[c.article_id] = c
    return _Whole(
        question,
        candidates,
        Likeness(question.terms, frozenset().union(*(c.words for c in candidates))),
        question.terms,
        asked or question.terms,
        {(c.hit.chunk_id, c.position): i for i, c in enumerate(candidates)},
        leads,
    )


def _by_itself(whole: _Whole, c: Candidate, best_score: float, passage_coverage: float) -> dict[str, float]:
    question = whole.question
    cross = float(c.hit.language != question.language)
    covered, fits = coverage(c.words, question.terms), fits_of(question, c)
    named = len(question.names & c.words) / len(question.names) if question.names else 0.0
    length = len(c.text.split())
    return {
        "meaning": c.meaning,
        "meaning_cross": c.meaning * cross,
        "relation": c.relation,
        "relation_cross": c.relation * cross,
        "coverage_same": covered * (1 - cross),
        "coverage_cross": covered * cross,
        "names": named,
        "names_cross": named * cross,
        "passage_gap": c.hit.score - best_score,
        "first_passage": float(c.rank == 0),
        "length": min(length, _SHORT) / _SHORT,
        "log_length": log(length + 1),
        "very_short": float(length < _FEW),
        "very_long": float(len(c.text) > _LONG),
        "opening": float(c.position == 0),
        "passage_coverage": passage_coverage,
        "list": enumerates(c.text) if wants_list(question.text) else 0.0,
        "new_name": float(names_new(c.text, question.text)),
        "new_number": float(numbers_new(c.text, question.text)),
        "kind_cross": sum(fits) * cross,
        "kind_relation": sum(fits) * c.relation / 5,
        **{f"kind_{kind}": fit for kind, fit in zip(KINDS, fits, strict=True)},
    }


def _in_words(whole: _Whole, c: Candidate) -> dict[str, float]:
    """How far the question's words stand in the sentence, in whatever form or language, and near what would answer."""
    cross = float(c.hit.language != whole.question.language)
    words, asked = _share(whole.like, c.words, whole.terms), _share(whole.like, c.words, whole.asked)
    near, beside = _near_answer(whole.question, c)
    return {
        "words_same": words * (1 - cross),
        "words_cross": words * cross,
        "asked_same": asked * (1 - cross),
        "asked_cross": asked * cross,
        "near": near,
        "beside": beside,
    }


def _beyond_title(whole: _Whole, c: Candidate) -> dict[str, float]:
    """What the sentence says of the question that the article's title, or its first sentence, does not say already.

    All sentences of an article about BMW and Alibaba are about them; few say what is asked of them.
    """
    cross = float(c.hit.language != whole.question.language)
    total = sum(whole.terms.values()) or 1.0
    left = {term: weight for term, weight in whole.terms.items() if not stands(term, c.title)}
    opened = c.title | whole.leads[c.article_id].words
    of_left = sum(weight * whole.like.best(term, c.words) for term, weight in left.items()) / total
    of_rest = (
        sum(weight * whole.like.best(term, c.words) for term, weight in left.items() if not stands(term, opened))
        / total
    )
    about = 1 - sum(left.values()) / total if whole.terms else 0.0
    start = float(c.span.start < _START)
    return {
        "left": of_left,
        "left_cross": of_left * cross,
        "rest": of_rest,
        "rest_cross": of_rest * cross,
        "about": about,
        "title_share": len(c.title & c.words) / max(len(c.title), 1),
        "start": start,
        "start_about": start * about,
        "meaning_about": c.meaning * about,
        "relation_about": c.relation * about,
    }


def _around(whole: _Whole, c: Candidate, rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """What the sentences before and after are like."""
    row: dict[str, float] = {}
    for name, position in (("before", c.position - 1), ("after", c.position + 1)):
        i = whole.neighbours.get((c.hit.chunk_id, position))
        there = rows[i] if i is not None else None
        row[f"meaning_{name}"] = there["meaning"] if there else 0.0
        row[f"words_{name}"] = there["words_same"] + there["words_cross"] if there else 0.0
        row[f"none_{name}"] = float(there is None)
    return row


def _compare(rows: Sequence[dict[str, float]]) -> None:
    """Add how each sentence stands among all."""
    if not rows:
        return
    best = {name: max(row[name] for row in rows) for name in (*_GAPS, "left")}
    most = max(row["words_same"] + row["words_cross"] for row in rows)
    for row in rows:
        row |= {f"{name}_gap": row[name] - best[name] for name in _GAPS}
        row["most_meaning"] = float(row["meaning"] == best["meaning"])
        row["most_relation"] = float(row["relation"] == best["relation"])
        row["most_words"] = float(row["words_same"] + row["words_cross"] == most)
        row["most_left"] = float(row["left"] == best["left"] > 0)


def _share(like: Likeness, words: frozenset[str], terms: Mapping[str, float]) -> float:
    total = sum(terms.values())
    return sum(weight * like.best(term, words) for term, weight in terms.items()) / total if total else 0.0


def _near_answer(question: Question, c: Candidate) -> tuple[float, float]:
    """Share of the question's words within _NEAR and within _BESIDE words of the best thing that would answer."""
    places = typed_places(c.text, question.kind, question.text)
    total = sum(question.terms.values())
    if not places or not total:
        return 0.0, 0.0
    found: list[tuple[int, int, frozenset[str]]] = []
    for word in _WORD.finditer(c.text[:MAX_SENTENCE]):
        one = _lemmas_of(word[0], c.hit.language)
        found.append((*word.span(), frozenset(term for term in question.terms if stands(term, one))))
    near = beside = 0.0
    for start, end in places:
        first = next((i for i, (_, stop, _) in enumerate(found) if stop > start), len(found))
        last = next((i for i, (begin, _, _) in enumerate(found) if begin >= end), len(found))
        near = max(near, _weight(question, found[max(0, first - _NEAR) : last + _NEAR]) / total)
        beside = max(beside, _weight(question, found[max(0, first - _BESIDE) : last + _BESIDE]) / total)
    return near, beside


@lru_cache(50_000)
def _lemmas_of(word: str, language: Language) -> frozenset[str]:
    return frozenset(lemmas(word, language))


def _weight(question: Question, found: Sequence[tuple[int, int, frozenset[str]]]) -> float:
    return sum(question.terms[term] for term in frozenset().union(*(terms for *_, terms in found)))
