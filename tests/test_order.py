"""Updates of one chat follow one another, those of different chats run beside each other."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from stage import play
from telegram import Chat, InlineQuery, Message, Update, User

from bot.order import IN_FLIGHT, OrderedUpdates, lane_of

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def message(number: int, chat: int) -> Update:
    return Update(number, message=Message(number, NOW, Chat(chat, "private"), text="halo"))


def typed(number: int, user: int) -> Update:
    return Update(number, inline_query=InlineQuery(str(number), User(user, "Ani", False), "apa", ""))


class Done:
    """What was finished, in order."""

    def __init__(self) -> None:
        self.ids: list[int] = []

    async def __call__(self, update: Update) -> None:
        self.ids.append(update.update_id)


def at_once(order: OrderedUpdates, *work: tuple[Update, Callable[[], Awaitable[Any]]]) -> list[asyncio.Task[None]]:
    async def handle(what: Callable[[], Awaitable[Any]]) -> None:
        await what()

    return [asyncio.create_task(order.process_update(update, handle(what))) for update, what in work]


def test_lanes() -> None:
    assert lane_of(message(1, 7)) == 7
    assert lane_of(typed(1, 8)) == 8
    assert lane_of(Update(1)) is None
    assert lane_of("stop") is None


def test_two_chats_overlap_and_one_chat_does_not() -> None:
    async def scene() -> None:
        done = Done()
        order = OrderedUpdates(done)
        met = asyncio.Event()
        began: list[int] = []

        async def wait_for_the_other() -> None:
            began.append(1)
            await met.wait()  # only the update of another chat sets it: would hang if they did not overlap

        async def next_one() -> None:
            began.append(2)
            assert met.is_set()  # its predecessor, which waited for `met`, is over

        async def other() -> None:
            began.append(3)
            assert 2 not in began
            met.set()

        await asyncio.gather(
            *at_once(order, (message(1, 7), wait_for_the_other), (message(2, 7), next_one), (message(3, 8), other))
        )
        assert began == [1, 3, 2]
        assert sorted(done.ids) == [1, 2, 3]
        assert done.ids.index(1) < done.ids.index(2)
        assert order.in_flight == 0
        assert not order._lanes

    play(scene())


def test_a_hundred_of_one_chat_keep_their_order() -> None:
    async def scene() -> None:
        done = Done()
        order = OrderedUpdates(done)

        async def briefly() -> None:
            await asyncio.sleep(0)

        await asyncio.gather(*at_once(order, *((message(n, n % 3), briefly) for n in range(1, 301))))
        for lane in range(3):
            assert [n for n in done.ids if n % 3 == lane] == [n for n in range(1, 301) if n % 3 == lane]

    play(scene())


def test_no_more_than_in_flight_at_once() -> None:
    async def scene() -> None:
        order = OrderedUpdates(Done())
        seen: list[int] = []

        async def look() -> None:
            seen.append(order.in_flight)
            await asyncio.sleep(0)

        await asyncio.gather(*at_once(order, *((message(n, n), look) for n in range(1, 3 * IN_FLIGHT))))
        assert max(seen) == IN_FLIGHT

    play(scene())


def test_an_error_is_an_end_too_and_the_next_one_is_handled() -> None:
    async def scene() -> None:
        done = Done()
        order = OrderedUpdates(done)

        async def fail() -> None:
            raise ValueError("x")

        async def fine() -> None:
            pass

        results = await asyncio.gather(
            *at_once(order, (message(1, 7), fail), (message(2, 7), fine)), return_exceptions=True
        )
        assert [type(one) for one in results] == [ValueError, type(None)]
        assert done.ids == [1, 2]

    play(scene())


def test_what_is_broken_off_is_not_finished() -> None:
    """It is still in the inbox then, and answered at the next start; before, it counted as done."""

    async def scene() -> None:
        done = Done()
        order = OrderedUpdates(done)
        begun = asyncio.Event()

        async def hang() -> None:
            begun.set()
            await asyncio.Event().wait()

        tasks = at_once(order, (message(1, 7), hang), (message(2, 7), hang), (message(3, 8), hang))
        await begun.wait()
        assert await order.stop() == 3
        assert await order.stop() == 0
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*at_once(order, (message(4, 9), hang)))  # nothing begins any more
        assert done.ids == []
        assert not order._lanes

    play(scene())


def test_only_the_newest_inline_query_counts() -> None:
    async def scene() -> None:
        order = OrderedUpdates(Done())
        newest: list[tuple[int, bool]] = []
        first = asyncio.Event()

        def look(number: int) -> Callable[[], Awaitable[None]]:
            async def inner() -> None:
                if number == 1:
                    await first.wait()
                newest.append((number, order.is_newest_query(8, str(number))))

            return inner

        async def said() -> None:
            pass

        tasks = at_once(order, (typed(1, 8), look(1)), (typed(2, 8), look(2)), (typed(3, 8), look(3)))
        tasks += at_once(order, (message(4, 8), said))  # the person's own chat shares the lane
        await asyncio.sleep(0)
        first.set()
        await asyncio.gather(*tasks)
        assert newest == [(1, False), (2, False), (3, True)]
        assert not order._newest_query  # nothing is left behind

    play(scene())


@pytest.mark.parametrize("update", [None, "x", 5])
def test_what_is_no_update_is_handled_and_not_reported(update: object) -> None:
    async def scene() -> None:
        done = Done()
        order = OrderedUpdates(done)

        async def fine() -> None:
            pass

        await order.process_update(update, fine())
        assert done.ids == []

    play(scene())
