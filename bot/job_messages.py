"""Long work as the bot sees it: the row that its process keeps, and the messages that show how far it is.

The messages are rows, so that a process which ends in the middle leaves none that looks as if the work went on.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.chats import BotStore
from bot.records import Place
from index.jobs import Job, is_alive

STALE_S = 900.0
"""Seconds without a sign of life after which a job is taken for gone, where its process seems to be there."""


@dataclass(frozen=True, slots=True)
class JobMessage:
    """A message that shows how far a job is, or that one goes on."""

    place: Place
    message_id: int
    reply_to: int
    """Message id of the request, which the report replies to."""
    token: str
    """Of its cancel button; "" where it has none."""
    language: str
    created_at: float
    kind: str


class JobMessages:
    """The messages of running jobs, and those jobs, in a BotStore."""

    def __init__(self, store: BotStore) -> None:
        self._store = store

    def keep(self, one: JobMessage) -> None:
        """Remember a message."""
        with self._store.transaction():
            self._store.connection.execute(
                "insert or replace into job_messages values (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    *(one.place.chat_id, one.message_id, one.place.thread_id, one.reply_to),
                    *(one.token, one.language, one.created_at, one.kind),
                ],
            )

    def drop(self, one: JobMessage) -> None:
        """It shows the end now."""
        with self._store.transaction():
            self._store.connection.execute(
                "delete from job_messages where chat_id = ? and message_id = ?", [one.place.chat_id, one.message_id]
            )

    def all(self) -> list[JobMessage]:
        """Oldest first."""
        rows = self._store.read(
            "select chat_id, thread_id, message_id, reply_to, token, language, created_at, kind from job_messages"
            " order by created_at, message_id"
        )
        return [JobMessage(Place(row[0], row[1]), *row[2:]) for row in rows]

    def last(self, kind: str) -> Job | None:
        """The newest job of a kind."""
        return self._store.last_job(kind) if self._known() else None

    def at_work(self, kind: str, now: float, besides: int = 0) -> Job | None:
        """The newest job of a kind that some process, other than `besides`, is at."""
        job = self.last(kind)
        return job if job is not None and job.pid != besides and goes_on(job, now) else None

    def _known(self) -> bool:
        # A data folder that an older version has made has no such table before the first command that writes one.
        return bool(self._store.read("select 1 from sqlite_master where type = 'table' and name = 'jobs'"))


def goes_on(job: Job, now: float) -> bool:
    """Whether a job's process is still at it."""
    if job.finished_at is not None or abs(now - job.updated_at) >= STALE_S or job.pid <= 0:
        return False
    return is_alive(job.pid, now - job.started_at)
