"""All articles derived anew: nothing that is searched changes before the swap, and nothing is done twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from news import Counting, altered, article, articles, long_article, without_vectors

from index import chunk, database, reindexing
from index.ingest import check_model, ingest
from index.passages import Passage, drafts_of
from index.store import ChunkDraft, Store
from index.types import Article, Embedder, Vectors


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "warta.db") as opened:
        yield opened


@pytest.fixture
def embedder() -> Counting:
    return Counting()


@pytest.fixture(autouse=True)
def nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "TURN_S", 0.0)


def add(store: Store, embedder: Counting, *some: Article) -> None:
    for outcome in ingest(store, embedder, some):
        assert outcome.status in ("new", "changed")


def texts_of(one: Article) -> set[str]:
    return {text for p in drafts_of(one)[1] for text in (p.text, *p.sentences)}


LONG = [long_article(number) for number in range(8)]
"""Whose chunks are others by other rules."""


def add_by_other_rules(store: Store, embedder: Counting) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(chunk, "TARGET_WORDS", 30)
        patched.setattr(chunk, "FULL_WORDS", 60)
        add(store, embedder, *LONG)


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


def test_reindexing_follows_the_rules(store: Store, embedder: Counting) -> None:
    add_by_other_rules(store, embedder)
    old = contents(store)
    assert [drafts_of(store.article(i))[0] for i in store.article_ids()] != [
        store.drafts_stored(i) for i in store.article_ids()
    ]
    reindexing.reindex(store, embedder)
    for number in store.article_ids():
        assert store.drafts_stored(number) == drafts_of(store.article(number))[0]
    with Store(store.path.with_name("fresh.db")) as fresh:
        add(fresh, Counting(), *LONG)
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
    assert without_vectors(store, "fake/b") == []


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
    assert without_vectors(store, "fake/b") == []
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
    catch_up = reindexing._catch_up

    def overtaken(store: Store, embedder: Embedder, made: reindexing.Generation) -> None:
        catch_up(store, embedder, made)
        store.put_article(shorter, drafts_of(shorter)[0])  # as if committed just before the lock was taken

    monkeypatch.setattr(reindexing, "_catch_up", overtaken)
    reindexing.reindex(store, Counting("fake/b"))
    assert store.article(1) == shorter
    assert store.drafts_stored(1) == drafts_of(shorter)[0]
    assert store.drafts_stored(2) == drafts_of(long_article(12))[0]
    assert without_vectors(store, "fake/b") == []


def due(store: Store) -> list[int]:
    """Articles whose chunks are not as the rules make them."""
    return [i for i in store.article_ids() if drafts_of(store.article(i))[0] != store.drafts_stored(i)]


def test_each_article_changes_hands_whole(store: Store, embedder: Counting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reindexing, "SWAP_STEP", 2)
    add_by_other_rules(store, embedder)
    assert due(store) == list(range(1, 9))
    made, put, calls = reindexing.prepare(store, embedder), Store.put_chunks, 0

    def killed(self: Store, article_id: int, drafts: Sequence[ChunkDraft]) -> None:
        nonlocal calls
        calls += 1
        put(self, article_id, drafts)
        if calls == 6:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Store, "put_chunks", killed)
        with pytest.raises(KeyboardInterrupt):
            reindexing.swap(store, embedder, made)
    assert due(store) == [5, 6, 7, 8]  # two pairs had changed; the third was undone
    assert without_vectors(store, "fake/a") == []
    assert set(store.changes_since(0).added) == {row[0] for row in store.read("select id from chunks")}
    embedder.forget()
    reindexing.reindex(store, embedder)
    assert (due(store), embedder.asked) == ([], [])
    with Store(store.path.with_name("fresh.db")) as fresh:
        add(fresh, Counting(), *LONG)
        assert contents(store)[2] == contents(fresh)[2]


def test_others_write_between_the_steps_of_a_swap(
    store: Store, embedder: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reindexing, "SWAP_STEP", 2)
    add_by_other_rules(store, embedder)
    made, seen = reindexing.prepare(store, embedder), []
    with Store(store.path, busy_timeout=0.0) as other:

        def write(seconds: float) -> None:
            seen.append(seconds)
            other.set_meta("note", "written")

        monkeypatch.setattr(database.time, "sleep", write)
        reindexing.swap(store, embedder, made)
    assert len(seen) == 3  # between four pairs of articles


def test_what_changes_during_a_swap_is_caught_up_with(
    store: Store, embedder: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reindexing, "SWAP_STEP", 2)
    add_by_other_rules(store, embedder)
    changed, new = altered(LONG[5], "Tinggal satu kalimat."), article(30)

    def write(stage: str, done: int, total: int) -> None:
        if done == 2:
            with pytest.MonkeyPatch.context() as patched, Store(store.path) as other:
                patched.setattr(chunk, "TARGET_WORDS", 30)
                patched.setattr(chunk, "FULL_WORDS", 60)
                add(other, Counting(), changed, new)

    reindexing.swap(store, embedder, reindexing.prepare(store, embedder), write)
    assert store.article(6) == changed
    assert due(store) == []
    assert without_vectors(store, "fake/a") == []
    assert {store.article(i).title for i in store.article_ids()} == {one.title for one in (*LONG, new)}


def test_a_new_model_takes_over_in_one_transaction(
    store: Store, embedder: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_by_other_rules(store, embedder)
    rows, other = contents(store), Counting("fake/b")
    made, sign = reindexing.prepare(store, other, full=True), reindexing._sign
    with Store(store.path) as reader:

        def look(store: Store, made: reindexing.Generation) -> None:
            serving = [row for row in contents(reader)[2] if row[1] == "fake/a"]  # type: ignore[attr-defined]
            assert [*contents(reader)[:2], serving] == rows
            assert due(store) == []
            sign(store, made)

        monkeypatch.setattr(reindexing, "_sign", look)
        reindexing.swap(store, other, made)
    assert {row[1] for row in contents(store)[2]} == {"fake/b"}  # type: ignore[attr-defined]
    assert without_vectors(store, "fake/b") == []


def test_only_vectors_that_differ_are_replaced_and_logged(store: Store, embedder: Counting) -> None:
    add(store, embedder, *articles(4))
    before, last = contents(store), store.last_change()
    [(chunk_id, name)] = store.read("select id, text_hash from chunks limit 1")
    store.connection.execute("update vectors set vector = zeroblob(128) where text_hash = ?", [name])
    reindexing.reindex(store, embedder, full=True)
    assert contents(store) == before
    changes = store.changes_since(last)
    assert (changes.last, changes.added, changes.removed) == (last + 1, (chunk_id,), ())


def test_what_was_found_right_is_not_derived_again(
    store: Store, embedder: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(store, embedder, *articles(6))
    derived: list[str] = []

    def counted(one: Article) -> tuple[list[ChunkDraft], list[Passage]]:
        derived.append(one.title)
        return drafts_of(one)

    def derived_by(statement: str) -> list[str]:
        store.connection.execute(statement)
        derived.clear()
        reindexing.reindex(store, embedder)
        return sorted(set(derived))

    monkeypatch.setattr(reindexing, "drafts_of", counted)
    everything = sorted(one.title for one in articles(6))
    assert derived_by("select 1") == everything
    assert derived_by("select 1") == []
    assert derived_by("update chunks set sentences = '[]' where article_id = 2") == ["Judul 1"]
    assert derived_by(
        "update chunks_fts set lemmas = 'lain' where rowid in (select id from chunks where article_id = 3)"
    ) == ["Judul 2"]
    assert derived_by("delete from chunks where article_id = 4") == ["Judul 3"]
    assert derived_by("update articles set title = 'Lain' where id = 5") == ["Lain"]
    assert derived_by("delete from vectors") == sorted({*everything, "Lain"} - {"Judul 4"})
    assert derived_by("select 1") == []
    monkeypatch.setattr(reindexing, "DERIVATION", "newer")
    assert len(derived_by("select 1")) == 6
    assert due(store) == []


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
