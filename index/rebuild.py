"""A reindex of a data folder, one at a time: prepared beside what answers, tried, swapped in, and told as a job."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from index.candidate import FOLDER, size_of, sweep, try_out
from index.errors import StoreBusyError, StoreError
from index.ingest import META_FINGERPRINT, derive_missing
from index.jobs import is_alive
from index.quality import remember, saved_questions
from index.reindexing import Reindexed, forget, prepare, report_of, swap
from index.sources.book import SourceBook
from index.types import Progress

if TYPE_CHECKING:
    from index.pipeline import Warta
    from index.settings import Settings

LOCK = "reindex.lock"
BOT_LOCK = "bot.lock"
"""Held by a bot while it runs."""
JOB = "reindex"
SHOW_EVERY_S = 1.0


def rebuild(warta: Warta, *, full: bool, progress: Progress, now: Callable[[], float] = time.time) -> Reindexed:
    """Derive everything anew; answers go on from the old generation until the new one has proved no worse.

    Its progress is a row of table jobs. Raises StoreBusyError when another reindex runs, StoreError when there is no
    space, EmbedderError, EvaluationError when the saved questions cannot be read.
    """
    settings = warta.settings
    with SourceBook(settings.database, settings.busy_timeout) as book:  # the table of jobs came with the sources
        try:
            with FileLock(settings.data / LOCK, timeout=0):
                return _Job(warta, book, progress, now).run(full=full)
        except Timeout as e:
            raise StoreBusyError(
                f"another reindex of {settings.data} is running{_whose(book, now())}; wait for it to finish"
            ) from e


def beside_a_bot(settings: Settings) -> Settings:
    """The settings of a reindex: where a bot answers, one thread is left to embed with, unless somebody chose."""
    lock = settings.data / BOT_LOCK
    if settings.threads or not lock.exists():
        return settings
    try:
        with FileLock(lock, timeout=0):
            return settings
    except Timeout:
        return replace(settings, threads=1)


def _whose(book: SourceBook, now: float) -> str:
    job = book.running_job(JOB, is_alive, now)
    if job is None:
        return ""
    since = datetime.fromtimestamp(job.started_at, UTC)
    far = f", {job.stage} {job.done:,} of {job.total:,}" if job.total else ""
    return f" (process {job.pid}, since {since:%Y-%m-%d %H:%M} UTC{far})"


class _Job:
    """One run. Its row has a connection of its own, so that nothing is shown while the swap holds the write lock."""

    def __init__(self, warta: Warta, book: SourceBook, progress: Progress, now: Callable[[], float]) -> None:
        self._warta, self._book, self._progress, self._now = warta, book, progress, now
        self._row = 0
        self._shown_at = float("-inf")
        self._stage = ""

    def run(self, *, full: bool) -> Reindexed:
        started, size = self._now(), self._size()
        self._row = self._book.begin_job(JOB, os.getpid(), started)
        ended: dict[str, object] = {"error": "it was interrupted"}
        try:
            done = self._run(full=full)
            report = replace(done, seconds=self._now() - started, bytes_before=size, bytes_after=self._size())
            ended = asdict(report)
        except Exception as e:
            ended = {"error": str(e)}
            raise
        finally:
            with suppress(StoreError):  # what was done is done, and a dead process's row is known by its number
                self._book.end_job(self._row, {"full": full, **ended}, self._now())
        return report

    def _run(self, *, full: bool) -> Reindexed:
        store, embedder = self._warta.store, self._warta.embedder
        questions = saved_questions(store, self._warta.settings.data)  # a malformed file is told before the long work
        sweep(self._warta.settings.data / FOLDER)
        before = store.meta(META_FINGERPRINT)
        made = prepare(store, embedder, full=full, progress=self._show, now=self._now())
        if made.differs:
            verdict = try_out(self._warta, made, questions, self._show)
            if verdict.reason:
                report = replace(report_of(store, made, before), swapped=False, reason=verdict.reason, new_model="")
                forget(store)
                return report
        self._show("swap", 0, 1)
        swap(store, embedder, made, self._show)
        self._show("index", 0, 1)
        if made.differs and verdict.quality:
            remember(store, verdict.quality)
        derive_missing(store)
        self._warta.live.save(store)
        store.take_in_log()  # after a full run it is larger than the database
        self._show("index", 1, 1)
        return report_of(store, made, before)

    def _size(self) -> int:
        settings = self._warta.settings
        files = settings.index_folder.rglob("*") if settings.index_folder.exists() else ()
        held = 0
        for path in files:
            with suppress(OSError):  # a snapshot that was replaced meanwhile
                held += path.stat().st_size
        return size_of(settings.database) + held

    def _show(self, stage: str, done: int, total: int) -> None:
        self._progress(stage, done, total)
        now = self._now()
        if stage == self._stage and now - self._shown_at < SHOW_EVERY_S:
            return
        self._stage, self._shown_at = stage, now
        with suppress(StoreError):  # a busy database is no reason to stop
            self._book.show_progress(self._row, stage, done, total, now)
