"""The bot under load, over HTTP against the fake Telegram: `python -m tests.bench.bot --data READY_FOLDER`.

The bot is a process of its own, as in life; the fake and the people are in this one, on the same machine. Questions
come from news-dev of the evaluation data, four from each of fifty private chats. `make bench` runs it as well.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from bot_api import BotApi  # noqa: E402
from bot_world import Chat, User  # noqa: E402

CHATS = 50
QUESTIONS = 200
PACE = 20.0
PATIENCE_S = 120.0
OPENING = "Siapa CEO Go-Jek?"


def say(name: str, value: str) -> None:
    sys.stdout.write(f"{name:<46} {value}\n")
    sys.stdout.flush()


def arrivals(api: BotApi) -> dict[int, list[float]]:
    """When the messages to each chat came in."""
    found: dict[int, list[float]] = {}
    for call in api.calls:
        if call.method.lower() == "sendmessage" and call.status == 200:
            found.setdefault(int(call.params["chat_id"]), []).append(call.at)
    return found


def wait_for(api: BotApi, number: int) -> None:
    """Until so many messages were sent. Looked at seldom: looking costs the fake's time."""
    deadline = time.monotonic() + PATIENCE_S
    while sum(map(len, arrivals(api).values())) < number:
        if time.monotonic() > deadline:
            raise SystemExit(f"only {sum(map(len, arrivals(api).values()))} of {number} answers came: {api.summary()}")
        time.sleep(0.1)


def asked(api: BotApi, people: list[tuple[User, Chat]], texts: list[str], pause: float) -> tuple[float, list[float]]:
    """Ask all texts, `pause` seconds apart; gives answers a second, and each one's seconds until sendMessage."""
    before = {chat: len(times) for chat, times in arrivals(api).items()}
    total = sum(before.values())
    sent: dict[int, list[float]] = {}
    started = time.monotonic()
    for number, text in enumerate(texts):
        if (early := started + number * pause - time.monotonic()) > 0:
            time.sleep(early)
        user, chat = people[number % len(people)]
        sent.setdefault(chat.id, []).append(time.monotonic())
        api.say(chat, user, text)
    wait_for(api, total + len(texts))
    times = arrivals(api)
    came = {chat: times[chat][before.get(chat, 0) :] for chat in sent}
    last = max(max(some) for some in came.values())
    waits = [b - a for chat in sent for a, b in zip(sent[chat], came[chat], strict=True)]
    return len(texts) / (last - started), sorted(waits)


def processor_seconds(pid: int) -> float:
    """Of all threads of a process, so far; 0 where the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def in_order(database: Path) -> bool:
    """Whether every chat's answers were given in the order of its questions."""
    rows = sqlite3.connect(database).execute("select chat_id, question_id from answers order by created_at, rowid")
    latest: dict[int, int] = {}
    for chat, question in rows:
        if question < latest.get(chat, 0):
            return False
        latest[chat] = question
    return True


def bench_bot(data: Path, texts: list[str], cache: Path) -> None:
    """Run both loads and print the figures; the bot works on a copy of the data folder."""
    with tempfile.TemporaryDirectory() as folder, BotApi() as api:
        copy = Path(folder) / "data"
        shutil.copytree(data, copy)
        environ = {name: value for name, value in os.environ.items() if not name.startswith("WARTA_")}
        environ |= {
            "WARTA_CACHE": str(cache),
            "WARTA_BOT_TOKEN": api.token,
            "WARTA_BOT_API_URL": api.url,
            "WARTA_MESSAGES_PER_SECOND": "1000",
            "WARTA_QUESTIONS_PER_MINUTE": "1000",
        }
        bot = subprocess.Popen(
            [sys.executable, "-m", "bot", "--data", str(copy), "bot"], cwd=ROOT, env=environ, stderr=subprocess.DEVNULL
        )
        try:
            people = [(user, api.private(user)) for user in (api.user(f"Orang {n}") for n in range(CHATS))]
            for user, chat in people:  # everybody's first question also opens the chat and warms the threads
                api.say(chat, user, OPENING)
            wait_for(api, CHATS)
            # Other questions the second time: the vectors of those asked before are remembered.
            spent = processor_seconds(bot.pid)
            rate, _ = asked(api, people, texts[:QUESTIONS], 0.0)
            spent = (processor_seconds(bot.pid) - spent) / QUESTIONS * 1000
            say(f"bot: {QUESTIONS} questions at once, answers a second", f"{rate:.1f}")
            say("  processor time of an answer, ms", f"{spent:.1f}")
            _, waits = asked(api, people, texts[QUESTIONS : 2 * QUESTIONS], 1 / PACE)
            median, late = statistics.median(waits), waits[int(len(waits) * 0.95)]
            say(f"bot: at {PACE:.0f} a second, update to sendMessage, s", f"p50 {median:.3f}, p95 {late:.3f}")
            peak = Path(f"/proc/{bot.pid}/status").read_text(encoding="utf-8") if sys.platform == "linux" else ""
            for line in peak.splitlines():
                if line.startswith("VmHWM"):
                    say("bot: peak memory", f"{int(line.split()[1]) / 1024:.0f} MB")
        finally:
            bot.terminate()
            bot.wait(30)
        say("bot: order kept within each chat", "yes" if in_order(copy / "warta.db") else "NO")


def main() -> None:
    import json

    from index.settings import Settings

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    default = Path(os.environ.get("WARTA_EVAL_DATA", ROOT.parent / "shared" / "eval")) / "news-dev"
    parser.add_argument("--corpus", type=Path, default=default)
    given = parser.parse_args()
    lines = (given.corpus / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines]
    bench_bot(given.data, texts, Settings.from_env(dict(os.environ)).cache)


if __name__ == "__main__":
    main()
