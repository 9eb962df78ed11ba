"""429 holds back whom it concerns and nobody else; what is worth it is tried again, with growing pauses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from bot_api import BotApi
from stage import asked, at_once, at_work, play, played, stored
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
)

from bot.client import GARBLED
from bot.pacing import (
    ATTEMPTS,
    CAREFUL,
    FIRST_PAUSE_S,
    LONGEST_PAUSE_S,
    PATIENCE_S,
    Pacer,
    may_have_arrived,
    seconds_of,
    worth_retrying,
)
from index.errors import StoreError


def because(error: TelegramError, cause: Exception) -> TelegramError:
    error.__cause__ = cause
    return error


UNSENT = because(NetworkError("refused"), httpx.ConnectError("refused"))
LOST = because(TimedOut(), httpx.ReadTimeout("late"))
BROKEN = because(NetworkError("reset"), httpx.RemoteProtocolError("reset"))
SERVER = NetworkError("Internal Server Error")
GARBAGE = TelegramError(GARBLED)


class Line:
    """A pacer whose time passes only in its sleeps, and what it kept."""

    def __init__(self, keep: Callable[[str, float], Any] | None = None) -> None:
        self.at = 1_000_000.0
        self.slept: list[float] = []
        self.kept: list[tuple[str, float]] = []
        self.sent: list[tuple[float, object]] = []

        async def remember(key: str, until: float) -> None:
            self.kept.append((key, until))

        self.pacer = Pacer(1000, lambda: self.at, keep or remember, self.sleep)
        self.pacer._in_turn = at_once  # type: ignore[method-assign]

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += seconds
        await asyncio.sleep(0)

    async def send(self, outcomes: list[Exception], chat: object = 7, method: str = "sendMessage", **more: Any) -> Any:
        async def call() -> str:
            self.sent.append((self.at, chat))
            if outcomes:
                raise outcomes.pop(0)
            return "ok"

        data = {} if chat is None else {"chat_id": chat}
        return await self.pacer.process_request(call, (), {}, method, data, more.get("careful"))


@played
async def test_a_private_chat_gets_no_more_at_once_than_telegram_allows(tmp_path: Path) -> None:
    with BotApi() as api:
        sari = api.user("Sari")
        chat = api.private(sari)
        async with at_work(api, stored(tmp_path), paced=True):
            await asked(api, chat, sari, "/start")
            for _ in range(6):
                api.say(chat, sari, "/about")
            await api.until(lambda: len(api.sent(chat)) == 7)
        assert api.too_fast == []


def test_a_bucket_and_what_runs_into_it_stay_below_the_limit_in_any_window() -> None:
    pacer = Pacer(30, lambda: 0.0, lambda *_: asyncio.sleep(0))
    overall, group = pacer._base_limiter, pacer._get_group_limiter(-5)
    assert overall is not None
    assert overall.max_rate + 1 / overall.time_period * overall.max_rate <= 30
    assert group.max_rate + 60 / group.time_period * group.max_rate <= 20


def test_a_short_pause_is_waited_for_and_not_a_moment_less() -> None:
    async def scene() -> None:
        line = Line()
        assert await line.send([RetryAfter(1)]) == "ok"
        (first, _), (second, _) = line.sent
        assert second - first >= 1
        assert line.kept == [("7", pytest.approx(first + 1.1))]

    play(scene())


def test_a_long_pause_is_told_at_once_and_nothing_goes_out_before_its_end() -> None:
    async def scene() -> None:
        line = Line()
        with pytest.raises(RetryAfter) as told:
            await line.send([RetryAfter(43_838)])
        assert seconds_of(told.value) >= 43_838
        assert line.slept == []
        for _ in range(3):
            line.at += 10_000
            with pytest.raises(RetryAfter):
                await line.send([])
        assert len(line.sent) == 1  # no call
        assert await line.send([], chat=8) == "ok"  # another chat goes on
        line.at += 13_900
        assert await line.send([]) == "ok"
        assert line.pacer.until == {}

    play(scene())


def test_what_was_kept_before_holds() -> None:
    async def scene() -> None:
        line = Line()
        line.pacer.until["7"] = line.at + 30
        assert await line.send([]) == "ok"
        assert line.slept == [30]

    play(scene())


def test_a_chat_waits_while_another_is_served() -> None:
    async def scene() -> None:
        line = Line()
        held, free = asyncio.Event(), asyncio.Event()

        async def sleep(seconds: float) -> None:
            held.set()
            await free.wait()  # until the other chat was served
            line.at += seconds

        line.pacer._sleep = sleep
        waiting = asyncio.create_task(line.send([RetryAfter(5)]))
        await held.wait()
        assert await line.send([], chat=8) == "ok"
        assert not waiting.done()
        free.set()
        assert await waiting == "ok"

    play(scene())


def test_waits_that_add_up_to_too_much_end() -> None:
    async def scene() -> None:
        line = Line()
        with pytest.raises(RetryAfter):
            await line.send([RetryAfter(25) for _ in range(99)])
        assert len(line.sent) == 3  # 25 + 25 s, and the third time it would be 75

    play(scene())


def test_a_refused_menu_holds_back_no_chat() -> None:
    """Telegram allows a few setMyDescription a day; before, such a 429 silenced the whole bot, across restarts."""

    async def scene() -> None:
        line = Line()
        with pytest.raises(RetryAfter):
            await line.send([RetryAfter(80_000)], chat=None, method="setMyDescription")
        assert line.kept[0][0] == "setMyDescription"
        assert await line.send([]) == "ok"
        assert await line.send([], chat=None, method="setMyCommands") == "ok"
        with pytest.raises(RetryAfter):
            await line.send([], chat=None, method="setMyDescription")

    play(scene())


def test_a_pause_that_cannot_be_kept_is_still_one() -> None:
    async def full(key: str, until: float) -> None:
        raise StoreError("disk full")

    async def scene() -> None:
        line = Line(full)
        assert await line.send([RetryAfter(2)]) == "ok"
        assert sum(line.slept) >= 2

    play(scene())


def test_typing_is_a_courtesy_that_nobody_waits_for() -> None:
    async def scene() -> None:
        line = Line()
        for error in (RetryAfter(5), SERVER, UNSENT):
            line.pacer.until.clear()
            with pytest.raises(TelegramError):
                await line.send([error], method="sendChatAction")
        line.pacer.until["7"] = line.at + 5
        with pytest.raises(RetryAfter):
            await line.send([], method="sendChatAction")
        assert line.slept == []
        assert len(line.sent) == 3

    play(scene())


def test_retries_back_off_to_a_bound() -> None:
    async def scene() -> None:
        line = Line()
        assert await line.send([SERVER] * 8) == "ok"
        for number, pause in enumerate(line.slept):
            least = min(FIRST_PAUSE_S * 2**number, LONGEST_PAUSE_S)
            assert least <= pause <= 2 * least
        assert len(line.slept) == 8

    play(scene())


def test_telegram_away_for_longer_than_anybody_waits() -> None:
    async def scene() -> None:
        line = Line()
        with pytest.raises(NetworkError):
            await line.send([UNSENT] * 1000)
        assert PATIENCE_S <= sum(line.slept) <= PATIENCE_S + 2 * LONGEST_PAUSE_S

    play(scene())


@pytest.mark.parametrize("error", [LOST, BROKEN, GARBAGE], ids=["late", "reset", "garbage"])
def test_what_may_have_arrived_is_tried_only_a_few_times(error: TelegramError) -> None:
    """Each try may put the message there once more."""

    async def scene() -> None:
        line = Line()
        with pytest.raises(TelegramError):
            await line.send([error] * 1000)
        assert len(line.sent) == ATTEMPTS
        line = Line()
        with pytest.raises(TelegramError):
            await line.send([error], careful=CAREFUL)
        assert len(line.sent) == 1

    play(scene())


def test_answers_to_buttons_are_tried_only_a_few_times() -> None:
    async def scene() -> None:
        line = Line()
        with pytest.raises(NetworkError):
            await line.send([SERVER] * 1000, chat=None, method="answerCallbackQuery")
        assert len(line.sent) == ATTEMPTS

    play(scene())


@pytest.mark.parametrize(
    "error", [BadRequest("x"), Forbidden("x"), InvalidToken("x"), Conflict("x"), ChatMigrated(-5), TelegramError("x")]
)
def test_a_refusal_is_final(error: TelegramError) -> None:
    async def scene() -> None:
        line = Line()
        with pytest.raises(type(error)):
            await line.send([error])
        assert len(line.sent) == 1

    play(scene())


def test_what_is_worth_a_second_try() -> None:
    assert not worth_retrying(LOST, "sendMessage", careful=True)
    assert worth_retrying(LOST, "editMessageText", careful=True)  # twice the same edit is one
    assert worth_retrying(UNSENT, "sendMessage", careful=True)
    assert worth_retrying(SERVER, "sendMessage", careful=True)
    assert worth_retrying(LOST, "sendMessage")
    assert not worth_retrying(SERVER, "sendChatAction")
    assert [may_have_arrived(e) for e in (UNSENT, LOST, BROKEN, SERVER, GARBAGE)] == [False, True, True, False, True]
    assert not may_have_arrived(because(TimedOut("pool"), httpx.PoolTimeout("full")))
