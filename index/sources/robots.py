"""robots.txt (RFC 9309): what a site lets be read, and how slowly. Parsed by Protego, kept for a day."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
from protego import Protego

from index.sources.failures import PermanentFetchError, TransientFetchError, shown

AGENT = "WartaMitra"
"""The name that a robots.txt may address us by."""
DAY = 86_400.0
RETRY = 600.0
"""Seconds until a robots.txt that could not be read is asked for again; nothing else of the site is, meanwhile."""
MAX_BYTES = 500 * 1024
"""What RFC 9309 asks to be read at least; the rest is ignored."""
REMEMBERED = 2_000
"""Sites; a parsed robots.txt may take megabytes, so not every site that was ever linked to is kept."""

Ask = Callable[[str], tuple[int, bytes]]
"""URL of a robots.txt → status and content, after redirects. Raises FetchError."""

_AGENT_LINE = re.compile(r"\s*user[- ]?agent\s*[:\s]\s*(.*)", re.IGNORECASE)
_UNREACHABLE = "robots.txt cannot be read now, so nothing of the site may be; try later"


@dataclass(slots=True)
class _Site:
    lock: threading.Lock = field(default_factory=threading.Lock)
    rules: Protego | None = None
    until: float = float("-inf")
    unreachable: bool = False


class Robots:
    """Answers from the robots.txt of any site, asking each site once a day. Safe to use from several threads."""

    def __init__(self, ask: Ask, now: Callable[[], float], max_delay: float) -> None:
        self._ask = ask
        self._now = now
        self._max_delay = max_delay
        self._sites: OrderedDict[str, _Site] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, url: str) -> float:
        """Seconds of pause that the site asks for (Crawl-delay), at most `max_delay`.

        Raises PermanentFetchError where the URL is disallowed and TransientFetchError where that cannot be known now.
        A site without a robots.txt (4xx) allows everything. Where one cannot be renewed, the old one goes on.
        """
        parsed = httpx.URL(url)
        if parsed.raw_path == b"/robots.txt":
            return 0.0
        site = self._site(f"{parsed.scheme}://{parsed.netloc.decode('ascii')}")
        with site.lock:
            if self._now() >= site.until:
                self._renew(site, str(parsed.copy_with(raw_path=b"/robots.txt")))
            if site.unreachable:
                left = site.until - self._now()
                raise TransientFetchError(f"{shown(url)}: the site's {_UNREACHABLE}", retry_after=max(left, 0.0))
            if site.rules is None:
                return 0.0
            if not site.rules.can_fetch(url, AGENT):
                raise PermanentFetchError(
                    f"{shown(url)}: the site's robots.txt does not let {AGENT} read this page; ask the publisher"
                )
            return min(site.rules.crawl_delay(AGENT) or 0.0, self._max_delay)

    def _site(self, origin: str) -> _Site:
        with self._lock:
            site = self._sites.setdefault(origin, _Site())
            self._sites.move_to_end(origin)
            if len(self._sites) > REMEMBERED:
                self._sites.popitem(last=False)
            return site

    def _renew(self, site: _Site, url: str) -> None:
        try:
            status, content = self._ask(url)
        except TransientFetchError as e:
            site.until = self._now() + max(RETRY, e.retry_after)
            site.unreachable = site.rules is None
            return
        except PermanentFetchError as e:
            if e.status == 0:  # the address itself is refused
                raise
            status, content = e.status, b""
        site.until = self._now() + DAY
        site.unreachable = False
        site.rules = parsed_rules(content) if status == 200 else None


def parsed_rules(content: bytes) -> Protego:
    """The rules of a robots.txt that concern us.

    Other robots' names are made one: Protego keeps every rule of a group once for each of its names, so that half a
    megabyte of names and rules would become a hundred million of them.
    """
    lines = []
    for raw in content[:MAX_BYTES].decode("utf-8-sig", "replace").splitlines():
        line = raw.partition("#")[0]
        if match := _AGENT_LINE.fullmatch(line):
            name = match[1].split("/")[0].strip().lower()
            line = f"User-agent: {name if name in ('*', AGENT.lower()) else 'another'}"
        lines.append(line)
    return Protego.parse("\n".join(lines))
