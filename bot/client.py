"""The Bot API as this bot speaks it: python-telegram-bot's, and updates as they come, before they are understood."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from telegram import LinkPreviewOptions
from telegram.constants import ParseMode
from telegram.error import TelegramError
from telegram.ext import BaseRateLimiter, Defaults, ExtBot
from telegram.request import HTTPXRequest

CONNECTIONS = 16
GARBLED = "Invalid server response"
"""python-telegram-bot's words for an answer that is no JSON."""
CONNECT_S, READ_S, WRITE_S, POOL_S = 10.0, 20.0, 20.0, 30.0


class Client(ExtBot[Any]):
    """A bot whose messages are HTML without previews of links."""

    __slots__ = ("_asked",)

    def __init__(
        self,
        token: str,
        api_url: str,
        limiter: BaseRateLimiter[Any],
        asked: Callable[[str, TelegramError | None], None] = lambda method, error: None,
    ) -> None:
        """`asked` hears of each method that was carried out, or of why it was not, when no try is left."""
        self._asked = asked
        super().__init__(
            token,
            base_url=f"{api_url}/bot",
            base_file_url=f"{api_url}/file/bot",
            request=_connections(CONNECTIONS),
            # Polling has a connection of its own, so that sending never waits for it.
            get_updates_request=_connections(1),
            defaults=Defaults(
                parse_mode=ParseMode.HTML,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
                allow_sending_without_reply=True,
            ),
            rate_limiter=limiter,
        )

    async def _do_post(self, endpoint: str, *args: Any, **kwargs: Any) -> Any:
        try:
            result = await super()._do_post(endpoint, *args, **kwargs)
        except TelegramError as e:
            self._asked(endpoint, e)
            raise
        self._asked(endpoint, None)
        return result

    async def raw_updates(self, offset: int | None, kinds: Sequence[str], wait_s: int, limit: int = 100) -> list[Any]:
        """The next updates as Telegram's JSON: one that python-telegram-bot cannot read must not hide the others.

        `offset` confirms all before it; waits up to `wait_s` seconds for the first. Raises TelegramError.
        """
        data = {"offset": offset, "limit": limit, "timeout": wait_s, "allowed_updates": list(kinds)}
        found = await self._post("getUpdates", data, read_timeout=READ_S + wait_s)
        if not isinstance(found, list):
            raise TelegramError(GARBLED)
        return found


class _Connections(HTTPXRequest):
    """Takes JSON that is no answer of the Bot API for what it is: a server that is not well."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """As python-telegram-bot's, which expects an object, and the result of what went well in it."""
        answer = HTTPXRequest.parse_json_payload(payload)
        if not isinstance(answer, dict) or not answer.keys() & {"result", "error_code"}:
            raise TelegramError(GARBLED)
        return answer


def _connections(size: int) -> HTTPXRequest:
    return _Connections(
        connection_pool_size=size,
        connect_timeout=CONNECT_S,
        read_timeout=READ_S,
        write_timeout=WRITE_S,
        pool_timeout=POOL_S,
    )
