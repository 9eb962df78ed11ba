"""Articles into the store: found, matched with what is there, embedded, committed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import numpy as np

from index.arrivals import every
from index.copies import COPIES_VERSION, bands_of, is_copy
from index.dates import range_of
from index.errors import EmbedderError, ModelMismatchError
from index.grouping import group_missing, join_story
from index.passages import DERIVATION, Passage, drafts_of
from index.store import META_FINGERPRINT as META_FINGERPRINT
from index.store import ChunkDraft, ChunkVectors, Match, Store, text_hash
from index.types import Article, Embedder

Status = Literal["new", "changed", "unchanged", "duplicate", "failed"]
BATCH_CHUNKS = 64
"""Chunks that are embedded, and articles committed, together: some five seconds of work to lose to a crash."""
STEP = 16
"""Articles that are brought up to date together."""
META_DERIVATION = "derivation"
META_COPIES = "copies"
"""Meta: the rules by which every stored article's bands were made; "" in a database from before there were any."""
COPY_DAYS = 30
"""Days between the publications of an article and a near copy of it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one article."""

    location: str
    status: Status
    article_id: int | None = None
    title: str = ""
    detail: str = ""
    """Why it failed, or of which article it is a duplicate."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    article: Article
    match: Match | None = None
    """What the store said before its lock was taken."""
    drafts: Sequence[ChunkDraft] = ()
    passages: Sequence[Passage] = ()
    bands: Sequence[int] = ()
    """What near copies of it are found by."""
    failure: str = ""
    news: bool = True


def check_model(store: Store, fingerprint: str) -> None:
    """Refuse to mix vectors of two models.

    Raises ModelMismatchError when the store's vectors are not of this model.
    """
    stored = store.meta(META_FINGERPRINT)
    if stored and stored != fingerprint:
        raise ModelMismatchError(
            f"the index was made with {stored}, but the settings name {fingerprint}: "
            "run `warta reindex`, or set WARTA_EMBEDDER back"
        )


def ingest(
    store: Store, embedder: Embedder, articles: Iterable[Article], is_news: Callable[[Article], bool] = every
) -> Iterator[Outcome]:
    """Store articles batch by batch; each outcome is given after its batch is committed.

    What is new and news, an article or another place where one stands, is an arrival from the moment it is stored.
    Raises ModelMismatchError before the first, StoreError and EmbedderError for the batch that they hit.
    """
    check_model(store, embedder.fingerprint)
    derive_missing(store)
    waiting: list[_Prepared] = []
    for article in articles:
        waiting.append(replace(_prepared(store, article), news=is_news(article)))
        if sum(len(p.passages) for p in waiting) >= BATCH_CHUNKS or len(waiting) >= 4 * BATCH_CHUNKS:
            yield from _commit(store, embedder, waiting)
            waiting = []
    yield from _commit(store, embedder, waiting)


def _prepared(store: Store, article: Article) -> _Prepared:
    """All that can be done without the lock. What is known already is not embedded, but it is reported in its turn."""
    try:
        match = store.match(article)
        if match and match.unchanged:
            return _Prepared(article, match)
        bands = bands_of(article.body)
        if match is None and (match := _copied(store, article, bands)):
            return _Prepared(article, match, bands=bands)
        drafts, passages = drafts_of(article)
    except UnicodeEncodeError as e:  # a file name may be any bytes
        return _Prepared(article, failure=f"{e.object!a:.80} is not valid Unicode; rename the file or correct the text")
    if not drafts:
        return _Prepared(article, failure="it holds no text that could be searched")
    return _Prepared(article, match, drafts, passages, bands)


def _copied(store: Store, article: Article, bands: Sequence[int]) -> Match | None:
    """The stored article that this one nearly is word for word."""
    for article_id, first in store.articles(store.alike(bands)).items():
        if _days_apart(first.published_at, article.published_at) <= COPY_DAYS and is_copy(first.body, article.body):
            return Match(article_id, "copy", True)
    return None


def _days_apart(one: str, other: str) -> int:
    """Between two ISO dates of any precision, at least; 0 where one is not known."""
    if not (one and other):
        return 0
    (a, b), (c, d) = range_of(one), range_of(other)
    return max(0, *((_day(later) - _day(earlier)).days for earlier, later in ((b, c), (d, a))))


def _day(moment: str) -> date:
    return date.fromisoformat(moment[:10])


def derive_missing(store: Store) -> None:
    """Bring articles of an older version of the database up to date: bands of copies, and stories.

    A second or two for a thousand articles, once; in steps, so that others may write in between.
    """
    if (fingerprint := store.meta(META_FINGERPRINT)) == "":
        return
    if store.meta(META_COPIES) != COPIES_VERSION:
        for some in store.turns(store.article_ids(), STEP):
            with store.transaction():
                for article_id, article in store.articles(some).items():
                    store.put_bands(article_id, bands_of(article.body))
        store.set_meta(META_COPIES, COPIES_VERSION)
    group_missing(store, fingerprint)


def _commit(store: Store, embedder: Embedder, batch: Sequence[_Prepared]) -> list[Outcome]:
    if all(p.failure or (p.match and p.match.by == "key" and p.match.unchanged) for p in batch):
        return [_known(p.article, p.match) if p.match else _failed(p) for p in batch]  # nobody is kept waiting
    vectors = embed_missing(store, embedder, [passage for p in batch for passage in p.passages])
    with store.transaction():
        check_model(store, embedder.fingerprint)
        if not store.meta(META_FINGERPRINT):
            store.set_meta(META_FINGERPRINT, embedder.fingerprint)
            store.set_meta(META_COPIES, COPIES_VERSION)
        if not store.meta(META_DERIVATION):
            store.set_meta(META_DERIVATION, DERIVATION)
        store.put_vectors(vectors, embedder.fingerprint)
        return [_put(store, embedder, prepared) for prepared in batch]


def _put(store: Store, embedder: Embedder, prepared: _Prepared) -> Outcome:
    if prepared.failure:
        return _failed(prepared)
    article = prepared.article
    # Again: another process, or this batch itself, may have brought it meanwhile.
    match = store.match(article) or _copied(store, article, prepared.bands)
    if match is None or not match.unchanged:
        drafts, passages = (prepared.drafts, prepared.passages) if prepared.drafts else drafts_of(article)
        store.put_vectors(embed_missing(store, embedder, passages), embedder.fingerprint)  # none is, but after a race
        article_id = store.put_article(article, drafts)
        store.put_bands(article_id, prepared.bands or bands_of(article.body))
        join_story(store, article_id, article, embedder.fingerprint)
        if match is None and prepared.news:
            store.put_arrival(article_id)
        return Outcome(article.location, "changed" if match else "new", article_id, article.title)
    if match.by == "key":
        return _known(article, match)
    if store.add_key(article.key, match.article_id, article, text_hash(article.body)) and prepared.news:
        store.put_arrival(match.article_id, article.key)
    same = store.article(match.article_id)
    detail = f"{'the same' if match.by == 'text' else 'nearly the same'} text as {same.url or same.location}"
    return Outcome(article.location, "duplicate", match.article_id, article.title, detail)


def _known(article: Article, match: Match) -> Outcome:
    return Outcome(article.location, "unchanged", match.article_id, article.title)


def _failed(prepared: _Prepared) -> Outcome:
    return Outcome(prepared.article.location, "failed", None, prepared.article.title, prepared.failure)


def embed_missing(
    store: Store, embedder: Embedder, passages: Sequence[Passage], kept_as: str = ""
) -> dict[str, ChunkVectors]:
    """Vectors of the passages that have none yet under that name, by text hash; by default the model's own name.

    Raises EmbedderError.
    """
    wanted = {p.text_hash: p for p in passages}
    for known in store.known_vectors(wanted, kept_as or embedder.fingerprint):
        del wanted[known]
    if not wanted:
        return {}
    todo = list(wanted.values())
    # Chunks overlap by a sentence; each different sentence is embedded once.
    sentences = list(dict.fromkeys(s for p in todo for s in p.sentences))
    row = {sentence: i for i, sentence in enumerate(sentences)}
    texts = [p.text for p in todo] + sentences
    vectors = embedder.embed_passages(texts)
    if vectors.shape != (len(texts), embedder.dimension) or not np.isfinite(vectors).all():
        raise EmbedderError(
            f"{embedder.fingerprint} gave no {len(texts)} finite vectors of {embedder.dimension} dimensions; "
            "nothing of this batch was stored"
        )
    return {
        p.text_hash: ChunkVectors(vectors[i], vectors[[len(todo) + row[s] for s in p.sentences]])
        for i, p in enumerate(todo)
    }
