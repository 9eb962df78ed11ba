"""The bot's life: reaching Telegram, being at work, and stopping without losing what it took."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from telegram.error import BadRequest, InvalidToken, TelegramError
from telegram.ext import Application

from bot.alerting import Alerting
from bot.backups import backup_daily
from bot.health import Health, health_server
from bot.intake import KINDS, LONGEST_PAUSE_S, REJECTED
from bot.interrupted import cut_off, tell_cut_off
from bot.jobs import reindex_nightly, sync_regularly
from bot.menus import show_menus
from bot.pacing import Pacer
from bot.services import Services
from bot.settings import host_and_port
from bot.watchdog import Notifier, watched
from bot.webhook import PATH, webhook_server
from index.errors import SettingsError, WartaError

_LOG = logging.getLogger(__name__)
T = TypeVar("T")
Sleep = Callable[[float], Coroutine[Any, Any, None]]
WEBHOOK_CONNECTIONS = 40
HOUSEKEEPING_S = 3600.0
INLINE_DAYS = 30
STOP_S = 25.0
"""What was taken is finished within this time after a request to stop; what is left waits in the inbox."""
NOTICES_S = 5.0


class StoppedError(Exception):
    """The bot was asked to stop before it was at work."""


@dataclass
class Bot:
    """A bot that is built but does not run yet."""

    application: Application[Any, Any, Any, Any, Any, Any]
    services: Services
    pacer: Pacer
    alerting: Alerting
    sleep: Sleep = asyncio.sleep
    stop_s: float = STOP_S
    sync_command: Sequence[str] = ()
    notifier: Notifier = field(default_factory=lambda: Notifier({}))


@contextlib.asynccontextmanager
async def running(bot: Bot, stop: asyncio.Event | None = None) -> AsyncIterator[asyncio.Future[None]]:
    """The bot, at work while the context is open; the future gets the error that ends its intake, if one does.

    Raises SettingsError when Telegram does not accept the token or the webhook, StoppedError when `stop` was set
    before Telegram could be reached, and other WartaErrors.
    """
    services, application = bot.services, bot.application
    failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    work: list[asyncio.Task[Any]] = []

    def begin(coroutine: Coroutine[Any, Any, None]) -> None:
        work.append(asyncio.create_task(coroutine))
        work[-1].add_done_callback(lambda done: _report(done, failed))

    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(services.desk.close)
        health = Health(services, failed, [services.postman.rounds, bot.alerting.rounds])
        if listen := services.settings.health_listen:
            await stack.enter_async_context(health_server(health, services.metrics.text, *host_and_port(listen)))
        await stack.enter_async_context(watched(bot.notifier, health.alive))
        bot.pacer.until.update(await services.desk.records(lambda r: r.store.pauses(services.now())))
        await services.read_admins()
        stack.push_async_callback(services.bot.shutdown)
        await _until_reached(bot, application.initialize, stop)
        await application.start()
        stack.push_async_callback(_finish, bot)
        stack.push_async_callback(services.reindexing.stop)
        stack.push_async_callback(services.shell.stop)
        stack.push_async_callback(services.postman.stop, bot.stop_s)
        stack.push_async_callback(_end, work, failed)
        left = await cut_off(services)
        await services.reindexing.recover()
        begin(services.intake.feed())
        begin(services.intake.until_rejected())
        begin(housekeeping(services, bot.sleep))
        if unsure := await services.desk.records(lambda r: r.outbox.recover(services.now())):
            _LOG.warning("%d alerts were being sent when the bot ended; they go out again", unsure)
        services.shell.begin(tell_cut_off(services, left))
        begin(services.postman.run())
        begin(bot.alerting.run())
        if services.settings.sync_minutes:
            begin(sync_regularly(services, bot.sync_command, bot.sleep, services.settings.sync_minutes * 60))
        if services.settings.reindex_at:
            begin(reindex_nightly(services, bot.sleep))
        if services.settings.backup_dir:
            begin(backup_daily(services, bot.sleep))
        if services.settings.webhook_url:
            await stack.enter_async_context(
                webhook_server(services.intake, *services.settings.listen, services.settings.webhook_secret)
            )
            await _until_reached(bot, lambda: set_webhook(services), stop)
        else:
            await _until_reached(bot, services.bot.delete_webhook, stop)
            begin(services.intake.poll())
        menus = asyncio.create_task(show_menus(services.bot, services.admins))
        work += [menus, asyncio.create_task(load_index(services))]

        def stopping() -> None:
            health.phase = "stopping"
            bot.notifier.stopping()

        stack.callback(stopping)
        health.phase = "at work"
        bot.notifier.at_work(f"@{services.me.username} is at work")
        _LOG.info("@%s is at work", services.me.username)
        yield failed


async def _until_reached(bot: Bot, request: Callable[[], Awaitable[Any]], stop: asyncio.Event | None) -> None:
    """Ask until Telegram answers; a server often starts before its network does."""

    async def ask() -> None:
        await request()

    tries = 0
    while True:
        try:
            return await _or_stop(ask(), stop)
        except InvalidToken:
            raise SettingsError(REJECTED) from None  # its message, or what it was raised from, holds the token
        except TelegramError as e:
            tries += 1
            pause = min(2.0 ** min(tries, 10), LONGEST_PAUSE_S)
            _LOG.error(
                "Telegram cannot be reached at %s (%s); check the network, or WARTA_BOT_API_URL; next try in %.0f s",
                bot.services.settings.bot_api_url,
                type(e).__name__,
                pause,
            )
        await _or_stop(bot.sleep(pause), stop)


async def _or_stop(work: Coroutine[Any, Any, T], stop: asyncio.Event | None) -> T:
    """What comes of the work; raises StoppedError when the request to stop comes first."""
    if stop is None:
        return await work
    doing, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({doing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if doing.done():
            return doing.result()
        raise StoppedError
    finally:
        doing.cancel()
        stopping.cancel()
        await asyncio.gather(doing, stopping, return_exceptions=True)


def _report(done: asyncio.Task[Any], failed: asyncio.Future[None]) -> None:
    if not done.cancelled() and not failed.done():
        failed.set_exception(done.exception() or RuntimeError("the intake ended by itself"))


async def set_webhook(services: Services) -> None:
    """Tell Telegram where to call.

    Raises SettingsError when it refuses the address, and TelegramError.
    """
    try:
        await services.bot.set_webhook(
            services.settings.webhook_url + PATH,
            allowed_updates=list(KINDS),
            secret_token=services.settings.webhook_secret,
            max_connections=WEBHOOK_CONNECTIONS,
        )
    except BadRequest as e:
        raise SettingsError(f"WARTA_WEBHOOK_URL: Telegram refuses the address ({e.message})") from e


async def _end(work: list[asyncio.Task[Any]], failed: asyncio.Future[None]) -> None:
    """Take nothing more in."""
    for task in work:
        task.cancel()
    await asyncio.gather(*work, return_exceptions=True)
    if failed.done():
        failed.exception()  # whoever wanted it has it; asyncio would complain of one that nobody looked at
    else:
        failed.cancel()


async def _finish(bot: Bot) -> None:
    """Finish what was taken; nothing new comes in any more."""
    stopping = asyncio.create_task(bot.application.stop())
    done, _ = await asyncio.wait({stopping}, timeout=bot.stop_s)
    if not done:
        left = await bot.services.order.stop()
        _LOG.warning("%d updates were not finished in %.0f s; they come first at the next start", left, bot.stop_s)
    await stopping
    if bot.services.writing:
        await bot.services.writing.stop(NOTICES_S)
    await bot.services.close(NOTICES_S)
    await bot.application.shutdown()


async def load_index(services: Services) -> None:
    """Have the index in memory before somebody's first question."""
    try:
        await services.desk.load_index()
    except WartaError as e:
        _LOG.error("the index could not be loaded, the first question tries again: %s", e)


async def housekeeping(services: Services, sleep: Sleep = asyncio.sleep) -> None:
    """Once an hour, forget what is not needed any more."""
    while True:
        try:
            await services.desk.records(lambda r: r.inbox.sweep(services.now()))
            await services.desk.records(lambda r: r.answers.drop_inline(services.now() - INLINE_DAYS * 86_400))
            await services.desk.records(lambda r: r.outbox.sweep(services.now()))
            await services.desk.records(lambda r: r.audit.sweep(services.now()))
        except WartaError as e:
            _LOG.error("the records could not be tidied: %s", e)
        await sleep(HOUSEKEEPING_S)
