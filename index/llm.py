"""The optional writer: a language model puts the quotes of an answer into a few sentences.

It sees the question and the numbered quotes and nothing else, it can do nothing but write, and of what it writes only
sentences that the quotes bear out are kept (index/checked). Whatever goes wrong with it costs nobody the answer.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from index.breaker import Breaker
from index.checked import Checked
from index.errors import SettingsError
from index.phrases import phrase, put_in_words
from index.prompt import Task, messages_of
from index.settings import Settings
from index.support import Sources
from index.types import Answer

if TYPE_CHECKING:
    from index.endpoint import Endpoint

_LOG = logging.getLogger(__name__)
MISSING = "WARTA_LLM_URL needs the package openai, which is not installed: pip install 'warta-mitra[llm]'"
AT_ONCE = 8
"""Answers that are written at the same time; whoever asks meanwhile gets the quotes alone, and at once."""

Outcome = Literal["written", "unsupported", "late", "failed", "resting", "busy"]
"""What became of it; "unsupported": nothing of what was written could be kept."""
OUTCOMES: tuple[Outcome, ...] = ("written", "unsupported", "late", "failed", "resting", "busy")


@dataclass(frozen=True, slots=True)
class Written:
    """What came of a task."""

    text: str
    """Sentences, each with its [n] behind it; "" unless the outcome is "written"."""
    outcome: Outcome
    seconds: float = 0.0


class SilentError(Exception):
    """The reply holds no text."""


class Writer:
    """A model that writes; used by one event loop at a time."""

    def __init__(self, settings: Settings, now: Callable[[], float] = time.monotonic) -> None:
        """Nothing is asked yet.

        Raises SettingsError when the package is missing.
        """
        self._endpoint = _endpoint(settings)
        self._deadline, self._now = settings.llm_deadline, now
        self._running = 0
        self.breaker = Breaker(now)

    async def write(self, task: Task, told: Callable[[str], None] = lambda text: None) -> Written:
        """Put quotes into words within the deadline; nothing that the endpoint does is raised.

        `told` hears all that stands so far each time another sentence does. Of an answer that breaks off nothing is
        kept: half of one may say the opposite.
        """
        if self._running >= AT_ONCE:
            return Written("", "busy")
        if not self.breaker.may_try():
            return Written("", "resting")
        started = self._now()
        self._running += 1
        try:
            async with asyncio.timeout(self._deadline):
                text = await self._checked(task, told)
        except Exception as e:  # whatever a server may answer: the quotes are there in any case
            # Its own words may hold the key, or what somebody asked.
            what = " ".join(filter(None, (type(e).__name__, str(getattr(e, "status_code", "")))))
            _LOG.warning("the language model failed: %s", what)
            self.breaker.failed()
            return Written("", "late" if isinstance(e, TimeoutError) else "failed", self._now() - started)
        finally:
            self._running -= 1
        self.breaker.worked()
        return Written(text, "written" if text else "unsupported", self._now() - started)

    async def _checked(self, task: Task, told: Callable[[str], None]) -> str:
        checked, silent = Checked(Sources(task.question, task.language, task.quotes, task.citations)), True
        async with aclosing(self._endpoint.pieces(messages_of(task))) as pieces:
            async for piece in pieces:
                silent = silent and not piece.strip()
                if checked.feed(piece):
                    told(checked.text)
                if checked.full:
                    break
        if silent:
            raise SilentError
        if checked.end():
            told(checked.text)
        _LOG.info("of what the language model wrote, %d characters stand; %d sentences do not", *checked.counts)
        return checked.text


def writer_of(settings: Settings) -> Writer | None:
    """The writer that the settings ask for, if they do.

    Raises SettingsError when its package is missing.
    """
    return Writer(settings) if settings.llm_url else None


def in_words(writer: Writer, answer: Answer, topic: str = "") -> Answer:
    """The same answer with sentences above its quotes where they can be had; blocks until then.

    `topic` as in `Warta.ask`.
    """
    if not answer.answerable:
        return answer
    task = Task(with_topic(answer.question, topic), answer.language, answer.quotes, answer.citations)
    written = asyncio.run(writer.write(task))
    spent = written.seconds * 1000
    timings = {**answer.timings_ms, "llm": spent, "total": answer.timings_ms.get("total", 0.0) + spent}
    if not written.text:
        return replace(answer, timings_ms=timings)
    about = phrase("about", answer.language, topic=topic) if topic else ""
    lead = "\n".join(filter(None, (about, answer.lead)))
    text = put_in_words(answer.text, lead, written.text, answer.language)
    return replace(answer, text=text, written=written.text, timings_ms=timings)


def with_topic(question: str, topic: str) -> str:
    """A question together with what it leaves unsaid."""
    return f"{question} ({topic})" if topic else question


def _endpoint(settings: Settings) -> Endpoint:
    try:
        from index.endpoint import Endpoint  # the client takes half a second, and only some have it
    except ModuleNotFoundError as e:
        raise SettingsError(MISSING) from e
    return Endpoint(settings)
