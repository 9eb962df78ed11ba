"""What the bot remembers: chats, questions, and answers as they were given."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Literal

from index.types import Citation, Quote

Origin = Literal["private", "group", "inline"]
Verdict = Literal["good", "bad"]
Choice = Literal["", "id", "en"]
"""The language that a chat has chosen; "" while it has not."""

REASONS = ("wrong", "off_topic", "outdated", "incomplete", "unanswerable", "other")
"""Why an answer was bad: a false statement, not what was asked, old news, something missing, nothing in the news
answers it so that the bot should have said so, and what the person writes themselves."""


def new_token() -> str:
    """96 bits that nobody can guess, in 16 characters that callback data and deep links may hold."""
    return secrets.token_urlsafe(12)


@dataclass(frozen=True, slots=True)
class Place:
    """Where in Telegram something stands."""

    chat_id: int
    thread_id: int = 0
    """Forum topic; 0 outside of topics."""


@dataclass(frozen=True, slots=True)
class Chat:
    """A private chat, group, supergroup or channel that the bot has met."""

    id: int
    kind: str
    title: str
    language: Choice = ""
    active: bool = True
    """False once the bot was blocked or removed."""


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """An answer as it was given. Nothing of it changes when the articles do."""

    token: str
    """Names it in callback data and deep links; unguessable."""
    place: Place
    """Of an inline answer: chat_id 0, it may have been sent anywhere."""
    user_id: int
    """Who asked; 0 for a group's anonymous administrator or a channel."""
    question_id: int
    """Message id of the question; 0 of an inline one."""
    origin: Origin
    question: str
    topic: str
    """What was inherited from an earlier question, shown in the answer's first line; or ""."""
    names: tuple[str, ...]
    """What a follow-up would inherit (index.conversation.Turn)."""
    language: str
    answerable: bool
    confidence: float
    notice: str
    quotes: tuple[Quote, ...]
    citations: tuple[Citation, ...]
    """Of the quotes; when abstaining, the nearest articles instead."""
    further: tuple[int, ...]
    """Ids of articles that come next, best first."""
    created_at: float
    """Seconds since 1970."""
    seconds: float = 0.0
    """From the update's arrival to the answer."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """What somebody thought of an answer."""

    token: str
    user_id: int
    verdict: Verdict
    reason: str
    """One of REASONS, or "" while none was given."""
    comment: str
    created_at: float


@dataclass(frozen=True, slots=True)
class Follow:
    """A partner that somebody wants to hear of: what alerts are made from."""

    id: int
    place: Place
    partner: str
    created_by: int
    created_at: float
