"""What administrators did and who was refused is written down, for 400 days, and shown in private."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from stage import asked, office, played, reply_in
from stand_in import ADMINS, RINI, deeds, people

from bot.audit import CODE, KEEP, REFUSED, WRONG, Audit, audited
from bot.chats import BotStore
from bot.life import housekeeping

T = 1_800_000_000.0


@pytest.fixture
def audit(tmp_path: Path) -> Audit:
    return Audit(BotStore(tmp_path / "warta.db"))


def test_the_newest_come_first(audit: Audit) -> None:
    for number in range(5):
        audit.note(T + number, 7, -9, "reindex", str(number), "started")
    assert [deed.detail for deed in audit.newest(3)] == ["4", "3", "2"]
    [deed] = audit.newest(1)
    assert (deed.at, deed.user_id, deed.chat_id, deed.action, deed.outcome, deed.times) == (
        *(T + 4, 7, -9, "reindex", "started", 1),
    )


def test_the_same_refusal_within_an_hour_is_counted_and_anything_else_is_a_row(audit: Audit) -> None:
    for seconds in (0, 1, 3599, 3601):
        audit.note(T + seconds, 7, -9, "reindex", "forwarded", REFUSED)
    assert [deed.times for deed in audit.newest(9)] == [1, 3]
    audit.note(T + 1, 8, -9, "reindex", "forwarded", REFUSED)
    audit.note(T + 1, 7, -8, "reindex", "forwarded", REFUSED)
    audit.note(T + 1, 7, -9, "stats", "forwarded", REFUSED)
    audit.note(T + 1, 7, -9, "reindex", "", REFUSED)
    assert len(audit.newest(9)) == 6
    for _ in range(2):
        audit.note(T, 7, -9, "reindex", "full", "started")
    assert len(audit.newest(9)) == 8


def test_rows_are_kept_for_400_days(audit: Audit) -> None:
    audit.note(T, 7, 7, "reindex", "", "started")
    assert audit.sweep(T + KEEP) == 0
    assert audit.sweep(T + KEEP + 1) == 1
    assert audit.newest(1) == []
    assert KEEP == 400 * 24 * 3600


def test_long_details_are_cut(audit: Audit) -> None:
    audit.note(T, 7, 7, "add", "x" * 5000, "y" * 5000)
    [deed] = audit.newest(1)
    assert max(len(deed.detail), len(deed.outcome)) <= 200


def test_wrong_codes_count_for_an_hour_and_one_person(audit: Audit) -> None:
    for number in range(5):
        assert not audit.too_many_wrong_codes(7, T + number)
        audit.note(T + number, 7, 7, CODE, "", WRONG)
    assert audit.too_many_wrong_codes(7, T + 5)
    assert not audit.too_many_wrong_codes(8, T + 5)
    assert audit.too_many_wrong_codes(7, T + 3600)
    assert not audit.too_many_wrong_codes(7, T + 3601)


@played
async def test_administrators_see_it_in_private_and_nobody_in_a_group(tmp_path: Path) -> None:
    async with office(tmp_path / "data", admins=ADMINS) as (api, _):
        rini, budi, sari = people(api)
        assert "Belum ada catatan" in (await asked(api, api.private(rini), rini, "/audit"))["text"]
        await asked(api, api.private(sari), sari, "/reindex")
        group = api.group("Redaksi")
        assert "chat pribadi" in (await asked(api, group, rini, "/audit"))["text"]
        lines = (await asked(api, api.private(budi), budi, "/audit"))["text"].split("\n")
        assert lines[0] == "What administrators did"
        assert re.match(r"20\d\d-\d\d-\d\d \d\d:\d\d ", lines[1])  # rows are kept for longer than a year
        assert lines[1].endswith(f" 77 @ {group.id}: /audit in a group → refused")
        assert lines[2].endswith(f" {sari.id}: /reindex not an administrator → refused")
        assert len(lines) == 4
        assert len((await asked(api, api.private(budi), budi, "/audit 2"))["text"].split("\n")) == 3
        assert len((await asked(api, api.private(budi), budi, "/audit -3"))["text"].split("\n")) == 6


@played
async def test_as_many_rows_are_shown_as_a_message_holds(tmp_path: Path) -> None:
    async with office(tmp_path / "data", admins=ADMINS) as (api, bot):
        rini, _, _ = people(api)
        for number in range(100):
            await bot.services.desk.records(
                lambda r, n=number: r.audit.note(T + n, 7, -9, "add", f"{n} <b>&" + "x" * 190, "done")
            )
        told = await asked(api, api.private(rini), rini, "/audit 100")
        lines = told["text"].split("\n")
        assert 10 < len(lines) < 30
        assert "/add 99 <b>&xxx" in lines[1]
        await api.settled()
        assert len(api.sent()) == 1


@played
async def test_no_secret_gets_into_the_audit(tmp_path: Path) -> None:
    async with office(tmp_path / "data", admins=ADMINS) as (api, bot):
        rini, _, _ = people(api)
        chat = api.private(rini)
        await asked(api, chat, rini, "/start")
        from telegram import Message

        message = Message.de_json(chat.messages[min(chat.messages)] | {"entities": []}, bot.services.bot)
        await audited(bot.services, message, "add", f"https://a.example/{api.token}", f"no {api.token}")
        assert (await deeds(bot))[0] == (RINI, "add", "https://a.example/[secret]", "no [secret]")


@played
async def test_a_refusal_in_a_flood_is_one_row(tmp_path: Path) -> None:
    async with office(tmp_path / "data", admins=ADMINS) as (api, bot):
        _, _, sari = people(api)
        group = api.group("Redaksi")
        for _ in range(4):
            api.say(group, sari, "/reindex")
        await asked(api, group, sari, "/about")
        [deed] = await bot.services.desk.records(lambda r: r.audit.newest(9))
        assert (deed.user_id, deed.action, deed.times) == (sari.id, "reindex", 4)
        assert await reply_in(api, group)


@played
async def test_the_hourly_housekeeping_forgets_what_is_too_old(tmp_path: Path) -> None:
    async with office(tmp_path / "data", admins=ADMINS) as (_, bot):
        now = bot.services.now()
        for age in (KEEP + 60, KEEP - 60):
            await bot.services.desk.records(lambda r, age=age: r.audit.note(now - age, 7, 7, "add", "", "done"))
        tidying = asyncio.create_task(housekeeping(bot.services))
        async with asyncio.timeout(10):
            while len(await deeds(bot)) > 1:
                await asyncio.sleep(0.01)
        tidying.cancel()
        [deed] = await bot.services.desk.records(lambda r: r.audit.newest(9))
        assert deed.at == now - KEEP + 60
