"""The commands that measure the answers and renew what they come from: `warta reindex`, `quality`, `eval …`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from index.console import json_line, rows_of, say, show_record
from index.options import Call, data_option, json_option, nothing_stored
from index.progress import Bars

NICENESS = 10


@click.command()
@click.option("--full", is_flag=True, help="Embed everything again, also what did not change.")
@json_option
@data_option
@click.pass_obj
def reindex(call: Call, full: bool, as_json: bool) -> None:
    """Derive passages and vectors anew from the stored articles.

    The new index is checked and asked the saved questions first; one that is worse is not used.
    """
    from dataclasses import asdict

    from index.rebuild import beside_a_bot

    settings = beside_a_bot(call.settings())
    os.nice(NICENESS)  # those who ask go first
    with call.opened(settings) as (opened, _):
        report = opened.reindex(full=full)
    if report.reason:
        say(f"warta: {report.reason}; answers go on from the old index")
    if as_json:
        click.echo(json_line(asdict(report)))
    else:
        model = f"; the model is now {report.new_model}" if report.new_model else ""
        click.echo(
            f"{report.articles} articles, {report.chunks} passages: {report.embedded} embedded, "
            f"{report.reused} reused{model}"
        )
    if not report.swapped:
        raise click.exceptions.Exit(1)


@click.command()
@json_option
@data_option
@click.pass_obj
def quality(call: Call, as_json: bool) -> None:
    """Ask the saved questions, and compare with the last time.

    They are in quality.jsonl in the data folder, a line each: {"text", "answers", "article", "lang"}. Without that file
    titles of stored articles are asked.
    """
    from index.quality import measure, remember, remembered, saved_questions, worse

    settings = call.settings()
    if not settings.database.exists():
        raise nothing_stored(settings, "en")
    with call.opened(settings) as (opened, bars):
        questions = saved_questions(opened.store, settings.data)
        if not questions:
            raise nothing_stored(settings, "en")
        before, now = remembered(opened.store), measure(opened, questions, bars)
        remember(opened.store, now)
    record = {
        **now.record(),
        "previous": before.record() if before else None,
        "worse": bool(worse(before, now)),
    }
    show_record(record, rows_of(record), as_json)


@click.command("eval")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Ask only N of the questions, always the same.")
@click.option(
    "--corpus", multiple=True, metavar="DIR", type=click.Path(path_type=Path), help="Add another set's articles."
)
@click.option("--queries", default="queries.jsonl", metavar="NAME", help="File of questions. [default: queries.jsonl]")
@json_option
@data_option
@click.pass_obj
def eval_(call: Call, folder: Path, limit: int | None, corpus: tuple[Path, ...], queries: str, as_json: bool) -> None:
    """Measure the quality of the answers on a set of articles and questions, in a folder of its own."""
    from index.eval_system import evaluate_apart

    with Bars() as bars:
        record = evaluate_apart(call.settings(), folder, corpus=corpus, limit=limit, queries=queries, progress=bars)
    show_record(record, rows_of(record), as_json)


@click.command("eval-extract")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@json_option
@data_option
@click.pass_obj
def eval_extract(call: Call, folder: Path, as_json: bool) -> None:
    """Measure how well pages become articles, on a folder with gold.jsonl and files/."""
    from index.eval_extract import evaluate_extraction

    record = evaluate_extraction(folder)
    show_record(record, rows_of(record), as_json)
