"""One reindex at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from telegram.error import TelegramError

from bot.child import Report, run_child
from index.errors import WartaError

_LOG = logging.getLogger(__name__)


Tell = Callable[[Report], Awaitable[None]]


class Reindexing:
    """Starts a reindex, or lets one more person wait for the one that runs."""

    def __init__(self, command: Sequence[str], now: Callable[[], float]) -> None:
        self.command, self._now = list(command), now
        self._tasks: set[asyncio.Task[None]] = set()
        self._busy = False
        self._waiting: list[Tell] = []
        self._stopped = False

    def join(self, tell: Tell, *, full: bool) -> bool:
        """Have `tell` called at the end of the job that runs, or of one that begins now; gives whether it does."""
        self._waiting.append(tell)
        if self._busy:
            return False
        self._busy = True
        task = asyncio.get_running_loop().create_task(self._work(full))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return True

    async def stop(self) -> None:
        """Stop what runs, and begin no other; what it stored stays."""
        self._stopped = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _work(self, full: bool) -> None:
        try:
            report = await self._run(full)
        except (OSError, ValueError) as e:
            _LOG.exception("the reindex could not be run")
            report = Report(False, {}, str(e), 0.0)
        self._busy = False
        waiting, self._waiting = self._waiting, []
        for tell in waiting:
            try:
                await tell(report)
            except (TelegramError, WartaError) as e:
                _LOG.warning("somebody could not be told how the reindex ended: %s", e)

    async def _run(self, full: bool) -> Report:
        if self._stopped:
            return Report(False, {}, "the bot is stopping", 0.0)
        return await run_child([*self.command, *(["--full"] if full else [])], self._now)
