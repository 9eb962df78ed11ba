"""Putting a backup back into a data folder: what is there is set aside first, and the database is replaced last.

Everything is proved in a folder inside the data folder before anything changes: that is on the same disk also where the
data folder is a disk of its own, and may be written to also where the folder around it may not.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout
from sqlite_utils.migrations import Migrations

from index.backup_file import BESIDE, DATABASE, Manifest, connected, open_backup
from index.database import explained, refuse_newer
from index.disk import sync_path
from index.errors import BackupError, StoreBusyError, StoreError
from index.migrations import INDEX_MIGRATIONS
from index.sources.book import SOURCE_MIGRATIONS
from index.types import Progress, silent

LOCKS = {"bot.lock": "a bot", "sync.lock": "a sync", "reindex.lock": "a reindex"}
"""Who works on a data folder for long, by the lock that it holds."""
STAGING = ".restoring-"
LOGS = (f"{DATABASE}-wal", f"{DATABASE}-shm", f"{DATABASE}-journal")
"""What SQLite keeps beside a database that is open, or was when its process died."""
_NOTHING = frozenset({*LOCKS, "lost+found"})
_BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


@dataclass(frozen=True, slots=True)
class Tables:
    """Tables that may be in the database, and what must not happen again when they are put back."""

    history: Migrations
    settled: Mapping[str, Sequence[str]]
    """By table, statements for where it is there."""


OWN_TABLES = (
    Tables(INDEX_MIGRATIONS, {"arrivals": ["delete from arrivals"]}),
    Tables(
        SOURCE_MIGRATIONS,
        {
            # What they show at their next reading may have been told since, as it may have when they were first read.
            "sources": ["update sources set primed = 0, added_at = cast(strftime('%s', 'now') as real)"],
            "source_items": ["update source_items set first_sight = 1 where state in ('fetched', 'failed')"],
        },
    ),
)


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back."""

    manifest: Manifest
    aside: Path | None
    """Where the database from before is now, when there was one."""


def restore(
    file: Path,
    data: Path,
    known: Iterable[Tables],
    *,
    force: bool = False,
    now: datetime | None = None,
    progress: Progress = silent,
) -> Restored:
    """Make a backup's contents those of a data folder; `known` are the tables that this program has.

    What waited to be told when it was made may have been told since, and is settled so that nothing is told twice.
    `force`: the folder need not be empty; its database and the files of `BESIDE` are first set aside, and the rest
    stays there.
    Killed at any point, the folder has the database from before or the one of the backup, whole; in the instant between
    the replacements a new `partners.txt` can stand beside the old database.
    Raises BackupError when the file is damaged or none, or the folder is not empty, StoreBusyError while somebody works
    on the folder, StoreVersionError when a newer version wrote the database, StoreError when the folder cannot be used.
    """
    stamp, known = (now or datetime.now(UTC)).strftime("%Y%m%d-%H%M%S"), tuple(known)
    with open_backup(file) as backup, _usable(data), _alone_in(data):
        _check_room(data, sum(size for size, _ in backup.manifest.files.values()))
        there = sorted(p.name for p in data.iterdir() if p.name not in _NOTHING and not p.name.startswith(STAGING))
        if there and not force:
            raise BackupError(
                f"{data} is not empty ({there[0]}); choose another --data, or --force to set aside what is there"
            )
        for left in data.glob(f"{STAGING}*"):  # by a restore that was killed: another cannot be running now
            shutil.rmtree(left, ignore_errors=True)
        staging = Path(tempfile.mkdtemp(prefix=STAGING, dir=data))
        try:
            backup.unpack(staging, progress)
            refuse_newer(staging / DATABASE, [tables.history for tables in known], shown=file)
            _settle(staging / DATABASE, known)
            with _closed(data / DATABASE):
                aside = _set_aside(data, stamp)
                _put_in_place(staging, data)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    return Restored(backup.manifest, aside)


@contextlib.contextmanager
def _usable(data: Path) -> Iterator[None]:
    """The data folder, made where it is missing and gone again where the block fails."""
    made = not data.exists()
    try:
        data.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as e:
        raise StoreError(
            f"{data} could not be written ({e.strerror or e}); the database is as it was: free some space, check its "
            "permissions, or choose another --data"
        ) from e
    finally:
        if made:
            with contextlib.suppress(OSError):  # it is not empty
                data.rmdir()


@contextlib.contextmanager
def _alone_in(data: Path) -> Iterator[None]:
    with contextlib.ExitStack() as held:
        for name, holder in LOCKS.items():
            lock = data / name
            new = not lock.exists()
            try:
                held.enter_context(FileLock(lock, timeout=0))
            except Timeout as e:
                raise StoreBusyError(f"{holder} is running on {data}; stop it first, then restore") from e
            if new:  # where root restores for a service, the service could not take a lock of root's
                held.callback(lock.unlink, missing_ok=True)
        yield


def _check_room(data: Path, needed: int) -> None:
    free = shutil.disk_usage(data).free
    if needed > free:
        raise StoreError(f"{data} has room for {free:,} bytes and the backup needs {needed:,}; free some space")


def _settle(database: Path, known: Iterable[Tables]) -> None:
    with explained(database), contextlib.closing(connected(database, "mode=rw")) as connection:
        there = {row[0] for row in connection.execute("select name from sqlite_master where type = 'table'")}
        connection.execute("begin immediate")
        for tables in known:
            for name, statements in tables.settled.items():
                for statement in statements if name in there else ():
                    connection.execute(statement)
        connection.execute("commit")


@contextlib.contextmanager
def _closed(database: Path) -> Iterator[None]:
    """The database, when there is one, with nobody else in it and without a log beside it.

    A damaged one is taken as it is: that is what backups are for.
    Raises StoreBusyError.
    """
    if not database.exists():
        yield
        return
    with contextlib.closing(connected(database, "mode=rw")) as connection:
        with explained(database):
            try:
                connection.execute("pragma journal_mode = delete")
                connection.execute("begin exclusive")
            except sqlite3.DatabaseError as e:
                if getattr(e, "sqlite_errorcode", 0) & 0xFF not in _BROKEN:
                    raise
        yield


def _set_aside(data: Path, stamp: str) -> Path | None:
    """Give what will be replaced a second name in another folder; the first ones stay until then."""
    there = [data / name for name in (DATABASE, *LOGS, *BESIDE) if (data / name).exists()]
    if not there:
        return None
    beside, inside = data.with_name(f"{data.name}.before-restore-{stamp}"), data / f"before-restore-{stamp}"
    # Beside a folder that is a disk of its own there may be nothing that lasts, as in a container.
    for place in [inside] if os.path.ismount(data) else [beside, inside]:
        with contextlib.suppress(OSError):
            return _kept(there, place, os.link)
    return _kept(there, inside, shutil.copy2)  # where a file cannot have two names


def _kept(paths: Iterable[Path], place: Path, way: Callable[[Path, Path], object]) -> Path:
    """A new folder with these files, each handed there one way; none where it fails."""
    place.mkdir(mode=0o700)
    try:
        for path in paths:
            way(path, place / path.name)
            _give_to_owner(path.parent, place / path.name)
            _give_to_owner(path.parent, place)
        sync_path(place)
        sync_path(place.parent)
    except BaseException:
        shutil.rmtree(place)
        raise
    return place


def _put_in_place(staging: Path, data: Path) -> None:
    for path in staging.iterdir():
        _give_to_owner(data, path)
    if (data / DATABASE).exists():
        shutil.copymode(data / DATABASE, staging / DATABASE)
    for name in BESIDE:
        if (staging / name).exists():
            os.replace(staging / name, data / name)
        else:
            (data / name).unlink(missing_ok=True)
    for name in LOGS:  # of a damaged database; SQLite would read them into the new one
        (data / name).unlink(missing_ok=True)
    os.replace(staging / DATABASE, data / DATABASE)
    sync_path(data)


def _give_to_owner(data: Path, path: Path) -> None:
    """Where root restores for a service, the files are the service's."""
    if os.geteuid() == 0:
        owner = data.stat()
        os.chown(path, owner.st_uid, owner.st_gid)
