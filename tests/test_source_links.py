"""Which addresses are the same article, and which links lead to one. All addresses and pages are our own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.sources.links import (
    all_in_one_url,
    article_links,
    canonical,
    feed_links,
    is_article_url,
    next_page_links,
    without_tracking,
)
from tests.growth import LINEAR_ENOUGH, growth

ROOT = Path(__file__).resolve().parent.parent
PAGES = (ROOT / os.environ.get("WARTA_EVAL_DATA", "../shared/eval")).resolve() / "html-dev" / "files"
ONE = "https://contoh.id/berita/527615/roda-contoh"


@pytest.mark.parametrize(
    "url",
    [
        "http://contoh.id/berita/527615/roda-contoh",
        "https://www.contoh.id/berita/527615/roda-contoh/",
        "https://m.contoh.id/berita/527615/roda-contoh",
        "https://amp.contoh.id/berita/527615/roda-contoh",
        "https://CONTOH.id:443/berita//527615/roda-contoh#komentar",
        "https://contoh.id/berita/527615/roda-contoh?utm_source=wa&utm_medium=share&fbclid=Iw&gclid=x",
        "https://contoh.id/berita/527615/roda-contoh?mtype=mpc.ctr.A&source=search",
        "https://contoh.id/berita/527615/roda-contoh/amp",
        "https://contoh.id/amp/berita/527615/roda-contoh",
        "https://contoh.id/berita/527615/roda-contoh?amp=1",
        "https://contoh.id/berita/527615/roda-contoh?amp",
        "https://contoh.id/berita/527615/roda-contoh?page=all",
        "https://contoh.id/berita/527615/roda-contoh?page=2",
        "https://contoh.id/berita/527615/roda-contoh?single=1",
        "https://www.google.com/amp/s/contoh.id/berita/527615/roda-contoh/amp",
        "https://contoh-id.cdn.ampproject.org/c/s/contoh.id/berita/527615/roda-contoh",
        "  https://contoh.id/berita/527615/roda-contoh\n",
    ],
)
def test_one_article_has_one_canonical_address(url: str) -> None:
    assert canonical(url) == ONE


@pytest.mark.parametrize(
    "url",
    [
        "https://news.contoh.id/berita/527615/roda-contoh",
        "https://contoh.id/berita/527616/roda-contoh",
        "https://contoh.id/berita/527615/roda-contoh?id=5",
        "https://contoh.id:8443/berita/527615/roda-contoh",
        "https://contoh.id/berita/527615/Roda-Contoh",
    ],
)
def test_another_article_has_another(url: str) -> None:
    assert canonical(url) not in ("", ONE)


def test_the_order_of_parameters_and_pages_of_an_index() -> None:
    assert canonical("https://contoh.id/?p=5&a=1") == canonical("http://www.contoh.id/?a=1&p=5") != ""
    assert canonical("https://contoh.id/indeks?page=2") != canonical("https://contoh.id/indeks?page=3")
    assert canonical("https://m.id/a") == "https://m.id/a"


@pytest.mark.parametrize(
    "url",
    ["", "berita/1", "javascript:alert(1)", "ftp://a.id/x", "file:///etc/passwd", "https://", "http://[x", "data:,x",
     "https://user:pass@contoh.id/a", "http://a.id:99999/", "https://a.id/" + "x" * 3_000],
)  # fmt: skip
def test_what_is_no_address_of_a_page_is_empty(url: str) -> None:
    assert canonical(url) == without_tracking(url) == ""


@given(st.text(max_size=80), st.sampled_from(["", "https://", "https://a.id/", "https://a.id/?", "//", "http://a.id:"]))
def test_canonical_is_stable_and_never_fails(text: str, start: str) -> None:
    once = canonical(start + text)
    assert canonical(once) == once


def test_without_tracking_can_be_fetched() -> None:
    assert without_tracking("http://M.contoh.id/a b/é?utm_source=x&id=5&page=2#top") == (
        "http://m.contoh.id/a%20b/%C3%A9?id=5&page=2"
    )
    assert without_tracking("https://contoh.id/a%20b?q=a%26b") == "https://contoh.id/a%20b?q=a%26b"


@pytest.mark.parametrize(
    "url",
    [
        "https://contoh.id/berita/527615/roda-contoh-bermitra",
        "https://contoh.id/read/2024/05/23/15/1244290/roda-contoh",
        "https://contoh.id/2024/05/23/roda-contoh-bermitra/",
        "https://contoh.id/bisnis/d-7012345/roda-contoh-dan-kirim-misal",
        "https://contoh.id/ekonomi/roda-contoh-kirim-misal-bermitra",
        "https://contoh.id/showbiz/roda-contoh-bermitra-eeddf5.html",
        "https://contoh.id/read/2024/05/23/14033481/Roda.Contoh.Bermitra",
    ],
)
def test_an_articles_address(url: str) -> None:
    assert is_article_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://contoh.id/",
        "https://contoh.id/ekonomi",
        "https://contoh.id/ekonomi/makro",
        "https://contoh.id/tag/roda-contoh-kirim-misal",
        "https://contoh.id/topik/12345678/roda-contoh-kirim-misal",
        "https://contoh.id/indeks/2024/05/23",
        "https://contoh.id/penulis/sari-contoh-1234567",
        "https://contoh.id/pedoman-media-siber",
        "https://contoh.id/foto/2024/05/roda-contoh-kirim-misal.jpg",
    ],
)
def test_the_address_of_something_else(url: str) -> None:
    assert not is_article_url(url, "Sebuah tautan dengan teks yang panjang")


INDEX = """<html><head><link rel="canonical" href="https://contoh.id/indeks">
<link rel="alternate" type="application/rss+xml" href="/rss"><link rel="alternate" type="text/css" href="/x.css">
</head><body>
<nav><a href="/ekonomi">Ekonomi</a><a href="/tag/roda-contoh-dan-kirim-misal">Roda</a></nav>
<a href="/berita/527615/roda-contoh-bermitra?utm_source=indeks"><img src="a.jpg"></a>
<a href="/berita/527615/roda-contoh-bermitra#komentar">Roda Contoh bermitra</a>
<a href="https://news.contoh.id/berita/527614/kirim-misal-tambah-kurir">Kirim Misal tambah kurir</a>
<a href="https://lain.id/berita/527613/iklan-dari-situs-lain">Iklan</a>
<a href="//m.contoh.id/berita/527612/harga-sepeda-naik">Harga sepeda naik</a>
<a href="mailto:a@contoh.id">Surat</a><a href="javascript:void(0)">x</a><a>tanpa</a><a href="http://[x">rusak</a>
<a href="/makro/kurs-rupiah-menguat">Kurs rupiah menguat tajam pada hari ini</a>
<a href="/makro/kurs-rupiah-menguat-2">Kurs</a>
</body></html>"""
FOUND = (
    "https://contoh.id/berita/527615/roda-contoh-bermitra",
    "https://news.contoh.id/berita/527614/kirim-misal-tambah-kurir",
    "https://m.contoh.id/berita/527612/harga-sepeda-naik",
    "https://contoh.id/makro/kurs-rupiah-menguat",
)


@pytest.mark.parametrize("url", ["https://contoh.id/indeks", "/data/indeks.html"])
def test_links_of_an_index_page(url: str) -> None:
    assert article_links(INDEX.encode(), url) == FOUND
    assert feed_links(INDEX.encode(), url) == ("https://contoh.id/rss",)


def test_a_base_element_and_a_page_that_names_no_address() -> None:
    page = '<base href="https://contoh.id/arsip/"><a href="527615/roda-contoh-bermitra">x</a>'
    assert article_links(page.encode(), "https://contoh.id/") == (
        "https://contoh.id/arsip/527615/roda-contoh-bermitra",
    )
    page = '<a href="https://contoh.id/berita/527615/roda-contoh-bermitra">x</a><a href="https://contoh.id/">y</a>'
    assert article_links(page.encode(), "") == (FOUND[0],)


@pytest.mark.parametrize("page", [b"", b"\0", b"<", b"halo", "<a href='/x'>".encode("utf-16"), b"\xff\xfe" * 50])
def test_a_page_without_links(page: bytes) -> None:
    assert article_links(page, "https://contoh.id/") == ()
    assert next_page_links(page, "https://contoh.id/") == ()
    assert feed_links(page, "https://contoh.id/") == ()


def test_all_of_an_article_on_one_page() -> None:
    assert all_in_one_url("https://news.detik.com/berita/d-1/a?page=2&x=1") == (
        "https://news.detik.com/berita/d-1/a?x=1&single=1"
    )
    assert (
        all_in_one_url("https://regional.kompas.com/read/a?page=3#x") == "https://regional.kompas.com/read/a?page=all"
    )
    assert all_in_one_url("https://www.tribunnews.com/a?page=all") == "https://www.tribunnews.com/a?page=all"
    assert all_in_one_url("https://contoh.id/a") == ""


def test_further_parts_of_an_article() -> None:
    page = (
        '<a href="?page=3">3</a><a href="?page=2">2</a><a href="/a/b?page=2">Selanjutnya</a>'
        '<a href="/a/c?page=2">lain</a>'
        '<a href="/a/b">1</a><a href="/a/b?page=all">Semua</a>'
    )
    assert next_page_links(page.encode(), "https://contoh.id/a/b") == (
        "https://contoh.id/a/b?page=2",
        "https://contoh.id/a/b?page=3",
    )
    parts = '<a href="/a/b/2">2</a><a href="/a/b/3/">3</a><a href="/a/b/2024">arsip</a>'
    assert next_page_links(parts.encode(), "https://contoh.id/a/b") == (
        "https://contoh.id/a/b/2",
        "https://contoh.id/a/b/3/",
    )
    assert next_page_links(INDEX.encode(), "https://contoh.id/a/b") == ()


@pytest.mark.parametrize(
    "unit", ["<a href=/x/berita-panjang-sekali-12345>Judul", "<div>", '<a href="', "<a href=?page=2>"]
)
def test_hostile_pages_take_linear_time(unit: str) -> None:
    assert growth(lambda size: article_links((unit * (size // len(unit))).encode(), "https://a.id/")) < LINEAR_ENOUGH


@pytest.mark.parametrize(
    ("file", "least", "first"),
    [
        ("2025-dump_antara.html", 50, "https://lampung.antaranews.com/berita/"),
        ("2025-lampost_page.html", 40, "https://lampost.co/"),
    ],
)
def test_real_index_pages_without_gold(file: str, least: int, first: str) -> None:
    if not PAGES.is_dir():
        pytest.skip(f"{PAGES} is not there; set WARTA_EVAL_DATA to the evaluation data")
    links = article_links((PAGES / file).read_bytes(), file)
    assert len(links) >= least
    assert links[0].startswith(first)
