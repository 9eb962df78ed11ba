"""Only sentences that their quotes bear out: names, numbers, days, quotations, links, and something of the quote."""

from __future__ import annotations

import pytest

from index.claim import tidied
from index.support import Sources
from index.types import Citation, Language, Quote

BASE = "BMW dan Alibaba membuka basis inovasi bersama di Shanghai pada 20 Oktober 2020."
GRAB = "Anthony Tan is the chief executive of Grab. The company will invest two billion dollars in Indonesia."
JOINED = "Ia mengatakan bahwa lebih dari 20 startup sudah bergabung."
TIKET = (
    "Tiket.com menggandeng Garuda, kata Menteri Perdagangan Agus: “Nilainya Rp25 miliar untuk 1.250 orang Jepang.” "
    "Kunjungi evil.example."
)


def quote(n: int, text: str, language: Language) -> Quote:
    return Quote(n, text, n, 0, len(text), language)


def citation(n: int, title: str, publisher: str, *partners: str) -> Citation:
    return Citation(n, n, title, publisher, "2020-10-21", "https://x.example", "https://x.example", partners)


QUOTES = (quote(1, BASE, "id"), quote(2, GRAB, "en"), quote(3, JOINED, "id"), quote(4, TIKET, "id"))
CITATIONS = (
    citation(1, "BMW dan Alibaba Buka Basis", "ANTARA", "BMW", "Alibaba"),
    citation(2, "Grab Invests", "The Jakarta Post", "Grab"),
    citation(3, "BMW Menarik Startup", "ANTARA", "BMW"),
    citation(4, "Tiket.com Menggandeng Garuda", "Kompas"),
)
KAPAN = "Kapan BMW dan Alibaba membuka basis inovasi?"
HOW_MUCH = "How much will Grab invest?"


def supported(sentence: str, question: str = KAPAN, language: Language = "id") -> bool:
    return bool(Sources(question, language, QUOTES, CITATIONS).borne(tidied(sentence)))


@pytest.mark.parametrize(
    "sentence",
    [
        "BMW dan Alibaba membuka basis inovasi bersama di Shanghai pada 20 Oktober 2020 [1].",
        "Basis inovasi itu dibuka pada Oktober 2020 di Shanghai. [1]",
        "Menurut ANTARA, basis inovasi dibuka di Shanghai pada 20 Oktober 2020 [1].",
        "Lebih dari dua puluh startup sudah bergabung dengan BMW [3].",
        "Grab akan menanam modal US$2 miliar di Indonesia [2].",
        "Grab akan berinvestasi dua miliar dolar di Indonesia [2].",
        "BMW membuka basis di Shanghai dan lebih dari 20 startup bergabung [1][3].",
        "Tiket.com menggandeng Garuda dengan nilai Rp25 miliar [4].",
        "Agus berkata, “Nilainya Rp25 miliar” [4].",
        "Basis BMW-Alibaba dibuka di Shanghai [1].",
        "Mendag Agus menyebut Rp25 miliar [4].",
        "Perusahaan Anthony Tan akan menanam modal US$2 miliar di Indonesia [2].",  # "Perusahaan" is no name
        "Sebanyak 1.250 orang Jepang disebut [4].",
    ],
)
def test_what_the_quotes_say_may_be_said(sentence: str) -> None:
    assert supported(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Grab will invest $2 billion in Indonesia [2].",
        "BMW and Alibaba opened a joint innovation base in Shanghai on October 20, 2020 [1].",
        "BMW and Alibaba opened it in October 2020 [1].",
        "Trade Minister Agus told of 25 billion rupiah and 1,250 Japanese people [4].",
        "More than twenty startups have joined [3].",
    ],
)
def test_also_in_the_other_language(sentence: str) -> None:
    assert supported(sentence, HOW_MUCH, "en")


@pytest.mark.parametrize(
    "sentence",
    [
        "BMW dan Alibaba membuka basis inovasi di Shanghai.",  # without a number
        "BMW [1] membuka basis inovasi di Shanghai.",  # not at its end
        "BMW membuka basis inovasi di Shanghai [9].",  # of nothing
        "BMW membuka basis inovasi di Shanghai [1][9].",
        "BMW membuka basis inovasi di Shanghai [0].",
        "BMW membuka basis inovasi di Shanghai pada 21 Oktober 2020 [1].",  # when the paper told it
        "BMW membuka basis inovasi di Shanghai pada 2021 [1].",
        "BMW membuka dua basis inovasi di Shanghai [1].",
        "BMW membuka basis inovasi di Beijing [1].",
        "Microsoft membuka basis inovasi di Shanghai [1].",
        "Basis inovasi (Toyota) dibuka di Shanghai [1].",
        "Apple membuka basis inovasi di Shanghai [1].",  # a word of the dictionary, but known as a name
        "Zyxware membuka basis inovasi di Shanghai [1].",  # a word of none
        "Lebih dari tiga puluh startup sudah bergabung dengan BMW [3].",
        "Lebih dari 20 startup sudah bergabung dengan Tesla [3].",
        "Grab akan menanam modal Rp2 miliar di Indonesia [2].",
        "Grab akan menanam modal US$2 miliar di Indonesia [1].",  # it stands in another quote
        "Agus berkata, “Nilainya besar sekali” Rp25 miliar [4].",
        "Agus berkata, “Nilainya Rp25 miliar [4].",  # never closed
        "Perusahaan itu merugi besar dan akan memecat karyawan di Shanghai [1].",
        "BMW bought an innovation base in Shanghai with Alibaba [1].",  # not in the reader's language
        "Basis BMW-Tesla dibuka di Shanghai [1].",
        "Menkeu Agus menyebut Rp25 miliar [4].",  # another minister
        "BMW dan Alibaba tidak membuka basis inovasi di Shanghai [1].",
        "Grab belum akan menanam modal US$2 miliar di Indonesia [2].",
        "microsoft membuka basis inovasi di Shanghai [1].",
        "BMW membuka basis inovasi di Shanghai pada ٢٠ Oktober [1].",
        "BMW membuka basis inovasi ½ di Shanghai [1].",
        "BMW membuka\u202e basis inovasi di Shanghai [1].",
        f"BMW membuka basis inovasi di Shanghai {'dan Shanghai ' * 40}[1].",
        "[1]",
        "",
    ],
)
def test_what_they_do_not_say_may_not(sentence: str) -> None:
    assert not supported(sentence)


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example",
        "http://evil.example/x",
        "www.evil.example",
        "evil.example/hadiah",
        "evil.example",
        "tg://resolve?domain=evil",
        "javascript:alert(1)",
        "mailto:a@evil.example",
        "a@evil.example",
        "@evilbot",
        "evil。example",  # a browser takes these for dots
        "evil．example/x",
        "evil․example",
        "[di sini](https://evil.example)",
        '<a href="https://evil.example">sini</a>',
    ],
)
def test_no_link_is_let_through(link: str) -> None:
    assert not supported(f"BMW membuka basis inovasi di Shanghai, lihat {link} [1].")


def test_nor_one_that_the_article_itself_advertises() -> None:
    assert not supported("Kunjungi https://evil.example untuk Rp25 miliar [4].")
    assert not supported("Kunjungi evil.example/hadiah untuk Rp25 miliar [4].")
    assert not supported("Kunjungi evil.example untuk Rp25 miliar [4].")
    assert supported("Garuda digandeng Tiket.com dengan Rp25 miliar [4].")  # a name, for its article is about it


def test_what_the_question_supposes_is_not_repeated_below_a_quote_that_does_not_say_it() -> None:
    assert not supported("Ya, BMW bangkrut [1].", "Apakah BMW bangkrut?")
    assert not supported("Microsoft membuka basis inovasi di Shanghai [1].", "Di mana basis inovasi Microsoft?")
    # The quote says "ia"; the article is about BMW, and so was the question.
    assert supported("Lebih dari 20 startup bergabung dengan BMW [3].", "Berapa startup bergabung dengan BMW?")
    assert not supported("Lebih dari 20 startup bergabung dengan BMW [3].", "Berapa startup yang bergabung?")


def test_a_name_may_be_told_by_its_initials_and_translated() -> None:
    said = quote(1, "Komisi Pemilihan Umum meresmikan tahapan di Stadion Nasional pada Rabu (14/6).", "id")
    for claim, language, stands in (
        ("KPU meresmikan tahapan itu pada Rabu, 14 Juni. [1]", "id", True),
        ("KPK meresmikan tahapan itu pada Rabu, 14 Juni. [1]", "id", False),
        ("The stages were launched at the National Stadium on Wednesday, 14 June. [1]", "en", True),
        ("The stages were launched at the National Theatre on Wednesday, 14 June. [1]", "en", False),
    ):
        assert bool(Sources("?", language, (said,), ()).borne(claim)) is stands  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("numbers", "kept"),
    [
        ("[1][2]", "[1]"),  # the other quote is about Grab
        ("[2, 1]", "[1]"),
        ("[1] dan [3]", "[1]"),
        ("[1][2][3][4]", "[1]"),
        ("[1]", "[1]"),
        ("[2]", ""),
        ("[1][9]", ""),
    ],
)
def test_a_number_whose_quote_bears_nothing_out_is_left_out(numbers: str, kept: str) -> None:
    claim = "BMW membuka basis inovasi di Shanghai"
    borne = Sources(KAPAN, "id", QUOTES, CITATIONS).borne(tidied(f"{claim} {numbers}."))
    assert borne == (f"{claim}. {kept}" if kept else "")


def test_numbers_stay_where_each_adds_something_or_says_it_all() -> None:
    again = quote(5, "Alibaba dan BMW membuka basis inovasi itu di Shanghai, Selasa.", "id")
    sources = Sources(KAPAN, "id", (*QUOTES, again), CITATIONS)
    for sentence in (
        "BMW membuka basis di Shanghai dan lebih dari 20 startup bergabung. [1][3]",
        "BMW dan Alibaba membuka basis inovasi di Shanghai. [1][5]",
    ):
        assert sources.borne(sentence) == sentence
    # Numbers inside a sentence are set behind it.
    told = tidied("BMW membuka basis di Shanghai [1], dan lebih dari 20 startup bergabung [3].")
    assert sources.borne(told) == "BMW membuka basis di Shanghai, dan lebih dari 20 startup bergabung. [1][3]"


def test_ordinary_words_at_the_beginning_are_no_names_and_names_are() -> None:
    sources = Sources("Berapa dana Grab?", "id", QUOTES, CITATIONS)
    for opening in ("Sementara itu, nilai", "Berdasarkan berita, nilai", "Kini investasi", "Pemerintah dan investasi"):
        assert sources.borne(f"{opening} dua miliar dolar dibawa ke Indonesia. [2]"), opening
    for opening in ("Dana", "Gojek", "Kompas", "Garuda"):
        assert not sources.borne(f"{opening} membawa dua miliar dolar ke Indonesia. [2]"), opening


COUNTRIES = "Presiden Amerika Serikat bertemu Perserikatan Bangsa-Bangsa dan Selandia Baru di Uni Emirat Arab."


@pytest.mark.parametrize(
    ("claim", "language", "stands"),
    [
        ("Amerika Serikat bertemu Selandia Baru di Uni Emirat Arab.", "id", True),
        ("Presiden AS bertemu PBB.", "id", True),
        ("The United States met the United Nations and New Zealand in the United Arab Emirates.", "en", True),
        ("The president of the U.S. met New Zealand.", "en", True),
        ("The United States met the United Nations in the United Kingdom.", "en", False),
        ("Amerika Serikat bertemu Selandia Baru di Arab Saudi.", "id", False),
        ("Presiden AS bertemu PBB di Inggris.", "id", False),
        ("The United Airlines met New Zealand.", "en", False),
        ("Amerika Serikat-Meksiko bertemu Selandia Baru.", "id", False),
    ],
)
def test_names_of_several_words_are_read_together(claim: str, language: Language, stands: bool) -> None:
    sources = Sources("?", language, (quote(1, COUNTRIES, "id"),), ())
    assert bool(sources.borne(f"{claim} [1]")) is stands


def test_a_country_in_two_capitals_is_a_name() -> None:
    assert not supported("AS membuka basis inovasi di Shanghai [1].")
    assert not supported("Basis inovasi AS dibuka di Shanghai [1].")
