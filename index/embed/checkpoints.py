"""A sentence-transformers model on this machine: where it lies, what it is, and how it wants to be asked.

All of this is read from its small files: neither PyTorch nor the model is loaded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b, file_digest
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from index.errors import ModelMissingError, SettingsError

LIBRARY = "sentence_transformers"
NOT_INSTALLED = "sentence-transformers is not installed: pip install 'warta-mitra[transformers]'"
MAX_TOKENS = 512
"""Of a text count at most so many tokens: passages have some 250, and memory grows with the longest."""
_HUB_ID = re.compile(r"(?P<id>[\w.-]+(?:/[\w.-]+)?)(?:@(?P<revision>[\w.-]+))?")
_UNUSED = ("onnx/*", "openvino/*", "*.onnx", "*.h5", "*.msgpack", "*.ot", "*.md", "*.png")
"""Files that PyTorch does not read."""
_OLD_WEIGHTS = "*.bin"
_INSTRUCTION = "Instruct: Given a question, retrieve passages that answer it\nQuery: "
_DIMENSION = ("out_features", "embedding_dimension", "word_embedding_dimension", "hidden_size", "d_model", "dim")
"""What a module's size of vectors is called in its config.json."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A model's files."""

    spec: str
    """What leads to exactly these files again: an absolute path, or ID@COMMIT of the hub."""
    name: str
    folder: Path
    digest: str
    """Of what is in the files: the commit of the hub, or a hash over them."""


@dataclass(frozen=True, slots=True)
class Prompts:
    """What stands before a text, "" for nothing."""

    query: str
    passage: str


def is_installed() -> bool:
    """Whether the extra is there; looking does not import it."""
    try:
        return find_spec(LIBRARY) is not None
    except ValueError:  # a module that was put there by hand has no spec
        return True


def find_checkpoint(wanted: str, setting: str, *, fetch: bool = False) -> Checkpoint:
    """The model of a path or an id of the hub, with or without @REVISION; `setting` names it in errors.

    `fetch`: one that is not on this machine is downloaded. What is there is never looked up again, so that nothing
    changes behind one's back.
    Raises SettingsError for what is neither, ModelMissingError where it is not there or cannot be downloaded.
    """
    path = Path(wanted).expanduser()
    if path.is_dir():
        path = path.absolute()
        return Checkpoint(str(path), path.name, path, _digest_of(path, setting))
    if (found := _HUB_ID.fullmatch(wanted)) is None:
        raise SettingsError(f"{setting} names {wanted}, which is neither a folder nor the id of a model")
    folder = _from_hub(found["id"], found["revision"], setting, fetch=fetch)
    name = found["id"].rpartition("/")[2]
    return Checkpoint(f"{found['id']}@{folder.name}", name, folder, folder.name)


def _from_hub(name: str, revision: str | None, setting: str, *, fetch: bool) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    def folder_of(*without: str, local: bool) -> Path:
        return Path(snapshot_download(name, revision=revision, ignore_patterns=list(without), local_files_only=local))

    try:
        try:
            folder = folder_of(local=True)
            if _has_weights(folder):  # else the download was interrupted
                return folder
        except LocalEntryNotFoundError:
            pass
        if not fetch:
            raise ModelMissingError(f"{setting} names {name}, which is not downloaded yet; `warta reindex` does it")
        if not is_installed():  # else gigabytes come, which nothing here can read
            raise ModelMissingError(f"{setting} names {name}, but {NOT_INSTALLED}")
        folder = folder_of(*_UNUSED, _OLD_WEIGHTS, local=False)
        return folder if _has_weights(folder) else folder_of(*_UNUSED, local=False)
    except (OSError, ValueError, HfHubHTTPError) as e:
        reason = str(e).strip().splitlines() or [type(e).__name__]
        raise ModelMissingError(
            f"{setting} names {name}, which cannot be downloaded ({reason[0]}); check the name, or name a folder"
        ) from e


def _has_weights(folder: Path) -> bool:
    return any(True for pattern in ("*.safetensors", _OLD_WEIGHTS) for _ in folder.rglob(pattern))


def _digest_of(folder: Path, setting: str) -> str:
    """A hash over the names and contents of a model's files; a second for each gigabyte."""
    if not ((folder / "modules.json").exists() or (folder / "config.json").exists()):
        raise SettingsError(f"{setting} names {folder}, where no model is: neither modules.json nor config.json")
    files = sorted(path for path in folder.rglob("*") if path.is_file() and _is_read(path.relative_to(folder)))
    stats = [path.stat() for path in files]
    return _hashed(folder, tuple(files), tuple((s.st_size, s.st_mtime_ns) for s in stats))


def _is_read(path: Path) -> bool:
    hidden = any(part.startswith((".", "__pycache__")) for part in path.parts)
    return not hidden and not any(path.match(pattern) for pattern in _UNUSED)


@lru_cache(8)
def _hashed(folder: Path, files: tuple[Path, ...], stats: tuple[tuple[int, int], ...]) -> str:
    """`stats` only tell that the files are still those that were read before."""
    whole = blake2b(digest_size=16)
    for path in files:
        with path.open("rb") as file:
            whole.update(f"{path.relative_to(folder).as_posix()}\0{file_digest(file, 'sha256').hexdigest()}\n".encode())
    return whole.hexdigest()


def prompts_of(checkpoint: Checkpoint) -> Prompts:
    """The model's own, or those that the E5 family was trained with where it has none and its name says so."""
    config = _json(checkpoint.folder / "config_sentence_transformers.json")
    prompts = config.get("prompts") or {}
    usual = prompts.get(config.get("default_prompt_name"), "")
    query = prompts.get("query") or usual
    passage = next((prompts[name] for name in ("document", "passage", "corpus") if prompts.get(name)), usual)
    if not (query or passage) and "e5" in re.split(r"[\W_]", name := checkpoint.name.lower()):
        return Prompts(_INSTRUCTION, "") if "instruct" in name else Prompts("query: ", "passage: ")
    return Prompts(query, passage)


def dimension_of(checkpoint: Checkpoint) -> int:
    """Of its vectors.

    Raises ModelMissingError when its files do not tell.
    """
    if cut := _json(checkpoint.folder / "config_sentence_transformers.json").get("truncate_dim"):
        return int(cut)
    modules = _json(checkpoint.folder / "modules.json", [])
    for place in [*(str(module.get("path", "")) for module in reversed(modules)), ""]:
        config = _json(checkpoint.folder / place / "config.json")
        for name in _DIMENSION:
            if isinstance(config.get(name), int):
                return int(config[name])
    raise ModelMissingError(f"{checkpoint.folder} does not tell the dimension of its vectors; it is no embedding model")


def fingerprint_of(checkpoint: Checkpoint) -> str:
    """Names the model, its files, its prompts and its dimension."""
    prompts = prompts_of(checkpoint)
    told = "\0".join((checkpoint.digest, prompts.query, prompts.passage, str(MAX_TOKENS)))
    digest = blake2b(told.encode(), digest_size=6).hexdigest()
    return f"sentence-transformers/{checkpoint.name}/{digest}/{dimension_of(checkpoint)}"


def _json(path: Path, default: Any = None) -> Any:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        found = None
    except (OSError, ValueError) as e:
        raise ModelMissingError(f"{path} cannot be read ({e}); download the model again") from e
    return found if isinstance(found, list | Mapping) else {} if default is None else default
