"""Leaves alone for a while what has failed several times in a row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

FAILURES = 3
"""In a row."""
REST_S = 60.0


@dataclass
class Breaker:
    """For one thread. After a rest one try is let through; it decides whether the rest goes on."""

    now: Callable[[], float]
    """Seconds of a clock that does not go back."""
    failures: int = field(default=0, init=False)
    """In a row, so far."""
    _rests_until: float = field(default=float("-inf"), init=False)

    @property
    def rests(self) -> bool:
        """Whether it is to be left alone."""
        return self.now() < self._rests_until

    @property
    def rest_left(self) -> float:
        """Seconds that it is still to be left alone."""
        return max(self._rests_until - self.now(), 0.0)

    def may_try(self) -> bool:
        """Whether to try; the first after a rest keeps the others waiting until it has told."""
        if self.rests:
            return False
        if self.failures >= FAILURES:
            self._rests_until = self.now() + REST_S
        return True

    def worked(self) -> None:
        """A try went well."""
        self.failures, self._rests_until = 0, float("-inf")

    def failed(self) -> None:
        """A try did not."""
        self.failures += 1
        if self.failures >= FAILURES:
            self._rests_until = self.now() + REST_S
