"""All articles derived anew: planned, embedded, and put in the place of what is searched in one transaction."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from index.ingest import META_DERIVATION, META_FINGERPRINT, derive_missing, embed_missing
from index.passages import DERIVATION, Passage, drafts_of
from index.store import ChunkDraft, Store
from index.types import Embedder, Progress, silent

STEP = 16
"""Articles that are looked at together."""
EMBED_STEP = 4
"""Articles whose vectors are committed together: some two seconds of work to lose to a crash."""
META_FULL = "full_run"
"""Meta: when the full run began whose vectors wait, in seconds since 1970; none while there is no such run."""
FULL_DAYS = 7
"""Days after which an interrupted full run is not gone on with, but begun anew."""
_WAITING = " full"
"""Follows the model's name in the name of a full run's vectors: until the swap, answers need the old ones."""


@dataclass(frozen=True, slots=True)
class Reindexed:
    """What a reindex did."""

    articles: int
    chunks: int
    embedded: int
    reused: int
    seconds: float = 0.0
    bytes_before: int = 0
    bytes_after: int = 0
    swapped: bool = True
    """False: what was built is no better, and answers go on from what was there."""
    reason: str = ""
    """Why it was not swapped in."""
    new_model: str = ""
    """The model that took over; "" where it stayed."""


@dataclass(frozen=True, slots=True)
class _Plan:
    revision: int
    drafts: Sequence[ChunkDraft] | None
    """None: the chunks are as they should be."""


@dataclass(slots=True)
class Generation:
    """What is to be searched next. Until the swap, nothing that is searched has changed by it."""

    fingerprint: str
    full: bool
    plans: dict[int, _Plan] = field(default_factory=dict)
    """By article."""
    wanted: set[str] = field(default_factory=set)
    """Hashes of the texts that it needs vectors of."""
    embedded: int = 0
    new_model: bool = False

    @property
    def kept_as(self) -> str:
        """The name of its vectors until the swap."""
        return self.fingerprint + _WAITING * self.full

    @property
    def reused(self) -> int:
        """Texts that had a vector already."""
        return max(0, len(self.wanted) - self.embedded)

    @property
    def differs(self) -> bool:
        """Whether answers could change by it."""
        changed = self.full or self.new_model or self.embedded > 0
        return bool(self.plans) and (changed or any(plan.drafts is not None for plan in self.plans.values()))


def prepare(
    store: Store, embedder: Embedder, *, full: bool = False, progress: Progress = silent, now: float | None = None
) -> Generation:
    """Plan every article's chunks by today's rules and commit the vectors that they need.

    An interrupted run goes on where it stopped. `full` embeds again what is embedded already; what this very run had
    embedded before it was interrupted counts as done for FULL_DAYS.
    Raises StoreError, EmbedderError.
    """
    made = Generation(embedder.fingerprint, full, new_model=store.meta(META_FINGERPRINT) != embedder.fingerprint)
    if full:
        _begin_full(store, made.kept_as, time.time() if now is None else now)
    ids = store.article_ids()
    lacking: dict[int, int] = {}
    for at in range(0, len(ids), STEP):
        progress("plan", at, len(ids))
        lacking |= {article: len(some) for article, some in _plan(store, made, ids[at : at + STEP]).items()}
    progress("plan", len(ids), len(ids))
    done, total, due = 0, sum(lacking.values()), list(lacking)
    for at in range(0, len(due), EMBED_STEP):
        progress("embed", done, total)
        _embed(store, embedder, made, due[at : at + EMBED_STEP])
        done += sum(lacking[article] for article in due[at : at + EMBED_STEP])
    progress("embed", total, total)
    # What came in during those hours is looked at before the lock is taken, too; what comes in now is next to nothing.
    late = [i for i, revision in store.revisions().items() if i not in made.plans or made.plans[i].revision != revision]
    _embed(store, embedder, made, late)
    return made


def _begin_full(store: Store, name: str, now: float) -> None:
    began = store.meta(META_FULL)
    if began and abs(now - float(began)) < FULL_DAYS * 86_400:  # a clock may have been put back
        return
    with store.transaction():
        store.drop_vectors(name)
        store.set_meta(META_FULL, f"{now:.0f}")


def _plan(store: Store, made: Generation, ids: Sequence[int]) -> dict[int, list[Passage]]:
    """Plan some articles' chunks; give the passages that lack a vector, by article."""
    with store.snapshot():
        revisions, articles = store.revisions(ids), store.articles(ids)
        stored = {article_id: store.drafts_stored(article_id) for article_id in articles}
    texts: dict[int, list[Passage]] = {}
    for article_id, article in articles.items():
        drafts, texts[article_id] = drafts_of(article)
        made.plans[article_id] = _Plan(revisions[article_id], None if drafts == stored[article_id] else drafts)
    wanted = {p.text_hash for some in texts.values() for p in some}
    made.wanted |= wanted
    known = store.known_vectors(wanted, made.kept_as)
    lacking = {article_id: [p for p in some if p.text_hash not in known] for article_id, some in texts.items()}
    return {article_id: some for article_id, some in lacking.items() if some}


def _embed(store: Store, embedder: Embedder, made: Generation, ids: Sequence[int]) -> None:
    """Commit the vectors that some articles lack. They are read again, for they may have changed."""
    passages = [p for some in _plan(store, made, ids).values() for p in some]
    vectors = embed_missing(store, embedder, passages, made.kept_as)
    store.put_vectors(vectors, made.kept_as)
    made.embedded += len(vectors)


def swap(store: Store, embedder: Embedder, made: Generation) -> None:
    """Put a generation in the place of what is searched, in one transaction."""
    with store.transaction():
        store.repair_full_text(rebuild=made.full)
        for article_id, revision in store.revisions().items():
            plan = made.plans.get(article_id)
            if plan is None or plan.revision != revision:  # came in meanwhile, perhaps by another version's rules
                store.put_chunks(article_id, drafts_of(store.article(article_id))[0], lemmas_too=True)
            elif plan.drafts is not None:
                store.put_chunks(article_id, plan.drafts, lemmas_too=True)
        if made.kept_as != made.fingerprint:
            store.rename_vectors(made.kept_as, made.fingerprint)
        late = [p for i in store.articles_without_vectors(made.fingerprint) for p in drafts_of(store.article(i))[1]]
        store.put_vectors(embed_missing(store, embedder, late), made.fingerprint)
        store.set_meta(META_FINGERPRINT, made.fingerprint)
        store.set_meta(META_DERIVATION, DERIVATION)
        store.drop_meta(META_FULL)
        store.drop_unused_vectors(made.fingerprint)
        store.repair_log()
        store.renew_mark()


def forget(store: Store) -> None:
    """Drop the vectors of a generation that is not to be swapped in."""
    with store.transaction():
        if serving := store.meta(META_FINGERPRINT):
            store.drop_unused_vectors(serving)
        store.drop_meta(META_FULL)


def reindex(store: Store, embedder: Embedder, *, full: bool = False, progress: Progress = silent) -> Reindexed:
    """Derive every article's chunks, lemmas and vectors anew by today's rules and model, and search those.

    `full` embeds again what is embedded already, and builds the full-text indexes anew.
    """
    before = store.meta(META_FINGERPRINT)
    made = prepare(store, embedder, full=full, progress=progress)
    swap(store, embedder, made)
    derive_missing(store)
    return report_of(store, made, before)


def report_of(store: Store, made: Generation, model_before: str) -> Reindexed:
    """What was done, but for what only the caller knows."""
    took_over = made.fingerprint if model_before not in ("", made.fingerprint) else ""
    return Reindexed(store.count("articles"), store.count("chunks"), made.embedded, made.reused, new_model=took_over)
