"""Whether a loop that goes on for ever still comes round."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

LATE_S = 300.0
"""After so long without a round a loop is stuck; a database that is busy does not hold one up for so long."""


class Rounds:
    """When a loop last came round."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` is never set back."""
        self.clock = clock
        self._at = math.inf

    def another(self) -> None:
        """It has come round, or on."""
        self._at = self.clock()

    @property
    def is_late(self) -> bool:
        """Whether it has not for far too long; never before its first round."""
        return self.clock() - self._at > LATE_S
