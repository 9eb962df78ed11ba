"""Threads that look at sources and fetch what is new, several hosts at a time, each host at its own pace."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from index.errors import ExtractError, SourceError
from index.sources.book import Item, Source, SourceBook
from index.sources.fetch import Fetcher, TransientFetchError
from index.sources.looking import Look, Shown, article_of, look_at
from index.sources.schedule import is_wanted
from index.types import Article

HOSTS = 8
"""Hosts that are asked beside each other."""
ITEMS_A_LOOK = 200
"""Articles that one look at a source may fetch; the rest waits for the next one."""
GIVE_WAY = 3
"""Items in a row that could not be fetched now: the host has trouble, and the rest waits for the next look."""
_AHEAD = 64
"""Articles that may be fetched before they are stored, so that a slow model does not fill the memory."""
_STOPPING_S = 5.0


@dataclass(frozen=True, slots=True)
class Looked:
    """A source was looked at."""

    source_id: int
    look: Look | None
    """None: nothing has changed."""
    before: Mapping[str, Item]
    """What was remembered of the items that matter, by key."""
    known: Sequence[tuple[Shown, int]]
    """Items that another source has brought, with their articles."""
    expected: int
    """Items that will be fetched."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """An item, and its article or why there is none."""

    source_id: int
    shown: Shown
    article: Article | None = None
    error: str = ""
    permanent: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """No more comes from a source in this run."""

    source_id: int
    error: SourceError | None = None
    """Why it could not be read."""
    waiting: int = 0
    """Items left for the next look."""
    retry_after: float = 0.0
    """Seconds until then."""


Event = Looked | Fetched | Ended


@dataclass(slots=True)
class Gathering:
    """Runs while the block does. Leaving it early stops the threads after what each is just doing."""

    fetcher: Fetcher
    database: Path
    sources: Sequence[Source]
    now: Callable[[], float]
    _events: queue.Queue[Event | BaseException] = field(default_factory=lambda: queue.Queue(_AHEAD))
    _hosts: queue.SimpleQueue[list[Source]] = field(default_factory=queue.SimpleQueue)
    _stopped: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Self:
        groups: dict[str, list[Source]] = {}
        for source in self.sources:
            groups.setdefault(urlsplit(source.url).hostname or "", []).append(source)
        for group in groups.values():
            self._hosts.put(group)
        for number in range(min(HOSTS, len(groups))):
            # Daemons: a server that drips for a minute shall not keep a person who pressed Ctrl-C.
            self._threads.append(threading.Thread(target=self._work, name=f"gather-{number}", daemon=True))
            self._threads[-1].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        until = time.monotonic() + _STOPPING_S
        for thread in self._threads:
            thread.join(max(until - time.monotonic(), 0.0))

    def events(self) -> Iterator[Event]:
        """All that happens, until each source has ended. An error of a thread that nobody expected is raised here."""
        left = len(self.sources)
        while left:
            event = self._events.get()
            if isinstance(event, BaseException):
                raise event
            left -= isinstance(event, Ended)
            yield event

    def _work(self) -> None:
        try:
            # A connection of its own: one for each thread.
            with SourceBook(self.database) as book:
                while not self._stopped.is_set():
                    for source in self._hosts.get_nowait():
                        self._gather(source, book)
        except queue.Empty:
            pass
        except BaseException as e:
            self._tell(e)

    def _tell(self, event: Event | BaseException) -> None:
        while not self._stopped.is_set():
            try:
                self._events.put(event, timeout=0.2)
            except queue.Full:
                continue
            return

    def _gather(self, source: Source, book: SourceBook) -> None:
        if self._stopped.is_set():
            return
        try:
            look = look_at(
                self.fetcher, source.url, source.kind, self._moment(), etag=source.etag,
                last_modified=source.last_modified,
            )  # fmt: skip
        except (SourceError, ExtractError) as e:
            self._tell(Ended(source.id, e if isinstance(e, SourceError) else SourceError(str(e))))
            return
        except Exception as e:
            self._tell(Ended(source.id, SourceError(f"{source.url}: {_mistake(e)}")))
            return
        wanted, looked = self._wanted(source, look, book)
        self._tell(looked)
        self._fetch_all(source, wanted)

    def _wanted(self, source: Source, look: Look | None, book: SourceBook) -> tuple[list[Shown], Looked]:
        shown = {one.key: one for one in look.shown} if look else {}
        for item in book.to_retry(source.id, self.now()):
            if item.url:  # what has no page can only be tried again while the source shows it
                shown.setdefault(item.key, Shown(item.key, item.url, item.title, item.published_at))
        before = book.items(source.id, list(shown))
        # What the article's own page is, was asked for because it may have changed.
        wanted = [
            one
            for one in shown.values()
            if one.fetched is not None or is_wanted(before.get(one.key), one.said, self.now())
        ]
        new = [one.key for one in wanted if one.key not in before and one.fetched is None]
        elsewhere = book.stored_elsewhere(source.id, new)
        known = [(one, elsewhere[one.key]) for one in wanted if one.key in elsewhere]
        wanted = [one for one in wanted if one.key not in elsewhere]
        before = {one.key: before[one.key] for one in wanted if one.key in before}
        return wanted, Looked(source.id, look, before, known, min(len(wanted), ITEMS_A_LOOK))

    def _fetch_all(self, source: Source, wanted: Sequence[Shown]) -> None:
        # The newest of them, and of these the oldest first, so that what came first also gets the first number.
        now, failed = wanted[:ITEMS_A_LOOK][::-1], 0
        for done, one in enumerate(now):
            fetched, retry_after = self._fetch(source, one)
            failed = failed + 1 if fetched.article is None and not fetched.permanent else 0
            if failed == GIVE_WAY and done + 1 < len(now):
                self._tell(fetched)
                self._tell(Ended(source.id, waiting=len(wanted) - done - 1, retry_after=max(retry_after, source.every)))
                return
            self._tell(fetched)
            if self._stopped.is_set():
                return
        self._tell(Ended(source.id, waiting=len(wanted) - len(now)))

    def _fetch(self, source: Source, one: Shown) -> tuple[Fetched, float]:
        try:
            return Fetched(source.id, one, article_of(self.fetcher, one, source.publisher, self._moment())), 0.0
        except TransientFetchError as e:
            return Fetched(source.id, one, error=str(e)), e.retry_after
        except (SourceError, ExtractError) as e:
            return Fetched(source.id, one, error=str(e), permanent=True), 0.0
        except Exception as e:
            return Fetched(source.id, one, error=f"{one.url or one.key}: {_mistake(e)}", permanent=True), 0.0

    def _moment(self) -> datetime:
        return datetime.fromtimestamp(self.now(), UTC)


def _mistake(error: Exception) -> str:
    """The libraries that read pages meet some with an error of their own; such a page stops nobody."""
    return f"cannot be read ({type(error).__name__}: {error}); this is a mistake in warta"
