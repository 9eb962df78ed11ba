"""Search by words against BM25 worked out in plain Python."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from news import articles

from index.lexical import FEW, FREQUENT, LexicalSearch, WordCache
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


def scores(words: LexicalSearch, terms: list[str], allowed: set[int] | None = None) -> dict[int, float]:
    """Of all languages."""
    found: dict[int, float] = {}
    for some in words.scores(terms, allowed).values():
        found |= some.of(some.chunks.tolist())
    return found


def test_scores_are_those_of_the_formula(store: Store, documents: dict[int, list[str]]) -> None:
    rare = rare_words(documents)
    assert {"berita6", "berita7"} < set(rare)
    languages = {i: chunk.language for i, chunk in store.chunks(documents).items()}
    words = LexicalSearch(store)
    for terms in (["berita7"], ["berita6", "tidakada"], rare[::9][:20], ["berita6", "berita12", "berita18"]):
        found, expected = words.scores(terms), bm25(documents, terms)
        assert scores(words, terms) == pytest.approx(expected, rel=1e-6)
        for language, some in found.items():
            assert {languages[i] for i in some.chunks.tolist()} == {language}
            of_it = [i for i in expected if languages[i] == language]
            assert some.best(7) == sorted(of_it, key=lambda i: (-round(expected[i], 9), i))[:7]
            assert some.of([*documents][::3]) == {i: s for i, s in some.of(of_it).items() if i in [*documents][::3]}
            assert some.of([]) == {}


def test_only_what_is_allowed_is_scored(store: Store, documents: dict[int, list[str]]) -> None:
    words, terms = LexicalSearch(store), rare_words(documents)[:40]
    everything, some = scores(words, terms), set([*documents][::3])
    assert scores(words, terms, some) == {i: everything[i] for i in everything if i in some}
    assert words.scores(terms, set()) == {}
    assert words.scores([]) == {}


def test_frequent_words_only_count_alone(store: Store, documents: dict[int, list[str]]) -> None:
    counts = Counter(word for words in documents.values() for word in set(words))
    frequent = [word for word, count in counts.items() if count > FREQUENT * len(documents)]
    assert frequent
    words = LexicalSearch(store)
    assert scores(words, [frequent[0], "berita7"]) == scores(words, ["berita7"])
    for known in range(2):  # asked for its places alone before, and not
        words = LexicalSearch(store)
        if known:
            words.coverage(documents, {frequent[0]: 1.0, "berita7": 1.0})
        assert scores(words, [frequent[0]]) == pytest.approx(bm25(documents, [frequent[0]]), rel=1e-6)
        assert len(scores(words, [frequent[0], "tidakada"])) == counts[frequent[0]]


def test_a_shared_cache_changes_nothing(store: Store, documents: dict[int, list[str]]) -> None:
    """Also while it is too small for one question, and read-only: nothing is asked twice."""
    asked = [rare_words(documents)[at : at + 9] for at in range(0, 60, 3)]
    small, roomy = WordCache(room=20), WordCache()
    for terms in asked * 2:
        alone = LexicalSearch(store)
        idf, expected, covered = alone.idf(terms), scores(alone, terms), alone.coverage(documents, alone.idf(terms))
        for cache in (small, roomy):
            words = LexicalSearch(store, cache)
            assert (words.idf(terms), scores(words, terms)) == (idf, expected)
            assert words.coverage(documents, idf) == covered
        assert sum(len(places.chunks) + 1 for places in small._places.values()) == small._held <= 20
    assert len(roomy._places) == len({term for terms in asked for term in terms})


def test_what_is_known_is_not_read_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    cache, terms = WordCache(), ["berita6", "berita7", "tidakada"]
    first = scores(LexicalSearch(store, cache), terms), LexicalSearch(store, cache).idf(terms)
    monkeypatch.setattr(Store, "read", None)
    assert (scores(LexicalSearch(store, cache), terms), LexicalSearch(store, cache).idf(terms)) == first


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
    assert scores(words, [term]).keys() <= scores(words, ["berita7"]).keys()
    assert scores(words, [term, "berita8"]).keys() >= scores(words, ["berita8"]).keys()


def test_it_works_inside_and_outside_a_snapshot(tmp_path: Path) -> None:
    one = articles(1)[0]
    with Store(tmp_path / "warta.db") as store:
        for _ in range(2):
            with store.snapshot():
                assert scores(LexicalSearch(store), ["berita0"]) == {}
        store.put_article(one, drafts_of(one)[0])
        outside = LexicalSearch(store)
        assert scores(outside, ["berita0"])
        with store.snapshot():
            assert scores(LexicalSearch(store), ["berita0"]) == scores(outside, ["berita0"])


def test_coverage_is_the_share_of_the_terms_weight_that_a_chunk_holds(
    store: Store, documents: dict[int, list[str]]
) -> None:
    number, words = next(iter(documents.items()))
    idf = {words[0]: 3.0, "tidakada": 1.0}
    assert LexicalSearch(store).coverage([number], idf) == {number: 0.75}
    assert LexicalSearch(store).coverage([number], {}) == {number: 0.0}
    assert LexicalSearch(store).coverage([], idf) == {}
