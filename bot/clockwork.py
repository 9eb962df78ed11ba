"""What is done once a day at a time of the wall clock, whatever the clock and restarts do in between."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from bot.chats import BotStore
from bot.timing import zone_of
from index.errors import WartaError

if TYPE_CHECKING:
    from bot.services import Services

_LOG = logging.getLogger(__name__)
DAY = 86_400.0
LOOK_S = 60.0
MOST_STARTS = 2
"""Of one day's work: what a crash cut off is tried once more, what ends the process must not do so all day."""


@dataclass(frozen=True, slots=True)
class LastRun:
    """What is remembered of a daily job."""

    at: str
    """Its setting, wall clock and zone. Another one begins anew."""
    slot: float
    """The last time that it was due, in seconds since 1970."""
    starts: int
    done: bool


def slot_of(at: str, zone: str, now: float) -> float:
    """The last time, up to now, that the wall clock of a zone showed "HH:MM"."""
    there, clock = zone_of(zone), time.fromisoformat(at)
    day = datetime.fromtimestamp(now, there).date()
    slot = datetime.combine(day, clock, there).timestamp()
    return slot if slot <= now else datetime.combine(day - timedelta(1), clock, there).timestamp()


def due(last: LastRun | None, at: str, slot: float, now: float) -> tuple[bool, LastRun]:
    """Whether to run now, and what to remember before doing so.

    What was missed, for one day or ten, runs once. A new setting waits for its time. After a clock was set back, what
    ran already does not run again; one that was more than a day ahead is forgotten, or the job would not run for ages.
    """
    begin = LastRun(at, slot, 0, True)
    if last is None or last.at != at or last.slot > now + DAY:
        return False, begin
    if slot > last.slot:
        return True, replace(begin, starts=1, done=False)
    if slot == last.slot and not last.done and last.starts < MOST_STARTS:
        return True, replace(last, starts=last.starts + 1)
    return False, last


class DailyRuns:
    """When daily jobs ran last, in a BotStore."""

    def __init__(self, store: BotStore) -> None:
        self._store = store

    def last(self, key: str) -> LastRun | None:
        """What is remembered of one."""
        rows = self._store.read("select at, slot, starts, done from daily_runs where key = ?", [key])
        return LastRun(rows[0][0], rows[0][1], rows[0][2], bool(rows[0][3])) if rows else None

    def begin(self, key: str, at: str, zone: str, now: float) -> bool:
        """Whether to run one now, which then counts as begun."""
        before = self.last(key)
        runs, after = due(before, f"{at} {zone}", slot_of(at, zone, now), now)
        if after != before:
            with self._store.transaction():
                self._store.connection.execute(
                    "insert or replace into daily_runs (key, at, slot, starts, done) values (?, ?, ?, ?, ?)",
                    [key, after.at, after.slot, after.starts, int(after.done)],
                )
        return runs

    def end(self, key: str) -> None:
        """It is done for this time."""
        with self._store.transaction():
            self._store.connection.execute("update daily_runs set done = 1 where key = ?", [key])


async def daily(
    services: Services,
    at: str,
    zone: str,
    last_run_key: str,
    work: Callable[[], Awaitable[None]],
    sleep: Callable[[float], Awaitable[None]],
) -> None:
    """Do some work every day when the wall clock of a zone shows "HH:MM", for ever.

    `last_run_key` names the work in the database and to the administrators, who are told of what goes wrong; that day's
    is over then.
    """
    while True:
        try:
            if await services.desk.records(lambda r: r.daily_runs.begin(last_run_key, at, zone, services.now())):
                await _once(services, last_run_key, work)
        except WartaError as e:
            _LOG.error("nobody knows whether %s is due: %s", last_run_key, e)
        await sleep(LOOK_S)


async def _once(services: Services, key: str, work: Callable[[], Awaitable[None]]) -> None:
    try:
        await work()
    except (OSError, ValueError, WartaError) as e:
        _LOG.exception("the daily %s failed", key)
        await services.tell_admins(key, str(e))
    await services.desk.records(lambda r: r.daily_runs.end(key))
