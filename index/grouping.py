"""Articles into stories: what an article may belong with is read, decided in index.stories, and written."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from index.facts import Facts, facts_of
from index.names import NameBook
from index.store import Store
from index.stories import UNCENTRED, WINDOW, Choice, Telling, choose_story
from index.story_rows import TellingRow
from index.types import Article, Language, Vectors
from index.updates import NewFacts, new_facts, new_partners

NEAREST = 30
"""Tellings whose leads are most alike, whose names and numbers are then compared."""
LEAST_LEAD = 0.2
"""Cosine below which that is not worth it: no same-event pair of the labelled set lies there."""
STEP = 10
"""Articles that are grouped in one transaction when many are due: a tenth of a second."""


def join_story(store: Store, article_id: int, article: Article, fingerprint: str) -> int | None:
    """Let an article join or found its story; give the story. In the transaction that stores the article.

    An article that has a story keeps it, whatever it says now. None: it has no vectors of that model.
    """
    with store.transaction():
        lead = store.lead_vector(article_id, fingerprint)
        if lead is None:
            return None
        day, dated = store.day_of(article_id)
        facts = facts_of(article, date.fromordinal(day) if dated else None)
        story_id, probability = store.story_of(article_id), 1.0
        if story_id is None:
            row = TellingRow(article_id, 0, day, dated, article.language, lead)
            choice = _choice(store, row, facts, fingerprint)
            story_id, probability = choice.story_id or store.found_story(article_id), choice.probability
            for other in choice.bridges:
                store.put_bridge(story_id, other, article_id)
        row = TellingRow(article_id, story_id, day, dated, article.language, lead)
        store.put_telling(row, facts, fingerprint, probability)
    return story_id


def group_missing(store: Store, fingerprint: str) -> int:
    """Group the articles that have no story yet, as those of a database from before there were any; give how many."""
    due = store.articles_without_story(fingerprint)
    for some in store.turns(due, STEP):
        with store.transaction():
            articles = store.articles(some)
            for article_id in some:
                if article_id in articles:
                    join_story(store, article_id, articles[article_id], fingerprint)
    return len(due)


def is_update(store: Store, article_id: int, story_id: int, book: NameBook | None = None) -> NewFacts:
    """What an article tells that no earlier telling of the story does; nothing, and false, where it came first.

    Partners that the book knows, or that the source tags, are told from other capitalised words wherever they stand.
    """
    article = store.article(article_id)
    before = list(store.articles([i for i in store.articles_of_story(story_id) if i < article_id]).values())
    facts = new_facts(article, before)
    if not before:
        return facts
    names = new_partners(article, before, book or NameBook())
    return replace(facts, names=tuple(dict.fromkeys([*names, *facts.names])))


def _choice(store: Store, row: TellingRow, facts: Facts, fingerprint: str) -> Choice:
    near = store.tellings_near(row.day if row.dated else None, WINDOW, fingerprint)
    if not near:
        return Choice(None, 0.0)
    leads = np.stack([t.lead for t in near])
    centred = np.empty_like(leads)
    for language in {t.language for t in near}:
        of = [i for i, t in enumerate(near) if t.language == language]
        centred[of] = centre(leads[of], language, fingerprint)
    own = centre(row.lead[None, :], row.language, fingerprint)[0]
    likeness = centred @ own
    best = [int(i) for i in np.argsort(-likeness)[:NEAREST] if likeness[i] >= LEAST_LEAD]
    stories = sorted({near[i].story_id for i in best})
    members = store.tellings_of(stories, fingerprint) if stories else []
    said = store.facts_stored(t.article_id for t in members)
    grouped: dict[int, list[Telling]] = {}
    for t in members:
        lead = centre(t.lead[None, :], t.language, fingerprint)[0]
        grouped.setdefault(t.story_id, []).append(_telling(t, lead, said[t.article_id], fingerprint))
    return choose_story(_telling(row, own, facts, fingerprint), grouped)


def _telling(row: TellingRow, lead: NDArray[np.float32], facts: Facts, fingerprint: str) -> Telling:
    floor = 0.0 if row.language in _means(fingerprint) else UNCENTRED
    return Telling(row.article_id, row.day if row.dated else None, row.language, lead, facts, floor)


def centre(vectors: Vectors, language: Language, fingerprint: str) -> Vectors:
    """Unit vectors less what all passages of the language have in common: only then are two languages one space.

    Of a model without a shipped background they stay as they are.
    """
    mean = _means(fingerprint).get(language)
    moved = vectors if mean is None else vectors - mean
    unit: Vectors = moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-12)
    return unit.astype(np.float32)


@lru_cache(4)
def _means(fingerprint: str) -> dict[Language, NDArray[np.float64]]:
    from index.dense import read_background  # it loads FAISS, which nothing else here needs

    passages = read_background(fingerprint).passages
    languages: tuple[Language, ...] = ("id", "en", "und")
    return {name: passages[name].total / passages[name].count for name in languages if name in passages}
