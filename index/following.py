"""Which sources are followed: adding, naming and removing them, lists of them, and how they are, in words."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from index.disk import write_synced
from index.errors import SourceError
from index.sources.addresses import normal_url
from index.sources.book import NO_SUCH, Source, SourceBook, SourceKind
from index.sources.fetch import Fetcher
from index.sources.looking import Look, look_at
from index.sources.markup import FormatError
from index.sources.opml import read_opml, write_opml
from index.sources.schedule import DAY, EVERY, HOUR, MINUTE

SUGGESTIONS = 3
"""Feeds that a page names, of which the first that can be read is followed."""
MAX_LIST = 5_000_000


@dataclass(frozen=True, slots=True)
class Followed:
    """A source that is followed now, and what there is to say."""

    source: Source
    said: str


@dataclass(slots=True)
class Imported:
    """What became of a list."""

    added: int = 0
    known: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)


def follow(
    book: SourceBook, fetcher: Fetcher, url: str, kind: SourceKind | None, *, publisher: str, every: float | None,
    now: float,
) -> Followed:  # fmt: skip
    """Follow an address after a look at it, or its feed where it is a page that names one.

    Raises SourceError when it cannot be read, or is nothing that can be followed.
    """
    url = normal_url(url)
    if (known := book.by_url(url)) is not None:
        return _switched_on(book, known, publisher, every)
    look, found, named_by_page = _looked(fetcher, url, kind, now)
    if (known := book.by_url(found)) is not None:
        return _switched_on(book, known, publisher, every)
    added = book.add(found, look.kind, now=now, every=every or EVERY[look.kind], title=look.title, publisher=publisher)
    if added is None:  # another process was quicker
        return Followed(book.by_url(found) or _gone(found), f"{found} is followed already")
    instead = f"{url} names this feed, which is followed instead: " if named_by_page else ""
    name = f"{look.title} ({found})" if look.title else found
    items = "" if look.kind == "article" else f", {len(look.shown)} items now"
    pause = span_words(added.every).removeprefix("1 ")
    said = f"{instead}source {added.id}, {look.kind}: {name}{items}; looked at every {pause} by `warta sync`"
    return Followed(added, said)


def _looked(fetcher: Fetcher, url: str, kind: SourceKind | None, now: float) -> tuple[Look, str, bool]:
    """What an address shows, the address to follow, and whether that is a feed named by the page there."""
    moment = datetime.fromtimestamp(now, UTC)
    look = look_at(fetcher, url, kind, moment)
    if look is None:
        raise FormatError(f"{url}: the server says that nothing has changed, but it was never asked before")
    if kind is None and look.kind == "page":
        feeds = [feed for feed in look.suggested if "comment" not in feed and "komentar" not in feed]
        for feed in feeds[:SUGGESTIONS]:
            try:
                better = look_at(fetcher, feed, "feed", moment)
            except SourceError:
                continue
            if better is not None and better.shown:
                return better, better.moved_to or normal_url(feed), True
        if not look.shown:
            raise FormatError(f"{url}: neither a feed nor a list of articles; give the address of the feed")
    return look, look.moved_to or url, False


def _gone(url: str) -> Source:
    raise SourceError(f"{url}: was removed by another process just now; add it again")


def _switched_on(book: SourceBook, known: Source, publisher: str, every: float | None) -> Followed:
    changes: dict[str, object] = {"publisher": publisher} if publisher else {}
    changes |= {"every": every} if every else {}
    if not known.active or known.failures:
        changes |= {"active": True, "failures": 0, "failing_since": 0.0, "next_fetch": 0.0}
    if changes:
        book.update(known.id, **changes)
    what = "is switched on again" if not known.active else "is followed already"
    return Followed(book.by_id(known.id) or known, f"{known.url} {what}, as source {known.id}")


def named(book: SourceBook, name: str) -> Source:
    """The source of a number or an address.

    Raises SourceError when there is none.
    """
    found = book.by_id(int(name)) if name.isascii() and name.isdecimal() else book.by_url(name)
    if found is None and "://" in name:
        found = book.by_url(normal_url(name))
    if found is None:
        raise SourceError(f"{name}: {NO_SUCH}; `warta source list` tells their numbers and addresses")
    return found


def import_opml(book: SourceBook, file: Path, *, every: float | None, now: float) -> Imported:
    """Follow what a list names; each is looked at by the next sync.

    Raises SourceError for a file that cannot be read, FormatError for one that is no list.
    """
    try:
        with file.open("rb") as opened:
            content = opened.read(MAX_LIST + 1)
    except OSError as e:
        raise SourceError(f"{file}: cannot be read ({e.strerror}); check the path") from e
    if len(content) > MAX_LIST:
        raise SourceError(f"{file}: larger than {MAX_LIST // 10**6} MB; that is no list of feeds")
    done = Imported()
    for one in read_opml(content, str(file)):
        try:
            url = normal_url(one.url)
        except SourceError as e:
            done.failed.append((one.url, str(e)))
            continue
        pause = every or EVERY[one.kind]
        added = book.add(url, one.kind, now=now, every=pause, title=one.title, publisher=one.publisher)
        done.added += added is not None
        done.known += added is None
    return done


def export_opml(book: SourceBook, file: Path) -> int:
    """Write all sources to a list, whole or not at all; gives their number.

    Raises SourceError when it cannot be written.
    """
    sources = book.all()
    making = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        try:
            write_synced(making, write_opml(sources))
            os.replace(making, file)
        finally:
            making.unlink(missing_ok=True)
    except OSError as e:
        raise SourceError(f"{file}: cannot be written ({e.strerror}); choose another place") from e
    return len(sources)


def health(source: Source, now: float) -> str:
    """How a source is."""
    if not source.active:
        return f"off: {source.last_error}" if source.last_error else "off"
    if source.failures:
        since = span_words(max(now - source.failing_since, 0.0))
        times = f"failed {since} ago" if source.failures == 1 else f"failed {source.failures} times in {since}"
        return f"{times}: {source.last_error}"
    return f"well, read {span_words(max(now - source.last_ok_at, 0.0))} ago" if source.last_ok_at else "not read yet"


def next_look(source: Source, now: float) -> str:
    """When it is looked at next."""
    if not source.active:
        return "never"
    return f"in {span_words(source.next_fetch - now)}" if source.next_fetch > now else "now"


def span_words(seconds: float) -> str:
    """A span of time as people say it: "5 minutes"."""
    if seconds < MINUTE:
        return "a moment"
    units = ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"))
    size, unit = next((size, unit) for size, unit in units if seconds >= size)
    count = round(seconds / size)
    return f"{count} {unit}{'' if count == 1 else 's'}"
