"""Making a backup while others write, and keeping the newest ones.

The database is copied as of one moment. The search index is left out: it is a cache, and its vectors are in the
database. So is everything else in the data folder but what people write there (`BESIDE`). No setting and no secret is
in a backup.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from index import __version__
from index.backup_file import BESIDE, DATABASE, Held, connected, examined, open_backup, pack
from index.database import explained
from index.disk import sync_path
from index.errors import BackupError, StoreError
from index.types import Progress, silent

MAKING = ".warta-backup-"
PAGES = 2_000
"""Of 4 KB that are copied in one step; between two the person is told, or has stopped it."""
GRACE_S = 60.0
"""Until what an interrupted backup left is swept."""
_OURS = re.compile(r"warta-\d{8}-\d{6}\.zip")


@dataclass(frozen=True, slots=True)
class Backup:
    """One that was made."""

    path: Path
    bytes: int
    made_at: str
    held: Held


@dataclass(frozen=True, slots=True)
class Rotation:
    """What became of the backups before it."""

    removed: tuple[Path, ...]
    stuck: tuple[str, ...]
    """Those that could not be removed, and why."""


def make_backup(
    data: Path, target: Path, *, force: bool = False, now: datetime | None = None, progress: Progress = silent
) -> Backup:
    """Write a data folder's backup to a file, and read it back to prove it; others may write meanwhile.

    It needs room for the database and the backup beside the target. `force` replaces a file that is there.
    Raises StoreError when the database cannot be read or is not sound, BackupError when the file cannot be written;
    what was there before stays, and nothing else is left.
    """
    target, database = target.absolute(), data / DATABASE
    if not database.exists():
        raise StoreError(f"there is nothing to back up: {data} has no {DATABASE}; choose the folder with --data")
    _check_target(target, data, force=force)
    made_at = (now or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")
    with _written(target), _making(target.parent) as folder:
        members = {DATABASE: folder / DATABASE}
        _copy_database(database, members[DATABASE], progress)
        try:
            held = examined(members[DATABASE])
        except (ValueError, sqlite3.DatabaseError) as e:
            raise StoreError(
                f"{database} is not a sound database ({e}); no backup was made; put an earlier one back with "
                "`warta restore FILE --force`"
            ) from e
        for name in BESIDE:
            with contextlib.suppress(FileNotFoundError):
                shutil.copyfile(data / name, folder / name)
                members[name] = folder / name
        packed, proof = folder / "packed", folder / "proof"
        pack(packed, members, made_at, __version__, held, progress)
        for path in members.values():  # two copies of the database at once would need the room of both
            path.unlink()
        proof.mkdir()
        try:
            with open_backup(packed) as backup:
                backup.unpack(proof, progress)
        except BackupError as e:
            raise BackupError(
                f"{target} did not read back as it was written ({e.__cause__}): the disk may be failing, choose another"
            ) from e
        size = packed.stat().st_size
        _check_target(target, data, force=force)
        os.replace(packed, target)
        sync_path(target.parent)
    return Backup(target, size, made_at, held)


def make_backup_into(
    data: Path, folder: Path, *, keep: int | None, now: datetime | None = None, progress: Progress = silent
) -> tuple[Backup, Rotation]:
    """Write a backup named for the time (UTC) to a folder, then remove the oldest of such names beyond `keep`.

    The folder is made where it is missing, but not the one that it lies in: that may be a disk that is not there.
    Raises as `make_backup`; then nothing is removed.
    """
    now = now or datetime.now(UTC)
    with _written(folder):
        folder.mkdir(mode=0o700, exist_ok=True)
    made = make_backup(data, folder / now.strftime("warta-%Y%m%d-%H%M%S.zip"), now=now, progress=progress)
    removed, stuck = [], []
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries if entry.is_file(follow_symlinks=False)]
    for name in outdated(names, made.path.name, keep):
        try:
            (folder / name).unlink()
            removed.append(folder / name)
        except OSError as e:
            stuck.append(f"{folder / name} could not be removed ({e.strerror})")
    return made, Rotation(tuple(removed), tuple(stuck))


def outdated(names: Iterable[str], newest: str, keep: int | None) -> list[str]:
    """Which backups of a folder to remove, so that `keep` remain; never `newest`, also where a clock went back."""
    others = sorted(name for name in names if _OURS.fullmatch(name) and name != newest)
    return others[: max(len(others) - keep + 1, 0)] if keep else []


def _check_target(target: Path, data: Path, *, force: bool) -> None:
    if target.parent.resolve() == data.resolve() and target.name.startswith((DATABASE, *BESIDE)):
        raise BackupError(f"{target} belongs to the data folder itself; choose another name")
    for own in (data / name for name in (DATABASE, *BESIDE)):  # under other names
        if target.exists() and own.exists() and target.samefile(own):
            raise BackupError(f"{target} is {own} itself; choose another name")
    if target.is_dir() or (os.path.lexists(target) and not force):
        raise BackupError(f"{target} is there already; choose another name, or --force to replace a file")


@contextlib.contextmanager
def _written(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as e:
        full = e.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        advice = "free some space and try again" if full else "check the folder and its permissions"
        raise BackupError(f"{target} could not be written ({e.strerror or e}); {advice}") from e


@contextlib.contextmanager
def _making(parent: Path) -> Iterator[Path]:
    """A folder beside the target that is gone afterwards; nobody else may look into it."""
    _sweep(parent)
    folder = Path(tempfile.mkdtemp(prefix=MAKING, dir=parent))
    held = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # some network file systems cannot lock; there, nothing is swept
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(held)


def _sweep(parent: Path) -> None:
    """Remove what backups left that were killed: their folders are held by nobody."""
    for folder in parent.glob(f"{MAKING}*"):
        with contextlib.suppress(OSError):
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if time.time() - os.fstat(descriptor).st_mtime > GRACE_S:  # it may be about to be held
                    shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(descriptor)


@contextlib.contextmanager
def _room_for_the_copy(database: Path, copy: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as e:
        if e.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
            raise
        raise BackupError(
            f"{database} could not be copied to {copy.parent.parent} ({e}); free some space there and try again"
        ) from e


def _copy_database(database: Path, copy: Path, progress: Progress) -> None:
    """Raises StoreError."""

    def copied(_: int, remaining: int, total: int) -> None:
        progress("backup", total - remaining, total)

    # Not by Store: that would bring the tables up to today's form, and a backup is what one makes before.
    with (
        explained(database),
        _room_for_the_copy(database, copy),
        contextlib.closing(connected(database, "mode=rw")) as reading,
        contextlib.closing(sqlite3.connect(copy, isolation_level=None)) as writing,
    ):
        # In WAL mode whoever reads holds up nobody who writes. Were each step to read for itself, SQLite would begin
        # again after every commit of others, and beside a busy sync never end.
        reading.execute("begin")
        reading.execute("select count(*) from sqlite_master").fetchone()
        writing.execute("pragma synchronous = off")  # it is read at once and does not stay
        reading.backup(writing, pages=PAGES, progress=copied)
        writing.execute("pragma journal_mode = delete")  # one file, without a log beside it
