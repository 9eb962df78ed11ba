"""One request and its answer: within the guard, in turn, up to a size, by a deadline. No redirects, no cookies."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import httpcore
import httpx

from index.sources.addresses import Guard, Resolver, resolve
from index.sources.failures import PermanentFetchError, TransientFetchError, shown
from index.sources.hosts import Hosts
from index.sources.unpack import ACCEPTED, UnpackError, known, unpacked
from index.sources.wire import Wire, too_large

BUSY = frozenset({429, 503})
MAX_RETRY_AFTER = 7 * 86_400.0
RETRY_AFTER_429 = 60.0
"""Seconds, where a server does not say how long."""
MAX_CHUNKS = 100_000
"""Of one answer. A chunk costs some 10 µs: 20 MB in chunks of one byte would keep a processor busy for a minute."""
_KEPT_CONNECTIONS = 32
_KEPT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class FetchSettings:
    """What a person may choose about fetching."""

    allow: tuple[str, ...] = ()
    """Networks and hosts that may be fetched though they are not public (see Guard)."""
    project_url: str = ""
    """Where a publisher can read who is asking; it goes into the User-Agent."""
    page_bytes: int = 10_000_000
    feed_bytes: int = 20_000_000
    """Unpacked."""
    deadline: float = 60.0
    """Seconds for one whole answer, from connecting to its last byte; each redirect is an answer."""
    connect_timeout: float = 10.0
    read_timeout: float = 20.0
    """Seconds without a single byte."""
    pause: float = 1.0
    """Seconds between two requests to a host."""
    per_host: int = 1
    """Requests to a host at the same time."""
    max_crawl_delay: float = 30.0
    """Seconds; a site that asks for more gets this."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said."""

    url: str
    status: int
    headers: httpx.Headers
    content: bytes
    """Unpacked; read for status 200 only."""


class Exchange:
    """Asks servers. Safe to use from several threads; close() it at the end."""

    def __init__(
        self,
        settings: FetchSettings,
        *,
        resolver: Resolver = resolve,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        network: httpcore.NetworkBackend | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._settings = settings
        self._hosts = Hosts(settings.per_host, now, sleep)
        self._wire = Wire(Guard(settings.allow, resolver), now, network)
        # httpcore itself knows no cookies, no redirects and no proxies from the environment.
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl_context or httpcore.default_ssl_context(),
            max_connections=None,
            max_keepalive_connections=_KEPT_CONNECTIONS,
            keepalive_expiry=_KEPT_SECONDS,
            network_backend=self._wire,
        )

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()

    def ask(
        self,
        url: str,
        headers: dict[str, str],
        size: int,
        *,
        pause: float = 0.0,
        check: Callable[[str, httpx.Headers], None] | None = None,
        cut: bool = False,
    ) -> Answer:
        """GET a URL that normal_url has written.

        `check(url, headers)` may raise before the content of a 200 is read. More than `size` bytes, unpacked, raise
        PermanentFetchError, or are left out where `cut` is set. `pause` is kept where it is longer than the setting.
        """
        parsed = httpx.URL(url)
        sent: list[tuple[str | bytes, str | bytes]] = [("Host", parsed.netloc), ("Accept-Encoding", ACCEPTED)]
        sent += headers.items()
        with self._hosts.turn(parsed.host, max(self._settings.pause, pause)):
            answer = self._exchanged(url, sent, size, check, cut)
            wait = retry_after(answer.headers) or (RETRY_AFTER_429 if answer.status == 429 else 0.0)
            if answer.status in BUSY and wait:
                # Inside the turn, so that a thread that waits for the next one finds the host quiet.
                self._hosts.quiet(parsed.host, wait)
        return answer

    def _exchanged(
        self,
        url: str,
        headers: Sequence[tuple[str | bytes, str | bytes]],
        size: int,
        check: Callable[[str, httpx.Headers], None] | None,
        cut: bool,
    ) -> Answer:
        timeouts = {
            "connect": self._settings.connect_timeout,
            "read": self._settings.read_timeout,
            "write": self._settings.read_timeout,
            "pool": self._settings.connect_timeout,
        }
        try:
            with (
                self._wire.budget(url, self._settings.deadline, size),
                self._pool.stream("GET", url, headers=headers, extensions={"timeout": timeouts}) as response,
            ):
                got = httpx.Headers(response.headers)
                if response.status != 200:
                    if response.status == 304:
                        _ended(response.iter_stream())
                    return Answer(url, response.status, got, b"")
                if check is not None:
                    check(url, got)
                return Answer(url, 200, got, _content(url, response, got, size, cut))
        except httpcore.TimeoutException as e:
            raise TransientFetchError(f"{shown(url)}: the server does not answer in time; try later") from e
        except (httpcore.NetworkError, httpcore.ProtocolError) as e:
            raise TransientFetchError(f"{shown(url)}: {_trouble(e)}; try later") from e


def _content(url: str, response: httpcore.Response, headers: httpx.Headers, size: int, cut: bool) -> bytes:
    coding = headers.get("content-encoding", "").strip().lower()
    if not known(coding):
        raise PermanentFetchError(f"{shown(url)}: packed as {coding[:40]!r}, which was not asked for", status=200)
    length = headers.get("content-length", "")
    unpacks = coding not in ("", "identity")
    if not cut and not unpacks and length.isdecimal() and len(length) < 20 and int(length) > size:
        raise too_large(url, size)
    body, chunks = bytearray(), _counted(url, response.iter_stream())
    try:
        for piece in unpacked(chunks, coding):
            body += piece
            if len(body) > size:
                if not cut:
                    raise too_large(url, size)
                return bytes(body[:size])
    except UnpackError as e:
        raise TransientFetchError(f"{shown(url)}: the answer cannot be unpacked ({coding}: {e}); try later") from e
    _ended(chunks)
    return bytes(body)


def _ended(chunks: Iterator[bytes]) -> None:
    # Only an answer that was read to its end leaves a connection that can be used again.
    next(chunks, b"")


def _counted(url: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
    for number, chunk in enumerate(chunks):
        if number == MAX_CHUNKS:
            raise PermanentFetchError(f"{shown(url)}: sent in more than {MAX_CHUNKS:,} pieces; give another address")
        yield chunk


def _trouble(error: Exception) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"the server's certificate is not valid for it ({cause.verify_message})"
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpcore.ConnectError):
        return "no connection to the server"
    return "the server's answer broke off or is not HTTP"


def retry_after(headers: httpx.Headers) -> float:
    """Seconds that a Retry-After asks for, 0 without one. A date counts from the server's own clock, its Date."""
    value = headers.get("retry-after", "").strip()
    if value.isdecimal() and value.isascii():
        return min(float(value[:10]), MAX_RETRY_AFTER)
    try:
        until = parsedate_to_datetime(value)
        seconds = (until - parsedate_to_datetime(headers["date"])).total_seconds()
    except (KeyError, ValueError, TypeError, OverflowError):
        return 0.0
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)
