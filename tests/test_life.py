"""The bot's life: what was taken is finished, what is left comes first at the next start, nothing stays open."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from bot_api import BotApi, bad_gateway, slow
from stage import Clock, Held, at_work, inbox, opened, play, reply_in, settings_for, stored

from bot.app import build
from bot.life import StoppedError, running
from index.errors import SettingsError

QUESTION = "Siapa CEO BMW Group Region China?"
ANSWER = "Jochen Goller"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return stored(tmp_path / "data")


def test_what_a_stop_leaves_is_answered_at_the_next_start(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        with BotApi() as api:
            people = [api.user(f"Orang {n}") for n in range(3)]
            with monkeypatch.context() as patch:
                gate = Held(patch, "BMW")
                async with at_work(api, data, stop_s=0.05):
                    for person in people:
                        for _ in range(2):
                            api.say(api.private(person), person, QUESTION)
                    await gate.reached.wait()
                    await api.until(lambda: not api.queue_size)
            assert api.sent() == []
            async with at_work(api, data) as bot:
                for person in people:
                    await reply_in(api, api.private(person), 2)
                await api.settled()
                assert await inbox(bot) == ["done"] * 6
            assert len(api.sent()) == 6

    play(scene())


def test_old_questions_are_skipped_politely_and_young_ones_answered(data: Path) -> None:
    async def scene() -> None:
        clock = Clock()
        with BotApi() as api:
            ani, budi = api.user("Ani"), api.user("Budi")
            for _ in range(4):
                api.say(api.private(ani), ani, QUESTION, date=int(clock()) - 4000)
            api.say(api.private(ani), ani, QUESTION)
            api.say(api.private(budi), budi, QUESTION, date=int(clock()) - 800)
            async with at_work(api, data, now=clock) as bot:
                await api.until(lambda: not api.queue_size)
                assert ANSWER in (await reply_in(api, api.private(budi)))["text"]
                await api.settled()
                assert await inbox(bot) == ["done"] * 6
            told, answer = (m["text"] for m in api.sent(api.private(ani)))  # it is said once
            assert "67" in told
            assert ANSWER in answer

    play(scene())


def test_an_arrival_in_the_very_moment_of_the_stop_does_not_keep_the_bot(data: Path) -> None:
    async def scene() -> None:
        with BotApi() as api:
            async with at_work(api, data) as bot:
                loops = (bot.alerting, bot.services.postman)
                while not all(loop._woken._waiters for loop in loops):
                    await asyncio.sleep(0.01)
                for loop in loops:
                    loop.wake()

    play(scene())


def test_a_bot_that_cannot_reach_telegram_tries_with_bounded_pauses(data: Path) -> None:
    async def scene() -> None:
        slept: list[float] = []

        async def sleep(seconds: float) -> None:
            slept.append(seconds)
            if len(slept) > 60:
                stop.set()
            await asyncio.sleep(0)

        stop = asyncio.Event()
        with BotApi() as api, opened(data) as warta:
            api.fail("getMe", bad_gateway(), times=None)
            bot = build(warta, settings_for(api), sleep=sleep)
            with pytest.raises(StoppedError):
                async with running(bot, stop):
                    raise AssertionError
            assert max(slept) == 30
            assert bot.services.desk._closed

    play(scene())


def test_all_is_let_go_of_when_starting_fails(data: Path) -> None:
    async def scene() -> None:
        with BotApi() as api, opened(data) as warta:
            hook = {"webhook_url": "https://x.example", "webhook_secret": "x" * 20, "webhook_listen": "256.0.0.1:1"}
            bot = build(warta, settings_for(api, **hook))
            with pytest.raises(SettingsError, match="WARTA_WEBHOOK_LISTEN"):
                async with running(bot):
                    raise AssertionError
            assert bot.services.desk._closed
            assert not bot.application.running
            left = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
            assert left == []
            await bot.services.desk.close()  # once more does no harm

    play(scene())


def test_an_error_in_the_body_stops_the_bot_as_well(data: Path) -> None:
    async def scene() -> None:
        with BotApi() as api:
            bots: list[Any] = []

            async def fail() -> None:
                async with at_work(api, data) as bot:
                    bots.append(bot)
                    raise KeyError("x")

            with pytest.raises(KeyError):
                await fail()
            assert not bots[0].application.running
            assert len(asyncio.all_tasks()) == 1

    play(scene())


def test_an_intake_that_ends_is_told(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        with BotApi() as api, opened(data) as warta:
            bot = build(warta, settings_for(api))

            async def broken() -> None:
                raise ZeroDivisionError

            monkeypatch.setattr(bot.services.intake, "feed", broken)
            async with running(bot) as failed:
                with pytest.raises(ZeroDivisionError):
                    await failed

    play(scene())


def test_a_slow_send_is_waited_for(data: Path) -> None:
    async def scene() -> None:
        with BotApi() as api:
            ani = api.user("Ani")
            api.fail("sendMessage", slow(0.3))
            async with at_work(api, data):
                api.say(api.private(ani), ani, QUESTION)
                await api.until(lambda: any(c.method == "sendChatAction" for c in api.calls))
            assert ANSWER in api.sent(api.private(ani))[0]["text"]

    play(scene())
