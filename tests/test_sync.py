"""Sources over a loopback internet: what comes in, what does not, and what is remembered of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from newsroom import Newsroom, json_feed, whole, words_of
from web import Asked, Clock, Internet, Reply, Site, html, redirect

from index.arrivals import Arrival
from index.errors import EmbedderError, StoreBusyError
from index.pipeline import Warta
from index.settings import Settings
from index.sources import looking
from index.sources.book import Source, SourceBook, SourceKind
from index.sources.fetch import Fetcher, FetchSettings
from index.sources.schedule import DAY, EVERY, HOUR, MINUTE
from index.sync import LOCK, SourceReport, Sync, SyncReport
from tests.fakes import fake_engine

HOST = "berita.example"
ROOT = f"http://{HOST}"
NOW = 1_795_400_000.0
"""2026-11-22, in seconds: two days after the articles."""


@dataclass
class World:
    """A data folder, sites, and a clock for both the network and the schedule."""

    data: Path
    site: Site
    other: Site
    internet: Internet
    clock: Clock
    fetcher: Fetcher
    told: list[SourceReport] = field(default_factory=list)

    @property
    def now(self) -> float:
        return NOW + self.clock.time

    def follow(self, path: str = "/rss", kind: SourceKind = "feed", host: str = HOST, **about: Any) -> Source:
        with SourceBook(self.data / "warta.db") as book:
            added = book.add(f"http://{host}{path}", kind, now=self.now, every=EVERY[kind], **about)
        assert added is not None
        return added

    def sync(self, *, everything: bool = True, **about: Any) -> SyncReport:
        with self.warta() as warta, SourceBook(self.data / "warta.db") as book:
            sources = book.all() if everything else book.due(self.now)
            sync = Sync(warta, book, self.fetcher, now=lambda: self.now, told=self.told.append, **about)
            return sync.run(sources)

    def warta(self) -> Warta:
        return Warta(Settings(data=self.data), fake_engine())

    def articles(self) -> dict[int, Any]:
        with self.warta() as warta:
            return warta.store.articles(warta.store.article_ids())

    def source(self, source_id: int = 1) -> Source:
        with SourceBook(self.data / "warta.db") as book:
            found = book.by_id(source_id)
        assert found is not None
        return found

    def news(self) -> list[int]:
        """Articles that alerts would go out for, as often as they would."""
        return [one.article_id for one in self.arrivals() if not one.copy_key]

    def arrivals(self) -> list[Arrival]:
        with self.warta() as warta:
            return warta.store.arrivals(limit=1000)

    def paths(self) -> list[str]:
        asked = [path for path in self.site.paths() if path != "/robots.txt"]
        self.site.asked.clear()
        return asked


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    clock = Clock()
    with Site() as site, Site() as other:
        internet = Internet({HOST: site, "lain.example": other})
        with Fetcher(
            FetchSettings(deadline=5.0, read_timeout=5.0),
            resolver=internet.resolve,
            now=clock.now,
            sleep=clock.sleep,
            network=internet,
        ) as fetcher:
            yield World(tmp_path / "data", site, other, internet, clock, fetcher)


@pytest.fixture
def room(world: World) -> Newsroom:
    return Newsroom(world.site, ROOT)


def counts(report: SyncReport) -> tuple[int, int, int, int, int]:
    failed = sum(len(one.failed) for one in report.sources)
    return (*(report.total(name) for name in ("new", "changed", "unchanged", "duplicate")), failed)  # type: ignore[return-value]


# What comes in


def test_a_feed_brings_its_articles_once(world: World, room: Newsroom) -> None:
    for number in (1, 2, 3):
        room.article(number)
    room.feed("/rss", [room.item(number) for number in (3, 2, 1)], etag='"a"')
    world.follow()
    assert counts(world.sync()) == (3, 0, 0, 0, 0)
    articles = world.articles()
    assert [one.title for one in articles.values()] == [room.title(number) for number in (1, 2, 3)]
    assert articles[1].url == room.url(1)
    assert articles[1].body == "\n\n".join(words_of(1))
    assert articles[1].published_at == "2026-11-20T01:00:00Z"
    assert world.source().title == "Kabar"
    world.paths()
    assert counts(world.sync()) == (0, 0, 0, 0, 0)
    assert world.paths() == ["/rss"]  # answered with 304


def test_only_what_is_due(world: World, room: Newsroom) -> None:
    room.article(1)
    room.feed("/rss", [room.item(1)], ttl=30)
    world.follow()
    assert len(world.sync(everything=False).sources) == 1
    assert world.source().next_fetch == pytest.approx(world.now + 30 * MINUTE, abs=60)
    assert not world.sync(everything=False).sources
    world.clock.pass_(31 * MINUTE)
    assert len(world.sync(everything=False).sources) == 1


def test_the_whole_text_in_the_feed_needs_no_page(world: World, room: Newsroom) -> None:
    world.site.put(room.path(1), html("<html><body><div id='app'></div><script>render()</script></body></html>"))
    room.feed("/rss", [room.item(1, whole=whole(1))])
    world.follow()
    assert counts(world.sync()) == (1, 0, 0, 0, 0)
    [article] = world.articles().values()
    assert (article.title, article.url) == (room.title(1), room.url(1))
    assert words_of(1)[0] in article.body
    assert words_of(1001)[3] in article.body
    assert world.paths() == ["/rss"]


def test_items_without_an_address_are_told_apart_by_feed(world: World, room: Newsroom) -> None:
    for path, number in (("/a", 1), ("/b", 2)):
        room.feed(path, [room.item(number, guid="1", link="", whole=whole(number))])
        world.follow(path)
    assert counts(world.sync()) == (2, 0, 0, 0, 0)
    assert {one.url.partition("#")[0] for one in world.articles().values()} == {f"{ROOT}/a", f"{ROOT}/b"}


def test_articles_in_parts_are_joined(world: World, room: Newsroom) -> None:
    texts, path = words_of(1), room.path(1)
    next_page = f'<a href="{path}?page=2">2</a>'
    room.article(1, texts=texts[:2], more=next_page)
    world.site.put(f"{path}?page=2", html(room.page(1, texts=texts[2:], more=next_page)))
    room.feed("/rss", [room.item(1)])
    world.follow()
    assert counts(world.sync()) == (1, 0, 0, 0, 0)
    assert world.articles()[1].body == "\n\n".join(texts)


def test_half_an_article_is_none(world: World, room: Newsroom) -> None:
    texts, path = words_of(1), room.path(1)
    room.article(1, texts=texts[:2], more=f'<a href="{path}?page=2">2</a>')
    world.site.put(f"{path}?page=2", Reply(500), html(room.page(1, texts=texts[2:])))
    room.feed("/rss", [room.item(1)])
    world.follow()
    assert counts(world.sync()) == (0, 0, 0, 0, 1)
    world.clock.pass_(HOUR)
    assert counts(world.sync()) == (1, 0, 0, 0, 0)
    assert world.articles()[1].body == "\n\n".join(texts)


def test_the_publisher_that_a_person_named(world: World, room: Newsroom) -> None:
    room.article(1)
    room.feed("/rss", [room.item(1)])
    world.follow(publisher="Warta Contoh")
    world.sync()
    assert world.articles()[1].publisher == "Warta Contoh"


def test_sitemaps_pages_and_single_articles(world: World, room: Newsroom) -> None:
    for number in range(1, 10):
        room.article(number)
    entries = "".join(f"<url><loc>{room.url(n)}</loc></url>" for n in (1, 2))
    xml = {"Content-Type": "application/xml"}
    world.site.put("/part.xml", Reply(200, xml, f'<?xml version="1.0"?><urlset>{entries}</urlset>'.encode()))
    index = f'<?xml version="1.0"?><sitemapindex><sitemap><loc>{ROOT}/part.xml</loc></sitemap><sitemap>' \
        f"<loc>{ROOT}/none.xml</loc></sitemap></sitemapindex>"  # fmt: skip
    world.site.put("/sitemap.xml", Reply(200, {**xml, "ETag": '"1"'}, index.encode()))
    world.site.put("/indeks", html("".join(f'<a href="{room.path(n)}">{room.title(n)}</a>' for n in range(3, 9))))
    world.follow("/sitemap.xml", "sitemap")
    world.follow("/indeks", "page")
    world.follow(room.path(9), "article")
    assert counts(world.sync()) == (9, 0, 0, 0, 0)
    assert world.source(1).etag == ""  # one of its sitemaps may change without it
    assert world.paths().count(room.path(9)) == 1


# First sight, and what is news (row 29)


def test_what_was_there_at_first_is_no_news(world: World, room: Newsroom) -> None:
    for number in range(1, 7):
        room.article(number)
    room.feed("/rss", [room.item(number) for number in (3, 2, 1)])
    world.follow()
    world.sync()
    assert world.news() == []
    room.feed("/rss", [room.item(number) for number in (4, 3, 2, 1)])
    world.sync()
    assert world.news() == [4]


@pytest.mark.parametrize("size", [10, pytest.param(100, marks=pytest.mark.slow)])
def test_many_items_at_first_sight_come_in_turns_and_are_no_news(
    world: World, room: Newsroom, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With 50 and with 500 items."""
    monkeypatch.setattr("index.gathering.ITEMS_A_LOOK", 2 * size)
    for number in range(1, 5 * size + 2):
        room.article(number)
    room.feed("/rss", [room.item(number) for number in range(5 * size, 0, -1)], etag='"all"')
    world.follow()
    reports = [world.sync(everything=False) for _ in range(4)]
    told = [(one.total("new") // size, one.total("waiting") // size) for one in reports]
    assert told == [(2, 3), (2, 1), (1, 0), (0, 0)]
    assert world.news() == []
    room.feed("/rss", [room.item(number) for number in range(5 * size + 1, 0, -1)])
    world.sync()
    assert world.news() == [5 * size + 1]


def test_a_feed_that_comes_back_is_not_blasted(world: World, room: Newsroom) -> None:
    for number in (1, 2):
        room.article(number)
    room.feed("/rss", [room.item(1)])
    world.follow()
    world.sync()
    room.feed("/rss", [])
    world.sync()
    room.feed("/rss", [room.item(1, guid="again"), room.item(2)])
    assert counts(world.sync())[0] == 1
    assert world.news() == [2]


def test_a_copy_is_one_article_and_arrives_once_as_a_copy(world: World, room: Newsroom) -> None:
    elsewhere = Newsroom(world.other, "http://lain.example")
    room.article(1)
    room.feed("/rss", [room.item(1)])
    world.follow()
    elsewhere.feed("/rss", [])
    world.follow(host="lain.example")
    world.sync()
    world.other.put(elsewhere.path(9), html(elsewhere.page(9, texts=words_of(1))))
    elsewhere.feed("/rss", [elsewhere.item(9)])
    assert counts(world.sync()) == (0, 0, 0, 1, 0)
    assert world.news() == []
    assert [(one.article_id, one.copy_key) for one in world.arrivals()] == [(1, elsewhere.url(9))]
    assert len(world.articles()) == 1
    elsewhere.feed("/rss", [elsewhere.item(9, guid="again", title="Judul lain")])
    world.clock.pass_(2 * HOUR)
    assert counts(world.sync()) == (0, 0, 0, 1, 0)
    assert len(world.arrivals()) == 1


def test_a_copy_that_was_there_at_first_does_not_arrive(world: World, room: Newsroom) -> None:
    elsewhere = Newsroom(world.other, "http://lain.example")
    room.article(1)
    room.feed("/rss", [room.item(1)])
    world.follow()
    world.sync()
    world.other.put(elsewhere.path(9), html(elsewhere.page(9, texts=words_of(1))))
    elsewhere.feed("/rss", [elsewhere.item(9)])
    world.follow(host="lain.example")
    assert counts(world.sync()) == (0, 0, 0, 1, 0)
    assert world.arrivals() == []


def test_an_item_of_the_first_sight_that_comes_late_is_no_news(world: World, room: Newsroom) -> None:
    world.site.put(room.path(1), Reply(500), html(room.page(1)))
    room.feed("/rss", [room.item(1)])
    world.follow()
    assert counts(world.sync()) == (0, 0, 0, 0, 1)
    world.clock.pass_(2 * HOUR)
    assert world.source().primed
    assert counts(world.sync()) == (1, 0, 0, 0, 0)
    assert world.news() == []


def test_an_address_that_another_source_brought_is_not_fetched_again(world: World, room: Newsroom) -> None:
    room.article(1)
    room.feed("/a", [room.item(1)])
    world.follow("/a")
    world.sync()
    room.feed("/b", [room.item(1, link=f"http://m.{HOST}{room.path(1)}?utm_source=rss")])
    world.follow("/b")
    world.paths()
    assert counts(world.sync()) == (0, 0, 1, 0, 0)
    assert world.paths() == ["/a", "/b"]


# GUIDs (row 28): each pair of feeds is what the same feed says at two times


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (("x1", "x2"), ("y1", "y2", "y3")),  # they change
        (("same", "same"), ("same", "same", "same")),
        (("", ""), ("", "", "")),
        (("1", "2"), ("2", "3", "1")),  # they are places in the list
    ],
    ids=["changing", "identical", "missing", "renumbered"],
)
@pytest.mark.parametrize("linked", [True, False])
def test_guids_neither_repeat_nor_swallow(
    world: World, room: Newsroom, before: tuple[str, ...], after: tuple[str, ...], linked: bool
) -> None:
    def items(guids: tuple[str, ...]) -> list[str]:
        if linked:
            return [room.item(number, guid=guid) for number, guid in enumerate(guids, start=1)]
        return [room.item(number, guid=guid, link="", whole=whole(number), title=f"Judul {number} yang lain")
                for number, guid in enumerate(guids, start=1)]  # fmt: skip

    for number in (1, 2, 3):
        room.article(number)
    room.feed("/rss", items(before))
    world.follow()
    assert counts(world.sync())[0] == 2
    world.clock.pass_(2 * HOUR)
    room.feed("/rss", items(after))
    world.sync()
    assert len(world.articles()) == 3
    assert [world.articles()[number].title for number in world.news()] == [world.articles()[3].title]
    world.clock.pass_(2 * HOUR)
    world.sync()
    assert len(world.articles()) == 3
    assert len(world.news()) == 1
    assert len(world.arrivals()) == 1


# Changes


def test_an_item_that_the_feed_shows_changed_is_fetched_again(world: World, room: Newsroom) -> None:
    room.article(1)
    room.feed("/rss", [room.item(1)])
    world.follow()
    world.sync()
    room.article(1, version=1)
    world.clock.pass_(2 * HOUR)
    assert counts(world.sync()) == (0, 0, 0, 0, 0)  # the feed says nothing of it
    room.feed("/rss", [room.item(1, title="Kabar Nomor 1 Meralat Biaya Gudang")])
    assert counts(world.sync()) == (0, 1, 0, 0, 0)
    assert world.articles()[1].body == "\n\n".join(words_of(1, 1))
    assert world.news() == []


def test_a_feed_that_always_says_now_does_not_fetch_for_ever(world: World, room: Newsroom) -> None:
    room.article(1)
    world.follow()
    fetched = 0
    for hour in range(48):
        room.feed("/rss", [room.item(1, date=f"Sun, 22 Nov 2026 {hour % 24:02}:{hour:02}:00 +0000")])
        world.sync()
        fetched += world.paths().count(room.path(1))
        world.clock.pass_(HOUR)
    assert fetched == 6  # at the beginning, after 1, 2, 4 …: at 0, 1, 3, 7, 15 and 31 hours
    assert world.news() == []


def test_a_single_page_is_looked_at_for_corrections(world: World, room: Newsroom) -> None:
    world.site.put(
        room.path(1), html(room.page(1), ETag='"1"'), Reply(304, framed=False), html(room.page(1, version=1))
    )
    world.follow(room.path(1), "article")
    assert [counts(world.sync())[:3] for _ in range(3)] == [(1, 0, 0), (0, 0, 0), (0, 1, 0)]
    assert world.paths() == [room.path(1)] * 3
    with world.warta() as warta:
        assert len(warta.store.history(1)) == 2


# Trouble


def test_one_bad_source_never_stops_the_others(world: World, room: Newsroom) -> None:
    room.article(1)
    room.feed("/good", [room.item(1)])
    bombs = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><rss><channel><item><title>&b;</title></item></rss>'
    bad: dict[str, Reply | Callable[[Asked], Reply]] = {
        "/500": Reply(500),
        "/404": Reply(404),
        "/garbage": Reply(200, {"Content-Type": "application/rss+xml"}, b"\x00\xff<<<" * 50),
        "/laughs": Reply(200, {"Content-Type": "application/rss+xml"}, bombs),
        "/large": Reply(
            200, {"Content-Type": "application/rss+xml", "Content-Length": "99999999999"}, b"", framed=False
        ),
        "/zip": Reply(200, {"Content-Type": "application/zip"}, b"PK"),
        "/broken": Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc"),
        "/circle": redirect("/circle"),
        "/private": redirect("http://127.0.0.1/"),
        "/page": html("<html><body>not a feed</body></html>"),
    }
    for path, reply in bad.items():
        world.site.put(path, reply)
        world.follow(path)
    world.follow("/good")
    world.follow("/rss", host="nowhere.example")
    report = world.sync()
    assert counts(report) == (1, 0, 0, 0, 0)
    errors = {one.source: one.error for one in report.sources}
    assert errors.pop(f"{ROOT}/good") == ""
    assert len(errors) == len(bad) + 1
    assert all(errors.values())
    assert len(world.told) == len(bad) + 2
    assert not report.useless
    for number in range(1, len(bad) + 1):
        assert world.source(number).failures == 1
        assert world.source(number).last_error == errors[world.source(number).url]


def test_what_no_library_expected_stops_nobody(world: World, room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (1, 2):
        room.article(number)
    room.feed("/rss", [room.item(number) for number in (1, 2)])
    room.feed("/odd", [])
    world.follow("/rss")
    world.follow("/odd")

    def odd(original: Callable[..., object], where: str) -> Callable[..., object]:
        def read(*args: Any, **kwargs: Any) -> object:
            if any(where in str(getattr(value, "location", value)) for value in args):
                raise RecursionError("too deep")
            return original(*args, **kwargs)

        return read

    for name, where in (("extract", room.path(2)), ("read_feed", "/odd")):
        monkeypatch.setattr(f"index.sources.looking.{name}", odd(getattr(looking, name), where))
    report = world.sync()
    assert counts(report) == (1, 0, 0, 0, 1)
    assert "RecursionError: too deep" in report.sources[0].failed[0][1]
    assert "RecursionError: too deep" in report.sources[1].error


def test_items_that_fail_are_told_tried_again_and_given_up(world: World, room: Newsroom) -> None:
    world.site.put(room.path(1), Reply(500))
    world.site.put(room.path(2), Reply(404))
    room.article(3)
    room.feed("/rss", [room.item(number) for number in (1, 2, 3)], etag='"1"')
    world.follow()
    reasons = []
    for _ in range(60):
        report = world.sync()
        reasons += [(url, reason) for one in report.sources for url, reason in one.failed]
        world.clock.pass_(HOUR)
    assert [url for url, _ in reasons].count(room.url(1)) == 6
    assert [url for url, _ in reasons].count(room.url(2)) == 2
    assert "500" in reasons[0][1] + reasons[1][1]
    with SourceBook(world.data / "warta.db") as book:
        assert {(item.url, item.state) for item in book.failures(1)} == {(room.url(1), "gone"), (room.url(2), "gone")}
        assert book.counts() == {1: (1, 2)}


def test_an_item_that_the_feed_has_dropped_is_still_tried(world: World, room: Newsroom) -> None:
    world.site.put(room.path(1), Reply(503), html(room.page(1)))
    room.feed("/rss", [room.item(1)])
    world.follow()
    assert counts(world.sync()) == (0, 0, 0, 0, 1)
    room.feed("/rss", [])
    world.clock.pass_(2 * HOUR)
    assert counts(world.sync()) == (1, 0, 0, 0, 0)


def test_a_host_in_trouble_is_left_alone(world: World, room: Newsroom) -> None:
    for number in range(1, 21):
        world.site.put(room.path(number), Reply(500))
    room.feed("/rss", [room.item(number) for number in range(1, 21)], etag='"1"')
    world.follow()
    report = world.sync()
    assert len(report.sources[0].failed) == 3
    assert report.sources[0].waiting == 17
    assert world.source().etag == ""
    for number in range(1, 21):
        room.article(number)
    world.clock.pass_(2 * HOUR)
    assert counts(world.sync()) == (20, 0, 0, 0, 0)


def test_a_feed_that_moved_is_followed_there(world: World, room: Newsroom) -> None:
    room.article(1)
    world.site.put("/rss", redirect("/new", 301))
    room.feed("/new", [room.item(1)])
    world.follow()
    report = world.sync()
    assert counts(report) == (1, 0, 0, 0, 0)
    assert report.sources[0].notice == f"moved to {ROOT}/new, where it is followed now"
    assert world.source().url == f"{ROOT}/new"
    world.paths()
    world.sync()
    assert world.paths() == ["/new"]


def test_a_feed_that_moved_to_one_that_is_followed(world: World, room: Newsroom) -> None:
    room.article(1)
    world.site.put("/rss", redirect("/new", 301))
    room.feed("/new", [room.item(1)])
    world.follow()
    world.follow("/new")
    assert "followed already as source 2" in world.sync().sources[0].notice
    assert not world.source(1).active


def test_a_move_that_may_end_is_not_remembered(world: World, room: Newsroom) -> None:
    world.site.put("/rss", redirect("/new", 302))
    room.feed("/new", [])
    world.follow()
    world.sync()
    assert world.source().url == f"{ROOT}/rss"


def test_a_dead_feed_is_switched_off_and_on(world: World, room: Newsroom) -> None:
    world.site.put("/rss", Reply(410))
    world.follow()
    notices, looks = [], 0
    for _ in range(16 * 24):
        report = world.sync(everything=False)
        looks += len(report.sources)
        notices += [one.notice for one in report.sources if one.notice]
        world.clock.pass_(HOUR)
    assert len(notices) == 1
    assert "switched off: it failed" in notices[0]
    assert not world.source().active
    assert looks < 30
    room.article(1)
    room.feed("/rss", [room.item(1)])
    assert "works again" in world.sync().sources[0].notice  # it was named by hand
    assert world.source().active


def test_being_cut_off_is_no_fault_of_the_sources(world: World) -> None:
    for name in ("a", "b", "c"):
        world.follow(host=f"{name}.example")
    report = world.sync()
    assert report.useless
    assert len(world.told) == 3
    assert [world.source(number).failures for number in (1, 2, 3)] == [0, 0, 0]
    assert world.source(1).next_fetch <= world.now + HOUR


# Alone, and in the middle


def test_the_second_sync_says_so(world: World) -> None:
    world.follow()
    with FileLock(world.data / LOCK), pytest.raises(StoreBusyError, match=r"another sync .* is running"):
        world.sync()


def test_a_source_that_is_removed_meanwhile(world: World, room: Newsroom) -> None:
    for number in (1, 2):
        room.article(number)
    room.feed("/rss", [room.item(number) for number in (1, 2)])
    world.follow()

    def remove(stage: str, done: int, total: int) -> None:
        if stage == "fetch":
            with SourceBook(world.data / "warta.db") as book:
                book.remove(1)

    assert counts(world.sync(progress=remove)) == (2, 0, 0, 0, 0)
    with SourceBook(world.data / "warta.db") as book:
        assert (book.all(), book.count("source_items")) == ([], 0)


def test_progress_is_a_row(world: World, room: Newsroom) -> None:
    room.article(1)
    room.feed("/rss", [room.item(1)])
    world.follow()
    seen: list[tuple[str, int, int]] = []
    world.sync(progress=lambda *step: seen.append(step))
    assert seen == [("sync", 0, 1), ("fetch", 1, 1), ("sync", 1, 1)]
    with SourceBook(world.data / "warta.db") as book:
        job = book.last_job("sync")
    assert job is not None
    assert (job.stage, job.done, job.total) == ("sync", 1, 1)
    assert job.report["new"] == 1
    assert job.finished_at == pytest.approx(world.now, abs=60)


def test_a_failing_model_loses_nothing(world: World, room: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    room.article(1)
    room.feed("/rss", [room.item(1)], etag='"1"')
    world.follow()
    with monkeypatch.context() as patched:

        def broken(*_: object) -> None:
            raise EmbedderError("out of order")

        patched.setattr("index.ingest.embed_missing", broken)
        with pytest.raises(EmbedderError):
            world.sync()
    assert world.articles() == {}
    assert world.source().etag == ""
    assert counts(world.sync()) == (1, 0, 0, 0, 0)


def test_an_article_that_was_stored_but_not_noted_is_news_once(
    world: World, room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.feed("/rss", [])
    world.follow()
    world.sync()
    room.article(1)
    room.feed("/rss", [room.item(1)], etag='"1"')
    with monkeypatch.context() as patched:

        def cut(*_: object) -> None:
            raise KeyboardInterrupt

        patched.setattr(Sync, "_note", cut)
        with pytest.raises(KeyboardInterrupt):
            world.sync()
    assert len(world.articles()) == 1
    assert world.news() == [1]
    assert counts(world.sync()) == (0, 0, 1, 0, 0)
    assert world.news() == [1]


def test_a_clock_that_was_wrong(world: World, room: Newsroom) -> None:
    room.feed("/rss", [])
    world.follow()
    world.clock.time += 365 * DAY
    world.sync()
    world.clock.time -= 365 * DAY
    assert len(world.sync(everything=False).sources) == 1


def test_snapshots_are_written_when_it_is_worth_it(
    world: World, room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.pipeline.SNAPSHOT_CHANGES", 3)
    saved: list[int] = []
    monkeypatch.setattr("index.snapshots.LiveIndex.save", lambda self, store: saved.append(store.last_change()))
    world.follow()
    for number in range(1, 9):
        room.article(number)
        room.feed("/rss", [room.item(number)])
        world.sync()
    assert saved == [4, 5, 6, 7, 8]  # nothing is written here, so it stays worth it
    with world.warta() as warta:
        assert len(warta.ask("Siapa meresmikan gudang di kota Contoh7?").hits) > 0


def test_pdf_and_json_feeds(world: World, room: Newsroom) -> None:
    pytest.importorskip("pypdf")
    from test_pdf import pdf_of

    content = pdf_of(["Laporan Tahunan Kabar Contoh", *words_of(5)])
    world.site.put("/laporan.pdf", Reply(200, {"Content-Type": "application/pdf"}, content))
    world.site.put("/feed.json", json_feed([{"id": "1", "url": f"{ROOT}/laporan.pdf", "title": "Laporan"}]))
    world.follow("/feed.json")
    assert counts(world.sync()) == (1, 0, 0, 0, 0)
    [article] = world.articles().values()
    assert article.url == f"{ROOT}/laporan.pdf"
    assert words_of(5)[1] in article.body
