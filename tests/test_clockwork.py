"""Daily work is done once a day at its time, whatever restarts and the clock do."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from stage import Clock, office, played

from bot.chats import BotStore
from bot.clockwork import DAY, DailyRuns, LastRun, daily, due, slot_of
from bot.settings import clock_and_zone
from index.errors import SettingsError, StoreError

JAKARTA = "Asia/Jakarta"
HOUR = 3600.0


def clock(words: str, zone: str = JAKARTA) -> float:
    return datetime.fromisoformat(words).replace(tzinfo=ZoneInfo(zone)).timestamp()


@pytest.fixture
def runs(tmp_path: Path) -> DailyRuns:
    return DailyRuns(BotStore(tmp_path / "warta.db"))


class Nights:
    """A job at 02:30 in Jakarta that is looked at now and then."""

    def __init__(self, runs: DailyRuns) -> None:
        self._runs = runs

    def __call__(self, words: str, *, ends: bool = True, at: str = "02:30") -> bool:
        ran = self._runs.begin("reindex", at, JAKARTA, clock(words))
        if ran and ends:
            self._runs.end("reindex")
        return ran


@pytest.fixture
def night(runs: DailyRuns) -> Nights:
    night = Nights(runs)
    assert not night("2026-11-01 14:00")  # the first look only sets the clock: nothing was missed before
    return night


def test_it_runs_once_a_day_at_its_time(night: Nights) -> None:
    looks = ["11-02 02:29", "11-02 02:30", "11-02 02:31", "11-02 23:59", "11-03 02:29", "11-03 02:30", "11-03 09:00"]
    assert [night(f"2026-{look}") for look in looks] == [False, True, False, False, False, True, False]


def test_what_was_missed_runs_once(night: Nights) -> None:
    assert night("2026-11-12 14:00")  # off for ten days
    assert not night("2026-11-12 14:01")
    assert night("2026-11-13 02:30")


def test_a_restart_does_not_repeat_what_was_done(night: Nights, runs: DailyRuns) -> None:
    assert night("2026-11-02 02:30")
    assert not Nights(DailyRuns(runs._store))("2026-11-02 02:31")


def test_what_was_cut_off_is_tried_once_more_and_not_all_day(night: Nights) -> None:
    assert night("2026-11-02 02:30", ends=False)
    assert night("2026-11-02 02:40", ends=False)
    assert not night("2026-11-02 02:50")
    assert night("2026-11-03 02:30")


def test_a_clock_that_jumps_ahead_runs_it_once(night: Nights) -> None:
    assert night("2026-11-02 02:30")
    assert night("2026-11-03 10:00")  # + 1 day and more
    assert not night("2026-11-03 10:01")
    assert not night("2026-11-02 10:02")  # and back again
    assert not night("2026-11-03 02:30")  # which ran already
    assert night("2026-11-04 02:30")


def test_a_clock_that_is_set_back_an_hour_does_not_run_it_twice(night: Nights) -> None:
    assert night("2026-11-02 02:30")
    assert not night("2026-11-02 01:31")
    assert not night("2026-11-02 02:30")
    assert night("2026-11-03 02:30")


def test_a_clock_that_was_a_year_ahead_does_not_silence_it_for_a_year(night: Nights) -> None:
    assert night("2027-11-02 02:30")
    assert not night("2026-11-02 02:31")
    assert night("2026-11-03 02:30")


def test_a_new_time_waits_for_its_turn(night: Nights) -> None:
    assert night("2026-11-02 02:30")
    assert not night("2026-11-02 14:00", at="13:00")
    assert night("2026-11-03 13:00", at="13:00")


def test_jobs_do_not_know_of_each_other(runs: DailyRuns) -> None:
    for key in ("reindex", "backup"):
        assert not runs.begin(key, "02:30", JAKARTA, clock("2026-11-01 14:00"))
    assert runs.begin("reindex", "02:30", JAKARTA, clock("2026-11-02 02:30"))
    assert runs.begin("backup", "02:30", JAKARTA, clock("2026-11-02 02:30"))


def test_the_decision_is_made_from_what_is_handed_in() -> None:
    last = LastRun("02:30", 1000.0, 1, True)
    assert due(last, "02:30", 1000.0, 1000.0) == (False, last)
    assert due(last, "02:30", 1000.0 + DAY, 1000.0 + DAY) == (True, LastRun("02:30", 1000.0 + DAY, 1, False))
    assert due(None, "02:30", 1000.0, 1000.0) == (False, LastRun("02:30", 1000.0, 0, True))


@pytest.mark.parametrize(
    ("now", "slot"),
    [
        ("2026-11-02 02:30", "2026-11-02 02:30"),
        ("2026-11-02 02:29", "2026-11-01 02:30"),
        ("2026-11-02 23:59", "2026-11-02 02:30"),
    ],
)
def test_the_last_time_that_the_clock_showed_it(now: str, slot: str) -> None:
    assert slot_of("02:30", JAKARTA, clock(now)) == clock(slot)


def test_summer_time_skips_and_repeats_no_day() -> None:
    berlin = "Europe/Berlin"
    begin = clock("2026-03-28 12:00", berlin)
    slots = {slot_of("02:30", berlin, begin + hour * HOUR) for hour in range(24 * 4)}
    assert len(slots) == 5
    autumn = clock("2026-10-24 12:00", berlin)
    assert len({slot_of("02:30", berlin, autumn + hour * HOUR) for hour in range(24 * 4)}) == 5


def test_settings_name_a_time_and_perhaps_a_zone() -> None:
    assert clock_and_zone("reindex_at", "") == ("", JAKARTA)
    assert clock_and_zone("reindex_at", "02:30") == ("02:30", JAKARTA)
    assert clock_and_zone("reindex_at", "23:59 Asia/Makassar") == ("23:59", "Asia/Makassar")


@pytest.mark.parametrize("value", ["2:30", "24:00", "02:60", "02.30", "malam", "02:30 Asia", "02:30 WIB", "-", "٠٢:٣٠"])
def test_other_settings_are_refused_by_name(value: str) -> None:
    with pytest.raises(SettingsError, match="WARTA_REINDEX_AT"):
        clock_and_zone("reindex_at", value)


@played
async def test_the_loop_runs_what_is_due_and_survives_what_goes_wrong(tmp_path: Path) -> None:
    now, steps = Clock(), asyncio.Semaphore(0)
    done: list[float] = []
    looked = 0

    async def work() -> None:
        done.append(now())
        if len(done) == 1:
            raise StoreError("no space left")

    async def sleep(seconds: float) -> None:
        nonlocal looked
        looked += 1
        await steps.acquire()

    async with office(tmp_path / "data", admins=(77,), now=now) as (api, bot):
        boss = api.user("Bos", id=77)
        api.say(api.private(boss), boss, "/start")
        await api.until(lambda: api.sent())
        at = datetime.fromtimestamp(now() + 2 * HOUR, ZoneInfo(JAKARTA)).strftime("%H:%M")
        loop = asyncio.create_task(daily(bot.services, at, JAKARTA, "reindex", work, sleep))

        async def look(ahead: float) -> int:
            before, now.ahead = looked, ahead
            steps.release()
            await api.until(lambda: looked > before)
            return len(done)

        await api.until(lambda: looked)
        assert done == []
        assert await look(HOUR) == 0
        assert await look(3 * HOUR) == 1
        assert await look(3 * HOUR) == 1  # it failed, and is over for this day
        await api.until(lambda: any("no space left" in one["text"] for one in api.sent()))
        assert await look(27 * HOUR) == 2
        loop.cancel()
