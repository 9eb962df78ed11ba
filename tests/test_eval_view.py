"""`warta eval` as it is run: its options, its files, and what a person reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from index.eval_view import bar, show_evaluation
from index.evalcompare import compare
from index.evalerrors import errors
from index.evalreport import report
from tests.commands import RunCommand, runner
from tests.fakes import fake_engine
from tests.tried import run_of, tried, unanswerable

PARTNER_NEWS = Path(__file__).resolve().parent / "eval" / "partner-news"
LONG = "Tulus " + "sangat " * 40 + "senang."


@pytest.fixture
def warta(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> RunCommand:
    return runner(tmp_path / "data", fake_engine(), monkeypatch, capsys)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A set of two articles and three questions."""
    folder = tmp_path / "small"
    folder.mkdir()
    corpus = [
        {"id": "grab", "text": "Grab membuka GrabVenue di 49 stasiun kereta di Jabodetabek.", "lang": "id"},
        {"id": "luna", "text": "The Luna G8 phone is made in Semarang by PT ETI.", "lang": "en"},
    ]
    queries = [
        {"id": "q1", "text": "Grab membuka GrabVenue di berapa stasiun?", "answers": ["49"], "answerable": True},
        {"id": "q2", "text": "Who makes the Luna G8 phone?", "answers": ["Foxconn"], "answerable": True},
        {"id": "q3", "text": "Siapa juara dunia catur?", "answers": [], "answerable": False},
    ]
    for name, records in (("corpus", corpus), ("queries", queries)):
        (folder / f"{name}.jsonl").write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    (folder / "qrels.tsv").write_text("q1\tgrab\nq2\tluna\n", encoding="utf-8")
    return folder


def shown(capsys: pytest.CaptureFixture[str], record: dict[str, Any], **about: Any) -> str:
    capsys.readouterr()
    show_evaluation(run_of([], **about).about, record)
    return capsys.readouterr().out


def test_a_run_is_saved_and_compared_with(warta: RunCommand, small: Path, tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    first = warta("eval", str(small), "--save", str(file), "--json").json
    saved = json.loads(file.read_text(encoding="utf-8"))
    assert saved["report"] == first
    assert {name: saved["about"][name] for name in ("set", "file", "limit", "corpus", "articles", "model")} == {
        **{"set": "small", "file": "queries.jsonl", "limit": None, "corpus": [], "articles": 2},
        **{"model": "fake/words"},
    }
    assert saved["about"]["settings"] == {"embedder": "bundled", "reranker": "", "abstain_below": 0.5}
    assert [question["id"] for question in saved["questions"]] == ["q1", "q2", "q3"]
    (q1, q2, _) = saved["questions"]
    assert (q1["ranks"], q1["hit"], q1["quoted"], q1["passage_langs"]) == ([1], 1, "grab", ["id"])
    assert (q2["ranks"], q2["hit"], q2["quoted"]) == ([1], None, "luna")

    second = warta("eval", str(small), "--compare", str(file), "--save", str(file), "--json")
    assert second.out.count("\n") == 1
    compared = second.json["compare"]
    assert compared["questions"] == 3
    assert compared["figures"]["answer_hit@1"] == {
        **{"before": 0.5, "now": 0.5, "difference": 0, "interval": [0, 0], "won": 0, "lost": 0},
    }
    assert "compare" not in json.loads(file.read_text(encoding="utf-8"))["report"]


def test_another_set_is_not_compared(warta: RunCommand, small: Path, tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    assert warta("eval", str(small), "--save", str(file), "--json").code == 0
    corpus = small / "corpus.jsonl"
    corpus.write_text(corpus.read_text(encoding="utf-8").replace("Semarang", "Kudus"), encoding="utf-8")
    ran = warta("eval", str(small), "--compare", str(file))
    assert (ran.code, ran.out) == (1, "")
    assert "cannot be compared" in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize("option", ["--compare", "--save"])
def test_a_file_that_cannot_be_used_is_told_before_anything_is_measured(
    warta: RunCommand, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    monkeypatch.setattr("index.eval_system.run_apart", lambda *_, **__: pytest.fail("it was measured"))
    ran = warta("eval", str(small), option, str(tmp_path / "nowhere" / "run.json"))
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(f"warta: {tmp_path / 'nowhere'}")


def test_errors_are_shown_and_are_part_of_the_json(warta: RunCommand, small: Path) -> None:
    found = warta("eval", str(small), "--errors", "1", "--json").json["errors"]
    (case,) = found["wrong_sentence"]["worst"]
    assert (case["id"], case["expected"], case["rank"]) == ("q2", ["Foxconn"], 1)
    told = warta("eval", str(small), "--errors").out
    assert "Passage found, but the first quote holds no expected answer: 1" in told
    assert "Who makes the Luna G8 phone?  (q2)" in told
    assert "Foxconn" in told


def test_the_projects_own_set_by_language_and_kind(warta: RunCommand) -> None:
    record = warta("eval", str(PARTNER_NEWS), "--limit", "12", "--json").json
    assert set(record["by_language"]) == {"en", "id"}
    assert {"who", "unanswerable"} <= set(record["by_kind"])
    assert sum(row["queries"] for row in record["by_type"].values()) == 12


def test_tables(capsys: pytest.CaptureFixture[str]) -> None:
    some = [tried("a"), tried("b", hit=None, lang="en"), unanswerable("c", answered=True, confidence=0.55)]
    told = shown(capsys, report(run_of(some)))
    lines = [line.split() for line in told.splitlines()]
    assert "made-up: 3 questions over 1 articles, fake/words" in told
    assert next(line for line in lines if line[:1] == ["answer_hit@1"])[:2] == ["answer_hit@1", "0.500"]
    # All are answered, two of three wrongly; one of them has no answer.
    assert next(line for line in lines if line[:1] == ["wrong_per_hundred"])[1] == "66.7"
    assert ["en", "1", "1.000", "1.000", "0.000", "1.000", "100.0"] in lines
    # Bins: c at .55, a and b at .9
    assert ["0.5–0.6", "1", "0.550", "0.000", "0.000", "·" * 13 + "|" + "·" * 10] in lines
    assert ["0.9–1.0", "2", "0.900", "1.000", "0.500", "█" * 21 + "|" + "█" * 2] in lines
    # From .6 on only a and b are answered, from .0 to .5 all.
    assert [line for line in lines if line[1:2] and line[1].endswith("%") and len(line) == 3] == [
        ["0.5", "100.0%", "66.7"],
        ["0.9", "66.7%", "50.0"],
    ]


def test_a_comparison(capsys: pytest.CaptureFixture[str]) -> None:
    before = [*(tried(f"a{n}", hit=None, ranks=(2,)) for n in range(30)), tried("gone")]
    now = [tried(f"a{n}") for n in range(30)]
    then = {"made_at": "2026-11-23", "settings": {"abstain_below": 0.7}}
    record = {**report(run_of(now)), "compare": compare(run_of(before, **then), run_of(now))}
    told = shown(capsys, record)
    assert "Against the run of 2026-11-23 (fake/words, version 1), over 30 questions" in told
    assert "Other then: abstain_below was 0.7, and is 0.5 now." in told
    assert "Left out: 1 only before." in told
    lines = [line.split() for line in told.splitlines()]
    row = ["answer_hit@1", "0.000", "1.000", "+1.000*", "+1.000…+1.000", "30", "0"]
    assert row in lines
    # All were wrong before.
    assert ["wrong_per_hundred", "100.0", "0.0", "-100.0*", "-100.0…-100.0", "30", "0"] in lines
    # Nothing to tell from: no unanswerable question.
    assert ["refusal.auroc", "–", "–", "–", "–"] in lines


def test_the_worst_cases_are_readable(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    some = [
        tried("a", hit=2, quote=f"\x1b[31m{LONG}", quoted="b", relevant=("c", "d"), ranks=(3,)),
        tried("b", hit=None, ranks=(), quote="", quoted=""),
        tried("c", answered=False, confidence=0.25),
        unanswerable("d", answered=True, confidence=0.875),
    ]
    told = shown(capsys, {**report(run_of(some)), "errors": errors(some, 5)})
    assert "\x1b" not in told
    assert max(len(line) for line in told.split("No right passage")[1].splitlines()) <= 80
    for group in ("among the first ten articles: 1", "holds no expected answer: 1", "first quote was right: 1"):
        assert group in told
    assert "    passage     c or d: stood at 3\n    answer      in quote 2\n    confidence  0.90\n" in told
    assert "    quoted      nothing\n    passage     a: not found\n" in told
    assert "    withheld    Tulus bernyanyi. (a)\n" in told
    assert told.endswith("    quoted      Tulus bernyanyi. (a)\n    confidence  0.88\n")


@pytest.mark.parametrize(
    ("share", "mark", "drawn"),
    [
        (0.5, 0.0, "|" + "█" * 11 + "·" * 12),
        (1.0, 1.0, "█" * 23 + "|"),
        (None, 0.5, "·" * 12 + "|" + "·" * 11),
    ],
)
def test_bars(share: float | None, mark: float, drawn: str) -> None:
    assert bar(share, mark) == drawn
