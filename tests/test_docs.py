"""README, .env.example, --help, the settings and the Makefile say the same."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click
import pytest

from index.cli import warta
from index.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
ENV_EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
COMMANDS = warta.commands


def written(default: Any) -> str:
    return f"{default:g}" if isinstance(default, float) else str(default)


SETTINGS = [
    (PREFIX + name.upper(), written(field.default), field.metadata["help"])
    for name, field in Settings.__dataclass_fields__.items()
]


def options(command: click.Command) -> set[str]:
    return {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}


def test_the_contracts_commands_are_there() -> None:
    assert set(COMMANDS) == {"demo", "add", "ask", "chat", "reindex", "stats", "eval", "doctor"}


def test_the_readme_tells_every_command_once() -> None:
    assert re.findall(r"^\| `warta (\w+)", README, re.M) == list(
        dict.fromkeys(re.findall(r"^\| `warta (\w+)", README, re.M))
    )
    assert set(re.findall(r"^\| `warta (\w+)", README, re.M)) == set(COMMANDS)


def test_the_readmes_command_lines_can_be_parsed() -> None:
    used = re.findall(r"^\s*(?:\$ )?warta (\w+)(.*)$", README, re.M)
    assert {"add", "ask", "chat"} <= {name for name, _ in used}
    for name, rest in used:
        assert set(re.findall(r"(?<!\S)--[\w-]+", rest)) <= options(COMMANDS[name]), rest


def test_every_option_in_the_readme_exists() -> None:
    everywhere = {"--help", *options(warta)}.union(*(options(command) for command in COMMANDS.values()))
    assert set(re.findall(r"(?<![\w-])--[a-z][\w-]*", README)) <= everywhere


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_data_and_json(name: str) -> None:
    command = COMMANDS[name]
    assert command.help
    assert {"--data", "--json"} <= options(command)
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name


def test_the_readme_tells_every_setting() -> None:
    rows = re.findall(r"^\| `(WARTA_\w+)` \| `(.*?)` \| (.*) \|$", README, re.M)
    assert rows == SETTINGS


def test_env_example_tells_every_setting() -> None:
    found = re.findall(r"^# (.+)\n#(WARTA_\w+)=(.*)$", ENV_EXAMPLE, re.M)
    assert [(name, value, help_text) for help_text, name, value in found] == SETTINGS


def test_env_example_taken_as_it_is_is_valid(tmp_path: Path) -> None:
    lines = [line.removeprefix("#") for line in ENV_EXAMPLE.splitlines() if line.startswith(f"#{PREFIX}")]
    environ = dict(line.split("=", 1) for line in lines)
    assert Settings.from_env(environ) == Settings.from_env({})


def test_no_setting_is_read_elsewhere() -> None:
    names = {name for name, _, _ in SETTINGS}  # and X_Y, the pattern in the settings' own docstring
    for path in (ROOT / "index").rglob("*.py"):
        assert set(re.findall(r"\bWARTA_[A-Z_]+\b", path.read_text(encoding="utf-8"))) <= names | {"WARTA_X_Y"}, path


def test_every_make_target_in_the_readme_exists() -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    assert set(re.findall(r"`?make (?:PYTHON=\S+ )?([a-z][\w-]*)[`\s]", README)) <= targets
    assert {"demo", "test", "bench", "lint", "clean"} <= targets


def test_the_readme_tells_every_file() -> None:
    layout = README.split("```\nindex/\n")[1].split("```")[0]
    told = set(re.findall(r"\b(\w+\.py)\b", layout))
    there = {path.name for path in (ROOT / "index").glob("*.py")} - {"__init__.py"}
    assert there == told - {"files.py"}
