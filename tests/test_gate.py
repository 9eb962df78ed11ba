"""Readers beside each other, changes alone and in turn. No assertion is about time; the limits only end a hang."""

from __future__ import annotations

import threading
import time
from functools import partial

import pytest
from threads import HANG_S, run_all

from index.gate import Gate


def waits(gate: Gate) -> None:
    """Until somebody waits to change."""
    until = time.monotonic() + HANG_S
    while not gate._waiting:
        assert time.monotonic() < until
        time.sleep(0.001)


def test_readers_are_inside_together() -> None:
    gate, together = Gate(), threading.Barrier(3)

    def read() -> None:
        with gate.reading():
            together.wait(HANG_S)

    run_all(read, read, read)


def test_a_change_waits_for_those_inside_and_goes_before_those_that_come_later() -> None:
    gate, inside, order = Gate(), threading.Event(), list[str]()

    def change() -> None:
        inside.wait(HANG_S)
        with gate.changing():
            order.append("change")

    def early() -> None:
        with gate.reading():
            inside.set()
            waits(gate)
            late = threading.Thread(target=read_late, daemon=True)
            late.start()
            late.join(0.05)  # time to slip in, were it let in
            order.append("early")
        late.join(HANG_S)

    def read_late() -> None:
        with gate.reading():
            order.append("late")

    run_all(early, change)
    assert order == ["early", "change", "late"]


def test_after_a_change_one_reads_on_beside_others_and_nobody_changes_in_between() -> None:
    gate, together, order = Gate(), threading.Barrier(2), list[str]()
    changed = threading.Event()

    def change() -> None:
        with gate.changing() as read_on:
            order.append("first")
            changed.set()
            read_on()
            together.wait(HANG_S)  # a reader is inside, too
            waits(gate)
            order.append("read on")

    def read() -> None:
        changed.wait(HANG_S)
        with gate.reading():
            together.wait(HANG_S)
            other = threading.Thread(target=change_again, daemon=True)
            other.start()
            waits(gate)
        other.join(HANG_S)

    def change_again() -> None:
        with gate.changing():
            order.append("second")

    run_all(change, read)
    assert order == ["first", "read on", "second"]


def test_an_error_inside_leaves_the_gate_open() -> None:
    gate = Gate()

    def read() -> None:
        with gate.reading():
            raise ValueError("read")

    def change(early: bool) -> None:
        with gate.changing() as read_on:
            if early:
                read_on()
            raise ValueError("change")

    for job in (read, partial(change, True), partial(change, False), read):
        with pytest.raises(ValueError, match=r"^(?:read|change)$"):
            job()
    with gate.changing():
        pass


def test_a_change_is_seen_whole_or_not_at_all() -> None:
    gate, pair = Gate(), [0, 0]

    def change() -> None:
        for _ in range(300):
            with gate.changing() as read_on:
                pair[0] += 1
                time.sleep(0)
                pair[1] += 1
                read_on()
                assert pair[0] == pair[1]

    def read() -> None:
        for _ in range(300):
            with gate.reading():
                assert pair[0] == pair[1]

    run_all(change, change, read, read, read, read)
    assert pair == [600, 600]
