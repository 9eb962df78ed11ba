"""A backup holds one moment of the database, is proved, and disturbs neither writers nor what is there already."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import stat
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from backups import NAMES, contents, filled, members

from bot.chats import BotStore
from index import __version__, backup_file
from index.backup import GRACE_S, MAKING, Backup, make_backup, make_backup_into, outdated
from index.backup_file import DATABASE, MANIFEST, PARTNERS, Held, open_backup
from index.errors import BackupError, StoreError
from index.store import Store

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
SECRET = "123456:" + "S" * 35


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return filled(tmp_path / "data")


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# What is in it


def test_a_backup_holds_the_database_the_partners_and_what_they_are(data: Path, tmp_path: Path) -> None:
    with BotStore(data / DATABASE) as book:
        book.see_chat(5, "private", "Ani")
    (data / ".env").write_text(f"WARTA_BOT_TOKEN={SECRET}", encoding="utf-8")
    with Store(data / DATABASE) as store:
        chunks = store.count("chunks")
    made = make_backup(data, tmp_path / "one.zip", now=NOW)
    held = Held("fake/a", 4, chunks, 1)
    assert made == Backup(tmp_path / "one.zip", (tmp_path / "one.zip").stat().st_size, "2026-03-04T05:06:07Z", held)
    found = members(made.path)
    assert set(found) == {DATABASE, PARTNERS, MANIFEST}
    assert found[PARTNERS].decode() == NAMES
    with open_backup(made.path) as backup:
        assert backup.manifest.held == held
        assert (backup.manifest.made_at, backup.manifest.version) == ("2026-03-04T05:06:07Z", __version__)
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / DATABASE).write_bytes(found[DATABASE])
    assert contents(copy)[0] == contents(data)[0]
    assert left_in(copy) == [DATABASE]  # not in WAL mode, which would leave a log here
    assert SECRET.encode() not in b"".join(found.values())
    assert left_in(tmp_path) == ["copy", "data", "one.zip"]


def test_without_partners_there_are_none(tmp_path: Path) -> None:
    made = make_backup(filled(tmp_path / "data", names=None), tmp_path / "one.zip")
    assert set(members(made.path)) == {DATABASE, MANIFEST}


def test_what_is_only_in_the_log_is_in_the_backup(data: Path, tmp_path: Path) -> None:
    with Store(data / DATABASE) as store:
        store.connection.execute("pragma wal_autocheckpoint = 0")
        store.set_meta("late", "kept")
        assert (data / f"{DATABASE}-wal").stat().st_size > 0
        made = make_backup(data, tmp_path / "one.zip")
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.deserialize(members(made.path)[DATABASE])
        assert other.execute("select value from meta where name = 'late'").fetchall() == [("kept",)]


def test_the_tables_keep_their_form(tmp_path: Path) -> None:
    data = filled(tmp_path / "data")
    with closing(sqlite3.connect(data / DATABASE)) as older:
        older.execute("delete from _sqlite_migrations where name like 'm005%' and migration_set = 'index'")
        older.commit()
    before = contents(data)[0]
    make_backup(data, tmp_path / "one.zip")
    assert contents(data)[0] == before


def test_nobody_else_may_read_it(data: Path, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        made = make_backup(data, tmp_path / "one.zip")
        into, _ = make_backup_into(data, tmp_path / "kept", keep=None)
    finally:
        os.umask(before)
    for path, mode in ((made.path, 0o600), (into.path, 0o600), (into.path.parent, 0o700)):
        assert stat.S_IMODE(path.stat().st_mode) == mode, path


# While others write


def test_commits_between_its_steps_neither_wait_nor_show(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four writers commit between every two steps; copying in steps of its own, SQLite would begin again each time."""
    monkeypatch.setattr("index.backup.PAGES", 5)
    with closing(sqlite3.connect(data / DATABASE)) as connection:
        connection.executescript("create table debit (n); create table credit (n)")
    turns = [threading.Semaphore(0) for _ in range(4)]
    wrote, over, errors = threading.Semaphore(0), threading.Event(), list[BaseException]()

    def write(turn: threading.Semaphore) -> None:
        try:
            with Store(data / DATABASE) as store:
                while turn.acquire(timeout=60) and not over.is_set():
                    with store.transaction():
                        store.connection.execute("insert into debit values (zeroblob(9000))")
                        store.connection.execute("insert into credit values (1)")
                    wrote.release()
        except BaseException as e:
            errors.append(e)

    writers = [threading.Thread(target=write, args=(turn,), daemon=True) for turn in turns]
    for writer in writers:
        writer.start()
    copied: list[int] = []

    def between(stage: str, done: int, total: int) -> None:
        if stage == "backup":
            assert copied[-1:] < [done], "it has begun again"
            copied.append(done)
            for turn in turns:
                turn.release()
                assert wrote.acquire(timeout=30), "a writer was held up"

    try:
        make_backup(data, tmp_path / "one.zip", progress=between)
    finally:
        over.set()
        for turn, writer in zip(turns, writers, strict=True):
            turn.release()
            writer.join(60)
    assert errors == []
    assert len(copied) > 10
    with closing(sqlite3.connect(data / DATABASE)) as now, closing(sqlite3.connect(":memory:")) as then:
        then.deserialize(members(tmp_path / "one.zip")[DATABASE])
        assert now.execute("select count(*) from debit").fetchall() == [(4 * len(copied),)]
        assert then.execute("select count(*) from debit").fetchall() == [(0,)]


WRITER = """
import sys
from pathlib import Path
from index.store import Store
with Store(Path(sys.argv[1])) as store:
    print("ready", flush=True)
    for number in range(10**9):
        with store.transaction():
            for table in ("debit", "credit"):
                store.connection.execute(f"insert into {table} values (?, ?)", [sys.argv[2], number])
"""


@pytest.mark.slow
def test_four_processes_that_write_without_a_pause(data: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(data / DATABASE)) as connection:
        connection.executescript("create table debit (who, n); create table credit (who, n)")
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(data / DATABASE), str(number)], env=environ, stdout=subprocess.PIPE
        )
        for number in range(4)
    ]
    totals = []
    try:
        for writer in writers:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"ready\n"
        for number in range(8):
            assert _grown(data / DATABASE, totals[-1] if totals else 0)
            made = make_backup(data, tmp_path / f"{number}.zip")
            with closing(sqlite3.connect(":memory:")) as copy:
                copy.deserialize(members(made.path)[DATABASE])
                assert copy.execute("select * from debit except select * from credit").fetchall() == []
                assert copy.execute("select * from credit except select * from debit").fetchall() == []
                totals.append(copy.execute("select count(*) from debit").fetchone()[0])
        assert all(writer.poll() is None for writer in writers)
    finally:
        for writer in writers:
            writer.kill()
            writer.communicate()
    assert totals == sorted(set(totals))  # each later one has more


def _grown(database: Path, beyond: int) -> bool:
    """Waits until the writers have committed more than that."""
    with closing(sqlite3.connect(database)) as connection:
        for _ in range(600):
            if connection.execute("select count(*) from debit").fetchone()[0] > beyond:
                return True
            time.sleep(0.1)
    return False


# What is refused


def test_an_existing_file_is_replaced_only_by_force(data: Path, tmp_path: Path) -> None:
    (tmp_path / "one.zip").write_text("mine", encoding="utf-8")
    with pytest.raises(BackupError, match=r"one\.zip is there already; .*--force"):
        make_backup(data, tmp_path / "one.zip")
    assert (tmp_path / "one.zip").read_text(encoding="utf-8") == "mine"
    make_backup(data, tmp_path / "one.zip", force=True)
    assert DATABASE in members(tmp_path / "one.zip")


def test_a_file_that_comes_meanwhile_is_not_replaced(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def come(stage: str, done: int, total: int) -> None:
        (tmp_path / "one.zip").write_text("mine", encoding="utf-8")

    with pytest.raises(BackupError, match="is there already"):
        make_backup(data, tmp_path / "one.zip", progress=come)
    assert (tmp_path / "one.zip").read_text(encoding="utf-8") == "mine"
    assert left_in(tmp_path) == ["data", "one.zip"]


@pytest.mark.parametrize("name", [DATABASE, f"{DATABASE}-wal", f"{DATABASE}-backup", PARTNERS])
def test_force_does_not_replace_the_data_folders_own_files(data: Path, name: str) -> None:
    before = contents(data)
    with pytest.raises(BackupError, match="belongs to the data folder itself"):
        make_backup(data, data / name, force=True)
    assert contents(data) == before


def test_nor_under_another_name(data: Path, tmp_path: Path) -> None:
    os.link(data / DATABASE, tmp_path / "other.zip")
    with pytest.raises(BackupError, match="itself; choose another name"):
        make_backup(data, tmp_path / "other.zip", force=True)


def test_an_empty_folder_has_nothing_to_back_up(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"nothing to back up: .* --data"):
        make_backup(tmp_path / "data", tmp_path / "one.zip")
    assert left_in(tmp_path) == []


def test_a_folder_that_is_not_there_is_said(data: Path, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match=r"far/one\.zip could not be written \(No such file"):
        make_backup(data, tmp_path / "far" / "one.zip")
    with pytest.raises(BackupError, match=r"far/near could not be written \(No such file"):
        make_backup_into(data, tmp_path / "far" / "near", keep=None)


def _stale_index(database: Path) -> None:
    """A page from before a change, as after a write that never came to the disk; only its index does not fit."""
    query = "select rootpage from sqlite_master where name = 'articles_published_at'"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("pragma journal_mode = delete")
        page = slice((root := connection.execute(query).fetchone()[0] - 1) * 4096, (root + 1) * 4096)
        before = database.read_bytes()[page]
        connection.execute("update articles set published_at = '1999-01-01' where id = 2")
        connection.commit()
    spoilt = bytearray(database.read_bytes())
    spoilt[page] = before
    database.write_bytes(spoilt)


def _dangle(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("delete from articles where id = 2")
        connection.commit()


def _no_database(database: Path) -> None:
    database.write_text("this is a text and no database, though it is long enough " * 90, encoding="utf-8")


def _foreign(database: Path) -> None:
    database.unlink()
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("create table articles (id)")


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (_stale_index, "missing from index articles_published_at"),
        (_dangle, "dangling references"),
        (_no_database, "file is not a database"),
        (_foreign, "the database is not Warta Mitra's"),
    ],
)
def test_an_unsound_database_gives_no_backup(
    data: Path, tmp_path: Path, spoil: Callable[[Path], None], reason: str
) -> None:
    spoil(data / DATABASE)
    with pytest.raises(StoreError, match=rf"warta\.db is not a sound database \(.*{reason}.*warta restore"):
        make_backup(data, tmp_path / "one.zip")
    assert left_in(tmp_path) == ["data"]


def test_what_does_not_read_back_is_no_backup(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that takes everything and gives back something else."""
    (tmp_path / "one.zip").write_text("mine", encoding="utf-8")

    def unreliable(path: Path, *details: object) -> None:
        pack(path, *details)  # type: ignore[arg-type]
        written = bytearray(path.read_bytes())
        written[len(written) // 2] ^= 4
        path.write_bytes(written)

    pack = backup_file.pack
    monkeypatch.setattr("index.backup.pack", unreliable)
    with pytest.raises(BackupError, match=r"one\.zip did not read back as it was written .*checksum"):
        make_backup(data, tmp_path / "one.zip", force=True)
    assert left_in(tmp_path) == ["data", "one.zip"]
    assert (tmp_path / "one.zip").read_text(encoding="utf-8") == "mine"


# What killed ones leave


def test_what_a_killed_backup_left_is_swept_once_nobody_holds_it(data: Path, tmp_path: Path) -> None:
    def leave(name: str, age: float) -> Path:
        folder = tmp_path / f"{MAKING}{name}"
        folder.mkdir()
        (folder / "packed").write_bytes(b"half")
        os.utime(folder, times=(folder.stat().st_mtime - age,) * 2)
        return folder

    old, new = leave("old", GRACE_S + 10), leave("new", 0)
    (tmp_path / f"{MAKING}file").write_text("not a folder", encoding="utf-8")
    inside: list[Path] = []

    def meanwhile(stage: str, done: int, total: int) -> None:
        if stage == "pack" and not inside:  # a second backup beside this one, much later
            inside.extend(path for path in tmp_path.glob(f"{MAKING}*") if path.is_dir() and path != new)
            os.utime(inside[0], times=(0, 0))
            make_backup(data, tmp_path / "two.zip")

    make_backup(data, tmp_path / "one.zip", progress=meanwhile)
    assert not old.exists()
    assert left_in(tmp_path) == [f"{MAKING}file", new.name, "data", "one.zip", "two.zip"]


# Rotation


@pytest.mark.parametrize(
    ("names", "newest", "keep", "expected"),
    [
        ("3 1 2", "4", 2, "1 2"),
        ("3 1 2", "4", 1, "1 2 3"),
        ("3 1 2", "4", 4, ""),
        ("3 1 2", "4", 3, "1"),
        ("3 1 2", "4", None, ""),
        ("3 2 5", "1", 2, "2 3"),  # a clock that went back
        ("", "1", 1, ""),
    ],
)
def test_which_are_outdated(names: str, newest: str, keep: int | None, expected: str) -> None:
    def named(numbers: str) -> list[str]:
        return [f"warta-20260101-00000{number}.zip" for number in numbers.split()]

    assert outdated([*named(names), *named(newest)], *named(newest), keep) == named(expected)


def test_files_of_other_names_are_never_outdated() -> None:
    others = [
        "warta-20260101-000001.zip.old", "warta-2026011-000001.zip", "xwarta-20260101-000001.zip", "warta.zip",
        "warta-20260101-000001.ZIP", "WARTA-20260101-000001.zip", "warta-20260101.zip", "warta-20260101-000001.zip\n",
    ]  # fmt: skip
    assert outdated(others, "warta-20260102-000000.zip", 1) == []


def test_rotation_keeps_the_newest_and_everything_else(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    made = [make_backup_into(data, folder, keep=3, now=NOW.replace(second=number))[0].path.name for number in range(3)]
    (folder / "warta-20200101-000000.zip").mkdir()  # of that name, and no file
    (folder / "warta-20200101-000001.zip").symlink_to(folder / made[2])
    (folder / "notes.txt").touch()
    newest, rotation = make_backup_into(data, folder, keep=3, now=NOW.replace(second=40))
    assert newest.path == folder / "warta-20260304-050640.zip"
    assert rotation.removed == (folder / made[0],)
    assert left_in(folder) == [
        "notes.txt", "warta-20200101-000000.zip", "warta-20200101-000001.zip", *made[1:], newest.path.name,
    ]  # fmt: skip


def test_a_failed_backup_removes_none(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    made = [make_backup_into(data, folder, keep=9, now=NOW.replace(second=number))[0].path.name for number in range(3)]
    with pytest.raises(BackupError, match="is there already"):
        make_backup_into(data, folder, keep=1, now=NOW.replace(second=2))
    _no_database(data / DATABASE)
    with pytest.raises(StoreError):
        make_backup_into(data, folder, keep=1, now=NOW)
    assert left_in(folder) == made


def test_one_that_cannot_be_removed_is_told(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, _ = make_backup_into(data, tmp_path / "kept", keep=1, now=NOW.replace(second=1))
    unlink = Path.unlink

    def refuse(path: Path, missing_ok: bool = False) -> None:
        if path == first.path:
            raise PermissionError(1, "Operation not permitted")
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    second, rotation = make_backup_into(data, tmp_path / "kept", keep=1, now=NOW.replace(second=2))
    assert second.path.exists()
    assert rotation.removed == ()
    assert rotation.stuck == (f"{first.path} could not be removed (Operation not permitted)",)


# Large ones


@pytest.mark.slow
def test_a_large_database_is_streamed(tmp_path: Path) -> None:
    """200 MB of database that cannot be packed, with 100 MB of memory beyond what the imports take."""
    data = filled(tmp_path / "data", 2)
    with closing(sqlite3.connect(data / DATABASE)) as connection:
        connection.execute("create table ballast (b)")
        chance = random.Random(1)
        for _ in range(200):
            connection.execute("insert into ballast values (?)", [chance.randbytes(1_000_000)])
            connection.commit()
    code = (
        "import sys, resource, json\nfrom pathlib import Path\nfrom index.backup import make_backup\n"
        "from index.restore import restore\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "made = make_backup(Path(sys.argv[1]), Path(sys.argv[2]))\nrestore(made.path, Path(sys.argv[3]), [])\n"
        "print(json.dumps([made.bytes, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before]))"
    )
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    places = [str(data), str(tmp_path / "one.zip"), str(tmp_path / "other")]
    ran = subprocess.run([sys.executable, "-c", code, *places], env=environ, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")
    size, grown = json.loads(ran.stdout)
    assert size > 190_000_000
    assert grown * (1 if sys.platform == "darwin" else 1024) < 100_000_000
    assert zipfile.is_zipfile(tmp_path / "one.zip")
