"""The whole bot under Telegram's bad days: nothing lost, nothing out of order, nobody held back for another."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from bot_api import BotApi, bad_request, reset, server_error, too_many
from stage import Clock, Held, at_work, inbox, play, reply_in, stored

from bot.handlers import inline

QUESTION = "Siapa CEO BMW Group Region China?"
ANSWER = "Jochen Goller"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return stored(tmp_path / "data")


def test_chats_run_beside_each_other_and_each_in_its_order(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        gate = Held(monkeypatch, "BMW")
        with BotApi() as api:
            ani, budi = api.user("Ani"), api.user("Budi")
            async with at_work(api, data):
                api.say(api.private(ani), ani, QUESTION)
                api.say(api.private(ani), ani, "Who is the chief executive of Grab?")
                await gate.reached.wait()
                api.say(api.private(budi), budi, "Siapa CEO Tiket.com?")
                assert "Hendrata" in (await reply_in(api, api.private(budi)))["text"]  # while Ani's first one is held
                assert api.sent(api.private(ani)) == []
                gate.open.set()
                second = await reply_in(api, api.private(ani), 2)
            assert ANSWER in api.sent(api.private(ani))[0]["text"]
            assert "Anthony Tan" in second["text"]

    play(scene())


def test_typing_is_shown_before_the_answer_and_delays_it_for_nothing(data: Path) -> None:
    async def scene() -> None:
        with BotApi() as api:
            ani = api.user("Ani")
            async with at_work(api, data):
                for number, fault in enumerate((None, server_error(), reset(), too_many(1))):
                    if fault:
                        api.fail("sendChatAction", fault)
                    api.say(api.private(ani), ani, QUESTION)
                    await reply_in(api, api.private(ani), number + 1)
            methods = [c.method for c in api.calls if c.method in ("sendChatAction", "sendMessage")]
            assert methods == ["sendChatAction", "sendMessage"] * 4

    play(scene())


@pytest.mark.parametrize("retry_after", [1, 43_838])
def test_a_429_holds_back_one_chat_also_across_a_restart(data: Path, retry_after: int) -> None:
    """Row 13."""

    async def scene() -> None:
        clock = Clock()
        with BotApi() as api:
            ani, budi = api.user("Ani"), api.user("Budi")
            chat = api.private(ani)
            api.fail("sendMessage", too_many(retry_after), chat=chat)

            def calls() -> list[int]:
                return [c.status for c in api.calls if c.method == "sendMessage" and c.params["chat_id"] == chat.id]

            async with at_work(api, data, now=clock, question_age=99_999.0) as bot:
                api.say(chat, ani, QUESTION)
                await api.until(lambda: calls() == [429])
                api.say(api.private(budi), budi, QUESTION)
                assert ANSWER in (await reply_in(api, api.private(budi)))["text"]  # others go on
                if retry_after == 1:
                    await reply_in(api, chat)
                    first, second = (
                        c.at for c in api.calls if c.method == "sendMessage" and c.params["chat_id"] == chat.id
                    )
                    assert second - first >= 1
                    assert len(calls()) == 2
                    return
                await api.until(lambda: not bot.services.order.in_flight)
                api.say(chat, ani, "/help")
                await api.settled()
            async with at_work(api, data, now=clock, question_age=99_999.0) as bot:
                assert bot.pacer.until[str(chat.id)] > clock() + retry_after - 60
                clock.ahead = retry_after - 100
                api.say(chat, ani, "/help")
                await api.settled()
                assert calls() == [429]  # not one call before the time
                clock.ahead = retry_after + 2
                api.say(chat, ani, QUESTION)
                await reply_in(api, chat)
                await api.settled()
            assert [ANSWER in m["text"] for m in api.sent(chat)] == [True]
            assert calls() == [429, 200]

    play(scene())


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_fifth_of_all_calls_fails(data: Path, seed: int) -> None:
    """Row 14."""

    async def scene() -> None:
        slept: list[float] = []

        async def sleep(seconds: float) -> None:
            if seconds == 3600.0:
                await asyncio.sleep(seconds)
            slept.append(seconds)
            await asyncio.sleep(0.001)

        questions = {
            QUESTION: ANSWER,
            "Who is the chief executive of Grab?": "Anthony Tan",
            "Siapa CEO Tiket.com?": "Hendrata",
        }
        with BotApi() as api:
            api.chaos(0.2, seed)
            people = [api.user(f"Orang {n}") for n in range(10)]
            async with at_work(api, data, sleep=sleep) as bot:
                for question in questions:
                    for person in people:
                        api.say(api.private(person), person, question)
                await api.until(lambda: all(len(api.sent(api.private(one))) >= 3 for one in people), 40)
                await api.settled()
                assert await inbox(bot) == ["done"] * 30
            for person in people:
                texts = [m["text"] for m in api.sent(api.private(person))]
                found = [next(i for i, words in enumerate(questions.values()) if words in text) for text in texts]
                assert found == sorted(found)
                assert set(found) == {0, 1, 2}
            faults = sum(c.status in (0, 500, 502) for c in api.calls)
            assert faults > 5
            assert slept
            assert max(slept) <= 60

    play(scene())


def test_a_group_that_moves_gets_its_answer_once_and_its_past_moves_along(data: Path) -> None:
    """Row 17."""

    async def scene() -> None:
        with BotApi() as api:
            ani = api.user("Ani")
            old = api.group("Redaksi", kind="group")
            async with at_work(api, data) as bot:
                api.say(old, ani, "/language@warta_uji_bot")
                await reply_in(api, old)
                await bot.services.desk.records(lambda r: r.store.set_language(old.id, "en"))
                with api.lock:
                    api.say(old, ani, f"/ask@{api.username} {QUESTION}")
                    new = api.migrate(old)
                answer = await reply_in(api, new)
                assert ANSWER in answer["text"]
                await api.settled()
                assert len(api.sent(new)) == 1
                moved = await bot.services.desk.records(lambda r: (r.store.chat(old.id), r.store.chat(new.id)))
                assert moved[0] is None
                assert moved[1].language == "en"
                kept = await bot.services.desk.records(
                    lambda r: r.store.read("select chat_id, question_id from answers")
                )
                # In the new group message 2 is somebody else's: it must not seem to be answered.
                assert kept == [(new.id, 0)]
                assert await inbox(bot) == ["done"] * 4

    play(scene())


@pytest.mark.parametrize("words", ["can't parse entities: Unsupported start tag", "message is too long"])
def test_what_telegram_cannot_read_goes_out_plainly_once_and_never_endlessly(data: Path, words: str) -> None:
    """Row 18."""

    async def scene() -> None:
        with BotApi() as api:
            ani, admin = api.user("Ani"), api.user("Admin")
            api.private(admin).started = True
            chat = api.private(ani)
            async with at_work(api, data, admins=(admin.id,)) as bot:
                api.fail("sendMessage", bad_request(words), chat=chat)
                api.say(chat, ani, QUESTION)
                answer = await reply_in(api, chat)
                assert ANSWER in answer["text"]
                assert "<b>" not in answer["text"]
                await reply_in(api, api.private(admin))
                api.fail("sendMessage", bad_request(words), chat=chat, times=None)
                before = len(api.calls)
                api.say(chat, ani, QUESTION)
                await api.until(lambda: not bot.services.order.in_flight and len(api.calls) > before + 2)
                await api.settled()
                tried = [c for c in api.calls[before:] if c.method == "sendMessage" and c.params["chat_id"] == chat.id]
                assert len(tried) <= 4  # as HTML and plainly, the answer and the apology
                assert await inbox(bot) == ["done", "quarantined"]

    play(scene())


def test_who_asks_too_fast_is_told_once(data: Path) -> None:
    async def scene() -> None:
        with BotApi() as api:
            ani, budi = api.user("Ani"), api.user("Budi")
            async with at_work(api, data, questions_per_minute=3):
                for _ in range(6):
                    api.say(api.private(ani), ani, QUESTION)
                api.say(api.private(budi), budi, QUESTION)
                await reply_in(api, api.private(ani), 4)
                await reply_in(api, api.private(budi))
                await api.settled()
            texts = [m["text"] for m in api.sent(api.private(ani))]
            assert [ANSWER in text for text in texts] == [True] * 3 + [False]

    play(scene())


def test_only_what_was_typed_last_is_looked_up(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        gate = Held(monkeypatch, "Siapa CEO", inline)
        with BotApi() as api:
            ani = api.user("Ani")
            async with at_work(api, data) as bot:
                first = api.inline(ani, "Siapa CEO")
                await gate.reached.wait()
                api.inline(ani, "Siapa CEO BMW")
                last = api.inline(ani, QUESTION)
                await api.until(lambda: bot.services.order.in_flight == 3)
                gate.open.set()
                await api.until(lambda: len(api.inline_answers) == 2)
                await api.settled()
            assert [one["inline_query_id"] for one in api.inline_answers] == [first, last]
            for result in api.inline_answers[-1]["results"]:
                assert result["input_message_content"]["link_preview_options"] == {"is_disabled": True}

    play(scene())


def test_previews_are_off_in_everything(data: Path) -> None:
    async def scene() -> None:
        with BotApi() as api:
            ani = api.user("Ani")
            async with at_work(api, data):
                for number, words in enumerate(("/start", QUESTION, "/latest", "/sources", "/about", "/privacy"), 1):
                    api.say(api.private(ani), ani, words)
                    await reply_in(api, api.private(ani), number)
            for call in api.calls:
                if call.method in ("sendMessage", "editMessageText"):
                    assert call.params["link_preview_options"] == {"is_disabled": True}, call
                    assert call.params.get("parse_mode") == "HTML"

    play(scene())
