"""What came in and is news is there until somebody has dealt with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from news import DIMENSION, altered, article, articles, copy_of

from index.cli import run
from index.ingest import ingest
from index.store import Store
from index.types import Article
from tests.fakes import WordEmbedder, fake_engine

FAKE = WordEmbedder("fake/a", DIMENSION)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "warta.db") as opened:
        yield opened


def add(store: Store, some: Sequence[Article], news: bool = True) -> list[str]:
    return [outcome.status for outcome in ingest(store, FAKE, some, lambda one: news)]


def arrived(store: Store) -> list[tuple[int, str]]:
    return [(one.article_id, one.copy_key) for one in store.arrivals()]


def test_a_new_article_and_a_new_copy_arrive_once(store: Store) -> None:
    first, copy = article(1), copy_of(article(1))
    assert add(store, [first, copy, first, copy, article(2)]) == ["new", "duplicate", "unchanged", "duplicate", "new"]
    assert arrived(store) == [(1, ""), (1, copy.key), (2, "")]
    assert add(store, [copy, first, altered(first, article(3).body)]) == ["duplicate", "unchanged", "changed"]
    assert len(arrived(store)) == 3


def test_a_near_copy_arrives_as_a_copy(store: Store) -> None:
    first = article(6, paragraphs=6)
    near = replace(first, url="https://lain.example/6", body=f"{first.body}\n\nBaca juga kabar lain hari ini.")
    assert add(store, [first, near]) == ["new", "duplicate"]
    assert arrived(store) == [(1, ""), (1, near.key)]


def test_what_is_no_news_does_not_arrive(store: Store) -> None:
    assert add(store, [article(1), copy_of(article(1))], news=False) == ["new", "duplicate"]
    assert arrived(store) == []
    assert add(store, [article(1), copy_of(article(1))]) == ["unchanged", "duplicate"]  # nor later
    assert arrived(store) == []


def test_each_article_by_itself(store: Store) -> None:
    statuses = [one.status for one in ingest(store, FAKE, articles(4), lambda one: one.key.endswith(("1", "3")))]
    assert statuses == ["new"] * 4
    assert arrived(store) == [(2, ""), (4, "")]


def test_numbers_go_up_and_are_not_used_again(store: Store) -> None:
    assert store.last_arrival() == 0
    add(store, articles(3))
    assert [one.seq for one in store.arrivals(limit=2)] == [1, 2]
    assert store.drop_arrival(3)
    assert not store.drop_arrival(3)
    assert store.last_arrival() == 3
    add(store, [article(9)])
    assert [one.seq for one in store.arrivals()] == [1, 2, 4]
    assert store.arrivals()[0].arrived_at == store.read("select added_at from articles where id = 1")[0][0]


def test_arrivals_go_with_their_article(store: Store) -> None:
    add(store, [article(1), copy_of(article(1))])
    store.remove_article(1)
    assert arrived(store) == []


def test_a_batch_that_fails_leaves_neither_article_nor_arrival(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Store.put_arrival

    def failing(self: Store, article_id: int, copy_key: str = "") -> None:
        kept(self, article_id, copy_key)
        if article_id == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(Store, "put_arrival", failing)
    with pytest.raises(KeyboardInterrupt):
        add(store, articles(5))
    assert (store.article_ids(), arrived(store)) == ([], [])


@pytest.mark.parametrize(("option", "expected"), [((), [(1, "")]), (("--no-alerts",), [])])
def test_adding_by_hand(
    tmp_path: Path, option: tuple[str, ...], expected: list[tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.embed.engines.engine_of", lambda *_, **__: fake_engine())
    file = tmp_path / "one.txt"
    file.write_text("Grab dan KAI\n\nGrab membuka GrabVenue di 49 stasiun kereta di Jabodetabek.", encoding="utf-8")
    assert run(["add", "--data", str(tmp_path / "data"), *option, str(file)]) == 0
    with Store(tmp_path / "data" / "warta.db") as opened:
        assert arrived(opened) == expected
