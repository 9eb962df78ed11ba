import re

import pytest

from index.phrases import PHRASES, abstention_text, answer_text, date_words, framing, quote_line, source_line
from index.types import Citation, Quote


def cite(n: int = 1, publisher: str = "ANTARA", date: str = "2021", url: str = "") -> Citation:
    return Citation(n, n, f"Judul {n}", publisher, date, url, url)


def quoted(text: str = "Isi.", n: int = 1, language: str = "id", also: tuple[tuple[int, int], ...] = ()) -> Quote:
    return Quote(n, text, n, 0, len(text), language, also)  # type: ignore[arg-type]


def test_both_languages_have_the_same_phrases_with_the_same_places() -> None:
    assert PHRASES["id"].keys() == PHRASES["en"].keys()
    for name in PHRASES["id"]:
        assert re.findall(r"{\w+}", PHRASES["id"][name]) == re.findall(r"{\w+}", PHRASES["en"][name]), name


@pytest.mark.parametrize(
    ("date", "indonesian", "english"),
    [
        ("2021-05-03T07:03:00Z", "3 Mei 2021", "3 May 2021"),
        ("2021-12-23", "23 Desember 2021", "23 December 2021"),
        ("2021-08", "Agustus 2021", "August 2021"),
        ("2021", "2021", "2021"),
        ("", "", ""),
    ],
)
def test_dates_are_as_precise_as_they_are_known(date: str, indonesian: str, english: str) -> None:
    assert date_words(date, "id") == indonesian
    assert date_words(date, "en") == english


def test_the_day_is_that_of_readers_in_jakarta() -> None:
    assert date_words("2021-05-23T16:59:59Z", "id") == "23 Mei 2021"
    assert date_words("2021-05-23T17:00:00Z", "id") == "24 Mei 2021"  # midnight there
    assert date_words("2021-12-31T20:00:00Z", "en") == "1 January 2022"
    assert date_words("9999-12-31T23:59:59Z", "en") == "31 December 9999"


def test_the_framing_names_who_says_it() -> None:
    assert framing([cite()], "id") == "Menurut ANTARA (2021):"
    assert framing([cite(), cite(2, "Kompas")], "en") == "According to ANTARA and Kompas:"
    assert framing([cite(), cite(2, "Kompas"), cite(3, "Tempo")], "id") == "Menurut ANTARA, Kompas dan Tempo:"
    assert framing([cite(), cite(2)], "id") == "Menurut ANTARA:"
    assert framing([cite(publisher="", date="")], "en") == "From the stored news:"


def test_a_quote_in_the_other_language_is_marked() -> None:
    assert quote_line(quoted(), "id") == "“Isi.” [1]"
    assert quote_line(quoted(), "en") == "“Isi.” [1] (in Indonesian)"
    assert quote_line(quoted(language="en"), "id") == "“Isi.” [1] (dalam bahasa Inggris)"
    assert quote_line(quoted(also=((2, 7),)), "id") == "“Isi.” [1][2]"


def test_a_quote_that_is_in_quotation_marks_gets_no_more() -> None:
    assert quote_line(quoted("“Isi.”"), "id") == "“Isi.” [1]"


def test_a_source_without_date_publisher_or_link_is_still_named() -> None:
    assert source_line(cite(publisher="", date=""), "id") == "[1] Judul 1"
    assert source_line(cite(url="https://e.com"), "en") == "[1] Judul 1 — ANTARA, 2021\n    https://e.com"


def test_whole_answers() -> None:
    assert answer_text([quoted()], [cite()], "id") == (
        "Menurut ANTARA (2021):\n“Isi.” [1]\n\nSumber:\n[1] Judul 1 — ANTARA, 2021"
    )
    assert abstention_text([], "en") == "Sorry, I could not find the answer in the stored news."
    assert abstention_text([cite()], "id", lead="Tentang BMW.").startswith("Tentang BMW.\nMaaf, ")
