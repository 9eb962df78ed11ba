from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.sentences import MAX_QUOTE_WORDS, MAX_SENTENCE_WORDS, split_sentences
from tests.growth import LINEAR_ENOUGH, growth


def split(body: str) -> list[str]:
    return [body[span.start : span.end] for span in split_sentences(body)]


@pytest.mark.parametrize(
    "sentence",
    [
        "PT Bank Central Asia Tbk. dan Grab bekerja sama.",
        "PT Bank Central Asia Tbk. (BBCA) naik.",
        "Apple Inc. CEO Tim Cook datang ke Jakarta.",
        "Kantor PT. Maju Jaya ada di Jl. Jend. Sudirman No. 5, Kec. Menteng.",
        "Ir. H. Joko Widodo bertemu Prof. Dr. B.J. Habibie dan Hj. Siti, S.H., M.Si. di Istana.",
        "M. Hatta, Susilo B. Yudhoyono dan dr. Tirta hadir.",
        "Lihat hlm. 12 dan hal. 14, a.n. Budi, d.a. Kantor Pos, u.p. Bagian Umum, dsb. menurut surat.",
        "Harganya Rp. 500 ribu atau Rp1,8 triliun, yaitu 1.000.000 lembar dengan bunga 3.5 persen.",
        "Rapat pada 23.05.2021 pukul 20.15 WIB dan 14.03 WIB.",
        "Jumlahnya 31.995. 000 orang.",
        "Tiket.com, DailySocial.id, Suara.com dan Kompas.Com ikut serta.",
        "Buka https://www.grab.com/id/press?a=1.Baru untuk daftar.",
        "Dia diam... lalu pergi.",
        "Mr. Smith, Mrs. Lee and Dr. Ho vs. St. Louis in the U.S. market, e.g. Ltd. firms, at 5 p.m. sharp.",
        "On Jan. 5 and Sept. 7 the firms met.",
        "Yahoo! Indonesia tutup.",
        '"Kami senang." kata dia.',
        '"Kami senang." Ujar Budi Santoso.',
        '"Saya setuju. Kita harus maju," ujar Peter.',
        "“Apa kabar? Baik saja,” tanya Rina.",
        "1. BCA dan Grab.",
        "Penelitian (Ravindran et al. 2005) itu lama.",
    ],
)
def test_one_sentence(sentence: str) -> None:
    assert split(sentence) == [sentence]
    assert split(f"Kami pulang. {sentence} Mereka ikut.") == ["Kami pulang.", sentence, "Mereka ikut."]


@pytest.mark.parametrize(
    "sentences",
    [
        ["Saham itu milik PT XYZ Tbk.", "Perusahaan itu untung."],
        ["Ia bekerja di Google Inc.", "Sebelumnya ia guru."],
        ["Mereka menjual beras, gula, dll.", "Harga naik."],
        ["Ia menjadi S.H.", "Kemudian ia pulang."],
        ["The deal closed at 5 p.m.", "The end."],
        ["Persib ada di Grup A.", "Arema di Grup B."],
        ["Itu terjadi pada 1293 M.", "Kerajaan itu runtuh."],
        ["Laba naik pada 2016.", "20 orang hadir."],
        ["Apa?!", "Ya!", "Dia pergi…", "Selesai."],
        ["Dia bertanya, “Apa kabar?”", "Lalu ia pergi."],
        ['"Kami senang."', "Dia tersenyum."],
        ["Ia senang (dan lega).", "(Antara)"],
        ["iPhone laris.", "iPad juga."],
        ["Agensi itu diaudit BPK.", "Padahal laporan lengkap."],
    ],
)
def test_splits_between(sentences: list[str]) -> None:
    assert split(" ".join(sentences)) == sentences


def test_missing_space() -> None:
    assert split("Acara selesai.Kemudian pulang.Semua senang.") == [
        "Acara selesai.",
        "Kemudian pulang.",
        "Semua senang.",
    ]


def test_lines_are_sentences() -> None:
    body = "Judul Tanpa Titik\n\n- butir satu\n• Butir dua;\r\n\tIsi berita dimulai. Lanjut\n"
    assert split(body) == ["Judul Tanpa Titik", "- butir satu", "• Butir dua;", "Isi berita dimulai.", "Lanjut"]


def test_text_without_capitals() -> None:
    assert split("kami pulang. mereka ikut? ya.") == ["kami pulang.", "mereka ikut?", "ya."]


def test_references_stay_with_their_sentence() -> None:
    assert split("Ia lahir di Kairo.[1] Ia wafat di Roma. [2] Selesai. [Rujukan?] Ya.") == [
        "Ia lahir di Kairo.[1]",
        "Ia wafat di Roma. [2]",
        "Selesai. [Rujukan?]",
        "Ya.",
    ]


def test_unbalanced_quote_does_not_swallow_the_paragraph() -> None:
    assert split('Ia bilang "kami siap. Dia pergi. Saya tidak. "Baik. Ayo," kata Budi.') == [
        'Ia bilang "kami siap.',
        "Dia pergi.",
        "Saya tidak.",
        '"Baik. Ayo," kata Budi.',
    ]


def test_long_quotation_is_split_inside() -> None:
    inner = "Kami akan terus maju bersama semua mitra kami di seluruh Indonesia."  # 11 words
    short = f'"{inner} {inner} {inner}" kata Ani.'
    assert split(short) == [short]
    words = 4 * len(inner.split())
    assert words > MAX_QUOTE_WORDS
    assert split(f'"{inner} {inner} {inner} {inner}" kata Ani.') == [f'"{inner}', inner, inner, f'{inner}" kata Ani.']


def test_monster_sentence_is_split_at_its_quotations() -> None:
    quote = '"Kami maju. Kita menang,"'
    body = " dan ".join([f"{quote} ujar orang nomor {number} di sana" for number in "abcdefghijkl"]) + "."
    pieces = split(body)
    assert len(body.split()) > MAX_SENTENCE_WORDS
    assert len(pieces) == 2
    assert all(len(piece.split()) <= MAX_SENTENCE_WORDS for piece in pieces)
    assert pieces[1].startswith("Kita menang,")


@given(st.text(alphabet=st.one_of(st.sampled_from(".?!…\"“”'()[]; \n\r\t\u2028aBc1-"), st.characters()), max_size=200))
def test_spans_cover_and_never_overlap(body: str) -> None:
    end = 0
    for span in split_sentences(body):
        assert not body[end : span.start].strip()
        text = body[span.start : span.end]
        assert text
        assert text == text.strip()
        assert "\n" not in text
        end = span.end
    assert not body[end:].strip()


@pytest.mark.parametrize(
    "unit",
    [
        ".",
        '"',
        '". ',
        "a",
        "kata ",
        "A. ",
        "1. ",
        '"Ya. " ',
        "a.B",
        "Ab.Cd",
        "(“",
        "; ",
        " ",
        "Ya. ",
        "[1",
        "x" * 90 + " ",
    ],
)
def test_time_is_linear(unit: str) -> None:
    assert growth(lambda size: split_sentences(unit * (size // len(unit)))) < LINEAR_ENOUGH
