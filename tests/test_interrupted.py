"""A "⏳" of work that ended with its process does not stay: after the restart it says so, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from bot_api import BotApi, bad_gateway, bad_request
from bot_process import BotProcess
from stage import at_work, office, played, quickly, reply_in, stored
from stand_in import deeds
from test_operating import RINI, URL, fake, last, rini_in, words, worked
from web import Reply, Site

from bot.chats import BotStore
from bot.job_messages import JobMessage, JobMessages
from bot.records import Place
from bot.restored import BOT_TABLES
from index.backup import make_backup
from index.restore import OWN_TABLES, restore

ORDERS = {
    "add": (f"/add {URL}", "Silakan kirim /add yang sama"),
    "source": ("/source add https://berita.example/rss", "Lihat /source list"),
    "quality": ("/quality", "kirim /quality sekali lagi"),
    "backup": ("/backup now", "kirim /backup now sekali lagi"),
}


def left_by_a_kill(data: Path, rows: list[JobMessage]) -> None:
    """Have the messages be there as a process leaves them that ends without any tidying."""
    with BotStore(data / "warta.db") as store:
        for row in rows:
            JobMessages(store).keep(row)


@pytest.mark.parametrize("action", ORDERS)
@played
async def test_after_a_kill_it_says_that_it_was_cut_off_and_what_to_do(tmp_path: Path, action: str) -> None:
    command, said = ORDERS[action]
    data, backups = stored(tmp_path / "data"), str(tmp_path / "backups")
    with BotApi() as api:
        chat, rini = rini_in(api)
        async with at_work(api, data, admins=(RINI,), backup_dir=backups) as bot:
            fake(bot, tmp_path, wait=True)
            api.say(chat, rini, command)
            begun = await reply_in(api, chat)
            await api.until(lambda: words(tmp_path))
            rows = await bot.services.desk.records(lambda r: r.job_messages.all())
            assert [(row.kind, row.message_id) for row in rows] == [(action, begun["message_id"])]
        left_by_a_kill(data, rows)
        async with at_work(api, data, admins=(RINI,), backup_dir=backups) as bot:
            await api.until(lambda: last(api, chat)["text"].startswith("⏹ Terputus karena bot dimulai ulang."))
            assert said in last(api, chat)["text"]
            await api.settled()
            assert (await deeds(bot))[0] == (0, action, "", "interrupted")
            assert bot.services.reindexing.current is None
        edits = len(api.edits)
        async with at_work(api, data, admins=(RINI,), backup_dir=backups):
            await api.settled()
        assert len(api.edits) == edits  # said once
        assert len(api.sent(chat)) == 1


@played
async def test_what_came_to_its_end_is_not_cut_off(tmp_path: Path) -> None:
    async with office(tmp_path / "data", admins=(RINI,)) as (api, bot):
        fake(bot, tmp_path, code=1, error="warta: kaput")
        chat, rini = rini_in(api)
        assert "kaput" in await worked(api, chat, rini, f"/add {URL}")
        await api.settled()
        assert await bot.services.desk.records(lambda r: r.job_messages.all()) == []


@pytest.mark.parametrize("gone", [True, False])
@played
async def test_where_it_cannot_be_told_the_next_start_tells_it_but_not_where_it_is_gone(
    tmp_path: Path, gone: bool
) -> None:
    data = stored(tmp_path / "data")
    with BotApi() as api:
        chat, rini = rini_in(api)
        async with at_work(api, data, admins=(RINI,)) as bot:
            fake(bot, tmp_path, wait=True)
            api.say(chat, rini, f"/add {URL}")
            await reply_in(api, chat)
            rows = await bot.services.desk.records(lambda r: r.job_messages.all())
        left_by_a_kill(data, rows)
        api.fail("editMessageText", bad_request("message to edit not found") if gone else bad_gateway(), times=None)
        async with at_work(api, data, admins=(RINI,), sleep=quickly) as bot:
            await api.until(lambda: "editMessageText" in [one.method for one in api.calls[-3:]])
            await api.settled()
        with BotStore(data / "warta.db") as store:
            assert JobMessages(store).all() == ([] if gone else rows)


def test_a_backup_that_is_put_back_tells_of_no_cut(tmp_path: Path) -> None:
    """The message of /backup now is in the backup, and has shown since that it was made."""
    data = stored(tmp_path / "data")
    left_by_a_kill(data, [JobMessage(Place(RINI), 5, 4, "", "id", 0.0, "backup")])
    make_backup(data, tmp_path / "one.zip")
    restore(tmp_path / "one.zip", tmp_path / "other", [*OWN_TABLES, BOT_TABLES])
    with BotStore(tmp_path / "other" / "warta.db") as store:
        assert JobMessages(store).all() == []


@played
async def test_a_real_kill_in_the_middle_of_a_real_add(tmp_path: Path) -> None:
    data = tmp_path / "data"  # without articles: whose model made the index does not matter
    with BotApi() as api, Site() as site:
        site.put("/a", Reply(headers={"Content-Type": "text/html", "Content-Length": "9"}, framed=False))  # never comes
        chat, rini = rini_in(api, "en")
        settings = {"WARTA_ADMINS": str(RINI), "WARTA_FETCH_ALLOW": "127.0.0.0/8", "WARTA_SYNC_MINUTES": "0"}
        with BotProcess(api.url, api.token, data, **settings) as bot:
            api.say(chat, rini, f"/add {site.url}/a")
            await api.until(lambda: "/a" in [one.path for one in site.asked], timeout=40)
            assert last(api, chat)["text"].startswith("⏳")
            bot.kill()
        with BotProcess(api.url, api.token, data, **settings) as bot:
            await api.until(lambda: last(api, chat)["text"].startswith("⏹ Cut off, because the bot"), timeout=40)
            assert bot.stop() == 0
