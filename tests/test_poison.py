"""Poison is put aside and stops nothing, and a flood of updates is drained in order with bounded memory."""

from __future__ import annotations

import asyncio
import logging
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from bot_api import BotApi
from stage import at_work, opened, play, reply_in, settings_for, states, stored, until_states
from telegram import Update

from bot.app import build
from bot.life import Bot
from bot.order import IN_FLIGHT
from index.errors import StoreBusyError

QUESTION = "Siapa CEO BMW Group Region China?"
ANSWER = "Jochen Goller"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return stored(tmp_path / "data")


def message(number: int) -> dict[str, Any]:
    return {"message_id": number, "date": 1_700_000_000, "chat": {"id": 5, "type": "private"}, "text": "halo"}


async def starts(bot: Bot) -> list[int]:
    rows = await bot.services.desk.records(lambda r: r.store.read("select starts from inbox order by seq"))
    return [count for (count,) in rows]


def test_poison_is_put_aside_and_the_next_is_handled(data: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Row 19: one that cannot be read, one without a number, nonsense, and a number that comes twice."""

    async def scene() -> None:
        with BotApi() as api:
            ani, admin = api.user("Ani"), api.user("Admin")
            api.private(admin).started = True
            api.say(api.private(ani), ani, "/help")
            with api.lock:
                api.updates.append({"update_id": 871_050, "message": {"message_id": "x", "chat": 5}})
                api.updates.append({"update_id": 871_051, "message": ["x"]})
                api.updates.append({"update_id": 871_052, "callback_query": {}})
                api.updates.append({"message": {"text": "no number"}, "update_id": None})
                api.updates[-1].pop("update_id")
                api.updates.append(dict(api.updates[0]))
                api.updates[:] = sorted(api.updates, key=lambda one: one.get("update_id", 0))
                api._last_update = 871_060
            # The fake's own queue needs numbers: what has none is taken out before it is confirmed.
            original = api.take_updates

            def take(params: dict[str, Any]) -> list[Any]:
                batch = [u for u in api.updates if "update_id" not in u]
                api.updates[:] = [u for u in api.updates if "update_id" in u]
                return batch + original(params)

            api.take_updates = take  # type: ignore[method-assign]
            async with at_work(api, data, admins=(admin.id,)) as bot:
                api.say(api.private(ani), ani, QUESTION)
                answer = await reply_in(api, api.private(ani), 2)
                assert ANSWER in answer["text"]
                await until_states(bot, done=2, quarantined=3)
                await reply_in(api, api.private(admin))
                await api.settled()
                rows = await bot.services.desk.records(
                    lambda r: r.store.read("select update_id, detail from inbox where state = 'quarantined'")
                )
                assert [number for number, _ in rows] == [871_050, 871_051, 871_052]
                assert all(detail.startswith("cannot be read: ") for _, detail in rows)
                assert bot.services.intake._room._value == IN_FLIGHT  # each gave its room back
            assert len(api.sent(api.private(ani))) == 2  # the one that came twice was answered once
            [notice] = api.sent(api.private(admin))  # of one kind, and so told once
            assert "unreadable update" in notice["text"]
        messages = [r.message for r in caplog.records if r.levelno == logging.ERROR]
        assert sum("cannot be read" in m for m in messages) == 3
        assert sum("have no update_id" in m for m in messages) == 1

    play(scene())


def test_a_store_that_fails_takes_no_room_for_ever(data: Path) -> None:
    async def scene() -> None:
        with BotApi() as api, opened(data) as warta:
            bot = build(warta, settings_for(api))
            intake = bot.services.intake

            async def busy(raw: dict[str, Any]) -> Update | None:
                raise StoreBusyError("held")

            intake._read = busy  # type: ignore[method-assign]
            with pytest.raises(StoreBusyError):
                await intake._hand_on({"update_id": 1}, alone=False)
            assert intake._room._value == IN_FLIGHT
            await bot.services.desk.close()

    play(scene())


def test_suspects_are_handled_one_by_one(data: Path) -> None:
    """What a killed process left is tried again; what two left, alone, so that the culprit shows."""

    async def scene() -> None:
        with BotApi() as api, opened(data) as warta:
            bot = build(warta, settings_for(api))
            raw = [{"update_id": n, "message": message(n)} for n in range(1, 6)]
            await bot.services.intake.take(raw)
            await bot.services.desk.records(lambda r: r.inbox.unfinished(0.0, limit=3))
            queue = bot.application.update_queue
            feeding = asyncio.create_task(bot.services.intake.feed())
            for number in (1, 2, 3):
                update: Any = await queue.get()
                assert update.update_id == number
                await asyncio.sleep(0.02)
                assert queue.empty()  # nothing beside it
                assert await starts(bot) == [2 if n <= number else 1 if n <= 3 else 0 for n in range(1, 6)]
                await bot.services.intake.finished(update)
            rest = [await queue.get(), await queue.get()]
            assert [one.update_id for one in rest] == [4, 5]  # type: ignore[attr-defined]
            feeding.cancel()
            assert await starts(bot) == [2, 2, 2, 1, 1]
            await bot.services.desk.close()

    play(scene())


@pytest.mark.slow
def test_a_backlog_of_ten_thousand_is_drained_in_order_with_bounded_memory(data: Path) -> None:
    """Row 20: in ten groups, every hundredth is a command, which is answered."""

    async def scene() -> None:
        with BotApi() as api:
            api.enforce_limits = False
            ani = api.user("Ani")
            groups = [api.group(f"Grup {n}") for n in range(10)]
            for number in range(10_000):
                words = f"/help@{api.username}" if number % 1000 < 10 else f"pesan {number}"
                api.say(groups[number % 10], ani, words)
            most: list[int] = []
            order: dict[int, list[int]] = {}
            async with at_work(api, data) as bot:
                handle = bot.application.process_update

                async def watched(update: Any) -> None:
                    most.append(bot.services.order.in_flight + bot.application.update_queue.qsize())
                    order.setdefault(update.effective_chat.id, []).append(update.effective_message.message_id)
                    await handle(update)

                bot.application.process_update = watched  # type: ignore[method-assign]
                tracemalloc.start()
                async with asyncio.timeout(300):
                    while (await states(bot)).get("done", 0) < 10_000:
                        await asyncio.sleep(0.2)
                peak = tracemalloc.get_traced_memory()[1]
                tracemalloc.stop()
                assert bot.services.intake._room._value == IN_FLIGHT
            assert max(most) <= 2 * IN_FLIGHT
            assert sum(map(len, order.values())) == 10_000
            assert all(numbers == sorted(numbers) for numbers in order.values())
            assert [len(api.sent(group)) for group in groups] == [10] * 10
            # What is under way takes some MB; all of them would take 20 times as much.
            assert peak < 60e6, peak

    async def bounded() -> None:
        async with asyncio.timeout(400):
            await scene()

    asyncio.run(bounded())
