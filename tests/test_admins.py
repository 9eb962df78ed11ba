"""Who runs the bot: owners in the settings, and whom they let in by a code that works once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from bot_api import BotApi, forbidden
from stage import Clock, asked, at_work, office, played, reply_in, silent, stored
from stand_in import ADMINS, BUDI, RINI, deeds, people

from bot.admins import CODE_S, AdminBook
from bot.app import Bot
from bot.chats import BotStore

T = 1_800_000_000.0


@pytest.fixture
def store(tmp_path: Path) -> BotStore:
    return BotStore(tmp_path / "warta.db")


@pytest.fixture
def book(store: BotStore) -> AdminBook:
    return AdminBook(store)


def test_a_code_works_once(book: AdminBook) -> None:
    code = book.new_code(RINI, T)
    assert book.come_in(5, "Sari", code, T + 1) == RINI
    assert [(one.user_id, one.name, one.added_by, one.added_at) for one in book.all()] == [(5, "Sari", RINI, T + 1)]
    assert book.come_in(6, "Joko", code, T + 2) is None
    assert [one.user_id for one in book.all()] == [5]


def test_a_code_is_good_for_a_quarter_of_an_hour(book: AdminBook) -> None:
    code = book.new_code(RINI, T)
    assert book.spend(code, T + CODE_S) is None
    code = book.new_code(RINI, T)
    assert book.spend(code, T + CODE_S - 1) == RINI


def test_setting_the_clock_back_does_not_lengthen_it(book: AdminBook) -> None:
    code = book.new_code(RINI, T)
    assert book.spend(code, T - 3600) is None
    assert book.spend(code, T + 1) is None


def test_a_new_code_makes_the_owners_earlier_one_void_and_not_another_owners(book: AdminBook) -> None:
    first, others = book.new_code(RINI, T), book.new_code(BUDI, T)
    second = book.new_code(RINI, T + 1)
    assert book.spend(first, T + 2) is None
    assert book.spend(second, T + 2) == RINI
    assert book.spend(others, T + 2) == BUDI


def test_codes_are_long_different_and_not_to_be_found_in_the_database(book: AdminBook, store: BotStore) -> None:
    codes = {book.new_code(owner, T) for owner in range(1, 51)}
    assert len(codes) == 50
    assert {len(code.replace("-", "")) for code in codes} == {12}
    kept = str(store.read("select * from admin_codes"))
    assert not any(code in kept or code.replace("-", "") in kept for code in codes)


@pytest.mark.parametrize("typed", [str.lower, lambda code: code.replace("-", ""), lambda code: code.replace("-", " ")])
def test_how_it_is_typed_does_not_matter(book: AdminBook, typed: object) -> None:
    assert callable(typed)
    assert book.spend(typed(book.new_code(RINI, T)), T) == RINI


def test_half_a_code_or_none_is_wrong(book: AdminBook) -> None:
    code = book.new_code(RINI, T)
    for given in ("", "-", code[:-1], code + "A", "\udcff", "×" * 4000):
        assert book.spend(given, T) is None
    assert book.spend(code, T) == RINI


async def code_of(api: BotApi, owner_id: int = RINI) -> str:
    """A code that an owner asked for."""
    owner = api.users[owner_id]
    told = await asked(api, api.private(owner), owner, "/admin add")
    return str(told["text"].split(": ")[1].split("\n")[0])


async def admins(bot: Bot) -> list[int]:
    return [one.user_id for one in await bot.services.desk.records(lambda r: r.admins.all())]


@played
async def test_an_owner_lets_somebody_in_and_both_are_told(tmp_path: Path) -> None:
    with BotApi() as api:
        rini, _, sari = people(api)
        joko = api.user("Joko", language_code="en")
        async with at_work(api, stored(tmp_path / "data"), admins=(RINI,)) as bot:
            code = await code_of(api)
            assert "sekarang administrator" in (await asked(api, api.private(sari), sari, f"/admin {code}"))["text"]
            told = await reply_in(api, api.private(rini), 2)
            assert told["text"].startswith("Sari sekarang administrator")
            assert bot.services.is_admin(sari.id)
            # One code, one person.
            assert "not valid" in (await asked(api, api.private(joko), joko, f"/admin {code}"))["text"]
            assert not bot.services.is_admin(joko.id)
            await api.settled()
            menu = [one["command"] for one in api.commands[f"chat:{sari.id}", "id"]]
            assert {"reindex", "stats", "admin", "audit"} <= set(menu)
            assert await deeds(bot) == [
                (joko.id, "admin code", "", "wrong"),
                (sari.id, "admin code", f"of owner {RINI}", "done"),
                (RINI, "admin add", "", "done"),
            ]
        # Also after a restart.
        async with at_work(api, tmp_path / "data", admins=(RINI,)) as bot:
            assert "Artikel: 3" in (await asked(api, api.private(sari), sari, "/stats"))["text"]


@played
async def test_only_owners_let_in_and_remove(tmp_path: Path) -> None:
    async with office(tmp_path / "data", admins=(RINI,)) as (api, bot):
        _, _, sari = people(api)
        await asked(api, api.private(sari), sari, f"/admin {await code_of(api)}")
        for command in ("/admin add", f"/admin remove {RINI}", f"/admin remove {sari.id}"):
            assert "Hanya pemilik" in (await asked(api, api.private(sari), sari, command))["text"]
        assert await bot.services.desk.records(lambda r: r.store.count("admin_codes")) == 0
        assert (await deeds(bot))[0] == (sari.id, "admin remove", "no owner", "refused")
        listed = (await asked(api, api.private(sari), sari, "/admin daftar"))["text"].split("\n")
        assert listed[1] == f"• {RINI} – pemilik"
        assert re.fullmatch(rf"• Sari \({sari.id}\), sejak \d{{1,2}} [A-Z][a-z]+ 20\d\d", listed[2])


@played
async def test_who_is_removed_is_no_administrator_at_once_and_is_told(tmp_path: Path) -> None:
    async with office(tmp_path / "data", admins=(RINI,)) as (api, bot):
        rini, _, sari = people(api)
        chat = api.private(sari)
        await asked(api, chat, sari, f"/admin {await code_of(api)}")
        await api.settled()
        assert "Sari bukan lagi" in (await asked(api, api.private(rini), rini, f"/admin remove {sari.id}"))["text"]
        assert "Anda bukan lagi" in (await reply_in(api, chat, 2))["text"]
        assert "hanya untuk administrator" in (await asked(api, chat, sari, "/stats"))["text"]
        await api.settled()
        assert (f"chat:{sari.id}", "id") not in api.commands
        assert await admins(bot) == []
        again = await asked(api, api.private(rini), rini, f"/admin remove {sari.id}")
        assert "Tidak ada administrator" in again["text"]


@played
async def test_who_has_blocked_the_bot_is_removed_all_the_same(tmp_path: Path) -> None:
    async with office(tmp_path / "data", admins=(RINI,)) as (api, bot):
        rini, _, sari = people(api)
        await asked(api, api.private(sari), sari, f"/admin {await code_of(api)}")
        await api.settled()
        api.fail("sendMessage", forbidden(), chat=api.private(sari))
        assert "bukan lagi" in (await asked(api, api.private(rini), rini, f"/admin remove {sari.id}"))["text"]
        assert not bot.services.is_admin(sari.id)


@played
async def test_owners_cannot_be_removed_by_the_bot(tmp_path: Path) -> None:
    async with office(tmp_path / "data", admins=ADMINS) as (api, bot):
        rini, _, _ = people(api)
        for owner in ADMINS:
            told = await asked(api, api.private(rini), rini, f"/admin remove {owner}")
            assert "WARTA_ADMINS" in told["text"]
        assert all(bot.services.is_admin(owner) for owner in ADMINS)


@played
async def test_after_five_wrong_codes_even_the_right_one_is_refused_for_an_hour(tmp_path: Path) -> None:
    clock = Clock()
    async with office(tmp_path / "data", admins=(RINI,), now=clock) as (api, bot):
        _, _, sari = people(api)
        chat = api.private(sari)
        for number in range(5):
            assert "tidak berlaku" in (await asked(api, chat, sari, f"/admin WRONG-{number}"))["text"]
        assert "Terlalu banyak" in (await asked(api, chat, sari, f"/admin {await code_of(api)}"))["text"]
        assert not bot.services.is_admin(sari.id)
        assert (await deeds(bot))[0] == (sari.id, "admin code", "too many wrong codes", "refused")
        assert [one[3] for one in await deeds(bot)].count("wrong") == 5
        clock.ahead = 3700
        assert "sekarang administrator" in (await asked(api, chat, sari, f"/admin {await code_of(api)}"))["text"]


@played
async def test_a_code_that_a_group_could_read_is_void(tmp_path: Path) -> None:
    async with office(tmp_path / "data", admins=(RINI,)) as (api, bot):
        _, _, sari = people(api)
        group, code = api.group("Redaksi"), await code_of(api)
        await silent(api, group, sari, f"/admin {code}")
        assert (sari.id, "admin code", "in a group", "void") in await deeds(bot)
        assert "tidak berlaku" in (await asked(api, api.private(sari), sari, f"/admin {code}"))["text"]
        assert await admins(bot) == []


@pytest.mark.parametrize("how", [{"forward": True}, {"via_bot": True}])
@played
async def test_a_code_counts_only_in_ones_own_words(tmp_path: Path, how: dict[str, bool]) -> None:
    async with office(tmp_path / "data", admins=(RINI,)) as (api, bot):
        _, _, sari = people(api)
        code = await code_of(api)
        told = await asked(api, api.private(sari), sari, f"/admin {code}", **how)
        assert "hanya untuk administrator" in told["text"]
        assert await admins(bot) == []


@played
async def test_an_edited_message_lets_nobody_in(tmp_path: Path) -> None:
    async with office(tmp_path / "data", admins=(RINI,)) as (api, bot):
        _, _, sari = people(api)
        await silent(api, api.private(sari), sari, f"/admin {await code_of(api)}", edited=True)
        assert await admins(bot) == []


@played
async def test_in_groups_an_owner_is_told_to_come_to_the_private_chat(tmp_path: Path) -> None:
    async with office(tmp_path / "data", admins=(RINI,)) as (api, bot):
        rini, _, _ = people(api)
        assert "chat pribadi" in (await asked(api, api.group("Redaksi"), rini, "/admin add"))["text"]
        assert await bot.services.desk.records(lambda r: r.store.count("admin_codes")) == 0


@played
async def test_the_code_is_in_no_log_no_row_and_no_audit(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "bot")
    async with office(tmp_path / "data", admins=(RINI,)) as (api, bot):
        _, _, sari = people(api)
        code = await code_of(api)
        await asked(api, api.private(sari), sari, f"/admin {code}")
        await api.settled()
        assert code not in caplog.text

        def everything(store: BotStore) -> str:
            tables = [row[0] for row in store.read("select name from sqlite_master where type = 'table'")]
            return str([store.read(f"select * from [{table}]") for table in tables])

        assert code not in await bot.services.desk.records(lambda r: everything(r.store))


@played
async def test_whom_an_owner_let_in_hears_what_administrators_hear(tmp_path: Path) -> None:
    async with office(tmp_path / "data", admins=(RINI,)) as (api, bot):
        _, _, sari = people(api)
        await asked(api, api.private(sari), sari, f"/admin {await code_of(api)}")
        await api.settled()
        before = len(api.sent(api.private(sari)))
        await bot.services.tell_admins("sync", "no space left")
        assert "no space left" in (await reply_in(api, api.private(sari), before + 1))["text"]
