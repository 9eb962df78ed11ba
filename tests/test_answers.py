"""Answers: what was kept comes back equal, under the right token, message and person."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as examples
from hypothesis import settings
from hypothesis import strategies as st

from bot.answers import Answers
from bot.chats import BotStore
from bot.records import GivenAnswer, Place, new_token
from index.types import Citation, Quote

HERE = Place(10)
QUOTE = Quote(1, "Grab bermitra dengan Bank Jago.", 3, 5, 36, "id", ((2, 8), (3, 9)))
CITATION = Citation(
    1, 3, "Grab “dan” Jago", "Antara", "2021-05", "https://x.example/3", "https://x.example/3#:~:t", ("Grab",), 2,
    (("Kompas", "https://k.example/3"), ("Tempo", "")),
)  # fmt: skip


def given(token: str, place: Place = HERE, **fields: Any) -> GivenAnswer:
    """An answer of user 1 to message 1 in a group, with one quote."""
    usual: dict[str, Any] = {
        "user_id": 1, "question_id": 1, "origin": "group", "question": "Siapa mitra Grab?", "topic": "",
        "names": ("Grab",), "language": "id", "answerable": True, "confidence": 0.1 + 0.2, "notice": "",
        "quotes": (QUOTE,), "citations": (CITATION,), "further": (4, 5), "created_at": 1_700_000_000.123456,
        "lead": "Berita 1–30 April 2021:",
    }  # fmt: skip
    return GivenAnswer(token=token, place=place, **{**usual, **fields})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[BotStore]:
    with BotStore(tmp_path / "warta.db") as opened:
        yield opened


@pytest.fixture
def answers(store: BotStore) -> Answers:
    return Answers(store)


def test_an_answer_comes_back_equal_by_token_and_by_each_message(answers: Answers) -> None:
    answer = given(new_token(), Place(10, 4), quotes=(QUOTE, replace(QUOTE, n=2, also=())), seconds=1 / 3)
    answers.keep(answer, [20, 21])
    assert answers.by_token(answer.token) == answer
    assert answers.by_message(10, 20) == answers.by_message(10, 21) == answer
    answers.link_message(answer.token, 10, 22)
    assert answers.by_message(10, 22) == answer


def test_what_is_unknown_is_none(answers: Answers) -> None:
    answers.link_message("unknown", 10, 22)
    answers.mark_used("unknown")
    found = [answers.by_token("unknown"), answers.by_message(10, 22), answers.latest(HERE, 1, 0.0)]
    assert found == [None, None, None]


TEXT = st.text(st.characters(exclude_categories=["Cs"]))
IDS = st.integers(-(2**62), 2**62)
QUOTES = st.builds(
    Quote, IDS, TEXT, IDS, IDS, IDS, st.sampled_from(["id", "en", "und"]), st.lists(st.tuples(IDS, IDS)).map(tuple)
)
CITATIONS = st.builds(Citation, IDS, IDS, TEXT, TEXT, TEXT, TEXT, TEXT, st.lists(TEXT).map(tuple))
ANSWERS = st.builds(
    GivenAnswer,
    token=st.just(""),
    place=st.builds(Place, IDS, IDS),
    user_id=IDS,
    question_id=IDS,
    origin=st.sampled_from(["private", "group", "inline"]),
    question=TEXT,
    topic=TEXT,
    names=st.lists(TEXT).map(tuple),
    language=TEXT,
    answerable=st.booleans(),
    confidence=st.floats(0, 1),
    notice=TEXT,
    quotes=st.lists(QUOTES, max_size=3).map(tuple),
    citations=st.lists(CITATIONS, max_size=3).map(tuple),
    further=st.lists(IDS).map(tuple),
    created_at=st.floats(allow_nan=False),
    seconds=st.floats(allow_nan=False),
)


@pytest.fixture(scope="module")
def one_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BotStore]:
    with BotStore(tmp_path_factory.mktemp("any") / "warta.db") as opened:
        yield opened


@settings(max_examples=60)
@examples(answer=ANSWERS)
def test_any_answer_comes_back_equal(one_store: BotStore, answer: GivenAnswer) -> None:
    answer = replace(answer, token=new_token())
    Answers(one_store).keep(answer, [])
    assert Answers(one_store).by_token(answer.token) == answer


def test_an_answer_is_kept_whole_or_not_at_all(store: BotStore, answers: Answers) -> None:
    torn = given("a", quotes=(QUOTE, replace(QUOTE, text=None)))  # type: ignore[arg-type]
    with pytest.raises(sqlite3.IntegrityError):
        answers.keep(torn, [20])
    tables = ("answers", "answer_quotes", "answer_citations", "answer_messages")
    assert [store.count(table) for table in tables] == [0, 0, 0, 0]


# Follow-ups


def test_the_latest_answer_is_of_that_person_and_place(answers: Answers) -> None:
    for token, place, user_id, origin, at in (
        ("first", HERE, 1, "group", 10.0),
        ("newest", HERE, 1, "group", 20.0),
        ("inline", HERE, 1, "inline", 30.0),
        ("another's", HERE, 2, "group", 30.0),
        ("elsewhere", Place(11), 1, "private", 30.0),
        ("in a topic", Place(10, 4), 1, "group", 30.0),
    ):
        answers.keep(given(token, place, user_id=user_id, origin=origin, created_at=at), [])

    def latest(place: Place, user_id: int, since: float) -> str | None:
        found = answers.latest(place, user_id, since)
        return found.token if found else None

    assert [latest(HERE, 1, since) for since in (0.0, 20.0, 20.5)] == ["newest", "newest", None]
    assert (latest(HERE, 2, 0.0), latest(Place(11), 1, 0.0), latest(Place(10, 4), 1, 0.0)) == (
        "another's",
        "elsewhere",
        "in a topic",
    )


def test_new_forgets_for_one_person_in_one_place(answers: Answers) -> None:
    for user_id in (1, 2):
        answers.keep(given(f"old {user_id}", user_id=user_id, created_at=10.0), [])
    answers.forget(HERE, 1, 5.0)
    assert answers.latest(HERE, 1, 0.0) is not None
    answers.forget(HERE, 1, 15.0)
    assert answers.latest(HERE, 1, 0.0) is None
    assert answers.latest(HERE, 2, 0.0) is not None
    fresh = given("fresh", created_at=15.5)
    answers.keep(fresh, [])
    assert answers.latest(HERE, 1, 0.0) == fresh


def test_a_message_with_an_answer_is_answered(answers: Answers) -> None:
    answers.keep(given("a", question_id=7), [])
    answers.keep(given("b", Place(0), question_id=0, origin="inline"), [])
    asked = [(10, 7), (10, 8), (11, 7), (0, 0)]
    assert [answers.answered(chat_id, question_id) for chat_id, question_id in asked] == [True, False, False, False]


# Inline answers


def test_unused_inline_answers_are_dropped(store: BotStore, answers: Answers) -> None:
    for token, origin, at in (
        ("old", "inline", 1.0),
        ("used", "inline", 1.0),
        ("new", "inline", 9.0),
        ("g", "group", 1.0),
    ):
        answers.keep(given(token, Place(0), origin=origin, created_at=at), [])
    answers.mark_used("used")
    assert answers.drop_inline(5.0) == 1
    assert [answers.by_token(token) is None for token in ("old", "used", "new", "g")] == [True, False, False, False]
    assert store.read("select distinct token from answer_quotes where token = 'old'") == []
    assert answers.drop_inline(5.0) == 0
