"""Buttons, and what stands in their callback data: a letter, the answer's token, and a detail."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.records import REASONS, Choice, GivenAnswer, Verdict
from bot.strings import text
from bot.text import clip, units

CONTEXT, FURTHER, FOLLOW, UNFOLLOW, GOOD, BAD, REASON, BACK = "c", "m", "f", "u", "g", "b", "r", "k"
LANGUAGE = "l"
CHOICES: dict[str, Choice] = {"id": "id", "en": "en", "auto": ""}
MOST_NAMES = 2
_LABEL = 26
"""Units of a name that a button shows."""
_HALF = 20
"""Units of a label that half of a phone's width shows."""
_DATA = re.compile(r"([cmfugbrk]):([A-Za-z0-9_-]{16})(?::([0-9]))?", re.ASCII)
_LANGUAGE = re.compile(r"l:(id|en|auto)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Press:
    """A button under an answer."""

    action: str
    token: str
    detail: int
    """Citation number, place in the names or in REASONS; 0 where there is none."""


def press_of(data: str) -> Press | None:
    """Callback data as it was made here; None for anything else, whoever made it."""
    found = _DATA.fullmatch(data)
    return Press(found[1], found[2], int(found[3] or 0)) if found else None


def language_of(data: str) -> Choice | None:
    """The choice of a language button; None for anything else."""
    found = _LANGUAGE.fullmatch(data)
    return CHOICES[found[1]] if found else None


def _button(label: str, action: str, answer: GivenAnswer, detail: int | None = None) -> InlineKeyboardButton:
    data = f"{action}:{answer.token}" + (f":{detail}" if detail is not None else "")
    return InlineKeyboardButton(label, callback_data=data)


def partners_of(answer: GivenAnswer) -> list[str]:
    """Whom one may want to follow after an answer: at most MOST_NAMES of its articles' partners, those asked for first.

    Without an answer, the names that the question holds. The same for the same row, so that a button can count them.
    """
    tagged = {name.casefold(): name for citation in answer.citations for name in citation.partners}
    if not answer.answerable or not tagged:
        named = [tagged.get(name.casefold(), name) for name in answer.names]
        return [name for name in named if name in tagged.values() or _is_name(name, answer.question)][:MOST_NAMES]
    asked = f" {answer.question} {answer.topic} ".casefold()
    return [tagged[name] for name in sorted(tagged, key=lambda name: name not in asked)][:MOST_NAMES]


def _is_name(name: str, question: str) -> bool:
    """Whether a word that no article is tagged with may be a partner's name, not only begin a question."""
    return question.rstrip("?!. ") == name or not (name.isupper() or question.startswith(name))


def answer_keyboard(
    answer: GivenAnswer, language: str, verdict: Verdict | None = None, followed: Collection[str] = ()
) -> InlineKeyboardMarkup:
    """Below an answer: passages in their context, more sources, partners to follow, and what one thinks of it.

    `followed`: whom the chat follows already, case-folded.
    """
    contexts = [
        _button(text("button_context", language, n=str(n)), CONTEXT, answer, n)
        for n in dict.fromkeys(quote.n for quote in answer.quotes)
    ]
    more = [_button(text("button_further", language), FURTHER, answer)] if answer.further else []
    follows = [
        _follow_button(answer, language, name, at, name.casefold() in followed)
        for at, name in enumerate(partners_of(answer))
    ]
    good, bad = text("button_good", language), text("button_bad", language)
    thoughts = [
        _button(f"✓ {good}" if verdict == "good" else good, GOOD, answer),
        _button(f"✓ {bad}" if verdict == "bad" else bad, BAD, answer),
    ]
    looks = [[*contexts, *more]] if len(contexts) == 1 else [contexts, more]
    return InlineKeyboardMarkup([row for row in (*looks, *two_in_a_row(follows), thoughts) if row])


def _follow_button(answer: GivenAnswer, language: str, name: str, at: int, followed: bool) -> InlineKeyboardButton:
    key, action = ("button_following", UNFOLLOW) if followed else ("button_follow", FOLLOW)
    return _button(text(key, language, partner=clip(name, _LABEL)), action, answer, at)


def two_in_a_row(buttons: list[InlineKeyboardButton]) -> list[list[InlineKeyboardButton]]:
    """Two in a row where a phone shows both whole."""
    rows: list[list[InlineKeyboardButton]] = []
    for button in buttons:
        last = rows[-1] if rows else []
        if len(last) == 1 and max(units(last[0].text), units(button.text)) <= _HALF:
            last.append(button)
        else:
            rows.append([button])
    return rows


def follow_keyboard(answer: GivenAnswer, language: str, followed: Collection[str]) -> InlineKeyboardMarkup:
    """Below news of a partner, which answers nothing that could be judged."""
    names = enumerate(partners_of(answer))
    buttons = [_follow_button(answer, language, name, at, name.casefold() in followed) for at, name in names]
    return InlineKeyboardMarkup(two_in_a_row(buttons))


def reasons_keyboard(answer: GivenAnswer, language: str) -> InlineKeyboardMarkup:
    """Why an answer was bad, and the way back to the other buttons, which may be somebody else's next press."""
    buttons = [
        _button(text(f"reason_{reason}", language), REASON, answer, number) for number, reason in enumerate(REASONS)
    ]
    return InlineKeyboardMarkup([*two_in_a_row(buttons), [_button(text("button_back", language), BACK, answer)]])


def language_keyboard(names: dict[str, str]) -> InlineKeyboardMarkup:
    """The languages to choose from; `names`: of each key in CHOICES."""
    buttons = [InlineKeyboardButton(names[key], callback_data=f"{LANGUAGE}:{key}") for key in CHOICES]
    return InlineKeyboardMarkup([buttons[:2], buttons[2:]])


def open_keyboard(username: str, answer: GivenAnswer, language: str) -> InlineKeyboardMarkup:
    """Below an inline answer: a link into the chat with the bot, where it can be asked about."""
    link = f"https://t.me/{username}?start=q_{answer.token}"
    return InlineKeyboardMarkup([[InlineKeyboardButton(text("button_open", language), url=link)]])
