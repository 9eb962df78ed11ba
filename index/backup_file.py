"""A backup's form: a zip of the database, the files beside it that people write, and a manifest with their checksums.

Its comment ends with the SHA-256 of everything before it, so that no flipped bit passes, wherever it is. Whoever reads
one believes nothing: only the names that belong there, no more bytes than the manifest says, and a database that SQLite
finds sound and that holds what the manifest counts.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from index.disk import sync_path
from index.errors import BackupError
from index.store import META_FINGERPRINT
from index.types import Progress, silent

DATABASE, PARTNERS, QUALITY, MANIFEST = "warta.db", "partners.txt", "quality.jsonl", "manifest.json"
BESIDE = (PARTNERS, QUALITY)
"""Files in the data folder that people write, where there are any."""
FORMAT = 1
SEAL = b"warta backup, sha256 of all before: "
LEVEL = 1
"""Of deflate. On 91 MB of news, 6 takes half as long again for 2 % less."""
MOST_MANIFEST = 64_000
"""Bytes; it has some 600."""
MOST_RATIO, SMALL = 100, 16_000_000
"""A member that unpacks to more than `SMALL` bytes and so many times its size is a bomb; a database gives 2."""
_PIECE = 1 << 20
_DIGEST = 64
_WRONG = (
    ValueError, KeyError, TypeError, AttributeError, OverflowError, EOFError, RuntimeError, zipfile.BadZipFile,
    zlib.error, sqlite3.DatabaseError,
)  # fmt: skip
"""What reading something that is no backup may raise."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a database holds."""

    fingerprint: str
    """The model of its vectors; "" before the first article."""
    articles: int
    chunks: int
    chats: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself."""

    made_at: str
    """ISO 8601, UTC."""
    version: str
    """Of the program that made it."""
    held: Held
    files: Mapping[str, tuple[int, str]]
    """Bytes and SHA-256 of each member."""


def examined(database: Path) -> Held:
    """What a database file holds that nobody writes to.

    Raises ValueError or sqlite3.DatabaseError when it is not sound, or not Warta Mitra's.
    """
    with contextlib.closing(connected(database, "mode=ro&immutable=1")) as connection:

        def rows(query: str) -> list[tuple[Any, ...]]:
            return connection.execute(query).fetchall()

        if faults := [row[0] for row in rows("pragma integrity_check(10)") if row[0] != "ok"]:
            raise ValueError(str(faults[0]))
        if dangling := rows("pragma foreign_key_check"):
            raise ValueError(f"{len(dangling)} dangling references")
        tables = {row[0] for row in rows("select name from sqlite_master where type = 'table'")}
        if not {"_sqlite_migrations", "articles", "chunks", "meta"} <= tables:
            raise ValueError("the database is not Warta Mitra's")
        model = rows(f"select value from meta where name = '{META_FINGERPRINT}'")
        counted = [
            int(rows(f"select count(*) from {name}")[0][0]) if name in tables else 0
            for name in ("articles", "chunks", "chats")
        ]
    return Held(str(model[0][0]) if model else "", *counted)


def connected(database: Path, how: str) -> sqlite3.Connection:
    """A connection to an existing file, with the parameters of SQLite's URIs."""
    return sqlite3.connect(f"{database.absolute().as_uri()}?{how}", uri=True, isolation_level=None)


def pack(path: Path, members: Mapping[str, Path], made_at: str, version: str, held: Held, progress: Progress) -> None:
    """Write a backup of files that nobody changes, and have it reach the disk; `path` may not exist yet.

    Raises OSError.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)  # it holds people's questions
    with os.fdopen(descriptor, "w+b") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as archive:
            archive.comment = SEAL + b"0" * _DIGEST
            files = {name: _pack_member(archive, name, member, progress) for name, member in members.items()}
            record = {"format": FORMAT, "made_at": made_at, "version": version, **asdict(held), "files": files}
            with archive.open(MANIFEST, "w") as member:
                member.write(json.dumps(record, indent=1).encode())
        end = file.seek(0, os.SEEK_END) - _DIGEST
        digest = _digest_of(file, end)
        file.seek(end)
        file.write(digest.encode())
        file.flush()
        os.fsync(file.fileno())


def _pack_member(archive: zipfile.ZipFile, name: str, path: Path, progress: Progress) -> dict[str, object]:
    total, done, digest = path.stat().st_size, 0, hashlib.sha256()
    with path.open("rb") as file, archive.open(name, "w", force_zip64=True) as member:
        while piece := file.read(_PIECE):
            member.write(piece)
            digest.update(piece)
            done += len(piece)
            progress("pack", done, total)
    return {"bytes": done, "sha256": digest.hexdigest()}


class BackupFile:
    """A backup that was opened: its seal is right and its manifest is read. See `open_backup`."""

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        """Raises BackupError when it is none, is damaged, or has another version's form."""
        self.path = path
        with _believing_nothing(path):
            _check_seal(file)
            self._archive = zipfile.ZipFile(file)
            members = {info.filename: info for info in self._archive.infolist()}
            if len(members) != len(self._archive.infolist()) or MANIFEST not in members:
                raise ValueError(f"it has no {MANIFEST}, or a name twice")
            for info in members.values():
                bomb = info.file_size > max(SMALL, MOST_RATIO * info.compress_size)
                if info.compress_type != zipfile.ZIP_DEFLATED or info.flag_bits & 1 or bomb:
                    raise ValueError(f"{info.filename[:60]!r} is not packed as backups are")
            if members[MANIFEST].file_size > MOST_MANIFEST:
                raise ValueError(f"{MANIFEST} is too long")
            self.manifest = _manifest(json.loads(self._archive.read(MANIFEST)))
            names = members.keys() - {MANIFEST}
            if names != self.manifest.files.keys() or not {DATABASE} <= names <= {DATABASE, *BESIDE}:
                raise ValueError(f"it holds {', '.join(sorted(name[:60] for name in names))!r}")

    def unpack(self, folder: Path, progress: Progress = silent) -> None:
        """Write its files to a folder, have them reach the disk, and prove them.

        Raises BackupError when they are not what the manifest says, and OSError.
        """
        with _believing_nothing(self.path):
            for name, (size, digest) in self.manifest.files.items():
                done, found = 0, hashlib.sha256()
                with self._archive.open(name) as member, (folder / name).open("xb") as file:
                    while done <= size and (piece := member.read(_PIECE)):
                        done += len(piece)
                        file.write(piece)
                        found.update(piece)
                        progress("unpack", done, size)
                if (done, found.hexdigest()) != (size, digest):
                    raise ValueError(f"{name} does not have the checksum of {MANIFEST}")
                sync_path(folder / name)
            if (held := examined(folder / DATABASE)) != self.manifest.held:
                raise ValueError(f"{DATABASE} holds {held}, {MANIFEST} says {self.manifest.held}")


@contextlib.contextmanager
def open_backup(path: Path) -> Iterator[BackupFile]:
    """A backup to read.

    Raises BackupError when it cannot be read, is none, is damaged, or has another version's form.
    """
    try:
        with path.open("rb") as file:
            backup = BackupFile(path, file)
            yield backup
    except OSError as e:
        if e.filename != str(path):
            raise
        raise BackupError(f"{path} cannot be read ({e.strerror}); name a file that `warta backup` wrote") from e


@contextlib.contextmanager
def _believing_nothing(path: Path) -> Iterator[None]:
    try:
        yield
    except _WRONG as e:
        reason = " ".join(str(e).split())[:200] or type(e).__name__
        raise BackupError(
            f"{path} is not a sound backup of Warta Mitra ({reason}); nothing was changed, use another one"
        ) from e


def _check_seal(file: IO[bytes]) -> None:
    end = file.seek(0, os.SEEK_END) - _DIGEST
    start = end - len(SEAL)
    if start < 0:
        raise ValueError("it is too short")
    file.seek(start)
    if file.read(len(SEAL)) != SEAL:
        raise ValueError("it is of another kind, or its end is missing")
    if _digest_of(file, end).encode() != file.read(_DIGEST):
        raise ValueError("it does not have its checksum")


def _digest_of(file: IO[bytes], end: int) -> str:
    """Of the bytes before `end`, where the file is left."""
    digest = hashlib.sha256()
    file.seek(0)
    while piece := file.read(min(_PIECE, end - file.tell())):
        digest.update(piece)
    return digest.hexdigest()


def _manifest(record: dict[str, Any]) -> Manifest:
    if record["format"] != FORMAT:
        raise BackupError(f"the backup is of form {record['format']!r}, this version reads form {FORMAT}; upgrade it")
    fields = {name: record[name] for name in Held.__slots__}
    files = {str(name): (int(one["bytes"]), str(one["sha256"])) for name, one in record["files"].items()}
    return Manifest(str(record["made_at"]), str(record["version"]), Held(**fields), files)
