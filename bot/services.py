"""What every handler works with, and the context that leads to it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from telegram import User
from telegram.error import TelegramError
from telegram.ext import CallbackContext

from bot.addressing import language_for
from bot.client import Client
from bot.desk import Desk
from bot.intake import Intake
from bot.limits import PersonalLimit
from bot.metrics import Metrics
from bot.order import OrderedUpdates
from bot.records import Chat
from bot.secrecy import Redactor
from bot.settings import BotSettings
from bot.shell import Shell
from bot.strings import text
from index.errors import WartaError

if TYPE_CHECKING:
    from bot.postman import Postman
    from bot.reindexing import Reindexing
    from bot.writing import Writing

_LOG = logging.getLogger(__name__)
NAMES_EVERY_S = 300.0


@dataclass
class Services:
    """One a process, made in bot/app.py."""

    settings: BotSettings
    bot: Client
    desk: Desk
    intake: Intake
    order: OrderedUpdates
    questions: PersonalLimit
    """What one person may ask, in chats."""
    typing: PersonalLimit
    """What one person may ask while typing into the inline field."""
    shell: Shell
    redact: Redactor
    now: Callable[[], float]
    postman: Postman = field(init=False)
    """Delivers alerts; set in bot/app.py, for it works with these services."""
    reindexing: Reindexing = field(init=False)
    """The one reindex at a time; set there as well."""
    metrics: Metrics = field(default_factory=Metrics)
    writing: Writing | None = None
    """Puts answers into words, where a language model is set."""
    _let_in: tuple[int, ...] = ()
    _names: tuple[float, frozenset[str]] = (-NAMES_EVERY_S, frozenset())
    _telling: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.late = PersonalLimit(1, self.now)
        """Who was told already that a question came too late; a whole backlog of one person is told once."""

    @property
    def me(self) -> User:
        """The bot itself."""
        return self.bot.bot

    def is_admin(self, user_id: int) -> bool:
        """Whether somebody runs this bot."""
        return user_id in self.admins

    @property
    def admins(self) -> tuple[int, ...]:
        """The owners, who stand in the settings, and those whom they let in."""
        return tuple(dict.fromkeys((*self.settings.admins, *self._let_in)))

    async def read_admins(self) -> None:
        """Look up whom the owners let in: at the start, and after each change."""
        self._let_in = tuple(admin.user_id for admin in await self.desk.records(lambda r: r.admins.all()))

    async def names(self) -> frozenset[str]:
        """Names that count as such in questions however they are written (see index.conversation)."""
        from index.browse import single_word_partners

        read_at, names = self._names
        if not 0 <= self.now() - read_at < NAMES_EVERY_S:
            names = await self.desk.news(lambda warta: single_word_partners(warta.store))
            self._names = (self.now(), names)
        return names

    async def chat(self, chat_id: int) -> Chat | None:
        """What is known of a chat."""
        return await self.desk.records(lambda r: r.store.chat(chat_id))

    async def language(self, chat_id: int, language_code: str = "") -> str:
        """The language to speak in a chat where no question tells it.

        `language_code`: of who is spoken to; where it is not handed in, what a private chat's person had last time.
        """
        chat = await self.chat(chat_id) if chat_id else None
        return language_for(chat.language if chat else "", language_code or (chat.speaks if chat else ""))

    async def tell_admins(self, kind: str, detail: str) -> None:
        """Let the administrators know, once a kind and hour; never raises, and waits for no message to arrive."""
        try:
            held_back = await self.desk.records(lambda r: r.store.may_tell(kind, self.now()))
        except WartaError as e:
            _LOG.error("the administrators could not be told of %s: %s", kind, e)
            return
        if held_back is None:
            return
        for admin in self.admins:
            task = asyncio.create_task(self._tell(admin, kind, self.redact(detail)[:500], held_back))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)

    async def _tell(self, admin: int, kind: str, detail: str, held_back: int) -> None:
        try:
            language = await self.language(admin)
            await self.bot.send_message(
                admin, text("admin_notice", language, kind=kind, detail=detail, count=str(held_back))
            )
        except (TelegramError, WartaError) as e:
            _LOG.warning("administrator %d could not be told of %s: %s", admin, kind, e)

    async def close(self, within: float) -> None:
        """Let notices that are on their way arrive."""
        if self._telling:
            _, late = await asyncio.wait(self._telling, timeout=within)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)


class Context(CallbackContext[Client, dict[Any, Any], dict[Any, Any], dict[Any, Any]]):
    """What python-telegram-bot hands to each handler."""

    @property
    def services(self) -> Services:
        """The process's services."""
        return cast(Services, self.application.bot_data["services"])
