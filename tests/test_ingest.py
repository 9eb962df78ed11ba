"""What becomes of articles that are added, and of all of them on reindex."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fakes import WordEmbedder
from news import DIMENSION, altered, article, articles, long_article
from numpy.typing import NDArray

from index import chunk, ingest
from index.errors import EmbedderError, ModelMismatchError
from index.passages import drafts_of
from index.store import Store
from index.types import Article, Vectors


class Counting:
    """The fake embedder, which remembers what it was asked."""

    def __init__(self, fingerprint: str = "fake/a") -> None:
        self.fingerprint = fingerprint
        self.dimension = DIMENSION
        self.asked: list[str] = []
        self.calls = 0
        self.fails_at = 0
        self._words = WordEmbedder(fingerprint, DIMENSION)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        self.calls += 1
        if self.calls == self.fails_at:
            raise KeyboardInterrupt
        self.asked += texts
        return self._words.embed_passages(texts)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        return self._words.embed_query(text)

    def forget(self) -> None:
        self.asked, self.calls = [], 0


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "warta.db") as opened:
        yield opened


@pytest.fixture
def embedder() -> Counting:
    return Counting()


def add(store: Store, embedder: Counting, *some: Article) -> list[str]:
    return [outcome.status for outcome in ingest.ingest(store, embedder, some)]


def texts_of(one: Article) -> set[str]:
    return {text for p in drafts_of(one)[1] for text in (p.text, *p.sentences)}


def test_each_article_has_one_outcome(store: Store, embedder: Counting) -> None:
    assert add(store, embedder, article(1), article(2)) == ["new", "new"]
    copy = replace(article(1), url="https://lain.example/1")
    empty = replace(article(3), body="")
    *known, same, failed = ingest.ingest(store, embedder, [article(1), article(2, version=2), article(4), copy, empty])
    assert [(o.status, o.article_id, o.location, o.title) for o in known] == [
        ("unchanged", 1, "/berita/1.txt", "Judul 1"),
        ("changed", 2, "/berita/2.txt", "Judul 2"),
        ("new", 3, "/berita/4.txt", "Judul 4"),
    ]
    assert (same.status, same.article_id) == ("duplicate", 1)
    assert same.detail == "the same text as https://berita.example/1"
    assert (failed.status, failed.article_id) == ("failed", None)
    assert "no text" in failed.detail
    assert [store.article(i) for i in store.article_ids()] == [article(1), article(2, version=2), article(4)]
    assert store.read("select key, article_id from article_keys") == [("https://lain.example/1", 1)]


def test_a_file_name_that_is_no_unicode_fails_alone(store: Store, embedder: Counting) -> None:
    odd = replace(article(2, url=False), location="/berita/\udcff.txt")
    torn = altered(article(3), "Teks \ud800 rusak.")
    first, second, third = ingest.ingest(store, embedder, [odd, torn, article(1)])
    assert [o.status for o in (first, second, third)] == ["failed", "failed", "new"]
    assert "rename the file" in first.detail
    assert first.detail.isprintable()


def test_equal_articles_in_one_batch_are_one(store: Store, embedder: Counting) -> None:
    copy = replace(article(1), url="https://lain.example/1")
    assert add(store, embedder, article(1), copy, article(1), article(1, version=1)) == [
        "new", "duplicate", "unchanged", "changed",
    ]  # fmt: skip
    assert store.count("articles") == 1
    assert store.article(1) == article(1, version=1)
    assert (
        len(embedder.asked) == len(set(embedder.asked)) == len(texts_of(article(1)) | texts_of(article(1, version=1)))
    )


def test_a_batch_of_known_articles_takes_no_lock(store: Store, embedder: Counting) -> None:
    add(store, embedder, article(1), article(2))
    with Store(store.path) as other, other.transaction():
        other.set_meta("name", "value")
        store.connection.execute("pragma busy_timeout = 50")
        assert add(store, embedder, article(1), article(2)) == ["unchanged", "unchanged"]


def test_only_texts_without_a_vector_are_embedded(store: Store, embedder: Counting) -> None:
    one = long_article(6)
    add(store, embedder, one)
    assert sorted(embedder.asked) == sorted(texts_of(one))
    embedder.forget()
    assert add(store, embedder, one, replace(one, title="Judul lain")) == ["unchanged", "changed"]
    assert embedder.asked == []
    last = store.chunks_of(1)[-1].sentences[-1]
    assert add(store, embedder, altered(one, one.body[: last.start] + "Akhirnya lain.")) == ["changed"]
    new = drafts_of(store.article(1))[1][-1]
    assert sorted(embedder.asked) == sorted([new.text, *new.sentences])


def test_batches_are_committed_as_they_are_done(
    store: Store, embedder: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "BATCH_CHUNKS", 2)
    outcomes = ingest.ingest(store, embedder, [article(n) for n in (1, 2, 3, 4, 5)])
    seen = []
    with Store(store.path) as other:
        for outcome in outcomes:
            assert outcome.article_id in other.article_ids()
            seen.append(other.count("articles"))
    assert seen == [2, 2, 4, 4, 5]


def test_what_another_process_brought_meanwhile_is_seen(store: Store) -> None:
    """Between looking an article up and taking the lock there is time: the embedder takes seconds."""

    class Slow(Counting):
        def embed_passages(self, texts: Sequence[str]) -> Vectors:
            if not self.calls:
                with Store(store.path) as other:
                    add(other, Counting(), article(1), article(2, version=5), replace(article(3), title="Lain"))
            return super().embed_passages(texts)

    embedder = Slow()
    assert add(store, embedder, article(1), article(2), article(3), article(4)) == [
        "unchanged", "changed", "changed", "new",
    ]  # fmt: skip
    assert [store.article(i) for i in store.article_ids()] == [article(n) for n in (1, 2, 3, 4)]
    assert store.articles_without_vectors(embedder.fingerprint) == []


def test_what_was_unchanged_may_have_changed_meanwhile(store: Store, embedder: Counting) -> None:
    add(store, embedder, article(1))

    class Slow(Counting):
        def embed_passages(self, texts: Sequence[str]) -> Vectors:
            if not self.calls:
                with Store(store.path) as other:
                    other.remove_article(1)
                    other.drop_unused_vectors(self.fingerprint)
            return super().embed_passages(texts)

    assert add(store, Slow(), article(1), article(2)) == ["new", "new"]
    assert {store.article(i).title for i in store.article_ids()} == {"Judul 1", "Judul 2"}
    assert store.articles_without_vectors(embedder.fingerprint) == []


def test_another_model_is_refused_before_and_meanwhile(store: Store, embedder: Counting) -> None:
    add(store, embedder, article(1))
    with pytest.raises(ModelMismatchError, match=r"fake/a.*fake/b.*warta reindex"):
        add(store, Counting("fake/b"), article(2))

    class Slow(Counting):
        def embed_passages(self, texts: Sequence[str]) -> Vectors:
            with Store(store.path) as other:
                ingest.reindex(other, Counting("fake/b"))
            return super().embed_passages(texts)

    with pytest.raises(ModelMismatchError):
        add(store, Slow(), article(2))
    assert store.count("articles") == 1


@pytest.mark.parametrize("what", ["nan", "few", "narrow"])
def test_a_model_that_gives_nonsense_is_stopped(store: Store, what: str) -> None:
    class Broken(Counting):
        def embed_passages(self, texts: Sequence[str]) -> Vectors:
            vectors = super().embed_passages(texts)
            vectors[-1, 0] = np.nan if what == "nan" else vectors[-1, 0]
            return {"nan": vectors, "few": vectors[:-1], "narrow": vectors[:, :-1]}[what]

    with pytest.raises(EmbedderError, match="nothing of this batch was stored"):
        add(store, Broken(), article(1))
    assert (store.count("articles"), store.count("vectors")) == (0, 0)


# Reindex


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
    report = ingest.reindex(store, embedder)
    assert (contents(store), store.last_change(), embedder.asked) == (before, last, [])
    assert report == ingest.Reindexed(20, store.count("chunks"), 0, len({p for p, *_ in before[2]}))  # type: ignore[attr-defined]
    assert store.mark(0) != mark  # so that every index in memory is built again, whatever was wrong with it
    full = ingest.reindex(store, embedder, full=True)
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
    ingest.reindex(store, embedder)
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
    report = ingest.reindex(store, embedder)
    assert (report.embedded, embedder.calls) == (1, 1)
    assert contents(store) == before


def test_another_model_takes_over_at_the_end(store: Store, embedder: Counting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "STEP", 2)
    add(store, embedder, *articles(8))
    before, other = contents(store), Counting("fake/b")
    other.fails_at = 3
    with pytest.raises(KeyboardInterrupt):
        ingest.reindex(store, other)
    ingest.check_model(store, "fake/a")  # the old one still serves
    kept = [row for row in contents(store)[2] if row[1] == "fake/a"]  # type: ignore[attr-defined]
    assert [*contents(store)[:2], kept] == before
    done = {p.text_hash for one in articles(4) for p in drafts_of(one)[1]}
    assert store.known_vectors(done, "fake/b") == done

    other.fails_at = 0
    other.forget()
    report = ingest.reindex(store, other)
    assert report.reused == len(done)
    assert set(other.asked) == {text for one in articles(8)[4:] for text in texts_of(one)}
    ingest.check_model(store, "fake/b")
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

    ingest.reindex(store, Slow("fake/b"))
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
    ingest.reindex(store, Counting("fake/b"))
    assert store.article(1) == shorter
    assert store.drafts_stored(1) == drafts_of(shorter)[0]
    assert store.drafts_stored(2) == drafts_of(long_article(12))[0]
    assert store.articles_without_vectors("fake/b") == []


def test_progress_reaches_its_end(store: Store, embedder: Counting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "STEP", 3)
    add(store, embedder, *articles(7))
    seen: list[tuple[str, int, int]] = []
    ingest.reindex(store, embedder, progress=lambda *step: seen.append(step))
    assert seen == [("reindex", at, 7) for at in (0, 3, 6, 7)]


def test_the_words_of_the_title_are_found_as_well() -> None:
    one = Article("Lin Dan juara Malaysia Open", "Pebulutangkis itu menang di final.", "a", "id")
    drafts, passages = drafts_of(one)
    assert {"malaysia", "open"} <= set(drafts[0].lemmas.split())
    assert passages[0].text == one.body  # but it is not embedded
