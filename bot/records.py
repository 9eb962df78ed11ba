"""What the bot remembers: chats, questions, and answers as they were given."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Literal

from index.interests import Interest
from index.types import Citation, Quote

Origin = Literal["private", "group", "inline"]
Verdict = Literal["good", "bad"]
Mode = Literal["instant", "hourly", "daily", "weekly"]
AlertState = Literal["queued", "sending", "sent", "unknown", "dead"]
Choice = Literal["", "id", "en"]
"""The language that a chat has chosen; "" while it has not."""

UNWANTED = "not followed any more"
"""Detail of an alert that was not sent, because what it was for was muted or removed while it waited."""
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
    speaks: str = ""
    """The language_code of a private chat's person; "" while it is not known, and elsewhere."""


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
    """From the update's arrival to the quotes."""
    lead: str = ""
    """Lines before the quotes: of when the news is, that sources differ; or ""."""
    written: str = ""
    """What a language model made of the quotes (index.types.Answer)."""


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
    """Something that a place wants to hear of: what alerts are made from."""

    id: int
    place: Place
    interest: Interest
    created_by: int
    created_at: float
    paused: bool = False
    since: int = 0
    """The last arrival before it was followed: earlier ones do not count."""


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """How a chat wants its alerts."""

    chat_id: int
    thread_id: int | None = None
    """The topic that all alerts go to; None: the one where each was followed."""
    silent: bool = False
    """Without a sound."""
    quiet_from: str = ""
    """Wall clock "22:00" from which nothing is sent, until `quiet_to`; "" for never."""
    quiet_to: str = ""
    time_zone: str = "Asia/Jakarta"
    """IANA name, for the quiet hours and the digest."""
    mode: Mode = "instant"
    at: str = "08:00"
    """When a daily or weekly digest goes out."""
    weekday: int = 0
    """Of a weekly one; Monday is 0."""
    cap: int = 10
    """Messages an hour; what is more waits and goes out as one digest."""
    updates: bool = True
    """Whether a new fact about a story that was told is worth a message of its own."""

    def send_elsewhere(self, place: Place) -> bool:
        """Whether what is followed in a place of this chat is sent to another topic."""
        return self.thread_id not in (None, place.thread_id)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A later report of an alert's story."""

    publisher: str
    url: str
    news: tuple[str, ...] = ()
    """Amounts and dates that the reports before did not have, in its own words."""


@dataclass(frozen=True, slots=True)
class Alert:
    """A row of the outbox: one story for one chat, or an update of it."""

    id: int
    kind: Literal["alert", "update"]
    place: Place
    story_id: int
    article_id: int
    reasons: tuple[str, ...]
    """What matched, to be shown."""
    follows: tuple[int, ...]
    """Ids of the subscriptions that matched."""
    news: tuple[str, ...] = ()
    """Of an update: what is new."""
    elsewhere: tuple[Elsewhere, ...] = ()
    state: AlertState = "queued"
    bundle: int = 0
    """Id of the first row of the message that it is sent in; 0: not in one yet."""
    not_before: float = 0.0
    attempts: int = 0
    unknowns: int = 0
    """How often nobody can tell whether it arrived."""
    created_at: float = 0.0
    changed_at: float = 0.0
    sent_at: float | None = None
    message_id: int = 0
    edited: bool = False
    """Whether the message that was sent says less than is known by now."""
    detail: str = ""
    """Why it is where it is."""
