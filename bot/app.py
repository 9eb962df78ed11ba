"""The composition root: what the bot is made of, and every handler in order."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable
from typing import Any

from filelock import FileLock, Timeout
from telegram import Update
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    ChatMemberHandler,
    ChosenInlineResultHandler,
    CommandHandler,
    ContextTypes,
    InlineQueryHandler,
    MessageHandler,
    TypeHandler,
    filters,
)

from bot.alert_text import written
from bot.alerting import Alerting
from bot.child import command_of
from bot.client import Client
from bot.desk import Desk
from bot.handlers import (
    admin,
    administrators,
    alerts,
    ask,
    basics,
    buttons,
    errors,
    following,
    inline,
    membership,
    operating,
)
from bot.intake import Intake
from bot.life import Bot, Sleep, StoppedError, running
from bot.limits import PersonalLimit
from bot.metrics import Metrics
from bot.order import OrderedUpdates
from bot.pacing import Pacer
from bot.postman import Postman
from bot.reindexing import Reindexing
from bot.secrecy import Redactor
from bot.services import Context, Services
from bot.settings import BotSettings
from bot.shell import Shell
from bot.watchdog import Notifier
from bot.writing import Writing
from index.errors import StoreBusyError
from index.llm import writer_of
from index.pipeline import Warta
from index.watching import Watch

LOCK = "bot.lock"
TYPING_PER_MINUTE = 60


def build(
    warta: Warta, settings: BotSettings, now: Callable[[], float] = time.time, sleep: Sleep = asyncio.sleep
) -> Bot:
    """Put everything together; nothing is sent or asked yet."""
    desk = Desk(warta, max(os.cpu_count() or 1, 2))

    async def keep_pause(chat: str, until: float) -> None:
        await desk.records(lambda r: r.store.pause(chat, until))

    async def finished(update: Update) -> None:
        metrics.handled(update)
        await services.intake.finished(update)

    async def tell(kind: str, detail: str) -> None:
        await services.tell_admins(kind, detail)

    pacer = Pacer(settings.messages_per_second, now, keep_pause, sleep)
    metrics = Metrics()
    client = Client(settings.bot_token, settings.bot_api_url, pacer, metrics.asked)
    order = OrderedUpdates(finished)
    application = (
        ApplicationBuilder()
        .bot(client)
        .updater(None)  # bot/intake.py, which keeps updates before they are confirmed
        .concurrent_updates(order)
        .context_types(ContextTypes(context=Context))
        .build()
    )
    redact = Redactor((*settings.secrets, *warta.settings.secrets))
    writer = writer_of(warta.settings)
    services = Services(
        settings=settings,
        bot=client,
        desk=desk,
        intake=Intake(client, desk, application.update_queue, now, tell, sleep),
        order=order,
        questions=PersonalLimit(settings.questions_per_minute, now),
        typing=PersonalLimit(TYPING_PER_MINUTE, now),
        shell=Shell(warta.settings.data, redact, time.monotonic),
        redact=redact,
        now=now,
        metrics=metrics,
        writing=Writing(writer, client, desk, metrics) if writer else None,
    )
    services.postman = Postman(services, written, sleep)
    metrics.watch_database(warta.settings.database)
    metrics.watch("warta_updates_in_flight", "Updates that are being handled.", lambda: order.in_flight)
    if writer:
        metrics.watch("warta_llm_resting", "Whether the language model is left alone.", lambda: writer.breaker.rests)
    metrics.watch("warta_index_loaded", "Whether the vector index is in memory.", lambda: desk.index_loaded)
    services.reindexing = Reindexing(services, command_of(warta.settings.data, "reindex"), sleep)
    application.bot_data["services"] = services
    add_handlers(application)
    alerting = Alerting(services, Watch, services.postman.wake)
    sync_command = command_of(warta.settings.data, "sync")
    return Bot(application, services, pacer, alerting, sleep, sync_command=sync_command, notifier=Notifier(os.environ))


def add_handlers(application: Application[Any, Any, Any, Any, Any, Any]) -> None:
    """Every handler. The order matters: of a group, the first that fits is the only one."""
    new = filters.UpdateType.MESSAGE  # not edited ones, and none of channels
    # In a channel whoever may post may decide; what is forwarded there was written by somebody else.
    posted = new | (filters.UpdateType.CHANNEL_POST & ~filters.FORWARDED)
    application.add_handler(TypeHandler(Update, membership.remember_chat), group=-1)
    for handler in (
        MessageHandler(new & filters.StatusUpdate.MIGRATE, membership.migrated),
        CommandHandler("start", basics.start, new),
        CommandHandler("help", basics.help_, new),
        CommandHandler("ask", ask.ask, new),
        CommandHandler("latest", basics.latest, new),
        CommandHandler("follow", following.follow, posted),
        CommandHandler("unfollow", following.unfollow, posted),
        CommandHandler("following", following.following, posted),
        CommandHandler("alerts", alerts.alerts, posted),
        CommandHandler("preview", alerts.preview, posted),
        CommandHandler("sources", basics.sources, new),
        CommandHandler("language", basics.choose_language, posted),
        CommandHandler("new", basics.new, new),
        CommandHandler("about", basics.about, new),
        CommandHandler("privacy", basics.privacy, new),
        CommandHandler("reindex", admin.reindex, new),
        CommandHandler("admin", administrators.admin, new),
        CommandHandler("audit", administrators.audit, new),
        CommandHandler("stats", operating.stats, new),
        CommandHandler("health", operating.health, new),
        CommandHandler("add", operating.add, new),
        CommandHandler("source", operating.source, new),
        CommandHandler("quality", operating.quality, new),
        CommandHandler("backup", operating.backup, new),
        MessageHandler(new & filters.COMMAND & filters.ChatType.PRIVATE, basics.help_),
        MessageHandler(new & ~filters.COMMAND & ~filters.StatusUpdate.ALL, ask.answer_message),
        CallbackQueryHandler(buttons.press),
        InlineQueryHandler(inline.offer),
        ChosenInlineResultHandler(inline.chosen),
        ChatMemberHandler(membership.membership, ChatMemberHandler.MY_CHAT_MEMBER),
    ):
        application.add_handler(handler)
    application.add_error_handler(errors.tell_error)


def run(warta: Warta, settings: BotSettings) -> None:
    """Run until SIGINT or SIGTERM.

    Raises StoreBusyError when a bot runs on this data folder already, SettingsError when Telegram does not accept the
    token, and other WartaErrors.
    """
    try:
        with FileLock(warta.settings.data / LOCK, timeout=0):
            warta.load()  # before anybody waits for an answer
            asyncio.run(_run(warta, settings))
    except Timeout as e:
        raise StoreBusyError(
            f"a bot is running on {warta.settings.data} already; stop it first, or give this one another --data"
        ) from e


async def _run(warta: Warta, settings: BotSettings) -> None:
    stop = asyncio.Event()
    bot = build(warta, settings)
    loop = asyncio.get_running_loop()
    hurrying: list[asyncio.Task[int]] = []

    def asked_to_stop() -> None:
        if stop.is_set():  # for the second time: what is not finished is left for the next start
            hurrying.append(loop.create_task(bot.services.order.stop()))
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, asked_to_stop)
    with contextlib.suppress(StoppedError):
        async with running(bot, stop) as failed:
            stopping = asyncio.create_task(stop.wait())
            waiting: list[asyncio.Future[Any]] = [stopping, failed]
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            if failed.done():
                failed.result()
