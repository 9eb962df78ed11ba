"""kill -9 and a full disk during a backup and a restore: what was there is there, or all of the new."""

from __future__ import annotations

import os
import shutil
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from backups import contents, filled, members
from children import STEPS, Nursery
from news import small_engine

from index.backup import GRACE_S, MAKING, make_backup
from index.backup_file import DATABASE, PARTNERS, open_backup
from index.doctor import check_health
from index.pipeline import Warta
from index.restore import STAGING
from index.settings import Settings

pytestmark = pytest.mark.slow
Step = tuple[str, str, str, int]
Contents = tuple[str, str | None]
OLD_NAMES = "Alibaba\n"
KILLS = int(os.environ.get("WARTA_KILLS", "30"))


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery() as opened:
        yield opened


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of twelve articles; what it was made of stands beside it."""
    folder = tmp_path_factory.mktemp("made")
    return make_backup(filled(folder / "data", 12), folder / "one.zip").path


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def age(folder: Path) -> None:
    """Have what was left be old enough to be swept."""
    for left in folder.glob(f"{MAKING}*"):
        os.utime(left, times=(left.stat().st_mtime - GRACE_S - 10,) * 2)


# Backup


@pytest.mark.parametrize("step", STEPS["backup"], ids=lambda step: f"{step[2]}-{step[3]}")
def test_a_backup_killed_at_a_step(nursery: Nursery, made: Path, tmp_path: Path, step: Step) -> None:
    data, before = made.parent / "data", contents(made.parent / "data")
    (tmp_path / "one.zip").write_text("mine", encoding="utf-8")
    run = nursery.run("backup", data, file=str(tmp_path / "one.zip"), force=True, kill_before=step)
    assert (run["signal"], run["lines"]) == (signal.SIGKILL, [])
    if step[2] == "sync_path":  # it has its name already
        with open_backup(tmp_path / "one.zip") as backup:
            backup.unpack(tmp_path)
        for name in (DATABASE, PARTNERS):
            (tmp_path / name).unlink()
    else:
        assert (tmp_path / "one.zip").read_text(encoding="utf-8") == "mine"
    assert contents(data) == before
    age(tmp_path)
    assert nursery.run("backup", data, file=str(tmp_path / "one.zip"), force=True)["lines"] == ["12"]
    assert names_in(tmp_path) == ["one.zip"]
    assert members(tmp_path / "one.zip").keys() == members(made).keys()


def test_a_backup_killed_at_any_moment(nursery: Nursery, made: Path, tmp_path: Path) -> None:
    data = made.parent / "data"
    seconds = nursery.run("backup", data, file=str(tmp_path / "whole.zip"))["seconds"]
    whole, seen = members(tmp_path / "whole.zip")[DATABASE], Counter[bool]()
    for number in range(KILLS):
        target = tmp_path / f"{number}.zip"
        nursery.run("backup", data, file=str(target), kill_after=1.2 * seconds * number / KILLS)
        seen[target.exists()] += 1
        if target.exists():
            assert members(target)[DATABASE] == whole
    assert seen[False] > 0


@pytest.mark.parametrize("share", [0.05, 0.4, 0.9, 1.05])
def test_a_backup_that_finds_no_space_leaves_nothing(
    nursery: Nursery, made: Path, tmp_path: Path, share: float
) -> None:
    """The copy of the database is the largest file; the shares cut it off at its beginning, middle and end."""
    data = made.parent / "data"
    size = (data / DATABASE).stat().st_size
    (tmp_path / "one.zip").write_text("mine", encoding="utf-8")
    run = nursery.run("backup", data, file=str(tmp_path / "one.zip"), force=True, file_bytes=int(size * share))
    if share > 1:
        assert run["lines"] == ["12"]
    else:
        [line] = run["lines"]
        assert line.startswith("BackupError: ")
        assert "free some space" in line
        assert (tmp_path / "one.zip").read_text(encoding="utf-8") == "mine"
    assert names_in(tmp_path) == ["one.zip"]


def test_packing_that_finds_no_space_leaves_nothing(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, *_: object) -> None:
        path.write_bytes(b"PK")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("index.backup.pack", full)
    with pytest.raises(Exception, match=r"one\.zip could not be written \(No space left on device\); free some space"):
        make_backup(made.parent / "data", tmp_path / "one.zip")
    assert names_in(tmp_path) == []


# Restore


def sound(data: Path) -> bool:
    with Warta(Settings(data=data), small_engine()) as warta:
        return [finding for finding in check_health(warta) if not finding.ok] == []


def restored(nursery: Nursery, made: Path, data: Path) -> None:
    """Restoring again comes to its end, and nothing half-made is left."""
    run = nursery.run("restore", data, file=str(made), force=True)
    assert run["signal"] == 0
    assert not any("Error" in line for line in run["lines"]), run["lines"]
    assert contents(data) == contents(made.parent / "data")
    assert not list(data.glob(f"{STAGING}*"))


@pytest.mark.parametrize("step", STEPS["restore"], ids=lambda step: f"{step[2]}-{step[3]}")
def test_a_restore_killed_at_a_step(nursery: Nursery, made: Path, tmp_path: Path, step: Step) -> None:
    data = filled(tmp_path / "data", 3, names=OLD_NAMES)
    before, new = contents(data), contents(made.parent / "data")
    run = nursery.run("restore", data, file=str(made), force=True, kill_before=step)
    assert (run["signal"], run["lines"]) == (signal.SIGKILL, [])
    expected = {("sync_path", 3): new, ("replace", 2): (before[0], new[1])}  # the two replacements are not one
    assert contents(data) == expected.get((step[2], step[3]), before)
    assert sound(data)
    if step[2] in ("replace", "sync_path", "_put_in_place"):
        [aside] = tmp_path.glob("data.before-restore-*")
        assert contents(aside) == before
        aside.rename(tmp_path / "earlier")  # in a test, two restores can fall into one second
    else:
        for aside in tmp_path.glob("data.before-restore-*"):
            shutil.rmtree(aside)
    restored(nursery, made, data)
    assert sound(data)


@pytest.mark.parametrize("step", [step for step in STEPS["restore"] if step[2] not in ("link",)], ids=str)
def test_a_restore_into_nothing_killed_at_a_step(nursery: Nursery, made: Path, tmp_path: Path, step: Step) -> None:
    data = tmp_path / "data"
    late = ("os", "", "replace", 2), ("index.restore", "", "sync_path", 3)
    run = nursery.run("restore", data, file=str(made), kill_before=step)
    there = {path.name for path in data.iterdir() if not path.name.endswith(".lock")}
    there = {name for name in there if not name.startswith(STAGING)}
    if step == late[1]:  # nothing was set aside, so there is no third
        assert (run["signal"], there) == (0, {DATABASE, PARTNERS})
        return
    assert run["signal"] == signal.SIGKILL
    assert there == ({PARTNERS} if step == late[0] else set())
    restored(nursery, made, data)


def test_a_restore_killed_at_any_moment(nursery: Nursery, made: Path, tmp_path: Path) -> None:
    new, seen = contents(made.parent / "data"), Counter[str]()
    whole = filled(tmp_path / "whole", 3, names=OLD_NAMES)
    before = contents(whole)
    shutil.copytree(whole, tmp_path / "first")
    seconds = nursery.run("restore", tmp_path / "first", file=str(made), force=True)["seconds"]
    for number in range(KILLS):
        data = tmp_path / str(number)
        shutil.copytree(whole, data)
        nursery.run("restore", data, file=str(made), force=True, kill_after=1.2 * seconds * number / KILLS)
        found = contents(data)
        assert found in (before, new, (before[0], new[1]))
        seen["new" if found == new else "old"] += 1
        assert sound(data)
        for aside in tmp_path.glob(f"{number}.before-restore-*"):
            shutil.rmtree(aside)
        restored(nursery, made, data)
    assert seen["old"] > 0


@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
@pytest.mark.parametrize("force", [True, False])
def test_a_restore_that_finds_no_space_changes_nothing(
    nursery: Nursery, made: Path, tmp_path: Path, share: float, force: bool
) -> None:
    data = tmp_path / "data"
    before = contents(filled(data, 3)) if force else None
    size = int((made.parent / "data" / DATABASE).stat().st_size * share)
    [line] = nursery.run("restore", data, file=str(made), force=force, file_bytes=size)["lines"]
    assert line.startswith("StoreError: ")
    assert "the database is as it was: free some space" in line
    if before:
        assert contents(data) == before
        assert not list(data.glob(f"{STAGING}*"))
    else:
        assert names_in(tmp_path) == []
