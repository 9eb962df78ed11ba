"""Commands that tell about the bot and the news: /start /help /latest /sources /language /new /about /privacy."""

from __future__ import annotations

import re

from telegram import Message, Update
from telegram.constants import ChatType

from bot.addressing import place_of, sender_of, tidy
from bot.alert_keyboards import alert_started
from bot.asking import given_again
from bot.handlers.alert_buttons import open_alert
from bot.handlers.ask import LATEST, admitted, entry_of, say, send_answer, tell
from bot.inert import inert
from bot.keyboards import CHOICES, language_keyboard
from bot.menus import show_admin_menu
from bot.records import GivenAnswer, Origin
from bot.render import inline_result, latest_message
from bot.services import Context, Services
from bot.strings import Html, text
from bot.text import one_line
from index.browse import newest, publishers
from index.phrases import date_words
from index.pipeline import Warta

PUBLISHERS = 30
NAME_UNITS = 60
_OPEN = re.compile(r"q_([A-Za-z0-9_-]{16})", re.ASCII)


async def start(update: Update, context: Context) -> None:
    """/start: a greeting, which nobody is ever refused, or the answer or alert that a link names."""
    message, services = update.effective_message, context.services
    if message is None:
        return
    argument = " ".join(context.args or [])
    answer, alert = _OPEN.fullmatch(argument), alert_started(argument)
    if (answer or alert is not None) and not await admitted(services, message):
        return
    if answer and await _open(services, message, answer[1]):
        return
    if alert is not None and await open_alert(services, message, alert):
        return
    if message.chat.type != ChatType.PRIVATE:
        await say(services, message, "start_group")
        return
    sender = sender_of(message)
    if services.is_admin(sender.id):
        await show_admin_menu(services.bot, sender.id)
    await say(services, message, "start")


async def _open(services: Services, message: Message, token: str) -> bool:
    """Show an inline answer, or one's own, here; False when there is none that may be seen here."""
    answer = await services.desk.records(lambda r: r.answers.by_token(token))
    private = message.chat.type == ChatType.PRIVATE
    sender, place = sender_of(message), place_of(message)
    if answer is None or not may_open(answer, sender.id if private else 0, place.chat_id):
        return False
    if await services.desk.records(lambda r: r.answers.answered(place.chat_id, message.message_id)):
        return True
    await services.desk.records(lambda r: r.answers.mark_used(token))
    origin: Origin = "private" if private else "group"
    again = given_again(answer, place, sender.id, message.message_id, origin, services.now())
    # With its question: who opens it may not have seen where it was asked.
    _, _, html = inline_result(again)
    await send_answer(services, again, [html], reply_to=0 if private else message.message_id)
    return True


def may_open(answer: GivenAnswer, user_id: int, chat_id: int) -> bool:
    """Whoever got a link to an inline answer was shown it. Others stay in their chat, or go to who asked, in private.

    `user_id`: whom a private chat is with; 0 in groups, where one's private answers must not show.
    """
    return answer.origin == "inline" or answer.place.chat_id == chat_id or (user_id != 0 and answer.user_id == user_id)


async def help_(update: Update, context: Context) -> None:
    """/help: how to ask, and the commands; administrators see theirs."""
    message, services = update.effective_message, context.services
    if message is None or not await admitted(services, message):
        return
    await say(services, message, "help")
    if message.chat.type == ChatType.PRIVATE and services.is_admin(sender_of(message).id):
        await say(services, message, "help_admin")


async def latest(update: Update, context: Context) -> None:
    """/latest, or /latest with a partner: the newest articles."""
    message, services = update.effective_message, context.services
    if message is None or not await admitted(services, message):
        return
    partner = tidy(" ".join(context.args or []))
    found = await services.desk.news(lambda warta: newest(warta.store, partner, LATEST))
    if not found:
        await say(services, message, "latest_none" if partner else "nothing_stored", partner=partner)
        return
    language = await services.language(message.chat_id, sender_of(message).language_code)
    await tell(services, message, latest_message([entry_of(article) for _, article in found], partner, language))


async def sources(update: Update, context: Context) -> None:
    """/sources: whose news is stored."""
    message, services = update.effective_message, context.services
    if message is None or not await admitted(services, message):
        return
    rows = await services.desk.news(lambda warta: publishers(warta.store))
    if not rows:
        await say(services, message, "nothing_stored")
        return
    language = await services.language(message.chat_id, sender_of(message).language_code)
    named = [(name or text("no_publisher", language), count) for name, count in rows[:PUBLISHERS]]
    lines = [f"• {inert(one_line(name, NAME_UNITS))} – {count}" for name, count in named]
    if others := sum(count for _, count in rows[PUBLISHERS:]):
        lines.append(f"• … – {others}")
    await say(services, message, "sources_title", rows=Html("\n".join(lines)))


async def choose_language(update: Update, context: Context) -> None:
    """/language: buttons to choose with; pressing one is checked again."""
    message, services = update.effective_message, context.services
    if message is None or not await admitted(services, message):
        return
    sender = sender_of(message)
    language = await services.language(message.chat_id, sender.language_code)
    chat = await services.chat(message.chat_id)
    names = {key: text(f"language_name_{key}", language) for key in CHOICES}
    current = names[(chat.language if chat else "") or "auto"]
    await tell(services, message, text("language_ask", language, current=current), language_keyboard(names))


async def new(update: Update, context: Context) -> None:
    """/new: the next question stands for itself."""
    message, services = update.effective_message, context.services
    if message is None or not await admitted(services, message):
        return
    place, sender = place_of(message), sender_of(message)
    await services.desk.records(lambda r: r.answers.forget(place, sender.id, services.now()))
    await say(services, message, "new_done")


async def about(update: Update, context: Context) -> None:
    """/about: what this is, and how much news it knows."""
    message, services = update.effective_message, context.services
    if message is None or not await admitted(services, message):
        return

    def read(warta: Warta) -> tuple[int, str]:
        top = newest(warta.store, limit=1)
        return warta.store.count("articles"), top[0][1].published_at if top else ""

    articles, published_at = await services.desk.news(read)
    language = await services.language(message.chat_id, sender_of(message).language_code)
    when = date_words(published_at, "en" if language == "en" else "id") or "–"
    await say(services, message, "about", articles=articles, newest=when)


async def privacy(update: Update, context: Context) -> None:
    """/privacy: what is stored of whom."""
    message, services = update.effective_message, context.services
    if message is not None and await admitted(services, message):
        language = await services.language(message.chat_id, sender_of(message).language_code)
        told = ["privacy", "privacy_llm"] if services.writing else ["privacy"]
        await tell(services, message, "\n\n".join(text(key, language) for key in told))
