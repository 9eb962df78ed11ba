"""What a source shows, what kind it is, and the article behind an address."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from newsroom import Newsroom, feed_reply, json_feed, whole, words_of
from web import Clock, Internet, Reply, Site, html, redirect

from index.errors import ExtractError, SourceError
from index.sources.fetch import Fetcher, FetchSettings, PermanentFetchError
from index.sources.looking import Shown, article_at, article_of, look_at
from index.sources.markup import FormatError
from index.types import Article

ROOT = "http://berita.example"
NOW = datetime(2026, 11, 23, tzinfo=UTC)
XML = {"Content-Type": "application/xml"}


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        yield site


@pytest.fixture
def room(site: Site) -> Newsroom:
    return Newsroom(site, ROOT)


@pytest.fixture
def fetcher(site: Site) -> Iterator[Fetcher]:
    internet, clock = Internet({"berita.example": site, "money.kompas.com": site}), Clock()
    with Fetcher(
        FetchSettings(), resolver=internet.resolve, now=clock.now, sleep=clock.sleep, network=internet
    ) as fetcher:
        yield fetcher


def page_of_links(room: Newsroom, *numbers: int, head: str = "") -> Reply:
    links = "".join(f'<li><a href="{room.path(n)}">{room.title(n)}</a></li>' for n in numbers)
    return html(f"<html><head><title>Indeks</title>{head}</head><body><ul>{links}</ul></body></html>")


# Kinds


def test_kinds_are_found_out(site: Site, room: Newsroom, fetcher: Fetcher) -> None:
    room.article(1)
    rss = feed_reply([room.item(1)])
    site.put("/rss", rss)
    site.put("/rss-as-page", Reply(200, {"Content-Type": "text/html"}, b"\xef\xbb\xbf\n<rss version='2.0'><channel>"
             b"<item><title>a</title><link>http://berita.example/a</link></item></channel></rss>"))  # fmt: skip
    site.put("/feed.json", json_feed([{"id": "1", "url": room.url(1)}]))
    site.put(
        "/sitemap.xml",
        Reply(200, XML, f"<?xml version='1.0'?><urlset><url><loc>{room.url(1)}</loc></url></urlset>".encode()),
    )
    site.put("/indeks", page_of_links(room, 1, 2, 3))
    site.put("/xhtml", html('<?xml version="1.0"?><!DOCTYPE html>' + room.page(2)))
    expected = {"/rss": "feed", "/rss-as-page": "feed", "/feed.json": "feed", "/sitemap.xml": "sitemap",
                "/indeks": "page", room.path(1): "article", "/xhtml": "article"}  # fmt: skip
    for path, kind in expected.items():
        look = look_at(fetcher, f"{ROOT}{path}", None, NOW)
        assert look is not None
        assert (path, look.kind) == (path, kind)
        assert look.shown


def test_a_home_page_names_its_feeds(site: Site, room: Newsroom, fetcher: Fetcher) -> None:
    head = '<link rel="alternate" type="application/rss+xml" href="/rss">'
    site.put("/", page_of_links(room, 1, 2, head=head))
    look = look_at(fetcher, f"{ROOT}/", None, NOW)
    assert look is not None
    assert (look.kind, look.suggested) == ("page", (f"{ROOT}/rss",))


@pytest.mark.parametrize(
    ("reply", "kind", "reason"),
    [
        (html("<html><body><p>Tidak ada apa-apa.</p></body></html>"), None, "no feed, sitemap, article or list"),
        (html("<html><body><p>Tidak ada apa-apa.</p></body></html>"), "page", "no links to articles"),
        (html("<html><body>x</body></html>"), "feed", "a web page and not a feed"),
        (html("<html><body>x</body></html>"), "sitemap", "not a sitemap"),
        (Reply(200, XML, b"<?xml version='1.0'?><a/>"), None, "not a feed"),
        (Reply(200, {"Content-Type": "application/json"}, b"{}"), None, "no JSON Feed"),
    ],
)
def test_what_cannot_be_followed(site: Site, fetcher: Fetcher, reply: Reply, kind: None, reason: str) -> None:
    site.put("/a", reply)
    with pytest.raises(FormatError, match=reason):
        look_at(fetcher, f"{ROOT}/a", kind, NOW)


def test_nothing_has_changed(site: Site, fetcher: Fetcher) -> None:
    site.put("/rss", Reply(304, framed=False))
    assert look_at(fetcher, f"{ROOT}/rss", "feed", NOW, etag='"1"') is None
    assert site.asked[-1].headers["if-none-match"] == '"1"'


def test_a_sitemap_index_takes_those_that_changed_last(site: Site, room: Newsroom, fetcher: Fetcher) -> None:
    parts = ""
    for number in range(1, 8):
        parts += f"<sitemap><loc>{ROOT}/{number}.xml</loc><lastmod>2026-11-0{number}</lastmod></sitemap>"
        entry = f"<url><loc>{room.url(number)}</loc><lastmod>2026-11-0{number}</lastmod></url>"
        site.put(f"/{number}.xml", Reply(200, XML, f"<?xml version='1.0'?><urlset>{entry}</urlset>".encode()))
    site.put("/6.xml", Reply(500))
    site.put(
        "/s.xml",
        Reply(200, {**XML, "ETag": '"1"'}, f"<?xml version='1.0'?><sitemapindex>{parts}</sitemapindex>".encode()),
    )
    look = look_at(fetcher, f"{ROOT}/s.xml", "sitemap", NOW)
    assert look is not None
    assert [one.url for one in look.shown] == [room.url(number) for number in (7, 5, 4)]
    assert look.etag == ""
    for number in (4, 5, 7):
        site.put(f"/{number}.xml", Reply(500))
    with pytest.raises(SourceError, match="500"):
        look_at(fetcher, f"{ROOT}/s.xml", "sitemap", NOW)


# Articles


def article(fetcher: Fetcher, **about: str) -> Article:
    return article_of(fetcher, Shown("k", **about), "", NOW)


def test_the_page_goes_before_the_feed(room: Newsroom, fetcher: Fetcher) -> None:
    room.article(1)
    found = article(fetcher, url=room.url(1), title="Judul di feed", published_at="2026-11-01")
    assert (found.title, found.published_at) == (room.title(1), "2026-11-20T01:00:00Z")


def test_what_the_page_does_not_tell_is_the_feeds_word(site: Site, fetcher: Fetcher) -> None:
    body = "".join(f"<p>{text}</p>" for text in words_of(1))
    site.put("/news/kabar-baik-dari-kota-1", html(f"<html><body><article>{body}</article></body></html>"))
    found = article(fetcher, url=f"{ROOT}/news/kabar-baik-dari-kota-1", published_at="2026-11-01")
    assert found.published_at == "2026-11-01"


def test_own_text_that_is_none_is_looked_for_on_the_page(room: Newsroom, fetcher: Fetcher) -> None:
    room.article(1)
    found = article(fetcher, url=room.url(1), title="x", content="<img src='a.jpg'>" * 100)
    assert found.body == "\n\n".join(words_of(1))
    with pytest.raises(ExtractError):
        article(fetcher, url="", title="x", content="<img src='a.jpg'>", place=f"{ROOT}/rss#1")


def test_own_text_cannot_end_its_page_early(fetcher: Fetcher) -> None:
    found = article(fetcher, url=f"{ROOT}/a", title="<b>A & B</b>", content=f"{whole(1)}</article></body><p>lagi</p>")
    assert found.title == "<b>A & B</b>"
    assert words_of(1)[3] in found.body


def test_all_on_one_page_where_the_newsroom_has_it(site: Site, fetcher: Fetcher) -> None:
    room, path = Newsroom(site, "http://money.kompas.com"), Newsroom.path(1)
    link = f'<a href="{path}?page=2">2</a>'
    site.put(path, html(room.page(1, texts=words_of(1)[:2], more=link)))
    site.put(f"{path}?page=all", html(room.page(1)))
    found = article(fetcher, url=room.url(1))
    assert [text for text in words_of(1) if text not in found.body] == []
    assert found.url == room.url(1)
    assert f"{path}?page=2" not in site.paths()


# An address that a person gave


def test_an_article(room: Newsroom, fetcher: Fetcher) -> None:
    room.article(1)
    assert article_at(fetcher, f"{room.url(1)}?utm_source=x", NOW).url == room.url(1)


def test_what_can_only_be_followed(site: Site, room: Newsroom, fetcher: Fetcher) -> None:
    site.put("/rss", feed_reply([room.item(1)]))
    site.put("/indeks", page_of_links(room, 1, 2, 3))
    for path in ("/rss", "/indeks"):
        with pytest.raises(FormatError, match="follow it with `warta source add`"):
            article_at(fetcher, f"{ROOT}{path}", NOW)


def test_what_is_nothing(site: Site, fetcher: Fetcher) -> None:
    site.put("/empty", html("<html><body></body></html>"))
    with pytest.raises(ExtractError, match="no article"):
        article_at(fetcher, f"{ROOT}/empty", NOW)
    site.put("/a.zip", Reply(200, {"Content-Type": "application/zip"}, b"PK"))
    with pytest.raises(PermanentFetchError, match="application/zip"):
        article_at(fetcher, f"{ROOT}/a.zip", NOW)
    site.put("/in", redirect("http://10.0.0.1/"))
    with pytest.raises(PermanentFetchError, match="private"):
        article_at(fetcher, f"{ROOT}/in", NOW)
