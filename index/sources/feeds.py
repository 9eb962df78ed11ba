"""Feeds → items: RSS 0.9x, 1.0 and 2.0, Atom, JSON Feed 1.1. Nothing here touches the network."""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from io import BytesIO
from typing import Any
from urllib.parse import urljoin, urlsplit

from index.dates import is_future, read_date
from index.decode import decode, parse_json
from index.sources.links import canonical, without_tracking
from index.sources.markup import MAX_BYTES, FormatError, plain_text, read_markup

MAX_ITEMS = 1_000
"""Of one feed; a newsroom's holds 10 to 100."""
MAX_TAGS = 100_000
"""Outside CDATA; feedparser takes up to 65 µs for each, and 1,000 items have about 20,000."""
FULL_TEXT = 800
"""Characters of text from which an item may be the whole article; the longest teaser on html-dev has 330."""
MAX_TITLE = 300
SHARED = 3
"""A link that so many items with different titles share is the address of a list and not of an article."""

_CUT = re.compile(
    r"(?:\.\.\.|…|\[(?:\.\.\.|…|&hellip;)\]|(?:baca|lihat) (?:selengkapnya|lebih lanjut)|selengkapnya|continue reading|"
    r"read (?:more|the full \w+))[\s\W]*(?:the post .{0,300})?$",
    re.IGNORECASE,
)
_PERIODS = {"hourly": 3_600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}
_END = re.compile(
    r"</(?:rss|feed|[\w-]+:RDF|RDF|[\w-]+:feed|[\w-]+:rss)\s*>\s*(?:<!--.*)?\s*$", re.IGNORECASE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One item of a feed."""

    key: str
    """What makes it the same item tomorrow. "url:…", the canonical address, wherever the item has one of its own:
    publishers renumber GUIDs and give many items the same one, but the address is what readers share. Else "guid:…",
    within the feed, where no other item has it. Else "text:…", a hash of title and day."""
    title: str
    """Plain text; "" where the feed gives none."""
    url: str
    """Where the article can be fetched, without tracking parameters; "" where the item links nowhere."""
    guid: str = ""
    published_at: str = ""
    """See Article.published_at; "" where it is missing or cannot be believed."""
    author: str = ""
    summary: str = ""
    """Plain text."""
    content: str = ""
    """HTML of the longest text that the item carries."""
    is_teaser: bool = True
    """Whether `content` is only the beginning, so that the article has to be fetched."""
    tags: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    """"future-date" or "bad-date": a date was stated, but it cannot be used."""


@dataclass(frozen=True, slots=True)
class Feed:
    """What a feed says."""

    title: str
    language: str
    """As it is stated ("id", "en-us"); or ""."""
    items: tuple[FeedItem, ...]
    """In the feed's order; of items with the same key the first."""
    ttl: int = 0
    """Seconds that the feed asks to wait between fetches; 0 where it does not say."""
    url: str = ""
    """Of the site; or ""."""
    flags: tuple[str, ...] = ()
    """"encoding", "broken-bytes", "nul", "malformed" (and read nevertheless), "truncated" (the last,
    incomplete item is left out)."""


def read_feed(content: bytes, url: str, *, now: datetime) -> Feed:
    """Read the bytes of a feed that was fetched from `url`.

    `now`, with its zone, decides which dates lie in the future. Broken feeds give what can be read of them. Raises
    FormatError where it is no feed at all, or one that declares XML entities.
    """
    if len(content) > MAX_BYTES:
        raise FormatError(f"{url}: {len(content):,} bytes are too many for a feed (at most {MAX_BYTES:,})")
    head = content[:200].lstrip(b"\xef\xbb\xbf \t\r\n\0")
    return _read_json(content, url, now) if head.startswith(b"{") else _read_xml(content, url, now)


def _read_xml(content: bytes, url: str, now: datetime) -> Feed:
    markup = read_markup(content, url, max_tags=MAX_TAGS)
    # Loaded here: 40 ms, and most commands never read a feed.
    import feedparser

    # As a stream, never as a string: feedparser opens a string that is an address or the name of a file.
    parsed = feedparser.parse(
        BytesIO(b'<?xml version="1.0" encoding="utf-8"?>' + markup.text.encode(errors="replace")),
        response_headers={"content-type": "application/xml; charset=utf-8", "content-location": url},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    entries = [_record(entry) for entry in parsed.entries[:MAX_ITEMS]]
    if not parsed.version and not entries:
        raise FormatError(f"{url}: {_what_instead(markup.text)}")
    flags = set(markup.flags)
    if parsed.bozo:
        flags.add("malformed")
        if entries and not _END.search(markup.text[-2_000:]):
            # The title or address of the last item may be half of one.
            flags.add("truncated")
            entries.pop()
    channel = _record(parsed.feed)
    site = _said(channel, "link")
    items = [_xml_item(entry, site or url, url, now) for entry in entries]
    return Feed(
        title=_title(_said(channel, "title")),
        language=_said(channel, "language").strip().lower(),
        items=_with_keys(items, (url, site)),
        ttl=_ttl(channel),
        url=without_tracking(site),
        flags=tuple(sorted(flags)),
    )


def _xml_item(entry: Mapping[str, Any], site: str, url: str, now: datetime) -> FeedItem:
    texts = [str(part.get("value", "")) for part in entry.get("content", [])]
    flags: set[str] = set()
    summary = _said(entry, "summary")
    link = _said(entry, "link") or next((x.get("href", "") for x in entry.get("links", []) if x.get("href")), "")
    tags = (str(tag.get("term") or "") for tag in entry.get("tags", []))
    return _item(
        title=_said(entry, "title"),
        url=_joined(site, link, url),
        guid=_said(entry, "id"),
        date=_date((_said(entry, name) for name in ("published", "updated", "created")), now, flags),
        author=_said(entry, "author"),
        summary=summary,
        texts=[*texts, summary],
        tags=tags,
        flags=flags,
    )


def _read_json(content: bytes, url: str, now: datetime) -> Feed:
    decoded = decode(content)
    try:
        data = parse_json(decoded.text)
    except ValueError as e:
        raise FormatError(f"{url}: neither a feed nor valid JSON ({e}); check the address") from e
    items = data.get("items") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(items, list):
        raise FormatError(f"{url}: JSON, but no JSON Feed (it has no list of items); check the address")
    site = _text(data, "home_page_url")
    read = [_json_item(item, site or url, url, now) for item in items[:MAX_ITEMS] if isinstance(item, dict)]
    return Feed(
        title=_title(_text(data, "title")),
        language=_text(data, "language").lower(),
        items=_with_keys(read, (url, site)),
        url=without_tracking(site),
        flags=decoded.flags,
    )


def _json_item(item: Mapping[str, Any], site: str, url: str, now: datetime) -> FeedItem:
    flags: set[str] = set()
    authors = item.get("authors")
    author = authors[0] if isinstance(authors, list) and authors else item.get("author")
    plain = "".join(f"<p>{line}</p>" for line in _text(item, "content_text").split("\n") if line.strip())
    tags = item.get("tags")
    return _item(
        title=_text(item, "title"),
        url=_joined(site, _text(item, "url") or _text(item, "external_url"), url),
        guid=_text(item, "id"),
        date=_date((_text(item, name) for name in ("date_published", "date_modified")), now, flags),
        author=_text(author, "name") if isinstance(author, dict) else "",
        summary=_text(item, "summary"),
        texts=[_text(item, "content_html"), plain, _text(item, "summary")],
        tags=[str(tag) for tag in tags] if isinstance(tags, list) else [],
        flags=flags,
    )


def _item(*, title: str, url: str, guid: str, date: str, author: str, summary: str, texts: Sequence[str],
          tags: Iterable[str], flags: set[str]) -> FeedItem:  # fmt: skip
    content = max(texts, key=len, default="")
    text = plain_text(content)
    return FeedItem(
        key="",
        title=_title(title),
        url=url,
        guid=guid.strip(),
        published_at=date,
        author=" ".join(plain_text(author).split()),
        summary=plain_text(summary),
        content=content,
        is_teaser=len(text) < FULL_TEXT or _CUT.search(text[-400:]) is not None,
        tags=tuple(dict.fromkeys(name for tag in tags if (name := " ".join(plain_text(tag).split())))),
        flags=tuple(sorted(flags)),
    )


def _with_keys(items: Sequence[FeedItem], lists: Sequence[str]) -> tuple[FeedItem, ...]:
    """The items that say something, each once, with their keys. `lists` are addresses that are no article's."""
    guids = Counter(item.guid for item in items)
    titles: dict[str, set[str]] = defaultdict(set)
    for item in items:
        titles[canonical(item.url)].add(item.title)
    shared = {address for address, different in titles.items() if len(different) >= SHARED}
    shared |= {canonical(address) for address in lists if address}
    keyed: dict[str, FeedItem] = {}
    for item in items:
        address = canonical(item.url)
        if address and address not in shared and urlsplit(address).path.strip("/") + urlsplit(address).query:
            key = f"url:{address}"
        elif item.guid and guids[item.guid] == 1:
            key = f"guid:{item.guid}"
        else:
            said = f"{item.title.casefold()}\n{item.published_at[:10]}\n{item.summary if not item.title else ''}"
            key = "text:" + hashlib.sha256(said.encode(errors="replace")).hexdigest()[:32]
        if item.title or item.url or item.content:
            keyed.setdefault(key, replace(item, key=key))
    return tuple(keyed.values())


def _date(candidates: Iterable[str], now: datetime, flags: set[str]) -> str:
    for text in candidates:
        # feedparser's own reading takes WIB for UTC and knows no Indonesian month.
        found = read_date(text)
        if found and not is_future(found, now=now):
            return found
        if text.strip():
            flags.add("future-date" if found else "bad-date")
    return ""


def _ttl(channel: Mapping[str, Any]) -> int:
    minutes = re.fullmatch(r"\s*(\d{1,6})\s*", _said(channel, "ttl"))
    if minutes:
        return int(minutes[1]) * 60
    period = _PERIODS.get(_said(channel, "sy_updateperiod").strip().lower(), 0)
    often = re.fullmatch(r"\s*([1-9]\d{0,3})\s*", _said(channel, "sy_updatefrequency"))
    return period // int(often[1]) if often else period


def _what_instead(text: str) -> str:
    head = text[:2_000].lower()
    if "<html" in head or "<body" in head or "<!doctype html" in head:
        return "a web page and not a feed; give the feed's address, or add the page itself"
    if "<urlset" in head or "<sitemapindex" in head:
        return "a sitemap and not a feed; add it as a sitemap"
    return "not a feed (neither RSS, Atom nor JSON Feed); check the address"


def _title(text: str) -> str:
    title = " ".join(plain_text(text).split())
    return title if len(title) <= MAX_TITLE else title[:MAX_TITLE].rpartition(" ")[0] + "…"


def _joined(site: str, link: str, url: str) -> str:
    base = site if site.startswith(("http://", "https://")) else url
    try:
        return without_tracking(urljoin(base, link.strip())) if link.strip() else ""
    except ValueError:
        return ""


def _record(record: Any) -> dict[str, Any]:
    # A plain dict: feedparser's own warns about "updated" and gives another field instead.
    return dict(dict.items(record))


def _said(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    return value if isinstance(value, str) else ""


def _text(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
