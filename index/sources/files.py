"""Files and folders → pages. Nothing is passed over in silence: what cannot be read comes out as an error."""

from __future__ import annotations

import codecs
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from index.decode import decode, parse_json
from index.errors import SourceError
from index.sources.pdf import PDF, read_pdf
from index.types import Page

MEDIA_TYPES = {
    ".txt": "text/plain",
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".html": "text/html",
    ".htm": "text/html",
    ".json": "application/json",
    ".jsonl": "application/x-ndjson",
    ".ndjson": "application/x-ndjson",
    ".pdf": PDF,
}
"""Endings that can be read, in any case."""
RECORD = "application/json"

MAX_FILE_BYTES = 50_000_000
"""A single document larger than this is no article; .jsonl files may be larger, they are read line by line."""
MAX_LINE_BYTES = 5_000_000
MAX_ID = 200
"""Characters of a record's id; a longer one would make the location unreadable, and the line number is used."""

_ARCHIVES = frozenset({".zip", ".gz", ".tgz", ".tar", ".bz2", ".xz", ".zst", ".7z", ".rar"})
"""What they hold could be any size and have any name, so that is left to a person."""
_NO_OBJECT = 'the record is no object; write it like {"title": …, "text": …}'


def read_pages(path: str | os.PathLike[str]) -> Iterator[Page | SourceError]:
    """Give the pages of a file, or of a folder and the folders in it, in the order of their names.

    A single failure (an unreadable or empty file, one broken line, an unsupported file within a folder) is yielded
    as a SourceError in its place and the rest goes on. SourceError is raised, before anything is yielded, for the
    location as a whole: nothing there, neither file nor folder, or a file with an unsupported ending.
    Hidden files and folders (a leading dot) are skipped unless `path` itself names one; links to folders are not
    followed. A record's location is "path#id", or "path:line" where its id is missing or was used before in the file.
    """
    where = Path(os.path.abspath(os.path.expanduser(path)))
    if where.is_dir():
        return _read_folder(where)
    if not where.exists():
        raise SourceError(f"{where}: no such file or folder; check the path")
    if where.suffix.lower() not in MEDIA_TYPES:
        raise SourceError(_unsupported(where))
    return _read_file(where)


def _read_folder(folder: Path) -> Iterator[Page | SourceError]:
    failures: list[OSError] = []
    found = False
    for parent, folders, files in os.walk(folder, onerror=failures.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(name for name in files if not name.startswith(".")):
            found = True
            path = Path(parent, name)
            if path.suffix.lower() in MEDIA_TYPES:
                yield from _read_file(path)
            else:
                yield SourceError(_unsupported(path))
    yield from (_unreadable(Path(failure.filename), failure) for failure in failures)
    if not found and not failures:
        yield SourceError(f"{folder}: the folder holds no files; put {_supported()} files there")


def _read_file(path: Path) -> Iterator[Page | SourceError]:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        yield SourceError(f"{str(path)!a}: the file's name is not valid UTF-8; rename the file")
        return
    if not path.is_file():
        yield SourceError(f"{path}: not a regular file, or a link to nothing; give a file or a folder")
        return
    media_type = MEDIA_TYPES[path.suffix.lower()]
    try:
        with path.open("rb") as file:
            if media_type == MEDIA_TYPES[".jsonl"]:
                yield from _read_lines(path, file)
            else:
                yield from _read_document(path, file, media_type)
    except OSError as e:
        yield _unreadable(path, e)


def _read_document(path: Path, file: BinaryIO, media_type: str) -> Iterator[Page | SourceError]:
    content = file.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        yield SourceError(f"{path}: larger than {MAX_FILE_BYTES // 10**6} MB; split it, or make it a .jsonl file")
    elif not content.strip():
        yield SourceError(f"{path}: the file is empty; nothing was read")
    elif media_type == RECORD:
        yield from _read_json(path, content)
    elif media_type == PDF:
        yield _read_pdf(path, content)
    else:
        yield Page(str(path), content, media_type)


def _read_pdf(path: Path, content: bytes) -> Page | SourceError:
    try:
        return read_pdf(content, str(path))
    except SourceError as e:
        return e


def _read_json(path: Path, content: bytes) -> Iterator[Page | SourceError]:
    decoded = decode(content)
    try:
        document = parse_json(decoded.text)
    except ValueError as e:
        yield SourceError(f"{path}: not valid JSON ({e}); correct the file")
        return
    if isinstance(document, dict):
        yield Page(_Locations(path).of(document) or str(path), content, RECORD)
        return
    if not isinstance(document, list) or not document:
        yield SourceError(f"{path}: holds no records; give one object or a list of objects")
        return
    locations = _Locations(path)
    # UTF-16 has a mark of its own, so an article from a file that was not UTF-8 is flagged as such.
    encoding = "utf-8" if decoded.encoding in ("utf-8", "utf-8-sig") else "utf-16"
    for number, record in enumerate(document, start=1):
        if isinstance(record, dict):
            text = json.dumps(record, ensure_ascii=False).encode(encoding, "surrogatepass")
            # Lists are often written on one line, so the record's number stands in for the line.
            yield Page(locations.of(record) or f"{path}:{number}", text, RECORD)
        else:
            yield SourceError(f"{path}:{number}: {_NO_OBJECT}")


def _read_lines(path: Path, file: BinaryIO) -> Iterator[Page | SourceError]:
    locations, number, empty = _Locations(path), 0, True
    while raw := file.readline(MAX_LINE_BYTES + 1):
        number += 1
        if number == 1 and raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            yield SourceError(f"{path}: the file is UTF-16, whose lines cannot be told apart; save it as UTF-8")
            return
        line = raw.removeprefix(codecs.BOM_UTF8).strip()
        empty = empty and not line
        if len(raw) > MAX_LINE_BYTES:
            while not raw.endswith(b"\n") and (raw := file.readline(MAX_LINE_BYTES)):
                pass
            yield SourceError(f"{path}:{number}: the line is longer than {MAX_LINE_BYTES // 10**6} MB; shorten it")
        elif line:
            yield _record_page(line, locations, f"{path}:{number}")
    if empty:
        yield SourceError(f"{path}: the file is empty; nothing was read")


def _record_page(line: bytes, locations: _Locations, where: str) -> Page | SourceError:
    try:
        record = parse_json(decode(line).text)
    except ValueError as e:
        return SourceError(f"{where}: not valid JSON ({e}); correct the line")
    if not isinstance(record, dict):
        return SourceError(f"{where}: {_NO_OBJECT}")
    return Page(locations.of(record) or where, line, RECORD)


class _Locations:
    """Names the records of one file; an id used twice names only the first, or one record would replace the other."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: set[str] = set()

    def of(self, record: dict[str, object]) -> str:
        """The path with the record's id, or "" where it has none that can stand in a location."""
        value = record.get("id")
        name = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
        if not name or name in self._seen or len(name) > MAX_ID or not name.isprintable():
            return ""
        self._seen.add(name)
        return f"{self._path}#{name}"


def _supported() -> str:
    return " ".join(MEDIA_TYPES)


def _unsupported(path: Path) -> str:
    if path.suffix.lower() in _ARCHIVES:
        return f"{path}: archives are not opened, skipped; unpack it and add the folder"
    what = f"files ending in {path.suffix}" if path.suffix else "files without an ending"
    return f"{path}: {what} cannot be read, skipped; supported: {_supported()}"


def _unreadable(path: Path, error: OSError) -> SourceError:
    wrapped = SourceError(f"{path}: cannot be read ({error.strerror or error}); check its permissions")
    wrapped.__cause__ = error
    return wrapped
