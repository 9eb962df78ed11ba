"""kill -9 in the middle of a sync: nothing is lost, nothing comes twice, and the next run goes on from there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import news
import pytest
from children import STEPS, Nursery
from newsroom import Newsroom
from web import Site

from index.doctor import check_health
from index.pipeline import Warta
from index.settings import Settings
from index.sources.book import SourceBook
from index.store import Store

pytestmark = pytest.mark.slow
FEEDS, EACH = 3, 4


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery() as nursery:
        yield nursery


@pytest.fixture
def room() -> Iterator[Newsroom]:
    with Site() as site:
        yield Newsroom(site, site.url)


def fill(room: Newsroom, data: Path, *, more: bool = False) -> None:
    for feed in range(FEEDS):
        numbers = range(feed * 10, feed * 10 + EACH + 2 * more)
        for number in numbers:
            room.article(number)
        room.feed(f"/{feed}", [room.item(number) for number in reversed(numbers)], etag=f'"{len(numbers)}"')
    with SourceBook(data / "warta.db") as book:
        for feed in range(FEEDS):
            book.add(f"{room.root}/{feed}", "feed", now=0.0, every=60.0)


def check(data: Path, count: int, fresh: int) -> None:
    """`fresh`: articles that alerts go out for, each once: those that came last."""
    with Warta(Settings(data=data), news.small_engine()) as warta, SourceBook(data / "warta.db") as book:
        ids = warta.store.article_ids()
        urls = [one.url for one in warta.store.articles(ids).values()]
        assert len(set(urls)) == len(urls) == count
        assert arrived(data) == ids[count - fresh :]
        assert not [finding for finding in check_health(warta) if not finding.ok and finding.name != "model files"]
        assert all(source.primed and source.etag and not source.failures for source in book.all())
        assert {stored for stored, failed in book.counts().values() if not failed} == {count // FEEDS}


def arrived(data: Path) -> list[int]:
    with Store(data / "warta.db") as store:
        assert not any(one.copy_key for one in store.arrivals())
        return [one.article_id for one in store.arrivals()]


@pytest.mark.parametrize("step", STEPS["sync"], ids=lambda step: f"{step[2]}-{step[3]}")
@pytest.mark.parametrize("first", [True, False], ids=["first sight", "later"])
def test_killed_at_a_step(
    nursery: Nursery, room: Newsroom, tmp_path: Path, step: tuple[str, str, str, int], first: bool
) -> None:
    fill(room, tmp_path)
    if not first:
        assert nursery.run("sync", tmp_path)["signal"] == 0
        fill(room, tmp_path, more=True)
    # What was there at first does not arrive, so there is nothing to die of.
    survives = first and step[2] == "put_arrival"
    assert nursery.run("sync", tmp_path, kill_before=step)["signal"] == (0 if survives else 9)
    with Store(tmp_path / "warta.db") as store:
        assert arrived(tmp_path) == ([] if first else store.article_ids()[FEEDS * EACH :])
    done = nursery.run("sync", tmp_path)
    assert done["signal"] == 0
    assert json.loads(done["lines"][0])["failed"] == []
    check(tmp_path, FEEDS * (EACH if first else EACH + 2), 0 if first else 2 * FEEDS)
    done = nursery.run("sync", tmp_path)
    assert json.loads(done["lines"][0])["new"] == 0


def test_killed_at_any_moment(nursery: Nursery, room: Newsroom, tmp_path: Path) -> None:
    fill(room, tmp_path / "whole")
    seconds = nursery.run("sync", tmp_path / "whole")["seconds"]
    for number in range(20):
        data = tmp_path / str(number)
        fill(room, data)
        for _ in range(3):
            nursery.run("sync", data, kill_after=seconds * (number + 1) / 21)
        assert nursery.run("sync", data)["signal"] == 0
        check(data, FEEDS * EACH, 0)
