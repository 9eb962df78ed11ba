"""Who may decide for a chat what it follows; asked anew each time, for rights come and go."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from telegram import (
    CallbackQuery,
    ChatFullInfo,
    ChatMember,
    ChatMemberAdministrator,
    ChatMemberOwner,
    ChatMemberRestricted,
    Message,
)
from telegram.constants import ChatMemberStatus, ChatType
from telegram.error import BadRequest, ChatMigrated, Forbidden

from bot.records import Place
from bot.services import Services

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Named:
    """A chat that somebody manages from their private chat with the bot."""

    place: Place
    title: str


class RefusedError(Exception):
    """It may not be decided; `reason` is the key of the text that says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


async def may_decide(services: Services, chat_id: int, user_id: int) -> bool:
    """Whether a person may decide for a chat now: in private for themselves, elsewhere as an administrator.

    In a channel, one who may post there.
    """
    if chat_id > 0:
        return chat_id == user_id
    member = await _member(services, chat_id, user_id)
    return member is not None and _leads(member)


async def may_order(services: Services, message: Message) -> bool:
    """Whether who wrote a command may decide for the chat that it stands in."""
    chat = message.chat
    if chat.type in (ChatType.PRIVATE, ChatType.CHANNEL):
        return True
    if message.forward_origin is not None or message.via_bot is not None or message.is_automatic_forward:
        return False  # somebody else's words
    if message.sender_chat is not None:
        # The group itself speaks for an administrator who stays anonymous; a channel may be anybody's.
        return message.sender_chat.id == chat.id
    return message.from_user is not None and await may_decide(services, chat.id, message.from_user.id)


async def refusal(services: Services, query: CallbackQuery, chat_id: int) -> str:
    """The key of the text that says why a press may decide nothing for a chat; "" where it may.

    The chat is that of the message, or one that is managed from the presser's private chat.
    """
    chat = query.message.chat if query.message else None
    own = chat is not None and chat.id == chat_id
    if chat is None or not (own or (chat.type == ChatType.PRIVATE and chat_id < 0)):
        _LOG.warning("user %d pressed a button about another chat", query.from_user.id)
        return "follow_button_gone"
    if await may_decide(services, chat_id, query.from_user.id):
        return ""
    return "follow_admins_only" if own else "follow_there_lost"


async def named_chat(services: Services, name: str, user_id: int) -> Named:
    """The channel or group "@name", when the person may decide for it and the bot may write there.

    Raises RefusedError.
    """
    chat = await _chat(services, name)
    me = await _member(services, chat.id, services.me.id)
    if me is None or not _writes(me, chat):
        raise RefusedError("follow_there_no_bot")
    if not await may_decide(services, chat.id, user_id):
        raise RefusedError("follow_there_not_admin")
    await services.desk.records(lambda r: r.store.see_chat(chat.id, chat.type, chat.title or ""))
    return Named(Place(chat.id), chat.title or name)


async def _chat(services: Services, name: str) -> ChatFullInfo:
    try:
        chat = await services.bot.get_chat(name)
    except Forbidden:
        raise RefusedError("follow_there_no_bot") from None
    except BadRequest:
        raise RefusedError("follow_there_unknown") from None
    if chat.type == ChatType.PRIVATE:
        raise RefusedError("follow_there_unknown")
    return chat


async def _member(services: Services, chat_id: int, user_id: int) -> ChatMember | None:
    try:
        return await services.bot.get_chat_member(chat_id, user_id)
    except (BadRequest, ChatMigrated, Forbidden):
        return None


def _leads(member: ChatMember) -> bool:
    if isinstance(member, ChatMemberAdministrator):
        return member.can_post_messages is not False  # said of channels only
    return isinstance(member, ChatMemberOwner)


def _writes(member: ChatMember, chat: ChatFullInfo) -> bool:
    if chat.type == ChatType.CHANNEL:
        return isinstance(member, ChatMemberAdministrator) and bool(member.can_post_messages)
    if isinstance(member, ChatMemberRestricted):
        return member.is_member and member.can_send_messages
    return member.status in (ChatMemberStatus.MEMBER, ChatMemberStatus.ADMINISTRATOR)
