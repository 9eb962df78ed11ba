"""Web pages to articles. The pages are our own; html-dev holds real ones."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from index.errors import ExtractError
from index.extract import extract
from index.types import Article, Page

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
