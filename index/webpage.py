"""HTML → what it says about itself, and the paragraphs of its article."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import Any
from urllib.parse import urlsplit

from index.pagebody import after_title, find_body, is_index
from index.pagefacts import date_of, linked_data, title_of, url_of
from index.pagetext import lines_of
from index.plaintext import Draft
from index.publishers import canonical
from index.sites import site_of

_ROLE = re.compile(r"^(?:pewarta|penulis|reporter|oleh|editor|by)\b\s*:?\s*", re.IGNORECASE)
_COMPANY = re.compile(r"\b(?:pt|media|redaksi|admin|online|newsroom|wire)\b|\.(?:com|co|id)\b", re.IGNORECASE)


def read_html(html: str, location: str = "") -> Draft:
    """Take an HTML page apart with trafilatura (text, names), htmldate (day) and the rules of sites.py.

    `location` may be the page's address; it chooses the newsroom's rules before what the page says of itself.
    `paragraphs` is empty where no article was found. Fields: publisher, byline, date, url, each only where known.
    """
    # Loaded here: trafilatura takes 0.4 s to import, and most files and feeds need none of it.
    from lxml.etree import strip_elements
    from trafilatura import bare_extraction, load_html

    tree = load_html(html)
    if tree is None:
        return Draft("", ())
    linked = linked_data(tree)
    document = bare_extraction(deepcopy(tree), with_metadata=True, include_comments=False, include_tables=False)
    strip_elements(tree, "script", "style", "noscript", with_tail=False)
    url = url_of(tree, (document.url if document else "") or "")
    # Where the address is known, the page's own word does not make it another newsroom's.
    site = site_of(location if location.startswith(("http://", "https://")) else url)
    found = [" ".join(line.split()) for line in ((document.text if document else "") or "").split("\n")]
    found = [line for line in found if line.strip("- ")]
    paragraphs = find_body(tree, site, found)
    if not paragraphs or is_index(tree, paragraphs) or _is_front_page(location):
        return Draft("", ())
    title = title_of((document.title if document else "") or "", _headings(tree), linked)
    guessed = (document.date if document else "") or ""
    publisher = site.publisher if site else canonical((document.sitename if document else "") or "")
    author = _ROLE.sub("", (document.author if document else "") or "").strip()
    fields = {
        "publisher": "" if "://" in publisher else publisher,
        # Many Indonesian sites name themselves as the author of every article.
        "byline": "" if _COMPANY.search(author) or canonical(author) == publisher else author,
        "date": date_of(tree, html, lines_of(tree, everything=True), title, location or url, guessed),
        "url": url,
    }
    return Draft(title, tuple(after_title(paragraphs, title)), {key: value for key, value in fields.items() if value})


def same_article_url(canonical_url: str, location: str) -> str:
    """The page's own idea of its address, where it may be believed; else the location if that is a URL; else "".

    A canonical link to a front page would make one article of many, and one to another host could take over the
    articles of that host.
    """
    try:
        where = urlsplit(location) if location.startswith(("http://", "https://")) else None
    except ValueError:
        return ""
    try:
        said = urlsplit(canonical_url)
        believed = bool(said.hostname) and said.path.strip("/") != ""
        if believed and where is not None:
            believed = _site(said.hostname) == _site(where.hostname)
    except ValueError:
        believed = False
    return canonical_url if believed else location if where is not None else ""


def _headings(tree: Any) -> list[str]:
    return [" ".join(heading.text_content().split()) for heading in tree.iter("h1", "h2", "h3")]


def _is_front_page(location: str) -> bool:
    try:
        parts = urlsplit(location)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.path.strip("/") == "" and not parts.query


def _site(host: str | None) -> str:
    return re.sub(r"^(?:www|m|mobile|amp)\.", "", (host or "").lower())
