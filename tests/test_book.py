"""What is remembered of sources, of what they showed, and of jobs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from index.jobs import KEPT
from index.sources.book import Item, Source, SourceBook
from index.store import Store

URL = "https://berita.example/rss"
ITEM = Item("url:https://berita.example/a", "https://berita.example/a", "Judul", "2026-11-20", "s", article_id=7)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[SourceBook]:
    with Store(tmp_path / "warta.db"), SourceBook(tmp_path / "warta.db") as book:  # they share the file
        yield book


def add(book: SourceBook, url: str = URL) -> Source:
    added = book.add(url, "feed", now=100.0, every=600.0, title="Kabar", publisher="Contoh")
    assert added is not None
    return added


def test_a_source_once(book: SourceBook) -> None:
    added = add(book)
    assert (added.id, added.title, added.publisher, added.active, added.primed) == (1, "Kabar", "Contoh", True, False)
    assert book.add(URL, "page", now=1.0, every=1.0) is None
    assert book.by_url(URL) == book.by_id(1) == book.all()[0] == added
    assert book.by_url("x") is book.by_id(9) is None


def test_numbers_are_not_used_again(book: SourceBook) -> None:
    add(book)
    book.remove(1)
    assert add(book).id == 2


def test_what_is_due(book: SourceBook) -> None:
    for number, at in enumerate((300.0, 100.0, 200.0, 100.0 + 9 * 86_400), start=1):
        add(book, f"{URL}/{number}")
        book.update(number, next_fetch=at)
    assert [source.id for source in book.due(200.0)] == [2, 3, 4]  # the last by a clock that was wrong
    book.update(2, active=False)
    assert [source.id for source in book.due(200.0)] == [3, 4]


def test_items_go_with_their_source(book: SourceBook) -> None:
    add(book)
    book.keep_items(1, [ITEM], 1.0)
    assert book.items(1, [ITEM.key, "x"]) == {ITEM.key: ITEM}
    changed = replace(ITEM, state="failed", attempts=2, detail="404", first_sight=True)
    book.keep_items(1, [changed], 2.0)
    assert book.items(1, [ITEM.key]) == {ITEM.key: changed}
    book.remove(1)
    assert book.items(1, [ITEM.key]) == {}


def test_a_source_that_is_gone_remembers_nothing(book: SourceBook) -> None:
    book.keep_items(1, [ITEM], 1.0)
    assert book.count("source_items") == 0


def test_elsewhere(book: SourceBook) -> None:
    add(book)
    add(book, f"{URL}/2")
    guid = replace(ITEM, key="guid:1", article_id=8)
    failed = replace(ITEM, key="url:https://berita.example/b", state="failed", article_id=None)
    book.keep_items(1, [ITEM, guid, failed], 1.0)
    keys = [ITEM.key, guid.key, failed.key]
    assert book.stored_elsewhere(2, keys) == {ITEM.key: 7}  # a GUID means something within its feed only
    assert book.stored_elsewhere(1, keys) == {}


def test_what_is_to_be_tried_again(book: SourceBook) -> None:
    add(book)
    states = (
        ("a", "stored", 0.0),
        ("b", "failed", 50.0),
        ("c", "failed", 150.0),
        ("d", "gone", 0.0),
        ("e", "fetched", 0.0),
    )
    book.keep_items(1, [replace(ITEM, key=key, state=state, next_try=at) for key, state, at in states], 1.0)  # type: ignore[arg-type]
    assert [item.key for item in book.to_retry(1, 100.0)] == ["b", "e"]
    assert [item.key for item in book.failures(1)] == ["b", "c", "d"]
    assert book.counts() == {1: (1, 3)}


def test_jobs(book: SourceBook) -> None:
    assert book.last_job("sync") is None
    number = book.begin_job("sync", 42, 1.0)
    book.show_progress(number, "sync", 3, 9, 2.0)
    running = book.last_job("sync")
    assert running is not None
    assert (running.pid, running.done, running.total, running.finished_at, running.report) == (42, 3, 9, None, {})
    book.end_job(number, {"new": 1}, 3.0)
    ended = book.last_job("sync")
    assert ended is not None
    assert (ended.finished_at, ended.report) == (3.0, {"new": 1})


def test_old_jobs_are_forgotten(book: SourceBook) -> None:
    with book.transaction():
        for _ in range(KEPT + 5):
            book.begin_job("sync", 1, 1.0)
    assert book.count("jobs") == KEPT
