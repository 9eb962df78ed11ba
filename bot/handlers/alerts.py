"""How a chat wants its alerts, /alerts with its buttons, and what it would have been sent, /preview."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

from telegram import CallbackQuery, Message, Update
from telegram.constants import ChatType

from bot.addressing import place_of, sender_of
from bot.desk import Records
from bot.follow_keyboards import settings_keyboard
from bot.follow_text import preview_message, settings_help, settings_message
from bot.follow_words import MOST_DAYS, WordsError, change_in, days_in
from bot.handlers.ask import say, show_typing, tell
from bot.handlers.following import Order, interests_of, may_change, order_of
from bot.presses import change_text, toast
from bot.records import AlertSettings
from bot.rights import refusal
from bot.services import Context, Services
from bot.strings import Html, label, text
from index.interests import Interest
from index.pipeline import Warta
from index.preview import MOST_ARTICLES, first_day, preview_of
from index.types import Article


async def alerts(update: Update, context: Context) -> None:
    """/alerts: how the alerts are sent; with words after it they are changed."""
    message, services = update.effective_message, context.services
    if message is None or (order := await order_of(services, message)) is None:
        return
    if not order.words:
        settings = await services.desk.records(lambda r: r.alert_settings.of(order.place.chat_id))
        await _show(services, message, order, settings)
        return
    if not await may_change(services, message, order):
        return
    try:
        values = change_in(order.words, order.place.thread_id if _has_topics(message, order) else None)
    except WordsError as e:
        language = await services.language(message.chat_id, sender_of(message).language_code)
        await say(services, message, f"alerts_wrong_{e.reason}", forms=Html(text("alerts_forms", language)))
        return
    changed = await services.desk.records(lambda r: _changed(r, order.place.chat_id, values))
    await _show(services, message, order, changed, saved=True)


def _changed(records: Records, chat_id: int, values: dict[str, Any]) -> AlertSettings:
    """Keep what `change_in` gives; the language is the whole chat's."""
    if "language" not in values:
        return records.alert_settings.change(chat_id, **values)
    records.store.set_language(chat_id, values["language"])
    return records.alert_settings.of(chat_id)


def _has_topics(message: Message, order: Order) -> bool:
    return not order.handle and bool(message.chat.is_forum)


async def _show(
    services: Services, message: Message, order: Order, settings: AlertSettings, *, saved: bool = False
) -> None:
    language = await services.language(message.chat_id, sender_of(message).language_code)
    parts = [text("alerts_saved", language)] if saved else []
    parts.append(settings_message(settings, order.title, await services.language(settings.chat_id), language))
    if message.chat.type == ChatType.CHANNEL:  # every reader would see the buttons
        await tell(services, message, "\n\n".join(parts))
        return
    parts += [] if saved else [settings_help(_has_topics(message, order), language)]
    await tell(services, message, "\n\n".join(parts), settings_keyboard(settings, language))


async def press_setting(services: Services, query: CallbackQuery, chat_id: int, values: dict[str, object]) -> None:
    """A button below the settings was pressed."""
    message = query.message
    if message is None:
        return
    language = await services.language(message.chat.id, query.from_user.language_code or "")
    if key := await refusal(services, query, chat_id):
        await toast(query, label(key, language), alert=True)
        return

    def change(records: Records) -> AlertSettings:
        return records.alert_settings.change(chat_id, **values)

    settings = await services.desk.records(change)
    await toast(query, label("alerts_saved", language))
    chat = None if chat_id == message.chat.id else await services.chat(chat_id)
    topics = chat is None and bool(message.chat.is_forum)
    shown = settings_message(settings, chat.title if chat else "", await services.language(chat_id), language)
    html = f"{shown}\n\n{settings_help(topics, language)}"
    await change_text(services, query, html, settings_keyboard(settings, language))


async def preview(update: Update, context: Context) -> None:
    """/preview: what was published lately for what is followed, or for the words after it, which are not followed."""
    message, services = update.effective_message, context.services
    if message is None or (order := await order_of(services, message)) is None:
        return
    days, words = days_in(order.words)
    interests: list[Interest] | None
    if words.strip("? "):
        interests = await interests_of(services, message, words)
    else:
        follows = await services.desk.records(lambda r: r.follows.of_chat(order.place.chat_id))
        interests = list(
            {(one.interest.kind, one.interest.pattern.casefold()): one.interest for one in follows}.values()
        )
        if not interests:
            await say(services, message, "preview_empty")
    if not interests:
        return
    now = datetime.fromtimestamp(services.now(), UTC)
    wanted = (now - timedelta(days=days)).date()

    def read(warta: Warta) -> tuple[date, list[tuple[Interest, list[Article]]]]:
        first = first_day(warta, wanted, now)
        return first, preview_of(warta, interests, warta.names, first, now, MOST_ARTICLES)

    typing = asyncio.create_task(show_typing(services, place_of(message)))
    try:
        since, found = await services.desk.news(read)
    finally:
        await typing
    language = await services.language(message.chat_id, sender_of(message).language_code)
    longest = days == MOST_DAYS or since > wanted
    await tell(services, message, preview_message(found, since.isoformat(), language, longest=longest))
