"""The sources are looked at while the bot runs, and the index is renewed at night; a tiny command is the child."""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bot_api import BotApi
from stage import Clock, opened, played, quickly, reply_in, settings_for, stored
from stand_in import RINI, deeds, job, runs

from bot.app import build
from bot.jobs import FIRST_S
from bot.life import running

NOTICE = '{"url": "https://a.example/rss", "notice": "switched off"}'
REPORT = f'{{"new": 2, "changed": 0, "failed": [], "notices": [{NOTICE}]}}'
ADMIN = 77
SOURCES = "create table sources (url text, active integer)"


class Sleeps:
    """Lets the first so many pauses go by at once and then holds on."""

    def __init__(self, number: int) -> None:
        self.left, self.seconds = number, list[float]()

    async def __call__(self, seconds: float) -> None:
        if seconds == 3600.0:  # housekeeping
            await asyncio.Event().wait()
        self.seconds.append(seconds)
        self.left -= 1
        if self.left < 0:
            await asyncio.Event().wait()
        await asyncio.sleep(0)


def command(tmp_path: Path, script: str) -> list[str]:
    log = tmp_path / "runs"
    return [sys.executable, "-c", f"import sys; open({str(log)!r}, 'a').write('x'); {script}"]


async def scene(tmp_path: Path, script: str, sources: str, pauses: int = 2) -> tuple[list[str], list[float], int]:
    """What administrators were told, the pauses, and how often the child ran."""
    data, sleeps = stored(tmp_path / "data"), Sleeps(pauses)
    with BotApi() as api, opened(data) as warta:
        if sources:
            warta.store.connection.execute(SOURCES)
            warta.store.connection.execute("insert into sources values ('https://a.example/rss', ?)", [sources == "on"])
        boss = api.user("Bos", id=ADMIN)
        api.say(api.private(boss), boss, "/start")
        bot = build(warta, settings_for(api, admins=(ADMIN,), sync_minutes=5), Clock(), sleeps)
        bot.sync_command = command(tmp_path, script)
        async with running(bot):
            await api.until(lambda: sleeps.left < 0)
            await api.settled()
        told = [message["text"] for message in api.sent(api.private(boss)) if "⚠️" in message["text"]]
    runs = tmp_path / "runs"
    return told, sleeps.seconds, len(runs.read_text()) if runs.exists() else 0


@played
async def test_sources_are_looked_at_again_and_again(tmp_path: Path) -> None:
    told, pauses, runs = await scene(tmp_path, f"print('{REPORT}')", "on")
    assert (pauses, runs) == ([FIRST_S, 300.0, 300.0], 2)
    assert ["switched off" in text and "https://a.example/rss" in text for text in told] == [True]  # once an hour


@played
async def test_nothing_is_started_without_sources(tmp_path: Path) -> None:
    assert (await scene(tmp_path / "none", "", ""))[2] == 0
    assert (await scene(tmp_path / "off", "", "off"))[2] == 0


@played
async def test_a_sync_that_fails_is_told_and_tried_again(tmp_path: Path) -> None:
    told, _, runs = await scene(tmp_path, "sys.exit('warta: no space left')", "on")
    assert runs == 2
    assert ["no space left" in text for text in told] == [True]


@played
async def test_a_child_that_prints_nonsense_is_an_error_and_not_the_end(tmp_path: Path) -> None:
    told, _, runs = await scene(tmp_path, "print('oops')", "on")
    assert runs == 2
    assert len(told) == 1


async def night(tmp_path: Path, script: str = "", **figures: object) -> list[str]:
    """What administrators were told by the morning after a nightly reindex."""
    data, clock = stored(tmp_path / "data"), Clock()
    (tmp_path / "go").touch()
    with BotApi() as api, opened(data) as warta:
        rini = api.user("Bu Rini", id=RINI)
        chat = api.private(rini)
        api.say(chat, rini, "/start")
        soon = datetime.fromtimestamp(clock() + 7200, ZoneInfo("Asia/Jakarta")).strftime("%H:%M")
        bot = build(warta, settings_for(api, admins=(RINI,), reindex_at=soon), clock, quickly)
        bot.services.reindexing.command = job(tmp_path, script, **figures)
        async with running(bot):
            await reply_in(api, chat)
            async with asyncio.timeout(10):
                while not await bot.services.desk.records(lambda r: r.daily_runs.last("reindex")):
                    await asyncio.sleep(0.01)
            assert runs(tmp_path) == []
            clock.ahead = 3 * 3600
            await api.until(lambda: runs(tmp_path))
            await api.until(lambda: bot.services.reindexing.current is None)
            await asyncio.sleep(0.3)
            await api.settled()
            assert runs(tmp_path) == [""]  # many looks, one run
            [(user, action, detail, _)] = await deeds(bot)
            assert (user, action, detail) == (0, "reindex", "changed")
        return [message["text"] for message in api.sent(chat)[1:]]


@played
async def test_the_nightly_reindex_says_nothing_when_all_is_well(tmp_path: Path) -> None:
    assert await night(tmp_path) == []


@played
async def test_the_nightly_reindex_tells_why_it_failed(tmp_path: Path) -> None:
    [told] = await night(tmp_path, "sys.exit('warta: no space left')")
    assert "no space left" in told


@played
async def test_the_nightly_reindex_tells_why_the_new_index_was_not_taken(tmp_path: Path) -> None:
    [told] = await night(tmp_path, swapped=False, reason="recall fell")
    assert "recall fell" in told
