"""All articles derived anew: planned, embedded, and put in the place of what is searched.

Others write while this runs, so the write lock is held for moments only. What is searched is replaced a few articles at
a time, each article whole with its vectors: rules may differ from article to article, as they do after an upgrade while
new articles come in, but a text has one vector whatever the rules. Two models have no common measure: the vectors of a
new one are all there before one short transaction names it, and only where its passages differ, too, are these replaced
in that transaction.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from index.chunk_rows import digest_of
from index.ingest import META_DERIVATION, META_FINGERPRINT, derive_missing, embed_missing
from index.passages import DERIVATION, drafts_of
from index.store import ChunkDraft, Store
from index.types import Article, Embedder, Progress, silent

STEP = 16
"""Articles that are looked at together."""
EMBED_STEP = 4
"""Articles whose vectors are committed together: some two seconds of work to lose to a crash."""
SWAP_STEP = 16
"""Articles that are replaced in one transaction: a twentieth of a second."""
ROUNDS = 3
"""How often what changed meanwhile is caught up with, before what still changes is left to its own process's rules."""
META_FULL = "full_run"
"""Meta: when the full run began whose vectors wait, in seconds since 1970; none while there is no such run."""
FULL_DAYS = 7
"""Days after which an interrupted full run is not gone on with, but begun anew."""
_T = TypeVar("_T")
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
    digest: str
    """Of the article with these chunks."""


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
    words_damaged: bool = False
    """Whether the full-text indexes have to be made anew."""

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

    def due(self, revisions: Mapping[int, int]) -> list[int]:
        """Articles that it has no plan of, or one of another revision."""
        return [i for i, at in revisions.items() if i not in self.plans or self.plans[i].revision != at]


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
    for at, look in enumerate(_steps(ids, STEP)):
        progress("plan", at * STEP, len(ids))
        lacking |= _plan(store, made, look)
    progress("plan", len(ids), len(ids))
    done, total, due = 0, sum(lacking.values()), list(lacking)
    for some in _steps(due, EMBED_STEP):
        progress("embed", done, total)
        _embed(store, embedder, made, some)
        done += sum(lacking[article] for article in some)
    progress("embed", total, total)
    _catch_up(store, embedder, made)
    return made


def _steps(some: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    return (some[at : at + size] for at in range(0, len(some), size))


def _begin_full(store: Store, name: str, now: float) -> None:
    began = store.meta(META_FULL)
    if began and abs(now - float(began)) < FULL_DAYS * 86_400:  # a clock may have been put back
        return
    store.drop_vectors(name)
    store.set_meta(META_FULL, f"{now:.0f}")


def _plan(store: Store, made: Generation, ids: Sequence[int]) -> dict[int, int]:
    """Plan some articles' chunks; give how many of their passages lack a vector, by article.

    What was found right before, and has not been altered since, is not derived again.
    """
    with store.snapshot():
        sights = store.sights(ids, DERIVATION)
        right = store.found_right(sights)
        articles = store.articles(i for i in sights if i not in right)
    texts = {i: sight.text_hashes for i, sight in sights.items()}
    for article_id, article in articles.items():
        drafts, sight = drafts_of(article)[0], sights[article_id]
        digest = digest_of(article, drafts, DERIVATION)
        made.plans[article_id] = _Plan(sight.revision, None if digest == sight.digest else drafts, digest)
        texts[article_id] = tuple(draft.text_hash for draft in drafts)
    for article_id in right:
        made.plans[article_id] = _Plan(sights[article_id].revision, None, sights[article_id].digest)
    if newly := {i: made.plans[i].digest for i in articles if made.plans[i].drafts is None}:
        store.keep_right(newly)
    wanted = {name for some in texts.values() for name in some}
    made.wanted |= wanted
    lacking = wanted - store.known_vectors(wanted, made.kept_as)
    return {i: number for i, some in texts.items() if (number := sum(name in lacking for name in some))}


def _embed(store: Store, embedder: Embedder, made: Generation, ids: Sequence[int]) -> None:
    """Commit the vectors that some articles lack. They are planned again, for they may have changed."""
    lacking = list(_plan(store, made, ids))
    passages = [p for article in store.articles(lacking).values() for p in drafts_of(article)[1]]
    vectors = embed_missing(store, embedder, passages, made.kept_as)
    store.put_vectors(vectors, made.kept_as)
    made.embedded += len(vectors)


def _catch_up(store: Store, embedder: Embedder, made: Generation) -> None:
    """Plan and embed what came in or changed meanwhile: nobody should have to wait for a model in the swap."""
    for _ in range(ROUNDS):
        due = made.due(store.revisions())
        for some in _steps(due, EMBED_STEP):
            _embed(store, embedder, made, some)
        if not due:
            return


def swap(store: Store, embedder: Embedder, made: Generation, progress: Progress = silent) -> None:
    """Put a generation in the place of what is searched: article by article, or a new model at once.

    Killed at any moment, each article is whole, of the old generation or of the new; the next run goes on.
    """
    if made.words_damaged:
        store.repair_full_text()
    store.drop_stray_lemmas()
    store.repair_log()
    _catch_up(store, embedder, made)
    if made.new_model:
        _swap_at_once(store, embedder, made)
    else:
        _swap_by_article(store, embedder, made, progress)
    store.drop_unused_vectors(made.fingerprint)


def _swap_at_once(store: Store, embedder: Embedder, made: Generation) -> None:
    waiting = sorted(made.wanted) if made.full else []
    for hashes in store.turns(waiting, 4 * SWAP_STEP):  # nobody reads them yet
        store.take_over_vectors(hashes, made.kept_as, made.fingerprint)
    with store.transaction():
        # Some 0.4 ms for each passage that differs, and nothing for the others; see the module's first lines.
        for article in store.articles(made.due(store.revisions())).items():  # perhaps by another version's rules
            _put_by_itself(store, embedder, *article)
        _put(store, made, [i for i, plan in made.plans.items() if plan.drafts is not None])
        _sign(store, made)


def _swap_by_article(store: Store, embedder: Embedder, made: Generation, progress: Progress) -> None:
    ids = [i for i, plan in made.plans.items() if made.full or plan.drafts is not None]
    for _ in range(ROUNDS):
        late: list[int] = []
        for at, some in enumerate(store.turns(ids, SWAP_STEP)):
            progress("swap", at * SWAP_STEP, len(ids))
            late += _put(store, made, some)
        if not late:
            break
        _catch_up(store, embedder, made)
        ids = late
    _sign(store, made)


def _put(store: Store, made: Generation, ids: Sequence[int]) -> list[int]:
    """Replace some articles' chunks and vectors; give the articles that have changed since they were planned."""
    late = []
    with store.transaction():
        for article_id, revision in store.revisions(ids).items():
            plan = made.plans[article_id]
            if plan.revision != revision:
                late.append(article_id)
            elif plan.drafts is not None:
                store.put_chunks(article_id, plan.drafts)
                store.keep_right({article_id: plan.digest})
        if made.full and not made.new_model:
            store.log_texts(store.take_over_vectors(store.texts_of(ids), made.kept_as, made.fingerprint))
    return late


def _put_by_itself(store: Store, embedder: Embedder, article_id: int, article: Article) -> None:
    drafts, passages = drafts_of(article)
    store.put_chunks(article_id, drafts)
    store.put_vectors(embed_missing(store, embedder, passages), embedder.fingerprint)


def _sign(store: Store, made: Generation) -> None:
    """Name it as what is searched. Every index in memory is built again, whatever was wrong with it."""
    with store.transaction():
        store.set_meta(META_FINGERPRINT, made.fingerprint)
        store.set_meta(META_DERIVATION, DERIVATION)
        store.drop_meta(META_FULL)
        store.renew_mark()


def forget(store: Store) -> None:
    """Drop the vectors of a generation that is not to be swapped in."""
    store.drop_meta(META_FULL)  # first: nothing of it may be taken for done
    if serving := store.meta(META_FINGERPRINT):
        store.drop_unused_vectors(serving)


def reindex(store: Store, embedder: Embedder, *, full: bool = False, progress: Progress = silent) -> Reindexed:
    """Derive every article's chunks, lemmas and vectors anew by today's rules and model, and search those.

    `full` embeds again what is embedded already.
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
