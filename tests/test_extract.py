"""Pages of every kind to articles."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.decode import tidy
from index.errors import ExtractError
from index.extract import extract
from index.types import Article, Page
from tests.growth import LINEAR_ENOUGH, growth

NOW = datetime(2024, 6, 1, tzinfo=UTC)
ROOT = Path(__file__).resolve().parent.parent
SEED = (ROOT / os.environ.get("WARTA_EVAL_DATA", "../shared/eval")).resolve().parent / "seed" / "antara-bmw-alibaba.txt"

# In the form of an ANTARA article; the words are our own.
ANTARA = """Jakarta (ANTARA) - Produsen sepeda Roda Contoh bersama perusahaan logistik Kirim Misal mendirikan pusat \
perbaikan bersama untuk melayani para kurir di Bandung dan Cimahi.

Pusat itu akan dibuka pada bulan depan dan menampung tiga puluh mekanik, kata Roda Contoh dalam pernyataan resmi.

Baca juga: Kirim Misal tambah seribu kurir

Baca juga: Roda Contoh luncurkan sepeda listrik


"Kami ingin kurir tidak menunggu lama," kata Direktur Kirim Misal Sari Contoh.

Baca juga: Harga sepeda naik
Pewarta:
Editor: Budi Misal
Copyright © ANTARA 2021"""

BODY = "Grab dan OVO menandatangani kerja sama tiga tahun di Jakarta.\n\nNilainya tidak disebutkan oleh kedua pihak."


def of(content: str | bytes, media_type: str = "text/plain", location: str = "/data/a.txt") -> Article:
    return extract(Page(location, content.encode() if isinstance(content, str) else content, media_type), now=NOW)


def record(**fields: object) -> Article:
    return of(json.dumps({"text": BODY, "lang": "id", **fields}), "application/json")


# --- plain text ---------------------------------------------------------------------------------------------------


def test_an_antara_text() -> None:
    article = of(ANTARA)
    assert article.title == "Produsen sepeda Roda Contoh bersama perusahaan logistik Kirim Misal mendirikan pusat…"
    assert (article.publisher, article.place, article.published_at) == ("ANTARA", "Jakarta", "2021")
    assert article.byline == "Budi Misal"
    assert article.body.startswith("Produsen sepeda Roda Contoh bersama")
    assert article.body.endswith('"Kami ingin kurir tidak menunggu lama," kata Direktur Kirim Misal Sari Contoh.')
    assert article.body.count("\n\n") == 2
    assert (article.language, article.url, article.flags) == ("id", "", ())
    assert article.key == "/data/a.txt"


def test_the_seed_article() -> None:
    if not SEED.is_file():
        pytest.skip(f"{SEED} is not there; set WARTA_EVAL_DATA to the evaluation data beside it")
    article = of(SEED.read_bytes())
    assert (article.publisher, article.place, article.published_at) == ("ANTARA", "Jakarta", "2021")
    assert article.byline == "Alviansyah Pasaribu"
    assert article.title.startswith("Pembuat mobil BMW bersama")
    assert article.title.endswith("…")
    assert article.body.startswith("Pembuat mobil BMW bersama")
    assert article.body.endswith("strategi digitalisasi ke dalam bisnis penuh BMW China.")
    for word in ("Baca juga", "Pewarta", "Editor", "Copyright"):
        assert word not in article.body
    assert article.body.count("\n\n") == 10
    assert article.language == "id"


def test_a_short_first_line_is_the_title() -> None:
    article = of(f"Grab dan OVO bermitra\n\n{BODY}")
    assert (article.title, article.body) == ("Grab dan OVO bermitra", BODY)
    assert of(BODY).title == "Grab dan OVO menandatangani kerja sama tiga tahun di Jakarta"


@pytest.mark.parametrize("content", ["", " \n\t", "\0\0\0\0", "\ufeff", "Baca juga: X\nEditor: Budi", "12345", "# \n"])
def test_no_article_text_is_an_error_that_says_where(content: str) -> None:
    with pytest.raises(ExtractError, match=r"^/data/a\.txt: .*nothing was stored"):
        of(content)


def test_an_unknown_media_type_is_refused() -> None:
    with pytest.raises(ExtractError, match="application/pdf"):
        of("isi", "application/pdf")
    assert of(BODY, "text/plain; charset=utf-8").body == BODY


# --- encodings (RELIABILITY row 31) -------------------------------------------------------------------------------

TRICKY = [
    "“Kerja sama ini penting,” kata André – Direktur Café Société – di Jakarta…",
    "Harga naik £5 atau €6; suhu 30°C, kata Müller’s & Söhne.",
    "Grab’s partner said it’s ‘ready’ — naïve or not.",
]


@pytest.mark.parametrize("text", TRICKY)
@pytest.mark.parametrize("encoding", ["cp1252", "utf-16", "utf-16-le", "utf-32", "utf-8-sig"])
def test_every_encoding_gives_the_same_text(text: str, encoding: str) -> None:
    plain, other = of(text), of(text.encode(encoding))
    assert plain.flags == ()
    assert other.body == plain.body == text
    assert other.flags == (() if encoding == "utf-8-sig" else ("encoding",))


def test_nul_and_invalid_bytes_survive() -> None:
    article = of("Grab dan\0 OVO – bermitra ".encode() + b"\xff\xfe di Jakarta.")
    assert article.body == "Grab dan OVO – bermitra �� di Jakarta."
    assert article.flags == ("broken-bytes", "nul")
    assert of(b"Grab dan OVO \xff bermitra.").flags == ("broken-bytes",)


def test_json_with_nuls_and_other_encodings() -> None:
    escaped = of('{"text": "Grab dan\\u0000 OVO bermitra.", "lang": "id"}', "application/json")
    raw = of(b'{"text": "Grab dan\0 OVO bermitra.", "lang": "id"}', "application/json")
    assert escaped.body == raw.body == "Grab dan OVO bermitra."
    assert escaped.flags == raw.flags == ("nul",)
    cp1252 = of('{"text": "Café “Grab” bermitra.", "lang": "id"}'.encode("cp1252"), "application/json")
    assert (cp1252.body, cp1252.flags) == ("Café “Grab” bermitra.", ("encoding",))
    surrogate = of('{"text": "Grab \\ud800 bermitra.", "lang": "id"}', "application/json")
    assert surrogate.body == "Grab \ufffd bermitra."
    assert surrogate.flags == ("broken-bytes",)


@given(st.binary(max_size=300))
def test_any_bytes_give_an_article_or_an_extract_error(content: bytes) -> None:
    for media_type in ("text/plain", "text/markdown"):
        try:
            article = extract(Page("/x", content, media_type), now=NOW)
        except ExtractError:
            continue
        article.body.encode()
        assert "\0" not in article.body + article.title
        assert article.title
        assert "\n\n\n" not in article.body
        assert tidy(article.body) == article.body


# --- Markdown -----------------------------------------------------------------------------------------------------


def test_markdown_with_front_matter() -> None:
    article = of(
        '---\ntitle: "Grab & OVO bermitra"\ndate: 2021-05-23\nauthor: Sari Contoh\npublisher: Warta Contoh\n'
        "url: https://contoh.id/a\ntags:\n  - Grab\n  - OVO\n---\n\n# Grab & OVO bermitra\n\n"
        "Kerja sama **penting** itu [diumumkan](https://contoh.id/(b)) oleh _Grab_.\nNilainya `tidak` disebut.\n\n"
        "![gambar](a.png)\n\n## Rincian\n\n- butir *satu*\n- butir dua\n\n"
        "> Kutipan penting\n\n---\n\nHarga 5 * 3 dan snake_case_ini.\n",
        "text/markdown",
    )
    assert article.title == "Grab & OVO bermitra"
    assert article.body.split("\n\n") == [
        "Kerja sama penting itu diumumkan oleh Grab. Nilainya tidak disebut.",
        "Rincian",
        "butir satu",
        "butir dua",
        "Kutipan penting",
        "Harga 5 * 3 dan snake_case_ini.",
    ]
    assert (article.published_at, article.byline, article.publisher) == ("2021-05-23", "Sari Contoh", "Warta Contoh")
    assert article.url == article.key == "https://contoh.id/a"
    assert article.partners == ("Grab", "OVO")


def test_markdown_titles() -> None:
    assert of(f"# Judul\n\n{BODY}", "text/markdown").title == "Judul"
    assert of(f"Judul Lama\n==========\n\n{BODY}", "text/markdown").title == "Judul Lama"
    assert of(BODY, "text/markdown").title.startswith("Grab dan OVO")
    with pytest.raises(ExtractError, match="only a title"):
        of("# Judul", "text/markdown")


def test_markdown_lines() -> None:
    long = "Produsen sepeda Roda Contoh dan perusahaan logistik Kirim Misal membuka pusat perbaikan bersama. " * 2
    article = of(f"{long.strip()}\nKalimat kedua.\nBaca juga: X\nKalimat ketiga.", "text/markdown")
    assert article.body == f"{long.strip()}\n\nKalimat kedua.\n\nKalimat ketiga."


# --- JSON ---------------------------------------------------------------------------------------------------------


def test_record_fields_win_over_the_text() -> None:
    article = record(
        title=" Judul  resmi ",
        text=ANTARA,
        publisher="Warta Contoh",
        author="Sari Contoh",
        date="Minggu, 23 Mei 2021 14:03 WIB",
        url="https://contoh.id/a b",
        partners=["PT Contoh, Tbk", "OVO", "ovo", " "],
        lang="en",
        unknown={"a": 1},
    )
    assert (article.title, article.publisher, article.byline) == ("Judul resmi", "Warta Contoh", "Sari Contoh")
    assert (article.published_at, article.place, article.language) == ("2021-05-23T07:03:00Z", "Jakarta", "en")
    assert article.url == "https://contoh.id/a%20b"
    assert article.partners == ("PT Contoh, Tbk", "ovo")
    assert article.body.startswith("Produsen sepeda")
    assert record(text=ANTARA).publisher == "ANTARA"


@pytest.mark.parametrize(
    ("url", "publisher"),
    [
        ("https://dailysocial.id/post/x", "DailySocial"),
        ("https://www.cnnindonesia.com/x", "CNN Indonesia"),
        ("https://en.antaranews.com/x", "ANTARA"),
        ("https://bisnis.tempo.co/x", "Tempo"),
        ("https://dailysocial.id.contoh.net/x", ""),
        ("https://contoh.id/tempo.co", ""),
        ("https://tempo/x", ""),
        ("", ""),
    ],
)
def test_where_nothing_else_says_who_publishes_the_address_does(url: str, publisher: str) -> None:
    assert record(text=BODY, url=url).publisher == publisher
    assert record(text=ANTARA, url=url).publisher == "ANTARA"
    assert record(text=BODY, url=url, publisher="Warta Contoh").publisher == "Warta Contoh"


def test_other_names_of_the_keys() -> None:
    fields = {"body": BODY, "language": "id-ID", "source_name": "W", "byline": "S", "published": 1621753380}
    article = of(json.dumps({**fields, "link": "http://a.id/x", "tags": "Grab, OVO"}), "application/json")
    assert (article.publisher, article.byline, article.url) == ("W", "S", "http://a.id/x")
    assert article.partners == ("Grab", "OVO")
    assert (article.published_at, article.language, article.body) == ("2021-05-23T07:03:00Z", "id", BODY)


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"title": 5}, "title"),
        ({"text": ["a"]}, "text"),
        ({"url": {"a": 1}}, "url"),
        ({"author": ["Sari"]}, "author"),
        ({"tags": [1]}, "tags"),
        ({"partners": {"a": 1}}, "partners"),
        ({"date": True}, "date"),
        ({"id": 1.5}, "id"),
    ],
)
def test_wrong_types_name_the_key(fields: dict[str, object], key: str) -> None:
    with pytest.raises(ExtractError, match=f"the key '{key}' must be"):
        record(**fields)


@pytest.mark.parametrize(
    "content",
    ["{", "[]", "5", '{"title": "a"}', '{"text": " "}', '{"text": null}', pytest.param("[" * 100_000, id="deep")],
)
def test_a_bad_record_is_an_extract_error(content: str) -> None:
    with pytest.raises(ExtractError, match=r"^/data/a\.txt: "):
        of(content, "application/json")


def test_dates_that_cannot_be_used_are_flagged() -> None:
    assert (record(date="2035-01-01").published_at, record(date="2035-01-01").flags) == ("", ("future-date",))
    assert (record(date="kemarin dulu").published_at, record(date="kemarin dulu").flags) == ("", ("bad-date",))
    fallback = record(date="2035-01-01", text=ANTARA)
    assert (fallback.published_at, fallback.flags) == ("2021", ("future-date",))
    assert of(ANTARA.replace("2021", "2035")).flags == ("future-date",)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "tg://resolve?domain=x", "ftp://a.id/x", "https://", "//a.id/x", "http://[x"]
)
def test_only_web_addresses_are_urls(url: str) -> None:
    article = record(url=url)
    assert (article.url, article.flags) == ("", ("bad-url",))


def test_trafilatura_loads_only_for_web_pages() -> None:
    code = (
        "import sys; from datetime import datetime, UTC\n"
        "from index.extract import extract; from index.types import Page\n"
        'page = Page(\'/a\', b\'{"text": "Grab dan OVO.", "lang": "id"}\', \'application/json\')\n'
        "extract(page, now=datetime.now(UTC))\n"
        "heavy = ('trafilatura', 'htmldate', 'lxml', 'langdetect', 'charset_normalizer')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "unit", ["[", "*a ", "<!--", "-", "_a", "Baca juga: ", "(", "Editor: a ", "Jakarta, ", "a.", "`", "![", "\n- "]
)
@pytest.mark.parametrize("media_type", ["text/plain", "text/markdown"])
def test_hostile_repetition_takes_linear_time(unit: str, media_type: str) -> None:
    assert (
        growth(lambda size: of("Grab bermitra. " + unit * (size // len(unit)) + " tamat", media_type)) < LINEAR_ENOUGH
    )
