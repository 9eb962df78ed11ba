"""What speaks for a sentence, and for having an answer at all: numbers that two small linear models weigh.

The weights are in weights.json with what they were fitted on; tests/bench/fit_weights.py makes them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.lemmas import lemmas, query_terms
from index.question import Kind, content_of, enumerates, holds_kind, question_kind, wants_list
from index.types import Hit, Language, Span

WEIGHTS = Path(__file__).with_name("weights.json")
KINDS: tuple[Kind, ...] = ("who", "when", "where", "how_many", "how_much", "why", "which_org")
"""Each weighs by itself: a sentence without a date never answers "when", one without a reason word may answer "why"."""
_OF_KIND = tuple(f"kind_{kind}" for kind in KINDS)
SENTENCE_FEATURES = (
    "meaning", "meaning_cross", "relation", "relation_cross", "coverage_same", "coverage_cross", "names", "names_cross",
    "passage_gap", "first_passage", "length", "opening", "passage_coverage", "list", "kind_cross", *_OF_KIND,
)  # fmt: skip
CONFIDENCE_FEATURES = (
    "one", "dense", "dense_cross", "margin", "meaning", "meaning_cross", "relation", "coverage", "coverage_cross",
    "sentence", "sentence_margin", "passage_coverage", "passage_coverage_cross", "names_missing",
    "names_missing_passage", "rarest_missing", "lexical", *_OF_KIND,
)  # fmt: skip
_NAME = re.compile(r"(?<!^)(?<![.?!:] )\b(?:[A-Z][\w&’'-]*|\w*\d[\w.,]*\d|\d+)")
_RELATION = 3  # words
_SHORT = 50  # words; a longer sentence is no better for it


@dataclass(frozen=True, slots=True)
class Question:
    """A question, taken apart once."""

    text: str
    language: Language
    kind: Kind
    terms: Mapping[str, float]
    """Lemmas of its content with their inverse document frequency."""
    names: frozenset[str]
    """Lemmas of capitalised words and numbers: what another language does not translate."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may be quoted."""

    article_id: int
    span: Span
    text: str
    hit: Hit
    rank: int
    """Of its passage, from 0."""
    position: int
    """In its passage, from 0."""
    meaning: float
    """Cosine with the question, in standard deviations over sentences of its language; 0 without vectors."""
    relation: float
    """The same with the question less its names: what is asked about them."""
    vector: NDArray[np.float32] | None
    words: frozenset[str]
    """Its lemmas; where it begins with a pronoun, those of the sentence before as well."""
    title: frozenset[str]
    """Lemmas of its article's title."""


def names_of(question: str, language: Language) -> frozenset[str]:
    """Lemmas of the names and numbers in a question."""
    return frozenset(lemmas(" ".join(_NAME.findall(question)), language))


def relation_of(question: str) -> str:
    """The question without its names, or "" where that leaves too little: "Siapa CEO BMW?" asks for a CEO."""
    rest = " ".join(_NAME.sub(" ", question).split())
    return rest if len(rest.split()) >= _RELATION and rest != question else ""


def coverage(words: frozenset[str], terms: Mapping[str, float]) -> float:
    """Share of the question's terms that are there, weighed by their inverse document frequency."""
    total = sum(terms.values())
    return sum(weight for term, weight in terms.items() if term in words) / total if total else 0.0


def sentence_features(question: Question, candidates: Sequence[Candidate], hits: Sequence[Hit]) -> NDArray[np.float64]:
    """Shape (candidates, SENTENCE_FEATURES)."""
    passage_words: dict[int, frozenset[str]] = {}
    for c in candidates:
        passage_words[c.hit.chunk_id] = passage_words.get(c.hit.chunk_id, c.title) | c.words
    rows, several = [], wants_list(question.text)
    for c in candidates:
        cross = float(c.hit.language != question.language)
        covered, fits = coverage(c.words, question.terms), _fits(question, c)
        named = len(question.names & c.words) / len(question.names) if question.names else 0.0
        rows.append(
            (
                c.meaning, c.meaning * cross, c.relation, c.relation * cross, covered * (1 - cross), covered * cross,
                named, named * cross, c.hit.score - hits[0].score, float(c.rank == 0),
                min(len(c.text.split()), _SHORT) / _SHORT, float(c.position == 0),
                coverage(passage_words[c.hit.chunk_id], question.terms),
                enumerates(c.text) if several else 0.0, sum(fits) * cross, *fits,
            )
        )  # fmt: skip
    return np.array(rows, np.float64).reshape(len(rows), len(SENTENCE_FEATURES))


def confidence_features(
    question: Question, candidates: Sequence[Candidate], scores: NDArray[np.float64], hits: Sequence[Hit]
) -> NDArray[np.float64]:
    """Shape (CONFIDENCE_FEATURES,); of the sentence with the best of the `scores`, and of the passage it stands in."""
    best = candidates[int(np.argmax(scores))]
    passage_words = best.title.union(*(c.words for c in candidates if c.hit.chunk_id == best.hit.chunk_id))
    top = sorted(scores, reverse=True)
    cross = float(best.hit.language != question.language)
    others = [hit.score for hit in hits if hit.article_id != best.article_id]
    missing = [weight for term, weight in question.terms.items() if term not in passage_words]
    most = max(question.terms.values(), default=1.0)
    covered, around = coverage(best.words, question.terms), coverage(passage_words, question.terms)
    names = max(len(question.names), 1)
    return np.array(
        (
            1.0, best.hit.dense, best.hit.dense * cross, best.hit.score - max(others) if others else 0.0,
            best.meaning, best.meaning * cross, best.relation, covered, covered * cross,
            top[0], top[0] - top[1] if len(top) > 1 else 0.0, around, around * cross,
            len(question.names - best.words) / names, len(question.names - passage_words) / names,
            max(missing, default=0.0) / most * (1 - cross), best.hit.lexical / 10, *_fits(question, best),
        )
    )  # fmt: skip


def _fits(question: Question, candidate: Candidate) -> list[float]:
    """From -0.5, nothing of the kind that is asked for, to 0.5; 0 for the other kinds."""
    return [holds_kind(candidate.text, kind, question.text) - 0.5 if kind == question.kind else 0.0 for kind in KINDS]


@cache
def weights(part: str, names: tuple[str, ...]) -> NDArray[np.float64]:
    """The fitted weights of "sentence" or "confidence", in the order of `names`."""
    stored = json.loads(WEIGHTS.read_text(encoding="utf-8"))[part]
    return np.array([stored[name] for name in names], np.float64)


def sentence_scores(features: NDArray[np.float64]) -> NDArray[np.float64]:
    """Higher is better; differences are log odds between sentences of one question."""
    scores: NDArray[np.float64] = features @ weights("sentence", SENTENCE_FEATURES)
    return scores


def confidence(features: NDArray[np.float64]) -> float:
    """Probability, 0 to 1, that the answer is there."""
    return float(1 / (1 + np.exp(-(features @ weights("confidence", CONFIDENCE_FEATURES)))))


def take_apart(text: str, language: Language, idf: Mapping[str, float]) -> Question:
    """A Question, with its kind and names found; `idf` holds at least its terms."""
    # "In which city …" is not answered by the word city.
    terms = {term: idf[term] for term in query_terms(content_of(text), language) if term in idf} or dict(idf)
    return Question(text, language, question_kind(text), terms, names_of(text, language) & frozenset(terms))
