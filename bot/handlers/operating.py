"""How an administrator runs the bot from a chat: /stats /health /add /source /quality /backup."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from telegram import Message, Update
from telegram.constants import ChatType
from telegram.error import TelegramError

from bot.addressing import sender_of
from bot.audit import audited
from bot.backups import folder_of, kept_in, make_backup
from bot.checkup import checks_of
from bot.child import Report
from bot.handlers.admin import refused
from bot.handlers.ask import tell
from bot.job_messages import JobMessage
from bot.ops_text import (
    added_text,
    backups_text,
    failure_text,
    health_text,
    picture_text,
    quality_text,
    size,
    sources_text,
    stats_text,
)
from bot.plots import Panel, bars
from bot.records import Place
from bot.services import Context, Services
from bot.strings import text
from bot.text import one_line, safe_href
from bot.usage import MONTH, articles_by_day, days_until, questions_by_day, usage_of
from index.browse import newest
from index.errors import WartaError
from index.pipeline import Warta
from index.sources.book import NO_SUCH
from index.stats import figures

_LOG = logging.getLogger(__name__)
MOST_URLS = 5
DETAIL = 300
Said = Callable[[Report, str], str]
"""What a command's report says in a language."""


# What there is


async def stats(update: Update, context: Context) -> None:
    """/stats: how much news there is, and what was asked; in private with a picture."""
    message, services = update.effective_message, context.services
    if message is None or await refused(services, message, "stats"):
        return
    now, language = services.now(), await _language(services, message)

    # With the news's connection, which sees the bot's tables too: everything waits for the one that keeps the records.
    def read(warta: Warta) -> tuple[str, tuple[int, ...], tuple[int, ...]]:
        store, top = warta.store, newest(warta.store, limit=1)
        found = figures(store, warta.settings, warta.named, now)
        said = stats_text(found, top[0][1].published_at if top else "", usage_of(store, now), language)
        return said, questions_by_day(store, now, MONTH), articles_by_day(store, now, MONTH)

    said, questions, articles = await services.desk.news(read)
    await _tell(services, message, said)
    await audited(services, message, "stats", "", "done")
    if message.chat.type == ChatType.PRIVATE and any((*questions, *articles)):
        await _show_picture(services, message, questions, articles, now, language)


async def _show_picture(
    services: Services,
    message: Message,
    questions: tuple[int, ...],
    articles: tuple[int, ...],
    now: float,
    language: str,
) -> None:
    days = days_until(now, MONTH)
    panels = [
        Panel(text("bot_plot_questions", language), questions),
        Panel(text("bot_plot_articles", language), articles),
    ]
    picture = await asyncio.to_thread(bars, days, panels, text("bot_plot_months", language).split())
    try:
        await services.bot.send_photo(
            message.chat_id, picture, picture_text(days, questions, articles, language), filename="warta.png"
        )
    except TelegramError as e:  # the figures were told in words before
        _LOG.warning("the picture could not be sent: %s", e)


async def health(update: Update, context: Context) -> None:
    """/health: whether all is well, and what to do where it is not."""
    message, services = update.effective_message, context.services
    if message is None or await refused(services, message, "health"):
        return
    found = await checks_of(services)
    await _tell(services, message, health_text(found, await _language(services, message)))
    bad = [check.key for check in found if not check.ok]
    await audited(services, message, "health", " ".join(bad), "done")


# What is done


async def add(update: Update, context: Context) -> None:
    """/add with up to MOST_URLS addresses: fetch the articles there."""
    message, services = update.effective_message, context.services
    if message is None or await refused(services, message, "add"):
        return
    urls = list(dict.fromkeys(context.args or []))
    language = await _language(services, message)
    if not 0 < len(urls) <= MOST_URLS:
        await _tell(services, message, text("add_how", language, most=MOST_URLS))
    elif wrong := next((url for url in urls if not safe_href(url)), ""):
        await _tell(services, message, text("add_not_web", language, word=one_line(wrong, 80)))
    else:
        await _work(services, message, "add", " ".join(urls), added_text, "add", *urls)


async def source(update: Update, context: Context) -> None:
    """/source list, /source add URL, /source remove N."""
    message, services = update.effective_message, context.services
    if message is None or await refused(services, message, "source"):
        return
    language = await _language(services, message)
    words = [*(context.args or []), "", ""]
    match words[0].lower(), words[1]:
        case "list" | "", page:
            number = int(page) if page.isdecimal() and len(page) < 6 else 1
            report = await services.shell.run("source", "list")
            said = failure_text(report, language)
            if report.ok:
                said = sources_text(report.figures["sources"], number, services.now(), language)
            await _tell(services, message, said)
            await audited(services, message, "source list", "", "done" if report.ok else report.reason)
        case "add", url if safe_href(url):
            await _work(services, message, "source", f"add {url}", _source_added, "source", "add", url)
        case "add", url if url:
            await _tell(services, message, text("add_not_web", language, word=one_line(url, 80)))
        case "remove", name if name.isdecimal() or safe_href(name):
            report = await services.shell.run("source", "remove", name)
            said = failure_text(report, language)
            if report.ok:
                said = text("source_removed", language, url=", ".join(report.figures["removed"]))
            elif NO_SUCH in report.reason:
                said = text("source_unknown", language, name=one_line(name, 80))
            await _tell(services, message, said)
            await audited(services, message, "source", f"remove {name}", "done" if report.ok else report.reason)
        case _:
            await _tell(services, message, text("source_how", language))


def _source_added(report: Report, language: str) -> str:
    if not report.ok:
        return failure_text(report, language)
    one = report.figures
    return text(
        "source_added",
        language,
        id=str(one["id"]),
        title=one["title"] or one["kind"],
        url=one["url"],
        minutes=round(one["every_minutes"]),
    )


async def quality(update: Update, context: Context) -> None:
    """/quality: ask the saved questions, and show the figures beside those of the last run."""
    message, services = update.effective_message, context.services
    if message is None or await refused(services, message, "quality"):
        return
    await _work(services, message, "quality", "", _quality_found, "quality")


def _quality_found(report: Report, language: str) -> str:
    if "questions" not in report.figures:
        return failure_text(report, language)
    return quality_text(report.figures, language)


async def backup(update: Update, context: Context) -> None:
    """/backup: where backups are and how old; with "now", make one. None is ever sent, and no group hears of them."""
    message, services = update.effective_message, context.services
    if message is None or await refused(services, message, "backup"):
        return
    language = await _language(services, message)
    if message.chat.type != ChatType.PRIVATE:
        await _tell(services, message, text("backup_private", language))
        return
    if not services.settings.backup_dir:
        await _tell(services, message, text("backup_off", language))
        return
    if [word.lower() for word in context.args or []] == ["now"]:
        await _work(services, message, "backup", "now", _backup_made)
        return
    folder, now = folder_of(services), services.now()
    try:
        kept = await asyncio.to_thread(kept_in, folder, now)
    except OSError as e:
        await _tell(services, message, text("health_backup_unread", language, detail=e.strerror or ""))
        return
    await _tell(services, message, backups_text(services.settings, str(folder), kept, now, language))
    await audited(services, message, "backup", "", "done")


def _backup_made(report: Report, language: str) -> str:
    if not report.ok:
        return failure_text(report, language)
    made = report.figures
    return text(
        "backup_done",
        language,
        path=made["path"],
        size=size(made["bytes"], language),
        seconds=round(report.seconds),
    )


async def _work(services: Services, message: Message, action: str, detail: str, said: Said, *words: str) -> None:
    """Do something that takes its time beside everything else; one message says that it began, and then how it ended.

    `words` are those of a command of `warta`; none of them stands for a backup.
    """
    language = await _language(services, message)
    note = await _tell(services, message, text(f"{action}_started", language))
    shown: JobMessage | None = None
    if note is not None:  # after a kill it is to say that nothing goes on
        place = Place(note.chat_id, note.message_thread_id or 0)
        shown = JobMessage(place, note.message_id, message.message_id, "", language, services.now(), action)
        await services.desk.records(lambda r: r.job_messages.keep(shown))
    await audited(services, message, action, detail, "started")

    async def work() -> None:
        report = await (services.shell.run_alone(*words) if words else make_backup(services))
        await _amend(services, message, note, said(report, language))
        if shown is not None:
            await services.desk.records(lambda r: r.job_messages.drop(shown))
        await audited(services, message, action, detail, "done" if report.ok else report.reason[:DETAIL])

    services.shell.begin(work())


async def _amend(services: Services, message: Message, note: Message | None, html: str) -> None:
    """Have a message say something else; where that cannot be, it is said in another."""
    html = services.redact(html)
    if note is not None:
        try:
            await services.bot.edit_message_text(html, note.chat_id, note.message_id)
            return
        except TelegramError as e:
            _LOG.info("message %d could not be edited: %s", note.message_id, e)
    try:
        await tell(services, message, html)
    except (TelegramError, WartaError) as e:
        _LOG.warning("an administrator could not be told what became of a command: %s", e)


async def _tell(services: Services, message: Message, html: str) -> Message | None:
    return await tell(services, message, services.redact(html))


async def _language(services: Services, message: Message) -> str:
    return await services.language(message.chat_id, sender_of(message).language_code)
