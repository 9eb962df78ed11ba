"""Which embedder a setting names. Its fingerprint is known without loading it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.errors import EmbedderError, ModelMissingError, SettingsError
from index.settings import BUNDLED, Settings
from index.types import Embedder, Progress, Reranker

if TYPE_CHECKING:
    from index.embed.transformers import Hardware

TRANSFORMERS = "sentence-transformers:"
"""Before the id or path of a model."""


@dataclass(frozen=True, slots=True)
class Engine:
    """An embedder that is loaded when it is needed."""

    fingerprint: str
    dimension: int
    load: Callable[[Progress], Embedder]
    spec: str = ""
    """What WARTA_EMBEDDER has to be for exactly this one; "" where no setting leads to it."""
    missing: str = ""
    """Why it cannot be loaded here; "" when it can, as far as is known before it is tried."""
    makes_background: bool = False
    """Whether what its questions score anyway is worked out here: it is shipped for the bundled model alone."""


def engine_of(settings: Settings, spec: str = "", *, fetch: bool = False) -> Engine:
    """The engine of WARTA_EMBEDDER, or of another `spec` of its kind; `fetch`: it may be downloaded.

    Raises SettingsError for one that is not known, ModelMissingError for one that is not on this machine.
    """
    spec = spec or settings.embedder
    check_spec(spec)
    if spec == BUNDLED:
        return _bundled(settings)
    from index.embed.checkpoints import NOT_INSTALLED, dimension_of, find_checkpoint, fingerprint_of, is_installed

    checkpoint = find_checkpoint(spec.removeprefix(TRANSFORMERS), "WARTA_EMBEDDER", fetch=fetch)
    from index.embed.transformers import SentenceEmbedder

    def load(progress: Progress) -> Embedder:
        return SentenceEmbedder(checkpoint, _hardware(settings))

    missing = "" if is_installed() else NOT_INSTALLED
    spec, dimension = f"{TRANSFORMERS}{checkpoint.spec}", dimension_of(checkpoint)
    return Engine(fingerprint_of(checkpoint), dimension, load, spec, missing, makes_background=True)


def check_spec(spec: str) -> None:
    """Raises SettingsError for what no WARTA_EMBEDDER can be."""
    if spec != BUNDLED and not (spec.startswith(TRANSFORMERS) and spec != TRANSFORMERS):
        raise SettingsError(f"WARTA_EMBEDDER={spec} is neither {BUNDLED} nor {TRANSFORMERS}ID_OR_PATH")


def _bundled(settings: Settings) -> Engine:
    from index.embed import e5_model

    def load(progress: Progress) -> Embedder:
        from index.embed.e5 import E5Embedder

        return E5Embedder(settings.cache, settings.threads, progress)

    return Engine(e5_model.FINGERPRINT, e5_model.DIMENSION, load, BUNDLED)


def spec_of(fingerprint: str) -> str:
    """What leads to a model whose name alone says it; "" for any other. Older databases note nothing else."""
    from index.embed import e5_model

    return BUNDLED if fingerprint == e5_model.FINGERPRINT else ""


def absent(fingerprint: str, dimension: int, reason: str) -> Engine:
    """Stands for a model that cannot be had: its vectors can be searched with one another, but by no question."""

    def load(progress: Progress) -> Embedder:
        raise EmbedderError(f"{fingerprint} cannot be loaded: {reason}")

    return Engine(fingerprint, dimension, load, missing=reason)


def named_by(settings: Settings) -> str:
    """The fingerprint of what WARTA_EMBEDDER names, or its value while the model is not on this machine.

    Raises SettingsError for one that is not known.
    """
    try:
        return engine_of(settings).fingerprint
    except ModelMissingError:
        return settings.embedder


def reranker_of(settings: Settings) -> Reranker:
    """The loaded cross-encoder of WARTA_RERANKER, downloaded where need be.

    Raises SettingsError, EmbedderError.
    """
    from index.embed.checkpoints import find_checkpoint
    from index.embed.transformers import CrossEncoderReranker

    return CrossEncoderReranker(find_checkpoint(settings.reranker, "WARTA_RERANKER", fetch=True), _hardware(settings))


def _hardware(settings: Settings) -> Hardware:
    from index.embed.transformers import Hardware

    return Hardware(settings.device, settings.batch_size, settings.threads)
