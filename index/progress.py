"""How far long work has come: bars with a count and the time left, on standard error and only on a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from index.console import safe_line, say

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

WORDS = {
    "model": "Building the embedding model (once)",
    "add": "Articles",
    "ingest": "Articles",
    "ask": "Questions",
    "plan": "Reading the articles",
    "embed": "Embedding passages",
    "check": "Checking the new index",
    "swap": "Putting it in place",
    "index": "Saving it",
    "sync": "Sources",
    "fetch": "Articles",
    "backup": "Copying the database",
    "pack": "Packing",
    "unpack": "Unpacking",
}
ALWAYS_SAID = ("model",)
"""Stages that are announced by a line without a terminal: a pause that comes once should not look like a hang."""


class Bars:
    """A progress callback, `bars(stage, done, total)`; one bar a stage. Close it before the results are printed."""

    def __init__(self) -> None:
        self._on_terminal = sys.stderr.isatty()
        self._progress: Progress | None = None
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Bars:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show that `done` of `total` steps of a stage are done."""
        words = WORDS.get(stage, stage)
        if not self._on_terminal:
            if stage in ALWAYS_SAID and done == 0:
                say(f"{words} …")
            return
        progress = self._progress or self._start()
        if stage not in self._tasks:
            self._tasks[stage] = progress.add_task(words, total=total)
        progress.update(self._tasks[stage], completed=done, total=max(done, total))
        if 0 < total <= done:
            progress.remove_task(self._tasks.pop(stage))

    def say(self, line: str) -> None:
        """A line above the bars."""
        if self._progress is None:
            say(line)
        else:
            self._progress.console.print(safe_line(line), soft_wrap=True)

    def close(self) -> None:
        """Take the bars away."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None
            self._tasks.clear()

    def _start(self) -> Progress:
        # rich's bars take 60 ms to import: a question answered at once has none.
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        from index.console import terminal

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=terminal(stderr=True), transient=True)
        self._progress.start()
        return self._progress
