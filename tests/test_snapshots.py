"""The cache on disk and in memory: whole or ignored, never ahead of the store, never in the way (rows 6, 7 and 8)."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from children import Nursery
from fakes import WordEmbedder, fake_engine
from news import DIMENSION, article, articles, put_questions, small_engine
from threads import run_all

from index import snapshots
from index.dense import Background
from index.embed.engines import Engine
from index.errors import ModelMismatchError
from index.ingest import ingest
from index.lexical import LexicalSearch
from index.pipeline import Warta
from index.reindexing import reindex
from index.retrieve import retrieve
from index.settings import Settings
from index.snapshots import CURRENT, LOCK, MANIFEST, LiveIndex, left_over, load_snapshot
from index.store import Store
from index.types import Embedder, Filters, Progress

FAKE = WordEmbedder("fake/a", DIMENSION)
NOTHING_KNOWN = Background("", {}, {})


def live_at(folder: Path, fingerprint: str = "fake/a") -> LiveIndex:
    return LiveIndex(folder, fingerprint, DIMENSION, NOTHING_KNOWN)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "warta.db") as opened:
        list(ingest(opened, FAKE, articles(30)))
        yield opened


@pytest.fixture
def folder(tmp_path: Path, store: Store) -> Path:
    """A saved snapshot of the store."""
    live_at(tmp_path / "index").save(store)
    return tmp_path / "index"


def generation(folder: Path) -> Path:
    return folder / (folder / CURRENT).read_text().split()[0]


def stored_ids(store: Store) -> set[int]:
    return {row[0] for row in store.read("select id from chunks")}


def found(live: LiveIndex, question: str = "Berita7 bank") -> dict[int, float]:
    return live.dense.search(FAKE.embed_query(question), 20, live.dense.languages)


def test_what_was_saved_is_loaded(store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built = live_at(folder.with_name("none"))
    built.refresh(store)
    assert not built.from_snapshot
    monkeypatch.setattr(Store, "chunk_vectors", None)  # it comes from the files alone
    loaded = live_at(folder)
    loaded.refresh(store)
    assert (loaded.from_snapshot, loaded.damage, loaded.seq) == (True, "", store.last_change())
    assert loaded.dense.ids == built.dense.ids == stored_ids(store)
    assert found(loaded) == pytest.approx(found(built), abs=1e-5)
    assert {p.name for p in generation(folder).iterdir()} == {MANIFEST, "moments.npz", "id.faiss", "en.faiss"}
    assert {p.name for p in folder.iterdir()} == {CURRENT, LOCK, generation(folder).name}


def test_an_empty_store_can_be_saved_and_loaded(tmp_path: Path) -> None:
    with Store(tmp_path / "warta.db") as store:
        live_at(tmp_path / "index").save(store)
        loaded = live_at(tmp_path / "index")
        loaded.refresh(store)
        assert (loaded.from_snapshot, len(loaded.dense), found(loaded)) == (True, 0, {})


def test_it_follows_what_another_connection_does(store: Store, folder: Path) -> None:
    live = live_at(folder)
    live.refresh(store)
    held = live.dense
    with Store(store.path) as other:
        list(ingest(other, FAKE, [article(40), article(3, version=7)]))
        other.remove_article(5)
        live.refresh(store)
        assert live.dense is held  # by the changes, not built anew
        assert live.dense.ids == stored_ids(other)
        # A snapshot and what came after it are the same.
        later = live_at(folder)
        later.refresh(other)
        assert later.from_snapshot
        assert found(later) == pytest.approx(found(live), abs=1e-5)
        built = live_at(folder.with_name("none"))
        built.refresh(other)
        assert found(built) == pytest.approx(found(live), abs=1e-5)


def test_nothing_is_read_when_nothing_changed(store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    live = live_at(folder)
    live.refresh(store)
    monkeypatch.setattr(Store, "chunk_vectors", None)
    monkeypatch.setattr("index.snapshots.load_snapshot", None)
    live.refresh(store)


def test_it_sees_the_state_of_the_snapshot_it_is_searched_in(store: Store, folder: Path) -> None:
    live = live_at(folder)
    with Store(store.path) as other, store.snapshot():
        before = stored_ids(store)
        list(ingest(other, FAKE, [article(40)]))
        live.refresh(store)
        assert live.dense.ids == before == stored_ids(store)
    live.refresh(store)
    assert live.dense.ids == stored_ids(store) != before


def test_a_reindex_has_every_index_built_anew(store: Store, folder: Path) -> None:
    """Whatever was wrong in memory or in a snapshot, and however sound its checksums."""
    live = live_at(folder)
    live.refresh(store)
    lost = next(iter(live.dense.ids))
    live.dense.remove([lost])
    live.save(store)
    again = live_at(folder)
    again.refresh(store)
    assert lost not in again.dense.ids
    reindex(store, FAKE)
    for index in (live, again, live_at(folder)):
        index.refresh(store)
        assert not index.from_snapshot
        assert index.dense.ids == stored_ids(store)


def test_a_snapshot_of_an_abandoned_history_is_not_used(store: Store, folder: Path, tmp_path: Path) -> None:
    """An older copy of the database was put back and went on: the same numbers now mean other chunks."""
    with sqlite3.connect(tmp_path / "backup.db") as backup:
        store.connection.backup(backup)
    backup.close()
    list(ingest(store, FAKE, [article(40)]))
    live = live_at(folder)
    live.save(store)
    with Store(tmp_path / "backup.db") as restored:
        list(ingest(restored, FAKE, [article(50), article(51), article(52)]))
        assert restored.last_change() >= store.last_change()
        fresh = live_at(folder)
        for index in (fresh, live):
            index.refresh(restored)
            assert (index.from_snapshot, index.damage) == (False, "")
            assert index.dense.ids == stored_ids(restored)
            built = live_at(tmp_path / "none")
            built.refresh(restored)
            assert found(index, "Berita50") == pytest.approx(found(built, "Berita50"), abs=1e-5)


def test_a_snapshot_of_another_store_is_not_used(store: Store, folder: Path, tmp_path: Path) -> None:
    with Store(tmp_path / "other.db") as other:
        list(ingest(other, FAKE, articles(40)))
        live = live_at(folder)
        live.refresh(other)
        assert (live.from_snapshot, live.dense.ids) == (False, stored_ids(other))


def test_a_missing_snapshot_is_no_damage(store: Store, folder: Path) -> None:
    (folder / CURRENT).unlink()
    live = live_at(folder)
    live.refresh(store)
    assert (live.from_snapshot, live.damage) == (False, "")
    assert live.dense.ids == stored_ids(store)


def test_saving_again_sweeps_what_was_left(store: Store, folder: Path) -> None:
    old = generation(folder)
    (folder / "making-123").mkdir()
    (folder / "CURRENT.making-123").write_text("half")
    shutil.copytree(old, folder / "generation-000000000001-abandoned")
    (folder / "notes.txt").write_text("not ours")
    assert {p.name for p in left_over(folder)} == {
        "making-123", "CURRENT.making-123", "generation-000000000001-abandoned",
    }  # fmt: skip
    live_at(folder).save(store)
    assert {p.name for p in folder.iterdir()} == {CURRENT, LOCK, "notes.txt", generation(folder).name}
    assert not old.exists()


def test_several_may_save_at_once(store: Store, folder: Path) -> None:
    errors: list[BaseException] = []

    def save() -> None:
        try:
            with Store(store.path) as own:
                for _ in range(8):
                    live_at(folder).save(own)
                    reader = live_at(folder)
                    reader.refresh(own)
                    assert (reader.from_snapshot, reader.damage) == (True, "")  # though others replace it meanwhile
        except BaseException as e:
            errors.append(e)

    threads = [threading.Thread(target=save) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert left_over(folder) == []


def test_a_snapshot_that_is_replaced_while_it_is_read_is_read_again(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, calls = snapshots._read_files, list[bytes]()

    def overtaken(where: Path, pointer: bytes) -> Any:
        calls.append(pointer)
        if len(calls) < 3:
            snapshots._write_snapshot(
                snapshots._packed(built.dense, "fake/a", store.mark(built.seq), built.seq), folder, built.seq
            )
        return original(where, pointer)

    built = live_at(folder.with_name("none"))
    built.refresh(store)
    monkeypatch.setattr(snapshots, "_read_files", overtaken)
    live = live_at(folder)
    live.refresh(store)
    assert (live.from_snapshot, live.damage, len(set(calls))) == (True, "", 3)


# Row 6


@pytest.mark.slow
def test_500_spoilt_snapshots_are_noticed_and_made_up_for(store: Store, folder: Path) -> None:
    with Nursery() as nursery:
        run = nursery.run("mutate", store.path.parent, seed=6, count=500)
    assert run["signal"] == 0  # FAISS aborts the process when it is given such bytes
    trials = [json.loads(line) for line in run["lines"]]
    assert [trial[0] for trial in trials] == list(range(500)), run["lines"][-1]
    assert [trial for trial in trials if not (trial[3] and trial[4])] == []
    hows, files = Counter(trial[1] for trial in trials), Counter(trial[2] for trial in trials)
    assert set(hows) == {"truncate", "flip", "empty", "delete", "swap", "grow", "folder", "wrong"}
    assert set(files) == {CURRENT, MANIFEST, "moments.npz", "id.faiss", "en.faiss"}
    assert min(*hows.values(), *files.values()) >= 10


def test_damage_is_told_and_mended_by_the_next_snapshot(store: Store, folder: Path) -> None:
    path = generation(folder) / "id.faiss"
    path.write_bytes(path.read_bytes()[:-1])
    live = live_at(folder)
    live.refresh(store)
    assert live.damage == (
        f"the search index in {folder} is damaged (id.faiss does not have the checksum of {MANIFEST}) "
        "and was rebuilt from the store"
    )
    live.save(store)
    assert live.damage == ""
    again = live_at(folder)
    again.refresh(store)
    assert (again.from_snapshot, again.damage) == (True, "")


# Row 7


def test_another_model_of_the_same_dimension(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    question = "Apa kabar Berita7 tentang bank?"
    put_questions(tmp_path, 20)
    with Warta(settings, fake_engine("fake/a")) as warta:
        list(warta.ingest(articles(20)))
        assert warta.ask(question).notice == ""
        assert any(hit.dense for hit in warta.ask(question).hits)
    with Warta(settings, fake_engine("fake/b")) as warta:
        with pytest.raises(ModelMismatchError, match=r"made with fake/a.*fake/b.*warta reindex"):
            list(warta.ingest([article(30)]))
        answer = warta.ask(question)
        assert "fake/a" in answer.notice
        assert "fake/b" in answer.notice
        assert answer.hits
        assert warta.store.article(answer.hits[0].article_id) == article(7)
        assert [hit.dense for hit in answer.hits if hit.dense] == []
        with pytest.raises(FileNotFoundError):
            load_snapshot(settings.index_folder, "fake/b", warta.engine.dimension, NOTHING_KNOWN, warta.store)
        assert warta.live.fingerprint == "fake/a"  # whose vectors fake/b's questions are never compared with

        with Warta(settings, fake_engine("fake/a")) as running:
            assert running.ask(question).notice == ""
            warta.reindex()
            assert "fake/b" in running.ask(question).notice
            assert running.live.fingerprint == "fake/b"

        assert warta.ask(question).notice == ""
        assert any(hit.dense for hit in warta.ask(question).hits)
        assert [o.status for o in warta.ingest([article(30)])] == ["new"]
        loaded = LiveIndex(settings.index_folder, "fake/b", warta.engine.dimension, NOTHING_KNOWN)
        loaded.refresh(warta.store)
        assert (loaded.from_snapshot, loaded.dense.ids) == (True, stored_ids(warta.store))


# Row 8


class Rush:
    """One writer, many readers, one index in memory. Nothing that is gone may be found, nothing new missed."""

    def __init__(self, database: Path, folder: Path) -> None:
        self.database, self.live = database, live_at(folder)
        self.stop = threading.Event()
        self.doomed: set[int] = set()
        self.gone: set[int] = set()
        self.newest: tuple[int, int] | None = None
        self.searches: Counter[int] = Counter()
        self.new_found = 0
        self.errors: list[BaseException] = []

    def guarded(self, work: Callable[[Store, random.Random], None], seed: int) -> threading.Thread:
        def run() -> None:
            try:
                with Store(self.database) as own:
                    work(own, random.Random(seed))
            except BaseException as e:
                self.errors.append(e)
                self.stop.set()

        return threading.Thread(target=run)

    def read(self, own: Store, chance: random.Random) -> None:
        while not self.stop.is_set():
            gone, newest = set(self.gone), self.newest
            self.search(own, newest[1] if newest and chance.random() < 0.5 else chance.randrange(200), gone, newest)
            self.searches[threading.get_ident()] += 1

    def search(self, own: Store, number: int, gone: set[int], newest: tuple[int, int] | None) -> None:
        question = f"Berita{number} bank company"
        query = FAKE.embed_query(question)
        with self.live.current(own) as held:
            assert held is not None
            found = retrieve(question, "id", query, own, held.dense, Filters(), 40, held.words)
            hits = found.hits
            there = own.chunks(hit.chunk_id for hit in hits)
            cited = own.articles(hit.article_id for hit in hits)
            assert held.dense.ids == stored_ids(own)
            fresh = LexicalSearch(own)
            assert found.terms == fresh.idf(list(found.terms))
            bm25 = {i: s for of in fresh.scores(list(found.terms)).values() for i, s in of.of(there).items()}
            assert {hit.chunk_id: hit.lexical for hit in hits if hit.lexical} == bm25
        assert {hit.chunk_id for hit in hits} == set(there)
        assert {hit.article_id for hit in hits} == set(cited)
        assert not gone & set(cited)
        if newest and number == newest[1] and newest[0] not in self.doomed:
            best = max(hits, key=lambda hit: hit.lexical)
            assert cited[best.article_id].title == f"Judul {number}"
            assert best.dense != 0
            self.new_found += 1

    def write(self, own: Store, chance: random.Random) -> None:
        until, number = time.monotonic() + 4, 200
        while time.monotonic() < until and not self.stop.is_set():
            number += 1
            if number % 10 == 5:
                reindex(own, FAKE)
                live_at(self.live.folder).save(own)
                continue
            [outcome] = ingest(own, FAKE, [article(number)])
            assert outcome.article_id
            self.newest = (outcome.article_id, number)
            victim = chance.choice(own.article_ids()[:-1])
            self.doomed.add(victim)
            own.remove_article(victim)
            self.gone.add(victim)
            list(ingest(own, FAKE, [article(number, version=1)]))
        self.stop.set()


@pytest.mark.slow
def test_searching_while_another_adds_removes_and_reindexes(store: Store, folder: Path) -> None:
    rush = Rush(store.path, folder)
    threads = [rush.guarded(rush.read, seed) for seed in range(8)] + [rush.guarded(rush.write, 99)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert rush.errors == []
    assert len(rush.searches) == 8
    assert min(rush.searches.values()) >= 5
    assert rush.new_found >= 5
    assert len(rush.gone) >= 10
    rush.live.refresh(store)
    built = live_at(folder.with_name("none"))
    built.refresh(store)
    assert rush.live.dense.ids == built.dense.ids == stored_ids(store)
    for language in built.dense.languages:
        mine, theirs = rush.live.dense.moments(language), built.dense.moments(language)
        assert mine is not None
        assert theirs is not None
        np.testing.assert_allclose(mine.outer, theirs.outer, atol=1e-6)


# Several threads, one index in memory


def test_readers_share_what_is_in_memory(tmp_path: Path) -> None:
    loaded, begun = list[int](), threading.Barrier(3)

    def load(progress: Progress) -> Embedder:
        loaded.append(threading.get_ident())
        return FAKE

    def ask() -> None:
        with warta.reader() as mine:
            begun.wait(30)
            assert mine.ask("Apa kabar Berita7?").hits
            assert (mine.live, mine.embedder) == (live, FAKE)
            assert mine.store.connection is not warta.store.connection

    with Warta(Settings(data=tmp_path), small_engine("fake/a")) as first:
        list(first.ingest(articles(10)))
    with Warta(Settings(data=tmp_path), Engine("fake/a", DIMENSION, load)) as warta:
        live = warta.live
        run_all(ask, ask, ask)
        assert warta.reader().ask("Apa kabar Berita7?").notice == ""
    assert len(loaded) == 1


def test_two_questions_are_searched_for_at_the_same_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original, inside = Store.articles_of, threading.Barrier(2)

    def meeting(store: Store, ids: Iterable[int]) -> dict[int, int]:
        inside.wait(30)  # until the other is in the midst of its search as well
        return original(store, ids)

    def ask() -> None:
        with warta.reader() as mine:
            assert mine.ask("Apa kabar Berita7?").hits

    with Warta(Settings(data=tmp_path), small_engine("fake/a")) as warta:
        list(warta.ingest(articles(10)))
        monkeypatch.setattr(Store, "articles_of", meeting)
        run_all(ask, ask)


def test_a_change_waits_until_a_search_has_its_answer(store: Store, folder: Path) -> None:
    live, searching, added = live_at(folder), threading.Event(), threading.Event()

    def search() -> None:
        with Store(store.path) as own, live.current(own) as held:
            assert held is not None
            before = held.dense.ids
            searching.set()
            assert added.wait(30)
            time.sleep(0.05)  # time for the other to change the index, were it let
            assert held.dense.ids == before == stored_ids(own)

    def add() -> None:
        with Store(store.path) as own:
            assert searching.wait(30)
            list(ingest(own, FAKE, [article(40)]))
            added.set()
            live.refresh(own)
            assert live.dense.ids == stored_ids(own)

    run_all(search, add)


def test_a_model_that_changes_while_a_question_is_embedded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Warta(Settings(data=tmp_path), small_engine("fake/a")) as warta:
        list(warta.ingest(articles(10)))
        assert warta.ask("Apa kabar Berita7?").notice == ""
        embed = WordEmbedder.embed_query

        def overtaken(embedder: WordEmbedder, text: str) -> Any:
            warta.store.set_meta("fingerprint", "fake/b")
            return embed(embedder, text)

        monkeypatch.setattr(WordEmbedder, "embed_query", overtaken)
        answer = warta.ask("Apa kabar Berita8?")
        assert "fake/b" in answer.notice
        assert answer.hits
        assert not any(hit.dense for hit in answer.hits)


def test_readers_ask_while_another_adds_and_removes(tmp_path: Path) -> None:
    gone, stop, asked = set[int](), threading.Event(), Counter[int]()
    newest: list[tuple[int, int]] = []

    def write() -> None:
        chance = random.Random(1)
        try:
            with warta.reader() as mine:
                for number in range(200, 215):
                    [outcome] = mine.ingest([article(number)])  # saves a snapshot, too
                    assert outcome.article_id
                    newest.append((outcome.article_id, number))
                    until = sum(asked.values()) + 2
                    while sum(asked.values()) < until and not stop.is_set():
                        time.sleep(0.001)
                    victim = chance.choice(mine.store.article_ids()[:-2])
                    mine.store.remove_article(victim)
                    gone.add(victim)
        finally:
            stop.set()

    def read(seed: int) -> None:
        chance = random.Random(seed)
        try:
            with warta.reader() as mine:
                while not stop.is_set():
                    before, new = set(gone), newest[-1] if newest and chance.random() < 0.5 else None
                    answer = mine.ask(f"Apa kabar Berita{new[1] if new else chance.randrange(30)} dari bank?")
                    named = {c.article_id for c in answer.citations} | {h.article_id for h in answer.hits}
                    assert named
                    assert not named & before
                    assert new is None or new[0] in named or new[0] in gone
                    asked[seed] += 1
        finally:
            stop.set()

    with Warta(Settings(data=tmp_path, abstain_below=0.0), small_engine("fake/a")) as warta:
        list(warta.ingest(articles(30)))
        run_all(write, *(partial(read, seed) for seed in range(4)))
        assert len(gone) == 15
        assert min(asked[seed] for seed in range(4)) >= 3
        warta.live.refresh(warta.store)
        assert warta.live.dense.ids == stored_ids(warta.store)
