"""What a chat follows: /follow, /unfollow, /following, and the buttons below the list."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from telegram import CallbackQuery, InlineKeyboardMarkup, Message, Update
from telegram.constants import ChatType

from bot.addressing import place_of, sender_of, words_after
from bot.desk import Records
from bot.follow_keyboards import EDIT, PAGE, PAUSE, REMOVE, RESUME, ListPress, following_keyboard, pages_of
from bot.follow_text import command_for, described, following_message
from bot.follow_words import addressed, interests_asked, number_in
from bot.follows import MOST_FOLLOWS, followed
from bot.handlers.ask import admitted, say, tell
from bot.handlers.rewording import ask_words
from bot.presses import change_text, toast
from bot.records import Follow, Place
from bot.rights import RefusedError, may_order, named_chat, refusal
from bot.services import Context, Services
from bot.strings import label, text
from bot.text import one_line
from index.interests import Interest, InterestError
from index.pipeline import Warta

_LOG = logging.getLogger(__name__)
PATTERN_UNITS = 60
"""Units of a pattern in the word about a press, which has to be short."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a command is about."""

    place: Place
    words: str
    """After the command, without the chat that they name."""
    handle: str = ""
    """ "@kanal" where it is managed from a private chat; "" where the command stands in the chat itself."""
    title: str = ""
    """Of that chat."""


async def order_of(services: Services, message: Message) -> Order | None:
    """What a command is about; None when that was refused, and said. Rights are checked where it names another chat."""
    if not await admitted(services, message):
        return None
    name, words = addressed(words_after(message))
    if not name or name.casefold() == f"@{services.me.username}".casefold():  # the bot itself is meant by some
        return Order(place_of(message), words)
    if message.chat.type != ChatType.PRIVATE:
        await say(services, message, "follow_there_private", name=name)
        return None
    try:
        named = await named_chat(services, name, sender_of(message).id)
    except RefusedError as e:
        await say(services, message, e.reason, name=name)
        return None
    return Order(named.place, words, name, named.title)


async def may_change(services: Services, message: Message, order: Order) -> bool:
    """Whether who wrote the command may decide there; otherwise they are told."""
    if order.handle or await may_order(services, message):
        return True
    await say(services, message, "follow_admins_only")
    return False


async def interests_of(services: Services, message: Message, words: str) -> list[Interest] | None:
    """What the words ask for; None when that cannot be followed, and was said."""

    def read(warta: Warta) -> list[Interest]:
        return interests_asked(words, warta.names)

    try:
        return await services.desk.news(read)
    except InterestError as e:
        await say(services, message, f"follow_wrong_{e.reason}")
        return None


async def follow(update: Update, context: Context) -> None:
    """/follow: follow what is written after it; /follow alone tells how."""
    message, services = update.effective_message, context.services
    if message is None or (order := await order_of(services, message)) is None:
        return
    if not order.words.strip("? "):
        await say(services, message, "follow_how")
        return
    if not await may_change(services, message, order):
        return
    interests = await interests_of(services, message, order.words)
    if interests is None:
        return
    person, now = sender_of(message).id, services.now()

    def add(records: Records) -> list[str]:
        return [followed(records.follows, order.place, interest, person, now) for interest in interests]

    outcomes = await services.desk.records(add)
    settings = await services.desk.records(lambda r: r.alert_settings.of(order.place.chat_id))
    language = await services.language(message.chat_id, sender_of(message).language_code)
    lines = [
        text(f"follow_{outcome}", language, what=described(interest, language), count=MOST_FOLLOWS)
        for interest, outcome in zip(interests, outcomes, strict=True)
    ]
    if "done" in outcomes and message.chat.type != ChatType.CHANNEL:
        here = "follow_hint_topic" if settings.send_elsewhere(order.place) else "follow_hint"
        key = "follow_hint_there" if order.handle else here
        lines.append(f"\n{text(key, language, name=order.title, handle=order.handle)}")
    await tell(services, message, "\n".join(lines))


async def unfollow(update: Update, context: Context) -> None:
    """/unfollow: what is written after it, or its number in the list, is followed no longer."""
    message, services = update.effective_message, context.services
    if message is None or (order := await order_of(services, message)) is None:
        return
    if not order.words.strip("? "):
        await _show(services, message, order)
        return
    if not await may_change(services, message, order):
        return

    def read(warta: Warta) -> list[Interest]:
        return interests_asked(order.words, warta.names)

    try:
        interests = await services.desk.news(read)
    except InterestError:
        interests = []

    def remove(records: Records) -> list[Follow]:
        meant = meant_by(order, interests, records.follows.of_chat(order.place.chat_id))
        return [one for one in meant if records.follows.remove(one.id)]

    removed = await services.desk.records(remove)
    language = await services.language(message.chat_id, sender_of(message).language_code)
    if not removed:
        await say(services, message, "follow_not_listed", words=one_line(order.words, PATTERN_UNITS))
        return
    lines = [
        text("follow_removed", language, what=described(one.interest, language), command=command_for(one.interest))
        for one in removed
    ]
    await tell(services, message, "\n".join(lines))


def meant_by(order: Order, interests: Sequence[Interest], follows: Sequence[Follow]) -> list[Follow]:
    """Which of a chat's follows are meant: by their number, as they are listed, or in other words for the same.

    Where several topics follow the same, that of the topic in which it is written, or else the first.
    """
    number = number_in(order.words)
    if number and number <= len(follows):
        return [follows[number - 1]]
    nearest = sorted(follows, key=lambda one: one.place != order.place)
    written = {" ".join(order.words.split()).casefold(), *(one.pattern.casefold() for one in interests)}
    found: dict[str, Follow] = {}
    for one in nearest:
        if one.interest.pattern.casefold() in written:
            found.setdefault(one.interest.pattern.casefold(), one)
    return list(found.values())


async def following(update: Update, context: Context) -> None:
    """/following: what is followed here, with buttons to change it; pressing one is checked again."""
    message, services = update.effective_message, context.services
    if message is not None and (order := await order_of(services, message)) is not None:
        await _show(services, message, order)


async def _show(services: Services, message: Message, order: Order) -> None:
    language = await services.language(message.chat_id, sender_of(message).language_code)
    chat_id, named = order.place.chat_id, bool(order.handle)
    follows = await services.desk.records(lambda r: r.follows.of_chat(chat_id))
    if not follows:
        key = "following_none_of" if named else "following_none"
        await say(services, message, key, name=order.title, handle=order.handle)
    elif message.chat.type == ChatType.CHANNEL:  # every reader would see the buttons
        await tell(services, message, following_message(follows, None, place_of(message), "", language))
    else:
        html, keyboard = _page(follows, 0, chat_id, place_of(message), order.title, language)
        await tell(services, message, html, keyboard)


def _page(
    follows: Sequence[Follow], page: int, chat_id: int, here: Place, title: str, language: str
) -> tuple[str, InlineKeyboardMarkup | None]:
    if not follows:
        return text("following_none", language), None
    page = min(page, pages_of(follows) - 1)
    keyboard = following_keyboard(follows, page, chat_id, language)
    return following_message(follows, page, here, title, language), keyboard


async def press_list(services: Services, query: CallbackQuery, press: ListPress) -> None:
    """A button below the list was pressed."""
    message = query.message
    if message is None:
        return
    language = await services.language(message.chat.id, query.from_user.language_code or "")
    turning = press.action == PAGE and press.chat_id == message.chat.id
    if not turning and (key := await refusal(services, query, press.chat_id)):
        await toast(query, label(key, language), alert=True)
        return
    key, pressed = await services.desk.records(lambda r: _done(r, press))
    if key == "follow_button_gone":
        _LOG.warning("user %d pressed a button about what another chat follows", query.from_user.id)
        await toast(query, label(key, language), alert=True)
        return
    values = {}
    if pressed is not None:
        pattern = one_line(pressed.interest.pattern, PATTERN_UNITS)
        values = {"pattern": pattern, "command": one_line(command_for(pressed.interest), PATTERN_UNITS)}
    await toast(query, label(key, language, **values) if key else "", alert=press.action == REMOVE)
    if press.action == EDIT and pressed is not None:
        await ask_words(services, query, pressed, language)
        return
    follows = await services.desk.records(lambda r: r.follows.of_chat(press.chat_id))
    chat = None if press.chat_id == message.chat.id else await services.chat(press.chat_id)
    here = place_of(message) if isinstance(message, Message) else Place(message.chat.id)
    html, keyboard = _page(follows, press.page, press.chat_id, here, chat.title if chat else "", language)
    await change_text(services, query, html, keyboard)


def _done(records: Records, press: ListPress) -> tuple[str, Follow | None]:
    """Do what was pressed; gives the key of what to say about it, "" for nothing, and what it was about."""
    if press.action == PAGE:
        return "", None
    follow = records.follows.by_id(press.follow_id)
    if follow is None:
        return "following_gone", None
    if follow.place.chat_id != press.chat_id:
        return "follow_button_gone", None
    if press.action == REMOVE:
        records.follows.remove(follow.id)
        return "following_removed", follow
    if press.action in (PAUSE, RESUME):
        records.follows.pause(follow.id, press.action == PAUSE)
        return "following_pause_done" if press.action == PAUSE else "following_resume_done", follow
    return "", follow
