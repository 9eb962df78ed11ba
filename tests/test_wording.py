from index.features import Candidate, take_apart, weights
from index.types import Hit, Span
from index.wording import SENTENCE_FEATURES, feature_rows, sentence_scores

BMW = {"bmw": 1.0, "temu": 1.0, "alibaba": 2.0}
WHEN = take_apart("Kapan BMW bertemu Alibaba?", "id", BMW)


def candidate(
    text: str,
    words: str,
    *,
    language: str = "id",
    meaning: float = 1.0,
    rank: int = 0,
    position: int = 0,
    title: str = "",
    start: int = 0,
    article: int = 1,
) -> Candidate:
    hit = Hit(rank + 1, article, language, 5.0 - rank, 5.0, 1.0)  # type: ignore[arg-type]
    return Candidate(
        article,
        Span(start, start + len(text)),
        text,
        hit,
        rank,
        position,
        meaning,
        meaning / 2,
        None,
        frozenset(words.split()),
        frozenset(title.split()),
    )


def rows_of(*candidates: Candidate) -> list[dict[str, float]]:
    return feature_rows(WHEN, candidates, [c.hit for c in candidates])


def test_every_feature_is_there_once() -> None:
    [row] = rows_of(candidate("BMW bertemu Alibaba.", "bmw temu alibaba"))
    assert set(row) == set(SENTENCE_FEATURES)
    assert len(set(SENTENCE_FEATURES)) == len(SENTENCE_FEATURES)


def test_meaning_words_and_kind() -> None:
    own = candidate("BMW bertemu Alibaba pada Oktober 2020.", "bmw temu alibaba oktober 2020", meaning=2.0)
    other = candidate("BMW tumbuh.", "bmw tumbuh", language="en", rank=1)
    first, second = rows_of(own, other)
    assert (first["meaning"], first["meaning_cross"], first["relation"]) == (2.0, 0.0, 1.0)
    assert (first["coverage_same"], first["kind_when"], first["names"], first["passage_gap"]) == (1.0, 0.5, 1.0, 0.0)
    assert (second["meaning_cross"], second["coverage_same"], second["coverage_cross"]) == (1.0, 0.0, 0.25)
    assert (second["passage_gap"], second["first_passage"], second["kind_when"]) == (-1.0, 0.0, -0.5)
    assert second["kind_who"] == 0.0


def test_a_word_in_the_other_language_counts_nearly_as_much() -> None:
    question = take_apart("Siapa pendiri Gojek?", "id", {"diri": 3.0, "gojek": 1.0})
    english = candidate("The founder of Gojek spoke.", "founder gojek speak", language="en")
    [row] = feature_rows(question, [english], [english.hit])
    assert row["coverage_cross"] == 0.25  # the name alone
    assert row["words_cross"] == (3.0 * 0.9 + 1.0) / 4.0
    assert row["words_same"] == 0.0


def test_what_the_title_says_already_is_no_merit_of_a_sentence() -> None:
    lead = candidate("BMW dan Alibaba bekerja sama.", "bmw alibaba kerja sama", title="bmw alibaba")
    detail = candidate("Mereka bertemu pada 2020.", "temu 2020", title="bmw alibaba", position=1, start=100)
    first, second = rows_of(lead, detail)
    assert first["about"] == second["about"] == 0.75  # bmw and alibaba: 3 of 4
    assert (first["left"], second["left"]) == (0.0, 0.25)
    assert (first["rest"], second["rest"]) == (0.0, 0.25)
    assert (first["most_left"], second["most_left"]) == (0.0, 1.0)
    assert (first["start"], second["start"], first["start_about"]) == (1.0, 0.0, 0.75)


def test_words_near_what_would_answer_count() -> None:
    far = " ".join(["kata"] * 20)
    near = candidate(f"Pada 2020 BMW bertemu Alibaba {far}.", "2020 bmw temu alibaba kata")
    apart = candidate(f"BMW bertemu Alibaba {far} pada 2020.", "2020 bmw temu alibaba kata", position=1)
    first, second = rows_of(near, apart)
    assert (first["near"], first["beside"]) == (1.0, 1.0)
    assert (second["near"], second["beside"]) == (0.0, 0.0)


def test_neighbours_are_those_of_the_same_passage() -> None:
    one = candidate("BMW.", "bmw", meaning=3.0)
    two = candidate("Alibaba.", "alibaba", position=1)
    elsewhere = candidate("Bertemu.", "temu", position=2, rank=1)
    first, second, third = rows_of(one, two, elsewhere)
    assert (first["none_before"], first["meaning_after"], first["words_after"]) == (1.0, 1.0, 0.5)
    assert (second["meaning_before"], second["words_before"], second["none_after"]) == (3.0, 0.25, 1.0)
    assert (third["none_before"], third["none_after"]) == (1.0, 1.0)


def test_sentences_are_compared_with_the_best() -> None:
    first, second = rows_of(
        candidate("BMW bertemu Alibaba.", "bmw temu alibaba", meaning=4.0), candidate("BMW.", "bmw", position=1)
    )
    assert (first["meaning_gap"], second["meaning_gap"], second["coverage_same_gap"]) == (0.0, -3.0, -0.75)
    assert (first["most_meaning"], second["most_meaning"]) == (1.0, 0.0)
    assert (first["most_words"], second["most_words"]) == (1.0, 0.0)


def test_a_sentence_with_a_day_wins_where_a_day_is_asked_for() -> None:
    said = "bmw temu alibaba"
    scores = sentence_scores(
        rows_of(
            candidate("BMW bertemu Alibaba.", said, position=1, start=100),
            candidate("BMW bertemu Alibaba pada 2020.", f"{said} 2020", position=2, start=130),
        )
    )
    assert scores[1] > scores[0]


def test_evidence_for_a_sentence_counts_for_it() -> None:
    fitted = dict(zip(SENTENCE_FEATURES, weights("sentence", SENTENCE_FEATURES), strict=True))
    assert min(fitted["kind_when"], fitted["kind_who"], fitted["kind_how_much"], fitted["rest"]) > 0
