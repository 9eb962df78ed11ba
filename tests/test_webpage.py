"""Web pages to articles. The pages are our own; html-dev holds real ones."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from index.errors import ExtractError
from index.extract import extract
from index.sources.links import article_links, next_page_links
from index.types import Article, Page
from tests.growth import LINEAR_ENOUGH, growth

NOW = datetime(2024, 6, 1, tzinfo=UTC)
PARAGRAPHS = [
    "Produsen sepeda Roda Contoh dan perusahaan logistik Kirim Misal membuka pusat perbaikan bersama bagi para kurir "
    "di kota Bandung, dengan tiga puluh mekanik dan jam buka sampai tengah malam setiap hari kerja.",
    "Direktur Kirim Misal mengatakan kurir tidak perlu lagi menunggu lama, karena suku cadang yang paling sering "
    "dicari disimpan di tempat itu juga dan dapat dipesan lewat aplikasi.",
    "Kerja sama berlaku tiga tahun.",
]


def of(content: str | bytes, media_type: str, location: str) -> Article:
    return extract(Page(location, content.encode() if isinstance(content, str) else content, media_type), now=NOW)


HTML_BODY = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)


def html(head: str = "", body: str = HTML_BODY) -> str:
    return (
        f"<html><head><title>Roda Contoh dan Kirim Misal Bermitra - Kompas.com</title>{head}</head>"
        "<body><nav><a href='/'>Beranda</a></nav><article>"
        f"<h1>Roda Contoh dan Kirim Misal Bermitra</h1>{body}</article></body></html>"
    )


def test_a_web_page() -> None:
    head = (
        '<meta property="og:site_name" content="Antara News"><meta name="author" content="Pewarta Sari Contoh">'
        '<meta property="article:published_time" content="2021-05-23T14:03:00+07:00">'
        '<link rel="canonical" href="https://contoh.id/berita/1">'
    )
    article = of(html(head), "text/html", "/data/a.html")
    assert article.title == "Roda Contoh dan Kirim Misal Bermitra"
    assert article.body == "\n\n".join(PARAGRAPHS)
    assert (article.publisher, article.byline) == ("ANTARA", "Sari Contoh")
    assert article.published_at == "2021-05-23T07:03:00Z"
    assert (article.url, article.language) == ("https://contoh.id/berita/1", "id")


@pytest.mark.parametrize(
    ("canonical", "location", "url"),
    [
        ("https://contoh.id/berita/1", "https://www.contoh.id/berita/1?utm=x", "https://contoh.id/berita/1"),
        ("https://lain.id/berita/1", "https://contoh.id/berita/1", "https://contoh.id/berita/1"),
        ("https://contoh.id/", "https://contoh.id/berita/1", "https://contoh.id/berita/1"),
        ("https://contoh.id/", "/data/a.html", ""),
        ("https://contoh.id/berita/1", "http://[x", ""),
        ("http://[x", "https://contoh.id/berita/1", "https://contoh.id/berita/1"),
    ],
)
def test_which_address_is_believed(canonical: str, location: str, url: str) -> None:
    assert of(html(f'<link rel="canonical" href="{canonical}">'), "text/html", location).url == url


def test_the_charset_of_a_page() -> None:
    quote = "“Café itu penting,” kata André kepada para wartawan di Bandung."
    page = html('<meta charset="iso-8859-1">', f"{HTML_BODY}<p>{quote}</p>")
    article = of(page.encode("cp1252"), "text/html", "/data/a.html")
    assert article.body.endswith(quote)
    assert article.flags == ("encoding",)
    assert of(page, "text/html", "/data/a.html").flags == ()


@pytest.mark.parametrize(
    "content",
    [
        "<html></html>",
        "<p>x</p>",
        "\0<",
        "".join(f"<p><a href='/{i}'>Judul berita nomor {i}</a></p>" for i in range(60)),
    ],
    ids=["empty", "short", "broken", "index"],
)
def test_a_page_without_an_article(content: str) -> None:
    with pytest.raises(ExtractError, match="no article was found"):
        of(content, "text/html", "/data/a.html")


# --- layouts like those of Indonesian newsrooms ------------------------------------------------------------------

LEAD = (
    "Produsen sepeda Roda Contoh menggandeng perusahaan logistik Kirim Misal untuk membuka pusat perbaikan bersama, "
    "kata juru bicara kedua perusahaan itu kepada para wartawan."
)
OTHERS = "".join(
    f"<li><span>Kamis, 05/11/2015 0{n}:25 WIB</span> "
    f"<a href='/{n}'>Judul berita lain nomor {n} yang panjang sekali</a></li>"
    for n in range(9)
)


def page(body: str, *, before: str = "", after: str = "") -> str:
    return (
        "<html><head><title>Roda Contoh dan Kirim Misal Bermitra</title></head><body>"
        f"<div id='menu'>{before}</div><div id='main'><h1>Roda Contoh dan Kirim Misal Bermitra</h1>"
        f"<div>Kamis, 5 November 2015 | 10:08 WITA</div>{body}</div><div id='side'>{after}</div></body></html>"
    )


@pytest.mark.parametrize(
    ("location", "name"),
    [
        ("https://www.kapanlagi.com/showbiz/a-82f43b.html", "entertainment-detail-news"),
        ("https://contoh.id/a/1", "isi-berita"),
    ],
    ids=["rule", "no rule"],
)
def test_a_lead_outside_any_paragraph_is_kept(location: str, name: str) -> None:
    body = f"<div class='{name}'><b>Kapanlagi.com</b> - {LEAD}<p><p>{PARAGRAPHS[0]}<p><p>{PARAGRAPHS[1]}<p></div>"
    article = of(page(body), "text/html", location)
    assert article.body.split("\n\n") == [LEAD, PARAGRAPHS[0], PARAGRAPHS[1]]
    assert article.published_at == "2015-11-05T02:08:00Z"
    assert article.publisher == "KapanLagi.com"


def test_lists_of_other_articles_stay_out() -> None:
    body = f"<div class='text_detail'><p>{LEAD}<br><br>{PARAGRAPHS[0]}<br><br>{PARAGRAPHS[1]}</p></div>"
    whole = page(body, before=f"<ul>{OTHERS}</ul>", after=f"<ul>{OTHERS}</ul>")
    for location in ("https://inet.detik.com/read/1", "https://contoh.id/read/1"):
        assert of(whole, "text/html", location).body.split("\n\n") == [LEAD, PARAGRAPHS[0], PARAGRAPHS[1]]


def test_a_rule_whose_layout_has_changed_does_no_harm() -> None:
    body = f"<div class='text_detail'><p>Promo: {PARAGRAPHS[2]}</p></div><section>{HTML_BODY}<p>{LEAD}</p></section>"
    article = of(page(body), "text/html", "https://inet.detik.com/read/1")
    assert article.body.split("\n\n") == [*PARAGRAPHS, LEAD]


def test_only_the_first_article_of_an_endless_page() -> None:
    first, second = (f"<div class='read__content'>{text}</div>" for text in (HTML_BODY, f"<p>{LEAD}</p>" * 2))
    article = of(page(first + second), "text/html", "https://www.kompas.com/read/1")
    assert article.body == "\n\n".join(PARAGRAPHS)


def test_the_text_of_a_picture_page_is_its_captions() -> None:
    captions = [f"{place}: {LEAD} (Foto Contoh / Sari)" for place in ("Bandung", "Bogor", "Bekasi")]
    gallery = "".join(f"<figure><img><figcaption>{caption}</figcaption></figure>" for caption in captions)
    for location in ("https://photo.liputan6.com/a/1", "https://contoh.id/a/1"):
        article = of(page(f"<div class='read-page--photo-gallery'>{gallery}</div>"), "text/html", location)
        assert article.body.count("Roda Contoh menggandeng") == 3, location


def test_captions_links_and_share_buttons_stay_out() -> None:
    body = (
        f"<article><nav>Beranda</nav><p>{PARAGRAPHS[0]}</p>"
        "<figure><img><figcaption>Bengkel (Foto: Sari)</figcaption></figure>"
        f"<p>Bengkel Roda Contoh (Ilustrasi)</p><div class='share'>Bagikan ke WhatsApp</div><p>{PARAGRAPHS[1]}</p>"
        "<p>Baca juga: <a href='/x'>Kirim Misal tambah kurir</a></p><h3>Artikel Terkait</h3>"
        "<a href='/1'>Harga sepeda naik lagi</a><br><a href='/2'>Kurir mogok kerja hari ini</a>"
        f"<p>{PARAGRAPHS[2]}</p><p>Editor: Budi Misal</p><p>Copyright © ANTARA 2015</p></article>"
    )
    article = of(page(body), "text/html", "https://contoh.id/a/1")
    assert article.body == "\n\n".join(PARAGRAPHS)
    assert article.byline == "Budi Misal"


def test_teasers_make_no_article() -> None:
    cards = "".join(
        f"<div class='box'><h2><a href='/berita/{n}/x'>Judul berita nomor {n} yang panjang</a></h2>"
        f"<p>Berita nomor {n}: {LEAD}</p></div>"
        for n in range(12)
    )
    with pytest.raises(ExtractError, match="not an index"):
        of(f"<html><head><title>Warta Contoh</title></head><body>{cards}</body></html>", "text/html", "/data/a.html")


def test_a_front_page_is_no_article() -> None:
    assert of(html(), "text/html", "https://contoh.id/a").title
    with pytest.raises(ExtractError, match="no article was found"):
        of(html(), "text/html", "https://contoh.id/")


def test_a_page_cannot_pass_for_another_newsroom() -> None:
    head = '<link rel="canonical" href="https://www.detik.com/a"><meta property="og:url" content="https://detik.com/a">'
    article = of(html(head), "text/html", "https://palsu.id/a")
    assert (article.publisher, article.url) != ("detikcom", "https://www.detik.com/a")
    assert article.url == "https://palsu.id/a"
    assert of(html(head), "text/html", "/data/a.html").publisher == "detikcom"


@pytest.mark.parametrize(
    "unit", ["<div>", "<p>kata ", "<a href=x>Judul yang panjang sekali", "a<br>", "<div class=share>x"]
)
def test_hostile_pages_take_linear_time(unit: str) -> None:
    of(html(), "text/html", "/data/a.html")

    def read(size: int) -> None:
        with suppress(ExtractError):
            of(html(body=HTML_BODY + unit * (size // len(unit))), "text/html", "/a")

    assert growth(read) < LINEAR_ENOUGH


PIECES = (
    "<p>", "</p>", "<div class='share'>", "</div>", "<a href='http://[x'>", "</a>", "<br>", "<figure>", "<figcaption>",
    "<link rel='canonical' href='http://[x'>", "<meta property='og:url' content='https://a.id:x/2015/11/05/'>",
    "<base href='http://['>", "<meta property='article:published_time' content='0000-99-99T99:99Z'>", "<h1>", "\0",
    '<script type="application/ld+json">', '{"@type": "NewsArticle", "headline": 5, "datePublished": []}', "</script>",
    "<html>", "<body>", "<![CDATA[", "<!--", "Kamis, 5 November 2015 10:08 WIB", LEAD, PARAGRAPHS[0],
)  # fmt: skip
PLACES = ("https://www.detik.com/a", "/data/a.html", "https://a.id/2015/13/05/x", "http://[x", "https://a.id:x/")


@settings(max_examples=80)
@given(st.lists(st.sampled_from(PIECES), max_size=30), st.sampled_from(PLACES))
@example([LEAD, "<p>", PARAGRAPHS[0]], "http://[x")
def test_any_page_gives_an_article_or_an_extract_error(pieces: list[str], location: str) -> None:
    content = "".join(pieces).encode()
    with suppress(ExtractError):
        assert of(content, "text/html", location).body
    assert isinstance(article_links(content, location), tuple)
    assert isinstance(next_page_links(content, location), tuple)
