"""A sentence of a language model, as it is written."""

from __future__ import annotations

import pytest

from index.claim import claim_of, domains_in, has_link, is_plain, numbers_in, tidied, with_numbers


@pytest.mark.parametrize(
    ("written", "tidy"),
    [
        ("- **BMW** membuka\n basis [1, 2].", "BMW membuka basis. [1][2]"),
        ("2) BMW membuka basis. [1] [1]", "BMW membuka basis. [1]"),
        ("### BMW membuka basis [1]", "BMW membuka basis. [1]"),
        ("BMW membuka _basis_ di `Shanghai`! [1]", "BMW membuka basis di Shanghai! [1]"),
        ("BMW membuka basis [1] dan [2].", "BMW membuka basis. [1][2]"),
        ("BMW opened a base [1], [2] and [3].", "BMW opened a base. [1][2][3]"),
        ("BMW membuka basis [1]; [02]", "BMW membuka basis. [1][2]"),
        ("BMW membuka basis", "BMW membuka basis"),
        ("Akun warta_mitra milik BMW [1]", "Akun warta_mitra milik BMW. [1]"),
        ("Siapa? [2]", "Siapa? [2]"),
        ("BMW berkata, “Basis dibuka.” [1].", "BMW berkata, “Basis dibuka.” [1]"),
    ],
)
def test_a_sentence_is_tidied(written: str, tidy: str) -> None:
    assert tidied(written) == tidy


@pytest.mark.parametrize("other", ["[1-2]", "(1)", "【1】", "[^1]", "[1†source]", "[a]", "[]"])
def test_what_is_no_number_in_brackets_is_none(other: str) -> None:
    assert claim_of(tidied(f"BMW membuka basis {other}.")) == ""


def test_a_claim_is_what_a_sentence_says_without_its_numbers() -> None:
    assert claim_of("BMW [1] membuka basis. [2][3]") == "BMW membuka basis."
    assert numbers_in("BMW [1] membuka basis. [2][1]") == [1, 2]
    assert claim_of("BMW [1] membuka basis.") == ""
    assert with_numbers("BMW membuka basis", [3, 1, 3]) == "BMW membuka basis. [3][1]"


def test_addresses_are_seen_however_their_dots_are_written() -> None:
    assert list(domains_in("Tiket.com dan evil。example")) == ["tiket.com", "evil.example"]
    assert has_link("evil．example/hadiah")
    assert not has_link("Pukul 20.15 WIB, kata PT. Tiket dan lainnya")


@pytest.mark.parametrize(
    "claim", ["", "basis", "<b>BMW</b>", "BMW &amp; x", "BMW “basis", "BMW\u200b", "| BMW |", "B" * 401]
)
def test_what_is_no_plain_sentence(claim: str) -> None:
    assert not is_plain(claim)
    assert is_plain("BMW membuka “basis” pada 20 Oktober.")
