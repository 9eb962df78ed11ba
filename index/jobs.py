"""Long work as rows, so that any process can see how far it is and how it went."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from index.database import SqliteFile

KEPT = 500
"""Jobs that are remembered."""
SLACK_S = 10.0
"""By so much a process may seem younger than its work: rows bear the time of day, which is set right now and then."""
_BEGAN = 22 - 3
"""The 22nd field of /proc/PID/stat, in ticks since the machine was started (proc(5)); the third comes after ")"."""


@dataclass(frozen=True, slots=True)
class Job:
    """A long piece of work, as any process can see it."""

    id: int
    kind: str
    pid: int
    started_at: float
    updated_at: float
    finished_at: float | None
    stage: str
    done: int
    total: int
    report: dict[str, Any]


_JOB = ", ".join(field.name for field in fields(Job))


class JobRows(SqliteFile):
    """Table jobs."""

    def begin_job(self, kind: str, pid: int, now: float) -> int:
        """A job has begun; gives its number."""
        with self.transaction():
            found = self.connection.execute(
                "insert into jobs (kind, pid, started_at, updated_at) values (?, ?, ?, ?)", [kind, pid, now, now]
            )
            number = int(found.lastrowid or 0)
            self.connection.execute("delete from jobs where id <= ?", [number - KEPT])
        return number

    def show_progress(self, job_id: int, stage: str, done: int, total: int, now: float) -> None:
        """How far it is."""
        with self.transaction():
            self.connection.execute(
                "update jobs set stage = ?, done = ?, total = ?, updated_at = ? where id = ?",
                [stage, done, total, now, job_id],
            )

    def end_job(self, job_id: int, report: dict[str, Any], now: float) -> None:
        """It is over."""
        with self.transaction():
            self.connection.execute(
                "update jobs set finished_at = ?, updated_at = ?, report = ? where id = ?",
                [now, now, json.dumps(report, ensure_ascii=False), job_id],
            )

    def last_job(self, kind: str) -> Job | None:
        """The newest of a kind."""
        rows = self.read(f"select {_JOB} from jobs where kind = ? order by id desc limit 1", [kind])
        if not rows:
            return None
        values = dict(zip([field.name for field in fields(Job)], rows[0], strict=True))
        return Job(**{**values, "report": json.loads(values["report"] or "{}")})

    def running_job(self, kind: str, alive: Callable[[int, float], bool], now: float) -> Job | None:
        """The one of a kind that runs; a row whose process is gone tells of none. `alive`: as `is_alive`."""
        job = self.last_job(kind)
        return job if job and job.finished_at is None and alive(job.pid, now - job.started_at) else None


def is_alive(pid: int, age: float = 0.0) -> bool:
    """Whether there is a process of that number, at least `age` seconds old.

    One that is younger than the work that it would be at has only been given the number of the one that was at it.
    Where the system does not tell ages (Linux does), any process of that number counts.
    """
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        pass
    found = _age_of(pid)
    return found is None or found >= age - SLACK_S


def _age_of(pid: int) -> float | None:
    """Seconds since a process began; None where that cannot be told."""
    if sys.platform != "linux":
        return None
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        began = int(stat.rpartition(")")[2].split()[_BEGAN]) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return None
    # Not by the time of day, which may have been set right since.
    return time.clock_gettime(time.CLOCK_BOOTTIME) - began
