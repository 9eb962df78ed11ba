"""The one seam where blocking work leaves the event loop: questions to the news, and the bot's own records."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from typing import TypeVar

from bot.admins import AdminBook
from bot.alert_settings import AlertBook
from bot.answers import Answers
from bot.audit import Audit
from bot.chats import BotStore
from bot.clockwork import DailyRuns
from bot.feedback import FeedbackBook
from bot.follows import FollowPrompts, Follows
from bot.inbox import Inbox
from bot.job_messages import JobMessages
from bot.outbox import Outbox
from index.pipeline import Warta

T = TypeVar("T")


class Records:
    """What the bot remembers, over one connection."""

    def __init__(self, store: BotStore) -> None:
        self.store = store
        self.answers = Answers(store)
        self.inbox = Inbox(store)
        self.feedback = FeedbackBook(store)
        self.follows = Follows(store)
        self.follow_prompts = FollowPrompts(store)
        self.alert_settings = AlertBook(store)
        self.outbox = Outbox(store)
        self.admins = AdminBook(store)
        self.audit = Audit(store)
        self.job_messages = JobMessages(store)
        self.daily_runs = DailyRuns(store)


class Desk:
    """Threads that read the news, and one that keeps the records in order."""

    def __init__(self, warta: Warta, readers: int) -> None:
        """`readers`: questions that are worked on at the same time."""
        self._warta = warta
        self._local = threading.local()
        self._count = readers
        self._readers = ThreadPoolExecutor(readers, "news")
        self._keeper = ThreadPoolExecutor(1, "records")
        self._records: Records | None = None
        self._closed = False

    async def news(self, work: Callable[[Warta], T]) -> T:
        """Do something with the news in one of the reading threads."""
        run = copy_context().run  # what is logged there belongs to the same request
        return await asyncio.get_running_loop().run_in_executor(self._readers, lambda: run(work, self._reader()))

    async def records(self, work: Callable[[Records], T]) -> T:
        """Do something with the records; one thing after the other."""
        run = copy_context().run
        return await asyncio.get_running_loop().run_in_executor(self._keeper, lambda: run(work, self._book()))

    @property
    def database(self) -> Path:
        """The file that all of this is in."""
        return self._warta.settings.database

    @property
    def index_loaded(self) -> bool:
        """Whether the vector index is in memory, which the first question, or `load_index`, does."""
        return self._warta.index_loaded

    async def load_index(self) -> None:
        """Read the vector index before anybody waits for it.

        Raises StoreError.
        """
        await self.news(lambda warta: warta.live.refresh(warta.store))

    def _reader(self) -> Warta:
        reader: Warta | None = getattr(self._local, "warta", None)
        if reader is None:
            reader = self._local.warta = self._warta.reader()
        return reader

    def _book(self) -> Records:
        if self._records is None:
            settings = self._warta.settings
            self._records = Records(BotStore(settings.database, settings.busy_timeout))
        return self._records

    async def close(self) -> None:
        """Finish what was begun, and let go of the files; once is enough."""
        if self._closed:
            return
        self._closed = True
        loop = asyncio.get_running_loop()
        # A connection is closed by the thread that opened it; the barrier has each thread take one of the calls.
        everyone = threading.Barrier(self._count)
        try:
            await asyncio.gather(
                *(loop.run_in_executor(self._readers, self._let_go, everyone) for _ in range(self._count)),
                loop.run_in_executor(self._keeper, self._close_book),
                return_exceptions=True,
            )
        finally:
            self._readers.shutdown(wait=False)
            self._keeper.shutdown(wait=False)

    def _let_go(self, everyone: threading.Barrier) -> None:
        everyone.wait()
        reader: Warta | None = getattr(self._local, "warta", None)
        if reader is not None:
            reader.store.close()

    def _close_book(self) -> None:
        if self._records is not None:
            self._records.store.close()
