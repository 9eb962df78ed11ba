import json

import numpy as np

from index.features import (
    CONFIDENCE_FEATURES,
    RAISES,
    READING,
    WEIGHTS,
    Candidate,
    confidence,
    confidence_features,
    coverage,
    names_of,
    relation_of,
    take_apart,
    weights,
)
from index.types import Hit, Span
from index.wording import SENTENCE_FEATURES, feature_rows


def candidate(text: str, words: str, *, language: str = "id", meaning: float = 1.0, rank: int = 0) -> Candidate:
    hit = Hit(rank + 1, 1, language, 5.0 - rank, 5.0, 1.0)  # type: ignore[arg-type]
    return Candidate(
        1, Span(0, len(text)), text, hit, rank, 0, meaning, meaning / 2, None, frozenset(words.split()), frozenset()
    )


def test_the_relation_is_the_question_less_its_names() -> None:
    assert relation_of("Siapa direktur Intel yang bicara soal cip?") == "Siapa direktur yang bicara soal cip?"
    assert relation_of("Siapa CEO BMW?") == ""
    assert relation_of("siapa bos gojek sekarang") == ""


def test_coverage_weighs_terms_by_how_rare_they_are() -> None:
    # 3 of 3 + 1 in idf: the rare word is there, the common one is not.
    assert coverage(frozenset({"rare"}), {"rare": 3.0, "common": 1.0}) == 0.75
    assert coverage(frozenset(), {}) == 0.0


def test_names_are_capitalised_words_and_numbers_but_not_the_first_word() -> None:
    assert names_of("Kapan BMW dan Alibaba bertemu pada 2020?", "id") == {"bmw", "alibaba", "2020"}
    assert names_of("siapa ceo grab", "id") == frozenset()


def test_taking_apart_keeps_content_terms_only() -> None:
    question = take_apart("Di kota mana BMW punya kantor?", "id", {"kota": 2.0, "bmw": 4.0, "kantor": 3.0})
    assert question.kind == "where"
    assert dict(question.terms) == {"bmw": 4.0, "kantor": 3.0}
    assert question.names == {"bmw"}


def test_weights_are_complete_and_say_where_they_come_from() -> None:
    stored = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    assert set(stored["sentence"]) == set(SENTENCE_FEATURES)
    assert set(stored["confidence"]) == set(CONFIDENCE_FEATURES)
    assert set(stored["reading"]) == set(READING)
    assert "fit_weights.py" in stored["provenance"]


def test_confidence_is_the_logistic_of_the_weighed_sum() -> None:
    row = np.zeros(len(CONFIDENCE_FEATURES))
    assert confidence(row) == 0.5
    row[0] = 1.0
    expected = 1 / (1 + np.exp(-weights("confidence", CONFIDENCE_FEATURES)[0]))
    assert abs(confidence(row) - expected) < 1e-12


def row(**values: float) -> np.ndarray:
    return np.array([values.get(name, 0.0) for name in CONFIDENCE_FEATURES])


def test_what_reading_says_counts_beside_the_other_evidence() -> None:
    some = row(one=1.0, words=1.0)
    evidence, read, one = weights("reading", READING)
    odds = evidence * float(some @ weights("confidence", CONFIDENCE_FEATURES)) + read * -1.5 + one
    assert abs(confidence(some, -1.5) - 1 / (1 + np.exp(-odds))) < 1e-12
    assert confidence(some, -3.0) < confidence(some, 0.0)


def test_reading_adds_little_where_few_words_of_the_question_are_there_and_nothing_where_none_is() -> None:
    for there, some in (
        (0.0, row(one=1.0)),
        (0.25, row(one=1.0, words=0.25)),
        (0.5, row(one=1.0, words=0.25, passage_coverage=0.5)),
        (1.0, row(one=1.0, words=1.7)),
    ):
        alone = confidence(some)
        odds = np.log(alone / (1 - alone)) + RAISES * there
        assert abs(confidence(some, 50.0) - 1 / (1 + np.exp(-odds))) < 1e-9
    assert confidence(row(one=1.0), -50.0) < 1e-6


def test_confidence_looks_at_the_best_sentence_and_its_passage() -> None:
    question = take_apart("Kapan BMW bertemu Alibaba?", "id", {"bmw": 1.0, "temu": 1.0, "alibaba": 2.0})
    best = candidate("Pertemuan terjadi pada Oktober 2020.", "temu oktober 2020")
    beside = candidate("BMW dan Alibaba tumbuh.", "bmw alibaba tumbuh")
    hits = [best.hit, Hit(9, 2, "id", 3.5, 3.0, 1.0)]
    said = feature_rows(question, [beside, best], hits)[1]
    row = confidence_features(question, [beside, best], np.array([1.0, 3.0]), said)
    named = dict(zip(CONFIDENCE_FEATURES, row, strict=True))
    assert (named["sentence"], named["sentence_margin"], named["near"]) == (3.0, 2.0, 0.25)
    assert (named["coverage"], named["passage_coverage"]) == (0.25, 1.0)
    assert (named["names_missing"], named["names_missing_passage"], named["rarest_missing"]) == (1.0, 0.0, 0.0)
    assert named["kind_when"] == 0.5
