"""The one place that orders the stages: an opened data folder that takes articles in and gives answers out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from index.age import quote_dates
from index.answer import Draft, citations_of, nearest, verified
from index.arrivals import every
from index.browse import partners_tagged
from index.differing import disagreement
from index.embed.engines import Engine
from index.errors import ModelMismatchError
from index.ingest import Outcome, ingest
from index.language import detect
from index.names import NameBook, read_names
from index.period_phrases import period_line
from index.phrases import abstention_text, answer_text, phrase
from index.reading import articles_at
from index.reindexing import Reindexed
from index.retrieve import Retrieved
from index.search import search
from index.serving import Models, Served
from index.settings import Settings
from index.snapshots import CURRENT, GENERATION, LiveIndex
from index.spellings import in_the_articles_words
from index.store import Store
from index.timely import Tried, answered_in_time
from index.types import Answer, Article, Embedder, Filters, Language, Period, Progress, silent
from index.when import period_of

MAX_QUESTION = 1_000
"""Characters of a question that count."""
SNAPSHOT_CHANGES, SNAPSHOT_SHARE = 500, 0.05
"""Changes of chunks, and their share of all, from which a snapshot is worth writing: 1.5 KB for each of all chunks."""


def utc_now() -> datetime:
    """The time."""
    return datetime.now(UTC)


class Warta:
    """An opened data folder. For one thread, as its SQLite connection is; others take a `reader`."""

    def __init__(
        self,
        settings: Settings,
        engine: Engine | None = None,
        progress: Progress = silent,
        *,
        beside: Warta | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """Open the store; the model is loaded and the index read when they are first needed, or shared with `beside`.

        `engine`: instead of the one that the settings name. `now`: the clock, with its zone, by which "kemarin" is
        reckoned.
        Raises SettingsError, StoreError.
        """
        self.settings = settings
        self._models: Models = beside._models if beside else Models(settings, engine, progress)
        self._progress = progress
        self._now: Callable[[], datetime] = beside._now if beside else now
        self.store = Store(settings.database, settings.busy_timeout)

    def reader(self) -> Warta:
        """Another Warta on the same model and index in memory, with a connection of its own: one for each thread.

        To be called in the thread that will use it, and closed there (`with warta.reader() as mine`). It can all that
        this one can; asking goes on in all of them at once.
        Raises StoreError.
        """
        return Warta(self.settings, progress=self._progress, beside=self)

    def __enter__(self) -> Warta:
        return self

    def __exit__(self, *_: object) -> None:
        self.store.close()

    # Which model

    @property
    def serving(self) -> Served:
        """What questions are answered with: the model that the stored vectors are of, and its index.

        With the settings' own while there are no vectors. Raises SettingsError, StoreError, EmbedderError.
        """
        return self._models.serving(self.store)

    @property
    def live(self) -> LiveIndex:
        """The index in memory that is served from."""
        return self.serving.live

    @property
    def engine(self) -> Engine:
        """What the settings name, and a reindex works with. Raises SettingsError, EmbedderError."""
        return self._models.wanted().engine

    @property
    def embedder(self) -> Embedder:
        """The settings' model, loaded once for this Warta and its readers.

        Raises SettingsError, EmbedderError.
        """
        return self._models.wanted().embedder()

    @property
    def named(self) -> str:
        """The name of what the settings name, without downloading anything. Raises SettingsError."""
        return self._models.name()

    @property
    def other_model(self) -> tuple[str, str] | None:
        """The names of the model that the vectors are of and of the one that the settings name, where they differ."""
        return self._models.other(self.store)

    @property
    def mismatch(self) -> str:
        """What that means, and what to do."""
        return self._models.mismatch(self.serving, self.store)

    @property
    def index_loaded(self) -> bool:
        """Whether the index is in memory; for any thread."""
        return self._models.loaded

    def load(self) -> None:
        """Load what questions need before anybody waits for it.

        Raises SettingsError, StoreError, EmbedderError.
        """
        if not self.serving.engine.missing:
            self.serving.embedder()
        self._models.rereader()

    @property
    def reranker_failure(self) -> str:
        """Why the last question went without the settings' reranker; "" where it did not, or there is none."""
        return self._models.reranker_failure

    @property
    def names(self) -> NameBook:
        """The partners that are known: those in the data folder's file, and those that articles are tagged with.

        Raises NamesError, StoreError.
        """
        return read_names(self.settings.partners_file).with_tags(partners_tagged(self.store))

    def query_vector(self, text: str) -> NDArray[np.float32]:
        """The vector of a question, remembered; not to be changed in place. Raises EmbedderError."""
        return self.serving.query_vector(text)

    # In

    def add(self, locations: Iterable[str], *, is_news: Callable[[Article], bool] = every) -> Iterator[Outcome]:
        """Read files, folders and web addresses and store what they hold; articles and failures are outcomes."""
        failures: list[Outcome] = []

        def failed(location: str, reason: str) -> None:
            failures.append(Outcome(location, "failed", detail=reason))

        yield from self.ingest(articles_at(locations, self.settings, failed), failures, is_news=is_news)

    def ingest(
        self,
        articles: Iterable[Article],
        failures: list[Outcome] | None = None,
        *,
        often: bool = False,
        is_news: Callable[[Article], bool] = every,
    ) -> Iterator[Outcome]:
        """Store articles; then write a snapshot of the index when anything changed.

        `is_news`: whether somebody is to be alerted of an article, if it is new.
        `often`: this comes every few minutes, so a snapshot is written only when enough has changed since the last
        one. What is not in it is read from the store's log at the next start.
        Raises ModelMismatchError, StoreError.
        """
        served = self.serving
        if served.engine.missing and self.other_model:
            raise ModelMismatchError(self.mismatch)
        self._models.note(self.store, served)
        failures = failures if failures is not None else []
        changed = False
        for outcome in ingest(self.store, served, articles, is_news):
            yield from failures
            failures.clear()
            changed |= outcome.status in ("new", "changed")
            yield outcome
        yield from failures
        if changed and (not often or self._snapshot_is_old()):
            served.live.save(self.store)

    def _snapshot_is_old(self) -> bool:
        try:
            current = (self.settings.index_folder / CURRENT).read_text(encoding="utf-8")
            held = int(current.removeprefix(GENERATION).partition("-")[0])
        except (OSError, ValueError):
            held = 0
        since = self.store.last_change() - held
        return since > max(SNAPSHOT_CHANGES, SNAPSHOT_SHARE * self.store.count("chunks"))

    def reindex(self, *, full: bool = False) -> Reindexed:
        """Derive everything anew; answers go on from the old state until the new one has proved no worse.

        Raises StoreBusyError when another reindex runs, StoreError, EmbedderError, EvaluationError.
        """
        from index.rebuild import rebuild  # it needs what the doctor and the saved questions need

        self._models.note(self.store, self._models.wanted())
        return rebuild(self, full=full, progress=self._progress)

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
        tried, period = self._try(question, language, filters or Filters(), topic)
        asked, found, draft, notice, timings = tried
        language = language or asked.language
        speaks = bool(draft.quotes) and draft.confidence >= self.settings.abstain_below
        differs = disagreement(asked, draft, self.store, language, period) if speaks else ""
        told = "\n".join(filter(None, (period_line(period, language, answered=speaks), differs)))
        lead = "\n".join(filter(None, (phrase("about", language, topic=topic) if topic else "", told)))
        if speaks:
            quotes = verified(draft.quotes, draft.articles)
            citations = citations_of(quotes, draft.articles, draft.revisions, draft.links)
            dates = quote_dates(citations, self.today(), language)
            text = answer_text(quotes, citations, language, lead=lead, dates=dates)
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
            period,
            told,
        )

    def draft(self, question: str, language: Language | None = None) -> tuple[Retrieved, Draft]:
        """What would be quoted, whether or not it is good enough to be said."""
        (_, found, draft, _, _), _ = self._try(question, language, Filters(), "")
        return found, draft

    def today(self) -> date:
        """The day that it is for the readers."""
        return self._now().astimezone(ZoneInfo(self.settings.timezone)).date()

    def _try(self, text: str, language: Language | None, filters: Filters, topic: str) -> tuple[Tried, Period | None]:
        text = " ".join(text[:MAX_QUESTION].replace("\0", " ").split())
        # What the question is written in decides how it is searched, whatever language the answer is wanted in.
        written = detect(text, language or "id")

        def attempt(asked: str, among: Filters, period: Period | None) -> Tried:
            searched = f"{asked} {topic}".strip()
            return search(self._models, self.store, searched, written, language or written, among, period)

        text, topic = (in_the_articles_words(one, self.settings.partners_file, self.store) for one in (text, topic))
        period = period_of(text, self.today())
        return answered_in_time(attempt, text, filters, period, self.settings.timezone, self.settings.abstain_below)
