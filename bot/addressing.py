"""Whether a message is meant for the bot, and what it asks."""

from __future__ import annotations

import re
from dataclasses import dataclass

from telegram import Message, MessageEntity, User
from telegram.constants import ChatType

from bot.records import Place

ANONYMOUS_ADMIN = 1087968824
"""The user @GroupAnonymousBot, whom Telegram names as sender of what a group's hidden administrators write."""
ANSWERS = {"id", "en"}


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote."""

    id: int
    """0 for a channel or a group's anonymous administrator: that is no person."""
    limit_id: int
    """Whose share of questions it counts for."""
    language_code: str
    """As Telegram gives it: "id", "en-US", ""."""


def place_of(message: Message) -> Place:
    """Chat and topic. Outside of forums a thread is only a chain of replies, which nothing can be sent to by number."""
    thread = message.message_thread_id if message.is_topic_message else None
    return Place(message.chat_id, thread or 0)


def words_after(message: Message) -> str:
    """What stands behind the command that a message begins with: of "/follow? Siapa …" the question mark as well."""
    text, command = message.text or "", next(iter(message.entities), None)
    return text[command.length :].strip() if command is not None else text.strip()


def sender_of(message: Message) -> Sender:
    """The person, or the chat that speaks as one."""
    user, chat = message.from_user, message.sender_chat
    if chat is not None or user is None or user.id == ANONYMOUS_ADMIN:
        return Sender(0, chat.id if chat is not None else message.chat_id, "")
    return Sender(user.id, user.id, user.language_code or "")


def question_in(message: Message, bot: User) -> str | None:
    """The question that a message which is no command asks the bot; None when it is not meant for it.

    In private everything is. In groups: what mentions the bot, and replies to its messages; "" when nothing else is
    said. What a person sends by way of the bot's inline mode is an answer, no question.
    """
    text = message.text or message.caption
    if text is None or (message.via_bot is not None and message.via_bot.id == bot.id):
        return None
    if message.chat.type == ChatType.PRIVATE:
        return tidy(text)
    if message.chat.type not in (ChatType.GROUP, ChatType.SUPERGROUP):
        return None
    rest, mentioned = _without_mentions(message, text, bot)
    return tidy(rest) if mentioned or is_reply_to(message, bot) else None


def is_reply_to(message: Message, bot: User) -> bool:
    """Whether a message replies to one of the bot's.

    In a forum, what stands alone in a topic replies to the topic's creation.
    """
    earlier = message.reply_to_message
    if earlier is None or earlier.from_user is None or earlier.forum_topic_created is not None:
        return False
    return earlier.from_user.id == bot.id


def tidy(text: str) -> str:
    """One line, without the marks that are left at the ends when a mention is taken out."""
    return " ".join(text.split()).strip(" ,:;-–—")


def _without_mentions(message: Message, text: str, bot: User) -> tuple[str, bool]:
    name = f"@{bot.username}".casefold()
    found = (
        message.parse_entities([MessageEntity.MENTION, MessageEntity.TEXT_MENTION])
        if message.text
        else message.parse_caption_entities([MessageEntity.MENTION, MessageEntity.TEXT_MENTION])
    )
    ours = [
        written
        for entity, written in found.items()
        if written.casefold() == name or (entity.user is not None and entity.user.id == bot.id)
    ]
    for written in ours:
        text = re.sub(rf"{re.escape(written)}(?!\w)", " ", text, count=1)
    return text, bool(ours)


def language_for(chosen: str, language_code: str) -> str:
    """The language for where the words of a question do not tell: the chat's choice, the person's, Indonesian."""
    code = language_code.lower().partition("-")[0]
    return chosen if chosen in ANSWERS else code if code in ANSWERS else "id"
