"""The vector index on disk: a cache that is either whole or ignored.

A snapshot is a folder below `index/`: one FAISS file a language, the moments, and a manifest with their checksums, the
model's fingerprint, and the number S of the last change that it holds with the store's mark for it. `CURRENT` names
the one in use, with the manifest's checksum, and is replaced last. What is in memory is that snapshot plus the changes
after S; without a sound snapshot it is built from the vectors in the store.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np

from index.dense import Background, DenseIndex, Moments
from index.disk import sync_path, write_synced
from index.errors import IndexCorruptError, VectorIndexError
from index.gate import Gate
from index.lexical import WordCache
from index.store import State, Store
from index.types import Language

CURRENT = "CURRENT"
MANIFEST = "manifest.json"
LOCK = ".lock"
FORMAT = 1
GENERATION, MAKING = "generation-", "making-"
_MOMENTS = "moments.npz"
_LOCK_TIMEOUT_S = 60
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Current:
    """What belongs to one state of the store."""

    dense: DenseIndex
    words: WordCache


class LiveIndex:
    """The dense index of a store, kept up to date with its change log. One for all threads."""

    def __init__(self, folder: Path, fingerprint: str, dimension: int, background: Background) -> None:
        """Nothing is read before the first `refresh`."""
        self.folder = folder
        self.fingerprint = fingerprint
        self.dense = DenseIndex(dimension, background)
        self.seq = -1
        """Number of the last change that is in memory; -1 before anything is."""
        self.damage = ""
        """Why the snapshot was not used, where it was there."""
        self.from_snapshot = False
        """Whether what is in memory began as a snapshot; else it was built from the store."""
        self._mark = ""
        self._words = WordCache()
        self._gate = Gate()

    @contextlib.contextmanager
    def current(self, store: Store) -> Iterator[Current | None]:
        """The index as the store's last change left it, and that state of the store, for the length of the block.

        Several threads may be inside, each with a store of its own; what changes the index waits for them, so nothing
        slow belongs inside, nor another `current`, `refresh` or `save` of the same index. None while the store's
        vectors are of another model; the index then stays as it is.
        """
        # The gate first: a snapshot begun before could be older than what another thread has brought the index up to.
        with self._gate.reading(), store.snapshot():
            state = store.state()
            if not self._serves(state):
                yield None
                return
            if (self.seq, self._mark) == (state.last, state.mark):
                yield Current(self.dense, self._words)
                return
        with self._gate.changing() as read_on, store.snapshot():
            state = store.state()
            if self._serves(state):
                self._bring_up_to(state, store)
            read_on()
            yield Current(self.dense, self._words) if self._serves(state) else None

    def believe(self, background: Background) -> None:
        """Compare languages by another estimate from now on."""
        with self._gate.changing():
            self.dense.background = background

    def refresh(self, store: Store) -> None:
        """Bring the index up to the store's last change. Quick when nothing has changed."""
        with self.current(store):
            pass

    def _serves(self, state: State) -> bool:
        return state.fingerprint in ("", self.fingerprint)

    def _bring_up_to(self, state: State, store: Store) -> None:
        if (self.seq, self._mark) == (state.last, state.mark):
            return  # another thread was quicker
        if self.seq < 0 or store.mark(self.seq) != self._mark:
            self._open(store)
        changes = store.changes_since(self.seq)
        if changes.last != self.seq:
            self.dense.remove(changes.removed)
            for language, ids, vectors in store.chunk_vectors(self.fingerprint, changes.added):
                self.dense.add(language, ids, vectors)
            self.seq = changes.last
        self._mark = state.mark
        self._words = WordCache()

    def _open(self, store: Store) -> None:
        self.seq, self.damage, self.from_snapshot = -1, "", False
        try:
            self.dense, self.seq = load_snapshot(
                self.folder, self.fingerprint, self.dense.dimension, self.dense.background, store
            )
            self.from_snapshot = True
            return
        except FileNotFoundError:
            pass
        except IndexCorruptError as e:
            self.damage = str(e)
        self.dense = DenseIndex(self.dense.dimension, self.dense.background)
        for language, ids, vectors in store.chunk_vectors(self.fingerprint):
            self.dense.add(language, ids, vectors)
        self.seq = store.last_change()

    def save(self, store: Store) -> None:
        """Write a snapshot of what is in memory and make it the current one.

        Raises VectorIndexError when it cannot be written; the snapshot before stays.
        """
        with self.current(store) as held:
            if held is None:
                return
            seq, files = self.seq, _packed(held.dense, self.fingerprint, self._mark, self.seq)
        try:
            _write_snapshot(files, self.folder, seq)
        except OSError as e:
            raise VectorIndexError(
                f"the search index could not be saved in {self.folder} ({e.strerror or e}); the articles are "
                "stored and are found, but it is built anew at each start: free some space and run `warta reindex`"
            ) from e
        self.damage = ""


def _write_snapshot(files: dict[str, bytes], folder: Path, seq: int) -> None:
    """Write a snapshot beside the others, point CURRENT at it, and drop those before it."""
    from filelock import FileLock

    folder.mkdir(parents=True, exist_ok=True)
    # One at a time: whoever saves also sweeps, and what another is making would look like left over.
    with FileLock(folder / LOCK, timeout=_LOCK_TIMEOUT_S):
        making = Path(tempfile.mkdtemp(prefix=MAKING, dir=folder))
        try:
            for name, data in files.items():
                write_synced(making / name, data)
            sync_path(making)
            generation = folder / f"{GENERATION}{seq:012d}-{making.name.removeprefix(MAKING)}"
            os.replace(making, generation)
            pointer = folder / f"{CURRENT}.{making.name}"
            write_synced(pointer, f"{generation.name} {_digest(files[MANIFEST])}\n".encode())
            os.replace(pointer, folder / CURRENT)
            sync_path(folder)
        finally:
            shutil.rmtree(making, ignore_errors=True)
            sweep(folder)


def left_over(folder: Path) -> list[Path]:
    """What interrupted or replaced snapshots left behind."""
    try:
        current = (folder / CURRENT).read_bytes().decode(errors="replace").split(" ")[0]
    except OSError:
        current = ""
    ours = (GENERATION, MAKING, f"{CURRENT}.")
    return [path for path in sorted(folder.iterdir()) if path.name.startswith(ours) and path.name != current]


def sweep(folder: Path) -> None:
    """Remove what is left over; what cannot be removed stays."""
    for path in left_over(folder):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def load_snapshot(
    folder: Path, fingerprint: str, dimension: int, background: Background, store: Store
) -> tuple[DenseIndex, int]:
    """The index of the current snapshot and the number of the last change in it.

    Raises FileNotFoundError when there is none for this store and model, IndexCorruptError when it is damaged.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        pointer = _pointer(folder)
        try:
            manifest, files = _read_files(folder, pointer)
            if manifest["fingerprint"] != fingerprint or manifest["mark"] != (store.mark(manifest["seq"]) or None):
                raise FileNotFoundError("the snapshot is of another model or another state of the store")
            dense = DenseIndex(dimension, background)
            _unpack(dense, files)
            if len(dense) != manifest["chunks"]:
                raise ValueError(f"it holds {len(dense)} chunks instead of {manifest['chunks']}")
            return dense, int(manifest["seq"])
        except FileNotFoundError as e:
            if e.filename is None:
                raise
            reason = f"{Path(e.filename).name} is missing"
        except (
            ValueError, KeyError, TypeError, AttributeError, OSError, RuntimeError, EOFError, zipfile.BadZipFile,
        ) as e:  # fmt: skip
            reason = str(e)
        # Another process may have put a newer one in its place while this one was being read.
        if attempt == _ATTEMPTS or _pointer(folder) == pointer:
            break
    raise IndexCorruptError(f"the search index in {folder} is damaged ({reason}) and was rebuilt from the store")


def _pointer(folder: Path) -> bytes:
    try:
        return (folder / CURRENT).read_bytes()
    except FileNotFoundError:
        raise FileNotFoundError("no snapshot") from None
    except OSError as e:
        raise IndexCorruptError(f"{folder / CURRENT} cannot be read ({e.strerror})") from e


def _read_files(folder: Path, pointer: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The manifest and the files it names, all with the checksums they should have."""
    name, _, digest = pointer.decode().partition(" ")
    generation = folder / name
    if generation.parent != folder or not name.startswith(GENERATION) or not digest.endswith("\n"):
        raise ValueError(f"{CURRENT} names {name[:60]!r}")
    packed = (generation / MANIFEST).read_bytes()
    if _digest(packed) != digest.strip():
        raise ValueError(f"{MANIFEST} does not have the checksum of {CURRENT}")
    manifest = json.loads(packed)
    if manifest["format"] != FORMAT:
        raise FileNotFoundError("the snapshot has another version's format")
    files = {}
    for file, expected in manifest["files"].items():
        files[file] = (generation / file).read_bytes()
        if _digest(files[file]) != expected:
            raise ValueError(f"{file} does not have the checksum of {MANIFEST}")
    return manifest, files


def _packed(dense: DenseIndex, fingerprint: str, mark: str, seq: int) -> dict[str, bytes]:
    """A snapshot's files by name, the manifest last."""
    files: dict[str, bytes] = {}
    moments: dict[str, np.ndarray] = {}
    for language, (serialised, m) in dense.parts().items():
        files[f"{language}.faiss"] = serialised
        moments |= {
            f"{language}.count": np.array(m.count),
            f"{language}.total": m.total,
            f"{language}.outer": m.outer,
        }
    packed = io.BytesIO()
    np.savez(packed, **moments)  # type: ignore[arg-type]
    files[_MOMENTS] = packed.getvalue()
    manifest = {
        "format": FORMAT,
        "fingerprint": fingerprint,
        "dimension": dense.dimension,
        "mark": mark,
        "seq": seq,
        "chunks": len(dense),
        "files": {name: _digest(data) for name, data in files.items()},
    }
    files[MANIFEST] = json.dumps(manifest, indent=1).encode()
    return files


def _unpack(dense: DenseIndex, files: dict[str, bytes]) -> None:
    languages: tuple[Language, ...] = get_args(Language)
    with np.load(io.BytesIO(files[_MOMENTS])) as moments:
        for language in languages:
            if (serialised := files.get(f"{language}.faiss")) is not None:
                count, total, outer = (moments[f"{language}.{name}"] for name in ("count", "total", "outer"))
                dense.restore(language, serialised, Moments(float(count), total, outer))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
