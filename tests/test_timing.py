"""Quiet hours, digests and messages an hour, against times worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.records import Alert, AlertSettings, Place
from bot.timing import HOUR, Plan, digest_due, is_quiet, known_zone, plan, quiet_ends, zone_of

CHAT = AlertSettings(1)
NIGHT = replace(CHAT, quiet_from="22:00", quiet_to="07:00")
DAY = 24 * HOUR
ZONES = ("Asia/Jakarta", "Asia/Jayapura", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe")


def at(text: str, zone: str = "Asia/Jakarta") -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def waits(number: int, created_at: float = 0.0, *, thread: int = 0, update: bool = False, **more: object) -> Alert:
    kind = "update" if update else "alert"
    row = Alert(number, kind, Place(1, thread), number, number, (), (), created_at=created_at)  # type: ignore[arg-type]
    return replace(row, **more)  # type: ignore[arg-type]


def ids(found: Plan) -> list[int]:
    return [row.id for row in found.rows]


# Quiet hours


@pytest.mark.parametrize(
    ("clock", "quiet", "ends"),
    [
        ("2026-05-10 21:59:59", False, "2026-05-10 21:59:59"),
        ("2026-05-10 22:00", True, "2026-05-11 07:00"),
        ("2026-05-10 23:30", True, "2026-05-11 07:00"),
        ("2026-05-11 06:59:59", True, "2026-05-11 07:00"),
        ("2026-05-11 07:00", False, "2026-05-11 07:00"),
    ],
)
def test_quiet_hours_reach_over_midnight(clock: str, quiet: bool, ends: str) -> None:
    assert is_quiet(NIGHT, at(clock)) is quiet
    assert quiet_ends(NIGHT, at(clock)) == at(ends)


def test_quiet_hours_of_one_day() -> None:
    noon = replace(CHAT, quiet_from="12:00", quiet_to="13:30")
    assert [is_quiet(noon, at(f"2026-05-10 {clock}")) for clock in ("11:59", "12:00", "13:29", "13:30", "23:00")] == [
        False, True, True, False, False,
    ]  # fmt: skip
    assert quiet_ends(noon, at("2026-05-10 12:10")) == at("2026-05-10 13:30")


def test_quiet_hours_are_the_chats_own() -> None:
    papua = replace(NIGHT, time_zone="Asia/Jayapura")
    assert is_quiet(papua, at("2026-05-10 20:30"))  # 22:30 in Papua
    assert quiet_ends(papua, at("2026-05-10 20:30")) == at("2026-05-11 05:00")
    assert not is_quiet(papua, at("2026-05-11 06:00"))
    assert is_quiet(NIGHT, at("2026-05-11 06:00"))


def test_no_quiet_hours() -> None:
    assert not is_quiet(CHAT, at("2026-05-10 23:00"))
    assert not is_quiet(replace(CHAT, quiet_from="07:00", quiet_to="07:00"), at("2026-05-10 07:00"))


def test_nights_of_the_change_to_and_from_summer_time() -> None:
    berlin = replace(NIGHT, time_zone="Europe/Berlin")
    # On 29 March 2026 the clock goes from 02:00 to 03:00: that night is an hour shorter; on 25 October an hour longer.
    for night, morning, hours in (("2026-03-28", "2026-03-29", 8), ("2026-10-24", "2026-10-25", 10)):
        begin = at(f"{night} 22:00", "Europe/Berlin")
        assert quiet_ends(berlin, begin) == at(f"{morning} 07:00", "Europe/Berlin") == begin + hours * HOUR


@given(some.floats(1.7e9, 1.9e9), some.times(), some.times(), some.sampled_from(ZONES))
def test_quiet_hours_end_soon_and_are_over_then(now: float, begin: object, end: object, zone: str) -> None:
    chat = replace(CHAT, quiet_from=f"{begin:%H:%M}", quiet_to=f"{end:%H:%M}", time_zone=zone)
    ends = quiet_ends(chat, now)
    assert now <= ends <= now + 2 * DAY
    assert not is_quiet(chat, ends)
    assert (ends == now) is not is_quiet(chat, now)


# Zones


def test_a_zone_that_is_not_known_is_jakartas() -> None:
    assert [known_zone(name) for name in ("Asia/Nowhere", "", "Asia", "../etc/passwd", "/etc/passwd")] == [None] * 5
    assert known_zone("Asia/Jakarta") == ZoneInfo("Asia/Jakarta")
    moment = at("2026-05-10 22:30")
    assert datetime.fromtimestamp(moment, zone_of("Asia/Nowhere")).hour == 22
    assert is_quiet(replace(NIGHT, time_zone="Asia/Nowhere"), moment)


# Digests


@pytest.mark.parametrize(
    ("created", "due"),
    [("2026-05-10 09:00", "2026-05-10 10:00"), ("2026-05-10 09:59:59", "2026-05-10 10:00")],
)
def test_an_hourly_digest(created: str, due: str) -> None:
    chat = replace(CHAT, mode="hourly")
    assert digest_due(chat, at(created), at("2026-05-12 00:00")) == at(due)


def test_an_hour_of_a_zone_that_is_half_an_hour_off() -> None:
    chat = replace(CHAT, mode="hourly", time_zone="Asia/Kathmandu")  # UTC+5:45
    created = at("2026-05-10 09:10", "Asia/Kathmandu")
    assert digest_due(chat, created, created) == at("2026-05-10 10:00", "Asia/Kathmandu")


@pytest.mark.parametrize(
    ("created", "due"),
    [
        ("2026-05-10 07:59", "2026-05-10 08:00"),
        ("2026-05-10 08:00", "2026-05-11 08:00"),
        ("2026-05-10 23:00", "2026-05-11 08:00"),
    ],
)
def test_a_daily_digest(created: str, due: str) -> None:
    assert digest_due(replace(CHAT, mode="daily"), at(created), at("2026-06-01 00:00")) == at(due)


@pytest.mark.parametrize(
    ("created", "due"),
    [
        ("2026-05-11 16:59", "2026-05-15 17:00"),  # a Monday; Friday is 4
        ("2026-05-15 16:59", "2026-05-15 17:00"),
        ("2026-05-15 17:00", "2026-05-22 17:00"),
        ("2026-05-17 12:00", "2026-05-22 17:00"),
    ],
)
def test_a_weekly_digest(created: str, due: str) -> None:
    chat = replace(CHAT, mode="weekly", weekday=4, at="17:00")
    assert digest_due(chat, at(created), at("2026-06-01 00:00")) == at(due)


def test_a_daily_digest_in_the_hour_that_summer_time_leaves_out() -> None:
    chat = replace(CHAT, mode="daily", at="02:30", time_zone="Europe/Berlin")
    created = at("2026-03-28 12:00", "Europe/Berlin")
    due = digest_due(chat, created, created)
    assert due == at("2026-03-29 03:30", "Europe/Berlin")
    assert digest_due(chat, due, due) == at("2026-03-30 02:30", "Europe/Berlin")


@given(some.floats(1.7e9, 1.9e9), some.sampled_from(("hourly", "daily", "weekly")), some.sampled_from(ZONES))
def test_a_digest_is_never_further_than_its_period(created: float, mode: str, zone: str) -> None:
    chat = replace(CHAT, mode=mode, time_zone=zone)  # type: ignore[arg-type]
    period = {"hourly": HOUR, "daily": DAY + HOUR, "weekly": 7 * DAY + HOUR}[mode]
    assert created < digest_due(chat, created, created) <= created + period
    # From the future, as it is after a clock was set back: it counts as created now.
    assert digest_due(chat, created + 30 * DAY, created) == digest_due(chat, created, created)


# What to do


def test_nothing_goes_out_in_quiet_hours() -> None:
    now = at("2026-05-10 23:00")
    for row in (waits(1), waits(1, update=True), waits(1, bundle=1, state="unknown")):
        assert plan(NIGHT, [row], [], now) == Plan(until=at("2026-05-11 07:00"))
    assert plan(replace(NIGHT, mode="daily", at="23:00"), [waits(1)], [], now).until == at("2026-05-11 07:00")


def test_instant_alerts_go_one_by_one() -> None:
    now = at("2026-05-10 12:00")
    assert ids(plan(CHAT, [waits(1), waits(2)], [], now)) == [1]
    assert ids(plan(CHAT, [waits(2)], [now - 1], now)) == [2]


def test_more_than_the_hour_allows_goes_out_at_once() -> None:
    now, chat = at("2026-05-10 12:00"), replace(CHAT, cap=3)
    rows = [waits(number) for number in range(1, 5)]
    assert ids(plan(chat, rows, [], now)) == [1, 2, 3, 4]
    assert ids(plan(chat, rows[:3], [], now)) == [1]
    assert ids(plan(chat, rows[:3], [now - 10], now)) == [1, 2, 3]
    assert ids(plan(chat, [rows[0]], [now - 10, now - 20], now)) == [1]


def test_at_the_limit_a_chat_waits_until_a_message_is_an_hour_old() -> None:
    now, chat = at("2026-05-10 12:00"), replace(CHAT, cap=2)
    times = [now - 600, now - 1200, now - 3600]
    assert plan(chat, [waits(1)], times, now) == Plan(until=now - 1200 + HOUR)
    assert ids(plan(chat, [waits(1)], times, now - 1200 + HOUR)) == [1]
    # The limit was lowered: of four messages three must be older.
    assert plan(chat, [waits(1)], [now - 40, now - 30, now - 20, now - 10], now).until == now - 20 + HOUR


def test_a_clock_that_was_set_back_neither_lifts_the_limit_nor_silences_the_chat() -> None:
    now, chat = at("2026-05-10 12:00"), replace(CHAT, cap=2)
    hour_back = [now + 3000, now + 3500]
    assert plan(chat, [waits(1)], hour_back, now).until == now + 3000 + HOUR
    day_back = [now + DAY - 10, now + DAY]
    assert ids(plan(chat, [waits(1)], day_back, now)) == [1]


def test_a_digest_waits_for_its_time_and_takes_all() -> None:
    chat = replace(CHAT, mode="daily", cap=1)
    rows = [
        waits(1, at("2026-05-10 09:00")),
        waits(2, at("2026-05-11 07:00")),
        waits(3, at("2026-05-11 07:30"), update=True),
    ]
    assert plan(chat, rows, [], at("2026-05-11 07:59")) == Plan(until=at("2026-05-11 08:00"))
    assert ids(plan(chat, rows, [], at("2026-05-11 08:00"))) == [1, 2, 3]
    # Overdue by days, after the bot was off or the clock was put ahead: once.
    assert ids(plan(chat, rows, [], at("2026-05-20 15:00"))) == [1, 2, 3]


def test_what_belongs_into_another_topic_is_another_message() -> None:
    chat, now = replace(CHAT, mode="hourly"), at("2026-05-10 12:00")
    rows = [waits(1, thread=5), waits(2, thread=6), waits(3, thread=5)]
    assert ids(plan(chat, rows, [], now)) == [1, 3]
    assert ids(plan(replace(CHAT, cap=1), rows, [], now)) == [1, 3]


def test_a_message_whose_outcome_is_unknown_goes_out_again_as_it_was() -> None:
    now = at("2026-05-10 12:00")
    rows = [waits(1, bundle=1), waits(2, bundle=1), waits(3)]
    assert ids(plan(replace(CHAT, mode="daily"), rows, [], now)) == [1, 2]
    assert ids(plan(replace(CHAT, cap=1), rows, [now], now)) == [1, 2]


def test_a_row_that_has_to_wait_holds_back_those_behind_it() -> None:
    assert plan(CHAT, [waits(1, not_before=500.0), waits(2)], [], 400.0) == Plan(until=500.0)
    assert ids(plan(CHAT, [waits(1, not_before=500.0)], [], 500.0)) == [1]
