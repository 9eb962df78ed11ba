"""Titles and paragraphs of plain text."""

from __future__ import annotations

import textwrap

import pytest

from index.plaintext import MAX_TITLE, split_paragraphs, split_title, title_from

BODY = "Grab dan OVO menandatangani kerja sama tiga tahun di Jakarta, kata kedua perusahaan itu pada Kamis."


@pytest.mark.parametrize(
    ("first", "is_title"),
    [
        ("Grab dan OVO bermitra", True),
        ("Grab dan OVO bermitra.", False),
        ("Kata direktur itu:", False),
        ("Merdeka.com -", False),
        ("Foto: Shutterstock", False),
        ("Jakarta (ANTARA) - Grab", False),
        ("- butir pertama", False),
        ("Grab", False),
        (BODY.removesuffix(".") * 2, False),
    ],
)
def test_split_title(first: str, is_title: bool) -> None:
    expected = (first, [BODY]) if is_title else ("", [first, BODY])
    assert split_title([first, BODY]) == expected
    assert split_title([first]) == ("", [first])


@pytest.mark.parametrize(
    ("body", "title"),
    [
        ("Grab naik.", "Grab naik"),
        ("PT Contoh Tbk. menang. Lalu kalah.", "PT Contoh Tbk. menang."),
        ("Apa kabar kerja sama Grab? Baik.", "Apa kabar kerja sama Grab?"),
        ("kata " * 40, ("kata " * 18).strip() + "…"),
        ("x" * 200, "x" * MAX_TITLE + "…"),
    ],
)
def test_title_from(body: str, title: str) -> None:
    assert title_from(body).removesuffix(".") == title.removesuffix(".")
    assert len(title_from(body)) <= MAX_TITLE + 1


PARAGRAPHS = [
    "Produsen sepeda Roda Contoh dan perusahaan logistik Kirim Misal membuka pusat perbaikan bersama bagi para kurir "
    "di kota Bandung, dengan tiga puluh mekanik dan jam buka sampai tengah malam setiap hari kerja.",
    "Direktur Kirim Misal mengatakan kurir tidak perlu lagi menunggu lama, karena suku cadang yang paling sering "
    "dicari disimpan di tempat itu juga dan dapat dipesan lewat aplikasi.",
    "Kerja sama berlaku tiga tahun.",
]


@pytest.mark.parametrize("width", [60, 72, 80, 100])
def test_hard_wrapped_prose_is_joined(width: int) -> None:
    wrapped = [textwrap.fill(paragraph, width) for paragraph in PARAGRAPHS]
    assert split_paragraphs("\n\n".join(wrapped)) == PARAGRAPHS
    assert split_paragraphs("\n".join(wrapped[1:])) == PARAGRAPHS[1:]


def test_a_paragraph_a_line_stays_so() -> None:
    short = [
        "Kerja sama berlaku selama tiga tahun sejak ditandatangani.",
        "Nilainya tidak disebutkan oleh kedua perusahaan tersebut.",
        "Bursa menyambut baik kabar itu pada perdagangan hari ini.",
        "Saham kedua emiten naik lebih dari lima persen sejak pagi.",
    ]
    headlines = [
        "Grab dan OVO Perpanjang Kerja Sama Pembayaran Digital di Asia",
        "Telkomsel Gandeng Gojek Layani Pelaku Usaha Kecil di Daerah",
    ]
    for lines in (PARAGRAPHS, short, headlines):
        assert split_paragraphs("\n".join(lines)) == lines


def test_lists_and_boilerplate_are_never_joined() -> None:
    wrapped = textwrap.fill(PARAGRAPHS[0], 72)
    items = ["- suku cadang yang paling sering dicari para kurir di dalam kota Bandung", "- jam buka"]
    assert split_paragraphs(f"{wrapped}\n" + "\n".join(items))[-2:] == items
    assert split_paragraphs(f"{wrapped}\n\nPewarta: Sari Contoh\nEditor: Budi Misal")[-2:] == [
        "Pewarta: Sari Contoh",
        "Editor: Budi Misal",
    ]
