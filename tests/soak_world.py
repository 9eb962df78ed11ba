"""What the soak puts around the bot: a newsroom, the server that it runs on, and the fakes with their faults."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path

from newsroom import feed_reply
from web import Asked, Reply, Site

from index.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
SHOWN = 40
"""Items in the feed."""
_SYLLABLES = [consonant + vowel for consonant in "bdgklmnprst" for vowel in "aiou"]


@dataclass(frozen=True, slots=True)
class Fake:
    """Something that the bot depends on and that stands on loopback here."""

    name: str
    faults: float
    """The share of its answers that are wrong."""
    disturb: Callable[[float], None]
    """Have that share go wrong from now on; 0 for none."""
    requests: Callable[[], int]
    """How often it was asked."""
    environ: dict[str, str]
    """The settings that lead the bot to it."""
    failed: Callable[[], int] | None = None
    """How many of its answers were wrong, where that is counted."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A line of what came of it."""

    name: str
    value: object
    promise: str = ""
    kept: bool = True


def table(figures: Iterable[Figure]) -> str:
    """The figures, a line each; one that is not as promised is marked."""
    lines = [f"{'':<47} {'value':<24} promised"]
    lines += [f"{'  ' if one.kept else '✗ '}{one.name:<45} {one.value!s:<24} {one.promise}".rstrip() for one in figures]
    return "\n".join(lines) + "\n"


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def story(number: int) -> tuple[str, str]:
    """Title and text of news that no other article tells; each names Contoh, which all followers follow."""
    chance = random.Random(number)

    def word() -> str:
        return "".join(chance.choices(_SYLLABLES, k=4))

    company, city = word().capitalize(), word().capitalize()
    title = f"Contoh dan {company} {word()} {word()} di {city} [{number}]"
    sentences = [f"{word().capitalize()} {' '.join(word() for _ in range(14))} {company} {word()}." for _ in range(12)]
    return title, "".join(f"<p>{' '.join(sentences[at : at + 3])}</p>" for at in range(0, 12, 3))


class Newsroom:
    """A feed with whole articles that answers some requests wrongly."""

    def __init__(self, site: Site) -> None:
        self.site, self.chance, self.items = site, random.Random(7), list[str]()
        self.faults, self.requests = 0.0, 0
        self.url = f"{site.url}/feed"
        site.put("/feed", self._answer)

    def disturb(self, share: float) -> None:
        self.faults = share

    def publish(self) -> None:
        number = len(self.items) + 1
        title, text = story(number)
        self.items.append(
            f"<item><title>{title}</title><link>{self.site.url}/news/{number}</link><guid>{number}</guid>"
            f"<pubDate>{formatdate(usegmt=True)}</pubDate><content:encoded><![CDATA[{text}]]></content:encoded></item>"
        )

    def _answer(self, asked: Asked) -> Reply:
        self.requests += 1
        if self.chance.random() < self.faults:
            return self.chance.choice([Reply(500), Reply(503), Reply(body=b"<rss><chann"), Reply(raw=b"HTTP/1.1 2")])
        reply = feed_reply(self.items[-SHOWN:])
        return reply(asked) if callable(reply) else reply


@dataclass
class Life:
    """One process of the bot, from its start to its end."""

    begun: float
    looks: list[tuple[float, float, int]] = field(default_factory=list)
    """Its age in seconds, memory in MB, open files."""


class Machine:
    """The server that the bot runs on."""

    def __init__(self, fakes: Sequence[Fake], data: Path, **settings: str) -> None:
        self.data, self.lives, self.falls = data, list[Life](), 0
        self._environ = {name: value for name, value in os.environ.items() if not name.startswith("WARTA_")}
        self._environ |= {
            "PYTHONPATH": str(ROOT),
            "WARTA_CACHE": str(Settings.from_env(dict(os.environ)).cache),
            "WARTA_DATA": str(data),
        }
        for fake in fakes:
            self._environ |= fake.environ
        self._environ |= settings
        self._log = (data.parent / "bot.log").open("ab")
        self._left: list[int] = []
        self.process: subprocess.Popen[bytes] | None = None

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command beside the bot."""
        return subprocess.run(
            [sys.executable, "-m", "bot", *words], cwd=ROOT, env=self._environ, capture_output=True, text=True
        )

    def start(self) -> None:
        """Start the bot, and what it starts, in a group of processes of their own."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot", "bot"],
            cwd=ROOT, env=self._environ, stderr=self._log, start_new_session=True,
        )  # fmt: skip
        self.lives.append(Life(time.monotonic()))

    def look(self) -> None:
        """Note how much the bot takes; where it has ended by itself, start it as systemd would."""
        assert self.process is not None
        if self.process.poll() is not None:
            self.falls += 1
            say(f"the bot ended by itself, exit code {self.process.returncode}")
            self.start()
            return
        at = Path(f"/proc/{self.process.pid}")
        try:
            pages = int((at / "statm").read_text(encoding="utf-8").split()[1])
            files = len(list((at / "fd").iterdir()))
        except OSError:
            return
        life = self.lives[-1]
        memory = pages * os.sysconf("SC_PAGESIZE") / 1e6
        life.looks.append((time.monotonic() - life.begun, memory, files))

    def kill(self, *, children_too: bool) -> None:
        """Kill -9; with all that it started, as at a loss of power, or the bot alone."""
        assert self.process is not None
        if children_too:
            os.killpg(self.process.pid, signal.SIGKILL)
        else:
            self.process.kill()
            self._left.append(self.process.pid)
        self.process.wait(10)

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill(children_too=True)
        for group in self._left:  # children that outlived their bot
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        self._log.close()

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(f"{(self.data / 'warta.db').as_uri()}?mode=ro", uri=True, timeout=30)) as store:
            return store.execute(query).fetchall()

    def number(self, query: str) -> int:
        return int(str(self.rows(query)[0][0] or 0))
