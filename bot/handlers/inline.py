"""Inline mode: "@bot question" in any chat offers answers to send there."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial

from telegram import (
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
    LinkPreviewOptions,
    Update,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest

from bot.addressing import Sender, tidy
from bot.asking import Inquiry, answer_to
from bot.desk import Records
from bot.keyboards import open_keyboard
from bot.presses import is_too_late
from bot.records import GivenAnswer, Place, new_token
from bot.render import inline_result
from bot.services import Context
from bot.strings import text

CACHE_S = 30
"""So long Telegram may give the same answer to the same words."""
SHORTEST = 3
"""Characters below which nothing is searched for: a question is still being typed. BCA and BMW have three."""
NOWHERE = Place(0)


async def offer(update: Update, context: Context) -> None:
    """Offer the answer as a whole, and each quote by itself."""
    query, services = update.inline_query, context.services
    if query is None or not services.order.is_newest_query(query.from_user.id, query.id):
        return  # more was typed meanwhile, and Telegram has forgotten this one
    # A chat with a person has the person's id.
    language = await services.language(query.from_user.id, query.from_user.language_code or "")
    button = InlineQueryResultsButton(text("inline_start", language), start_parameter="inline")
    question, person = tidy(query.query), query.from_user
    offered: list[GivenAnswer] = []
    if len(question) >= SHORTEST and services.typing.ask(person.id) == "go":
        sender = Sender(person.id, person.id, person.language_code or "")
        inquiry = Inquiry(question, NOWHERE, sender, 0, "inline", services.now(), language)
        answer = await answer_to(services, inquiry)
        offered = each_offered(answer)
        for one in offered:
            await services.desk.records(partial(_keep, one))
    try:
        await query.answer(
            [result_of(one, str(services.me.username)) for one in offered],
            cache_time=CACHE_S if offered else 0,
            is_personal=True,
            button=button,
        )
    except BadRequest as e:
        if not is_too_late(e):
            raise


def _keep(answer: GivenAnswer, records: Records) -> None:
    records.answers.keep(answer, [])


def each_offered(answer: GivenAnswer) -> list[GivenAnswer]:
    """The answer, and where it quotes several articles, each of them alone."""
    if len(answer.citations) < 2 or not answer.answerable:
        return [answer]
    # A line that sources differ names others than the one that is left.
    lead = "\n".join(line for line in answer.lead.splitlines() if not re.search(r"\[\d+\]", line))
    alone = []
    for citation in answer.citations:
        quotes = tuple(replace(quote, also=()) for quote in answer.quotes if quote.n == citation.n)
        if quotes:
            alone.append(replace(answer, token=new_token(), quotes=quotes, citations=(citation,), lead=lead))
    return [answer, *alone]


def result_of(answer: GivenAnswer, username: str) -> InlineQueryResultArticle:
    """An answer as something to choose and send."""
    title, description, html = inline_result(answer)
    if len(answer.citations) > 1 and answer.answerable:  # told apart from its first quote alone
        description = " ".join([*(f"[{citation.n}]" for citation in answer.citations), description])
    return InlineQueryResultArticle(
        answer.token,
        title,
        InputTextMessageContent(
            html, parse_mode=ParseMode.HTML, link_preview_options=LinkPreviewOptions(is_disabled=True)
        ),
        description=description,
        reply_markup=open_keyboard(username, answer, answer.language),
    )


async def chosen(update: Update, context: Context) -> None:
    """One was sent: it is kept."""
    result = update.chosen_inline_result
    if result is not None:
        await context.services.desk.records(lambda r: r.answers.mark_used(result.result_id))
