"""A new generation built apart from the one that answers, and tried before it takes its place."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from index.console import size_words
from index.doctor import check_health, damaged_full_text
from index.errors import StoreError
from index.pipeline import Warta
from index.quality import Quality, SavedQuestion, measure, remembered, worse
from index.reindexing import Generation, swap
from index.types import Progress

FOLDER = "reindex"
"""Below the data folder."""
MAKING, REJECTED = "making", "rejected-"
SPACE = 3
"""Times the database's size that has to be free: the copy, what the swap adds to it, and the swap itself."""
_INHERITED = ("database", "full text", "vectors")
"""What can be wrong before and, where not everything is made anew, stays so: no fault of the new generation."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of trying it."""

    reason: str
    """Why it is not to be used; "" when it is."""
    quality: Quality | None
    """Its figures; None where it was too broken to be asked."""


def try_out(warta: Warta, made: Generation, questions: Sequence[SavedQuestion], progress: Progress) -> Verdict:
    """Apply a generation to a copy of the database, have the doctor look at it and ask it the questions.

    A copy that is worse than what answers now, or broken, is kept as `reindex/rejected-…` in the data folder.
    Raises StoreError when there is no space for it.
    """
    folder = warta.settings.data / FOLDER
    steps = _Steps(progress, 2 + 2 * len(questions))
    sweep(folder)
    with _built(warta, made, folder / MAKING) as apart:
        steps.take()
        verdict = _verdict(warta, apart, made, questions, steps)
    if verdict.reason:
        kept = _keep(folder)
        verdict = replace(verdict, reason=f"{verdict.reason}; the copy is kept in {kept}")
    sweep(folder)
    return verdict


@contextlib.contextmanager
def _built(warta: Warta, made: Generation, data: Path) -> Iterator[Warta]:
    """An opened data folder that holds the new generation."""
    _check_space(warta)
    data.mkdir(parents=True)
    settings = replace(warta.settings, data=data)
    warta.store.copy_to(settings.database)
    engine = replace(warta.engine, load=lambda progress: warta.embedder)
    with Warta(settings, engine) as apart:
        apart.store.connection.execute("pragma synchronous = off")  # it is made again after a loss of power
        apart.store.alone = True
        made.words_damaged = made.full and bool(damaged_full_text(apart.store))
        # Of its own: what comes in meanwhile may have been copied and is embedded here, but not yet in the database.
        swap(apart.store, warta.embedder, replace(made, plans=dict(made.plans), wanted=set(made.wanted)))
        yield apart


def _check_space(warta: Warta) -> None:
    needed, free = SPACE * size_of(warta.settings.database), shutil.disk_usage(warta.settings.data).free
    if free < needed:
        raise StoreError(
            f"{size_words(free)} are free in {warta.settings.data}, but checking the new index takes "
            f"{size_words(needed)}; free some space and run it again: what is embedded stays"
        )


def size_of(database: Path) -> int:
    """Bytes of a database with its log."""
    return sum(path.stat().st_size for path in (database, Path(f"{database}-wal")) if path.exists())


def _verdict(
    warta: Warta, apart: Warta, made: Generation, questions: Sequence[SavedQuestion], steps: _Steps
) -> Verdict:
    if broken := _broken(warta, apart, made):
        return Verdict(f"the new index is broken: {broken}", None)
    steps.take()
    try:
        after = measure(apart, questions, steps.asked)
    except Exception as e:  # whatever it is broken by, the doctor did not notice
        return Verdict(f"the new index cannot be asked: {e}", None)
    reason = worse(_before(warta, made, questions, steps), after)
    return Verdict(f"the new index is worse: {reason}" if reason else "", after)


def _broken(warta: Warta, apart: Warta, made: Generation) -> str:
    """The first fault that the new generation has of its own; "" when there is none."""
    wrong = [finding for finding in check_health(apart) if not finding.ok]
    inherited = _INHERITED[:1] if made.full else _INHERITED
    if any(finding.name in inherited for finding in wrong):
        known = {finding.name for finding in check_health(warta) if not finding.ok and finding.name in inherited}
        wrong = [finding for finding in wrong if finding.name not in known]
    return f"{wrong[0].name}: {wrong[0].detail}" if wrong else ""


def _before(warta: Warta, made: Generation, questions: Sequence[SavedQuestion], steps: _Steps) -> Quality | None:
    """What the generation that answers now gives; None where it cannot be asked.

    A model that was replaced may not be there any more: then the figures count that were remembered of it, or else
    what words alone find, below which no model may fall.
    """
    if made.new_model and warta.serving.engine.missing and (last := remembered(warta.store)):
        return last
    try:
        return measure(warta, questions, steps.asked)
    except Exception:  # whatever it is broken by is a reason more to replace it
        return None


class _Steps:
    """How far the trial is: copy, doctor, and each question twice."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0
        progress("check", 0, total)

    def take(self) -> None:
        self._done += 1
        self._progress("check", self._done, self._total)

    def asked(self, stage: str, done: int, total: int) -> None:
        """As a `Progress` of the questions."""
        if done:
            self.take()


def _keep(folder: Path) -> Path:
    """Keep the copy, instead of the one that was kept before."""
    for older in folder.glob(f"{REJECTED}*"):
        shutil.rmtree(older, ignore_errors=True)
    kept = folder / f"{REJECTED}{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    (folder / MAKING).replace(kept)
    return kept


def left_over(folder: Path) -> list[Path]:
    """What an interrupted trial left behind; only to be asked while no reindex runs."""
    return [path for path in (folder / MAKING,) if path.exists()]


def sweep(folder: Path) -> None:
    """Remove what is left over, and the folder when nothing is kept in it."""
    for path in left_over(folder):
        shutil.rmtree(path, ignore_errors=True)
    with contextlib.suppress(OSError):
        folder.rmdir()
