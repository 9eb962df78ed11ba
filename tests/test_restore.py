"""What is put back is what was backed up; anything else is refused and changes nothing."""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import stat
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from backups import contents, filled, forge, manifest_for, members, sealed
from filelock import FileLock
from news import article, articles, small_engine

from bot.app import LOCK as BOT_LOCK
from bot.chats import BotStore
from bot.outbox import Outbox
from bot.records import Elsewhere, Place
from bot.restored import BOT_TABLES, RESTORED
from index import backup_file
from index.backup import make_backup
from index.backup_file import DATABASE, MANIFEST, PARTNERS, QUALITY
from index.doctor import check_health
from index.errors import BackupError, StoreBusyError, StoreError, StoreVersionError
from index.pipeline import Warta
from index.restore import LOCKS, OWN_TABLES, STAGING, restore
from index.settings import Settings
from index.sources.book import Item, SourceBook
from index.sources.schedule import was_there
from index.store import Store
from index.sync import LOCK as SYNC_LOCK

KNOWN = [*OWN_TABLES, BOT_TABLES]
NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
ASIDE = "before-restore-20260304-050607"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of four articles; the folder that it was made of stands beside it."""
    folder = tmp_path_factory.mktemp("made")
    return make_backup(filled(folder / "data"), folder / "one.zip").path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def tree(folder: Path) -> dict[str, bytes]:
    """Every file and folder below a folder, but what SQLite keeps there while a database is open."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b""
        for path in sorted(folder.rglob("*"))
        if not path.name.endswith(("-shm", "-wal"))
    }


def assert_refused(file: Path, folder: Path, reason: str, error: type[Exception] = BackupError) -> None:
    """Restoring into a new folder and, by force, into one with news changes neither; the reason is one line."""
    filled(folder / "there", 2)
    before = tree(folder)
    for name, force in (("new", False), ("there", True)):
        with pytest.raises(error, match=reason) as refused:
            restore(file, folder / name, KNOWN, force=force)
        assert "\n" not in str(refused.value)
        assert tree(folder) == before


# On another machine


def test_another_folder_answers_the_same_and_is_sound(made: Path, data: Path) -> None:
    done = restore(made, data, KNOWN)
    assert done.aside is None
    assert contents(data) == contents(made.parent / "data")
    assert sorted(path.name for path in data.iterdir()) == [PARTNERS, DATABASE]
    said = []
    for folder in (made.parent / "data", data):
        with Warta(Settings(data=folder), small_engine()) as warta:
            answer = warta.ask(article(3).title.replace("Judul ", "Berita"))
            said.append((answer.text, answer.quotes, answer.citations, answer.hits))
            assert [finding for finding in check_health(warta) if not finding.ok] == []
    assert said[0] == said[1]
    assert said[0][3]


def test_what_was_restored_can_be_added_to_and_backed_up(made: Path, data: Path, tmp_path: Path) -> None:
    restore(made, data, KNOWN)
    with Warta(Settings(data=data), small_engine()) as warta:
        assert [outcome.status for outcome in warta.ingest([article(3), article(50)])] == ["unchanged", "new"]
    assert make_backup(data, tmp_path / "two.zip").held.articles == 5


def test_a_folder_with_locks_only_is_empty(made: Path, data: Path) -> None:
    (data / "lost+found").mkdir(parents=True)
    for name in LOCKS:
        (data / name).touch()
    restore(made, data, KNOWN)
    assert contents(data) == contents(made.parent / "data")


# What may have been told since


def waiting(data: Path) -> None:
    """A folder with something of each kind that is still to be told, and of each that is not."""
    with Warta(Settings(data=data), small_engine()) as warta:
        list(warta.ingest(articles(2)))
        assert len(warta.store.arrivals()) == 2
    with BotStore(data / DATABASE) as book:
        box = Outbox(book)
        for story in range(1, 6):
            assert box.enqueue("alert", Place(story), story, 1, ["BMW"], [], 100.0)
        queued, sending, unknown, sent, dead = reversed(box.rows())
        for row in (sending, unknown, sent):
            assert box.take([row], 100.0)
        box.lost([unknown], 0.0, 100.0, "no reply")
        box.sent([sent], 7, 100.0)
        box.add_elsewhere(now_sent := box.by_id(sent.id) or sent, Elsewhere("Tempo", "https://tempo.example/1"))
        assert box.to_edit(now_sent.place.chat_id)
        box.dead([dead], 100.0, "the chat is gone")
        assert queued.state == "queued"
    with SourceBook(data / DATABASE) as sources:
        feed = sources.add("https://berita.example/feed", "feed", now=1.0, every=600.0)
        assert feed
        sources.update(feed.id, primed=True)
        items = [Item(state, "https://berita.example/1", state=state) for state in ("stored", "failed", "fetched")]
        sources.keep_items(feed.id, items, 1.0)


def test_what_waited_then_is_told_to_nobody_and_what_was_told_stays(tmp_path: Path, data: Path) -> None:
    waiting(tmp_path / "other")
    restore(make_backup(tmp_path / "other", tmp_path / "one.zip").path, data, KNOWN)
    with Store(data / DATABASE) as store:
        assert store.arrivals() == []
        assert store.last_arrival() == 2  # what is followed counts from there
    with BotStore(data / DATABASE) as book:
        box = Outbox(book)
        assert box.chats() == []
        rows = [(row.place.chat_id, row.state, row.detail) for row in reversed(box.rows())]
        assert rows == [
            *((chat, "dead", RESTORED) for chat in (1, 2, 3)),
            (4, "sent", ""),
            (5, "dead", "the chat is gone"),
        ]
        assert not box.enqueue("alert", Place(1), 1, 2, [], [], 200.0)  # the stories stay known


def test_what_sources_show_after_it_is_as_if_they_were_new(tmp_path: Path, data: Path) -> None:
    waiting(tmp_path / "other")
    restore(make_backup(tmp_path / "other", tmp_path / "one.zip").path, data, KNOWN)
    with SourceBook(data / DATABASE) as book:
        (feed,) = book.all()
        items = book.items(feed.id, ["stored", "failed", "fetched"])
        assert was_there(None, feed)
        assert feed.added_at > 1.0  # a source that is not read to its end counts as new for a day
        assert {key: was_there(item, feed) for key, item in items.items()} == {
            "stored": False, "failed": True, "fetched": True,
        }  # fmt: skip


@pytest.mark.parametrize("before", [0, 3])
def test_the_number_of_an_alert_that_was_sent_since_is_never_given_again(
    tmp_path: Path, data: Path, before: int
) -> None:
    """A button below it would be another alert's."""
    filled(tmp_path / "other")
    with BotStore(tmp_path / "other" / DATABASE) as book:
        for story in range(before):
            assert Outbox(book).enqueue("alert", Place(1), story + 1, 1, [], [], 100.0)
    restore(make_backup(tmp_path / "other", tmp_path / "one.zip").path, data, KNOWN)
    with BotStore(data / DATABASE) as book:
        assert Outbox(book).enqueue("alert", Place(1), 99, 1, [], [], 100.0)
        assert Outbox(book).rows()[0].id == 1_000_000 + before + 1


def test_a_database_from_before_there_were_alerts_is_put_back(tmp_path: Path, data: Path) -> None:
    other = filled(tmp_path / "other")
    with closing(sqlite3.connect(other / DATABASE)) as connection:
        connection.execute("drop table arrivals")
        connection.execute("delete from _sqlite_migrations where name like 'm006%'")
        connection.commit()
    restore(make_backup(other, tmp_path / "one.zip").path, data, KNOWN)
    with Store(data / DATABASE) as store:
        assert (store.count("articles"), store.count("arrivals")) == (4, 0)


def test_the_quality_questions_come_back_and_what_was_there_goes_aside(tmp_path: Path, data: Path) -> None:
    other = filled(tmp_path / "other")
    (other / QUALITY).write_text("the backup's", encoding="utf-8")
    filled(data, 2)
    (data / QUALITY).write_text("mine", encoding="utf-8")
    aside = restore(make_backup(other, tmp_path / "one.zip").path, data, KNOWN, force=True).aside
    assert aside
    assert (data / QUALITY).read_text(encoding="utf-8") == "the backup's"
    assert (aside / QUALITY).read_text(encoding="utf-8") == "mine"


# Where something is


@pytest.mark.parametrize("name", [DATABASE, PARTNERS, "index", "news.txt", f"{DATABASE}-wal"])
def test_a_folder_that_is_not_empty_is_left_alone(made: Path, data: Path, name: str) -> None:
    data.mkdir()
    (data / name).write_text("mine", encoding="utf-8")
    with pytest.raises(BackupError, match=rf"is not empty \({name}\); .*--force"):
        restore(made, data, KNOWN)
    assert [(path.name, path.read_bytes()) for path in data.iterdir()] == [(name, b"mine")]


def test_force_sets_aside_what_it_replaces_and_leaves_the_rest(made: Path, data: Path) -> None:
    filled(data, 2, names="Alibaba\n")
    (data / "notes.txt").write_text("mine", encoding="utf-8")
    before = contents(data)
    done = restore(made, data, KNOWN, force=True, now=NOW)
    assert done.aside == data.with_name(f"data.{ASIDE}")
    assert contents(done.aside) == before
    assert stat.S_IMODE(done.aside.stat().st_mode) == 0o700
    assert contents(data) == contents(made.parent / "data")
    assert (data / "notes.txt").read_text(encoding="utf-8") == "mine"
    with Warta(Settings(data=data), small_engine()) as warta:  # the search index of before is still there, and not used
        assert warta.ask("Berita3").hits[0].article_id == 4
        assert [finding for finding in check_health(warta) if not finding.ok] == []


def test_what_is_aside_can_itself_be_used(made: Path, data: Path) -> None:
    filled(data, 2)
    aside = restore(made, data, KNOWN, force=True).aside
    assert aside
    with Store(aside / DATABASE) as store:
        assert store.count("articles") == 2


def test_partners_that_the_backup_does_not_have_go_aside(tmp_path: Path, data: Path) -> None:
    made = make_backup(filled(tmp_path / "other", names=None), tmp_path / "one.zip").path
    filled(data, 2, names="Alibaba\n")
    aside = restore(made, data, KNOWN, force=True).aside
    assert aside
    assert not (data / PARTNERS).exists()
    assert (aside / PARTNERS).read_text(encoding="utf-8") == "Alibaba\n"


def test_what_was_not_yet_in_the_database_goes_aside_with_it(made: Path, data: Path, tmp_path: Path) -> None:
    """A process died, and its last commits are in the log."""
    filled(tmp_path / "live", 2)
    with Store(tmp_path / "live" / DATABASE) as store:
        store.connection.execute("pragma wal_autocheckpoint = 0")
        store.set_meta("late", "kept")
        shutil.copytree(tmp_path / "live", data)
    assert (data / f"{DATABASE}-wal").stat().st_size > 0
    aside = restore(made, data, KNOWN, force=True).aside
    assert aside
    assert contents(data) == contents(made.parent / "data")
    with Store(aside / DATABASE) as store:
        assert store.meta("late") == "kept"


def test_a_damaged_database_goes_aside_with_its_log(made: Path, data: Path) -> None:
    data.mkdir()
    for name in (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm"):
        (data / name).write_bytes(name.encode() * 5000)
    before = tree(data) | {f"{DATABASE}-wal": f"{DATABASE}-wal".encode() * 5000}
    aside = restore(made, data, KNOWN, force=True).aside
    assert aside
    assert sorted(path.name for path in data.iterdir()) == [PARTNERS, DATABASE]
    assert contents(data) == contents(made.parent / "data")
    assert {name: (aside / name).read_bytes() for name in before} == before


@pytest.mark.parametrize("hindrance", ["mount", "parent", "links"])
def test_where_nothing_can_stand_beside_the_folder_it_is_set_aside_inside(
    made: Path, data: Path, monkeypatch: pytest.MonkeyPatch, hindrance: str
) -> None:
    filled(data, 2)
    before, mkdir = contents(data), Path.mkdir

    def refuse(path: Path, *details: Any, **more: Any) -> None:
        if path.parent == data.parent:
            raise PermissionError(13, "Permission denied")
        mkdir(path, *details, **more)

    def no_links(*_: object) -> None:
        raise OSError(1, "Operation not permitted")

    if hindrance == "mount":
        monkeypatch.setattr("os.path.ismount", lambda path: True)
    elif hindrance == "parent":
        monkeypatch.setattr(Path, "mkdir", lambda path, *a, **k: None if path == data else refuse(path, *a, **k))
    else:
        monkeypatch.setattr("os.link", no_links)
    done = restore(made, data, KNOWN, force=True, now=NOW)
    assert done.aside == data / ASIDE
    assert contents(done.aside) == before
    assert contents(data) == contents(made.parent / "data")
    assert sorted(path.name for path in data.parent.iterdir()) == ["data"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_what_root_restores_is_the_folders_owners(made: Path, data: Path) -> None:
    filled(data, 2)
    for path in (data, *data.iterdir()):
        os.chown(path, 4321, 4322)
    (data / DATABASE).chmod(0o640)
    aside = restore(made, data, KNOWN, force=True).aside
    assert aside
    found = [*(path for path in data.iterdir() if path.is_file()), aside, *aside.iterdir()]
    assert {(path.stat().st_uid, path.stat().st_gid) for path in found} == {(4321, 4322)}
    assert stat.S_IMODE((data / DATABASE).stat().st_mode) == 0o640
    assert not [name for name in LOCKS if (data / name).exists()]


# Who else is there


def test_the_locks_are_those_of_the_bot_a_sync_and_a_reindex(data: Path) -> None:
    with Warta(Settings(data=data), small_engine()) as warta:
        warta.reindex()
    made = {path.name for path in data.iterdir() if path.name.endswith(".lock")}
    assert {BOT_LOCK, SYNC_LOCK, "reindex.lock"} == set(LOCKS)
    assert made <= {"reindex.lock"}


@pytest.mark.parametrize(("name", "holder"), LOCKS.items())
@pytest.mark.parametrize("force", [False, True])
def test_while_somebody_works_on_the_folder_it_is_left_alone(
    made: Path, data: Path, name: str, holder: str, force: bool
) -> None:
    if force:
        filled(data, 2)
    data.mkdir(exist_ok=True)
    with FileLock(data / name, timeout=0):
        before = tree(data)
        with pytest.raises(StoreBusyError, match=f"{holder} is running on .*; stop it first"):
            restore(made, data, KNOWN, force=force)
        assert tree(data) == before


def test_while_the_database_is_open_elsewhere_it_is_left_alone(made: Path, data: Path) -> None:
    filled(data, 2)
    with Store(data / DATABASE) as store:  # a chat, say, that takes no lock
        store.count("articles")
        before = tree(data)
        with pytest.raises(StoreBusyError, match="held by another process"):
            restore(made, data, KNOWN, force=True)
        assert tree(data) == before
        store.set_meta("still", "there")
    restore(made, data, KNOWN, force=True)


# What is no backup


def test_every_mutation_of_a_backup_is_refused(made: Path, tmp_path: Path) -> None:
    chance, sound = random.Random(6), made.read_bytes()
    accepted = []
    for number in range(200):
        spoilt, size = bytearray(sound), len(sound)
        how = chance.choice(["flip", "flip", "flip", "flip", "cut", "grow", "drop", "insert", "swap", "zero"])
        # Headers, directory and seal are few bytes among many.
        place = chance.choice([chance.randrange(size), chance.randrange(200), size - 1 - chance.randrange(500)])
        if how == "flip":
            spoilt[place] ^= 1 << chance.randrange(8)
        elif how == "cut":
            del spoilt[place:]
        elif how == "grow":
            spoilt += chance.randbytes(chance.randint(1, 100))
        elif how == "drop":
            del spoilt[place : place + chance.randint(1, 50)]
        elif how == "insert":
            spoilt[place:place] = chance.randbytes(chance.randint(1, 50))
        elif how == "swap":
            spoilt[place:], spoilt[:place] = bytes(spoilt[: size - place]), bytes(spoilt[size - place :])
            spoilt = spoilt if spoilt != sound else spoilt[1:]
        else:
            spoilt[place : place + 600] = bytes(len(spoilt[place : place + 600]))
            spoilt = spoilt if spoilt != sound else spoilt[1:]
        file = tmp_path / "spoilt.zip"
        file.write_bytes(spoilt)
        try:
            restore(file, tmp_path / "data", KNOWN)
        except BackupError as e:
            lines = str(e).count("\n") + 1
        else:
            lines = 0
        if lines != 1:
            accepted.append((number, how, place))
        assert sorted(path.name for path in tmp_path.iterdir()) == ["spoilt.zip"], (number, how, place)
    assert accepted == []


def _zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("warta.db", b"x")


@pytest.mark.parametrize(
    "write",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(b"SQLite format 3\0" + bytes(5000)),
        lambda path: path.write_text("a letter\n" * 50, encoding="utf-8"),
        _zip,
    ],
    ids=["empty", "database", "text", "zip"],
)
def test_another_file_is_refused(tmp_path: Path, write: Callable[[Path], object]) -> None:
    write(tmp_path / "other")
    assert_refused(tmp_path / "other", tmp_path / "folders", "is not a sound backup of Warta Mitra .*nothing was chang")


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    assert_refused(tmp_path / "none", tmp_path / "folders", r"none cannot be read \(No such file")
    assert_refused(tmp_path, tmp_path / "folders", r"cannot be read \(Is a directory")


@pytest.mark.parametrize(
    "name", ["../evil", "/tmp/evil", "warta.db/../../evil", "..\\evil", "index/CURRENT", ".env", "WARTA.DB"]
)
@pytest.mark.parametrize("listed", [True, False])
def test_other_names_are_refused(made: Path, tmp_path: Path, name: str, listed: bool) -> None:
    files = members(made)
    files.pop(MANIFEST)
    both = files | {name: b"evil"}
    forged = forge(tmp_path / "forged.zip", both, manifest_for(both if listed else files))
    assert_refused(forged, tmp_path / "folders", "not a sound backup .*it holds|not a sound backup")
    assert not list(tmp_path.rglob("evil"))


@pytest.mark.parametrize("name", [DATABASE, PARTNERS])
@pytest.mark.parametrize("said", [{"sha256": "0" * 64}, {"bytes": 20}, {"bytes": 10**6}], ids=str)
def test_a_member_that_is_not_what_the_manifest_says_is_refused(
    made: Path, tmp_path: Path, name: str, said: dict[str, Any]
) -> None:
    files = members(made)
    files.pop(MANIFEST)
    manifest = manifest_for(files, **_counts(made))
    manifest["files"][name] |= said
    forged = forge(tmp_path / "forged.zip", files, manifest)
    assert_refused(forged, tmp_path / "folders", f"{name} does not have the checksum of manifest.json")


@pytest.mark.parametrize("listed", [True, False])
def test_partners_stand_in_both_or_neither(made: Path, tmp_path: Path, listed: bool) -> None:
    both = members(made)
    both.pop(MANIFEST)
    database = {DATABASE: both[DATABASE]}
    packed, told = (database, both) if listed else (both, database)
    forged = forge(tmp_path / "forged.zip", packed, manifest_for(told, **_counts(made)))
    assert_refused(forged, tmp_path / "folders", "is not a sound backup .*it holds")


def manifests() -> dict[str, Any]:
    return {
        "no json": b"{",
        "no letters": b"\xff\xfe",
        "deep": b"[" * 60_000,
        "list": [],
        "null": None,
        "nothing": {},
        "files a list": {"files": []},
        "files null": {"files": None},
        "no files": {"files": {}},
        "bytes a list": {"files": {DATABASE: {"bytes": [], "sha256": ""}}},
        "bytes negative": {"files": {DATABASE: {"bytes": -1, "sha256": ""}}},
        "bytes infinite": {"files": {DATABASE: {"bytes": 1e999, "sha256": ""}}},
        "articles more": {"articles": 5},
        "chats more": {"chats": 1},
        "another model": {"fingerprint": "fake/b"},
        "long": {"more": "x" * 70_000},
    }


@pytest.mark.parametrize("what", manifests())
def test_a_manifest_that_does_not_fit_is_refused(made: Path, tmp_path: Path, what: str) -> None:
    files = members(made)
    files.pop(MANIFEST)
    said = manifests()[what]
    fitting = manifest_for(files, **_counts(made))
    manifest = fitting | said if isinstance(said, dict) and said else said
    forged = forge(tmp_path / "forged.zip", files, manifest)
    assert_refused(forged, tmp_path / "folders", "is not a sound backup")
    restore(forge(forged, files, fitting), tmp_path / "data", KNOWN)  # it is what was said that was refused


def _counts(made: Path) -> dict[str, int]:
    record = json.loads(members(made)[MANIFEST])
    return {name: record[name] for name in ("articles", "chunks", "chats")}


def test_another_form_asks_for_an_upgrade(made: Path, tmp_path: Path) -> None:
    files = members(made)
    files.pop(MANIFEST)
    forged = forge(tmp_path / "forged.zip", files, manifest_for(files, format=2))
    assert_refused(forged, tmp_path / "folders", "of form 2, this version reads form 1; upgrade")


def test_a_newer_schema_asks_for_an_upgrade(made: Path, tmp_path: Path) -> None:
    for history in ("index", "bot"):
        data = tmp_path / history
        restore(made, data, KNOWN)
        with closing(sqlite3.connect(data / DATABASE)) as connection:
            connection.execute(
                "insert into _sqlite_migrations (migration_set, name, applied_at) values (?, 'm999_later', '')",
                [history],
            )
            connection.commit()
        newer = make_backup(data, tmp_path / f"{history}.zip").path  # an older program can still make one
        assert_refused(
            newer, tmp_path / f"{history}-folders", r"\.zip was written by a newer version \(m999", StoreVersionError
        )


def test_a_database_that_is_not_sound_is_refused(made: Path, tmp_path: Path) -> None:
    sound = members(made)[DATABASE]
    for number, database in enumerate((b"", b"no database" * 999, sound[:-4096], sound[:5000] + bytes(len(sound)))):
        forged = forge(tmp_path / "f.zip", {DATABASE: database}, manifest_for({DATABASE: database}, **_counts(made)))
        assert_refused(forged, tmp_path / str(number), "is not a sound backup")


def test_members_twice_are_refused(made: Path, tmp_path: Path) -> None:
    files = members(made)
    with zipfile.ZipFile(tmp_path / "raw", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr(DATABASE, b"other")
    forged = sealed(tmp_path / "twice.zip", (tmp_path / "raw").read_bytes())
    assert_refused(forged, tmp_path / "folders", "a name twice")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_of_packing_are_refused(made: Path, tmp_path: Path, method: int) -> None:
    files = members(made)
    with zipfile.ZipFile(tmp_path / "raw", "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    forged = sealed(tmp_path / "packed.zip", (tmp_path / "raw").read_bytes())
    assert_refused(forged, tmp_path / "folders", "not packed as backups are")


BOMB = 300_000_000


@pytest.fixture(scope="module")
def bomb(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """An archive whose database is 300 MB of nothing, in 300 KB."""
    path = tmp_path_factory.mktemp("bomb") / "bomb"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open(DATABASE, "w") as member:
            for _ in range(BOMB // 1_000_000):
                member.write(bytes(1_000_000))
        said = {"bytes": BOMB, "sha256": "0" * 64}
        archive.writestr(MANIFEST, json.dumps(manifest_for({}) | {"files": {DATABASE: said}}))
    return path.read_bytes()


def test_a_bomb_is_refused_before_it_is_unpacked(bomb: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup_file.BackupFile, "unpack", lambda *_: pytest.fail("it was unpacked"))
    assert_refused(sealed(tmp_path / "bomb.zip", bomb), tmp_path / "folders", "not packed as backups are")


def test_a_bomb_that_lies_about_its_size_stops_there(bomb: bytes, tmp_path: Path) -> None:
    """The directory says that the database has 1,000 bytes."""
    told = bytearray(bomb)
    at = told.index(b"PK\x01\x02") + 24
    assert int.from_bytes(told[at : at + 4], "little") == BOMB
    told[at : at + 4] = (1000).to_bytes(4, "little")
    tracemalloc.start()
    try:
        assert_refused(sealed(tmp_path / "bomb.zip", bytes(told)), tmp_path / "folders", "is not a sound backup")
        assert tracemalloc.get_traced_memory()[1] < 30_000_000
    finally:
        tracemalloc.stop()


def test_more_than_the_manifest_says_is_not_written(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup_file, "_PIECE", 4096)
    files = {DATABASE: random.Random(1).randbytes(500_000)}
    said = {"files": {DATABASE: {"bytes": 10_000, "sha256": "0" * 64}}}
    forged = forge(tmp_path / "forged.zip", files, manifest_for(files) | said)
    seen: list[int] = []
    with pytest.raises(BackupError):
        restore(forged, tmp_path / "data", KNOWN, progress=lambda stage, done, total: seen.append(done))
    assert seen == [4096, 8192, 12288]


def test_too_little_room_is_said_before_anything_is_written(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage._replace(free=100))
    assert_refused(made, tmp_path / "folders", "has room for 100 bytes", StoreError)


# What killed ones leave


def test_what_a_killed_restore_left_is_swept(made: Path, data: Path) -> None:
    (data / f"{STAGING}x").mkdir(parents=True)
    (data / f"{STAGING}x" / DATABASE).write_bytes(b"half")
    os.utime(data / f"{STAGING}x", times=(time.time(), time.time()))
    restore(made, data, KNOWN)
    assert sorted(path.name for path in data.iterdir()) == [PARTNERS, DATABASE]
