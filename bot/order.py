"""Many chats at once, each in its own order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from typing import Any

from telegram import Update
from telegram.ext import BaseUpdateProcessor

from bot.logs import request

IN_FLIGHT = 512
"""Updates that are being handled or wait for one of their chat; more stay in the inbox.

Far more than can be worked on: a chat that Telegram has wait for a minute must not fill all places with what it says
meanwhile.
"""


def lane_of(update: object) -> Hashable:
    """What an update must be handled in order with: its chat, or its sender where there is none."""
    if not isinstance(update, Update):
        return None
    if update.effective_chat is not None:
        return update.effective_chat.id
    return update.effective_user.id if update.effective_user is not None else None


class OrderedUpdates(BaseUpdateProcessor):
    """Handles updates of different chats beside each other and those of one chat one after the other."""

    def __init__(self, finished: Callable[[Update], Awaitable[None]]) -> None:
        """`finished` is awaited after each update that came to its end, well or not; not after one that was stopped."""
        super().__init__(IN_FLIGHT)
        self._finished = finished
        self._lanes: dict[Hashable, tuple[asyncio.Lock, int]] = {}
        self._newest_query: dict[Hashable, str] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._stopped = False

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Nothing to release."""

    @property
    def in_flight(self) -> int:
        """How many are being handled or wait for one of their chat."""
        return len(self._tasks)

    def is_newest_query(self, user_id: int, query_id: str) -> bool:
        """Whether nothing newer was typed into the inline field since."""
        return self._newest_query.get(user_id, query_id) == query_id

    async def stop(self) -> int:
        """Begin nothing more and break off what is not finished; gives how many those were."""
        self._stopped = True
        broken_off = list(self._tasks)
        for task in broken_off:
            task.cancel()
        await asyncio.gather(*broken_off, return_exceptions=True)
        return len(broken_off)

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Wait for those of the same chat that came before (asyncio's locks are fair), then handle it."""
        task = asyncio.current_task()
        if self._stopped or task is None:
            _unused(coroutine)
            return
        self._tasks.add(task)
        lane = lane_of(update)
        lock, users = self._lanes.get(lane) or (asyncio.Lock(), 0)
        self._lanes[lane] = (lock, users + 1)
        query = update.inline_query if isinstance(update, Update) else None
        if query is not None:
            self._newest_query[lane] = query.id
        begun = False
        try:
            async with lock:
                begun = True
                await self._to_its_end(update, coroutine)
        finally:
            if not begun:
                _unused(coroutine)
            self._tasks.discard(task)
            lock, users = self._lanes.pop(lane)
            if users > 1:
                self._lanes[lane] = (lock, users - 1)
            else:
                self._newest_query.pop(lane, None)

    async def _to_its_end(self, update: object, coroutine: Awaitable[Any]) -> None:
        try:
            with request(f"u{update.update_id}" if isinstance(update, Update) else ""):
                await coroutine
        except asyncio.CancelledError:
            raise  # it is not finished, and will be handled at the next start
        except BaseException:
            await self._tell(update)
            raise
        await self._tell(update)

    async def _tell(self, update: object) -> None:
        if isinstance(update, Update):
            await self._finished(update)


def _unused(coroutine: Awaitable[Any]) -> None:
    """Python warns of coroutines that nobody awaits."""
    if isinstance(coroutine, Coroutine):
        coroutine.close()
