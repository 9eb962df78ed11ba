"""kill -9, a full disk: nothing that was reported is lost, nothing is there by halves (rows 1, 2 and 12).

WARTA_KILLS=200 kills each of adding and reindexing so often, instead of KILLS times.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest
from children import STEPS, Nursery
from news import articles, copy_of, put_questions, small_engine, without_vectors

from index.doctor import check_health
from index.errors import VectorIndexError
from index.ingest import META_FINGERPRINT, check_model
from index.passages import drafts_of
from index.pipeline import Warta
from index.retrieve import retrieve
from index.settings import Settings
from index.snapshots import CURRENT, LiveIndex
from index.store import Store
from index.types import Answer, Filters, Language

KILLS = int(os.environ.get("WARTA_KILLS", "15"))
COUNT = 36
OLD, NEW = "fake/a", "fake/b"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery() as opened:
        yield opened


def opened(data: Path, engine: str = OLD) -> Warta:
    return Warta(Settings(data=data), small_engine(engine))


def contents(data: Path) -> dict[str, Any]:
    """All that matters of a store, without the numbers and dates that a second attempt may give differently."""
    with Store(data / "warta.db") as store:
        articles = store.articles(store.article_ids())
        chunks = {a.key: store.drafts_stored(i) for i, a in articles.items()}
        keys = store.read("select k.key, a.key from article_keys k join articles a on a.id = k.article_id order by 1")
        vectors = store.read("select * from vectors order by text_hash, fingerprint")
        meta = store.read("select name, value from meta where name not in ('identity', 'quality') order by name")
        told: dict[int, list[str]] = {}
        for i, story in store.stories_of(articles).items():
            told.setdefault(story, []).append(articles[i].key)
        return {
            "stories": sorted(sorted(keys) for keys in told.values()),
            "bands": sorted(
                (articles[i].key, band) for band, i in store.read("select band, article_id from copy_bands")
            ),
            "copies": store.read("select key, text_hash from copies order by key"),
            "models": store.read("select distinct fingerprint from tellings"),
            "articles": sorted(articles.values(), key=lambda a: a.key),
            "chunks": chunks,
            "keys": keys,
            "arrivals": store.read(
                "select a.key, r.copy_key from arrivals r join articles a on a.id = r.article_id order by 1, 2"
            ),
            "vectors": vectors,
            "meta": meta,
        }


def failing(data: Path, engine: str) -> list[str]:
    """Names of what the doctor finds wrong."""
    with opened(data, engine) as warta:
        return [f"{f.name}: {f.detail}" for f in check_health(warta) if not f.ok]


def assert_index_is_store(data: Path, engine: str) -> None:
    """By the test's own means: the same ids and vectors in the index and in the store, and the same log."""
    with opened(data, engine) as warta:
        store, live = warta.store, warta.live
        live.refresh(store)
        languages: dict[int, Language] = {row[0]: row[1] for row in store.read("select id, language from chunks")}
        assert live.dense.ids == set(languages) == set(store.changes_since(0).added)
        for language, ids, vectors in store.chunk_vectors(engine):
            for chunk_id, vector in zip(ids, vectors, strict=True):
                held = live.dense.vector(chunk_id)
                assert held is not None
                np.testing.assert_allclose(held, vector, atol=1e-3)
                assert live.dense.language_of(chunk_id) == languages[chunk_id] == language
        assert without_vectors(store, engine) == []
        assert store.read("pragma integrity_check") == [("ok",)]


def found(data: Path, engine: str) -> int:
    """Number of the article that a question about number 7 finds, by words, and by meaning as well."""
    with opened(data, engine) as warta:
        check_model(warta.store, engine)
        query = warta.embedder.embed_query("Berita7")
        with warta.live.current(warta.store) as held:
            assert held is not None
            hits = retrieve("Berita7", "id", query, warta.store, held.dense, Filters(), 10, held.words).hits
            best = max(hits, key=lambda hit: hit.lexical)
            assert best.dense > 1
            return int(warta.store.article(best.article_id).title.removeprefix("Judul "))


class Pace:
    """Kills spread over a whole run, however fast the machine is just now."""

    def __init__(self, seed: int, seconds: float) -> None:
        self.chance, self.seconds, self.kills = random.Random(seed), seconds, 0

    def run(self, nursery: Nursery, job: str, data: Path, **details: Any) -> dict[str, Any]:
        delay = self.chance.uniform(0, 1.2) * self.seconds
        run = nursery.run(job, data, kill_after=delay, **details)
        if run["signal"] == signal.SIGKILL:
            self.kills += 1
            self.seconds *= 1.1 if delay > self.seconds else 1.0
        else:
            self.seconds *= 0.97
        return run


# Adding


@pytest.fixture(scope="module")
def added(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], float]:
    """What an uninterrupted run gives, and how long it takes."""
    data = tmp_path_factory.mktemp("added")
    seconds = []
    for name in ("first", "second"):
        run = nursery.run("add", data / name, count=COUNT)
        assert (run["lines"][-1], run["signal"]) == ("done", 0)
        assert [line.split()[0] for line in run["lines"][:-1]] == ["new"] * COUNT + ["duplicate"] + ["unchanged"] * 2
        seconds.append(run["seconds"])
    whole = contents(data / "first")
    assert whole["articles"] == sorted(articles(COUNT), key=lambda a: a.key)
    assert all(whole["chunks"][a.key] == drafts_of(a)[0] for a in articles(COUNT))
    assert whole["arrivals"] == sorted([*((a.key, "") for a in articles(COUNT)), whole["keys"][0][::-1]])
    assert whole["keys"] == [(copy_of(articles(2)[1]).key, articles(2)[1].key)]
    assert whole == contents(data / "second")
    assert failing(data / "first", OLD) == []
    return whole, min(seconds)


def check_add(nursery: Nursery, data: Path, run: dict[str, Any], whole: dict[str, Any]) -> int:
    """Gives how many articles were there."""
    known = {a.key: a for a in articles(COUNT)}
    database = data / "warta.db"
    there = 0
    if database.exists():
        assert failing(data, OLD) == []
        assert_index_is_store(data, OLD)
        with opened(data) as warta:
            stored = warta.store.articles(warta.store.article_ids())
            there = len(stored)
            arrived = warta.store.arrivals(limit=1000)
            assert [one.article_id for one in arrived if not one.copy_key] == sorted(stored)
            assert [(one.copy_key,) for one in arrived if one.copy_key] == warta.store.read("select key from copies")
            for line in run["lines"]:
                if line != "done":
                    assert int(line.split()[1]) in stored, line
            for number, article in stored.items():
                assert article == known[article.key]
                assert warta.store.drafts_stored(number) == whole["chunks"][article.key]
    again = nursery.run("add", data, count=COUNT)
    assert again["lines"][-1] == "done"
    assert contents(data) == whole
    assert_index_is_store(data, OLD)
    return there


def test_adding_survives_kills_at_any_moment(
    nursery: Nursery, added: tuple[dict[str, Any], float], tmp_path: Path
) -> None:
    whole, seconds = added
    pace, seen = Pace(2, seconds), set()
    while pace.kills < KILLS or (len(seen) < 5 and pace.kills < 4 * KILLS):  # a busy machine's kills fall together
        data = tmp_path / "data"
        run = pace.run(nursery, "add", data, count=COUNT)
        seen.add(check_add(nursery, data, run, whole))
        shutil.rmtree(data, ignore_errors=True)
    assert len(seen) >= 5  # the kills fell before, between and after the batches


@pytest.mark.parametrize("step", [*STEPS["add"], *STEPS["snapshot"]], ids=lambda s: f"{s[2]}-{s[3]}")
def test_adding_survives_kills_at_each_step(
    nursery: Nursery, added: tuple[dict[str, Any], float], tmp_path: Path, step: tuple[str, str, str, int]
) -> None:
    run = nursery.run("add", tmp_path / "data", count=COUNT, kill_before=step)
    assert run["signal"] == signal.SIGKILL
    there = check_add(nursery, tmp_path / "data", run, added[0])
    assert (there == COUNT) == (step in STEPS["snapshot"] or step[2] == "add_key") or step[2] == "add_key"


# Reindexing: by another model and other rules, so that every row changes


@pytest.fixture(scope="module")
def old(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("old")
    put_questions(data, COUNT)
    run = nursery.run("add", data, count=COUNT, engine=OLD, small_chunks=True)
    assert run["lines"][-1] == "done"
    return data


@pytest.fixture(scope="module")
def reindexed(
    nursery: Nursery, old: Path, added: tuple[dict[str, Any], float], tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Any], float]:
    data = tmp_path_factory.mktemp("reindexed")
    seconds = []
    for name in ("first", "second"):
        shutil.copytree(old, data / name)
        run = nursery.run("reindex", data / name, engine=NEW)
        assert (run["lines"][-1], run["signal"]) == ("done", 0)
        seconds.append(run["seconds"])
    whole = contents(data / "first")
    assert contents(old)["chunks"] != whole["chunks"] == added[0]["chunks"]
    assert whole == contents(data / "second")
    assert failing(data / "first", NEW) == []
    return whole, min(seconds)


LATE = ("drop_unused_vectors", "remember", "put_telling", "save")
"""Steps after the new model has taken over."""


def check_reindex(nursery: Nursery, data: Path, before: dict[str, Any], whole: dict[str, Any]) -> str:
    """Gives the model that served."""
    with Store(data / "warta.db") as store:
        serving = store.meta(META_FINGERPRINT)
    now = contents(data)
    expected = whole if serving == NEW else before
    assert now["chunks"] == expected["chunks"]
    assert now["articles"] == expected["articles"]
    assert now["meta"] == expected["meta"]
    assert [row for row in now["vectors"] if row[1] == serving] == expected["vectors"]
    assert_index_is_store(data, serving)
    due = [f"chunks: {sum(map(len, now['chunks'].values()))} chunks of {COUNT} articles, "]
    wrong = failing(data, serving)
    assert [w[: len(due[0])] for w in wrong] == (due if serving == OLD else [])
    assert found(data, serving) == 7
    again = nursery.run("reindex", data, engine=NEW)
    assert again["lines"][-1] == "done"
    assert contents(data) == whole
    assert_index_is_store(data, NEW)
    return serving


def test_reindexing_survives_kills_at_any_moment(
    nursery: Nursery, old: Path, reindexed: tuple[dict[str, Any], float], tmp_path: Path
) -> None:
    whole, seconds = reindexed
    before = contents(old)
    pace, served = Pace(1, seconds), Counter[str]()
    while pace.kills < KILLS:
        data = tmp_path / "data"
        shutil.copytree(old, data)
        pace.run(nursery, "reindex", data, engine=NEW)
        served[check_reindex(nursery, data, before, whole)] += 1
        shutil.rmtree(data)
    assert set(served) == {OLD, NEW}


@pytest.mark.parametrize("step", [*STEPS["reindex"], *STEPS["snapshot"]], ids=lambda s: f"{s[2]}-{s[3]}")
def test_reindexing_survives_kills_at_each_step(
    nursery: Nursery,
    old: Path,
    reindexed: tuple[dict[str, Any], float],
    tmp_path: Path,
    step: tuple[str, str, str, int],
) -> None:
    shutil.copytree(old, tmp_path / "data")
    run = nursery.run("reindex", tmp_path / "data", engine=NEW, kill_before=step)
    assert run["signal"] == signal.SIGKILL
    served = check_reindex(nursery, tmp_path / "data", contents(old), reindexed[0])
    assert served == (NEW if step in STEPS["snapshot"] or step[2] in LATE else OLD)


@pytest.fixture(scope="module")
def renewed(nursery: Nursery, old: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], float]:
    """What new rules and the same model give."""
    data = tmp_path_factory.mktemp("renewed") / "data"
    shutil.copytree(old, data)
    run = nursery.run("reindex", data, engine=OLD)
    assert run["lines"][-1] == "done"
    return contents(data), run["seconds"]


def check_renewed(nursery: Nursery, data: Path, before: dict[str, Any], whole: dict[str, Any]) -> int:
    """Gives how many articles had changed hands."""
    now = contents(data)
    assert now["articles"] == before["articles"]
    changed = sum(chunks == whole["chunks"][key] for key, chunks in now["chunks"].items())
    assert all(chunks in (before["chunks"][key], whole["chunks"][key]) for key, chunks in now["chunks"].items())
    assert_index_is_store(data, OLD)
    wrong = failing(data, OLD)
    assert [w.partition(", ")[2] for w in wrong] == [f"{COUNT - changed} articles due for a reindex"] * bool(wrong)
    assert bool(wrong) == (changed < COUNT)
    assert found(data, OLD) == 7
    again = nursery.run("reindex", data, engine=OLD)
    assert again["lines"][-1] == "done"
    assert contents(data) == whole
    assert_index_is_store(data, OLD)
    assert failing(data, OLD) == []
    return changed


def test_each_article_changes_hands_whole_whenever_a_reindex_is_killed(
    nursery: Nursery, old: Path, renewed: tuple[dict[str, Any], float], tmp_path: Path
) -> None:
    whole, seconds = renewed
    before, pace = contents(old), Pace(4, seconds)
    while pace.kills < KILLS:
        shutil.copytree(old, tmp_path / "data")
        pace.run(nursery, "reindex", tmp_path / "data", engine=OLD)
        check_renewed(nursery, tmp_path / "data", before, whole)
        shutil.rmtree(tmp_path / "data")


@pytest.mark.parametrize("step", STEPS["swap"], ids=lambda s: f"{s[2]}-{s[3]}")
def test_each_article_changes_hands_whole_at_each_step(
    nursery: Nursery,
    old: Path,
    renewed: tuple[dict[str, Any], float],
    tmp_path: Path,
    step: tuple[str, str, str, int],
) -> None:
    shutil.copytree(old, tmp_path / "data")
    run = nursery.run("reindex", tmp_path / "data", engine=OLD, kill_before=step)
    assert run["signal"] == signal.SIGKILL
    changed = check_renewed(nursery, tmp_path / "data", contents(old), renewed[0])
    assert changed == {4: COUNT - 6, 10: COUNT - 4, 6: COUNT - 2}.get(step[3], COUNT)  # every sixth article is long


@pytest.mark.parametrize(("engine", "full"), [(NEW, False), (OLD, True)], ids=["new model", "full"])
def test_what_is_embedded_is_not_embedded_again(
    nursery: Nursery, old: Path, tmp_path: Path, engine: str, full: bool
) -> None:
    """Killed when 95 % is done, by the count of commits."""
    with Store(old / "warta.db") as store:
        commits = -(-store.count("articles") // 2)  # two articles each
    shutil.copytree(old, tmp_path / "data")
    before = ("index.reindexing", "", "embed_missing", round(0.95 * commits) + 1)
    run = nursery.run("reindex", tmp_path / "data", engine=engine, full=full, kill_before=before)
    assert (run["lines"], run["signal"]) == ([], signal.SIGKILL)
    again = nursery.run("reindex", tmp_path / "data", engine=engine, full=full)
    embedded, reused, swapped = again["lines"][0].split()
    assert swapped == "True"
    assert int(reused) >= 0.9 * (int(reused) + int(embedded))
    assert int(embedded) > 0
    assert failing(tmp_path / "data", engine) == []


class Readers:
    """Threads that ask without pause, as a bot's do, until the block ends; what each got is looked at."""

    def __init__(self, data: Path, number: int) -> None:
        self.asked = self.quoted = 0
        self.faults: list[str] = []
        self._data, self._done = data, threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=[seed]) for seed in range(number)]

    def __enter__(self) -> Self:
        self._warta = opened(self._data)
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join()
        self._warta.store.close()

    def _ask(self, seed: int) -> None:
        chance = random.Random(seed)
        with self._warta.reader() as mine:
            while not self._done.is_set():
                article = articles(COUNT)[chance.randrange(COUNT)]
                try:
                    self._look(mine, article.key, mine.ask(article.body.split(". ")[0]))
                except Exception as e:
                    self.faults.append(f"{type(e).__name__}: {e}")

    def _look(self, mine: Warta, key: str, answer: Answer) -> None:
        self.asked += 1
        stored = mine.store.articles([q.article_id for q in answer.quotes] + [h.article_id for h in answer.hits])
        self.quoted += bool(answer.quotes)
        for quote in answer.quotes:
            if stored[quote.article_id].body[quote.start : quote.end] != quote.text:
                self.faults.append(f"{quote.text!r} does not stand in {quote.article_id}")
            if quote.n not in {citation.n for citation in answer.citations}:
                self.faults.append(f"no citation [{quote.n}]")
        if key not in {stored[hit.article_id].key for hit in answer.hits[:5]} or answer.notice:
            self.faults.append(f"{key} was not found")


def test_readers_notice_nothing_of_full_reindexes_that_are_killed(nursery: Nursery, old: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(old, data)
    began = nursery.run("reindex", data, engine=OLD, full=True)
    assert began["lines"][-1] == "done"
    before = contents(data)
    pace = Pace(3, began["seconds"])
    with Readers(data, 8) as readers:
        while pace.kills < KILLS:
            run = pace.run(nursery, "reindex", data, engine=OLD, full=True)
            if run["signal"] == 0:
                assert run["lines"][-2].endswith("True")
            now = contents(data)
            assert now["articles"] == before["articles"]
            assert now["chunks"] == before["chunks"]
    assert readers.faults == []
    assert readers.asked > 10 * KILLS
    assert readers.quoted > 0.5 * readers.asked
    assert nursery.run("reindex", data, engine=OLD, full=True)["lines"][-1] == "done"
    assert contents(data) == before
    assert_index_is_store(data, OLD)
    assert failing(data, OLD) == []


# A full disk


@pytest.mark.parametrize("kilobytes", [50, 150, 250, 350])
def test_a_full_disk_loses_nothing_that_was_there(
    nursery: Nursery, added: tuple[dict[str, Any], float], tmp_path: Path, kilobytes: int
) -> None:
    data = tmp_path / "data"
    nursery.run("add", data, count=12)
    before = contents(data)
    run = nursery.run("add", data, count=COUNT, file_bytes=kilobytes * 1000)
    assert run["signal"] == 0
    *reported, last = run["lines"]
    assert last.startswith(("StoreError: ", "VectorIndexError: ")), last
    assert "free some space" in last
    now = contents(data)
    assert all(now["chunks"][key] == chunks for key, chunks in before["chunks"].items())
    with opened(data) as warta:
        assert {int(line.split()[1]) for line in reported} <= set(warta.store.article_ids())
        assert found(data, OLD) == 7
    assert failing(data, OLD) == []
    assert_index_is_store(data, OLD)
    assert nursery.run("add", data, count=COUNT)["lines"][-1] == "done"
    assert contents(data) == added[0]


def test_a_snapshot_that_finds_no_space_leaves_the_old_one(
    nursery: Nursery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nursery.run("add", tmp_path, count=12)
    pointer = (tmp_path / "index" / CURRENT).read_bytes()

    def full(path: Path, data: bytes) -> None:
        path.write_bytes(data[:10])
        raise OSError(28, "No space left on device")

    with opened(tmp_path) as warta:
        with monkeypatch.context() as patched:
            patched.setattr("index.snapshots.write_synced", full)
            with pytest.raises(VectorIndexError, match=r"articles are stored.*free some space"):
                list(warta.ingest(articles(20)))
        assert warta.store.count("articles") == 20
        assert (tmp_path / "index" / CURRENT).read_bytes() == pointer
        fresh = LiveIndex(tmp_path / "index", OLD, warta.engine.dimension, warta.live.dense.background)
        fresh.refresh(warta.store)
        assert (fresh.from_snapshot, fresh.damage) == (True, "")
    assert failing(tmp_path, OLD) == []
