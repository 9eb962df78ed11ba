"""Data folders to back up, what is in them, and backups as somebody else might make them."""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
import zipfile
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from news import articles, small_engine

from index.backup_file import DATABASE, MANIFEST, PARTNERS, SEAL
from index.pipeline import Warta
from index.settings import Settings

NAMES = "BMW: BMW Group, BMW AG\n"


def filled(data: Path, count: int = 4, names: str | None = NAMES) -> Path:
    """A data folder with so many articles, none of them news, and these partners."""
    with Warta(Settings(data=data), small_engine()) as warta:
        list(warta.ingest(articles(count), is_news=lambda article: False))
    if names is not None:
        (data / PARTNERS).write_text(names, encoding="utf-8")
    return data


def contents(data: Path) -> tuple[str, str | None]:
    """All of a data folder's database, and its partners."""
    with closing(sqlite3.connect(data / DATABASE)) as connection:
        dump = "\n".join(connection.iterdump())
    names = data / PARTNERS
    return dump, names.read_text(encoding="utf-8") if names.exists() else None


def members(backup: Path) -> dict[str, bytes]:
    """What is in a backup."""
    with zipfile.ZipFile(backup) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def manifest_for(files: Mapping[str, bytes], **said: Any) -> dict[str, Any]:
    """A manifest that fits these files, but for what is said."""
    listed = {name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in files.items()}
    record = {"format": 1, "made_at": "2026-01-01T00:00:00Z", "version": "0.1.0", "fingerprint": "fake/a"}
    return {**record, "articles": 4, "chunks": 9, "chats": 0, "files": listed, **said}


def forge(path: Path, files: Mapping[str, bytes], manifest: object, method: int = zipfile.ZIP_DEFLATED) -> Path:
    """A backup with the right seal, whatever is in it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
        archive.writestr(MANIFEST, manifest if isinstance(manifest, bytes) else json.dumps(manifest))
    return sealed(path, packed.getvalue())


def sealed(path: Path, archive: bytes) -> Path:
    """An archive without a comment, with the seal of a backup."""
    with io.BytesIO(archive) as packed:
        with zipfile.ZipFile(packed, "a") as opened:
            opened.comment = SEAL + b"0" * 64
        whole = packed.getvalue()
    path.write_bytes(whole[:-64] + hashlib.sha256(whole[:-64]).hexdigest().encode())
    return path
