"""What the soak counts, and that it says no where it must."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import Any

from soak_reindex import Reindexes
from soak_world import Figure, table

ALIVE, GONE = os.getpid(), 2**22 + 1  # no process has a number beyond pid_max


class Server:
    """A machine whose jobs and vectors stand here."""

    def __init__(self) -> None:
        self.jobs: list[tuple[int, int, float | None, str]] = []
        self.vectors = 0

    def rows(self, query: str) -> list[Any]:
        return self.jobs[-1:]

    def number(self, query: str) -> int:
        return self.vectors


def told(reindexes: Reindexes) -> dict[str, tuple[object, bool]]:
    return {one.name: (one.value, one.kept) for one in reindexes.figures()}


def scene() -> tuple[Server, Reindexes, SimpleNamespace]:
    server, seen = Server(), SimpleNamespace(orders=0, kills=[])

    def order() -> None:
        seen.orders += 1

    reindexes = Reindexes(server, order, lambda *, children_too: seen.kills.append(children_too))  # type: ignore[arg-type]
    return server, reindexes, seen


def test_a_reindex_is_killed_once_ordered_again_and_has_to_reuse_what_was_there() -> None:
    server, reindexes, seen = scene()
    reindexes.begin(cut=True)
    server.jobs.append((1, ALIVE, None, ""))
    reindexes.attend(may_kill=True)
    assert seen.kills == []  # nothing would be lost yet
    server.vectors = 12
    reindexes.attend(may_kill=True)
    reindexes.attend(may_kill=True)
    assert (seen.kills, seen.orders) == ([True], 1)
    server.jobs[0] = (1, GONE, None, "")
    reindexes.attend(may_kill=True)
    assert seen.orders == 2
    server.jobs.append((2, ALIVE, 9.0, '{"swapped": true, "reused": 12}'))
    reindexes.attend(may_kill=True)
    assert all(kept for _, kept in told(reindexes).values())
    assert told(reindexes)["of these gone on with, nothing embedded twice"] == (1, True)


def test_one_that_embeds_again_or_is_not_taken_or_never_ends_is_told() -> None:
    server, reindexes, seen = scene()
    reindexes.begin(cut=True)
    server.jobs.append((1, ALIVE, None, ""))
    server.vectors = 12
    reindexes.attend(may_kill=True)
    server.jobs.append((2, ALIVE, 9.0, '{"swapped": false, "reused": 12}'))
    reindexes.attend(may_kill=True)
    assert told(reindexes)["full reindexes not taken"] == (1, False)
    assert told(reindexes)["full reindexes finished and swapped in"] == (0, False)
    server.jobs.append((3, ALIVE, 9.0, '{"swapped": true, "reused": 11}'))
    reindexes.attend(may_kill=True)
    assert told(reindexes)["of these gone on with, nothing embedded twice"] == (0, False)
    assert seen.orders == 2


def test_in_the_quiet_part_nothing_is_killed() -> None:
    server, reindexes, seen = scene()
    reindexes.begin(cut=True)
    server.jobs.append((1, ALIVE, None, ""))
    server.vectors = 12
    reindexes.attend(may_kill=False)
    assert seen.kills == []


def test_what_is_not_as_promised_is_marked() -> None:
    lines = table([Figure("questions", 5), Figure("alerts lost", 1, "0", False)]).splitlines()
    assert [line[:1] for line in lines[1:]] == [" ", "✗"]
    assert lines[2].split()[1:] == ["alerts", "lost", "1", "0"]
