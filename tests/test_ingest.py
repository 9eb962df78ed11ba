"""What becomes of articles that are added."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from news import Counting, altered, article, long_article, without_vectors

from index import ingest
from index.errors import EmbedderError, ModelMismatchError
from index.passages import drafts_of
from index.reindexing import reindex
from index.store import Store
from index.types import Article, Vectors


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
    assert without_vectors(store, embedder.fingerprint) == []


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
    assert without_vectors(store, embedder.fingerprint) == []


def test_another_model_is_refused_before_and_meanwhile(store: Store, embedder: Counting) -> None:
    add(store, embedder, article(1))
    with pytest.raises(ModelMismatchError, match=r"fake/a.*fake/b.*warta reindex"):
        add(store, Counting("fake/b"), article(2))

    class Slow(Counting):
        def embed_passages(self, texts: Sequence[str]) -> Vectors:
            with Store(store.path) as other:
                reindex(other, Counting("fake/b"))
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


def test_the_words_of_the_title_are_found_as_well() -> None:
    one = Article("Lin Dan juara Malaysia Open", "Pebulutangkis itu menang di final.", "a", "id")
    drafts, passages = drafts_of(one)
    assert {"malaysia", "open"} <= set(drafts[0].lemmas.split())
    assert passages[0].text == one.body  # but it is not embedded
