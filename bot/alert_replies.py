"""What a reply below an alert asks about: the messages that belong to alerts, and their articles."""

from __future__ import annotations

from telegram import Message

from bot.alert_text import book_of
from bot.asking import Subject, about_articles
from bot.desk import Records
from bot.records import Alert
from bot.services import Services
from index.names import partners_of
from index.pipeline import Warta


async def link_message(services: Services, message: Message, alert: Alert) -> None:
    """Let a message belong to an alert that was sent: a reply to it asks about the same."""

    def link(records: Records) -> None:
        with records.store.transaction():
            records.store.connection.execute(
                "insert or replace into alert_messages (chat_id, message_id, bundle) values (?, ?, ?)",
                [message.chat_id, message.message_id, alert.bundle],
            )

    await services.desk.records(link)


async def about_message(services: Services, chat_id: int, message_id: int) -> Subject | None:
    """What a reply to a message asks about when it is an alert or belongs to one; None otherwise.

    Raises StoreError.
    """
    rows = await services.desk.records(lambda r: r.outbox.of_message(chat_id, message_id))
    if not rows:
        return None

    def read(warta: Warta) -> Subject:
        articles = warta.store.articles([row.article_id for row in rows])
        book = book_of(warta)
        partners = [name for one in articles.values() for name in partners_of(one, book)]
        return about_articles(articles, partners)

    return await services.desk.news(read)
