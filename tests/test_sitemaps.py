"""Sitemaps to addresses. All of them are our own."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from index.sources.markup import FormatError
from index.sources.sitemaps import Sitemap, SitemapEntry, read_sitemap

NOW = datetime(2024, 6, 1, tzinfo=UTC)
URL = "https://www.contoh.id/sitemap.xml"
NAMESPACES = (
    'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" '
    'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
)


def of(content: str | bytes) -> Sitemap:
    return read_sitemap(content.encode() if isinstance(content, str) else content, URL, now=NOW)


def urlset(*entries: str) -> str:
    inside = "".join(f"<url>{entry}</url>" for entry in entries)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset {NAMESPACES}>{inside}</urlset>'


def test_a_news_sitemap() -> None:
    found = of(
        urlset(
            "<loc>https://www.contoh.id/berita/1/roda-contoh?utm_source=sitemap</loc>"
            "<lastmod>2024-05-24T08:00:00+07:00</lastmod>"
            "<news:news><news:publication><news:name>Warta Contoh</news:name><news:language>id</news:language>"
            "</news:publication><news:publication_date>2024-05-23T14:03:00+07:00</news:publication_date>"
            "<news:title><![CDATA[Roda Contoh &amp; Kirim Misal]]></news:title></news:news>"
            "<image:image><image:loc>https://cdn.contoh.id/a.jpg</image:loc><image:title>Foto</image:title></image:image>"
        )
    )
    assert found.entries == (
        SitemapEntry(
            url="https://www.contoh.id/berita/1/roda-contoh",
            title="Roda Contoh & Kirim Misal",
            published_at="2024-05-23T07:03:00Z",
            modified_at="2024-05-24T01:00:00Z",
            language="id",
        ),
    )
    assert (found.sitemaps, found.skipped) == ((), 0)


def test_a_sitemap_index() -> None:
    found = of(
        f"<sitemapindex {NAMESPACES}><sitemap><loc>https://www.contoh.id/news.xml.gz</loc><lastmod>2024-05-23</lastmod>"
        "</sitemap><sitemap><loc>/lama.xml</loc></sitemap></sitemapindex>"
    )
    assert found.entries == ()
    assert [(entry.url, entry.modified_at) for entry in found.sitemaps] == [
        ("https://www.contoh.id/news.xml.gz", "2024-05-23"),
        ("https://www.contoh.id/lama.xml", ""),
    ]


def test_a_site_lists_only_its_own_pages_each_once() -> None:
    found = of(
        urlset(
            "<loc>https://news.contoh.id/a/1</loc>",
            "<loc>https://lain.id/b/2</loc>",
            "<loc>file:///etc/passwd</loc>",
            "<loc>https://news.contoh.id/a/1?utm_source=x</loc>",
            "<lastmod>2024-01-01</lastmod>",
            "<loc>https://www.contoh.id/c/3</loc>",
        )
    )
    assert [entry.url for entry in found.entries] == ["https://news.contoh.id/a/1", "https://www.contoh.id/c/3"]
    assert found.skipped == 4


@pytest.mark.parametrize(
    ("date", "published_at", "flags"),
    [
        ("2024-05-23T14:03+07:00", "2024-05-23T07:03:00Z", ()),
        ("Kamis, 23 Mei 2024 14:03 WITA", "2024-05-23T06:03:00Z", ()),
        ("2034-05-23", "", ("future-date",)),
        ("kemarin", "", ("bad-date",)),
        ("", "", ()),
    ],
)
def test_dates(date: str, published_at: str, flags: tuple[str, ...]) -> None:
    news = f"<news:news><news:publication_date>{date}</news:publication_date></news:news>"
    (entry,) = of(urlset(f"<loc>https://contoh.id/a</loc>{news}")).entries
    assert (entry.published_at, entry.flags) == (published_at, flags)


def test_a_plain_list() -> None:
    found = of("\ufeffhttps://contoh.id/a/1\r\n\r\nhttps://contoh.id/a/2\nlain\n")
    assert [entry.url for entry in found.entries] == ["https://contoh.id/a/1", "https://contoh.id/a/2"]
    assert found.skipped == 1


def test_broken_xml_gives_what_can_be_read() -> None:
    text = urlset("<loc>https://contoh.id/a/1?x=1&y=2</loc>", "<loc>https://contoh.id/a/2</loc>")
    assert of(text[:-40]).entries[0].url == "https://contoh.id/a/1?x=1&y=2"
    assert of(urlset("<loc>https://contoh.id/é</loc>").encode("cp1252")).entries[0].url == "https://contoh.id/%C3%A9"


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("", "is empty"),
        ("<html><body>404</body></html>", "an HTML page"),
        ("<rss version='2.0'><channel/></rss>", "<rss>"),
        ("tidak ada", "neither XML nor addresses"),
        ("https://lain.id/a", "neither XML nor addresses"),
        ("<", "not a sitemap"),
        (
            "<!DOCTYPE u [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><urlset><url><loc>&a;</loc></url></urlset>",
            "entities",
        ),
    ],
)
def test_rubbish_is_named(content: str, what: str) -> None:
    with pytest.raises(FormatError, match=what):
        of(content)
