"""`warta backup` and `warta restore`, as a person or the bot's schedule types them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from backups import contents, filled, members
from filelock import FileLock
from news import article, small_engine

from bot.chats import BotStore
from bot.child import command_of
from bot.cli import warta as commands
from index.backup_cli import TABLES
from index.backup_file import DATABASE
from tests.commands import RunCommand, runner

assert "bot" in commands.commands  # importing it makes the bot's tables known


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return filled(tmp_path / "data")


@pytest.fixture
def warta(data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> RunCommand:
    """Runs a command on the test's data folder, with the fake engine in the model's place."""
    return runner(data, small_engine(), monkeypatch, capsys)


def test_a_backup_and_back(warta: RunCommand, data: Path, tmp_path: Path) -> None:
    file, other = tmp_path / "one.zip", tmp_path / "other"
    made = warta("backup", str(file))
    assert (made.code, made.err) == (0, "")
    said = rf"{re.escape(str(file))}: 0\.\d MB, 4 articles, \d+ passages, 0 chats, \d+\.\d s\n"
    assert re.fullmatch(said, made.out)
    done = warta("--data", str(other), "restore", str(file))
    assert (done.code, done.err) == (0, "")
    assert re.fullmatch(
        rf"{re.escape(str(other))}: 4 articles, \d+ passages, 0 chats, as of \d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n",
        done.out,
    )
    assert contents(other) == contents(data)
    answers = [warta("ask", "Berita3", "--json", "--data", str(folder)).json for folder in (data, other)]
    for answer in answers:
        answer.pop("timings_ms")
    assert answers[0] == answers[1]
    assert warta("doctor", "--data", str(other)).code == 0


def test_json_tells_scripts_everything(warta: RunCommand, data: Path, tmp_path: Path) -> None:
    with BotStore(data / DATABASE) as book:
        book.see_chat(5, "private", "Ani")
    file = tmp_path / "one.zip"
    made = warta("backup", str(file), "--json").json
    seconds, made_at, chunks = made.pop("seconds"), made.pop("made_at"), made.pop("chunks")
    assert isinstance(seconds, float)
    assert chunks >= 4
    counts = {"fingerprint": "fake/a", "articles": 4, "chats": 1}
    assert made == {"path": str(file), "bytes": file.stat().st_size, **counts, "removed": []}
    done = warta("restore", str(file), "--force", "--json").json
    assert isinstance(done.pop("seconds"), float)
    aside = Path(done.pop("aside"))
    assert (aside.parent, aside.name.startswith("data.before-restore-")) == (tmp_path, True)
    told = {"data": str(data), "made_at": made_at, "version": "0.1.0", "chunks": chunks}
    assert done == {**told, **counts, "due_for_reindex": False}


def test_rotation(warta: RunCommand, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    for number in range(4):
        (folder / f"warta-2020010{number}-000000.zip").touch()
    (folder / "mine.zip").touch()
    made = warta("backup", "--into", str(folder), "--keep", "3", "--json").json
    assert re.fullmatch(r"warta-\d{8}-\d{6}\.zip", Path(made["path"]).name)
    assert made["removed"] == [str(folder / f"warta-2020010{number}-000000.zip") for number in (0, 1)]
    assert {path.name for path in folder.iterdir()} == {
        "mine.zip", "warta-20200102-000000.zip", "warta-20200103-000000.zip", Path(made["path"]).name,
    }  # fmt: skip


def test_rotation_is_told_line_by_line(warta: RunCommand, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    (folder / "warta-20200101-000000.zip").touch()
    ran = warta("backup", "--into", str(folder), "--keep", "1")
    assert ran.out.splitlines()[1:] == [f"removed {folder}/warta-20200101-000000.zip"]


def test_one_that_cannot_be_removed_does_not_fail_the_backup(
    warta: RunCommand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, unlink = tmp_path / "kept", Path.unlink
    folder.mkdir()
    (folder / "warta-20200101-000000.zip").touch()

    def refuse(path: Path, missing_ok: bool = False) -> None:
        if path.name == "warta-20200101-000000.zip":
            raise PermissionError(1, "Operation not permitted")
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    ran = warta("backup", "--into", str(folder), "--keep", "1", "--json")
    assert (ran.code, ran.json["removed"]) == (0, [])
    assert ran.err == f"warta: {folder}/warta-20200101-000000.zip could not be removed (Operation not permitted)\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["backup"],
        ["backup", "one.zip", "--into", "kept"],
        ["backup", "one.zip", "--keep", "3"],
        ["backup", "--into", "kept", "--keep", "0"],
        ["backup", "--into", "kept", "--force"],
        ["backup", "."],
        ["restore"],
        ["restore", "."],
    ],
)
def test_wrong_use_is_exit_2(
    warta: RunCommand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = warta(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert "Error: " in ran.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data"]


def test_what_cannot_be_done_is_one_line_and_exit_1(warta: RunCommand, data: Path, tmp_path: Path) -> None:
    file = tmp_path / "one.zip"
    assert warta("backup", str(file)).code == 0
    (tmp_path / "text").write_text("a letter", encoding="utf-8")
    for arguments, reason in (
        (["backup", str(file)], "is there already"),
        (["backup", str(data / "none" / "one.zip")], "could not be written"),
        (["backup", "--data", str(tmp_path / "none"), str(tmp_path / "two.zip")], "nothing to back up"),
        (["restore", str(file)], "is not empty"),
        (["restore", str(tmp_path / "none")], "cannot be read"),
        (["restore", str(tmp_path / "text"), "--force"], "is not a sound backup"),
    ):
        ran = warta(*arguments)
        assert (ran.code, ran.out, ran.err.count("\n")) == (1, "", 1)
        assert ran.err.startswith("warta: ")
        assert reason in ran.err
    with FileLock(data / "bot.lock", timeout=0):
        assert "a bot is running" in warta("restore", str(file), "--force").err
        assert warta("backup", str(file), "--force").code == 0  # that is what it is for


def test_another_model_is_told(warta: RunCommand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert warta("backup", str(tmp_path / "one.zip")).code == 0
    monkeypatch.setattr("index.embed.engines.engine_of", lambda *_, **__: small_engine("fake/b"))
    ran = warta("restore", str(tmp_path / "one.zip"), "--data", str(tmp_path / "other"), "--json")
    assert (ran.code, ran.json["due_for_reindex"]) == (0, True)
    assert ran.err == "warta: the vectors are of fake/a, the settings name fake/b; run `warta reindex`\n"


def test_the_bots_tables_are_known_too() -> None:
    names = [tables.history.name for some in TABLES for tables in some()]
    assert names == ["index", "sources", "bot"]


def test_the_bot_can_have_it_done_in_a_child(data: Path, tmp_path: Path) -> None:
    """What it prints there, and that what is secret stays out."""
    command = command_of(data, "backup", "--into", str(tmp_path / "kept"), "--keep", "7")
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent), "WARTA_BOT_TOKEN": "123456:" + "S" * 35}
    ran = subprocess.run(command, env=environ, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")
    made = json.loads(ran.stdout)
    assert made["articles"] == 4
    assert b"S" * 35 not in b"".join(members(Path(made["path"])).values())


def test_neither_needs_faiss_or_the_model(data: Path, tmp_path: Path) -> None:
    code = (
        "import sys\nfrom index.cli import run\n"
        "assert run(['backup', sys.argv[2], '--data', sys.argv[1]]) == 0\n"
        "assert run(['restore', sys.argv[2], '--data', sys.argv[3]]) == 0\n"
        "print(sorted({'faiss', 'onnxruntime', 'tokenizers', 'rich', 'trafilatura', 'httpx'} & set(sys.modules)))"
    )
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    places = [str(data), str(tmp_path / "one.zip"), str(tmp_path / "other")]
    ran = subprocess.run([sys.executable, "-c", code, *places], env=environ, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[-1] == "[]"


def test_the_answer_cites_the_restored_article(warta: RunCommand, data: Path, tmp_path: Path) -> None:
    """Taken while the folder goes on changing: what came later is not in it."""
    assert warta("backup", str(tmp_path / "one.zip")).code == 0
    record = {"title": "Baru", "text": article(30).body}
    (tmp_path / "new.json").write_text(json.dumps(record), encoding="utf-8")
    assert warta("add", str(tmp_path / "new.json")).code == 0
    assert warta("stats", "--json").json["articles"] == 5
    assert warta("restore", str(tmp_path / "one.zip"), "--force").code == 0
    assert warta("stats", "--json").json["articles"] == 4
    with closing(BotStore(data / DATABASE)) as book:
        assert book.chat(5) is None
