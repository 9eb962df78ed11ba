"""What a reindex looks like in Telegram: how far it is, how it ended, and the button that stops it."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from typing import Any, Literal

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.child import Report
from bot.strings import TEXTS, text
from index.jobs import Job

Ending = Literal["done", "rejected", "failed", "cancelled", "interrupted"]
Mode = Literal["changed", "full", "model", "other"]
CELLS = 12
SAMPLES = 20
"""Looks that the speed is measured over: a minute."""
_CANCEL = re.compile(r"rx:([A-Za-z0-9_-]{16})", re.ASCII)
_MEGABYTE = 1e6


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a reindex ended."""

    ending: Ending
    report: Report


def outcome_of(report: Report) -> Outcome:
    """What the command's report means; a new index that was not swapped in was found worse than the old one."""
    if report.figures.get("swapped") is False:
        reason = str(report.figures.get("reason") or report.reason)
        return Outcome("rejected", Report(False, report.figures, reason, report.seconds))
    return Outcome("done" if report.ok else "failed", report)


def outcome_of_job(job: Job) -> Outcome:
    """What the row of another process's job means; a report without counts is that of a failure."""
    if job.finished_at is None:
        return Outcome("interrupted", Report(False, {}, "", 0.0))
    figures, reason = job.report, str(job.report.get("reason") or job.report.get("error") or "")
    return outcome_of(Report("articles" in figures, figures, reason, job.finished_at - job.started_at))


class Pace:
    """How fast a job goes, by its own clock, over the last looks at one stage."""

    def __init__(self) -> None:
        self._stage = ""
        self._samples: deque[tuple[float, int]] = deque(maxlen=SAMPLES)

    def see(self, job: Job) -> None:
        """Take one more look."""
        if job.stage != self._stage or (self._samples and job.done < self._samples[-1][1]):
            self._stage = job.stage
            self._samples.clear()
        if not self._samples or job.updated_at != self._samples[-1][0]:
            self._samples.append((job.updated_at, job.done))

    def speed(self) -> float:
        """Steps a second; 0 while nobody can tell."""
        if len(self._samples) < 2:
            return 0.0
        (begin, before), (end, after) = self._samples[0], self._samples[-1]
        return (after - before) / (end - begin) if end > begin else 0.0


def progress_html(job: Job | None, speed: float, mode: Mode, language: str) -> str:
    """How far it is: the stage with a bar, a count, the speed and the time that is left of this stage."""
    lines = [text("reindex_title", language, mode=text(f"reindex_mode_{mode}", language))]
    if job is None or not job.stage:
        return "\n".join([*lines, text("reindex_begins", language)])
    stage = text(f"stage_{job.stage}", language) if f"stage_{job.stage}" in TEXTS else job.stage
    if job.total <= 0:
        return "\n".join([*lines, text("reindex_stage", language, stage=stage)])
    done = min(max(job.done, 0), job.total)
    filled = done * CELLS // job.total
    lines.append(
        text("reindex_bar", language, bar="█" * filled + "░" * (CELLS - filled), percent=done * 100 // job.total)
    )
    lines.append(text("reindex_count", language, stage=stage, done=done, total=job.total))
    if speed > 0 and done < job.total:
        lines.append(text("reindex_speed", language, speed=speed, left=span((job.total - done) / speed, language)))
    return "\n".join(lines)


def span(seconds: float, language: str) -> str:
    """A length of time: seconds below a minute and a half, then minutes, then hours with minutes."""
    if seconds < 90:
        return text("span_seconds", language, seconds=max(round(seconds), 1))
    hours, minutes = divmod(round(seconds / 60), 60)
    if not hours:
        return text("span_minutes", language, minutes=minutes)
    return text("span_hours", language, hours=hours, minutes=minutes)


def report_html(outcome: Outcome, language: str) -> str:
    """The whole of how it ended. The caller has taken secrets out of the reason."""
    report = outcome.report
    if outcome.ending != "done":
        return text(f"reindex_{outcome.ending}", language, **_reason(outcome))
    counts = {name: report.figures.get(name, "–") for name in ("articles", "chunks", "embedded", "reused")}
    seconds = report.figures.get("seconds", report.seconds)
    lines = [text("reindex_done", language, span=span(seconds, language), **counts)]
    before, after = (report.figures.get(f"bytes_{when}") for when in ("before", "after"))
    if before is not None and after is not None:
        lines.append(text("reindex_size", language, before=before / _MEGABYTE, after=after / _MEGABYTE))
    if model := report.figures.get("new_model"):
        lines.append(text("reindex_model", language, model=model))
    return "\n".join(lines)


def _reason(outcome: Outcome) -> dict[str, Any]:
    return {"reason": outcome.report.reason} if outcome.ending in ("rejected", "failed") else {}


def cancel_keyboard(token: str, language: str) -> InlineKeyboardMarkup:
    """The button below a reindex that runs."""
    return InlineKeyboardMarkup([[InlineKeyboardButton(text("button_cancel", language), callback_data=f"rx:{token}")]])


def cancel_of(data: str) -> str | None:
    """The token in the data of such a button; None for anything else."""
    found = _CANCEL.fullmatch(data)
    return found[1] if found else None
