"""Long work in a process of its own: a process that answers never indexes."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SECRETS = ("WARTA_BOT_TOKEN", "WARTA_WEBHOOK_SECRET")


@dataclass(frozen=True, slots=True)
class Report:
    """How it ended."""

    ok: bool
    figures: dict[str, Any]
    """What the command printed as JSON; empty when it failed."""
    reason: str
    seconds: float


def command_of(data: Path, *words: str) -> list[str]:
    """The command line of one of the index's commands on a data folder."""
    return [sys.executable, "-m", "index", "--data", str(data), *words, "--json"]


async def run_child(command: Sequence[str], now: Callable[[], float]) -> Report:
    """Run a command to its end; it is terminated when this is cancelled.

    Raises OSError when it cannot be started, ValueError when what it prints is no JSON.
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
    try:
        output, errors = await process.communicate()
    except asyncio.CancelledError:
        process.terminate()
        await process.wait()
        raise
    seconds = now() - started
    if process.returncode:
        last = errors.decode(errors="replace").strip().splitlines()[-1:] or [f"exit code {process.returncode}"]
        return Report(False, {}, last[0].removeprefix("warta: "), seconds)
    return Report(True, json.loads(output), "", seconds)
