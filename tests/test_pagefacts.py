"""What pages say of their articles. They are our own."""

from __future__ import annotations

import pytest
from lxml import html

from index.dates import read_date
from index.pagefacts import date_of, linked_data, title_of, url_of
from index.pagetext import lines_of

TITLE = "Roda Contoh dan Kirim Misal Bermitra"


@pytest.mark.parametrize(
    ("stated", "headings", "title"),
    [
        (f"{TITLE} - Kompas.com Regional", ["Regional", TITLE], TITLE),
        (f"KapanLagi.com: {TITLE}", [TITLE], TITLE),
        (f"Kapanlagi.com: Musik - {TITLE}", ["TAG", TITLE], TITLE),
        (f"{TITLE} | Republika Online", ["News"], TITLE),
        (f"{TITLE} - ANTARA News", [], TITLE),
        (f"{TITLE} :: Okezone Lifestyle", [TITLE], TITLE),
        (f"{TITLE} - contoh.co.id", [], TITLE),
        ("Google &amp; Grab &quot;bermitra&quot; di Bandung", [], 'Google & Grab "bermitra" di Bandung'),
        ("Roda Contoh dan Kirim Mi...", [TITLE], TITLE),
        (TITLE.upper(), [TITLE], TITLE),
        ("Persib - Persija: Skor 1 - 1", [], "Persib - Persija: Skor 1 - 1"),
        ("Wawancara: Grab dan OVO", [], "Wawancara: Grab dan OVO"),
        ("", ["Berita lain yang panjang"], "Berita lain yang panjang"),
        ("", [], ""),
    ],
)
def test_titles(stated: str, headings: list[str], title: str) -> None:
    assert title_of(stated, headings, {}) == title


def test_the_headline_of_linked_data() -> None:
    tree = html.fromstring(
        '<html><script type="application/ld+json">{broken</script>'
        '<script type="application/ld+json">{"@graph": [{"@type": "WebSite", "headline": "x"}, 5, '
        f'{{"@type": ["NewsArticle"], "headline": "{TITLE}"}}]}}</script></html>'
    )
    linked = linked_data(tree)
    assert title_of(f"{TITLE} di Bandung, Ini Alasannya", [], linked) == TITLE
    assert (
        linked_data(html.fromstring('<script type="application/ld+json">[[[[{"@type": "NewsArticle"}]]]]</script>'))
        == {}
    )


def dated(head: str = "", body: str = "", *, url: str = "", guessed: str = "") -> str:
    source = f"<html><head>{head}</head><body>{body}</body></html>"
    tree = html.fromstring(source)
    return read_date(date_of(tree, source, lines_of(tree, everything=True), TITLE, url, guessed))


META = '<meta property="article:published_time" content="{}">'
SHOWN = f"<h1>{TITLE}</h1><div>Kamis, 5 November 2015 | {{}}</div>"


@pytest.mark.parametrize(
    ("stated", "shown", "date"),
    [
        ("2015-11-05T10:08:58+07:00", "10:08 WIB", "2015-11-05T03:08:58Z"),
        ("2015-11-05T10:08:58+08:00", "10:08 WIB", "2015-11-05T02:08:58Z"),
        # Claims UTC, but the reader is shown the same clock as WIB.
        ("2015-11-05 10:08:58Z", "10:08 WIB", "2015-11-05T03:08:58Z"),
        ("2015-11-05T10:08:58+00:00", "10.08 WITA", "2015-11-05T02:08:58Z"),
        # Says UTC and means it.
        ("2015-11-05T03:08:58Z", "10:08 WIB", "2015-11-05T03:08:58Z"),
        ("2015-11-05 10:08:58", "10:08 WIT", "2015-11-05T01:08:58Z"),
        ("2015-11-05 10:08:58", "", "2015-11-05T03:08:58Z"),
        ("2015-11-05", "10:08 WITA", "2015-11-05T02:08:00Z"),
        ("2015-11-04", "10:08 WIB", "2015-11-04"),
        ("besok", "10:08 WIB", "2015-11-05T03:08:00Z"),
    ],
)
def test_the_zone_that_the_page_shows(stated: str, shown: str, date: str) -> None:
    assert dated(META.format(stated), SHOWN.format(shown)) == date


def test_a_day_from_the_address_or_a_guess_takes_its_time_from_the_page() -> None:
    late = SHOWN.format("01:30 WIB")
    assert dated(body=late, url="https://contoh.id/read/2015/11/05/roda") == "2015-11-04T18:30:00Z"
    assert dated(body=late, guessed="2015-11-05") == "2015-11-04T18:30:00Z"
    assert dated(body=late, guessed="2015-11-06") == "2015-11-06"
    assert dated(body=late) == "2015-11-04T18:30:00Z"
    assert dated() == ""


def test_a_bare_day_takes_the_time_of_the_same_day_only() -> None:
    day, other, same = META.format("2015-11-05"), "2015-11-04T08:00:00+07:00", "2015-11-05T08:00:00+07:00"
    linked = '<script type="application/ld+json">{{"datePublished": "{}"}}</script>'
    assert dated(day + linked.format(other)) == "2015-11-05"
    assert dated(day + linked.format(other) + linked.format(same)) == "2015-11-05T01:00:00Z"


def test_dates_of_other_articles_are_not_taken() -> None:
    others = "".join(f"<li><a href='/{n}'>{n} November 2015 09:00 WIB Berita lain</a></li>" for n in range(1, 9))
    far = "<p>Rabu, 4 November 2015 09:00 WIB</p>" + "<p>x</p>" * 20
    assert dated(body=others + far + SHOWN.format("10:08 WIB") + "<p>Jumat, 6 November 2015 11:00 WIB</p>") == (
        "2015-11-05T03:08:00Z"
    )
    above = f"<div>Kamis, 5 November 2015 | 10:08 WIB</div><h1>{TITLE}</h1>" + "<p>x</p>" * 8
    assert dated(body=above + "<p>Jumat, 6 November 2015 11:00 WIB</p>") == "2015-11-05T03:08:00Z"


def test_the_pages_own_address() -> None:
    tree = html.fromstring('<html><head><meta property="og:url" content="https://contoh.id/a"></head></html>')
    assert url_of(tree, "https://contoh.id/b") == "https://contoh.id/a"
    assert url_of(
        html.fromstring('<html><head><link rel="canonical" href="/a"></head></html>'), "https://contoh.id/b"
    ) == ("https://contoh.id/b")
    assert url_of(html.fromstring("<p>x</p>"), "/a") == ""
