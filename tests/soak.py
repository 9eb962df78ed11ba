"""The bot for twenty minutes of a bad day: `make soak`, or `make soak ARGS="--minutes 2"`.

The real bot with the real model in a process of its own, as in life; Telegram, the newsroom and the people are in this
one, on the same machine. 5 % of Telegram's answers and of the feed's are faults, some replies are lost after the
message was sent, people ask two questions a second, an article comes in every few seconds, the bot is killed each
minute and told to reindex every five. The last quarter goes without kills, so that one process is old enough for its
memory to tell. Then everything heals, and what is lost, twice or still open is counted. Exit code 1 when that is more
than is promised.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from bot_api import BotApi, reset  # noqa: E402
from newsroom import feed_reply  # noqa: E402
from web import Asked, Reply, Site  # noqa: E402

from bot.alert_settings import AlertBook  # noqa: E402
from bot.chats import BotStore  # noqa: E402
from bot.follows import Follows  # noqa: E402
from bot.records import Place  # noqa: E402
from index.interests import interest_of  # noqa: E402
from index.settings import Settings  # noqa: E402
from index.sources.book import SourceBook  # noqa: E402

PEOPLE, FOLLOWERS = 20, 3
QUESTIONS_PER_S, FAULTS = 2.0, 0.05
ARTICLE_EVERY_S, LOST_REPLY_EVERY_S, LOOK_EVERY_S = 6.0, 30.0, 5.0
KILL_EVERY_S, REINDEX_EVERY_S = 60.0, 300.0
WARM_S = 60.0
"""After which a process has all that it keeps in memory."""
PATIENCE_S = 180.0
SHOWN = 40
"""Items in the feed."""
MOST_GROWTH, JUDGED_FROM_MIN = 0.05, 10.0
"""A shorter soak has no process that is old enough to be judged by its memory."""
QUESTIONS = (
    "Siapa CEO Go-Jek?", "Kapan BMW dan Alibaba menandatangani MoU?", "Who runs Grab in Indonesia?",
    "How many startups have set up offices in the incubator?", "Which hydrogen SUV will Toyota launch?",
)  # fmt: skip
_SYLLABLES = [consonant + vowel for consonant in "bdgklmnprst" for vowel in "aiou"]


def say(name: str, value: object) -> None:
    sys.stdout.write(f"{name:<46} {value}\n")
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
    """A feed with whole articles that answers one request in twenty wrongly."""

    def __init__(self, site: Site) -> None:
        self.site, self.chance, self.items, self.faults = site, random.Random(7), list[str](), True
        self.url = f"{site.url}/feed"
        site.put("/feed", self._answer)

    def publish(self) -> None:
        number = len(self.items) + 1
        title, text = story(number)
        self.items.append(
            f"<item><title>{title}</title><link>{self.site.url}/news/{number}</link><guid>{number}</guid>"
            f"<pubDate>{formatdate(usegmt=True)}</pubDate><content:encoded><![CDATA[{text}]]></content:encoded></item>"
        )

    def _answer(self, asked: Asked) -> Reply:
        if self.faults and self.chance.random() < FAULTS:
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

    def __init__(self, api: BotApi, data: Path, admin: int) -> None:
        self.data, self.lives, self.falls = data, list[Life](), 0
        kept = {name: value for name, value in os.environ.items() if not name.startswith("WARTA_")}
        self._environ = kept | {
            "PYTHONPATH": str(ROOT),
            "WARTA_CACHE": str(Settings.from_env(dict(os.environ)).cache),
            "WARTA_DATA": str(data),
            "WARTA_BOT_TOKEN": api.token,
            "WARTA_BOT_API_URL": api.url,
            "WARTA_ADMINS": str(admin),
            "WARTA_QUESTIONS_PER_MINUTE": "1000",
            "WARTA_SYNC_MINUTES": "0.25",
            "WARTA_FETCH_ALLOW": "127.0.0.0/8",
        }
        self._log = (data.parent / "bot.log").open("ab")
        self.process: subprocess.Popen[bytes] | None = None

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command beside the bot."""
        return subprocess.run(
            [sys.executable, "-m", "bot", *words], cwd=ROOT, env=self._environ, capture_output=True, text=True
        )

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot", "bot"], cwd=ROOT, env=self._environ, stderr=self._log
        )
        self.lives.append(Life(time.monotonic()))

    def look(self) -> None:
        """Note how much the bot takes; where it has ended by itself, start it as systemd would."""
        assert self.process is not None
        if self.process.poll() is not None:
            self.falls += 1
            say("the bot ended by itself, exit code", self.process.returncode)
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

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill()
        self._log.close()

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(f"{(self.data / 'warta.db').as_uri()}?mode=ro", uri=True, timeout=30)) as store:
            return store.execute(query).fetchall()

    def number(self, query: str) -> int:
        return int(str(self.rows(query)[0][0] or 0))


class Soak:
    """Everything together."""

    def __init__(self, api: BotApi, site: Site, folder: Path) -> None:
        self.api, self.news = api, Newsroom(site)
        self.chance = random.Random(11)
        self.people = [(user, api.private(user)) for user in (api.user(f"Orang {n}") for n in range(PEOPLE))]
        self.followers = [api.private(api.user(f"Pengikut {n}")) for n in range(FOLLOWERS)]
        self.admin = api.user("Admin")
        self.office = api.private(self.admin)
        self.machine = Machine(api, folder / "data", self.admin.id)
        self.asked = self.kills = self.reindexes = 0

    def prepare(self) -> None:
        """Sample news, a feed that was read once, and people who follow what it tells."""
        added = self.machine.command("add", "--no-alerts", str(ROOT / "index" / "samples" / "articles.jsonl"))
        if added.returncode:
            raise SystemExit(added.stderr)
        database = self.machine.data / "warta.db"
        for _ in range(3):
            self.news.publish()
        with SourceBook(database) as book:
            assert book.add(self.news.url, "feed", now=time.time(), every=10.0, publisher="Harian Contoh")
        self.news.faults = False
        if (done := self.machine.command("sync")).returncode:
            raise SystemExit(done.stderr)
        self.news.faults = True
        with BotStore(database) as store:
            for chat in self.followers:
                chat.started = True
                store.see_chat(chat.id, "private", "x")
                Follows(store).add(Place(chat.id), interest_of("partner", "Contoh"), 5, time.time())
                AlertBook(store).change(chat.id, cap=1_000_000)

    def ask(self) -> None:
        user, chat = self.people[self.asked % PEOPLE]
        self.api.say(chat, user, QUESTIONS[self.asked // PEOPLE % len(QUESTIONS)])
        self.asked += 1

    def lose_a_reply(self) -> None:
        self.api.fail("sendMessage", reset(after_accepting=True), chat=self.chance.choice(self.followers))

    def kill(self) -> None:
        self.kills += 1
        self.machine.kill()
        self.machine.start()

    def reindex(self) -> None:
        self.reindexes += 1
        self.api.say(self.office, self.admin, "/reindex")

    def run(self, minutes: float) -> None:
        """Do all of it, each thing in its own time, until the minutes are over."""
        self.api.chaos(FAULTS, 5)
        self.machine.start()
        begun = time.monotonic()
        calm = begun + minutes * 60 * 0.75
        events: list[tuple[float, float, Callable[[], None], float]] = [
            (begun + 5, 1 / QUESTIONS_PER_S, self.ask, 0.0),
            (begun + 5, ARTICLE_EVERY_S, self.news.publish, 0.0),
            (begun + 15, LOST_REPLY_EVERY_S, self.lose_a_reply, 0.0),
            (begun + 5, LOOK_EVERY_S, self.machine.look, 0.0),
            (begun + 20, REINDEX_EVERY_S, self.reindex, 0.0),
            (begun + min(KILL_EVERY_S, minutes * 20), KILL_EVERY_S, self.kill, calm),
        ]
        while True:
            events.sort(key=lambda event: event[0])
            due, every, act, until = events[0]
            if due >= begun + minutes * 60:
                return
            time.sleep(max(due - time.monotonic(), 0.0))
            if not until or due < until:
                act()
            events[0] = (due + every, every, act, until)

    def settle(self) -> bool:
        """Let everything heal and come to its end; whether it did."""
        self.api.heal()
        self.news.faults = False
        over = time.monotonic() + PATIENCE_S
        while time.monotonic() < over:
            self.machine.look()
            if not any(self.open().values()):
                return True
            time.sleep(2)
        return False

    def open(self) -> dict[str, int]:
        """What is not at its end."""
        number = self.machine.number
        return {
            "questions": self.asked - len(self.answered()),
            "updates": self.api.queue_size + number("select count(*) from inbox where state = 'taken'"),
            "articles": len(self.news.items) - number("select count(*) from articles where title like 'Contoh dan %'"),
            "arrivals": number("select count(*) from arrivals"),
            "alerts": number("select count(*) from outbox where state in ('queued', 'sending')"),
        }

    def answered(self) -> set[tuple[object, ...]]:
        """Questions whose answer arrived: chat and message."""
        arrived = "select token from answer_messages"
        return set(self.machine.rows(f"select chat_id, question_id from answers where token in ({arrived})"))

    def alerts(self) -> tuple[int, int, int]:
        """How many there should be, were lost, and came more than once."""
        stories = self.machine.rows(
            "select title from articles where id in (select min(article_id) from tellings group by story_id)"
            " and title like 'Contoh dan %'"
        )
        wanted = {number for (title,) in stories for number in _numbers(str(title)) if number > 3}  # 3 were there
        lost = twice = 0
        for chat in self.followers:
            told = Counter(number for message in self.api.sent(chat) for number in _numbers(message["text"]))
            lost += len(wanted - told.keys())
            twice += sum(count - 1 for count in told.values())
        return len(wanted) * FOLLOWERS, lost, twice

    def verdict(self, minutes: float, settled: bool) -> bool:
        """Print the figures; whether they are as promised."""
        still = self.open()
        answers = sum(len(self.api.sent(chat)) for _, chat in self.people)
        lost_questions = self.asked - len(self.answered())
        wanted, lost, twice = self.alerts()
        unknown = self.machine.number("select sum(unknowns) from outbox")
        ended = self.machine.stop()
        doctor = self.machine.command("doctor")
        say("minutes, kills, reindexes asked for", f"{minutes:g}, {self.kills}, {self.reindexes}")
        say("questions: asked, lost, answered again", f"{self.asked}, {lost_questions}, {answers - self.asked}")
        say("articles: published, lost", f"{len(self.news.items)}, {still['articles']}")
        say("alerts: wanted, lost, twice, unknown outcomes", f"{wanted}, {lost}, {twice}, {unknown}")
        say("settled, exit code at the stop, doctor", f"{settled}, {ended}, {doctor.returncode}")
        sound = (
            settled
            and not self.machine.falls
            and ended == 0
            and doctor.returncode == 0
            and not lost_questions
            and not lost
        )
        if not sound:
            say("still open", still)
            say("doctor", doctor.stdout + doctor.stderr)
        return all([sound, wanted > 0, twice <= unknown, *self._grown(minutes)])

    def _grown(self, minutes: float) -> Iterator[bool]:
        """Print what the last process took; whether that did not grow."""
        life = self.machine.lives[-1]
        looks = [look for look in life.looks if look[0] >= WARM_S] or life.looks
        quarter = max(len(looks) // 4, 1)
        for name, at in (("memory, MB", 1), ("open files", 2)):
            first, last = (_median([look[at] for look in some]) for some in (looks[:quarter], looks[-quarter:]))
            growth = last / first - 1
            judged = minutes >= JUDGED_FROM_MIN
            told = f"{first:.0f}, {last:.0f}, {growth:+.1%}"
            say(f"{name}: warm, at the end, growth", told if judged else f"{told} (not judged)")
            yield not judged or growth < MOST_GROWTH
        before = [f"{_median([look[1] for look in one.looks[-3:]]):.0f}" for one in self.machine.lives if one.looks]
        say("memory of each process at its end, MB", " ".join(before))


def _numbers(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"\[(\d+)\]", text)]


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(parents=True)
        yield keep
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def main() -> int:
    """Soak; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--keep", type=Path, help="a new folder for the data and the log, which stay there")
    given = parser.parse_args()
    with _folder(given.keep) as folder, BotApi() as api, Site() as site:
        soak = Soak(api, site, folder)
        try:
            soak.prepare()
            soak.run(given.minutes)
            return 0 if soak.verdict(given.minutes, soak.settle()) else 1
        finally:
            soak.machine.close()


if __name__ == "__main__":
    sys.exit(main())
