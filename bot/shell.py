"""The index's commands, run for administrators in processes of their own while the bot goes on answering."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

from bot.child import Report, command_of, run_child
from bot.secrecy import Redactor

_LOG = logging.getLogger(__name__)
STOPPING = "the bot is stopping; please send it again when it is back"
STOP_S = 5.0
"""For so long those who wait are told that the bot is stopping."""


class Shell:
    """Runs commands, one after the other where they are heavy: a small server has no room for two models."""

    def __init__(self, data: Path, redact: Redactor, now: Callable[[], float]) -> None:
        self._data, self._redact, self._now = data, redact, now
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._children: set[asyncio.Task[Report]] = set()
        self._stopped = False

    def command(self, *words: str) -> Sequence[str]:
        """A whole command line."""
        return command_of(self._data, *words)

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Go on with something that no chat should wait for."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _LOG.error("an administrator's command came to nothing", exc_info=error)

    async def run(self, *words: str) -> Report:
        """A light command. What it tells, and why it failed, are without secrets; it never raises."""
        if self._stopped:
            return Report(False, {}, STOPPING, 0.0)
        child = asyncio.create_task(self._report(words))
        self._children.add(child)
        child.add_done_callback(self._children.discard)
        try:
            await asyncio.wait({child})
        except asyncio.CancelledError:
            child.cancel()
            raise
        return Report(False, {}, STOPPING, 0.0) if child.cancelled() else child.result()

    async def run_alone(self, *words: str) -> Report:
        """A heavy command, when those before it are done; otherwise as `run`."""
        async with self._turn:
            return await self.run(*words)

    async def stop(self) -> None:
        """Stop what runs, and have those who wait for it told."""
        self._stopped = True
        children = list(self._children)
        for child in children:
            child.cancel()
        await asyncio.gather(*children, return_exceptions=True)
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=STOP_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _report(self, words: Sequence[str]) -> Report:
        try:
            done = await run_child(self.command(*words), self._now)
        except (OSError, ValueError) as e:
            _LOG.exception("`warta %s` could not be run", words[0])
            return Report(False, {}, self._redact(str(e)), 0.0)
        figures = json.loads(self._redact(json.dumps(done.figures, ensure_ascii=False)))
        return Report(done.ok, figures, self._redact(done.reason), done.seconds)
