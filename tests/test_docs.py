"""README, .env.example, --help, the settings and the Makefile say the same."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click
import pytest

from bot.cli import warta
from bot.settings import BotSettings
from index.settings import ELSEWHERE, PREFIX, Settings

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
README_ID = (ROOT / "README.id.md").read_text(encoding="utf-8")
ENV_EXAMPLE = (ROOT / ".env.example").read_text(encoding="utf-8")
COMMANDS = warta.commands


def written(default: Any) -> str:
    if isinstance(default, tuple):
        return ",".join(map(str, default))
    return f"{default:g}" if isinstance(default, float) else str(default)


SETTINGS = [
    (PREFIX + name.upper(), written(field.default), field.metadata["help"])
    for settings in (Settings, BotSettings)
    for name, field in settings.__dataclass_fields__.items()
]
BOT_TOKEN = "123456:" + "A" * 35


PROMISE = (
    "an alert is enqueued once per (story, chat); it is never lost by a process crash; it is sent twice only when an "
    "outcome is unknown (the reply to a send was lost), and those are counted. Telegram has no idempotency key "
    "(tdlib/telegram-bot-api #126), so nobody can promise more."
)
"""What tests/test_alerts_kill.py and tests/test_postman.py hold."""


def options(command: click.Command) -> set[str]:
    return {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}


def test_the_contracts_commands_are_there() -> None:
    assert set(COMMANDS) == {
        "demo", "add", "ask", "chat", "reindex", "stats", "eval", "doctor", "bot", "feedback", "source", "sync",
        "eval-extract", "alerts", "outbox", "backup", "restore", "quality",
    }  # fmt: skip


def test_the_readme_tells_every_command_once() -> None:
    assert re.findall(r"^\| `warta ([\w-]+)", README, re.M) == list(
        dict.fromkeys(re.findall(r"^\| `warta ([\w-]+)", README, re.M))
    )
    assert set(re.findall(r"^\| `warta ([\w-]+)", README, re.M)) == set(COMMANDS)


def test_the_readmes_command_lines_can_be_parsed() -> None:
    used = re.findall(r"^\s*(?:\$ )?warta (?:--data \S+ )?([a-z][\w-]*)(.*)$", README, re.M)
    assert {"add", "ask", "chat", "source", "sync"} <= {name for name, _ in used}
    for name, rest in used:
        command = COMMANDS[name]
        if isinstance(command, click.Group):
            command = command.commands[rest.split()[0]]
        assert set(re.findall(r"(?<!\S)--[\w-]+", rest)) <= options(command), rest


def test_every_option_in_the_readme_exists() -> None:
    groups = [command for command in COMMANDS.values() if isinstance(command, click.Group)]
    commands = [*COMMANDS.values(), *(command for group in groups for command in group.commands.values())]
    everywhere = {"--help", *options(warta)}.union(*(options(command) for command in commands))
    assert set(re.findall(r"(?<![\w-])--[a-z][\w-]*", README)) <= everywhere


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_data_and_json(name: str) -> None:
    found = COMMANDS[name]
    for command in found.commands.values() if isinstance(found, click.Group) else [found]:
        assert command.help
        # The bot prints no results.
        assert ({"--data", "--json"} if name != "bot" else {"--data"}) <= options(command)
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, parameter.name


def test_the_readme_tells_every_setting() -> None:
    rows = re.findall(r"^\| `(WARTA_\w+)` \| (?:`(.*?)`)? ?\| (.*) \|$", README, re.M)
    assert rows == SETTINGS


def test_env_example_tells_every_setting() -> None:
    found = re.findall(r"^# (.+)\n#(WARTA_\w+)=(.*)$", ENV_EXAMPLE, re.M)
    assert [(name, value, help_text) for help_text, name, value in found] == SETTINGS


def test_env_example_taken_as_it_is_is_valid(tmp_path: Path) -> None:
    lines = [line.removeprefix("#") for line in ENV_EXAMPLE.splitlines() if line.startswith(f"#{PREFIX}")]
    environ = dict(line.split("=", 1) for line in lines)
    assert Settings.from_env(environ) == Settings.from_env({})
    token = {"WARTA_BOT_TOKEN": BOT_TOKEN}
    assert BotSettings.from_env(environ | token) == BotSettings.from_env(token)


def test_the_index_knows_which_settings_are_the_bots() -> None:
    assert {name.lower() for name in ELSEWHERE} == {*BotSettings.__dataclass_fields__, "eval_data"}


def test_both_readmes_give_the_same_commands_and_settings() -> None:
    steps = README.split("## Five minutes")[1].split("\n## ")[0]
    langkah = README_ID.split("## Lima menit")[1].split("\n## ")[0]
    for pattern in (
        r"^   (?:cp|set|warta|\.) .*$",
        r"`/\w+`",
        r"WARTA_\w+",
        r"https?://[\w./]+",
        r"`make \w+`",
        r"`warta bot`",
    ):
        assert re.findall(pattern, steps, re.M), pattern
        assert re.findall(pattern, langkah, re.M) == re.findall(pattern, steps, re.M), pattern


def test_no_setting_is_read_elsewhere() -> None:
    names = {name for name, _, _ in SETTINGS}  # and X_Y, the pattern in the settings' own docstring
    for path in (*(ROOT / "index").rglob("*.py"), *(ROOT / "bot").rglob("*.py")):
        assert set(re.findall(r"\bWARTA_[A-Z_]+\b", path.read_text(encoding="utf-8"))) <= names | {"WARTA_X_Y"}, path


def test_every_make_target_in_the_readme_exists() -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    assert set(re.findall(r"`?make (?:PYTHON=\S+ )?([a-z][\w-]*)[`\s]", README)) <= targets
    assert {"demo", "test", "bench", "lint", "clean"} <= targets


def test_the_readme_tells_every_file() -> None:
    layout = README.split("```\nindex/\n")[1].split("```")[0]
    told = set(re.findall(r"\b(\w+\.py)\b", layout))
    there = {path.name for folder in ("index", "index/sources", "bot") for path in (ROOT / folder).glob("*.py")} - {
        "__init__.py"
    }
    assert there == told


def test_the_delivery_promise_stands_there_word_for_word() -> None:
    assert f"The delivery promise: {PROMISE}" in " ".join(README.split())
