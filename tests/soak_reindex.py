"""The soak's administrator: orders reindexes, has each killed once in the middle, and orders it again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from soak_world import Figure, Machine

from index.jobs import is_alive

AGAIN_S = 20.0
"""After which an order that came to no job is given again: the run that it joined may have been killed right then."""


class Kill(Protocol):
    """Kills the bot, with or without its children, and starts it again."""

    def __call__(self, *, children_too: bool) -> None: ...


class Reindexes:
    """The full reindexes of a soak: how many were asked for, cut off, gone on with, and swapped in."""

    def __init__(self, machine: Machine, order: Callable[[], object], kill: Kill) -> None:
        self._machine, self._order, self._kill = machine, order, kill
        self.asked = self.done = self.cut = self.resumed = self.rejected = 0
        self._cut_due, self._pending = False, False
        self._seen, self._ordered_at = 0, 0.0
        self._waiting = 0
        """Vectors of the full run that were there at the last kill."""

    def begin(self, *, cut: bool) -> None:
        """A new one, unless the one before is not over. `cut`: it is to be killed once."""
        if self._pending:
            return
        self.asked += 1
        self._cut_due, self._pending, self._waiting = cut, True, 0
        self._seen = self._newest()[0]
        self._give_order()

    def attend(self, *, may_kill: bool) -> None:
        """See how far it is: kill it where its vectors begin to be there, order it again where it was cut off."""
        if not self._pending:
            return
        number, pid, finished, report = self._newest()
        if number == self._seen:
            if time.monotonic() - self._ordered_at > AGAIN_S:
                self._give_order()
        elif finished and report.get("swapped"):
            self._pending, self.done = False, self.done + 1
            self.resumed += 0 < self._waiting <= report["reused"]
        elif finished or not is_alive(pid):
            self.rejected += bool(finished) and "error" not in report
            self._seen = number
            self._give_order()
        elif may_kill and self._cut_due and (waiting := self._vectors()):
            self._cut_due, self._waiting, self.cut = False, waiting, self.cut + 1
            self._kill(children_too=True)

    def figures(self) -> Iterator[Figure]:
        """What came of them."""
        yield Figure("full reindexes asked for", self.asked, "> 0", self.asked > 0)
        yield Figure("full reindexes finished and swapped in", self.done, "all", self.done == self.asked)
        yield Figure("full reindexes not taken", self.rejected, "0", not self.rejected)
        yield Figure("reindexes killed in the middle", self.cut, "> 0", self.cut > 0)
        yield Figure("of these gone on with, nothing embedded twice", self.resumed, "all", self.resumed == self.cut)

    def _give_order(self) -> None:
        self._ordered_at = time.monotonic()
        self._order()

    def _newest(self) -> tuple[int, int, float | None, dict[str, Any]]:
        rows: list[Any] = self._machine.rows(
            "select id, pid, finished_at, report from jobs where kind = 'reindex' order by id desc limit 1"
        )
        if not rows:
            return 0, 0, None, {}
        number, pid, finished, report = rows[0]
        return number, pid, finished, json.loads(report or "{}")

    def _vectors(self) -> int:
        return self._machine.number("select count(*) from vectors where fingerprint like '% full'")
