"""Which words mean the same in Indonesian and English, and how alike two forms of a word are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path

from index.lemmas import lemmas

WORDS = Path(__file__).with_name("translations.txt")
TRANSLATED = 0.9
"""What a word counts that stands there in the other language; the same word counts 1."""
_ALIKE = 0.45
"""Share of common trigrams from which two words count as forms of one: "pendiri" and "mendirikan"."""
_SHORT = 4
"""Characters; shorter words are alike by chance."""
_LONGER = 5


@cache
def _meanings() -> Mapping[str, frozenset[str]]:
    other: dict[str, set[str]] = defaultdict(set)
    for line in WORDS.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        indonesian, _, english = line.partition(":")
        ours, theirs = lemmas(indonesian, "id"), lemmas(english, "en")
        for one in ours:
            other[one].update(theirs)
        for one in theirs:
            other[one].update(ours)
    return {word: frozenset(words) for word, words in other.items()}


def translations(lemma: str) -> frozenset[str]:
    """Lemmas of the other language that mean the same; empty where none is known."""
    return _meanings().get(lemma, frozenset())


def stands(term: str, words: frozenset[str]) -> float:
    """1 where a term is among lemmas, TRANSLATED where a word of its meaning is, or else 0."""
    if term in words:
        return 1.0
    return TRANSLATED if not words.isdisjoint(translations(term)) else 0.0


class Likeness:
    """How well words of texts match the terms of one question, 0 to 1; each pair is compared once."""

    def __init__(self, terms: Iterable[str], words: Iterable[str]) -> None:
        """For these terms of a question and all lemmas of the texts they are looked for in."""
        self._of: dict[str, dict[str, float]] = {}
        known = set(words)
        for term in terms:
            alike = {word: score for word in known if (score := likeness(term, word))}
            alike |= dict.fromkeys(translations(term) & known, TRANSLATED)
            if term in known:
                alike[term] = 1.0
            self._of[term] = alike

    def best(self, term: str, words: frozenset[str]) -> float:
        """Of the words, the one that matches the term best."""
        return max((score for word, score in self._of.get(term, {}).items() if word in words), default=0.0)


@lru_cache(100_000)
def likeness(one: str, other: str) -> float:
    """Dice's coefficient of the trigrams of two words, times TRANSLATED; 0 for what is hardly alike."""
    if min(len(one), len(other)) < _SHORT or abs(len(one) - len(other)) > _LONGER or not one.isalpha():
        return 0.0
    ours, theirs = _trigrams(one), _trigrams(other)
    dice = 2 * len(ours & theirs) / (len(ours) + len(theirs))
    return TRANSLATED * dice if dice >= _ALIKE else 0.0


@lru_cache(50_000)
def _trigrams(word: str) -> frozenset[str]:
    word = f"^{word}$"
    return frozenset(word[i : i + 3] for i in range(len(word) - 2))
