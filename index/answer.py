"""From ranked chunks to quotes: which sentences answer, who says them, and whether to speak at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from index.closereading import passage_first, read_best
from index.context import points_back, with_list
from index.dates import latest_day
from index.dense import Background
from index.errors import StoreError
from index.features import Candidate, Question, confidence, confidence_features
from index.lemmas import lemmas
from index.link_rows import Link
from index.links import fragment_link
from index.question import holds_kind
from index.quotable import candidates_of, passages_of
from index.retrieve import Retrieved
from index.store import Store, StoredChunk
from index.tellings import in_own_language, own_telling_first, told_once
from index.types import Article, Citation, Hit, Quote, SentenceReader, Span
from index.wording import feature_rows, sentence_scores

MAX_QUOTES = 3
MAX_ARTICLES = 3
MARGIN = 1.5
"""A further quote is given when its log odds are at most so much below the first one's."""
SAME = 0.95
"""Cosine above which two sentences of different articles say the same."""
STORY_SAME = 0.93
STORY_SAME_ACROSS = 0.88
"""The same of two articles of one story, and of two in different languages; they must hold the same numbers as well."""
READABLE = 300
"""Characters; the sentence before is brought along while both stay within."""


@dataclass(frozen=True, slots=True)
class Draft:
    """The best that can be said, and how likely it is to be right."""

    quotes: tuple[Quote, ...]
    articles: Mapping[int, Article]
    confidence: float
    revisions: Mapping[int, int] = field(default_factory=dict)
    """Which state of each article `articles` holds."""
    links: Mapping[int, Sequence[Link]] = field(default_factory=dict)
    """Where else the same text stands."""
    hits: tuple[Hit, ...] = ()
    """Those that it was made from, as they rank after reading."""


def draft_answer(
    question: Question,
    found: Retrieved,
    store: Store,
    background: Background,
    fingerprint: str,
    relation: NDArray[np.float32] | None = None,
    reader: SentenceReader | None = None,
    *,
    newest: bool = False,
) -> Draft:
    """Choose at most MAX_QUOTES sentences of at most MAX_ARTICLES articles, most useful first.

    `reader`: reads the best ones together with the question. `newest`: of what answers about equally well, the newer
    comes first, and nothing else is quoted.
    """
    hits = found.hits
    stories = store.stories_of(dict.fromkeys(hit.article_id for hit in hits))
    looked_at = passages_of(own_telling_first(hits, stories, question.language), stories)
    ids = list(dict.fromkeys(hit.article_id for hit in looked_at))
    with store.snapshot():
        articles, revisions, links = store.articles(ids), store.revisions(ids), store.links_of(ids)
    candidates = candidates_of(replace(found, hits=looked_at), articles, store, background, fingerprint, relation)
    if not candidates:
        return Draft((), articles, 0.0, hits=hits)
    rows = feature_rows(question, candidates, hits)
    scores = ranked = sentence_scores(rows)
    evidence, read = confidence_features(question, candidates, scores, rows[int(np.argmax(scores))]), None
    if reader is not None:
        scores, read = read_best(question, candidates, scores, reader)
        hits = passage_first(hits, candidates, scores)
    order = [int(i) for i in np.argsort(-scores, kind="stable")]
    # A second quote without a date beside one with a date adds nothing to "when".
    fits = [holds_kind(c.text, question.kind, question.text) for c in candidates]
    near = [i for i in order if ranked[i] >= ranked.max() - MARGIN and fits[i] >= fits[order[0]]]
    if newest:
        near = _newer_first([i for i in near if scores[i] >= scores.max() - MARGIN], candidates, articles)
        order = [*near, *(i for i in order if i not in near)]
    first = in_own_language(order, scores, fits, candidates, stories, question.language)
    chosen = _choose([candidates[i] for i in told_once(first, near, candidates, stories)], stories)
    return Draft(_quotes(chosen, articles, store), articles, confidence(evidence, read), revisions, links, hits)


def _newer_first(order: Sequence[int], candidates: Sequence[Candidate], articles: Mapping[int, Article]) -> list[int]:
    """By the last day that an article's date can mean; undated ones last, those of one day as they were."""
    dates = {i: articles[candidates[i].article_id].published_at for i in order}
    return sorted(order, key=lambda i: latest_day(dates[i]) if dates[i] else date.min, reverse=True)


def _choose(ranked: Sequence[Candidate], stories: Mapping[int, int] | None = None) -> list[list[Candidate]]:
    """Groups that say the same, the sentence to be quoted first in each; `stories`: of the articles."""
    stories = stories or {}
    groups: list[list[Candidate]] = []
    used: set[int] = set()
    for candidate in ranked:
        twin = next((g for g in groups if _same(g[0], candidate, stories)), None)
        if twin is not None:
            if (
                candidate.article_id not in {c.article_id for c in twin}
                and len(used | {candidate.article_id}) <= MAX_ARTICLES
            ):
                twin.append(candidate)
                used.add(candidate.article_id)
        elif len(groups) < MAX_QUOTES and len(used | {candidate.article_id}) <= MAX_ARTICLES:
            groups.append([candidate])
            used.add(candidate.article_id)
    return groups


def _same(one: Candidate, other: Candidate, stories: Mapping[int, int]) -> bool:
    if one.text == other.text:
        return True
    if one.vector is None or other.vector is None or one.article_id == other.article_id:
        return False
    cosine, story = float(one.vector @ other.vector), stories.get(one.article_id)
    if cosine >= SAME or story is None or story != stories.get(other.article_id):
        return cosine >= SAME and _numbers(one) == _numbers(other)
    least = STORY_SAME if one.hit.language == other.hit.language else STORY_SAME_ACROSS
    return cosine >= least and _numbers(one) == _numbers(other)


def _numbers(candidate: Candidate) -> set[str]:
    return {word for word in lemmas(candidate.text, candidate.hit.language) if word[0].isdigit()}


def _quotes(groups: Sequence[Sequence[Candidate]], articles: Mapping[int, Article], store: Store) -> tuple[Quote, ...]:
    spans: list[tuple[int, Span]] = []
    kept: list[tuple[Sequence[Candidate], Span]] = []
    for group in groups:
        article_id = group[0].article_id
        body, span = articles[article_id].body, group[0].span
        if points_back(body[span.start : span.end]):
            span = with_context(body, span, store.chunks_of(article_id))
        span = with_list(body, span)
        if any(of == article_id and s.start < span.end and span.start < s.end for of, s in spans):
            continue  # brought along already
        spans.append((article_id, span))
        kept.append((group, span))
    numbers: dict[int, int] = {}
    for group, _ in kept:
        for candidate in group:
            numbers.setdefault(candidate.article_id, len(numbers) + 1)
    quotes = []
    for (first, *rest), span in kept:
        text = articles[first.article_id].body[span.start : span.end]
        also = tuple((numbers[c.article_id], c.article_id) for c in rest)
        language = first.hit.language
        quotes.append(Quote(numbers[first.article_id], text, first.article_id, span.start, span.end, language, also))
    return tuple(quotes)


def with_context(body: str, span: Span, chunks: Sequence[StoredChunk]) -> Span:
    """The span, grown by the sentence before where it begins with a pronoun and both stay readable."""
    if not points_back(body[span.start : span.end]):
        return span
    before = [s for chunk in chunks for s in chunk.sentences if s.end <= span.start]
    if not before:
        return span
    previous = max(before, key=lambda s: s.end)
    if "\n" in body[previous.end : span.start] or span.end - previous.start > READABLE:
        return span
    return Span(previous.start, span.end)


def verified(quotes: Sequence[Quote], articles: Mapping[int, Article]) -> tuple[Quote, ...]:
    """The same quotes, proved to stand in the stored bodies letter for letter.

    Raises StoreError otherwise: better no answer than an invented one.
    """
    for quote in quotes:
        article = articles.get(quote.article_id)
        if article is None or article.body[quote.start : quote.end] != quote.text or not quote.text:
            raise StoreError(f"a quote does not stand in article {quote.article_id}; run `warta doctor`")
    return tuple(quotes)


def citations_of(
    quotes: Sequence[Quote],
    articles: Mapping[int, Article],
    revisions: Mapping[int, int] | None = None,
    links: Mapping[int, Sequence[Link]] | None = None,
) -> tuple[Citation, ...]:
    """One for each article that a quote names, in the order of their numbers; `revisions` and `links` as in a Draft."""
    texts: dict[int, tuple[int, str]] = {}
    for quote in quotes:
        texts.setdefault(quote.n, (quote.article_id, quote.text))
    for quote in quotes:
        for n, article_id in quote.also:
            texts.setdefault(n, (article_id, ""))
    return tuple(
        replace(
            _citation(n, article_id, articles[article_id], text),
            revision=(revisions or {}).get(article_id, 0),
            elsewhere=tuple((link.publisher, link.url) for link in (links or {}).get(article_id, ())),
        )
        for n, (article_id, text) in sorted(texts.items())
    )


def nearest(hits: Sequence[Hit], store: Store) -> tuple[Citation, ...]:
    """The best articles, one of each story, for a reader whose question stays open."""
    stories = store.stories_of(dict.fromkeys(hit.article_id for hit in hits))
    first: dict[tuple[str, int], int] = {}
    for hit in hits:
        story = stories.get(hit.article_id)
        first.setdefault(("article", hit.article_id) if story is None else ("story", story), hit.article_id)
    ids = list(first.values())[:MAX_ARTICLES]
    articles = store.articles(ids)
    found = [i for i in ids if i in articles]
    return tuple(_citation(n, i, articles[i], "") for n, i in enumerate(found, start=1))


def _citation(n: int, article_id: int, article: Article, quoted: str) -> Citation:
    link = fragment_link(article.url, quoted) if quoted else article.url
    return Citation(
        n, article_id, article.title, article.publisher, article.published_at, article.url, link, article.partners
    )
