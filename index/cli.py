"""The command `warta`.

Modules that take time to import (numpy, FAISS, ONNX Runtime, rich) are imported by the commands that need them, so that
`--help` is there at once and `ask` waits for nothing it does not use.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NoReturn

import click

from index import __version__
from index.backup_cli import backup, restore
from index.console import json_line, rows_of, say, show_answer, show_record
from index.errors import WartaError
from index.measuring_cli import eval_, eval_extract, quality, reindex
from index.options import Call, data_option, date_option, json_option, nothing_stored, store_debug
from index.source_cli import source, sync

if TYPE_CHECKING:
    from index.types import Language

DONE, ERROR, ABSTAINED, INTERRUPTED, PIPE_CLOSED = 0, 1, 3, 130, 141


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@data_option
@click.option("--debug", is_flag=True, expose_value=False, callback=store_debug, help="Show where an error comes from.")
@click.version_option(__version__, prog_name="warta", message="%(prog)s %(version)s")
def warta() -> None:
    """Articles in, short cited answers out, in Indonesian or English.

    Exit codes: 0 done, 1 an error, 2 a command used wrongly, 3 `ask` found no answer.
    """


def command(function: Callable[..., int | None]) -> click.Command:
    """A command of `warta`, with --data; the function gives the exit code, or None for 0."""
    return warta.command(function.__name__)(data_option(click.pass_obj(function)))


for one in (source, sync, backup, restore, reindex, quality, eval_, eval_extract):
    warta.add_command(one)


@command
@json_option
def demo(call: Call, as_json: bool) -> None:
    """Answer questions about sample news, then chat.

    The samples go into the folder `demo` inside the data folder, apart from your own news.
    """
    from index.demo import FOLDER
    from index.demo import demo as show_demo

    with call.opened(call.settings(FOLDER)) as (opened, bars):
        show_demo(opened, bars, as_json=as_json)


@command
@click.argument("paths", metavar="PATH_OR_URL…", nargs=-1, required=True)
@click.option("-v", "--verbose", is_flag=True, help="A line for each article that is new or changed.")
@click.option("--no-alerts", is_flag=True, help="These articles are no news: nobody is alerted of them.")
@json_option
def add(call: Call, paths: tuple[str, ...], verbose: bool, no_alerts: bool, as_json: bool) -> int:
    """Add files (.txt .md .html .json .jsonl .pdf), folders of them, and articles on the web."""
    from index.adding import add_paths

    with call.opened() as (opened, bars):
        added = add_paths(opened, paths, bars, verbose=verbose, alerts=not no_alerts)
    click.echo(json_line(added.record()) if as_json else added.summary())
    return DONE if added.complete else ERROR


@command
@click.argument("question")
@click.option("--lang", type=click.Choice(["id", "en"]), help="Language of the answer. [default: the question's]")
@click.option("--partner", default="", metavar="NAME", help="Only articles that name this organisation.")
@click.option("--publisher", default="", metavar="NAME", help="Only articles of this publisher.")
@click.option("--written-in", type=click.Choice(["id", "en"]), help="Only articles in this language.")
@click.option("--since", metavar="DATE", callback=date_option, help="Only articles from this date on.")
@click.option("--until", metavar="DATE", callback=date_option, help="Only articles up to this date.")
@json_option
def ask(
    call: Call,
    question: str,
    lang: Language | None,
    partner: str,
    publisher: str,
    written_in: Language | None,
    since: str,
    until: str,
    as_json: bool,
) -> int:
    """Answer a question with quotes from the stored news."""
    from index.dates import range_of
    from index.language import detect
    from index.types import Filters

    # The shell hands on bytes that are no UTF-8 as lone surrogates, which cannot be searched for or printed.
    question = question.encode("utf-8", "replace").decode()
    if not question.strip():
        raise click.UsageError("the question is empty")
    if since and until and range_of(since)[0] > range_of(until)[1]:
        raise click.UsageError("--since is later than --until")
    settings = call.settings()
    if not settings.database.exists():  # asking creates nothing
        raise nothing_stored(settings, lang or detect(question, "id"))

    with call.opened(settings) as (opened, bars):
        if not opened.store.count("articles"):
            raise nothing_stored(settings, lang or detect(question, "id"))
        answer = opened.ask(question, lang, Filters(partner, publisher, written_in, since, until))
        if settings.llm_url:
            from index.llm import Writer, in_words  # asyncio and the client: only where they are wanted

            answer = in_words(Writer(settings), answer)
        bars.close()
        show_answer(answer, as_json=as_json)
    return DONE if answer.answerable else ABSTAINED


@command
@click.option("--lang", type=click.Choice(["id", "en"]), help="Language of the answers. [default: each question's]")
@json_option
def chat(call: Call, lang: Language | None, as_json: bool) -> None:
    """Ask in a loop, with follow-ups; --json gives one line an answer."""
    from index.chat import chat as hold_chat

    settings = call.settings()
    if not settings.database.exists():
        raise nothing_stored(settings, lang or "en")
    with call.opened(settings) as (opened, bars):
        if not opened.store.count("articles"):
            raise nothing_stored(settings, lang or "en")
        opened.load()
        bars.close()
        hold_chat(opened, lang, as_json=as_json)


@command
@json_option
def stats(call: Call, as_json: bool) -> None:
    """Count what is stored."""
    import time

    from index.embed.engines import named_by
    from index.stats import figures, readable
    from index.store import Store

    settings = call.settings()
    # The store alone: counting needs neither FAISS nor the model.
    with Store(settings.database, settings.busy_timeout) as store:
        record = figures(store, settings, named_by(settings), time.time())
    show_record(record, rows_of(readable(record)), as_json)


@command
@click.option("--fix", is_flag=True, help="First do what is advised, where that is safe; no article is deleted.")
@json_option
def doctor(call: Call, fix: bool, as_json: bool) -> int:
    """Check that everything fits together, and say what to do where it does not."""
    from index.doctor import check_health
    from index.mending import mend

    with call.opened() as (opened, bars):
        mended = mend(opened) if fix else []
        findings = check_health(opened)
        bars.close()
    sound = all(finding.ok for finding in findings)
    names = ("name", "ok", "detail", "advice")
    record = {"ok": sound, "findings": [{name: getattr(finding, name) for name in names} for finding in findings]}
    if fix:
        record["mended"] = mended
    rows = [("ok" if f.ok else "BAD", f.name, " — ".join(filter(None, (f.detail, f.advice)))) for f in findings]
    show_record(record, [*(("did", "", line) for line in mended), *rows], as_json)
    return DONE if sound else ERROR


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command line, `sys.argv` by default, and leave with its exit code."""
    sys.exit(run(list(sys.argv[1:] if arguments is None else arguments)))


def run(arguments: list[str]) -> int:
    """The exit code of a command line; errors are told in one line on standard error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that lacks a letter should not end an answer
            stream.reconfigure(errors="replace")
    call = Call()
    try:
        # Not warta.main(): it answers a closed pipe with 1, which is an error here, and prints "Aborted!".
        with warta.make_context("warta", arguments, obj=call) as context:
            code = warta.invoke(context) or DONE
        sys.stdout.flush()
        return code
    except click.exceptions.Exit as e:
        return e.exit_code
    except click.ClickException as e:
        e.show()
        return e.exit_code
    except (KeyboardInterrupt, click.Abort):
        say("warta: stopped; what was stored before stays")
        return INTERRUPTED
    except BrokenPipeError:
        # Python would complain once more when it flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except WartaError as e:
        if call.debug:
            raise
        say(f"warta: {e}")
    except Exception as e:
        if call.debug:
            raise
        say(f"warta: {type(e).__name__}: {e}; this is a mistake in warta, `warta --debug` shows where")
    return ERROR
