"""Who is an administrator of the bot, and their /reindex."""

from __future__ import annotations

import logging

from telegram import CallbackQuery, Message, Update
from telegram.constants import ChatType

from bot.addressing import place_of, sender_of
from bot.audit import REFUSED, audited, noted
from bot.handlers.ask import admitted, say
from bot.presses import toast
from bot.reindex_text import Mode
from bot.services import Context, Services
from bot.strings import label

_LOG = logging.getLogger(__name__)
_MODES: dict[str, Mode] = {
    "": "changed",
    "changed": "changed",
    "berubah": "changed",
    "full": "full",
    "penuh": "full",
    "model": "model",
}


def why_not(services: Services, message: Message) -> str:
    """Why a message is no command of an administrator of the bot, written here and now by themselves; "" when it is.

    A channel or a group's anonymous administrator could be anybody, and somebody else may have had an administrator
    forward what they wrote.
    """
    if (elsewhere := not_by_a_person(message)) or services.is_admin(sender_of(message).id):
        return elsewhere
    return "not an administrator"


def not_by_a_person(message: Message) -> str:
    """Why a message was not written by whom Telegram names as its sender; "" when it was."""
    if sender_of(message).id == 0:
        return "in the name of a chat"
    if message.forward_origin is not None or message.is_automatic_forward:
        return "forwarded"
    return "by way of a bot" if message.via_bot is not None else ""


async def refused(services: Services, message: Message, command: str) -> bool:
    """Whether a command may not be carried out; it is then written down, and in private the sender is told."""
    why = why_not(services, message)
    if not why:
        return False
    sender = message.from_user.id if message.from_user else 0
    _LOG.warning("/%s by user %d in chat %d was refused: %s", command, sender, message.chat_id, why)
    await audited(services, message, command, why, REFUSED)
    if message.chat.type == ChatType.PRIVATE and await admitted(services, message):
        await say(services, message, "admin_only")
    return True


async def reindex(update: Update, context: Context) -> None:
    """/reindex [full]: derive passages and vectors anew in a process of its own; a second request joins the first."""
    message, services = update.effective_message, context.services
    if message is None or await refused(services, message, "reindex"):
        return
    mode = _MODES.get(" ".join(context.args or []).casefold())
    if mode is None:
        await say(services, message, "reindex_how")
        return
    sender, place = sender_of(message), place_of(message)
    if mode == "model" and (same := await _same_model(services)):
        await say(services, message, "reindex_same_model", model=same)
        return
    # Not awaited: the chat's other messages would wait for the job.
    run, began = services.reindexing.join(mode, by=sender.id)
    await audited(services, message, "reindex", mode, "started" if began else "joined")
    if not began and any(one.place == place for one in run.shown):
        await say(services, message, "reindex_running")
        return
    language = await services.language(message.chat_id, sender.language_code)
    await services.reindexing.show(run, place, message.message_id, language)


async def _same_model(services: Services) -> str:
    """The model, where the index is of the one that the settings name already; "" where there is one to pass to."""
    return await services.desk.news(lambda warta: "" if warta.other_model else warta.serving.fingerprint)


async def press_cancel(services: Services, query: CallbackQuery, token: str) -> None:
    """The button below a reindex that runs."""
    message, person = query.message, query.from_user.id
    chat_id = message.chat.id if message is not None else 0
    language = await services.language(chat_id, query.from_user.language_code or "")
    if not services.is_admin(person):
        _LOG.warning("user %d may not cancel the reindex", person)
        await noted(services, person, chat_id, "reindex cancel", "not an administrator", REFUSED)
        await toast(query, label("admin_only", language), alert=True)
        return
    run = services.reindexing.current
    here = message is not None and run is not None and run.is_shown(chat_id, message.message_id)
    if run is None or not here or run.token != token:
        await toast(query, label("reindex_nothing_runs", language), alert=True)
    elif run.mode == "other":
        await toast(query, label("reindex_elsewhere", language), alert=True)
    else:
        await noted(services, person, chat_id, "reindex cancel", run.mode, "done")
        services.reindexing.cancel(run)
        await toast(query, label("reindex_cancelling", language))
