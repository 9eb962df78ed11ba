from index.context import in_context, points_back

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
