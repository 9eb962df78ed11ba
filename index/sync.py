"""Sources → store: what is due is looked at, what is new is fetched, and one bad source never stops the others.

Threads look and fetch (gathering.py); the caller's thread alone writes. What a source showed is remembered only once it
is stored, so that a crash at any point loses nothing and the next run goes on from there.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from filelock import FileLock, Timeout

from index.errors import SourceError, StoreBusyError
from index.gathering import Ended, Fetched, Gathering, Looked
from index.ingest import Outcome
from index.pipeline import Warta
from index.sources.book import Item, Source, SourceBook
from index.sources.fetch import Fetcher, TransientFetchError
from index.sources.looking import Look, Shown
from index.sources.schedule import (
    DAY,
    after_failure,
    after_outage,
    after_success,
    item_after_failure,
    item_after_success,
    was_there,
)
from index.types import Article, Progress, silent

LOCK = "sync.lock"
JOB = "sync"
SHOW_EVERY_S = 1.0
OUTAGE_HOSTS = 3
"""Hosts of which none answers in one run, from which this machine is taken to be cut off."""


@dataclass(slots=True)
class SourceReport:
    """What one source brought."""

    source: str
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    duplicate: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)
    """Address and reason."""
    waiting: int = 0
    """Items that are left for the next run."""
    error: str = ""
    """Why the source itself could not be read."""
    notice: str = ""
    """What a person should know: it moved, was switched off, works again."""


@dataclass(slots=True)
class SyncReport:
    """What a sync did."""

    sources: list[SourceReport] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def useless(self) -> bool:
        """Whether there were sources, and none of them could be read."""
        return bool(self.sources) and all(one.error for one in self.sources)

    def record(self) -> dict[str, object]:
        """For --json, and for the job's row."""
        return {
            "sources": len(self.sources),
            **{name: self.total(name) for name in ("new", "changed", "unchanged")},
            "duplicates": self.total("duplicate"),
            "failed": [{"url": url, "reason": reason} for one in self.sources for url, reason in one.failed],
            "waiting": self.total("waiting"),
            "broken_sources": [{"url": one.source, "reason": one.error} for one in self.sources if one.error],
            "notices": [{"url": one.source, "notice": one.notice} for one in self.sources if one.notice],
            "seconds": round(self.seconds, 1),
        }

    def total(self, name: str) -> int:
        """A count over all sources."""
        return sum(getattr(one, name) for one in self.sources)


@dataclass(slots=True)
class _Open:
    """A source that is being brought in."""

    source: Source
    report: SourceReport
    look: Look | None = None
    before: dict[str, Item] = field(default_factory=dict)
    on_the_way: int = 0
    """Articles that were handed to the store and are not known to be there."""
    ended: Ended | None = None


class Sync:
    """One run over sources. `told` hears of each source when it is done."""

    def __init__(
        self,
        warta: Warta,
        book: SourceBook,
        fetcher: Fetcher,
        *,
        now: Callable[[], float] = time.time,
        progress: Progress = silent,
        told: Callable[[SourceReport], None] = lambda report: None,
    ) -> None:
        self._warta, self._book, self._fetcher, self._now = warta, book, fetcher, now
        self._progress, self._told = progress, told
        self._job = 0
        self._shown_at = float("-inf")
        self._open: dict[int, _Open] = {}
        self._sent: deque[tuple[_Open, Shown]] = deque()
        self._outages: list[tuple[Source, SourceReport, TransientFetchError]] = []
        self._news: set[str] = set()

    def run(self, sources: Sequence[Source]) -> SyncReport:
        """Look at sources and store what is new.

        Raises StoreBusyError when another sync runs on this data folder, StoreError and EmbedderError when nothing can
        be stored; what was stored before stays.
        """
        try:
            with FileLock(self._warta.settings.data / LOCK, timeout=0):
                return self._run(sources)
        except Timeout as e:
            data = self._warta.settings.data
            raise StoreBusyError(f"another sync of {data} is running; it brings the news, wait for it to finish") from e

    def _run(self, sources: Sequence[Source]) -> SyncReport:
        started, report = self._now(), SyncReport([SourceReport(source.url) for source in sources])
        self._open = {s.id: _Open(s, one) for s, one in zip(sources, report.sources, strict=True)}
        self._sent.clear()
        self._outages.clear()
        self._news.clear()
        self._job = self._book.begin_job(JOB, os.getpid(), started)
        try:
            with Gathering(self._fetcher, self._book.path, sources, self._now) as gathering:
                articles, is_news = self._articles(gathering, len(sources)), lambda article: article.key in self._news
                for outcome in self._warta.ingest(articles, often=True, is_news=is_news):
                    self._note(outcome)
            self._judge_outages(sources)
        finally:
            report.seconds = self._now() - started
            self._book.end_job(self._job, report.record(), self._now())
        return report

    def _articles(self, gathering: Gathering, count: int) -> Iterator[Article]:
        """What comes in, as it comes in; what is no article is dealt with on the way."""
        ended = fetched = expected = 0
        self._show(0, count)
        for event in gathering.events():
            opened = self._open[event.source_id]
            if isinstance(event, Fetched):
                fetched += 1
                self._progress("fetch", fetched, expected)
            if isinstance(event, Looked):
                opened.look, opened.before = event.look, dict(event.before)
                expected += event.expected
                self._take_known(opened, event)
            elif isinstance(event, Ended):
                ended += 1
                self._show(ended, count)
                opened.ended = event
                self._close_if_done(opened)
            elif event.article is None:
                self._fail(opened, event.shown, event.error, permanent=event.permanent)
            else:
                self._keep(opened, replace(self._item(opened, event.shown), state="fetched"))
                opened.on_the_way += 1
                self._sent.append((opened, event.shown))
                if not was_there(opened.before.get(event.shown.key), opened.source):
                    self._news.add(event.article.key)
                yield event.article

    def _show(self, done: int, total: int) -> None:
        self._progress(JOB, done, total)
        if self._now() - self._shown_at >= SHOW_EVERY_S or done == total:
            self._shown_at = self._now()
            self._book.show_progress(self._job, JOB, done, total, self._now())

    # Items

    def _item(self, opened: _Open, shown: Shown) -> Item:
        """What is remembered of an item while its fate is open."""
        before = opened.before.get(shown.key)
        return Item(
            key=shown.key,
            url=shown.url,
            title=shown.title,
            published_at=shown.published_at,
            said=shown.said,
            first_sight=before.first_sight if before else not opened.source.primed,
            article_id=before.article_id if before else None,
        )

    def _keep(self, opened: _Open, item: Item) -> None:
        self._book.keep_items(opened.source.id, [item], self._now())

    def _take_known(self, opened: _Open, looked: Looked) -> None:
        """Items whose article another source has brought are not fetched again."""
        for shown, article_id in looked.known:
            item = replace(self._item(opened, shown), article_id=article_id)
            self._keep(opened, item_after_success(None, item, self._now(), changed=False))
            opened.report.unchanged += 1

    def _fail(self, opened: _Open, shown: Shown, error: str, *, permanent: bool) -> None:
        opened.report.failed.append((shown.url or shown.key, error))
        before, item = opened.before.get(shown.key), self._item(opened, shown)
        self._keep(opened, item_after_failure(before, item, error, self._now(), permanent=permanent))

    def _note(self, outcome: Outcome) -> None:
        """Outcomes come in the order of their articles, each after it is committed."""
        opened, shown = self._sent.popleft()
        opened.on_the_way -= 1
        if outcome.status == "failed" or outcome.article_id is None:
            self._fail(opened, shown, outcome.detail, permanent=True)
        else:
            report, before = opened.report, opened.before.get(shown.key)
            setattr(report, outcome.status, getattr(report, outcome.status) + 1)
            item = replace(self._item(opened, shown), article_id=outcome.article_id)
            if before is not None and before.article_id not in (None, outcome.article_id):
                # The feed has given the key of one article to another.
                before, item = None, replace(item, first_sight=not opened.source.primed)
            self._keep(opened, item_after_success(before, item, self._now(), changed=outcome.status != "unchanged"))
        self._close_if_done(opened)

    # Sources

    def _close_if_done(self, opened: _Open) -> None:
        if opened.ended is None or opened.on_the_way:
            return
        source, report, error = opened.source, opened.report, opened.ended.error
        if error is None:
            report.waiting = opened.ended.waiting
            ttl = opened.look.ttl if opened.look else 0.0
            verdict = after_success(source, self._now(), self._found(opened), ttl=ttl)
            if opened.ended.waiting:
                verdict.changes["next_fetch"] = self._now() + opened.ended.retry_after
            report.notice = report.notice or verdict.notice
            self._book.update(source.id, **verdict.changes)
        else:
            report.error = str(error)
            if isinstance(error, TransientFetchError) and error.status == 0:
                self._outages.append((source, report, error))
                return  # judged when all are known; told then
            self._put_off(source, report, error)
        self._told(report)

    def _put_off(self, source: Source, report: SourceReport, error: SourceError) -> None:
        verdict = after_failure(source, self._now(), str(error), retry_after=getattr(error, "retry_after", 0.0))
        report.notice = verdict.notice
        self._book.update(source.id, **verdict.changes)

    def _judge_outages(self, sources: Sequence[Source]) -> None:
        """Sources that gave no answer: where nobody does, this machine is cut off, and none of them is to blame."""
        hosts = {urlsplit(source.url).hostname for source in sources}
        cut_off = len(hosts) >= OUTAGE_HOSTS and len(self._outages) == len(sources)
        for source, report, error in self._outages:
            if cut_off:
                verdict = after_outage(source, self._now(), str(error), retry_after=error.retry_after)
                self._book.update(source.id, **verdict.changes)
            else:
                self._put_off(source, report, error)
            self._told(report)

    def _found(self, opened: _Open) -> dict[str, object]:
        source, look = opened.source, opened.look
        found: dict[str, object] = {}
        if opened.ended is not None and opened.ended.waiting:
            # A source that answers "not modified" would not show again what waits; nor is all of it known yet.
            primed = source.primed or self._now() - source.added_at > DAY
            return {"etag": "", "last_modified": "", "primed": primed}
        if look is None:
            return found
        found |= {"etag": look.etag, "last_modified": look.last_modified}
        if look.title and not source.title:
            found["title"] = look.title
        if look.moved_to and look.moved_to != source.url:
            found |= self._moved(source, look.moved_to, opened.report)
        return found

    def _moved(self, source: Source, to: str, report: SourceReport) -> dict[str, object]:
        other = self._book.by_url(to)
        if other is None:
            report.notice = f"moved to {to}, where it is followed now"
            return {"url": to}
        report.notice = f"switched off: it moved to {to}, which is followed already as source {other.id}"
        return {"active": False}
