"""Buttons that were pressed. Whatever arrives is checked anew: data may be forged, and rights may be gone."""

from __future__ import annotations

import logging
from dataclasses import replace

from telegram import CallbackQuery, Message, Update
from telegram.error import BadRequest

from bot import keyboards
from bot.addressing import place_of
from bot.delivery import deliver
from bot.desk import Records
from bot.follow_keyboards import list_press_of, setting_of
from bot.follows import MOST_FOLLOWS, followed
from bot.handlers.admin import press_cancel
from bot.handlers.alert_buttons import press_alert
from bot.handlers.alerts import press_setting
from bot.handlers.ask import entry_of
from bot.handlers.feedback import give_reason, judge, take_back
from bot.handlers.following import press_list
from bot.keyboards import Press, language_of, partners_of, press_of
from bot.presses import buttons_of, change_buttons, toast
from bot.records import Choice, GivenAnswer
from bot.reindex_text import cancel_of
from bot.render import context_messages, sources_message
from bot.rights import may_decide
from bot.services import Context, Services
from bot.strings import label, text
from bot.text import clip, one_line, visible
from index.interests import interest_of
from index.pipeline import Warta
from index.types import Article, Citation

_LOG = logging.getLogger(__name__)
SHOWN = 5
NAME_UNITS = 40
"""Units of a name in the word about a press, which has to be short."""


async def press(update: Update, context: Context) -> None:
    """A button was pressed."""
    query, services = update.callback_query, context.services
    if query is None:
        return
    if services.questions.ask(query.from_user.id) != "go":
        language = await services.language(0, query.from_user.language_code or "")
        seconds = str(max(round(services.questions.wait(query.from_user.id)), 1))
        await toast(query, label("too_fast", language, seconds=seconds))
        return
    if not await _press_elsewhere(services, query):
        await _press_answer(services, query)


async def _press_elsewhere(services: Services, query: CallbackQuery) -> bool:
    """Do what a button below anything else than an answer says; False when it is none."""
    data = query.data or ""
    if (choice := language_of(data)) is not None:
        await choose_language(services, query, choice)
    elif (listed := list_press_of(data)) is not None:
        await press_list(services, query, listed)
    elif (job := cancel_of(data)) is not None:
        await press_cancel(services, query, job)
    elif (setting := setting_of(data)) is not None:
        await press_setting(services, query, *setting)
    else:
        return await press_alert(services, query)
    return True


async def _press_answer(services: Services, query: CallbackQuery) -> None:
    pressed, message = press_of(query.data or ""), query.message
    answer = None
    if pressed is not None and message is not None:
        token = pressed.token
        answer = await services.desk.records(lambda r: r.answers.by_token(token))
    if pressed is None or answer is None or message is None or answer.place.chat_id != message.chat.id:
        _LOG.warning("user %d pressed a button that is not theirs to press", query.from_user.id)
        language = await services.language(0, query.from_user.language_code or "")
        await toast(query, label("button_gone", language), alert=True)
        return
    await _do(services, query, answer, pressed)


async def _do(services: Services, query: CallbackQuery, answer: GivenAnswer, pressed: Press) -> None:
    match pressed.action:
        case keyboards.CONTEXT:
            await show_context(services, query, answer, pressed.detail)
        case keyboards.FURTHER:
            await show_further(services, query, answer)
        case keyboards.FOLLOW | keyboards.UNFOLLOW:
            await follow(services, query, answer, pressed.detail, on=pressed.action == keyboards.FOLLOW)
        case keyboards.GOOD | keyboards.BAD:
            await judge(services, query, answer, "good" if pressed.action == keyboards.GOOD else "bad")
        case keyboards.REASON:
            await give_reason(services, query, answer, pressed.detail)
        case keyboards.BACK:
            await take_back(services, query, answer)


async def show_context(services: Services, query: CallbackQuery, answer: GivenAnswer, n: int) -> None:
    """The passages that a number quotes, where they stand in the article."""
    quotes = [quote for quote in answer.quotes if quote.n == n]
    citation = next((citation for citation in answer.citations if citation.n == n), None)
    if not quotes or citation is None:
        await toast(query, label("button_gone", answer.language), alert=True)
        return
    await toast(query)

    def read(warta: Warta) -> Article | None:
        return as_cited(warta, citation, quotes[0].text)

    article = await services.desk.news(read)
    parts: list[str] = []
    for quote in quotes:
        if not any(one_line(quote.text) in one_line(visible(part)) for part in parts):  # seen beside the one before
            parts += context_messages(quote, citation, article, answer.language)
    for part in parts:
        await _send_below(services, query, answer, part)


def as_cited(warta: Warta, citation: Citation, quote: str) -> Article | None:
    """The article as it was when it was quoted, whatever it says now; None when it is gone."""
    article = warta.store.articles([citation.article_id]).get(citation.article_id)
    if article is None or quote in article.body:
        return article
    state = warta.store.revision_holding(citation.article_id, quote)
    return replace(article, title=state.title, body=state.body) if state is not None else article


async def show_further(services: Services, query: CallbackQuery, answer: GivenAnswer) -> None:
    """Articles that came next in the search."""

    def read(warta: Warta) -> dict[int, Article]:
        return warta.store.articles(answer.further[:SHOWN])

    articles = await services.desk.news(read)
    entries = [entry_of(articles[i]) for i in answer.further[:SHOWN] if i in articles]
    if not entries:
        await toast(query, label("further_none", answer.language), alert=True)
        return
    await toast(query)
    await _send_below(services, query, answer, sources_message(entries, answer.language, len(answer.citations) + 1))


async def _send_below(services: Services, query: CallbackQuery, answer: GivenAnswer, html: str) -> None:
    """A message that belongs to the answer: a reply to it asks about the same."""
    if not isinstance(query.message, Message):  # too old for Telegram to tell where it stood
        place, reply_to = answer.place, 0
    else:
        place, reply_to = place_of(query.message), query.message.message_id
    sent = await deliver(services, place, html, reply_to=reply_to)
    if sent is not None:
        await services.desk.records(lambda r: r.answers.link_message(answer.token, sent.chat_id, sent.message_id))


async def follow(services: Services, query: CallbackQuery, answer: GivenAnswer, at: int, *, on: bool) -> None:
    """Have a partner's news sent to where the answer stands, or no longer.

    Which of the two stands in the button: a press that arrives twice, or below an older answer, does not undo the
    first.
    """
    partners, place, person = partners_of(answer), answer.place, query.from_user.id
    if at >= len(partners):
        await toast(query, label("button_gone", answer.language), alert=True)
        return
    if not await may_decide(services, place.chat_id, person):
        await toast(query, label("admins_only", answer.language), alert=True)
        return
    partner = interest_of("partner", partners[at])

    def change(records: Records) -> str:
        if on:
            outcome = followed(records.follows, place, partner, person, services.now())
            elsewhere = records.alert_settings.of(place.chat_id).send_elsewhere(place)
            return "topic" if outcome == "done" and elsewhere else outcome
        known = records.follows.like(place, partner)
        if known is not None:
            records.follows.remove(known.id)
        return "undone"

    key = f"follow_button_{await services.desk.records(change)}"
    name = clip(partner.pattern, NAME_UNITS)
    await toast(query, label(key, answer.language, partner=name, count=MOST_FOLLOWS), alert=True)
    given = await services.desk.records(lambda r: r.feedback.of(answer.token, person))
    await change_buttons(services, query, await buttons_of(services, answer, given.verdict if given else None))


async def choose_language(services: Services, query: CallbackQuery, chosen: Choice) -> None:
    """A language button was pressed."""
    code = query.from_user.language_code or ""
    chat = query.message.chat if query.message else None
    if query.message is None or chat is None or not await may_decide(services, chat.id, query.from_user.id):
        await toast(query, label("admins_only", await services.language(0, code)), alert=True)
        return

    def choose(records: Records) -> None:
        records.store.see_chat(chat.id, chat.type, chat.title or "")
        records.store.set_language(chat.id, chosen)

    await services.desk.records(choose)
    language = await services.language(chat.id, code)
    done = "language_set" if chosen else "language_auto_set"
    await toast(query, label(done, language))
    try:
        await services.bot.edit_message_text(text(done, language), chat.id, query.message.message_id)
    except BadRequest as e:  # chosen twice, or the message was deleted
        _LOG.debug("the question about the language stays: %s", e)
