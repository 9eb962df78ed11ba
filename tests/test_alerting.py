"""From arrivals to the outbox: what is written down, all or nothing, and what cannot stop the others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import news
import pytest
from bot_api import BotApi
from stage import ByTitle, Clock, at_work, letter, opened, played, quickly

from bot.alerting import MOST_TRIES
from bot.life import Bot
from bot.records import Alert, Place
from index.errors import ModelMismatchError
from index.interests import interest_of
from index.names import NameBook
from index.pipeline import Warta
from index.types import Article

HOUR, DAY = 3600.0, 86_400.0
ADMIN = 77
ENGINE = news.small_engine()


class ByName(ByTitle):
    """A watch that can be made to fail, and remembers the names that it was given."""

    spoilt: tuple[int, ...] = ()
    error: Exception | None = None
    books: tuple[NameBook, ...] = ()
    asked: tuple[tuple[int, ...], ...] = ()

    def __init__(self, warta: Warta, interests: Sequence[Any], book: NameBook) -> None:
        super().__init__(warta, interests, book)
        self._book = book

    def match(self, article_ids: Sequence[int]) -> dict[int, Any]:
        ByName.books, ByName.asked = (*ByName.books, self._book), (*ByName.asked, tuple(article_ids))
        if ByName.error is not None:
            raise ByName.error
        if not set(ByName.spoilt).isdisjoint(article_ids):
            raise ZeroDivisionError("a spoilt article")
        return super().match(article_ids)


@pytest.fixture(autouse=True)
def _by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.sending.EDIT_PACE_S", 0.05)
    ByName.spoilt, ByName.error, ByName.books, ByName.asked = (), None, (), ()


def about(number: int, *names: str, hours: float = 1.0, **more: Any) -> Article:
    """Article `number` of the made-up ones, published so many hours ago, with names in its title."""
    stamp = datetime.fromtimestamp(Clock()() - hours * HOUR, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    title = f"{' dan '.join(names)} kabar {number}"
    return replace(news.article(number), title=title, **{"published_at": stamp} | more)


class Room:
    """A data folder whose arrivals are put there by hand."""

    def __init__(self, tmp_path: Path) -> None:
        self.data = tmp_path / "data"
        self.clock = Clock()
        self.api = BotApi()

    async def __aenter__(self) -> Room:
        self.api.__enter__()
        boss = self.api.private(self.api.user("Bos", id=ADMIN))
        boss.started = True
        self.chat = self.api.private(self.api.user("Ani"))
        self.chat.started = True
        self.other = self.api.private(self.api.user("Budi"))
        self.other.started = True
        return self

    async def __aexit__(self, kind: object, *_: object) -> None:
        self.api.__exit__(kind)

    def store(self, *articles: Article, story: int = 0) -> list[int]:
        """Articles as they are stored, each a story of its own, of its number, unless told; nothing arrives by this."""
        with opened(self.data, ENGINE) as warta:
            found = [outcome.article_id for outcome in warta.ingest(articles)]
            ids = [number for number in found if number is not None]
            connection = warta.store.connection
            connection.execute("delete from arrivals")
            connection.execute("delete from story_bridges")
            for number in ids:
                own = story or number
                connection.execute("insert or ignore into stories values (?, ?, '')", [own, number])
                connection.execute("update tellings set story_id = ? where article_id = ?", [own, number])
        return ids

    def arrive(self, *article_ids: int, copy: str = "") -> None:
        with opened(self.data, ENGINE) as warta:
            for number in article_ids:
                warta.store.put_arrival(number, copy)

    def bot(self, watch: Any = ByName, **more: Any) -> Any:
        given = {"engine": ENGINE, "now": self.clock, "sleep": quickly, "write": letter, "admins": (ADMIN,)} | more
        return at_work(self.api, self.data, watch=watch, **given)

    def told(self) -> list[str]:
        return [message["text"] for message in self.api.sent(self.api.chats[ADMIN])]

    def texts(self, chat: Any = None) -> list[str]:
        return [message["text"] for message in self.api.sent(chat or self.chat)]


async def follow(bot: Bot, chat: Any, *patterns: str, thread: int = 0) -> None:
    def add(records: Any) -> None:
        records.store.see_chat(chat.id, chat.type, "x")
        for pattern in patterns:
            assert records.follows.add(Place(chat.id, thread), interest_of("partner", pattern), 5, 0.0)

    await bot.services.desk.records(add)


async def dealt_with(bot: Bot) -> list[Alert]:
    """Wait until nothing waits that has arrived and nothing that is to be sent; all rows, oldest first."""
    bot.alerting.wake()

    def left(records: Any) -> bool:
        return bool(records.store.arrivals(1) or {"queued", "sending"} & records.outbox.counts().keys())

    async with asyncio.timeout(20):
        while await bot.services.desk.records(left):
            await asyncio.sleep(0.01)
    return list(reversed(await bot.services.desk.records(lambda r: r.outbox.rows(limit=1000))))


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


@played
async def test_an_article_that_is_followed_is_sent_once_to_each_chat(tmp_path: Path) -> None:
    async with Room(tmp_path) as room:
        one, two, three = room.store(about(1, "BMW", "Alibaba"), about(2, "Grab"), about(3, "Nobody"))
        async with room.bot() as bot:
            await follow(bot, room.chat, "BMW", "Alibaba", "Grab")
            await follow(bot, room.other, "Alibaba")
            room.arrive(one, two, three)
            rows = await dealt_with(bot)
            assert [(row.article_id, row.place.chat_id, row.reasons, row.follows) for row in rows] == [
                (one, room.chat.id, ("BMW", "Alibaba"), (1, 2)),
                (one, room.other.id, ("Alibaba",), (4,)),
                (two, room.chat.id, ("Grab",), (3,)),
            ]
            assert [row.state for row in rows] == ["sent"] * 3
            assert (len(room.texts()), len(room.texts(room.other))) == (2, 1)


@played
async def test_the_same_story_is_one_alert_and_a_line_in_it(tmp_path: Path) -> None:
    async with Room(tmp_path) as room:
        [first] = room.store(about(1, "BMW"))
        later = room.store(about(2, "BMW", publisher="Tempo"), about(3, "BMW", publisher="Kompas"), story=1)
        async with room.bot() as bot:
            await follow(bot, room.chat, "BMW")
            room.arrive(first, *later)
            rows = await dealt_with(bot)
            await until(lambda: room.texts() == ["alert 1 +Tempo +Kompas"])
            assert [(row.kind, row.article_id) for row in rows] == [("alert", first)]
            assert len(room.api.sent(room.chat)) == 1


@played
async def test_another_partner_in_the_story_is_an_update(tmp_path: Path) -> None:
    async with Room(tmp_path) as room:
        [first] = room.store(about(1, "BMW"))
        [second] = room.store(about(2, "BMW", "Alibaba"), story=1)
        async with room.bot() as bot:
            await follow(bot, room.chat, "BMW", "Alibaba")
            room.arrive(first, second)
            rows = await dealt_with(bot)
            assert [(row.kind, row.follows) for row in rows] == [("alert", (1,)), ("update", (1, 2))]
            alert, update = room.api.sent(room.chat)
            assert update["reply_to_message"]["message_id"] == alert["message_id"]


@played
async def test_what_an_article_would_fit_as_well_is_no_second_alert(tmp_path: Path) -> None:
    async with Room(tmp_path) as room:
        first, second = room.store(about(1, "BMW"), about(2, "BMW"))
        with opened(room.data, ENGINE) as warta:
            warta.store.put_bridge(1, 2, second)
        async with room.bot() as bot:
            await follow(bot, room.chat, "BMW")
            room.arrive(first, second)
            assert [row.story_id for row in await dealt_with(bot)] == [1]


@played
async def test_a_copy_is_a_line_where_the_story_was_told_and_nothing_elsewhere(tmp_path: Path) -> None:
    async with Room(tmp_path) as room:
        [first] = room.store(about(1, "BMW"))
        with opened(room.data, ENGINE) as warta:
            warta.store.add_key(
                "k", first, replace(news.article(9), publisher="Tribun", url="https://tribun.example/1")
            )
        async with room.bot() as bot:
            await follow(bot, room.chat, "BMW")
            room.arrive(first)
            await dealt_with(bot)
            await follow(bot, room.other, "BMW")
            room.arrive(first, copy="k")
            room.arrive(first, copy="a key that is gone")
            rows = await dealt_with(bot)
            assert [[report.url for report in row.elsewhere] for row in rows] == [["https://tribun.example/1"]]
            await until(lambda: room.texts() == ["alert 1 +Tribun"])
            assert room.texts(room.other) == []


# What makes no alert


@played
async def test_a_first_subscription_is_not_blasted_with_what_is_there(tmp_path: Path) -> None:
    """Row 29: five hundred that came before anybody followed anything."""
    async with Room(tmp_path) as room:
        ids = room.store(*(about(number, "BMW") for number in range(21)))
        room.arrive(*ids[:20] * 25)
        async with room.bot() as bot:
            await follow(bot, room.chat, "BMW")
            assert await dealt_with(bot) == []
            room.arrive(ids[20])
            assert [row.article_id for row in await dealt_with(bot)] == [ids[20]]


@pytest.mark.parametrize(
    ("published", "sent"),
    [
        ({"hours": 71.9}, 1),
        ({"hours": 72.1}, 0),
        ({"published_at": "2019"}, 0),
        ({"published_at": ""}, 1),
        ({"published_at": "2199"}, 1),
    ],
)
@played
async def test_old_news_that_comes_late_is_not_told(tmp_path: Path, published: dict[str, Any], sent: int) -> None:
    async with Room(tmp_path) as room:
        [one] = room.store(about(1, "BMW", **published))
        async with room.bot() as bot:
            await follow(bot, room.chat, "BMW")
            room.arrive(one)
            assert len(await dealt_with(bot)) == sent


@played
async def test_how_old_is_a_setting(tmp_path: Path) -> None:
    async with Room(tmp_path) as room:
        one, two = room.store(about(1, "BMW", hours=5), about(2, "BMW", hours=3))
        async with room.bot(alert_age=4) as bot:
            await follow(bot, room.chat, "BMW")
            room.arrive(one, two)
            assert [row.article_id for row in await dealt_with(bot)] == [two]


@played
async def test_what_was_paused_or_removed_while_it_was_matched_makes_no_alert(tmp_path: Path) -> None:
    async with Room(tmp_path) as room:
        one, two, three = room.store(about(1, "BMW"), about(2, "Grab"), about(3, "Telkom"))
        async with room.bot() as bot:
            await follow(bot, room.chat, "BMW", "Grab", "Telkom")
            desk, alerting = bot.services.desk, bot.alerting
            original = alerting._matches

            async def slow(*given: Any) -> Any:
                found = await original(*given)
                await desk.records(lambda r: r.follows.remove(1))
                await desk.records(lambda r: r.follows.pause(2, True))
                await desk.records(lambda r: r.follows.replace(3, interest_of("partner", "Indosat")))
                return found

            alerting._matches = slow  # type: ignore[method-assign]
            room.arrive(one, two, three)
            assert await dealt_with(bot) == []


@played
async def test_a_group_that_moves_while_it_is_matched_gets_the_alert_where_it_is_now(tmp_path: Path) -> None:
    async with Room(tmp_path) as room:
        [one] = room.store(about(1, "BMW"))
        async with room.bot() as bot:
            group = room.api.group("Redaksi", kind="group")
            await follow(bot, group, "BMW")
            desk, alerting = bot.services.desk, bot.alerting
            original, moved = alerting._matches, list[Any]()

            async def slow(*given: Any) -> Any:
                found = await original(*given)
                if not moved:
                    moved.append(room.api.migrate(group))
                    await desk.records(lambda r: r.store.migrate_chat(group.id, moved[0].id))
                return found

            alerting._matches = slow  # type: ignore[method-assign]
            room.arrive(one)
            assert [row.place.chat_id for row in await dealt_with(bot)] == [moved[0].id]
            assert room.texts(moved[0]) == ["alert 1"]
            assert [call for call in room.api.calls if call.params.get("chat_id") == group.id] == []


@played
async def test_a_chat_that_is_off_gets_nothing(tmp_path: Path) -> None:
    async with Room(tmp_path) as room:
        [first] = room.store(about(1, "BMW"))
        [second] = room.store(about(2, "BMW"), story=1)
        async with room.bot() as bot:
            await follow(bot, room.chat, "BMW")
            room.arrive(first)
            await dealt_with(bot)
            await bot.services.desk.records(lambda r: r.store.set_active(room.chat.id, False))
            room.arrive(second)
            rows = await dealt_with(bot)
            assert [(row.kind, row.elsewhere) for row in rows] == [("alert", ())]


# What goes wrong


@played
async def test_an_article_that_cannot_be_matched_is_tried_thrice_and_stops_nobody(tmp_path: Path) -> None:
    async with Room(tmp_path) as room:
        ids = room.store(*(about(number, "BMW") for number in range(4)))
        ByName.spoilt = (ids[1],)
        async with room.bot() as bot:
            await follow(bot, room.chat, "BMW")
            room.arrive(*ids)
            while await bot.services.desk.records(lambda r: r.store.arrivals(1)):
                bot.alerting.wake()
                await asyncio.sleep(0.02)
            assert [row.article_id for row in await dealt_with(bot)] == [ids[0], ids[2], ids[3]]
            assert ByName.asked.count((ids[1],)) == MOST_TRIES
            await until(room.told)
            assert f"article {ids[1]}" in room.told()[0]


@played
async def test_an_article_whose_facts_cannot_be_read_stops_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoilt(store: Any, article_id: int, story_id: int) -> Any:
        raise ValueError("bad data")

    monkeypatch.setattr("bot.alerting.is_update", spoilt)
    async with Room(tmp_path) as room:
        [first] = room.store(about(1, "BMW"))
        [second] = room.store(about(2, "BMW"), story=1)
        [third] = room.store(about(3, "BMW"))
        async with room.bot() as bot:
            await follow(bot, room.chat, "BMW")
            room.arrive(first, second, third)
            await until(lambda: len(room.texts()) == 2)
            for _ in range(MOST_TRIES):
                bot.alerting.wake()
                await asyncio.sleep(0.1)
            assert [row.article_id for row in await dealt_with(bot)] == [first, third]


@played
async def test_while_the_model_is_another_arrivals_wait_and_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Room(tmp_path) as room:
        [one] = room.store(about(1, "BMW"))
        ByName.error = ModelMismatchError("the vectors are another model's; run warta reindex")
        async with room.bot() as bot:
            await follow(bot, room.chat, "BMW")
            room.arrive(one)
            bot.alerting.wake()
            await until(room.told)
            assert "warta reindex" in room.told()[0]
            assert len(await bot.services.desk.records(lambda r: r.store.arrivals())) == 1
            ByName.error = None
            assert len(await dealt_with(bot)) == 1


@played
async def test_names_that_cannot_be_read_are_told_and_the_last_good_ones_stay(tmp_path: Path) -> None:
    async with Room(tmp_path) as room:
        one, two, three = room.store(*(about(number, "BMW") for number in (1, 2, 3)))
        partners = room.data / "partners.txt"
        async with room.bot() as bot:
            await follow(bot, room.chat, "BMW")
            for number, content in ((one, b"BMW = BMW Group\n"), (two, b"\xff\xfe\xff"), (three, b"BMW = Bayern\n")):
                partners.write_bytes(content)
                room.arrive(number)
                await dealt_with(bot)
            assert [book.canonical("BMW Group") for book in ByName.books] == ["BMW", "BMW", "BMW Group"]
            await until(room.told)
            assert ["partners.txt" in text for text in room.told()] == [True]


@played
async def test_an_arrival_and_its_alerts_are_one_transaction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Room(tmp_path) as room:
        [one] = room.store(about(1, "BMW"))
        async with room.bot() as bot:
            await follow(bot, room.chat, "BMW")
            await follow(bot, room.other, "BMW")
            outbox = await bot.services.desk.records(lambda r: r.outbox)
            original, calls = outbox.enqueue, list[int]()

            def second_fails(*given: Any) -> bool:
                calls.append(1)
                if len(calls) == 2:
                    raise RuntimeError("in the middle")
                return bool(original(*given))

            monkeypatch.setattr(outbox, "enqueue", second_fails)
            room.arrive(one)
            bot.alerting.wake()
            await until(lambda: len(calls) == 2)
            await until(lambda: bot.alerting._tries)
            assert await bot.services.desk.records(lambda r: r.outbox.counts()) == {}
            rows = await dealt_with(bot)
            assert [row.place.chat_id for row in rows] == sorted([room.chat.id, room.other.id])


@played
async def test_a_clock_that_jumps_alerts_of_everything_once(tmp_path: Path) -> None:
    """Row 41: what came before and after the jump is told, once."""
    for jump in (-HOUR, DAY):
        async with Room(tmp_path / str(jump)) as room:
            ids = room.store(*(about(number, "BMW") for number in range(3)))
            async with room.bot() as bot:
                await follow(bot, room.chat, "BMW")
                room.arrive(ids[0])
                await dealt_with(bot)
                room.clock.ahead += jump
                room.arrive(*ids[1:])
                assert [row.article_id for row in await dealt_with(bot)] == ids
                assert len(room.texts()) == 3


@played
async def test_a_backlog_is_worked_off_in_batches_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.alerting.BATCH", 5)
    async with Room(tmp_path) as room:
        ids = room.store(*(about(number, "BMW") for number in range(14)))
        async with room.bot() as bot:
            await follow(bot, room.chat, "BMW")
            await bot.services.desk.records(lambda r: r.alert_settings.change(room.chat.id, cap=1))
            room.arrive(*ids)
            async with asyncio.timeout(20):
                while await bot.services.desk.records(lambda r: r.store.arrivals(1)):
                    await asyncio.sleep(0.01)
            rows = await bot.services.desk.records(lambda r: r.outbox.rows(limit=1000))
            assert [row.article_id for row in reversed(rows)] == ids


@played
async def test_with_no_stand_in_an_article_that_is_added_is_told(tmp_path: Path) -> None:
    async with Room(tmp_path) as room:
        room.store(about(1, "Grab"))
        async with room.bot(watch=None, write=None) as bot:
            await follow(bot, room.chat, "BMW")
            with opened(room.data, ENGINE) as warta:
                outcomes = list(warta.ingest([about(2, "BMW"), about(3, "Telkom")]))
            assert [outcome.status for outcome in outcomes] == ["new", "new"]
            [row] = await dealt_with(bot)
            assert (row.article_id, row.reasons) == (outcomes[0].article_id, ("BMW",))
            [text] = room.texts()
            assert "BMW kabar 2" in text
