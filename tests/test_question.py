import pytest

from index.question import content_of, enumerates, holds_kind, question_kind, wants_list


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Siapa Presiden dan CEO BMW Group Region China?", "who"),
        ("who runs Grab in Indonesia", "who"),
        ("Kapan BMW dan Alibaba menandatangani MoU?", "when"),
        ("Pada tahun berapa inkubator itu dibuka?", "when"),
        ("In what year did the two sign?", "when"),
        ("Di kota mana saja BMW Startup Garage punya perwakilan?", "where"),
        ("In which city is the base?", "where"),
        ("How many startups have set up offices in the incubator?", "how_many"),
        ("Ada berapa stasiun yang dilayani?", "how_many"),
        ("Berapa nilai investasi Astra di Go-Jek?", "how_much"),
        ("How much did Astra invest?", "how_much"),
        ("Nilai investasinya berapa?", "how_much"),
        ("Kenapa BMW menggandeng Alibaba?", "why"),
        ("Apa tujuan kerja sama itu?", "why"),
        ("Why did they team up?", "why"),
        ("Bank mana yang bekerja sama dengan KlikACC?", "which_org"),
        ("Which company teamed up with Alibaba?", "which_org"),
        ("Dengan siapa saja Grab bekerja sama?", "which_org"),
        ("Apa itu Joint Innovation Base?", "what"),
        ("BMW Alibaba", "what"),
        ("which google executive confirmed the investment", "who"),
        ("sapa bos alibaba", "who"),
        ("Ronde itu dipimpin investor mana?", "which_org"),
        ("value of tencent's first stake", "how_much"),
        ("what's the lowest price of a booking", "how_much"),
        ("softbank taruh duit berapa di grab", "how_much"),
        ("Alasan Tokopedia memilih JNE apa?", "why"),
        ("What made Google invest?", "why"),
        ("mereka mau buka di negara baru mana", "where"),
    ],
)
def test_kind(question: str, kind: str) -> None:
    assert question_kind(question) == kind


@pytest.mark.parametrize(
    ("kind", "question", "yes", "no"),
    [
        ("when", "Kapan MoU diteken?", "MoU diteken pada Oktober 2020.", "MoU diteken di Shanghai."),
        ("when", "Kapan MoU 2020 diteken?", "Diteken Senin (5/10).", "MoU 2020 itu diteken."),
        ("how_many", "How many startups?", "Lebih dari 20 startup.", "Banyak startup."),
        ("how_much", "Berapa nilainya?", "Nilainya Rp1,8 triliun.", "Nilainya besar."),
        ("where", "Where is it?", "It stands in Shanghai.", "It stands firm."),
        ("why", "Kenapa?", "Hal itu dilakukan untuk mempercepat transformasi.", "Hal itu diumumkan kemarin."),
        ("who", "Siapa CEO-nya?", "Perusahaan itu dipimpin Jochen Goller.", "Perusahaan itu besar."),
    ],
)
def test_a_sentence_that_holds_the_kind_counts_more(kind: str, question: str, yes: str, no: str) -> None:
    assert holds_kind(yes, kind, question) > holds_kind(no, kind, question)  # type: ignore[arg-type]


def test_a_person_with_a_title_counts_more_than_any_name() -> None:
    named = holds_kind("Kantor itu dibuka Alibaba di Kota Baru.", "who", "Siapa?")
    assert holds_kind("Kantor itu dibuka CEO Alibaba Daniel Zhang.", "who", "Siapa?") > named > 0


def test_what_the_question_says_itself_is_no_answer() -> None:
    assert holds_kind("Apa kata Grab tentang BCA?", "which_org", "Siapa mitra Grab dan BCA?") == 0


def test_an_amount_in_what_is_asked_for_counts_most() -> None:
    price, stake, long = "Berapa harganya?", "Berapa persen sahamnya?", "Berapa lama kontraknya?"
    money, share, time = "Nilainya 5 juta dolar.", "Sahamnya 12 persen.", "Kontraknya 3 tahun."
    for question, right in ((price, money), (stake, share), (long, time)):
        held = {text: holds_kind(text, "how_much", question) for text in (money, share, time)}
        assert held[right] == 1.0
        assert all(score == 0.5 for text, score in held.items() if text != right)


def test_a_reason_counts_more_than_a_purpose() -> None:
    given = [
        holds_kind(text, "why", "Kenapa?")
        for text in ("Karena jaringannya luas.", "Ini dibuat untuk pengguna.", "Hal itu diumumkan kemarin.")
    ]
    assert given == [1.0, 0.5, 0.0]


def test_lists() -> None:
    assert wants_list("Di kota mana saja?")
    assert wants_list("Which cities have an office?")
    assert not wants_list("Siapa CEO BMW?")
    assert enumerates("Kantor ada di Munich, Shanghai, Seoul, Tokyo dan Tel Aviv.") == 1
    assert enumerates("Kantor ada di Munich, Seoul dan Tokyo.") == 0.5
    assert enumerates("Kantor ada di Munich.") == 0


def test_content_leaves_out_what_only_names_the_kind() -> None:
    assert content_of("Di kota mana saja BMW punya kantor?") == "Di BMW punya kantor?"
    assert content_of("In which city does BMW work?") == "In does BMW work?"
