"""The quality does not fall below what it was, and no floor is lowered in silence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from index.evalset import read_set
from tests.eval.floors import (
    EVAL,
    FIGURES,
    OWN,
    Floors,
    FloorsError,
    lowered,
    main,
    measured,
    missed,
    raised,
    read_floors,
    without_reason,
    write_floors,
)
from tests.eval.subsets import STRANGERS, SUBSETS, Subset, write_subset

FLOORS: Floors = {"small": {"mrr@10": [{"floor": 0.9, "measured": 0.92, "on": "2026-11-01", "reason": ""}]}}
REASON = "sentences of two languages are weighed alike now"


@pytest.mark.parametrize("name", [OWN, *(pytest.param(name, marks=pytest.mark.slow) for name in SUBSETS)])
def test_quality_does_not_fall(name: str) -> None:
    if name != OWN and not (EVAL / SUBSETS[name].source).is_dir():
        pytest.skip(f"{EVAL} is not there; set WARTA_EVAL_DATA to the evaluation data")
    floors = read_floors()[name]
    assert set(floors) == set(FIGURES)
    assert missed(floors, measured(name)) == []


def test_every_set_has_its_floors_and_every_lower_one_a_reason() -> None:
    floors = read_floors()
    assert set(floors) == {OWN, *SUBSETS}
    assert without_reason(floors) == []


def test_a_floor_that_was_lowered_by_hand_is_seen() -> None:
    history = FLOORS["small"]["mrr@10"]
    assert without_reason({"small": {"mrr@10": [*history, {**history[0], "floor": 0.8, "measured": 0.8}]}}) == [
        "small/mrr@10: 0.8"
    ]
    # In its place: 0.92 had been measured, so 0.9 was the floor.
    assert without_reason({"small": {"mrr@10": [{**history[0], "floor": 0.85}]}}) == ["small/mrr@10: 0.85"]
    assert without_reason(FLOORS) == []
    assert without_reason(lowered(FLOORS, "small/mrr@10=0.8", REASON, "2026-11-23")) == []


def test_the_last_floor_is_the_one_that_holds() -> None:
    floors = lowered(FLOORS, "small/mrr@10=0.8", REASON, "2026-11-23")["small"]
    assert floors["mrr@10"][-1] == {"floor": 0.8, "measured": None, "on": "2026-11-23", "reason": REASON}
    assert missed(floors, {"mrr@10": 0.8}) == []
    assert missed(floors, {"mrr@10": 0.79}) == ["mrr@10 is 0.7900, its floor 0.8000"]


def test_raising_goes_up_to_the_margin_and_never_down() -> None:
    floors = FLOORS["small"]
    assert raised(floors, {"mrr@10": 0.92}, "2026-11-23") == floors
    assert raised(floors, {"mrr@10": 0.5}, "2026-11-23") == floors
    # 0.9512 - 0.02, without what is beyond a thousandth
    (old, new) = raised(floors, {"mrr@10": 0.9512}, "2026-11-23")["mrr@10"]
    assert old == floors["mrr@10"][0]
    assert new == {"floor": 0.931, "measured": 0.9512, "on": "2026-11-23", "reason": ""}
    assert raised({}, {"recall@10": 1.0}, "2026-11-23")["recall@10"][0]["floor"] == 0.98


@pytest.mark.parametrize(
    ("change", "reason", "message"),
    [
        ("small/mrr@10=0.8", "", "say why"),
        ("small/mrr@10=0.8", " too low ", "say why"),
        ("small/mrr@10=0.9", REASON, "takes less"),
        ("small/mrr@10=0.95", REASON, "takes less"),
        ("small/mrr@10=-1", REASON, "takes less"),
        ("small/mrr@10=low", REASON, "SET/FIGURE=VALUE"),
        ("small/mrr=0.8", REASON, "has no floor"),
        ("large/mrr@10=0.8", REASON, "has no floor"),
        ("small", REASON, "has no floor"),
    ],
)
def test_lowering_takes_a_figure_a_value_and_a_reason(change: str, reason: str, message: str) -> None:
    with pytest.raises(FloorsError, match=message):
        lowered(FLOORS, change, reason, "2026-11-23")


def test_the_command_lowers_only_with_a_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "floors.json"
    write_floors(FLOORS, file)
    assert read_floors(file) == FLOORS
    assert main(["--lower", "small/mrr@10=0.8"], file) == 2
    assert read_floors(file) == FLOORS
    assert "--reason" in capsys.readouterr().err
    assert main(["--lower", "small/mrr@10=0.8", "--reason", REASON], file) == 0
    assert [entry["floor"] for entry in read_floors(file)["small"]["mrr@10"]] == [0.9, 0.8]


def test_the_command_tells_what_is_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "floors.json"
    write_floors({OWN: FLOORS["small"]}, file)
    monkeypatch.setattr("tests.eval.floors.measured", lambda name: {"mrr@10": 0.89})
    assert main(["--sets", OWN], file) == 1
    assert "0.8900  floor 0.9" in capsys.readouterr().out
    monkeypatch.setattr("tests.eval.floors.measured", lambda name: {"mrr@10": 0.96})
    assert main(["--sets", OWN], file) == 0
    assert len(read_floors(file)[OWN]["mrr@10"]) == 1
    assert main(["--sets", OWN, "--raise"], file) == 0
    assert read_floors(file)[OWN]["mrr@10"][-1]["floor"] == 0.94


def test_a_part_of_a_set_holds_what_belongs_together(tmp_path: Path) -> None:
    def lines(records: list[Any]) -> str:
        return "\n".join(map(json.dumps, records))

    source, other = tmp_path / "set", tmp_path / "other"
    source.mkdir()
    other.mkdir()
    names = [f"d{n}" for n in range(20)]
    (source / "corpus.jsonl").write_text(lines([{"id": name, "text": f"Berita {name}."} for name in names]))
    asked = [{"id": f"q-{name}", "text": f"Apa {name}?", "answers": ["x"], "answerable": True} for name in names]
    traps = [{"id": f"t-{name}", "text": "Apa?", "answers": [], "answerable": False, "about": name} for name in names]
    (source / "queries.jsonl").write_text(lines([*asked, *traps]))
    # Each question is answered by its own article and by the next one.
    pairs = [(f"q-d{n}", f"d{m % 20}") for n in range(20) for m in (n, n + 1)]
    (source / "qrels.tsv").write_text("\n".join("\t".join(pair) for pair in pairs))
    strangers = [{"id": f"s{n}", "text": "Siapa?", "answers": [], "answerable": False} for n in range(STRANGERS + 50)]
    (other / "queries.jsonl").write_text(lines(strangers))

    write_subset(tmp_path, Subset("set", 5, also="other"), tmp_path / "part")
    part = read_set(tmp_path / "part")
    taken = {document.id for document in part.documents}
    # The order is a promise: with other articles the floors would mean something else.
    assert taken == {"d2", "d4", "d10", "d12", "d16"}
    assert {query.id for query in part.queries if query.answerable} == {q for q, d in pairs if d in taken}
    assert {query.id for query in part.queries if query.id.startswith("t-")} == {f"t-{name}" for name in taken}
    assert sum(query.id.startswith("s") for query in part.queries) == STRANGERS
    assert all(query.relevant <= taken for query in part.queries)
