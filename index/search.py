"""One question in one state of the index: its vector, the ranking, what would be quoted."""

from __future__ import annotations

import time
from dataclasses import replace

from index.answer import draft_answer
from index.differing import settled
from index.errors import StoreBusyError
from index.features import relation_of, take_apart
from index.phrases import phrase
from index.retrieve import retrieve
from index.serving import Models
from index.store import Store
from index.timely import Tried, in_time
from index.types import Filters, Language, Period

HITS = 40
"""Chunks that are ranked for a question: at least ten articles' worth."""
NEWEST_HITS = 200
"""... and where the newest is asked for: it may be far below older news that says more."""
_SWAPS = 5
"""So often one question may meet that another model has just taken over."""


def search(
    models: Models,
    store: Store,
    question: str,
    written: Language,
    language: Language,
    filters: Filters,
    period: Period | None,
) -> Tried:
    """The best passages and sentences for a question; `written`: what it is written in, `language`: a notice's.

    Raises StoreError, EmbedderError.
    """
    clock = _Clock()
    rest = relation_of(question)
    rereader = models.rereader()
    newest = bool(period and period.newest)
    for _ in range(_SWAPS):
        served = models.serving(store)
        query, reason = models.query_of(question, served, store)
        relation = served.query_vector(rest) if rest and query is not None else None
        reader = served.reader() if query is not None else None
        notice = phrase("words_only", language, reason=reason) if reason else ""
        clock.lap("embed")
        with served.live.current(store) as held:
            if held is None:  # another model took over since the question was embedded
                continue
            clock.lap("refresh")
            limit = NEWEST_HITS if newest else HITS
            found = retrieve(question, written, query, store, held.dense, filters, limit, held.words, relation)
            plain = {hit.chunk_id: hit.score for hit in found.hits}
            found = replace(found, hits=in_time(found.hits, period, store)[:HITS])
            clock.lap("search")
            asked, background = take_apart(question, written, found.terms), held.dense.background
            if rereader is None:
                draft = draft_answer(
                    asked, found, store, background, served.fingerprint, relation, reader, newest=newest
                )
                draft = settled(asked, draft, store, period)
                clock.lap("answer")
                found = replace(found, hits=draft.hits)
                return asked, found, draft, notice, clock.laps
        # Outside: whoever brings the index up to date would wait for it, and all others for them.
        found = replace(found, hits=rereader.reread(question, found.hits, plain, period, store))
        clock.lap("rerank")
        draft = draft_answer(asked, found, store, background, served.fingerprint, relation, reader, newest=newest)
        draft = settled(asked, draft, store, period)
        clock.lap("answer")
        return asked, found, draft, notice, clock.laps
    raise StoreBusyError("the index passes from one model to another again and again; ask again in a minute")


class _Clock:
    """Milliseconds between laps."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name], self._last = (now - self._last) * 1000, now
