"""Buttons below alerts, and what stands in their callback data: a letter, a row of the outbox, and a place in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.keyboards import two_in_a_row
from bot.records import Alert, Follow
from bot.strings import text
from bot.text import one_line

ASK, RELATED, MUTE, RING, SETTINGS = "A", "R", "M", "U", "S"
MOST_MUTES = 2
START = "a_"
"""Begins what a link to the bot says of an alert: the row's id follows."""
_LABEL = 26
"""Units of a pattern that a button shows."""
_DATA = re.compile(r"([ARMUS]):([1-9][0-9]{0,17})(?::([0-9]{1,2}))?", re.ASCII)
_START = re.compile(rf"{START}([1-9][0-9]{{0,17}})", re.ASCII)


@dataclass(frozen=True, slots=True)
class AlertPress:
    """A button below an alert."""

    action: str
    row: int
    """Id of a row of the outbox."""
    at: int
    """Place among the subscriptions of that row; 0 where there is none."""


def alert_press_of(data: str) -> AlertPress | None:
    """Callback data as it was made here; None for anything else, whoever made it."""
    found = _DATA.fullmatch(data)
    return AlertPress(found[1], int(found[2]), int(found[3] or 0)) if found else None


def alert_started(argument: str) -> int | None:
    """The row of the outbox that a link into the chat with the bot names; None for anything else."""
    found = _START.fullmatch(argument)
    return int(found[1]) if found else None


def alert_keyboard(
    alert: Alert, follows: Mapping[int, Follow], language: str, ask_at: str = ""
) -> InlineKeyboardMarkup:
    """Below one alert: ask about it, see what is related, and mute what it was sent for.

    `follows`: those of the alert's subscriptions that still are. `ask_at`: the bot's name where only a link can lead to
    the question, in channels: nobody can reply there, and what a reader looks up is not for all to see.
    """
    if ask_at:
        link = f"https://t.me/{ask_at}?start={START}{alert.id}"
        first = [InlineKeyboardButton(text("button_alert_ask", language), url=link)]
    else:
        first = [
            InlineKeyboardButton(text(f"button_alert_{name}", language), callback_data=f"{action}:{alert.id}")
            for name, action in (("ask", ASK), ("related", RELATED))
        ]
    known = [(at, follows[number]) for at, number in enumerate(alert.follows) if number in follows]
    mutes = [_mute_button(alert, at, follow, language) for at, follow in known[:MOST_MUTES]]
    return InlineKeyboardMarkup([first, *two_in_a_row(mutes)])


def _mute_button(alert: Alert, at: int, follow: Follow, language: str) -> InlineKeyboardButton:
    name, action = ("ring", RING) if follow.paused else ("mute", MUTE)
    label = text(f"button_alert_{name}", language, pattern=one_line(follow.interest.pattern, _LABEL))
    return InlineKeyboardButton(label, callback_data=f"{action}:{alert.id}:{at}")


def digest_keyboard(alert: Alert, language: str) -> InlineKeyboardMarkup:
    """Below a digest, whose first row is given: where to choose how alerts are sent."""
    label = text("button_alert_settings", language)
    return InlineKeyboardMarkup([[InlineKeyboardButton(label, callback_data=f"{SETTINGS}:{alert.id}")]])
