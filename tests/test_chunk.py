from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.chunk import (
    FULL_CHARS,
    FULL_WORDS,
    MERGED_CHARS,
    MERGED_WORDS,
    OVERLAP_CHARS,
    OVERLAP_WORDS,
    TARGET_WORDS,
    chunk_body,
)
from index.sentences import split_sentences
from index.types import Chunk, Span
from tests.growth import LINEAR_ENOUGH, growth


def sentence(words: int, name: str = "Kata") -> str:
    return " ".join([name, *["kata"] * (words - 1)]) + "."


def words_of(body: str, chunk: Chunk) -> int:
    return len(body[chunk.span.start : chunk.span.end].split())


@pytest.mark.parametrize("body", ["", " \n\n\t "])
def test_empty_body(body: str) -> None:
    assert chunk_body(body) == ()


def test_one_short_sentence() -> None:
    assert chunk_body("  Grab maju.\n") == (Chunk(Span(2, 12), (Span(2, 12),)),)


def test_neighbours_share_one_sentence() -> None:
    body = " ".join(sentence(20, f"Ke{number}") for number in range(20))
    chunks = chunk_body(body)
    # 8 sentences of 20 words fill 160; then one shared and 7 new ones each; the last has 7 + 5 new ones left.
    assert [len(chunk.sentences) for chunk in chunks] == [8, 8, 6]
    assert [words_of(body, chunk) for chunk in chunks] == [160, 160, 120]
    for before, after in pairwise(chunks):
        assert before.sentences[-1] == after.sentences[0]


def test_long_sentence_is_not_shared() -> None:
    body = " ".join(sentence(OVERLAP_WORDS + 5) for _ in range(6))
    chunks = chunk_body(body)
    assert [len(chunk.sentences) for chunk in chunks] == [3, 3]
    assert chunks[0].span.end < chunks[1].span.start


def test_prefers_the_end_of_a_paragraph() -> None:
    paragraph = " ".join(sentence(20) for _ in range(6))
    body = f"{paragraph}\n\n{paragraph}\n\n{paragraph}"
    assert TARGET_WORDS <= 120 < 140 <= FULL_WORDS
    assert chunk_body(body)[0].span.end == len(paragraph)


def test_short_tail_joins_the_last_chunk() -> None:
    body = " ".join(sentence(20) for _ in range(9))
    assert [words_of(body, chunk) for chunk in chunk_body(body)] == [180]
    body = " ".join(sentence(20) for _ in range(10))
    assert [words_of(body, chunk) for chunk in chunk_body(body)] == [160, 60]


def test_monster_sentence_is_cut_between_words() -> None:
    body = sentence(1_000)
    chunks = chunk_body(body)
    assert [words_of(body, chunk) for chunk in chunks] == [160] * 6 + [40]
    assert " ".join(body[chunk.span.start : chunk.span.end] for chunk in chunks) == body


def test_text_without_spaces_is_cut_by_characters() -> None:
    body = "国" * 5_000
    chunks = chunk_body(body)
    assert [chunk.span.end - chunk.span.start for chunk in chunks] == [1_350, 1_350, 1_350, 950]
    assert "".join(body[chunk.span.start : chunk.span.end] for chunk in chunks) == body


pieces = st.one_of(
    st.builds(sentence, st.integers(1, 300)),
    st.sampled_from(["\n\n", "\n", " ", '"', "x" * 3_000, "PT.", "Ya!"]),
    st.text(max_size=30),
)


@given(st.lists(pieces, max_size=30).map(" ".join))
def test_invariants(body: str) -> None:
    chunks = chunk_body(body)
    covered: set[Span] = set()
    for chunk in chunks:
        assert chunk.span == Span(chunk.sentences[0].start, chunk.sentences[-1].end)
        assert all(a.end <= b.start for a, b in pairwise(chunk.sentences))
        assert words_of(body, chunk) <= max(FULL_WORDS + OVERLAP_WORDS, MERGED_WORDS) < 220
        assert chunk.span.end - chunk.span.start <= max(FULL_CHARS + OVERLAP_CHARS + 50, MERGED_CHARS)
        assert set(chunk.sentences) - covered, "every chunk brings something new"
        covered |= set(chunk.sentences)
    ordered = sorted(covered, key=lambda span: span.start)
    assert all(a.end <= b.start for a, b in pairwise(ordered))
    for whole in split_sentences(body):
        parts = [span for span in ordered if whole.start <= span.start and span.end <= whole.end]
        assert (parts[0].start, parts[-1].end) == (whole.start, whole.end)
        kept = "".join(body[part.start : part.end] for part in parts)
        assert "".join(kept.split()) == "".join(body[whole.start : whole.end].split())


@pytest.mark.parametrize("unit", ["kata ", "a", "Ya. ", "Ya.\n\n", '"', ". ", "国"])
def test_time_is_linear(unit: str) -> None:
    assert growth(lambda size: chunk_body(unit * (size // len(unit)))) < LINEAR_ENOUGH
