"""Buttons below alerts. Whatever arrives is checked anew: data may be forged, and rights may be gone."""

from __future__ import annotations

import logging
from dataclasses import replace

from telegram import CallbackQuery, ChatMember, ChatMemberRestricted, ForceReply, MaybeInaccessibleMessage, Message
from telegram.constants import ChatMemberStatus, ChatType
from telegram.error import BadRequest, ChatMigrated, Forbidden

from bot import alert_keyboards
from bot.addressing import place_of, sender_of
from bot.alert_html import alert_message, ask_prompt, related_message
from bot.alert_keyboards import AlertPress, alert_keyboard, alert_press_of
from bot.alert_replies import link_message
from bot.alert_text import ask_at, followed, tellings
from bot.delivery import deliver
from bot.desk import Records
from bot.handlers.ask import entry_of
from bot.presses import change_buttons, toast
from bot.records import Alert
from bot.rights import may_decide
from bot.services import Services
from bot.strings import label
from bot.text import one_line
from index.pipeline import Warta
from index.types import Article
from index.watching import related

_LOG = logging.getLogger(__name__)
RELATED = 5
_PATTERN = 60
"""Units of a pattern in the word about a press, which has to be short."""
_THERE = (ChatMemberStatus.OWNER, ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.MEMBER)


async def press_alert(services: Services, query: CallbackQuery) -> bool:
    """A button was pressed; False when it is none of an alert."""
    pressed, message = alert_press_of(query.data or ""), query.message
    if pressed is None:
        return False
    alert = None if message is None else await _alert_below(services, message, pressed.row)
    if message is None or alert is None:
        _LOG.warning("user %d pressed a button that is not theirs to press", query.from_user.id)
        language = await services.language(0, query.from_user.language_code or "")
        await toast(query, label("button_gone", language), alert=True)
        return True
    language = await services.language(message.chat.id, query.from_user.language_code or "")
    match pressed.action:
        case alert_keyboards.ASK:
            await _ask(services, query, message, alert, language)
        case alert_keyboards.RELATED:
            await _show_related(services, query, message, alert, language)
        case alert_keyboards.MUTE | alert_keyboards.RING:
            await _mute(services, query, alert, pressed, language)
        case _:
            await toast(query, label("alert_settings_where", language), alert=True)
    return True


async def _alert_below(services: Services, message: MaybeInaccessibleMessage, number: int) -> Alert | None:
    """The row of the outbox that a button names, when it is of that chat and, as far as is known, of that message."""

    def find(records: Records) -> Alert | None:
        alert = records.outbox.by_id(number)
        here = records.outbox.of_message(message.chat.id, message.message_id)
        known = not here or number in {one.id for one in here}
        return alert if known and alert is not None and alert.place.chat_id == message.chat.id else None

    return await services.desk.records(find)


async def _ask(
    services: Services, query: CallbackQuery, below: MaybeInaccessibleMessage, alert: Alert, language: str
) -> None:
    article = await _article(services, alert)
    if article is None or below.chat.type == ChatType.CHANNEL:  # where nobody could reply
        await toast(query, label("alert_gone" if article is None else "button_gone", language), alert=True)
        return
    await toast(query)
    html = ask_prompt([article.title], language)
    if below.chat.type != ChatType.PRIVATE:  # in a group the reply field opens only for whom the message mentions
        html = f"{query.from_user.mention_html()}\n{html}"
    await _send_below(services, below, alert, html, ForceReply(selective=True))


async def _show_related(
    services: Services, query: CallbackQuery, below: MaybeInaccessibleMessage, alert: Alert, language: str
) -> None:
    if below.chat.type == ChatType.CHANNEL:  # what one reader looks up is not for all to see
        await toast(query, label("button_gone", language), alert=True)
        return

    def read(warta: Warta) -> list[tuple[int, Article]]:
        return related(warta, alert.article_id, RELATED)

    found = await services.desk.news(read) if await _article(services, alert) is not None else []
    if not found:
        await toast(query, label("alert_related_none", language), alert=True)
        return
    await toast(query)
    await _send_below(services, below, alert, related_message([entry_of(article) for _, article in found], language))


async def _mute(services: Services, query: CallbackQuery, alert: Alert, pressed: AlertPress, language: str) -> None:
    """Let what was followed ring no more, or again.

    Which of the two stands in the button: a press that arrives twice, or below an older alert, does not undo the first.
    """
    if not await may_decide(services, alert.place.chat_id, query.from_user.id):
        await toast(query, label("alert_admins_only", language), alert=True)
        return
    muted = pressed.action == alert_keyboards.MUTE
    follows = await followed(services, [alert])
    number = alert.follows[pressed.at] if pressed.at < len(alert.follows) else 0
    if number in follows:
        await services.desk.records(lambda r: r.follows.pause(number, muted))
        pattern = one_line(follows[number].interest.pattern, _PATTERN)
        await toast(query, label("alert_muted" if muted else "alert_ringing", language, pattern=pattern), alert=muted)
    else:
        await toast(query, label("alert_not_followed", language), alert=True)
    ours = await services.language(alert.place.chat_id)  # the chat's: the buttons are for all
    keyboard = alert_keyboard(alert, await followed(services, [alert]), ours, await ask_at(services, alert))
    await change_buttons(services, query, keyboard)


async def _article(services: Services, alert: Alert) -> Article | None:
    def read(warta: Warta) -> Article | None:
        return warta.store.articles([alert.article_id]).get(alert.article_id)

    return await services.desk.news(read)


async def _send_below(
    services: Services, below: MaybeInaccessibleMessage, alert: Alert, html: str, keyboard: ForceReply | None = None
) -> None:
    """A message that belongs to the alert: a reply to it asks about the same."""
    # Of an old message Telegram does not tell where it stood.
    place = place_of(below) if isinstance(below, Message) else alert.place
    sent = await deliver(services, place, html, reply_to=below.message_id, keyboard=keyboard)
    if sent is not None:
        await link_message(services, sent, alert)


async def open_alert(services: Services, message: Message, number: int) -> bool:
    """Show an alert of a channel or group in private, to be asked about; False when there is none that they may see."""
    person = sender_of(message).id
    alert = await services.desk.records(lambda r: r.outbox.by_id(number))
    if message.chat.type != ChatType.PRIVATE or alert is None or not await _may_see(services, alert, person):
        return False
    follows = await followed(services, [alert])

    def read(warta: Warta) -> list[str]:
        told = [replace(one, elsewhere=()) for one in tellings(warta, [alert], follows)]  # short: more is to follow it
        return [f"{alert_message(one, language)}\n\n{ask_prompt([one.article.title], language)}" for one in told]

    language = await services.language(message.chat_id, sender_of(message).language_code)
    written = await services.desk.news(read)
    if not written:
        return False
    sent = await deliver(services, place_of(message), written[0], keyboard=ForceReply())
    if sent is not None:
        await link_message(services, sent, alert)
    return True


async def _may_see(services: Services, alert: Alert, person: int) -> bool:
    """Whether somebody may see what was sent to a chat: everybody in a public one, its members in another."""
    chat_id = alert.place.chat_id
    if chat_id == person:
        return True
    if chat_id > 0 or alert.message_id == 0:  # somebody's private chat, or not sent yet
        return False
    try:
        chat = await services.bot.get_chat(chat_id)
        return bool(chat.username) or _is_there(await services.bot.get_chat_member(chat_id, person))
    except (BadRequest, ChatMigrated, Forbidden):
        return False


def _is_there(member: ChatMember) -> bool:
    return member.is_member if isinstance(member, ChatMemberRestricted) else member.status in _THERE
