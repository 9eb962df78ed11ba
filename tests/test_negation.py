"""A "not" is said only where a source says one, and what a source denies is not told."""

from __future__ import annotations

import pytest

from index.negation import agrees, polarity_of
from index.types import Language

TAX = "Pemerintah tidak akan menaikkan pajak pada 2025."
BASE = "BMW membuka basis inovasi di Shanghai."
NOT_SO_MUCH = "Nilainya bukan Rp5 miliar, melainkan Rp7 miliar."
DENIED = "Grab denied that it would buy Gojek."


def holds(claim: str, *sources: str, language: Language = "id", of: Language = "id") -> bool:
    return agrees(polarity_of(claim, language), [polarity_of(source, of) for source in sources])


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("Pajak tidak naik pada 2025.", TAX),
        ("Basis inovasi dibuka BMW.", BASE),
        ("Nilainya Rp7 miliar.", NOT_SO_MUCH),
        ("Tidak hanya di Shanghai, basis juga dibuka BMW di Beijing.", BASE),
        ("BMW dan Alibaba membuka basis.", "BMW tidak hanya membuka basis."),
        ("Rencana itu tidak jadi.", "Rencana itu dibatalkan."),
        ("Pajak naik pada 2024, bukan pada 2025.", TAX),
        ("Penjualan naik.", "Penjualan tidak naik pada Mei, lalu naik pada Juni."),
    ],
)
def test_what_agrees(claim: str, source: str) -> None:
    assert holds(claim, source)


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("BMW tidak membuka basis inovasi.", BASE),
        ("BMW belum membuka basis inovasi.", BASE),
        ("Basis itu bukan di Shanghai.", BASE),
        ("Pemerintah menaikkan pajak pada 2025.", TAX),
        ("Nilainya Rp5 miliar.", NOT_SO_MUCH),
    ],
)
def test_what_does_not(claim: str, source: str) -> None:
    assert not holds(claim, source)
    assert holds(claim, source, claim)  # where another quote says it


def test_across_languages() -> None:
    assert holds("Grab tidak akan membeli Gojek.", DENIED, of="en")
    assert not holds("Grab won’t buy Gojek.", "Grab will buy Gojek.", language="en", of="en")
    assert not holds("The base has no partners.", BASE, language="en")
    assert not holds("It is worth IDR 5 billion.", NOT_SO_MUCH, language="en")
    assert holds("It is No. 5 in the list.", BASE, language="en")
