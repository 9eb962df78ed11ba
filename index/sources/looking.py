"""What a source shows now: items with their addresses, and the article behind an address."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape

from index.errors import ExtractError, SourceError
from index.extract import extract
from index.sources.book import SourceKind
from index.sources.feeds import FeedItem, read_feed
from index.sources.fetch import Fetched, Fetcher, Kind, PermanentFetchError
from index.sources.links import (
    all_in_one_url,
    article_links,
    canonical,
    feed_links,
    next_page_links,
    without_tracking,
)
from index.sources.markup import FormatError
from index.sources.pdf import PDF, read_pdf
from index.sources.sitemaps import SitemapEntry, read_sitemap
from index.types import Article, Page

MOST_ITEMS = 1_000
"""Of one look; more are taken at the next one."""
MOST_SITEMAPS = 4
"""Of a sitemap index: those that changed last."""
MOST_PARTS = 10
_FEED_TYPES = frozenset(
    {"application/xml", "text/xml", "application/rss+xml", "application/atom+xml", "application/rdf+xml"}
    | {"application/json", "application/feed+json", "text/json"}
)
_FEED_STARTS = (b"<?xml", b"{", b"<rss", b"<feed", b"<rdf", b"<urlset", b"<sitemapindex")
_HTML = ("text/html", "application/xhtml+xml", "")


@dataclass(frozen=True, slots=True)
class Shown:
    """Something that a source points to."""

    key: str
    """What makes it the same tomorrow."""
    url: str
    """Where its article is; "" when `content` is all there is."""
    title: str = ""
    published_at: str = ""
    modified_at: str = ""
    content: str = ""
    """HTML of the whole article, where the source itself has it; else ""."""
    place: str = ""
    """The location of an article that has no address of its own."""
    fetched: Fetched | None = None
    """Its page, where that was the source itself."""

    @property
    def said(self) -> str:
        """Names what the source says of it: it changes when the title, a date or the text does."""
        said = json.dumps([self.title, self.published_at, self.modified_at, self.content])
        return hashlib.blake2b(said.encode(errors="replace"), digest_size=12).hexdigest()


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a source."""

    kind: SourceKind
    title: str
    shown: tuple[Shown, ...]
    """Newest first where the source tells."""
    ttl: float
    etag: str
    last_modified: str
    moved_to: str
    suggested: tuple[str, ...] = ()
    """Feeds that a page names: better sources than the page itself."""


def look_at(
    fetcher: Fetcher, url: str, kind: SourceKind | None, now: datetime, *, etag: str = "", last_modified: str = ""
) -> Look | None:
    """Read a source, of a kind that is known or still to be found; None when nothing has changed.

    Raises FetchError, and FormatError when it is not what it was, or nothing that can be followed.
    """
    wanted: Kind = "any" if kind is None else "page" if kind in ("page", "article") else "feed"
    fetched = fetcher.get(url, etag=etag, last_modified=last_modified, kind=wanted)
    if fetched.not_modified:
        return None
    if kind is None:
        return _found_out(fetcher, fetched, now)
    if kind == "feed":
        return _feed(fetched, now)
    if kind == "sitemap":
        return _sitemap(fetcher, fetched, now)
    if kind == "article":
        return _article(fetched)
    look = _page(fetched)
    if not look.shown:
        raise FormatError(f"{fetched.url}: no links to articles were found on the page; give a feed or another page")
    return look


def _found_out(fetcher: Fetcher, fetched: Fetched, now: datetime) -> Look:
    if is_feed_like(fetched):
        try:
            return _feed(fetched, now)
        except FormatError as e:
            try:
                return _sitemap(fetcher, fetched, now)
            except FormatError:
                if b"<html" not in fetched.content[:2_000].lower():
                    raise e from None
    if _is_article(fetched, now):
        return _article(fetched)
    look = _page(fetched)
    if not look.shown and not look.suggested:
        raise FormatError(f"{fetched.url}: no feed, sitemap, article or list of articles; give another address")
    return look


def is_feed_like(fetched: Fetched) -> bool:
    """Whether it looks like a feed or sitemap, which are often served as pages."""
    start = fetched.content[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return fetched.media_type in _FEED_TYPES or start.startswith(_FEED_STARTS)


def _feed(fetched: Fetched, now: datetime) -> Look:
    feed = read_feed(fetched.content, fetched.url, now=now)
    return _look("feed", fetched, [_from_feed(item, fetched.url) for item in feed.items], feed.title, feed.ttl)


def _from_feed(item: FeedItem, feed: str) -> Shown:
    whole = item.content if not item.is_teaser or not item.url else ""
    # Not by its key: where GUIDs are places in the list, one article would be written over another.
    named = hashlib.blake2b(f"{item.title}\n{item.published_at[:10]}".encode(errors="replace"), digest_size=8)
    place = "" if item.url else f"{feed}#{named.hexdigest()}"
    return Shown(item.key, item.url, item.title, item.published_at, content=whole, place=place)


def _sitemap(fetcher: Fetcher, fetched: Fetched, now: datetime) -> Look:
    sitemap = read_sitemap(fetched.content, fetched.url, now=now)
    entries = list(sitemap.entries)
    if not entries and sitemap.sitemaps:
        entries = _parts(fetcher, sitemap.sitemaps, now)
        # An index need not change when one of its sitemaps does.
        fetched = replace(fetched, etag="", last_modified="")
    entries.sort(key=lambda entry: entry.published_at or entry.modified_at, reverse=True)
    return _look("sitemap", fetched, [_from_sitemap(entry) for entry in entries])


def _parts(fetcher: Fetcher, sitemaps: Sequence[SitemapEntry], now: datetime) -> list[SitemapEntry]:
    """What the sitemaps that changed last list; those without a date come after them. One that fails is left out."""
    entries: list[SitemapEntry] = []
    failure: SourceError | None = None
    for one in sorted(sitemaps, key=lambda one: one.modified_at, reverse=True)[:MOST_SITEMAPS]:
        try:
            entries += read_sitemap(fetcher.get(one.url, kind="feed").content, one.url, now=now).entries
        except SourceError as e:
            failure = e
    if failure is not None and not entries:
        raise failure
    return entries


def _from_sitemap(entry: SitemapEntry) -> Shown:
    return Shown(f"url:{canonical(entry.url)}", entry.url, entry.title, entry.published_at, entry.modified_at)


def _page(fetched: Fetched) -> Look:
    links = article_links(fetched.content, fetched.url)
    look = _look("page", fetched, [Shown(f"url:{canonical(url)}", url) for url in links])
    return replace(look, suggested=feed_links(fetched.content, fetched.url))


def _article(fetched: Fetched) -> Look:
    return _look("article", fetched, [Shown(f"url:{canonical(fetched.url)}", fetched.url, fetched=fetched)])


def _is_article(fetched: Fetched, now: datetime) -> bool:
    if fetched.media_type not in _HTML:
        return True
    try:
        extract(_as_page(fetched), now=now)
    except ExtractError:
        return False
    return True


def _look(kind: SourceKind, fetched: Fetched, shown: list[Shown], title: str = "", ttl: float = 0.0) -> Look:
    kept = tuple({one.key: one for one in reversed(shown)}.values())[::-1][:MOST_ITEMS]
    return Look(kind, title, kept, ttl, fetched.etag, fetched.last_modified, fetched.moved_to)


def _as_page(fetched: Fetched) -> Page:
    location = without_tracking(fetched.url) or fetched.url
    if fetched.media_type == PDF:
        return read_pdf(fetched.content, location)
    return Page(location, fetched.content, "text/html" if fetched.media_type in _HTML else fetched.media_type)


def article_at(fetcher: Fetcher, url: str, now: datetime) -> Article:
    """The article at an address that a person gave.

    Raises FetchError, and FormatError where there is something else; it says how that can be followed.
    """
    fetched = fetcher.get(url, kind="any")
    if is_feed_like(fetched) and b"<html" not in fetched.content[:2_000].lower():
        raise FormatError(f"{url}: a feed or sitemap and not an article; follow it with `warta source add`")
    try:
        return _whole(fetcher, fetched, now)
    except ExtractError as e:
        if fetched.media_type not in _HTML or not article_links(fetched.content, fetched.url):
            raise
        raise FormatError(f"{url}: a list of articles and not one; follow it with `warta source add`") from e


def article_of(fetcher: Fetcher, shown: Shown, publisher: str, now: datetime) -> Article:
    """The article that a source points to, all its pages joined; what the page does not tell is the source's word.

    Raises FetchError, and ExtractError where there is no article.
    """
    article = _own_text(shown, now) if shown.content else None
    if article is None:
        article = _whole(fetcher, shown.fetched or fetcher.get(shown.url, kind="page"), now)
    return replace(
        article,
        title=article.title or shown.title,
        published_at=article.published_at or shown.published_at,
        url=article.url or shown.url,
        publisher=publisher or article.publisher,
    )


def _own_text(shown: Shown, now: datetime) -> Article | None:
    """The text that a feed carries, read like a page: it has the same boilerplate. None: the page must tell more."""
    html = (
        f'<!doctype html><html><head><meta charset="utf-8"><title>{escape(shown.title)}</title></head>'
        f"<body><article><h1>{escape(shown.title)}</h1>{shown.content}</article></body></html>"
    )
    try:
        article = extract(Page(shown.url or shown.place, html.encode(errors="replace"), "text/html"), now=now)
    except ExtractError:
        if not shown.url:
            raise
        return None
    # The feed knows title and date; a page made of its text does not.
    return replace(article, title=shown.title or article.title, published_at=shown.published_at or article.published_at)


def _whole(fetcher: Fetcher, fetched: Fetched, now: datetime) -> Article:
    first = extract(_as_page(fetched), now=now)
    if fetched.media_type not in _HTML:
        return first
    further = next_page_links(fetched.content, fetched.url)
    if not further:
        return first
    if at_once := all_in_one_url(fetched.url):
        whole = _part(fetcher, at_once, now)
        if whole is not None and len(whole.body) > len(first.body):
            return replace(whole, url=first.url, location=first.location)
    parts = [first, *(_part(fetcher, url, now) for url in further[: MOST_PARTS - 1])]
    paragraphs = dict.fromkeys(paragraph for part in parts if part for paragraph in part.body.split("\n\n"))
    return replace(first, body="\n\n".join(paragraphs))


def _part(fetcher: Fetcher, url: str, now: datetime) -> Article | None:
    """None where there is nothing; what may come later raises TransientFetchError, for half an article is none."""
    try:
        return extract(_as_page(fetcher.get(url, kind="page")), now=now)
    except (PermanentFetchError, ExtractError):
        return None
