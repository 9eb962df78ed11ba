"""The best sentences are read together with the question, and what that changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index.closereading import CLEARLY, REACH, REACH_OWN, READ, WORTH, passage_first, read_best
from index.embed.engines import Engine
from index.features import Candidate, Question
from index.pipeline import Warta
from index.settings import Settings
from index.types import Article, Embedder, Hit, Progress, SentenceReader, Span
from tests.fakes import WordEmbedder, fake_engine

QUESTION = Question("Siapa CEO BMW?", "id", "who", {"ceo": 1.0}, frozenset())


@dataclass
class Reader:
    """Says what it was told to of each sentence, and remembers which it read."""

    odds: dict[str, float]
    read: list[str] = field(default_factory=list)
    asked: str = ""

    def answers(self, question: str, sentences: Sequence[str]) -> NDArray[np.float32]:
        self.read += sentences
        self.asked = question
        return np.array([next((v for k, v in self.odds.items() if k in s), 0.0) for s in sentences], np.float32)


@dataclass
class ReadingEmbedder(WordEmbedder, Reader):
    """Both in one, as the bundled model is."""

    odds: dict[str, float] = field(default_factory=dict)


def candidate(text: str, article_id: int = 1, chunk_id: int = 1) -> Candidate:
    hit = Hit(chunk_id, article_id, "id", 1.0, 1.0, 1.0)
    return Candidate(article_id, Span(0, len(text)), text, hit, 0, 0, 0.0, 0.0, None, frozenset(), frozenset())


def candidates(*texts: str) -> list[Candidate]:
    return [candidate(text) for text in texts]


def test_a_sentence_that_answers_passes_one_that_ranked_better() -> None:
    reader = Reader({"a": -3.0, "b": 2.0})
    scores, read = read_best(QUESTION, candidates("a", "b", "c", "d"), np.array([5.0, 4.4, 4.0, 0.5]), reader)
    # With 0.8 of what was read: 2.6, 6.0, 4.0. The best one gets what the best one had, the others keep their distance.
    assert WORTH == 0.8
    np.testing.assert_allclose(scores, [1.6, 5.0, 3.0, 0.5], atol=1e-6)
    assert read == 2.0


def test_only_the_best_few_are_read_and_none_that_ranks_far_below() -> None:
    reader = Reader({})
    read_best(QUESTION, candidates(*"abcdef"), np.array([1.0, 9.0, 9.0 - REACH, 8.9, 8.8, 8.7]), reader)
    assert reader.read == ["b", "d", "e"]
    assert len(reader.read) == READ
    alone = Reader({"b": -1.5})
    scores, read = read_best(QUESTION, candidates("a", "b"), np.array([8.9 - REACH, 9.0]), alone)
    assert (alone.read, read) == (["b"], -1.5)
    assert scores.tolist() == [8.9 - REACH, 9.0]


def test_an_old_sentence_does_not_answer_what_is_newest_by_saying_so() -> None:
    reader = Reader({})
    newest = replace(QUESTION, text="Siapa mitra terbaru BMW saat ini?")
    read_best(newest, candidates("a"), np.array([1.0]), reader)
    assert reader.asked == "Siapa mitra BMW ?"


def test_the_best_one_in_the_questions_language_is_read_as_well_though_it_ranks_lower() -> None:
    reader = Reader({"b": 3.0, "e": -1.0})
    foreign = [replace(one, hit=replace(one.hit, language="en")) for one in candidates("d", "e")]
    scores = np.array([9.0 - REACH_OWN, 5.0 - REACH_OWN, 4.0, 9.0])
    reread, read = read_best(QUESTION, [*candidates("b", "c"), *foreign], scores, reader)
    assert reader.read == ["e", "b"]
    # 5.0 + 0.8 * 3.0 = 7.4 is less than 9.0 - 0.8 = 8.2.
    assert read == -1.0
    np.testing.assert_allclose(reread, [9.0 - (8.2 - 7.4), 1.0, 4.0, 9.0], atol=1e-6)
    far = Reader({})
    read_best(QUESTION, [*candidates("b"), *foreign[1:]], np.array([8.9 - REACH_OWN, 9.0]), far)
    assert far.read == ["e"]


def test_the_passage_of_the_best_sentence_comes_first_where_it_leads_clearly() -> None:
    hits = [Hit(n, n, "id", 4.0 - n, 1.0, 1.0) for n in (1, 2, 3)]
    found = [candidate("a", 1, 1), candidate("b", 2, 2)]
    ahead = passage_first(hits, found, np.array([3.0 - CLEARLY, 3.0]))
    assert [h.chunk_id for h in ahead] == [2, 1, 3]
    assert [h.score for h in ahead] == [3.0, 3.0, 1.0]  # no one behind it has more
    for scores in ([3.1 - CLEARLY, 3.0], [3.0, -9.0]):
        assert passage_first(hits, found, np.array(scores)) == tuple(hits)


def test_another_passage_of_the_first_article_is_no_reason_to_move_it() -> None:
    hits = [Hit(1, 1, "id", 2.0, 1.0, 1.0), Hit(2, 1, "id", 1.0, 1.0, 1.0)]
    found = [candidate("a", 1, 1), candidate("b", 1, 2)]
    assert passage_first(hits, found, np.array([-5.0, 5.0])) == tuple(hits)


def reading_engine(reader: ReadingEmbedder) -> Engine:
    def load(progress: Progress) -> Embedder:
        return reader

    return replace(fake_engine(), load=load)


NEWS = [
    Article("Grab dan KAI", "Grab menggandeng KAI di stasiun kereta untuk membuka loket.", "a", "id"),
    Article("Grab di stasiun", "Grab menggandeng KAI di stasiun kereta untuk membuka warung.", "b", "id"),
]
ASKED = "Apa yang dibuka Grab dan KAI di stasiun kereta?"


def answered(folder: Path, odds: dict[str, float]) -> tuple[list[str], list[int], float, list[str]]:
    """The quotes, the hits' articles, the confidence and what was read."""
    reader = ReadingEmbedder(odds=odds)
    assert isinstance(reader, SentenceReader)
    with Warta(Settings.from_env({"WARTA_ABSTAIN_BELOW": "0"}, folder), reading_engine(reader)) as warta:
        list(warta.ingest(NEWS))
        answer = warta.ask(ASKED)
    return [q.text for q in answer.quotes], [h.article_id for h in answer.hits], answer.confidence, reader.read


@pytest.mark.parametrize(("liked", "first"), [("loket", 0), ("warung", 1)])
def test_what_is_read_decides_which_sentence_is_quoted_first(tmp_path: Path, liked: str, first: int) -> None:
    other = {"loket": "warung", "warung": "loket"}[liked]
    quotes, hits, sure, read = answered(tmp_path, {liked: 5.0, other: -5.0})
    assert set(read) == {article.body for article in NEWS}
    assert quotes[0] == NEWS[first].body
    assert hits[0] == first + 1
    assert sure > answered(tmp_path, {liked: -5.0, other: -5.0})[2]


def test_a_model_that_does_not_read_answers_as_before(tmp_path: Path) -> None:
    with Warta(Settings.from_env({"WARTA_ABSTAIN_BELOW": "0"}, tmp_path), fake_engine()) as warta:
        list(warta.ingest(NEWS))
        assert warta.ask(ASKED).quotes


@pytest.mark.parametrize(("liking", "cited"), [(1.0, [2, 1]), (4.0, [1])], ids=["about equally well", "clearly better"])
def test_where_the_newest_is_asked_for_the_newer_of_equals_comes_first(
    tmp_path: Path, liking: float, cited: list[int]
) -> None:
    dated = [replace(NEWS[0], published_at="2026-11-01"), replace(NEWS[1], published_at="2026-11-20")]
    reader = ReadingEmbedder(odds={"loket": liking})
    with Warta(Settings.from_env({"WARTA_ABSTAIN_BELOW": "0"}, tmp_path), reading_engine(reader)) as warta:
        list(warta.ingest(dated))
        answer = warta.ask(ASKED.replace("?", " saat ini?"))
    assert answer.lead == "Mulai dari berita terbaru:"
    assert [citation.article_id for citation in answer.citations] == cited
