"""Which interests an article meets."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from index.interests import Interest, interest_of, interests_in
from index.lemmas import lemmas
from index.matching import Matched, Matcher
from index.names import NameBook
from index.seen import Seen
from index.standing import SURE, StandingQuestions
from index.types import Article, Language, Span

BOOK = NameBook({"BMW": ["Bayerische Motoren Werke"], "Grab": []})


class Sure:
    """Is told how likely the answer to each question is, and finds it in the first sentence."""

    def __init__(self, *probabilities: float) -> None:
        self._probabilities = probabilities

    def probabilities(self, article: Seen) -> NDArray[np.float64]:
        return np.array(self._probabilities)

    def sentence(self, article: Seen, at: int) -> Span | None:
        return Span(at, at + 5)


def seen(title: str, *chunks: str, language: Language = "id", partners: tuple[str, ...] = ()) -> Seen:
    """An article of these chunks, without vectors."""
    body = "\n\n".join(chunks)
    starts = [body.index(chunk) for chunk in chunks]
    nothing = np.zeros((len(chunks), 4), np.float32)
    return Seen(
        1,
        Article(title, body, "/a.txt", language, partners=partners),
        " ".join(lemmas(title, language)),
        "",
        tuple(" ".join(lemmas(chunk, language)) for chunk in chunks),
        (language,) * len(chunks),
        tuple((Span(start, start + len(chunk)),) for start, chunk in zip(starts, chunks, strict=True)),
        nothing,
        tuple(nothing[:1] for _ in chunks),
    )


def matches(article: Seen, *interests: Interest, questions: Any = None) -> list[Matched]:
    return Matcher(interests, BOOK, cast("StandingQuestions | None", questions)).matches(article)


def met(interest: str, article: Seen) -> bool:
    """Whether what somebody wrote after /follow is met."""
    [one] = interests_in(interest, BOOK)
    return bool(matches(article, one))


def test_partners_that_are_all_named() -> None:
    article = seen("BMW di Jakarta", "Grab menggandeng Bayerische Motoren Werke.")
    interests = interests_in('BMW, "BMW Grab", "BMW Alibaba", Alibaba, grab', BOOK)
    assert matches(article, *interests) == [
        Matched(0, ("BMW",), ("BMW",)),
        Matched(1, ("BMW", "Grab"), ("BMW", "Grab")),
        Matched(4, ("Grab",), ("Grab",)),
    ]


def test_a_tag_of_the_source_names_a_partner() -> None:
    assert met("Alibaba", seen("Kabar", "Kerja sama baru.", partners=("Alibaba",)))
    assert not met("Alibaba", seen("Kabar", "Kerja sama baru.", partners=("Alibaba Cloud",)))


def test_a_verb_is_no_partner() -> None:
    assert not met("Grab", seen("How to grab a seat", "You can grab it.", language="en"))


@pytest.mark.parametrize(
    ("interest", "expected"),
    [
        ("+baterai", True),
        ("+pabrik +nikel", True),
        ("kerja sama +baterai", True),
        ("kerjasama +baterai", True),
        ("bekerja sama +baterai -nikel", False),
        ("kerja sama +baterai -kobalt", True),
        ('+"pabrik baterai"', True),
        ('+"baterai pabrik"', False),
        ('+"pabrik nikel"', False),
        ('+baterai -"pabrik baterai"', False),
        ("+kobalt", False),
        ("+bater", False),
        ("+Go-Jek", True),
        ("+Gojek", True),
        ('+"Go Jek"', True),
        ('+"1,5 miliar"', True),
        ('+"satu miliar"', False),
        ('+"menggandeng pabrik"', False),
    ],
)  # fmt: skip
def test_keywords_by_their_lemmas(interest: str, expected: bool) -> None:
    article = seen(
        "Go-Jek Bekerja Sama",
        "Perusahaan itu membangun pabrik baterainya.",
        "Tambang nikel menelan biaya 1,5 miliar rupiah. Ia menggandeng",
        "pabrik lain.",
    )
    assert met(interest, article) == expected


def test_the_reasons_are_the_words_as_they_were_written() -> None:
    article = seen("Kabar", "Baterai mobil listrik dibuat di sini.")
    interest = interest_of("keywords", 'Baterainya +"Mobil Listrik" -nikel')
    assert matches(article, interest) == [Matched(0, ("Baterainya", "Mobil Listrik"))]


def test_english_numbers() -> None:
    article = seen("News", "It will invest 1,250 dollars or 2.5 billion.", language="en")
    assert met("+1,250", article)
    assert met('+"2.5 billion"', article)
    assert not met("+1.25", article)


def test_questions_that_are_surely_answered() -> None:
    first, second = interest_of("question", "Siapa CEO BMW?"), interest_of("question", "Kapan Grab masuk bursa?")
    partner = interest_of("partner", "Grab")
    article = seen("Kabar", "Grab masuk bursa pada 2 Desember.")
    found = matches(article, first, partner, second, questions=Sure(SURE - 0.01, SURE))
    assert found == [
        Matched(1, ("Grab",), ("Grab",)),
        Matched(2, ("Kapan Grab masuk bursa?",), (), Span(1, 6)),
    ]


def test_without_interests_nothing_is_looked_for() -> None:
    assert matches(seen("Kabar", "Grab.", partners=("Grab",))) == []
