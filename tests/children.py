"""What the fault tests run in processes of their own, to be killed there.

`python children.py` is a nursery: it imports everything once and then, for each line of JSON on its stdin, forks a
child that does the job, kills it when and where it is told to, and answers with what the child wrote until then.
"""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

TESTS = Path(__file__).parent

# (module, class or "", function): a job can be killed just before the nth call of it.
STEPS = {
    "add": [
        ("index.ingest", "", "embed_missing", 2),
        ("index.ingest", "", "check_model", 3),
        ("index.store", "Store", "put_vectors", 1),
        ("index.store", "Store", "put_article", 5),
        ("index.store", "Store", "put_chunks", 6),
        ("index.store", "Store", "_put_lemmas", 9),
        ("index.store", "Store", "_log", 12),
        ("index.store", "Store", "put_bands", 4),
        ("index.store", "Store", "found_story", 3),
        ("index.store", "Store", "put_telling", 7),
        ("index.store", "Store", "put_arrival", 5),
        ("index.store", "Store", "add_key", 1),
    ],
    "reindex": [
        ("index.reindexing", "", "embed_missing", 2),
        ("index.store", "Store", "put_vectors", 3),
        ("index.rebuild", "", "try_out", 1),
        ("index.store", "Store", "copy_to", 1),
        ("index.store", "Store", "put_chunks", 5),  # in the copy
        ("index.store", "Store", "renew_mark", 1),
        ("index.candidate", "", "_verdict", 1),
        ("index.candidate", "", "measure", 2),
        ("index.rebuild", "", "swap", 1),
        ("index.store", "Store", "repair_log", 2),  # in the database itself, as all that follows
        ("index.store", "Store", "put_chunks", 10),
        ("index.store", "Store", "set_meta", 4),
        ("index.store", "Store", "renew_mark", 2),
        ("index.store", "Store", "drop_unused_vectors", 2),
        ("index.rebuild", "", "remember", 1),
        ("index.store", "Store", "put_telling", 9),
        ("index.snapshots", "LiveIndex", "save", 1),
    ],
    "swap": [  # by article
        ("index.reindexing", "", "_put", 4),  # the first of three batches in the database itself
        ("index.store", "Store", "put_chunks", 10),
        ("index.reindexing", "", "_put", 6),
        ("index.reindexing", "", "_sign", 2),
        ("index.store", "Store", "drop_unused_vectors", 2),
        ("index.vectors", "VectorRows", "_drop", 2),
    ],
    "sync": [
        ("index.sources.book", "SourceBook", "keep_items", 1),
        ("index.sources.book", "SourceBook", "keep_items", 7),
        ("index.ingest", "", "embed_missing", 1),
        ("index.store", "Store", "put_article", 3),
        ("index.store", "Store", "put_arrival", 2),
        ("index.sync", "Sync", "_note", 1),
        ("index.sync", "Sync", "_note", 4),
        ("index.sources.book", "SourceBook", "update", 1),
        ("index.sources.book", "SourceBook", "update", 2),
        ("index.sources.book", "SourceBook", "end_job", 1),
    ],
    "alerts": [
        ("bot.alerting", "", "written_down", 1),
        ("bot.outbox", "Outbox", "enqueue", 2),
        ("index.arrivals", "ArrivalRows", "drop_arrival", 2),
        ("bot.outbox", "Outbox", "take", 2),
        ("bot.sending", "", "request", 1),
        ("bot.sending", "", "request", 4),
        ("bot.outbox", "Outbox", "sent", 1),
        ("bot.outbox", "Outbox", "sent", 4),
    ],
    "snapshot": [
        ("index.snapshots", "", "_packed", 1),
        ("index.snapshots", "", "write_synced", 1),
        ("index.snapshots", "", "write_synced", 3),
        ("os", "", "replace", 1),
        ("index.snapshots", "", "write_synced", 5),
        ("os", "", "replace", 2),
        ("index.snapshots", "", "sync_path", 2),
        ("index.snapshots", "", "sweep", 1),
    ],
    "backup": [
        ("index.backup", "", "_copy_database", 1),
        ("index.backup", "", "examined", 1),
        ("index.backup", "", "pack", 1),
        ("index.backup_file", "", "_pack_member", 2),
        ("index.backup_file", "", "_digest_of", 1),
        ("index.backup_file", "BackupFile", "unpack", 1),
        ("index.backup_file", "", "examined", 1),
        ("os", "", "replace", 1),
        ("index.backup", "", "sync_path", 1),
    ],
    "restore": [
        ("index.restore", "", "_check_room", 1),
        ("index.backup_file", "BackupFile", "unpack", 1),
        ("index.backup_file", "", "examined", 1),
        ("index.restore", "", "refuse_newer", 1),
        ("index.restore", "", "_set_aside", 1),
        ("os", "", "link", 1),
        ("os", "", "link", 2),
        ("index.restore", "", "_put_in_place", 1),
        ("os", "", "replace", 1),
        ("os", "", "replace", 2),
        ("index.restore", "", "sync_path", 3),
    ],
}


class Nursery:
    """The other end of the pipe."""

    def __init__(self) -> None:
        environ = {**os.environ, "PYTHONPATH": str(TESTS.parent), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            [sys.executable, str(TESTS / "children.py")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environ,
        )  # fmt: skip

    def run(self, job: str, data: Path, **details: Any) -> dict[str, Any]:
        """Do a job on a data folder; gives lines, signal (0: it came to its end), seconds.

        `kill_after` seconds, or `kill_before` (module, class, function, nth); the rest is the job's own.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"job": job, "data": str(data), **details}) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._process:
            assert self._process.stdin is not None
            self._process.stdin.close()


def serve() -> None:
    """The nursery's loop. It has one thread, so that forking is safe."""
    import filelock  # noqa: F401  (what is imported late is imported here, once)
    import news

    from index import backup, chunk, database, extract, ingest, pipeline, rebuild, reindexing, restore, sync  # noqa: F401
    from index.passages import drafts_of

    for one in news.articles(60):  # fills the cache of lemmas
        drafts_of(one)
    ingest.BATCH_CHUNKS, ingest.STEP, reindexing.STEP, reindexing.EMBED_STEP = 12, 6, 6, 2
    reindexing.SWAP_STEP = 2
    database.TURN_S = 0.01
    for line in sys.stdin:
        order = json.loads(line)
        if order["job"] == "alerts":
            import stage  # noqa: F401  (the whole bot)
        print(json.dumps(_raise_child(order)), flush=True)  # noqa: T201


def _raise_child(order: dict[str, Any]) -> dict[str, Any]:
    reading, writing = os.pipe()
    started = time.monotonic()
    child = os.fork()
    if not child:
        os.close(reading)
        _live(order, writing)
    os.close(writing)
    if "kill_after" in order:
        time.sleep(order["kill_after"])
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reading) as pipe:
        lines = pipe.read().splitlines()
    _, status = os.waitpid(child, 0)
    killed = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    return {"lines": lines, "signal": killed, "seconds": time.monotonic() - started}


def _live(order: dict[str, Any], writing: int) -> None:
    """The child; it never comes back."""

    def tell(line: object) -> None:
        os.write(writing, f"{line}\n".encode())

    try:
        if "kill_before" in order:
            _plant(*order["kill_before"])
        if "file_bytes" in order:
            resource.setrlimit(resource.RLIMIT_FSIZE, (order["file_bytes"], order["file_bytes"]))
        JOBS[order["job"]](order, tell)
    except BaseException as e:  # the test reads what it was
        tell(f"{type(e).__name__}: {e}")
    os._exit(0)


def _plant(module: str, owner: str, function: str, nth: int) -> None:
    """Have the process die just before the nth call of a function."""
    place: Any = sys.modules[module]
    place = getattr(place, owner) if owner else place
    original, calls = getattr(place, function), 0

    def deadly(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        return original(*args, **kwargs)

    setattr(place, function, deadly)


def _add(order: dict[str, Any], tell: Callable[[object], None]) -> None:
    """Adds articles, telling of each when it is known to be stored. `small_chunks`: by other rules than today's."""
    import news

    from index import chunk
    from index.pipeline import Warta
    from index.settings import Settings

    if order.get("small_chunks"):
        chunk.TARGET_WORDS, chunk.FULL_WORDS = 30, 60
    some = news.articles(order["count"])
    with Warta(Settings(data=Path(order["data"])), news.small_engine(order.get("engine", "fake/a"))) as warta:
        for outcome in warta.ingest([*some, news.copy_of(some[1]), *some[:2]]):
            tell(f"{outcome.status} {outcome.article_id}")
    tell("done")


def _reindex(order: dict[str, Any], tell: Callable[[object], None]) -> None:
    """Reindexes, telling how much was embedded, how much was reused, and whether it took over."""
    import news

    from index.pipeline import Warta
    from index.settings import Settings

    with Warta(Settings(data=Path(order["data"])), news.small_engine(order["engine"])) as warta:
        report = warta.reindex(full=order.get("full", False))
    tell(f"{report.embedded} {report.reused} {report.swapped}")
    tell("done")


def _mutate(order: dict[str, Any], tell: Callable[[object], None]) -> None:
    """Spoil one file of a sound snapshot after the other, and tell of each what then came of loading it."""
    import shutil

    import news

    from index.dense import Background
    from index.snapshots import CURRENT, LiveIndex
    from index.store import Store

    chance = random.Random(order["seed"])
    data = Path(order["data"])
    engine = news.small_engine()
    query = engine.load(lambda *_: None).embed_query("bank digital jakarta")
    spoilt = data / "spoilt"
    with Store(data / "warta.db") as store:
        sound = LiveIndex(data / "index", engine.fingerprint, engine.dimension, Background("", {}, {}))
        sound.refresh(store)
        expected = sound.dense.search(query, 20, ["id", "en"])
        for number in range(order["count"]):
            shutil.copytree(data / "index", spoilt)
            files = [path for path in sorted(spoilt.rglob("*")) if path.is_file() and path.name != ".lock"]
            path = chance.choice(files)
            how = chance.choice(["truncate", "flip", "flip", "empty", "delete", "swap", "grow", "folder"])
            if path.name == CURRENT and how in ("delete", "swap"):
                how = "wrong"
            _spoil(path, how, chance, files)
            live = LiveIndex(spoilt, engine.fingerprint, engine.dimension, Background("", {}, {}))
            live.refresh(store)
            found = live.dense.search(query, 20, ["id", "en"])
            same = found.keys() == expected.keys() and all(abs(found[i] - expected[i]) < 1e-5 for i in found)
            known = live.damage != "" and not live.from_snapshot
            tell(json.dumps([number, how, path.name, known, same and live.dense.ids == sound.dense.ids]))
            shutil.rmtree(spoilt)


def _spoil(path: Path, how: str, chance: random.Random, files: list[Path]) -> None:
    data = bytearray(path.read_bytes())
    if how == "flip":
        at = chance.randrange(len(data))
        data[at] ^= 1 << chance.randrange(8)
    elif how == "truncate":
        del data[chance.randrange(1, len(data)) :]
    elif how == "empty":
        data.clear()
    elif how == "grow":
        data += b"x"
    elif how == "swap":
        data[:] = chance.choice([f for f in files if f != path]).read_bytes()
    elif how == "wrong":
        data[:] = chance.choice([b"generation-000000000000-none 00\n", b"../warta.db\n", b"\xff\xfe", b"a\0b", b"\n"])
    path.unlink()
    if how == "folder":
        path.mkdir()
    elif how != "delete":
        path.write_bytes(data)


def _sync(order: dict[str, Any], tell: Callable[[object], None]) -> None:
    """Syncs every source with what stands on loopback."""
    import news

    from index.pipeline import Warta
    from index.settings import Settings
    from index.sources.book import SourceBook
    from index.sources.fetch import Fetcher, FetchSettings
    from index.sync import Sync

    data = Path(order["data"])
    with (
        Warta(Settings(data=data), news.small_engine()) as warta,
        SourceBook(data / "warta.db") as book,
        Fetcher(FetchSettings(allow=("127.0.0.1",), pause=0.0)) as fetcher,
    ):
        report = Sync(warta, book, fetcher).run(book.all())
    tell(json.dumps(report.record()))


def _alerts(order: dict[str, Any], tell: Callable[[object], None]) -> None:
    """The bot at work until nothing has arrived and nothing is to be sent that was not."""
    import asyncio
    from types import SimpleNamespace

    import news
    from stage import ByTitle, at_work, letter, quickly

    async def work() -> None:
        api: Any = SimpleNamespace(token=order["token"], url=order["url"])
        async with (
            asyncio.timeout(120),
            at_work(
                api, Path(order["data"]), engine=news.small_engine(), sleep=quickly, write=letter, watch=ByTitle
            ) as bot,
        ):
            while await bot.services.desk.records(lambda r: r.store.arrivals(1) or r.outbox.chats()):
                await asyncio.sleep(0.01)

    asyncio.run(work())
    tell("done")


def _backup(order: dict[str, Any], tell: Callable[[object], None]) -> None:
    from index.backup import make_backup

    made = make_backup(Path(order["data"]), Path(order["file"]), force=order.get("force", False))
    tell(made.held.articles)


def _restore(order: dict[str, Any], tell: Callable[[object], None]) -> None:
    from bot.restored import BOT_TABLES
    from index.restore import OWN_TABLES, restore

    done = restore(Path(order["file"]), Path(order["data"]), [*OWN_TABLES, BOT_TABLES], force=order.get("force", False))
    tell(done.aside)


JOBS = {
    "add": _add, "reindex": _reindex, "mutate": _mutate, "sync": _sync, "alerts": _alerts, "backup": _backup,
    "restore": _restore,
}  # fmt: skip

if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        serve()
