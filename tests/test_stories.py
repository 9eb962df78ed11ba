"""What is one event, what is another, and that a story never changes what was said about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from fakes import WordEmbedder
from news import article

from index import stories
from index.answer import _choose, citations_of, nearest
from index.facts import facts_of, names_in, stated_in, weight
from index.features import Candidate
from index.grouping import group_missing, is_update, join_story
from index.ingest import ingest
from index.link_rows import Link
from index.names import NameBook
from index.quotable import passages_of
from index.reindexing import reindex
from index.retrieve import Retrieved
from index.store import Store
from index.stories import Choice, Telling, choose_story, evidence, same_event
from index.types import Article, Hit, Quote, Span
from index.updates import NewFacts, new_facts

FAKE = WordEmbedder("fake/a", 512)
DAY = date(2018, 1, 17)
BCA = Article(
    "BCA gandeng KlikACC salurkan kredit UMKM",
    "BCA menggandeng platform KlikACC untuk mempercepat penyaluran kredit UMKM senilai Rp 25 miliar. Nota kesepahaman "
    "diteken Liston Nainggolan dari BCA dan Direktur Utama KlikACC Rusli Hidayat di Jakarta, Rabu (17/1).",
    "a", "id", "Kontan", published_at="2018-01-17", url="https://kontan.id/1",
)  # fmt: skip
TOLD_AGAIN = Article(
    "Lewat KlikACC, BCA kucurkan Rp 25 miliar untuk UMKM",
    "Penyaluran kredit UMKM dipercepat: BCA menggandeng KlikACC dan menyiapkan Rp 25 miliar. Rusli Hidayat dari "
    "KlikACC dan Liston Nainggolan dari BCA meneken nota kesepahaman itu pada Rabu (17/1).",
    "b", "id", "Bisnis", published_at="2018-01-18", url="https://bisnis.id/2",
)  # fmt: skip
MANDIRI = Article(
    "Mandiri gandeng Amartha salurkan kredit UMKM",
    "Bank Mandiri menggandeng platform Amartha untuk mempercepat penyaluran kredit UMKM senilai Rp 40 miliar. "
    "Perjanjian ditandatangani Tardi dari Mandiri dan pendiri Amartha Andi Taufan di Bandung, Kamis (18/1).",
    "c", "id", "Kontan", published_at="2018-01-18", url="https://kontan.id/3",
)  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "warta.db") as opened:
        yield opened


def add(store: Store, *some: Article) -> list[str]:
    return [outcome.status for outcome in ingest(store, FAKE, some)]


def telling(one: Article, lead: tuple[float, ...] = (1, 0), day: date | None = DAY, number: int = 1) -> Telling:
    unit = np.array(lead, np.float32) / np.linalg.norm(lead)
    return Telling(number, day.toordinal() if day else None, one.language, unit, facts_of(one, day))


# Facts


def test_names_are_capitals_inside_sentences() -> None:
    text = "Menurut Nadiem Makarim, GO-JEK membeli 3D Touch. Kini perusahaan itu besar. “Kami senang,” kata Andi."
    assert names_in(text) == ["Nadiem Makarim", "GO-JEK", "3D Touch", "Andi"]
    assert names_in("BCA tumbuh. Halimah Yacob menang. Di Bali hujan.") == ["BCA", "Halimah Yacob", "Bali"]


def test_facts_are_the_same_in_both_languages() -> None:
    one = facts_of(Article("", "Laba naik 1.250 orang di Jepang pada Senin (15/1).", "a", "id"), DAY)
    other = facts_of(Article("", "Profits of the 1,250 people in Japan rose on Monday.", "b", "en"), DAY)
    assert (one.numbers & other.numbers, one.days & other.days) == ({"1250"}, {date(2018, 1, 15).toordinal()})
    assert "jepang" in one.names & other.names


def test_a_day_is_the_last_one_of_that_name() -> None:
    assert facts_of(Article("", "Ia datang hari Rabu, bukan Kamis.", "a", "id"), DAY).days == {
        DAY.toordinal(), date(2018, 1, 11).toordinal(),
    }  # fmt: skip
    assert facts_of(Article("", "Rapat (31/12) itu.", "a", "id"), date(2018, 1, 2)).days == {
        date(2017, 12, 31).toordinal()
    }
    assert facts_of(Article("", "Senin (99/99)", "a", "id"), None).days == frozenset()


def test_a_rare_name_weighs_more() -> None:
    assert weight(["klikacc"]) == pytest.approx(np.log(2769))
    assert weight(["indonesia"]) < 1
    assert weight([]) == 0


@pytest.mark.parametrize(
    ("text", "language", "values"),
    [
        ("senilai Rp 1,8 triliun", "id", ["1.8e+12 rupiah"]),
        ("worth Rp 1.8 trillion", "en", ["1.8e+12 rupiah"]),
        ("Investasi Rp1,8 Triliun, Naik 5 Persen", "id", ["1.8e+12 rupiah", "5 persen"]),
        ("INVESTASI RP1,8 TRILIUN", "id", ["1.8e+12 rupiah"]),
        ("Raih Rp1,8 T dan US$1.8bn", "id", ["1.8e+12 rupiah", "1.8e+09 dolar"]),
        ("a $500 Million deal, 5 percent as planned", "en", ["5e+08 dolar", "5 persen"]),
        ("senilai Rp500 menit ke-12 jam", "id", ["500 rupiah", "12"]),
        ("naik 5 persen menjadi 49 stasiun", "id", ["5 persen", "49"]),
        ("pada 12 Mei 2018 dan tahun 2019", "id", ["2018-05-12"]),
        ("on May 12, 2018", "en", ["2018-05-12"]),
    ],
)
def test_amounts_and_dates_are_compared_by_value(text: str, language: str, values: list[str]) -> None:
    assert [fact.value for fact in stated_in(text, language) if fact.kind != "name"] == values  # type: ignore[arg-type]


# Decisions


def test_evidence_is_symmetric_and_named() -> None:
    one, other = telling(BCA), telling(TOLD_AGAIN, (1, 1), date(2018, 1, 18))
    figures = dict(zip(stories.EVIDENCE, evidence(one, other), strict=True))
    np.testing.assert_array_equal(evidence(one, other), evidence(other, one))
    assert figures["lead"] == pytest.approx(np.sqrt(0.5))
    assert (figures["gap"], figures["across"], figures["same_day"], figures["other_day"]) == (1, 0, 1, 0)
    assert (figures["missing"], figures["conflict"]) == (0, 0)
    assert len(stories.WEIGHTS) == len(stories.EVIDENCE)


def test_one_event_and_another() -> None:
    assert same_event(telling(BCA), telling(TOLD_AGAIN, (1, 0.6))) > 0.9
    assert same_event(telling(BCA), telling(MANDIRI, (1, 0.6))) < 0.5
    assert same_event(telling(BCA), telling(TOLD_AGAIN, (0, 1))) < 0.5


def test_a_yearly_event_is_another_one_each_time() -> None:
    assert same_event(telling(BCA), telling(BCA, day=date(2019, 1, 17))) == 0
    assert same_event(telling(BCA), telling(BCA, day=date(2018, 1, 25))) == 0


def test_without_a_day_only_what_is_very_near_counts() -> None:
    assert same_event(telling(BCA, day=None), telling(TOLD_AGAIN)) > 0.9
    assert same_event(telling(BCA, day=None), telling(TOLD_AGAIN, (1, 0.9))) == 0


def test_a_story_is_joined_by_its_nearest_telling_but_not_against_the_others() -> None:
    new = telling(TOLD_AGAIN)
    assert choose_story(new, {7: [telling(BCA)], 9: [telling(MANDIRI, (0, 1))]}).story_id == 7
    far = [telling(MANDIRI, (0, 1), number=n) for n in range(3)]
    assert choose_story(new, {7: [telling(BCA), *far]}) == Choice(None, 0.0)
    assert choose_story(new, {}) == Choice(None, 0.0)
    both = choose_story(new, {7: [telling(BCA)], 9: [telling(BCA)]})
    assert (both.story_id, both.bridges) == (7, (9,))


def test_a_story_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stories, "SPAN", 3)
    begun = [telling(BCA, day=date(2018, 1, 12)), telling(BCA)]
    assert choose_story(telling(BCA), {7: begun}).story_id is None
    assert choose_story(telling(BCA), {7: begun[1:]}).story_id == 7


# In the store


def test_tellings_of_one_event_are_one_story(store: Store) -> None:
    assert add(store, BCA, MANDIRI, TOLD_AGAIN) == ["new"] * 3
    story = store.story_of(1)
    assert story is not None
    assert (store.story_of(3), store.articles_of_story(story)) == (story, [1, 3])
    assert store.story_of(2) not in (None, story)
    assert store.story_of(99) is None


def test_a_story_keeps_its_number_and_its_articles(store: Store) -> None:
    add(store, BCA, TOLD_AGAIN)
    before = store.stories_of([1, 2])
    assert add(store, replace(MANDIRI, url=TOLD_AGAIN.url)) == ["changed"]
    assert store.stories_of([1, 2]) == before
    reindex(store, WordEmbedder("fake/b", 512))
    assert store.stories_of([1, 2]) == before
    assert store.read("select distinct fingerprint from tellings") == [("fake/b",)]
    store.remove_article(1)
    assert store.read("select id, first_article from stories") == [(before[1], None)]
    [again] = ingest(store, WordEmbedder("fake/b", 512), [article(1)])
    assert store.story_of(again.article_id or 0) not in (None, before[1])


def test_stories_that_an_article_joins_are_not_merged(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(stories, "SAME_EVENT", 1.1)
        add(store, BCA, replace(BCA, url="https://tempo.id/4", body=BCA.body.replace("Jakarta", "Bandung")))
    one, other = store.story_of(1), store.story_of(2)
    assert one is not None
    assert other not in (None, one)
    add(store, TOLD_AGAIN)
    assert store.story_of(3) in (one, other)
    assert store.bridges_of(one) == [other]


def test_article_and_story_are_stored_together_or_not_at_all(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Store, "put_telling", fail)
    with pytest.raises(ZeroDivisionError):
        add(store, BCA)
    assert [store.count(t) for t in ("articles", "stories", "tellings", "copy_bands", "chunks")] == [0] * 5


def test_old_articles_are_grouped_in_the_order_of_their_days(store: Store) -> None:
    add(store, TOLD_AGAIN, MANDIRI, BCA)
    for table in ("tellings", "stories"):
        store.connection.execute(f"delete from {table}")
    assert group_missing(store, FAKE.fingerprint) == 3
    assert store.story_of(1) == store.story_of(3)
    assert store.read("select first_article from stories order by id") == [(3,), (2,)]
    assert group_missing(store, FAKE.fingerprint) == 0
    assert join_story(store, 1, TOLD_AGAIN, "fake/unknown") is None


def test_undated_articles_are_grouped_by_words_alone(store: Store) -> None:
    undated = replace(BCA, published_at="2018", url="https://tempo.id/4", title="KlikACC digandeng BCA")
    add(
        store,
        replace(BCA, published_at=""),
        replace(MANDIRI, published_at=""),
        replace(undated, body=BCA.body + " Lagi."),
    )
    assert store.count("articles") in (2, 3)
    assert len(set(store.stories_of([1, 2, 3]).values())) == 2


# Updates


def test_a_later_report_of_the_same_facts_is_no_update(store: Store) -> None:
    add(store, BCA, TOLD_AGAIN)
    story = store.story_of(1) or 0
    assert not is_update(store, 2, story)
    assert is_update(store, 1, story) == NewFacts()


def test_a_partner_that_only_begins_sentences_is_new_all_the_same(store: Store) -> None:
    joined = replace(
        TOLD_AGAIN, title="BCA dan KlikACC Sepakat, Toyota Ikut Bergabung", body=f"{TOLD_AGAIN.body} Toyota ikut serta."
    )
    add(store, BCA, joined)
    story = store.story_of(1) or 0
    assert is_update(store, 2, story).names == ()
    assert is_update(store, 2, story, NameBook({"Toyota": ("Toyota Motor",), "BCA": ()})).names == ("Toyota",)
    store.put_article(replace(joined, partners=("BCA", "Toyota")), [])
    assert is_update(store, 2, story).names == ("Toyota",)


def test_a_partner_in_the_background_of_a_report_is_no_news(store: Store) -> None:
    late = replace(TOLD_AGAIN, body=f"{TOLD_AGAIN.body}\n\n{'Kata lain. ' * 80}\n\nToyota juga pernah.")
    add(store, BCA, late)
    book = NameBook({"Toyota": ()})
    assert not is_update(store, 2, store.story_of(1) or 0, book)


@pytest.mark.parametrize(
    ("body", "fresh"),
    [
        ("BCA menambah dana lewat KlikACC menjadi Rp 50 miliar.", NewFacts(amounts=("Rp 50 miliar",))),
        ("KlikACC, mitra BCA, mulai menyalurkan pada 1 Maret 2018.", NewFacts(dates=("1 Maret 2018",))),
        ("Selain BCA, Investree ikut serta. KlikACC dan Investree sepakat.", NewFacts(names=("Investree",))),
        ("BCA lewat KlikACC mengucurkan 25 miliar rupiah.", NewFacts()),
        ("BCA lewat KlikACC Mengucurkan Rp25 Miliar.", NewFacts()),
        ("BCA dan KlikACC menyalurkan Rp50 Triliun, ya, Rp50 Triliun.", NewFacts(amounts=("Rp50 Triliun",))),
    ],
)
def test_an_update_says_what_is_new(body: str, fresh: NewFacts) -> None:
    assert new_facts(Article("KlikACC", body, "d", "id"), [BCA, TOLD_AGAIN]) == fresh


def test_a_translation_is_no_update_for_its_words() -> None:
    english = Article(
        "BCA funds loans", "Bank BCA set aside 25 billion rupiah, Kontan Daily said. Kontan Daily.", "e", "en"
    )
    assert new_facts(english, [BCA]) == NewFacts()
    assert new_facts(replace(english, partners=("Kontan Daily",)), [BCA]).names == ("Kontan Daily",)


# Answers


def hit(chunk: int, of: int) -> Hit:
    return Hit(chunk, of, "id", 1.0, 1.0, 1.0)


def test_of_one_story_two_tellings_are_looked_at() -> None:
    hits = [hit(n, n) for n in range(1, 8)]
    assert [h.article_id for h in passages_of(hits, {1: 5, 2: 5, 3: 5, 4: 5, 6: 9})] == [1, 2, 5, 6]
    assert [h.article_id for h in passages_of(hits, {})] == [1, 2, 3, 4]
    assert passages_of([], {}) == Retrieved((), {}, None).hits


def candidate(of: int, text: str, angle: float) -> Candidate:
    vector = np.array([np.cos(angle), np.sin(angle)], np.float32)
    return Candidate(of, Span(0, len(text)), text, hit(of, of), 0, 0, 1.0, 1.0, vector, frozenset(), frozenset())


def test_tellings_of_one_story_are_one_quote_sooner() -> None:
    some = [candidate(1, "BCA memberi Rp 25 miliar.", 0), candidate(2, "Rp 25 miliar dari BCA.", np.arccos(0.94))]
    assert [[c.article_id for c in g] for g in _choose(some, {1: 5, 2: 5})] == [[1, 2]]
    assert [[c.article_id for c in g] for g in _choose(some, {1: 5, 2: 6})] == [[1], [2]]
    other = [some[0], candidate(2, "Rp 50 miliar dari BCA.", np.arccos(0.94))]
    assert [[c.article_id for c in g] for g in _choose(other, {1: 5, 2: 5})] == [[1], [2]]


def test_the_nearest_articles_are_of_different_stories(store: Store) -> None:
    add(store, BCA, TOLD_AGAIN, MANDIRI)
    assert [c.article_id for c in nearest([hit(1, 2), hit(2, 1), hit(3, 3)], store)] == [2, 3]


def test_a_citation_names_its_state_and_where_else_it_stands() -> None:
    quote = Quote(1, BCA.body[:10], 1, 0, 10, "id")
    [cited] = citations_of([quote], {1: BCA}, {1: 4}, {1: [Link(1, "k", "https://k.id", "Kompas", "", "k", "")]})
    assert (cited.revision, cited.elsewhere) == (4, (("Kompas", "https://k.id"),))
    [plain] = citations_of([quote], {1: BCA})
    assert (plain.revision, plain.elsewhere) == (0, ())
