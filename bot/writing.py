"""Answers that a language model puts into words, shown while they grow.

The quotes are there first. In a private chat they stand in a draft, which the checked sentences join one by one, and
the message is sent when the model is done: after a crash the question is simply answered again. In a group the answer
is sent and remembered at once, as ever, and then edited; nobody there waits, and after a crash it has its quotes.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace

from telegram import InlineKeyboardMarkup, Message
from telegram.error import TelegramError

from bot.client import Client
from bot.desk import Desk
from bot.metrics import Metrics
from bot.records import GivenAnswer
from bot.render import answer_messages, reader_language
from index.breaker import Breaker
from index.errors import WartaError
from index.llm import Writer, with_topic
from index.prompt import Task

_LOG = logging.getLogger(__name__)
DRAFT_EVERY_S = 1.0
EDIT_EVERY_S = 4.0
"""Telegram allows some twenty messages and edits a minute in a group, and others want to be answered there too."""
LASTS_S = 25.0
"""A draft is gone after thirty seconds unless it is shown again."""
DRAFT_S = 2.0
"""The longest that an answer waits for a draft to be shown."""
Buttons = Callable[[], Awaitable[InlineKeyboardMarkup | None]]
"""What stands below an answer by now."""


class Writing:
    """The writer, and the answers in groups that it is at work on."""

    def __init__(self, writer: Writer, bot: Client, desk: Desk, metrics: Metrics) -> None:
        self._writer, self._bot, self._desk, self._metrics = writer, bot, desk, metrics
        self._in_groups: set[asyncio.Task[None]] = set()

    @property
    def breaker(self) -> Breaker:
        """How the endpoint has been."""
        return self._writer.breaker

    async def in_private(self, answer: GivenAnswer) -> GivenAnswer:
        """The answer that is to be sent, in words where they could be had in time; drafts show it growing."""

        async def draft(text: str) -> bool:
            return await self._draft(replace(answer, written=text))

        return replace(answer, written=await self._written(answer, draft, DRAFT_EVERY_S))

    def in_group(self, answer: GivenAnswer, message: Message, buttons: Buttons) -> None:
        """Have an answer that was sent as one message put into words there; comes back at once."""
        task = asyncio.create_task(self._edited(answer, message, buttons))
        self._in_groups.add(task)
        task.add_done_callback(self._in_groups.discard)

    async def stop(self, within: float) -> None:
        """Let what is being written in groups come to its end, for so many seconds."""
        if self._in_groups:
            _, late = await asyncio.wait(self._in_groups, timeout=within)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _written(self, answer: GivenAnswer, show: Callable[[str], Awaitable[bool]], every: float) -> str:
        """What the model wrote; `show` shows what stands so far, every so many seconds while it says True."""
        growing = _Growing()
        showing = asyncio.create_task(growing.shown(show, every))
        try:
            written = await self._writer.write(_task_of(answer), growing.told)
        finally:
            growing.end()
            await showing
        self._metrics.wrote(written.outcome)
        return written.text

    async def _draft(self, answer: GivenAnswer) -> bool:
        try:
            async with asyncio.timeout(DRAFT_S):
                return await self._bot.send_message_draft(
                    answer.place.chat_id,
                    answer.question_id,  # not 0, and the same when the question is taken up again
                    answer_messages(answer)[0],
                    message_thread_id=answer.place.thread_id or None,
                )
        except (TelegramError, TimeoutError) as e:  # a courtesy; the message comes in any case
            _LOG.info("no draft is shown: %s", type(e).__name__)
            return False

    async def _edited(self, answer: GivenAnswer, message: Message, buttons: Buttons) -> None:
        """Show in the message what stands, and remember what it says in the end."""
        shown, edited_at = "", float("-inf")
        clock = asyncio.get_running_loop().time

        async def edit(text: str) -> bool:
            nonlocal shown, edited_at
            parts = answer_messages(replace(answer, written=text))
            if text == shown or len(parts) > 1:  # it would take another message
                return len(parts) == 1
            keyboard = await buttons()
            await self._bot.edit_message_text(parts[0], message.chat_id, message.message_id, reply_markup=keyboard)
            shown, edited_at = text, clock()
            return True

        async def edit_if_possible(text: str) -> bool:
            with contextlib.suppress(TelegramError):  # the last edit is the one that counts
                return await edit(text)
            return False

        try:
            text = await self._written(answer, edit_if_possible, EDIT_EVERY_S)
            await asyncio.sleep(edited_at + EDIT_EVERY_S - clock() if text != shown else 0)
            try:
                await edit(text)
            finally:  # where the last edit is refused, the one before stands
                if shown:
                    await self._desk.records(lambda r: r.answers.put_into_words(answer.token, shown))
        except (TelegramError, WartaError) as e:
            _LOG.warning("an answer could not be put into words where it stands: %s", type(e).__name__)


class _Growing:
    """A text that grows, for somebody who shows it from time to time."""

    def __init__(self) -> None:
        self._text = ""
        self._changed, self._over = asyncio.Event(), asyncio.Event()
        self._changed.set()

    def told(self, text: str) -> None:
        """It has grown to this."""
        self._text = text
        self._changed.set()

    def end(self) -> None:
        """Nothing more is to be shown."""
        self._over.set()
        self._changed.set()

    async def shown(self, show: Callable[[str], Awaitable[bool]], every: float) -> None:
        """Show it, first of all as it is at the beginning, until it is over or cannot be shown."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LASTS_S):
                    await self._changed.wait()
            self._changed.clear()
            if self._over.is_set() or not await show(self._text):
                return
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(every):
                    await self._over.wait()


def _task_of(answer: GivenAnswer) -> Task:
    question = with_topic(answer.question, answer.topic)
    return Task(question, reader_language(answer.language), answer.quotes, answer.citations)
