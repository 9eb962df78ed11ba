"""The list of what is followed: its pages, the buttons below it, and other words by a reply."""

from __future__ import annotations

from pathlib import Path

import pytest
from bot_api import BotApi
from bot_world import Chat, User
from stage import Message, asked, at_work, buttons, now_below, office, played, pressed, reply_in, stored
from test_following import ADMINS, GONE, followed, patterns, person, seed, shows

from bot.records import Place
from bot.rights import may_decide


@played
async def test_the_list_has_pages_of_six_and_a_row_of_buttons_for_each(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        sari, chat = person(api)
        await seed(bot, Place(chat.id), *(f"Mitra {number}" for number in range(1, 14)))
        listed = await asked(api, chat, sari, "/following")
        assert listed["text"].startswith("Yang diikuti di sini (13)\n\n1. Mitra 1 (mitra)\n2. Mitra 2 (mitra)")
        assert listed["text"].endswith("6. Mitra 6 (mitra)\n\nHalaman 1 dari 3")
        assert buttons(listed)[:4] == ["⏸ 1", "✏️ 1", "🗑 1", "⏸ 2"]
        assert buttons(listed)[18:] == ["Berikutnya ›"]
        await pressed(api, sari, listed, "Berikutnya ›")
        await api.until(lambda: "Halaman 2" in shows(api, listed))
        assert now_below(api, listed)[18:] == ["‹ Sebelumnya", "Berikutnya ›"]
        await pressed(api, sari, listed, "Berikutnya ›")
        await api.until(lambda: "13. Mitra 13" in shows(api, listed))
        assert now_below(api, listed) == ["⏸ 13", "✏️ 13", "🗑 13", "‹ Sebelumnya"]
        # The last of a page is removed: the page before it is shown.
        await pressed(api, sari, listed, "🗑 13")
        await api.until(lambda: "Halaman 2 dari 2" in shows(api, listed))


@played
async def test_one_is_paused_and_resumed_and_a_second_press_does_nothing(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        sari, chat = person(api)
        await seed(bot, Place(chat.id), "Grab", "BMW")
        listed = await asked(api, chat, sari, "/following")
        pause = listed["reply_markup"]["inline_keyboard"][1][0]["callback_data"]
        for _ in range(2):
            assert (await pressed(api, sari, listed, data=pause))["text"] == "BMW dijeda."
            await api.until(lambda: "2. BMW (mitra, ⏸ dijeda)" in shows(api, listed))
            assert [one.paused for one in await followed(bot, chat)] == [False, True]
        assert now_below(api, listed)[3:] == ["▶️ 2", "✏️ 2", "🗑 2"]
        assert (await pressed(api, sari, listed, "▶️ 2"))["text"] == "BMW diikuti lagi."
        await api.until(lambda: "2. BMW (mitra)" in shows(api, listed))
        assert [one.paused for one in await followed(bot, chat)] == [False, False]


@played
async def test_one_is_removed_and_the_way_back_is_said(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        sari, chat = person(api)
        await seed(bot, Place(chat.id), "Grab")
        listed = await asked(api, chat, sari, "/following")
        rows = listed["reply_markup"]["inline_keyboard"]
        toast = await pressed(api, sari, listed, "🗑 1")
        assert toast["text"] == "Grab tidak lagi diikuti. Untuk mengikutinya lagi: /follow Grab"
        await api.until(lambda: shows(api, listed).startswith("Belum ada yang diikuti"))
        assert now_below(api, listed) == []
        for button in rows[0]:
            assert (await pressed(api, sari, listed, data=button["callback_data"]))[
                "text"
            ] == "Ini sudah tidak diikuti."
        assert await followed(bot, chat) == []


@played
async def test_a_press_is_checked_again_in_a_group(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        group, sari, tono = api.group("Redaksi"), api.user("Sari"), api.user("Tono")
        api.member(group, sari, "administrator")
        await seed(bot, Place(group.id), "Grab")
        listed = await asked(api, group, sari, "/following")
        for button in ("⏸ 1", "✏️ 1", "🗑 1"):
            toast = await pressed(api, tono, listed, button)
            assert (toast["text"], toast["show_alert"]) == (ADMINS, True)
        api.member(group, sari, "member")
        assert (await pressed(api, sari, listed, "🗑 1"))["text"] == ADMINS
        await api.settled()
        assert len(api.sent(group)) == 1
        assert [one.paused for one in await followed(bot, group)] == [False]


@played
async def test_forged_data_reaches_no_other_chat(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with office(tmp_path) as (api, bot):
        (sari, own), (_, foreign) = person(api), person(api, "Tono")
        group = api.group("Rapat")
        api.member(group, sari, "administrator")
        for place in (own, foreign, group):
            await seed(bot, Place(place.id), "Grab")
        mine, theirs, ours = [(await followed(bot, place))[0].id for place in (own, foreign, group)]
        listed = await asked(api, own, sari, "/following")
        in_group = await asked(api, group, sari, "/following")
        for action in "prex":
            for message, data in (
                (listed, f"w:{action}:{own.id}:0:{theirs}"),
                (listed, f"w:{action}:{own.id}:0:{ours}"),
                (listed, f"w:{action}:{foreign.id}:0:{theirs}"),
                (listed, f"w:{action}:{group.id}:0:{mine}"),
                (in_group, f"w:{action}:{own.id}:0:{mine}"),
                (in_group, f"w:{action}:{group.id}:0:{theirs}"),
            ):
                assert (await pressed(api, sari, message, data=data))["text"] == GONE, data
        for data in (f"w:g:{foreign.id}:0", f"o:{foreign.id}:silent"):
            assert (await pressed(api, sari, listed, data=data))["text"] == GONE
        await api.settled()
        assert len(api.sent()) == 2
        for place in (own, foreign, group):
            assert [(one.interest.pattern, one.paused) for one in await followed(bot, place)] == [("Grab", False)]
        settings = await bot.services.desk.records(lambda r: r.alert_settings.of(foreign.id))
        assert not settings.silent
        assert f"user {sari.id} pressed a button about" in caplog.text


@played
async def test_nobody_decides_for_anothers_private_chat(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        (sari, own), (_, foreign) = person(api), person(api, "Tono")
        assert await may_decide(bot.services, own.id, sari.id)
        assert not await may_decide(bot.services, foreign.id, sari.id)


@played
async def test_a_page_that_is_no_more_shows_the_last(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        sari, chat = person(api)
        await seed(bot, Place(chat.id), "Grab")
        listed = await asked(api, chat, sari, "/following")
        await asked(api, chat, sari, "/follow BMW")
        await pressed(api, sari, listed, data=f"w:g:{chat.id}:999")
        await api.until(lambda: "2. BMW (mitra)" in shows(api, listed))


# Other words


async def prompted(api: BotApi, chat: Chat, user: User, listed: Message, button: str) -> Message:
    before = len(api.sent(chat))
    await pressed(api, user, listed, button)
    return await reply_in(api, chat, before + 1)


@played
async def test_the_reply_to_the_pencil_replaces_the_words(tmp_path: Path) -> None:
    with BotApi() as api:
        sari, chat = person(api)
        async with at_work(api, stored(tmp_path)) as bot:
            await seed(bot, Place(chat.id), "Grab", "BMW")
            listed = await asked(api, chat, sari, "/following")
            prompt = await prompted(api, chat, sari, listed, "✏️ 2")
            assert "“BMW”" in prompt["text"]
            numbers = [one.id for one in await followed(bot, chat)]
        async with at_work(api, tmp_path) as bot:
            wrong = await asked(api, chat, sari, "-nikel", reply_to=prompt)
            assert "Tambahkan kata yang harus ada" in wrong["text"]
            several = await asked(api, chat, sari, "BMW, Alibaba", reply_to=prompt)
            assert several["text"].startswith("Itu beberapa hal sekaligus.")
            same = await asked(api, chat, sari, "grab", reply_to=prompt)
            assert same["text"].startswith("Itu sudah diikuti")
            assert await patterns(bot, chat) == ["Grab", "BMW"]
            done = await asked(api, chat, sari, "Siapa CEO BMW Group?", reply_to=prompt)
            assert done["text"] == "✏️ Diganti. Kini diikuti: berita yang menjawab “Siapa CEO BMW Group?”."
            assert [(one.id, one.interest.kind) for one in await followed(bot, chat)] == [
                (numbers[0], "partner"),
                (numbers[1], "question"),
            ]
            # Any other message is a question, as ever.
            assert "Jochen Goller" in (await asked(api, chat, sari, "Siapa CEO BMW Group Region China?"))["text"]


@played
async def test_in_a_group_only_who_was_asked_gives_other_words_and_only_with_rights(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        group, sari, tono = api.group("Redaksi", forum=True), api.user("Sari"), api.user("Tono")
        api.member(group, sari, "administrator")
        topic = api.topic(group, "Mitra")
        await seed(bot, Place(group.id, topic), "Grab")
        listed = await asked(api, group, sari, "/following", thread=topic)
        prompt = await prompted(api, group, sari, listed, "✏️ 1")
        assert prompt["thread"] == topic
        assert prompt["text"].startswith("Sari\n")
        reply = await asked(api, group, tono, "Siapa CEO Tiket.com?", reply_to=prompt)
        assert "George Hendrata" in reply["text"]
        assert await patterns(bot, group) == ["Grab"]
        channel = api.channel("Kabar")
        assert (await asked(api, group, sari, "Gojek", reply_to=prompt, sender_chat=channel))["text"] == ADMINS
        await asked(api, group, sari, "BMW", reply_to=prompt, sender_chat=group)
        assert await patterns(bot, group) == ["BMW"]
        api.member(group, sari, "member")
        assert (await asked(api, group, sari, "Gojek", reply_to=prompt))["text"] == ADMINS
        assert await patterns(bot, group) == ["BMW"]


@played
async def test_words_for_what_was_removed_meanwhile_are_an_ordinary_message(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        sari, chat = person(api)
        await seed(bot, Place(chat.id), "Grab")
        listed = await asked(api, chat, sari, "/following")
        prompt = await prompted(api, chat, sari, listed, "✏️ 1")
        await asked(api, chat, sari, "/unfollow 1")
        assert "George" in (await asked(api, chat, sari, "Siapa CEO Tiket.com?", reply_to=prompt))["text"]
        assert await followed(bot, chat) == []


@played
async def test_a_month_later_the_list_still_works(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        sari, chat = person(api)
        await seed(bot, Place(chat.id), "Grab")
        listed = await asked(api, chat, sari, "/following")
        rows = listed["reply_markup"]["inline_keyboard"]
        # Of an old message Telegram tells no more than its ids.
        await pressed(api, sari, listed, data=rows[0][1]["callback_data"], inaccessible=True)
        await asked(api, chat, sari, "BMW", reply_to=await reply_in(api, chat, 2))
        assert await patterns(bot, chat) == ["BMW"]
        await pressed(api, sari, listed, data=rows[0][0]["callback_data"], inaccessible=True)
        await api.until(lambda: "BMW (mitra, ⏸ dijeda)" in shows(api, listed))
