"""Long work in a process of its own: a process that answers never indexes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SECRETS = ("WARTA_BOT_TOKEN", "WARTA_WEBHOOK_SECRET")
GRACE_S = 10.0
"""How long a child may take to stop before it is killed."""


@dataclass(frozen=True, slots=True)
class Report:
    """How it ended."""

    ok: bool
    figures: dict[str, Any]
    """What the command printed as JSON in its last line; empty when it printed none."""
    reason: str
    seconds: float


def command_of(data: Path, *words: str) -> list[str]:
    """The command line of one of the index's commands on a data folder."""
    return [sys.executable, "-m", "index", "--data", str(data), *words, "--json"]


async def run_child(
    command: Sequence[str], now: Callable[[], float], began: Callable[[int], None] | None = None
) -> Report:
    """Run a command to its end; it is terminated when this is cancelled. `began` is given its process id.

    Raises OSError when it cannot be started, ValueError when it ends well and what it prints last is no JSON.
    """
    started = now()
    # The child needs no token, and what has none cannot tell it.
    environ = {name: value for name, value in os.environ.items() if name not in _SECRETS}
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environ,
    )
    if began is not None:
        began(process.pid)
    try:
        output, errors = await process.communicate()
    except asyncio.CancelledError:
        await _end(process)
        raise
    seconds = now() - started
    lines = output.decode(errors="replace").strip().splitlines()
    if process.returncode:
        last = errors.decode(errors="replace").strip().splitlines()[-1:] or [f"exit code {process.returncode}"]
        figures: dict[str, Any] = {}
        with contextlib.suppress(ValueError):  # most failures print no figures
            figures = _figures(lines)
        return Report(False, figures, last[0].removeprefix("warta: "), seconds)
    return Report(True, _figures(lines), "", seconds)


def _figures(lines: list[str]) -> dict[str, Any]:
    found = json.loads(lines[-1] if lines else "")
    if not isinstance(found, dict):
        raise ValueError("what the command printed is no JSON object")
    return found


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(GRACE_S):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
