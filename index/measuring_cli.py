"""The commands that measure the answers and renew what they come from: `warta reindex`, `quality`, `eval …`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from index.console import json_line, rows_of, say, show_record
from index.options import Call, data_option, json_option, nothing_stored
from index.progress import Bars

NICENESS = 10
FILE = click.Path(dir_okay=False, path_type=Path)


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
@click.option("--save", metavar="FILE", type=FILE, help="Keep the report and every question's outcome in a file.")
@click.option(
    "--compare", metavar="FILE", type=FILE, help="Tell the differences from a saved run, question by question."
)
@click.option(
    "--errors",
    metavar="[N]",
    type=click.IntRange(min=1),
    is_flag=False,
    flag_value=5,
    help="Show the N worst cases of each kind of error. [default: 5]",
)
@json_option
@data_option
@click.pass_obj
def eval_(
    call: Call,
    folder: Path,
    limit: int | None,
    corpus: tuple[Path, ...],
    queries: str,
    save: Path | None,
    compare: Path | None,
    errors: int | None,
    as_json: bool,
) -> None:
    """Measure the quality of the answers on a set of articles and questions, in a folder of its own."""
    from index import evalcompare, evalerrors
    from index.errors import EvaluationError
    from index.eval_system import run_apart
    from index.eval_view import show_evaluation
    from index.evalreport import report
    from index.evalrun import read_run, save_run

    # What would only be found out after minutes of measuring is looked at first.
    before = read_run(compare) if compare else None
    if save and not save.absolute().parent.is_dir():
        raise EvaluationError(
            f"{save.absolute().parent}: no such folder; name a file in one that is there: --save FILE"
        )
    with Bars() as bars:
        run = run_apart(call.settings(), folder, corpus=corpus, limit=limit, queries=queries, progress=bars)
    record = report(run)
    if save:
        save_run(save, run, record)
    told = record | ({"compare": evalcompare.compare(before, run)} if before else {})
    told |= {"errors": evalerrors.errors(run.tried, errors)} if errors else {}
    if as_json:
        click.echo(json_line(told))
    else:
        show_evaluation(run.about, told)


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
