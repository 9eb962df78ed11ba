"""All articles derived anew: nothing that is searched changes before the swap, and nothing is done twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from news import Counting, altered, article, articles, long_article

from index import chunk, reindexing
from index.ingest import check_model, ingest
from index.passages import drafts_of
from index.store import Store
from index.types import Article, Vectors


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "warta.db") as opened:
        yield opened


@pytest.fixture
def embedder() -> Counting:
    return Counting()


def add(store: Store, embedder: Counting, *some: Article) -> None:
    for outcome in ingest(store, embedder, some):
        assert outcome.status in ("new", "changed")


def texts_of(one: Article) -> set[str]:
    return {text for p in drafts_of(one)[1] for text in (p.text, *p.sentences)}


def contents(store: Store) -> list[object]:
    return [
        store.read("select * from chunks order by id"),
        store.read("select rowid, lemmas from chunks_fts order by rowid"),
        store.read("select * from vectors order by text_hash, fingerprint"),
    ]


def test_reindexing_what_is_up_to_date_changes_nothing(store: Store, embedder: Counting) -> None:
    add(store, embedder, *articles(20))
    before, last, mark = contents(store), store.last_change(), store.mark(0)
    embedder.forget()
    report = reindexing.reindex(store, embedder)
    assert (contents(store), store.last_change(), embedder.asked) == (before, last, [])
    assert report == reindexing.Reindexed(20, store.count("chunks"), 0, len({p for p, *_ in before[2]}))  # type: ignore[attr-defined]
    assert store.mark(0) != mark  # so that every index in memory is built again, whatever was wrong with it
    full = reindexing.reindex(store, embedder, full=True)
    assert (full.embedded, full.reused) == (report.reused, 0)
    assert {text for one in articles(20) for text in texts_of(one)} == set(embedder.asked)
    assert (contents(store), store.last_change()) == (before, last)


def test_reindexing_follows_the_rules(store: Store, embedder: Counting, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(chunk, "TARGET_WORDS", 30)
        patched.setattr(chunk, "FULL_WORDS", 60)
        add(store, embedder, *articles(8))
        old = contents(store)
    assert [drafts_of(store.article(i))[0] for i in store.article_ids()] != [
        store.drafts_stored(i) for i in store.article_ids()
    ]
    reindexing.reindex(store, embedder)
    for number in store.article_ids():
        assert store.drafts_stored(number) == drafts_of(store.article(number))[0]
    with Store(store.path.with_name("fresh.db")) as fresh:
        add(fresh, Counting(), *articles(8))
        assert contents(store)[2] == contents(fresh)[2] != old[2]
        assert sorted(store.read("select lemmas from chunks_fts")) == sorted(
            fresh.read("select lemmas from chunks_fts")
        )
    assert set(store.changes_since(0).added) == {row[0] for row in store.read("select id from chunks")}


def test_reindexing_repairs_what_is_missing(store: Store, embedder: Counting) -> None:
    add(store, embedder, *articles(6))
    before = contents(store)
    gone = store.read("select id, text_hash from chunks limit 1")[0]
    store.connection.execute("delete from vectors where text_hash = ?", [gone[1]])
    store.connection.execute("delete from chunks_fts where rowid = ?", [gone[0]])
    store.connection.execute("insert into chunks_fts (rowid, lemmas) values (999, 'yatim')")
    embedder.forget()
    report = reindexing.reindex(store, embedder)
    assert (report.embedded, embedder.calls) == (1, 1)
    assert contents(store) == before


def test_another_model_takes_over_at_the_end(store: Store, embedder: Counting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reindexing, "EMBED_STEP", 2)
    add(store, embedder, *articles(8))
    before, other = contents(store), Counting("fake/b")
    other.fails_at = 3
    with pytest.raises(KeyboardInterrupt):
        reindexing.reindex(store, other)
    check_model(store, "fake/a")  # the old one still serves
    kept = [row for row in contents(store)[2] if row[1] == "fake/a"]  # type: ignore[attr-defined]
    assert [*contents(store)[:2], kept] == before
    done = {p.text_hash for one in articles(4) for p in drafts_of(one)[1]}
    assert store.known_vectors(done, "fake/b") == done

    other.fails_at = 0
    other.forget()
    report = reindexing.reindex(store, other)
    assert report.reused == len(done)
    assert set(other.asked) == {text for one in articles(8)[4:] for text in texts_of(one)}
    check_model(store, "fake/b")
    assert {row[1] for row in contents(store)[2]} == {"fake/b"}  # type: ignore[attr-defined]
    assert store.articles_without_vectors("fake/b") == []


def test_articles_that_come_in_during_a_reindex_are_part_of_it(store: Store, embedder: Counting) -> None:
    add(store, embedder, *articles(4))

    class Slow(Counting):
        def embed_passages(self, texts: Sequence[str]) -> Vectors:
            if not self.calls:
                with Store(store.path) as late:
                    add(late, Counting(), article(30), article(1, version=9))
                    late.remove_article(1)
            assert not store.connection.in_transaction  # nobody has to wait for a model
            return super().embed_passages(texts)

    reindexing.reindex(store, Slow("fake/b"))
    assert {store.article(i).title for i in store.article_ids()} == {"Judul 1", "Judul 2", "Judul 3", "Judul 30"}
    assert store.articles_without_vectors("fake/b") == []
    for number in store.article_ids():
        assert store.drafts_stored(number) == drafts_of(store.article(number))[0]


def test_what_changes_at_the_last_moment_wins(
    store: Store, embedder: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(chunk, "TARGET_WORDS", 30)
        patched.setattr(chunk, "FULL_WORDS", 60)
        add(store, embedder, long_article(6), long_article(12))
    shorter = altered(long_article(6), "Tinggal satu kalimat.")
    put_fully = Store.repair_full_text

    def overtaken(self: Store, *, rebuild: bool = False) -> None:
        self.put_article(shorter, drafts_of(shorter)[0])  # as if committed just before the lock was taken
        put_fully(self, rebuild=rebuild)

    monkeypatch.setattr(Store, "repair_full_text", overtaken)
    reindexing.reindex(store, Counting("fake/b"))
    assert store.article(1) == shorter
    assert store.drafts_stored(1) == drafts_of(shorter)[0]
    assert store.drafts_stored(2) == drafts_of(long_article(12))[0]
    assert store.articles_without_vectors("fake/b") == []


def test_progress_reaches_the_end_of_each_stage(
    store: Store, embedder: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reindexing, "STEP", 3)
    monkeypatch.setattr(reindexing, "EMBED_STEP", 1)
    add(store, embedder, article(1), article(2), article(3), article(4))
    chunks = [len(drafts_of(article(number))[0]) for number in range(1, 5)]
    seen: list[tuple[str, int, int]] = []
    reindexing.reindex(store, Counting("fake/b"), progress=lambda *step: seen.append(step))
    embedded = [("embed", sum(chunks[:at]), sum(chunks)) for at in range(5)]
    assert seen == [("plan", at, 4) for at in (0, 3, 4)] + embedded


def interrupted(store: Store, call: int) -> set[str]:
    """A full run that is stopped at its nth call of the model; gives the texts that it had embedded."""
    broken = Counting()
    broken.fails_at = call
    with pytest.raises(KeyboardInterrupt):
        reindexing.reindex(store, broken, full=True)
    return set(broken.asked)


def test_an_interrupted_full_run_goes_on(store: Store, embedder: Counting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reindexing, "EMBED_STEP", 1)
    add(store, embedder, *articles(8))
    before = contents(store)
    done = interrupted(store, 7)
    assert done == {text for one in articles(6) for text in texts_of(one)}
    serving = [row for row in contents(store)[2] if row[1] == "fake/a"]  # type: ignore[attr-defined]
    assert [*contents(store)[:2], serving] == before  # what answers is still what it was
    embedder.forget()
    report = reindexing.reindex(store, embedder, full=True)
    assert set(embedder.asked) == {text for one in articles(8)[6:] for text in texts_of(one)}
    assert report.reused == sum(len(drafts_of(one)[0]) for one in articles(6))
    assert contents(store) == before
    embedder.forget()
    assert reindexing.reindex(store, embedder, full=True).reused == 0  # that run is over; this is another


def test_a_full_run_that_was_interrupted_long_ago_begins_anew(store: Store, embedder: Counting) -> None:
    add(store, embedder, *articles(8))
    interrupted(store, 2)
    store.set_meta(reindexing.META_FULL, str(1_000_000_000 - reindexing.FULL_DAYS * 86_400))
    assert reindexing.prepare(store, embedder, full=True, now=1_000_000_000 - 1).reused > 0
    assert reindexing.prepare(store, embedder, full=True, now=1_000_000_000).reused == 0


def test_a_full_run_replaces_what_was_wrong(store: Store, embedder: Counting) -> None:
    add(store, embedder, *articles(4))
    before = contents(store)
    store.connection.execute("update vectors set vector = zeroblob(128)")
    reindexing.reindex(store, embedder)
    assert contents(store) != before
    reindexing.reindex(store, embedder, full=True)
    assert contents(store) == before


def test_a_generation_that_is_forgotten_leaves_nothing(store: Store, embedder: Counting) -> None:
    add(store, embedder, *articles(4))
    before = contents(store)
    reindexing.prepare(store, Counting("fake/b"))
    reindexing.prepare(store, embedder, full=True)
    assert contents(store) != before
    reindexing.forget(store)
    assert contents(store) == before
    assert store.meta(reindexing.META_FULL) == ""
