"""Questions while the index is rebuilt: `python -m tests.bench.reindex --data READY_FOLDER`.

The bot answers the same questions twice over HTTP, at a steady pace: while nothing else goes on, and while a full
`warta reindex` works on the folder. Printed are both p95, their ratio, and how many answers differ; the rebuild is then
broken off, for it takes many minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from bot_api import BotApi  # noqa: E402

from tests.bench.bot import CHATS, OPENING, asked, say, wait_for  # noqa: E402

QUESTIONS, PACE = 150, 4.0
WARMING_S = 15.0
"""Until the rebuild embeds."""


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
        quiet = {"cwd": ROOT, "env": environ, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        bot = subprocess.Popen([*command, "bot"], **quiet)  # type: ignore[call-overload]
        rebuild: subprocess.Popen[bytes] | None = None
        try:
            people = [(user, api.private(user)) for user in (api.user(f"Orang {n}") for n in range(CHATS))]
            for user, chat in people:
                api.say(chat, user, OPENING)
            wait_for(api, CHATS)
            asked(api, people, texts[:QUESTIONS], 1 / PACE)  # their vectors are remembered from here on
            _, before = asked(api, people, texts[:QUESTIONS], 1 / PACE)
            answers = [_answers(api)]
            rebuild = subprocess.Popen([*command, "reindex", "--full"], **quiet)  # type: ignore[call-overload]
            time.sleep(WARMING_S)
            _, meanwhile = asked(api, people, texts[:QUESTIONS], 1 / PACE)
            still = rebuild.poll() is None
            answers.append(_answers(api))
        finally:
            for process in filter(None, (rebuild, bot)):
                process.send_signal(signal.SIGTERM)
                process.wait(60)
    first, last = (waits[int(len(waits) * 0.95)] for waits in (before, meanwhile))
    differ = sum(answers[0][chat] != answers[1][chat] for chat in answers[0])
    say("questions a second, and how many", f"{PACE:g}, {QUESTIONS} in each round")
    say("p95 quiet, while reindexing, s", f"{first:.3f}, {last:.3f} (x {last / first:.2f})")
    say("the rebuild was still going on at the end", "yes" if still else "NO")
    say("chats whose answers differ", str(differ))


def _answers(api: BotApi) -> dict[int, list[str]]:
    """What each chat was answered in the last round, in order."""
    return {
        chat.id: [message["text"] for message in api.sent(chat)][-(QUESTIONS // CHATS) :] for chat in api.chats.values()
    }


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
