"""What one person may ask: a burst, then evenly; told once, then hushed."""

from __future__ import annotations

from bot import limits
from bot.limits import PersonalLimit


class Watch:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


def test_a_burst_is_let_through_and_the_person_is_told_once() -> None:
    limit = PersonalLimit(3, Watch())
    assert [limit.ask(1) for _ in range(6)] == ["go", "go", "go", "tell", "hush", "hush"]
    assert limit.ask(2) == "go"  # nobody pays for another


def test_three_a_minute_come_back_one_in_twenty_seconds() -> None:
    watch = Watch()
    limit = PersonalLimit(3, watch)
    for _ in range(4):
        limit.ask(1)
    assert limit.wait(1) == 20  # 60 s / 3
    watch.at += 19.9
    assert limit.ask(1) == "hush"
    assert round(limit.wait(1), 3) == 0.1
    watch.at += 0.2
    assert limit.ask(1) == "go"
    assert limit.ask(1) == "tell"  # and is told anew after having been let through
    watch.at += 3600
    assert [limit.ask(1) for _ in range(4)] == ["go", "go", "go", "tell"]  # never more than a burst


def test_a_clock_that_is_set_back_takes_nothing_away_and_gives_nothing() -> None:
    watch = Watch()
    limit = PersonalLimit(2, watch)
    assert limit.ask(1) == "go"
    watch.at -= 3600
    assert [limit.ask(1), limit.ask(1)] == ["go", "tell"]
    watch.at += 30
    assert limit.ask(1) == "go"


def test_who_is_unknown_waits_for_nothing() -> None:
    assert PersonalLimit(2, Watch()).wait(1) == 0


def test_only_so_many_people_are_remembered() -> None:
    watch = Watch()
    limit = PersonalLimit(1, watch)
    for person in range(limits.MOST_PEOPLE + 5):
        limit.ask(person)
    assert len(limit._buckets) == limits.MOST_PEOPLE
    assert limit.ask(limits.MOST_PEOPLE + 4) == "tell"
    assert limit.ask(0) == "go"  # silent for longest, and forgotten
