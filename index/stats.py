"""What a data folder holds, in numbers."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from index.errors import NamesError
from index.ingest import META_DERIVATION, META_FINGERPRINT
from index.names import NameBook, read_names
from index.passages import DERIVATION
from index.settings import Settings
from index.store import Store

PUBLISHERS = 10
"""That are listed, those with most articles first."""
RECENT_DAYS = 7


def figures(store: Store, settings: Settings, named: str, now: float) -> dict[str, Any]:
    """Counts, dates and sizes; what `stats --json` prints. `named` is the model that the settings name."""
    since = f"{datetime.fromtimestamp(now, UTC) - timedelta(RECENT_DAYS):%Y-%m-%dT%H:%M:%SZ}"
    with store.snapshot():
        model = store.meta(META_FINGERPRINT)
        derivation = store.meta(META_DERIVATION)
        oldest, newest = store.read(
            "select min(published_at), max(published_at) from articles where published_at != ''"
        )[0]
        return {
            "articles": store.count("articles"),
            "articles_7_days": int(store.read("select count(*) from articles where added_at > ?", [since])[0][0]),
            "chunks": store.count("chunks"),
            "by_language": _counts(store, "language"),
            "by_publisher": dict(list(_counts(store, "publisher").items())[:PUBLISHERS]),
            "partners": _partners(store, settings),
            "sources": _sources(store),
            "oldest": oldest or "",
            "newest": newest or "",
            "vectors": store.count("vectors"),
            "database_bytes": sum(_size(Path(f"{settings.database}{suffix}")) for suffix in ("", "-wal")),
            "index_bytes": sum(_size(path) for path in settings.index_folder.rglob("*")),
            "free_bytes": shutil.disk_usage(settings.data).free,
            "model": model or named,
            "settings_model": named,
            "due_for_reindex": bool(model) and (model, derivation) != (named, DERIVATION),
        }


def readable(record: dict[str, Any]) -> dict[str, Any]:
    """The figures for a person: why a reindex is due, where the model is the reason."""
    if record["model"] == record["settings_model"]:
        return record
    why = f"index is of {record['model']}, settings name {record['settings_model']}: warta reindex"
    return {**record, "due_for_reindex": why}


def _counts(store: Store, column: str) -> dict[str, int]:
    """Articles by a column's value, most first; an empty value is not counted."""
    rows = store.read(f"select {column}, count(*) from articles where {column} != '' group by 1 order by 2 desc, 1")
    return {str(name): int(count) for name, count in rows}


def _partners(store: Store, settings: Settings) -> int:
    """Organisations that articles are tagged with or that partners.txt names; one of several spellings counts once."""
    try:
        named = read_names(settings.partners_file)
    except NamesError:  # told where the names are used; here it would hide every other figure
        named = NameBook()
    tags = store.read("select distinct value from articles, json_each(partners) where partners != '[]' order by 1")
    return len(named.with_tags(str(row[0]) for row in tags).names)


def _sources(store: Store) -> dict[str, int]:
    """How many are well, fail and are switched off; a data folder without sources has not even a table of them."""
    if not store.read("select 1 from sqlite_master where type = 'table' and name = 'sources'"):
        return {"active": 0, "failing": 0, "off": 0}
    [(active, failing, off)] = store.read(
        "select sum(active and not failures), sum(active and failures > 0), sum(not active) from sources"
    )
    return {"active": active or 0, "failing": failing or 0, "off": off or 0}


def _size(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:  # a snapshot that was replaced meanwhile
        return 0
