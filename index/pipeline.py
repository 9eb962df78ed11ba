"""The one place that orders the stages: an opened data folder that takes articles in and gives answers out."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.answer import Draft, citations_of, draft_answer, nearest, verified
from index.dense import read_background
from index.embed.engines import Engine, engine_of
from index.errors import ExtractError, ModelMismatchError, SourceError
from index.features import Question, relation_of, take_apart
from index.ingest import Outcome, Reindexed, check_model, ingest, reindex
from index.language import detect
from index.phrases import abstention_text, answer_text, phrase
from index.retrieve import Retrieved, retrieve
from index.settings import Settings
from index.snapshots import LiveIndex
from index.store import Store
from index.types import Answer, Article, Embedder, Filters, Language, Progress, silent

HITS = 40
"""Chunks that are ranked for a question: at least ten articles' worth."""
MAX_QUESTION = 1_000
"""Characters of a question that count."""


class Warta:
    """An opened data folder."""

    def __init__(self, settings: Settings, engine: Engine | None = None, progress: Progress = silent) -> None:
        """Open the store; the model is loaded and the index read when they are first needed.

        Raises SettingsError, StoreError.
        """
        self.settings = settings
        self.engine = engine or engine_of(settings)
        self.store = Store(settings.database, settings.busy_timeout)
        self.live = LiveIndex(
            settings.index_folder,
            self.engine.fingerprint,
            self.engine.dimension,
            read_background(self.engine.fingerprint),
        )
        self._progress = progress
        self._embedder: Embedder | None = None

    def __enter__(self) -> Warta:
        return self

    def __exit__(self, *_: object) -> None:
        self.store.close()

    @property
    def embedder(self) -> Embedder:
        """The model, loaded once.

        Raises EmbedderError.
        """
        if self._embedder is None:
            self._embedder = self.engine.load(self._progress)
        return self._embedder

    # In

    def add(self, locations: Iterable[str]) -> Iterator[Outcome]:
        """Read files and folders and store what they hold; every article and every failure is one outcome."""
        failures: list[Outcome] = []

        def articles() -> Iterator[Article]:
            for location in locations:
                yield from self._read(location, failures)

        yield from self.ingest(articles(), failures)

    def ingest(self, articles: Iterable[Article], failures: list[Outcome] | None = None) -> Iterator[Outcome]:
        """Store articles; then write a snapshot of the index when anything changed.

        Raises ModelMismatchError, StoreError.
        """
        check_model(self.store, self.engine.fingerprint)
        failures = failures if failures is not None else []
        changed = False
        for outcome in ingest(self.store, _Lazy(self), articles):
            yield from failures
            failures.clear()
            changed |= outcome.status in ("new", "changed")
            yield outcome
        yield from failures
        if changed:
            self.live.save(self.store)

    def _read(self, location: str, failures: list[Outcome]) -> Iterator[Article]:
        from index.extract import extract
        from index.sources.files import read_pages

        if "://" in location:
            failures.append(
                Outcome(
                    location,
                    "failed",
                    detail="web pages cannot be fetched yet; save the page as .html and add the file",
                )
            )
            return
        try:
            for page in read_pages(Path(location)):
                if isinstance(page, SourceError):
                    failures.append(Outcome(location, "failed", detail=str(page)))
                    continue
                try:
                    yield extract(page, now=datetime.now(UTC))
                except ExtractError as e:
                    failures.append(Outcome(page.location, "failed", detail=str(e)))
        except SourceError as e:
            failures.append(Outcome(location, "failed", detail=str(e)))

    def reindex(self, *, full: bool = False) -> Reindexed:
        """Derive everything anew; answers go on from the old state until it is done.

        Raises StoreBusyError when another reindex runs.
        """
        from filelock import FileLock, Timeout

        from index.errors import StoreBusyError

        try:
            with FileLock(self.settings.data / "reindex.lock", timeout=0):
                report = reindex(self.store, self.embedder, full=full, progress=self._progress)
                self.live.save(self.store)
        except Timeout as e:
            raise StoreBusyError(f"another reindex of {self.settings.data} is running; wait for it to finish") from e
        return report

    # Out

    def ask(
        self, question: str, language: Language | None = None, filters: Filters | None = None, topic: str = ""
    ) -> Answer:
        """Answer a question, or say that the stored news does not.

        `language` is the answer's; None: the question's, Indonesian where that cannot be told. `topic`: what an earlier
        question was about, when this one only points back to it; it is searched for as well, and said.
        Raises StoreError, EmbedderError.
        """
        started = time.perf_counter()
        asked, found, draft, notice, timings = self._try(question, language, filters or Filters(), topic)
        language = language or asked.language
        lead = phrase("about", language, topic=topic) if topic else ""
        if draft.quotes and draft.confidence >= self.settings.abstain_below:
            quotes = verified(draft.quotes, draft.articles)
            citations = citations_of(quotes, draft.articles)
            text = answer_text(quotes, citations, language, lead=lead)
        else:
            quotes, citations = (), nearest(found.hits, self.store)
            text = abstention_text(citations, language, lead=lead)
        timings["total"] = (time.perf_counter() - started) * 1000
        return Answer(
            question,
            language,
            bool(quotes),
            draft.confidence,
            text,
            quotes,
            citations,
            found.hits,
            timings,
            notice,
        )

    def draft(self, question: str, language: Language | None = None) -> tuple[Retrieved, Draft]:
        """What would be quoted, whether or not it is good enough to be said."""
        _, found, draft, _, _ = self._try(question, language, Filters(), "")
        return found, draft

    def _try(
        self, text: str, language: Language | None, filters: Filters, topic: str
    ) -> tuple[Question, Retrieved, Draft, str, dict[str, float]]:
        clock = _Clock()
        text = " ".join(text[:MAX_QUESTION].replace("\0", " ").split())
        # What the question is written in decides how it is searched, whatever language the answer is wanted in.
        written = detect(text, language or "id")
        searched = f"{text} {topic}".strip()
        query, notice = self._query_vector(searched, language or written)
        rest = relation_of(searched)
        relation = self.embedder.embed_query(rest) if rest and query is not None else None
        clock.lap("embed")
        with self.live.lock, self.store.snapshot():
            if query is not None:
                self.live.refresh(self.store)
            clock.lap("refresh")
            found = retrieve(searched, written, query, self.store, self.live.dense, filters, HITS)
            clock.lap("search")
            asked = take_apart(searched, written, found.terms)
            draft = draft_answer(
                asked, found, self.store, self.live.dense.background, self.engine.fingerprint, relation
            )
            clock.lap("answer")
        return asked, found, draft, notice, clock.laps

    def _query_vector(self, text: str, language: Language) -> tuple[NDArray[np.float32] | None, str]:
        try:
            check_model(self.store, self.engine.fingerprint)
        except ModelMismatchError as e:
            return None, phrase("words_only", language, reason=str(e))
        return self.embedder.embed_query(text), ""


class _Lazy:
    """The embedder, loaded only when something is embedded: adding what is known already does not need it."""

    def __init__(self, warta: Warta) -> None:
        self._warta = warta
        self.fingerprint, self.dimension = warta.engine.fingerprint, warta.engine.dimension

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._warta.embedder.embed_passages(texts) if texts else np.zeros((0, self.dimension), np.float32)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        return self._warta.embedder.embed_query(text)


class _Clock:
    """Milliseconds between laps."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name], self._last = (now - self._last) * 1000, now


def open_warta(data: Path | None = None, progress: Progress = silent) -> Warta:
    """Open the data folder of the environment's settings."""
    return Warta(Settings.from_env(os.environ, data), progress=progress)
