"""One reindex at a time: whoever asks for a second one is shown the first, wherever that was started."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Any

from telegram import InlineKeyboardMarkup
from telegram.error import BadRequest, TelegramError

from bot.audit import noted
from bot.child import Report, run_child
from bot.delivery import deliver
from bot.job_messages import JobMessage, goes_on
from bot.records import Place, new_token
from bot.reindex_text import (
    Mode,
    Outcome,
    Pace,
    cancel_keyboard,
    outcome_of,
    outcome_of_job,
    progress_html,
    report_html,
)
from bot.services import Services
from bot.strings import text
from index.errors import WartaError
from index.jobs import Job

_LOG = logging.getLogger(__name__)
KIND = "reindex"
EDIT_S = 3.0
GROUP_EVERY = 4
"""In groups only each fourth look is shown: the edits would take the pace that Telegram allows from the answers."""


@dataclass(eq=False)
class Run:
    """A reindex that runs."""

    mode: Mode
    by: int
    """Who began it; 0 for the bot itself."""
    token: str = field(default_factory=new_token)
    pid: int = 0
    job: Job | None = None
    pace: Pace = field(default_factory=Pace)
    shown: dict[JobMessage, str] = field(default_factory=dict)
    """The messages that show it, and what stands in them."""
    edited_at: dict[JobMessage, float] = field(default_factory=dict)
    child: asyncio.Task[Report] | None = None
    outcome: Outcome | None = None
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def html(self, language: str) -> str:
        """How far it is."""
        return progress_html(self.job, self.pace.speed(), self.mode, language)

    def is_shown(self, chat_id: int, message_id: int) -> bool:
        """Whether a message is one of those that show it."""
        return any((one.place.chat_id, one.message_id) == (chat_id, message_id) for one in self.shown)

    def keyboard(self, language: str) -> InlineKeyboardMarkup | None:
        """What was started elsewhere is not ours to stop."""
        return None if self.mode == "other" else cancel_keyboard(self.token, language)


class Reindexing:
    """Starts a reindex, or lets one more person watch the one that runs."""

    def __init__(
        self, services: Services, command: Sequence[str], sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self.command, self._services, self._sleep = list(command), services, sleep
        self.current: Run | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopped = False

    # Beginning

    def join(self, mode: Mode, by: int = 0) -> tuple[Run, bool]:
        """The reindex that runs, or one that begins now; and whether it does."""
        if self.current is not None and not self._is_dead(self.current):
            return self.current, False
        run = Run(mode, by)
        self._begin(run, lambda: self._index(run))
        return run, True

    async def by_itself(self) -> Outcome:
        """Reindex what changed, without anybody looking on, and wait for the end."""
        run, _ = self.join("changed")
        await run.over.wait()
        assert run.outcome is not None
        return run.outcome

    async def show(self, run: Run, place: Place, reply_to: int, language: str) -> None:
        """Show in a place how far it is, and in the end how it went."""
        sent = await deliver(
            self._services, place, run.html(language), reply_to=reply_to, keyboard=run.keyboard(language)
        )
        if sent is None:
            return
        place = Place(sent.chat_id, place.thread_id)  # a group may have moved
        one = JobMessage(place, sent.message_id, reply_to, run.token, language, self._services.now(), KIND)
        await self._services.desk.records(lambda r: r.job_messages.keep(one))
        run.shown[one] = ""
        if run.outcome is not None:  # it was over before its message was out
            await self._tell_end(one, run.outcome)

    async def recover(self) -> None:
        """At the start: go on showing what a process before showed, or say that it was cut off.

        Only before anything is taken up: who asks for a reindex then joins one that goes on, and no other.
        """
        shown, job = await self._services.desk.records(lambda r: (r.job_messages.all(), r.job_messages.last(KIND)))
        left = [one for one in shown if one.kind == KIND]
        if not left:
            return
        run = Run("other", 0, job=job, shown=dict.fromkeys(left, ""))
        if job is not None and goes_on(job, self._services.now()):
            self._begin(run, lambda: self._follow(run, job))
        elif job is None or (job.finished_at is not None and job.finished_at < left[-1].created_at):
            self._keep(self._end(run, Outcome("interrupted", Report(False, {}, "", 0.0))))  # not what was shown
        else:
            self._keep(self._end(run, outcome_of_job(job)))

    # Ending

    def cancel(self, run: Run) -> None:
        """Stop a reindex; what it embedded stays, and the old index stays in use."""
        if run.child is not None:
            run.child.cancel()

    async def stop(self) -> None:
        """Stop what runs, and begin no other; the messages stay as they are until the next start."""
        self._stopped = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # The work

    def _begin(self, run: Run, work: Callable[[], Awaitable[Outcome]]) -> None:
        self.current = run
        self._keep(self._work(run, work))

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _is_dead(self, run: Run) -> bool:
        """Whether what is followed has ended since it was last looked at."""
        return run.mode == "other" and run.job is not None and not goes_on(run.job, self._services.now())

    async def _work(self, run: Run, work: Callable[[], Awaitable[Outcome]]) -> None:
        painting = asyncio.create_task(self._paint(run))
        try:
            outcome = await work()
        except (OSError, ValueError, WartaError) as e:
            _LOG.exception("the reindex could not be run")
            outcome = Outcome("failed", Report(False, {}, str(e), 0.0))
        finally:
            painting.cancel()
            await asyncio.gather(painting, return_exceptions=True)
        if self.current is run:
            self.current = None
        await self._end(run, outcome)

    async def _end(self, run: Run, outcome: Outcome) -> None:
        outcome = replace(outcome, report=replace(outcome.report, reason=self._services.redact(outcome.report.reason)))
        _LOG.info("reindex: %s %s", outcome.ending, outcome.report.reason or outcome.report.figures)
        run.outcome = outcome
        waiting = list(run.shown)
        run.over.set()
        try:
            await noted(self._services, run.by, 0, KIND, run.mode, outcome.ending)
        except WartaError as e:
            _LOG.error("how the reindex ended could not be written down: %s", e)
        for one in waiting:
            await self._in_its_time(run, one)
            await self._tell_end(one, outcome)

    async def _index(self, run: Run) -> Outcome:
        if self._stopped:
            return Outcome("interrupted", Report(False, {}, "", 0.0))

        def began(pid: int) -> None:
            run.pid = pid

        command = [*self.command, *(["--full"] if run.mode == "full" else [])]
        run.child = asyncio.create_task(run_child(command, monotonic, began))
        try:
            await asyncio.wait({run.child})
        finally:
            run.child.cancel()
            await asyncio.gather(run.child, return_exceptions=True)
        if run.child.cancelled():
            return Outcome("cancelled", Report(False, {}, "", 0.0))
        report = run.child.result()
        if not report.ok:
            now = self._services.now()
            other = await self._services.desk.records(lambda r: r.job_messages.at_work(KIND, now, run.pid))
            if other is not None:  # which is why this one could not
                run.mode = "other"
                return await self._follow(run, other)
        return outcome_of(report)

    async def _follow(self, run: Run, job: Job) -> Outcome:
        """Look on until another process has ended its job."""
        number = job.id
        while goes_on(job, self._services.now()):
            run.job = job
            run.pace.see(job)
            await self._sleep(EDIT_S)
            newest = await self._services.desk.records(lambda r: r.job_messages.last(KIND))
            if newest is None or newest.id != number:
                break
            job = newest
        return outcome_of_job(job)

    # What is shown

    async def _paint(self, run: Run) -> None:
        look = 0
        while True:
            await self._sleep(EDIT_S)
            look += 1
            try:
                await self._look(run)
            except WartaError as e:
                _LOG.warning("nobody can tell how far the reindex is: %s", e)
                continue
            for one in list(run.shown):
                if one.place.chat_id > 0 or look % GROUP_EVERY == 0:
                    await self._edit(run, one)

    async def _look(self, run: Run) -> None:
        if run.mode == "other":  # followed already
            return
        job = await self._services.desk.records(lambda r: r.job_messages.last(KIND))
        if job is not None and job.pid == run.pid:
            run.job = job
            run.pace.see(job)

    async def _edit(self, run: Run, one: JobMessage) -> None:
        html = run.html(one.language)
        if run.shown.get(one) == html:
            return
        run.shown[one], run.edited_at[one] = html, self._services.now()
        await self._change(one, html, run.keyboard(one.language))

    async def _in_its_time(self, run: Run, one: JobMessage) -> None:
        """Wait until a message may be edited once more."""
        left = run.edited_at.get(one, float("-inf")) + EDIT_S - self._services.now()
        if left > 0:
            await self._sleep(min(left, EDIT_S))  # a clock may have been set back

    async def _tell_end(self, one: JobMessage, outcome: Outcome) -> None:
        await self._change(one, text(f"reindex_over_{outcome.ending}", one.language), None)
        try:
            await self._services.desk.records(lambda r: r.job_messages.drop(one))
            html = report_html(outcome, one.language)
            await deliver(self._services, one.place, html, reply_to=one.reply_to)
        except (TelegramError, WartaError) as e:
            _LOG.warning("chat %d could not be told how the reindex ended: %s", one.place.chat_id, e)

    async def _change(self, one: JobMessage, html: str, keyboard: InlineKeyboardMarkup | None) -> None:
        try:
            await self._services.bot.edit_message_text(html, one.place.chat_id, one.message_id, reply_markup=keyboard)
        except BadRequest as e:  # it says so already, or was deleted
            _LOG.debug("a message about the reindex stays as it is: %s", e)
        except TelegramError as e:
            _LOG.warning("a message about the reindex could not be changed: %s", e)
