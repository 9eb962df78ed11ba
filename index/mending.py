"""What the doctor advises, done where it is safe: nothing is lost by it, and no article is deleted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from filelock import FileLock, Timeout

from index import candidate, snapshots
from index.console import size_words
from index.doctor import FULL, REINDEX, Finding, check_health
from index.errors import WartaError
from index.pipeline import Warta
from index.rebuild import LOCK


def mend(warta: Warta) -> list[str]:
    """Mend what the doctor finds; gives what was done, and what could not be, a line each."""
    wrong = {finding.name: finding for finding in check_health(warta) if not finding.ok}
    steps: list[Callable[[], str]] = [lambda: _drop_arrivals(warta)]
    if (words := wrong.get("full text")) and words.advice == FULL:
        steps.append(lambda: _renew_full_text(warta))
        del wrong["full text"]
    if wrong.keys() == {"snapshot"}:
        steps.append(lambda: _save_snapshot(warta))
    elif command := _reindex_advised(wrong.values()):
        steps.append(lambda: _reindex(warta, full=command == FULL))
    steps += [lambda: _sweep(warta), lambda: _checkpoint(warta)]
    return [line for step in steps if (line := _attempt(step))]


def _attempt(step: Callable[[], str]) -> str:
    try:
        return step()
    except (WartaError, OSError) as e:
        return f"not done: {e}"


def _reindex_advised(wrong: Iterable[Finding]) -> str:
    advised = {finding.advice for finding in wrong}
    return FULL if FULL in advised else REINDEX if REINDEX in advised else ""


def _drop_arrivals(warta: Warta) -> str:
    with warta.store.transaction():
        gone = warta.store.connection.execute(
            "delete from arrivals where article_id not in (select id from articles)"
        ).rowcount
    return f"dropped {gone:,} arrivals of articles that are gone" if gone else ""


def _renew_full_text(warta: Warta) -> str:
    warta.store.repair_full_text()
    return "built the full-text indexes anew"


def _save_snapshot(warta: Warta) -> str:
    warta.live.save(warta.store)
    return "wrote the snapshot anew"


def _reindex(warta: Warta, *, full: bool) -> str:
    report = warta.reindex(full=full)
    if not report.swapped:
        return f"not done: {report.reason}"
    return f"reindexed {report.articles:,} articles: {report.embedded:,} passages embedded, {report.reused:,} reused"


def _sweep(warta: Warta) -> str:
    """Under the lock of a reindex: what one is making is not left over."""
    index, trial = warta.settings.index_folder, warta.settings.data / candidate.FOLDER
    try:
        with FileLock(warta.settings.data / LOCK, timeout=0):
            left = len(candidate.left_over(trial))
            candidate.sweep(trial)
    except Timeout:
        left = 0
    if index.exists():
        with FileLock(index / snapshots.LOCK, timeout=60):
            left += len(snapshots.left_over(index))
            snapshots.sweep(index)
    return f"removed {left:,} files and folders that were left over" if left else ""


def _checkpoint(warta: Warta) -> str:
    """As far as nobody reads from it."""
    log = Path(f"{warta.settings.database}-wal")
    before = log.stat().st_size if log.exists() else 0
    warta.store.take_in_log()
    after = log.stat().st_size if log.exists() else 0
    return f"took {size_words(before - after)} of the database's log into it" if after < before else ""
