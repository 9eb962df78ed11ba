"""Having what is written reach the disk, before something else says that it is there."""

from __future__ import annotations

import os
from pathlib import Path


def write_synced(path: Path, data: bytes) -> None:
    """Write a file and have it reach the disk."""
    path.write_bytes(data)
    sync_path(path)


def sync_path(path: Path) -> None:
    """Have a file's content, or a folder's entries, reach the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
