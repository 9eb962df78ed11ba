"""What somebody's interests would have found in the last days: to look at before anything is sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from index.interests import Interest
from index.names import NameBook
from index.pipeline import Warta
from index.types import Article
from index.watching import Watch

MOST_ARTICLES = 1_000
"""The newest, that somebody who waits in a chat is shown a preview of: matching reads all vectors of each."""
_BATCH = 100  # articles in memory at a time
_LATEST = (
    "case length(published_at) when 0 then added_at when 4 then min(published_at || '-12-31', added_at)"
    " when 7 then min(published_at || '-31', added_at) else published_at end"
)
"""The latest time that an article's date may mean; sorts as text."""


def preview_of(
    warta: Warta,
    interests: Sequence[Interest],
    book: NameBook,
    since_day: date,
    now: datetime,
    most: int | None = None,
) -> list[tuple[Interest, list[Article]]]:
    """Of each interest the articles published from that day on that match it, one a story, newest first.

    One whose date names only a month or a year counts by its last day, if it was not stored before, one without a date
    by the day on which it was stored; one of after `now`, by more than a time zone can explain, does not.
    `most`: of the newest articles, that are looked at; None for all. Raises ModelMismatchError, StoreError.
    """
    watch = Watch(warta, interests, book)
    numbers = _newest(warta, since_day, now)[:most]
    stories = warta.store.stories_of(numbers)
    found: list[dict[int, Article]] = [{} for _ in interests]
    for at in range(0, len(numbers), _BATCH):
        batch = numbers[at : at + _BATCH]
        matched = watch.match(batch)
        for number in batch:
            if number not in matched:
                continue
            sight, matches = matched[number]
            for match in matches:
                # Ids of articles and stories could be the same; a story that is not known yet is the article's own.
                found[match.at].setdefault(stories.get(number, -number), sight.article)
    return [(interest, list(of_story.values())) for interest, of_story in zip(interests, found, strict=True)]


def first_day(warta: Warta, since_day: date, now: datetime) -> date:
    """The first day that can be looked at whole with MOST_ARTICLES: `since_day`, or a later one, today at most."""
    left_out = _newest(warta, since_day, now)[MOST_ARTICLES:][:1]
    if not left_out:
        return since_day
    [(day,)] = warta.store.read(f"select substr({_LATEST}, 1, 10) from articles where id = ?", left_out)
    return min(date.fromisoformat(day) + timedelta(days=1), now.date())


def _newest(warta: Warta, since_day: date, now: datetime) -> list[int]:
    last = (now + timedelta(days=1)).date()
    rows = warta.store.read(
        f"select id from articles where substr({_LATEST}, 1, 10) between ? and ? order by {_LATEST} desc, id desc",
        [since_day.isoformat(), last.isoformat()],
    )
    return [int(row[0]) for row in rows]
