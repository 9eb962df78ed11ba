"""The commands about sources: `warta source …` and `warta sync`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from index.console import json_line, safe_line, say
from index.options import Call, data_option, json_option

if TYPE_CHECKING:
    from index.sources.book import Source, SourceBook, SourceKind

KINDS = ("feed", "sitemap", "page", "article")
MINUTE = 60.0
every_option = click.option(
    "--every",
    type=click.FloatRange(min=1, max=1440),
    metavar="MINUTES",
    help="Minutes between two looks. [default: 10 for a feed, 30 for a sitemap or page, a day for an article]",
)


@click.group()
@data_option
def source() -> None:
    """Follow feeds, sitemaps, index pages and single pages."""


@source.command("add")
@click.argument("urls", metavar="URL…", nargs=-1, required=True)
@click.option("--kind", type=click.Choice(KINDS), help="What it is. [default: found out by looking]")
@click.option("--publisher", default="", metavar="NAME", help="Publisher of its articles, whatever their pages say.")
@every_option
@data_option
@json_option
@click.pass_obj
def add(
    call: Call, urls: tuple[str, ...], kind: SourceKind | None, publisher: str, every: float | None, as_json: bool
) -> int:
    """Follow addresses; one that is followed already is switched on again, with what the options say."""
    from index.following import follow
    from index.reading import fetcher_for

    settings = call.settings()
    failed = 0
    with _book(call) as book, fetcher_for(settings) as fetcher:
        for url in urls:
            from index.errors import SourceError

            try:
                followed = follow(book, fetcher, url, kind, publisher=publisher, every=_seconds(every), now=time.time())
            except SourceError as e:
                failed += 1
                say(str(e))
                continue
            record = _record(followed.source) | {"said": followed.said}
            click.echo(json_line(record) if as_json else safe_line(followed.said))
    return 1 if failed else 0


@source.command("list")
@data_option
@json_option
@click.pass_obj
def list_(call: Call, as_json: bool) -> None:
    """Tell of each source how it is, what it brought and when it is looked at next."""
    from index.following import health, next_look

    with _book(call) as book:
        sources, counts, now = book.all(), book.counts(), time.time()
        failures = {one.id: book.failures(one.id)[:1] for one in sources}
    if as_json:
        records = []
        for one in sources:
            stored, failed = counts.get(one.id, (0, 0))
            told = {"health": health(one, now), "articles": stored, "failed": failed, "next": next_look(one, now)}
            last = [{"url": item.url, "reason": item.detail} for item in failures[one.id]]
            records.append(_record(one) | told | {"last_failure": last[0] if last else None})
        click.echo(json_line({"sources": records}))
        return
    if not sources:
        click.echo("no source is followed yet: add one with `warta source add URL`")
        return
    for one in sources:
        stored, failed = counts.get(one.id, (0, 0))
        click.echo(safe_line(f"{one.id} {one.kind}: {one.title} {one.url}"))
        click.echo(
            "  "
            + safe_line(f"{health(one, now)}; articles: {stored}, failed: {failed}; next look {next_look(one, now)}")
        )
        for item in failures[one.id]:
            click.echo("  " + safe_line(f"last failure: {item.detail}"))


@source.command("remove")
@click.argument("names", metavar="ID|URL…", nargs=-1, required=True)
@data_option
@json_option
@click.pass_obj
def remove(call: Call, names: tuple[str, ...], as_json: bool) -> None:
    """Follow sources no longer. Their articles stay."""
    from index.following import named

    with _book(call) as book:
        leaving = [named(book, name) for name in names]  # all, or none
        for one in leaving:
            book.remove(one.id)
    if as_json:
        click.echo(json_line({"removed": [one.url for one in leaving]}))
        return
    for one in leaving:
        click.echo(f"{one.url} is not followed any more; its articles stay")


@source.command("import")
@click.argument("file", metavar="FILE.opml", type=click.Path(path_type=Path, dir_okay=False))
@every_option
@data_option
@json_option
@click.pass_obj
def import_(call: Call, file: Path, every: float | None, as_json: bool) -> int:
    """Follow the sources of an OPML list; nothing is fetched before the next sync."""
    from index.following import import_opml

    with _book(call) as book:
        done = import_opml(book, file, every=_seconds(every), now=time.time())
    for url, reason in done.failed:
        say(f"{url}: {reason}" if not reason.startswith(url) else reason)
    if as_json:
        failed = [{"url": url, "reason": reason} for url, reason in done.failed]
        click.echo(json_line({"added": done.added, "known": done.known, "failed": failed}))
    else:
        click.echo(f"{done.added} sources added, {done.known} known already, {len(done.failed)} failed")
    return 1 if done.failed else 0


@source.command("export")
@click.argument("file", metavar="FILE.opml", type=click.Path(path_type=Path, dir_okay=False))
@data_option
@json_option
@click.pass_obj
def export(call: Call, file: Path, as_json: bool) -> None:
    """Write all sources to an OPML list, for other programs or another data folder."""
    from index.following import export_opml

    with _book(call) as book:
        count = export_opml(book, file)
    click.echo(
        json_line({"exported": count, "file": str(file)})
        if as_json
        else f"{count} source{'' if count == 1 else 's'} in {file}"
    )


@click.command()
@click.argument("names", metavar="[ID|URL]…", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All sources, also those whose time has not come.")
@click.option(
    "--every", type=click.FloatRange(min=1, max=1440), metavar="MINUTES",
    help="Go on: a sync every so many minutes, until Ctrl-C or SIGTERM.",
)  # fmt: skip
@data_option
@json_option
@click.pass_obj
def sync(call: Call, names: tuple[str, ...], everything: bool, every: float | None, as_json: bool) -> int:
    """Bring in what the followed sources have published since the last time.

    A broken source is told, one line each, and does not stop the others. The exit code is 1 only when nothing could be
    done: no source could be read, another sync is running, or the articles could not be stored.
    """
    from index.syncing import sync_on, sync_once

    if every is not None:
        return sync_on(call, names, everything=everything, pause=every * MINUTE, as_json=as_json)
    return sync_once(call, names, everything=everything, as_json=as_json)


def _book(call: Call) -> SourceBook:
    from index.sources.book import SourceBook

    settings = call.settings()
    return SourceBook(settings.database, settings.busy_timeout)


def _seconds(minutes: float | None) -> float | None:
    return None if minutes is None else minutes * MINUTE


def _record(one: Source) -> dict[str, object]:
    names = ("id", "url", "kind", "title", "publisher", "active", "failures", "last_error", "next_fetch", "last_ok_at")
    return {name: getattr(one, name) for name in names} | {"every_minutes": one.every / MINUTE}
