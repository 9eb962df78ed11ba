"""How updates come in: each is a row in the inbox before Telegram hears that it arrived, and then waits for its turn.

A crash therefore loses no question, and an update that comes again, by a replayed webhook call or otherwise, does
nothing. An update that cannot be read is put aside, and the next one is handled.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any

from telegram import Update
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot.client import READ_S, Client
from bot.desk import Desk
from bot.inbox import MOST_STARTS
from bot.order import IN_FLIGHT
from bot.pacing import seconds_of
from bot.rounds import LATE_S
from index.errors import SettingsError, StoreError, WartaError

_LOG = logging.getLogger(__name__)
KINDS = ("message", "channel_post", "callback_query", "inline_query", "chosen_inline_result", "my_chat_member")
"""What Telegram is asked to send."""
WAIT_S = 30
"""How long Telegram may hold a request for updates while there are none."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0
CONFLICT_PAUSE_S = 5.0
BATCH = 100
SUSPECT_S = 30.0
"""How long an update that was unfinished when the process ended is handled with nothing beside it."""
REJECTED = (
    "Telegram does not accept the token in WARTA_BOT_TOKEN: copy it again from @BotFather, who also makes a new one "
    "(/token); nothing is answered until then"
)


class Intake:
    """Takes raw updates, keeps them, and feeds them to the application as there is room."""

    def __init__(
        self,
        bot: Client,
        desk: Desk,
        queue: asyncio.Queue[object],
        now: Callable[[], float],
        tell: Callable[[str, str], Awaitable[None]],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`tell(kind, detail)` lets the administrators know; `clock` is never set back, as `now` may be."""
        self._clock, self._due = clock, math.inf
        self._bot, self._desk, self._queue, self._now, self._tell, self._sleep = bot, desk, queue, now, tell, sleep
        self._room = asyncio.Semaphore(IN_FLIGHT)
        self._new = asyncio.Event()
        self._rejected = asyncio.Event()
        self._alone: tuple[int, asyncio.Event] | None = None
        self._failed: dict[int, str] = {}

    # In

    async def take(self, raw: list[Any]) -> None:
        """Keep new updates; when this returns they are safe.

        Raises StoreError; nothing was taken then.
        """
        taken = await self._desk.records(lambda r: r.inbox.take(raw, self._now()))
        if taken.malformed:
            _LOG.error("%d of %d updates have no update_id and were passed over", taken.malformed, len(raw))
            await self._tell("unreadable update", f"{taken.malformed} without update_id")
        if taken.new:
            self._new.set()

    async def poll(self) -> None:
        """Ask Telegram for updates for ever.

        Raises SettingsError when Telegram does not accept the token: nothing would ever be answered.
        """
        offset: int | None = None
        asked = False
        failures = 0
        while True:
            try:
                if not asked:
                    offset = await self._desk.records(lambda r: r.inbox.offset(self._now()))
                    asked = True
                self._due = self._clock() + WAIT_S + READ_S
                raw = await self._bot.raw_updates(offset, KINDS, WAIT_S)
                await self.take(raw)
                ids = [u["update_id"] for u in raw if isinstance(u, dict) and type(u.get("update_id")) is int]
                offset = max(ids) + 1 if ids else offset
                if raw and not ids:
                    await self._sleep(LONGEST_PAUSE_S)
                failures = 0
            except InvalidToken:
                raise SettingsError(REJECTED) from None  # what it was raised from may hold the token
            except (TelegramError, StoreError) as e:
                failures += 1
                pause = await self._pause_after(e, failures)
                self._due = self._clock() + pause
                await self._sleep(pause)

    @property
    def is_late(self) -> bool:
        """Whether polling has not come round for far too long."""
        return self._clock() > self._due + LATE_S

    async def _pause_after(self, error: Exception, failures: int) -> float:
        """Seconds until Telegram is asked again; tells of the error."""
        if isinstance(error, Conflict):
            _LOG.error("another process takes this bot's updates (%s); stop one of them", error)
            await self._tell("conflict", f"another process takes this bot's updates ({error}); stop one of them")
            return CONFLICT_PAUSE_S * min(failures, 12)
        pause = min(FIRST_PAUSE_S * 2 ** min(failures - 1, 10), LONGEST_PAUSE_S)
        if isinstance(error, RetryAfter):
            pause = max(pause, seconds_of(error))
        _LOG.warning("no updates (%s: %s), next try in about %.0f s", type(error).__name__, error, pause)
        return float(pause * (1 + random.random() / 4))

    async def until_rejected(self) -> None:
        """Wait until a call shows that Telegram does not accept the token any more.

        Raises SettingsError then.
        """
        await self._rejected.wait()
        raise SettingsError(REJECTED)

    # Out

    async def feed(self) -> None:
        """Hand what was taken to the application for ever, oldest first, never more than there is room for."""
        restart, after, suspects = True, 0, -1
        while True:
            self._new.clear()
            try:
                if suspects < 0:
                    suspects = await self._suspects()
                # One of those that were unfinished at an earlier start too may be what ended the process. Each is
                # handled alone, so that no other is blamed with it.
                while batch := await self._next(after, restart=restart, limit=1 if suspects else BATCH):
                    for raw in batch:
                        await self._hand_on(raw, alone=suspects > 0)
                        after, suspects = raw["update_id"], max(suspects - 1, 0)
            except StoreError as e:
                _LOG.error("the inbox cannot be read, next try in %.0f s: %s", LONGEST_PAUSE_S, e)
                await self._sleep(LONGEST_PAUSE_S)
                continue
            restart = False
            await self._new.wait()

    async def _suspects(self) -> int:
        """How many were unfinished at an earlier start already; tells of those that will not be tried again."""
        starts = await self._desk.records(lambda r: r.inbox.suspects())
        given_up = [number for number, count in starts if count >= MOST_STARTS]
        for number in given_up:
            detail = f"update {number} is put aside: the process ended {MOST_STARTS} times before it was finished"
            _LOG.error("%s", detail)
            await self._tell("deadly update", detail)
        return len(starts) - len(given_up)

    async def _next(self, after: int, *, restart: bool, limit: int) -> list[dict[str, Any]]:
        return await self._desk.records(lambda r: r.inbox.unfinished(self._now(), after, restart=restart, limit=limit))

    async def _hand_on(self, raw: dict[str, Any], *, alone: bool) -> None:
        await self._room.acquire()
        try:
            update = await self._read(raw)
        except BaseException:
            self._room.release()
            raise
        if update is None:
            self._room.release()
            return
        finished = asyncio.Event()
        self._alone = (update.update_id, finished) if alone else None
        await self._queue.put(update)
        if alone:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SUSPECT_S):
                    await finished.wait()

    async def _read(self, raw: dict[str, Any]) -> Update | None:
        try:
            return Update.de_json(raw, self._bot)
        except Exception as e:  # whatever is wrong with it, the next one is handled
            detail = f"cannot be read: {type(e).__name__}: {e}"
            _LOG.error("update %s %s", raw["update_id"], detail)
            await self._desk.records(lambda r: r.inbox.quarantine(raw["update_id"], detail, self._now()))
            await self._tell("unreadable update", f"update {raw['update_id']} {detail}")
            return None

    def fail(self, update_id: int, detail: str) -> None:
        """The handling of this update raised; it will be kept with the reason for the operator."""
        self._failed[update_id] = detail

    def reject(self) -> None:
        """Telegram does not accept the token; what is not finished waits for a bot that it does accept."""
        self._rejected.set()

    async def finished(self, update: Update) -> None:
        """An update was handled, well or not."""
        detail = self._failed.pop(update.update_id, "")
        try:
            if detail and self._rejected.is_set():
                return
            if detail:
                await self._desk.records(lambda r: r.inbox.quarantine(update.update_id, detail, self._now()))
            else:
                await self._desk.records(lambda r: r.inbox.done(update.update_id, self._now()))
        except WartaError as e:
            _LOG.error("update %d was handled, but that could not be kept: %s", update.update_id, e)
        finally:
            self._room.release()
            if self._alone is not None and self._alone[0] == update.update_id:
                self._alone[1].set()
