"""How updates come in: kept before they are confirmed, and Telegram's bad days survived."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from bot_api import BotApi, Fault, bad_gateway, conflict, garbage, reset, server_error, too_many
from stage import Clock, at_work, opened, play, reply_in, settings_for, stored, until_states

from bot.app import build
from bot.intake import BATCH, CONFLICT_PAUSE_S, LONGEST_PAUSE_S
from index.errors import StoreBusyError

QUESTION = "Siapa CEO BMW Group Region China?"
ANSWER = "Jochen Goller"


class Sleeper:
    """Sleeps that are noted and last a moment."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def __call__(self, seconds: float) -> None:
        if seconds == 3600.0:  # housekeeping
            await asyncio.sleep(seconds)
        self.slept.append(seconds)
        await asyncio.sleep(0.001)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return stored(tmp_path / "data")


def test_an_update_is_confirmed_only_after_it_was_kept(data: Path) -> None:
    async def scene() -> None:
        with BotApi() as api, opened(data) as warta:
            ani = api.user("Ani")
            api.say(api.private(ani), ani, QUESTION)
            bot = build(warta, settings_for(api))
            kept: list[list[Any]] = []

            async def busy(raw: list[Any]) -> None:
                kept.append(raw)
                raise StoreBusyError("held by another process")

            sleeper = Sleeper()
            intake = bot.services.intake
            intake.take, intake._sleep = busy, sleeper  # type: ignore[method-assign]
            await bot.services.bot.initialize()
            polling = asyncio.create_task(intake.poll())
            async with asyncio.timeout(10):
                while len(kept) < 3:
                    await asyncio.sleep(0.01)
            polling.cancel()
            assert kept[0] == kept[1] == kept[2]  # it is asked for again and again
            assert api.queue_size == 1
            await bot.services.bot.shutdown()
            await bot.services.desk.close()

    play(scene())


@pytest.mark.parametrize(
    "faults",
    [[server_error()] * 3, [bad_gateway()] * 3, [garbage()] * 3, [reset()] * 3, [too_many(1)] * 2,
     [Fault(200, b"[]"), Fault(200, b"{}"), Fault(200, b'{"ok":true,"result":5}'), Fault(200, b"null"),
      Fault(200, b'{"ok":true,"result":{}}'), Fault(200, b"\xff\xfe"), Fault(404 + 96, b"[1]")]],
    ids=["500", "502 page", "cut", "reset", "429", "nonsense"],
)  # fmt: skip
def test_the_poller_lives(data: Path, faults: list[Fault]) -> None:
    async def scene() -> None:
        sleeper = Sleeper()
        with BotApi() as api:
            ani = api.user("Ani")
            for fault in faults:
                api.fail("getUpdates", fault)
            api.say(api.private(ani), ani, QUESTION)
            async with at_work(api, data, sleep=sleeper):
                assert ANSWER in (await reply_in(api, api.private(ani)))["text"]
        assert len(sleeper.slept) == len(faults)

    play(scene())


def test_pauses_grow_to_a_bound_and_begin_anew(data: Path) -> None:
    async def scene() -> None:
        sleeper = Sleeper()
        with BotApi() as api:
            ani = api.user("Ani")
            api.fail("getUpdates", server_error(), times=10)
            async with at_work(api, data, sleep=sleeper):
                api.say(api.private(ani), ani, QUESTION)
                await reply_in(api, api.private(ani))
                for number, pause in enumerate(sleeper.slept):
                    least = min(2.0**number, LONGEST_PAUSE_S)
                    assert least <= pause <= 1.25 * least
                assert len(sleeper.slept) == 10
                api.fail("getUpdates", server_error())
                api.say(api.private(ani), ani, QUESTION)
                await reply_in(api, api.private(ani), 2)
                await api.until(lambda: len(sleeper.slept) == 11)
                assert sleeper.slept[-1] < 1.3

    play(scene())


def test_telegrams_own_wait_is_kept(data: Path) -> None:
    async def scene() -> None:
        sleeper = Sleeper()
        with BotApi() as api:
            ani = api.user("Ani")
            api.fail("getUpdates", too_many(77))
            api.say(api.private(ani), ani, QUESTION)
            async with at_work(api, data, sleep=sleeper):
                await reply_in(api, api.private(ani))
        [pause] = sleeper.slept
        assert pause >= 77

    play(scene())


def test_another_poller_is_told_of_once_and_waited_out(data: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def scene() -> None:
        sleeper = Sleeper()
        with BotApi() as api:
            ani, admin = api.user("Ani"), api.user("Admin")
            api.private(admin).started = True
            api.fail("getUpdates", conflict(), times=4)
            async with at_work(api, data, sleep=sleeper, admins=(admin.id,)):
                api.say(api.private(ani), ani, QUESTION)
                assert ANSWER in (await reply_in(api, api.private(ani)))["text"]
                await reply_in(api, api.private(admin))
            assert sleeper.slept == [CONFLICT_PAUSE_S * n for n in (1, 2, 3, 4)]
            [notice] = api.sent(api.private(admin))
            assert "conflict" in notice["text"]
        assert sum("another process takes this bot's updates" in r.message for r in caplog.records) == 4

    play(scene())


def test_what_came_before_a_restart_is_asked_for_no_more(data: Path) -> None:
    async def scene() -> None:
        with BotApi() as api:
            ani = api.user("Ani")
            async with at_work(api, data):
                api.say(api.private(ani), ani, QUESTION)
                await reply_in(api, api.private(ani))
            with api.lock:  # Telegram did not hear of it: it brings the same update again
                api.raw({"message": {}})
                api.updates.clear()
            async with at_work(api, data):
                api.say(api.private(ani), ani, "/help")
                await reply_in(api, api.private(ani), 2)
            first = next(c for c in api.calls if c.method == "getUpdates" and "offset" in c.params)
            assert first.params["limit"] == BATCH
            assert len(api.sent(api.private(ani))) == 2

    play(scene())


def test_housekeeping_forgets_what_is_over(data: Path) -> None:
    async def scene() -> None:
        clock = Clock()
        with BotApi() as api:
            ani = api.user("Ani")
            api.private(ani).started = True
            for _ in range(3):
                api.say(api.private(ani), ani, "/help")
            async with at_work(api, data, now=clock) as bot:
                await until_states(bot, done=3)
            clock.ahead = 3 * 86_400
            async with at_work(api, data, now=clock) as bot:
                await until_states(bot, done=1)  # the newest stays, the offset is made from it

    play(scene())
