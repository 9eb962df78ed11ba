"""How the work grows with its input, as a ratio within one run: these machines are too noisy for seconds."""

from __future__ import annotations

import time
from collections.abc import Callable

QUADRATIC = 16.0
"""What quadratic work costs for an input of four times the size; linear work costs 4."""
LINEAR_ENOUGH = 10.0
_ROUNDS = 5
_SETUP_S = 0.005
"""Added to both sides, so that work too short to be timed does not decide."""


def growth(work: Callable[[int], object], size: int = 30_000) -> float:
    """Processor time of `work(4 * size)` over that of `work(size)`, the best of several rounds taken in turn."""
    small = large = float("inf")
    for _ in range(_ROUNDS):
        small, large = min(small, _seconds(work, size)), min(large, _seconds(work, 4 * size))
        if (large + _SETUP_S) / (small + _SETUP_S) < LINEAR_ENOUGH:
            break
    return (large + _SETUP_S) / (small + _SETUP_S)


def _seconds(work: Callable[[int], object], size: int) -> float:
    started = time.process_time()
    work(size)
    return time.process_time() - started
