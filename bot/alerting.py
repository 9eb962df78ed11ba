"""From arrivals to the outbox: what is new is held against all that is followed, and what comes of it is kept."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from bot.desk import Records
from bot.records import Alert, Follow
from bot.rounds import Rounds
from bot.services import Services
from bot.verdicts import Draft, Heard, News, came_at, verdict
from index.arrivals import Arrival
from index.errors import NamesError, WartaError
from index.grouping import is_update
from index.interests import Interest
from index.matching import Matched
from index.names import NameBook, read_names
from index.pipeline import Warta
from index.seen import Seen
from index.updates import NewFacts

_LOG = logging.getLogger(__name__)
LOOK_S = 2.0
"""Between two looks at the arrivals."""
AGAIN_S = 30.0
"""Before another try when nothing can be matched, or written down."""
BATCH = 50
MOST_TRIES = 3
"""After which an arrival that cannot be dealt with is given up."""
NAMES = "partners.txt"


class Watching(Protocol):
    """What matches articles: index.watching.Watch."""

    def match(self, article_ids: Sequence[int]) -> Mapping[int, tuple[Seen, Sequence[Matched]]]:
        """Those of the articles that can be read, and which interests each matches."""
        ...


WatchOf = Callable[[Warta, Sequence[Interest], NameBook], Watching]
Matches = Mapping[int, Sequence[Heard]]
"""By article, what matches it."""


class Alerting:
    """Turns arrivals into alerts."""

    def __init__(self, services: Services, watch: WatchOf, wake: Callable[[], None]) -> None:
        """`wake` is called when there is something to deliver."""
        self._services, self._watch, self._wake = services, watch, wake
        self._woken = asyncio.Event()
        self.rounds = Rounds()
        self._book, self._book_of, self._problem = NameBook(), (0, 0), ""
        self._local = threading.local()
        self._tries: dict[int, int] = {}

    def wake(self) -> None:
        """Something has arrived."""
        self._woken.set()

    async def run(self) -> None:
        """Look for arrivals for ever."""
        while True:
            self._woken.clear()
            self.rounds.another()
            pause = LOOK_S
            try:
                if await self.batch():
                    continue
            except Exception as e:
                if not isinstance(e, WartaError):
                    _LOG.exception("arrivals met an error of the bot's own")
                _LOG.error("arrivals have to wait: %s", e)
                await self._services.tell_admins("alerts", f"{type(e).__name__}: {e}")
                pause = AGAIN_S
            # Not wait_for: before Python 3.12 it swallows a cancellation that comes together with what it waits for.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._woken.wait()

    async def batch(self) -> bool:
        """Deal with the oldest arrivals; whether there may be more.

        Raises WartaError when none of them can be dealt with now.
        """
        desk, services = self._services.desk, self._services
        arrivals = await desk.records(lambda r: r.store.arrivals(BATCH))
        if not arrivals:
            self._tries.clear()
            return False
        follows = await desk.records(lambda r: r.follows.active())
        problem = await desk.news(lambda warta: self._read_names(warta.settings.data / NAMES))
        if problem:
            await services.tell_admins("partners", problem)
        found = await self._matches([one.article_id for one in arrivals if not one.copy_key], follows)
        alerts = 0
        for arrival in arrivals:
            self.rounds.another()
            try:
                heard = found.get(arrival.article_id, ())
                if isinstance(heard, Exception):
                    raise heard
                alerts += await self._deal_with(arrival, heard)
            except WartaError:
                raise
            except Exception as e:
                await self._failed(arrival, e)
        if alerts:
            self._wake()
        return len(self._tries) < len(arrivals)

    def _read_names(self, path: Path) -> str:
        """Read the partners' names when they have changed; what is wrong with them. The last good ones are kept."""
        state = _state_of(path)
        if state != self._book_of:
            self._book_of, self._problem = state, ""
            try:
                self._book = read_names(path)
            except NamesError as e:
                self._problem = str(e)
        return self._problem

    async def _matches(
        self, article_ids: Sequence[int], follows: Sequence[Follow]
    ) -> dict[int, Sequence[Heard] | Exception]:
        """By article, what is followed and matches it, or the error that it makes."""
        if not article_ids or not follows:
            return {}
        try:
            return dict(await self._services.desk.news(lambda warta: self._matched(warta, article_ids, follows)))
        except WartaError:
            raise
        except Exception as e:
            if len(article_ids) == 1:
                return {article_ids[0]: e}
        found: dict[int, Sequence[Heard] | Exception] = {}
        for article_id in article_ids:  # one that cannot be matched must not stop the others
            found |= await self._matches([article_id], follows)
        return found

    def _matched(self, warta: Warta, article_ids: Sequence[int], follows: Sequence[Follow]) -> Matches:
        key = (warta, self._book, tuple(follow.interest for follow in follows))
        if getattr(self._local, "key", None) != key:  # a watch remembers what questions are weighed against
            self._local.key, self._local.watch = key, self._watch(warta, key[2], self._book)
        watch: Watching = self._local.watch
        return {
            article_id: [Heard(follows[one.at], one.reasons) for one in matched]
            for article_id, (_, matched) in watch.match(article_ids).items()
        }

    async def _deal_with(self, arrival: Arrival, heard: Sequence[Heard]) -> int:
        """Write down what comes of an arrival; how many rows there are to be sent or edited."""
        desk = self._services.desk
        now, most = self._services.now(), self._services.settings.alert_age * 3600
        news = await desk.news(lambda warta: news_of(warta, arrival, now - most))
        if news is None:
            await desk.records(lambda r: r.store.drop_arrival(arrival.seq))
            return 0
        stories = (news.story_id, *news.joined)
        told = await desk.records(lambda r: {row.story_id for row in r.outbox.of_stories(stories)})
        facts: dict[int, NewFacts] = {}
        if told and not news.is_copy:
            book, number = self._book, news.article_id
            facts = await desk.news(lambda w: {story: is_update(w.store, number, story, book) for story in told})
        done = await desk.records(lambda r: written_down(r, arrival, news, heard, facts, now))
        self._tries.pop(arrival.seq, None)
        return done

    async def _failed(self, arrival: Arrival, error: Exception) -> None:
        tries = self._tries[arrival.seq] = self._tries.get(arrival.seq, 0) + 1
        detail = f"article {arrival.article_id}: {type(error).__name__}: {error}"
        _LOG.error("%s, try %d", detail, tries, exc_info=error)
        await self._services.tell_admins("alerts", detail)
        if tries >= MOST_TRIES:
            await self._services.desk.records(lambda r: r.store.drop_arrival(arrival.seq))
            del self._tries[arrival.seq]


def _state_of(path: Path) -> tuple[int, int]:
    """What tells a changed file from the one before; (0, 0) when there is none."""
    try:
        stat = path.stat()
    except OSError:
        return 0, 0
    return stat.st_mtime_ns, stat.st_size


def news_of(warta: Warta, arrival: Arrival, since: float) -> News | None:
    """What is to be known of an arrival; None when it is gone, from before `since`, or without a text."""
    store, number = warta.store, arrival.article_id
    with store.snapshot():
        article, story_id = store.articles([number]).get(number), store.story_of(number)
        if article is None or story_id is None or came_at(article.published_at, arrival.arrived_at) < since:
            return None
        if not arrival.copy_key:
            return News(number, story_id, tuple(store.joined_by(number)), article.publisher, article.url)
        copies = (link for link in store.links_of([number]).get(number, ()) if link.key == arrival.copy_key)
        copy = next(copies, None)
        return News(number, story_id, (), copy.publisher, copy.url, is_copy=True) if copy else None


def written_down(
    records: Records,
    arrival: Arrival,
    news: News,
    heard: Sequence[Heard],
    facts: Mapping[int, NewFacts],
    now: float,
) -> int:
    """Keep what comes of an arrival, and forget it, all or nothing; how many rows there are to be sent or edited.

    What was followed when it was matched may not be any more, or by a chat that has moved: that is looked up again.
    """
    with records.store.transaction():
        if not records.store.drop_arrival(arrival.seq):
            return 0
        told = records.outbox.of_stories((news.story_id, *news.joined))
        still = [Heard(follow, one.reasons) for one in heard if (follow := _still(records, one.follow, arrival))]
        chats = {row.place.chat_id for row in told} | {one.follow.place.chat_id for one in still}
        return sum(_told(records, chat_id, news, still, told, facts, now) for chat_id in sorted(chats))


def _still(records: Records, matched: Follow, arrival: Arrival) -> Follow | None:
    """What was matched, as it is now; None when it was removed, paused or changed since the arrival."""
    follow = records.follows.by_id(matched.id)
    return follow if follow is not None and follow.since < arrival.seq else None


def _told(
    records: Records,
    chat_id: int,
    news: News,
    heard: Sequence[Heard],
    told: Sequence[Alert],
    facts: Mapping[int, NewFacts],
    now: float,
) -> bool:
    chat = records.store.chat(chat_id)
    if chat is not None and not chat.active:
        return False
    found = verdict(
        news,
        [one for one in heard if one.follow.place.chat_id == chat_id],
        [row for row in told if row.place.chat_id == chat_id],
        facts,
        records.alert_settings.of(chat_id),
        now,
    )
    if isinstance(found, Draft):
        return records.outbox.enqueue(
            *(found.kind, found.place, found.story_id, news.article_id),
            *(found.reasons, found.follows, now, found.news),
        )
    if found is not None:
        records.outbox.add_elsewhere(found.alert, found.report)
    return found is not None
