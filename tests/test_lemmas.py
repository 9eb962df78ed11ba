from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.lemmas import MAX_QUERY_TERMS, MAX_WORD, fts_query, lemmas, query_terms
from index.types import Language
from tests.growth import LINEAR_ENOUGH, growth


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Perusahaan-perusahaan meluncurkan peluncuran", ["usaha", "luncur", "luncur"]),
        ("Go-Jek dan gojek", ["go", "jek", "gojek", "gojek"]),
        ("Grab bermitra dengan Alibaba, BMW, Tokopedia", ["grab", "mitra", "alibaba", "bmw", "tokopedia"]),
        ("bekerja sama, kerjasama, kerja sama", ["kerjasama"] * 3),
        ("menandatangani, ditandatangani, penandatanganan, tanda tangan", ["tandatangan"] * 4),
        ("Jum’at, Café, Qur'an", ["jumat", "cafe", "quran"]),
        ("company’s companies", ["company", "company"]),
        ("Rp1,8 triliun", ["rupiah", "1d8", "triliun"]),
        ("4G 10juta 50% US$ 5", ["4g", "10", "juta", "50", "persen", "dolar", "5"]),
        ("23.05.2021 8/9 007", ["23", "5", "2021", "8", "9", "007"]),
        ("Gr\u200bab G\u00adojek \ufb01nance", ["grab", "gojek", "finance"]),
        ("Apa yang di the of who", []),
        ('\0 \ud800 -- " * :', []),
    ],
)
def test_lemmas(text: str, expected: list[str]) -> None:
    assert lemmas(text, "id") == expected


@pytest.mark.parametrize(
    ("indonesian", "english"),
    [
        ("1.000,5", "1,000.5"),
        ("1.000.000", "1,000,000"),
        ("1.000", "1,000"),
        ("1.250", "1,250"),
        ("1,250", "1.250"),
        ("2,50", "2.5"),
        ("pukul 20.15", "pukul 20:15"),
        ("3 miliar", "3 billion"),
        ("Rp 2 triliun", "IDR 2 trillion"),
        ("5 juta dolar", "$ 5 million"),
        ("Oktober", "October"),
        ("12 Mei 2021", "12 May 2021"),
        ("Agustus 2017", "Aug 2017"),
        ("Jepang", "Japan"),
        ("produk AS", "produk US"),
        ("Amazon Web Services", "Amazon Web Services"),
        ("Singapore Airlines", "Singapore Airlines"),
    ],
)  # fmt: skip
def test_both_languages_give_the_same_token(indonesian: str, english: str) -> None:
    assert lemmas(indonesian, "id")
    assert set(lemmas(indonesian, "id")) == set(lemmas(english, "en"))


@given(st.text(alphabet=st.characters(exclude_characters=".,"), max_size=60))
def test_language_changes_nothing_but_numbers(text: str) -> None:
    assert lemmas(text, "id") == lemmas(text, "en") == lemmas(text, "und")


def test_unknown_language_reads_three_digits_as_thousands() -> None:
    assert lemmas("1,250 1.250", "und") == ["1250", "1250"]
    assert lemmas("1.250 1,250 1,000", "id") == ["1250", "1d25", "1000"]


def test_the_verb_may_is_no_month() -> None:
    assert "mei" not in lemmas("Investors may sell", "en")
    assert lemmas("in May", "en") == ["mei"]


def test_query_terms_are_unique_ordered_and_few() -> None:
    assert query_terms("Grab, Gojek, grab dan GRAB", "id") == ["grab", "gojek"]
    assert len(query_terms(" ".join(f"kata{number}" for number in range(1_000)), "id")) == MAX_QUERY_TERMS


def test_fts_query_quotes() -> None:
    assert fts_query(["grab", "a\"b", "*", "", "\0", "x\0y"]) == '"grab" OR "a""b" OR "x y"'  # fmt: skip
    assert fts_query([]) == ""
    assert fts_query(["x"] * 1_000).count("OR") == MAX_QUERY_TERMS - 1


@settings(max_examples=300)
@given(st.text(max_size=200), st.sampled_from(["id", "en", "und"]))
def test_tokens_are_plain(text: str, language: Language) -> None:
    for token in lemmas(text, language):
        assert token.isalnum()
        assert token == token.lower()
        assert len(token) <= MAX_WORD


@pytest.fixture
def table() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE passages USING fts5(title, body)")
    rows = [
        ("satu", "Grab bermitra dengan OVO near title and or not"),
        ("dua", "Gojek menggandeng BCA"),
        ("grab", "Sesuatu yang lain sama sekali"),
    ]
    for title, body in rows:
        values = (" ".join(lemmas(title, "id")), " ".join(lemmas(body, "id")))
        connection.execute("INSERT INTO passages VALUES (?, ?)", values)
    yield connection
    connection.close()


def found(table: sqlite3.Connection, expression: str) -> set[int]:
    return {row for (row,) in table.execute("SELECT rowid FROM passages WHERE passages MATCH ?", (expression,))}


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        ("Gojek -BCA", {2}),
        ("NOT gojek", {2}),
        ("title: gojek", {1, 2}),
        ("title:grab", {1, 3}),
        ("{title} : grab", {1, 3}),
        ("NEAR(ovo bca, 1)", {1, 2}),
        ("^bca", {2}),
        ("go*", set()),
        ("ovo AND bca", {1, 2}),
        ('"ovo bca"', {1, 2}),
        ("ovo + bca", {1, 2}),
    ],
)
def test_no_operator_effect(table: sqlite3.Connection, question: str, rows: set[int]) -> None:
    assert found(table, fts_query(query_terms(question, "id"))) == rows


FUZZ = (
    """" ' "" NEAR( NEAR ) ( * - + ^ : title: body: {title} AND OR NOT , ; -- /* % \\ شركة 中国 é ß İ ﬁ ½ ² Ⅷ """
    "grab Gojek bca ovo 1.000,5 Rp1,8 go-jek 😀 👩‍👩‍👧 \0 \n \t \u202e \u200f \ud800 \ufdfa \U000e0041 " + "a" * 500
)


# RELIABILITY row 36.
def test_ten_thousand_fuzzed_questions(table: sqlite3.Connection) -> None:
    rng = random.Random(36)
    parts = FUZZ.split(" ")
    tokens = [set(lemmas(f"{title} {body}", "id")) for title, body in table.execute("SELECT title, body FROM passages")]
    for _ in range(10_000):
        glue = rng.choice(["", " "])
        question = glue.join(rng.choice(parts) for _ in range(rng.randrange(1, 12)))
        terms = query_terms(question, rng.choice(["id", "en", "und"]))
        expression = fts_query(terms)
        hits = found(table, expression) if expression else set()
        assert hits == {row for row, words in enumerate(tokens, 1) if words & set(terms)}, question
        # The same text unprepared, as one term: still no error.
        if raw := fts_query([question]):
            found(table, raw)


def test_import_loads_no_dictionary() -> None:
    code = "import sys, index.lemmas; assert not [m for m in sys.modules if m.startswith('simplemma')]"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("unit", ["1.", "1", "a-", "Ya ", "kerja", "tanda ", "'", "Rp", "1,8x", "\u0301"])
def test_time_is_linear(unit: str) -> None:
    assert growth(lambda size: lemmas(unit * (size // len(unit)) + "x", "id")) < LINEAR_ENOUGH
