"""The menus of commands and the profile's texts, in both languages."""

from __future__ import annotations

import logging

from telegram import BotCommand, BotCommandScopeAllGroupChats, BotCommandScopeAllPrivateChats, BotCommandScopeChat
from telegram.error import InvalidToken, TelegramError

from bot.client import Client
from bot.strings import ADMIN_COMMANDS, COMMANDS, text

_LOG = logging.getLogger(__name__)
IN_PRIVATE = (*COMMANDS, "start")
IN_GROUPS = ("ask", "latest", "follow", "following", "alerts", "preview", "sources", "language", "new", "help")
LANGUAGES = {"": "id", "id": "id", "en": "en"}
"""Telegram's language code to ours; "" is for people of any other language."""


def commands(names: tuple[str, ...], language: str) -> list[BotCommand]:
    """A menu."""
    return [BotCommand(name, text(f"command_{name}", language)) for name in names]


async def show_menus(bot: Client, admins: tuple[int, ...]) -> None:
    """Set the menus and the profile; what Telegram refuses now can wait for the next start.

    Raises InvalidToken.
    """
    try:
        for code, language in LANGUAGES.items():
            given = code or None
            await bot.set_my_commands(commands(IN_PRIVATE, language), BotCommandScopeAllPrivateChats(), given)
            await bot.set_my_commands(commands(IN_GROUPS, language), BotCommandScopeAllGroupChats(), given)
            await bot.set_my_description(text("bot_description", language), given)
            await bot.set_my_short_description(text("bot_short", language), given)
    except InvalidToken:
        raise
    except TelegramError as e:
        _LOG.warning("the menus could not be set: %s", e)
    for admin in admins:
        await show_admin_menu(bot, admin)


async def show_admin_menu(bot: Client, admin: int) -> None:
    """The menu with the administrators' commands, in one's own chat with the bot."""
    try:
        for code, language in LANGUAGES.items():
            menu = commands((*IN_PRIVATE, *ADMIN_COMMANDS), language)
            await bot.set_my_commands(menu, BotCommandScopeChat(admin), code or None)
    except TelegramError as e:  # there is no such chat before the first /start
        _LOG.info("administrator %d has no menu of their own yet: %s", admin, e)
