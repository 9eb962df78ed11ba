"""Turns at a host: so many requests at a time, a pause between them, and none while it has asked for quiet."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from index.sources.failures import TransientFetchError

REMEMBERED = 10_000
"""Hosts; beyond them the ones that were not asked for longest are forgotten."""


@dataclass(slots=True)
class _Host:
    slots: threading.Semaphore
    lock: threading.Lock = field(default_factory=threading.Lock)
    users: int = 0
    free_at: float = float("-inf")
    quiet_until: float = float("-inf")


class Hosts:
    """Safe to use from several threads. A thread waits for its turn, so give one host's work to few of them."""

    def __init__(self, per_host: int, now: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._per_host = per_host
        self._now = now
        self._sleep = sleep
        self._hosts: OrderedDict[str, _Host] = OrderedDict()
        self._lock = threading.Lock()

    @contextmanager
    def turn(self, name: str, pause: float) -> Iterator[None]:
        """Wait for a turn, and hold it for the block; the next one begins at least `pause` seconds after its end.

        Raises TransientFetchError at once while the host is quiet.
        """
        host = self._host(name)
        try:
            with host.slots:
                with host.lock:
                    self._check_quiet(name, host)
                    starts = max(self._now(), host.free_at)
                    host.free_at = starts + pause
                if (wait := starts - self._now()) > 0:
                    self._sleep(wait)
                try:
                    yield
                finally:
                    with host.lock:
                        host.free_at = max(host.free_at, self._now() + pause)
        finally:
            with self._lock:
                host.users -= 1

    def quiet(self, name: str, seconds: float) -> None:
        """Leave a host alone: it has said that it is asked too much."""
        with self._lock:
            if host := self._hosts.get(name):
                host.quiet_until = max(host.quiet_until, self._now() + seconds)

    def _check_quiet(self, name: str, host: _Host) -> None:
        left = host.quiet_until - self._now()
        if left > 0:
            raise TransientFetchError(
                f"{name}: asks to be left alone for another {left:.0f} s; nothing was requested", retry_after=left
            )

    def _host(self, name: str) -> _Host:
        with self._lock:
            host = self._hosts.setdefault(name, _Host(threading.Semaphore(self._per_host)))
            host.users += 1
            self._hosts.move_to_end(name)
            if len(self._hosts) > REMEMBERED:
                self._forget()
            return host

    def _forget(self) -> None:
        now = self._now()
        for name, host in list(self._hosts.items())[: REMEMBERED // 10]:
            if not host.users and host.quiet_until <= now and host.free_at <= now:
                del self._hosts[name]
