"""Questions: in private, in groups, with /ask, and as replies."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from telegram import Message, Update
from telegram.constants import ChatAction, ChatType, ReactionEmoji
from telegram.error import TelegramError

from bot.addressing import Sender, is_reply_to, place_of, question_in, sender_of, tidy
from bot.alert_replies import about_message
from bot.asking import Inquiry, Subject, about_answer, answer_to, is_only_names, too_long
from bot.delivery import Keyboard, deliver
from bot.handlers.feedback import take_comment
from bot.handlers.rewording import take_words
from bot.presses import buttons_of
from bot.records import GivenAnswer, Place
from bot.render import SourceEntry, answer_messages, latest_message
from bot.services import Context, Services
from bot.strings import text
from index.browse import newest
from index.courtesy import Courtesy, courtesy_in
from index.pipeline import MAX_QUESTION
from index.types import Article

_LOG = logging.getLogger(__name__)
TYPING_S = 2.0
"""The longest that an answer waits until its being written is shown."""
LATEST = 5
"""Articles in a list of the newest: more fill a phone twice over."""
SNIPPET = 300
"""Characters of an article's beginning that are handed to a list."""


async def answer_message(update: Update, context: Context) -> None:
    """Any message that is no command."""
    message = update.effective_message
    if message is None:
        return
    services = context.services
    question = question_in(message, services.me)
    if question is None:
        if message.chat.type == ChatType.PRIVATE and message.via_bot is None and await admitted(services, message):
            await say(services, message, "not_text")
        return
    if await take_comment(services, message) or await take_words(services, message):
        return
    if courtesy := courtesy_in(question):
        await _return(services, message, courtesy)
        return
    await _answer(services, message, question)


async def ask(update: Update, context: Context) -> None:
    """/ask with a question, or as a reply to one."""
    message = update.effective_message
    if message is not None:
        await _answer(context.services, message, tidy(" ".join(context.args or [])))


async def _answer(services: Services, message: Message, question: str) -> None:
    arrived, sender, place = services.now(), sender_of(message), place_of(message)
    replied = message.reply_to_message
    if not _says_something(question) and replied is not None and not is_reply_to(message, services.me):
        # /ask or "@bot" alone, below somebody's message, asks what that message asks.
        question = tidy(replied.text or replied.caption or "")
    if await services.desk.records(lambda r: r.answers.answered(place.chat_id, message.message_id)):
        _LOG.info("message %d in chat %d was answered before the bot stopped", message.message_id, place.chat_id)
        return
    if not await _in_time(services, message, sender) or not await admitted(services, message):
        return
    if not _says_something(question):
        await say(services, message, "ask_empty")
        return
    if too_long(question, MAX_QUESTION):
        await say(services, message, "too_long")
        return
    typing = asyncio.create_task(show_typing(services, place))
    try:
        inquiry = Inquiry(
            question,
            place,
            sender,
            message.message_id,
            "private" if message.chat.type == ChatType.PRIVATE else "group",
            arrived,
            await services.language(place.chat_id, sender.language_code),
            await _replied_to(services, message),
        )
        answer = await answer_to(services, inquiry)
    finally:
        await typing
    html = await _news_of(services, answer)
    writing = services.writing if answer.answerable else None
    if inquiry.origin == "private":
        await send_answer(services, await writing.in_private(answer) if writing else answer, html)
        return
    sent = await send_answer(services, answer, html, reply_to=message.message_id)
    if writing and len(sent) == 1:
        writing.in_group(answer, sent[0], partial(buttons_of, services, answer))


async def _news_of(services: Services, answer: GivenAnswer) -> list[str]:
    """The newest articles about a partner, where its name is all that was said and no sentence answers that."""
    if answer.answerable or not is_only_names(answer.question, await services.names()):
        return []
    partner = answer.question.rstrip("?!. ")
    found = await services.desk.news(lambda warta: newest(warta.store, partner, LATEST))
    return [latest_message([entry_of(article) for _, article in found], partner, answer.language)] if found else []


def _says_something(question: str) -> bool:
    return any(character.isalnum() for character in question)


async def _return(services: Services, message: Message, courtesy: Courtesy) -> None:
    """Be polite as well, without many words."""
    if not await admitted(services, message):
        return
    if courtesy == "greeting":
        await say(services, message, "start" if message.chat.type == ChatType.PRIVATE else "start_group")
        return
    with contextlib.suppress(TelegramError):  # a group may have turned reactions off
        await services.bot.set_message_reaction(
            message.chat_id, message.message_id, ReactionEmoji.PERSON_WITH_FOLDED_HANDS
        )


async def _in_time(services: Services, message: Message, sender: Sender) -> bool:
    """Whether the question is young enough to be answered; if not, that is said once for all that waited with it."""
    age = services.now() - message.date.timestamp()
    if age <= services.settings.question_age:
        return True
    if services.late.ask(hash((place_of(message), sender.limit_id))) == "go":
        await say(services, message, "too_old", minutes=max(round(age / 60), 1))
    return False


async def admitted(services: Services, message: Message) -> bool:
    """Whether its sender has not asked for too much; otherwise they are told, once."""
    person = sender_of(message).limit_id
    verdict = services.questions.ask(person)
    if verdict == "tell":
        await say(services, message, "too_fast", seconds=str(max(round(services.questions.wait(person)), 1)))
    return verdict == "go"


async def show_typing(services: Services, place: Place) -> None:
    """Show that something is being written; after TYPING_S at the latest it goes on without."""
    with contextlib.suppress(TelegramError, TimeoutError):  # a courtesy; the answer matters
        async with asyncio.timeout(TYPING_S):
            await services.bot.send_chat_action(
                place.chat_id, ChatAction.TYPING, message_thread_id=place.thread_id or None
            )


async def _replied_to(services: Services, message: Message) -> Subject | None:
    """What the question replies to: an answer, or else an alert."""
    replied = message.reply_to_message
    if replied is None or not is_reply_to(message, services.me):
        return None
    answer = await services.desk.records(lambda r: r.answers.by_message(message.chat_id, replied.message_id))
    if answer is not None:
        return about_answer(answer)
    return await about_message(services, message.chat_id, replied.message_id)


async def send_answer(
    services: Services, answer: GivenAnswer, parts: Sequence[str] = (), *, reply_to: int = 0
) -> list[Message]:
    """Send an answer with its buttons, and remember it; buttons stand below the last message of a long one.

    `parts`: the messages to send instead of its own. Gives those that were sent, none where the chat is closed.
    """
    parts = parts or answer_messages(answer)
    keyboard = await buttons_of(services, answer)
    sent: list[Message] = []
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        message = await deliver(
            services, answer.place, part, reply_to=0 if sent else reply_to, keyboard=keyboard if last else None
        )
        if message is None:
            return []
        sent.append(message)
    chat_id = sent[0].chat_id
    if chat_id != answer.place.chat_id:  # the group has moved meanwhile
        answer = replace(answer, place=Place(chat_id, answer.place.thread_id), question_id=0)
    await services.desk.records(lambda r: r.answers.keep(answer, [message.message_id for message in sent]))
    return sent


def entry_of(article: Article) -> SourceEntry:
    """An article in a list of sources."""
    return SourceEntry(
        article.title, article.publisher, article.published_at, article.url, article.body[:SNIPPET].replace("\n", " ")
    )


async def say(services: Services, message: Message, key: str, **values: object) -> Message | None:
    """One of the bot's own texts, where a message came from; in groups as a reply to it."""
    language = await services.language(message.chat_id, sender_of(message).language_code)
    return await tell(services, message, text(key, language, **values))


async def tell(services: Services, message: Message, html: str, keyboard: Keyboard | None = None) -> Message | None:
    """Reply in words where a message came from; in channels without a sound."""
    kind = message.chat.type
    return await deliver(
        services,
        place_of(message),
        html,
        reply_to=0 if kind == ChatType.PRIVATE else message.message_id,
        keyboard=keyboard,
        silent=kind == ChatType.CHANNEL,
    )
