# ruff: noqa: T201
"""Floors of quality, in floors.json: what CI holds on small sets.

    python -m tests.eval.floors                                   measure, show beside the floors; 1 when one is missed
    python -m tests.eval.floors --raise                           … and raise those that have been left behind
    python -m tests.eval.floors --lower SET/FIGURE=VALUE --reason "why it has to be"

The file keeps every floor that there has been; one that is lower than the one before it tells the reason.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import floor
from pathlib import Path
from typing import Any

from index.eval_system import WartaSystem
from index.evaluate import evaluate
from index.pipeline import Warta
from index.settings import Settings
from tests.eval.subsets import SUBSETS, write_subset

HERE = Path(__file__).resolve().parent
FILE = HERE / "floors.json"
OWN = "partner-news"
EVAL = Path(os.environ.get("WARTA_EVAL_DATA", HERE.parents[2] / "shared" / "eval"))
QUESTIONS = 200
"""Of each set."""
FIGURES = ("recall@10", "mrr@10", "answer_hit@1", "answer_hit@3", "refusal.auroc")
MARGIN = 0.02
"""How far below what was measured a floor is put: four questions of QUESTIONS. Other processors round differently."""

Floor = dict[str, Any]
"""{"floor", "measured", "on", "reason"}"""
Floors = dict[str, dict[str, list[Floor]]]
"""Set → figure → its floors, the one that holds last."""


class FloorsError(Exception):
    """A floor cannot be changed like this; one line for the person who tries."""


def read_floors(file: Path = FILE) -> Floors:
    return json.loads(file.read_text(encoding="utf-8"))


def write_floors(floors: Floors, file: Path = FILE) -> None:
    sets = []
    for name, figures in floors.items():
        rows = [
            f"    {json.dumps(figure)}: [\n"
            + ",\n".join(f"      {json.dumps(entry, ensure_ascii=False)}" for entry in history)
            + "\n    ]"
            for figure, history in figures.items()
        ]
        sets.append(f"  {json.dumps(name)}: {{\n" + ",\n".join(rows) + "\n  }")
    file.write_text("{\n" + ",\n".join(sets) + "\n}\n", encoding="utf-8")


def measured(name: str) -> dict[str, float]:
    """The figures of one of the small sets with the bundled model; those without meaning are left out."""
    with tempfile.TemporaryDirectory(prefix="warta-floors-") as made:
        folder = HERE / OWN
        if name != OWN:
            folder = Path(made) / name
            write_subset(EVAL, SUBSETS[name], folder)
        kept = {key: os.environ[key] for key in ("WARTA_CACHE", "XDG_CACHE_HOME") if key in os.environ}
        with Warta(Settings.from_env(kept, Path(made) / "data")) as warta:
            found: Mapping[str, Any] = evaluate(WartaSystem(warta), folder, limit=QUESTIONS)
    flat = {**found, **{f"refusal.{figure}": value for figure, value in found["refusal"].items()}}
    return {figure: flat[figure] for figure in FIGURES if flat[figure] is not None}


def missed(floors: Mapping[str, Sequence[Floor]], values: Mapping[str, float]) -> list[str]:
    """The figures of a set that are below their floor."""
    return [
        f"{figure} is {values[figure]:.4f}, its floor {history[-1]['floor']:.4f}"
        for figure, history in floors.items()
        if values[figure] < history[-1]["floor"]
    ]


def raised(floors: Mapping[str, list[Floor]], values: Mapping[str, float], today: str) -> dict[str, list[Floor]]:
    """The floors of a set, moved up to MARGIN below what was measured; none is moved down."""
    moved = dict(floors)
    for figure, value in values.items():
        reached = floor(1000 * (value - MARGIN) + 1e-6) / 1000
        history = moved.get(figure, [])
        if not history or reached > history[-1]["floor"]:
            moved[figure] = [*history, {"floor": reached, "measured": round(value, 4), "on": today, "reason": ""}]
    return moved


def lowered(floors: Floors, change: str, reason: str, today: str) -> Floors:
    """The floors with one of them lower, and why.

    Raises FloorsError for a change without a reason, of a figure that has no floor, or upwards.
    """
    place, _, number = change.partition("=")
    name, _, figure = place.partition("/")
    history = floors.get(name, {}).get(figure)
    if history is None:
        raise FloorsError(f"{place} has no floor; floors are called like {OWN}/mrr@10")
    try:
        value = float(number)
    except ValueError:
        raise FloorsError(f"{change}: write SET/FIGURE=VALUE, like {OWN}/mrr@10=0.95") from None
    if not 0 <= value < history[-1]["floor"]:
        raise FloorsError(f"{place} is {history[-1]['floor']}; --lower takes less, --raise what was measured")
    if len(reason.split()) < 3:
        raise FloorsError('say why it has to be lower: --reason "…", in a few words')
    entry = {"floor": value, "measured": None, "on": today, "reason": " ".join(reason.split())}
    return {**floors, name: {**floors[name], figure: [*history, entry]}}


def without_reason(floors: Floors) -> list[str]:
    """Floors that were put lower than the one before, or than MARGIN below what was measured, and do not tell why."""
    found = []
    for name, figures in floors.items():
        for figure, history in figures.items():
            befores = [None, *(entry["floor"] for entry in history)]
            for before, entry in zip(befores, history, strict=False):
                lowest = (entry["measured"] or 0) - MARGIN - 0.001
                if not entry["reason"].strip() and entry["floor"] < max(lowest, before or 0):
                    found.append(f"{name}/{figure}: {entry['floor']}")
    return found


def main(arguments: Sequence[str] | None = None, file: Path = FILE) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--raise", dest="up", action="store_true", help="raise the floors that have been left behind")
    parser.add_argument("--lower", metavar="SET/FIGURE=VALUE")
    parser.add_argument("--reason", default="", metavar="TEXT")
    parser.add_argument("--sets", default=",".join([OWN, *SUBSETS]), metavar="NAME,…")
    given = parser.parse_args(arguments)
    floors, today = read_floors(file), datetime.now(UTC).date().isoformat()
    if given.lower:
        try:
            write_floors(lowered(floors, given.lower, given.reason, today), file)
        except FloorsError as e:
            print(f"floors: {e}", file=sys.stderr)
            return 2
        return 0
    failed = False
    for name in given.sets.split(","):
        if name != OWN and not (EVAL / SUBSETS[name].source).is_dir():
            print(f"{name}: {EVAL} is not there; set WARTA_EVAL_DATA to the evaluation data")
            continue
        values = measured(name)
        if given.up:
            floors[name] = raised(floors.get(name, {}), values, today)
        for figure, value in values.items():
            history = floors.get(name, {}).get(figure)
            print(f"{name:<14} {figure:<14} {value:.4f}  floor {history[-1]['floor'] if history else '–'}")
        failed |= bool(missed(floors.get(name, {}), values))
    if given.up:
        write_floors(floors, file)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
