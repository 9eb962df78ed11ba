"""Other words for what is followed: the bot asks for them, and the reply replaces the subscription."""

from __future__ import annotations

from telegram import CallbackQuery, ForceReply, Message
from telegram.constants import ChatType

from bot.addressing import is_reply_to, place_of, sender_of
from bot.delivery import deliver
from bot.follow_text import described
from bot.follow_words import interests_asked
from bot.records import Follow, Place
from bot.rights import may_decide, may_order
from bot.services import Services
from bot.strings import text
from bot.text import one_line
from index.interests import Interest, InterestError
from index.pipeline import Warta

_PLACEHOLDER = 64
"""Units that Telegram shows in an empty field."""


async def ask_words(services: Services, query: CallbackQuery, follow: Follow, language: str) -> None:
    """Ask who pressed for the new words."""
    message = query.message
    if message is None:
        return
    pattern = one_line(follow.interest.pattern)
    html = text("following_edit", language, pattern=pattern)
    if message.chat.type != ChatType.PRIVATE:  # in a group the reply field opens only for whom the message mentions
        html = f"{query.from_user.mention_html()}\n{html}"
    place = place_of(message) if isinstance(message, Message) else Place(message.chat.id)
    field = ForceReply(selective=True, input_field_placeholder=one_line(pattern, _PLACEHOLDER))
    prompt = await deliver(services, place, html, reply_to=message.message_id, keyboard=field)
    if prompt is not None:
        asked = (prompt.chat_id, prompt.message_id, query.from_user.id, follow.id, services.now())
        await services.desk.records(lambda r: r.follow_prompts.ask(*asked))


async def take_words(services: Services, message: Message) -> bool:
    """Follow what a reply to the bot's request says; False when the message is none."""
    replied, sender = message.reply_to_message, sender_of(message)
    if replied is None or not is_reply_to(message, services.me):
        return False
    asked = await services.desk.records(lambda r: r.follow_prompts.asked(message.chat_id, replied.message_id))
    # 0: the group's anonymous administrator, who may be the one that was asked.
    if asked is None or sender.id not in (asked[0], 0):
        return False
    html = await _replaced(services, message, asked[1])
    reply_to = 0 if message.chat.type == ChatType.PRIVATE else message.message_id
    await deliver(services, place_of(message), html, reply_to=reply_to)
    return True


async def _replaced(services: Services, message: Message, follow_id: int) -> str:
    """Replace a subscription by what a message says; gives what to say about it."""
    sender = sender_of(message)
    language = await services.language(message.chat_id, sender.language_code)
    follow = await services.desk.records(lambda r: r.follows.by_id(follow_id))
    if follow is None:
        return text("following_gone", language)
    here = follow.place.chat_id == message.chat_id
    if not (
        await may_order(services, message) if here else await may_decide(services, follow.place.chat_id, sender.id)
    ):
        return text("follow_admins_only", language)
    words = message.text or message.caption or ""

    def read(warta: Warta) -> list[Interest]:
        return interests_asked(words, warta.names)

    try:
        interests = await services.desk.news(read)
    except InterestError as e:
        return text(f"follow_wrong_{e.reason}", language)
    if len(interests) > 1:
        return text("following_edit_one", language)
    changed = await services.desk.records(lambda r: r.follows.replace(follow_id, interests[0]))
    if not changed:
        return text("following_edit_same", language)
    return text("following_edited", language, what=described(interests[0], language))
