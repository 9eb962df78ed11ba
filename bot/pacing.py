"""Sends no faster than Telegram likes, and waits where it says so.

python-telegram-bot's AIORateLimiter paces messages; but after a 429 it halts every chat for as long as one is told to
wait, forgets that at a restart, and does not try again after other errors. This one holds back only whom it concerns.
"""

from __future__ import annotations

import asyncio
import logging
import math
import random
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
from aiolimiter import AsyncLimiter
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError
from telegram.ext import AIORateLimiter

from bot.client import GARBLED
from index.errors import StoreError

_LOG = logging.getLogger(__name__)
LONGEST_WAIT_S = 60.0
"""Whoever must wait longer is told so by RetryAfter, at once, and nothing is sent before the time."""
ATTEMPTS = 4
"""For what nobody waits for long, such as answers to buttons, and for messages that may have arrived."""
PATIENCE_S = 300.0
"""For so long a message that did not arrive is tried again: questions wait while Telegram is away."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 30.0
PER_MINUTE_IN_GROUP = 20
BURST, STEADY = 1 / 6, 3 / 4
"""Of what Telegram allows in a second or a minute: so much at once, and so much evenly over that time. A leaky bucket
gives its whole content and then what runs in; together they must stay below the limit, and messages may bunch on the
way."""
IN_PRIVATE = 4
"""Messages to a private chat at once; then one a second."""
MOST_CHATS = 1_000
"""Private chats whose pace is remembered."""
PACED = ("send", "edit", "copy", "forward")
"""Only what shows in a chat counts for Telegram's pace; actions, answers to buttons and menus do not."""
DRAFT = "sendMessageDraft"
COURTESIES = frozenset({"sendChatAction", DRAFT})
"""Not worth a wait, nor a second try."""
ONCE = ("send", "copy", "forward")
CAREFUL = 1
"""As `rate_limit_args`: a message whose reply was lost is not sent again."""
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class Pacer(AIORateLimiter):
    """Paces by chat and over all, retries what is worth it, and keeps long waits across restarts."""

    def __init__(
        self,
        per_second: int,
        now: Callable[[], float],
        keep: Callable[[str, float], Awaitable[None]],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`keep(chat, until)` remembers a wait; those kept before are put into `until` by the caller."""
        overall, group = max(per_second * BURST, 1.0), PER_MINUTE_IN_GROUP * BURST
        super().__init__(
            overall_max_rate=overall,
            overall_time_period=overall / (per_second * STEADY),
            group_max_rate=group,
            group_time_period=60 * group / (PER_MINUTE_IN_GROUP * STEADY),
        )
        self._private: dict[int, AsyncLimiter] = {}
        self.until: dict[str, float] = {}
        """Chat id, or the method where there is no chat, to the time before which nothing may be sent."""
        self._now, self._keep, self._sleep = now, keep, sleep

    async def process_request(
        self,
        callback: Callable[..., Any],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,
    ) -> Any:
        """Carry out a request in its time.

        Raises RetryAfter when the chat has to wait for more than LONGEST_WAIT_S, and what the last attempt raised.
        """
        # Telegram limits setMyDescription and its like to a few a day; no chat may suffer for that.
        key = str(data.get("chat_id", endpoint))
        if endpoint == DRAFT:  # nor may the message itself wait for what only announces it
            key += " draft"
        courtesy = endpoint in COURTESIES
        waited, attempts, lost, paused = 0.0, 0, 0, 0.0
        while True:
            waited += await self._wait_for(key, 0.0 if courtesy else LONGEST_WAIT_S - waited)
            attempts += 1
            try:
                if courtesy or not endpoint.startswith(PACED):
                    return await callback(*args, **kwargs)
                await self._in_turn(data.get("chat_id"))
                return await super().process_request(callback, args, kwargs, endpoint, data, None)
            except RetryAfter as e:
                await self._hold(key, seconds_of(e))
                if courtesy:
                    raise
            except TelegramError as e:
                lost += may_have_arrived(e)
                tried = lost if endpoint.startswith(PACED) else attempts
                careful = rate_limit_args == CAREFUL
                if tried >= ATTEMPTS or paused >= PATIENCE_S or not worth_retrying(e, endpoint, careful=careful):
                    raise
                _LOG.info("%s failed (%s), attempt %d", endpoint, type(e).__name__, attempts)
                pause = min(FIRST_PAUSE_S * 2 ** min(attempts - 1, 10), LONGEST_PAUSE_S) * (1 + random.random())
                await self._sleep(pause)
                paused += pause

    async def _in_turn(self, chat_id: object) -> None:
        """Wait until one more message may go to a private chat; AIORateLimiter paces groups and all together."""
        if not isinstance(chat_id, int) or chat_id < 0:
            return
        limiter = self._private.pop(chat_id, None) or AsyncLimiter(IN_PRIVATE, IN_PRIVATE)
        self._private[chat_id] = limiter
        if len(self._private) > MOST_CHATS:
            self._private.pop(next(iter(self._private)))
        await limiter.acquire()

    async def _wait_for(self, key: str, most: float) -> float:
        """Wait until nothing holds this back; raises RetryAfter instead of waiting for more than `most`."""
        waited = 0.0
        while (left := self.until.get(key, 0.0) - self._now()) > 0:
            if waited + left > most:
                raise RetryAfter(max(math.ceil(left), 1))
            await self._sleep(left)
            waited += left
        self.until.pop(key, None)
        return waited

    async def _hold(self, key: str, seconds: float) -> None:
        until = self.until[key] = max(self.until.get(key, 0.0), self._now() + seconds + 0.1)
        _LOG.warning("Telegram asks for a pause of %.0f s for %s", seconds, key)
        try:
            await self._keep(key, until)
        except StoreError as e:
            _LOG.error("a pause could not be kept, a restart would forget it: %s", e)


def worth_retrying(error: TelegramError, endpoint: str, *, careful: bool = False) -> bool:
    """Whether to try a failed request again.

    One that never reached Telegram, or that Telegram's own server failed at, always. Where the reply was lost, a second
    try may put a message there twice. For an answer silence would be worse; `careful` senders would rather know.
    """
    if endpoint in COURTESIES or isinstance(error, BadRequest):
        return False
    if not isinstance(error, NetworkError) and error.message != GARBLED:
        return False
    return not (careful and may_have_arrived(error) and endpoint.startswith(ONCE))


def may_have_arrived(error: TelegramError) -> bool:
    """Whether the request may have been carried out, and only the reply to it was lost."""
    if isinstance(error.__cause__, _NOT_SENT):
        return False
    return isinstance(error.__cause__, httpx.HTTPError) or error.message == GARBLED


def seconds_of(error: RetryAfter) -> float:
    """How long Telegram asks to wait."""
    value = error.retry_after
    return float(value if isinstance(value, int | float) else value.total_seconds())
