"""What `add` tells of its work."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.progress import Bars
from index.sources.files import MEDIA_TYPES

if TYPE_CHECKING:
    from index.pipeline import Warta

STATUSES = ("new", "changed", "unchanged", "duplicate")
_BLOCK = 1 << 20


@dataclass(slots=True)
class Added:
    """What became of everything that was found."""

    counts: Counter[str] = field(default_factory=Counter)
    failed: list[tuple[str, str]] = field(default_factory=list)
    """Location and reason."""
    pages: list[dict[str, str]] = field(default_factory=list)
    """What became of each address on the web that gave an article: address, status and title."""
    chunks: int = 0
    """Of the new and the changed articles."""
    seconds: float = 0.0

    @property
    def complete(self) -> bool:
        """Whether something was found and nothing failed."""
        return bool(self.counts) and not self.failed

    def record(self) -> dict[str, Any]:
        """What `add --json` prints."""
        return {
            **{status: self.counts[status] for status in STATUSES},
            "failed": [{"location": location, "reason": reason} for location, reason in self.failed],
            "pages": self.pages,
            "articles_per_s": round(sum(self.counts.values()) / self.seconds, 2),
            "chunks_per_s": round(self.chunks / self.seconds, 2),
        }

    def summary(self) -> str:
        """One line."""
        told = [f"{self.counts[status]} {status}" for status in STATUSES[:3]]
        return ", ".join([*told, f"{self.counts['duplicate']} duplicates", f"{len(self.failed)} failed"])


def add_paths(warta: Warta, paths: Sequence[str], bars: Bars, *, verbose: bool = False, alerts: bool = True) -> Added:
    """Add files and folders; say each failure, and with `verbose` each article that came in, when it is known.

    `alerts`: whether they are news.
    Raises WartaError where the store or the model cannot be used; what was stored before stays.
    """
    added, started, expected = Added(), time.perf_counter(), count_records(paths)
    for done, outcome in enumerate(warta.add(paths, is_news=lambda article: alerts), start=1):
        bars("add", done, max(expected, done + 1))  # the last batch is not all: the index is written after it
        if outcome.status == "failed":
            # Most reasons name the file themselves, and more precisely.
            named = outcome.detail.startswith(outcome.location)
            bars.say(outcome.detail if named else f"{outcome.location}: {outcome.detail}")
            added.failed.append((outcome.location, outcome.detail))
            continue
        added.counts[outcome.status] += 1
        if "://" in outcome.location:
            added.pages.append({"location": outcome.location, "status": outcome.status, "title": outcome.title})
        if outcome.status in ("new", "changed"):
            added.chunks += len(warta.store.chunks_of(outcome.article_id or 0))
            if verbose:
                bars.say(f"{outcome.status}: {outcome.title} ({outcome.location})")
    bars.close()
    added.seconds = max(time.perf_counter() - started, 1e-9)
    return added


def count_records(paths: Sequence[str]) -> int:
    """About how many articles there are, for the time left: a line of .jsonl is one, and so is any other file."""
    return sum(_in_file(file) for path in paths for file in _files(path))


def _files(path: str) -> list[Path]:
    if not os.path.isdir(path):
        return [Path(path)]
    return [
        Path(parent, name) for parent, _, names in os.walk(path) for name in names if Path(name).suffix in MEDIA_TYPES
    ]


def _in_file(path: Path) -> int:
    if MEDIA_TYPES.get(path.suffix.lower()) != MEDIA_TYPES[".jsonl"]:
        return 1
    try:
        with path.open("rb") as file:
            return sum(block.count(b"\n") for block in iter(lambda: file.read(_BLOCK), b""))
    except OSError:  # said when it is read
        return 1
