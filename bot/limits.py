"""How much one person may ask for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Literal

MOST_PEOPLE = 10_000
"""People that are remembered; whoever was silent longest is forgotten first."""

Verdict = Literal["go", "tell", "hush"]


class PersonalLimit:
    """A token bucket a person (Turner 1986): a burst of `per_minute`, refilled evenly within a minute."""

    def __init__(self, per_minute: int, now: Callable[[], float]) -> None:
        self._capacity = float(per_minute)
        self._now = now
        self._buckets: OrderedDict[int, tuple[float, float, bool]] = OrderedDict()

    def ask(self, person: int) -> Verdict:
        """Whether a question may be asked now: "go"; "tell" the person to wait; "hush" when that was said already."""
        now = self._now()
        tokens, before, told = self._buckets.pop(person, (self._capacity, now, False))
        # A clock that was set back must not take what was there.
        tokens = min(self._capacity, tokens + max(now - before, 0.0) * self._capacity / 60)
        verdict: Verdict = "go" if tokens >= 1 else "hush" if told else "tell"
        self._buckets[person] = (tokens - 1 if verdict == "go" else tokens, now, verdict != "go")
        if len(self._buckets) > MOST_PEOPLE:
            self._buckets.popitem(last=False)
        return verdict

    def wait(self, person: int) -> float:
        """Seconds until the next question may be asked."""
        tokens, before, _ = self._buckets.get(person, (self._capacity, 0.0, False))
        missing = 1 - tokens - max(self._now() - before, 0.0) * self._capacity / 60
        return max(missing, 0.0) * 60 / self._capacity
