"""How the bot is, over HTTP: for whoever restarts it, and for whoever watches it. Nothing of anybody's is told."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import json
import logging
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Literal

import tornado.httpserver
import tornado.web
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from telegram.error import TelegramError

from bot.intake import WAIT_S
from bot.rounds import Rounds
from bot.services import Services
from bot.webhook import NothingHere, Quiet, listening_sockets

_LOG = logging.getLogger(__name__)
OLDEST_POLL_S = 3.0 * WAIT_S
"""Polling gets an answer each WAIT_S seconds, updates or none."""
OLDEST_WORD_S = 300.0
"""Behind a webhook nobody may write for hours; then Telegram is asked who the bot is."""
CHECK_S = 5.0
"""For so long the checks may take, and for so long their outcome counts."""
WRITE_S = 2.0
"""For so long another process may be writing to the database before that is told."""
MAX_BODY = 1024
Phase = Literal["starting", "at work", "stopping"]


@dataclass(frozen=True, slots=True)
class Check:
    """What was found."""

    ok: bool
    detail: str


class Health:
    """Whether the bot lives, and whether it can do its work."""

    def __init__(
        self,
        services: Services,
        failed: asyncio.Future[None],
        rounds: Sequence[Rounds] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`failed` is done when one of the bot's loops has ended; `rounds` are those of the loops beside the intake."""
        self.phase: Phase = "starting"
        self._services, self._failed, self._rounds, self._clock = services, failed, rounds, clock
        self._checking = asyncio.Lock()
        self._checked_at = float("-inf")
        self._checks: dict[str, Check] = {}

    def alive(self) -> bool:
        """Whether what never ends goes on. That this is asked at all shows that the event loop does."""
        ended = self._failed.done() and not self._failed.cancelled()  # it is cancelled by an orderly stop
        return not ended and not self._services.intake.is_late and not any(one.is_late for one in self._rounds)

    async def checks(self) -> dict[str, Check]:
        """All checks by name; whoever asks often gets the same ones for CHECK_S seconds."""
        async with self._checking:
            if self._clock() - self._checked_at >= CHECK_S:
                database, telegram = await asyncio.gather(_in_time(self._database()), _in_time(self._telegram()))
                loaded = self._services.desk.index_loaded
                self._checks = {
                    "bot": Check(self.phase == "at work" and self.alive(), self.phase),
                    "index": Check(loaded, "loaded" if loaded else "not loaded"),
                    "database": database,
                    "telegram": telegram,
                }
                self._checked_at = self._clock()
            return self._checks

    async def _database(self) -> Check:
        return await asyncio.to_thread(try_writing, self._services.desk.database)

    async def _telegram(self) -> Check:
        """As known from the last answers; only behind a webhook, after a long silence, Telegram is asked."""
        metrics = self._services.metrics
        if not self._services.settings.webhook_url:
            return self._heard(metrics.polled_at, OLDEST_POLL_S)
        if self._clock() - metrics.heard_at > OLDEST_WORD_S:
            with contextlib.suppress(TelegramError):
                await self._services.bot.get_me()
        return self._heard(metrics.heard_at, OLDEST_WORD_S)

    def _heard(self, at: float, oldest: float) -> Check:
        age = self._clock() - at
        return Check(age <= oldest, f"answered {age:.0f} s ago" if age < float("inf") else "has not answered yet")


async def _in_time(check: Awaitable[Check]) -> Check:
    try:
        async with asyncio.timeout(CHECK_S):
            return await check
    except TimeoutError:
        return Check(False, f"no answer within {CHECK_S:.0f} s")


def try_writing(database: Path) -> Check:
    """Whether a row can be written and committed, over a connection of its own."""
    try:
        with contextlib.closing(sqlite3.connect(database, timeout=WRITE_S, isolation_level=None)) as connection:
            connection.execute("insert or replace into meta (name, value) values ('write_tried', datetime('now'))")
    except sqlite3.Error as e:
        busy = getattr(e, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
        name = getattr(e, "sqlite_errorname", type(e).__name__)
        return Check(False, "another process is writing" if busy else f"cannot be written ({name})")
    return Check(True, "writable")


class _Page(Quiet):
    """Never kept by anybody between."""

    def initialize(self, health: Health, text: Callable[[], bytes]) -> None:
        """Called by Tornado for each request."""
        self._health, self._text = health, text

    def set_default_headers(self) -> None:
        """Nor does everybody need to know what serves it."""
        self.clear_header("Server")
        self.set_header("Cache-Control", "no-store")
        self.set_header("Content-Type", "text/plain; charset=utf-8")

    async def head(self) -> None:
        """As GET; Tornado leaves the body out."""
        await self.get()

    async def get(self) -> None:
        """Each page has its own."""
        raise NotImplementedError


class Alive(_Page):
    """/healthz: whoever gets no 200 may restart the bot."""

    async def get(self) -> None:
        """One word."""
        alive = self._health.alive()
        self.set_status(HTTPStatus.OK if alive else HTTPStatus.SERVICE_UNAVAILABLE)
        self.write("ok\n" if alive else "stuck\n")


class Ready(_Page):
    """/readyz: whether questions are answered; what fails heals by itself, or needs a person."""

    async def get(self) -> None:
        """The checks as JSON."""
        checks = await self._health.checks()
        ready = all(check.ok for check in checks.values())
        self.set_status(HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE)
        self.set_header("Content-Type", "application/json")
        self.write(json.dumps({"ready": ready, "checks": {name: asdict(one) for name, one in checks.items()}}) + "\n")


class Figures(_Page):
    """/metrics, for Prometheus."""

    async def get(self) -> None:
        """Counted in a thread: the event loop does not wait for the database."""
        self.set_header("Content-Type", CONTENT_TYPE_PLAIN_0_0_4)
        self.write(await asyncio.to_thread(self._text))


@contextlib.asynccontextmanager
async def health_server(health: Health, text: Callable[[], bytes], host: str, port: int) -> AsyncIterator[int]:
    """Tell how the bot is while the context is open; gives the port. `text` gives the figures, and may block.

    Raises SettingsError when the address cannot be used.
    """
    parts = {"health": health, "text": text}
    application = tornado.web.Application(
        [("/healthz", Alive, parts), ("/readyz", Ready, parts), ("/metrics", Figures, parts)],
        default_handler_class=NothingHere,
        log_function=lambda _: None,
    )
    server = tornado.httpserver.HTTPServer(
        application, max_body_size=MAX_BODY, max_buffer_size=64 * MAX_BODY, idle_connection_timeout=60, body_timeout=5
    )
    sockets = listening_sockets("WARTA_HEALTH_LISTEN", host, port)
    if not is_loopback(host):
        _LOG.warning("health and metrics can be read by whoever reaches %s:%d; keep it behind a firewall", host, port)
    server.add_sockets(sockets)
    try:
        yield sockets[0].getsockname()[1]
    finally:
        server.stop()
        await server.close_all_connections()


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches it."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
