"""When an alert may go out: quiet hours, digests and how many messages an hour. Decided from what is handed in.

`now` and all other times are seconds since 1970.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.records import Alert, AlertSettings

HOUR = 3600.0
_WEEK = 7
_WIB = timezone(timedelta(hours=7), "WIB")


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done for a chat."""

    rows: tuple[Alert, ...] = ()
    """To be sent now, as one message; empty: nothing yet."""
    until: float = 0.0
    """Without rows: when to look again."""


def zone_of(name: str) -> tzinfo:
    """The zone of an IANA name; Jakarta's, which has no summer time, where this system does not know it."""
    return known_zone(name) or _WIB


def known_zone(name: str) -> ZoneInfo | None:
    """The zone of an IANA name; None where there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: "Asia" is a folder of zones
        return None


def is_quiet(settings: AlertSettings, now: float) -> bool:
    """Whether nothing may be sent at this time of the chat's day."""
    if not settings.quiet_from or settings.quiet_from == settings.quiet_to:
        return False
    begin, end = time.fromisoformat(settings.quiet_from), time.fromisoformat(settings.quiet_to)
    clock = datetime.fromtimestamp(now, zone_of(settings.time_zone)).time()
    return begin <= clock < end if begin < end else clock >= begin or clock < end


def quiet_ends(settings: AlertSettings, now: float) -> float:
    """When the quiet hours that `now` lies in are over; `now` where it lies in none."""
    end = now
    while is_quiet(settings, end):
        end = _next(settings, settings.quiet_to, end, 1)
    return end


def digest_due(settings: AlertSettings, created_at: float, now: float) -> float:
    """When a digest holds what was enqueued then: at the first of its times after that.

    What a clock that was set back makes seem to come from the future counts as enqueued now.
    """
    after = min(created_at, now)
    if settings.mode == "instant":
        return after
    if settings.mode == "hourly":
        ahead = _offset(settings, after)  # some zones are half an hour off
        return (after + ahead) // HOUR * HOUR + HOUR - ahead
    if settings.mode == "daily":
        return _next(settings, settings.at, after, 1)
    return _next(settings, settings.at, after, _WEEK)


def plan(settings: AlertSettings, waiting: Sequence[Alert], sent_at: Sequence[float], now: float) -> Plan:
    """What to do for a chat with these rows, oldest first; `sent_at` are the times of its last messages.

    A message whose outcome is not known goes out again as it was. Instant alerts go one by one, but all at once when
    they are more than the hour still allows.
    """
    if not waiting:
        return Plan(until=now + HOUR)
    if is_quiet(settings, now):
        return Plan(until=quiet_ends(settings, now))
    first = waiting[0]
    if first.not_before > now:
        return Plan(until=first.not_before)
    if first.bundle:
        return Plan(tuple(row for row in waiting if row.bundle == first.bundle))
    together = tuple(row for row in waiting if row.place == first.place)
    if settings.mode != "instant":
        due = digest_due(settings, first.created_at, now)
        return Plan(together) if due <= now else Plan(until=due)
    # A clock that was set back must neither lift the limit nor silence the chat until it has caught up.
    counted = sorted(at for at in sent_at if now - HOUR < at <= now + HOUR)
    allowed = max(settings.cap, 1) - len(counted)
    if allowed <= 0:
        return Plan(until=counted[-allowed] + HOUR)
    return Plan(together if len(waiting) > allowed else (first,))


def _next(settings: AlertSettings, clock: str, after: float, days: int) -> float:
    """The first time after `after` that a wall clock shows this: of the next days, or of the chat's day of the week."""
    zone, at = zone_of(settings.time_zone), time.fromisoformat(clock)
    day = datetime.fromtimestamp(after, zone).date()
    if days == _WEEK:
        day += timedelta((settings.weekday - day.weekday()) % _WEEK)
    while (moment := datetime.combine(day, at, zone).timestamp()) <= after:
        day += timedelta(days)
    return moment


def _offset(settings: AlertSettings, at: float) -> float:
    offset = datetime.fromtimestamp(at, UTC).astimezone(zone_of(settings.time_zone)).utcoffset()
    return offset.total_seconds() if offset else 0.0
