"""Which embedder a setting names. Its fingerprint is known without loading it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from index.errors import SettingsError
from index.settings import BUNDLED, Settings
from index.types import Embedder, Progress


@dataclass(frozen=True, slots=True)
class Engine:
    """An embedder that is loaded when it is needed."""

    fingerprint: str
    dimension: int
    load: Callable[[Progress], Embedder]


def engine_of(settings: Settings) -> Engine:
    """The engine of WARTA_EMBEDDER.

    Raises SettingsError for one that is not known.
    """
    if settings.embedder != BUNDLED:
        raise SettingsError(f"WARTA_EMBEDDER={settings.embedder}: only {BUNDLED} is there so far")
    from index.embed import e5_model

    def load(progress: Progress) -> Embedder:
        from index.embed.e5 import E5Embedder

        return E5Embedder(settings.cache, settings.threads, progress)

    return Engine(e5_model.FINGERPRINT, e5_model.DIMENSION, load)
