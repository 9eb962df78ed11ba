"""/reindex: one job at a time, shown while it runs, cancelled by administrators, and never in doubt after a restart."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from bot_api import BotApi
from fakes import fake_engine
from stage import (
    TIKET,
    asked,
    at_work,
    buttons,
    now_below,
    office,
    opened,
    played,
    pressed,
    quickly,
    reply_in,
    stored,
)
from stand_in import ADMINS, BUDI, FIGURES, RINI, deeds, give, job, people, put_job, runs

from bot import app, child
from bot.app import Bot
from bot.chats import BotStore
from bot.child import Report, command_of, run_child
from bot.inbox import Inbox
from bot.job_messages import STALE_S, JobMessage, goes_on
from bot.records import Place
from bot.reindex_text import (
    Outcome,
    Pace,
    cancel_of,
    outcome_of,
    outcome_of_job,
    progress_html,
    report_html,
    span,
)
from bot.reindexing import EDIT_S, Reindexing
from index.jobs import Job
from index.settings import Settings

GONE = 2**22 + 1
"""No process has a number beyond pid_max."""


def shown_in(api: BotApi, chat: Any, number: int = 1) -> str:
    return str(api.sent(chat)[number - 1]["text"])


class Looks:
    """A sleep that lets the bot look at the job when the test says so."""

    def __init__(self) -> None:
        self._go = asyncio.Semaphore(0)
        self.waiting = 0

    async def __call__(self, seconds: float) -> None:
        if seconds != EDIT_S:
            return await quickly(seconds)
        self.waiting += 1
        await self._go.acquire()
        self.waiting -= 1
        return None

    async def look(self, api: BotApi) -> None:
        """Have it look once, and wait until it has shown what it saw."""
        self._go.release()
        await asyncio.sleep(0.05)
        await api.until(lambda: self.waiting)
        await api.settled(0.1)


async def pid_of(bot: Bot) -> int:
    async with asyncio.timeout(10):
        while (run := bot.services.reindexing.current) is None or not run.pid:
            await asyncio.sleep(0.01)
    return run.pid


@played
async def test_two_administrators_at_once_run_one_job_and_both_are_told(tmp_path: Path) -> None:
    async with office(tmp_path / "data", admins=ADMINS) as (api, bot):
        give(bot, job(tmp_path))
        rini, budi, sari = people(api)
        group = api.group("Redaksi")
        assert "sedang disusun ulang (yang berubah saja)" in (await asked(api, group, rini, "/reindex"))["text"]
        # What the second one asked for does not matter: they are shown what runs.
        assert (
            "being rebuilt (only what changed)" in (await asked(api, api.private(budi), budi, "/reindex full"))["text"]
        )
        # Meanwhile questions are answered.
        assert "George" in (await asked(api, group, sari, "/ask Siapa CEO Tiket.com?"))["text"]
        (tmp_path / "go").touch()
        done = await reply_in(api, group, 3)
        assert "2.768 artikel" in done["text"]
        assert done["reply_to_message"]["text"] == "/reindex"
        assert "2,768 articles" in (await reply_in(api, api.private(budi), 2))["text"]
        assert runs(tmp_path) == [""]
        assert await deeds(bot) == [
            (RINI, "reindex", "changed", "done"),
            (BUDI, "reindex", "full", "joined"),
            (RINI, "reindex", "changed", "started"),
        ]
        await asked(api, api.private(budi), budi, "/reindex PENUH")
        await reply_in(api, api.private(budi), 4)
        assert runs(tmp_path) == ["", "--full"]


@played
async def test_asked_for_twice_in_one_chat_it_is_shown_once(tmp_path: Path) -> None:
    async with office(tmp_path / "data", admins=ADMINS) as (api, bot):
        give(bot, job(tmp_path))
        rini, budi, _ = people(api)
        group = api.group("Redaksi")
        await asked(api, group, rini, "/reindex")
        assert "being rebuilt already" in (await asked(api, group, budi, "/reindex"))["text"]
        (tmp_path / "go").touch()
        await reply_in(api, group, 3)
        await api.settled()
        assert len(api.sent(group)) == 3


@played
async def test_a_word_that_means_nothing_starts_nothing(tmp_path: Path) -> None:
    async with office(tmp_path / "data", admins=ADMINS) as (api, bot):
        give(bot, job(tmp_path))
        rini, _, _ = people(api)
        assert "/reindex penuh" in (await asked(api, api.private(rini), rini, "/reindex semua dong"))["text"]
        assert runs(tmp_path) == []


@played
async def test_passing_to_the_model_that_the_settings_name(tmp_path: Path) -> None:
    async with office(tmp_path / "same", admins=ADMINS) as (api, bot):
        give(bot, job(tmp_path))
        rini, budi, _ = people(api)
        said = (await asked(api, api.private(rini), rini, "/reindex model"))["text"]
        assert said.startswith("Indeks sudah memakai model yang disebut di pengaturan: fake/words.")
        said = (await asked(api, api.private(budi), budi, "/reindex model"))["text"]
        assert said.startswith("The index is already of the model that the settings name: fake/words.")
        assert (runs(tmp_path), await deeds(bot)) == ([], [])
    (tmp_path / "go").touch()
    async with office(tmp_path / "other", admins=ADMINS, engine=fake_engine("fake/other")) as (api, bot):
        give(bot, job(tmp_path, new_model="fake/other"))
        rini, _, _ = people(api)
        said = (await asked(api, api.private(rini), rini, "/reindex model"))["text"]
        assert "sedang disusun ulang (model baru)" in said
        assert "Modelnya sekarang fake/other." in (await reply_in(api, api.private(rini), 2))["text"]
        assert runs(tmp_path) == [""]
        assert [deed[2] for deed in await deeds(bot)] == ["model", "model"]


@played
async def test_the_message_shows_how_far_it_is_at_most_once_in_three_seconds(tmp_path: Path) -> None:
    looks = Looks()
    async with office(tmp_path / "data", admins=ADMINS, sleep=looks) as (api, bot):
        give(bot, job(tmp_path))
        rini, budi, _ = people(api)
        chat, group = api.private(rini), api.group("Redaksi")
        message = await asked(api, chat, rini, "/reindex")
        await asked(api, group, budi, "/reindex")
        assert buttons(message) == ["✖ Batalkan"]
        assert "Sedang bersiap" in message["text"]
        pid = await pid_of(bot)
        await put_job(bot, pid, done=1_000, total=4_000, updated_at=1_000.0)
        await api.settled()
        assert api.edits == []  # nobody has looked yet
        await looks.look(api)
        assert len(api.edits) == 1
        await put_job(bot, pid, done=1_500, total=4_000, updated_at=1_040.0)
        await looks.look(api)
        # 500 in 40 s are 12.5 a second; the 2,500 that are left take 200 s.
        assert shown_in(api, chat).split("\n")[1:] == [
            "████░░░░░░░░ 37 %",
            "Menghitung: 1.500 dari 4.000",
            "12,5 per detik, sekitar 3 menit lagi",
        ]
        await looks.look(api)
        assert len(api.edits) == 2  # nothing new, and Telegram is not even asked
        assert [one.method for one in api.calls].count("editMessageText") == 2
        assert "getting ready" in shown_in(api, group).casefold()
        await looks.look(api)
        assert "1,500 of 4,000" in shown_in(api, group)  # in groups with each fourth look
        assert len(api.edits) == 3
        (tmp_path / "go").touch()
        await reply_in(api, chat, 2)
        assert shown_in(api, chat) == "✅ Indeks selesai disusun ulang."
        assert now_below(api, message) == []


@played
async def test_another_processs_row_is_not_taken_for_ours(tmp_path: Path) -> None:
    looks = Looks()
    async with office(tmp_path / "data", admins=ADMINS, sleep=looks) as (api, bot):
        give(bot, job(tmp_path))
        rini, _, _ = people(api)
        await put_job(bot, 999_999, done=1, total=2)
        await asked(api, api.private(rini), rini, "/reindex")
        await pid_of(bot)
        await looks.look(api)
        assert "Sedang bersiap" in shown_in(api, api.private(rini))
        (tmp_path / "go").touch()


@played
async def test_an_administrator_cancels_it_and_what_was_done_stays(tmp_path: Path) -> None:
    async with office(tmp_path / "data", admins=ADMINS) as (api, bot):
        give(bot, job(tmp_path))
        rini, budi, _ = people(api)
        group = api.group("Redaksi")
        message = await asked(api, group, rini, "/reindex")
        await api.until(lambda: runs(tmp_path))
        assert "being stopped" in (await pressed(api, budi, message, "✖ Batalkan"))["text"]
        told = await reply_in(api, group, 2)
        assert "dibatalkan; indeks yang lama tetap dipakai" in told["text"]
        assert (tmp_path / "stopped").exists()
        assert (BUDI, "reindex cancel", "changed", "done") in await deeds(bot)
        assert (RINI, "reindex", "changed", "cancelled") in await deeds(bot)
        # The button is gone; whoever still sees it stops nothing that began since.
        await asked(api, group, rini, "/reindex")
        await api.until(lambda: len(runs(tmp_path)) == 2)
        data = message["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
        assert "is over already" in (await pressed(api, budi, message, data=data))["text"]
        assert bot.services.reindexing.current is not None


@pytest.mark.parametrize("forged", ["stranger", "other message", "other token", "no token"])
@played
async def test_a_press_that_is_not_theirs_stops_nothing(tmp_path: Path, forged: str) -> None:
    async with office(tmp_path / "data", admins=ADMINS) as (api, bot):
        give(bot, job(tmp_path))
        rini, _, sari = people(api)
        group, chat = api.group("Redaksi"), api.private(rini)
        message = await asked(api, group, rini, "/reindex")
        data = message["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
        elsewhere = await asked(api, chat, rini, "/about")
        await api.until(lambda: runs(tmp_path))
        person, below, sent, words = {
            "stranger": (sari, message, data, "hanya untuk administrator"),
            "other message": (rini, elsewhere, data, "sudah selesai"),
            "other token": (rini, message, "rx:" + "A" * 16, "sudah selesai"),
            "no token": (rini, message, "rx:", "tidak berlaku"),
        }[forged]
        assert words in (await pressed(api, person, below, data=sent))["text"]
        await api.settled()
        assert not (tmp_path / "stopped").exists()
        assert bot.services.reindexing.current is not None
        if forged == "stranger":
            assert (await deeds(bot))[0] == (sari.id, "reindex cancel", "not an administrator", "refused")


@played
async def test_whoever_is_no_administrator_any_more_cancels_nothing(tmp_path: Path) -> None:
    async with office(tmp_path / "data", admins=(RINI,)) as (api, bot):
        give(bot, job(tmp_path))
        rini, budi, _ = people(api)
        code = await bot.services.desk.records(lambda r: r.admins.new_code(RINI, bot.services.now()))
        await asked(api, api.private(budi), budi, f"/admin {code}")
        message = await asked(api, api.private(budi), budi, "/reindex")
        await asked(api, api.private(rini), rini, f"/admin remove {BUDI}")
        assert "only for the bot" in (await pressed(api, budi, message, "✖ Cancel"))["text"]
        assert not (tmp_path / "stopped").exists()


@played
async def test_a_reindex_from_the_shell_is_joined_and_cannot_be_cancelled(tmp_path: Path) -> None:
    looks = Looks()
    async with office(tmp_path / "data", admins=ADMINS, sleep=looks) as (api, bot):
        give(bot, job(tmp_path, "sys.exit('warta: another reindex is running; wait for it to finish')"))
        (tmp_path / "go").touch()
        rini, _, _ = people(api)
        chat = api.private(rini)
        with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as shell:
            await put_job(bot, shell.pid, done=1, total=4)
            message = await asked(api, chat, rini, "/reindex")
            await api.until(lambda: looks.waiting == 2)  # one looks, one shows
            for _ in range(2):
                looks._go.release()
            await api.until(lambda: "1 dari 4" in shown_in(api, chat))
            assert "dimulai di luar bot" in shown_in(api, chat)
            assert now_below(api, message) == []
            data = message["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
            assert "tidak bisa dibatalkan" in (await pressed(api, rini, message, data=data))["text"]
            report = json.dumps(FIGURES | {"seconds": 61.0})
            await put_job(bot, shell.pid, finished_at=bot.services.now(), report=report)
            shell.communicate(b"\n")
        for _ in range(4):
            looks._go.release()
        assert "dalam 61 detik: 2.768 artikel" in (await reply_in(api, chat, 2))["text"]


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
async def test_a_new_index_that_is_worse_is_not_taken_and_it_is_said_why(tmp_path: Path) -> None:
    async with office(tmp_path / "data", admins=ADMINS) as (api, bot):
        (tmp_path / "go").touch()
        give(bot, job(tmp_path, swapped=False, reason="recall fell from 0.95 to 0.80"))
        rini, _, _ = people(api)
        chat = api.private(rini)
        await asked(api, chat, rini, "/reindex")
        told = (await reply_in(api, chat, 2))["text"]
        assert "indeks yang lama" in told
        assert told.endswith("recall fell from 0.95 to 0.80")


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
async def test_after_a_restart_the_message_says_that_it_was_cut_off(tmp_path: Path) -> None:
    with BotApi() as api:
        rini, _, _ = people(api)
        chat = api.private(rini)
        async with at_work(api, stored(tmp_path / "data"), admins=ADMINS) as bot:
            give(bot, job(tmp_path))
            message = await asked(api, chat, rini, "/reindex")
            await api.until(lambda: runs(tmp_path))
        assert (tmp_path / "stopped").exists()
        assert now_below(api, message) == ["✖ Batalkan"]
        async with at_work(api, tmp_path / "data", admins=ADMINS) as bot:
            assert "terputus karena prosesnya berhenti" in (await reply_in(api, chat, 2))["text"]
            assert shown_in(api, chat) == "⏹ Penyusunan ulang terputus."
            assert now_below(api, message) == []
            await api.until(lambda: bot.services.reindexing.current is None)
        async with at_work(api, tmp_path / "data", admins=ADMINS):
            await api.settled()
            assert len(api.sent(chat)) == 2  # said once


@played
async def test_after_a_crash_a_job_that_goes_on_is_shown_to_its_end(tmp_path: Path) -> None:
    with BotApi() as api:
        rini, _, _ = people(api)
        chat = api.private(rini)
        async with at_work(api, stored(tmp_path / "data"), admins=ADMINS) as bot:
            give(bot, job(tmp_path))
            await asked(api, chat, rini, "/reindex")
            await put_job(bot, os.getpid(), done=3, total=4)  # the test's own process stands for a child that survived
        async with at_work(api, tmp_path / "data", admins=ADMINS, sleep=quickly) as bot:
            await api.until(lambda: "3 dari 4" in shown_in(api, chat))
            now = bot.services.now()
            await put_job(bot, os.getpid(), finished_at=now, started_at=now - 200, report=json.dumps(FIGURES))
            assert "dalam 3 menit: 2.768 artikel" in (await reply_in(api, chat, 2))["text"]


async def left_by_a_kill(bot: Bot, pid: int) -> None:
    """The row and the message of a reindex whose bot ended without any tidying."""
    await put_job(bot, pid, done=3, total=4)
    message = JobMessage(Place(RINI), 1, 1, "", "id", bot.services.now(), "reindex")
    await bot.services.desk.records(lambda r: r.job_messages.keep(message))


@played
async def test_who_asks_right_after_a_restart_gets_a_new_one_instead_of_the_dead_ones_end(tmp_path: Path) -> None:
    async with office(tmp_path / "data", admins=ADMINS) as (_, bot):
        give(bot, job(tmp_path))
        await left_by_a_kill(bot, GONE)
        await bot.services.reindexing.recover()
        _, began = bot.services.reindexing.join("full", RINI)
        assert began


@played
async def test_nobody_is_heard_before_it_is_known_how_the_last_one_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recover = Reindexing.recover

    async def late(self: Reindexing) -> None:
        await asyncio.sleep(0.5)
        await recover(self)

    monkeypatch.setattr(Reindexing, "recover", late)
    with BotApi() as api:
        rini, _, _ = people(api)
        chat = api.private(rini)
        async with at_work(api, stored(tmp_path / "data"), admins=ADMINS) as bot:
            await left_by_a_kill(bot, GONE)
        monkeypatch.setattr(app, "command_of", lambda *_: job(tmp_path))
        api.say(chat, rini, "/reindex full")
        with BotStore(tmp_path / "data" / "warta.db") as store:  # taken already when the bot ended
            Inbox(store).take(api.take_updates({}), time.time())
        async with at_work(api, tmp_path / "data", admins=ADMINS, sleep=quickly) as bot:
            await api.until(lambda: runs(tmp_path) and any("terputus" in one["text"] for one in api.sent(chat)))
            await api.settled()
            (tmp_path / "go").touch()
            await api.until(lambda: any("2.768 artikel" in one["text"] for one in api.sent(chat)))
            assert runs(tmp_path) == ["--full"]
            assert sorted(await deeds(bot)) == [
                (0, "reindex", "other", "interrupted"),
                (RINI, "reindex", "full", "done"), (RINI, "reindex", "full", "started"),
            ]  # fmt: skip
            # The dead one's end, how far the new one is, and its report.
            assert ["terputus" in one["text"] for one in api.sent(chat)].count(True) == 1
            assert len(api.sent(chat)) == 3


@played
async def test_who_asks_between_another_processs_end_and_the_next_look_gets_a_new_one(tmp_path: Path) -> None:
    data = stored(tmp_path / "data")
    with BotApi() as api, subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        async with at_work(api, data, admins=ADMINS) as bot:
            await left_by_a_kill(bot, other.pid)
        async with at_work(api, data, admins=ADMINS, sleep=Looks()) as bot:  # it never looks again
            reindexing = bot.services.reindexing
            give(bot, job(tmp_path))
            followed, began = reindexing.join("full", RINI)
            assert (followed.mode, began) == ("other", False)
            other.kill()
            other.wait()
            run, began = reindexing.join("full", RINI)
            assert (run.mode, began) == ("full", True)


@played
async def test_a_group_that_moves_meanwhile_hears_how_it_ended(tmp_path: Path) -> None:
    async with office(tmp_path / "data", admins=ADMINS) as (api, bot):
        give(bot, job(tmp_path))
        rini, _, sari = people(api)
        group = api.group("Redaksi", kind="group")
        await asked(api, group, rini, "/reindex")
        moved = api.migrate(group)
        await asked(api, moved, sari, "/about")
        # In the new group the number is another message's.
        assert await bot.services.desk.records(lambda r: r.job_messages.all()) == []
        (tmp_path / "go").touch()
        assert "2.768 artikel" in (await reply_in(api, moved, 2))["text"]


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
async def test_the_child_is_given_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARTA_BOT_TOKEN", "canary")
    monkeypatch.setenv("WARTA_WEBHOOK_SECRET", "canary")
    script = "import os, sys; print('{}'); sys.exit('canary' in os.environ.values())"
    report = await run_child([sys.executable, "-c", script], time.monotonic)
    assert report.ok, report.reason


@played
async def test_a_child_that_does_not_want_to_stop_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "GRACE_S", 0.2)
    ready = tmp_path / "ready"
    deaf = "import pathlib, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    script = f"{deaf}; pathlib.Path({str(ready)!r}).touch(); time.sleep(99)"
    pids: list[int] = []
    running = asyncio.create_task(run_child([sys.executable, "-c", script], time.monotonic, pids.append))
    while not ready.exists():
        await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)


@played
async def test_the_last_line_counts_of_what_a_child_prints() -> None:
    async def ran(script: str) -> Report:
        return await run_child([sys.executable, "-c", script], time.monotonic)

    assert (await ran("print('noise'); print('{\"a\": 1}')")).figures == {"a": 1}
    failed = await ran("import sys; print('{\"reason\": \"worse\"}'); sys.exit('warta: no')")
    assert (failed.ok, failed.figures, failed.reason) == (False, {"reason": "worse"}, "no")
    for nothing in ("pass", "print('[1]')", "print('oops')"):
        with pytest.raises(ValueError):  # noqa: PT011
            await ran(nothing)


# Pure


def at(done: int, updated_at: float, total: int = 100, stage: str = "embed", **more: Any) -> Job:
    values = {"id": 1, "kind": "reindex", "pid": os.getpid(), "started_at": 0.0, "finished_at": None, "report": {}}
    return Job(**{**values, "updated_at": updated_at, "stage": stage, "done": done, "total": total} | more)


def test_the_speed_is_that_of_the_last_looks_at_one_stage() -> None:
    pace = Pace()
    assert pace.speed() == 0
    pace.see(at(0, 1000.0))
    assert pace.speed() == 0
    pace.see(at(30, 1010.0))
    assert pace.speed() == 3
    pace.see(at(30, 1010.0))  # nothing was written since
    assert pace.speed() == 3
    for step in range(20):  # twenty looks at ten a second: the slow beginning has left the window
        pace.see(at(130 + 10 * step, 1020.0 + step))
    assert pace.speed() == 10
    pace.see(at(1, 1050.0, stage="check"))
    assert pace.speed() == 0
    pace.see(at(9, 1040.0, stage="check"))  # the clock was set back
    assert pace.speed() == 0


def test_progress_is_told_as_far_as_it_is_known() -> None:
    lines = progress_html(at(50, 0.0, 200), 0.5, "full", "en").split("\n")
    assert lines[0] == "🔄 <b>The index is being rebuilt</b> (everything)"
    assert lines[1] == "<code>███░░░░░░░░░</code> 25 %"
    assert lines[3] == "0.5 a second, about 5 min left"  # 150 at one in two seconds
    assert len(progress_html(at(50, 0.0, 200), 0.0, "full", "en").split("\n")) == 3  # no speed yet
    assert progress_html(at(7, 0.0, 0, "swap"), 0.0, "full", "en").endswith("\nSwapping the index in …")
    assert "<code>████████████</code> 100 %" in progress_html(at(9, 0.0, 8), 1.0, "full", "en")
    assert "&lt;odd&gt;: 1 of 8" in progress_html(at(1, 0.0, 8, "<odd>"), 0.0, "full", "en")
    assert "Getting ready" in progress_html(None, 0.0, "changed", "en")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        *((0.2, "1 detik"), (89, "89 detik"), (90, "2 menit"), (3540, "59 menit")),
        *((3590, "1 jam 0 menit"), (7500, "2 jam 5 menit")),
    ],
)
def test_lengths_of_time(seconds: float, words: str) -> None:
    assert span(seconds, "id") == words


def test_the_report_tells_what_the_command_told() -> None:
    whole = FIGURES | {"seconds": 200.0, "bytes_before": 12_500_000, "bytes_after": 3_000_000, "swapped": True}
    assert report_html(outcome_of(Report(True, whole, "", 1.0)), "en") == (
        "✅ The index was rebuilt in 3 min: 2,768 articles, 7 passages (3 newly embedded, 4 reused).\n"
        "Size: 12.5 MB → 3.0 MB"
    )
    other = report_html(outcome_of(Report(True, whole | {"new_model": "e5-small"}, "", 1.0)), "en")
    assert other.endswith("3.0 MB\nThe model is now e5-small.")
    older = report_html(outcome_of(Report(True, FIGURES, "", 12.0)), "en")
    assert older == "✅ The index was rebuilt in 12 s: 2,768 articles, 7 passages (3 newly embedded, 4 reused)."


def test_how_it_ended() -> None:
    assert outcome_of(Report(True, {}, "", 1.0)).ending == "done"
    assert outcome_of(Report(False, {}, "no space", 1.0)) == Outcome("failed", Report(False, {}, "no space", 1.0))
    # Whatever its exit code: it says itself that the new index was not taken.
    for ok in (True, False):
        rejected = outcome_of(Report(ok, {"swapped": False, "reason": "worse"}, "", 1.0))
        assert (rejected.ending, rejected.report.reason) == ("rejected", "worse")
    assert outcome_of_job(at(1, 5.0)).ending == "interrupted"
    assert outcome_of_job(at(1, 5.0, finished_at=9.0, report=FIGURES)).report.seconds == 9.0
    failed = outcome_of_job(at(1, 5.0, finished_at=9.0, report={"error": "no space"}))
    assert (failed.ending, failed.report.reason) == ("failed", "no space")


def test_a_job_goes_on_while_its_process_lives_and_writes() -> None:
    now = 1000.0 + STALE_S - 1
    assert goes_on(at(1, 1000.0, started_at=now), now)  # begun after the process that is to be at it
    assert not goes_on(at(1, 1000.0), 1000.0 + STALE_S)
    assert not goes_on(at(1, 1000.0, finished_at=1000.0), 1000.0)
    assert not goes_on(at(1, 1000.0, pid=0), 1000.0)
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    assert not goes_on(at(1, 1000.0, pid=gone.pid), 1000.0)
    if sys.platform == "linux":  # this process is no year old, so another one began that job
        assert not goes_on(at(1, 4e7, started_at=1000.0), 4e7)


@pytest.mark.parametrize(
    "data", ["", "rx:", "rx:short", "rx:" + "A" * 17, "rx:" + "ä" * 16, "l:id", "rx:" + "A" * 16 + "\n"]
)
def test_other_data_is_no_cancel_button(data: str) -> None:
    assert cancel_of(data) is None
