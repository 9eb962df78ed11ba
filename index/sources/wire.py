"""Connections that go only where the guard lets them, with one budget of time and bytes for a whole answer.

httpcore asks its network backend for a connection to a host by name; here that name is resolved once, judged, and the
address that was judged is connected to. TLS still checks the certificate against the name, which httpcore keeps.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpcore

from index.sources.addresses import Guard
from index.sources.failures import PermanentFetchError, TransientFetchError, shown

MAX_TRIES = 4
"""Addresses of one host that are tried in turn."""


@dataclass(slots=True)
class Budget:
    """What one answer may still cost."""

    url: str
    seconds: float
    until: float
    """By the clock."""
    size: int
    left: int
    """Bytes."""

    def time_left(self, now: float, timeout: float | None) -> float:
        """Seconds that the next step may take. Raises TransientFetchError when there are none."""
        left = self.until - now
        if left <= 0:
            raise TransientFetchError(
                f"{shown(self.url)}: the answer was not complete after {self.seconds:g} s; try later"
            )
        return left if timeout is None else min(left, timeout)

    def spend(self, received: int) -> None:
        """Count bytes off the wire. Raises PermanentFetchError when they are too many."""
        self.left -= received
        if self.left < 0:
            raise too_large(self.url, self.size)


def too_large(url: str, size: int) -> PermanentFetchError:
    """The error for an answer of more than `size` bytes."""
    return PermanentFetchError(f"{shown(url)}: larger than {size / 1e6:g} MB; give the address of a smaller page")


class Wire(httpcore.NetworkBackend):
    """httpcore's way to the network, guarded. Each thread has the budget of the answer that it is waiting for."""

    def __init__(self, guard: Guard, now: Callable[[], float], network: httpcore.NetworkBackend | None = None) -> None:
        self._guard = guard
        self._now = now
        self._network = network or httpcore.SyncBackend()
        self._local = threading.local()

    @contextmanager
    def budget(self, url: str, seconds: float, size: int) -> Iterator[None]:
        """Whatever this thread receives within the block counts against the budget.

        An eighth more than `size` may come over the wire, for headers and the framing of chunks.
        """
        self._local.budget = Budget(url, seconds, self._now() + seconds, size, size + size // 8 + 128 * 1024)
        try:
            yield
        finally:
            self._local.budget = None

    def time_left(self, timeout: float | None) -> float | None:
        """Seconds for the next step, at most `timeout`."""
        budget: Budget | None = getattr(self._local, "budget", None)
        return timeout if budget is None else budget.time_left(self._now(), timeout)

    def spend(self, received: int) -> None:
        """Count received bytes."""
        budget: Budget | None = getattr(self._local, "budget", None)
        if budget is not None:
            budget.spend(received)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Resolve, judge, and connect to what was judged."""
        failure: Exception | None = None
        for address in self._guard.addresses(host, port)[:MAX_TRIES]:
            try:
                stream = self._network.connect_tcp(
                    address, port, self.time_left(timeout), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as e:
                failure = e
            else:
                return _Metered(stream, self)
        raise failure or httpcore.ConnectError("no address")

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        """Never: a URL does not name a socket."""
        raise httpcore.UnsupportedProtocol(f"{path}: a socket is not fetched from")


class _Metered(httpcore.NetworkStream):
    """A connection whose every step is held to the budget."""

    def __init__(self, stream: httpcore.NetworkStream, wire: Wire) -> None:
        self._stream = stream
        self._wire = wire

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._stream.read(max_bytes, self._wire.time_left(timeout))
        self._wire.spend(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._wire.time_left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = self._wire.time_left(timeout)
        return _Metered(self._stream.start_tls(ssl_context, server_hostname, left), self._wire)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
