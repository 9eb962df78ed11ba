"""What happens to the buttons below an answer when one is pressed, and the word about it that is shown for a moment."""

from __future__ import annotations

import logging

from telegram import CallbackQuery, InlineKeyboardMarkup
from telegram.error import BadRequest

from bot.asking import is_only_names
from bot.keyboards import answer_keyboard, follow_keyboard
from bot.records import GivenAnswer, Place, Verdict
from bot.services import Services
from bot.text import clip

_LOG = logging.getLogger(__name__)
TOAST_UNITS = 200
"""What Telegram shows over a chat."""


def is_too_late(error: BadRequest) -> bool:
    """Whether Telegram has stopped waiting for the answer to a query, which is nobody's fault."""
    return "query is too old" in error.message.casefold()


async def toast(query: CallbackQuery, words: str = "", *, alert: bool = False) -> None:
    """End the button's waiting, with a word or without; a press from before a restart waits no more."""
    try:
        await query.answer(clip(words, TOAST_UNITS) or None, show_alert=alert)
    except BadRequest as e:
        if not is_too_late(e):
            raise


async def change_buttons(services: Services, query: CallbackQuery, keyboard: InlineKeyboardMarkup) -> None:
    """Put other buttons below the message, by its ids alone: of an old message Telegram tells no more than those."""
    if query.message is None:
        return
    try:
        await services.bot.edit_message_reply_markup(
            query.message.chat.id, query.message.message_id, reply_markup=keyboard
        )
    except BadRequest as e:  # pressed twice ("message is not modified"), or the message was deleted
        _LOG.debug("the buttons stay as they are: %s", e)


async def change_text(
    services: Services, query: CallbackQuery, html: str, keyboard: InlineKeyboardMarkup | None
) -> None:
    """Let the message say something else, with other buttons below it."""
    if query.message is None:
        return
    try:
        await services.bot.edit_message_text(
            html, query.message.chat.id, query.message.message_id, reply_markup=keyboard
        )
    except BadRequest as e:  # pressed twice, or the message was deleted
        _LOG.debug("the message stays as it is: %s", e)


async def buttons_of(services: Services, answer: GivenAnswer, verdict: Verdict | None = None) -> InlineKeyboardMarkup:
    """The buttons of an answer as they are now; in a group without one person's verdict, which is for all to see."""
    followed = await followed_in(services, answer.place)
    if not answer.answerable and is_only_names(answer.question, await services.names()):
        return follow_keyboard(answer, answer.language, followed)
    return answer_keyboard(answer, answer.language, verdict if answer.origin == "private" else None, followed)


async def followed_in(services: Services, place: Place) -> frozenset[str]:
    """Whom a place follows and hears of, case-folded."""
    follows = await services.desk.records(lambda r: r.follows.of_place(place))
    partners = [one.interest for one in follows if one.interest.kind == "partner" and not one.paused]
    return frozenset(interest.pattern.casefold() for interest in partners)
