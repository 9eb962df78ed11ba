"""Feeds of every kind to items (RELIABILITY rows 28, 30 and 31). All of them are our own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.sources.feeds import FULL_TEXT, MAX_ITEMS, Feed, FeedItem, read_feed
from index.sources.markup import MAX_BYTES, FormatError, plain_text

ROOT = Path(__file__).resolve().parent.parent
NOW = datetime(2024, 6, 1, 12, 0, tzinfo=UTC)
URL = "https://contoh.id/rss"
LONG = "".join(
    f"<p>Paragraf nomor {n} tentang kerja sama Roda Contoh dan Kirim Misal di Bandung.</p>" for n in range(15)
)


def of(content: str | bytes, url: str = URL) -> Feed:
    return read_feed(content.encode() if isinstance(content, str) else content, url, now=NOW)


def rss(*items: str, head: str = "", declaration: str = '<?xml version="1.0" encoding="UTF-8"?>') -> str:
    inside = "".join(f"<item>{item}</item>" for item in items)
    return (
        f'{declaration}<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">'
        f"<channel><title>Warta Contoh</title><link>https://contoh.id/</link>{head}{inside}</channel></rss>"
    )


def item(**fields: str) -> FeedItem:
    inside = "".join(f"<{name.replace('__', ':')}>{text}</{name.replace('__', ':')}>" for name, text in fields.items())
    return of(rss(inside)).items[0]


# --- the formats --------------------------------------------------------------------------------------------------

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="id"><title>Warta Contoh</title>
<link href="https://contoh.id/"/><link rel="self" href="https://contoh.id/rss"/>
<entry><title>Roda Contoh &amp; Kirim Misal bermitra</title><link rel="alternate" href="/berita/1/roda-contoh"/>
<id>tag:contoh.id,2024:1</id><published>2024-05-23T14:03:00+07:00</published><updated>2024-05-30T00:00:00Z</updated>
<author><name>Sari Contoh</name></author><category term="Bisnis"/><summary>Pendek.</summary></entry></feed>"""
RSS1 = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://contoh.id/"><title>Warta Contoh</title>
<link>https://contoh.id/</link></channel><item rdf:about="https://contoh.id/berita/1/roda-contoh">
<title>Roda Contoh &amp; Kirim Misal bermitra</title><link>https://contoh.id/berita/1/roda-contoh</link>
<dc:date>2024-05-23T14:03:00+07:00</dc:date><dc:creator>Sari Contoh</dc:creator><dc:subject>Bisnis</dc:subject>
<description>Pendek.</description></item></rdf:RDF>"""
RSS2 = rss(
    "<title>Roda Contoh &amp;amp; Kirim Misal bermitra</title><link>https://contoh.id/berita/1/roda-contoh</link>"
    "<pubDate>Kamis, 23 Mei 2024 14:03 WIB</pubDate><dc:creator>Sari Contoh</dc:creator><category>Bisnis</category>"
    "<description>Pendek.</description>"
)
RSS091 = (
    '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://contoh.invalid/rss-0.91.dtd">'
    + RSS2.partition("?>")[2].replace('version="2.0"', 'version="0.91"', 1)
)
JSON_FEED = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Warta Contoh",
        "home_page_url": "https://contoh.id/",
        "language": "id",
        "items": [
            {
                "id": "1",
                "url": "/berita/1/roda-contoh",
                "title": "Roda Contoh & Kirim Misal bermitra",
                "summary": "Pendek.",
                "date_published": "2024-05-23T14:03:00+07:00",
                "authors": [{"name": "Sari Contoh"}],
                "tags": ["Bisnis"],
            }
        ],
    }
)


@pytest.mark.parametrize(
    "content", [ATOM, RSS1, RSS2, RSS091, JSON_FEED], ids=["atom", "rss1", "rss2", "rss0.91", "json"]
)
def test_every_format_says_the_same(content: str) -> None:
    feed = of(content)
    assert (feed.title, feed.url) == ("Warta Contoh", "https://contoh.id/")
    (only,) = feed.items
    assert only.title == "Roda Contoh & Kirim Misal bermitra"
    assert only.url == "https://contoh.id/berita/1/roda-contoh"
    assert only.key == "url:https://contoh.id/berita/1/roda-contoh"
    assert only.published_at == "2024-05-23T07:03:00Z"
    assert (only.author, only.tags, only.summary) == ("Sari Contoh", ("Bisnis",), "Pendek.")
    assert only.is_teaser
    assert only.flags == ()


def test_language_and_how_long_to_wait() -> None:
    assert of(rss("<title>a</title>", head="<language>id-ID</language><ttl>30</ttl>")).ttl == 1_800
    assert of(rss("<title>a</title>", head="<language>id-ID</language>")).language == "id-id"
    hourly = "<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>"
    assert of(rss("<title>a</title>", head=hourly)).ttl == 900
    assert of(rss("<title>a</title>", head="<ttl>soon</ttl>")).ttl == 0


def test_an_empty_feed_is_a_feed() -> None:
    assert of(rss()).items == ()
    assert of('{"version": "https://jsonfeed.org/version/1.1", "items": []}').items == ()


def test_only_so_many_items() -> None:
    many = rss(*(f"<link>https://contoh.id/a/{n}</link>" for n in range(MAX_ITEMS + 5)))
    assert len(of(many).items) == MAX_ITEMS


# --- titles, links, text ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "title"),
    [
        ("<![CDATA[<b>Grab</b> &amp; OVO]]>", "Grab & OVO"),
        ("&lt;i&gt;Grab&lt;/i&gt; bermitra", "Grab bermitra"),
        ("Grab &amp;quot;super app&amp;quot;", 'Grab "super app"'),
        ("Grab &amp;#039;naik&amp;#039;", "Grab 'naik'"),
        ("Laba 5 &lt; 6 triliun", "Laba 5 < 6 triliun"),
        ("  Grab \n\t dan   OVO ", "Grab dan OVO"),
        ("Kopi&nbsp;Kenangan &amp; OVO", "Kopi Kenangan & OVO"),
        ("a\u200bb", "ab"),
    ],
)
def test_titles_are_plain_text(raw: str, title: str) -> None:
    assert item(title=raw, link="https://contoh.id/berita/1").title == title


def test_links_are_whole_and_without_tracking() -> None:
    assert item(link="/berita/1?utm_source=rss&amp;id=5#top").url == "https://contoh.id/berita/1?id=5"
    assert item(link=" https://contoh.id/berita/1 ").url == "https://contoh.id/berita/1"
    assert item(title="a", link="javascript:alert(1)").url == ""
    assert item(title="a", link="file:///etc/passwd").url == ""
    assert item(title="a", link="http://[x").url == ""
    assert item(title="a", guid="https://contoh.id/berita/2").url == "https://contoh.id/berita/2"


def test_the_whole_article_is_told_from_a_teaser() -> None:
    assert len(plain_text(LONG)) > FULL_TEXT
    full = item(title="a", description="Pendek.", content__encoded=f"<![CDATA[{LONG}]]>")
    assert not full.is_teaser
    assert full.content == LONG
    assert item(title="a", description=f"<![CDATA[{LONG}]]>").is_teaser is False
    assert item(title="a", content__encoded="<![CDATA[<p>Hanya awal.</p>]]>").is_teaser
    for end in (
        "<p>Awal kalimat ...</p>",
        "<a href='/x'>Baca selengkapnya</a>",
        "[&#8230;]",
        "… <a>Continue reading</a>",
    ):
        assert item(title="a", content__encoded=f"<![CDATA[{LONG}{end}]]>").is_teaser, end


# --- which item is which ------------------------------------------------------------------------------------------


def keys(*items: str) -> list[str]:
    return [entry.key for entry in of(rss(*items)).items]


def test_a_guid_that_changes_makes_no_new_item() -> None:
    link = "<title>a</title><link>https://contoh.id/berita/1/a</link>"
    assert keys(f"{link}<guid>1</guid>") == keys(f"{link}<guid>2024-06-01-1</guid>") == keys(link)


def test_a_guid_that_all_share_swallows_no_item() -> None:
    same = "<guid isPermaLink='false'>contoh.id</guid>"
    assert len(keys(*(f"<title>{n}</title><link>https://contoh.id/berita/{n}</link>{same}" for n in range(3)))) == 3
    assert len(keys(*(f"<title>{n}</title>{same}" for n in range(3)))) == 3


def test_one_article_under_several_addresses() -> None:
    assert (
        keys("<link>http://www.contoh.id/berita/1/?utm_source=a</link>")
        == keys("<link>https://m.contoh.id/berita/1?page=all</link>")
        == keys("<link>https://contoh.id/berita/1/amp</link><guid>x</guid>")
    )
    assert len(keys("<link>https://contoh.id/berita/1</link>", "<link>https://contoh.id/berita/1#k</link>")) == 1


@pytest.mark.parametrize("link", ["https://contoh.id/", "https://contoh.id/rss", "https://contoh.id/terbaru"])
def test_a_link_that_is_no_articles_swallows_no_item(link: str) -> None:
    items = [f"<title>Berita {n}</title><link>{link}</link><guid isPermaLink='false'>g{n}</guid>" for n in range(4)]
    assert keys(*items) == [f"guid:g{n}" for n in range(4)]


def test_without_link_and_guid_title_and_day_decide() -> None:
    first = "<title>Kurs hari ini</title><pubDate>{} 2024 08:00 WIB</pubDate>"
    assert keys(first.format("1 Mei")) == keys(first.format("1 Mei").replace("08:00", "09:30"))
    assert keys(first.format("1 Mei")) != keys(first.format("2 Mei"))
    assert len(keys("<description>Satu.</description>", "<description>Dua.</description>")) == 2
    assert keys("<category>kosong</category>") == []


# --- dates --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "published_at", "flags"),
    [
        ("Thu, 23 May 2024 14:03:00 +0700", "2024-05-23T07:03:00Z", ()),
        ("Thu, 23 May 2024 14:03:00 WIB", "2024-05-23T07:03:00Z", ()),
        ("Kam, 23 Mei 2024 14:03:00 WITA", "2024-05-23T06:03:00Z", ()),
        ("Kamis, 23 Mei 2024 | 14.03 WIT", "2024-05-23T05:03:00Z", ()),
        ("2024-05-23", "2024-05-23", ()),
        ("", "", ()),
        ("kemarin", "", ("bad-date",)),
        ("Thu, 23 May 2034 14:03:00 +0700", "", ("future-date",)),
    ],
)
def test_dates(raw: str, published_at: str, flags: tuple[str, ...]) -> None:
    found = item(title="a", pubDate=raw)
    assert (found.published_at, found.flags) == (published_at, flags)


# --- broken feeds -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declared", "encoding", "flag"),
    [("UTF-8", "utf-8", ()), ("iso-8859-1", "utf-8", ()), ("UTF-8", "cp1252", ("encoding",)),
     ("iso-8859-1", "cp1252", ("encoding",)), ("windows-1252", "cp1252", ("encoding",)),
     ("UTF-8", "utf-16", ("encoding",))],
)  # fmt: skip
def test_whatever_encoding_it_claims(declared: str, encoding: str, flag: tuple[str, ...]) -> None:
    text = rss("<title>“Café” André – naik</title>", declaration=f'<?xml version="1.0" encoding="{declared}"?>')
    feed = of(text.encode(encoding))
    assert feed.items[0].title == "“Café” André – naik"
    assert feed.flags == flag


def test_controls_and_nul_are_left_out() -> None:
    feed = of(rss("<title>Gr\0ab \x01 dan\x0b OVO</title>"))
    assert feed.items[0].title == "Grab dan OVO"
    assert "nul" in feed.flags


def test_a_feed_that_is_cut_off_loses_only_its_last_item() -> None:
    text = rss(*(f"<title>Berita {n}</title><link>https://contoh.id/berita/{n}0</link>" for n in range(3)))
    feed = of(text[: text.index("berita/2") + 7])
    assert [entry.title for entry in feed.items] == ["Berita 0", "Berita 1"]
    assert feed.flags == ("malformed", "truncated")


def test_what_is_not_xml_is_read_nevertheless() -> None:
    feed = of(rss("<title>Grab & OVO <br> bermitra</title><link>https://contoh.id/a?x=1&y=2</link>"))
    assert feed.items[0].url == "https://contoh.id/a?x=1&y=2"
    assert feed.items[0].title.startswith("Grab & OVO")
    assert feed.flags == ("malformed",)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf \n", "is empty"),
        (b"<!DOCTYPE html><html><body><p>Halo</p></body></html>", "a web page and not a feed"),
        (b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"></urlset>', "a sitemap"),
        (b"halo dunia", "not a feed"),
        (b"\x00\xff\xfe\x80" * 50, "not a feed"),
        (b"{", "JSON"),
        (b'{"items": 5}', "no list of items"),
        (b"<!DOCTYPE rss [", "entities|no end"),
        (b" " * (MAX_BYTES + 1), "too many"),
    ],
)
def test_rubbish_is_named(content: bytes, what: str) -> None:
    with pytest.raises(FormatError, match=what) as caught:
        of(content)
    assert str(caught.value).startswith(f"{URL}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("values", [5, None, [], {}, True, [[]], "x"])
def test_a_json_feed_of_the_wrong_types(values: object) -> None:
    names = (
        "id",
        "url",
        "title",
        "summary",
        "content_html",
        "content_text",
        "date_published",
        "authors",
        "author",
        "tags",
    )
    data = {"version": "x", "title": values, "home_page_url": values, "items": [dict.fromkeys(names, values), values]}
    assert isinstance(of(json.dumps(data)), Feed)


@settings(max_examples=60)
@given(st.binary(max_size=400))
def test_any_bytes_give_a_feed_or_a_format_error(content: bytes) -> None:
    for whole in (content, b'<?xml version="1.0"?><rss version="2.0"><channel><item>' + content, b"{" + content):
        try:
            of(whole)
        except FormatError:
            continue


# --- attacks ------------------------------------------------------------------------------------------------------

LAUGHS = '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(12)
)
BOMBS = {
    "laughs": LAUGHS + "]><rss version='2.0'><channel><item><title>&m;</title></item></channel></rss>",
    "quadratic": f'<!DOCTYPE r [<!ENTITY a "{"x" * 100_000}">]><rss version="2.0"><channel><item><title>'
    f"{'&a;' * 20_000}</title></item></channel></rss>",
    "file": '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss version="2.0"><channel><item><title>&a;</title>'
    "</item></channel></rss>",
    "parameter": '<!DOCTYPE r [<!ENTITY % a SYSTEM "http://127.0.0.1:9/x"> %a;]><rss version="2.0"><channel/></rss>',
    "hidden": "<!-- > --><?x > ?>\n<!DOCTYPE r\n[<!-- ] --> <!ENTITY a 'b'>]><rss version='2.0'><channel/></rss>",
    "nested": "<!DOCTYPE r [<!-- ]><!DOCTYPE r [<!ENTITY a 'b'>]><rss version='2.0'><channel/></rss>",
    "two": "<!DOCTYPE r [<!-- ]><!DOCTYPE r SYSTEM 'file:///etc/passwd'><rss version='2.0'><channel/></rss>",
    "tags": '<rss version="2.0"><channel>' + "<a>" * 2_000_000,
}
READ = """
import resource, sys
from datetime import datetime, UTC
from index.sources.feeds import read_feed
from index.sources.markup import FormatError
import feedparser
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]),) * 2)
try:
    feed = read_feed(sys.stdin.buffer.read(), "https://contoh.id/rss", now=datetime.now(UTC))
except FormatError as e:
    print("refused", e)
else:
    print("read", [item.title for item in feed.items])
"""


def read_apart(content: bytes, memory: int = 600_000_000) -> tuple[str, float]:
    started = time.monotonic()
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", READ, str(memory)],
        input=content, capture_output=True, cwd=ROOT, timeout=60, check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    return ran.stdout.decode(), time.monotonic() - started


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_at_once(name: str) -> None:
    idle = min(read_apart(b"x")[1] for _ in range(2))
    said, seconds = read_apart(BOMBS[name].encode())
    assert said.startswith("refused")
    assert "root:" not in said
    assert seconds - idle < 1.0


def test_a_bomb_in_utf_16_is_one() -> None:
    assert read_apart(BOMBS["laughs"].replace('<?xml version="1.0"?>', "").encode("utf-16"))[0].startswith("refused")


def test_a_document_type_elsewhere_is_never_fetched() -> None:
    asked = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5)

        def wait() -> None:
            try:
                server.accept()[0].close()
            except OSError:
                return
            asked.set()

        waiting = threading.Thread(target=wait)
        waiting.start()
        there = f"http://127.0.0.1:{server.getsockname()[1]}/rss.dtd"
        text = f'<!DOCTYPE rss SYSTEM "{there}">' + rss("<title>Grab</title>", declaration="")
        assert read_apart(text.encode())[0] == "read ['Grab']\n"
        server.shutdown(socket.SHUT_RDWR)
        waiting.join()
    assert not asked.is_set()


def test_the_name_of_a_file_is_not_opened(tmp_path: Path) -> None:
    secret = tmp_path / "feed.xml"
    secret.write_text(rss("<title>rahasia</title>"), encoding="utf-8")
    with pytest.raises(FormatError, match="not a feed"):
        of(str(secret))
