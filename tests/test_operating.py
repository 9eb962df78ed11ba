"""What an administrator runs from a chat; small commands stand for the children."""

from __future__ import annotations

import asyncio
import io
import json
import re
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from bot_api import BotApi, bad_request
from bot_world import Chat, User
from fakes import fake_engine
from PIL import Image
from stage import (
    Clock,
    Message,
    asked,
    at_work,
    handled,
    office,
    played,
    pressed,
    reply_in,
    stored,
)
from test_admin import NOBODY
from web import Site

from bot.app import Bot
from bot.backups import AGAIN_S, FIRST_S, LOOK_S, back_up_when_due, due_at, kept_in
from bot.checkup import Check, database_check, disk_check, index_check, reranker_check, sources_check, sync_check
from bot.handlers import operating
from bot.ops_text import ago, health_text, percent, sources_text
from bot.shell import STOPPING
from bot.strings import ADMIN_COMMANDS
from index.jobs import Job
from index.pipeline import Warta
from index.settings import Settings
from index.sources.book import Source, SourceBook

RINI = 77
COMMANDS = ("/stats", "/health", "/add https://berita.example/a", "/source list", "/quality", "/backup")
URL = "https://berita.example/a"


def fake(bot: Bot, folder: Path, output: object = None, *, code: int = 0, error: str = "", wait: bool = False) -> None:
    """Have every child note its words in `words`, wait for `go` if so wished, print, and end with a code."""
    script = f"""
import json, os, pathlib, sys, time
folder = pathlib.Path({str(folder)!r})
(folder / "pid").write_text(str(os.getpid()))
with (folder / "words").open("a") as words:
    words.write(json.dumps(sys.argv[1:]) + chr(10))
while {wait} and not (folder / "go").exists():
    time.sleep(0.01)
print({json.dumps(output) if output is not None else ""!r})
print({error!r}, file=sys.stderr)
sys.exit({code})
"""
    bot.services.shell.command = lambda *words: [sys.executable, "-c", script, *words]  # type: ignore[method-assign]


def words(folder: Path) -> list[list[str]]:
    file = folder / "words"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def rini_in(api: BotApi, language: str = "id") -> tuple[Chat, User]:
    rini = api.user("Bu Rini", id=RINI, language_code=language)
    return api.private(rini), rini


async def worked(api: BotApi, chat: Chat, user: User, command: str) -> str:
    """Order something that takes its time; gives how it ended, which stands in the message that said it began."""
    begun = await asked(api, chat, user, command)
    await api.until(lambda: not last(api, chat)["text"].startswith("⏳"))
    assert last(api, chat)["message_id"] == begun["message_id"]
    assert begun["message_id"] in [one["message_id"] for one in api.edits]
    return str(last(api, chat)["text"])


def last(api: BotApi, chat: Chat) -> Message:
    return api.sent(chat)[-1]


# Who


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("who", NOBODY.values(), ids=NOBODY)
@played
async def test_others_are_refused_silently_in_groups_and_it_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, who: dict[str, Any], command: str
) -> None:
    async with office(tmp_path / "data", admins=(RINI,), backup_dir=str(tmp_path)) as (api, bot):
        fake(bot, tmp_path, {})
        people = {"rini": rini_in(api)[1], "sari": api.user("Sari")}
        group = api.group("Redaksi")
        chats: dict[str, Chat] = {"group": group, "channel": api.channel("Kabar")}
        more = {name: chats.get(str(value), value) for name, value in who.items() if name != "as"}
        api.say(group, people[who["as"]], command, **more)
        await handled(bot)
        assert api.sent() == []
        assert words(tmp_path) == []
        if "edited" not in who:
            assert f"{command.split()[0]} by user" in caplog.text


@played
async def test_in_private_a_stranger_is_told(tmp_path: Path) -> None:
    async with office(tmp_path / "data", admins=(RINI,)) as (api, bot):
        fake(bot, tmp_path, {})
        sari = api.user("Sari")
        for command in COMMANDS:
            said = await asked(api, api.private(sari), sari, command)
            assert said["text"] == "Perintah ini hanya untuk administrator bot."
        assert words(tmp_path) == []


@played
async def test_every_command_is_kept_with_its_outcome(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[tuple[str, str, str]] = []

    async def audited(services: Any, message: Any, action: str, detail: str, outcome: str) -> None:
        kept.append((action, detail, outcome))

    monkeypatch.setattr(operating, "audited", audited)
    async with office(tmp_path / "data", admins=(RINI,)) as (api, bot):
        chat, rini = rini_in(api)
        fake(bot, tmp_path, code=1, error="warta: kaput")
        await asked(api, chat, rini, "/health")
        await worked(api, chat, rini, f"/add {URL}")
        await worked(api, chat, rini, "/quality")
        await asked(api, chat, rini, "/source remove 3")
        await api.until(lambda: len(kept) == 6)
        assert [row for row in kept if row[0] != "health"] == [
            ("add", URL, "started"), ("add", URL, "kaput"), ("quality", "", "started"), ("quality", "", "kaput"),
            ("source", "remove 3", "kaput"),
        ]  # fmt: skip


def test_administrators_find_them_in_their_menu() -> None:
    assert {command.split()[0][1:] for command in COMMANDS} <= set(ADMIN_COMMANDS)


# /stats


@played
async def test_stats_count_what_happened(tmp_path: Path) -> None:
    async with office(tmp_path, admins=(RINI,)) as (api, _):
        (chat, rini), sari = rini_in(api), api.user("Sari")
        answer = await asked(api, api.private(sari), sari, "Siapa CEO Tiket.com?")
        await pressed(api, sari, answer, "👍 Membantu")
        await pressed(api, sari, answer, "🔔 Ikuti Tiket.com")
        lines = (await asked(api, chat, rini, "/stats"))["text"].split("\n")
        assert lines[:6] == [
            "Berita", "Artikel: 3, 3 di antaranya masuk dalam 7 hari terakhir", "Potongan: 3",
            "Artikel terbaru: 2 Maret 2021", "Mitra: 6", "Sumber: 0 aktif, 0 gagal, 0 dimatikan",
        ]  # fmt: skip
        assert lines[7:10] == [
            "7 hari terakhir", "Pertanyaan: 1 (per hari: 0 · 0 · 0 · 0 · 0 · 0 · 1)",
            "Terjawab: 100% · tidak terjawab: 0% · 👎: 0%",
        ]  # fmt: skip
        assert re.fullmatch(r"Waktu jawab: \d+,\d\d detik \(p50\), \d+,\d\d detik \(p95\)", lines[10])
        assert lines[13:16] == ["Saat ini", "Chat aktif: 2", "Yang diikuti: 1"]
        assert lines[16] == "Pesan masuk: 1 menunggu atau sedang dikerjakan, 0 disisihkan"  # this very command
        assert lines[-3].startswith("Basis data: ")
        assert re.search(r"\d (GB|MB)$", lines[-1])


@played
async def test_a_picture_comes_with_the_figures_in_private(tmp_path: Path) -> None:
    async with office(tmp_path, admins=(RINI,)) as (api, _):
        chat, rini = rini_in(api, "en")
        api.say(chat, rini, "/stats")
        picture = await reply_in(api, chat, 2)
        assert picture["caption"].startswith("Last 30 days\nQuestions: 0\nNew articles: 3 (most on ")
        [photo] = picture["photo"]
        assert Image.open(io.BytesIO(api.files[photo["file_id"]])).format == "PNG"
        group = api.group("Redaksi")
        await asked(api, group, rini, "/stats")
        await asked(api, group, rini, "/health")  # only after the one before
        assert ["photo" in message for message in api.sent(group)] == [False, False]


@played
async def test_there_is_no_picture_of_nothing(tmp_path: Path) -> None:
    clock = Clock()
    async with office(tmp_path, admins=(RINI,), now=clock) as (api, _):
        clock.ahead = 40 * 86_400.0
        chat, rini = rini_in(api)
        await asked(api, chat, rini, "/stats")
        await asked(api, chat, rini, "/health")  # only after the one before
        assert ["photo" in message for message in api.sent(chat)] == [False, False]


@played
async def test_the_figures_come_without_a_picture_that_telegram_refuses(tmp_path: Path) -> None:
    async with office(tmp_path, admins=(RINI,)) as (api, _):
        chat, rini = rini_in(api)
        api.fail("sendPhoto", bad_request("IMAGE_PROCESS_FAILED"), times=None)
        await asked(api, chat, rini, "/stats")
        await asked(api, chat, rini, "/health")
        assert "Basis data" in api.sent(chat)[0]["text"]
        assert api.sent(chat)[1]["text"].startswith("Keadaan bot")


# /health


@played
async def test_all_is_well(tmp_path: Path) -> None:
    async with office(tmp_path, admins=(RINI,)) as (api, _):
        chat, rini = rini_in(api)
        lines = (await asked(api, chat, rini, "/health"))["text"].split("\n")
        assert lines[:6] == [
            "Keadaan bot", "✅ Indeks: dimuat dan mutakhir", "✅ Basis data: bisa ditulis", "✅ Telegram: terhubung",
            "✅ Sumber: belum ada; tambahkan dengan /source add", "✅ Pemberitahuan: 0 menunggu",
        ]  # fmt: skip
        assert re.fullmatch(r"(✅|⚠️) Disk: .*", lines[6])
        assert len(lines) == 7  # no backups are set up


@played
async def test_each_trouble_is_told_with_what_to_do(tmp_path: Path) -> None:
    data, now = stored(tmp_path / "data"), datetime.now(UTC).timestamp()
    with SourceBook(data / "warta.db") as book:
        for name, values in (("a", {"failures": 0}), ("b", {"failures": 3}), ("c", {"active": False})):
            found = book.add(f"https://{name}.example/rss", "feed", now=now, every=600)
            assert found is not None
            book.update(found.id, **values)
        book.end_job(book.begin_job("sync", 1, now - 9_000), {}, now - 9_000)
    async with office(data, admins=(RINI,), backup_dir=str(tmp_path / "backups"), sync_minutes=1440) as (api, bot):
        await bot.services.desk.records(
            lambda r: r.store.connection.execute(
                "insert into outbox (kind, chat_id, thread_id, story_id, article_id, reasons, follows, state,"
                " created_at, changed_at, detail) values ('update', -5, 0, 1, 1, '[]', '[]', 'dead', 0, ?, 'kicked'),"
                " ('update', -5, 0, 2, 2, '[]', '[]', 'dead', 0, ?, 'dropped'),"
                " ('update', -5, 0, 3, 3, '[]', '[]', 'dead', 0, 0, 'long ago')",
                [now, now],
            )
        )
        await bot.services.desk.records(lambda r: r.store.connection.execute("update meta set value = 'x/y'"))
        chat, rini = rini_in(api, "en")
        lines = (await asked(api, chat, rini, "/health"))["text"].split("\n")
        assert lines[1].startswith("⚠️ Index: it is of the model x/y, which cannot be loaded, and")
        assert lines[1].endswith("Search only matches words; run /reindex, of any kind")
        assert lines[4:6] == [
            "⚠️ Sources: 1 failing, 1 switched off, 1 well; /source list tells why", "✅ Sync: last one 2 h ago",
        ]  # fmt: skip
        assert lines[6].startswith("⚠️ Alerts: 0 waiting, 0 unsure, 1 failed in 7 days")
        assert lines[8] == "⚠️ Backup: there is none yet; make one with /backup now"


def test_a_model_of_the_settings_that_cannot_be_loaded_is_told(tmp_path: Path) -> None:
    with Warta(Settings(data=tmp_path), replace(fake_engine("warta/kecil"), missing="it is not installed")) as warta:
        check = index_check(warta)
    assert check == Check(False, "health_index_bad", {"detail": "warta/kecil: it is not installed"})
    assert "<code>warta doctor</code> on the server (warta/kecil: " in health_text([check], "en")


def test_any_reindex_passes_to_another_model() -> None:
    found = Check(False, "health_index_model", {"model": "a/b", "named": "c/d"})
    assert health_text([found], "id").endswith("lama sampai reindex berikutnya; jalankan /reindex, jenis mana pun")


@dataclass
class Ranking:
    """As much of a Warta as its reranker is."""

    settings: Settings
    reranker_failure: str = ""


def test_a_reranker_that_fails_is_told() -> None:
    set_up = Settings(reranker="warta/kecil")
    assert reranker_check(Ranking(Settings())) is None  # type: ignore[arg-type]
    assert reranker_check(Ranking(set_up)) == Check(True, "health_reranker")  # type: ignore[arg-type]
    failing = reranker_check(Ranking(set_up, "the GPU is full"))  # type: ignore[arg-type]
    assert failing is not None
    assert health_text([failing], "en").endswith("so answers come in the first order (the GPU is full)")


@played
async def test_health_looks_at_the_reranker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.checkup.reranker_check", lambda warta: Check(True, "health_reranker"))
    async with office(tmp_path, admins=(RINI,)) as (api, _):
        chat, rini = rini_in(api, "en")
        assert "✅ Reranker (WARTA_RERANKER): no trouble" in (await asked(api, chat, rini, "/health"))["text"].split(
            "\n"
        )


def job(finished_at: float | None, updated_at: float) -> Job:
    return Job(1, "sync", 1, 0.0, updated_at, finished_at, "", 3, 10, {})


@pytest.mark.parametrize(
    ("last_job", "minutes", "ok", "key"),
    [
        (None, 10, False, "health_sync_never"),
        (job(None, 99_900), 10, True, "health_sync_running"),
        (job(None, 90_000), 10, False, "health_sync_late"),  # it was killed
        (job(99_000, 99_000), 10, True, "health_sync"),
        (job(96_300, 96_300), 10, False, "health_sync_late"),  # 3700 s ago
        (job(96_300, 96_300), 60, True, "health_sync"),
        (job(10_000, 10_000), 0, True, "health_sync_off"),
    ],
)
def test_a_sync_that_is_late(last_job: Job | None, minutes: float, ok: bool, key: str) -> None:
    check = sync_check(last_job, minutes, 100_000.0)
    assert (check.ok, check.key) == (ok, key)
    assert check.values.get("done", 3) == 3


def test_a_database_that_cannot_be_written_to_is_told_with_the_reason(tmp_path: Path) -> None:
    assert database_check(stored(tmp_path) / "warta.db").key == "health_database"
    bad = database_check(tmp_path / "no" / "warta.db")
    assert (bad.ok, bad.key, bad.values["detail"]) == (
        False, "health_database_bad", "cannot be written (SQLITE_CANTOPEN)"
    )  # fmt: skip


def test_a_gigabyte_is_the_least() -> None:
    assert not disk_check(1_000_000_000).ok
    assert disk_check(1_000_000_001).ok


def test_sources_that_are_well() -> None:
    one = Source(1, "u", "feed", "", "", 600, True, 0, True, "", "", 0, 0, 0, 0, "")
    assert (sources_check([one]).key, sources_check([one]).values) == ("health_sources", {"active": 1})


# /add


@played
async def test_what_became_of_each_address_is_told_in_one_message(tmp_path: Path) -> None:
    pages = [
        {"location": URL, "status": status, "title": f"Judul <b>{status}</b>"}
        for status in ("new", "changed", "unchanged", "duplicate")
    ]
    failed = [{"location": f"{URL}/x", "reason": f"{URL}/x: the server answers 404"}]
    async with office(tmp_path / "data", admins=(RINI,)) as (api, bot):
        fake(bot, tmp_path, {"pages": pages, "failed": failed}, code=1, error=f"{URL}/x: the server answers 404")
        chat, rini = rini_in(api)
        said = await worked(api, chat, rini, f"/add {URL} {URL}/x {URL}")
        assert said.split("\n") == [
            "✅ Artikel baru: Judul <b>new</b>", "✅ Diperbarui: Judul <b>changed</b>",
            "☑️ Sudah ada dan tidak berubah: Judul <b>unchanged</b>",
            "☑️ Isinya sama dengan artikel yang sudah ada: Judul <b>duplicate</b>",
            f"⚠️ {URL}/x tidak bisa ditambahkan: the server answers 404",
        ]  # fmt: skip
        assert words(tmp_path) == [["add", URL, f"{URL}/x"]]


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ("", "paling banyak 5 sekaligus"), (" ".join(f"{URL}/{n}" for n in range(6)), "paling banyak 5 sekaligus"),
        ("/etc/passwd", "/etc/passwd bukan alamat web"), ("file:///etc/passwd", "bukan alamat web"),
        (f"{URL} --verbose", "--verbose bukan alamat web"), ("ftp://a.example/x", "bukan alamat web"),
    ],
)  # fmt: skip
@played
async def test_only_web_addresses_and_not_too_many(tmp_path: Path, order: str, said: str) -> None:
    async with office(tmp_path / "data", admins=(RINI,)) as (api, bot):
        fake(bot, tmp_path, {})
        chat, rini = rini_in(api)
        assert said in (await asked(api, chat, rini, f"/add {order}"))["text"]
        assert words(tmp_path) == []


@played
async def test_an_address_inside_the_server_is_refused_and_never_asked(tmp_path: Path) -> None:
    with Site() as victim, BotApi() as api:
        async with at_work(api, tmp_path, admins=(RINI,)):
            chat, rini = rini_in(api)
            for command in (f"/add {victim.url}/a", f"/source add {victim.url}/rss"):
                said = await worked(api, chat, rini, command)
                assert said.startswith("⚠️ ")
                assert "127.0.0.1" in said
                assert "is not fetched" in said
        assert victim.hits == 0


@played
async def test_the_chat_goes_on_meanwhile_and_heavy_work_waits_for_its_turn(tmp_path: Path) -> None:
    async with office(tmp_path / "data", admins=(RINI,)) as (api, bot):
        fake(bot, tmp_path, {"pages": [], "failed": []}, wait=True)
        rini, group = rini_in(api)[1], api.group("Redaksi")
        for number in (1, 2):
            api.say(group, rini, f"/add {URL}/{number}")
        await api.until(lambda: words(tmp_path))
        await reply_in(api, group, 2)
        assert "George" in (await asked(api, group, rini, "/ask Siapa CEO Tiket.com?"))["text"]
        assert len(words(tmp_path)) == 1
        (tmp_path / "go").touch()
        await api.until(lambda: len(words(tmp_path)) == 2)


@played
async def test_where_the_message_is_gone_another_tells_it(tmp_path: Path) -> None:
    async with office(tmp_path / "data", admins=(RINI,)) as (api, bot):
        fake(bot, tmp_path, {"pages": [{"location": URL, "status": "new", "title": "Judul"}], "failed": []})
        api.fail("editMessageText", bad_request("message to edit not found"), times=None)
        chat, rini = rini_in(api)
        await asked(api, chat, rini, f"/add {URL}")
        assert (await reply_in(api, chat, 2))["text"] == "✅ Artikel baru: Judul"


@played
async def test_a_bot_that_stops_says_so(tmp_path: Path) -> None:
    with BotApi() as api:
        async with at_work(api, stored(tmp_path / "data"), admins=(RINI,)) as bot:
            fake(bot, tmp_path, wait=True)
            chat, rini = rini_in(api)
            await asked(api, chat, rini, f"/add {URL}")
            await api.until(lambda: words(tmp_path))
        assert STOPPING in last(api, chat)["text"]


@played
async def test_a_command_that_cannot_be_run_is_told(tmp_path: Path) -> None:
    async with office(tmp_path / "data", admins=(RINI,)) as (api, bot):
        bot.services.shell.command = lambda *_: [str(tmp_path / "no such program")]  # type: ignore[method-assign]
        chat, rini = rini_in(api)
        assert (await worked(api, chat, rini, f"/add {URL}")).startswith("⚠️ Tidak berhasil:")
        fake(bot, tmp_path)  # what it prints is no JSON
        assert (await worked(api, chat, rini, f"/add {URL}")).startswith("⚠️ Tidak berhasil:")


# /source


SOURCE = {"id": 3, "url": "https://a.example/rss", "kind": "feed", "title": "Kabar <A>", "active": True, "failures": 0,
          "last_error": "", "last_ok_at": 0.0, "articles": 12, "every_minutes": 10.0}  # fmt: skip


@played
async def test_sources_are_listed_added_and_removed_by_the_real_command(tmp_path: Path) -> None:
    async with office(tmp_path / "data", admins=(RINI,)) as (api, bot):
        chat, rini = rini_in(api)
        assert "Belum ada sumber" in (await asked(api, chat, rini, "/source"))["text"]
        with SourceBook(tmp_path / "data" / "warta.db") as book:
            book.add("https://a.example/rss", "feed", now=0, every=600, title="Kabar <A>")
        listed = (await asked(api, chat, rini, "/source list"))["text"]
        assert listed == "Sumber (1/1)\n1 · Kabar <A>\n⏳ belum dibaca · 0 artikel"
        for name in ("7", "https://b.example/rss"):
            unknown = (await asked(api, chat, rini, f"/source remove {name}"))["text"]
            assert unknown == f"Sumber {name} tidak ada. Nomor semua sumber ada di /source list."
        removed = (await asked(api, chat, rini, "/source remove 1"))["text"]
        assert removed == "Tidak diikuti lagi: https://a.example/rss. Artikelnya tetap ada."
        assert "Belum ada sumber" in (await asked(api, chat, rini, "/source list"))["text"]
        fake(bot, tmp_path, SOURCE)
        added = await worked(api, chat, rini, "/source add https://a.example/rss")
        assert added == "✅ Diikuti sebagai sumber 3: Kabar <A>\nhttps://a.example/rss\nDibaca tiap 10 menit."


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ("remove", "/source remove 3"), ("remove --all", "/source remove 3"), ("x", "/source list"),
        ("add", "/source add https"), ("add file:///etc/passwd", "bukan alamat web"),
    ],
)  # fmt: skip
@played
async def test_what_is_no_order_about_sources(tmp_path: Path, order: str, said: str) -> None:
    async with office(tmp_path / "data", admins=(RINI,)) as (api, bot):
        fake(bot, tmp_path, {})
        chat, rini = rini_in(api)
        assert said in (await asked(api, chat, rini, f"/source {order}"))["text"]
        assert words(tmp_path) == []


def test_a_list_of_sources_has_pages() -> None:
    many = [SOURCE | {"id": number} for number in range(1, 24)]
    first, third = sources_text(many, 1, 0, "en"), sources_text(many, 3, 0, "en")
    assert first.startswith("<b>Sources</b> (1/3)\n<b>1</b> · Kabar &lt;A&gt;\n⏳ not read yet · 12 articles")
    assert first.endswith("Next: <code>/source list 2</code>")
    assert [line[:9] for line in third.split("\n") if "·" in line and "<b>" in line] == [
        f"<b>{n}</b>" for n in (21, 22, 23)
    ]
    assert "Next" not in third
    assert sources_text(many, 99, 0, "en") == third


def test_how_a_source_is() -> None:
    def line(**values: object) -> str:
        return sources_text([SOURCE | values], 1, 1_000_000.0, "id").split("\n")[2]

    assert line(last_ok_at=1_000_000.0 - 600) == "✅ dibaca 10 menit lalu · 12 artikel"
    assert line(failures=4, last_error="404 <x>") == "⚠️ gagal 4 kali: 404 &lt;x&gt; · 12 artikel"
    assert line(active=False, last_error="410 Gone") == "⏸ dimatikan (410 Gone) · 12 artikel"
    assert line(active=False) == "⏸ dimatikan · 12 artikel"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-5, "just now"), (119, "just now"), (120, "2 min ago"), (7_199, "119 min ago"), (7_200, "2 h ago"),
     (172_799, "47 h ago"), (172_800, "2 d ago")],
)  # fmt: skip
def test_how_long_ago(seconds: float, said: str) -> None:
    assert ago(seconds, "en") == said


def test_a_share_of_nothing() -> None:
    assert (percent(None), percent(0.155), percent(0.0)) == ("–", "16%", "0%")


# /quality


QUALITY = {"questions": 120, "answer_hit@1": 0.862, "recall@5": 0.95, "abstained": 12, "previous": None,
           "worse": False}  # fmt: skip


@played
async def test_the_quality_is_shown_against_the_last_run(tmp_path: Path) -> None:
    async with office(tmp_path / "data", admins=(RINI,)) as (api, bot):
        chat, rini = rini_in(api)
        fake(bot, tmp_path, QUALITY)
        first = await worked(api, chat, rini, "/quality")
        assert first.split("\n") == [
            "✅ Mutu jawaban (120 pertanyaan)", "Jawaban pertama benar: 86,2%",
            "Sumbernya di antara lima teratas: 95,0%", "Tidak dijawab: 12",
        ]  # fmt: skip
        previous = {"questions": 120, "answer_hit@1": 0.9, "recall@5": 0.95, "abstained": 10}
        fake(bot, tmp_path, QUALITY | {"previous": previous, "worse": True}, code=1, error="worse than before")
        second = await worked(api, chat, rini, "/quality")
        assert second.startswith("⚠️ Mutu jawaban")
        assert "Jawaban pertama benar: 86,2% (sebelumnya 90,0%)" in second
        assert "Lebih buruk daripada sebelumnya" in second


@played
async def test_a_command_that_this_version_lacks(tmp_path: Path) -> None:
    async with office(tmp_path / "data", admins=(RINI,)) as (api, bot):
        chat, rini = rini_in(api)
        fake(bot, tmp_path, code=2, error="Error: No such command 'quality'.")
        assert "belum ada di versi yang terpasang" in await worked(api, chat, rini, "/quality")


# /backup


@played
async def test_backups_are_told_of_in_private_only(tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    async with office(tmp_path / "data", admins=(RINI,), backup_dir=str(folder)) as (api, bot):
        fake(bot, tmp_path, {"path": str(folder / "warta-1.zip"), "bytes": 1_500_000, "removed": []})
        chat, rini = rini_in(api)
        group = api.group("Redaksi")
        for command in ("/backup", "/backup now"):
            said = (await asked(api, group, rini, command))["text"]
            assert said == "Soal cadangan hanya saya bahas di chat pribadi."
        assert words(tmp_path) == []
        assert (await asked(api, chat, rini, "/backup"))["text"].startswith(f"Belum ada cadangan di {folder}.")
        made = await worked(api, chat, rini, "/backup now")
        assert made.startswith(f"✅ Cadangan selesai dan sudah diperiksa: {folder}/warta-1.zip, 1,5 MB, ")
        assert words(tmp_path) == [["backup", "--into", str(folder), "--keep", "7"]]
        folder.mkdir()
        stamp = datetime.fromtimestamp(datetime.now(UTC).timestamp() - 3 * 3600, UTC)
        newest = f"warta-{stamp:%Y%m%d-%H%M%S}.zip"
        (folder / newest).write_bytes(b"x" * 2_000)
        (folder / "warta-20200101-000000.zip").write_bytes(b"x")
        lines = (await asked(api, chat, rini, "/backup"))["text"].split("\n")
        assert lines[1:4] == [f"Folder: {folder}", f"Terbaru: {newest}, 2,0 kB, 3 jam lalu",
                              "Tersimpan: 2 dari paling banyak 7"]  # fmt: skip
        assert not api.sent(method="sendDocument")


@played
async def test_without_a_folder_it_says_how_to_set_one(tmp_path: Path) -> None:
    async with office(tmp_path / "data", admins=(RINI,)) as (api, bot):
        fake(bot, tmp_path, {})
        chat, rini = rini_in(api)
        for command in ("/backup", "/backup now"):
            assert "WARTA_BACKUP_DIR" in (await asked(api, chat, rini, command))["text"]
        assert words(tmp_path) == []


def utc(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("now", "made_at", "due"),
    [
        # 03:30 in Jakarta is 20:30 UTC of the day before.
        ("2026-03-09T20:29:00", "2026-03-08T20:30:10", "2026-03-09T20:30:00"),
        ("2026-03-09T20:30:00", "2026-03-08T20:30:10", "2026-03-09T20:30:00"),
        ("2026-03-09T21:00:00", "2026-03-08T20:30:10", "2026-03-09T21:00:00"),  # the bot was off: at once
        ("2026-03-09T21:00:00", "2026-03-09T20:30:10", "2026-03-10T20:30:00"),
        ("2026-03-09T12:00:00", "1970-01-01T00:00:00", "2026-03-09T12:00:00"),  # there is none yet
        ("2026-03-09T12:00:00", "2026-03-09T11:00:00", "2026-03-09T20:30:00"),  # made by hand
    ],
)
def test_when_a_backup_is_due(now: str, made_at: str, due: str) -> None:
    assert due_at(utc(now), "03:30", utc(made_at)) == utc(due)


def test_only_backups_count_and_none_of_tomorrow(tmp_path: Path) -> None:
    for name in ("warta-20260309-203010.zip", "warta-20260308-203010.zip", "warta-20990101-000000.zip",
                 "warta-99999999-999999.zip", "warta-20260309-210000.zip.part", "notes.txt"):  # fmt: skip
        (tmp_path / name).write_bytes(b"xyz")
    kept = kept_in(tmp_path, utc("2026-03-10T00:00:00"))
    assert (kept.count, kept.newest, kept.bytes) == (3, "warta-20260309-203010.zip", 3)
    assert kept.made_at == utc("2026-03-09T20:30:10")
    assert kept_in(tmp_path / "none", 0.0).newest == ""


@played
async def test_a_backup_is_made_when_it_is_due_and_a_failure_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    async with office(tmp_path / "data", admins=(RINI,), backup_dir=str(folder), backup_keep=3) as (api, bot):
        chat, rini = rini_in(api)
        await asked(api, chat, rini, "/start")
        fake(bot, tmp_path, {"path": "p", "bytes": 1, "removed": []})
        assert await back_up_when_due(bot.services) == LOOK_S
        assert words(tmp_path) == [["backup", "--into", str(folder), "--keep", "3"]]
        fake(bot, tmp_path, code=1, error="warta: the disk is full")
        assert await back_up_when_due(bot.services) == AGAIN_S
        assert "the disk is full" in (await reply_in(api, chat, 2))["text"]
        folder.mkdir()
        (folder / f"warta-{datetime.now(UTC):%Y%m%d-%H%M%S}.zip").touch()
        assert 0 < await back_up_when_due(bot.services) <= LOOK_S
        assert len(words(tmp_path)) == 2


@played
async def test_the_daily_backup_runs_by_itself_and_stops_with_the_bot(tmp_path: Path) -> None:
    ready = asyncio.Event()

    async def sleep(seconds: float) -> None:
        await (ready.wait() if seconds == FIRST_S else asyncio.sleep(seconds))

    with BotApi() as api:
        data, folder = stored(tmp_path / "data"), str(tmp_path / "backups")
        async with at_work(api, data, sleep=sleep, admins=(RINI,), backup_dir=folder) as bot:
            fake(bot, tmp_path, wait=True)
            ready.set()
            await api.until(lambda: words(tmp_path))
            [pid] = (tmp_path / "pid").read_text().split()
        assert not Path(f"/proc/{pid}").exists()


# Secrets


@played
async def test_no_secret_in_anything_that_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Row 40: whatever a child prints, a source answered or a folder is called."""
    data, now = stored(tmp_path / "data"), datetime.now(UTC).timestamp()
    with BotApi() as api:
        tail = api.token.partition(":")[2]
        with SourceBook(data / "warta.db") as book:
            found = book.add("https://a.example/rss", "feed", now=now, every=600, title=api.token)
            assert found is not None
            book.update(found.id, failures=1, failing_since=now, last_error=f"401 for {api.token}")
        async with at_work(api, data, admins=(RINI,), backup_dir=str(tmp_path / tail)) as bot:
            chat, rini = rini_in(api)
            for command in ("/stats", "/health", "/source list", "/backup"):
                await asked(api, chat, rini, command)
            await reply_in(api, chat, 5)  # four, and the picture
            pages = [{"location": URL, "status": "new", "title": f"{'x' * 105}{api.token}"}]
            failed = [{"location": f"{URL}/{tail}", "reason": f"{'x' * 280}{api.token}"}]
            fake(bot, tmp_path, {"pages": pages, "failed": failed}, code=1, error=api.token)
            await worked(api, chat, rini, f"/add {URL}")
            fake(bot, tmp_path, code=1, error=f"warta: {'x' * 280}{api.token}")
            for command in ("/add https://b.example/", "/quality", "/backup now", "/source add https://b.example/"):
                await worked(api, chat, rini, command)
            await asked(api, chat, rini, "/source remove 1")
            await asked(api, chat, rini, f"/add {tail}")
        said = json.dumps(api.sent(), ensure_ascii=False)
        assert "[secret]" in said
        # Not even a part of it that is left where a text was cut.
        assert tail[:12] not in said
        assert tail not in caplog.text
