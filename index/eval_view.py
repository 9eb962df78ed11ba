"""An evaluation as people read it: tables of figures, and the worst cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from shutil import get_terminal_size
from textwrap import fill
from typing import Any

import click

from index.console import safe_line, show_table

HEADLINES = {
    "recall@1": "right article first",
    "recall@5": "… among the first 5",
    "recall@10": "… among the first 10",
    "mrr@10": "mean of 1 / its place",
    "ndcg@10": "all right ones, by place",
    "answer_hit@1": "answer in the first quote",
    "answer_hit@3": "… in the first 3",
    "answer_hit@1_served": "… in the first, and shown",
    "refusal.auroc": "unanswerable told from answerable",
    "refusal.precision": "refused rightly, of refused",
    "refusal.recall": "refused, of unanswerable",
    "refusal.f1": "both",
    "wrong_per_hundred": "wrong, of a hundred answers",
}
TABLES = {
    "by_language": "language",
    "by_pair": "passage",
    "by_kind": "kind",
    "by_type": "asks for",
}
ROW = {
    "queries": "questions",
    "recall@10": "recall@10",
    "mrr@10": "mrr@10",
    "answer_hit@1": "hit@1",
    "answered": "answered",
    "wrong_per_hundred": "wrong/100",
}
ERRORS = {
    "passage_not_found": "No right passage among the first ten articles",
    "wrong_sentence": "Passage found, but the first quote holds no expected answer",
    "refused_though_right": "Refused, though the first quote was right",
    "answered_though_unanswerable": "Answered, though the articles hold no answer",
}
BAR = 24
"""Characters of a bar that stands for all."""


def show_evaluation(about: Mapping[str, Any], record: Mapping[str, Any]) -> None:
    """Print what `warta eval` found."""
    asked = f"{about['set']}: {record['queries']} questions over {about['articles']} articles, {about['model']}"
    _say(asked)
    _headlines(record)
    for key, way in TABLES.items():
        if rows := record.get(key):
            shown = [(kind, *(_figure(name, row[name]) for name in ROW)) for kind, row in rows.items()]
            show_table(shown, (way, *ROW.values()))
    _calibration(record["calibration"])
    _risk(record["risk"])
    _say(f"Intervals: {record['intervals']['method']}.")
    if compared := record.get("compare"):
        _comparison(compared, about["settings"])
    if errors := record.get("errors"):
        _errors(errors)


def _headlines(record: Mapping[str, Any]) -> None:
    flat = {**record, **{f"refusal.{name}": figure for name, figure in record["refusal"].items()}, **record["served"]}
    rows = [
        (name, _figure(name, flat[name]), _interval(record["intervals"][name]), words)
        for name, words in HEADLINES.items()
    ]
    show_table(rows, ("figure", "value", "95 %", ""))
    latency, ingest = record["latency_ms"], record["ingest"]
    served = record["served"]
    show_table(
        [
            ("questions answered", _share(served["answered"])),
            (
                "… without an answer in the articles, of a hundred",
                _figure("unanswerable_per_hundred", served["unanswerable_per_hundred"]),
            ),
            ("right first quotes withheld", _share(served["right_withheld"])),
            ("characters a quote", _number(record["quote_chars"]["mean"])),
            ("milliseconds a question, median and 95 %", f"{_number(latency['p50'])}, {_number(latency['p95'])}"),
            ("articles and passages stored a second", f"{ingest['articles_per_s']:.1f}, {ingest['chunks_per_s']:.1f}"),
        ]
    )


def _calibration(found: Mapping[str, Any]) -> None:
    rows = [
        (
            f"{row['from']:.1f}–{row['to']:.1f}",
            *(_number(row[key]) for key in ("queries", "confidence", "answerable", "right")),
            bar(row["answerable"], row["confidence"]),
        )
        for row in found["bins"]
    ]
    show_table(rows, ("confidence", "questions", "mean", "answerable", "right", "answerable (| the mean)"))
    error = found["ece"]
    _say(
        f"Expected calibration error: {_number(error['answerable'])} as the probability that there is an answer, "
        f"{_number(error['right'])} that the first quote holds it."
    )


def bar(share: float | None, mark: float) -> str:
    """A bar of that share, 0 to 1, with "|" where `mark` is."""
    filled = round(BAR * (share or 0))
    drawn = list("█" * filled + "·" * (BAR - filled))
    drawn[min(int(BAR * mark), BAR - 1)] = "|"
    return "".join(drawn)


def _risk(rows: Sequence[Mapping[str, Any]]) -> None:
    shown: list[tuple[str, ...]] = []
    for row, following in zip(rows, [*rows[1:], {}], strict=True):
        if row["answered"] != following.get("answered"):  # the same is told by the highest of several thresholds
            told = _share(row["answered"]), _figure("wrong_per_hundred", row["wrong_per_hundred"])
            shown.append((f"{row['abstain_below']:.1f}", *told))
    show_table(shown, ("WARTA_ABSTAIN_BELOW", "answered", "wrong/100"))


def _comparison(found: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
    before = found["before"]
    _say(
        f"Against the run of {before['made_at']} ({before['model']}, version {before['version']}), "
        f"over {found['questions']} questions that both have:"
    )
    for name, setting in settings.items():
        if before["settings"].get(name) != setting:
            _say(f"Other then: {name} was {before['settings'].get(name)}, and is {setting} now.")
    if any(found["left_out"].values()):
        left = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in found["left_out"].items() if count)
        _say(f"Left out: {left}.")
    rows = []
    for name, row in found["figures"].items():
        bounds = row["interval"]
        sure = bounds is not None and not bounds[0] <= 0 <= bounds[1]
        rows.append(
            (
                name,
                _figure(name, row["before"]),
                _figure(name, row["now"]),
                _signed(name, row["difference"]) + "*" * sure,
                "–" if bounds is None else "…".join(_signed(name, bound) for bound in bounds),
                _count(row["won"]),
                _count(row["lost"]),
            )
        )
    show_table(rows, ("figure", "before", "now", "change", "95 %", "won", "lost"))
    latency = found["latency_ms"]
    _say(f"* more than chance explains. Median {_number(latency['before'])} ms before, {_number(latency['now'])} now.")


def _errors(found: Mapping[str, Any]) -> None:
    for kind, words in ERRORS.items():
        group = found[kind]
        click.echo()
        click.secho(f"{words}: {group['questions']}", bold=True)
        for case in group["worst"]:
            click.echo()
            click.echo(f"  {safe_line(case['question'])}  ({safe_line(case['id'])})")
            if case["expected"]:
                _detail("expected", " / ".join(case["expected"]))
            said = "quoted" if case["answered"] else "withheld"
            _detail(said, f"{case['quote']} ({case['quoted']})" if case["quote"] else "nothing")
            if case["relevant"]:
                place = f"stood at {case['rank']}" if case["rank"] else "not found"
                _detail("passage", f"{' or '.join(case['relevant'])}: {place}")
            if (case["answer_in_quote"] or 1) > 1:
                _detail("answer", f"in quote {case['answer_in_quote']}")
            _detail("confidence", f"{case['confidence']:.2f}")


def _detail(name: str, text: str) -> None:
    width = min(max(get_terminal_size((100, 24)).columns, 60), 120)
    click.echo(fill(safe_line(text), width, initial_indent=f"    {name:<10}  ", subsequent_indent=" " * 16))


def _say(line: str) -> None:
    click.echo(safe_line(line))


def _number(value: float | None) -> str:
    if value is None or isinstance(value, int):
        return "–" if value is None else str(value)
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"


def _figure(name: str, value: float | None) -> str:
    return f"{value:.1f}" if value is not None and name.endswith("_per_hundred") else _number(value)


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def _signed(name: str, value: float | None) -> str:
    return "–" if value is None else ("+" if value >= 0 else "") + _figure(name, value)


def _count(value: int | None) -> str:
    return "" if value is None else str(value)


def _interval(bounds: Sequence[float] | None) -> str:
    return "–" if bounds is None else " … ".join(map(_number, bounds))
