import pytest

from index.context import LIST, in_context, points_back, with_list
from index.types import Span

POINTING = (
    "Ia memiliki kantor.",
    "Keduanya sepakat.",
    "“Mereka senang,” katanya.",
    "Perusahaan itu tumbuh.",
    "Kantor itu buka Juni 2018.",
    "Program pelatihan tersebut gratis.",
    "It opened in May.",
    "The company grew.",
    "They signed.",
)
STANDING_ALONE = (
    "Iapetus adalah bulan.",
    "Ithaca is a city.",
    "BMW tumbuh.",
    "Diageo hadir.",
    "Saat ini BMW tumbuh.",
    "BMW menyebut itu baik.",
    "Tahun ini Grab untung.",
)


def test_pronouns_and_the_like_point_back() -> None:
    assert [s for s in POINTING if not points_back(s)] == []


def test_words_that_only_begin_alike_do_not() -> None:
    assert [s for s in STANDING_ALONE if points_back(s)] == []


def test_the_sentence_before_is_brought_along() -> None:
    assert in_context(["BMW tumbuh.", "Ia besar.", "Alibaba juga."]) == [
        "BMW tumbuh.",
        "BMW tumbuh. Ia besar.",
        "Alibaba juga.",
    ]
    assert in_context(["Ia besar."]) == ["Ia besar."]


BEFORE, AFTER = "Beasiswa dibuka. ", "\n\nPendaftaran ditutup pada Jumat."
LISTS = (
    "Syaratnya:\n\nWarga negara Indonesia\n\nBerusia paling tinggi 21 tahun\n\nNilai minimal 80",
    "Syaratnya:\n\n1. Warga negara Indonesia.\n\n2. Berusia paling tinggi 21 tahun.",
    "The rules are:\n\n- Be kind.\n\n- Be quick.\n\n- Be here.",
    "Syaratnya:\n\nwarga negara Indonesia;\n\nberusia 21 tahun; dan\n\nbernilai 80.",
)


@pytest.mark.parametrize("whole", LISTS, ids=range(len(LISTS)))
def test_a_list_stays_whole(whole: str) -> None:
    body = BEFORE + whole + AFTER
    for part in (whole.partition("\n")[0], whole.rpartition("\n")[2]):  # what announces it, and its last line
        start = body.index(part)
        span = with_list(body, Span(start, start + len(part)))
        from_line = body[: span.start].endswith(BEFORE) or span.start == 0
        assert (from_line, body[span.start : span.end].removeprefix(BEFORE)) == (True, whole)


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ("Kata Rini:\n\nKami tumbuh.\n\nKami besar.", "Kata Rini:"),  # sentences
        ("Jadwal:\n\nSenin pukul 10\n\nTim menang.", "Jadwal:"),  # one line is no list
        ("Jadwal:\n\nSenin\n\nSelasa\n\nTim menang.\n\nTim kalah.", "Tim kalah."),  # stands below it
        ("Tim menang. Jadwal:\n\nSenin\n\nSelasa", "Tim menang."),  # stands before it
        ("Tim menang.\n\nJudul kecil\n\nTim kalah.", "Judul kecil"),  # nothing announces it
        ("Jadwal:\n\n" + "\n\n".join(["Senin pukul sepuluh"] * (LIST // 20)), "Jadwal:"),  # too long to be read
    ],
)  # fmt: skip
def test_what_is_no_list_stays_as_it_is(body: str, part: str) -> None:
    span = Span(body.index(part), body.index(part) + len(part))
    assert with_list(body, span) == span
