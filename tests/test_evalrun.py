"""A run as a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from index.errors import EvaluationError
from index.evalrun import read_run, save_run
from tests.tried import run_of, tried, unanswerable

RUN = run_of([tried("a", text="Siapa \ud800\u2028“Tulus”?", ranks=(1, 4)), unanswerable("b")], made_at="2026-11-23")


def test_a_saved_run_is_read_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    file.write_text("an older one", encoding="utf-8")
    save_run(file, RUN, {"queries": 2})
    assert read_run(file) == RUN
    assert json.loads(file.read_text(encoding="utf-8"))["report"] == {"queries": 2}
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


def test_where_it_cannot_be_saved_is_said(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"run\.json: the run cannot be saved"):
        save_run(tmp_path / "nowhere" / "run.json", RUN, {})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "cannot be read"),
        ("{", "not a saved run"),
        ("[]", "not a run saved by this version"),
        ('{"queries": 64}', "not a run saved by this version"),
        ('{"warta_eval": 2}', "not a run saved by this version"),
        ('{"warta_eval": 1}', "damaged"),
        ('{"warta_eval": 1, "about": {}, "ingest": {}, "questions": [{"id": "a"}]}', "damaged"),
    ],
)
def test_a_file_that_is_no_run_is_refused(tmp_path: Path, text: str | None, message: str) -> None:
    file = tmp_path / "run.json"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    with pytest.raises(EvaluationError, match=message) as caught:
        read_run(file)
    assert "--save FILE" in str(caught.value) or "save it again" in str(caught.value)


@pytest.mark.parametrize(
    ("lang", "passages", "pair"),
    [
        ("en", ("id",), "en->id"),
        ("id", ("en", "id"), "id->en+id"),
        ("id", (), ""),
        ("und", ("id",), ""),
        ("id", ("und",), ""),
    ],
)
def test_languages_of_question_and_passages(lang: str, passages: tuple[str, ...], pair: str) -> None:
    assert tried(lang=lang, passage_langs=passages).pair == pair
