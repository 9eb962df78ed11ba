"""The one door to the network: an http(s) URL → bytes, politely, and whatever the other side does.

Fetcher.get follows redirects and asks robots.txt; one request is exchange.py's, where it may connect to addresses.py's.
"""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Literal, Self

import httpcore
import httpx

from index import __version__
from index.sources.addresses import Resolver, normal_url, resolve
from index.sources.exchange import BUSY, RETRY_AFTER_429, Answer, Exchange, FetchSettings, retry_after
from index.sources.failures import FetchError, PermanentFetchError, TransientFetchError, shown
from index.sources.robots import AGENT, MAX_BYTES, Robots
from index.sources.unpack import UnpackError, slices, unpacked
from index.sources.wire import too_large

__all__ = ["FetchError", "FetchSettings", "Fetched", "Fetcher", "Kind", "PermanentFetchError", "TransientFetchError"]

Kind = Literal["page", "feed", "any"]
"""What is expected behind a URL: an article, a feed or sitemap, or either."""

MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOVED = frozenset({301, 308})
_LATER = frozenset({408, 421, 423, 425, 429})
"""Answers in the 400s that another try may change; those in the 500s all are."""

_HTML = frozenset({"text/html", "application/xhtml+xml"})
_PDF = frozenset({"application/pdf"})
_TEXT = frozenset({"text/plain", "text/markdown"})
_JSON = frozenset({"application/json", "application/feed+json", "text/json"})
_XML = frozenset({"application/xml", "text/xml", "application/rss+xml", "application/atom+xml", "application/rdf+xml"})
_GZIP = frozenset({"application/gzip", "application/x-gzip"})
"""sitemap.xml.gz: a packed file, not a packed transfer."""
_UNSAID = frozenset({"", "application/octet-stream", "binary/octet-stream", "application/unknown"})
_TYPES: dict[str, frozenset[str]] = {
    "page": _HTML | _PDF | _TEXT,
    # Feeds are often served as HTML or text by hosts that know no better.
    "feed": _XML | _JSON | _HTML | _TEXT | _GZIP,
    "any": _HTML | _PDF | _TEXT | _XML | _JSON | _GZIP,
}
_ACCEPT = {
    "page": "text/html, application/xhtml+xml, application/pdf;q=0.9, text/plain;q=0.8, */*;q=0.1",
    "feed": "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5",
    "any": "text/html, application/rss+xml, application/atom+xml, application/feed+json, */*;q=0.5",
}
_MAGIC = (
    (b"%PDF-", "application/pdf"),
    (b"\x1f\x8b", "application/gzip"),
    (b"<?xml", "application/xml"),
    (b"<rss", "application/xml"),
    (b"<feed", "application/xml"),
    (b"<", "text/html"),
    (b"{", "application/json"),
)
"""What content that has no type begins with."""
_VALIDATOR = re.compile(r"[\x21-\x7e][\x20-\x7e]{0,499}")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._:+-]{1,40})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came back for a URL."""

    asked: str
    """The URL in its normal spelling."""
    url: str
    """Where the content stands, after all redirects."""
    status: int
    """200 or 304."""
    content: bytes
    """Unpacked, not decoded; empty where not modified."""
    media_type: str
    charset: str
    """What the server says of it, in lower case, or ""."""
    etag: str
    last_modified: str
    """For the next conditional request; of a 304 without them, those that were given."""
    moved_to: str
    """Where it has moved to for good: the last of the permanent redirects (301, 308) that begin the chain, or ""."""
    not_modified: bool
    retry_after: float
    """Seconds that the server asks to wait before the next request, or 0."""


class Fetcher:
    """Fetches from any site. Safe to use from several threads; a context manager."""

    def __init__(
        self,
        settings: FetchSettings | None = None,
        *,
        resolver: Resolver = resolve,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        network: httpcore.NetworkBackend | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        """`now` is a clock that never goes back; `network` is what connects, once an address has been found good.

        Raises SettingsError where `allow` holds what is neither a network nor a host.
        """
        self._settings = settings or FetchSettings()
        who = f"+{normal_url(self._settings.project_url)}" if self._settings.project_url else "news reader"
        self._agent = f"{AGENT}/{__version__} ({who})"
        self._exchange = Exchange(
            self._settings, resolver=resolver, now=now, sleep=sleep, network=network, ssl_context=ssl_context
        )
        self._robots = Robots(self._ask_robots, now, self._settings.max_crawl_delay)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._exchange.close()

    def get(self, url: str, *, etag: str = "", last_modified: str = "", kind: Kind = "page") -> Fetched:
        """Fetch a URL; `etag` and `last_modified` are those of the last time.

        Raises PermanentFetchError for what will not work until somebody changes something (a refused address, robots,
        404, a wrong type, too large) and TransientFetchError for what may work later, with `retry_after`.
        """
        asked = normal_url(url)
        headers = {"Accept": _ACCEPT[kind], "Accept-Language": "id, en;q=0.8", "User-Agent": self._agent}
        conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        conditions = {name: value for name, value in conditions.items() if _VALIDATOR.fullmatch(value)}
        size = self._settings.page_bytes if kind == "page" else self._settings.feed_bytes

        def check_type(where: str, got: httpx.Headers) -> None:
            _check_type(where, _media_type(got), kind)

        def ask(where: str) -> Answer:
            pause = self._robots.check(where)
            return self._exchange.ask(where, headers | conditions, size, pause=pause, check=check_type)

        answer, moved_to = _followed(asked, ask)
        if answer.status not in (200, 304) or (answer.status == 304 and not conditions):
            raise _failed(answer)
        unmodified = answer.status == 304
        content, media_type = (b"", _media_type(answer.headers)) if unmodified else _understood(answer, kind, size)
        charset = _CHARSET.search(answer.headers.get("content-type", ""))
        return Fetched(
            asked=asked,
            url=answer.url,
            status=answer.status,
            content=content,
            media_type=media_type,
            charset=charset[1].lower() if charset else "",
            etag=_validator(answer.headers, "etag") or (etag if unmodified else ""),
            last_modified=_validator(answer.headers, "last-modified") or (last_modified if unmodified else ""),
            moved_to=moved_to,
            not_modified=unmodified,
            retry_after=retry_after(answer.headers),
        )

    def _ask_robots(self, url: str) -> tuple[int, bytes]:
        def ask(where: str) -> Answer:
            return self._exchange.ask(where, {"User-Agent": self._agent, "Accept": "text/plain"}, MAX_BYTES, cut=True)

        answer, _ = _followed(url, ask)
        if answer.status == 429 or answer.status >= 500:
            raise _failed(answer)
        return answer.status, answer.content


def _followed(url: str, ask: Callable[[str], Answer]) -> tuple[Answer, str]:
    """The answer at the end of all redirects, and where the URL has moved to for good."""
    seen, moved_to, for_good = [url], "", True
    while (answer := ask(seen[-1])).status in _REDIRECTS:
        target = _target(answer)
        if target in seen:
            raise _misled(answer, "redirects in a circle")
        if len(seen) > MAX_REDIRECTS:
            raise _misled(answer, f"redirects more than {MAX_REDIRECTS} times")
        for_good = for_good and answer.status in _MOVED
        moved_to = target if for_good else moved_to
        seen.append(target)
    return answer, moved_to


def _target(answer: Answer) -> str:
    location = answer.headers.get("location", "").strip()
    if not location:
        raise _misled(answer, "redirects to nowhere")
    try:
        target = str(httpx.URL(answer.url).join(location))
    except (httpx.InvalidURL, UnicodeError, ValueError) as e:
        raise _misled(answer, "redirects to what is no address") from e
    target = normal_url(target)
    if answer.url.startswith("https:") and target.startswith("http:"):
        # Anybody on the way could put words into the publisher's mouth.
        raise _misled(answer, f"redirects from https to {shown(target)}, where nothing is protected")
    return target


def _misled(answer: Answer, what: str) -> PermanentFetchError:
    return PermanentFetchError(f"{shown(answer.url)}: {what}; check the address", status=answer.status)


def _failed(answer: Answer) -> FetchError:
    status = answer.status
    try:
        what = f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        what = str(status)
    wait = retry_after(answer.headers) or (RETRY_AFTER_429 if status == 429 else 0.0)
    if 400 <= status < 500 and status not in _LATER:
        return PermanentFetchError(f"{shown(answer.url)}: the server answers {what}; check the address", status=status)
    when = f"in {wait:.0f} s" if wait and status in BUSY else "later"
    message = f"{shown(answer.url)}: the server answers {what}; try {when}"
    return TransientFetchError(message, status=status, retry_after=wait)


def _understood(answer: Answer, kind: Kind, size: int) -> tuple[bytes, str]:
    """The content and its type; a packed file is unpacked, and a type that was not said is told by the first bytes."""
    content, media_type = answer.content, _media_type(answer.headers)
    for _ in range(2):  # a packed file holds something else, and that is the end of it
        if media_type in _UNSAID:
            start = content[:200].removeprefix(b"\xef\xbb\xbf").lstrip()[:5].lower()
            media_type = next((name for magic, name in _MAGIC if start.startswith(magic.lower())), "")
        if media_type not in _GZIP:
            break
        content, media_type = _unpacked_file(answer.url, content, size), ""
    if media_type not in _TYPES[kind] or media_type in _GZIP:
        raise _wrong_type(answer.url, media_type, kind)
    return content, media_type


def _unpacked_file(url: str, content: bytes, size: int) -> bytes:
    body = bytearray()
    try:
        for piece in unpacked(slices(content), "gzip"):
            body += piece
            if len(body) > size:
                raise too_large(url, size)
    except UnpackError as e:
        raise TransientFetchError(f"{shown(url)}: the packed file is damaged ({e}); try later") from e
    return bytes(body)


def _media_type(headers: httpx.Headers) -> str:
    return str(headers.get("content-type", "")).split(",")[0].split(";")[0].strip().lower()


def _check_type(url: str, media_type: str, kind: Kind) -> None:
    if media_type not in _TYPES[kind] and media_type not in _UNSAID:
        raise _wrong_type(url, media_type, kind)


def _wrong_type(url: str, media_type: str, kind: Kind) -> PermanentFetchError:
    what = f"the content is {media_type[:60]!r}" if media_type else "the content is of no known type"
    wanted = {"page": "a web page, text or PDF", "feed": "a feed or sitemap", "any": "a page or feed"}[kind]
    return PermanentFetchError(f"{shown(url)}: {what}, not {wanted}; give another address", status=200)


def _validator(headers: httpx.Headers, name: str) -> str:
    value = str(headers.get(name, "")).strip()
    return value if _VALIDATOR.fullmatch(value) else ""
