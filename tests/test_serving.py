"""Passing from one model to another: the old one answers until the new one is ready, in every process."""

from __future__ import annotations

import shutil
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from news import article, articles, put_questions
from sentence_models import Library, install, put_model, uninstall

from index import candidate, serving
from index.doctor import check_health
from index.embed.e5_model import FINGERPRINT
from index.errors import ModelMismatchError
from index.pipeline import Warta
from index.quality import measure
from index.settings import Settings
from index.stats import figures
from index.types import Answer

COUNT = 24
QUESTION = "Apa kabar Berita7 tentang bank?"


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Library:
    return install(monkeypatch)


@pytest.fixture
def old(tmp_path: Path, library: Library) -> Settings:
    """Of a data folder whose index is of the model `lama`."""
    put_questions(tmp_path / "data", COUNT)
    folder = put_model(tmp_path / "lama")
    settings = Settings(data=tmp_path / "data", cache=tmp_path, embedder=f"sentence-transformers:{folder}")
    with Warta(settings) as warta:
        list(warta.ingest(articles(COUNT)))
    return settings


@pytest.fixture
def new(tmp_path: Path, old: Settings) -> Settings:
    """The same folder's, where somebody has named the model `baru` since, which has another dimension."""
    folder = put_model(tmp_path / "baru", dimension=48, weights="2")
    return replace(old, embedder=f"sentence-transformers:{folder}")


def by_meaning(answer: Answer) -> bool:
    return not answer.notice and any(hit.dense for hit in answer.hits)


def model(warta: Warta) -> str:
    return warta.serving.fingerprint.split("/")[1]


def test_the_old_model_serves_until_the_new_index_is_there(old: Settings, new: Settings) -> None:
    with Warta(old) as running, Warta(new) as warta:
        before = running.ask(QUESTION)
        assert by_meaning(before)
        assert warta.ask(QUESTION).hits == before.hits
        assert (model(warta), warta.engine.dimension) == ("lama", 48)
        assert warta.other_model == (running.named, warta.named)
        assert [o.status for o in warta.ingest([article(30)])] == ["new"]  # news do not wait for it, either
        [finding] = [f for f in check_health(warta) if not f.ok]
        assert (finding.name, finding.advice) == ("model", "warta reindex")
        assert finding.detail == f"the index is of {running.named}, settings name {warta.named}"
        record = figures(warta.store, new, warta.named, 0.0)
        assert (record["model"], record["settings_model"]) == (running.named, warta.named)
        assert record["due_for_reindex"]

        report = warta.reindex()
        assert (report.swapped, report.new_model, report.articles) == (True, warta.named, COUNT + 1)
        for one in (warta, running):  # without a restart, and though the second one's settings still name the old one
            assert by_meaning(one.ask(QUESTION))
            assert (model(one), one.live.dense.dimension) == ("baru", 48)
            assert [o.status for o in one.ingest([article(30)])] == ["unchanged"]
        assert warta.other_model is None
        assert running.other_model == (warta.named, running.named)
        assert [f for f in check_health(warta) if not f.ok] == []
        assert warta.store.read("select distinct fingerprint from vectors") == [(warta.named,)]

        assert running.reindex().new_model == running.named  # and back
        assert model(warta) == "lama"
        assert warta.ask(QUESTION).hits[0].article_id == before.hits[0].article_id


def test_readers_that_ask_meanwhile_are_always_answered(old: Settings, new: Settings) -> None:
    done, begun = threading.Event(), threading.Barrier(3)
    given: list[tuple[str, Answer]] = []
    failed: list[BaseException] = []

    def ask(base: Warta) -> None:
        try:
            with base.reader() as mine:
                begun.wait(30)
                while not done.is_set():
                    given.append((model(mine), mine.ask(QUESTION)))
                given.append((model(mine), mine.ask(QUESTION)))
        except BaseException as e:
            failed.append(e)

    with Warta(old) as running, Warta(new) as warta:
        before = running.ask(QUESTION)
        threads = [threading.Thread(target=ask, args=(running,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        begun.wait(30)
        try:
            assert warta.reindex().swapped
        finally:
            done.set()
            for thread in threads:
                thread.join(60)
    assert failed == []
    assert all(by_meaning(answer) for _, answer in given)
    after = given[-1][1]
    assert before.hits != after.hits
    assert all(answer.hits in (before.hits, after.hits) for _, answer in given)
    assert [name for name, _ in given[-2:]] == ["baru", "baru"]


def test_killed_midway_it_goes_on_where_it_was(old: Settings, new: Settings, library: Library) -> None:
    with Warta(new) as warta:
        _ = warta.embedder  # which embeds the samples
        library.calls.clear()
        library.stops_at = 3
        with pytest.raises(KeyboardInterrupt):
            warta.reindex()
    library.stops_at = 0
    with Warta(new) as again:
        assert (model(again), by_meaning(again.ask(QUESTION))) == ("lama", True)
        waiting = again.store.read("select count(*) from vectors where fingerprint = ?", [again.named])[0][0]
        assert waiting > 0
        report = again.reindex()
        assert report.reused == waiting
        assert report.embedded + report.reused == again.store.count("vectors")
        assert model(again) == "baru"


@pytest.fixture(params=["gone", "changed", "not installed"])
def lost(request: pytest.FixtureRequest, new: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Why the old model cannot be loaded."""
    if request.param == "gone":
        shutil.rmtree(tmp_path / "lama")
        return "neither a folder nor the id of a model"
    if request.param == "changed":
        (tmp_path / "lama" / "model.safetensors").write_text("3")
        return "is another one by now"
    uninstall(monkeypatch)
    return "pip install 'warta-mitra[transformers]'"


def test_without_the_old_model_words_are_searched(new: Settings, lost: str) -> None:
    with Warta(new) as warta:
        answer = warta.ask(QUESTION)
        assert answer.hits[0].article_id == 8
        assert not any(hit.dense for hit in answer.hits)
        assert lost in answer.notice
        assert f"the settings name {warta.named}: run `warta reindex`" in answer.notice
        [finding] = [f for f in check_health(warta) if not f.ok]
        assert lost in finding.detail
        with pytest.raises(ModelMismatchError, match="warta reindex"):
            list(warta.ingest([article(30)]))


def test_a_model_that_comes_back_is_taken_up(new: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lama").rename(tmp_path / "away")
    with Warta(new) as warta:
        assert warta.ask(QUESTION).notice
        (tmp_path / "away").rename(tmp_path / "lama")
        assert warta.ask(QUESTION).notice  # it is not looked for at each question
        monkeypatch.setattr(serving, "RETRY_S", 0.0)
        assert by_meaning(warta.ask(QUESTION))


def test_a_model_that_was_moved_is_the_same(old: Settings, tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    folder = (tmp_path / "lama").rename(tmp_path / "models" / "lama")
    with Warta(replace(old, embedder=f"sentence-transformers:{folder}")) as warta:
        assert by_meaning(warta.ask(QUESTION))
        assert warta.other_model is None
        assert [o.status for o in warta.ingest([article(30)])] == ["new"]


def test_an_index_from_before_models_were_noted_is_of_the_bundled_one(tmp_path: Path, library: Library) -> None:
    folder = put_model(tmp_path / "baru")
    settings = Settings(data=tmp_path / "data", cache=tmp_path, embedder=f"sentence-transformers:{folder}")
    with Warta(settings) as warta:
        list(warta.ingest(articles(3)))
        warta.store.set_meta("fingerprint", FINGERPRINT)
        assert (warta.serving.engine.spec, warta.serving.engine.missing) == ("bundled", "")


def test_a_question_that_meets_the_swap_is_asked_again(old: Settings, new: Settings) -> None:
    with Warta(old) as running, Warta(new) as warta:
        served = running.serving
        original = served.query_vector

        def swapped_meanwhile(text: str) -> Any:
            vector = original(text)
            if warta.other_model:
                assert warta.reindex().swapped
            return vector

        served.query_vector = swapped_meanwhile  # type: ignore[assignment]
        assert by_meaning(running.ask(QUESTION))
        assert model(running) == "baru"


def test_the_new_index_is_tried_with_what_its_model_is_compared_by(
    old: Settings, new: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    known: list[set[str]] = []

    def measured(asked: Warta, *more: Any) -> Any:
        known.append(set(asked.live.dense.background.passages))
        return measure(asked, *more)

    monkeypatch.setattr(candidate, "measure", measured)
    with Warta(new) as warta:
        assert warta.reindex().swapped
    assert known == [{"id", "en", "und"}] * 2  # the new one, and the one before


def test_the_samples_are_embedded_once_a_model(old: Settings, library: Library) -> None:
    first = len(library.texts())
    with Warta(old) as warta:
        assert warta.live.dense.background.passages.keys() == {"id", "en", "und"}
        warta.ask(QUESTION)
    kinds = {kind for kind, _, _ in library.calls[-2:]}
    assert (kinds, len(library.texts()) - first <= 2) == ({"query"}, True)
