"""Questions while the index is rebuilt: `python -m tests.bench.reindex --data READY_FOLDER`.

The bot answers over HTTP at a steady pace: while nothing else goes on, and while a full `warta reindex` works on the
folder, to its end. Every question is another one, so that the model has to embed it. In between some questions are
asked again and again: their answers may not change before the swap. All the while somebody wants to write to the
database, and is shown for how long he had to wait.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from bot_api import BotApi  # noqa: E402
from bot_world import Chat, User  # noqa: E402

from tests.bench.bot import CHATS, OPENING, asked, say, wait_for  # noqa: E402

QUIET, BLOCK, PROBES = 200, 50, 50
"""Questions without a rebuild; between two looks at it; that are asked again: as many as there are chats."""
PACE = 4.0
KNOCK_S = 0.05
"""Between two attempts to write."""


class Writer:
    """Somebody who wants to write, again and again; what he had to wait is kept by the rebuild's stage."""

    def __init__(self, database: Path) -> None:
        self.waits: dict[str, list[float]] = {}
        self._database, self._over = database, threading.Event()
        self._thread = threading.Thread(target=self._knock)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _knock(self) -> None:
        connection = sqlite3.connect(self._database, timeout=120, isolation_level=None)
        while not self._over.wait(KNOCK_S):
            before = stage_of(connection)
            began = time.monotonic()
            connection.execute("begin immediate")
            waited = time.monotonic() - began
            connection.execute("rollback")
            for stage in {before, stage_of(connection)}:
                self.waits.setdefault(stage, []).append(waited)
        connection.close()


def stage_of(connection: sqlite3.Connection) -> str:
    """What the rebuild is at; "" while there is none."""
    query = "select stage from jobs where kind = 'reindex' and finished_at is null order by id desc limit 1"
    try:
        rows = connection.execute(query).fetchall()
    except sqlite3.OperationalError:  # the bot has not made its tables yet
        rows = []
    return str(rows[0][0]) if rows else ""


def peak_of(pid: int) -> int:
    """The most memory that a process has had, in MB; 0 where the system does not tell, or it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return max((int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM")), default=0)


def bench_reindex(ready: Path, texts: list[str]) -> None:
    """Both rounds, on a copy of the folder."""
    with tempfile.TemporaryDirectory() as folder, BotApi() as api:
        data = Path(folder) / "data"
        shutil.copytree(ready, data)
        environ = os.environ | {
            "WARTA_BOT_TOKEN": api.token,
            "WARTA_BOT_API_URL": api.url,
            "WARTA_QUESTIONS_PER_MINUTE": "1000",
            "WARTA_SYNC_MINUTES": "0",
        }
        command = [sys.executable, "-m", "bot", "--data", str(data)]
        hidden = {"cwd": ROOT, "env": environ, "stderr": subprocess.DEVNULL}
        bot = subprocess.Popen([*command, "bot"], stdout=subprocess.DEVNULL, **hidden)  # type: ignore[call-overload]
        rebuild: subprocess.Popen[bytes] | None = None
        try:
            people = [(user, api.private(user)) for user in (api.user(f"Orang {n}") for n in range(CHATS))]
            for user, chat in people:
                api.say(chat, user, OPENING)
            wait_for(api, CHATS)
            probes, fresh = texts[:PROBES], itertools.cycle(texts[PROBES:])  # more than the bot remembers
            asked(api, people, probes, 1 / PACE)
            expected = _answers(api)
            _, quiet = asked(api, people, list(itertools.islice(fresh, QUIET)), 1 / PACE)
            with Writer(data / "warta.db") as writer:
                started = time.monotonic()
                rebuild = subprocess.Popen([*command, "reindex", "--full", "--json"], stdout=subprocess.PIPE, **hidden)  # type: ignore[call-overload]
                _report(api, people, rebuild, writer, quiet, probes, expected, fresh, data)
                say("the rebuild took, s", f"{time.monotonic() - started:.0f}")
                assert rebuild.stdout is not None
                say("its report", rebuild.stdout.read().decode().strip().splitlines()[-1])
            say("peak memory of the bot, MB", str(peak_of(bot.pid)))
        finally:
            for process in filter(None, (rebuild, bot)):
                process.send_signal(signal.SIGTERM)
                process.wait(60)


def _report(
    api: BotApi,
    people: list[tuple[User, Chat]],
    rebuild: subprocess.Popen[bytes],
    writer: Writer,
    quiet: list[float],
    probes: list[str],
    expected: dict[int, str],
    fresh: Iterator[str],
    data: Path,
) -> None:
    """Ask until the rebuild is over, and print."""
    meanwhile: dict[str, list[float]] = {}
    peak = compared = differing = after = 0
    with sqlite3.connect(data / "warta.db") as connection:
        while rebuild.poll() is None:
            before = stage_of(connection)
            _, waits = asked(api, people, list(itertools.islice(fresh, BLOCK)), 1 / PACE)
            peak = max(peak, peak_of(rebuild.pid))
            stage = stage_of(connection)
            if rebuild.poll() is None:
                meanwhile.setdefault(before if before == stage else f"{before} → {stage}", []).extend(waits)
            asked(api, people, probes, 1 / PACE)
            stage = stage_of(connection)
            if rebuild.poll() is None and stage not in ("swap", "index", ""):
                given = _answers(api)
                compared += 1
                differing += sum(given[chat] != expected[chat] for chat in expected)
    connection.close()
    asked(api, people, probes, 1 / PACE)
    given = _answers(api)
    after = sum(given[chat] != expected[chat] for chat in expected)
    everything = sorted(itertools.chain.from_iterable(meanwhile.values()))
    first, last = _p95(quiet), _p95(everything)
    say("questions a second; quiet, meanwhile", f"{PACE:g}; {len(quiet)}, {len(everything)}")
    say("p50 quiet, meanwhile, s", f"{statistics.median(quiet):.3f}, {statistics.median(everything):.3f}")
    say("p95 quiet, meanwhile, s", f"{first:.3f}, {last:.3f} (x {last / first:.2f})")
    for name, waits in meanwhile.items():
        say(f"  p95 at {name}", f"{_p95(waits):.3f} ({len(waits)})")
    say("rounds of answers compared, answers that differ", f"{compared}, {differing}")
    say("answers that differ after the swap", f"{after} of {len(expected)}")
    say("peak memory of the rebuild, MB", str(peak))
    for name, waits in writer.waits.items():
        say(f"  writers waited at {name or 'rest'}, s", f"at most {max(waits):.3f}, p95 {_p95(waits):.3f}")


def _p95(waits: list[float]) -> float:
    return sorted(waits)[int(len(waits) * 0.95)]


def _answers(api: BotApi) -> dict[int, str]:
    """What each chat was answered last."""
    return {chat.id: api.sent(chat)[-1]["text"] for chat in api.chats.values()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    default = Path(os.environ.get("WARTA_EVAL_DATA", ROOT.parent / "shared" / "eval")) / "news-dev"
    parser.add_argument("--corpus", type=Path, default=default)
    given = parser.parse_args()
    lines = (given.corpus / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    bench_reindex(given.data, [json.loads(line)["text"] for line in lines])


if __name__ == "__main__":
    main()
