"""A new generation takes over only when it is sound and answers no worse; one job at a time, told as a row."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from filelock import FileLock
from news import DIMENSION, Counting, article, articles, put_questions, small_engine

from index import candidate, chunk, reindexing
from index.doctor import check_health
from index.embed.engines import Engine
from index.errors import EvaluationError, StoreBusyError, StoreError
from index.jobs import SLACK_S, Job, is_alive
from index.pipeline import Warta
from index.quality import FILE, remembered
from index.rebuild import BOT_LOCK, LOCK, beside_a_bot, rebuild
from index.settings import Settings
from index.sources.book import SourceBook
from index.store import Store
from index.types import Vectors, silent

COUNT = 24


@pytest.fixture
def data(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    put_questions(data, COUNT)
    with opened(data) as warta:
        list(warta.ingest(articles(COUNT)))
    return data


def opened(data: Path, embedder: Counting | None = None) -> Warta:
    if embedder is None:
        return Warta(Settings(data=data), small_engine())
    return Warta(Settings(data=data), Engine(embedder.fingerprint, DIMENSION, lambda progress: embedder))


def last_job(data: Path) -> Job:
    with SourceBook(data / "warta.db") as book:
        job = book.last_job("reindex")
    assert job is not None
    return job


def answers(warta: Warta) -> list[Any]:
    given = [warta.ask(one.body.split(". ")[0]) for one in articles(COUNT)]
    return [(a.text, a.confidence, a.quotes, a.hits) for a in given]


def searched(store: Store) -> list[Any]:
    """All that answers are made of."""
    return [
        store.read("select * from chunks order by id"),
        store.read("select rowid, lemmas from chunks_fts order by rowid"),
        store.read("select * from vectors where fingerprint = 'fake/a' order by text_hash"),
        store.last_change(),
        store.mark(0),
    ]


class Scrambling(Counting):
    """Sound vectors, but each says nothing of its text."""

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        chance = np.random.default_rng(len(self.asked))
        self.asked += texts
        vectors = chance.normal(size=(len(texts), DIMENSION)).astype(np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


class Long(Counting):
    """Vectors that are not of length 1."""

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return super().embed_passages(texts) * np.float32(3)


@pytest.mark.parametrize(
    ("embedder", "said"),
    [
        (Scrambling(), "the new index is worse: answer_hit@1 fell from "),
        (Long(), "the new index is broken: vectors: "),
    ],
    ids=["worse", "broken"],
)
def test_a_generation_that_is_no_good_is_kept_aside(data: Path, embedder: Counting, said: str) -> None:
    with opened(data) as asking, opened(data, embedder) as warta:
        before, rows = answers(asking), searched(warta.store)
        report = warta.reindex(full=True)
        assert not report.swapped
        assert report.reason.startswith(said)
        [kept] = (data / candidate.FOLDER).iterdir()
        assert str(kept) in report.reason
        assert searched(warta.store) == rows
        assert answers(asking) == before
        with opened(data) as later:
            assert answers(later) == before
            assert [f for f in check_health(later) if not f.ok] == []
        assert warta.store.read("select distinct fingerprint from vectors") == [("fake/a",)]
        with Store(kept / "warta.db") as aside:
            assert searched(aside)[2] != rows[2]
    job = last_job(data)
    assert (job.report["swapped"], job.report["reason"], job.finished_at is None) == (False, report.reason, False)
    with opened(data) as sound:
        assert sound.reindex(full=True).embedded == report.embedded  # nothing of the bad ones is taken for done
        assert [path.name for path in (data / candidate.FOLDER).iterdir()] == [kept.name]


def test_only_the_last_one_is_kept_aside(data: Path) -> None:
    older = data / candidate.FOLDER / f"{candidate.REJECTED}20260101T000000Z"
    older.mkdir(parents=True)
    (older / "warta.db").write_text("older")
    with opened(data, Long()) as warta:
        assert not warta.reindex(full=True).swapped
    [kept] = (data / candidate.FOLDER).iterdir()
    assert kept != older


def test_another_model_is_compared_with_the_figures_that_are_remembered(data: Path) -> None:
    other = Scrambling("fake/b")
    with opened(data) as warta:
        assert warta.reindex(full=True).swapped
        assert (before := remembered(warta.store)) is not None
        assert (before.questions, before.with_answers, before.with_article) == (COUNT,) * 3
    with opened(data, other) as warta:
        report = warta.reindex()
        assert (report.swapped, report.new_model) == (False, "")
        assert warta.store.meta("fingerprint") == "fake/a"
        assert remembered(warta.store) == before
    with opened(data, Counting("fake/b")) as warta:
        report = warta.reindex()
        assert (report.swapped, report.new_model) == (True, "fake/b")
    with opened(data, Counting("fake/b")) as warta:
        assert warta.reindex().new_model == ""


def test_nothing_is_copied_when_nothing_changes(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Store, "copy_to", None)
    with opened(data) as warta:
        report = warta.reindex()
    assert (report.embedded, report.swapped) == (0, True)
    assert not (data / candidate.FOLDER).exists()


def test_what_answers_does_not_change_before_the_swap(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    with opened(data) as asking:
        before, rows = answers(asking), searched(asking.store)

        def look(stage: str, done: int, total: int) -> None:
            if stage not in seen and stage != "index":
                seen.append(stage)
                assert searched(asking.store) == rows
                assert answers(asking) == before

        monkeypatch.setattr(chunk, "TARGET_WORDS", 30)
        monkeypatch.setattr(chunk, "FULL_WORDS", 60)
        with opened(data) as warta:
            assert rebuild(warta, full=True, progress=look).swapped
        assert seen == ["plan", "embed", "check", "swap"]
        assert searched(asking.store) != rows
        assert [f for f in check_health(asking) if not f.ok] == []


def test_others_may_write_while_it_is_tried(data: Path) -> None:
    def write(stage: str, done: int, total: int) -> None:
        if (stage, done) == ("check", 1):  # the copy is made and its generation in place
            with Store(data / "warta.db", busy_timeout=0.0) as other:
                other.set_meta("note", "written")
            with opened(data) as other:
                list(other.ingest([article(40)]))

    with opened(data) as warta:
        assert rebuild(warta, full=True, progress=write).articles == COUNT + 1
        assert warta.store.meta("note") == "written"
        assert [f for f in check_health(warta) if not f.ok] == []


def test_a_fault_of_before_is_no_fault_of_the_new_one(data: Path) -> None:
    with opened(data, Counting("fake/b")) as warta:
        warta.store.connection.execute("pragma foreign_keys = off")
        warta.store.connection.execute("insert into article_keys values ('https://x.example', 999)")
        assert warta.reindex().swapped
        assert [f.name for f in check_health(warta) if not f.ok] == ["database"]


def test_there_has_to_be_space_for_the_copy(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=1_000))
    with opened(data) as warta:
        rows = searched(warta.store)
        with pytest.raises(StoreError, match=r"1\.0 kB are free .* free some space"):
            warta.reindex(full=True)
        assert searched(warta.store) == rows
        monkeypatch.undo()
        assert warta.reindex(full=True).embedded == 0  # all of it was done
    assert "error" not in last_job(data).report


def test_a_malformed_file_of_questions_is_told_before_anything_is_embedded(data: Path) -> None:
    (data / FILE).write_text("{}\n")
    embedder = Counting()
    with opened(data, embedder) as warta, pytest.raises(EvaluationError, match=r"quality\.jsonl:1"):
        warta.reindex(full=True)
    assert embedder.asked == []
    assert "quality.jsonl:1" in last_job(data).report["error"]


def test_the_log_of_a_full_run_does_not_stay(data: Path) -> None:
    with opened(data) as warta:
        list(warta.ingest([article(50)]))
        assert (data / "warta.db-wal").stat().st_size > 0
        warta.reindex(full=True)
        assert (data / "warta.db-wal").stat().st_size < 20_000  # the job's last row alone


# The job


def test_its_row_is_written_once_a_second(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[tuple[str, int, int, float]] = []
    monkeypatch.setattr(
        SourceBook, "show_progress", lambda self, job, stage, done, total, now: shown.append((stage, done, total, now))
    )
    monkeypatch.setattr(reindexing, "EMBED_STEP", 1)
    now = [1_000.0]

    def tick(stage: str, done: int, total: int) -> None:
        now[0] += 0.25 if stage == "embed" else 0.0

    with opened(data) as warta:
        report = rebuild(warta, full=True, progress=tick, now=lambda: now[0])
    embed = [(done, at) for stage, done, _, at in shown if stage == "embed"]
    assert len(embed) == 7  # 25 steps of a quarter of a second
    assert [at - embed[0][1] for _, at in embed] == [0, 1, 2, 3, 4, 5, 6]
    assert list(dict.fromkeys(stage for stage, *_ in shown)) == ["plan", "embed", "check", "swap", "index"]
    job = last_job(data)
    assert (job.pid, job.started_at, job.finished_at) == (os.getpid(), 1_000.0, now[0])
    assert job.report["full"] is True
    assert {name: job.report[name] for name in ("articles", "embedded", "seconds")} == {
        "articles": COUNT, "embedded": report.embedded, "seconds": 6.25,
    }  # fmt: skip
    assert min(report.bytes_before, report.bytes_after) > (data / "warta.db").stat().st_size


def test_a_second_one_is_told_who_runs_it(data: Path) -> None:
    with SourceBook(data / "warta.db") as book, FileLock(data / LOCK), opened(data) as warta:
        with pytest.raises(StoreBusyError, match=r"another reindex of \S+ is running; wait"):
            warta.reindex()
        job = book.begin_job("reindex", os.getpid(), 1_700_000_000)
        book.show_progress(job, "embed", 120, 3_000, 1_700_000_001)
        told = rf"\(process {os.getpid()}, since 2023-11-14 22:13 UTC, embed 120 of 3,000\); wait"
        with pytest.raises(StoreBusyError, match=told):
            rebuild(warta, full=False, progress=silent, now=lambda: 1_700_000_002.0)
        if sys.platform == "linux":  # this process did not run in 2023: it was only given the number
            with pytest.raises(StoreBusyError, match=r"another reindex of \S+ is running; wait"):
                warta.reindex()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells when a process began")
def test_a_younger_process_of_the_same_number_is_another_one() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as young:
        try:
            assert is_alive(young.pid)
            assert is_alive(young.pid, SLACK_S)
            assert not is_alive(young.pid, 3600.0)
        finally:
            young.kill()
    assert is_alive(1)
    assert not is_alive(young.pid)


@pytest.mark.parametrize("told", ["", "4711 (a) b) S 1 1 1 0 -1", "4711 (a b) S " + "x " * 30])
def test_where_no_age_is_told_any_process_of_that_number_counts(monkeypatch: pytest.MonkeyPatch, told: str) -> None:
    monkeypatch.setattr(Path, "read_text", lambda self, **_: told)
    assert is_alive(os.getpid(), 1e9)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells when a process began")
def test_the_age_is_the_22nd_field_of_its_state(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = int((time.clock_gettime(time.CLOCK_BOOTTIME) - 500) * os.sysconf("SC_CLK_TCK"))
    told = f"4711 (a) 7 (b) S {' '.join(['1'] * 18)} {ticks} 1 1"  # it began 500 s ago; its name is "a) 7 (b"
    monkeypatch.setattr(Path, "read_text", lambda self, **_: told)
    assert is_alive(os.getpid(), 500.0)
    assert not is_alive(os.getpid(), 520.0)


def test_a_dead_jobs_row_is_recognised(data: Path) -> None:
    with SourceBook(data / "warta.db") as book:
        assert book.running_job("reindex", lambda pid, age: True, 4.0) is None
        job = book.begin_job("reindex", 4_711, 1.0)
        assert book.running_job("reindex", lambda pid, age: pid != 4_711, 4.0) is None
        running = book.running_job("reindex", lambda pid, age: (pid, age) == (4_711, 3.0), 4.0)
        assert running is not None
        assert running.id == job
        assert book.running_job("sync", lambda pid, age: True, 4.0) is None
        book.end_job(job, {}, 2.0)
        assert book.running_job("reindex", lambda pid, age: True, 4.0) is None


def test_beside_a_bot_one_thread_embeds(data: Path, tmp_path: Path) -> None:
    settings = Settings(data=data)
    assert beside_a_bot(settings) == settings
    with FileLock(data / BOT_LOCK):
        assert beside_a_bot(settings).threads == 1
        assert beside_a_bot(Settings(data=data, threads=2)).threads == 2
    assert beside_a_bot(settings) == settings
    assert beside_a_bot(Settings(data=tmp_path / "none")).threads == 0
    assert not (tmp_path / "none").exists()
