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
    size: tuple[int, int]
    """Indonesian and English questions."""
    unanswerable: dict[str, tuple[int, int]]
    """Likewise, of each sort."""

    def __str__(self) -> str:
        return self.name + self.part


FIT = Questions("partner-questions-fit", "", (60, 60), {"near": (5, 5), "false premise": (5, 5), "absent": (5, 5)})
FIT_2 = Questions(
    "partner-questions-fit", "-2", (100, 100), {"near": (10, 10), "false premise": (5, 5), "absent": (5, 5)}
)
FIT_3 = Questions(
    "partner-questions-fit", "-3", (343, 339), {"near": (87, 88), "false premise": (39, 38), "absent": (9, 13)}
)
HELD = Questions("partner-questions-held", "", (60, 60), {"near": (5, 5), "false premise": (5, 5), "absent": (5, 5)})
HELD_2 = Questions(
    "partner-questions-held", "-2", (100, 95), {"near": (27, 25), "false premise": (11, 8), "absent": (2, 5)}
)
NEWS_FIT = Questions(
    "news-questions-fit", "", (292, 303), {"near": (92, 81), "false premise": (36, 36), "absent": (5, 9)}
)
NEWS_HELD = Questions(
    "news-questions-held", "", (216, 216), {"near": (65, 54), "false premise": (23, 28), "absent": (8, 8)}
)
FITS, HOLDS = (FIT, FIT_2, FIT_3, NEWS_FIT), (HELD, HELD_2, NEWS_HELD)
each_file = pytest.mark.parametrize("asked_in", [*FITS, *HOLDS], ids=str)


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
    languages = Counter(query["lang"] for query in asked)
    assert (languages["id"], languages["en"]) == asked_in.size
    assert {query["kind"] for query in asked} == KINDS
    assert Counter((query["lang"], query.get("sort")) for query in asked if not query["answerable"]) == {
        (language, sort): count
        for sort, counts in asked_in.unanswerable.items()
        for language, count in zip(("id", "en"), counts, strict=True)
    }


@each_file
def test_each_question_is_whole(asked_in: Questions) -> None:
    asked, relevant = queries(asked_in), qrels(asked_in)
    assert len({query["id"] for query in asked}) == len({query["text"] for query in asked}) == sum(asked_in.size)
    assert set(relevant) == {query["id"] for query in asked if query["answerable"]}
    assert all(len(found) == len(set(found)) for found in relevant.values())
    for query in asked:
        answerable = query["answerable"]
        assert answerable == (query["kind"] != "unanswerable") == bool(query["answers"]) == ("sort" not in query)
        assert query["passage_lang"] == ("id" if answerable else "")
        # A part of an article is never kept here, only what answers.
        assert all(len(answer) <= 80 for answer in query["answers"]), query["id"]


def test_the_sets_ask_about_different_articles() -> None:
    assert not articles(*FITS) & articles(*HOLDS)
    # The third file to fit on asks other questions about articles of the first two as well.
    for one, other in ((FIT, FIT_2), (HELD, HELD_2), (FIT_3, NEWS_FIT)):
        assert not articles(one) & articles(other)


def test_no_question_is_asked_twice() -> None:
    every = [query for file in (*FITS, *HOLDS) for query in queries(file)]
    assert len({query["id"] for query in every}) == len({query["text"] for query in every}) == len(every)


def test_questions_by_another_name_are_those_of_the_set_to_fit_on() -> None:
    renamed = Questions("partner-aliases", "", (24, 27), {})
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
