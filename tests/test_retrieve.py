from collections.abc import Iterator
from pathlib import Path

import pytest

from index.pipeline import Warta
from index.retrieve import BM25_WEIGHT, COVERAGE_WEIGHT, allowed_chunks, fuse
from index.settings import Settings
from index.types import Article, Filters
from tests.fakes import fake_engine

INKUBATOR = "BMW menggandeng Alibaba di Shanghai untuk inkubator."
STASIUN = "Grab menggandeng PT KAI di 49 stasiun."
ARTICLES = (
    Article("BMW dan Alibaba", INKUBATOR, "a", "id", "ANTARA", published_at="2021"),
    Article("Grab dan KAI", STASIUN, "b", "id", "DailySocial", published_at="2017-12-23"),
    Article("Grab and BCA", "Grab signed a deal with BCA.", "c", "en", "Reuters", published_at="2018-03-01T02:00:00Z"),
    Article("Tanpa tanggal", "Bank Mandiri bertemu Grabowski.", "d", "id"),
)


@pytest.fixture
def warta(tmp_path: Path) -> Iterator[Warta]:
    with Warta(Settings.from_env({}, tmp_path), fake_engine()) as opened:
        assert [o.status for o in opened.ingest(ARTICLES)] == ["new"] * 4
        yield opened


def found(warta: Warta, **filters: str) -> set[str]:
    ids = allowed_chunks(warta.store, Filters(**filters))  # type: ignore[arg-type]
    assert ids is not None
    articles = warta.store.articles(chunk.article_id for chunk in warta.store.chunks(ids).values())
    return {article.location for article in articles.values()}


def test_fused_score_is_meaning_plus_what_the_words_add_to_the_best_of_their_language() -> None:
    languages = {1: "id", 2: "id", 3: "id", 4: "id", 5: "en"}
    bm25, coverage = {1: 9.0, 2: 6.0, 3: 3.0, 5: 1.0}, {1: 1.0, 2: 0.5, 5: 0.3}
    scores = fuse({1: 1.0, 4: 2.0, 5: 2.0}, bm25, coverage, languages)  # type: ignore[arg-type]
    # Indonesian: (9 + 6 + 3) / 3 = 6 and (1 + 0.5 + 0) / 3 = 0.5 count as nothing; English: 1 / 3 and 0.3 / 3.
    assert scores[1] == pytest.approx(1.0 + BM25_WEIGHT * (9 - 6) + COVERAGE_WEIGHT * (1 - 0.5))
    assert scores[2] == pytest.approx(0.0)
    assert scores[4] == pytest.approx(2.0 + BM25_WEIGHT * (0 - 6) + COVERAGE_WEIGHT * (0 - 0.5))
    assert scores[5] == pytest.approx(2.0 + BM25_WEIGHT * (1 - 1 / 3) + COVERAGE_WEIGHT * (0.3 - 0.1))


def test_words_of_the_question_do_not_favour_its_own_language() -> None:
    # Three passages share the question's words, the one that answers is in the other language and means more.
    languages = {1: "en", 2: "en", 3: "en", 4: "id"}
    shared = {1: 8.0, 2: 8.0, 3: 8.0}
    scores = fuse({1: 2.0, 2: 2.0, 3: 2.0, 4: 2.5}, shared, dict.fromkeys(shared, 1.0), languages)  # type: ignore[arg-type]
    assert max(scores, key=lambda i: scores[i]) == 4


def test_no_filter_allows_everything(warta: Warta) -> None:
    assert allowed_chunks(warta.store, Filters()) is None


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"partner": "grab"}, {"b", "c"}),  # whole words: not Grabowski
        ({"partner": "PT KAI"}, {"b"}),
        ({"partner": '"NEAR(grab*'}, set()),
        ({"publisher": "antara"}, {"a"}),
        ({"language": "en"}, {"c"}),
        ({"since": "2018"}, {"a", "c"}),
        ({"since": "2021-06"}, {"a"}),  # known only to be of 2021
        ({"since": "2022"}, set()),
        ({"until": "2017"}, {"b"}),
        ({"until": "2018-03-01"}, {"b", "c"}),
        ({"until": "2021-03"}, {"a", "b", "c"}),
        ({"since": "2017", "until": "2018", "partner": "grab", "language": "id"}, {"b"}),
    ],
)
def test_filters(warta: Warta, filters: dict[str, str], expected: set[str]) -> None:
    assert found(warta, **filters) == expected


def test_only_what_passes_the_filters_is_retrieved(warta: Warta) -> None:
    everything = {h.article_id for h in warta.ask("Grab").hits}
    assert len(everything) == 4
    answer = warta.ask("Grab", filters=Filters(language="en"))
    assert {h.language for h in answer.hits} == {"en"}
    assert warta.ask("Grab", filters=Filters(since="2030")).hits == ()


def test_hits_carry_both_parts_of_their_score(warta: Warta) -> None:
    best = warta.ask("Grab menggandeng PT KAI di stasiun").hits[0]
    assert warta.store.article(best.article_id).location == "b"
    assert best.dense > 1
    assert best.lexical > 0
