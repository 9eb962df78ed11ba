"""Alive, ready, and why not; over HTTP, and without a word of anybody's."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import socket
import sqlite3
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from bot_api import TOKEN, BotApi, bad_gateway, conflict
from bot_process import BotProcess
from fakes import fake_engine
from stage import Held, asked, at_work, opened, play, reply_in, settings_for, stored

from bot import health as module
from bot.app import build
from bot.health import CHECK_S, OLDEST_POLL_S, OLDEST_WORD_S, Check, Health, health_server, is_loopback, try_writing
from bot.intake import WAIT_S
from bot.life import Bot, StoppedError, running
from bot.rounds import LATE_S
from bot.webhook import PATH
from index.errors import SettingsError

QUESTION = "Siapa CEO BMW Group Region China?"
Response = tuple[int, dict[str, str], bytes]


async def call(port: int, path: str, method: str = "GET", body: bytes = b"") -> Response:
    """Status, headers, body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    async with asyncio.timeout(10):
        answer = await reader.read()
    writer.close()
    first, _, rest = answer.partition(b"\r\n")
    head_lines, _, content = rest.partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head_lines.decode().split("\r\n") if line)
    return int(first.split()[1]), headers, content


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return stored(tmp_path / "data")


class Ticks:
    """A clock that only goes where it is put."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@contextlib.asynccontextmanager
async def health_of(bot: Bot) -> AsyncIterator[tuple[Health, Ticks, asyncio.Future[None]]]:
    """Checks on a bot whose time stands still."""
    clock, failed = Ticks(), asyncio.get_running_loop().create_future()
    bot.services.metrics._clock = clock
    bot.services.intake._clock = clock
    bot.services.postman.rounds.clock = bot.alerting.rounds.clock = clock
    health = Health(bot.services, failed, [bot.services.postman.rounds, bot.alerting.rounds], clock)
    health.phase = "at work"
    yield health, clock, failed


def test_it_serves_while_the_bot_is_at_work(data: Path) -> None:
    async def scene() -> None:
        port = free_port()
        with BotApi() as api:
            ani = api.user("Ani Rahasia")
            async with at_work(api, data, health_listen=f"127.0.0.1:{port}", webhook_secret="s" * 20):
                await asked(api, api.private(ani), ani, QUESTION)
                status, headers, body = await call(port, "/healthz")
                assert (status, body) == (200, b"ok\n")
                assert headers["Cache-Control"] == "no-store"
                assert "Server" not in headers
                status, headers, body = await call(port, "/readyz")
                assert headers["Content-Type"] == "application/json"
                told = json.loads(body)
                assert status == 200, told
                assert told["ready"]
                assert {name: check["ok"] for name, check in told["checks"].items()} == dict.fromkeys(
                    ("bot", "index", "database", "telegram"), True
                )
                status, headers, figures = await call(port, "/metrics")
                assert status == 200
                assert headers["Content-Type"].startswith("text/plain; version=0.0.4")
                assert b'warta_answers_total{outcome="answered"} 1.0\n' in figures
                assert (await call(port, "/healthz", "HEAD"))[::2] == (200, b"")
                said = body + figures
                assert not [w for w in (TOKEN, "Rahasia", "Siapa", "BMW", str(data), "sss") if w.encode() in said]
            with pytest.raises(ConnectionRefusedError):
                await call(port, "/healthz")

    play(scene())


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (("/",), 404), (("/healthz/x",), 404), (("/telegram", "POST"), 404), (("/healthz", "POST"), 405),
        (("/metrics", "DELETE"), 405), (("/readyz", "POST", b"x" * 5000), 400),
    ],
)  # fmt: skip
def test_there_is_nothing_else(data: Path, request_: Any, status: int) -> None:
    async def scene() -> None:
        with BotApi() as api, opened(data) as warta:
            bot = build(warta, settings_for(api))
            async with health_of(bot) as (health, _, _), health_server(health, lambda: b"x", "127.0.0.1", 0) as port:
                assert (await call(port, *request_))[0] == status
            await bot.services.desk.close()

    play(scene())


def test_before_telegram_is_reached_it_is_alive_but_not_ready(data: Path) -> None:
    async def scene() -> None:
        port, stop = free_port(), asyncio.Event()
        with BotApi() as api, opened(data) as warta:
            api.fail("getMe", bad_gateway(), times=None)
            bot = build(warta, settings_for(api, health_listen=f"127.0.0.1:{port}"))

            async def look() -> dict[str, Any]:
                await api.until(lambda: api.calls)
                assert (await call(port, "/healthz"))[0] == 200
                status, _, body = await call(port, "/readyz")
                assert status == 503
                stop.set()
                return dict(json.loads(body))

            looking = asyncio.create_task(look())
            with pytest.raises(StoppedError):
                async with running(bot, stop):
                    raise AssertionError
            told = await looking
            assert not told["ready"]
            assert told["checks"]["bot"] == asdict(Check(False, "starting"))
            assert told["checks"]["telegram"] == asdict(Check(False, "has not answered yet"))
            assert told["checks"]["database"]["ok"]

    play(scene())


def test_while_it_stops_it_is_alive_but_not_ready(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        port = free_port()
        gate = Held(monkeypatch, "BMW")
        with BotApi() as api:
            ani = api.user("Ani")
            seen: list[Response] = []

            async def look() -> None:
                while (ready := await call(port, "/readyz"))[0] == 200:
                    await asyncio.sleep(0.05)
                seen.extend([ready, await call(port, "/healthz")])
                gate.open.set()

            monkeypatch.setattr(module, "CHECK_S", 0.0)
            async with at_work(api, data, health_listen=f"127.0.0.1:{port}") as bot:
                api.say(api.private(ani), ani, QUESTION)
                await gate.reached.wait()
                looking = asyncio.create_task(look())
                del bot
            await looking
            assert json.loads(seen[0][2])["checks"]["bot"] == asdict(Check(False, "stopping"))
            assert seen[1][0] == 200
            assert await reply_in(api, api.private(ani))

    monkeypatch.setattr(module, "_in_time", lambda check: check)
    play(scene())


def test_an_intake_that_ended_or_is_stuck_is_not_alive(data: Path) -> None:
    async def scene() -> None:
        with BotApi() as api, opened(data) as warta:
            bot = build(warta, settings_for(api))
            async with health_of(bot) as (health, clock, failed):
                assert health.alive()
                bot.services.intake._due = clock.now
                clock.now += LATE_S
                assert health.alive()
                clock.now += 1
                assert not health.alive()
                async with health_server(health, lambda: b"", "127.0.0.1", 0) as port:
                    assert (await call(port, "/healthz"))[::2] == (503, b"stuck\n")
                bot.services.intake._due = clock.now
                assert health.alive()
                failed.set_exception(RuntimeError())
                assert not health.alive()
                assert not (await health.checks())["bot"].ok
                failed.exception()
            await bot.services.desk.close()

    play(scene())


@pytest.mark.parametrize("which", ["matching", "delivering"])
def test_alerts_that_are_stuck_are_not_alive(data: Path, which: str) -> None:
    async def scene() -> None:
        with BotApi() as api, opened(data) as warta:
            bot = build(warta, settings_for(api))
            async with health_of(bot) as (health, clock, _):
                rounds = bot.alerting.rounds if which == "matching" else bot.services.postman.rounds
                clock.now += 10 * LATE_S
                assert health.alive()  # it has not begun
                rounds.another()
                clock.now += LATE_S
                assert health.alive()
                clock.now += 1
                assert not health.alive()
                rounds.another()
                assert health.alive()
            await bot.services.desk.close()

    play(scene())


def test_the_loops_of_alerts_come_round(data: Path) -> None:
    async def scene() -> None:
        with BotApi() as api:
            async with at_work(api, data) as bot:
                before = time.monotonic()
                for loop in (bot.services.postman, bot.alerting):
                    loop.wake()
                async with asyncio.timeout(10):
                    while not before < bot.services.postman.rounds._at < math.inf:
                        await asyncio.sleep(0.01)
                    while not before < bot.alerting.rounds._at < math.inf:
                        await asyncio.sleep(0.01)

    play(scene())


def test_polling_shows_itself_in_time_also_while_it_pauses(data: Path) -> None:
    async def scene() -> None:
        slept: list[tuple[float, float]] = []
        waiting = asyncio.Event()
        with BotApi() as api, opened(data) as warta:
            clock = Ticks()

            async def sleep(seconds: float) -> None:
                if seconds < 60:  # the housekeeping's own pause is an hour
                    slept.append((seconds, bot.services.intake._due))
                    waiting.set()
                await asyncio.Event().wait()

            bot = build(warta, settings_for(api), sleep=sleep)
            bot.services.intake._clock = clock
            api.fail("getUpdates", conflict(), times=None)
            async with running(bot):
                await waiting.wait()
            [(pause, due)] = slept
            assert due == clock.now + pause

    play(scene())


def test_telegram_counts_as_reached_for_as_long_as_polls_are_answered(data: Path) -> None:
    async def scene() -> None:
        with BotApi() as api:
            async with at_work(api, data) as bot, health_of(bot) as (health, clock, _):
                metrics = bot.services.metrics
                metrics.polled_at = float("-inf")
                metrics.asked("sendMessage")  # that messages go out does not show that questions come in
                assert (await health.checks())["telegram"] == Check(False, "has not answered yet")
                clock.now += CHECK_S
                metrics.asked("getUpdates")
                assert (await health.checks())["telegram"] == Check(True, "answered 0 s ago")
                clock.now += OLDEST_POLL_S
                assert (await health.checks())["telegram"] == Check(True, f"answered {3 * WAIT_S} s ago")
                clock.now += CHECK_S
                assert not (await health.checks())["telegram"].ok
                assert not [c for c in api.calls if c.method == "getMe"][1:]

    play(scene())


def test_behind_a_webhook_telegram_is_asked_after_a_long_silence(data: Path) -> None:
    async def scene() -> None:
        port = free_port()
        with BotApi() as api:
            api.webhook_target = f"http://127.0.0.1:{port}{PATH}"
            hook = {
                "webhook_url": "https://warta.example",
                "webhook_secret": "s" * 20,
                "webhook_listen": f"127.0.0.1:{port}",
            }
            async with at_work(api, data, **hook) as bot, health_of(bot) as (health, clock, _):
                await api.settled()

                def asked() -> int:
                    return sum(c.method == "getMe" for c in api.calls)

                before = asked()
                bot.services.metrics.asked("sendMessage")
                clock.now += OLDEST_WORD_S
                assert (await health.checks())["telegram"].ok
                assert asked() == before
                clock.now += CHECK_S
                assert (await health.checks())["telegram"] == Check(True, "answered 0 s ago")
                assert asked() == before + 1
                clock.now += 2 * OLDEST_WORD_S
                api.fail("getMe", conflict(), times=None)
                assert (await health.checks())["telegram"] == Check(False, f"answered {2 * OLDEST_WORD_S:.0f} s ago")

    play(scene())


def test_the_same_checks_serve_everybody_for_a_while(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        tried: list[Path] = []
        with BotApi() as api:
            async with at_work(api, data) as bot, health_of(bot) as (health, clock, _):
                monkeypatch.setattr(module, "try_writing", lambda path: tried.append(path) or Check(True, "writable"))
                await asyncio.gather(*(health.checks() for _ in range(20)))
                assert tried == [data / "warta.db"]
                clock.now += CHECK_S
                await health.checks()
                assert len(tried) == 2

    play(scene())


def test_a_check_that_does_not_end_is_given_up(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        async def endless() -> Check:
            await asyncio.Event().wait()
            raise AssertionError

        monkeypatch.setattr(module, "CHECK_S", 0.01)
        assert await module._in_time(endless()) == Check(False, "no answer within 0 s")

    play(scene())


def test_the_index_is_loaded_before_anybody_asks(data: Path) -> None:
    async def scene() -> None:
        with BotApi() as api:
            async with at_work(api, data) as bot:
                async with asyncio.timeout(10):
                    while not bot.services.desk.index_loaded:
                        await asyncio.sleep(0.01)
            # Vectors of another model are not used, which is no state to be left in.
            async with at_work(api, data, engine=fake_engine("fake/other")) as bot, health_of(bot) as (health, _, _):
                await bot.services.desk.load_index()
                assert (await health.checks())["index"] == Check(False, "not loaded")

    play(scene())


def test_a_write_is_tried_for_real(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = data / "warta.db"
    assert try_writing(database) == Check(True, "writable")
    with contextlib.closing(sqlite3.connect(database)) as connection:
        assert connection.execute("select count(*) from meta where name = 'write_tried'").fetchone() == (1,)
        monkeypatch.setattr(module, "WRITE_S", 0.01)
        connection.execute("begin immediate")
        assert try_writing(database) == Check(False, "another process is writing")
        connection.rollback()
    assert try_writing(data / "no" / "warta.db") == Check(False, "cannot be written (SQLITE_CANTOPEN)")
    (data / "other.db").write_bytes(b"no database " * 400)
    assert try_writing(data / "other.db") == Check(False, "cannot be written (SQLITE_NOTADB)")


def test_a_full_disk_is_noticed(data: Path) -> None:
    """A file size limit stands for the disk; a write that is only begun and rolled back would not see it."""
    script = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from bot.health import try_writing\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512))\n"
        "print(try_writing(Path(sys.argv[1])))\n"
    )

    async def scene() -> None:
        root = Path(__file__).parent.parent
        done = await asyncio.create_subprocess_exec(
            sys.executable, "-c", script, str(data / "warta.db"), cwd=root, stdout=asyncio.subprocess.PIPE
        )
        output, _ = await done.communicate()
        assert b"Check(ok=False, detail='cannot be written (SQLITE_" in output

    play(scene())


@pytest.mark.parametrize(
    ("host", "own"),
    [("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False),
     ("10.0.0.1", False), ("warta.example", False)],
)  # fmt: skip
def test_what_others_reach(host: str, own: bool) -> None:
    assert is_loopback(host) is own


def test_an_address_that_others_reach_is_told(data: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def scene() -> None:
        with BotApi() as api, opened(data) as warta:
            bot = build(warta, settings_for(api))
            async with health_of(bot) as (health, _, _):
                async with health_server(health, lambda: b"", "127.0.0.1", 0):
                    assert not caplog.records
                async with health_server(health, lambda: b"", "0.0.0.0", 0):
                    assert "keep it behind a firewall" in caplog.text
            await bot.services.desk.close()

    play(scene())


# Tornado leaves the socket that it could not bind to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_port_in_use_is_told_with_its_setting(data: Path) -> None:
    async def scene() -> None:
        with socket.socket() as taken, BotApi() as api:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            with pytest.raises(SettingsError, match="WARTA_HEALTH_LISTEN"):
                async with at_work(api, data, health_listen=f"127.0.0.1:{taken.getsockname()[1]}"):
                    raise AssertionError
            assert len(asyncio.all_tasks()) == 1

    play(scene())


def test_it_is_off_unless_asked_for(data: Path) -> None:
    with BotApi() as api, BotProcess(api.url, api.token, data) as process:
        process.until_logged("is at work")
        listening = Path(f"/proc/{process.process.pid}/net/tcp")
        fds = Path(f"/proc/{process.process.pid}/fd")
        if listening.exists():
            inodes = {p.readlink().name[8:-1] for p in fds.iterdir() if p.readlink().name.startswith("socket:")}
            rows = [line.split() for line in listening.read_text().splitlines()[1:]]
            assert not [row for row in rows if row[3] == "0A" and row[9] in inodes]
        assert process.stop() == 0
