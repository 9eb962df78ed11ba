"""Alerts at their real shape: `python -m tests.bench.alerts --data READY_FOLDER [--articles 2000]`.

The articles of a ready folder (`make bench` leaves one) arrive once more, in order of their dates, in a folder of their
own that has their vectors already. Fifty chats follow 200 things; the real bot matches and sends, the clock is that of
the news, and the fake Telegram counts what is too fast. Then matching is timed by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import cycle, groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from bot_api import BotApi  # noqa: E402
from bot_world import Chat  # noqa: E402
from stage import at_work  # noqa: E402

from bot.chats import BotStore  # noqa: E402
from bot.desk import Records  # noqa: E402
from bot.records import Place  # noqa: E402
from bot.timing import plan  # noqa: E402
from index.interests import Interest, interests_in  # noqa: E402
from index.names import read_names  # noqa: E402
from index.pipeline import Warta  # noqa: E402
from index.settings import Settings  # noqa: E402
from index.store import Store  # noqa: E402
from index.types import Article  # noqa: E402
from index.watching import Watch  # noqa: E402

CHATS, PER_CHAT = 50, 4
PARTNERS = (
    "Pertamina", "KPK", "Real Madrid", "Garuda Indonesia", "Apple", "Samsung", "Grab", "Bank Indonesia", "Facebook",
    "Manchester United", "Barcelona", "PLN", "BRI", "Telkomsel", "Toyota", "Honda", "Persib", "Google", "BNPB", "BMKG",
    "Go-Jek", "Bank Mandiri", "PSSI", "Kementerian Perhubungan", "Lion Air",
)  # fmt: skip
PAIRS = (
    '"Persib, Arema"', '"Real Madrid, Barcelona"', '"Pertamina, PLN"', '"Grab, Go-Jek"', '"Korea Utara, Trump"',
    '"KPK, DPR"', '"Bank Indonesia, OJK"', '"Apple, Samsung"',
)  # fmt: skip
KEYWORDS = (
    "kerja sama -bola", "gempa +BMKG", "harga +beras", "investasi +triliun", "pelatih +baru -timnas", "kereta cepat",
    "beasiswa", "banjir +Jakarta", "jalan tol", "ekspor -impor", "startup", "bandara +penumpang",
)  # fmt: skip


def say(name: str, value: str) -> None:
    sys.stdout.write(f"{name:<58} {value}\n")
    sys.stdout.flush()


def questions() -> list[str]:
    lines = (ROOT / "tests" / "eval" / "standing" / "fit.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["text"] for line in lines]


def interests(data: Path) -> Iterator[Interest]:
    """Of all kinds in turn, without end."""
    book = read_names(data / "partners.txt")
    kinds = [cycle(PARTNERS), cycle(PAIRS), cycle(KEYWORDS), cycle(questions())]
    for number in cycle(range(4)):
        yield interests_in(next(kinds[number]), book, question=number == 3)[0]


def chats_of(api: BotApi) -> list[tuple[Chat, int]]:
    """Private chats, groups, topics and channels, fifty in all, each with its topic."""
    found: list[tuple[Chat, int]] = []
    for number in range(CHATS):
        user = api.user(f"Orang {number}")
        if number % 5 < 2:
            api.say(chat := api.private(user), user, "/start")
            found.append((chat, 0))
        elif number % 5 == 4:
            api.join(chat := api.channel(f"Kanal {number}"), user)
            chat.bot = "administrator"
            found.append((chat, 0))
        else:
            api.join(chat := api.group(f"Grup {number}", forum=number % 5 == 3), user)
            found.append((chat, api.topic(chat, "Mitra") if number % 5 == 3 else 0))
    return found


def follow_all(data: Path, chats: Sequence[tuple[Chat, int]]) -> None:
    """Two hundred subscriptions; every third chat has wishes of its own."""
    from bot.alert_settings import AlertBook
    from bot.follows import Follows

    wanted = interests(data)
    with BotStore(data / "warta.db") as store:
        for number, (chat, thread) in enumerate(chats):
            store.see_chat(chat.id, chat.type, chat.title or "")
            for _ in range(PER_CHAT):
                while not Follows(store).add(Place(chat.id, thread), next(wanted), 1, 0.0):
                    pass
            wishes = ({"mode": "hourly"}, {"quiet_from": "22:00", "quiet_to": "06:00"}, {"mode": "daily"}, {"cap": 3})
            if number % 3 == 0:
                AlertBook(store).change(chat.id, **wishes[number // 3 % 4])


def begun(ready: Path, data: Path) -> list[Article]:
    """A folder with the vectors of another and nothing else; gives the other's articles in order of their dates."""
    with Store(ready / "warta.db") as old, Store(data / "warta.db") as new:
        articles = list(old.articles(old.article_ids()).values())
        new.connection.execute("attach ? as old", [str(ready / "warta.db")])
        with new.transaction():
            new.connection.execute("insert into vectors select * from old.vectors")
        new.connection.execute("detach old")
    return sorted((a for a in articles if len(a.published_at) >= 10), key=lambda a: a.published_at)


async def arrive(ready: Path, data: Path, count: int, settings: Settings) -> None:
    """Let the articles come in day by day, and count what the chats got."""
    articles = begun(ready, data)[-count:]
    clock = datetime.fromisoformat(articles[0].published_at[:10]).replace(tzinfo=UTC).timestamp()
    with BotApi() as api, Warta(settings) as news:
        chats = chats_of(api)
        follow_all(data, chats)
        started = time.monotonic()
        async with at_work(api, data, engine=news.engine, now=lambda: clock, messages_per_second=30, paced=True) as bot:

            async def quiet() -> None:
                """Until every arrival is matched and all that is due is sent."""
                while True:
                    if not await bot.services.desk.records(lambda r: busy(r, clock)):
                        return
                    bot.alerting.wake()
                    bot.services.postman.wake()
                    await asyncio.sleep(0.05)

            for day, some in groupby(articles, key=lambda a: a.published_at[:10]):
                clock = (datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(hours=12)).timestamp()
                today = list(some)
                await asyncio.to_thread(_ingest, settings, news, today)
                await quiet()
            clock += 8 * 86_400  # what waits for a digest goes out
            await quiet()
        report(api, data, chats, len(articles), time.monotonic() - started)


def busy(records: Records, now: float) -> bool:
    """Whether an arrival waits to be matched, or a message is under way or due; edits may come later."""
    if records.store.arrivals(1) or records.outbox.counts().get("sending"):
        return True
    for chat_id in records.outbox.chats():
        waiting, sent_at = records.outbox.waiting(chat_id, now), records.outbox.sent_at(chat_id, now)
        if waiting and plan(records.alert_settings.of(chat_id), waiting, sent_at, now).rows:
            return True
    return False


def _ingest(settings: Settings, news: Warta, articles: Sequence[Article]) -> None:
    with news.reader() as reader:
        for outcome in reader.ingest(articles, often=True):
            assert outcome.status != "failed", outcome


def report(api: BotApi, data: Path, chats: Sequence[tuple[Chat, int]], articles: int, seconds: float) -> None:
    with BotStore(data / "warta.db") as store:
        states = dict(store.read("select state, count(*) from outbox group by state"))
        kinds = dict(store.read("select kind, count(*) from outbox group by kind"))
        keys = Counter(store.read("select story_id, chat_id from outbox where kind = 'alert' and state = 'sent'"))
        messages = store.read("select count(distinct bundle) from outbox where state = 'sent'")[0][0]
        unknowns = store.read("select coalesce(sum(unknowns), 0) from outbox")[0][0]
        told = dict(store.read("select chat_id, count(distinct bundle) from outbox where state = 'sent' group by 1"))
    sent = {chat.id: len(api.sent(chat, "sendMessage")) for chat, _ in chats}
    replies = sum(call.method.lower() == "editmessagetext" and call.status == 200 for call in api.calls)
    say("articles arrived / chats / subscriptions", f"{articles} / {len(chats)} / {len(chats) * PER_CHAT}")
    say("outbox rows by state", json.dumps(states))
    say("alerts, updates", json.dumps(kinds))
    say("messages sent for them, edits", f"{messages}, {replies}")
    say("stories that a chat got more than once", str(sum(count > 1 for count in keys.values())))
    extra = sum(max(sent[chat] - told.get(chat, 0) - 1, 0) for chat in sent)  # one /start or greeting a chat
    say("messages beyond those, greetings left out", str(extra))
    say("unknown outcomes", str(unknowns))
    say("messages that were too fast for Telegram", json.dumps(Counter(one.rule for one in api.too_fast)))
    say("seconds", f"{seconds:.0f}")


def time_matching(data: Path, settings: Settings, count: int) -> None:
    """What matching costs beside embedding: reading the article and comparing it with 200 subscriptions."""
    wanted = interests(data)
    followed = [next(wanted) for _ in range(CHATS * PER_CHAT)]
    with Warta(settings) as warta:
        watch = Watch(warta, followed, read_names(data / "partners.txt"))
        ids = warta.store.article_ids()[-count:]
        watch.match(ids[:20])  # the model and the index are loaded
        times, matched = [], 0
        for article_id in ids:
            began = time.perf_counter()
            found = watch.match([article_id])
            times.append((time.perf_counter() - began) * 1000)
            matched += sum(len(some) for _, some in found.values())
    say(f"matching {len(followed)} subscriptions, ms an article", f"mean {statistics.fmean(times):.2f}, "
        f"median {statistics.median(times):.2f}, p95 {sorted(times)[int(len(times) * 0.95)]:.2f}")  # fmt: skip
    say("matches an article", f"{matched / len(ids):.2f}")


def bench_alerts(ready: Path, count: int) -> None:
    """Everything above, in a folder that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        settings = Settings.from_env(dict(os.environ), data)
        asyncio.run(arrive(ready, data, count, settings))
        time_matching(data, settings, count)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--articles", type=int, default=2000)
    given = parser.parse_args()
    bench_alerts(given.data, given.articles)


if __name__ == "__main__":
    main()
