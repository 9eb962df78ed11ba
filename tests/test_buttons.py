"""Buttons under answers: what they do, for whom, and for how long."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bot_api import BotApi, forbidden
from stage import (
    BMW,
    Clock,
    an_answer,
    asked,
    at_work,
    buttons,
    handled,
    hrefs,
    now_below,
    office,
    opened,
    played,
    pressed,
    reply_in,
    silent,
    stored,
)

from bot.app import Bot
from bot.records import Feedback, Follow, Place, new_token
from index.interests import interest_of
from index.types import Article

CEO = "Siapa CEO BMW Group Region China?"
BASE = "Dengan siapa BMW membuka basis inovasi di Shanghai?"
MORE = tuple(
    replace(BMW, title=f"Kabar {n}", url=f"https://berita.example/{n}", body=f"Kabar {n} dari BMW.\n\n{BMW.body}")
    for n in range(5)
)
"""Articles that say the same, more than one answer cites."""


async def opinions(bot: Bot) -> list[Feedback]:
    return await bot.services.desk.records(lambda r: r.feedback.all())


async def followed(bot: Bot, place: Place) -> list[Follow]:
    return await bot.services.desk.records(lambda r: r.follows.of_place(place))


@played
async def test_the_passage_stands_bold_in_its_context(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, _):
        sari = api.user("Sari")
        chat = api.private(sari)
        answer, _ = await an_answer(api, chat, sari)
        assert "text" not in await pressed(api, sari, answer, "🔍 Konteks [1]")
        passage = await reply_in(api, chat, 2)
        assert passage["reply_to_message"]["message_id"] == answer["message_id"]
        assert BMW.body in passage["text"]
        assert "<b>Jochen Goller adalah Presiden dan CEO BMW Group Region China.</b>" in passage["html"]


@played
async def test_two_quotes_of_one_passage_are_shown_in_it_once(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        sari = api.user("Sari")
        chat = api.private(sari)
        message, _ = await an_answer(api, chat, sari)
        await handled(bot)
        given = await bot.services.desk.records(lambda r: r.answers.by_message(chat.id, message["message_id"]))
        assert given is not None
        beside = "Ia mengatakan bahwa lebih dari 20 startup sudah bergabung."
        start = BMW.body.index(beside)
        other = replace(given.quotes[0], text=beside, start=start, end=start + len(beside))
        twice = replace(given, token=new_token(), quotes=(given.quotes[0], other))
        await bot.services.desk.records(lambda r: r.answers.keep(twice, []))
        await pressed(api, sari, message, data=f"c:{twice.token}:1")
        assert BMW.body in (await reply_in(api, chat, 2))["text"]
        await handled(bot, 2)
        assert len(api.sent(chat)) == 2


@played
async def test_a_corrected_article_shows_what_was_cited(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        sari = api.user("Sari")
        chat = api.private(sari)
        answer, _ = await an_answer(api, chat, sari)
        corrected = replace(BMW, body=BMW.body.replace("Jochen Goller", "Ralat: Joachim Goller"))
        outcomes = await bot.services.desk.news(lambda warta: list(warta.ingest([corrected])))
        assert [outcome.status for outcome in outcomes] == ["changed"]
        await pressed(api, sari, answer, "🔍 Konteks [1]")
        assert BMW.body in (await reply_in(api, chat, 2))["text"]


@played
async def test_a_passage_whose_article_is_gone_says_so(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        sari = api.user("Sari")
        chat = api.private(sari)
        answer, _ = await an_answer(api, chat, sari)

        def remove(warta: Any) -> None:
            with warta.store.transaction():
                warta.store.connection.execute("update articles set body = 'Lain.' where id = 1")

        await bot.services.desk.news(remove)
        await pressed(api, sari, answer, "🔍 Konteks [1]")
        passage = await reply_in(api, chat, 2)
        assert "sudah diperbarui" in passage["text"]
        assert "Jochen Goller" in passage["text"]


@played
async def test_the_next_sources_go_on_counting(tmp_path: Path) -> None:
    stored(tmp_path, BMW, *MORE)
    async with office(tmp_path) as (api, _):
        sari = api.user("Sari")
        chat = api.private(sari)
        answer, _ = await an_answer(api, chat, sari, BASE)
        await pressed(api, sari, answer, "📚 Sumber lain")
        more = await reply_in(api, chat, 2)
        shown = answer["text"].count("\n[")
        assert more["text"].startswith(f"Sumber berikutnya\n\n{shown + 1}. ")
        assert set(hrefs(more)).isdisjoint(href.partition("#")[0] for href in hrefs(answer))


@played
async def test_what_comes_far_behind_is_no_next_source(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, _):
        sari = api.user("Sari")
        chat = api.private(sari)
        answer, token = await an_answer(api, chat, sari)
        assert "📚 Sumber lain" not in buttons(answer)
        toast = await pressed(api, sari, answer, data=f"m:{token}")
        assert (toast["text"], toast["show_alert"]) == ("Tidak ada sumber lain untuk pertanyaan ini.", True)


@played
async def test_a_partner_is_followed_and_unfollowed(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        sari = api.user("Sari")
        chat = api.private(sari)
        answer, token = await an_answer(api, chat, sari)
        toast = await pressed(api, sari, answer, "🔔 Ikuti BMW")
        assert toast["text"] == "Diikuti: BMW. Beritanya akan dikirim ke sini. Daftarnya ada di /following."
        assert toast["show_alert"]
        assert [one.interest for one in await followed(bot, Place(chat.id))] == [interest_of("partner", "BMW")]
        await api.until(lambda: "✓ Mengikuti BMW" in now_below(api, answer))
        # Below another answer it shows from the start; the first button, pressed again, changes nothing.
        other, _ = await an_answer(api, chat, sari)
        assert "✓ Mengikuti BMW" in buttons(other)
        assert "sudah diikuti" in (await pressed(api, sari, answer, data=f"f:{token}:0"))["text"]
        assert (await pressed(api, sari, other, "✓ Mengikuti BMW"))["text"] == "BMW tidak lagi diikuti."
        assert await followed(bot, Place(chat.id)) == []
        await api.until(lambda: "🔔 Ikuti BMW" in now_below(api, other))
        await pressed(api, sari, answer, data=f"u:{token}:0")
        assert await followed(bot, Place(chat.id)) == []


@played
async def test_what_is_paused_can_be_followed_again(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        sari = api.user("Sari")
        chat = api.private(sari)
        await asked(api, chat, sari, "/follow bmw")
        [one] = await followed(bot, Place(chat.id))
        await bot.services.desk.records(lambda r: r.follows.pause(one.id, True))
        answer, _ = await an_answer(api, chat, sari)
        assert (await pressed(api, sari, answer, "🔔 Ikuti BMW"))["text"].startswith("Diikuti: BMW.")
        assert [one.paused for one in await followed(bot, Place(chat.id))] == [False]
        await api.until(lambda: "✓ Mengikuti BMW" in now_below(api, answer))


@played
async def test_in_a_group_administrators_follow_for_the_topic(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        group, sari, tono = api.group("Redaksi", forum=True), api.user("Sari"), api.user("Tono")
        api.member(group, sari, "administrator")
        topic = api.topic(group, "Mitra")
        answer = await asked(api, group, tono, f"/ask {CEO}", thread=topic)
        assert "hanya admin" in (await pressed(api, tono, answer, "🔔 Ikuti BMW"))["text"]
        assert await followed(bot, Place(group.id, topic)) == []
        await pressed(api, sari, answer, "🔔 Ikuti BMW")
        assert [(one.interest.pattern, one.created_by) for one in await followed(bot, Place(group.id, topic))] == [
            ("BMW", sari.id)
        ]
        assert await followed(bot, Place(group.id)) == []
        api.member(group, sari, "member")
        assert "hanya admin" in (await pressed(api, sari, answer, "🔔 Ikuti Alibaba"))["text"]


@played
async def test_a_chat_follows_so_many_partners_at_most(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        sari = api.user("Sari")
        chat = api.private(sari)
        answer, _ = await an_answer(api, chat, sari)
        for number in range(50):
            await bot.services.desk.records(
                lambda r, name=f"Mitra {number}": r.follows.add(
                    Place(chat.id), interest_of("partner", name), sari.id, 0.0
                )
            )
        assert "batas" in (await pressed(api, sari, answer, "🔔 Ikuti BMW"))["text"]
        assert len(await followed(bot, Place(chat.id))) == 50


@played
async def test_forged_and_foreign_data_is_refused(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with office(tmp_path) as (api, bot):
        sari, tono = api.user("Sari"), api.user("Tono")
        answer, token = await an_answer(api, api.private(sari), sari)
        other, foreign = await an_answer(api, api.private(tono), tono, "Siapa CEO Tiket.com?")
        forged = [
            "", " ", "x", "c", "c:", f"c:{token}:9", f"c:{token}:10", f"C:{token}:1", f"c:{token}:1 ", f"c:{token}\n",
            f"c:{token[:-1]}:1", f"c:{token.swapcase()}:1", f"z:{token}", f"r:{token}:9", f"f:{token}:7", "u:",
            f"u:{token}:7", f"c:{foreign}:1", f"g:{foreign}", f"m:{foreign}", f"c:{token}:١", "l:fr", "l:", "l:id ",
            "q_x'; drop table", "A:1", "M:1:0", "w:p:1:0", "o:1:cap6",
        ]  # fmt: skip
        for data in forged:
            toast = await pressed(api, sari, answer, data=data)
            assert (toast["text"], toast["show_alert"]) == (
                "Tombol ini sudah tidak berlaku. Silakan ajukan pertanyaannya lagi.",
                True,
            ), data
        await api.settled()
        assert len(api.sent()) == 2
        assert await opinions(bot) == []
        assert f"user {sari.id} pressed a button that is not theirs to press" in caplog.text
        assert "text" not in await pressed(api, tono, other, data=f"c:{foreign}:1")


@played
async def test_a_month_and_a_restart_later_all_buttons_work(tmp_path: Path) -> None:
    clock = Clock()
    with BotApi() as api:
        sari = api.user("Sari")
        chat = api.private(sari)
        async with at_work(api, stored(tmp_path, BMW, *MORE), now=clock):
            answer, token = await an_answer(api, chat, sari, BASE)
        clock.ahead = 31 * 86_400
        async with at_work(api, tmp_path, now=clock) as bot:
            # Of a message that old Telegram tells no more than its ids.
            await pressed(api, sari, answer, data=f"c:{token}:1", inaccessible=True)
            assert "Shanghai" in (await reply_in(api, chat, 2))["text"]
            await pressed(api, sari, answer, data=f"m:{token}", inaccessible=True)
            assert "Sumber berikutnya" in (await reply_in(api, chat, 3))["text"]
            assert "Diikuti: BMW" in (await pressed(api, sari, answer, data=f"f:{token}:0", inaccessible=True))["text"]
            await pressed(api, sari, answer, data=f"g:{token}", inaccessible=True)
            await api.until(lambda: "✓ 👍 Membantu" in now_below(api, answer))
            await pressed(api, sari, answer, data=f"b:{token}", inaccessible=True)
            await pressed(api, sari, answer, data=f"r:{token}:5", inaccessible=True)
            prompt = await reply_in(api, chat, 4)
        async with at_work(api, tmp_path, now=clock) as bot:
            await asked(api, chat, sari, "Kurang jelas", reply_to=prompt, date=int(clock()))
            assert [opinion.comment for opinion in await opinions(bot)] == ["Kurang jelas"]


@played
async def test_a_press_from_before_a_restart_is_done_without_a_word(tmp_path: Path) -> None:
    with BotApi() as api:
        sari = api.user("Sari")
        chat = api.private(sari)
        async with at_work(api, stored(tmp_path)):
            answer, _ = await an_answer(api, chat, sari)
        api.expire(api.press(sari, answer, "👍 Membantu"))
        async with at_work(api, tmp_path) as bot:
            assert await handled(bot, 2) == {"done"}
            assert [opinion.verdict for opinion in await opinions(bot)] == ["good"]
            assert len(api.sent(chat)) == 1


@played
async def test_many_presses_are_told_to_wait(tmp_path: Path) -> None:
    async with office(tmp_path, questions_per_minute=2) as (api, _):
        sari = api.user("Sari")
        answer, token = await an_answer(api, api.private(sari), sari)
        await pressed(api, sari, answer, data=f"m:{token}")
        assert "coba lagi" in (await pressed(api, sari, answer, data=f"m:{token}"))["text"]


@played
async def test_a_group_that_shut_the_bot_out_meanwhile(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        group, sari = api.group("Redaksi"), api.user("Sari")
        answer, _ = await an_answer(api, group, sari)
        api.fail("sendMessage", forbidden("bot was kicked from the supergroup chat"), chat=group)
        await pressed(api, sari, answer, "🔍 Konteks [1]")
        await api.settled()
        known = await bot.services.chat(group.id)
        assert known is not None
        assert not known.active


@played
async def test_buttons_fit_a_phone(tmp_path: Path) -> None:
    long = ("Asosiasi Penyelenggara Jasa Internet", "Global Digital Nusantara")
    text = "Asosiasi Penyelenggara Jasa Internet bermitra dengan Global Digital Nusantara."
    article = Article("Asosiasi Bermitra", text, "/a.txt", "id", publisher="Tempo", partners=long)
    with opened(tmp_path) as warta:
        list(warta.ingest([article]))
    async with office(tmp_path) as (api, _):
        sari = api.user("Sari")
        answer, _ = await an_answer(api, api.private(sari), sari, "Siapa mitra Asosiasi Penyelenggara Jasa Internet?")
        rows = answer["reply_markup"]["inline_keyboard"]
        assert [len(row) for row in rows] == [1, 1, 1, 2]
        assert all(len(button["text"]) <= 36 for row in rows for button in row)
        assert all(len(button["callback_data"].encode()) <= 64 for row in rows for button in row)
        await silent(api, api.private(sari), sari, "terima kasih")
        assert len((await pressed(api, sari, answer, data=rows[1][0]["callback_data"]))["text"]) <= 200
