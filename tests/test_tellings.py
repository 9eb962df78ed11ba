"""Who asks in Indonesian is answered in Indonesian where the story is stored in both languages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fakes import fake_engine

from index.features import Candidate
from index.pipeline import Warta
from index.settings import Settings
from index.tellings import OWN_LANGUAGE, in_own_language, own_telling_first, told_once
from index.types import Article, Hit, Language, Span

STORIES = {1: 7, 2: 7, 3: 9}
"""Articles 1 (English) and 2 (Indonesian) tell story 7, 3 tells another one; 4 is of none."""


def hit(chunk: int, article: int, language: Language, score: float) -> Hit:
    return Hit(chunk, article, language, score, 0.0, 0.0)


def candidate(article: int, language: Language, *vector: float) -> Candidate:
    known = np.array(vector, np.float32) if vector else None
    return Candidate(
        article, Span(0, 4), "Kata", hit(article, article, language, 0.0), 0, 0, 0.0, 0.0, known, frozenset(),
        frozenset(),
    )  # fmt: skip


ENGLISH = candidate(1, "en", 1.0, 0.0)
NEAR, FAR = candidate(2, "id", 0.9, 0.1), candidate(2, "id", 0.5, 0.5)
OTHER, ALONE = candidate(3, "id", 1.0, 0.0), candidate(4, "id", 1.0, 0.0)


def chosen(
    some: list[Candidate], scores: list[float], fits: list[float] | None = None, language: Language = "id"
) -> int:
    order = sorted(range(len(some)), key=lambda i: -scores[i])
    return in_own_language(order, np.array(scores), fits or [1.0] * len(some), some, STORIES, language)


def test_the_telling_in_the_questions_language_comes_before_the_other_with_its_score() -> None:
    hits = [hit(10, 4, "en", 9.0), hit(11, 1, "en", 8.0), hit(12, 3, "id", 5.0), hit(13, 2, "id", 1.0)]
    ranked = own_telling_first(hits, STORIES, "id")
    assert [(one.chunk_id, one.score) for one in ranked] == [(10, 9.0), (13, 8.0), (11, 8.0), (12, 5.0)]
    assert own_telling_first(hits, STORIES, "en") == tuple(hits)
    assert own_telling_first(hits, {}, "id") == tuple(hits)


def test_only_the_best_passage_of_a_telling_moves_and_none_is_lost_or_doubled() -> None:
    hits = [hit(11, 1, "en", 8.0), hit(12, 1, "en", 7.0), hit(13, 2, "id", 3.0), hit(14, 2, "id", 2.0)]
    assert [one.chunk_id for one in own_telling_first(hits, STORIES, "id")] == [13, 11, 12, 14]
    first = [hit(13, 2, "id", 9.0), hit(11, 1, "en", 8.0), hit(14, 2, "id", 2.0)]
    assert own_telling_first(first, STORIES, "id") == tuple(first)


def test_what_says_the_same_in_the_questions_language_is_quoted() -> None:
    assert chosen([ENGLISH, FAR, NEAR], [9.0, 8.0, 6.0]) == 2  # nearest in meaning, not best by itself
    assert chosen([ENGLISH, FAR, NEAR], [9.0, 8.0, 6.0], language="en") == 0
    assert chosen([NEAR, ENGLISH], [9.0, 8.0]) == 0


@pytest.mark.parametrize(
    ("some", "scores", "fits"),
    [
        ([ENGLISH, NEAR], [9.0, 9.0 - OWN_LANGUAGE - 0.1], [1.0, 1.0]),  # says too little
        ([ENGLISH, NEAR], [9.0, 8.0], [1.0, 0.0]),  # has no date where one is asked for
        ([ENGLISH, OTHER], [9.0, 8.0], [1.0, 1.0]),  # another story
        ([ENGLISH, ALONE], [9.0, 8.0], [1.0, 1.0]),
        ([candidate(4, "en", 1.0, 0.0), NEAR], [9.0, 8.0], [1.0, 1.0]),  # no story at all
    ],
)
def test_else_the_best_one_stays(some: list[Candidate], scores: list[float], fits: list[float]) -> None:
    assert chosen(some, scores, fits) == 0


def test_without_vectors_the_better_one_is_taken() -> None:
    assert chosen([candidate(1, "en"), candidate(2, "id"), candidate(2, "id")], [9.0, 7.0, 8.0]) == 2


def test_a_story_is_not_told_again_in_another_language() -> None:
    some = [ENGLISH, NEAR, FAR, OTHER, candidate(3, "en", 0.0, 1.0)]
    assert told_once(1, [0, 1, 2, 3, 4], some, STORIES) == [1, 2, 3, 4]
    assert told_once(0, [0, 1, 3], some, STORIES) == [0, 3]
    assert told_once(4, [0, 1], [*some[:4], ALONE], STORIES) == [4, 0, 1]


def test_asked_in_either_language_the_answer_is_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts: dict[Language, str] = {
        "en": "Grab operates GrabVenue at 49 stations with KAI. Commuters use it daily.",
        "id": "Grab membuka GrabVenue di 49 stasiun dengan KAI. Penumpang memakainya setiap hari.",
    }
    articles = [
        Article("Grab KAI GrabVenue", text, f"/{of}.txt", of, published_at="2017-12-23") for of, text in texts.items()
    ]
    with Warta(Settings.from_env({}, tmp_path), fake_engine()) as warta:
        ids = [outcome.article_id for outcome in warta.ingest(articles)]
        monkeypatch.setattr(type(warta.store), "stories_of", lambda _, some: dict.fromkeys(some, 1))
        for language, question, own in (("id", "Berapa stasiun punya GrabVenue?", 1), ("en", "How many stations?", 0)):
            found, draft = warta.draft(question, language)  # type: ignore[arg-type]
            assert {one.article_id for one in found.hits} == set(ids)
            assert {quote.article_id for quote in draft.quotes} == {ids[own]}
