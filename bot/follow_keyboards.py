"""Buttons below the list of what is followed and below the alert settings, and their callback data.

Each names the chat that it is about: a channel is managed from a private chat.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.follow_words import QUIET
from bot.records import AlertSettings, Follow
from bot.strings import text

PAUSE, RESUME, EDIT, REMOVE, PAGE = "p", "r", "e", "x", "g"
PAGE_SIZE = 6
SETTINGS: dict[str, dict[str, object]] = {
    "sound": {"silent": False},
    "silent": {"silent": True},
    "instant": {"mode": "instant"},
    "hourly": {"mode": "hourly"},
    "daily": {"mode": "daily"},
    "weekly": {"mode": "weekly"},
    "quiet": {"quiet_from": QUIET[0], "quiet_to": QUIET[1]},
    "quiet_off": {"quiet_from": "", "quiet_to": ""},
    "cap5": {"cap": 5},
    "cap10": {"cap": 10},
    "cap20": {"cap": 20},
    "updates": {"updates": True},
    "updates_off": {"updates": False},
}
"""What each button below the settings sets: pressed twice it changes nothing more."""
_ROWS = (
    ("sound", "silent"),
    ("instant", "hourly"),
    ("daily", "weekly"),
    ("quiet", "quiet_off"),
    ("cap5", "cap10", "cap20"),
    ("updates", "updates_off"),
)
_LIST = re.compile(r"w:([prexg]):(-?[1-9][0-9]{0,18}):([0-9]{1,3})(?::([1-9][0-9]{0,17}))?", re.ASCII)
_SETTING = re.compile(r"o:(-?[1-9][0-9]{0,18}):([a-z0-9_]{1,12})", re.ASCII)


@dataclass(frozen=True, slots=True)
class ListPress:
    """A button below the list of what a chat follows."""

    action: str
    chat_id: int
    page: int
    """That is shown, or to be shown; 0 is the first."""
    follow_id: int
    """0 where the press is about none."""


def list_press_of(data: str) -> ListPress | None:
    """Callback data as it was made here; None for anything else, whoever made it."""
    found = _LIST.fullmatch(data)
    if not found or (found[1] == PAGE) != (found[4] is None):
        return None
    return ListPress(found[1], int(found[2]), int(found[3]), int(found[4] or 0))


def setting_of(data: str) -> tuple[int, dict[str, object]] | None:
    """The chat and what a button below its settings sets; None for anything else."""
    found = _SETTING.fullmatch(data)
    return (int(found[1]), SETTINGS[found[2]]) if found and found[2] in SETTINGS else None


def pages_of(follows: Sequence[Follow]) -> int:
    """Pages of a list; an empty one has one."""
    return max(-(-len(follows) // PAGE_SIZE), 1)


def following_keyboard(follows: Sequence[Follow], page: int, chat_id: int, language: str) -> InlineKeyboardMarkup:
    """A row for each that the page shows, and the way to the pages beside it. `follows`: all of the chat."""
    begin = page * PAGE_SIZE
    shown = enumerate(follows[begin : begin + PAGE_SIZE], begin + 1)
    rows = [_row(follow, number, page, chat_id, language) for number, follow in shown]
    beside = (("before", page - 1, page > 0), ("next", page + 1, page + 1 < pages_of(follows)))
    turns = [
        InlineKeyboardButton(text(f"button_following_{name}", language), callback_data=f"w:{PAGE}:{chat_id}:{to}")
        for name, to, there in beside
        if there
    ]
    return InlineKeyboardMarkup([row for row in (*rows, turns) if row])


def _row(follow: Follow, number: int, page: int, chat_id: int, language: str) -> list[InlineKeyboardButton]:
    first = ("resume", RESUME) if follow.paused else ("pause", PAUSE)
    return [
        InlineKeyboardButton(
            text(f"button_following_{name}", language, number=number),
            callback_data=f"w:{action}:{chat_id}:{page}:{follow.id}",
        )
        for name, action in (first, ("edit", EDIT), ("remove", REMOVE))
    ]


def settings_keyboard(settings: AlertSettings, language: str) -> InlineKeyboardMarkup:
    """The usual choices; those that hold are marked."""

    def button(name: str) -> InlineKeyboardButton:
        values = SETTINGS[name]
        key = "cap" if name.startswith("cap") else name
        label = text(f"button_alerts_{key}", language, cap=values.get("cap", 0), begins=QUIET[0], ends=QUIET[1])
        holds = all(getattr(settings, field) == value for field, value in values.items())
        return InlineKeyboardButton(f"✓ {label}" if holds else label, callback_data=f"o:{settings.chat_id}:{name}")

    return InlineKeyboardMarkup([[button(name) for name in row] for row in _ROWS])
