"""What a data folder holds, in numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from index.ingest import META_DERIVATION, META_FINGERPRINT
from index.passages import DERIVATION
from index.settings import Settings
from index.store import Store

PUBLISHERS = 10
"""That are listed, those with most articles first."""


def figures(store: Store, settings: Settings, fingerprint: str) -> dict[str, Any]:
    """Counts, dates and sizes; what `stats --json` prints. `fingerprint` is of the model that the settings name."""
    with store.snapshot():
        model = store.meta(META_FINGERPRINT)
        derivation = store.meta(META_DERIVATION)
        oldest, newest = store.read(
            "select min(published_at), max(published_at) from articles where published_at != ''"
        )[0]
        return {
            "articles": store.count("articles"),
            "chunks": store.count("chunks"),
            "by_language": _counts(store, "language"),
            "by_publisher": dict(list(_counts(store, "publisher").items())[:PUBLISHERS]),
            "oldest": oldest or "",
            "newest": newest or "",
            "vectors": store.count("vectors"),
            "database_bytes": sum(_size(Path(f"{settings.database}{suffix}")) for suffix in ("", "-wal")),
            "index_bytes": sum(_size(path) for path in settings.index_folder.rglob("*")),
            "model": model or fingerprint,
            "due_for_reindex": bool(model) and (model, derivation) != (fingerprint, DERIVATION),
        }


def _counts(store: Store, column: str) -> dict[str, int]:
    """Articles by a column's value, most first; an empty value is not counted."""
    rows = store.read(f"select {column}, count(*) from articles where {column} != '' group by 1 order by 2 desc, 1")
    return {str(name): int(count) for name, count in rows}


def _size(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:  # a snapshot that was replaced meanwhile
        return 0
