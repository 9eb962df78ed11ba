"""The bot for twenty minutes of a bad day: `make soak`, or `make soak ARGS="--minutes 2"`.

The real bot with the real model in a process of its own, as in life; Telegram, the newsroom, the language model's
endpoint and the people are in this one, on the same machine. 5 % of the answers of each fake are faults, some replies
are lost after the message was sent, people ask two questions a second, an article comes in every few seconds, the bot
is killed each minute, alone or with its children, and told to reindex everything every five, which is killed once in
the middle. The last quarter goes without kills, so that everything can settle and one process is old enough for its
memory to tell. Then everything heals, and what is lost, twice or still open is counted. Exit code 1 when a figure is
not as promised.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from bot_api import BotApi, reset  # noqa: E402
from llm_server import FakeLlm, faulty  # noqa: E402
from soak_reindex import Reindexes  # noqa: E402
from soak_world import Fake, Figure, Machine, Newsroom, say, table  # noqa: E402
from web import Site  # noqa: E402

from bot.alert_settings import AlertBook  # noqa: E402
from bot.chats import BotStore  # noqa: E402
from bot.follows import Follows  # noqa: E402
from bot.records import Place  # noqa: E402
from index.interests import interest_of  # noqa: E402
from index.sources.book import SourceBook  # noqa: E402

PEOPLE, FOLLOWERS = 20, 3
QUESTIONS_PER_S, FAULTS = 2.0, 0.05
ARTICLE_EVERY_S, LOST_REPLY_EVERY_S, LOOK_EVERY_S = 6.0, 30.0, 5.0
KILL_EVERY_S, REINDEX_EVERY_S = 60.0, 300.0
CALM = 0.75
"""Of the time; from there on nothing is killed."""
WARM_S = 60.0
"""After which a process has all that it keeps in memory."""
PATIENCE_S = 420.0
"""In the end: an alert whose reply was lost three times goes out again after five minutes."""
MOST_GROWTH, JUDGED_FROM_MIN = 0.05, 10.0
"""A shorter soak has no process that is old enough to be judged by its memory."""
QUESTIONS = (
    "Siapa CEO Go-Jek?", "Kapan BMW dan Alibaba menandatangani MoU?", "Who runs Grab in Indonesia?",
    "How many startups have set up offices in the incubator?", "Which hydrogen SUV will Toyota launch?",
)  # fmt: skip


class Soak:
    """Everything together."""

    def __init__(self, api: BotApi, site: Site, llm: FakeLlm, folder: Path) -> None:
        self.api, self.news = api, Newsroom(site)

        def disturb_llm(share: float) -> None:
            llm.script = faulty(share, 3)

        # What the bot depends on, each with its share of faults.
        self.fakes = [
            Fake("Telegram", FAULTS, lambda share: api.chaos(share, 5), lambda: len(api.calls),
                 {"WARTA_BOT_TOKEN": api.token, "WARTA_BOT_API_URL": api.url}),
            Fake("the feed", FAULTS, self.news.disturb, lambda: self.news.requests,
                 {"WARTA_FETCH_ALLOW": "127.0.0.0/8"}),
            Fake("the model", FAULTS, disturb_llm, lambda: len(llm.requests), llm.settings(), lambda: llm.faults),
        ]  # fmt: skip
        self.chance = random.Random(11)
        self.people = [(user, api.private(user)) for user in (api.user(f"Orang {n}") for n in range(PEOPLE))]
        self.followers = [api.private(api.user(f"Pengikut {n}")) for n in range(FOLLOWERS)]
        self.admin = api.user("Admin")
        self.machine = Machine(
            self.fakes, folder / "data", WARTA_ADMINS=str(self.admin.id), WARTA_QUESTIONS_PER_MINUTE="1000",
            WARTA_SYNC_MINUTES="0.25",
        )  # fmt: skip
        office = api.private(self.admin)
        self.reindexes = Reindexes(self.machine, lambda: api.say(office, self.admin, "/reindex full"), self.kill)
        self.asked: set[tuple[int, int]] = set()
        """Chat and message of each question."""
        self.kills = self.lost_replies = self.cut_off = 0

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
        if (done := self.machine.command("sync")).returncode:
            raise SystemExit(done.stderr)
        with BotStore(database) as store:
            for chat in self.followers:
                chat.started = True
                store.see_chat(chat.id, "private", "x")
                Follows(store).add(Place(chat.id), interest_of("partner", "Contoh"), 5, time.time())
                AlertBook(store).change(chat.id, cap=1_000_000)

    def ask(self) -> None:
        number = len(self.asked)
        user, chat = self.people[number % PEOPLE]
        message = self.api.say(chat, user, QUESTIONS[number // PEOPLE % len(QUESTIONS)])
        self.asked.add((chat.id, message["message_id"]))

    def lose_a_reply(self) -> None:
        """Of an alert and of an answer."""
        person = self.chance.choice(self.people)[1]
        self.lost_replies += 1
        self.api.fail("sendMessage", reset(after_accepting=True), chat=person)
        self.api.fail("sendMessage", reset(after_accepting=True), chat=self.chance.choice(self.followers))

    def kill(self, *, children_too: bool | None = None) -> None:
        self.kills += 1
        # Each of these may have been answered already, without that being written down.
        self.cut_off += self.machine.number("select count(*) from inbox where state = 'taken'")
        self.machine.kill(children_too=self.kills % 2 == 0 if children_too is None else children_too)
        self.machine.start()

    def run(self, minutes: float) -> None:
        """Do all of it, each thing in its own time, until the minutes are over."""
        for fake in self.fakes:
            fake.disturb(fake.faults)
        self.machine.start()
        begun = time.monotonic()
        end, calm = begun + minutes * 60, begun + minutes * 60 * CALM
        events: list[tuple[float, float, Callable[[], object], float]] = [
            (begun + 5, 1 / QUESTIONS_PER_S, self.ask, end),
            (begun + 5, ARTICLE_EVERY_S, self.news.publish, end),
            (begun + 15, LOST_REPLY_EVERY_S, self.lose_a_reply, end),
            (begun + 5, LOOK_EVERY_S, self.machine.look, end),
            (begun + 20, REINDEX_EVERY_S, lambda: self.reindexes.begin(cut=time.monotonic() < calm), end),
            (begun + 20, 0.5, lambda: self.reindexes.attend(may_kill=time.monotonic() < calm), end),
            (begun + min(KILL_EVERY_S, minutes * 20), KILL_EVERY_S, self.kill, calm),
        ]
        while True:
            events.sort(key=lambda event: event[0])
            due, every, act, until = events[0]
            if due >= end:
                return
            time.sleep(max(due - time.monotonic(), 0.0))
            if due < until:
                act()
            events[0] = (due + every, every, act, until)

    def settle(self) -> bool:
        """Let everything heal and come to its end; whether it did."""
        self.api.heal()
        for fake in self.fakes:
            fake.disturb(0.0)
        over = time.monotonic() + PATIENCE_S
        while time.monotonic() < over:
            self.machine.look()
            self.reindexes.attend(may_kill=False)
            if not any(self.open().values()):
                return True
            time.sleep(2)
        return False

    def open(self) -> dict[str, int]:
        """What is not at its end."""
        number = self.machine.number
        return {
            "questions": len(self.asked - self.answered()),
            "updates": self.api.queue_size + number("select count(*) from inbox where state = 'taken'"),
            "articles": len(self.news.items) - number("select count(*) from articles where title like 'Contoh dan %'"),
            "arrivals": number("select count(*) from arrivals"),
            "alerts": number("select count(*) from outbox where state in ('queued', 'sending')"),
            "reindexes": self.reindexes.asked - self.reindexes.done,
        }

    def answered(self) -> set[tuple[int, int]]:
        """Questions whose answer stands in the chat: chat and message."""
        there = {(message["chat"]["id"], message["message_id"]) for message in self.api.sent()}
        kept: list[Any] = self.machine.rows(
            "select a.chat_id, a.question_id, m.message_id from answers a join answer_messages m using (token)"
        )
        return {(chat, question) for chat, question, message in kept if (chat, message) in there}

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

    def figures(self, minutes: float, settled: bool) -> Iterator[Figure]:
        """What came of it; stops the bot."""
        still = self.open()
        unanswered = len(self.asked - self.answered())
        again = sum(len(self.api.sent(chat)) for _, chat in self.people) - len(self.asked) + unanswered
        excused = self.cut_off + self.lost_replies
        wanted, lost, twice = self.alerts()
        unknown = self.machine.number("select sum(unknowns) from outbox")
        ended = self.machine.stop()
        doctor = self.machine.command("doctor")
        yield Figure("minutes", f"{minutes:g}")
        for fake in self.fakes:
            yield Figure(f"requests to {fake.name}", fake.requests(), f"{fake.faults:.0%} of them faults")
            if fake.failed is not None:
                yield Figure(f"faults of {fake.name}", fake.failed())
        yield Figure("kills", self.kills, "> 0", self.kills > 0)
        yield Figure("falls, with no kill", self.machine.falls, "0", not self.machine.falls)
        yield Figure("questions asked", len(self.asked))
        yield Figure("questions without an answer", unanswered, "0", not unanswered)
        in_words = self.machine.number("select count(*) from answers where written != ''")
        yield Figure("answers in words", in_words, "> 0", in_words > 0)
        yield Figure("answers that came again", again, f"<= {excused} cut off or unsure", again <= excused)
        yield Figure("articles published", len(self.news.items))
        yield Figure("articles lost", still["articles"], "0", not still["articles"])
        yield Figure("alerts wanted", wanted, "> 0", wanted > 0)
        yield Figure("alerts lost", lost, "0", not lost)
        yield Figure("alerts that came again", twice, f"<= {unknown} unsure", twice <= unknown)
        yield from self.reindexes.figures()
        yield from self._grown(minutes)
        left = ", ".join(f"{count} {name}" for name, count in still.items() if count)
        yield Figure("still open", left or "nothing", "nothing", settled)
        yield Figure("exit code at the stop", ended, "0", ended == 0)
        yield Figure("exit code of doctor", doctor.returncode, "0", doctor.returncode == 0)
        if doctor.returncode:
            say(doctor.stdout + doctor.stderr)

    def _grown(self, minutes: float) -> Iterator[Figure]:
        """What the last process took, and whether that grew."""
        life = self.machine.lives[-1]
        looks = [look for look in life.looks if look[0] >= WARM_S] or life.looks
        quarter = max(len(looks) // 4, 1)
        judged = minutes >= JUDGED_FROM_MIN
        for name, at in (("memory, MB", 1), ("open files", 2)):
            first, last = (_median([look[at] for look in some]) for some in (looks[:quarter], looks[-quarter:]))
            growth = last / first - 1
            promise = f"< {MOST_GROWTH:+.0%}" if judged else "not judged, too short"
            told = f"{first:.0f} → {last:.0f}, {growth:+.1%}"
            yield Figure(f"{name}: warm → at the end", told, promise, not judged or growth < MOST_GROWTH)
        ends = [f"{_median([look[1] for look in one.looks[-3:]]):.0f}" for one in self.machine.lives if one.looks]
        yield Figure("memory of each process at its end, MB", " ".join(ends))


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
    with _folder(given.keep) as folder, BotApi() as api, Site() as site, FakeLlm() as llm:
        soak = Soak(api, site, llm, folder)
        try:
            soak.prepare()
            soak.run(given.minutes)
            found = list(soak.figures(given.minutes, soak.settle()))
        finally:
            soak.machine.close()
    say(table(found))
    return 0 if all(one.kept for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
