"""Many readers, or one who changes."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator


class Gate:
    """A readers/writer lock between threads. Neither block may be entered again inside itself or the other.

    Who waits to change goes before readers that come later, so that a stream of them cannot keep it out.
    """

    def __init__(self) -> None:
        self._turn = threading.Condition()
        self._readers = self._waiting = 0
        self._changing = False

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Beside other readers."""
        with self._turn:
            self._turn.wait_for(lambda: not self._changing and not self._waiting)
            self._readers += 1
        try:
            yield
        finally:
            with self._turn:
                self._readers -= 1
                self._turn.notify_all()

    @contextlib.contextmanager
    def changing(self) -> Iterator[Callable[[], None]]:
        """Alone. Calling what is given ends that: the rest of the block is reading, with no change in between."""
        with self._turn:
            self._waiting += 1
            try:
                self._turn.wait_for(lambda: not self._changing and not self._readers)
                self._changing = True
            finally:
                self._waiting -= 1
                self._turn.notify_all()  # readers waited for this one; were it interrupted, nobody else would tell them

        alone = True

        def read_on() -> None:
            nonlocal alone
            if alone:
                with self._turn:
                    alone = self._changing = False
                    self._readers += 1
                    self._turn.notify_all()

        try:
            yield read_on
        finally:
            read_on()
            with self._turn:
                self._readers -= 1
                self._turn.notify_all()
