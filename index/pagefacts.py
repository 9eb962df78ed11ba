"""What a web page says about its article: title, date, writer, address; from JSON-LD, metadata and what is shown."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from typing import Any

from index.dates import read_date
from index.decode import parse_json
from index.pagetext import Line
from index.publishers import canonical
from index.sites import domain_of

MIN_HEADING = 15
"""Characters; a shorter heading names a section."""

_ARTICLE_TYPES = (
    "NewsArticle",
    "Article",
    "ReportageNewsArticle",
    "BlogPosting",
    "LiveBlogPosting",
    "AnalysisNewsArticle",
)
_DATES = (
    "//meta[@property='article:published_time']/@content",
    "//meta[@itemprop='datePublished']/@content",
    "//time[@itemprop='datePublished']/@datetime",
    "//meta[@name='pubdate' or @name='publishdate' or @name='publish-date' or @name='dtk:publishdate']/@content",
    "//meta[@name='content_PublishedDate' or @name='parsely-pub-date' or @name='dc.date' or @name='DC.date']/@content",
)
_LINKED_DATE = re.compile(r'"datePublished"\s*:\s*"([^"]{4,40})"')
_URL_DATE = re.compile(r"/((?:19|20)\d\d)/(0?[1-9]|1[0-2])/(0?[1-9]|[12]\d|3[01])(?:/|$)")
_CLOCK = re.compile(r"(?<![\d:.])(\d{1,2})[:.](\d\d)(?!\d)")
_OWN_ZONE = re.compile(r"\b(?:WIB|WITA|WIT)\b", re.IGNORECASE)
_CLAIMS_UTC = re.compile(r"(?:Z|[+-]00:?00|UTC|GMT)\s*$", re.IGNORECASE)
_NAMES_ZONE = re.compile(r"(?:Z|[+-]\d\d:?\d\d|\b[A-Z]{2,4})\s*$")
_MAX_DATE_LINE = 120
_NEAR = 12
"""Lines around the title within which its date stands."""


def linked_data(tree: Any) -> dict[str, Any]:
    """The first JSON-LD object that describes an article, or {}."""
    for script in tree.xpath("//script[@type='application/ld+json']"):
        try:
            data = parse_json(script.text_content())
        except ValueError:
            continue
        for item in _objects(data):
            kinds = item.get("@type")
            if any(kind in _ARTICLE_TYPES for kind in (kinds if isinstance(kinds, list) else [kinds])):
                return item
    return {}


def title_of(stated: str, headings: Sequence[str], linked: dict[str, Any]) -> str:
    """The article's title, without the site's name before or behind it.

    A heading of the page that stands within the stated title is the title: "Merek China Serbu Indonesia - Kompas.com"
    over <h1>Merek China Serbu Indonesia</h1>.
    """
    stated = _plain(stated)
    headline = linked.get("headline")
    shown = [_plain(heading) for heading in (*headings, headline if isinstance(headline, str) else "")]
    shown = [heading for heading in shown if len(heading) >= MIN_HEADING]
    inside = [heading for heading in shown if heading.casefold() in stated.casefold()]
    if inside:
        return max(inside, key=len)
    cut = stated.rstrip(" .…")
    longer = [heading for heading in shown if len(cut) >= MIN_HEADING and heading.startswith(cut)]
    if longer and stated != cut:
        return min(longer, key=len)
    return _without_site(stated) or next(iter(shown), "")


def date_of(tree: Any, source: str, shown: Sequence[Line], title: str, url: str, guessed: str) -> str:
    """When the article was published, as it is written on the page and to be read by dates.read_date; or "".

    A stated moment wins. Where it claims to be UTC but the page shows the same clock with WIB, WITA or WIT, the
    shown zone is right (detik writes "10:08:58Z" over "10:08 WIB"). Where only the day is stated, guessed or in the
    address, the time comes from the date that is shown beside the title.
    """
    candidates = [str(value) for path in _DATES for value in tree.xpath(path)] + _LINKED_DATE.findall(source)
    dated = [value for value in candidates if read_date(value)]
    stated = next(iter(dated), "")
    if len(read_date(stated)) == 10:
        # A later field may hold the time of the same day; another day is another article's.
        timed = (value for value in dated if "T" in read_date(value) and _written_day(value) == read_date(stated))
        stated = next(timed, stated)
    beside = _shown_dates(shown, title)
    if "T" in read_date(stated):
        return _with_own_zone(stated, beside)
    day = read_date(stated) or _day_in(url) or guessed
    clocks = [text for text in beside if "T" in read_date(text)]
    same = [text for text in clocks if not day or _written_day(text) == day[:10]]
    return next(iter(same), "") or day or next(iter(clocks or beside), "")


def url_of(tree: Any, stated: str) -> str:
    """The address that the page gives itself: canonical link, og:url, or what trafilatura found."""
    paths = ("//link[@rel='canonical']/@href", "//meta[@property='og:url']/@content")
    found = [str(value).strip() for path in paths for value in tree.xpath(path)] + [stated]
    return next((url for url in found if url.startswith(("http://", "https://"))), "")


def _day_in(url: str) -> str:
    match = _URL_DATE.search(url.partition("?")[0])
    return "-".join(part.zfill(2) for part in match.groups()) if match else ""


def _objects(data: object, depth: int = 0) -> Iterator[dict[str, Any]]:
    if isinstance(data, dict):
        yield data
        if depth < 3:
            yield from _objects(data.get("@graph"), depth + 1)
    elif isinstance(data, list) and depth < 3:
        for item in data:
            yield from _objects(item, depth + 1)


def _shown_dates(lines: Sequence[Line], title: str) -> list[str]:
    """Lines that hold a full date and stand near the title, nearest first; after the title before those above it."""
    key = title.casefold()
    titles = [i for i, line in enumerate(lines) if line.text.casefold() == key]
    dated = [
        (i, line.text)
        for i, line in enumerate(lines)
        if line.linked < 0.5 and len(line.text) <= _MAX_DATE_LINE and len(read_date(line.text)) >= 10
    ]
    if not titles:
        return [text for _, text in dated]
    near = [(min(_distance(i, at) for at in titles), text) for i, text in dated]
    return [text for distance, text in sorted(near, key=lambda pair: pair[0]) if distance <= _NEAR]


def _distance(line: int, title: int) -> float:
    return line - title if line > title else title - line + 0.5


def _with_own_zone(stated: str, beside: Sequence[str]) -> str:
    if _NAMES_ZONE.search(stated) and not _CLAIMS_UTC.search(stated):
        return stated
    clock = _CLOCK.search(stated.partition("T")[2] or stated[10:])
    for text in beside:
        zone, shown = _OWN_ZONE.search(text), _CLOCK.search(text)
        if zone and shown and clock and (int(shown[1]), shown[2]) == (int(clock[1]), clock[2]):
            return f"{_CLAIMS_UTC.sub('', stated).strip()} {zone[0].upper()}"
    return stated


def _written_day(text: str) -> str:
    # Without its time a date stays the day that was written, whatever the zone.
    return read_date(_CLOCK.sub(" ", text))[:10]


def _plain(text: str) -> str:
    return " ".join(html.unescape(text).split())


def _without_site(title: str) -> str:
    for mark in (" | ", " - ", " – ", " — ", " :: "):
        head, found, tail = title.rpartition(mark)
        if found and head and _is_site(tail):
            return head
    head, found, tail = title.partition(": ")
    return tail if found and _is_site(head) and re.search(r"\.(?:com|co\.id|id|net|co)$", head.lower()) else title


def _is_site(name: str) -> bool:
    domain = re.match(r"[\w-]+\.(?:com|co\.id|id|net|co)\b", name, re.IGNORECASE)
    known = canonical(name) != name or domain_of(f"https://{name.lower()}") == name.lower() != ""
    return bool(domain) or (known and "." in name) or canonical(name) != name
