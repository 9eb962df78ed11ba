"""`warta`: the index's commands, and those of the bot.

Telegram's library takes half a second to import; it is imported by the command that needs it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.outbox_cli import alerts, outbox
from index.backup_cli import TABLES
from index.cli import command, main, warta
from index.console import json_line, say
from index.options import Call, data_option, json_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from index.restore import Tables

__all__ = ["main", "warta"]

warta.add_command(outbox)
warta.add_command(alerts)


def _own_tables() -> Sequence[Tables]:
    from bot.restored import BOT_TABLES

    return [BOT_TABLES]


TABLES.append(_own_tables)


@command
@click.option("-v", "--verbose", is_flag=True, help="Log everything that happens, without secrets.")
def bot(call: Call, verbose: bool) -> None:
    """Run the Telegram bot; it takes the token from WARTA_BOT_TOKEN.

    It polls, or listens for a webhook when WARTA_WEBHOOK_URL is set. Ctrl-C or SIGTERM stops it after it has finished
    what it took.
    """
    import os
    from dataclasses import replace

    from bot.settings import BotSettings

    settings = BotSettings.from_env(os.environ)
    from bot.app import run
    from bot.logs import log_to_stderr
    from bot.secrecy import Redactor

    chosen = call.settings()
    redact = Redactor((*settings.secrets, *chosen.secrets))
    log_to_stderr(redact, settings.log_format, debug=verbose)
    # Questions are worked on beside each other: more threads for each of them would only get in each other's way.
    with redact.guarding(), call.opened(replace(chosen, threads=chosen.threads or 1)) as (opened, bars):
        if not opened.store.count("articles"):
            say(f"warta: no news is stored in {opened.settings.data} yet; add some with `warta add PATH` meanwhile")
        opened.load()
        bars.close()
        run(opened, settings)


@command
@json_option
def stats(call: Call, as_json: bool) -> None:
    """Count what is stored, and how the bot is used."""
    import time

    from index.console import rows_of, show_table
    from index.embed.engines import named_by
    from index.stats import figures, readable
    from index.store import Store

    settings, now = call.settings(), time.time()
    # The store alone: counting needs neither FAISS nor the model.
    with Store(settings.database, settings.busy_timeout) as store:
        record = figures(store, settings, named_by(settings), now)
        used = bool(store.read("select 1 from sqlite_master where type = 'table' and name = 'inbox'"))
    if used:  # by a bot; otherwise looking would make its tables
        from bot.chats import BotStore
        from bot.usage import usage_of

        with BotStore(settings.database, settings.busy_timeout) as book:
            record["bot"] = usage_of(book, now).record()
    if as_json:
        click.echo(json_line(record))
    else:
        show_table(rows_of(readable(record)))


@warta.group()
@data_option
def feedback() -> None:
    """What people thought of the answers."""


@feedback.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@data_option
@json_option
@click.pass_obj
def export(call: Call, folder: Path, as_json: bool) -> None:
    """Write rated questions as a set for `warta eval`; it holds people's questions, so keep it to yourself."""
    from bot.chats import BotStore
    from bot.feedback import export as export_feedback
    from index.store import Store

    settings = call.settings()
    with (
        Store(settings.database, settings.busy_timeout) as store,
        BotStore(settings.database, settings.busy_timeout) as book,
    ):
        done = export_feedback(book, store, folder)
    names = ("queries", "answerable", "unanswerable", "for_review", "corpus")
    record = {name: getattr(done, name) for name in names}
    if as_json:
        click.echo(json_line(record))
    else:
        click.echo(
            f"{done.queries} questions ({done.answerable} answerable, {done.unanswerable} not) over {done.corpus} "
            f"articles in {folder}; {done.for_review} more in review.jsonl need a person's judgement"
        )
