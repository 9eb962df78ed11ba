"""The second look at the best chunks: its numbers worked out by hand, and what it does to an order."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index import ranking
from index.dense import Background, Moments
from index.evidence import Found, evidence_of
from index.pipeline import Warta
from index.ranking import (
    RANKING_FEATURES,
    SIGNALS,
    WEIGHTS,
    WINDOW,
    Asked,
    Evidence,
    ranking_features,
    reranked,
    signals_of,
    together,
)
from index.settings import Settings
from index.types import Article
from tests.fakes import fake_engine

ASKED = Asked("Kapan BMW bertemu Alibaba?", "id", "when", {"bmw": 1.0, "temu": 1.0, "alibaba": 2.0})
CHUNK = Evidence(
    "id", 3.0, 8.0, 0.75, np.array([1.0, 4.0, 3.5]), np.array([0.5, 1.5, 1.0]),
    ["bmw", "tumbuh", "alibaba", "jual"], ["BMW tumbuh.", "BMW memilih Alibaba.", "Itu pada Oktober 2020."],
)  # fmt: skip


def named(chunk: Evidence) -> dict[str, float]:
    return dict(zip(SIGNALS, signals_of(ASKED, chunk), strict=True))


@pytest.fixture
def weighing(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """The weights that count, all 0 at first."""
    given: dict[str, float] = {}
    monkeypatch.setattr(ranking, "weights", lambda: np.array([given.get(name, 0.0) for name in RANKING_FEATURES]))
    return given


def test_signals_of_a_chunk() -> None:
    found = named(CHUNK)
    assert (found["meaning"], found["bm25"], found["coverage"]) == (3.0, 8.0, 0.75)
    assert (found["sentence"], found["relation"]) == (4.0, 1.5)
    # "bmw" and "alibaba" stand within WINDOW: 3 of 1 + 1 + 2.
    assert found["together"] == 0.75
    # The date stands in the second likely sentence, 0.5 below the best one.
    assert found["kind"] == 1.0
    assert found["length"] == math.log(5)


def test_only_likely_sentences_are_asked_for_the_kind() -> None:
    assert named(replace(CHUNK, sentences=np.array([1.0, 4.0, 2.9])))["kind"] == 0.0
    assert named(replace(CHUNK, sentences=np.array([1.0, 4.0, 3.0])))["kind"] == 1.0


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("bmw temu alibaba", 4.0),
        ("bmw bmw bmw", 1.0),  # a word counts once
        ("bmw " + "x " * (WINDOW - 2) + "alibaba", 3.0),
        ("bmw " + "x " * (WINDOW - 1) + "alibaba", 2.0),  # just too far
        ("temu " + "x " * WINDOW + "bmw temu", 2.0),  # the later one of the same word
        ("", 0.0),
    ],
    ids=["all", "repeated", "within", "beyond", "latest", "nothing"],
)
def test_words_that_stand_together(words: str, expected: float) -> None:
    assert together(words.split(), ASKED.idf) == expected


def test_the_other_language_has_columns_of_its_own() -> None:
    own, other = (
        dict(zip(RANKING_FEATURES, row, strict=True))
        for row in ranking_features(ASKED, [CHUNK, replace(CHUNK, language="en")])
    )
    assert (own["meaning_same"], own["meaning_cross"], own["cross"]) == (3.0, 0.0, 0.0)
    assert (other["meaning_same"], other["meaning_cross"], other["cross"]) == (0.0, 3.0, 1.0)
    assert own["agreement"] == other["agreement"] == 24.0  # 8 · 3


def test_a_question_without_a_known_word_and_an_empty_list_have_features_as_well() -> None:
    [row] = ranking_features(replace(ASKED, idf={}), [CHUNK])
    assert np.isfinite(row).all()
    assert ranking_features(ASKED, []).shape == (0, len(RANKING_FEATURES))
    assert reranked({}, ranking_features(ASKED, [])) == {}


def test_the_best_keeps_the_best_score_and_the_others_their_distance(weighing: dict[str, float]) -> None:
    weighing["meaning_same"] = 0.5
    features = ranking_features(ASKED, [CHUNK, replace(CHUNK, meaning=4.0), replace(CHUNK, meaning=1.0)])
    # Half of 3, 4 and 1, and the best of them becomes the 6 that was best before.
    assert reranked({7: 6.0, 8: 5.0, 9: 2.0}, features) == pytest.approx({7: 5.5, 8: 6.0, 9: 4.5})


def test_weights_are_complete_and_say_where_they_come_from() -> None:
    stored = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    assert set(stored["weights"]) == set(RANKING_FEATURES)
    assert "tests/bench/ranking.py" in stored["provenance"]


ARTICLES = (
    Article("", "BMW menggandeng Alibaba di Shanghai. Inkubator dibuka.", "a", "id"),
    Article("", "BMW menggandeng Alibaba di Shanghai. Inkubator itu dibuka pada Oktober 2020.", "b", "id"),
    Article("", "Grab menggandeng BCA.", "c", "id"),
)
QUESTION = "Kapan BMW menggandeng Alibaba di Shanghai?"


@pytest.fixture
def warta(tmp_path: Path) -> Iterator[Warta]:
    with Warta(Settings.from_env({}, tmp_path), fake_engine()) as opened:
        assert [o.status for o in opened.ingest(ARTICLES)] == ["new"] * 3
        yield opened


def order(warta: Warta, question: str = QUESTION) -> Sequence[str]:
    return [warta.store.article(hit.article_id).location for hit in warta.ask(question).hits]


def test_what_the_question_asks_for_moves_a_chunk_up(warta: Warta, weighing: dict[str, float]) -> None:
    weighing |= {"kind_same": 1.0}
    assert order(warta)[0] == "b"  # the only date
    weighing |= {"kind_same": -1.0}
    assert order(warta)[-1] == "b"


def test_equal_scores_leave_the_older_chunk_first(warta: Warta, weighing: dict[str, float]) -> None:
    assert not weighing
    assert order(warta) == ["a", "b", "c"]


def test_meaning_alone_ranks_as_the_vectors_do(warta: Warta, weighing: dict[str, float]) -> None:
    weighing |= {"meaning_same": 1.0}
    hits = warta.ask(QUESTION).hits
    assert [h.dense for h in hits] == sorted((h.dense for h in hits), reverse=True)
    assert hits[0].score - hits[1].score == pytest.approx(hits[0].dense - hits[1].dense)


def test_one_article_is_ranked(tmp_path: Path) -> None:
    with Warta(Settings.from_env({}, tmp_path), fake_engine()) as opened:
        list(opened.ingest(ARTICLES[:1]))
        assert order(opened) == ["a"]


def test_evidence_of_a_model_without_a_background_and_with_one(warta: Warta) -> None:
    with warta.live.current(warta.store) as held:
        assert held is not None
        query = warta.query_vector(QUESTION)
        chunk = warta.store.chunks_of(2)[0]
        found = Found({chunk.id: "id"}, {chunk.id: 2.0}, {chunk.id: 3.0}, {})
        [plain] = evidence_of([chunk.id, 999], found, query, None, warta.store, held.dense).values()
        assert plain.sentences.tolist() == plain.relations.tolist() == [2.0, 2.0]  # of the chunk
        assert plain.texts == ["BMW menggandeng Alibaba di Shanghai.", "Inkubator itu dibuka pada Oktober 2020."]
        assert (plain.meaning, plain.bm25, plain.coverage) == (2.0, 3.0, 0.0)
        assert plain.words[:3] == ["bmw", "gandeng", "alibaba"]
        # Sentences whose mean is m and whose spread is that of unit vectors along each axis, 1 in all of them.
        size = len(query)
        usual = Moments(1.0, np.zeros(size), np.eye(size))
        held.dense.background = Background(warta.engine.fingerprint, {}, {"id": usual})
        [known] = evidence_of([chunk.id], found, query, None, warta.store, held.dense).values()
        vectors = warta.store.sentence_vectors([chunk.text_hash], warta.engine.fingerprint)[chunk.text_hash]
        np.testing.assert_allclose(known.sentences, vectors @ query, atol=1e-6)
