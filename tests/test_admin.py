"""/reindex and /stats: for the bot's administrators, in person, and one job at a time."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from bot_api import BotApi
from bot_world import Chat, User
from stage import TIKET, asked, at_work, office, opened, played, pressed, reply_in, silent, stored

from bot.app import Bot
from bot.child import Report, command_of
from bot.reindexing import Reindexing
from index.settings import Settings

RINI, BUDI = 77, 78
ADMINS = (RINI, BUDI)


def job(folder: Path, code: str = "") -> list[str]:
    """A command that notes that it ran, waits for `go`, and tells figures."""
    script = f"""
import json, pathlib, signal, sys, time
def stop(*_):
    (folder / "stopped").touch()
    sys.exit(1)
signal.signal(signal.SIGTERM, stop)
folder = pathlib.Path({str(folder)!r})
with (folder / "runs").open("a") as runs:
    runs.write(" ".join(sys.argv[1:]) + chr(10))
while not (folder / "go").exists():
    time.sleep(0.01)
{code}
print(json.dumps(dict(articles=2768, chunks=7, embedded=3, reused=4)))
"""
    return [sys.executable, "-c", script]


def give(bot: Bot, command: list[str]) -> None:
    bot.services.reindexing.command = command


def runs(folder: Path) -> list[str]:
    file = folder / "runs"
    return file.read_text().splitlines() if file.exists() else []


def people(api: BotApi) -> tuple[User, User, User]:
    return api.user("Bu Rini", id=RINI), api.user("Budi", id=BUDI, language_code="en"), api.user("Sari")


@played
async def test_two_administrators_at_once_run_one_job_and_both_are_told(tmp_path: Path) -> None:
    async with office(tmp_path / "data", admins=ADMINS) as (api, bot):
        give(bot, job(tmp_path))
        rini, budi, sari = people(api)
        group = api.group("Redaksi")
        assert "dimulai oleh Bu Rini" in (await asked(api, group, rini, "/reindex"))["text"]
        assert "being rebuilt" in (await asked(api, api.private(budi), budi, "/reindex full"))["text"]
        # Meanwhile questions are answered.
        assert "George" in (await asked(api, group, sari, "/ask Siapa CEO Tiket.com?"))["text"]
        (tmp_path / "go").touch()
        done = await reply_in(api, group, 3)
        assert "2.768 artikel" in done["text"]
        assert done["reply_to_message"]["text"] == "/reindex"
        assert "2,768 articles" in (await reply_in(api, api.private(budi), 2))["text"]
        assert runs(tmp_path) == [""]
        await asked(api, api.private(budi), budi, "/reindex full")
        await reply_in(api, api.private(budi), 4)
        assert runs(tmp_path) == ["", "--full"]


@played
async def test_a_job_that_fails_says_why_without_secrets(tmp_path: Path) -> None:
    async with office(tmp_path / "data", admins=ADMINS) as (api, bot):
        (tmp_path / "go").touch()
        give(bot, job(tmp_path, f"sys.exit('noise\\nwarta: {api.token} is <busy>')"))
        rini, _, _ = people(api)
        chat = api.private(rini)
        await asked(api, chat, rini, "/reindex")
        failed = await reply_in(api, chat, 2)
        assert "gagal" in failed["text"]
        assert failed["text"].endswith("[secret] is <busy>")


@played
async def test_a_job_that_cannot_even_start_is_told_as_well(tmp_path: Path) -> None:
    async with office(tmp_path / "data", admins=ADMINS) as (api, bot):
        give(bot, [str(tmp_path / "no such program")])
        rini, _, _ = people(api)
        chat = api.private(rini)
        await asked(api, chat, rini, "/reindex")
        assert "gagal" in (await reply_in(api, chat, 2))["text"]
        give(bot, job(tmp_path))
        (tmp_path / "go").touch()
        await asked(api, chat, rini, "/reindex")
        assert "selesai" in (await reply_in(api, chat, 4))["text"]


@played
async def test_stopping_the_bot_stops_the_job(tmp_path: Path) -> None:
    with BotApi() as api:
        async with at_work(api, stored(tmp_path / "data"), admins=ADMINS) as bot:
            give(bot, job(tmp_path))
            rini, _, _ = people(api)
            await asked(api, api.private(rini), rini, "/reindex")
            await api.until(lambda: runs(tmp_path))
        assert (tmp_path / "stopped").exists()
        assert len(api.sent()) == 1


NOBODY: dict[str, Any] = {
    "a stranger": {"as": "sari"},
    "an anonymous administrator of the group": {"as": "rini", "sender_chat": "group"},
    "a channel": {"as": "rini", "sender_chat": "channel"},
    "a channel's post in its group": {"as": "rini", "sender_chat": "channel", "automatic": True},
    "an administrator who forwards it": {"as": "rini", "forward": True},
    "an administrator by way of a bot": {"as": "rini", "via_bot": True},
    "an administrator who edits it": {"as": "rini", "edited": True},
}


@pytest.mark.parametrize("command", ["/reindex", "/stats"])
@pytest.mark.parametrize("who", NOBODY.values(), ids=NOBODY)
@played
async def test_others_are_refused_silently_in_groups_and_it_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, who: dict[str, Any], command: str
) -> None:
    async with office(tmp_path / "data", admins=ADMINS) as (api, bot):
        give(bot, job(tmp_path))
        rini, _, sari = people(api)
        group = api.group("Redaksi")
        chats: dict[str, Chat] = {"group": group, "channel": api.channel("Kabar")}
        more = {name: chats.get(str(value), value) for name, value in who.items() if name != "as"}
        user = {"rini": rini, "sari": sari}[who["as"]]
        await silent(api, group, user, command, **more)
        assert runs(tmp_path) == []
        if "edited" not in who:
            assert f"{command} by user" in caplog.text
            assert "was refused" in caplog.text


@played
async def test_in_private_a_stranger_is_told_and_sees_no_such_commands(tmp_path: Path) -> None:
    async with office(tmp_path / "data", admins=ADMINS) as (api, bot):
        give(bot, job(tmp_path))
        rini, _, sari = people(api)
        chat = api.private(sari)
        for command in ("/reindex", "/stats"):
            assert "hanya untuk administrator" in (await asked(api, chat, sari, command))["text"]
        await asked(api, chat, sari, "/help")
        await api.settled()
        assert len(api.sent(chat)) == 3
        await asked(api, api.private(rini), rini, "/help")
        assert "/reindex" in (await reply_in(api, api.private(rini), 2))["text"]
        forwarded = await asked(api, api.private(rini), rini, "/reindex", forward=True)
        assert "hanya untuk administrator" in forwarded["text"]
        assert runs(tmp_path) == []


@played
async def test_stats_count_what_happened(tmp_path: Path) -> None:
    async with office(tmp_path, admins=ADMINS) as (api, bot):
        rini, _, sari = people(api)
        answer = await asked(api, api.private(sari), sari, "Siapa CEO Tiket.com?")
        await pressed(api, sari, answer, "👍 Membantu")
        await pressed(api, sari, answer, "🔔 Ikuti Tiket.com")
        await asked(api, api.private(sari), sari, "/follow BMW")
        [_, paused] = await bot.services.desk.records(lambda r: r.follows.of_chat(sari.id))
        await bot.services.desk.records(lambda r: r.follows.pause(paused.id, True))
        for number, state in enumerate(("sent", "sent", "queued", "unknown", "dead"), 1):
            await bot.services.desk.records(
                lambda r, number=number, state=state: r.store.connection.execute(
                    "insert into outbox (kind, chat_id, thread_id, story_id, article_id, reasons, follows, state,"
                    " created_at, changed_at) values ('update', -5, 0, ?, ?, '[]', '[]', ?, 0, 0)",
                    [number, number, state],
                )
            )
        lines = (await asked(api, api.private(rini), rini, "/stats"))["text"].split("\n")
        assert lines[1] == "Artikel: 3 (3 potongan)"
        assert lines[2:5] == ["Berita terbaru: 2 Maret 2021", "Chat: 2", "Pertanyaan: 1, terjawab: 1"]
        assert lines[6:] == ["Penilaian: 👍 1, 👎 0", "Yang diikuti: 1", "Pemberitahuan terkirim: 2"]


@pytest.mark.slow
@played
async def test_the_real_job_in_a_process_of_its_own(
    tmp_path: Path, model_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WARTA_CACHE", str(model_cache))
    settings = Settings.from_env({"WARTA_DATA": str(tmp_path), "WARTA_CACHE": str(model_cache)})
    from index.embed.engines import engine_of

    engine = engine_of(settings)
    with opened(tmp_path, engine, WARTA_CACHE=str(model_cache)) as warta:
        list(warta.ingest([TIKET]))
    with BotApi() as api:
        async with at_work(api, tmp_path, engine=engine, admins=ADMINS) as bot:
            assert bot.services.reindexing.command == command_of(tmp_path, "reindex")
            rini, _, _ = people(api)
            chat = api.private(rini)
            await asked(api, chat, rini, "/reindex full")
            await api.until(lambda: len(api.sent(chat)) == 2, timeout=50)
            assert "1 artikel, 1 potongan" in api.sent(chat)[1]["text"]


@played
async def test_the_child_is_given_no_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARTA_BOT_TOKEN", "canary")
    monkeypatch.setenv("WARTA_WEBHOOK_SECRET", "canary")
    script = "import os, sys; print('{}'); sys.exit('canary' in os.environ.values())"
    reports: list[Report] = []

    async def tell(report: Report) -> None:
        reports.append(report)

    Reindexing([sys.executable, "-c", script], time.monotonic).join(tell, full=False)
    async with asyncio.timeout(20):
        while not reports:
            await asyncio.sleep(0.01)
    assert reports[0].ok, reports[0].reason
