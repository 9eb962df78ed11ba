"""What systemd is told, over a socket like its own."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from bot_api import BotApi, bad_gateway
from bot_process import BotProcess
from stage import opened, play, settings_for, stored

from bot.app import build
from bot.life import running
from bot.watchdog import EVERY_S, Notifier, watched


class Systemd:
    """The other end."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(f"\0{address[1:]}" if address.startswith("@") else address)
        self._socket.settimeout(20)

    def heard(self) -> list[str]:
        """The next datagram's lines."""
        return self._socket.recv(4096).decode().split("\n")

    def until(self, line: str) -> list[str]:
        """Every line up to this one."""
        lines: list[str] = []
        while line not in lines:
            lines += self.heard()
        return lines

    def rest(self) -> list[str]:
        """What came and was not read."""
        self._socket.setblocking(False)
        lines: list[str] = []
        try:
            while True:
                lines += self.heard()
        except BlockingIOError:
            self._socket.settimeout(20)
            return lines

    def close(self) -> None:
        self._socket.close()


@pytest.fixture(params=["path", "abstract"])
def systemd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Systemd]:
    if request.param == "abstract" and not sys.platform.startswith("linux"):
        pytest.skip("abstract sockets are Linux's")
    one = Systemd(str(tmp_path / "notify") if request.param == "path" else f"@warta-{uuid.uuid4().hex}")
    yield one
    one.close()


def notifier(systemd: Systemd, **more: str) -> Notifier:
    return Notifier({"NOTIFY_SOCKET": systemd.address, "WATCHDOG_USEC": "2000000"} | more)


def test_what_is_said(systemd: Systemd) -> None:
    ours = notifier(systemd)
    ours.alive()  # a start that takes long asks for twice the watchdog's time each time
    assert systemd.heard() == ["WATCHDOG=1", "EXTEND_TIMEOUT_USEC=4000000"]
    ours.at_work("@warta_bot is at work")
    assert systemd.heard() == ["READY=1", "STATUS=@warta_bot is at work"]
    ours.alive()
    assert systemd.heard() == ["WATCHDOG=1"]
    ours.stopping()
    assert systemd.heard() == ["STOPPING=1"]


@pytest.mark.parametrize(
    ("environ", "every"),
    [
        ({"WATCHDOG_USEC": "30000000"}, 15.0), ({}, EVERY_S), ({"WATCHDOG_USEC": "0"}, EVERY_S),
        ({"WATCHDOG_USEC": "x"}, EVERY_S),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 15.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, EVERY_S),
    ],
)  # fmt: skip
def test_signs_come_twice_as_often_as_they_are_waited_for(environ: dict[str, str], every: float) -> None:
    assert Notifier(environ).every == every


def test_without_systemd_nobody_is_told() -> None:
    async def scene() -> None:
        ours = Notifier({})
        assert not ours
        ours.at_work("x")
        async with watched(ours, lambda: True):
            assert len(asyncio.all_tasks()) == 1

    asyncio.run(scene())


def test_a_socket_that_is_gone_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    ours = Notifier({"NOTIFY_SOCKET": str(tmp_path / "gone")})
    ours.alive()
    ours.stopping()
    assert [r.getMessage() for r in caplog.records] == [
        "systemd cannot be told of the bot's state: No such file or directory"
    ]


def test_a_socket_that_is_full_holds_nothing_up_and_misses_nothing(systemd: Systemd) -> None:
    ours = notifier(systemd)
    for _ in range(10_000):  # many more than it holds: would hang
        ours.alive()
    ours.at_work("x")
    assert "READY=1" not in systemd.rest()
    ours.alive()
    assert systemd.heard() == ["WATCHDOG=1", "READY=1", "STATUS=x"]
    ours.alive()
    assert systemd.heard() == ["WATCHDOG=1"]


def test_no_sign_of_life_while_the_intake_is_stuck(systemd: Systemd) -> None:
    states = iter([True, False, False, True])

    async def scene() -> None:
        done = asyncio.Event()

        def alive() -> bool:
            state = next(states, None)
            if state is None:
                done.set()
            return bool(state)

        async def sleep(seconds: float) -> None:
            assert seconds == 1.0
            await asyncio.sleep(0)

        async with watched(notifier(systemd), alive, sleep):
            await done.wait()

    play(scene())
    assert systemd.rest().count("WATCHDOG=1") == 2


def test_the_bot_tells_of_its_whole_life(systemd: Systemd, tmp_path: Path) -> None:
    data = stored(tmp_path / "data")

    async def scene() -> None:
        with BotApi() as api, opened(data) as warta:
            bot = build(warta, settings_for(api))
            bot.notifier = notifier(systemd)
            api.fail("getMe", bad_gateway(), times=1)
            async with running(bot):
                told = systemd.rest()
                assert told[:2] == ["WATCHDOG=1", "EXTEND_TIMEOUT_USEC=4000000"]  # from before Telegram was reached
                assert told[-2:] == ["READY=1", f"STATUS=@{bot.services.me.username} is at work"]
            assert "STOPPING=1" in systemd.rest()

    play(scene())


def test_the_process_takes_the_socket_from_its_environment(tmp_path: Path) -> None:
    data = stored(tmp_path / "data")
    systemd = Systemd(f"@warta-{uuid.uuid4().hex}" if sys.platform.startswith("linux") else str(tmp_path / "notify"))
    with BotApi() as api, BotProcess(
        api.url, api.token, data, NOTIFY_SOCKET=systemd.address, WATCHDOG_USEC="200000"
    ) as process:  # fmt: skip
        assert systemd.until("READY=1")[0] == "WATCHDOG=1"
        systemd.until("WATCHDOG=1")
        assert process.stop() == 0
        assert "STOPPING=1" in systemd.rest()
    systemd.close()
