"""Rows of the outbox read into the message that they make: what is stored by now decides what it says."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from telegram import InlineKeyboardMarkup
from telegram.constants import ChatType

from bot.alert_html import Telling, alert_message, digest_blocks, told_elsewhere, verbatim
from bot.alert_keyboards import alert_keyboard, digest_keyboard
from bot.records import Alert, Follow
from bot.services import Services
from bot.text import fitting, pack
from index.errors import EmbedderError, NamesError, VectorIndexError
from index.interests import Interest
from index.keysentence import key_sentence
from index.names import NameBook, partners_of, read_names
from index.pipeline import Warta
from index.seen import Seen, seen
from index.types import Article, Span
from index.watching import Watch

_LOG = logging.getLogger(__name__)
FEW = 5
"""Stories of a digest up to which each is shown with a sentence."""


@dataclass(frozen=True, slots=True)
class Written:
    """One message."""

    html: str
    keyboard: InlineKeyboardMarkup | None
    taken: int
    """Rows that it deals with, from the first on."""


async def written(services: Services, rows: Sequence[Alert], language: str) -> Written:
    """The message of one row, or a digest of as many as fit, in order.

    Articles that are gone are left out. Raises LookupError when nothing is left to be told, and WartaError.
    """
    follows = await followed(services, rows)

    def read(warta: Warta) -> list[Telling]:
        return tellings(warta, rows, follows)

    told = await services.desk.news(read)
    if not told:
        raise LookupError(f"article {rows[0].article_id} is not stored any more")
    blocks = digest_blocks(told, language)
    fits = fitting(blocks) - 1
    taken = rows.index(told[fits].alert) if fits < len(told) else len(rows)
    if fits > 1:
        return Written(pack(digest_blocks(told[:fits], language))[0], digest_keyboard(rows[0], language), taken)
    [only] = told[:1]
    keyboard = alert_keyboard(only.alert, follows, language, await ask_at(services, only.alert))
    return Written(alert_message(only, language), keyboard, taken)


async def followed(services: Services, rows: Sequence[Alert]) -> dict[int, Follow]:
    """The subscriptions that rows of one chat were made for, as far as it still has them, by their ids."""
    chat_id, numbers = rows[0].place.chat_id, sorted({number for row in rows for number in row.follows})
    found = await services.desk.records(lambda r: [r.follows.by_id(number) for number in numbers])
    return {one.id: one for one in found if one is not None and one.place.chat_id == chat_id}


async def ask_at(services: Services, alert: Alert) -> str:
    """The bot's name where only a link can lead to a question about an alert: in a channel; "" elsewhere."""
    chat = await services.chat(alert.place.chat_id)
    return services.me.username or "" if chat is not None and chat.kind == ChatType.CHANNEL else ""


def tellings(warta: Warta, rows: Sequence[Alert], follows: Mapping[int, Follow]) -> list[Telling]:
    """What there is to tell of the rows whose articles are still stored, in order. Raises StoreError."""
    articles = warta.store.articles([row.article_id for row in rows])
    left = [row for row in rows if row.article_id in articles]
    few = [row.article_id for row in left] if len(left) <= FEW else []
    sights = {one.id: one for one in seen(warta.store, few, warta.serving.fingerprint)}
    links = warta.store.links_of(few)
    book = book_of(warta)
    told = []
    for row in left:
        number, article = row.article_id, articles[row.article_id]
        interests = [follows[one].interest for one in row.follows if one in follows]
        told.append(
            Telling(
                row,
                article,
                _sentence(warta, row, sights[number], interests, book) if number in sights else "",
                _partners(article, row, interests, book),
                told_elsewhere(article, links.get(number, ()), row.elsewhere),
                frozenset(one.question for one in interests if one.kind == "question"),
            )
        )
    return told


def _partners(article: Article, row: Alert, interests: Sequence[Interest], book: NameBook) -> tuple[str, ...]:
    """Whom it names: those that it was sent for first."""
    names = (book.canonical(name) for one in interests for name in one.names)
    return tuple(dict.fromkeys([*(name for name in names if name in row.reasons), *partners_of(article, book)]))


def _sentence(warta: Warta, row: Alert, sight: Seen, interests: Sequence[Interest], book: NameBook) -> str:
    """The sentence that tells best why the article was sent: of an update, what is new in it."""
    names = [*row.news, *(name for one in interests for name in one.names)]
    phrases = [phrase for one in interests for phrase in one.must]
    # What nobody follows any more still says why it was sent.
    names += [] if interests else row.reasons
    answer = _answer(warta, row, [one for one in interests if one.kind == "question"], book)
    return verbatim(sight.article, key_sentence(sight, names, phrases, answer, book))


def _answer(warta: Warta, row: Alert, questions: Sequence[Interest], book: NameBook) -> Span | None:
    """What answers a question that the article was sent for; None where there is none or it cannot be told now."""
    if not questions:
        return None
    try:
        _, matched = Watch(warta, questions, book).match([row.article_id]).get(row.article_id, (None, []))
    except (EmbedderError, VectorIndexError) as e:
        _LOG.warning("alert %d goes out without looking for what answers its question: %s", row.id, e)
        return None
    return next((one.sentence for one in matched if one.sentence is not None), None)


def book_of(warta: Warta) -> NameBook:
    """The partners of the data folder's file; one that cannot be read holds no alert back, only what it would name.

    Not what other articles are tagged with: "Indonesia" was one partner of theirs.
    """
    try:
        return read_names(warta.settings.partners_file)
    except NamesError as e:
        _LOG.warning("partners are named as their sources tag them: %s", e)
        return NameBook()
