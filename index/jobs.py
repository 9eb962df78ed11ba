"""Long work as rows, so that any process can see how far it is and how it went."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from index.database import SqliteFile

KEPT = 500
"""Jobs that are remembered."""


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

    def running_job(self, kind: str, alive: Callable[[int], bool]) -> Job | None:
        """The one of a kind that runs; a row whose process is gone tells of none."""
        job = self.last_job(kind)
        return job if job and job.finished_at is None and alive(job.pid) else None


def is_alive(pid: int) -> bool:
    """Whether there is a process of that number; after a restart it may be another one."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        pass
    return True
