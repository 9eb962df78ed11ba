"""Telegram's calls, over HTTP: who does not know the secret learns nothing and has nothing read."""

from __future__ import annotations

import contextlib
import hmac
import json
import logging
import socket
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any

import tornado.httpserver
import tornado.netutil
import tornado.web

from bot.intake import Intake
from index.errors import SettingsError, StoreError

_LOG = logging.getLogger(__name__)
PATH = "/telegram"
MAX_BODY = 1 << 20
"""Bytes of a call; the largest updates have some 100 kB."""
SLOWEST_S = 60.0
"""A call that takes longer to arrive is cut off."""


class Quiet(tornado.web.RequestHandler):
    """No page for those who guess."""

    def write_error(self, status_code: int, **_: Any) -> None:
        """Nothing but the status."""
        self.finish()


@tornado.web.stream_request_body
class NothingHere(Quiet):
    """Any other address; streamed, so that no body is collected for it."""

    def prepare(self) -> None:
        """Before the body is read."""
        raise tornado.web.HTTPError(HTTPStatus.NOT_FOUND)

    def data_received(self, chunk: bytes) -> None:
        """Of no interest."""


@tornado.web.stream_request_body
class WebhookHandler(Quiet):
    """Takes one update a call, from whoever knows the secret."""

    def initialize(self, intake: Intake, secret: str) -> None:
        """Called by Tornado for each request."""
        self._intake, self._secret = intake, secret.encode()
        self._body = bytearray()

    def prepare(self) -> None:
        """Nobody without the secret gets further, and nothing they send is read."""
        given = self.request.headers.get("X-Telegram-Bot-Api-Secret-Token", "").encode()
        if not hmac.compare_digest(given, self._secret):
            _LOG.warning("a call of the webhook without the right secret was refused")
            raise tornado.web.HTTPError(HTTPStatus.FORBIDDEN)
        length = self.request.headers.get("Content-Length", "")
        if length.isdecimal() and int(length[:20]) > MAX_BODY:
            raise tornado.web.HTTPError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

    def data_received(self, chunk: bytes) -> None:
        """A part of the body; its end may never come."""
        self._body += chunk
        if len(self._body) > MAX_BODY and not self._finished:
            # Tornado only logs what is raised here; an answer before the end closes the connection.
            self._body.clear()
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

    async def post(self) -> None:
        """Keep the update, then say so."""
        try:
            update = json.loads(self._body)
        except (ValueError, RecursionError):
            raise tornado.web.HTTPError(HTTPStatus.BAD_REQUEST) from None
        try:
            await self._intake.take([update])
        except StoreError as e:
            _LOG.error("an update could not be kept, Telegram will send it again: %s", e)
            raise tornado.web.HTTPError(HTTPStatus.SERVICE_UNAVAILABLE) from None
        self.set_status(HTTPStatus.OK)


@contextlib.asynccontextmanager
async def webhook_server(intake: Intake, host: str, port: int, secret: str) -> AsyncIterator[int]:
    """Listen for Telegram's calls while the context is open; gives the port.

    Raises SettingsError when the address cannot be used.
    """
    application = tornado.web.Application(
        [(PATH, WebhookHandler, {"intake": intake, "secret": secret})],
        default_handler_class=NothingHere,
        log_function=lambda _: None,
    )
    server = tornado.httpserver.HTTPServer(
        application,
        # Tornado answers more than this with 400; what is between the two is ours to answer, with 413.
        max_body_size=2 * MAX_BODY,
        max_buffer_size=2 * MAX_BODY,
        idle_connection_timeout=SLOWEST_S,
        body_timeout=SLOWEST_S,
    )
    sockets = listening_sockets("WARTA_WEBHOOK_LISTEN", host, port)
    server.add_sockets(sockets)
    try:
        yield sockets[0].getsockname()[1]
    finally:
        server.stop()
        await server.close_all_connections()


def listening_sockets(setting: str, host: str, port: int) -> list[socket.socket]:
    """Sockets that listen on an address.

    Raises SettingsError, naming the setting, when it cannot be used.
    """
    try:
        return tornado.netutil.bind_sockets(port, host)
    except OSError as e:
        raise SettingsError(f"{setting}: cannot listen on {host}:{port} ({e.strerror})") from e
