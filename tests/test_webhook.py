"""Telegram's calls: who may, how large, and 200 only for what is kept (row 38)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from bot_api import BotApi, bad_gateway, bad_request
from stage import at_work, play, reply_in, stored

from bot.intake import Intake
from bot.webhook import MAX_BODY, PATH, webhook_server
from index.errors import SettingsError, StoreError

SECRET = "rahasia-webhook-0123456789"
HEADER = "X-Telegram-Bot-Api-Secret-Token"
QUESTION = "Siapa CEO BMW Group Region China?"


class Kept(Intake):
    """Only remembers what it is given."""

    def __init__(self) -> None:
        self.updates: list[Any] = []
        self.broken = False

    async def take(self, raw: list[Any]) -> None:
        if self.broken:
            raise StoreError("disk full")
        self.updates += raw


@contextlib.asynccontextmanager
async def listening() -> AsyncIterator[tuple[Kept, int]]:
    intake = Kept()
    async with webhook_server(intake, "127.0.0.1", 0, SECRET) as port:
        yield intake, port


async def call(port: int, raw: bytes) -> tuple[int, bytes]:
    """The status of a request, given byte by byte, and all that came back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(raw)
    with contextlib.suppress(ConnectionError):
        await writer.drain()
    async with asyncio.timeout(5):
        head = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    return int(head.split()[1]), head


def post(body: bytes, *, secret: str | None = SECRET, path: str = PATH, method: str = "POST") -> bytes:
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
    return (head + (f"{HEADER}: {secret}\r\n" if secret is not None else "") + "\r\n").encode() + body


UPDATE = {"update_id": 5}
GOOD = json.dumps(UPDATE).encode()


def test_a_good_call_is_kept() -> None:
    async def scene() -> None:
        async with listening() as (intake, port):
            assert (await call(port, post(GOOD)))[0] == 200
            assert intake.updates == [UPDATE]

    play(scene())


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (post(GOOD, secret=None), 403), (post(GOOD, secret=""), 403), (post(GOOD, secret=SECRET + "x"), 403),
        (post(GOOD, secret=SECRET[:-1]), 403), (post(GOOD, secret="ä"), 403),
        (post(GOOD, secret="x", method="GET"), 403),
        (post(b"{"), 400), (post(b""), 400), (post(b"\xff\xfe\x00"), 400), (post(b"[" * 100_000), 400),
        (post(b"", method="GET"), 405), (post(b"", method="PUT"), 405),
        (post(GOOD, path="/"), 404), (post(GOOD, path=PATH + "/x"), 404), (post(b"", path="/x", method="GET"), 404),
    ],
)  # fmt: skip
def test_what_is_refused_has_no_effect(request_: bytes, status: int) -> None:
    async def scene() -> None:
        async with listening() as (intake, port):
            given, head = await call(port, request_)
            assert given == status
            assert SECRET.encode() not in head
            assert intake.updates == []
            assert (await call(port, post(GOOD)))[0] == 200  # and the next one is served

    play(scene())


def test_what_is_too_large_is_refused_before_it_is_read() -> None:
    async def scene() -> None:
        async with listening() as (intake, port):
            for length in (MAX_BODY + 1, 3 * MAX_BODY, 10**12, 10**40):
                head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\n{HEADER}: {SECRET}\r\nContent-Length: {length}\r\n\r\n"
                assert (await call(port, head.encode()))[0] == 413
            assert (await call(port, post(b" " * (MAX_BODY - len(GOOD)) + GOOD)))[0] == 200
            assert intake.updates == [UPDATE]

    play(scene())


def test_a_body_without_length_ends_at_the_same_size() -> None:
    async def scene() -> None:
        async with listening() as (intake, port):
            head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\n{HEADER}: {SECRET}\r\nTransfer-Encoding: chunked\r\n\r\n"
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(head.encode())
            sent = 0
            while sent <= MAX_BODY:  # no more than is needed, so that nothing is left unread when it closes
                writer.write(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
                sent += 65_536
            async with asyncio.timeout(5):
                answer = await reader.readuntil(b"\r\n\r\n")
            assert answer.split()[1] == b"413"
            assert await reader.read() == b""  # and the connection is closed
            writer.close()
            assert intake.updates == []
            small = head.encode() + b"%x\r\n%s\r\n0\r\n\r\n" % (len(GOOD), GOOD)
            assert (await call(port, small))[0] == 200

    play(scene())


def test_an_address_that_is_none_collects_no_body() -> None:
    async def scene() -> None:
        async with listening() as (_, port):
            head = "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n"
            assert (await call(port, head.encode()))[0] == 404

    play(scene())


def test_what_cannot_be_kept_is_asked_for_again() -> None:
    async def scene() -> None:
        async with listening() as (intake, port):
            intake.broken = True
            assert (await call(port, post(GOOD)))[0] == 503

    play(scene())


# Tornado leaves the socket that it could not bind to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_port_in_use_is_told_with_its_setting() -> None:
    async def scene() -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            with pytest.raises(SettingsError, match="WARTA_WEBHOOK_LISTEN"):
                async with webhook_server(Kept(), "127.0.0.1", taken.getsockname()[1], SECRET):
                    raise AssertionError

    play(scene())


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return stored(tmp_path / "data")


def test_the_bot_works_behind_a_webhook(data: Path) -> None:
    async def scene() -> None:
        with BotApi() as api:
            port, ani = free_port(), api.user("Ani")
            api.webhook_target = f"http://127.0.0.1:{port}{PATH}"
            hook = {
                "webhook_url": "https://warta.example/bot",
                "webhook_secret": SECRET,
                "webhook_listen": f"127.0.0.1:{port}",
            }
            api.fail("setWebhook", bad_gateway(), times=2)
            async with at_work(api, data, **hook) as bot:
                assert api.webhook.url == f"https://warta.example/bot{PATH}"
                assert api.webhook.secret_token == SECRET
                chat = api.private(ani)
                api.say(chat, ani, QUESTION)
                assert "Jochen Goller" in (await reply_in(api, chat))["text"]
                assert {status for _, status in api.delivered} == {200}
                # The same call again, as a proxy may repeat it.
                api.say(chat, ani, "/help")
                await reply_in(api, chat, 2)
                rows = await bot.services.desk.records(lambda r: r.store.read("select update_id from inbox"))
                for (number,), message_id in zip(rows, (1, 3), strict=True):
                    replay = {"update_id": number, "message": chat.messages[message_id]}
                    assert (await call(port, post(json.dumps(replay).encode())))[0] == 200
                # A forged one has no effect.
                forged = {"update_id": 99, "message": {**chat.messages[1], "message_id": 77}}
                assert (await call(port, post(json.dumps(forged).encode(), secret="x" * 20)))[0] == 403
                await api.settled()
            assert len(api.sent(chat)) == 2
            assert not any(one.method == "getUpdates" for one in api.calls)
            # Started again without one, it polls, and what came meanwhile is not lost.
            api.say(chat, ani, QUESTION)
            async with at_work(api, data):
                await reply_in(api, chat, 3)
            assert api.webhook.url == ""

    play(scene())


def test_a_webhook_that_telegram_refuses_is_told_in_one_line(data: Path) -> None:
    async def scene() -> None:
        with BotApi() as api:
            api.fail("setWebhook", bad_request("bad webhook: IP address 10.0.0.5 is reserved"))
            settings = {
                "webhook_url": "https://x.example",
                "webhook_secret": SECRET,
                "webhook_listen": f"127.0.0.1:{free_port()}",
            }
            with pytest.raises(SettingsError, match=r"(?i)WARTA_WEBHOOK_URL: .*IP address 10\.0\.0\.5 is reserved"):
                async with at_work(api, data, **settings):
                    raise AssertionError

    play(scene())
