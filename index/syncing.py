"""`warta sync`: one run, or a run every few minutes, with what there is to say about it."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Sequence
from types import FrameType

import click

from index.console import json_line, say
from index.errors import EmbedderError, ModelMismatchError, SourceError, WartaError
from index.following import named, span_words
from index.options import Call
from index.pipeline import Warta
from index.progress import Bars
from index.reading import fetcher_for
from index.sources.book import Source, SourceBook
from index.sources.fetch import Fetcher
from index.sync import SourceReport, Sync, SyncReport

DONE, ERROR = 0, 1


def sync_once(call: Call, names: Sequence[str], *, everything: bool, as_json: bool) -> int:
    """One run; gives the exit code."""
    settings = call.settings()
    with (
        call.opened(settings) as (opened, bars),
        SourceBook(settings.database, settings.busy_timeout) as book,
        fetcher_for(settings) as fetcher,
    ):
        return _run(opened, book, fetcher, bars, names, everything=everything, as_json=as_json)


def sync_on(call: Call, names: Sequence[str], *, everything: bool, pause: float, as_json: bool) -> int:
    """A run every `pause` seconds until SIGTERM or Ctrl-C; what fails is told, and the next run tries again."""
    settings, stopping = call.settings(), threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        stopping.set()
        # Whatever is under way can be cut off at any point; the next run goes on from there.
        raise KeyboardInterrupt

    def pause_for(seconds: float) -> None:
        stopping.wait(seconds)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        with (
            call.opened(settings) as (opened, bars),
            SourceBook(settings.database, settings.busy_timeout) as book,
            fetcher_for(settings, pause_for) as fetcher,
        ):

            def run() -> None:
                _run(opened, book, fetcher, bars, names, everything=everything, as_json=as_json)

            keep_on(run, pause, stopping.wait)
    except KeyboardInterrupt:
        stopping.set()
        say("warta: stopped; what was stored before stays")
    finally:
        signal.signal(signal.SIGTERM, before)
    return DONE


def keep_on(
    run: Callable[[], None],
    pause: float,
    wait: Callable[[float], object],
    now: Callable[[], float] = time.monotonic,
) -> None:
    """Run, and again `pause` seconds after the last beginning, until `wait` says to stop.

    Another sync that is running and a database that is busy or full are no reasons to stop; a model that does not fit,
    or sources that do not exist, are.
    """
    while True:
        started = now()
        try:
            run()
        except (EmbedderError, ModelMismatchError, SourceError):
            raise
        except WartaError as e:
            say(f"warta: {e}")
        if wait(max(started + pause - now(), 1.0)):
            return


def _run(
    opened: Warta,
    book: SourceBook,
    fetcher: Fetcher,
    bars: Bars,
    names: Sequence[str],
    *,
    everything: bool,
    as_json: bool,
) -> int:
    sources = _chosen(book, names, everything=everything)
    report = Sync(opened, book, fetcher, progress=bars, told=lambda one: _tell(one, bars)).run(sources)
    bars.close()
    click.echo(json_line(report.record()) if as_json else _summary(report, book))
    return ERROR if report.useless else DONE


def _chosen(book: SourceBook, names: Sequence[str], *, everything: bool) -> list[Source]:
    if names:
        return list({one.id: one for one in (named(book, name) for name in names)}.values())
    followed = book.all()
    if not followed:
        raise SourceError("no source is followed yet; add one with `warta source add URL`")
    return [one for one in followed if one.active] if everything else book.due(time.time())


def _tell(report: SourceReport, bars: Bars) -> None:
    if report.error:
        bars.say(report.error if report.source in report.error else f"{report.source}: {report.error}")
    for url, reason in report.failed:
        bars.say(reason if url in reason else f"{url}: {reason}")
    if report.notice:
        bars.say(f"{report.source}: {report.notice}")


def _summary(report: SyncReport, book: SourceBook) -> str:
    if not report.sources:
        times = [one.next_fetch for one in book.all() if one.active]
        if not times:
            return "every source is switched off; `warta source list` tells why"
        return f"nothing is due; the next source is in {span_words(min(times) - time.time())}"
    counts = [f"{report.total(name)} {name}" for name in ("new", "changed", "unchanged")]
    counts += [f"{report.total('duplicate')} duplicates", f"{sum(len(one.failed) for one in report.sources)} failed"]
    broken = sum(bool(one.error) for one in report.sources)
    sources = f"{len(report.sources)} source{'' if len(report.sources) == 1 else 's'}"
    waiting = f", {report.total('waiting')} wait for the next sync" if report.total("waiting") else ""
    return f"{sources}{f' ({broken} not readable)' if broken else ''}: {', '.join(counts)}{waiting}"
