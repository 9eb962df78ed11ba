"""A model's text as it comes: whole sentences that stand, and nothing else, whatever the pieces."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_support import CITATIONS, KAPAN, QUOTES

from index.checked import MOST_READ, MOST_SENTENCES, MOST_SHOWN, Checked
from index.support import Sources

FIRST = "Basis inovasi itu dibuka di Shanghai pada 20 Oktober 2020. [1]"
SECOND = "Lebih dari 20 startup sudah bergabung. [3]"
WRONG = "BMW membuka basis di Beijing. [1]"


def checked() -> Checked:
    return Checked(Sources(KAPAN, "id", QUOTES, CITATIONS))


def after(*pieces: str) -> str:
    reading = checked()
    for piece in pieces:
        reading.feed(piece)
    reading.end()
    return reading.text


def test_sentences_that_stand_are_kept_and_others_are_left_out() -> None:
    assert after(f"Berikut jawabannya:\n{FIRST} {WRONG} {SECOND} Semoga membantu!") == f"{FIRST} {SECOND}"


def test_a_sentence_is_shown_when_the_next_begins() -> None:
    reading = checked()
    assert not reading.feed("Basis inovasi itu dibuka di Shanghai pada 20 Oktober 2020. [")
    assert not reading.feed("1]")
    assert reading.feed(" Lebih")
    assert reading.text == FIRST
    assert not reading.feed(" dari 20 startup sudah bergabung. [3]")
    assert reading.end()
    assert reading.text == f"{FIRST} {SECOND}"


@given(st.lists(st.integers(0, 200), max_size=12))
@settings(max_examples=60)
def test_how_the_text_is_cut_changes_nothing(places: list[int]) -> None:
    text = f'{FIRST} {WRONG} Agus berkata, "Saya datang. Saya menang" [4]. {SECOND}'
    cuts = sorted({0, len(text), *(place for place in places if place < len(text))})
    pieces = [text[begin:end] for begin, end in pairwise(cuts)]
    assert after(*pieces) == f"{FIRST} {SECOND}"


@given(st.text(max_size=300))
@settings(max_examples=60)
def test_nothing_that_is_shown_was_not_supported(text: str) -> None:
    sources = Sources(KAPAN, "id", QUOTES, CITATIONS)
    reading = Checked(sources)
    reading.feed(f"{FIRST} {text} [1]. {SECOND}")
    reading.end()
    assert all(sources.borne(sentence) == sentence for sentence in reading._kept)


def test_what_points_back_goes_with_what_it_points_to() -> None:
    assert after(f"{FIRST} Itu dibuka di Shanghai [1].") == f"{FIRST} Itu dibuka di Shanghai. [1]"
    assert after(f"{WRONG} Itu dibuka di Shanghai [1]. {SECOND}") == SECOND
    assert after("Itu dibuka di Shanghai [1].") == ""


def test_a_direct_quotation_is_never_shown_in_part() -> None:
    assert after('Agus berkata, "Saya datang. Nilainya Rp25 miliar" [4].') == ""


def test_thinking_aloud_is_no_answer() -> None:
    assert after(f"<think>{SECOND} ", f"Jadi…</think>\n\n{FIRST}") == FIRST
    assert after("<thi", f"nk>{SECOND}") == ""


def test_markdown_and_repetitions_go() -> None:
    assert after(f"- **{FIRST}**\n- {FIRST}\n\n* {SECOND}") == f"{FIRST} {SECOND}"


@pytest.mark.parametrize("filler", ["x", "x ", "kata. ", "[1] ", '"'])
def test_reading_ends_some_time(filler: str) -> None:
    reading = checked()
    for _ in range(100):
        reading.feed(filler * 200)
    assert reading.full
    assert len(reading._raw) == MOST_READ
    assert reading.text == ""


def test_a_long_answer_is_cut_after_a_sentence() -> None:
    told = [f"Basis inovasi itu dibuka di Shanghai{' sekali' * n} pada 20 Oktober 2020. [1]" for n in range(30)]
    reading = checked()
    reading.feed(" ".join(told))
    reading.end()
    assert reading.full
    assert reading.text == " ".join(told[:MOST_SENTENCES])
    assert len(reading.text) <= MOST_SHOWN
