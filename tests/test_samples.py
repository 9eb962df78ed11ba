import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
ARTICLES = ROOT / "index" / "samples" / "articles.jsonl"
SET = ROOT / "tests" / "eval" / "partner-news"
KEYS = {"id", "title", "text", "lang", "publisher", "date", "url", "source", "partners"}
KINDS = {"who", "when", "where", "howmany", "howmuch", "why", "what", "list", "unanswerable"}


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def articles() -> list[dict[str, Any]]:
    return rows(ARTICLES)


@pytest.fixture(scope="module")
def queries() -> list[dict[str, Any]]:
    return rows(SET / "queries.jsonl")


@pytest.fixture(scope="module")
def qrels() -> dict[str, list[str]]:
    found = defaultdict(list)
    for line in (SET / "qrels.tsv").read_text(encoding="utf-8").splitlines():
        query, article = line.split("\t")
        found[query].append(article)
    return dict(found)


def test_thirty_articles_in_two_languages(articles: list[dict[str, Any]]) -> None:
    assert Counter(a["lang"] for a in articles) == {"id": 20, "en": 10}
    assert len({a["id"] for a in articles}) == 30
    assert len({a["title"] for a in articles}) == 30


def test_articles_are_complete(articles: list[dict[str, Any]]) -> None:
    for article in articles:
        assert set(article) == KEYS
        empty = {key for key in KEYS if not article[key]}
        assert empty <= ({"url"} if article["source"].startswith("seed-") else set()), article["id"]


def test_articles_are_short_news(articles: list[dict[str, Any]]) -> None:
    for article in articles:
        assert 90 <= len(article["text"].split()) <= 200, article["id"]
        assert 2 <= len(article["text"].split("\n\n")) <= 4, article["id"]
        assert all(name in article["text"] for name in article["partners"]), article["id"]


def test_a_source_is_told_at_most_once_per_language(articles: list[dict[str, Any]]) -> None:
    assert len({(a["source"], a["lang"]) for a in articles}) == 30
    assert sum(count == 2 for count in Counter(a["source"] for a in articles).values()) <= 4


def test_corpus_is_the_samples() -> None:
    assert (SET / "corpus.jsonl").read_bytes() == ARTICLES.read_bytes()


def test_queries_are_well_formed(queries: list[dict[str, Any]]) -> None:
    assert len(queries) == 64
    assert len({q["id"] for q in queries}) == 64
    assert len({q["text"] for q in queries}) == 64
    assert {q["lang"] for q in queries} == {"id", "en"}
    assert {q["kind"] for q in queries} == KINDS


def test_unanswerable_share(queries: list[dict[str, Any]]) -> None:
    share = sum(not q["answerable"] for q in queries) / len(queries)
    assert 0.2 <= share <= 0.3


def test_unanswerable_queries_have_no_answer(queries: list[dict[str, Any]], qrels: dict[str, list[str]]) -> None:
    for query in queries:
        assert query["answerable"] == (query["kind"] != "unanswerable")
        assert query["answerable"] == bool(query["answers"])
        assert query["answerable"] == (query["id"] in qrels)


def test_qrels_name_known_ids(
    articles: list[dict[str, Any]], queries: list[dict[str, Any]], qrels: dict[str, list[str]]
) -> None:
    assert set(qrels) <= {q["id"] for q in queries}
    assert {a for found in qrels.values() for a in found} <= {a["id"] for a in articles}
    assert all(len(found) == len(set(found)) for found in qrels.values())


def test_answers_stand_in_the_articles(
    articles: list[dict[str, Any]], queries: list[dict[str, Any]], qrels: dict[str, list[str]]
) -> None:
    text = {a["id"]: a["text"].casefold() for a in articles}
    for query in queries:
        found = [text[a] for a in qrels.get(query["id"], [])]
        answers = [answer.casefold() for answer in query["answers"]]
        assert all(any(answer in article for article in found) for answer in answers), query["id"]
        assert all(any(answer in article for answer in answers) for article in found), query["id"]


def test_passage_lang_is_the_articles_language(
    articles: list[dict[str, Any]], queries: list[dict[str, Any]], qrels: dict[str, list[str]]
) -> None:
    lang = {a["id"]: a["lang"] for a in articles}
    for query in queries:
        found = {lang[a] for a in qrels.get(query["id"], [])}
        assert query["passage_lang"] == ("both" if len(found) == 2 else "".join(found)), query["id"]


def test_cross_lingual_count(queries: list[dict[str, Any]]) -> None:
    crossing = [q for q in queries if {q["lang"], q["passage_lang"]} == {"id", "en"}]
    assert len(crossing) >= 14
    assert {q["lang"] for q in crossing} == {"id", "en"}
