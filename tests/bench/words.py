"""What the words of a question add to its meaning, read in several ways; see the README's quality section.

    python -m tests.bench.words EVAL_DATA INDEX_FOLDERS

INDEX_FOLDERS holds ready data folders facqa and xsquad. BM25 (k1 1.2, b 0.75) in NumPy over all passages, fused as in
index/retrieve.py, told as recall@10 / MRR@10 of articles over at most 700 questions that fitted no weight.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from index.language import detect
from index.lemmas import STOP_WORDS_EN, STOP_WORDS_ID, lemmas
from index.lexical import FEW
from index.pipeline import Warta
from index.retrieve import fuse
from index.settings import Settings
from index.standing import MODEL
from tests.bench.ranking import DEPTH, NAMES, SETS, in_fitted_half, read_questions

QUESTIONS = 700
FEEDBACK_PASSAGES, FEEDBACK_TERMS, FEEDBACK_WEIGHT = 3, 5, 0.3
Weighed = Sequence[tuple[frozenset[str], float]]
"""Sets of words that count as one, each with a weight."""


class Bm25:
    """Over passages that are lists of words."""

    def __init__(self, passages: Sequence[Sequence[str]]) -> None:
        self.passages = passages
        lengths = np.array([max(len(words), 1) for words in passages], float)
        self._norm = 1.2 * (0.25 + 0.75 * lengths / lengths.mean())
        self._counts: dict[str, dict[int, int]] = {}
        for number, words in enumerate(passages):
            for word, count in Counter(words).items():
                self._counts.setdefault(word, {})[number] = count

    def idf(self, word: str) -> float:
        n = len(self._counts.get(word, ()))
        return math.log(1 + (max(len(self.passages), FEW) - n + 0.5) / (n + 0.5))

    def scores(self, units: Weighed) -> tuple[np.ndarray, np.ndarray]:
        """BM25 of every passage, and the share of the units that it holds."""
        bm25, share, total = np.zeros(len(self.passages)), np.zeros(len(self.passages)), 0.0
        for words, weight in units:
            idf = weight * min(map(self.idf, words & self._counts.keys() or words))
            best = np.zeros(len(self.passages))
            for word in words & self._counts.keys():
                at = np.fromiter(self._counts[word], int)
                count = np.fromiter(self._counts[word].values(), float)
                best[at] = np.maximum(best[at], count * 2.2 / (count + self._norm[at]))
            bm25, share, total = bm25 + idf * best, share + idf * (best > 0), total + idf
        return bm25, share / (total or 1.0)


def plain(text: str, language: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def without_stop_words(text: str, language: str) -> list[str]:
    return [word for word in plain(text, language) if word not in STOP_WORDS_ID | STOP_WORDS_EN]


def each(words: Iterable[str]) -> Weighed:
    return [(frozenset({word}), 1.0) for word in dict.fromkeys(words)]


def with_meanings(words: Iterable[str]) -> Weighed:
    """Each lemma with those of the same meaning; a meaning named twice counts once."""
    units: list[frozenset[str]] = []
    for word in words:
        unit = frozenset({word}).union(*(line for line in MEANINGS if word in line))
        if not any(word in known for known in units):
            units.append(unit)
    return [(unit, 1.0) for unit in units]


def with_feedback(units: Weighed, bm25: Bm25, best: Iterable[int]) -> Weighed:
    """The rarest words that the first passages share, as in RM3 (Lavrenko and Croft, 2001), in its simplest form."""
    said = frozenset().union(*(words for words, _ in units))
    shared = Counter(word for number in best for word in set(bm25.passages[number]) - said)
    terms = sorted(shared, key=lambda word: -shared[word] * bm25.idf(word))[:FEEDBACK_TERMS]
    return [*units, *((frozenset({word}), FEEDBACK_WEIGHT) for word in terms)]


MEANINGS = [frozenset(lemmas(line, "und")) for line in json.loads(MODEL.read_text(encoding="utf-8"))["meanings"]]
WAYS: tuple[tuple[str, Callable[[str, str], list[str]], Callable[[Iterable[str]], Weighed], bool], ...] = (
    ("none", plain, lambda words: [], False),
    ("as written", plain, each, False),
    ("no stop words", without_stop_words, each, False),
    ("lemmas", lemmas, each, False),
    ("+ meanings", lemmas, with_meanings, False),
    ("+ feedback", lemmas, each, True),
)


def main() -> None:
    eval_data, folders = Path(sys.argv[1]), Path(sys.argv[2])
    for of, (folder, name, file, qrels) in list(zip(NAMES, SETS, strict=True))[:3]:
        with Warta(Settings.from_env({"WARTA_DATA": str(folders / folder)})) as warta:
            questions = read_questions(eval_data, name, file, qrels, warta)
            questions = [(q, right) for q, right in questions if not in_fitted_half(q["id"])][:QUESTIONS]
            asked = [(q["text"], detect(q["text"], "id"), warta.query_vector(q["text"])) for q, _ in questions]
            with warta.live.current(warta.store) as held:
                dense = held.dense
            rows = warta.store.chunks(dense.ids).values()
            articles = warta.store.articles(row.article_id for row in rows)
            texts = [(articles[row.article_id].body[row.span.start : row.span.end], row.language) for row in rows]
            of_article, languages = [row.article_id for row in rows], {n: row.language for n, row in enumerate(rows)}
            found = [dense.search(vector, 0, [], also=[row.id for row in rows]) for _, _, vector in asked]
            meaning = [{n: z[row.id] for n, row in enumerate(rows)} for z in found]
            for way, read, units_of, feedback in WAYS:
                bm25, gains = Bm25([read(*text) for text in texts]), []
                for (text, language, _), z, (_, right) in zip(asked, meaning, questions, strict=True):
                    units = units_of(read(text, language))
                    scores = fused(z, bm25, units, languages)
                    if feedback:
                        best = sorted(scores, key=lambda n: -scores[n])[:FEEDBACK_PASSAGES]
                        scores = fused(z, bm25, with_feedback(units, bm25, best), languages)
                    order = dict.fromkeys(of_article[n] for n in sorted(scores, key=lambda n: -scores[n]))
                    place = next(place for place, article in enumerate(order, 1) if article in right)
                    gains.append(1 / place if place <= DEPTH else 0.0)
                print(f"{of:18} {way:14} {np.mean(np.array(gains) > 0):.4f} / {np.mean(gains):.4f}", flush=True)  # noqa: T201


def fused(z: dict[int, float], bm25: Bm25, units: Weighed, languages: dict) -> dict[int, float]:
    scores, share = bm25.scores(units)
    return fuse(z, dict(enumerate(scores.tolist())), dict(enumerate(share.tolist())), languages)


if __name__ == "__main__":
    main()
