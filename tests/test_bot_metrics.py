"""What Prometheus gets: right sums, known names, and nobody's words."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import sys
import time
from pathlib import Path

import pytest
from bot_api import BotApi, bad_request, forbidden, server_error
from prometheus_client.parser import text_string_to_metric_families
from stage import NEWS, asked, at_work, handled, play, stored
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)  # fmt: skip

from bot.chats import BotStore
from bot.metrics import Metrics, outcome_of
from bot.outbox import Outbox
from bot.records import Place
from index.sources.book import SourceBook
from index.store import Store

Figures = dict[tuple[str, ...], float]


def figures(metrics: Metrics) -> Figures:
    """Every sample, by its name and its labels' values."""
    families = text_string_to_metric_families(metrics.text().decode())
    return {(s.name, *(v for _, v in sorted(s.labels.items()))): s.value for one in families for s in one.samples}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return stored(tmp_path / "data")


def over(data: Path) -> Figures:
    metrics = Metrics()
    metrics.watch_database(data / "warta.db")
    return figures(metrics)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (None, "sent"), (RetryAfter(3), "too_many"), (Forbidden("x"), "forbidden"), (ChatMigrated(5), "migrated"),
        (BadRequest("x"), "refused"), (InvalidToken(), "token"), (NetworkError("x"), "network"),
        (TimedOut(), "network"), (Conflict("x"), "failed"), (TelegramError("x"), "failed"),
    ],
)  # fmt: skip
def test_outcomes(error: TelegramError | None, outcome: str) -> None:
    metrics = Metrics()
    metrics.asked("sendMessage", error)
    assert outcome_of(error) == outcome
    assert figures(metrics)["warta_messages_total", outcome] == 1


def test_only_messages_count_as_messages() -> None:
    metrics = Metrics()
    for method in (
        "sendMessage",
        "copyMessage",
        "sendPhoto",
        "editMessageText",
        "sendChatAction",
        "getMe",
        "getUpdates",
    ):
        metrics.asked(method)
    assert figures(metrics)["warta_messages_total", "sent"] == 3


def test_a_failure_is_no_sign_of_telegram() -> None:
    now = 5.0
    metrics = Metrics(lambda: now)
    metrics.asked("sendMessage", TimedOut())
    assert metrics.heard_at == float("-inf")
    metrics.asked("sendMessage")
    assert (metrics.heard_at, metrics.polled_at) == (5.0, float("-inf"))
    for now, method in ((6.0, "getUpdates"), (7.0, "deleteWebhook")):  # polling begins with the latter
        metrics.asked(method)
        assert (metrics.heard_at, metrics.polled_at) == (now, now)


def test_the_histogram_of_answers() -> None:
    metrics = Metrics()
    for seconds in (0.04, 0.05, 0.3, 60.0):
        metrics.answered(seconds != 60.0, seconds)
    found = figures(metrics)
    assert found["warta_answers_total", "answered"] == 3
    assert found["warta_answers_total", "abstained"] == 1
    buckets = {bound: found["warta_answer_seconds_bucket", bound] for bound in ("0.05", "0.2", "0.5", "30.0", "+Inf")}
    assert buckets == {"0.05": 2, "0.2": 2, "0.5": 3, "30.0": 3, "+Inf": 4}
    assert found["warta_answer_seconds_sum",] == pytest.approx(0.04 + 0.05 + 0.3 + 60)


def test_every_series_is_there_from_the_start(data: Path) -> None:
    """So that a rate can be taken of the first one that happens."""
    found = over(data)
    assert {key[1] for key in found if key[0] == "warta_messages_total"} == {
        "sent", "too_many", "forbidden", "migrated", "refused", "token", "network", "failed",
    }  # fmt: skip
    assert {key[1] for key in found if key[0] == "warta_updates_total"} == {
        "message", "callback_query", "inline_query", "chosen_inline_result", "my_chat_member", "other",
    }  # fmt: skip


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc is Linux's")
def test_the_process_is_measured() -> None:
    found = figures(Metrics())
    assert found["process_open_fds",] <= len(list(Path("/proc/self/fd").iterdir())) + 1
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    assert found["process_resident_memory_bytes",] == pytest.approx(pages * os.sysconf("SC_PAGESIZE"), rel=0.2)


def test_two_sets_of_figures_share_nothing() -> None:
    one, other = Metrics(), Metrics()
    one.answered(True, 1)
    assert figures(other)["warta_answers_total", "answered"] == 0


def test_what_is_stored_is_counted(data: Path) -> None:
    found = over(data)
    assert found["warta_database_readable",] == 1
    assert found["warta_articles",] == len(NEWS) == 3
    with sqlite3.connect(data / "warta.db") as connection:
        assert found["warta_chunks",] == connection.execute("select count(*) from chunks").fetchone()[0]
    connection.close()


def test_tables_that_are_not_there_are_passed_over(data: Path, tmp_path: Path) -> None:
    names = {key[0] for key in over(data)}
    assert not names & {"warta_outbox", "warta_outbox_unknowns_total", "warta_sources"}
    with contextlib.closing(sqlite3.connect(tmp_path / "warta.db")) as connection:
        connection.execute("create table x (y)")
    assert over(tmp_path)["warta_database_readable",] == 1


def test_alerts_by_state(data: Path) -> None:
    with BotStore(data / "warta.db") as book, Store(data / "warta.db") as store:
        box = Outbox(book)
        for story in range(1, 7):
            assert box.enqueue("alert", Place(1), story, 1, ["BMW"], [], 100.0)
        well, late, never, *_ = reversed(box.rows())
        for row, lost in ((well, 0), (late, 2), (never, 1)):
            for _ in range(lost):
                assert box.take([row], 100.0)
                box.lost([row], 0.0, 100.0, "no reply")
            assert box.take([row], 100.0)
        box.sent([well], 1, 100.0)
        box.sent([late], 2, 100.0)
        box.dead([never], 100.0, "the chat is gone")
        assert store.drop_arrival(store.arrivals()[0].seq)
    found = over(data)
    by_state = {state: found["warta_outbox", state] for state in ("queued", "sending", "sent", "unknown", "dead")}
    assert by_state == {"queued": 3, "sending": 0, "sent": 2, "unknown": 0, "dead": 1}
    assert found["warta_outbox_unknowns_total",] == 3
    assert found["warta_arrivals",] == len(NEWS) - 1


def test_sources_and_when_long_work_last_ended(data: Path) -> None:
    with SourceBook(data / "warta.db") as book:
        assert over(data)["warta_last_sync_timestamp_seconds",] == 0
        for name, values in {"a": {}, "b": {"failures": 2}, "c": {"failures": 9, "active": 0}, "d": {}}.items():
            source = book.add(f"https://{name}.example/", "feed", now=1.0, every=600)
            assert source is not None
            if values:
                book.update(source.id, **values)
        job = book.begin_job("sync", 1, 100.0)
        book.end_job(job, {}, 160.5)
        book.begin_job("sync", 1, 900.0)  # has not ended
        other = book.begin_job("reindex", 1, 300.0)
        book.end_job(other, {}, 400.0)
    found = over(data)
    assert {state: found["warta_sources", state] for state in ("well", "failing", "off")} == {
        "well": 2, "failing": 1, "off": 1,
    }  # fmt: skip
    last = [found[f"warta_last_{kind}_timestamp_seconds",] for kind in ("sync", "reindex", "backup")]
    assert last == [160.5, 400.0, 0]


def test_a_database_that_cannot_be_read_is_told_and_the_rest_is_there(tmp_path: Path) -> None:
    (tmp_path / "warta.db").write_bytes(b"no database " * 400)
    found = over(tmp_path)
    assert found["warta_database_readable",] == 0
    assert ("warta_articles",) not in found
    assert found["warta_answers_total", "answered"] == 0


def test_counting_writes_nothing_and_makes_no_file(tmp_path: Path) -> None:
    assert over(tmp_path)["warta_database_readable",] == 0
    assert list(tmp_path.iterdir()) == []


def test_counting_waits_for_no_writer(data: Path) -> None:
    with contextlib.closing(sqlite3.connect(data / "warta.db", isolation_level=None)) as writer:
        writer.execute("begin immediate")
        writer.execute("delete from articles")
        assert over(data)["warta_articles",] == 3
        writer.execute("rollback")


def test_a_bot_at_work(data: Path) -> None:
    async def scene() -> None:
        with BotApi() as api:
            ani, budi = api.user("Ani"), api.user("Budi")
            api.raw({"message": {"message_id": "x"}})  # cannot be read
            async with at_work(api, data) as bot:
                await asked(api, api.private(ani), ani, "Siapa CEO BMW Group Region China?")
                await asked(api, api.private(ani), ani, "/help")
                api.fail("sendMessage", forbidden())
                api.say(api.private(budi), budi, "/help")
                await handled(bot, 4)
                api.fail("sendMessage", bad_request("can't parse entities"))
                await asked(api, api.private(ani), ani, "/about")
                api.fail("sendMessage", server_error())  # tried again: one message, which was sent
                await asked(api, api.private(ani), ani, "/new")
                api.inline(ani, "Siapa CEO BMW Group Region China?")
                await handled(bot, 7)
                await api.settled()
                found = await asyncio.to_thread(figures, bot.services.metrics)
                assert bot.services.metrics.polled_at > time.monotonic() - 60
            assert {kind: found["warta_updates_total", kind] for kind in ("message", "inline_query", "other")} == {
                "message": 5, "inline_query": 1, "other": 0,
            }  # fmt: skip
            sent = {outcome: found["warta_messages_total", outcome] for outcome in ("sent", "forbidden", "refused")}
            assert sent == {"sent": 4, "forbidden": 1, "refused": 1}
            assert found["warta_answers_total", "answered"] + found["warta_answers_total", "abstained"] == 2
            assert found["warta_inbox", "taken"] == 0
            assert found["warta_inbox", "quarantined"] == 1
            assert found["warta_index_loaded",] == 1
            assert found["warta_updates_in_flight",] == 0
            assert found["warta_chats",] == 1  # Budi's is closed

    play(scene())
