"""HTML → what it says about itself, and the paragraphs of its article."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from index.dates import read_date
from index.plaintext import Draft
from index.publishers import canonical

MIN_ARTICLE = 120
"""Characters of article text that a page must hold."""
MIN_PROSE = 0.2
"""Share of it in paragraphs that hold a sentence: measured 0.8 to 1 on articles, 0 on lists of headlines."""

_DATES = (
    "//meta[@property='article:published_time']/@content",
    "//meta[@itemprop='datePublished']/@content",
    "//time[@itemprop='datePublished']/@datetime",
    "//meta[@name='pubdate' or @name='publishdate' or @name='publish-date' or @name='dtk:publishdate']/@content",
    "//meta[@name='content_PublishedDate' or @name='parsely-pub-date' or @name='dc.date' or @name='DC.date']/@content",
)
_LINKED_DATE = re.compile(r'"datePublished"\s*:\s*"([^"]{4,40})"')
_ROLE = re.compile(r"^(?:pewarta|penulis|reporter|oleh|editor|by)\b\s*:?\s*", re.IGNORECASE)
_COMPANY = re.compile(r"\b(?:pt|media|redaksi|admin|online|newsroom|wire)\b|\.(?:com|co|id)\b", re.IGNORECASE)
_SENTENCE = re.compile(r".{80,}?[.!?][\"”')]*(?:\s|$)")
_MIN_HEADING = 15


def read_html(html: str) -> Draft:
    """Take an HTML page apart with trafilatura (text, names) and htmldate (day, where the page states no time).

    `paragraphs` is empty where no article was found. Fields: publisher, byline, date, url, each only where known.
    """
    # Loaded here: trafilatura takes 0.4 s to import, and most files and feeds need none of it.
    from trafilatura import bare_extraction, load_html

    tree = load_html(html)
    if tree is None:
        return Draft("", ())
    headings = [" ".join(heading.text_content().split()) for heading in tree.iter("h1")]
    date = _stated_date(tree, html)
    document = bare_extraction(tree, with_metadata=True, include_comments=False, include_tables=False)
    if document is None or not _is_article(document.text or ""):
        return Draft("", ())
    publisher = canonical(document.sitename or "")
    author = _ROLE.sub("", document.author or "").strip()
    fields = {
        "publisher": "" if "://" in publisher else publisher,
        # Many Indonesian sites name themselves as the author of every article.
        "byline": "" if _COMPANY.search(author) or canonical(author) == publisher else author,
        "date": date or document.date or "",
        "url": document.url or "",
    }
    title = _without_site(document.title or "", headings)
    return Draft(title, tuple(document.text.split("\n")), {key: value for key, value in fields.items() if value})


def same_article_url(canonical_url: str, location: str) -> str:
    """The page's own idea of its address, where it may be believed; else the location if that is a URL; else "".

    A canonical link to a front page would make one article of many, and one to another host could take over the
    articles of that host.
    """
    where = urlsplit(location) if location.startswith(("http://", "https://")) else None
    try:
        said = urlsplit(canonical_url)
        believed = bool(said.hostname) and said.path.strip("/") != ""
        if believed and where is not None:
            believed = _site(said.hostname) == _site(where.hostname)
    except ValueError:
        believed = False
    return canonical_url if believed else location if where is not None else ""


def _is_article(text: str) -> bool:
    lines = [line.strip() for line in text.split("\n")]
    prose = sum(len(line) for line in lines if _SENTENCE.match(line))
    return len(text) >= MIN_ARTICLE and prose >= MIN_PROSE * sum(map(len, lines))


def _site(host: str | None) -> str:
    return re.sub(r"^(?:www|m|mobile|amp)\.", "", (host or "").lower())


def _stated_date(tree: Any, html: str) -> str:
    candidates = [str(value) for path in _DATES for value in tree.xpath(path)] + _LINKED_DATE.findall(html)
    return next((value for value in candidates if read_date(value)), "")


def _without_site(title: str, headings: list[str]) -> str:
    # "Merek China Serbu Indonesia - Kompas.com" over <h1>Merek China Serbu Indonesia</h1>: the heading is the title.
    inside = [heading for heading in headings if len(heading) >= _MIN_HEADING and heading in title]
    if inside:
        return max(inside, key=len)
    head, mark, tail = title.rpartition(" | ") if " | " in title else title.rpartition(" - ")
    is_site = canonical(tail) != tail or re.fullmatch(r"[\w-]+\.(?:com|co\.id|id|net)(?: \w+)?", tail, re.IGNORECASE)
    return head if mark and is_site else title
