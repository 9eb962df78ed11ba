from index.context import in_context, points_back


def test_pronouns_and_the_like_point_back() -> None:
    for sentence in ("Ia memiliki kantor.", "Keduanya sepakat.", "“Mereka senang,” katanya.", "Perusahaan itu tumbuh.",
                     "It opened in May.", "The company grew.", "They signed."):  # fmt: skip
        assert points_back(sentence), sentence


def test_words_that_only_begin_alike_do_not() -> None:
    for sentence in ("Iapetus adalah bulan.", "Ithaca is a city.", "BMW tumbuh.", "Diageo hadir."):
        assert not points_back(sentence), sentence


def test_the_sentence_before_is_brought_along() -> None:
    assert in_context(["BMW tumbuh.", "Ia besar.", "Alibaba juga."]) == [
        "BMW tumbuh.",
        "BMW tumbuh. Ia besar.",
        "Alibaba juga.",
    ]
    assert in_context(["Ia besar."]) == ["Ia besar."]
