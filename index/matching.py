"""Which of the interests an article meets: partners by their names, keywords by lemmas, questions by meaning."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from index.interests import Interest
from index.lemmas import lemmas
from index.names import NameBook, NameFinder
from index.seen import Seen
from index.standing import SURE, StandingQuestions
from index.types import Language, Span

_LANGUAGES: tuple[Language, ...] = ("id", "en")
_APART = " | "
"""Between title and chunks: no lemma looks like it."""


@dataclass(frozen=True, slots=True)
class Matched:
    """An interest that an article meets."""

    at: int
    """Its place among the interests."""
    reasons: tuple[str, ...]
    """To be shown: the partners, the words and phrases as they were asked for, or the question."""
    names: tuple[str, ...] = ()
    """The partners among them."""
    sentence: Span | None = None
    """Of a question, what seems to answer it."""


@dataclass(frozen=True, slots=True)
class _Keywords:
    at: int
    must: tuple[tuple[str, ...], ...]
    """Of each phrase, the ways to find it."""
    must_not: tuple[tuple[str, ...], ...]


class Matcher:
    """Looks for all interests at once."""

    def __init__(self, interests: Sequence[Interest], book: NameBook, questions: StandingQuestions | None) -> None:
        """`questions`: those of the interests, in their order; None where there are none."""
        self._interests, self._questions = interests, questions
        self._partners = [
            (at, tuple(map(book.canonical, one.names))) for at, one in enumerate(interests) if one.kind == "partner"
        ]
        self._finder = NameFinder((name for _, names in self._partners for name in names), book)
        self._keywords = [
            _Keywords(at, tuple(map(forms_of, one.must)), tuple(map(forms_of, one.must_not)))
            for at, one in enumerate(interests)
            if one.kind == "keywords"
        ]
        self._asking = [at for at, one in enumerate(interests) if one.kind == "question"]

    def matches(self, article: Seen) -> list[Matched]:
        """The interests that the article meets, in their order."""
        matched = [*self._named(article), *self._worded(article), *self._answered(article)]
        return sorted(matched, key=lambda one: one.at)

    def _named(self, article: Seen) -> Iterable[Matched]:
        found = self._finder.found(article.article) if self._partners else {}
        return (Matched(at, names, names) for at, names in self._partners if all(name in found for name in names))

    def _worded(self, article: Seen) -> Iterable[Matched]:
        text = f" {_APART.join((article.title, *article.lemmas))} "
        for one in self._keywords:
            if all(_holds(text, phrase) for phrase in one.must) and not any(_holds(text, no) for no in one.must_not):
                yield Matched(one.at, self._interests[one.at].must)

    def _answered(self, article: Seen) -> Iterable[Matched]:
        if self._questions is None:
            return
        for number, probability in enumerate(self._questions.probabilities(article).tolist()):
            if probability >= SURE:
                at = self._asking[number]
                yield Matched(at, (self._interests[at].question,), (), self._questions.sentence(article, number))


def forms_of(phrase: str) -> tuple[str, ...]:
    """What to look for in lemmas that have spaces around them: "1,5" is two numbers, and "Go-Jek" three names."""
    texts = (phrase, phrase.replace("-", " "), phrase.replace("-", ""))
    found = (" ".join(lemmas(text, language)) for text in texts for language in _LANGUAGES)
    return tuple(f" {words} " for words in dict.fromkeys(found) if words)


def _holds(text: str, forms: tuple[str, ...]) -> bool:
    return any(form in text for form in forms)
