"""`warta bot` in a process of its own, to be stopped and killed there.

`python bot_process.py bot …` is the real command line with the embedder that can be worked out by hand. With
BOT_DIES_OF set, the process ends at once, without any tidying, when it is asked a question that holds these words.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

TESTS = Path(__file__).parent


class BotProcess:
    """A running `warta bot`; what it writes goes into two files beside its data folder."""

    def __init__(self, url: str, token: str, data: Path, *arguments: str, **settings: str) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("WARTA_")}
        environ = kept | {
            "PYTHONPATH": f"{TESTS.parent}{os.pathsep}{TESTS}",
            "PYTHONUNBUFFERED": "1",
            "OMP_NUM_THREADS": "1",
            "WARTA_BOT_API_URL": url,
            "WARTA_BOT_TOKEN": token,
            "WARTA_DATA": str(data),
            "WARTA_ABSTAIN_BELOW": "0",
            "WARTA_MESSAGES_PER_SECOND": "1000",
            "WARTA_QUESTIONS_PER_MINUTE": "1000",
        }
        environ |= settings
        data.parent.mkdir(parents=True, exist_ok=True)
        self.out, self.err = (data.parent / f"{data.name}.{name}" for name in ("out", "err"))
        self._begins = self.err.stat().st_size if self.err.exists() else 0
        with self.out.open("ab") as out, self.err.open("ab") as err:
            self.process = subprocess.Popen(
                [sys.executable, str(TESTS / "bot_process.py"), *(arguments or ("bot",))],
                stdout=out, stderr=err, stdin=subprocess.DEVNULL, env=environ, cwd=data.parent,
            )  # fmt: skip

    @property
    def log(self) -> str:
        """What it wrote to standard error."""
        return self.err.read_bytes()[self._begins :].decode()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask it to end; gives its exit code."""
        self.process.send_signal(number)
        return self.process.wait(40)

    def kill(self) -> None:
        """Kill -9."""
        self.process.kill()
        self.process.wait(10)

    def wait(self, seconds: float = 30) -> int:
        """The exit code, once it has ended by itself."""
        return self.process.wait(seconds)

    def until_logged(self, words: str, seconds: float = 20) -> None:
        """Wait until its log says so."""
        over = time.monotonic() + seconds
        while words not in self.log:
            if time.monotonic() > over or self.process.poll() is not None:
                raise AssertionError(f"{words!r} was not logged:\n{self.log}")
            time.sleep(0.02)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if self.process.poll() is None:
            self.kill()
        if error is not None:
            error.add_note(self.log[-4000:])


def _main() -> None:
    import contextlib
    from collections.abc import Iterator

    from fakes import fake_engine

    from bot.asking import Inquiry, answer_to
    from bot.cli import main
    from bot.handlers import ask
    from bot.records import GivenAnswer
    from bot.services import Services
    from index.options import Call
    from index.pipeline import Warta
    from index.progress import Bars
    from index.settings import Settings

    @contextlib.contextmanager
    def opened(call: Call, settings: Settings | None = None) -> Iterator[tuple[Warta, Bars]]:
        with Bars() as bars, Warta(settings or call.settings(), fake_engine(), bars) as warta:
            yield warta, bars

    async def deadly(services: Services, inquiry: Inquiry) -> GivenAnswer:
        if words and words in inquiry.question:
            os._exit(9)
        return await answer_to(services, inquiry)

    words = os.environ.get("BOT_DIES_OF", "")
    Call.opened = opened  # type: ignore[method-assign]
    ask.answer_to = deadly  # type: ignore[attr-defined]
    main(sys.argv[1:])


if __name__ == "__main__":
    _main()
