"""The delivery loop: each chat in its order, several chats beside each other, for as long as the bot lives."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from bot.rounds import Rounds
from bot.sending import KEEP_S, Sending, Sleep, Writer
from bot.services import Services
from index.errors import StoreError, WartaError

_LOG = logging.getLogger(__name__)
BESIDE = 8
"""Chats that are written to at the same time."""
PACE_S = 1.0
"""Between two messages to a chat."""
LOOK_S = 2.0
"""Between two looks into the outbox, where the command line may have put something."""
LONGEST_S = 60.0
"""A chat that has to wait is looked at again after this time: its settings or the clock may have been changed."""


class Postman:
    """Empties the outbox."""

    def __init__(self, services: Services, write: Writer, sleep: Sleep = asyncio.sleep) -> None:
        """`write` gives the message of the rows of one bundle."""
        self._services, self._sleep = services, sleep
        self._sending = Sending(services, write, sleep)
        self._slots = asyncio.Semaphore(BESIDE)
        self._woken = asyncio.Event()
        self.rounds = Rounds()
        self._chats: dict[int, asyncio.Task[None]] = {}
        self._due: dict[int, float] = {}
        """When a chat that has to wait is looked at again, by the event loop's clock."""

    def wake(self) -> None:
        """There may be something to do: rows have come in, or a chat's settings were changed."""
        self._due.clear()
        self._woken.set()

    async def run(self) -> None:
        """Deliver for ever."""
        while True:
            self._woken.clear()
            self.rounds.another()
            try:
                chats = await self._services.desk.records(lambda r: r.outbox.chats())
            except StoreError as e:
                _LOG.error("the outbox cannot be read: %s", e)
                chats = []
            time = asyncio.get_running_loop().time()
            for chat_id in chats:
                if chat_id not in self._chats and self._due.get(chat_id, 0.0) <= time:
                    self._chats[chat_id] = asyncio.create_task(self._serve(chat_id))
            # Not wait_for: before Python 3.12 it swallows a cancellation that comes together with what it waits for.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._woken.wait()

    async def stop(self, within: float) -> None:
        """Take nothing more out of the outbox, and finish what is under way, within so many seconds."""
        serving = list(self._chats.values())
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
        if under_way := set(self._sending.under_way):
            _, late = await asyncio.wait(under_way, timeout=within)
            for delivery in late:
                delivery.cancel()
            if late:
                _LOG.warning("%d alerts were not finished in %.0f s; they may come twice", len(late), within)
            await asyncio.gather(*under_way, return_exceptions=True)

    async def _serve(self, chat_id: int) -> None:
        """Send what a chat is to get, message after message, until it has to wait."""
        wait = LONGEST_S
        try:
            while True:
                async with self._slots:
                    wait = await self._sending.step(chat_id)
                if wait > 0:
                    return
                await self._sleep(PACE_S)
        except WartaError as e:
            _LOG.error("chat %d has to wait: %s", chat_id, e)
            wait = KEEP_S
        except Exception as e:
            _LOG.exception("chat %d met an error of the bot's own", chat_id)
            await self._services.tell_admins("alerts", f"chat {chat_id}: {type(e).__name__}: {e}")
        finally:
            del self._chats[chat_id]
            self._due[chat_id] = asyncio.get_running_loop().time() + min(wait, LONGEST_S)
