"""Delivery against the fake Telegram: in order, never lost, and twice only when nobody can tell."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from alerts import follow
from bot_api import BotApi, bad_gateway, bad_request, forbidden, reset, slow, too_many
from stage import Clock, at_work, letter, played, quickly, stored
from telegram.error import InvalidToken, NetworkError, RetryAfter, TelegramError, TimedOut

from bot.alert_text import Written
from bot.client import GARBLED
from bot.life import Bot
from bot.outbox import Outbox
from bot.outcomes import AGAIN_S, outcome_of
from bot.records import Alert, Elsewhere, Place
from bot.services import Services
from index.errors import StoreError

ADMIN = 77
DAY = 86_400.0
DETAIL = "message is not modified"
BUSY = StoreError("no space left")


class Office:
    """A Telegram, some private chats that are seen, and a data folder."""

    def __init__(self, tmp_path: Path, people: int = 1) -> None:
        self.data = tmp_path / "data"
        if not self.data.exists():
            stored(self.data)
        self.api = BotApi()
        self.api.__enter__()
        self.clock = Clock()
        self.boss = self.api.private(self.api.user("Bos", id=ADMIN))
        self.boss.started = True
        self.chats = [self.api.private(self.api.user(f"Orang {n}")) for n in range(people)]
        for chat in self.chats:
            chat.started = True

    async def __aenter__(self) -> Office:
        return self

    async def __aexit__(self, kind: object, *_: object) -> None:
        self.api.__exit__(kind)

    def bot(self, **more: Any) -> Any:
        given = {"now": self.clock, "sleep": quickly, "write": letter, "admins": (ADMIN,)} | more
        return at_work(self.api, self.data, **given)

    def texts(self, chat: Any = None) -> list[str]:
        return [message["text"] for message in self.api.sent(chat or self.chats[0])]

    def told(self) -> list[str]:
        return self.texts(self.boss)


async def put(bot: Bot, chat: Any, *stories: int, kind: str = "alert", thread: int = 0, article: int = 0) -> None:
    """Have stories sent to a chat, all known before the postman looks."""
    now = bot.services.now()

    def write(records: Any) -> None:
        with records.store.transaction():
            records.store.see_chat(chat.id, chat.type, "x")
            for story in stories:
                place = Place(chat.id, thread)
                assert records.outbox.enqueue(kind, place, story, article or story, [], [], now)

    await bot.services.desk.records(write)
    bot.services.postman.wake()


async def rows(bot: Bot) -> list[Alert]:
    """All rows, oldest first."""
    return list(reversed(await bot.services.desk.records(lambda r: r.outbox.rows(limit=1000))))


async def until_settled(bot: Bot, *states: str) -> list[Alert]:
    """Wait until all rows are in these states, "sent" unless told."""
    wanted = set(states or ("sent",))
    async with asyncio.timeout(20):
        while True:
            found = await rows(bot)
            if {row.state for row in found} == wanted:
                return found
            await asyncio.sleep(0.01)


async def until_state(bot: Bot, state: str, unknowns: int = 0) -> Alert:
    """Wait until the only row is so."""
    async with asyncio.timeout(20):
        while True:
            [row] = await rows(bot)
            if (row.state, row.unknowns) == (state, unknowns):
                return row
            await asyncio.sleep(0.01)


async def later(office: Office, bot: Bot, seconds: float) -> None:
    """Let time pass, as if nobody had looked meanwhile."""
    office.clock.ahead += seconds
    bot.services.postman.wake()
    await asyncio.sleep(0.05)


async def configure(bot: Bot, chat: Any, **values: object) -> None:
    await bot.services.desk.records(lambda r: r.alert_settings.change(chat.id, **values))
    bot.services.postman.wake()


def message_rows(chat: Any, message: Any) -> Any:
    return lambda records: records.outbox.of_message(chat.id, message["message_id"])


# What goes well


@played
async def test_alerts_go_out_in_order_and_are_kept_as_sent(tmp_path: Path) -> None:
    async with Office(tmp_path) as office, office.bot() as bot:
        await put(bot, office.chats[0], 1, 2, 3)
        found = await until_settled(bot)
        messages = office.api.sent(office.chats[0])
        assert office.texts() == ["alert 1", "alert 2", "alert 3"]
        assert [row.message_id for row in found] == [message["message_id"] for message in messages]
        assert [(row.bundle, row.attempts, row.unknowns) for row in found] == [(n, 1, 0) for n in (1, 2, 3)]
        for row, message in zip(found, messages, strict=True):
            assert await bot.services.desk.records(message_rows(office.chats[0], message)) == [row]


@played
async def test_the_next_is_taken_when_the_outcome_of_the_one_before_is_kept(tmp_path: Path) -> None:
    async with Office(tmp_path, 2) as office:
        office.api.fail("sendMessage", slow(0.4), chat=office.chats[0])
        async with office.bot() as bot:
            await put(bot, office.chats[0], 1, 2)
            await office.api.until(lambda: office.api._busy > office.api._polling)
            await put(bot, office.chats[1], 3)
            await office.api.until(lambda: office.texts(office.chats[1]) == ["alert 3"])
            assert [row.state for row in await rows(bot)][:2] == ["sending", "queued"]
            await until_settled(bot)
            assert office.texts() == ["alert 1", "alert 2"]


@played
async def test_a_chat_gets_a_message_a_second(tmp_path: Path) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await quickly(seconds)

    async with Office(tmp_path) as office, office.bot(sleep=sleep) as bot:
        await put(bot, office.chats[0], 1, 2, 3)
        await until_settled(bot)
        assert slept.count(1.0) >= 2


@played
async def test_silent_chats_topics_and_updates(tmp_path: Path) -> None:
    async with Office(tmp_path) as office, office.bot() as bot:
        group = office.api.group("Redaksi", forum=True)
        topic = office.api.topic(group, "Mitra")
        await put(bot, group, 1, thread=topic)
        [sent] = await until_settled(bot)
        await configure(bot, group, silent=True)
        await put(bot, group, 1, kind="update", thread=topic, article=9)
        await until_settled(bot)
        alert, update = office.api.sent(group)
        assert (alert["text"], alert["thread"], update["text"], update["thread"]) == (
            *("alert 1", topic),
            *("update 1", topic),
        )
        assert update["reply_to_message"]["message_id"] == sent.message_id
        asked = [call.params for call in office.api.calls if call.method == "sendMessage"]
        assert [params.get("disable_notification", False) for params in asked] == [False, True]
        assert asked[1]["reply_parameters"]["allow_sending_without_reply"] is True


@played
async def test_many_at_once_are_one_digest_and_the_hours_limit_holds(tmp_path: Path) -> None:
    async with Office(tmp_path) as office, office.bot() as bot:
        await configure(bot, office.chats[0], cap=2)
        await put(bot, office.chats[0], 1, 2, 3)
        await until_settled(bot)
        assert office.texts() == ["alert 1\nalert 2\nalert 3"]
        await put(bot, office.chats[0], 4)
        await until_settled(bot)
        await put(bot, office.chats[0], 5, 6)
        await later(office, bot, 600)
        assert len(office.texts()) == 2
        await later(office, bot, 3001)
        await until_settled(bot)
        assert office.texts()[2:] == ["alert 5", "alert 6"]


@played
async def test_what_does_not_fit_into_a_digest_goes_into_the_next(tmp_path: Path) -> None:
    async def short(services: Services, rows: Sequence[Alert], language: str) -> Written:
        return await _first(2, services, rows, language)

    async with Office(tmp_path) as office, office.bot(write=short) as bot:
        await configure(bot, office.chats[0], cap=3)
        await put(bot, office.chats[0], 1, 2, 3, 4, 5)
        found = await until_settled(bot)
        assert office.texts() == ["alert 1\nalert 2", "alert 3\nalert 4", "alert 5"]
        assert [row.bundle for row in found] == [1, 1, 3, 3, 5]


@played
async def test_what_was_muted_or_removed_while_it_waited_is_not_sent(tmp_path: Path) -> None:
    async with Office(tmp_path) as office, office.bot() as bot:
        chat = office.chats[0]
        bmw, grab, gojek = await follow(bot, chat, "BMW", "Grab", "Gojek")
        await configure(bot, chat, cap=1)
        await put(bot, chat, 9)
        await until_settled(bot)  # for an hour nothing more goes out
        for story, follows in ((1, [bmw]), (2, [bmw, grab]), (3, [gojek]), (4, [grab])):
            place, now = Place(chat.id), bot.services.now()
            await bot.services.desk.records(
                lambda r, s=story, f=follows: r.outbox.enqueue("alert", place, s, s, [], f, now)  # noqa: B023
            )
        await bot.services.desk.records(lambda r: r.follows.pause(bmw, True))
        await bot.services.desk.records(lambda r: r.follows.remove(gojek))
        await later(office, bot, 3601)
        found = await until_settled(bot, "sent", "dead")
        assert office.texts() == ["alert 9", "alert 2\nalert 4"]
        assert [(row.state, row.detail) for row in found[1:]] == [
            ("dead", "not followed any more"),
            ("sent", ""),
            ("dead", "not followed any more"),
            ("sent", ""),
        ]
        assert office.told() == []


@played
async def test_what_may_have_arrived_is_settled_though_it_was_muted(tmp_path: Path) -> None:
    async with Office(tmp_path) as office, office.bot() as bot:
        chat = office.chats[0]
        [bmw] = await follow(bot, chat, "BMW")
        office.api.fail("sendMessage", reset(after_accepting=True), times=1, chat=chat)
        place, now = Place(chat.id), bot.services.now()
        await bot.services.desk.records(lambda r: r.outbox.enqueue("alert", place, 1, 1, [], [bmw], now))
        bot.services.postman.wake()
        await until_state(bot, "unknown", unknowns=1)
        await bot.services.desk.records(lambda r: r.follows.pause(bmw, True))
        await later(office, bot, 60)
        await until_state(bot, "sent", unknowns=1)
        assert office.texts() == ["alert 1"] * 2


@played
async def test_what_is_unmuted_before_its_time_is_sent(tmp_path: Path) -> None:
    async with Office(tmp_path) as office, office.bot() as bot:
        chat = office.chats[0]
        [bmw] = await follow(bot, chat, "BMW")
        await configure(bot, chat, cap=1)
        await put(bot, chat, 9)
        await until_settled(bot)
        place, now = Place(chat.id), bot.services.now()
        await bot.services.desk.records(lambda r: r.outbox.enqueue("alert", place, 1, 1, [], [bmw], now))
        await bot.services.desk.records(lambda r: r.follows.pause(bmw, True))
        await later(office, bot, 60)
        await bot.services.desk.records(lambda r: r.follows.pause(bmw, False))
        await later(office, bot, 3601)
        await until_settled(bot)
        assert office.texts() == ["alert 9", "alert 1"]


async def _first(number: int, services: Services, rows: Sequence[Alert], language: str) -> Written:
    written = await letter(services, rows[:number], language)
    return Written(written.html, None, min(number, len(rows)))


# Row 3: killed; what is left at the start


@played
async def test_what_was_being_sent_at_the_end_goes_out_again_and_is_counted(tmp_path: Path) -> None:
    async with Office(tmp_path) as office:
        async with office.bot(write=letter, watch=None) as bot:
            office.api.fail("sendMessage", slow(0.2))
            await put(bot, office.chats[0], 1, 2)
            await until_settled(bot)
        with sqlite3.connect(office.data / "warta.db") as file:
            file.execute("update outbox set state = 'sending' where id = 1")
        file.close()
        async with office.bot() as bot:
            found = await until_settled(bot)
        assert [row.unknowns for row in found] == [1, 0]
        assert Counter(office.texts()) == {"alert 1": 2, "alert 2": 1}


# Row 4: the reply is lost


@played
async def test_a_lost_reply_is_unknown_and_sent_again_three_times(tmp_path: Path) -> None:
    async with Office(tmp_path) as office:
        office.api.fail("sendMessage", reset(after_accepting=True), times=None, chat=office.chats[0])
        async with office.bot() as bot:
            await put(bot, office.chats[0], 1)
            row = await until_state(bot, "unknown", 1)
            for lost, pause in ((1, 15.0), (2, 60.0), (3, 240.0)):
                assert row.not_before - row.changed_at == pause
                await later(office, bot, pause - 5)
                assert len(office.texts()) == lost
                await later(office, bot, 6)
                row = await until_state(bot, "unknown", lost + 1)
            await later(office, bot, DAY)
            assert office.texts() == ["alert 1"] * 4
            assert [("alert unknown" in text, "alert 1 to chat" in text) for text in office.told()] == [(True, True)]


@played
async def test_a_lost_reply_holds_back_what_comes_after_it(tmp_path: Path) -> None:
    async with Office(tmp_path) as office:
        office.api.fail("sendMessage", reset(after_accepting=True), chat=office.chats[0])
        async with office.bot() as bot:
            await put(bot, office.chats[0], 1, 2)
            await until_settled(bot, "unknown", "queued")
            await later(office, bot, 20)
            found = await until_settled(bot)
            assert office.texts() == ["alert 1", "alert 1", "alert 2"]
            assert [row.unknowns for row in found] == [1, 0]


# Row 5: it never reached Telegram


@played
async def test_a_telegram_that_cannot_be_reached_loses_and_doubles_nothing(tmp_path: Path) -> None:
    async with Office(tmp_path) as office, office.bot() as bot:
        port = int(office.api.url.rpartition(":")[2])
        office.api.__exit__(None)
        await put(bot, office.chats[0], 1, 2)
        row = await _until_refused(bot)
        assert (row.state, row.unknowns, row.attempts) == ("queued", 0, 0)
        assert "NetworkError" in row.detail
        office.api = BotApi(port=port)
        office.api.__enter__()
        chat = office.api.private(office.api.user("Orang", id=office.chats[0].id))
        chat.started = True
        await later(office, bot, 40)
        await until_settled(bot)
        assert office.texts(chat) == ["alert 1", "alert 2"]


async def _until_refused(bot: Bot) -> Alert:
    async with asyncio.timeout(20):
        while not (found := (await rows(bot))[0]).detail:
            await asyncio.sleep(0.01)
    return found


# Row 13: too many


@played
async def test_who_must_wait_is_left_alone_over_a_restart_and_others_go_on(tmp_path: Path) -> None:
    async with Office(tmp_path, 2) as office:
        office.api.fail("sendMessage", too_many(43_838), chat=office.chats[0])
        async with office.bot() as bot:
            await put(bot, office.chats[0], 1)
            await put(bot, office.chats[1], 2)
            await office.api.until(lambda: office.texts(office.chats[1]) == ["alert 2"])
            held, _ = await until_settled(bot, "queued", "sent")
            assert 43_800 < held.not_before - office.clock() < 43_840
        for hours in (0, 11):
            office.clock.ahead += hours * 3600
            async with office.bot() as bot:
                await later(office, bot, 0)
                await asyncio.sleep(0.1)
        calls = [c for c in office.api.calls if c.method == "sendMessage" and c.params["chat_id"] == office.chats[0].id]
        assert len(calls) == 1
        office.clock.ahead += 2 * 3600
        async with office.bot() as bot:
            found = await until_settled(bot)
            assert office.texts() == ["alert 1"]
            assert [row.unknowns for row in found] == [0, 0]


@played
async def test_a_short_wait_is_waited_for(tmp_path: Path) -> None:
    async with Office(tmp_path) as office:
        office.api.fail("sendMessage", too_many(1), chat=office.chats[0])
        async with office.bot(sleep=asyncio.sleep) as bot:
            await put(bot, office.chats[0], 1)
            await until_settled(bot)
            assert office.texts() == ["alert 1"]


# Row 14: a Telegram that is not well


@played
async def test_nothing_is_lost_when_a_fifth_of_the_calls_fail(tmp_path: Path) -> None:
    async with Office(tmp_path, 10) as office:
        async with office.bot() as bot:
            office.api.chaos(0.2, seed=5)
            for number, chat in enumerate(office.chats):
                await put(bot, chat, *range(number * 10, number * 10 + 4))
            async with asyncio.timeout(30):
                while {row.state for row in await rows(bot)} != {"sent"}:
                    await later(office, bot, 20)
            found = await rows(bot)
            office.api.heal()
        for number, chat in enumerate(office.chats):
            times = Counter(office.texts(chat))
            assert set(times) == {f"alert {story}" for story in range(number * 10, number * 10 + 4)}
        # These faults come before the call is carried out; garbage and resets look as if they might have come after.
        assert len([text for chat in office.chats for text in office.texts(chat)]) == 40
        assert sum(row.unknowns for row in found) > 0


# Row 16: closed chats


@pytest.mark.parametrize(
    "refusal",
    [forbidden(), forbidden("bot was kicked from the supergroup chat"), bad_request("chat not found"),
     bad_request("not enough rights to send text messages to the chat")],
    ids=["blocked", "kicked", "not found", "rights"],
)  # fmt: skip
@played
async def test_a_closed_chat_is_switched_off_and_the_others_go_on(tmp_path: Path, refusal: Any) -> None:
    async with Office(tmp_path, 50) as office:
        closed = office.chats[20]
        office.api.fail("sendMessage", refusal, times=None, chat=closed)
        async with office.bot() as bot:
            for number, chat in enumerate(office.chats):
                await put(bot, chat, number * 2 + 1, number * 2 + 2)
            found = await until_settled(bot, "sent", "dead")
            assert {row.place.chat_id for row in found if row.state == "dead"} == {closed.id}
            assert len([row for row in found if row.state == "dead"]) == 2
            assert all(len(office.texts(chat)) == 2 for chat in office.chats if chat is not closed)
            calls = [call for call in office.api.calls if call.params.get("chat_id") == closed.id]
            assert len(calls) == 1
            known = await bot.services.chat(closed.id)
            assert known is not None
            assert not known.active
            await office.api.settled()
            assert [str(closed.id) in text for text in office.told()] == [True]


@played
async def test_what_a_topic_cannot_take_goes_to_the_chat_itself(tmp_path: Path) -> None:
    async with Office(tmp_path) as office, office.bot() as bot:
        group = office.api.group("Redaksi", forum=True)
        await put(bot, group, 1, 2, thread=4711)
        await until_settled(bot)
        assert [(m["text"], m.get("thread")) for m in office.api.sent(group)] == [("alert 1", None), ("alert 2", None)]
        known = await bot.services.chat(group.id)
        assert known is not None
        assert known.active


# Row 17: a group that moved


@played
async def test_a_group_that_moved_gets_each_alert_once_where_it_is_now(tmp_path: Path) -> None:
    async with Office(tmp_path) as office, office.bot() as bot:
        group = office.api.group("Redaksi", kind="group")
        await put(bot, group, 1)
        await until_settled(bot)
        moved = office.api.migrate(group)
        office.api.updates.clear()  # it is the send that finds out
        await put(bot, group, 2, 3)
        found = await until_settled(bot)
        assert (office.texts(group), office.texts(moved)) == (["alert 1"], ["alert 2", "alert 3"])
        assert {row.place.chat_id for row in found} == {moved.id}
        assert [row.unknowns for row in found] == [0, 0, 0]


# Row 18: texts that are refused


@pytest.mark.parametrize("words", ["can't parse entities: Unexpected end tag", "message is too long"])
@played
async def test_what_telegram_cannot_read_goes_out_as_plain_text(tmp_path: Path, words: str) -> None:
    async def bold(services: Services, rows: Sequence[Alert], language: str) -> Written:
        return Written(f"<b>{rows[0].story_id}</b> &amp; co", None, 1)

    async with Office(tmp_path) as office:
        office.api.fail("sendMessage", bad_request(words))
        async with office.bot(write=bold) as bot:
            await put(bot, office.chats[0], 1)
            await until_settled(bot)
            [message] = office.api.sent(office.chats[0])
            assert (message["text"], message.get("entities")) == ("1 & co", None)


@pytest.mark.parametrize("words", ["can't parse entities: Unexpected end tag", "BUTTON_DATA_INVALID"])
@played
async def test_what_is_refused_for_good_is_dead_and_told_and_the_next_goes_on(tmp_path: Path, words: str) -> None:
    async with Office(tmp_path) as office:
        times = 2 if "parse" in words else 1
        office.api.fail("sendMessage", bad_request(words), times=times, chat=office.chats[0])
        async with office.bot() as bot:
            await put(bot, office.chats[0], 1, 2)
            found = await until_settled(bot, "dead", "sent")
            assert [row.state for row in found] == ["dead", "sent"]
            assert words.casefold() in found[0].detail.casefold()
            assert office.texts() == ["alert 2"]
            await office.api.until(lambda: len(office.told()) == 1)
            assert "alert dead" in office.told()[0]


@played
async def test_what_cannot_be_written_is_dead_before_it_is_sent(tmp_path: Path) -> None:
    async def picky(services: Services, rows: Sequence[Alert], language: str) -> Written:
        if any(row.story_id in (2, 4) for row in rows):
            raise LookupError("the article is gone") if rows[0].story_id == 4 else KeyError("x")
        return await letter(services, rows, language)

    async with Office(tmp_path) as office, office.bot(write=picky) as bot:
        await configure(bot, office.chats[0], cap=4)
        await put(bot, office.chats[0], 1, 2, 3, 4, 5)  # a digest
        found = await until_settled(bot, "dead", "sent")
        assert [row.state for row in found] == ["sent", "dead", "sent", "dead", "sent"]
        assert [row.attempts for row in found if row.state == "dead"] == [0, 0]
        assert "\n".join(office.texts()) == "alert 1\nalert 3\nalert 5"


@played
async def test_a_digest_that_cannot_be_written_goes_out_one_by_one(tmp_path: Path) -> None:
    async def alone(services: Services, rows: Sequence[Alert], language: str) -> Written:
        if len(rows) > 1:
            raise ValueError("x")
        return await letter(services, rows, language)

    async with Office(tmp_path) as office, office.bot(write=alone) as bot:
        await configure(bot, office.chats[0], mode="hourly")
        await put(bot, office.chats[0], 1, 2, 3)
        await later(office, bot, 3600)
        await until_settled(bot)
        assert office.texts() == ["alert 1", "alert 2", "alert 3"]


# Rows 10 and 12: a database that cannot be written to


@played
async def test_a_busy_database_loses_and_doubles_nothing(tmp_path: Path) -> None:
    async with Office(tmp_path) as office, office.bot() as bot:
        await bot.services.desk.records(lambda r: r.store.connection.execute("pragma busy_timeout = 50"))
        await put(bot, office.chats[0], 1)
        await until_settled(bot)
        held = sqlite3.connect(office.data / "warta.db", isolation_level=None, check_same_thread=False)
        office.api.fail("sendMessage", slow(0.2))
        await put(bot, office.chats[0], 2, 3)
        await office.api.until(lambda: office.api._busy > office.api._polling)
        held.execute("begin immediate")  # while 2 is under way: its outcome cannot be kept
        await office.api.until(lambda: len(office.texts()) == 2)
        await asyncio.sleep(0.3)
        assert office.texts() == ["alert 1", "alert 2"]
        held.execute("rollback")
        held.close()
        found = await until_settled(bot)
        assert office.texts() == ["alert 1", "alert 2", "alert 3"]
        assert [row.unknowns for row in found] == [0, 0, 0]


@played
async def test_a_full_disk_before_a_send_sends_nothing_and_after_it_nothing_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = threading.Event()
    for name in ("take", "sent"):
        original = getattr(Outbox, name)

        def guarded(self: Outbox, *args: Any, original: Any = original) -> Any:
            if full.is_set():
                raise BUSY
            return original(self, *args)

        monkeypatch.setattr(Outbox, name, guarded)
    async with Office(tmp_path) as office, office.bot() as bot:
        full.set()
        await put(bot, office.chats[0], 1, 2)
        await asyncio.sleep(0.2)
        assert office.texts() == []
        office.api.fail("sendMessage", slow(0.2))
        full.clear()
        bot.services.postman.wake()
        await office.api.until(lambda: office.api._busy > office.api._polling)
        full.set()
        await office.api.until(lambda: len(office.texts()) == 1)
        await asyncio.sleep(0.2)
        assert office.texts() == ["alert 1"]
        full.clear()
        found = await until_settled(bot)
        assert office.texts() == ["alert 1", "alert 2"]
        assert [(row.unknowns, row.attempts) for row in found] == [(0, 1), (0, 1)]


# Row 41: clocks


@pytest.mark.parametrize("jump", [-3600.0, DAY])
@played
async def test_a_clock_that_jumps_loses_nothing_and_storms_nobody(tmp_path: Path, jump: float) -> None:
    async with Office(tmp_path, 3) as office, office.bot() as bot:
        instant, daily, lost = office.chats
        await configure(bot, instant, cap=2)
        await configure(bot, daily, mode="daily")
        await put(bot, instant, 1)
        await until_settled(bot)
        office.api.fail("sendMessage", reset(after_accepting=True), chat=lost)
        await put(bot, lost, 9)
        await until_settled(bot, "sent", "unknown")
        await put(bot, daily, 2, 3)
        await later(office, bot, jump)
        await put(bot, instant, 4, 5, 6)
        await put(bot, daily, 7)
        for _ in range(26):
            await later(office, bot, 3600)
        found = await until_settled(bot)
        assert len(found) == 8
        assert office.texts(instant) == ["alert 1", "alert 4\nalert 5\nalert 6"]
        # After the day that was leapt over, what was overdue goes at once, and the rest on the day after.
        whole = ["alert 2\nalert 3\nalert 7"]
        assert office.texts(daily) in ([whole[0]], ["alert 2\nalert 3", "alert 7"])
        assert office.texts(lost) == ["alert 9"] * 2


@played
async def test_an_overdue_digest_goes_out_once(tmp_path: Path) -> None:
    async with Office(tmp_path) as office:
        async with office.bot() as bot:
            await configure(bot, office.chats[0], mode="daily")
            await put(bot, office.chats[0], 1, 2, 3)
            await later(office, bot, 0)
            assert office.texts() == []
        office.clock.ahead += 5 * DAY  # five of its times have gone by
        async with office.bot() as bot:
            await until_settled(bot)
            for _ in range(3):
                await later(office, bot, DAY)
            assert office.texts() == ["alert 1\nalert 2\nalert 3"]


@played
async def test_a_chat_that_waits_notices_a_clock_that_was_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody wakes the postman, and what it sleeps by goes on as before."""
    monkeypatch.setattr("bot.postman.LONGEST_S", 0.05)
    monkeypatch.setattr("bot.postman.LOOK_S", 0.05)
    async with Office(tmp_path) as office, office.bot() as bot:
        await configure(bot, office.chats[0], mode="weekly")
        await put(bot, office.chats[0], 1)
        await asyncio.sleep(0.2)
        assert office.texts() == []
        office.clock.ahead += 8 * DAY
        await until_settled(bot)
        assert office.texts() == ["alert 1"]


@played
async def test_a_chat_that_ends_its_quiet_hours_is_looked_at_again(tmp_path: Path) -> None:
    async with Office(tmp_path) as office, office.bot() as bot:
        await configure(bot, office.chats[0], quiet_from="00:00", quiet_to="23:59", time_zone="UTC")
        office.clock.ahead = -(office.clock() % DAY) + 12 * 3600 + DAY
        await put(bot, office.chats[0], 1)
        await later(office, bot, 3600)
        assert office.texts() == []
        await configure(bot, office.chats[0], quiet_from="")
        await until_settled(bot)


# Edits


async def add_report(bot: Bot, story: int, publisher: str) -> None:
    def add(records: Any) -> None:
        [row] = [one for one in records.outbox.of_stories([story]) if one.kind == "alert"]
        records.outbox.add_elsewhere(row, Elsewhere(publisher, ""))

    await bot.services.desk.records(add)
    bot.services.postman.wake()


async def until_edited(bot: Bot) -> None:
    async with asyncio.timeout(20):
        while any(row.edited for row in await rows(bot)):
            await asyncio.sleep(0.01)


@played
async def test_a_later_report_is_edited_in(tmp_path: Path) -> None:
    async with Office(tmp_path) as office, office.bot() as bot:
        await put(bot, office.chats[0], 1)
        await until_settled(bot)
        await add_report(bot, 1, "Tempo")
        await until_edited(bot)
        assert office.texts() == ["alert 1 +Tempo"]
        assert len(office.api.edits) == 1


@pytest.mark.parametrize(
    ("words", "calls"),
    [(DETAIL, 1), ("message to edit not found", 1), ("message can't be edited", 1)],
)
@played
async def test_an_edit_that_cannot_be_made_is_given_up(tmp_path: Path, words: str, calls: int) -> None:
    async with Office(tmp_path) as office, office.bot() as bot:
        await put(bot, office.chats[0], 1)
        await until_settled(bot)
        office.api.fail("editMessageText", bad_request(words), times=None)
        await add_report(bot, 1, "Tempo")
        await until_edited(bot)
        await later(office, bot, 3600)
        assert len([call for call in office.api.calls if call.method == "editMessageText"]) == calls
        assert [row.state for row in await rows(bot)] == ["sent"]
        assert office.told() == []


@played
async def test_an_edit_is_tried_again_until_it_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.sending.EDIT_AGAIN_S", 0.05)
    async with Office(tmp_path) as office, office.bot() as bot:
        await put(bot, office.chats[0], 1)
        await until_settled(bot)
        office.api.fail("editMessageText", bad_gateway(), times=9)
        await add_report(bot, 1, "Tempo")
        await asyncio.sleep(0.1)
        async with asyncio.timeout(20):
            while (await rows(bot))[0].edited:
                await later(office, bot, 1)
        assert office.texts() == ["alert 1 +Tempo"]


@played
async def test_sends_come_before_edits_and_edits_of_a_chat_are_apart(tmp_path: Path) -> None:
    async with Office(tmp_path) as office, office.bot() as bot:
        await put(bot, office.chats[0], 1, 2)
        await until_settled(bot)
        await add_report(bot, 1, "Tempo")
        await until_edited(bot)
        await add_report(bot, 2, "Tempo")  # within five seconds of that edit
        await later(office, bot, 0)
        assert (await rows(bot))[1].edited
        await put(bot, office.chats[0], 3)
        await until_settled(bot)
        assert office.texts() == ["alert 1 +Tempo", "alert 2", "alert 3"]


@played
async def test_a_digest_that_grew_too_long_is_not_cut_by_an_edit(tmp_path: Path) -> None:
    async def full(services: Services, rows: Sequence[Alert], language: str) -> Written:
        return await _first(1 if any(row.elsewhere for row in rows) else 9, services, rows, language)

    async with Office(tmp_path) as office, office.bot(write=full) as bot:
        await configure(bot, office.chats[0], cap=1)
        await put(bot, office.chats[0], 1, 2)
        await until_settled(bot)
        await add_report(bot, 1, "Tempo")
        await until_edited(bot)
        assert office.texts() == ["alert 1\nalert 2"]


# Stopping


@played
async def test_a_send_under_way_is_finished_at_a_stop(tmp_path: Path) -> None:
    async with Office(tmp_path) as office:
        office.api.fail("sendMessage", slow(0.3))
        async with office.bot() as bot:
            await put(bot, office.chats[0], 1, 2)
            await office.api.until(lambda: office.api._busy > office.api._polling)
        with sqlite3.connect(office.data / "warta.db") as file:
            assert file.execute("select state, unknowns from outbox").fetchall() == [("sent", 0), ("queued", 0)]
        file.close()
        async with office.bot() as bot:
            await until_settled(bot)
        assert office.texts() == ["alert 1", "alert 2"]


@played
async def test_a_send_that_takes_too_long_at_a_stop_is_unknown_at_the_next_start(tmp_path: Path) -> None:
    async with Office(tmp_path) as office:
        office.api.fail("sendMessage", slow(0.5))
        async with office.bot(stop_s=0.05) as bot:
            await put(bot, office.chats[0], 1)
            await office.api.until(lambda: office.api._busy > office.api._polling)
        async with office.bot() as bot:
            [row] = await until_settled(bot)
            assert row.unknowns == 1
        await office.api.until(lambda: office.texts() == ["alert 1"] * 2)


# Errors, one by one


def error_of(error: TelegramError, cause: Exception | None = None) -> TelegramError:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "what", "wait"),
    [
        (error_of(NetworkError("x"), httpx.ConnectError("refused")), "again", AGAIN_S),
        (error_of(TimedOut("x"), httpx.ConnectTimeout("x")), "again", AGAIN_S),
        (error_of(TimedOut("x"), httpx.PoolTimeout("x")), "again", AGAIN_S),
        (NetworkError("Bad Gateway"), "again", AGAIN_S),
        (InvalidToken("x"), "again", AGAIN_S),
        (RetryAfter(90), "again", 90.0),
        (error_of(TimedOut("x"), httpx.ReadTimeout("x")), "lost", 15.0),
        (error_of(NetworkError("x"), httpx.RemoteProtocolError("x")), "lost", 15.0),
        (TelegramError(GARBLED), "lost", 15.0),
        (RuntimeError("of the bot's own"), "lost", 15.0),
    ],
    ids=lambda value: type(value.__cause__ or value).__name__ if isinstance(value, Exception) else "",
)
def test_what_an_error_means(error: Exception, what: str, wait: float) -> None:
    row = Alert(1, "alert", Place(1), 1, 1, (), ())
    found = outcome_of(error, row)
    assert (found.what, found.wait) == (what, wait)


def test_each_lost_reply_has_its_pause_but_the_last() -> None:
    lost = error_of(TimedOut("x"), httpx.ReadTimeout("x"))
    rows = [Alert(1, "alert", Place(1), 1, 1, (), (), attempts=attempts) for attempts in range(5)]
    found = [outcome_of(lost, row) for row in rows]
    assert [(one.what, one.wait) for one in found] == [
        ("lost", 15.0), ("lost", 60.0), ("lost", 240.0), ("given up", 0.0), ("given up", 0.0),
    ]  # fmt: skip
