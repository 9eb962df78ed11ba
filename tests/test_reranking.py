"""A cross-encoder changes who stands where, and nothing of the scale."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from news import articles, small_engine
from sentence_models import install, put_model

from index.errors import EmbedderError
from index.pipeline import Warta
from index.reranking import BEST, reordered, rerank
from index.settings import Settings
from index.types import Hit

QUESTION = "Apa kabar Berita7 tentang bank?"


def hits(*scores: float) -> list[Hit]:
    return [Hit(number, number, "id", score, 0.0, 0.0) for number, score in enumerate(scores, start=1)]


def order(found: list[Hit]) -> list[tuple[int, float]]:
    return [(hit.chunk_id, hit.score) for hit in found]


def test_both_rankings_count_alike() -> None:
    # Retrieval, 3 1 2, in deviations: +1.22 -1.22 0; reranker, -5 0 5: -1.22 0 +1.22; their sum: 0 -1.22 +1.22.
    assert order(reordered(hits(3.0, 1.0, 2.0), np.array([-5.0, 0.0, 5.0]))) == [(3, 3.0), (1, 2.0), (2, 1.0)]


def test_the_scale_of_the_reranker_does_not_matter() -> None:
    found, scores = hits(3.0, 2.5, 2.4, 1.0), np.array([0.1, 0.9, 0.95, 0.2])
    assert reordered(found, scores) == reordered(found, 40 * scores - 11)


def test_a_reranker_that_says_nothing_changes_nothing() -> None:
    found = hits(3.0, 2.5, 2.5, 1.0)
    assert reordered(found, np.full(4, 0.5)) == found
    assert order(reordered(hits(2.0, 2.0), np.array([0.0, 1.0]))) == [(2, 2.0), (1, 2.0)]


class Reading:
    """Likes the passages that it is told to, and remembers what it read."""

    def __init__(self, *liked: str) -> None:
        self.liked = liked
        self.read: list[str] = []

    def scores(self, question: str, passages: list[str]) -> np.ndarray:
        self.read += passages
        return np.array([float("inf") if "Judul" in self.liked else any(w in p for w in self.liked) for p in passages])


@pytest.fixture
def warta(tmp_path: Path) -> Warta:
    opened = Warta(Settings(data=tmp_path), small_engine())
    list(opened.ingest(articles(30)))
    return opened


def test_the_best_are_read_with_their_titles(warta: Warta) -> None:
    found = warta.ask(QUESTION).hits
    assert len(found) > BEST
    reader = Reading("Judul 3\n")
    again = rerank(QUESTION, found, warta.store, reader)  # type: ignore[arg-type]
    assert len(reader.read) == BEST
    chunk = warta.store.chunks([found[0].chunk_id])[found[0].chunk_id]
    article = warta.store.article(found[0].article_id)
    assert reader.read[0] == f"{article.title}\n{article.body[chunk.span.start : chunk.span.end]}"
    assert [hit.score for hit in again] == [hit.score for hit in found]
    assert {hit.chunk_id for hit in again[:BEST]} == {hit.chunk_id for hit in found[:BEST]}
    assert again[BEST:] == found[BEST:]


def test_what_is_gone_meanwhile_is_passed_over(warta: Warta) -> None:
    found = warta.ask(QUESTION).hits
    gone = Hit(9999, found[0].article_id, "id", found[0].score + 1, 0.0, 0.0)
    reader = Reading()
    again = rerank(QUESTION, (gone, *found), warta.store, reader)  # type: ignore[arg-type]
    assert len(reader.read) == BEST - 1
    assert sorted(again, key=lambda hit: hit.chunk_id) == sorted((gone, *found), key=lambda hit: hit.chunk_id)
    assert rerank(QUESTION, found[:1], warta.store, reader) == found[:1]  # type: ignore[arg-type]


def test_a_score_that_is_none_is_an_error(warta: Warta) -> None:
    with pytest.raises(EmbedderError, match="WARTA_RERANKER"):
        rerank(QUESTION, warta.ask(QUESTION).hits, warta.store, Reading("Judul"))  # type: ignore[arg-type]


def test_asking_with_a_reranker(warta: Warta, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = warta.ask(QUESTION)
    assert "rerank" not in plain.timings_ms  # off by default
    library = install(monkeypatch)
    settings = Settings(data=tmp_path, reranker=str(put_model(tmp_path / "cross")), batch_size=5)
    with Warta(settings, small_engine()) as opened:
        answer = opened.ask(QUESTION)
        assert answer.timings_ms["rerank"] > 0
        [(kind, pairs, options)] = library.calls
        assert (kind, len(pairs), options["batch_size"]) == ("pairs", BEST, 5)
        assert pairs[0][0] == QUESTION
        read = [hit.chunk_id for hit in plain.hits[:BEST]]
        assert {hit.chunk_id for hit in answer.hits[:BEST]} == set(read)
        assert [hit.score for hit in answer.hits] == [hit.score for hit in plain.hits]
        opened.ask(QUESTION)
    assert len(library.loaded) == 1
