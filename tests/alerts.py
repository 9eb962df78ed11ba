"""Alerts put into the outbox of the bot at work, for the tests of what one can do with them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from bot_api import BotApi
from bot_world import Chat
from stage import Message, reply_in

from bot.desk import Records
from bot.life import Bot
from bot.records import Alert, Place
from index.interests import interest_of


async def follow(bot: Bot, chat: Chat, *patterns: str, kind: str = "partner", thread: int = 0) -> list[int]:
    """Have a chat follow something; gives the ids of the subscriptions."""

    def add(records: Records) -> list[int]:
        for pattern in patterns:
            records.follows.add(Place(chat.id, thread), interest_of(kind, pattern), 1, 0.0)
        return [one.id for one in records.follows.of_chat(chat.id) if one.interest.pattern in patterns]

    return await bot.services.desk.records(add)


async def alerted(
    api: BotApi,
    bot: Bot,
    chat: Chat,
    *article_ids: int,
    follows: Sequence[int] = (),
    reasons: Sequence[str] = ("BMW",),
    kind: str = "alert",
    thread: int = 0,
    **more: Sequence[str],
) -> Message:
    """Have stored articles told to a chat, and wait for the message."""
    before = len(api.sent(chat))

    def enqueue(records: Records) -> None:
        records.store.see_chat(chat.id, chat.type, chat.title)
        with records.store.transaction():
            for number in article_ids:
                done = records.outbox.enqueue(
                    kind, Place(chat.id, thread), number, number, reasons, follows, bot.services.now(), **more  # type: ignore[arg-type]
                )  # fmt: skip
                assert done

    chat.started = True
    await bot.services.desk.records(enqueue)
    bot.services.postman.wake()
    message = await reply_in(api, chat, before + 1)
    await rows_of(bot, message)
    return message


async def rows_of(bot: Bot, message: Message) -> list[Alert]:
    """The rows of the outbox that a message belongs to: noted right after it was sent."""
    place = (message["chat"]["id"], message["message_id"])
    async with asyncio.timeout(10):
        while not (rows := await bot.services.desk.records(lambda r: r.outbox.of_message(*place))):
            await asyncio.sleep(0.01)
    return rows


async def digested(api: BotApi, bot: Bot, chat: Chat, *article_ids: int, **more: Any) -> Message:
    """Have several told in one message: the chat takes no second one within the hour."""
    await bot.services.desk.records(lambda r: r.alert_settings.change(chat.id, cap=1))
    return await alerted(api, bot, chat, *article_ids, **more)
