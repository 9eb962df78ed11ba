from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index.answer import (
    MAX_ARTICLES,
    MAX_QUOTES,
    _choose,
    citations_of,
    nearest,
    verified,
    with_context,
)
from index.dense import Background, Moments
from index.errors import StoreError
from index.features import Candidate
from index.pipeline import Warta
from index.quotable import USUAL_COSINE, _Usual
from index.settings import Settings
from index.store import StoredChunk
from index.types import Article, Filters, Hit, Quote, Span
from tests.fakes import fake_engine

BODY = "BMW menjalankan tim kecil di Munich. Ia memiliki perwakilan di Seoul dan Tokyo.\n\nIa juga hadir di Jakarta."
FIRST, SECOND, THIRD = Span(0, 36), Span(37, 79), Span(81, 106)


def chunk(*sentences: Span) -> StoredChunk:
    return StoredChunk(1, 1, Span(sentences[0].start, sentences[-1].end), sentences, "h", "id")


def candidate(article_id: int, text: str, vector: tuple[float, float] = (1, 0), start: int = 0) -> Candidate:
    hit = Hit(article_id, article_id, "id", 1.0, 1.0, 1.0)
    unit = np.array(vector, np.float32) / np.linalg.norm(vector)
    return Candidate(
        article_id, Span(start, start + len(text)), text, hit, 0, 0, 1.0, 1.0, unit, frozenset(), frozenset()
    )


@pytest.fixture
def warta(tmp_path: Path) -> Iterator[Warta]:
    with Warta(Settings.from_env({}, tmp_path), fake_engine()) as opened:
        yield opened


def test_a_sentence_that_points_back_brings_the_one_before() -> None:
    span = with_context(BODY, SECOND, [chunk(FIRST, SECOND, THIRD)])
    assert BODY[span.start : span.end] == BODY[: SECOND.end]


def test_but_not_across_paragraphs_nor_where_it_grows_too_long_nor_at_the_beginning() -> None:
    assert with_context(BODY, THIRD, [chunk(FIRST, SECOND, THIRD)]) == THIRD
    assert with_context(BODY, SECOND, [chunk(SECOND, THIRD)]) == SECOND
    long = "B" * 290 + ". Ia tumbuh."
    tail = Span(292, len(long))
    assert with_context(long, tail, [chunk(Span(0, 291), tail)]) == tail


def test_a_list_is_quoted_whole_and_once(tmp_path: Path) -> None:
    conditions = "Syarat beasiswa Kencana:\n\nwarga negara Indonesia\n\nnilai minimal 80 untuk beasiswa Kencana"
    settings = Settings.from_env({"WARTA_ABSTAIN_BELOW": "0"}, tmp_path)
    with Warta(settings, fake_engine()) as warta:
        list(warta.ingest([Article("Kencana", f"{conditions}\n\nPendaftaran ditutup pada Jumat.", "a", "id")]))
        quotes = [quote.text for quote in warta.ask("Apa saja syarat beasiswa Kencana?").quotes]
    assert [quote for quote in quotes if "beasiswa" in quote] == [conditions]


def test_a_sentence_that_stands_alone_stays_alone() -> None:
    assert with_context(BODY, FIRST, [chunk(FIRST, SECOND)]) == FIRST


def test_what_two_publishers_say_alike_is_one_quote_with_two_numbers() -> None:
    groups = _choose([candidate(1, "A."), candidate(2, "A too.", (1, 0.1)), candidate(3, "B.", (0, 1))])
    assert [[c.article_id for c in group] for group in groups] == [[1, 2], [3]]


def test_never_more_than_three_quotes_of_three_articles() -> None:
    directions = [(np.cos(a), np.sin(a)) for a in np.linspace(0, 3, 8)]
    ranked = [candidate(i, f"{i}.", d) for i, d in enumerate(directions)]
    groups = _choose(ranked)
    assert [g[0].article_id for g in groups] == [0, 1, 2]
    assert len(groups) == MAX_QUOTES
    twins = _choose([candidate(i, "the same") for i in range(6)])
    assert [len(g) for g in twins] == [MAX_ARTICLES]


def test_meaning_is_standardised_over_sentences_of_the_language() -> None:
    usual = Moments.none(2)
    usual.include(np.array([[1, 0], [0, 1]], np.float32))  # cosines 1 and 0: mean 0.5, deviation 0.5
    query = np.array([1, 0], np.float32)
    vectors = np.array([[1, 0], [0, 1]], np.float32)
    scale = _Usual(query, Background("", {}, {"id": usual}))
    for _ in range(2):  # worked out, and remembered
        meanings = scale.of(vectors, "id")
        assert meanings is not None
        np.testing.assert_allclose(meanings, [1.0, -1.0], atol=1e-3)
    unknown = scale.of(vectors, "en")
    assert unknown is not None
    np.testing.assert_allclose(unknown, (np.array([1, 0]) - USUAL_COSINE[0]) / USUAL_COSINE[1])
    assert scale.of(None, "id") is None
    assert _Usual(None, Background("", {}, {"id": usual})).of(vectors, "id") is None


def test_only_what_stands_in_the_article_is_said() -> None:
    article = Article("t", BODY, "a")
    quote = Quote(1, BODY[:36], 7, 0, 36, "id")
    assert verified([quote], {7: article}) == (quote,)
    for broken in (
        replace(quote, text="BMW menjalankan tim besar di Munich."),
        replace(quote, start=1),
        replace(quote, article_id=8),
    ):
        with pytest.raises(StoreError, match="doctor"):
            verified([broken], {7: article})


def test_citations_are_numbered_like_the_quotes_and_link_to_them() -> None:
    articles = {
        7: Article("Satu", "Isi satu.", "a", publisher="ANTARA", published_at="2021", url="https://a.id/1"),
        9: Article("Dua", "Isi dua.", "b"),
    }
    one, two = citations_of([Quote(1, "Isi satu.", 7, 0, 9, "id", also=((2, 9),))], articles)
    assert (one.n, one.title, one.publisher, one.published_at) == (1, "Satu", "ANTARA", "2021")
    assert one.link == "https://a.id/1#:~:text=Isi%20satu."
    assert (two.n, two.article_id, two.link) == (2, 9, "")


def test_the_nearest_articles_are_each_named_once(warta: Warta) -> None:
    list(warta.ingest([Article(f"T{i}", f"Berita nomor {i}.", f"l{i}", "id") for i in range(1, 6)]))
    hits = [Hit(i, article, "id", 1.0, 1.0, 1.0) for i, article in enumerate((4, 4, 2, 99, 5, 1))]
    # Article 99 is gone since it was found; only as many as are shown are looked up.
    assert [(c.n, c.title) for c in nearest(hits, warta.store)] == [(1, "T4"), (2, "T2")]


def test_an_answer_quotes_and_an_abstention_offers_the_nearest(warta: Warta) -> None:
    grab = "Grab menggandeng PT KAI dan menempatkan GrabVenue di 49 stasiun kereta api di Jabodetabek."
    list(warta.ingest([Article("Grab dan KAI", grab, "a", "id", "DailySocial", published_at="2017-12-23")]))
    bold = Warta(replace(warta.settings, abstain_below=0.0), fake_engine())
    answer = bold.ask("Berapa stasiun yang dipasangi GrabVenue oleh Grab?")
    assert [q.text for q in answer.quotes] == [grab]
    assert answer.text.startswith("Menurut DailySocial (23 Desember 2017):\n“Grab")
    shy = Warta(replace(warta.settings, abstain_below=1.0), fake_engine())
    refusal = shy.ask("Berapa stasiun yang dipasangi GrabVenue oleh Grab?")
    assert not refusal.answerable
    assert refusal.quotes == ()
    assert [c.title for c in refusal.citations] == ["Grab dan KAI"]
    assert refusal.text.startswith("Maaf, ")
    for opened in (bold, shy):
        opened.store.close()


def test_an_empty_index_abstains(warta: Warta) -> None:
    answer = warta.ask("Who teamed up with Alibaba?", filters=Filters())
    assert not answer.answerable
    assert answer.citations == ()
    assert answer.language == "en"


def test_a_topic_is_searched_for_and_said(warta: Warta) -> None:
    list(warta.ingest([Article("BMW", "BMW menggandeng Alibaba di Shanghai.", "a", "id")]))
    answer = warta.ask("Di kota mana?", topic="BMW")
    assert "Tentang BMW." in answer.text.splitlines()[0]
    assert answer.hits[0].lexical > -1


@pytest.mark.parametrize("question", ["", " ", "\0", "?" * 5000, '"', "NEAR(a b)", "title:x *", "😀", "a" * 100_000])
def test_any_question_gets_an_answer(warta: Warta, question: str) -> None:
    list(warta.ingest([Article("BMW", "BMW menggandeng Alibaba di Shanghai.", "a", "id")]))
    assert warta.ask(question).text


def test_a_further_quote_must_hold_what_is_asked_for_as_well(warta: Warta) -> None:
    dated = "BMW dan Alibaba meneken kesepakatan pada Oktober 2020."
    plain = "BMW dan Alibaba meneken kesepakatan itu dengan gembira."
    list(warta.ingest([Article("BMW", f"{dated}\n\n{plain}", "a", "id")]))
    _, draft = warta.draft("Kapan BMW dan Alibaba meneken kesepakatan?")
    assert [q.text for q in draft.quotes] == [dated]
    _, draft = warta.draft("BMW dan Alibaba meneken kesepakatan")
    assert {q.text for q in draft.quotes} >= {dated}
