"""When a source or an item of it is looked at again, and what is news: decided here, done in index/sync.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from index.sources.book import Item, Source, SourceKind

MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0
EVERY: Mapping[SourceKind, float] = {"feed": 10 * MINUTE, "sitemap": 30 * MINUTE, "page": 30 * MINUTE, "article": DAY}
"""Between two looks at a source, unless it is told otherwise."""
LONGEST = DAY
LONGEST_TTL = HOUR
"""Many feeds ask to be read once a day because a program's default says so; their news would be a day old."""
OFF_AFTER = 14 * DAY
"""A source that failed for so long, and at least MIN_FAILURES times, is switched off."""
MIN_FAILURES = 10
ITEM_ATTEMPTS = 6
"""Tries to get an article; with the pauses below, over about a day and a half."""
REFUSED_ATTEMPTS = 2
"""Tries where the answer was a clear no: a page that is published a minute after its link is answered so at first."""
ITEM_PAUSE = HOUR
LONGEST_ITEM_PAUSE = 30 * DAY


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to remember of a source, and what a person should hear."""

    changes: dict[str, Any]
    notice: str = ""


def after_success(source: Source, now: float, found: Mapping[str, object], *, ttl: float = 0.0) -> Verdict:
    """It was read, or has not changed. A feed may ask for longer pauses, up to an hour. `found` wins over all else."""
    changes = {
        "next_fetch": now + min(max(source.every, min(ttl, LONGEST_TTL)), LONGEST),
        "last_ok_at": now,
        "failures": 0,
        "failing_since": 0.0,
        "last_error": "",
        "primed": True,
        "active": True,
        **found,
    }
    works = source.failures >= MIN_FAILURES or not source.active
    return Verdict(changes, f"works again after {source.failures} failures" if works else "")


def after_failure(source: Source, now: float, error: str, *, retry_after: float = 0.0) -> Verdict:
    """It could not be read: twice as long a pause each time, up to a day, and off when that does not help for weeks."""
    failures = source.failures + 1
    since = source.failing_since or now
    pause = max(min(source.every * 2.0 ** min(failures, 20), LONGEST), retry_after)
    changes: dict[str, Any] = {
        "next_fetch": now + pause,
        "failures": failures,
        "failing_since": since,
        "last_error": error,
    }
    if source.active and now - since >= OFF_AFTER and failures >= MIN_FAILURES:
        days = round((now - since) / DAY)
        notice = f"switched off: it failed {failures} times in {days} days; `warta source add` switches it on again"
        return Verdict({**changes, "active": False}, notice)
    return Verdict(changes)


def after_outage(source: Source, now: float, error: str, *, retry_after: float = 0.0) -> Verdict:
    """No source of any host could be reached, so the fault lies here: it counts against none of them."""
    return Verdict({"next_fetch": now + max(source.every, min(retry_after, HOUR)), "last_error": error})


def is_wanted(item: Item | None, said: str, now: float) -> bool:
    """Whether an item that a source shows has to be fetched.

    It is new, its next try has come, or the source says something else of it than when it was stored, and that is not
    a moment ago: there are feeds that give every item the time of the request.
    """
    if item is None or item.state == "fetched":
        return True
    return item.next_try <= now and (item.state == "failed" or item.said != said)


def was_there(before: Item | None, source: Source) -> bool:
    """Whether an item's article, if it is new, stood there when its source was first read, and so is no news."""
    if before is None or before.article_id is not None:  # the feed has given the key of one article to another
        return not source.primed
    return before.first_sight


def item_after_success(before: Item | None, item: Item, now: float, *, changed: bool) -> Item:
    """What to remember of an item whose article is stored: each look that finds it unchanged doubles the pause."""
    again = before is not None and before.state == "stored" and not changed
    attempts = before.attempts + 1 if again and before is not None else 1
    pause = min(ITEM_PAUSE * 2.0 ** min(attempts - 1, 20), LONGEST_ITEM_PAUSE)
    return replace(item, state="stored", attempts=attempts, next_try=now + pause, detail="")


def item_after_failure(before: Item | None, item: Item, error: str, now: float, *, permanent: bool) -> Item:
    """What to remember of an item whose article could not be had; given up in the end. A stored article stays so."""
    attempts = (before.attempts if before and before.state in ("failed", "gone") else 0) + 1
    given_up = attempts >= (REFUSED_ATTEMPTS if permanent else ITEM_ATTEMPTS)
    next_try = now + ITEM_PAUSE * 2.0 ** (attempts - 1)
    if before is not None and before.state == "stored":
        return replace(before, next_try=next_try, detail=error)
    return replace(item, state="gone" if given_up else "failed", attempts=attempts, next_try=next_try, detail=error)
