"""Stored articles as matching looks at them: each is read once for everything that anybody follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from index.lemmas import lemmas
from index.store import ChunkDraft, Store
from index.types import Article, Language, Span, Vectors
from index.vectors import ChunkVectors

_TOGETHER = 50  # articles whose vectors are read at once


@dataclass(frozen=True, slots=True)
class Seen:
    """An article with what its chunks are found by."""

    id: int
    article: Article
    title: str
    """Lemmas of the title, space-separated."""
    lead: str
    """Lemmas of the body's first sentence, likewise."""
    lemmas: tuple[str, ...]
    """Of each chunk, space-separated, in their order in the body."""
    languages: tuple[Language, ...]
    """Of each chunk."""
    sentences: tuple[tuple[Span, ...], ...]
    """Of each chunk; offsets into the body. Neighbouring chunks may share one."""
    vectors: Vectors
    """Shape (chunks, dimension)."""
    sentence_vectors: tuple[Vectors, ...]
    """Of each chunk, shape (sentences, dimension)."""


def seen(store: Store, article_ids: Sequence[int], fingerprint: str) -> list[Seen]:
    """Those of the articles that exist and have all their vectors of that model, in the order of `article_ids`.

    Raises StoreError.
    """
    found: list[Seen] = []
    with store.snapshot():
        for at in range(0, len(article_ids), _TOGETHER):
            some = article_ids[at : at + _TOGETHER]
            articles = store.articles(some)
            drafts = {number: store.drafts_stored(number) for number in some if number in articles}
            hashes = [draft.text_hash for of_one in drafts.values() for draft in of_one]
            vectors = store.vectors_of(hashes, fingerprint)
            sights = (_seen(number, articles[number], drafts[number], vectors) for number in some if number in drafts)
            found += (one for one in sights if one is not None)
    return found


def _seen(
    article_id: int, article: Article, drafts: Sequence[ChunkDraft], vectors: Mapping[str, ChunkVectors]
) -> Seen | None:
    if not drafts or any(draft.text_hash not in vectors for draft in drafts):
        return None
    own = [vectors[draft.text_hash] for draft in drafts]
    lead = " ".join(article.body[span.start : span.end] for span in drafts[0].sentences[:1])
    return Seen(
        article_id,
        article,
        " ".join(lemmas(article.title, article.language)),
        " ".join(lemmas(lead, article.language)),
        tuple(draft.lemmas for draft in drafts),
        tuple(draft.language for draft in drafts),
        tuple(draft.sentences for draft in drafts),
        np.stack([one.chunk for one in own]),
        tuple(one.sentences for one in own),
    )
