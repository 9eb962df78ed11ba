"""What only the bot's administrators may do: /reindex and /stats."""

from __future__ import annotations

import asyncio
import logging

from telegram import Message, Update
from telegram.constants import ChatType

from bot.addressing import place_of, sender_of
from bot.child import Report
from bot.delivery import deliver
from bot.handlers.ask import admitted, say
from bot.services import Context, Services
from bot.strings import text
from bot.usage import usage_of
from index.browse import newest
from index.phrases import date_words
from index.pipeline import Warta

_LOG = logging.getLogger(__name__)


def is_command_of_admin(services: Services, message: Message) -> bool:
    """Whether a message was written, here and now, by an administrator of the bot.

    Not by a channel or a group's anonymous administrator, who could be anybody, and not forwarded: somebody else may
    have had them forward it.
    """
    sender = sender_of(message)
    return (
        sender.id != 0
        and services.is_admin(sender.id)
        and message.forward_origin is None
        and message.via_bot is None
        and not message.is_automatic_forward
    )


async def _refused(services: Services, message: Message, command: str) -> bool:
    if is_command_of_admin(services, message):
        return False
    sender = message.from_user.id if message.from_user else 0
    _LOG.warning("/%s by user %d in chat %d was refused", command, sender, message.chat_id)
    if message.chat.type == ChatType.PRIVATE and await admitted(services, message):
        await say(services, message, "admin_only")
    return True


async def reindex(update: Update, context: Context) -> None:
    """/reindex [full]: derive passages and vectors anew in a process of its own; a second request joins the first."""
    message, services = update.effective_message, context.services
    if message is None or await _refused(services, message, "reindex"):
        return
    place, language = place_of(message), await services.language(message.chat_id, sender_of(message).language_code)
    announced = asyncio.Event()

    async def tell(report: Report) -> None:
        await announced.wait()
        if report.ok:
            html = text("reindex_done", language, **(report.figures | {"seconds": round(report.seconds)}))
        else:
            html = text("reindex_failed", language, reason=services.redact(report.reason))
        await deliver(services, place, html, reply_to=message.message_id)

    # Not awaited: the chat's other messages would wait for the job.
    began = services.reindexing.join(tell, full="full" in (context.args or []))
    name = message.from_user.full_name if message.from_user else ""
    try:
        await say(services, message, "reindex_started" if began else "reindex_running", user=name)
    finally:
        announced.set()


async def stats(update: Update, context: Context) -> None:
    """/stats: how much news there is, and what was asked."""
    message, services = update.effective_message, context.services
    if message is None or await _refused(services, message, "stats"):
        return

    def read(warta: Warta) -> tuple[int, int, str]:
        top = newest(warta.store, limit=1)
        return warta.store.count("articles"), warta.store.count("chunks"), top[0][1].published_at if top else ""

    articles, chunks, published_at = await services.desk.news(read)
    usage = await services.desk.records(lambda r: usage_of(r.store))
    language = await services.language(message.chat_id, sender_of(message).language_code)
    await say(
        services,
        message,
        "stats",
        articles=articles,
        chunks=chunks,
        newest=date_words(published_at, "en" if language == "en" else "id") or "–",
        chats=usage.chats,
        questions=usage.questions,
        answered=usage.answered,
        median=usage.median_seconds,
        good=usage.good,
        bad=usage.bad,
        follows=usage.follows,
        alerts=usage.alerts,
    )
