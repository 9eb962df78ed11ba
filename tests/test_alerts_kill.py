"""kill -9 between an arrival and the message: no alert is lost, and none comes twice that is not counted as unknown."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import time
from typing import Any

import news
import pytest
from bot_api import BotApi
from children import STEPS, Nursery
from stage import opened

from bot.chats import BotStore
from bot.desk import Records
from bot.records import Place
from index.interests import interest_of

pytestmark = pytest.mark.slow
KILLS = int(os.environ.get("WARTA_KILLS", "60"))
CHATS, STORIES = 5, 3
"""A round has so many stories for each of so many chats."""


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery() as nursery:
        yield nursery


class Round:
    """A Telegram with chats that follow one name, and a data folder where stories of it arrive."""

    def __init__(self, api: BotApi, data: Path) -> None:
        self.api, self.data = api, data
        self.chats = [api.private(api.user(f"Orang {n}")) for n in range(CHATS)]
        self.stories = 0
        today = datetime.fromtimestamp(time(), UTC).strftime("%Y-%m-%d")
        with opened(data, news.small_engine()) as warta:
            assert list(warta.ingest([replace(news.article(1), title="BMW", published_at=today)]))
            warta.store.connection.execute("delete from arrivals")
        with BotStore(data / "warta.db") as store:
            records = Records(store)
            for chat in self.chats:
                chat.started = True
                store.see_chat(chat.id, "private", "x")
                records.follows.add(Place(chat.id), interest_of("partner", "BMW"), 5, 0.0)
                records.alert_settings.change(chat.id, cap=1_000_000)

    def arrive(self) -> None:
        """STORIES articles, each a story of its own: rows like the first's, which is quicker than adding them."""
        with opened(self.data, news.small_engine()) as warta:
            store = warta.store
            with store.transaction():
                [article] = store.db.query("select * from articles where id = 1")
                [telling] = store.db.query("select * from tellings where article_id = 1")
                for _ in range(STORIES):
                    self.stories += 1
                    number = self.stories + 1
                    store.db["articles"].insert({**article, "id": number, "key": str(number), "url": str(number)})
                    store.db["stories"].insert({"id": number, "first_article": number, "created_at": ""})
                    store.db["tellings"].insert({**telling, "article_id": number, "story_id": number})
                    store.put_arrival(number)

    def run(self, nursery: Nursery, **more: Any) -> dict[str, Any]:
        return nursery.run("alerts", self.data, url=self.api.url, token=self.api.token, **more)

    def check(self) -> tuple[int, int, int]:
        """How many alerts were lost, came twice, and were counted as unknown."""
        times = Counter((message["text"], message["chat"]["id"]) for message in self.api.sent())
        wanted = {(f"alert {story + 1}", chat.id) for story in range(1, self.stories + 1) for chat in self.chats}
        assert times.keys() <= wanted
        with BotStore(self.data / "warta.db") as store:
            assert store.read("select state, count(*) from outbox group by state") == [("sent", len(wanted))]
            assert store.read("pragma integrity_check") == [("ok",)]
            [(unknowns,)] = store.read("select sum(unknowns) from outbox")
        return len(wanted - times.keys()), sum(times.values()) - len(times), int(unknowns)


@pytest.mark.parametrize("step", STEPS["alerts"], ids=lambda step: f"{step[2]}-{step[3]}")
def test_killed_at_a_step(nursery: Nursery, tmp_path: Path, step: tuple[str, str, str, int]) -> None:
    with BotApi() as api:
        one = Round(api, tmp_path / "data")
        one.arrive()
        assert one.run(nursery, kill_before=step)["signal"] == 9
        done = one.run(nursery)
        assert (done["signal"], done["lines"]) == (0, ["done"])
        lost, twice, unknown = one.check()
        # Up to eight chats are written to at the same time: others of them may be between the request and the mark.
        assert lost == 0
        assert twice <= unknown <= CHATS
        if step[2] == "sent":  # between the reply and the mark: this one has arrived and nobody knows
            assert twice >= 1
        if step[2] in ("written_down", "enqueue", "drop_arrival"):
            assert (twice, unknown) == (0, 0)


def test_a_full_disk_stops_sending_and_nothing_is_sent_again_while_it_is_full(nursery: Nursery, tmp_path: Path) -> None:
    with BotApi() as api:
        one = Round(api, tmp_path / "data")
        for _ in range(4):
            one.arrive()
        # No file may grow beyond what the database has: its log of what is written is full in the middle of the work.
        most = (one.data / "warta.db").stat().st_size
        assert one.run(nursery, file_bytes=most, kill_after=6)["signal"] == 9
        times = Counter((message["text"], message["chat"]["id"]) for message in api.sent())
        assert set(times.values()) <= {1}
        assert len(times) < one.stories * CHATS
        assert one.run(nursery)["lines"] == ["done"]  # there is space again
        lost, twice, unknown = one.check()
        assert lost == 0
        assert twice <= unknown <= CHATS


def test_killed_at_any_moment(nursery: Nursery, tmp_path: Path) -> None:
    chance = random.Random(5)
    with BotApi() as api:
        one = Round(api, tmp_path / "data")
        one.arrive()
        seconds = one.run(nursery)["seconds"]
        kills = 0
        while kills < KILLS:
            one.arrive()
            while kills < KILLS and one.run(nursery, kill_after=chance.uniform(0, seconds))["signal"] == 9:
                kills += 1
                if chance.random() < 0.3:
                    one.arrive()
        assert one.run(nursery)["lines"] == ["done"]
        lost, twice, unknown = one.check()
        print(f"{kills} kills, {one.stories * CHATS} alerts: {lost} lost, {twice} twice, {unknown} unknown")  # noqa: T201
        assert lost == 0
        assert twice <= unknown
        assert unknown > 0
