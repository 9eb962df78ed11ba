"""A cross-encoder changes who stands where, and nothing of the scale."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from news import articles, small_engine
from sentence_models import install, put_model

from index.errors import EmbedderError
from index.pipeline import Warta
from index.reranking import BEST, TELL_S, Rereader, reordered, rerank
from index.settings import Settings
from index.types import Article, Hit, Period

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


# What time says


class Liking:
    """Likes old news, one article much."""

    def scores(self, question: str, passages: list[str]) -> np.ndarray:
        return np.array([3.0 * ("Surya" in passage) + ("Bahari" in passage) for passage in passages])


PARTNERS = (("Surya", "2016-11-18"), ("Lestari", "2026-11-18"), ("Bahari", "2016-11-11"))


def test_the_newest_is_preferred_as_much_as_without_a_reranker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.embed.engines.reranker_of", lambda settings: Liking())
    with Warta(Settings(data=tmp_path, reranker="liking"), small_engine()) as opened:
        for number, (partner, day) in enumerate(PARTNERS):
            article = Article(
                f"Kabar {number}", f"Kencana bermitra dengan {partner}.", f"/{number}", "id", published_at=day
            )
            assert [outcome.status for outcome in opened.ingest([article])] == ["new"]
        # Added up with the days' share in them, Surya would come out first, 0.63 to 0.34 (in standard deviations).
        assert [hit.article_id for hit in opened.ask("Siapa mitra terbaru Kencana?").hits] == [2, 1, 3]
        assert [hit.article_id for hit in opened.ask("Siapa mitra Kencana?").hits] == [1, 3, 2]


def test_days_move_the_outcome_as_they_would_move_the_first_ranking(warta: Warta) -> None:
    with warta.store.transaction():
        warta.store.connection.execute("update articles set published_at = '2026-11-18'")
        warta.store.connection.execute("update articles set published_at = '2026-11-11' where id = 1")
    found = [Hit(2, 2, "id", 4.0, 0.0, 0.0), Hit(1, 1, "id", 4.1, 0.0, 0.0)]
    plain = {2: 4.0, 1: 4.5}
    newest = Period(newest=True)
    ranked = Rereader(Reading()).reread(QUESTION, found, plain, newest, warta.store)  # type: ignore[arg-type]
    # A week costs 0.25 · log2(1 + 7 / 7).
    assert [(hit.chunk_id, hit.score) for hit in ranked] == [(1, 4.25), (2, 4.0)]


# One that fails


class Failing:
    def __init__(self) -> None:
        self.fails = True

    def scores(self, question: str, passages: list[str]) -> np.ndarray:
        if self.fails:
            raise EmbedderError("the GPU is full")
        return np.zeros(len(passages))


@pytest.mark.parametrize("failure", [RuntimeError("CUDA out of memory"), IndexError("index 9 is out of range")])
def test_a_question_is_answered_without_a_reranker_that_fails(
    warta: Warta, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, failure: Exception
) -> None:
    plain = warta.ask(QUESTION)
    library = install(monkeypatch)
    with Warta(Settings(data=tmp_path, reranker=str(put_model(tmp_path / "cross"))), small_engine()) as opened:
        library.fails = failure
        answer = opened.ask(QUESTION)
        assert (answer.hits, answer.text) == (plain.hits, plain.text)
        assert str(failure) in opened.reranker_failure
        [line] = caplog.messages
        assert line.startswith("questions are answered without WARTA_RERANKER: cross failed")
        library.fails = None
        opened.ask(QUESTION)
        assert opened.reranker_failure == ""


def test_one_that_goes_on_failing_is_logged_once_in_a_while(warta: Warta, caplog: pytest.LogCaptureFixture) -> None:
    found, clock, model = warta.ask(QUESTION).hits, [100.0], Failing()
    plain = {hit.chunk_id: hit.score for hit in found}
    reader = Rereader(model, lambda: clock[0])  # type: ignore[arg-type]
    for later, lines in ((0.0, 1), (1.0, 1), (TELL_S - 1, 2), (1.0, 2)):
        clock[0] += later
        assert reader.reread(QUESTION, found, plain, None, warta.store) == found
        assert len(caplog.messages) == lines
    assert reader.failure == "the GPU is full"
