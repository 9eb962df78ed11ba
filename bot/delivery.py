"""Sends what was rendered to where it belongs, and copes with chats that moved, closed or refuse HTML."""

from __future__ import annotations

import logging
from typing import Literal

from telegram import ForceReply, InlineKeyboardMarkup, Message, ReplyParameters
from telegram.error import BadRequest, ChatMigrated, Forbidden, TelegramError

from bot.records import Place
from bot.render import plain
from bot.services import Services
from bot.text import clip

_LOG = logging.getLogger(__name__)
_UNPARSED = ("can't parse entities", "message is too long", "entity")
_NO_TOPIC = ("message thread not found", "topic_closed", "topic_deleted")
_CLOSED = (
    "chat not found",
    "not enough rights",
    "have no rights",
    "chat_write_forbidden",
    "chat_restricted",
    "need administrator rights",
)
PLAIN_UNITS = 4000
Keyboard = InlineKeyboardMarkup | ForceReply


async def deliver(
    services: Services,
    place: Place,
    html: str,
    *,
    reply_to: int = 0,
    keyboard: Keyboard | None = None,
    silent: bool = False,
) -> Message | None:
    """Send one message; None where the chat cannot be written to any more, which is remembered.

    `silent`: without a sound.
    Raises TelegramError for what is neither the chat's nor the text's fault.
    """
    try:
        return await _send(services, place, html, reply_to, keyboard, silent)
    except ChatMigrated as e:
        await migrate(services, place.chat_id, e.new_chat_id)
        moved = Place(e.new_chat_id, place.thread_id)
        return await deliver(services, moved, html, keyboard=keyboard, silent=silent)
    except Forbidden as e:
        _LOG.info("chat %d is closed to the bot: %s", place.chat_id, e)
        await services.desk.records(lambda r: r.store.set_active(place.chat_id, False))
    except BadRequest as e:
        refusal = refusal_of(e)
        if refusal == "unreadable":
            _LOG.error("Telegram cannot read a message as HTML (%s); it goes out as plain text", e)
            await services.tell_admins("unreadable message", e.message)
            return await _send(services, place, plain(html), reply_to, keyboard, silent, plainly=True)
        if not refusal:
            raise
        _LOG.info("chat %d cannot be written to: %s", place.chat_id, e)
    return None


def refusal_of(error: TelegramError) -> Literal["", "unreadable", "no topic", "closed"]:
    """Whether the text, the topic or the chat is what a message was refused for; "" when none of them."""
    if isinstance(error, Forbidden):
        return "closed"
    reason = error.message.casefold() if isinstance(error, BadRequest) else ""
    if any(part in reason for part in _UNPARSED):
        return "unreadable"
    if any(part in reason for part in _NO_TOPIC):
        return "no topic"
    return "closed" if any(part in reason for part in _CLOSED) else ""


async def _send(
    services: Services,
    place: Place,
    content: str,
    reply_to: int,
    keyboard: Keyboard | None,
    silent: bool,
    *,
    plainly: bool = False,
) -> Message:
    reply = ReplyParameters(reply_to, allow_sending_without_reply=True) if reply_to else None
    if plainly:
        return await services.bot.send_message(
            place.chat_id,
            clip(content, PLAIN_UNITS),
            parse_mode=None,
            disable_notification=silent or None,
            message_thread_id=place.thread_id or None,
            reply_parameters=reply,
            reply_markup=keyboard,
        )
    return await services.bot.send_message(
        place.chat_id,
        content,
        disable_notification=silent or None,
        message_thread_id=place.thread_id or None,
        reply_parameters=reply,
        reply_markup=keyboard,
    )


async def migrate(services: Services, old: int, new: int) -> None:
    """Follow a group that became a supergroup, with all that is remembered of it."""
    _LOG.info("group %d is supergroup %d now", old, new)
    await services.desk.records(lambda r: r.store.migrate_chat(old, new))
