"""Numbers, amounts and days in both languages, in digits and in words."""

from __future__ import annotations

from decimal import Decimal

import pytest

from index.quantities import Day, Quantity, figures_of
from index.types import Language


def amounts(text: str, language: Language) -> list[Quantity]:
    return list(figures_of(text, language).quantities)


def holds(quote: str, of: Language, claim: str, told_in: Language) -> bool:
    return figures_of(quote, of).hold(figures_of(claim, told_in))


@pytest.mark.parametrize(
    ("indonesian", "english", "value", "unit"),
    [
        ("Rp25 miliar", "25 billion rupiah", "25000000000", "rupiah"),
        ("dua puluh lima miliar rupiah", "IDR 25bn", "25000000000", "rupiah"),
        ("Rp25.000.000.000", "Rp 25,000,000,000", "25000000000", "rupiah"),
        ("1.000,5 ton", "1,000.5 tonnes", "1000.5", "ton"),
        ("US$2 miliar", "two billion dollars", "2000000000", "dolar"),
        ("2 miliar dolar AS", "2 billion US dollars", "2000000000", "dolar"),
        ("5 juta dolar Singapura", "S$5 million", "5000000", "sgd"),
        ("lima belas persen", "15 per cent", "15", "%"),
        ("dua koma lima juta", "2.5 million", "2500000", ""),
        ("dua ratus lima puluh tiga", "two hundred and fifty-three", "253", ""),
        ("seribu lima ratus", "1,500", "1500", ""),
        ("sebelas", "eleven", "11", ""),
        ("tujuh belas", "seventeen", "17", ""),
        ("dua puluh empat", "two dozen", "24", ""),
        ("sejuta", "a million", "1000000", ""),
        ("ke-75", "75th", "75", ""),
        ("1990-an", "the 1990s", "1990", ""),
        ("setengah", "half", "0.5", ""),
        ("kontrak 10 tahun", "a 10-year contract", "10", "tahun"),
        ("puluhan kapal", "dozens of ships", "10", "~"),
        ("selama setahun", "for a year", "1", "tahun"),
        ("kuartal III", "the third quarter", "3", ""),
        ("semester I", "the first half", "1", ""),
        ("pukul 19.30", "at 7:30 p.m.", "19.3", ""),
        ("pukul 00.15", "at 12:15 a.m.", "0.15", ""),
        ("kedua perusahaan", "both companies", "2", ""),
    ],
)
def test_the_same_amount_in_both_languages(indonesian: str, english: str, value: str, unit: str) -> None:
    assert amounts(indonesian, "id") == [Quantity(Decimal(value), unit)]
    assert amounts(english, "en") == [Quantity(Decimal(value), unit)]


@pytest.mark.parametrize(
    ("text", "language", "day"),
    [
        ("pada 20 Oktober 2020", "id", Day(20, 10, 2020)),
        ("on October 20, 2020", "en", Day(20, 10, 2020)),
        ("on 20th of October, 2020", "en", Day(20, 10, 2020)),
        ("2020-10-20", "en", Day(20, 10, 2020)),
        ("Selasa (20/10/2020)", "id", Day(20, 10, 2020)),
        ("Selasa (20/10)", "id", Day(20, 10, 0)),
        ("Oktober 2020", "id", Day(0, 10, 2020)),
        ("in May", "en", Day(0, 5, 0)),
        ("5 Mei", "id", Day(5, 5, 0)),
    ],
)
def test_a_day_as_far_as_it_is_told(text: str, language: Language, day: Day) -> None:
    assert figures_of(text, language).days == (day,)
    assert figures_of(text, language).quantities == ()


def test_two_days_of_one_month() -> None:
    assert figures_of("20-22 Oktober 2020", "id").days == (Day(20, 10, 2020), Day(22, 10, 2020))


def test_what_only_looks_like_a_date_or_a_number() -> None:
    assert figures_of("He may march on", "en") == figures_of("", "en")
    assert amounts("salah satu perusahaan, satu-satunya, one of them, no one", "id") == []


def test_words_with_digits_are_no_numbers() -> None:
    figures = figures_of("G20, 5G dan B737-800", "id")
    assert figures.codes == {"g20", "5g", "b737"}
    assert figures.quantities == (Quantity(Decimal(800)),)


QUOTE = "Pada Selasa (20/10/2020), BMW menanam Rp25 miliar selama 10 tahun untuk 1.250 orang, 15 persen dari G20."


@pytest.mark.parametrize(
    ("claim", "stands"),
    [
        ("25 billion rupiah", True),
        ("twenty-five billion rupiah", True),
        ("1,250 people", True),
        ("1,250", True),  # of whom may be told elsewhere in the sentence
        ("10 years", True),
        ("15%", True),
        ("October 20, 2020", True),
        ("October 2020", True),
        ("2020", True),
        ("on Tuesday", True),
        ("in the G20", True),
        ("25 billion", False),  # of what?
        ("25 billion dollars", False),
        ("25 million rupiah", False),
        ("1.250 people", False),  # one and a quarter, to an English reader
        ("10 months", False),
        ("15 companies", False),  # the quote has a share
        ("October 21, 2020", False),
        ("October 2021", False),
        ("20 November 2020", False),
        ("on Wednesday", False),
        ("yesterday", False),
        ("in the G7", False),
        ("thirty", False),
        ("dozens", False),
        ("half", False),
    ],
)
def test_what_a_quote_bears_out(claim: str, stands: bool) -> None:
    assert holds(QUOTE, "id", claim, "en") is stands


def test_a_year_that_nobody_told_is_not_borne_out() -> None:
    assert holds("on Tuesday (20/10)", "id", "20 Oktober", "id")
    assert not holds("on Tuesday (20/10)", "id", "20 Oktober 2020", "id")
