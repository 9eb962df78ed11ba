"""A command line that was run, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from index.cli import run
from index.embed.engines import Engine


class Ran(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


RunCommand = Callable[..., Ran]


def runner(
    data: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> RunCommand:
    """Runs commands on a data folder, with an engine in the model's place."""
    monkeypatch.setattr("index.embed.engines.engine_of", lambda *_, **__: engine)
    monkeypatch.setenv("WARTA_DATA", str(data))

    def command(*arguments: str) -> Ran:
        capsys.readouterr()
        code = run(list(arguments))
        captured = capsys.readouterr()
        assert "\x1b" not in captured.out + captured.err
        return Ran(code, captured.out, captured.err)

    return command
