"""Looking through what is stored without a question: the newest articles, and who published them."""

from __future__ import annotations

import json
from collections.abc import Iterable

from index.retrieve import phrase_query
from index.store import Store
from index.types import Article

_ORDER = "order by instr(a.flags, '\"future-date\"') > 0, a.published_at desc, a.id desc"
"""Newest first; undated ones last, and after them those that claim to be of tomorrow."""


def newest(store: Store, partner: str = "", limit: int = 8) -> list[tuple[int, Article]]:
    """Ids and articles, newest first; with `partner`, those that have it as whole words in title or body."""
    condition, values = "", []
    if partner.strip():
        condition = "where a.id in (select rowid from articles_fts where articles_fts match ?)"
        values.append(phrase_query(partner))
    rows = store.read(f"select a.id from articles a {condition} {_ORDER} limit ?", [*values, limit])
    ids = [int(row[0]) for row in rows]
    articles = store.articles(ids)
    return [(i, articles[i]) for i in ids if i in articles]


def publishers(store: Store) -> list[tuple[str, int]]:
    """Who published how many articles, most first; "" for those without a publisher."""
    rows = store.read("select publisher, count(*) from articles group by publisher order by count(*) desc, publisher")
    return [(str(name), int(count)) for name, count in rows]


def partners_tagged(store: Store) -> list[str]:
    """Organisations that articles are tagged with, as they are written, the most frequent spelling first."""
    rows = store.read(
        "select value, count(*) from articles, json_each(partners) where partners != '[]' group by 1 order by 2 desc, 1"
    )
    return [str(name) for name, _ in rows]


def single_word_partners(store: Store) -> frozenset[str]:
    """Organisations of one word that articles are tagged with, in lower case: names however they are written."""
    rows = store.read("select distinct partners from articles where partners != '[]'")
    return frozenset(_single(name for row in rows for name in json.loads(row[0])))


def _single(names: Iterable[str]) -> Iterable[str]:
    return (name.casefold() for name in names if " " not in name)
