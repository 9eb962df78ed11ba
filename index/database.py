"""The SQLite file: opening, migrating, transactions, and errors that a person can act on."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from index.errors import StoreBusyError, StoreError, StoreVersionError

TURN_S = 0.1
"""Who waits for the write lock looks again after this at the latest: SQLite keeps no queue."""
_T = TypeVar("_T")
_MANY = 500  # values bound in one statement; SQLite's oldest limit is 999


class SqliteFile:
    """One connection. Not to be shared between threads: open another, it is cheap."""

    migrations: Migrations

    def __init__(self, path: Path, busy_timeout: float = 30.0) -> None:
        """Open, creating and migrating as needed; `busy_timeout` in seconds.

        Raises StoreError when the file cannot be used, StoreBusyError when another process holds it, StoreVersionError
        when a newer version wrote it.
        """
        self.path = path
        self._reading = False
        self.alone = False
        """Whether nobody else writes to the file, so that nobody needs a turn."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as e:
            raise StoreError(
                f"cannot use {path.parent} as the data folder: {e.strerror}; choose one with --data"
            ) from e
        with self._explained():
            # Autocommit: transactions are begun by name, so that none begins by reading (SQLITE_BUSY_SNAPSHOT).
            self.connection = sqlite3.connect(path, timeout=busy_timeout, isolation_level=None)
        try:
            with self._explained():
                self._use_wal(busy_timeout)
                # In WAL mode, NORMAL may lose the last commits with the power. A snapshot of the index, or a message
                # that is out already, may not be ahead of the store.
                self.connection.execute("pragma synchronous = full")
                self.connection.execute("pragma foreign_keys = on")
                self.db = Database(self.connection, execute_plugins=False)
                self._migrate()
        except BaseException:
            self.connection.close()
            raise

    def close(self) -> None:
        """Release the file."""
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _use_wal(self, busy_timeout: float) -> None:
        # While a new file is being turned to WAL by another process, SQLite says "locked" without waiting.
        deadline = time.monotonic() + busy_timeout
        while True:
            try:
                self.connection.execute("pragma journal_mode = wal")
                return
            except sqlite3.OperationalError as e:
                if _code(e) != sqlite3.SQLITE_BUSY or time.monotonic() >= deadline:
                    raise
                time.sleep(0.02)

    def _migrate(self) -> None:
        _refuse_newer(self.db, self.migrations, self.path)
        if self.migrations.pending(self.db):
            with self.transaction():
                self.migrations.apply(self.db)

    def _explained(self) -> contextlib.AbstractContextManager[None]:
        return explained(self.path)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, for writing. May be nested: the outermost one commits.

        Raises StoreBusyError when another process keeps writing for longer than the timeout.
        """
        if self._reading:
            raise RuntimeError("a snapshot is for reading: what is written in it would be lost")
        with self._explained():
            if self.connection.in_transaction:
                yield
                return
            self.connection.execute("begin immediate")
            try:
                yield
                self.connection.execute("commit")
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("rollback")
                raise

    def turns(self, some: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
        """Long work in parts, for a transaction each; in between, those who wait to write get their turn."""
        for at in range(0, len(some), size):
            if at and not (self.alone or self.connection.in_transaction):
                time.sleep(TURN_S)
            yield some[at : at + size]

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        """Several reads that see one state, whatever others write meanwhile."""
        with self._explained():
            if self.connection.in_transaction:
                yield
                return
            self.connection.execute("begin")
            self._reading = True
            try:
                yield
            finally:
                self._reading = False
                if self.connection.in_transaction:
                    self.connection.execute("rollback")

    def read(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query.

        Raises StoreError.
        """
        with self._explained():
            return self.connection.execute(query, values).fetchall()

    def select_in(self, query: str, values: Sequence[object], *before: object) -> list[tuple[Any, ...]]:
        """Run `query (?, ?, …)` for values of any number."""
        rows: list[tuple[Any, ...]] = []
        for at in range(0, len(values), _MANY):
            some = values[at : at + _MANY]
            marks = ", ".join("?" * len(some))
            rows += self.read(f"{query} ({marks})", [*before, *some])
        return rows

    def count(self, table: str) -> int:
        """Rows of a table."""
        return int(self.read(f"select count(*) from [{table}]")[0][0])

    def copy_to(self, path: Path) -> None:
        """A copy of the file as it is now, whatever others write meanwhile; nobody has to wait.

        Raises StoreError.
        """
        with self._explained(), contextlib.closing(sqlite3.connect(path)) as copy:
            self.connection.backup(copy)

    def take_in_log(self) -> None:
        """Bring the log into the file and cut it, as far as nobody reads from it; others wait for a second at most.

        Raises StoreError.
        """
        [(timeout,)] = self.read("pragma busy_timeout")
        try:
            self.read("pragma busy_timeout = 1000")
            self.read("pragma wal_checkpoint(truncate)")
        finally:
            self.read(f"pragma busy_timeout = {timeout}")

    # Meta

    def meta(self, name: str) -> str:
        """A remembered value, or ""."""
        rows = self.read("select value from meta where name = ?", [name])
        return str(rows[0][0]) if rows else ""

    def set_meta(self, name: str, value: str) -> None:
        """Remember a value."""
        with self.transaction():
            self.db.table("meta").upsert({"name": name, "value": value}, pk="name")

    def drop_meta(self, name: str) -> None:
        """Forget a value."""
        with self.transaction():
            self.connection.execute("delete from meta where name = ?", [name])


def _refuse_newer(db: Database, migrations: Migrations, path: Path) -> None:
    newer = {m.name for m in migrations.applied(db)} - {m.name for m in migrations._migrations}
    if newer:
        raise StoreVersionError(f"{path} was written by a newer version ({max(newer)}); upgrade this one")


def refuse_newer(database: Path, histories: Iterable[Migrations], shown: Path) -> None:
    """Check that these histories know all that was done to a file, without changing it; `shown` is named instead.

    Raises StoreVersionError.
    """
    uri = f"{database.absolute().as_uri()}?mode=ro&immutable=1"
    with contextlib.closing(sqlite3.connect(uri, uri=True)) as connection:
        for migrations in histories:
            _refuse_newer(Database(connection, execute_plugins=False), migrations, shown)


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Errors of SQLite about a file as StoreErrors that a person can act on; others go through."""
    try:
        yield
    except sqlite3.DatabaseError as e:
        if (error := _explanation(path, e)) is None:
            raise
        raise error from e


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary result code; 0 for errors that Python's module itself raises."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _explanation(path: Path, error: sqlite3.DatabaseError) -> StoreError | None:
    """What a person can do about it; None for what is a mistake in this program."""
    match _code(error):
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StoreBusyError(
                f"{path} is held by another process; nothing was written, try again when it has finished"
            )
        case sqlite3.SQLITE_FULL:
            return StoreError(f"no space left for {path}; nothing was lost, free some and try again")
        case sqlite3.SQLITE_IOERR:
            return StoreError(
                f"{path} could not be read or written ({error.sqlite_errorname}): the disk is full, over quota or "
                "failing; what was stored before is kept, free some space and try again"
            )
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_AUTH:
            return StoreError(f"{path} may not be written ({error}); check its permissions")
        case sqlite3.SQLITE_CANTOPEN:
            return StoreError(f"{path} cannot be opened; check its permissions or choose a folder with --data")
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return StoreError(
                f"{path} is not a sound database ({error}); put a backup back with `warta restore FILE --force`"
            )
    return None
