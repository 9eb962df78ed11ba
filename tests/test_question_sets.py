"""The sets of questions over real partner news are well formed, apart, and true to the articles they name."""

from __future__ import annotations

import json
import os
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from index.names import key_of, read_names

ROOT = Path(__file__).resolve().parent.parent
NEWS_DEV = (ROOT / os.environ.get("WARTA_EVAL_DATA", "../shared/eval")).resolve() / "news-dev" / "corpus.jsonl"
KINDS = {"who", "when", "where", "howmany", "howmuch", "list", "why", "whichorg", "what", "unanswerable"}


@dataclass(frozen=True, slots=True)
class Questions:
    """A file of questions with its qrels, and how many of what it holds."""

    name: str
    """The folder under tests/eval."""
    part: str
    """"" for queries.jsonl, "-2" for queries-2.jsonl."""
    size: int
    """Questions in all, half of them in each language."""
    unanswerable: dict[str, int]
    """Questions of each sort in each language."""

    def __str__(self) -> str:
        return self.name + self.part


FIT = Questions("partner-questions-fit", "", 120, {"near": 5, "false premise": 5, "absent": 5})
FIT_2 = Questions("partner-questions-fit", "-2", 200, {"near": 10, "false premise": 5, "absent": 5})
HELD = Questions("partner-questions-held", "", 120, {"near": 5, "false premise": 5, "absent": 5})
each_file = pytest.mark.parametrize("asked_in", [FIT, FIT_2, HELD], ids=str)


def folded(text: str) -> str:
    return " ".join(text.casefold().split())


def queries(asked_in: Questions) -> list[dict[str, Any]]:
    path = ROOT / "tests" / "eval" / asked_in.name / f"queries{asked_in.part}.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def qrels(asked_in: Questions) -> dict[str, list[str]]:
    path = ROOT / "tests" / "eval" / asked_in.name / f"qrels{asked_in.part}.tsv"
    found = defaultdict(list)
    for line in path.read_text(encoding="utf-8").splitlines():
        query, article = line.split("\t")
        found[query].append(article)
    return dict(found)


def articles(*files: Questions) -> set[str]:
    named = {article for file in files for found in qrels(file).values() for article in found}
    return named | {query["about"] for file in files for query in queries(file) if "about" in query}


@cache
def texts() -> dict[str, str]:
    if not NEWS_DEV.is_file():
        pytest.skip(f"{NEWS_DEV} is not there; set WARTA_EVAL_DATA to the evaluation data")
    rows = map(json.loads, NEWS_DEV.read_text(encoding="utf-8").splitlines())
    return {row["id"]: folded(row["text"]) for row in rows}


@each_file
def test_counts(asked_in: Questions) -> None:
    asked = queries(asked_in)
    assert Counter(query["lang"] for query in asked) == {"id": asked_in.size // 2, "en": asked_in.size // 2}
    assert {query["kind"] for query in asked} == KINDS
    assert Counter((query["lang"], query.get("sort")) for query in asked if not query["answerable"]) == {
        (language, sort): count for language in ("id", "en") for sort, count in asked_in.unanswerable.items()
    }


@each_file
def test_each_question_is_whole(asked_in: Questions) -> None:
    asked, relevant = queries(asked_in), qrels(asked_in)
    assert len({query["id"] for query in asked}) == len({query["text"] for query in asked}) == asked_in.size
    assert set(relevant) == {query["id"] for query in asked if query["answerable"]}
    assert all(len(found) == len(set(found)) for found in relevant.values())
    for query in asked:
        answerable = query["answerable"]
        assert answerable == (query["kind"] != "unanswerable") == bool(query["answers"]) == ("sort" not in query)
        assert query["passage_lang"] == ("id" if answerable else "")
        # A part of an article is never kept here, only what answers.
        assert all(len(answer) <= 80 for answer in query["answers"]), query["id"]


def test_the_sets_ask_about_different_articles() -> None:
    assert not articles(FIT, FIT_2) & articles(HELD)
    texts_held = {query["text"] for query in queries(HELD)}
    assert not {query["text"] for query in queries(FIT) + queries(FIT_2)} & texts_held


def test_the_second_file_to_fit_on_asks_about_other_articles_and_under_other_ids() -> None:
    assert not articles(FIT) & articles(FIT_2)
    first, second = queries(FIT), queries(FIT_2)
    assert not {query["id"] for query in first} & {query["id"] for query in second}
    assert not {query["text"] for query in first} & {query["text"] for query in second}


def test_questions_by_another_name_are_those_of_the_set_to_fit_on() -> None:
    renamed = Questions("partner-aliases", "", 51, {})
    known = {query["id"]: query for query in queries(FIT) + queries(FIT_2)}
    book = read_names(ROOT / "tests" / "eval" / renamed.name / "partners.txt")
    for query in queries(renamed):
        original = known[query["id"]]
        assert query | {"text": ""} == original | {"text": ""}
        assert book.finder.asked_for(query["text"]), query["text"]
        assert key_of(query["text"]) != key_of(original["text"])
    answerable = {query["id"] for query in queries(renamed) if query["answerable"]}
    relevant = qrels(FIT) | qrels(FIT_2)
    assert qrels(renamed) == {name: relevant[name] for name in answerable}
    assert (len(queries(renamed)), len(answerable)) == (51, 45)


@each_file
def test_answers_stand_in_the_named_articles(asked_in: Questions) -> None:
    news, relevant = texts(), qrels(asked_in)
    for query in queries(asked_in):
        assert query.get("about", next(iter(news))) in news
        found = [news[article] for article in relevant.get(query["id"], [])]
        answers = [folded(answer) for answer in query["answers"]]
        assert all(any(answer in text for text in found) for answer in answers), query["id"]
        assert all(any(answer in text for answer in answers) for text in found), query["id"]
