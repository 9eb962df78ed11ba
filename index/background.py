"""What a question scores anyway, for a model that no such estimate was shipped for: made of the sample articles.

Without it, a young index has nothing to compare a cosine with, and every model has cosines of its own size. Made once,
in seconds, and kept in the cache folder.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import zipfile
from hashlib import blake2b
from pathlib import Path

import numpy as np

from index.dense import Background, Moments
from index.passages import Passage, drafts_of
from index.types import Article, Embedder, Language

SAMPLES = Path(__file__).with_name("samples") / "articles.jsonl"
FOLDER = "backgrounds"
"""Below the cache folder."""
_KINDS = ("passages", "sentences")
_LANGUAGES: tuple[Language, ...] = ("id", "en", "und")
_SIZES = ("count", "total", "outer")


def kept_background(fingerprint: str, cache: Path) -> Background | None:
    """What was made for a model before; None when nothing was, or it cannot be read."""
    try:
        with _file(fingerprint, cache).open("rb") as file, np.load(file) as stored:
            passages, sentences = (
                {
                    str(language): Moments(
                        float(stored[f"{kind}.{language}.count"]),
                        stored[f"{kind}.{language}.total"],
                        stored[f"{kind}.{language}.outer"],
                    )
                    for language in _LANGUAGES
                }
                for kind in _KINDS
            )
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    return Background(fingerprint, passages, sentences)


def make_background(embedder: Embedder, cache: Path) -> Background:
    """Embed the samples, and keep what comes of it; where that cannot be kept, it is made again next time.

    Raises EmbedderError.
    """
    texts = _texts()
    kinds: dict[str, dict[str, Moments]] = {}
    for kind in _KINDS:
        moments: dict[str, Moments] = {language: Moments.none(embedder.dimension) for language in _LANGUAGES}
        for language, passages in texts.items():
            some = [p.text for p in passages] if kind == "passages" else [s for p in passages for s in p.sentences]
            vectors = embedder.embed_passages(some)
            moments[language].include(vectors)
            moments["und"].include(vectors)
        kinds[kind] = moments
    made = Background(embedder.fingerprint, kinds["passages"], kinds["sentences"])
    with contextlib.suppress(OSError):
        _keep(made, _file(embedder.fingerprint, cache))
    return made


def _texts() -> dict[Language, list[Passage]]:
    found: dict[Language, list[Passage]] = {"id": [], "en": []}
    for line in SAMPLES.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        language: Language = "id" if record["lang"] == "id" else "en"
        found[language] += drafts_of(Article(record["title"], record["text"], record["id"], language))[1]
    return found


def _keep(made: Background, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    arrays = {
        f"{kind}.{language}.{name}": np.asarray(getattr(moments, name), np.float64)
        for kind in _KINDS
        for language, moments in getattr(made, kind).items()
        for name in _SIZES
    }
    descriptor, making = tempfile.mkstemp(suffix=".npz", dir=file.parent)
    try:
        with os.fdopen(descriptor, "wb") as target:
            np.savez(target, **arrays)  # type: ignore[arg-type]
        os.replace(making, file)
    finally:
        Path(making).unlink(missing_ok=True)


def _file(fingerprint: str, cache: Path) -> Path:
    return cache / FOLDER / f"{blake2b(fingerprint.encode(), digest_size=12).hexdigest()}.npz"
