"""Search by words against BM25 worked out in plain Python."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from news import articles

from index.lexical import FEW, FREQUENT, LexicalSearch
from index.passages import drafts_of
from index.store import Store

K1, B = 1.2, 0.75


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store(tmp_path_factory.mktemp("lexical") / "warta.db") as opened, opened.transaction():
        for one in articles(40):
            opened.put_article(one, drafts_of(one)[0])
        opened.remove_article(3)  # what is gone may not count
        yield opened


@pytest.fixture(scope="module")
def documents(store: Store) -> dict[int, list[str]]:
    return {
        chunk.id: draft.lemmas.split()
        for number in store.article_ids()
        for chunk, draft in zip(store.chunks_of(number), store.drafts_stored(number), strict=True)
    }


def bm25(documents: dict[int, list[str]], terms: list[str]) -> dict[int, float]:
    """Robertson's formula with FTS5's inverse document frequency, ln((N - n + 0.5) / (n + 0.5)), at least 1e-6."""
    average = sum(map(len, documents.values())) / len(documents)
    scores: dict[int, float] = {}
    for term in terms:
        held = {i: Counter(words)[term] for i, words in documents.items() if term in words}
        idf = math.log((len(documents) - len(held) + 0.5) / (len(held) + 0.5)) if held else 0
        for i, count in held.items():
            norm = K1 * (1 - B + B * len(documents[i]) / average)
            scores[i] = scores.get(i, 0.0) + max(idf, 1e-6) * count * (K1 + 1) / (count + norm)
    return scores


def rare_words(documents: dict[int, list[str]]) -> list[str]:
    counts = Counter(word for words in documents.values() for word in set(words))
    return sorted(word for word, count in counts.items() if count <= FREQUENT * len(documents))


def test_scores_are_those_of_the_formula(store: Store, documents: dict[int, list[str]]) -> None:
    rare = rare_words(documents)
    assert {"berita6", "berita7"} < set(rare)
    for terms in (["berita7"], ["berita6", "tidakada"], rare[::9][:20], ["berita6", "berita12", "berita18"]):
        found = LexicalSearch(store).scores(terms)
        assert {i: score for i, (_, score) in found.items()} == pytest.approx(bm25(documents, terms), rel=1e-6)
        assert all(found[i][0] == chunk.language for i, chunk in store.chunks(found).items())


def test_given_chunks_have_the_same_scores(store: Store, documents: dict[int, list[str]]) -> None:
    words, terms = LexicalSearch(store), rare_words(documents)[:40]
    everything = words.scores(terms)
    some = [*documents][::3]
    assert words.scores(terms, some) == {i: everything[i] for i in some if i in everything}
    assert words.scores(terms, []) == {}


def test_frequent_words_only_count_alone(store: Store, documents: dict[int, list[str]]) -> None:
    counts = Counter(word for words in documents.values() for word in set(words))
    frequent = [word for word, count in counts.items() if count > FREQUENT * len(documents)]
    assert frequent
    words = LexicalSearch(store)
    assert words.scores([frequent[0], "berita7"]) == words.scores(["berita7"])
    assert len(words.scores([frequent[0]])) == counts[frequent[0]]
    assert len(words.scores([frequent[0], "tidakada"])) == counts[frequent[0]]


def test_idf(store: Store, documents: dict[int, list[str]]) -> None:
    chunks = FEW
    assert len(documents) < chunks
    held = sum("berita6" in words for words in documents.values())
    assert held >= 2
    assert LexicalSearch(store).idf(["berita6", "tidakada"]) == pytest.approx(
        {
            "berita6": math.log(1 + (chunks - held + 0.5) / (held + 0.5)),
            "tidakada": math.log(1 + (chunks + 0.5) / 0.5),
        }
    )


@pytest.mark.parametrize(
    "term",
    ['"', "NEAR(", "*", "-", "lemmas:", "a\0b", "\0", "\ud800", "AND", "OR", "berita7*", "^berita7", "{a}", "", " "],
)
def test_nothing_in_a_term_is_an_operator(store: Store, term: str) -> None:
    words = LexicalSearch(store)
    assert set(words.idf([term])) == {term}
    assert words.scores([term]).keys() <= words.scores(["berita7"]).keys()
    assert words.scores([term, "berita8"]).keys() >= words.scores(["berita8"]).keys()


def test_it_works_inside_and_outside_a_snapshot(tmp_path: Path) -> None:
    one = articles(1)[0]
    with Store(tmp_path / "warta.db") as store:
        for _ in range(2):
            with store.snapshot():
                assert LexicalSearch(store).scores(["berita0"]) == {}
        store.put_article(one, drafts_of(one)[0])
        outside = LexicalSearch(store)
        assert outside.scores(["berita0"])
        with store.snapshot():
            assert LexicalSearch(store).scores(["berita0"]) == outside.scores(["berita0"])


def test_coverage_is_the_share_of_the_terms_weight_that_a_chunk_holds(
    store: Store, documents: dict[int, list[str]]
) -> None:
    number, words = next(iter(documents.items()))
    idf = {words[0]: 3.0, "tidakada": 1.0}
    assert LexicalSearch(store).coverage([number], idf) == {number: 0.75}
    assert LexicalSearch(store).coverage([number], {}) == {number: 0.0}
    assert LexicalSearch(store).coverage([], idf) == {}
