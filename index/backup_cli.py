"""The commands about backups: `warta backup` and `warta restore`."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from index.console import json_line, safe_line, say
from index.options import Call, data_option, json_option
from index.progress import Bars

if TYPE_CHECKING:
    from index.backup_file import Held
    from index.restore import Tables


def _own_tables() -> Sequence[Tables]:
    from index.restore import OWN_TABLES

    return OWN_TABLES


TABLES: list[Callable[[], Sequence[Tables]]] = [_own_tables]
"""What may be in the database; the bot adds its own, which the index does not know."""


@click.command()
@click.argument("file", metavar="[FILE]", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--into", metavar="DIR", type=click.Path(path_type=Path, file_okay=False),
    help="Instead of FILE: write to this folder, as warta-YYYYMMDD-HHMMSS.zip (UTC).",
)  # fmt: skip
@click.option(
    "--keep", metavar="N", type=click.IntRange(min=1),
    help="With --into: remove the oldest of such files beyond N, once the new one is proved. [default: none]",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Replace FILE when it is there.")
@data_option
@json_option
@click.pass_obj
def backup(call: Call, file: Path | None, into: Path | None, keep: int | None, force: bool, as_json: bool) -> None:
    """Write everything but the search index to one file, also while the bot runs.

    The file is read back and proved before it gets its name. It holds people's questions: keep it to yourself. The
    search index is built anew from the database; settings and secrets (.env) are in no backup.
    """
    if (file is None) == (into is None):
        raise click.UsageError("name either a FILE or --into DIR")
    if into is None and keep is not None:
        raise click.UsageError("--keep goes with --into")
    if file is None and force:
        raise click.UsageError("--force goes with FILE")
    from index.backup import Rotation, make_backup, make_backup_into

    started, settings, rotation = time.monotonic(), call.settings(), Rotation((), ())
    with Bars() as bars:
        if file is not None:
            made = make_backup(settings.data, file, force=force, progress=bars)
        elif into is not None:
            made, rotation = make_backup_into(settings.data, into, keep=keep, progress=bars)
    seconds = time.monotonic() - started
    for reason in rotation.stuck:
        say(f"warta: {reason}")
    if as_json:
        record = {"path": str(made.path), "bytes": made.bytes, "made_at": made.made_at, "seconds": round(seconds, 1)}
        removed = [str(path) for path in rotation.removed]
        click.echo(json_line({**record, **asdict(made.held), "removed": removed}))
        return
    click.echo(safe_line(f"{made.path}: {made.bytes / 1e6:.1f} MB, {_counted(made.held)}, {seconds:.1f} s"))
    for path in rotation.removed:
        click.echo(safe_line(f"removed {path}"))


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Also into a folder that is not empty; its database is set aside first.")
@data_option
@json_option
@click.pass_obj
def restore(call: Call, file: Path, force: bool, as_json: bool) -> None:
    """Put a backup back into the data folder, which must be empty, on this or another machine.

    The file is proved before anything changes. Nothing is deleted: with --force, the database from before is kept in
    DIR.before-restore-TIME, or inside DIR where that is not possible. Stop the bot first.
    """
    from index.embed.engines import named_by
    from index.restore import restore as put_back

    started, settings = time.monotonic(), call.settings()
    wanted = named_by(settings)
    known = [tables for some in TABLES for tables in some()]
    with Bars() as bars:
        done = put_back(file, settings.data, known, force=force, progress=bars)
    held, other = done.manifest.held, done.manifest.held.fingerprint not in ("", wanted)
    if other:
        say(f"warta: the vectors are of {held.fingerprint}, the settings name {wanted}; run `warta reindex`")
    if as_json:
        record = {
            "data": str(settings.data),
            "made_at": done.manifest.made_at,
            "version": done.manifest.version,
            "seconds": round(time.monotonic() - started, 1),
            **asdict(held),
            "aside": str(done.aside or ""),
            "due_for_reindex": other,
        }
        click.echo(json_line(record))
        return
    click.echo(safe_line(f"{settings.data}: {_counted(held)}, as of {done.manifest.made_at}"))
    if done.aside:
        click.echo(safe_line(f"what was there before is in {done.aside}"))


def _counted(held: Held) -> str:
    words = ((held.articles, "article"), (held.chunks, "passage"), (held.chats, "chat"))
    return ", ".join(f"{count:,} {word}{'' if count == 1 else 's'}" for count, word in words)
