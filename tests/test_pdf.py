"""PDF files: what becomes of their text, and that none of them can do harm (RELIABILITY row 27)."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from index.errors import SourceError
from index.extract import extract
from index.sources import pdf
from index.sources.files import read_pages
from index.sources.pdf import paragraphs_of, read_pdf
from index.types import Article, Page

pytest.importorskip("pypdf")
NOW = datetime(2026, 11, 23, tzinfo=UTC)
TEXT = (
    "Perusahaan Roda Contoh membuka pusat perbaikan bersama di kota Bandung pada hari Senin,",
    "demikian keterangan resmi yang diterima redaksi. Tiga puluh mekanik bekerja di sana dan pem-",
    "bangunan berikutnya dimulai bulan depan, sesuai undang-",
    "undang yang berlaku di kota itu.",
)


def pdf_of(*pages: Sequence[str], title: str = "", created: str = "", stream: bytes | None = None) -> bytes:
    """A small PDF, a page for each list of lines; or one whose pages show `stream`, packed already."""
    objects: list[bytes] = [b"<</Type/Catalog/Pages 2 0 R>>", b"", b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]
    kids = []
    for lines in pages:
        shown = "".join(f"({_escaped(line)}) Tj T* " for line in lines)
        content = stream or zlib.compress(f"BT /F1 11 Tf 14 TL 50 780 Td {shown}ET".encode("latin-1"))
        objects.append(b"<</Length %d/Filter/FlateDecode>>stream\n%b\nendstream" % (len(content), content))
        resources = b"/Resources<</Font<</F1 3 0 R>>>>"
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]%b/Contents %d 0 R>>" % (resources, len(objects))
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<</Type/Pages/Kids[{' '.join(kids)}]/Count {len(kids)}>>".encode()
    objects.append(f"<</Title({_escaped(title)})/CreationDate({created})>>".encode("latin-1"))
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer<</Size %d/Root 1 0 R/Info %d 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        len(objects) + 1,
        len(objects),
        start,
    )
    return bytes(out)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def article(content: bytes, location: str = "/berita/laporan.pdf") -> Article:
    return extract(read_pdf(content, location), now=NOW)


def test_an_article() -> None:
    found = article(pdf_of(["Roda Contoh bermitra", "", *TEXT], created="D:20240523080000+07'00'"))
    assert found.title == "Roda Contoh bermitra"
    assert found.published_at == "2024-05-23"
    assert found.body == (
        "Perusahaan Roda Contoh membuka pusat perbaikan bersama di kota Bandung pada hari Senin, demikian keterangan "
        "resmi yang diterima redaksi. Tiga puluh mekanik bekerja di sana dan pembangunan berikutnya dimulai bulan "
        "depan, sesuai undang-undang yang berlaku di kota itu."
    )


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("Laporan Tahunan Roda Contoh 2024", "Laporan Tahunan Roda Contoh 2024"),
        ("Microsoft Word - siaran pers", "Roda Contoh bermitra"),
        ("siaran pers final.docx", "Roda Contoh bermitra"),
        ("x", "Roda Contoh bermitra"),
    ],
)
def test_the_title(said: str, title: str) -> None:
    assert article(pdf_of(["Roda Contoh bermitra", "", *TEXT], title=said)).title == title


@pytest.mark.parametrize("created", ["D:20991231", "D:00000000", "yesterday", "D:20241399"])
def test_dates_that_cannot_be_are_left_out(created: str) -> None:
    assert article(pdf_of(["Roda Contoh bermitra", *TEXT], created=created)).published_at == ""


def test_running_heads_are_left_out_and_sentences_run_on() -> None:
    pages = [[f"Kantor Contoh halaman {n}", f"Alinea {n} dimulai di sini dan terus berjalan sampai ke", f"{n} / 4"]
             for n in range(1, 5)]  # fmt: skip
    text = article(pdf_of(["Judul laporan", *TEXT[:1]], *pages)).body
    assert "halaman" not in text
    assert "/ 4" not in text
    assert "Alinea 2 dimulai di sini dan terus berjalan sampai ke Alinea 3" in text


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["anak-", "anak bermain"], "anak-anak bermain"),
        (["mereka tolong-", "menolong"], "mereka tolong-menolong"),
        (["bersama-", "sama"], "bersama-sama"),
        (["peru-", "sahaan"], "perusahaan"),
        (["Jawa-", "Bali"], "Jawa-Bali"),
        (["satu", "dua"], "satu dua"),
    ],
)
def test_divided_words(lines: list[str], expected: str) -> None:
    assert paragraphs_of(lines) == [expected]


# What can go wrong


def refused(content: bytes) -> str:
    with pytest.raises(SourceError) as raised:
        read_pdf(content, "/a.pdf")
    assert str(raised.value).startswith("/a.pdf: ")
    return str(raised.value)


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "find_spec", lambda name: None)
    assert refused(b"%PDF-").endswith("pip install 'warta-mitra[pdf]'")


@pytest.mark.parametrize(
    "content", [b"%PDF-1.7", b"%PDF-1.4\n" + b"\x00\xff" * 5000, b"no pdf at all", pdf_of(["a"])[:200]]
)
def test_damaged_files(content: bytes) -> None:
    assert "cannot be read" in refused(content) or "no text" in refused(content)


def test_pictures_of_text() -> None:
    assert "holds no text" in refused(pdf_of([], []))


def test_pages_and_characters_are_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    from index.sources import pdf_pages

    monkeypatch.setattr(pdf_pages, "MAX_PAGES", 2)
    said = pdf_pages.read(pdf_of(["satu"], ["dua"], ["tiga"]))
    assert (len(said["pages"]), said["cut"]) == (2, True)
    monkeypatch.setattr(pdf_pages, "MAX_CHARS", 5)
    said = pdf_pages.read(pdf_of(["tiga belas"], ["dua"]))
    assert (said["pages"], said["cut"]) == (["tiga "], True)


def test_a_bomb_costs_little() -> None:
    # 400 MB of operators in 1 MB.
    packer = zlib.compressobj(9)
    block = b"BT /F1 9 Tf (bom) Tj ET " * 40_000
    stream = b"".join(packer.compress(block) for _ in range(400)) + packer.flush()
    content = pdf_of([], stream=stream)
    assert len(content) < 2_000_000
    refused(content)


def test_a_program_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "hang.py"
    program.write_text("import time\nwhile True: time.sleep(1)\n", encoding="utf-8")
    monkeypatch.setattr(pdf, "_PROGRAM", program)
    monkeypatch.setattr(pdf, "DEADLINE_S", 0.5)
    assert "too much time or memory" in refused(b"%PDF-")


def test_memory_is_capped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    source = Path(pdf.__file__).with_name("pdf_pages.py").read_text(encoding="utf-8")
    program = tmp_path / "eat.py"
    eats = source.replace("reader = PdfReader(BytesIO(content))", "reader = PdfReader(BytesIO(bytes(4_000_000_000)))")
    assert eats != source
    program.write_text(eats, encoding="utf-8")
    monkeypatch.setattr(pdf, "_PROGRAM", program)
    assert "memory" in refused(b"%PDF-")


# Files


def test_files_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf_of(["Roda Contoh bermitra", *TEXT]))
    (tmp_path / "b.PDF").write_bytes(b"%PDF-1.7 nothing")
    page, failure = read_pages(tmp_path)
    assert isinstance(page, Page)
    assert json.loads(page.content)["title"] == "Roda Contoh bermitra"
    assert page.location == str(tmp_path / "a.pdf")
    assert "b.PDF: the PDF cannot be read" in str(failure)


def test_archives_are_not_opened(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "news.zip", "w") as archive:
        archive.writestr("../../outside.txt", "Kabar dari luar.")
        archive.writestr("bomb.txt", bytes(10_000_000), zipfile.ZIP_DEFLATED)
    (tmp_path / "a.txt").write_text("Kabar\n\nKabar dari dalam.", encoding="utf-8")
    before = sorted(tmp_path.parent.rglob("*"))
    page, failure = read_pages(tmp_path)
    assert isinstance(page, Page)
    assert "archives are not opened, skipped; unpack it" in str(failure)
    with pytest.raises(SourceError, match="unpack it and add the folder"):
        read_pages(tmp_path / "news.zip")
    assert sorted(tmp_path.parent.rglob("*")) == before


def test_zip_bytes_called_pdf(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("../a.txt", "x")
    assert "cannot be read" in refused(packed.getvalue())
