"""Standing questions: each new article is compared with all of them at once, by meaning and words, in both languages.

What speaks for a match is weighed by a small logistic model. Its weights are in standing.json with what they were
fitted on, beside words that mean the same in the two languages, to which those of translations.txt are added;
tests/bench/standing.py makes the weights.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.dense import DenseIndex
from index.language import detect
from index.lemmas import lemmas, query_terms
from index.quotable import USUAL_COSINE
from index.seen import Seen
from index.translations import translations
from index.types import Language, Span

SURE = 0.42
"""From this probability on the alert rings."""
MODEL = Path(__file__).with_name("standing.json")
EVIDENCE = (
    "best_chunk", "first_sentence", "chunks", "cross", "title_words", "lead_words", "first_chunk_words", "words",
)  # fmt: skip
RARE = 3.0
"""Inverse document frequency from which a word weighs no more: a question's words are few, and each was chosen."""
FARTHEST = 8.0
"""Standard deviations; beyond it lies only what a handful of vectors makes of chance."""
_LANGUAGES: tuple[Language, ...] = ("id", "en", "und")
_NUMBER: dict[Language, int] = {language: number for number, language in enumerate(_LANGUAGES)}


@dataclass(frozen=True, slots=True)
class Standing:
    """A question that waits for articles, taken apart once."""

    text: str
    language: Language
    vector: NDArray[np.float32]
    terms: tuple[str, ...]
    """Its lemmas, in order."""


def standing(text: str, embed: Callable[[str], NDArray[np.float32]], fallback: Language = "id") -> Standing:
    """A question with its vector; `fallback` is its language where its words do not tell.

    Raises EmbedderError.
    """
    text = " ".join(text.split())
    language = detect(text, fallback)
    return Standing(text, language, embed(text), tuple(query_terms(text, language)))


class StandingQuestions:
    """All that are followed, ready for articles. Not to be shared between threads while it is made; then it may be."""

    def __init__(
        self,
        questions: Sequence[Standing],
        dense: DenseIndex,
        idf: Callable[[Sequence[str]], Mapping[str, float]],
    ) -> None:
        """What does not depend on the article is worked out here, against the state of the index that is given.

        `idf`: as LexicalSearch.idf.
        """
        self._languages = [question.language for question in questions]
        self._vectors = np.stack([q.vector for q in questions]) if questions else np.zeros((0, dense.dimension))
        self._vectors = np.ascontiguousarray(self._vectors, np.float32)
        self._chunks, self._sentences = _usual(questions, dense)
        units = [_units(question.terms) for question in questions]
        known = idf(list(dict.fromkeys(word for some in units for unit in some for word in unit)))
        weighed = [[(unit, min(RARE, *(known[word] for word in unit))) for unit in some] for some in units]
        # A question without a word that tells has one unit that nothing covers, so that each has some.
        weighed = [some or [(frozenset(), 1.0)] for some in weighed]
        self._weights = np.array([weight for some in weighed for _, weight in some])
        self._first = np.cumsum([0, *(len(some) for some in weighed)])[:-1]
        self._places: dict[str, list[int]] = {}
        for place, unit in enumerate(unit for some in weighed for unit, _ in some):
            for word in unit:
                self._places.setdefault(word, []).append(place)

    def probabilities(self, article: Seen) -> NDArray[np.float64]:
        """How likely each question's asker wants this article, in order."""
        weights, one = _weights()
        odds: NDArray[np.float64] = self.evidence(article) @ weights + one
        return 1 / (1 + np.exp(-odds))

    def evidence(self, article: Seen) -> NDArray[np.float64]:
        """Shape (questions, EVIDENCE)."""
        count, rows = len(self._languages), len(article.vectors)
        found = np.zeros((count, len(EVIDENCE)))
        if not count:
            return found
        languages = np.array([_NUMBER[language] for language in article.languages])
        cosines = np.concatenate([article.vectors, article.sentence_vectors[0][:1]]) @ self._vectors.T
        found[:, 0] = _standard(cosines[:rows], self._chunks, languages).max(axis=0)
        found[:, 1] = _standard(cosines[rows:], self._sentences, languages[: len(cosines) - rows]).sum(axis=0)
        found[:, 2] = math.log(rows)
        found[:, 3] = [language != article.article.language for language in self._languages]
        first = article.lemmas[0].split()
        everywhere = set(first).union(*(some.split() for some in article.lemmas[1:]))
        total = np.add.reduceat(self._weights, self._first)
        for column, words in enumerate((article.title.split(), article.lead.split(), first, everywhere), 4):
            found[:, column] = np.add.reduceat(self._weights * self._covered(words), self._first) / total
        return found

    def sentence(self, article: Seen, at: int) -> Span | None:
        """The sentence of the article that is nearest to question `at`; None where it has none."""
        spans = [span for some in article.sentences for span in some]
        if not spans:
            return None
        return spans[int(np.argmax(np.concatenate(article.sentence_vectors) @ self._vectors[at]))]

    def _covered(self, words: Iterable[str]) -> NDArray[np.bool_]:
        """Which units of meaning of all questions the words hold."""
        held = np.zeros(len(self._weights), np.bool_)
        places = self._places
        held[[place for word in words if word in places for place in places[word]]] = True
        return held


def _usual(questions: Sequence[Standing], dense: DenseIndex) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What each question scores anyway on chunks, and on sentences, of each language.

    Shape (2, languages, questions): mean and standard deviation.
    """
    chunks, sentences = np.zeros((2, 2, len(_LANGUAGES), len(questions)))
    for row, language in enumerate(_LANGUAGES):
        of_sentences = dense.background.sentences.get(language)
        for column, question in enumerate(questions):
            chunks[:, row, column] = dense.standard(question.vector, language)
            sentences[:, row, column] = (
                of_sentences.standard(question.vector, None, 0.0) if of_sentences else USUAL_COSINE
            )
    return chunks, sentences


def _standard(
    cosines: NDArray[np.float32], usual: NDArray[np.float64], languages: NDArray[np.int64]
) -> NDArray[np.float64]:
    mean, deviation = usual[:, languages]
    standard: NDArray[np.float64] = np.clip((cosines - mean) / deviation, -FARTHEST, FARTHEST)
    return standard


def _units(terms: Iterable[str]) -> list[frozenset[str]]:
    """Each term with the words of the same meaning; a meaning that the question names twice counts once."""
    units: list[frozenset[str]] = []
    for term in terms:
        unit = frozenset({term}).union(translations(term), *_meanings().get(term, ()))
        if not any(term in known for known in units):
            units.append(unit)
    return units


@cache
def _model() -> dict[str, Any]:
    stored: dict[str, Any] = json.loads(MODEL.read_text(encoding="utf-8"))
    return stored


@cache
def _weights() -> tuple[NDArray[np.float64], float]:
    stored = _model()["weights"]
    return np.array([stored[name] for name in EVIDENCE]), float(stored["one"])


@cache
def _meanings() -> dict[str, list[frozenset[str]]]:
    """Of each lemma in the table: the sets of lemmas that mean the same, in either language."""
    found: dict[str, list[frozenset[str]]] = {}
    for line in _model()["meanings"]:
        same = frozenset(lemmas(line, "und"))
        for word in same:
            found.setdefault(word, []).append(same)
    return found
