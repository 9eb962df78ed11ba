"""Questions while the index is rebuilt: `python -m tests.bench.reindex --data READY_FOLDER`.

The bot answers over HTTP at a steady pace while a full `warta reindex` works on the folder, to its end. While it
embeds, it rests during every other block of questions: so what else goes on on the machine weighs on both alike. Every
question is another one, so that the model has to embed it. Some people ask one and the same question again and again:
their answers may not change before the swap. All the while somebody wants to write to the database, and is shown for
how long he had to wait.
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
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from bot_api import BotApi  # noqa: E402
from bot_world import Chat, User  # noqa: E402

from tests.bench.bot import CHATS, OPENING, asked, say, wait_for  # noqa: E402

BLOCK, PROBES = 50, 25
"""Questions between two looks at the rebuild; that are asked again and again."""
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


class Rebuild:
    """A full reindex in a process of its own."""

    def __init__(self, command: list[str], database: Path, environ: dict[str, str]) -> None:
        self.peak = 0
        self._process = subprocess.Popen(
            [*command, "reindex", "--full", "--json"],
            cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._connection = sqlite3.connect(database, timeout=0, isolation_level=None)

    def stage(self) -> str:
        """What it is at; "" once it is over."""
        self.peak = max(self.peak, peak_of(self._process.pid))
        return "" if self._process.poll() is not None else stage_of(self._connection) or "start"

    def stop(self) -> bool:
        """Let it rest; not in a transaction, which would let the bot rest, too. False: it is over."""
        while self._process.poll() is None:
            self._process.send_signal(signal.SIGSTOP)
            try:
                self._connection.execute("begin immediate")
                self._connection.execute("rollback")
                return True
            except sqlite3.OperationalError:
                self._process.send_signal(signal.SIGCONT)
                time.sleep(KNOCK_S)
        return False

    def go_on(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def end(self) -> str:
        """End it, if it has not; gives the last line that it printed."""
        self.go_on()
        self._process.terminate()
        printed = self._process.communicate(timeout=60)[0].decode().strip()
        self._connection.close()
        return printed.splitlines()[-1] if printed else "none"


def bench_reindex(ready: Path, texts: list[str]) -> None:
    """All of it, on a copy of the folder."""
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
        bot = subprocess.Popen(
            [*command, "bot"], cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        rebuild: Rebuild | None = None
        try:
            people = [(user, api.private(user)) for user in (api.user(f"Orang {n}") for n in range(CHATS + PROBES))]
            for user, chat in people:
                api.say(chat, user, OPENING)
            wait_for(api, len(people))
            crowd = Crowd(api, people, texts)
            crowd.probe()
            expected = crowd.probe()  # from here on each one's question before was the same
            crowd.ask()
            with Writer(data / "warta.db") as writer:
                started = time.monotonic()
                rebuild = Rebuild(command, data / "warta.db", environ)
                _watch(crowd, rebuild, expected)
                say("it took, less the rests, s", f"{time.monotonic() - started - crowd.rested:.0f}")
            for name, waits in writer.waits.items():
                say(f"  writers waited at {name or 'rest'}, s", f"at most {max(waits):.3f}, p95 {_p95(waits):.3f}")
            say("its report", rebuild.end())
            say("peak memory of the rebuild, of the bot, MB", f"{rebuild.peak}, {peak_of(bot.pid)}")
        finally:
            if rebuild is not None:
                rebuild.end()
            bot.terminate()
            bot.wait(60)


class Crowd:
    """Those who ask something else each time, and those who ask the same."""

    def __init__(self, api: BotApi, people: list[tuple[User, Chat]], texts: list[str]) -> None:
        self.rested = 0.0
        self._api, self._asking, self._probing = api, people[PROBES:], people[:PROBES]
        self._probes, self._fresh = texts[:PROBES], itertools.cycle(texts[PROBES:])  # more than the bot remembers

    def ask(self) -> list[float]:
        """Seconds until each answer of a block."""
        return asked(self._api, self._asking, list(itertools.islice(self._fresh, BLOCK)), 1 / PACE)[1]

    def probe(self) -> list[str]:
        """The answers to the same questions."""
        asked(self._api, self._probing, self._probes, 1 / PACE)
        return [self._api.sent(chat)[-1]["text"] for _, chat in self._probing]


def _watch(crowd: Crowd, rebuild: Rebuild, expected: list[str]) -> None:
    """Ask until the rebuild is over, and print."""
    quiet: list[float] = []
    beside: list[float] = []
    elsewhere: list[float] = []
    compared = differing = 0
    while stage := rebuild.stage():
        waits = crowd.ask()
        if stage == "embed" == rebuild.stage() and rebuild.stop():
            beside += waits
            began = time.monotonic()
            quiet += crowd.ask()
            rebuild.go_on()
            crowd.rested += time.monotonic() - began
        else:
            elsewhere += waits
        given = crowd.probe()
        if rebuild.stage() in ("plan", "embed", "check"):
            compared += 1
            differing += sum(a != b for a, b in zip(given, expected, strict=True))
    say("questions while it rests, while it embeds", f"{len(quiet)}, {len(beside)}; {PACE:g} a second")
    say("p50 of both, s", f"{statistics.median(quiet):.3f}, {statistics.median(beside):.3f}")
    say("p95 of both, s", f"{_p95(quiet):.3f}, {_p95(beside):.3f} (x {_p95(beside) / _p95(quiet):.2f})")
    say("p95 at its other stages, s", f"{_p95(elsewhere):.3f} ({len(elsewhere)})")
    say("answers compared before the swap, that differ", f"{compared * PROBES}, {differing}")
    after = sum(a != b for a, b in zip(crowd.probe(), expected, strict=True))
    say("answers that differ after it", f"{after} of {PROBES}")


def _p95(waits: list[float]) -> float:
    return sorted(waits)[int(len(waits) * 0.95)]


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
