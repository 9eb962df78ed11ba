"""When sources and items are looked at again, with the numbers worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from index.sources.book import Item, Source
from index.sources.schedule import (
    DAY,
    HOUR,
    MINUTE,
    after_failure,
    after_outage,
    after_success,
    is_wanted,
    item_after_failure,
    item_after_success,
    was_there,
)

NOW = 1_000_000.0
SOURCE = Source(
    id=1, url="https://berita.example/rss", kind="feed", title="", publisher="", every=10 * MINUTE, active=True,
    added_at=0.0, primed=True, etag="", last_modified="", next_fetch=0.0, last_ok_at=0.0, failures=0,
    failing_since=0.0, last_error="",
)  # fmt: skip
ITEM = Item("url:a", "https://berita.example/a", said="x")


@pytest.mark.parametrize(
    ("every", "ttl", "pause"),
    [
        (10 * MINUTE, 0, 10 * MINUTE),
        (10 * MINUTE, 5 * MINUTE, 10 * MINUTE),
        (10 * MINUTE, 30 * MINUTE, 30 * MINUTE),
        (10 * MINUTE, DAY, HOUR),  # what a program's default says is not obeyed for a day
        (2 * HOUR, DAY, 2 * HOUR),
        (2 * DAY, 0, DAY),
    ],
)
def test_the_pause_after_success(every: float, ttl: float, pause: float) -> None:
    verdict = after_success(replace(SOURCE, every=every), NOW, {}, ttl=ttl)
    assert verdict.changes["next_fetch"] - NOW == pause
    assert verdict.notice == ""


def test_success_forgets_failures() -> None:
    verdict = after_success(replace(SOURCE, failures=12, failing_since=1.0, last_error="x"), NOW, {"etag": '"1"'})
    assert {verdict.changes[name] for name in ("failures", "failing_since", "last_error")} == {0, ""}
    assert verdict.changes["etag"] == '"1"'
    assert verdict.notice == "works again after 12 failures"


def test_pauses_double_up_to_a_day() -> None:
    source, pauses = SOURCE, []
    for _ in range(9):
        changes = after_failure(source, NOW, "500").changes
        pauses.append((changes["next_fetch"] - NOW) / MINUTE)
        source = replace(source, **changes)
    assert pauses == [20, 40, 80, 160, 320, 640, 1280, 1440, 1440]
    assert after_failure(replace(SOURCE, failures=10**6), NOW, "500").changes["next_fetch"] == NOW + DAY


def test_a_server_may_ask_for_longer() -> None:
    assert after_failure(SOURCE, NOW, "429", retry_after=3 * DAY).changes["next_fetch"] == NOW + 3 * DAY
    assert after_failure(SOURCE, NOW, "429", retry_after=1.0).changes["next_fetch"] == NOW + 20 * MINUTE


@pytest.mark.parametrize(
    ("days", "failures", "off"),
    [(13.9, 50, False), (14, 8, False), (14, 9, True), (400, 1, False), (400, 30, True)],
)
def test_switched_off_after_a_fortnight(days: float, failures: int, off: bool) -> None:
    """`failures` before this one. A machine that was off for a year has seen too few of them."""
    source = replace(SOURCE, failures=failures, failing_since=NOW - days * DAY)
    verdict = after_failure(source, NOW, "410 Gone")
    assert (verdict.changes.get("active") is False) == off
    assert bool(verdict.notice) == off
    if off:
        assert verdict.notice.startswith(f"switched off: it failed {failures + 1} times in {days} days")


def test_a_dead_feed_is_asked_so_often() -> None:
    source, now, asked = SOURCE, NOW, 0
    while source.active:
        asked += 1
        changes = after_failure(source, now, "404").changes
        source = replace(source, **changes)
        now = source.next_fetch
    # 7 pauses of 20 to 1,280 minutes are 1.76 days; then one a day: at 1.76 + 13 days the fortnight is over.
    assert asked == 8 + 13


def test_an_outage_is_nobodys_fault() -> None:
    assert after_outage(SOURCE, NOW, "no name").changes == {"next_fetch": NOW + 10 * MINUTE, "last_error": "no name"}
    assert after_outage(SOURCE, NOW, "", retry_after=DAY).changes["next_fetch"] == NOW + HOUR


@pytest.mark.parametrize(
    ("item", "said", "wanted"),
    [
        (None, "x", True),
        (replace(ITEM, state="fetched"), "x", True),
        (ITEM, "x", False),
        (ITEM, "y", True),
        (replace(ITEM, next_try=NOW + 1), "y", False),
        (replace(ITEM, state="failed", next_try=NOW), "x", True),
        (replace(ITEM, state="failed", next_try=NOW + 1), "x", False),
        (replace(ITEM, state="gone"), "x", False),
        (replace(ITEM, state="gone"), "y", True),
    ],
)
def test_wanted(item: Item | None, said: str, wanted: bool) -> None:
    assert is_wanted(item, said, NOW) == wanted


@pytest.mark.parametrize(("permanent", "hours"), [(False, [1, 2, 4, 8, 16]), (True, [1])])
def test_items_are_given_up(permanent: bool, hours: list[int]) -> None:
    before: Item | None = None
    pauses = []
    while before is None or before.state == "failed":
        before = item_after_failure(before, ITEM, "404", NOW, permanent=permanent)
        pauses.append((before.next_try - NOW) / HOUR)
    assert before.state == "gone"
    assert before.detail == "404"
    assert pauses[:-1] == hours


def test_a_stored_article_stays_when_it_cannot_be_had_again() -> None:
    before = replace(ITEM, article_id=7, first_sight=True)
    failed = item_after_failure(before, replace(ITEM, said="y"), "500", NOW, permanent=True)
    assert (failed.state, failed.article_id, failed.first_sight, failed.said) == ("stored", 7, True, "x")
    assert failed.next_try > NOW


def test_items_that_do_not_change_are_looked_at_less_and_less() -> None:
    item, pauses = item_after_success(None, ITEM, NOW, changed=False), []
    for _ in range(4):
        pauses.append((item.next_try - NOW) / HOUR)
        item = item_after_success(item, ITEM, NOW, changed=False)
    assert pauses == [1, 2, 4, 8]
    assert item_after_success(item, ITEM, NOW, changed=True).next_try == NOW + HOUR
    assert item_after_success(replace(item, attempts=99), ITEM, NOW, changed=False).next_try == NOW + 30 * DAY


@pytest.mark.parametrize(
    ("before", "primed", "was"),
    [
        (None, False, True),
        (None, True, False),
        (replace(ITEM, state="failed", first_sight=True, article_id=None), True, True),
        (replace(ITEM, state="fetched", first_sight=False, article_id=None), True, False),
        (replace(ITEM, state="failed", first_sight=False, article_id=None), False, False),
        (replace(ITEM, first_sight=True, article_id=7), True, False),  # another article with a known key
        (replace(ITEM, first_sight=False, article_id=7), False, True),
    ],
)
def test_what_was_there_at_first_is_no_news(before: Item | None, primed: bool, was: bool) -> None:
    assert was_there(before, replace(SOURCE, primed=primed)) == was
