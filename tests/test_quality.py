"""Saved questions: where they come from, what counts as right, and from when on a figure is worse."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from news import article, articles, copy_of, small_engine

from index.errors import EvaluationError
from index.pipeline import Warta
from index.quality import (
    FILE,
    META_QUALITY,
    SAMPLED,
    Quality,
    SavedQuestion,
    article_of,
    measure,
    remember,
    remembered,
    saved_questions,
    worse,
)
from index.settings import Settings


@pytest.fixture
def warta(tmp_path: Path) -> Iterator[Warta]:
    with Warta(Settings(data=tmp_path), small_engine()) as opened:
        list(opened.ingest(articles(12)))
        yield opened


def test_the_file_says_what_is_asked(warta: Warta, tmp_path: Path) -> None:
    lines = [
        {"text": "Siapa?", "lang": "id", "answers": ["Budi", "Bu Rini"], "article": "https://a.example/1"},
        {"text": "Where?", "answers": ["Jakarta"]},
        {"text": "Apa?", "article": "https://a.example/2", "answers": []},
    ]
    (tmp_path / FILE).write_text("\n\n".join(map(json.dumps, lines)))
    assert saved_questions(warta.store, tmp_path) == [
        SavedQuestion("Siapa?", "id", ("Budi", "Bu Rini"), "https://a.example/1"),
        SavedQuestion("Where?", None, ("Jakarta",)),
        SavedQuestion("Apa?", None, (), "https://a.example/2"),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "{", "[]", '{"text": " ", "answers": ["a"]}', '{"text": 1, "answers": ["a"]}', '{"text": "Apa?"}',
        '{"text": "Apa?", "answers": "a"}', '{"text": "Apa?", "answers": [""]}', '{"text": "Apa?", "article": 7}',
        '{"text": "Apa?", "answers": ["a"], "lang": "su"}',
    ],
)  # fmt: skip
def test_a_malformed_line_is_named(warta: Warta, tmp_path: Path, line: str) -> None:
    (tmp_path / FILE).write_text(f'{{"text": "Apa?", "answers": ["a"]}}\n{line}\n')
    with pytest.raises(EvaluationError, match=r"quality\.jsonl:2.*correct the file"):
        saved_questions(warta.store, tmp_path)


def test_a_file_that_is_no_text_is_told(warta: Warta, tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"\xff\xfe")
    with pytest.raises(EvaluationError, match=r"quality\.jsonl cannot be read"):
        saved_questions(warta.store, tmp_path)


def test_without_a_file_titles_are_asked(warta: Warta, tmp_path: Path) -> None:
    titles = saved_questions(warta.store, tmp_path)
    assert sorted(titles, key=lambda q: q.article) == sorted(
        (SavedQuestion(one.title, article=one.key) for one in articles(12)), key=lambda q: q.article
    )
    list(warta.ingest([replace(article(12), title=""), *(article(number) for number in range(13, 80))]))
    more = saved_questions(warta.store, tmp_path)
    assert len(more) == SAMPLED == len(set(more))
    assert [q for q in titles if q in more] == [q for q in more if q in titles]  # more news changes no order
    assert more == saved_questions(warta.store, tmp_path)


def test_the_counts(warta: Warta) -> None:
    sentence = article(1).body.split(". ")[0]
    word = sentence.split()[1]
    wrong = SavedQuestion(sentence, "id", ("tidak ada",), "https://berita.example/tidak-ada")
    half = SavedQuestion(sentence, "id", ("tidak ada", word.upper()))
    found = SavedQuestion(sentence, article=article(1).key)
    seen: list[tuple[str, int, int]] = []
    quality = measure(warta, [wrong, half, found, found], lambda *step: seen.append(step))
    assert (quality.questions, quality.with_answers, quality.right) == (4, 2, 1)
    assert (quality.with_article, quality.found) == (3, 2)
    assert seen == [("ask", done, 4) for done in range(5)]
    assert quality.record() == {
        "questions": 4, "answer_hit@1": 0.5, "recall@5": 0.6667, "abstained": quality.abstained,
        "p50_ms": round(quality.p50_ms, 1),
    }  # fmt: skip
    assert measure(warta, [SavedQuestion("xyzzy plugh", article="x")]).abstained == 1
    assert measure(warta, []).record()["recall@5"] is None


def test_an_article_is_found_by_a_copys_address_too(warta: Warta) -> None:
    list(warta.ingest([copy_of(article(3))]))
    assert article_of(warta.store, copy_of(article(3)).key) == article_of(warta.store, article(3).key) == 4
    assert article_of(warta.store, "https://tidak.example") is None


def figures(found: int, of: int, right: int = 0, asked: str = "a") -> Quality:
    return Quality(of, of, right, of, found, 0, 1.0, asked)


@pytest.mark.parametrize(
    ("before", "after", "of", "is_worse"),
    [
        (10, 9, 10, False),  # one question
        (10, 8, 10, True),
        (33, 32, 33, False),
        (34, 32, 34, True),  # 2 > 1.02
        (100, 97, 100, False),  # 3 points
        (100, 96, 100, True),
        (5, 10, 10, False),
    ],
)
def test_worse_is_more_than_one_question_and_three_points(before: int, after: int, of: int, is_worse: bool) -> None:
    assert bool(worse(figures(before, of), figures(after, of))) == is_worse
    assert bool(worse(figures(0, of, right=before), figures(0, of, right=after))) == is_worse


def test_it_is_said_in_what_it_is_worse() -> None:
    told = worse(figures(49, 50, right=40), figures(30, 50, right=20))
    assert (
        told == "answer_hit@1 fell from 0.80 to 0.40 on 50 questions, recall@5 fell from 0.98 to 0.60 on 50 questions"
    )
    assert worse(None, figures(0, 50)) == ""
    assert worse(figures(50, 50), figures(0, 50, asked="b")) == ""  # other questions


def test_the_last_figures_are_remembered(warta: Warta) -> None:
    assert remembered(warta.store) is None
    remember(warta.store, figures(3, 4))
    assert remembered(warta.store) == figures(3, 4)
    warta.store.set_meta(META_QUALITY, '{"of": "another version"}')
    assert remembered(warta.store) is None
