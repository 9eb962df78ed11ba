"""The models of a data folder: the one that the settings name, and the one that the vectors in it are of.

They differ from the moment somebody names another one until `warta reindex` has made vectors with it. The old one goes
on answering meanwhile, and every process that reads the folder takes up the new one with the first question after that.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from index.background import kept_background, make_background
from index.dense import read_background
from index.embed import engines
from index.embed.engines import Engine
from index.errors import EmbedderError, ModelMissingError, SettingsError
from index.reranking import Rereader
from index.settings import Settings
from index.snapshots import LiveIndex
from index.store import META_FINGERPRINT, Store
from index.types import Embedder, Progress, SentenceReader, Vectors

KNOWN_QUESTIONS = 2_000
"""Vectors of questions that are kept, 1.5 KB each: embedding is most of what a question costs."""
RETRY_S = 300.0
"""After so long, a model that could not be had is looked for again."""
NOT_NOTED = "where it came from is not noted"
_META_SPEC = "engine "
"""Before a fingerprint: what WARTA_EMBEDDER has to be for that model."""


class Served:
    """A model with what belongs to it: its embedder, loaded once, the last questions' vectors, and its live index."""

    def __init__(self, engine: Engine, settings: Settings, progress: Progress) -> None:
        """Nothing is loaded before it is needed."""
        self.engine, self.fingerprint, self.dimension = engine, engine.fingerprint, engine.dimension
        background = read_background(engine.fingerprint)
        if made := kept_background(engine.fingerprint, settings.cache) if engine.makes_background else None:
            background = made
        self.live = LiveIndex(settings.index_folder, engine.fingerprint, engine.dimension, background)
        self._cache, self._progress = settings.cache, progress
        self._embedder: Embedder | None = None
        self._loading = threading.Lock()
        self.query_vector = lru_cache(KNOWN_QUESTIONS)(self._query_vector)
        """`embed_query`, remembered; not to be changed in place."""

    def embedder(self) -> Embedder:
        """Loaded when it is first asked for.

        Raises EmbedderError.
        """
        with self._loading:
            if self._embedder is None:
                embedder = self.engine.load(self._progress)
                if self.engine.makes_background and not self.live.dense.background.passages:
                    self.live.believe(make_background(embedder, self._cache))
                self._embedder = embedder
            return self._embedder

    def reader(self) -> SentenceReader | None:
        """The model, where it can read a question and a sentence together. Raises EmbedderError."""
        embedder = self.embedder()
        return embedder if isinstance(embedder, SentenceReader) else None

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """As an Embedder; without texts nothing is loaded: adding what is known already does not need it."""
        return self.embedder().embed_passages(texts) if texts else np.zeros((0, self.dimension), np.float32)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """As an Embedder."""
        return self.embedder().embed_query(text)

    def _query_vector(self, text: str) -> NDArray[np.float32]:
        vector = self.embedder().embed_query(text)
        vector.setflags(write=False)
        return vector


class Models:
    """Shared by a Warta and its readers."""

    def __init__(self, settings: Settings, engine: Engine | None, progress: Progress) -> None:
        """`engine`: instead of the one that the settings name.

        Raises SettingsError for one that cannot be.
        """
        engines.check_spec(settings.embedder)
        self._settings, self._given, self._progress = settings, engine, progress
        self._lock = threading.Lock()
        self._wanted: Served | None = None
        self._serving: Served | None = None
        self._looked_at = 0.0
        self._rereader: Rereader | None = None
        self._loading_reranker = threading.Lock()

    def wanted(self) -> Served:
        """Of the settings; downloaded where need be.

        Raises SettingsError, EmbedderError.
        """
        with self._lock:
            return self._of_settings(fetch=True)

    def name(self) -> str:
        """Names what the settings do, without downloading anything."""
        return self._given.fingerprint if self._given else engines.named_by(self._settings)

    def serving(self, store: Store) -> Served:
        """Of the store's vectors, or of the settings while there are none. Where it cannot be had, see `absent`.

        Raises SettingsError, EmbedderError.
        """
        fingerprint, now = store.meta(META_FINGERPRINT), time.monotonic()
        serving = self._serving
        if serving is not None and self._still(serving, fingerprint, now):
            return serving
        with self._lock:
            if not fingerprint:
                return self._of_settings(fetch=True)
            if self._serving is None or not self._still(self._serving, fingerprint, now):
                self._looked_at = now
                self._serving = self._found(store, fingerprint)
            return self._serving

    def _still(self, served: Served, fingerprint: str, now: float) -> bool:
        return served.fingerprint == fingerprint and (not served.engine.missing or now - self._looked_at < RETRY_S)

    def query_of(self, text: str, served: Served, store: Store) -> tuple[NDArray[np.float32] | None, str]:
        """A question's vector; or None, and why, where the stored vectors' model is not the settings' and fails.

        Raises EmbedderError where it is, StoreError.
        """
        other = self.other(store)
        if served.engine.missing and other:
            return None, self.mismatch(served, store)
        try:
            return served.query_vector(text), ""
        except EmbedderError as e:
            if other is None:
                raise
            return None, f"{self.mismatch(served, store)} ({e})"

    def other(self, store: Store) -> tuple[str, str] | None:
        """The names of the model of the stored vectors and of the settings' model, where they differ."""
        stored = store.meta(META_FINGERPRINT)
        return (stored, named) if stored and stored != (named := self.name()) else None

    def mismatch(self, served: Served, store: Store) -> str:
        """That they differ, and what to do."""
        stored, named = self.other(store) or (served.fingerprint, served.fingerprint)
        why = f", which cannot be loaded ({served.engine.missing})" if served.engine.missing else ""
        return (
            f"the index was made with {stored}{why}, but the settings name {named}: run `warta reindex`, "
            "or set WARTA_EMBEDDER back"
        )

    @property
    def loaded(self) -> bool:
        """Whether the index that is served from is in memory, and its model is there."""
        serving = self._serving or self._wanted
        return serving is not None and serving.live.seq >= 0 and not serving.engine.missing

    def note(self, store: Store, served: Served) -> None:
        """Have the store remember which setting leads to a model."""
        name, spec = f"{_META_SPEC}{served.fingerprint}", served.engine.spec
        if spec and store.meta(name) != spec:
            store.set_meta(name, spec)

    @property
    def reranker_failure(self) -> str:
        """Why the last question went without the reranker; "" where it did not, or there is none."""
        return self._rereader.failure if self._rereader else ""

    def rereader(self) -> Rereader | None:
        """Of the settings, loaded once.

        Raises SettingsError, EmbedderError.
        """
        if not self._settings.reranker:
            return None
        with self._loading_reranker:
            if self._rereader is None:
                self._rereader = Rereader(engines.reranker_of(self._settings))
            return self._rereader

    def _of_settings(self, *, fetch: bool) -> Served:
        if self._wanted is None:
            engine = self._given or engines.engine_of(self._settings, fetch=fetch)
            self._wanted = Served(engine, self._settings, self._progress)
        return self._wanted

    def _found(self, store: Store, fingerprint: str) -> Served:
        with suppress(ModelMissingError):
            if (wanted := self._of_settings(fetch=False)).fingerprint == fingerprint:
                return wanted
        spec, reason = store.meta(f"{_META_SPEC}{fingerprint}") or engines.spec_of(fingerprint), NOT_NOTED
        # One of the name that the settings give may be downloaded: the folder may come from another machine.
        fetch = spec.partition("@")[0] == self._settings.embedder.partition("@")[0]
        try:
            engine = engines.engine_of(self._settings, spec, fetch=fetch) if spec else None
        except (EmbedderError, SettingsError) as e:
            engine, reason = None, str(e)
        if engine is not None and engine.fingerprint != fingerprint:
            engine, reason = None, f"{spec} is another one by now"
        return Served(engine or _absent(store, fingerprint, reason), self._settings, self._progress)


def _absent(store: Store, fingerprint: str, reason: str) -> Engine:
    query = "select coalesce(max(length(vector)), 0) from vectors where fingerprint = ?"
    [(size,)] = store.read(query, [fingerprint])
    return engines.absent(fingerprint, max(int(size) // 2, 1), reason)
