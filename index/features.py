"""A question taken apart, and what speaks for its being answered at all: numbers that a small linear model weighs.

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
from index.question import Kind, content_of, holds_kind, question_kind
from index.translations import Likeness, stands
from index.types import Hit, Language, Span

WEIGHTS = Path(__file__).with_name("weights.json")
KINDS: tuple[Kind, ...] = ("who", "when", "where", "how_many", "how_much", "why", "which_org")
"""Each weighs by itself: a sentence without a date never answers "when", one without a reason word may answer "why"."""
_OF_KIND = tuple(f"kind_{kind}" for kind in KINDS)
CONFIDENCE_FEATURES = (
    "one", "cross", "dense", "dense_cross", "meaning", "meaning_cross", "relation", "coverage", "coverage_cross",
    "sentence", "sentence_margin", "passage_coverage", "names_missing", "names_missing_passage", "names_missing_all",
    "rarest_missing", "missing_passage", "lexical", "passage_share", "passage_rank", "title_coverage", "words", "left",
    "near", *_OF_KIND,
)  # fmt: skip
READING = ("evidence", "read", "one")
"""Log odds of those features, log odds that the sentence answers the question by reading both, and 1."""
RAISES = 2.0
"""Log odds that reading adds at most, where all words of the question are there. Where none is, it adds nothing: a
reader likes sentences about money as an answer to "resep rendang"."""
_THERE = [CONFIDENCE_FEATURES.index(name) for name in ("passage_coverage", "words")]
_NAME = re.compile(r"(?<!^)(?<![.?!:] )\b(?:[A-Z][\w&’'-]*|\w*\d[\w.,]*\d|\d+)")
_RELATION = 3  # words


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


def confidence_features(
    question: Question,
    candidates: Sequence[Candidate],
    scores: NDArray[np.float64],
    row: Mapping[str, float],
) -> NDArray[np.float64]:
    """Shape (CONFIDENCE_FEATURES,); of the sentence with the best of the `scores`, and of the passage it stands in.

    `row`: that sentence's own features, by name.
    """
    best = candidates[int(np.argmax(scores))]
    passage = [c.hit.chunk_id == best.hit.chunk_id for c in candidates]
    passage_words = best.title.union(*(c.words for c, here in zip(candidates, passage, strict=True) if here))
    all_words = frozenset().union(*(c.words | c.title for c in candidates))
    top = sorted(scores, reverse=True)
    share = np.exp(scores - top[0])
    cross = float(best.hit.language != question.language)
    most = max(question.terms.values(), default=1.0)
    like = Likeness(question.terms, passage_words)
    absent = max((w * (1 - like.best(term, passage_words)) for term, w in question.terms.items()), default=0.0) / most
    missing = [weight for term, weight in question.terms.items() if term not in passage_words]
    covered, around = coverage(best.words, question.terms), coverage(passage_words, question.terms)
    names, total = max(len(question.names), 1), sum(question.terms.values()) or 1.0
    return np.array(
        (
            1.0, cross, best.hit.dense, best.hit.dense * cross, best.meaning, best.meaning * cross, best.relation,
            covered, covered * cross,
            top[0], top[0] - top[1] if len(top) > 1 else 0.0, around,
            len(question.names - best.words) / names, len(question.names - passage_words) / names,
            sum(1 - stands(name, all_words) for name in question.names) / names,
            max(missing, default=0.0) / most * (1 - cross), absent, best.hit.lexical / 10,
            float(share[passage].sum() / share.sum()), float(best.rank),
            sum(weight * stands(term, best.title) for term, weight in question.terms.items()) / total,
            row["words_same"] + row["words_cross"], row["left"], row["near"], *fits_of(question, best),
        )
    )  # fmt: skip


def fits_of(question: Question, candidate: Candidate) -> list[float]:
    """From -0.5, nothing of the kind that is asked for, to 0.5; 0 for the other kinds."""
    return [holds_kind(candidate.text, kind, question.text) - 0.5 if kind == question.kind else 0.0 for kind in KINDS]


@cache
def weights(part: str, names: tuple[str, ...]) -> NDArray[np.float64]:
    """The fitted weights of "sentence" or "confidence", in the order of `names`."""
    stored = json.loads(WEIGHTS.read_text(encoding="utf-8"))[part]
    return np.array([stored[name] for name in names], np.float64)


def confidence(features: NDArray[np.float64], read: float | None = None) -> float:
    """Probability, 0 to 1, that the answer is there; `read`: log odds of the best sentence, where it was read."""
    odds = np.asarray(features @ weights("confidence", CONFIDENCE_FEATURES))
    if read is not None:
        odds = odds_after_reading(odds, np.asarray(read), there(features), weights("reading", READING))
    return float(1 / (1 + np.exp(-odds)))


def there(features: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of the question's words, in any form and either language, that stand by the sentence; of each row."""
    share: NDArray[np.float64] = np.max(features[..., _THERE], axis=-1).clip(0, 1)
    return share


def odds_after_reading(
    evidence: NDArray[np.float64], read: NDArray[np.float64], there: NDArray[np.float64], v: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The evidence's log odds and the reader's as one; `v`: the weights of READING."""
    odds: NDArray[np.float64] = np.minimum(v[0] * evidence + v[1] * read + v[2], evidence + RAISES * there)
    return odds


def take_apart(text: str, language: Language, idf: Mapping[str, float]) -> Question:
    """A Question, with its kind and names found; `idf` holds at least its terms."""
    # "In which city …" is not answered by the word city.
    terms = {term: idf[term] for term in query_terms(content_of(text), language) if term in idf} or dict(idf)
    return Question(text, language, question_kind(text), terms, names_of(text, language) & frozenset(terms))
