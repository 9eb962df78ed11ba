"""What went wrong is told to the person, the log and the administrators, each what they need."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

import pytest
from bot_api import BotApi, bad_request, forbidden, too_many
from stage import Clock, at_work, buttons, play, reply_in, stored

from bot.handlers import ask
from bot.strings import text
from index.errors import StoreBusyError, StoreError

QUESTION = "Siapa CEO BMW Group Region China?"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return stored(tmp_path / "data")


def failing(error: Exception, words: str = "") -> Any:
    """Instead of the answer to a question that holds the words, an error."""
    original = ask.answer_to  # type: ignore[attr-defined]

    async def answer(services: Any, inquiry: Any) -> Any:
        if words in inquiry.question:
            raise error
        return await original(services, inquiry)

    return answer


async def states(bot: Any) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = await bot.services.desk.records(
        lambda r: r.store.read("select state, detail from inbox order by seq")
    )
    return rows


def test_a_reference_reaches_person_log_and_administrators(
    data: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene() -> None:
        with BotApi() as api:
            ani, admin = api.user("Ani"), api.user("Admin")
            api.private(admin).started = True
            monkeypatch.setattr(ask, "answer_to", failing(RuntimeError(f"oops {api.token} </b>"), "Grab"))
            async with at_work(api, data, admins=(admin.id,)) as bot:
                api.say(api.private(ani), ani, "Siapa CEO Grab?")
                api.say(api.private(ani), ani, QUESTION)
                apology = (await reply_in(api, api.private(ani)))["text"]
                notice = (await reply_in(api, api.private(admin)))["text"]
                answer = (await reply_in(api, api.private(ani), 2))["text"]
                await api.settled()
                kept, done = await states(bot)
            found = re.search(r"\b[0-9A-F]{8}\b", apology)
            assert found
            reference = found[0]
            assert "oops" not in apology  # the person is not troubled with it
            assert reference in notice
            assert "RuntimeError: oops [secret] </b>" in notice
            assert "Jochen Goller" in answer  # the next one is handled
            assert kept[0] == "quarantined"
            assert kept[1] == f"{reference}: RuntimeError: oops [secret] </b>"
            assert done[0] == "done"
            [record] = [r for r in caplog.records if r.name == "bot.handlers.errors" and r.levelno == logging.ERROR]
            assert reference in record.message
            assert record.exc_info

    play(scene())


def test_administrators_hear_once_a_kind_and_hour_also_across_a_restart(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene() -> None:
        clock = Clock()
        with BotApi() as api:
            people = [api.user(f"Orang {n}") for n in range(5)]
            admin = api.user("Admin")
            inbox = api.private(admin)
            inbox.started = True
            monkeypatch.setattr(ask, "answer_to", failing(RuntimeError("oops")))
            for some in (people[:3], people[3:]):  # a restart between them
                async with at_work(api, data, now=clock, admins=(admin.id,)):
                    for person in some:
                        api.say(api.private(person), person, QUESTION)
                    for person in some:
                        await reply_in(api, api.private(person))
                    await api.settled()
            assert len(api.sent(inbox)) == 1
            clock.ahead = 3601
            async with at_work(api, data, now=clock, admins=(admin.id,), question_age=99_999.0):
                api.say(api.private(people[0]), people[0], QUESTION)
                second = (await reply_in(api, inbox, 2))["text"]
                assert "4" in second  # so many were held back
            assert len(api.sent(inbox)) == 2

    play(scene())


def test_an_administrator_who_blocked_the_bot_disturbs_nobody(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        with BotApi() as api:
            ani, gone, there = api.user("Ani"), api.user("Pergi"), api.user("Ada")
            api.private(there).started = True
            api.block(gone)
            monkeypatch.setattr(ask, "answer_to", failing(RuntimeError("oops"), "Grab"))
            async with at_work(api, data, admins=(gone.id, there.id)):
                api.say(api.private(ani), ani, "Siapa CEO Grab?")
                await reply_in(api, api.private(ani))
                await reply_in(api, api.private(there))

    play(scene())


def test_the_apology_waits_for_no_administrator(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        monkeypatch.setattr("bot.life.NOTICES_S", 0.1)
        with BotApi() as api:
            ani, admin = api.user("Ani"), api.user("Admin")
            api.private(admin).started = True
            api.fail("sendMessage", too_many(50), chat=api.private(admin), times=None)
            monkeypatch.setattr(ask, "answer_to", failing(RuntimeError("oops")))
            async with at_work(api, data, admins=(admin.id,)):
                api.say(api.private(ani), ani, QUESTION)
                await reply_in(api, api.private(ani))  # within 10 s, while the notice has 50 to wait

    play(scene())


def test_a_busy_store_is_told_as_such(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        with BotApi() as api:
            ani = api.user("Ani", language_code="en")
            monkeypatch.setattr(ask, "answer_to", failing(StoreBusyError("held")))
            async with at_work(api, data):
                api.say(api.private(ani), ani, "Who leads Grab?")
                assert (await reply_in(api, api.private(ani)))["text"] == text("busy", "en")

    play(scene())


def test_a_full_disk_is_not_called_busy(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        with BotApi() as api:
            ani = api.user("Ani", language_code="en")
            monkeypatch.setattr(ask, "answer_to", failing(StoreError("no space left")))
            async with at_work(api, data):
                api.say(api.private(ani), ani, "Who leads Grab?")
                told = (await reply_in(api, api.private(ani)))["text"]
                assert told.startswith("Sorry, something went wrong on my side.")

    play(scene())


def test_a_button_that_fails_answers_with_the_reference(data: Path) -> None:
    async def scene() -> None:
        with BotApi() as api:
            ani = api.user("Ani")
            async with at_work(api, data):
                api.say(api.private(ani), ani, QUESTION)
                answer = await reply_in(api, api.private(ani))
                api.fail("sendMessage", bad_request("SOMETHING_NEW"))
                api.press(ani, answer, buttons(answer)[0])
                await api.until(lambda: any(a.get("show_alert") for a in api.answers))
            assert re.search(r"[0-9A-F]{8}", next(a for a in api.answers if a.get("show_alert"))["text"])

    play(scene())


@pytest.mark.parametrize("fault", [forbidden(), bad_request("chat not found")])
def test_who_cannot_be_written_to_is_not_apologised_to(data: Path, fault: Any) -> None:
    async def scene() -> None:
        with BotApi() as api:
            ani = api.user("Ani")
            api.fail("sendMessage", fault, times=None)
            async with at_work(api, data) as bot:
                api.say(api.private(ani), ani, QUESTION)
                await api.until(lambda: any(c.method == "sendMessage" for c in api.calls))
                await api.settled()
                assert [state for state, _ in await states(bot)] == ["done"]
            assert sum(c.method == "sendMessage" for c in api.calls) == 1

    play(scene())
