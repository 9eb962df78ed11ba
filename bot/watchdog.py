"""Tells systemd that the bot is at work, alive, or stopping (sd_notify(3)); without systemd it tells nobody."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

_LOG = logging.getLogger(__name__)
EVERY_S = 20.0
"""Where systemd does not say how often it wants to hear of a start that takes long."""


class Notifier:
    """Sends datagrams to the socket that systemd names in the environment."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._address = environ.get("NOTIFY_SOCKET", "")
        if self._address.startswith("@"):  # an abstract socket, which is in no file system
            self._address = f"\0{self._address[1:]}"
        usec = environ.get("WATCHDOG_USEC", "")
        ours = environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self.every = int(usec) / 2e6 if usec.isdecimal() and int(usec) and ours else EVERY_S
        """Seconds between two signs of life: half of what systemd waits for one."""
        self._ready = self._complained = False
        self._owed: tuple[str, ...] = ()
        """What systemd had no room for."""

    def __bool__(self) -> bool:
        """Whether anybody listens."""
        return bool(self._address)

    def at_work(self, status: str) -> None:
        """The bot has started; `status` is what `systemctl status` shows."""
        self._ready = True
        self._tell("READY=1", f"STATUS={status}")

    def alive(self) -> None:
        """A sign of life; while the bot is starting it also asks for as much time again."""
        if self._ready:
            self._tell("WATCHDOG=1", *self._owed)
        else:
            self._tell("WATCHDOG=1", f"EXTEND_TIMEOUT_USEC={int(self.every * 4e6)}")

    def stopping(self) -> None:
        """The bot finishes what it took."""
        self._tell("STOPPING=1")

    def _tell(self, *lines: str) -> None:
        """Send; never raises nor waits, the bot works on without systemd."""
        if not self:
            return
        self._owed = tuple(line for line in lines if not line.startswith("WATCHDOG"))
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as one:
                one.setblocking(False)
                one.sendto("\n".join(lines).encode(), self._address)
            self._owed = ()
        except BlockingIOError:
            pass  # it has not read what it has; the next sign of life says the rest
        except OSError as e:
            if not self._complained:
                _LOG.warning("systemd cannot be told of the bot's state: %s", e.strerror or e)
            self._complained = True


@contextlib.asynccontextmanager
async def watched(
    notifier: Notifier, alive: Callable[[], bool], sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> AsyncIterator[None]:
    """While the context is open, give signs of life as long as `alive` says so and the event loop comes round."""

    async def give_signs() -> None:
        while True:
            if alive():
                notifier.alive()
            await sleep(notifier.every)

    if not notifier:
        yield
        return
    signs = asyncio.create_task(give_signs())
    try:
        yield
    finally:
        signs.cancel()
        await asyncio.gather(signs, return_exceptions=True)
