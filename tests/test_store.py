"""The store: what it recognises, what it keeps, and what happens when others write too (rows 10 and 11)."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fakes import WordEmbedder
from news import DIMENSION, article, long_article

from index.errors import EmbedderError, StoreBusyError, StoreError, StoreVersionError
from index.ingest import embed_missing, ingest
from index.passages import drafts_of, passage_name
from index.retrieve import allowed_chunks
from index.store import ChunkVectors, Match, State, Store
from index.types import Article, Filters

ROOT = Path(__file__).parents[1]
FAKE = WordEmbedder("fake/a", DIMENSION)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "warta.db") as opened:
        yield opened


def put(store: Store, one: Article) -> int:
    drafts, passages = drafts_of(one)
    store.put_vectors(embed_missing(store, FAKE, passages), FAKE.fingerprint)
    return store.put_article(one, drafts)


# Matching


def test_an_article_is_known_by_its_key_and_then_by_its_text(store: Store) -> None:
    one = article(1)
    assert store.match(one) is None
    number = put(store, one)
    assert store.match(one) == Match(number, "key", True)
    assert store.match(replace(one, title="Judul lain")) == Match(number, "key", False)
    elsewhere = replace(one, url="https://lain.example/1", body=one.body.replace("\n\n", "\n"))
    assert store.match(elsewhere) == Match(number, "text", True)
    assert store.match(replace(elsewhere, body=one.body + " Lagi.")) is None


def test_a_copy_of_an_article_with_a_url_may_lie_anywhere(store: Store) -> None:
    number = put(store, article(1))
    assert store.match(replace(article(1), location="/tmp/copy.txt")) == Match(number, "key", True)
    without = article(2, url=False)
    put(store, without)
    moved = replace(without, location="/tmp/copy.txt")
    assert store.match(moved) == Match(2, "text", True)  # its location is its key


def test_everything_of_an_article_comes_back(store: Store) -> None:
    one = replace(article(5), flags=("encoding",), byline="Ani", place="Jakarta", body="“Satu” 😀 – é.\n\nDua.")
    assert store.article(put(store, one)) == one
    with pytest.raises(StoreError, match="no article 99"):
        store.article(99)


def test_another_address_is_forgotten_when_either_text_changes(store: Store) -> None:
    def aliases() -> list[tuple[str, int]]:
        return store.read("select key, article_id from article_keys")

    number = put(store, article(1))
    store.add_key("https://lain.example/1", number)
    store.add_key("https://lain.example/1", number)
    assert aliases() == [("https://lain.example/1", number)]
    put(store, replace(article(2), url="https://lain.example/1"))  # there is now another text
    assert aliases() == []
    store.add_key("https://ketiga.example/1", number)
    put(store, replace(article(1), title="Judul lain"))
    assert len(aliases()) == 1
    put(store, article(1, version=2))
    assert aliases() == []
    store.add_key("https://ketiga.example/1", number)
    store.remove_article(number)
    assert aliases() == []


# Chunks


def test_an_update_keeps_the_chunks_that_did_not_change(store: Store) -> None:
    one = long_article(6)
    number = put(store, one)
    before = store.chunks_of(number)
    assert len(before) >= 3
    last = before[-1].sentences[-1]
    changed = replace(one, body=one.body[: last.start] + "Kalimat terakhir ini lain sama sekali.")
    seen = store.last_change()
    assert put(store, changed) == number
    after = store.chunks_of(number)
    assert [c.id for c in after[:-1]] == [c.id for c in before[:-1]]
    assert after[-1].id > before[-1].id
    changes = store.changes_since(seen)
    assert (changes.added, changes.removed) == ((after[-1].id,), (before[-1].id,))
    assert [changed.body[c.span.start : c.span.end] for c in after] == [
        changed.body[d.span.start : d.span.end] for d in drafts_of(changed)[0]
    ]
    assert store.chunks([before[-1].id]) == {}


def test_chunks_that_only_move_keep_their_ids(store: Store) -> None:
    one = article(1)
    number = put(store, one)
    before, seen = store.chunks_of(number), store.last_change()
    put(store, replace(one, body="\n" + one.body))
    after = store.chunks_of(number)
    assert [c.id for c in after] == [c.id for c in before]
    assert [c.span.start for c in after] == [c.span.start + 1 for c in before]
    assert store.changes_since(seen).last == seen


def test_numbers_are_not_used_again(store: Store) -> None:
    number = put(store, article(1))
    chunks = [c.id for c in store.chunks_of(number)]
    store.remove_article(number)
    again = put(store, article(1))
    assert again > number
    assert min(c.id for c in store.chunks_of(again)) > max(chunks)


def test_what_is_stored_is_what_was_drafted(store: Store) -> None:
    one = long_article(6)
    number = put(store, one)
    assert store.drafts_stored(number) == drafts_of(one)[0]
    for chunk in store.chunks_of(number):
        assert passage_name([one.body[s.start : s.end] for s in chunk.sentences]) == chunk.text_hash


def test_a_new_title_is_found_by_its_words(store: Store) -> None:
    one = article(1)
    put(store, one)
    renamed = replace(one, title="Peluncuran satelit")
    number = put(store, renamed)
    assert store.drafts_stored(number) == drafts_of(renamed)[0]
    assert store.changes_since(0).added == tuple(chunk.id for chunk in store.chunks_of(number))


def test_chunks_that_are_there_already_are_not_written(store: Store) -> None:
    number = put(store, article(1))
    written, last = store.connection.total_changes, store.last_change()
    store.put_chunks(number, drafts_of(article(1))[0])
    assert (store.connection.total_changes, store.last_change()) == (written, last)


def test_other_borders_of_sentences_are_another_passage() -> None:
    assert (
        passage_name(["Satu dua", "tiga."]) != passage_name(["Satu", "dua tiga."]) != passage_name(["Satu dua tiga."])
    )
    assert passage_name(["Satu  dua", "tiga."]) == passage_name(["Satu\ndua", "tiga."])


def test_the_log_tells_each_chunk_once(store: Store) -> None:
    assert store.changes_since(0).last == 0
    numbers = [put(store, article(n)) for n in range(4)]
    store.remove_article(numbers[0])
    whole = store.changes_since(0)
    there = {row[0] for row in store.read("select id from chunks")}
    assert set(whole.added) == there
    assert whole.last == store.last_change()
    assert set(whole.removed).isdisjoint(there)
    assert store.changes_since(whole.last) == type(whole)(whole.last, (), ())


def test_a_damaged_log_is_repaired(store: Store) -> None:
    for n in range(3):
        put(store, article(n))
    there = {row[0] for row in store.read("select id from chunks")}
    store.connection.execute("delete from changes where chunk_id = ?", [min(there)])
    store.connection.execute("insert into changes (chunk_id, added) values (999, 1)")
    store.repair_log()
    assert set(store.changes_since(0).added) == there


def test_the_mark_tells_histories_apart(store: Store, tmp_path: Path) -> None:
    put(store, article(1))
    with sqlite3.connect(tmp_path / "old.db") as old:
        store.connection.backup(old)
    old.close()
    at = store.last_change()
    mark = store.mark(at)
    put(store, article(2))
    assert (store.mark(at), store.mark(10_000)) == (mark, "")
    with Store(tmp_path / "old.db") as restored:
        assert restored.mark(at) == mark
        put(restored, article(3))
        put(restored, article(4))
        common = store.last_change()
        assert restored.last_change() >= common
        assert restored.mark(common) != store.mark(common)
    store.renew_mark()
    assert store.mark(at) != mark


# Vectors


def test_the_state_is_the_last_change_and_its_mark(store: Store) -> None:
    assert store.state() == State("", 0, store.mark(0))
    number = put(store, article(1))
    store.set_meta("fingerprint", "fake/a")
    first = store.state()
    assert first == State("fake/a", store.last_change(), store.mark(store.last_change()))
    store.remove_article(number)
    assert store.state() == State("fake/a", store.last_change(), store.mark(store.last_change())) != first
    store.renew_mark()
    assert store.state().mark == store.mark(store.last_change())


def test_vectors_come_back_as_unit_rows_within_float16(store: Store) -> None:
    vectors = np.random.default_rng(1).normal(size=(4, DIMENSION)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    one = article(1, paragraphs=1)
    drafts, passages = drafts_of(one)
    assert [len(p.sentences) for p in passages] == [2]
    name = passages[0].text_hash
    store.put_vectors({name: ChunkVectors(vectors[0], vectors[1:3]), "else": ChunkVectors(vectors[3], vectors)}, "m")
    store.put_article(one, drafts)
    [(language, ids, found)] = list(store.chunk_vectors("m"))
    assert (language, ids) == ("id", [store.chunks_of(1)[0].id])
    np.testing.assert_allclose(found, vectors[:1], atol=5e-4)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(store.sentence_vectors([name, "unknown"], "m")[name], vectors[1:3], atol=5e-4)
    assert list(store.chunk_vectors("m", [])) == []
    assert list(store.chunk_vectors("other")) == []
    assert store.known_vectors([name, "else", "unknown"], "m") == {name, "else"}
    assert store.drop_unused_vectors("m") == 1
    assert store.known_vectors([name, "else"], "m") == {name}


def test_a_vector_that_is_no_number_is_refused(store: Store) -> None:
    bad = np.full(DIMENSION, np.nan, np.float32)
    with pytest.raises(EmbedderError, match="not finite"):
        store.put_vectors({"name": ChunkVectors(bad, bad[None, :])}, "m")
    assert store.count("vectors") == 0


def test_a_damaged_vector_is_named(store: Store) -> None:
    put(store, article(1))
    store.connection.execute("update vectors set vector = x'0102'")
    store.connection.execute("update vectors set sentences = x'010203'")
    with pytest.raises(StoreError, match="warta reindex --full"):
        store.sentence_vectors([store.chunks_of(1)[0].text_hash], FAKE.fingerprint)


# Full text


def test_the_partner_filter_follows_updates_and_removals(store: Store) -> None:
    def found(word: str) -> set[int] | None:
        return allowed_chunks(store, Filters(partner=word))

    one = article(1)
    number = put(store, replace(one, title="Gojek dan Blibli"))
    chunks = {c.id for c in store.chunks_of(number)}
    assert found("gojek") == found("gojek dan blibli") == chunks
    put(store, replace(one, title="Grab saja"))
    assert (found("gojek"), found("GRAB")) == (set(), {c.id for c in store.chunks_of(number)})
    put(store, replace(one, title="Grab saja", body="Sekarang tentang Tokopedia saja."))
    assert (found("Berita1"), found("tokopedia")) == (set(), {c.id for c in store.chunks_of(number)})
    store.remove_article(number)
    assert found("tokopedia") == set()
    store.connection.execute("insert into articles_fts (articles_fts, rank) values ('integrity-check', 1)")


def test_lemmas_follow_their_chunks(store: Store) -> None:
    for n in range(3):
        put(store, article(n))
    put(store, article(1, version=3))
    store.remove_article(1)
    rows = store.read("select rowid, lemmas from chunks_fts")
    expected = {
        chunk.id: draft.lemmas
        for number in store.article_ids()
        for chunk, draft in zip(store.chunks_of(number), drafts_of(store.article(number))[0], strict=True)
    }
    assert dict(rows) == expected
    store.connection.execute("delete from chunks_fts where rowid = ?", [min(expected)])
    store.connection.execute("insert into chunks_fts (rowid, lemmas) values (999, 'yatim')")
    store.repair_full_text()
    [torn] = store.chunks([min(expected)]).values()
    store.put_chunks(torn.article_id, drafts_of(store.article(torn.article_id))[0])
    assert dict(store.read("select rowid, lemmas from chunks_fts")) == expected


# Opening, transactions, other processes


def test_opening_again_migrates_nothing(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "warta.db"
    with Store(path) as store:
        mark = store.mark(0)
        schema = store.read("select sql from sqlite_master")
        applied = store.read("select * from _sqlite_migrations")
    with Store(path) as store:
        assert (store.mark(0), store.read("select sql from sqlite_master")) == (mark, schema)
        assert store.read("select * from _sqlite_migrations") == applied
        assert store.read("pragma journal_mode") == [("wal",)]
        assert store.read("pragma synchronous") == [(2,)]
        assert store.read("pragma foreign_keys") == [(1,)]


def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    with Store(tmp_path / "warta.db") as store:
        store.db.table("_sqlite_migrations").insert(
            {"migration_set": "index", "name": "m099_from_the_future", "applied_at": "2030"}
        )
        # An older one is refused as well when it lacks a migration that this version would apply.
        store.connection.execute("delete from _sqlite_migrations where name like 'm003%'")
    with pytest.raises(StoreVersionError, match="m099_from_the_future"):
        Store(tmp_path / "warta.db")


def test_what_cannot_be_opened_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StoreError, match="choose one with --data"):
        Store(tmp_path / "file" / "warta.db")
    (tmp_path / "warta.db").write_bytes(b"no database at all, whatever its name says" * 30)
    with pytest.raises(StoreError, match="warta restore FILE"):
        Store(tmp_path / "warta.db")
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(StoreError, match="cannot be opened"):
        Store(tmp_path / "folder.db")


def test_a_transaction_is_all_or_nothing(store: Store) -> None:
    def fail_late() -> None:
        put(store, article(1))
        with store.transaction():
            store.set_meta("name", "value")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), store.transaction():
        fail_late()
    assert (store.count("articles"), store.count("changes"), store.count("chunks_fts")) == (0, 0, 0)
    assert (store.count("vectors"), store.meta("name")) == (0, "")


def test_an_article_is_put_with_all_its_chunks_or_not_at_all(store: Store) -> None:
    one = long_article(6)
    drafts = drafts_of(one)[0]
    put(store, one)
    before = [store.read(f"select * from {table}") for table in ("articles", "chunks", "chunks_fts", "changes")]
    torn = [*drafts_of(article(2))[0], replace(drafts[0], span=None)]  # type: ignore[arg-type]
    with pytest.raises(AttributeError):
        store.put_article(replace(one, title="Lain"), torn)
    assert [store.read(f"select * from {table}") for table in ("articles", "chunks", "chunks_fts", "changes")] == before


def test_nothing_can_be_written_in_a_snapshot(store: Store) -> None:
    with store.snapshot():
        assert store.count("articles") == 0
        with pytest.raises(RuntimeError, match="snapshot"):
            store.set_meta("name", "would be lost")
        with Store(store.path) as other:
            put(other, article(1))
        assert store.count("articles") == 0
    assert store.count("articles") == 1
    store.set_meta("name", "kept")
    assert store.meta("name") == "kept"


HOLDER = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("begin immediate")
connection.execute("insert into meta values ('held', 'by another')")
print("held", flush=True)
sys.stdin.readline()
connection.execute("commit")
connection.close()
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process in the middle of a write; a line on its stdin lets it finish."""
    Store(tmp_path / "warta.db").close()
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "warta.db")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process


def release(holder: subprocess.Popen[str]) -> None:
    assert holder.stdin is not None
    holder.stdin.write("\n")
    holder.stdin.flush()


def test_a_writer_waits_for_another(holder: subprocess.Popen[str], tmp_path: Path) -> None:
    with Store(tmp_path / "warta.db", busy_timeout=20) as store:
        timer = threading.Timer(1.0, release, [holder])
        timer.start()
        started = time.monotonic()
        try:
            outcomes = list(ingest(store, FAKE, [article(n) for n in range(5)]))
        finally:
            timer.join()
        waited = time.monotonic() - started
        assert waited >= 0.9
        assert [o.status for o in outcomes] == ["new"] * 5
        assert store.count("articles") == 5
        assert store.meta("held") == "by another"


def test_a_writer_that_waited_long_enough_says_so(holder: subprocess.Popen[str], tmp_path: Path) -> None:
    with Store(tmp_path / "warta.db", busy_timeout=0.2) as store:
        with pytest.raises(StoreBusyError, match="nothing was written"):
            list(ingest(store, FAKE, [article(1)]))
        assert store.count("articles") == 0  # reading goes on
        release(holder)
        assert holder.wait(10) == 0
        assert [o.status for o in ingest(store, FAKE, [article(1)])] == ["new"]
        assert store.meta("held") == "by another"


COUNTER = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from index.store import Store

    with Store(Path(sys.argv[1])) as store:
        store.connection.execute("pragma synchronous = off")  # it is about locks here, not about power
        for _ in range(int(sys.argv[2])):
            with store.transaction():
                value = int(store.meta("counter") or 0)
                store.set_meta("counter", str(value + 1))
    """
)


@pytest.mark.slow
def test_four_processes_that_read_and_then_write_lose_nothing(tmp_path: Path) -> None:
    rounds = 1_000
    command = [sys.executable, "-c", COUNTER, str(tmp_path / "warta.db"), str(rounds)]
    processes = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    for process in processes:
        _, errors = process.communicate(timeout=120)
        assert (process.returncode, errors) == (0, "")
    with Store(tmp_path / "warta.db") as store:
        assert store.meta("counter") == str(4 * rounds)
        assert store.read("pragma integrity_check") == [("ok",)]


def test_a_file_that_another_is_just_making_is_waited_for(tmp_path: Path) -> None:
    """Turning a file to WAL while another writes to it is "locked" at once, whatever the timeout."""
    other = sqlite3.connect(tmp_path / "warta.db", isolation_level=None, check_same_thread=False)
    other.execute("begin immediate")
    other.execute("create table theirs (x)")
    timer = threading.Timer(0.5, other.execute, ["commit"])
    timer.start()
    with Store(tmp_path / "warta.db", busy_timeout=10) as store:
        timer.join()
        assert store.read("pragma journal_mode") == [("wal",)]
    other.execute("begin immediate")
    other.execute("pragma user_version = 1")
    with Store(tmp_path / "warta.db", busy_timeout=0.1) as store:  # reading it needs no turn
        assert store.count("articles") == 0
    other.close()
    other = sqlite3.connect(tmp_path / "new.db", isolation_level=None)
    other.execute("begin immediate")
    started = time.monotonic()
    with pytest.raises(StoreBusyError):
        Store(tmp_path / "new.db", busy_timeout=0.2)
    assert time.monotonic() - started > 0.15  # it waited for its turn as long as it was told to
    other.close()
