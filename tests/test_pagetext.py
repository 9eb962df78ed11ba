"""Elements to the paragraphs that a reader sees."""

from __future__ import annotations

import pytest
from lxml import html

from index.pagetext import lines_of, prose, short_text

SENTENCE = "Roda Contoh dan Kirim Misal membuka pusat perbaikan bersama di kota Bandung."


def texts(markup: str, *, everything: bool = False) -> list[str]:
    return [line.text for line in lines_of(html.fromstring(f"<div>{markup}</div>"), everything=everything)]


@pytest.mark.parametrize(
    ("markup", "lines"),
    [
        ("lepas <b>tebal</b>, <i>miring</i>nya<p>Dua</p>tiga", ["lepas tebal, miringnya", "Dua", "tiga"]),
        ("Satu.<br><br>Dua.<br>Tiga.", ["Satu.", "Dua.", "Tiga."]),
        ("kalimat yang<br/>terputus di tengah.<br>Baru", ["kalimat yang terputus di tengah.", "Baru"]),
        ("satu<br><br>dua", ["satu", "dua"]),
        ("<p>satu<p>dua<ul><li>tiga<li>empat</ul>", ["satu", "dua", "tiga", "empat"]),
        ("<p>a\n  b\t c</p><p> </p>", ["a b c"]),
        ("<div><div><span>dalam</span></div> sisa</div>", ["dalam", "sisa"]),
        ("<p>a<script>x</script>b<style>y</style></p><button>z</button><!-- k -->c", ["ab", "c"]),
    ],
)
def test_lines(markup: str, lines: list[str]) -> None:
    assert texts(markup) == lines


@pytest.mark.parametrize(
    "beside",
    [
        "<figure><img><figcaption>Keterangan</figcaption></figure>",
        '<div class="detail__share">Bagikan</div>',
        '<div class="wp-caption-text">Keterangan</div>',
        '<div id="related">Lain</div>',
        '<p style="display: none">Sembunyi</p>',
        '<blockquote class="twitter-tweet">Kicauan</blockquote>',
        '<div class="linksisip">Baca juga</div>',
        '<ul class="tag-list"><li>Roda</ul>',
        "<form>Langganan</form>",
        "<table><tr><td>Klasemen</table>",
    ],
)
def test_what_stands_beside_the_article(beside: str) -> None:
    markup = f"<p>{SENTENCE}</p>{beside} ekor<p>{SENTENCE}</p>"
    assert texts(markup) == [SENTENCE, "ekor", SENTENCE]
    assert len(texts(markup, everything=True)) >= 4 or "<form" in beside


def test_nothing_that_holds_most_of_the_text_is_beside_it() -> None:
    assert texts(f'<p>Judul</p><div class="share-wrapper"><p>{SENTENCE}</p></div>') == ["Judul", SENTENCE]
    assert texts(f"<table><tr><td>{SENTENCE}</table>") == [SENTENCE]


@pytest.mark.parametrize("name", ["shared-economy", "advocate", "bannerman", "content_tagged", "commentary"])
def test_names_that_only_look_alike(name: str) -> None:
    assert texts(f'<p>{SENTENCE}</p><p class="{name}">Tetap</p>') == [SENTENCE, "Tetap"]


def test_lists_of_links_and_captions_are_no_prose() -> None:
    root = html.fromstring(
        f"<div><p>{SENTENCE}</p><h3>Persaingan</h3><p>{SENTENCE}</p><h2>Jangan Lewatkan!</h2>"
        "<a href='/a'>Kirim Misal tambah kurir lagi</a><br><a href='/b'>Harga sepeda naik, cantik!</a>"
        f"<p>Bengkel baru di Bandung (Ilustrasi)</p><p><a href='/c'>{SENTENCE}</a></p>"
        "<p><a href='/d'>Roda Contoh</a></p></div>"
    )
    assert [line.text for line in prose(lines_of(root))] == [SENTENCE, "Persaingan", SENTENCE, SENTENCE, "Roda Contoh"]


def test_short_text() -> None:
    root = html.fromstring(f"<p> a  <b>b</b>{'c' * 50}</p>")
    assert short_text(root, 60) == f"a b{'c' * 50}"
    assert short_text(root, 50) is None
