"""Bytes to text, and what a reader must not be shown (RELIABILITY rows 31 and 34)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.decode import decode, parse_json, tidy


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        (b'<meta charset="windows-1251">', "cp1251"),
        (b"<meta http-equiv='Content-Type' content='text/html; charset=iso-8859-1'>", "cp1252"),
        (b'<meta charset="rot13">', "cp1252"),
        (b'<meta charset="no-such-thing">', "cp1252"),
        (b'<meta charset="utf-8">', "cp1252"),
    ],
)
def test_a_page_may_state_its_charset(head: bytes, encoding: str) -> None:
    decoded = decode(head + b"Grab \x93bermitra\x94", html=True)
    assert decoded.encoding == encoding
    assert decoded.text.endswith("Grab “bermitra”")
    assert decode(head + "“Grab”".encode(), html=True).encoding == "utf-8"


def test_mostly_utf8_stays_utf8() -> None:
    decoded = decode("“Grab” – OVO é".encode() + b"\xe2\x80")
    assert decoded.text == "“Grab” – OVO é\ufffd"
    assert decoded.flags == ("broken-bytes",)


def test_a_script_that_is_not_latin_is_guessed() -> None:
    text = "Президент компании подписал соглашение о партнёрстве с новой фирмой в Москве. " * 5
    decoded = decode(text.encode("cp1251"))
    assert decoded.text == text
    assert decoded.flags == ("encoding",)


def test_invisible_characters_go_and_joined_emoji_stay() -> None:
    family = "👨‍👩‍👧"
    hidden = "a\u200bb\u00adc\ufeffd\u202ee\u2066f\u200eg\U000e0041h\u200di"
    assert tidy(f"{hidden} {family}") == f"abcdefghi {family}"
    assert tidy("satu\xa0dua\u2009 \t tiga\r\nempat\u2028lima") == "satu dua tiga\nempat\nlima"
    assert tidy("Cafe\u0301") == "Café"
    assert tidy("\x93Grab\x94") == "“Grab”"


@given(st.text(max_size=200))
def test_tidy_is_idempotent(text: str) -> None:
    assert tidy(tidy(text)) == tidy(text)


@pytest.mark.parametrize("text", ["{", "[" * 100_000, "9" * 10_000], ids=["open", "deep", "long"])
def test_parse_json_raises_only_value_errors(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_json(text)
