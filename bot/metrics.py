"""What Prometheus may know of the bot: counts and times, and no text, name or id of anybody.

What happens is counted as it happens; what is stored is counted in the database when somebody asks.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from telegram import Update
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError

from bot.pacing import COURTESIES
from index.llm import OUTCOMES, Outcome

SECONDS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Bounds of the histogram of answers; a question takes some 0.05 s, and one that waits for its turn longer."""
UPDATES = ("message", "callback_query", "inline_query", "chosen_inline_result", "my_chat_member")
SENDING = ("send", "copy", "forward")
POLLING = ("getUpdates", "deleteWebhook")
"""Polling begins with the second; the first may take half a minute."""
PATIENCE_S = 2.0
"""For so long a scrape waits for the database."""
_OUTCOMES: tuple[tuple[type[TelegramError], str], ...] = (
    (RetryAfter, "too_many"),
    (Forbidden, "forbidden"),
    (ChatMigrated, "migrated"),
    (BadRequest, "refused"),
    (InvalidToken, "token"),
    (NetworkError, "network"),
)
"""In this order: BadRequest is a kind of NetworkError."""


class Metrics:
    """The figures of one process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        # They would be a series more for each counter, which only says when the process began.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        self._clock = clock
        self.heard_at = self.polled_at = float("-inf")
        """By the clock, when Telegram last did what it was asked to, and when it last gave updates, none included."""
        ProcessCollector(registry=self.registry)
        self._updates = Counter("warta_updates", "Updates that were handled.", ["kind"], registry=self.registry)
        self._answers = Counter(
            "warta_answers", "Questions by what became of them.", ["outcome"], registry=self.registry
        )
        self._seconds = Histogram(
            "warta_answer_seconds", "From a question's arrival to its answer.", buckets=SECONDS, registry=self.registry
        )
        self._messages = Counter(
            "warta_messages", "Messages by what became of them.", ["outcome"], registry=self.registry
        )
        self._written = Counter(
            "warta_llm", "Answers that a language model was to put into words.", ["outcome"], registry=self.registry
        )
        for name in OUTCOMES:
            self._written.labels(name)
        for kind in (*UPDATES, "other"):
            self._updates.labels(kind)
        for outcome in ("answered", "abstained"):
            self._answers.labels(outcome)
        for outcome in ("sent", *(name for _, name in _OUTCOMES), "failed"):
            self._messages.labels(outcome)

    def handled(self, update: Update) -> None:
        """An update came to its end, well or not."""
        self._updates.labels(next((kind for kind in UPDATES if getattr(update, kind) is not None), "other")).inc()

    def answered(self, answerable: bool, seconds: float) -> None:
        """A question was answered, or abstained from."""
        self._answers.labels("answered" if answerable else "abstained").inc()
        self._seconds.observe(seconds)

    def wrote(self, outcome: Outcome) -> None:
        """A language model put an answer into words, or did not."""
        self._written.labels(outcome).inc()

    def asked(self, method: str, error: TelegramError | None = None) -> None:
        """Telegram did what a method asks for, or did not."""
        if error is None:
            self.heard_at = self._clock()
            if method in POLLING:
                self.polled_at = self.heard_at
        if method.startswith(SENDING) and method not in COURTESIES:
            self._messages.labels(outcome_of(error)).inc()

    def watch(self, name: str, help_: str, value: Callable[[], float]) -> None:
        """A figure that is asked for when it is wanted; in a thread of its own."""
        Gauge(name, help_, registry=self.registry).set_function(value)

    def watch_database(self, database: Path) -> None:
        """Count in this database as well."""
        self.registry.register(Stored(database))

    def text(self) -> bytes:
        """Everything in Prometheus's format. Blocks: not for the event loop."""
        return generate_latest(self.registry)


def outcome_of(error: TelegramError | None) -> str:
    """The label of what became of a message."""
    if error is None:
        return "sent"
    return next((name for kind, name in _OUTCOMES if isinstance(error, kind)), "failed")


class Stored(Collector):
    """Counts in the database, over a connection that can only read and is closed at once."""

    def __init__(self, database: Path) -> None:
        self._database = database

    def collect(self) -> Iterator[Metric]:
        """Everything that is there; of a table that is not, nothing."""
        readable = GaugeMetricFamily("warta_database_readable", "Whether the database could be read for these figures.")
        try:
            found = self._read()
        except sqlite3.Error:
            found = []
            readable.add_metric([], 0)
        else:
            readable.add_metric([], 1)
        yield readable
        yield from found

    def _read(self) -> list[Metric]:
        with closing(
            sqlite3.connect(f"{self._database.as_uri()}?mode=ro", uri=True, timeout=PATIENCE_S, isolation_level=None)
        ) as connection:
            connection.execute("begin")  # all of one state
            tables = {row[0] for row in connection.execute("select name from sqlite_master where type = 'table'")}
            return [metric for table, count in _COUNTED if table in tables for metric in count(connection)]


def _number(connection: sqlite3.Connection, query: str) -> float:
    return float(connection.execute(query).fetchone()[0] or 0)


def _gauge(name: str, help_: str, value: float) -> Metric:
    return GaugeMetricFamily(name, help_, value=value)


def _by_state(connection: sqlite3.Connection, table: str, help_: str, states: tuple[str, ...]) -> Metric:
    counts = dict(connection.execute(f"select state, count(*) from {table} group by state").fetchall())
    metric = GaugeMetricFamily(f"warta_{table}", help_, labels=["state"])
    for state in states:
        metric.add_metric([state], counts.get(state, 0))
    return metric


def _articles(connection: sqlite3.Connection) -> Iterator[Metric]:
    yield _gauge("warta_articles", "Articles that are stored.", _number(connection, "select count(*) from articles"))


def _chunks(connection: sqlite3.Connection) -> Iterator[Metric]:
    yield _gauge("warta_chunks", "Passages that are searched.", _number(connection, "select count(*) from chunks"))


def _inbox(connection: sqlite3.Connection) -> Iterator[Metric]:
    yield _by_state(connection, "inbox", "Updates that wait, and that could not be handled.", ("taken", "quarantined"))


def _chats(connection: sqlite3.Connection) -> Iterator[Metric]:
    count = _number(connection, "select count(*) from chats where active")
    yield _gauge("warta_chats", "Chats that the bot may write to.", count)


def _arrivals(connection: sqlite3.Connection) -> Iterator[Metric]:
    count = _number(connection, "select count(*) from arrivals")
    yield _gauge("warta_arrivals", "New articles that no alert was made of yet.", count)


def _outbox(connection: sqlite3.Connection) -> Iterator[Metric]:
    states = ("queued", "sending", "sent", "unknown", "dead")
    yield _by_state(connection, "outbox", "Alerts on their way, and what became of those before.", states)
    unknowns = CounterMetricFamily("warta_outbox_unknowns", "Sends of alerts whose outcome is unknown.")
    unknowns.add_metric([], _number(connection, "select sum(unknowns) from outbox"))
    yield unknowns


def _sources(connection: sqlite3.Connection) -> Iterator[Metric]:
    active, failing, off = connection.execute(
        "select sum(active and not failures), sum(active and failures > 0), sum(not active) from sources"
    ).fetchone()
    metric = GaugeMetricFamily("warta_sources", "Sources that are followed.", labels=["state"])
    for state, count in (("well", active), ("failing", failing), ("off", off)):
        metric.add_metric([state], count or 0)
    yield metric


def _jobs(connection: sqlite3.Connection) -> Iterator[Metric]:
    for kind in ("sync", "reindex", "backup"):
        last = _number(connection, f"select max(finished_at) from jobs where kind = '{kind}'")
        told = f"When the last {kind} ended, since 1970; 0 before one has."
        yield _gauge(f"warta_last_{kind}_timestamp_seconds", told, last)


_COUNTED: tuple[tuple[str, Callable[[sqlite3.Connection], Iterator[Metric]]], ...] = (
    ("articles", _articles),
    ("chunks", _chunks),
    ("inbox", _inbox),
    ("chats", _chats),
    ("arrivals", _arrivals),
    ("outbox", _outbox),
    ("sources", _sources),
    ("jobs", _jobs),
)
