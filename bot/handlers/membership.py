"""Chats: met, left, blocked, and groups that become supergroups."""

from __future__ import annotations

from telegram import Message, Update
from telegram.constants import ChatMemberStatus, ChatType

from bot.delivery import deliver, migrate
from bot.records import Place
from bot.services import Context
from bot.strings import text

GONE = (ChatMemberStatus.LEFT, ChatMemberStatus.BANNED)


async def remember_chat(update: Update, context: Context) -> None:
    """Before anything else is done about a message: remember where it stands."""
    chat = update.effective_chat
    said = update.message or update.channel_post or update.callback_query
    if chat is not None and said is not None:
        title, person = chat.title or "", update.effective_user
        speaks = (person.language_code or "") if person is not None and chat.type == ChatType.PRIVATE else ""
        await context.services.desk.records(lambda r: r.store.see_chat(chat.id, chat.type, title, speaks))


async def membership(update: Update, context: Context) -> None:
    """The bot was added, blocked or removed."""
    change, services = update.my_chat_member, context.services
    if change is None:
        return
    chat, gone = change.chat, change.new_chat_member.status in GONE
    await services.desk.records(lambda r: r.store.see_chat(chat.id, chat.type, chat.title or ""))
    if gone:
        await services.desk.records(lambda r: r.store.set_active(chat.id, False))
    elif chat.type in (ChatType.GROUP, ChatType.SUPERGROUP) and change.old_chat_member.status in GONE:
        language = await services.language(chat.id, change.from_user.language_code or "")
        await deliver(services, Place(chat.id), text("start_group", language))


async def migrated(update: Update, context: Context) -> None:
    """A group became a supergroup; Telegram says so in both."""
    message = update.effective_message
    if not isinstance(message, Message):
        return
    if message.migrate_to_chat_id:
        await migrate(context.services, message.chat_id, message.migrate_to_chat_id)
    elif message.migrate_from_chat_id:
        await migrate(context.services, message.migrate_from_chat_id, message.chat_id)
