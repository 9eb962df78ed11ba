from __future__ import annotations

import contextlib
import functools
import gzip
import itertools
import json
import os
import socket
import ssl
import struct
import subprocess
import sys
import threading
import tracemalloc
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import brotli
import pytest
import trustme
from web import Asked, Clock, Internet, Reply, Site, html, redirect

from index import __version__
from index.errors import SettingsError, SourceError
from index.sources.fetch import (
    Fetched,
    Fetcher,
    FetchError,
    FetchSettings,
    PermanentFetchError,
    TransientFetchError,
)
from index.sources.robots import DAY, RETRY
from index.sources.unpack import STEP, UnpackError, unpacked

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ROOT = Path(__file__).resolve().parent.parent
HOST = "berita.example"
URL = f"http://{HOST}"
MB = 1_000_000
PAGE = html("<p>Grab membuka GrabVenue di 49 stasiun.</p>")
packed = functools.partial(gzip.compress, mtime=0)
"""Without the time of day, which would give every worker of the test run other test names."""


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        yield site


@pytest.fixture
def internet(site: Site) -> Internet:
    return Internet({HOST: site, "lain.example": site})


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def door(internet: Internet, clock: Clock) -> Iterator[Callable[..., Fetcher]]:
    """Makes fetchers that see only the test's own internet and clock."""
    with contextlib.ExitStack() as stack:

        def make(ssl_context: ssl.SSLContext | None = None, **settings: Any) -> Fetcher:
            return stack.enter_context(
                Fetcher(
                    FetchSettings(**settings),
                    resolver=internet.resolve,
                    now=clock.now,
                    sleep=clock.sleep,
                    network=internet,
                    ssl_context=ssl_context,
                )
            )

        yield make


@pytest.fixture
def fetcher(door: Callable[..., Fetcher]) -> Fetcher:
    return door()


def pages(site: Site) -> list[str]:
    """What was asked for but robots.txt."""
    return [path for path in site.paths() if path != "/robots.txt"]


# What comes back


def test_a_page(site: Site, fetcher: Fetcher) -> None:
    site.put("/a", html("<p>é</p>", ETag='"1"', Last_Modified="Mon, 23 Nov 2026 01:00:00 GMT"))
    assert fetcher.get(f"HTTP://{HOST.upper()}:80/a#x") == Fetched(
        asked=f"{URL}/a",
        url=f"{URL}/a",
        status=200,
        content="<p>é</p>".encode(),
        media_type="text/html",
        charset="utf-8",
        etag='"1"',
        last_modified="Mon, 23 Nov 2026 01:00:00 GMT",
        moved_to="",
        not_modified=False,
        retry_after=0.0,
    )


def test_what_is_sent(site: Site, internet: Internet, door: Callable[..., Fetcher], monkeypatch: Any) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    site.put("/a", html("a", Set_Cookie="id=1"))
    fetcher = door(project_url="https://warta.example/tentang")
    fetcher.get(f"{URL}:8080/a?b=c")
    fetcher.get(f"{URL}:8080/a?b=d")
    for asked in site.asked:
        assert asked.headers["host"] == f"{HOST}:8080"
        assert asked.headers["user-agent"] == f"WartaMitra/{__version__} (+https://warta.example/tentang)"
        assert asked.headers["accept-encoding"] == "gzip, deflate, br, zstd"
        assert not set(asked.headers) & {"cookie", "authorization", "referer"}
    assert site.paths() == ["/robots.txt", "/a?b=c", "/a?b=d"]
    assert internet.connected == [("93.184.216.1", 8080)] * len(internet.connected)
    door().get(f"{URL}/a")
    assert site.asked[-1].headers["user-agent"] == f"WartaMitra/{__version__} (news reader)"


def test_conditional_requests(site: Site, fetcher: Fetcher) -> None:
    def answer(asked: Asked) -> Reply:
        known = asked.headers.get("if-none-match") == 'W/"1"'
        return Reply(304, framed=False) if known else html("a", ETag='W/"1"')

    site.put("/a", answer)
    first = fetcher.get(f"{URL}/a")
    again = fetcher.get(f"{URL}/a", etag=first.etag, last_modified="Mon, 23 Nov 2026 01:00:00 GMT")
    assert (again.status, again.not_modified, again.content, again.etag) == (304, True, b"", 'W/"1"')
    assert again.last_modified == site.asked[-1].headers["if-modified-since"] == "Mon, 23 Nov 2026 01:00:00 GMT"
    assert "if-none-match" not in site.asked[1].headers


@pytest.mark.parametrize("coding", ["identity", "gzip", "deflate", "br", "zstd"])
def test_connections_are_used_again(site: Site, fetcher: Fetcher, coding: str) -> None:
    headers = {"Content-Type": "text/html", "Content-Encoding": coding}
    site.put("/robots.txt", Reply(404, close=True))
    site.put("/a", Reply(200, headers, PACKERS[coding](b"a")), Reply(304, framed=False), Reply(200, headers, b""))
    for _ in range(3):
        fetcher.get(f"{URL}/a", etag='"1"')
    assert site.connections == 2


def test_a_stored_validator_cannot_add_headers(site: Site, fetcher: Fetcher) -> None:
    site.put("/a", PAGE)
    fetcher.get(f"{URL}/a", etag='"1"\r\nX-Evil: 1', last_modified="é")
    assert not set(site.asked[-1].headers) & {"x-evil", "if-none-match", "if-modified-since"}


def test_not_modified_without_having_asked(site: Site, fetcher: Fetcher) -> None:
    site.put("/a", Reply(304, framed=False))
    with pytest.raises(TransientFetchError, match="304"):
        fetcher.get(f"{URL}/a")


@pytest.mark.parametrize(
    ("said", "start", "kind", "media_type"),
    [
        ("text/html; charset=ISO-8859-1", b"<p>", "page", "text/html"),
        ("Text/HTML, text/html", b"<p>", "page", "text/html"),
        ("application/xhtml+xml", b"<p>", "page", "application/xhtml+xml"),
        ("application/pdf", b"%PDF-1.7", "page", "application/pdf"),
        ("text/plain", b"a", "page", "text/plain"),
        ("", b" \n<!DOCTYPE html>", "page", "text/html"),
        ("application/octet-stream", b"%PDF-1.7", "page", "application/pdf"),
        ("application/rss+xml", b"<rss/>", "feed", "application/rss+xml"),
        ("application/atom+xml", b"<feed/>", "feed", "application/atom+xml"),
        ("text/xml", b"<rss/>", "feed", "text/xml"),
        ("application/feed+json", b"{}", "feed", "application/feed+json"),
        ("application/json", b"{}", "feed", "application/json"),
        ("text/html", b"<rss/>", "feed", "text/html"),
        ("", b"\xef\xbb\xbf<?xml version='1.0'?>", "feed", "application/xml"),
        ("", b'{"version": 1}', "feed", "application/json"),
        ("application/gzip", packed(b"<?xml version='1.0'?><urlset/>"), "feed", "application/xml"),
        ("application/octet-stream", packed(b"<rss/>"), "feed", "application/xml"),
        ("application/pdf", b"%PDF-1.7", "any", "application/pdf"),
        ("application/rss+xml", b"<rss/>", "any", "application/rss+xml"),
    ],
)
def test_types_that_are_wanted(
    site: Site, fetcher: Fetcher, said: str, start: bytes, kind: Any, media_type: str
) -> None:
    site.put("/a", Reply(200, {"Content-Type": said} if said else {}, start))
    fetched = fetcher.get(f"{URL}/a", kind=kind)
    assert fetched.media_type == media_type
    assert fetched.content == (gzip.decompress(start) if start.startswith(b"\x1f\x8b") else start)
    assert fetched.charset == ("iso-8859-1" if "ISO" in said else "")


@pytest.mark.parametrize(
    ("said", "content", "kind"),
    [
        ("image/jpeg", b"<p>", "page"), ("video/mp4", b"", "page"), ("application/zip", b"PK", "any"),
        ("application/rss+xml", b"<rss/>", "page"), ("application/pdf", b"%PDF-", "feed"), ("audio/mpeg", b"", "feed"),
        ("", b"\x89PNG", "page"), ("", b"", "page"), ("application/octet-stream", b"MZ", "any"),
        ("", b"{}", "page"), ("application/gzip", packed(b"MZ"), "feed"),
        ("application/gzip", packed(packed(packed(b"<rss/>"))), "feed"),
    ],
)  # fmt: skip
def test_types_that_are_not(site: Site, fetcher: Fetcher, said: str, content: bytes, kind: Any) -> None:
    site.put("/a", Reply(200, {"Content-Type": said} if said else {}, content))
    with pytest.raises(PermanentFetchError, match="give another address"):
        fetcher.get(f"{URL}/a", kind=kind)


def test_a_wrong_type_is_not_even_read(site: Site, fetcher: Fetcher) -> None:
    site.put("/a", Reply(200, {"Content-Type": "video/mp4"}, itertools.repeat(b"x" * 10_000)))
    with pytest.raises(PermanentFetchError, match="video/mp4"):
        fetcher.get(f"{URL}/a")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
def test_answers_that_will_stay(site: Site, fetcher: Fetcher, status: int) -> None:
    site.put("/a", Reply(status, {}, b"x"))
    with pytest.raises(PermanentFetchError, match=f"{status}") as caught:
        fetcher.get(f"{URL}/a")
    assert caught.value.status == status
    assert isinstance(caught.value, SourceError)


@pytest.mark.parametrize("status", [202, 204, 206, 408, 425, 500, 502, 503, 504, 520, 599])
def test_answers_that_may_change(site: Site, fetcher: Fetcher, status: int) -> None:
    site.put("/a", Reply(status, framed=False, close=True))
    with pytest.raises(TransientFetchError, match=f"{status}") as caught:
        fetcher.get(f"{URL}/a")
    assert (caught.value.status, caught.value.retry_after) == (status, 0.0)


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (429, {"Retry-After": "120"}, 120.0),
        (503, {"Retry-After": "43838"}, 43_838.0),
        (429, {}, 60.0),
        (429, {"Retry-After": "soon"}, 60.0),
        (429, {"Retry-After": "9" * 5_000}, 7 * DAY),
        (503, {"Retry-After": "Mon, 23 Nov 2026 01:10:00 GMT", "Date": "Mon, 23 Nov 2026 01:00:00 GMT"}, 600.0),
        (429, {"Retry-After": "Mon, 23 Nov 2026 01:10:00 GMT"}, 60.0),
    ],
)
def test_a_busy_host_is_left_alone(
    site: Site, fetcher: Fetcher, clock: Clock, status: int, headers: dict[str, str], seconds: float
) -> None:
    site.put("/a", Reply(status, headers))
    site.put("/b", PAGE)
    with pytest.raises(TransientFetchError, match=f"{status}") as caught:
        fetcher.get(f"{URL}/a")
    assert (caught.value.status, caught.value.retry_after) == (status, seconds)
    with pytest.raises(TransientFetchError, match="left alone") as caught:
        fetcher.get(f"{URL}/b")
    assert caught.value.retry_after == seconds
    assert pages(site) == ["/a"]
    clock.time += seconds
    assert fetcher.get(f"{URL}/b").status == 200


# Where it may go


PRIVATE = [
    "http://127.0.0.1/", "http://127.0.0.1:8080/", "http://127.1.2.3/", "http://127.1/", "http://127.0.1/",
    "http://2130706433/", "http://0x7f000001/", "http://0x7F.0.0.1/", "http://0x7f.1/", "http://017700000001/",
    "http://0177.0.0.1/", "http://0177.0x0.0.1/", "http://127.0.0.1./", "http://127。0。0。1/", "http://１２７.0.0.1/",
    "http://0/", "http://0.0.0.0/", "http://localhost/", "http://LOCALHOST./", "http://a.localhost/",
    "http://[::1]/", "http://[0:0:0:0:0:0:0:1]/", "http://[::]/", "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/", "http://[::127.0.0.1]/", "http://[::ffff:0:127.0.0.1]/", "http://[64:ff9b::7f00:1]/",
    "http://[64:ff9b::10.0.0.1]/", "http://[2002:7f00:1::]/", "http://[2001:0:7f00:1::1]/", "http://[fe80::1]/",
    "http://[fe80::1%25eth0]/", "http://[fc00::1]/", "http://[fd00:ec2::254]/", "http://[ff02::1]/",
    "http://10.0.0.1/", "http://172.16.0.1/", "http://172.31.255.255/", "http://192.168.1.1/", "http://0300.0250.1.1/",
    "http://169.254.169.254/latest/meta-data/", "http://0xa9fea9fe/", "http://2852039166/", "http://100.64.0.1/",
    "http://100.100.100.200/", "http://168.63.129.16/", "http://198.18.0.1/", "http://224.0.0.1/",
    "http://240.0.0.1/", "http://255.255.255.255/", "http://192.0.0.192/", "https://127.0.0.1/", "https://[::1]/",
    "http://user:password@127.0.0.1/", "http://user@8.8.8.8/", "http://8.8.8.8@127.0.0.1/", "http://8.8.8.8:80@127.1/",
    "http://8.8.8.8\\@127.0.0.1/", "http://127.0.0.1\\.berita.example/", "http://127.0.0.1#@8.8.8.8/",
    "http://127.0.0.1?@8.8.8.8/", "http://dalam.example/", "http://dua.example/", "http://enam.example/",
    "http://berita.example:22/", "http://berita.example:6379/", "file:///etc/passwd", "file://127.0.0.1/etc/passwd",
    "ftp://127.0.0.1/", "gopher://127.0.0.1:6379/_INFO", "dict://127.0.0.1:11211/", "unix:///run/docker.sock",
]  # fmt: skip
"""None of these may be connected to, however they are spelled."""


@pytest.fixture
def victim() -> Iterator[Site]:
    with Site() as victim:
        victim.put("*", html("rahasia"))
        yield victim


@pytest.fixture
def hostile(internet: Internet, victim: Site) -> Internet:
    """An internet in which every address but the honest ones leads to the victim, and names say what they like."""
    internet.elsewhere = victim
    internet.addresses |= {
        "dalam.example": ["10.0.0.1"],
        "dua.example": ["8.8.8.8", "127.0.0.1"],
        "enam.example": ["::ffff:127.0.0.1"],
    }
    honest = internet.resolve

    def resolve(host: str, port: int) -> list[str]:
        with contextlib.suppress(OSError):  # getaddrinfo takes 127.1 and 0x7f000001 too
            return [socket.inet_ntoa(socket.inet_aton(host))]
        return ["127.0.0.1"] if "localhost" in host.lower() else honest(host, port)

    internet.resolve = resolve  # type: ignore[method-assign]
    return internet


@pytest.mark.parametrize("url", PRIVATE)
def test_private_addresses_are_not_reached(
    hostile: Internet, door: Callable[..., Fetcher], victim: Site, url: str
) -> None:
    with pytest.raises(PermanentFetchError) as caught:
        door().get(url)
    assert "password" not in str(caught.value).replace("user name or password", "").replace("/etc/passwd", "")
    assert victim.hits == 0
    assert hostile.connected == []


@pytest.mark.parametrize("url", [*PRIVATE, "//127.0.0.1/x", "///127.0.0.1", "http:127.0.0.1", "\\\\127.0.0.1\\x"])
def test_nor_by_a_redirect(hostile: Internet, door: Callable[..., Fetcher], site: Site, victim: Site, url: str) -> None:
    site.put("/a", redirect(url.encode().decode("latin-1")))
    with pytest.raises(FetchError):
        door().get(f"{URL}/a")
    assert victim.hits == 0
    assert {address for address, _ in hostile.connected} == {"93.184.216.1"}


def test_nor_for_the_sake_of_robots_txt(
    hostile: Internet, door: Callable[..., Fetcher], site: Site, victim: Site
) -> None:
    site.put("/robots.txt", redirect("http://127.0.0.1/robots.txt"))
    site.put("/a", PAGE)
    with pytest.raises(PermanentFetchError, match="this machine itself"):
        door().get(f"{URL}/a")
    assert victim.hits == 0


def test_the_connection_goes_to_the_address_that_was_judged(
    site: Site, internet: Internet, clock: Clock, victim: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the name's first answer is public, and every later one is this machine."""
    answers = [["93.184.216.1"]]
    looked_up: list[str] = []
    internet.elsewhere = victim

    def rebinding(host: str, port: int) -> list[str]:
        looked_up.append(host)
        return answers.pop(0) if answers else ["127.0.0.1"]

    real = socket.getaddrinfo
    asked_system: list[Any] = []

    def seen(host: Any, *arguments: Any, **named: Any) -> Any:
        asked_system.append(host)
        return real(host, *arguments, **named)

    monkeypatch.setattr(socket, "getaddrinfo", seen)
    site.put("/robots.txt", Reply(404, close=True))
    site.put("/a", PAGE)
    with Fetcher(resolver=rebinding, now=clock.now, sleep=clock.sleep, network=internet) as fetcher:
        with pytest.raises(PermanentFetchError, match=r"berita\.example leads to 127\.0\.0\.1"):
            fetcher.get(f"{URL}/a")  # robots.txt over the first connection, the page would need a second
        assert site.paths() == ["/robots.txt"]
        assert looked_up == [HOST, HOST]
        answers.append(["93.184.216.1"])
        assert fetcher.get(f"{URL}/a").status == 200
    assert looked_up == [HOST] * 3
    assert internet.connected == [("93.184.216.1", 80)] * 2
    assert HOST not in asked_system
    assert victim.hits == 0


def test_the_next_address_is_tried(site: Site, internet: Internet, fetcher: Fetcher) -> None:
    site.put("/a", PAGE)
    internet.addresses[HOST] = ["2400:cb00::1", "93.184.216.1"]
    assert fetcher.get(f"{URL}/a").status == 200
    assert internet.connected[:2] == [("2400:cb00::1", 80), ("93.184.216.1", 80)]


def test_an_intranet_that_a_person_allows(site: Site, clock: Clock) -> None:
    site.put("/a", PAGE)
    for allow in ("127.0.0.0/8", "127.0.0.1"):
        with Fetcher(FetchSettings(allow=(allow,)), now=clock.now, sleep=clock.sleep) as fetcher:
            assert fetcher.get(f"{site.url}/a").status == 200
    with Fetcher(now=clock.now, sleep=clock.sleep) as fetcher, pytest.raises(PermanentFetchError, match="allow"):
        fetcher.get(f"{site.url}/a")
    with pytest.raises(SettingsError):
        Fetcher(FetchSettings(allow=("*",)))


# TLS


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


def tls(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


def test_the_certificate_is_checked_against_the_name(
    clock: Clock, authority: trustme.CA, door: Callable[..., Fetcher], internet: Internet
) -> None:
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    with Site(tls=tls(authority, HOST)) as right, Site(tls=tls(authority, "lain.example", "93.184.216.1")) as wrong:
        for site in (right, wrong):
            site.put("/a", PAGE)
        for site, context in ((wrong, trusting), (right, None)):
            internet.sites["93.184.216.1"] = site
            with pytest.raises(TransientFetchError, match="certificate is not valid for it"):
                door(ssl_context=context).get(f"https://{HOST}/robots.txt")
            assert site.asked == []
        internet.sites["93.184.216.1"] = right
        assert door(ssl_context=trusting).get(f"https://{HOST}/a").status == 200
        assert set(right.server_names) == {HOST}


def test_from_https_to_http(door: Callable[..., Fetcher], authority: trustme.CA, internet: Internet) -> None:
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    with Site(tls=tls(authority, HOST)) as secure:
        secure.put("/a", redirect("http://lain.example/b"))
        internet.sites["93.184.216.1"] = secure
        with pytest.raises(PermanentFetchError, match=r"from https to http://lain\.example/b"):
            door(ssl_context=trusting).get(f"https://{HOST}/a")


# Redirects


@pytest.mark.parametrize(
    ("statuses", "moved_to"),
    [
        ([301], "/1"), ([308], "/1"), ([302], ""), ([303], ""), ([307], ""), ([301, 308, 301], "/3"),
        ([301, 302], "/1"), ([302, 301], ""), ([301, 302, 301], "/1"), ([301] * 5, "/5"),
    ],
)  # fmt: skip
def test_where_it_has_moved_to(site: Site, fetcher: Fetcher, statuses: list[int], moved_to: str) -> None:
    for number, status in enumerate(statuses):
        site.put(f"/{number}", redirect(f"{number + 1}", status))
    site.put(f"/{len(statuses)}", PAGE)
    fetched = fetcher.get(f"{URL}/0")
    assert (fetched.asked, fetched.url) == (f"{URL}/0", f"{URL}/{len(statuses)}")
    assert fetched.moved_to == (URL + moved_to if moved_to else "")


@pytest.mark.parametrize("target", ["", "http://", "http://[", "mailto:a@b.example", "http://a b/", "x" * 5_000])
def test_redirects_to_nowhere(site: Site, fetcher: Fetcher, target: str) -> None:
    site.put("/a", Reply(302, {"Location": target}))
    with pytest.raises(PermanentFetchError):
        fetcher.get(f"{URL}/a")


def test_redirects_without_an_end(site: Site, fetcher: Fetcher) -> None:
    site.put("/a", redirect("/b"))
    site.put("/b", redirect(f"{URL}/a#x"))
    with pytest.raises(PermanentFetchError, match="circle"):
        fetcher.get(f"{URL}/a")
    assert pages(site) == ["/a", "/b"]
    numbers = itertools.count()
    site.put("*", lambda asked: redirect(f"/{next(numbers)}"))
    with pytest.raises(PermanentFetchError, match="more than 5 times"):
        fetcher.get(f"{URL}/c")
    assert len(pages(site)) == 2 + 6


def test_robots_txt_of_every_hop(site: Site, internet: Internet, fetcher: Fetcher) -> None:
    with Site() as closed:
        closed.put("/robots.txt", Reply(body=b"User-agent: *\nDisallow: /"))
        internet.sites["93.184.216.2"] = closed
        site.put("/a", redirect("http://lain.example/b"))
        with pytest.raises(PermanentFetchError, match=r"robots\.txt"):
            fetcher.get(f"{URL}/a")
        assert closed.paths() == ["/robots.txt"]


# How much and how long


ENDLESS = {
    "chunked": lambda: Reply(200, {"Content-Type": "text/html"}, itertools.repeat(b"x" * 50_000, 20_000)),
    "until the end": lambda: Reply(
        200, {"Content-Type": "text/html"}, itertools.repeat(b"x" * 50_000, 20_000), framed=False, close=True
    ),
    "said": lambda: Reply(
        200,
        {"Content-Type": "text/html", "Content-Length": "1000000000"},
        itertools.repeat(b"x" * 50_000, 20_000),
        framed=False,
    ),
    "tiny chunks": lambda: Reply(
        raw=itertools.chain(
            [b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"],
            itertools.repeat(b"1\r\nx\r\n" * 5_000),
        )
    ),
    "padded chunks": lambda: Reply(
        raw=itertools.chain(
            [b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"],
            itertools.repeat(b"1;" + b"x" * 5_000 + b"\r\nx\r\n"),
        )
    ),
}
"""1 GB or more."""


def again(piece: bytes, count: int, head: bytes = b"") -> Iterator[bytes]:
    """A head and then a piece so many times, a few together."""
    return itertools.chain([head], itertools.repeat(piece * 64, count // 64))


def gzip_bomb() -> Iterator[bytes]:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = packer.compress(bytes(MB)) + packer.flush(zlib.Z_FULL_FLUSH)  # begins anew, so that it can be repeated
    return again(piece, 10_240, b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03")


def deflate_bomb() -> Iterator[bytes]:
    return itertools.chain([b"\x78\x9c"], itertools.islice(gzip_bomb(), 1, None))


def brotli_bomb() -> Iterator[bytes]:
    packer = brotli.Compressor(quality=1)
    head, piece = (packer.process(bytes(16 * MB)) + packer.flush() for _ in range(2))
    return again(piece, 640, head)


def zstd_bomb() -> Iterator[bytes]:
    """One frame of blocks of 128 KB that are a repeated byte: 4 bytes each."""
    block = struct.pack("<I", (128 * 1024) << 3 | 1 << 1)[:3] + b"x"
    return again(block, 81_920, b"\x28\xb5\x2f\xfd\x00\x58")


def zstd_frames() -> Iterator[bytes]:
    return again(zstd.compress(bytes(128 * MB)), 128)


def gzip_members() -> Iterator[bytes]:
    return again(gzip.compress(bytes(10 * MB)), 1_024)


BOMBS: dict[str, tuple[str, Callable[[], Iterator[bytes]]]] = {
    "gzip": ("gzip", gzip_bomb),
    "deflate": ("deflate", deflate_bomb),
    "raw deflate": ("deflate", lambda: itertools.islice(gzip_bomb(), 1, None)),
    "br": ("br", brotli_bomb),
    "zstd": ("zstd", zstd_bomb),
    "zstd frames": ("zstd", zstd_frames),
    "gzip members": ("gzip", gzip_members),
}
"""10 GB, from at most 10 MB."""

CHILD = """
import json, resource, sys
from index.sources.fetch import Fetcher, FetchSettings, FetchError
from web import html
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
with Fetcher(FetchSettings(allow=("127.0.0.0/8",), pause=0), sleep=lambda seconds: None) as fetcher:
    fetcher.get(sys.argv[1] + "/small")
    before = peak()
    for path in sys.argv[2:]:
        try:
            what = str(len(fetcher.get(sys.argv[1] + path, kind="feed").content))
        except FetchError as e:
            what = f"{type(e).__name__}: {e}"
        print(json.dumps([path, what, peak() - before]))
"""


def test_a_gigabyte_costs_little_memory(site: Site) -> None:
    """In a process of its own, because what decompressors hold is not Python's and only the process shows it."""
    site.put("/small", html("a"))
    for number, endless in enumerate(ENDLESS.values()):
        site.put(f"/endless{number}", endless())
    for number, (coding, bomb) in enumerate(BOMBS.values()):
        site.put(f"/bomb{number}", Reply(200, {"Content-Type": "text/html", "Content-Encoding": coding}, bomb()))
    paths = [f"/endless{number}" for number in range(len(ENDLESS))] + [f"/bomb{number}" for number in range(len(BOMBS))]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests"), *sys.path])}
    command = [sys.executable, "-c", CHILD, site.url, *paths]
    ran = subprocess.run(command, env=environ, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    told = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [path for path, *_ in told] == paths
    for path, what, grown in told:
        assert what.startswith("PermanentFetchError: "), (path, what)
        assert "larger than 20 MB" in what or "in more than 100,000 pieces" in what, (path, what)
        assert grown < 100 * MB, (path, grown)


@pytest.mark.parametrize("name", ENDLESS)
def test_stops_at_the_cap(site: Site, door: Callable[..., Fetcher], name: str) -> None:
    site.put("/a", ENDLESS[name]())
    with pytest.raises(PermanentFetchError, match=r"larger than 0\.1 MB"):
        door(page_bytes=100_000).get(f"{URL}/a")


@pytest.mark.parametrize(("length", "kind", "fits"), [(100_000, "page", 1), (100_001, "page", 0), (200_000, "feed", 1)])
def test_the_cap_itself_is_allowed(
    site: Site, door: Callable[..., Fetcher], length: int, kind: Any, fits: bool
) -> None:
    fetcher = door(page_bytes=100_000, feed_bytes=200_000)
    body = os.urandom(length)
    site.put("/whole", Reply(200, {"Content-Type": "text/html"}, body))
    site.put("/chunks", Reply(200, {"Content-Type": "text/html"}, [body[:9], body[9:]]))
    site.put("/packed", Reply(200, {"Content-Type": "text/html", "Content-Encoding": "gzip"}, gzip.compress(body)))
    for path in ("/whole", "/chunks", "/packed"):
        if fits:
            assert fetcher.get(URL + path, kind=kind).content == body
        else:
            with pytest.raises(PermanentFetchError, match=r"larger than 0\.1 MB"):
                fetcher.get(URL + path, kind=kind)


def test_a_length_that_is_too_large_is_believed(site: Site, fetcher: Fetcher) -> None:
    site.put("/a", Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1000000000\r\n\r\n"))
    with pytest.raises(PermanentFetchError, match="larger than 10 MB"):
        fetcher.get(f"{URL}/a")


def test_a_page_in_crumbs(site: Site, fetcher: Fetcher) -> None:
    site.put("/a", ENDLESS["tiny chunks"]())
    with pytest.raises(PermanentFetchError, match="in more than 100,000 pieces"):
        fetcher.get(f"{URL}/a")


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_unpacked_in_steps(name: str) -> None:
    """However much one chunk unpacks to, it is given out in small pieces, and only as far as they are taken."""
    coding, bomb = BOMBS[name]
    whole = b"".join(bomb())
    assert len(whole) < 12 * MB
    tracemalloc.start()
    try:
        taken = 0
        for piece in unpacked([whole[: 1 * MB]], coding):
            assert len(piece) <= 2 * STEP
            taken += len(piece)
            if taken > 10 * MB:
                break
        assert taken > 10 * MB
        assert tracemalloc.get_traced_memory()[1] < 6 * MB
    finally:
        tracemalloc.stop()


def test_a_zstd_frame_may_not_ask_for_much_memory() -> None:
    options = {zstd.CompressionParameter.window_log: 27, zstd.CompressionParameter.compression_level: 1}
    packer = zstd.ZstdCompressor(options=options)
    packed = packer.compress(os.urandom(MB)) + packer.flush()
    with pytest.raises(UnpackError):
        list(unpacked([packed], "zstd"))


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": lambda data: gzip.compress(data[:1_000]) + gzip.compress(data[1_000:]),
    "deflate": zlib.compress,
    "Deflate": lambda data: zlib.compress(data)[2:-4],
    "br": brotli.compress,
    "zstd": zstd.compress,
    "ZSTD": lambda data: zstd.compress(data[:1_000]) + zstd.compress(data[1_000:]),
    "identity": bytes,
}


@pytest.mark.parametrize("coding", PACKERS)
@pytest.mark.parametrize("size", [0, 1, 70_000, 400_000])
def test_what_is_packed_comes_out_as_it_was(coding: str, size: int, site: Site, fetcher: Fetcher) -> None:
    data = (b"<p>Grab membuka GrabVenue" + os.urandom(40) + bytes(200)) * (size // 265 + 1)
    data = data[:size]
    packed = PACKERS[coding](data)
    headers = {"Content-Type": "text/html", "Content-Encoding": coding}
    site.put("/a", Reply(200, headers, packed))
    site.put("/b", Reply(200, headers, [packed[at : at + 1 + at % 4_093] for at in _cuts(len(packed))]))
    assert fetcher.get(f"{URL}/a").content == data
    assert fetcher.get(f"{URL}/b").content == data


def _cuts(length: int) -> Iterator[int]:
    at = 0
    while at < length:
        yield at
        at += 1 + at % 4_093


@pytest.mark.parametrize("coding", ["gzip", "deflate", "Deflate", "br", "zstd"])
@pytest.mark.parametrize(
    "damage", [lambda packed: packed[:-20], lambda packed: b"<p>" + packed, lambda packed: packed[:1]]
)
def test_damaged_packing(site: Site, fetcher: Fetcher, coding: str, damage: Callable[[bytes], bytes]) -> None:
    packed = damage(PACKERS[coding](os.urandom(2_000)))
    site.put("/a", Reply(200, {"Content-Type": "text/html", "Content-Encoding": coding}, packed))
    with pytest.raises(TransientFetchError, match="cannot be unpacked"):
        fetcher.get(f"{URL}/a")


@pytest.mark.parametrize("coding", ["gzip, gzip", "compress", "rot13", "x" * 100])
def test_packing_that_was_not_asked_for(site: Site, fetcher: Fetcher, coding: str) -> None:
    site.put("/a", Reply(200, {"Content-Type": "text/html", "Content-Encoding": coding}, b"x"))
    with pytest.raises(PermanentFetchError, match="not asked for"):
        fetcher.get(f"{URL}/a")


def drip(clock: Clock, pieces: Iterable[bytes], seconds: float = 5.0) -> Iterator[bytes]:
    """One piece after the other, and `seconds` on the test's clock before each."""
    for piece in pieces:
        clock.pass_(seconds)
        yield piece


def test_a_slow_drip(site: Site, fetcher: Fetcher, clock: Clock) -> None:
    """Each byte is in time, and still there is an end to it: in the body, in the headers, and before them."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
    site.put("/body", Reply(200, {"Content-Type": "text/html"}, drip(clock, itertools.repeat(b"x"))))
    site.put("/head", Reply(raw=drip(clock, itertools.chain([head], itertools.repeat(b"X: y\r\n")))))
    site.put("/hints", Reply(raw=drip(clock, itertools.repeat(b"HTTP/1.1 103 Early Hints\r\n\r\n"))))
    for path in ("/body", "/head", "/hints"):
        began = clock.time
        with pytest.raises(TransientFetchError, match="not complete after 60 s"):
            fetcher.get(URL + path)
        assert clock.time - began >= 60


def test_slow_but_in_time(site: Site, fetcher: Fetcher, clock: Clock) -> None:
    site.put("/a", Reply(200, {"Content-Type": "text/html"}, drip(clock, [b"a", b"b", b"c"], seconds=15.0)))
    assert fetcher.get(f"{URL}/a").content == b"abc"
    assert fetcher.get(f"{URL}/a").content == b""  # and the next answer has its own time


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + b"X-Y: z\r\n" * 50_000,
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 500_000,
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: -5\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"220 mail.example ESMTP\r\n",
        b"\x00\x01\x02",
        b"HTTP/1.1 200 OK\r\n",
    ],
)
def test_what_is_not_http(site: Site, fetcher: Fetcher, raw: bytes) -> None:
    site.put("/a", Reply(raw=raw))
    with pytest.raises(TransientFetchError):
        fetcher.get(f"{URL}/a")


def test_a_server_that_says_nothing(door: Callable[..., Fetcher], site: Site) -> None:
    enough = threading.Event()

    def nothing() -> Iterator[bytes]:
        enough.wait(60)
        yield b""

    site.put("/robots.txt", Reply(raw=nothing()))
    try:
        with pytest.raises(TransientFetchError, match="does not answer in time"):
            door(read_timeout=0.2).get(f"{URL}/robots.txt")
    finally:
        enough.set()


def test_nobody_there(internet: Internet, fetcher: Fetcher) -> None:
    internet.addresses["mati.example"] = ["93.184.216.99"]
    for url in ("http://mati.example/a", "http://tidak-ada.example/a"):
        with pytest.raises(TransientFetchError, match=r"robots\.txt cannot be read now"):
            fetcher.get(url)
    with pytest.raises(TransientFetchError, match="no connection to the server"):
        fetcher.get("http://mati.example/robots.txt")
    with pytest.raises(TransientFetchError, match="name cannot be resolved"):
        fetcher.get("http://tidak-ada.example/robots.txt")


# Manners


def test_robots_txt_is_respected(site: Site, fetcher: Fetcher, clock: Clock) -> None:
    site.put("/robots.txt", Reply(body=b"User-agent: *\nDisallow: /admin\nCrawl-delay: 12"))
    site.put("*", PAGE)
    fetcher.get(f"{URL}/a")
    with pytest.raises(PermanentFetchError, match=r"robots\.txt"):
        fetcher.get(f"{URL}/admin/a")
    fetcher.get(f"{URL}/b")
    assert site.paths() == ["/robots.txt", "/a", "/b"]
    assert clock.slept == [1.0, 12.0]


@pytest.mark.parametrize("reply", [Reply(500), Reply(503), Reply(429), Reply(raw=b"?")])
def test_a_robots_txt_that_cannot_be_read(site: Site, fetcher: Fetcher, clock: Clock, reply: Reply) -> None:
    site.put("/robots.txt", reply, Reply(404))
    site.put("/a", PAGE)
    for _ in range(2):
        with pytest.raises(TransientFetchError) as caught:
            fetcher.get(f"{URL}/a")
        assert caught.value.retry_after == RETRY
    assert site.paths() == ["/robots.txt"]
    clock.time += RETRY
    assert fetcher.get(f"{URL}/a").status == 200


def test_a_robots_txt_elsewhere_or_without_end(site: Site, fetcher: Fetcher) -> None:
    rules = b"User-agent: *\nDisallow: /admin\n"
    site.put("/robots.txt", redirect("http://lain.example/r"))
    site.put("/r", Reply(200, {"Content-Type": "video/mp4"}, itertools.chain([rules], itertools.repeat(b"#" * 9_999))))
    site.put("/a", PAGE)
    assert fetcher.get(f"{URL}/a").status == 200
    with pytest.raises(PermanentFetchError, match=r"robots\.txt"):
        fetcher.get(f"{URL}/admin")
    site.put("/robots.txt", redirect("/robots.txt"))
    assert fetcher.get("http://lain.example/a").status == 200


def test_a_pause_between_requests_to_a_host(site: Site, door: Callable[..., Fetcher], clock: Clock) -> None:
    site.put("*", PAGE)
    site.put("/robots.txt", Reply(404))
    fetcher = door(pause=2.0)
    fetcher.get(f"{URL}/a")
    clock.time += 0.5
    fetcher.get(f"{URL}/b")
    clock.time += 5.0
    fetcher.get(f"{URL}/c")
    assert clock.slept == [2.0, 1.5]
    fetcher.get("http://lain.example/a")
    assert clock.slept == [2.0, 1.5, 2.0]  # between the other host's robots.txt and its page


def test_the_pause_begins_when_an_answer_has_come(site: Site, door: Callable[..., Fetcher], clock: Clock) -> None:
    site.put("/a", Reply(200, {"Content-Type": "text/html"}, drip(clock, [b"a", b"b"])))
    site.put("/b", PAGE)
    fetcher = door(pause=2.0)
    fetcher.get(f"{URL}/a")
    fetcher.get(f"{URL}/b")
    assert clock.slept == [2.0, 2.0]


@pytest.mark.parametrize("per_host", [1, 2])
def test_threads_take_turns_at_a_host(site: Site, door: Callable[..., Fetcher], clock: Clock, per_host: int) -> None:
    fetcher = door(per_host=per_host)
    site.put("/robots.txt", Reply(404))
    site.put("*", lambda asked: Reply(200, {"Content-Type": "text/html"}, [b"x" * 999] * 200))
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for turn in range(5):
                fetcher.get(f"{URL}/{number}-{turn}")
        except BaseException as e:
            failures.append(e)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(pages(site)) == 20
    assert site.paths().count("/robots.txt") == 1
    assert site.most_at_once <= per_host
    if per_host == 1:
        assert clock.slept == [1.0] * 20


def test_hosts_do_not_wait_for_each_other(internet: Internet, door: Callable[..., Fetcher], site: Site) -> None:
    """One answer is held back until the other host's has come: with one turn for both, neither would ever come."""
    other_is_done, asked = threading.Event(), threading.Event()

    def held() -> Iterator[bytes]:
        asked.set()
        assert other_is_done.wait(60)
        yield b"a"

    with Site() as slow:
        internet.sites["93.184.216.2"] = slow
        slow.put("/a", Reply(200, {"Content-Type": "text/html"}, held()))
        site.put("/b", PAGE)
        fetcher = door()
        got: list[Fetched] = []
        thread = threading.Thread(target=lambda: got.append(fetcher.get("http://lain.example/a")))
        thread.start()
        assert asked.wait(60)
        fetcher.get(f"{URL}/b")
        other_is_done.set()
        thread.join()
    assert [fetched.content for fetched in got] == [b"a"]


def test_errors_are_one_line_without_secrets(site: Site, fetcher: Fetcher) -> None:
    site.put("/a", Reply(404), Reply(200, {"Content-Type": "video/mp4"}), redirect("/a?kunci=rahasia"), Reply(500))
    for _ in range(4):
        with pytest.raises(FetchError) as caught:
            fetcher.get(f"{URL}/a?kunci=rahasia")
        assert "rahasia" not in str(caught.value)
        assert str(caught.value).startswith(f"{URL}/a?…: ")
        assert "\n" not in str(caught.value)
