"""Sitemaps → addresses with what they say about them: news sitemaps, sitemap indexes and plain lists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from index.dates import is_future, read_date
from index.decode import decode
from index.sites import domain_of
from index.sources.links import canonical, without_tracking
from index.sources.markup import FormatError, plain_text, read_markup

MAX_ENTRIES = 50_000
"""The protocol's own limit (sitemaps.org)."""

MAX_TAGS = 40 * MAX_ENTRIES
"""An entry with news and a few pictures has that many at most; lxml takes 1 µs for each."""

_BARE_AMPERSAND = re.compile(r"&(?!#?\w{1,20};)")


@dataclass(frozen=True, slots=True)
class SitemapEntry:
    """One page of a site."""

    url: str
    title: str = ""
    """From a news sitemap; else ""."""
    published_at: str = ""
    """See Article.published_at; only news sitemaps say it."""
    modified_at: str = ""
    """When the page last changed, in the same form."""
    language: str = ""
    flags: tuple[str, ...] = ()
    """"future-date" or "bad-date": stated, but not usable."""


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What a sitemap lists, in its order, each address once."""

    entries: tuple[SitemapEntry, ...] = ()
    sitemaps: tuple[SitemapEntry, ...] = ()
    """Of a sitemap index: the sitemaps to read next."""
    skipped: int = 0
    """Entries without a usable address of the same site, and those beyond MAX_ENTRIES."""


def read_sitemap(content: bytes, url: str, *, now: datetime) -> Sitemap:
    """Read a sitemap, already unpacked. A site may only list its own pages, so others are left out.

    Raises FormatError where it is none.
    """
    text = read_markup(content, url, max_tags=MAX_TAGS).text
    if not text.lstrip().startswith("<"):
        return _read_list(decode(content).text, url)
    # Loaded here: most commands never read a sitemap.
    from lxml.etree import XMLParser, XMLSyntaxError, fromstring

    parser = XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True, encoding="utf-8")
    try:
        root = fromstring(_BARE_AMPERSAND.sub("&amp;", text).encode(errors="replace"), parser)
    except XMLSyntaxError as e:
        raise FormatError(f"{url}: not a sitemap ({e}); check the address") from e
    kind = _name(root) if root is not None else ""
    if kind not in ("urlset", "sitemapindex"):
        what = "an HTML page" if kind == "html" else f"<{kind}>" if kind else "no XML"
        raise FormatError(f"{url}: not a sitemap but {what}; give the sitemap's address, as robots.txt names it")
    raw = [_entry(node, url, now) for node in root if _name(node) in ("url", "sitemap")]
    kept = _own(raw, url)
    kept, skipped = kept[:MAX_ENTRIES], len(raw) - len(kept[:MAX_ENTRIES])
    return Sitemap(sitemaps=kept, skipped=skipped) if kind == "sitemapindex" else Sitemap(kept, skipped=skipped)


def _read_list(text: str, url: str) -> Sitemap:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    kept = _own([SitemapEntry(without_tracking(line)) for line in lines], url)[:MAX_ENTRIES]
    if not kept:
        raise FormatError(f"{url}: not a sitemap (neither XML nor addresses of the site); check the address")
    return Sitemap(kept, skipped=len(lines) - len(kept))


def _own(entries: list[SitemapEntry], url: str) -> tuple[SitemapEntry, ...]:
    site = domain_of(url)
    own = {canonical(entry.url): entry for entry in reversed(entries) if entry.url and domain_of(entry.url) == site}
    return tuple(reversed(own.values()))


def _entry(node: Any, url: str, now: datetime) -> SitemapEntry:
    said = {name: text for name, text in _fields(node) if text}
    flags: set[str] = set()
    return SitemapEntry(
        url=without_tracking(urljoin(url, said["loc"])) if "loc" in said else "",
        title=" ".join(plain_text(said.get("title", "")).split()),
        published_at=_date(said.get("publication_date", ""), now, flags),
        modified_at=_date(said.get("lastmod", ""), now, flags),
        language=said.get("language", "")[:2].lower(),
        flags=tuple(sorted(flags)),
    )


def _fields(node: Any) -> Iterator[tuple[str, str]]:
    # Later ones win in a dict, so the page's own <loc> comes after those of its images.
    wanted = ("loc", "lastmod", "title", "publication_date", "language")
    for child in node:
        name = _name(child)
        if name == "news":
            for part in child.iter():
                if _name(part) in wanted:
                    yield _name(part), (part.text or "").strip()
        elif name in wanted:
            yield name, (child.text or "").strip()


def _date(text: str, now: datetime, flags: set[str]) -> str:
    found = read_date(text)
    if found and not is_future(found, now=now):
        return found
    if text:
        flags.add("future-date" if found else "bad-date")
    return ""


def _name(node: Any) -> str:
    return node.tag.rpartition("}")[2].lower() if isinstance(node.tag, str) else ""
