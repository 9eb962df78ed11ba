"""Lists of feeds, from other programs and back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from test_schedule import SOURCE

from index.sources.markup import FormatError
from index.sources.opml import Outline, read_opml, write_opml

LIST = """<?xml version="1.0" encoding="ISO-8859-1"?>
<opml version="1.0"><head><title>Langganan</title></head><body>
<outline text="Berita"><outline text="Ekonomi &amp; bisnis" type="rss" xmlUrl="https://a.example/rss?a=1&b=2"/>
<outline text="Dalam"><outline title="Judul" text="Teks" xmlUrl=" https://b.example/feed " htmlUrl="https://b.example/"/>
</outline></outline><outline text="Lagi" type="rss" xmlUrl="https://a.example/rss?a=1&amp;b=2"/>
<outline text="folder kosong"/></body></opml>"""


def test_a_list_with_folders() -> None:
    assert read_opml(LIST.encode("latin-1"), "a.opml") == [
        Outline("https://a.example/rss?a=1&b=2", "Ekonomi & bisnis"),
        Outline("https://b.example/feed", "Judul"),
    ]


def test_there_and_back() -> None:
    sources = [
        replace(SOURCE, url="https://a.example/?x=1&y=<2>", title='Kabar "Contoh" & <kawan>', publisher="Warta"),
        replace(SOURCE, id=2, url="https://a.example/sitemap.xml", kind="sitemap"),
    ]
    written = write_opml(sources)
    assert written.startswith(b"<?xml")
    assert read_opml(written, "a.opml") == [
        Outline("https://a.example/?x=1&y=<2>", 'Kabar "Contoh" & <kawan>', "feed", "Warta"),
        Outline("https://a.example/sitemap.xml", "https://a.example/sitemap.xml", "sitemap"),
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"<opml><body>", "not valid XML"),
        (b"<rss/>", "not an OPML file"),
        (b"<opml><body><outline text='a'/></body></opml>", "no feed stands in the list"),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><opml>&x;</opml>', "entities"),
        (b"<opml>" + b"<a/>" * 60_000 + b"</opml>", "more elements"),
    ],
)
def test_what_is_no_list(content: bytes, reason: str) -> None:
    with pytest.raises(FormatError, match=f"a.opml: .*{reason}"):
        read_opml(content, "a.opml")
