"""Commands that tell about the bot and the news, and the menus that show them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bot_api import BotApi, bad_request
from stage import BMW, GRAB, NEWS, asked, at_work, buttons, hrefs, office, opened, played, pressed, stored

from bot.menus import IN_GROUPS
from bot.strings import ADMIN_COMMANDS, COMMANDS, TEXTS

BOSS = 77


def menu(api: BotApi, scope: str, language: str = "") -> list[str]:
    return [one["command"] for one in api.commands[scope, language]]


@played
async def test_menus_in_both_languages_and_for_each_kind_of_chat(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, _):
        await api.until(lambda: ("short_description", "en") in api.profile)
        await api.settled()
        for code, at in (("", 0), ("id", 0), ("en", 1)):
            assert menu(api, "all_private_chats", code) == [*COMMANDS, "start"]
            assert menu(api, "all_group_chats", code) == list(IN_GROUPS)
            for one in api.commands["all_private_chats", code]:
                assert one["description"] == TEXTS[f"command_{one['command']}"][at]
            assert api.profile["description", code] == TEXTS["bot_description"][at]
            assert api.profile["short_description", code] == TEXTS["bot_short"][at]
        assert not {"reindex", "stats"} & {name for scope, code in api.commands for name in menu(api, scope, code)}


@played
async def test_an_administrators_menu_appears_with_the_first_start_and_nowhere_else(tmp_path: Path) -> None:
    async with office(tmp_path, admins=(BOSS,)) as (api, _):
        boss, sari = api.user("Bu Rini", id=BOSS), api.user("Sari")
        await asked(api, api.private(sari), sari, "/start")
        await api.settled()
        assert {scope for scope, _ in api.commands} == {"all_private_chats", "all_group_chats"}
        await asked(api, api.private(boss), boss, "/start")
        for code in ("", "id", "en"):
            assert menu(api, f"chat:{BOSS}", code) == [*COMMANDS, "start", *ADMIN_COMMANDS]
        assert {scope for scope, _ in api.commands} == {"all_private_chats", "all_group_chats", f"chat:{BOSS}"}


@played
async def test_the_bot_works_without_its_menus(tmp_path: Path) -> None:
    with BotApi() as api:
        api.fail("setMyCommands", bad_request("BOT_COMMAND_INVALID"), times=None)
        async with at_work(api, stored(tmp_path)):
            sari = api.user("Sari")
            assert (await asked(api, api.private(sari), sari, "/start"))["text"].startswith("Halo!")


@pytest.mark.parametrize(("code", "at"), [("id", 0), ("en", 1)])
@played
async def test_what_the_commands_say_in_each_language(tmp_path: Path, code: str, at: int) -> None:
    async with office(tmp_path) as (api, _):
        sam = api.user("Sam", language_code=code)
        chat = api.private(sam)

        async def said(command: str) -> str:
            return str((await asked(api, chat, sam, command))["text"])

        assert (await said("/start")).startswith(("Halo!", "Hello!")[at])
        help_text = await said("/help")
        assert all(f"/{name}" in help_text for name in COMMANDS)
        assert ("Data yang disimpan", "What is stored")[at] in await said("/privacy")
        about = await said("/about")
        assert about.endswith(("Berita terbaru: 2 Maret 2021", "Newest article: 2 March 2021")[at])
        assert (await said("/sources")).split("\n", 1)[1] == "• ANTARA – 1\n• Kompas – 1\n• The Jakarta Post – 1"
        assert ("topik baru", "new topic")[at] in await said("/new")
        assert await said("/no_such_command") == help_text
        assert "reindex" not in help_text


@played
async def test_latest_news_of_all_and_of_one_partner(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, _):
        sari = api.user("Sari")
        chat = api.private(sari)
        everything = await asked(api, chat, sari, "/latest")
        assert hrefs(everything) == [one.url for one in sorted(NEWS, key=lambda one: one.published_at, reverse=True)]
        one = await asked(api, chat, sari, "/latest grab")
        assert hrefs(one) == [GRAB.url]
        assert "Grab Invests in Indonesia <b>again</b> & again" in one["text"]
        none = await asked(api, chat, sari, '/latest <b>Toyota" OR *')
        assert '<b>Toyota" OR *' in none["text"]
        assert "bold" in {entity["type"] for entity in none["entities"]}
        group = api.group("Redaksi")
        in_group = await asked(api, group, sari, "/latest grab")
        assert "reply_parameters" in in_group


@played
async def test_where_no_news_is_stored_yet(tmp_path: Path) -> None:
    with BotApi() as api:
        opened(tmp_path).store.close()
        async with at_work(api, tmp_path):
            sari = api.user("Sari")
            chat = api.private(sari)
            for command in ("/latest", "/sources"):
                assert "Belum ada berita tersimpan" in (await asked(api, chat, sari, command))["text"]
            assert "Berita terbaru: –" in (await asked(api, chat, sari, "/about"))["text"]
            assert "tidak saya temukan" in (await asked(api, chat, sari, "Siapa CEO BMW?"))["text"]


@played
async def test_publishers_without_a_name_and_many_of_them(tmp_path: Path) -> None:
    many = [
        replace(
            BMW, title=f"Berita {n}", body=f"Berita nomor {n} tentang {n} mitra baru.", url=f"https://b.example/{n}",
            publisher=f"<Media {n}> {'x' * 400}" if n else "",
        )
        for n in range(33)
    ]  # fmt: skip
    stored(tmp_path, *many)
    async with office(tmp_path) as (api, _):
        sari = api.user("Sari")
        lines = (await asked(api, api.private(sari), sari, "/sources"))["text"].split("\n")[1:]
        assert len(lines) == 31
        assert "• (tanpa nama media) – 1" in lines
        assert lines[-1] == "• … – 3"


@played
async def test_the_language_of_a_private_chat(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, _):
        sari = api.user("Sari")
        chat = api.private(sari)
        question = await asked(api, chat, sari, "/language")
        assert buttons(question) == ["Bahasa Indonesia", "English", "Otomatis (ikut pertanyaan)"]
        assert "Otomatis" in question["text"]
        await pressed(api, sari, question, "English")
        assert (await pressed(api, sari, question, data="l:en"))["text"]  # twice
        assert api.sent(chat)[-1]["text"] == "All right, I will use English."
        assert (await asked(api, chat, sari, "/about"))["text"].startswith("Warta Mitra\nI look")
        again = await asked(api, chat, sari, "/language")
        assert "English" in again["text"]
        await pressed(api, sari, again, "Automatic (as you ask)")
        assert (await asked(api, chat, sari, "/about"))["text"].startswith("Warta Mitra\nSaya")
        assert len(api.edits) == 2


@played
async def test_in_a_group_only_administrators_choose_and_that_is_checked_when_they_press(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        group, sari, tono = api.group("Redaksi"), api.user("Sari"), api.user("Tono")
        api.member(group, sari, "administrator")
        question = await asked(api, group, sari, "/language")

        async def choice() -> Any:
            chat = await bot.services.chat(group.id)
            return chat and chat.language

        toast = await pressed(api, tono, question, data="l:en")
        assert (toast["text"], toast["show_alert"]) == ("Di grup, hanya admin yang bisa mengubah ini.", True)
        assert await choice() == ""
        await pressed(api, sari, question, data="l:en")
        assert await choice() == "en"
        api.member(group, sari, "member")
        assert "hanya admin" in (await pressed(api, sari, question, data="l:id"))["text"]
        assert await choice() == "en"
        api.member(group, tono, "creator")
        await pressed(api, tono, question, data="l:id", inaccessible=True)
        assert await choice() == "id"
