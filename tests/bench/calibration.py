# ruff: noqa: T201
"""Is a confidence of 0.8 right four times in five? Reliability diagrams of saved runs, each and all together.

    warta eval EVAL_DATA/facqa-dev --save facqa.json
    python -m tests.bench.calibration facqa.json idkmrc.json …

Two a run: the share of answerable questions, and the share whose first quote holds an expected answer. `|` is the mean
confidence of a bin; a bar that ends before it was too sure, one that goes on behind it not sure enough.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from index.calibration import BINS, expected_error, in_bins
from index.eval_view import bar
from index.evalrun import Tried, read_run


def diagram(pairs: Sequence[tuple[float, bool]]) -> list[str]:
    """A line for each bin of confidence that holds something, and the expected calibration error."""
    bins = in_bins([(confidence, (confidence, truth)) for confidence, truth in pairs])
    lines = []
    for place, some in enumerate(bins):
        if some:
            mean, share = (sum(values) / len(some) for values in zip(*some, strict=True))
            span = f"{place / BINS:.1f}-{(place + 1) / BINS:.1f}"
            lines.append(f"{span}  {bar(share, mean)}  {share:.2f} true, {mean:.2f} sure, {len(some)} questions")
    return [*lines, f"expected calibration error {expected_error(bins) or 0:.3f}"]


def told(name: str, tried: Sequence[Tried]) -> None:
    truths = {
        "answerable": [(one.confidence, one.answerable) for one in tried],
        "first quote right": [(one.confidence, one.answerable and one.right) for one in tried if one.graded],
    }
    for what, pairs in truths.items():
        print(f"\n{name}, {what}")
        for line in diagram(pairs):
            print(f"  {line}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=Path)
    runs = [read_run(file) for file in parser.parse_args().runs]
    for run in runs:
        told(str(run.about["set"]), run.tried)
    if len(runs) > 1:
        told("all together", [one for run in runs for one in run.tried])


if __name__ == "__main__":
    main()
