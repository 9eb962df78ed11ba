"""A command that stands for `warta reindex`, the rows that it would keep, and who may ask for it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from bot_api import BotApi
from bot_world import User

from bot.app import Bot

RINI, BUDI = 77, 78
ADMINS = (RINI, BUDI)
"""Two owners."""
FIGURES = {"articles": 2768, "chunks": 7, "embedded": 3, "reused": 4}


def people(api: BotApi) -> tuple[User, User, User]:
    """Two owners, and a stranger."""
    return api.user("Bu Rini", id=RINI), api.user("Budi", id=BUDI, language_code="en"), api.user("Sari")


def job(folder: Path, code: str = "", **figures: Any) -> list[str]:
    """A command that notes that it ran, waits for `go`, and tells figures."""
    script = f"""
import json, pathlib, signal, sys, time
def stop(*_):
    (folder / "stopped").touch()
    sys.exit(1)
signal.signal(signal.SIGTERM, stop)
folder = pathlib.Path({str(folder)!r})
with (folder / "runs").open("a") as runs:
    runs.write(" ".join(sys.argv[1:]) + chr(10))
while not (folder / "go").exists():
    time.sleep(0.01)
{code}
print({json.dumps(FIGURES | figures)!r})
"""
    return [sys.executable, "-c", script]


def give(bot: Bot, command: list[str]) -> None:
    """Let this be run instead of `warta reindex`."""
    bot.services.reindexing.command = command


def runs(folder: Path) -> list[str]:
    """The options of each run."""
    file = folder / "runs"
    return file.read_text().splitlines() if file.exists() else []


async def put_job(bot: Bot, pid: int, **values: Any) -> None:
    """What a reindex writes about itself, as the newest one of this process."""
    now = bot.services.now()
    row: dict[str, Any] = {"stage": "embed", "done": 0, "total": 0, "finished_at": None, "report": ""}
    row |= {"kind": "reindex", "pid": pid, "started_at": now, "updated_at": now} | values

    def put(store: Any) -> None:
        with store.transaction():
            store.connection.execute(
                "create table if not exists jobs (id integer primary key, kind text, pid integer, started_at real,"
                " updated_at real, finished_at real, stage text, done integer, total integer, report text)"
            )
            store.connection.execute("delete from jobs where pid = ?", [pid])
            names = ", ".join(row)
            store.connection.execute(
                f"insert into jobs ({names}) values ({', '.join('?' * len(row))})", [*row.values()]
            )

    await bot.services.desk.records(lambda r: put(r.store))


async def deeds(bot: Bot) -> list[tuple[int, str, str, str]]:
    """Who did what, how and with which outcome, newest first."""
    rows = await bot.services.desk.records(lambda r: r.audit.newest(50))
    return [(one.user_id, one.action, one.detail, one.outcome) for one in rows]
