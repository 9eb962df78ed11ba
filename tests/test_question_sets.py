"""The two sets of questions over real partner news are well formed, apart, and true to the articles they name."""

from __future__ import annotations

import json
import os
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
NEWS_DEV = (ROOT / os.environ.get("WARTA_EVAL_DATA", "../shared/eval")).resolve() / "news-dev" / "corpus.jsonl"
NAMES = ("partner-questions-fit", "partner-questions-held")
KINDS = {"who", "when", "where", "howmany", "howmuch", "list", "why", "whichorg", "what", "unanswerable"}
SORTS = ("near", "false premise", "absent")


def folded(text: str) -> str:
    return " ".join(text.casefold().split())


def queries(name: str) -> list[dict[str, Any]]:
    path = ROOT / "tests" / "eval" / name / "queries.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def qrels(name: str) -> dict[str, list[str]]:
    found = defaultdict(list)
    for line in (ROOT / "tests" / "eval" / name / "qrels.tsv").read_text(encoding="utf-8").splitlines():
        query, article = line.split("\t")
        found[query].append(article)
    return dict(found)


@cache
def texts() -> dict[str, str]:
    if not NEWS_DEV.is_file():
        pytest.skip(f"{NEWS_DEV} is not there; set WARTA_EVAL_DATA to the evaluation data")
    rows = map(json.loads, NEWS_DEV.read_text(encoding="utf-8").splitlines())
    return {row["id"]: folded(row["text"]) for row in rows}


@pytest.mark.parametrize("name", NAMES)
def test_counts(name: str) -> None:
    asked = queries(name)
    assert Counter(query["lang"] for query in asked) == {"id": 60, "en": 60}
    assert {query["kind"] for query in asked} == KINDS
    assert Counter((query["lang"], query.get("sort")) for query in asked if not query["answerable"]) == {
        (language, sort): 5 for language in ("id", "en") for sort in SORTS
    }


@pytest.mark.parametrize("name", NAMES)
def test_each_question_is_whole(name: str) -> None:
    asked, relevant = queries(name), qrels(name)
    assert len({query["id"] for query in asked}) == len({query["text"] for query in asked}) == 120
    assert set(relevant) == {query["id"] for query in asked if query["answerable"]}
    assert all(len(articles) == len(set(articles)) for articles in relevant.values())
    for query in asked:
        answerable = query["answerable"]
        assert answerable == (query["kind"] != "unanswerable") == bool(query["answers"]) == ("sort" not in query)
        assert query["passage_lang"] == ("id" if answerable else "")
        # A part of an article is never kept here, only what answers.
        assert all(len(answer) <= 80 for answer in query["answers"]), query["id"]


def test_the_sets_ask_about_different_articles() -> None:
    fit, held = (
        {article for articles in qrels(name).values() for article in articles}
        | {query["about"] for query in queries(name) if "about" in query}
        for name in NAMES
    )
    assert not fit & held
    assert not {query["text"] for query in queries(NAMES[0])} & {query["text"] for query in queries(NAMES[1])}


@pytest.mark.parametrize("name", NAMES)
def test_answers_stand_in_the_named_articles(name: str) -> None:
    news, relevant = texts(), qrels(name)
    for query in queries(name):
        assert query.get("about", next(iter(news))) in news
        found = [news[article] for article in relevant.get(query["id"], [])]
        answers = [folded(answer) for answer in query["answers"]]
        assert all(any(answer in text for text in found) for answer in answers), query["id"]
        assert all(any(answer in text for answer in answers) for text in found), query["id"]
