"""A web server on loopback that says whatever a test has scripted, however wrong, and writes down what it was asked.

    with Site() as site:
        site.put("/feed", Reply(body=b"<rss/>", headers={"Content-Type": "application/rss+xml"}))
        fetch(f"{site.url}/feed")
        assert site.hits == 1

Bytes go out as scripted: nothing is added to a Reply but a Content-Length or chunked framing, and both can be left out
or be a lie. A body may be an iterator without an end; it runs in the server's thread, and only as fast as it is read.

    internet, clock = Internet({"berita.example": site}), Clock()
    with Fetcher(resolver=internet.resolve, network=internet, now=clock.now, sleep=clock.sleep) as fetcher:
        fetcher.get("http://berita.example/feed")

An Internet has names, public addresses and any port, and all of it ends at the sites of the test.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlsplit

import httpcore


@dataclass(frozen=True)
class Reply:
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | Iterable[bytes] = b""
    """Bytes go with their Content-Length, anything else in chunks, one for each piece."""
    framed: bool = True
    """False sends the body as it is: give a Content-Length in the headers, or let the end of the connection end it."""
    close: bool = False
    """End the connection after the body."""
    raw: bytes | Iterable[bytes] = b""
    """Sent instead of all the above, and then the connection ends."""


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    """With the query."""
    headers: Mapping[str, str]
    """Names in lower case."""
    peer: tuple[str, int]


Script = Reply | Callable[[Asked], Reply]
NOT_FOUND = Reply(404, {"Content-Type": "text/plain"}, b"not here")


def html(text: str, **headers: str) -> Reply:
    """A page, with further headers as ETag="…" or Last_Modified="…"."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(200, {"Content-Type": "text/html; charset=utf-8", **named}, text.encode())


def redirect(target: str, status: int = 302) -> Reply:
    return Reply(status, {"Location": target})


class Clock:
    """Time that passes only when somebody sleeps or a test says so."""

    def __init__(self) -> None:
        self.time = 1_000.0
        self.slept: list[float] = []
        self._lock = threading.Lock()

    def now(self) -> float:
        return self.time

    def pass_(self, seconds: float) -> None:
        with self._lock:
            self.time += seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.pass_(seconds)


class Site:
    """Runs while the block does, in a thread of its own. A list of replies is given in turn, its last one for ever."""

    def __init__(self, host: str = "127.0.0.1", *, tls: ssl.SSLContext | None = None) -> None:
        self.asked: list[Asked] = []
        self.connections = 0
        self.most_at_once = 0
        """Requests that were being answered at the same time, at the most."""
        self.server_names: list[str] = []
        self._host, self._tls = host, tls
        self._scripts: dict[str, list[Script]] = {}
        self._busy = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._failure: BaseException | None = None
        self.port = 0

    @property
    def url(self) -> str:
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}"

    @property
    def hits(self) -> int:
        """Connections count too: what should not be reached should not even be knocked at."""
        return max(len(self.asked), self.connections)

    def put(self, path: str, *replies: Script) -> None:
        """Script a path; a path with a query goes before one without, and "*" stands for all the others."""
        self._scripts[path] = list(replies)

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            self._thread.join()
            raise self._failure
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        except OSError as e:
            self._failure = e
            self._ready.set()
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        if self._tls is not None:
            self._tls.sni_callback = lambda _socket, name, _context: self.server_names.append(name or "")
        server = await asyncio.start_server(self._connected, self._host, self.port, ssl=self._tls)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        # A small buffer: an endless body shall wait for its reader and not fill this machine's memory.
        writer.transport.set_write_buffer_limits(high=64 * 1024)
        try:
            while await self._answered(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.transport.abort()
            with suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    async def _answered(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        method, path, _ = head.split("\r\n", 1)[0].split(" ", 2)
        lines = (line.partition(":") for line in head.split("\r\n")[1:] if line)
        headers = {name.lower(): value.strip() for name, _, value in lines}
        asked = Asked(method, path, headers, writer.get_extra_info("peername")[:2])
        self.asked.append(asked)
        self._busy += 1
        self.most_at_once = max(self.most_at_once, self._busy)
        try:
            reply = self._reply(asked)
            if reply.raw:
                await _send(writer, [reply.raw] if isinstance(reply.raw, bytes) else reply.raw)
            else:
                await self._reply_to(writer, reply)
        finally:
            self._busy -= 1
        if reply.raw or reply.close:
            writer.close()
            await writer.wait_closed()
            return False
        return True

    def _reply(self, asked: Asked) -> Reply:
        for key in (asked.path, urlsplit(asked.path).path, "*"):
            if replies := self._scripts.get(key):
                script = replies.pop(0) if len(replies) > 1 else replies[0]
                return script if isinstance(script, Reply) else script(asked)
        return NOT_FOUND

    async def _reply_to(self, writer: asyncio.StreamWriter, reply: Reply) -> None:
        whole = isinstance(reply.body, bytes)
        headers = dict(reply.headers)
        if reply.framed:
            headers |= {"Content-Length": str(len(reply.body))} if whole else {"Transfer-Encoding": "chunked"}
        if reply.close:
            headers["Connection"] = "close"
        head = f"HTTP/1.1 {reply.status} Scripted\r\n" + "".join(f"{n}: {v}\r\n" for n, v in headers.items()) + "\r\n"
        await _send(writer, [head.encode("latin-1")])
        if isinstance(reply.body, bytes):
            await _send(writer, [reply.body])
        elif reply.framed:
            await _send(writer, (b"%x\r\n%b\r\n" % (len(piece), piece) for piece in reply.body if piece))
            await _send(writer, [b"0\r\n\r\n"])
        else:
            await _send(writer, reply.body)


async def _send(writer: asyncio.StreamWriter, pieces: Iterable[bytes]) -> None:
    for piece in filter(None, pieces):
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0)  # drain() alone never lets anybody else in while the buffer is not full


class Internet(httpcore.SyncBackend):
    """What a Fetcher takes for the network. `addresses` may be changed or hold what a hostile name server would say."""

    def __init__(self, sites: Mapping[str, Site]) -> None:
        self.addresses = {name: [f"93.184.216.{number}"] for number, name in enumerate(sites, start=1)}
        self.resolved: list[str] = []
        self.connected: list[tuple[str, int]] = []
        """What was connected to, as the Fetcher said it."""
        self.sites = {f"93.184.216.{number}": site for number, site in enumerate(sites.values(), start=1)}
        """Address → site; may be changed."""
        self.elsewhere: Site | None = None
        """Where all other addresses lead."""

    def resolve(self, host: str, port: int) -> list[str]:
        self.resolved.append(host)
        if host not in self.addresses:
            raise OSError(f"no such name: {host}")
        return self.addresses[host]

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        self.connected.append((host, port))
        site = self.sites.get(host, self.elsewhere)
        if site is None:
            raise httpcore.ConnectError(f"nobody at {host}")
        return super().connect_tcp("127.0.0.1", site.port, timeout, local_address, socket_options)
