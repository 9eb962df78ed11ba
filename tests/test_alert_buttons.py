"""What one can do below an alert: ask about it, see what is related, mute it. Tampered presses (row 39) do nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from alerts import alerted, digested, follow, rows_of
from bot_api import BotApi, forbidden
from stage import (
    BMW,
    NEWS,
    Message,
    asked,
    at_work,
    buttons,
    hrefs,
    now_below,
    office,
    played,
    pressed,
    reply_in,
    stored,
)

from bot.alert_keyboards import AlertPress, alert_keyboard, alert_press_of, alert_started
from bot.life import Bot
from bot.records import Alert, Elsewhere, Follow, Place
from index.interests import interest_of
from index.types import Article

GONE = "Tombol ini sudah tidak berlaku. Silakan ajukan pertanyaannya lagi."
ASK, RELATED = "💬 Tanya tentang ini", "📰 Terkait"


async def muted(bot: Bot, number: int) -> bool:
    found = await bot.services.desk.records(lambda r: r.follows.by_id(number))
    assert found is not None
    return found.paused


@played
async def test_an_alert_has_its_buttons_and_no_previews(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        chat = api.private(api.user("Sari"))
        numbers = await follow(bot, chat, "BMW", "Alibaba", "Grab")
        alert = await alerted(api, bot, chat, 1, follows=numbers, reasons=["BMW", "Alibaba"])
        assert alert["text"] == (
            "🔔 BMW dan Alibaba Buka Basis Inovasi di Shanghai\n"
            "BMW dan Alibaba membuka basis inovasi bersama di Shanghai pada 20 Oktober 2020.\n"
            "Mitra: BMW, Alibaba\nANTARA · 21 Oktober 2020\nCocok dengan: BMW; Alibaba"
        )
        assert hrefs(alert)[0].startswith(f"{BMW.url}#:~:text=BMW%20dan%20Alibaba%20membuka%20basis,")
        rows = alert["reply_markup"]["inline_keyboard"]
        assert [[button["text"] for button in row] for row in rows] == [
            [ASK, RELATED],
            ["🔕 Bisukan BMW", "🔕 Bisukan Alibaba"],
        ]
        [call] = [call for call in api.calls if call.method == "sendMessage"]
        assert call.params["link_preview_options"] == {"is_disabled": True}


@played
async def test_ask_opens_the_reply_field_for_a_question(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        sari = api.user("Sari")
        chat = api.private(sari)
        alert = await alerted(api, bot, chat, 1)
        assert "text" not in await pressed(api, sari, alert, ASK)
        prompt = await reply_in(api, chat, 2)
        assert prompt["text"] == f"Apa yang ingin Anda ketahui tentang “{BMW.title}”? Balas pesan ini."
        assert prompt["reply_markup"]["force_reply"]
        assert prompt["reply_to_message"]["message_id"] == alert["message_id"]
        assert "Jochen Goller" in (await asked(api, chat, sari, "Siapa CEO-nya?", reply_to=prompt))["text"]


@played
async def test_in_a_topic_of_a_group_the_prompt_is_for_who_pressed(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        group, sari = api.group("Redaksi", forum=True), api.user("Sari <b>")
        topic = api.topic(group, "Mitra")
        alert = await alerted(api, bot, group, 1, thread=topic)
        await pressed(api, sari, alert, ASK)
        prompt = await reply_in(api, group, 2)
        assert prompt["text"].startswith("Sari <b>\nApa yang ingin Anda ketahui")
        assert prompt["entities"][0]["type"] == "text_mention"
        assert prompt["reply_markup"]["selective"]
        assert prompt["thread"] == topic


@played
async def test_related_news_are_listed_and_belong_to_the_alert(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        sari = api.user("Sari")
        chat = api.private(sari)
        alert = await alerted(api, bot, chat, 1)
        await pressed(api, sari, alert, RELATED)
        listed = await reply_in(api, chat, 2)
        assert listed["text"].startswith("Berita terkait\n\n• ")
        assert BMW.title not in listed["text"]
        assert set(hrefs(listed)) <= {one.url for one in NEWS[1:]}
        assert await rows_of(bot, listed) == await rows_of(bot, alert)
        # Of an old message Telegram tells no more than its ids.
        await pressed(api, sari, alert, data=f"R:{(await rows_of(bot, alert))[0].id}", inaccessible=True)
        assert (await reply_in(api, chat, 3))["text"] == listed["text"]


@played
async def test_nothing_related_is_said_in_a_word(tmp_path: Path) -> None:
    with BotApi() as api:
        sari = api.user("Sari")
        async with at_work(api, stored(tmp_path, BMW)) as bot:
            alert = await alerted(api, bot, api.private(sari), 1)
            toast = await pressed(api, sari, alert, RELATED)
            assert (toast["text"], toast["show_alert"]) == ("Belum ada berita lain yang terkait.", True)


@played
async def test_muting_and_unmuting(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        sari = api.user("Sari")
        chat = api.private(sari)
        bmw, alibaba = await follow(bot, chat, "BMW", "Alibaba")
        alert = await alerted(api, bot, chat, 1, follows=[bmw, alibaba])
        toast = await pressed(api, sari, alert, "🔕 Bisukan BMW")
        assert (toast["text"], toast["show_alert"]) == (
            "BMW dibisukan. Ketuk tombol yang sama untuk membunyikannya lagi.",
            True,
        )
        assert (await muted(bot, bmw), await muted(bot, alibaba)) == (True, False)
        await api.until(lambda: now_below(api, alert)[2:] == ["🔔 Bunyikan BMW", "🔕 Bisukan Alibaba"])
        # The first button, pressed again, does not undo what it did.
        number = (await rows_of(bot, alert))[0].id
        await pressed(api, sari, alert, data=f"M:{number}:0")
        assert await muted(bot, bmw)
        assert (await pressed(api, sari, alert, "🔔 Bunyikan BMW"))["text"] == "BMW berbunyi lagi."
        assert not await muted(bot, bmw)
        await api.until(lambda: now_below(api, alert)[2:] == ["🔕 Bisukan BMW", "🔕 Bisukan Alibaba"])


@played
async def test_in_a_group_only_administrators_mute(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        group, sari, tono = api.group("Redaksi"), api.user("Sari"), api.user("Tono")
        api.member(group, sari, "administrator")
        api.member(group, tono)
        [bmw] = await follow(bot, group, "BMW")
        alert = await alerted(api, bot, group, 1, follows=[bmw])
        toast = await pressed(api, tono, alert, "🔕 Bisukan BMW")
        assert (toast["text"], toast["show_alert"]) == ("Di sini hanya admin yang bisa mengubah itu.", True)
        assert not await muted(bot, bmw)
        await pressed(api, sari, alert, "🔕 Bisukan BMW")
        assert await muted(bot, bmw)
        api.member(group, sari, "member")  # rights are looked up anew
        await api.until(lambda: "🔔 Bunyikan BMW" in now_below(api, alert))
        assert "hanya admin" in (await pressed(api, sari, alert, "🔔 Bunyikan BMW"))["text"]
        assert await muted(bot, bmw)


@played
async def test_what_is_not_followed_any_more_has_no_button(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        sari = api.user("Sari")
        chat = api.private(sari)
        bmw, alibaba = await follow(bot, chat, "BMW", "Alibaba")
        alert = await alerted(api, bot, chat, 1, follows=[bmw, alibaba])
        await bot.services.desk.records(lambda r: r.follows.remove(bmw))
        assert "tidak diikuti" in (await pressed(api, sari, alert, "🔕 Bisukan BMW"))["text"]
        await api.until(lambda: now_below(api, alert)[2:] == ["🔕 Bisukan Alibaba"])
        number = (await rows_of(bot, alert))[0].id
        assert "tidak diikuti" in (await pressed(api, sari, alert, data=f"M:{number}:9"))["text"]
        assert not await muted(bot, alibaba)


@played
async def test_a_digest_tells_where_alerts_are_set(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        sari = api.user("Sari")
        digest = await digested(api, bot, api.private(sari), 1, 2, 3)
        assert digest["text"].startswith("🗞 3 berita untuk Anda\n\n• BMW dan Alibaba Buka")
        assert "Grab Invests in Indonesia <b>again</b> & again" in digest["text"]
        assert buttons(digest) == ["⚙️ Atur pemberitahuan"]
        toast = await pressed(api, sari, digest, "⚙️ Atur pemberitahuan")
        assert {"/alerts.", "/following."} <= {*toast["text"].split()}
        assert toast["show_alert"]


@played
async def test_a_digest_leaves_out_what_is_gone(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        chat = api.private(api.user("Sari"))
        await bot.services.desk.news(lambda warta: warta.store.remove_article(2))
        digest = await digested(api, bot, chat, 1, 2, 3)
        assert digest["text"].startswith("🗞 2 berita untuk Anda\n")
        assert "Grab" not in digest["text"]
        assert [row.state for row in await rows_of(bot, digest)] == ["sent"] * 3
        # What remains alone is an alert like any other.
        other = api.private(api.user("Tono"))
        single = await digested(api, bot, other, 2, 3)
        assert single["text"].startswith("🔔 Tiket.com Menggandeng Garuda\n")
        assert buttons(single)[:2] == [ASK, RELATED]


@played
async def test_an_article_that_is_gone_cannot_be_asked_about(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        sari = api.user("Sari")
        chat = api.private(sari)
        alert = await alerted(api, bot, chat, 1)
        await bot.services.desk.news(lambda warta: warta.store.remove_article(1))
        assert "sudah dihapus" in (await pressed(api, sari, alert, ASK))["text"]
        assert "Belum ada" in (await pressed(api, sari, alert, RELATED))["text"]
        assert len(api.sent(chat)) == 1


@played
async def test_forged_and_foreign_data_is_refused(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with office(tmp_path) as (api, bot):
        sari, tono = api.user("Sari"), api.user("Tono")
        ours, theirs = api.private(sari), api.private(tono)
        [follows] = [await follow(bot, theirs, "BMW")]
        alert = await alerted(api, bot, ours, 1)
        second = await alerted(api, bot, ours, 3)
        foreign = await alerted(api, bot, theirs, 1, follows=follows)
        first, other, alien = [(await rows_of(bot, one))[0].id for one in (alert, second, foreign)]
        forged = [
            *(
                "A",
                "A:",
                "A:0",
                f"A:{first} ",
                f"a:{first}",
                f"A:0{first}",
                "A:١",
                f"A:-{first}",
                "A:1e3",
                f"A:{'9' * 19}",
            ),
            *(
                "A:99",
                "R:99",
                "M:99:0",
                "S:99",
                f"A:{alien}",
                f"R:{alien}",
                f"M:{alien}:0",
                f"U:{alien}:0",
                f"S:{alien}",
            ),
            *(f"A:{other}", f"M:{other}:0", f"M:{first}:100", f"X:{first}", f"A:{first}; drop table outbox"),
        ]
        for data in forged:
            toast = await pressed(api, sari, alert, data=data)
            assert (toast["text"], toast["show_alert"]) == (GONE, True), data
        await api.settled()
        assert len(api.sent()) == 3
        # Nor below a message that is no alert.
        greeting = await asked(api, ours, sari, "/start")
        for data in (f"A:{alien}", f"R:{alien}", f"M:{alien}:0", f"S:{alien}"):
            assert (await pressed(api, sari, greeting, data=data))["text"] == GONE
        assert not await muted(bot, follows[0])
        assert f"user {sari.id} pressed a button that is not theirs to press" in caplog.text


@played
async def test_what_a_chat_follows_is_its_own(tmp_path: Path) -> None:
    """A row that names another chat's subscription must not mute it."""
    async with office(tmp_path) as (api, bot):
        sari, tono = api.user("Sari"), api.user("Tono")
        [number] = await follow(bot, api.private(tono), "BMW")
        alert = await alerted(api, bot, api.private(sari), 1, follows=[number])
        assert buttons(alert) == [ASK, RELATED]
        row = (await rows_of(bot, alert))[0].id
        assert "tidak diikuti" in (await pressed(api, sari, alert, data=f"M:{row}:0"))["text"]
        assert not await muted(bot, number)


@played
async def test_a_channels_reader_asks_in_private(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        channel, sari, tono = api.channel("Kabar Mitra", username="kabar"), api.user("Sari"), api.user("Tono")
        api.member(channel, api.bot, "administrator")
        api.member(channel, tono, "administrator")
        [bmw] = await follow(bot, channel, "BMW")
        alert = await alerted(api, bot, channel, 1, follows=[bmw])
        number = (await rows_of(bot, alert))[0].id
        [[link], [mute]] = alert["reply_markup"]["inline_keyboard"]
        assert link == {"text": ASK, "url": f"https://t.me/{api.username}?start=a_{number}"}
        # Nobody can have the bot write into the channel.
        for data in (f"A:{number}", f"R:{number}"):
            assert (await pressed(api, sari, alert, data=data))["text"] == GONE
        assert "hanya admin" in (await pressed(api, sari, alert, mute["text"]))["text"]
        assert len(api.sent(channel)) == 1
        await pressed(api, tono, alert, mute["text"])
        assert await muted(bot, bmw)
        await api.until(lambda: now_below(api, alert) == [ASK, "🔔 Bunyikan BMW"])

        opened = await asked(api, api.private(sari), sari, f"/start a_{number}")
        assert opened["text"].startswith(f"🔔 {BMW.title}\n")
        assert opened["text"].endswith(f"Apa yang ingin Anda ketahui tentang “{BMW.title}”? Balas pesan ini.")
        assert opened["reply_markup"]["force_reply"]
        answer = await asked(api, api.private(sari), sari, "Siapa CEO-nya?", reply_to=opened)
        assert "Jochen Goller" in answer["text"]


@played
async def test_an_alert_that_fills_a_message_opens_with_its_prompt(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        channel, sari = api.channel("Kabar Mitra", username="kabar"), api.user("Sari")
        api.member(channel, api.bot, "administrator")
        alert = await alerted(api, bot, channel, 1)
        number = (await rows_of(bot, alert))[0].id
        for at in range(8):
            report = Elsewhere(f"Koran {at} " + "x" * 50, "", tuple(f"{n} " + "Rp" * 29 for n in range(5)))
            row = (await rows_of(bot, alert))[0]
            await bot.services.desk.records(lambda r, row=row, report=report: r.outbox.add_elsewhere(row, report))
        opened = await asked(api, api.private(sari), sari, f"/start a_{number}")
        assert opened["text"].endswith("Balas pesan ini.")
        assert len(opened["text"]) < 1_000


@played
async def test_an_alert_opens_for_those_who_may_see_it(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        sari, tono, budi = api.user("Sari", username="sari_public"), api.user("Tono"), api.user("Budi")
        closed, group = api.channel("Rahasia"), api.group("Redaksi")
        api.member(closed, api.bot, "administrator")
        for place in (closed, group):
            api.member(place, tono)
            api.member(place, budi, "left")
        rows = {}
        for place in (closed, group, api.private(sari)):
            message = await alerted(api, bot, place, 1)
            rows[place.title] = (await rows_of(bot, message))[0].id
        assert "Halo" in (await asked(api, api.private(sari), sari, "/start a_999"))["text"]
        for title in ("Rahasia", "Redaksi"):
            for person, may in ((tono, True), (budi, False), (sari, False)):
                opened = await asked(api, api.private(person), person, f"/start a_{rows[title]}")
                assert opened["text"].startswith("🔔" if may else "Halo!"), (title, person.first_name)
        # A private alert is nobody else's, and in a group nothing is opened.
        assert "Halo" in (await asked(api, api.private(tono), tono, f"/start a_{rows['']}"))["text"]
        assert "🔔" in (await asked(api, api.private(sari), sari, f"/start a_{rows['']}"))["text"]
        assert "Halo" in (await asked(api, group, tono, f"/start a_{rows['Redaksi']}"))["text"]
        api.fail("getChat", forbidden("bot was kicked from the channel chat"))
        assert "Halo" in (await asked(api, api.private(tono), tono, f"/start a_{rows['Rahasia']}"))["text"]


@played
async def test_an_update_has_the_same_buttons(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        chat = api.private(api.user("Sari"))
        alert = await alerted(api, bot, chat, 1, kind="update", news=["Toyota"])
        assert alert["text"].startswith("🔄 Perkembangan berita\nBaru: Toyota\nBMW dan Alibaba Buka")
        assert buttons(alert) == [ASK, RELATED]


@played
async def test_what_others_report_is_edited_in_and_the_buttons_stay(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        sari = api.user("Sari")
        chat = api.private(sari)
        numbers = await follow(bot, chat, "BMW")
        alert = await alerted(api, bot, chat, 1, follows=numbers)
        await pressed(api, sari, alert, "🔕 Bisukan BMW")
        row = (await rows_of(bot, alert))[0]
        report = Elsewhere("Tempo", "https://tempo.example/1", ("Rp2 triliun",))
        await bot.services.desk.records(lambda r: r.outbox.add_elsewhere(row, report))
        bot.services.postman.wake()
        await api.until(lambda: "Tempo" in chat.messages[alert["message_id"]]["text"])
        edited = chat.messages[alert["message_id"]]
        assert edited["text"] == f"{alert['text']}\nJuga diberitakan: Tempo (baru: Rp2 triliun)"
        assert buttons(edited) == [ASK, RELATED, "🔔 Bunyikan BMW"]


@played
async def test_hostile_articles_leave_as_html_at_the_first_try(tmp_path: Path) -> None:
    markup = '<b>tebal</b> </a> & &amp; \u202e\u200b\U000e0061 "kutip" <script>alert(1)</script>'
    hostile = [
        replace(BMW, title=f"{markup} {'x' * 1_000_000}", publisher=markup, partners=(markup, "BMW")),
        Article(markup, f"{markup} " * 100, "/2", "id", url="https://e.example/<b>&x", published_at="<i>"),
    ]
    with BotApi() as api:
        sari = api.user(markup[:40])
        chat = api.private(sari)
        async with at_work(api, stored(tmp_path, *hostile)) as bot:
            numbers = await follow(bot, chat, "BMW")
            messages: list[Message] = [
                await alerted(api, bot, chat, number, follows=numbers, reasons=[markup]) for number in (1, 2)
            ]
            for message in messages:
                for button in (ASK, RELATED):
                    await pressed(api, sari, message, button)
            await digested(api, bot, api.private(api.user("Tono")), 1, 2, reasons=[markup])
            await api.until(lambda: len(api.sent(chat)) == 6)  # two alerts, two prompts, two lists
        for call in api.calls:
            if call.method in ("sendMessage", "editMessageText"):
                assert (call.status, call.params.get("parse_mode")) == (200, "HTML"), call
                assert not {"\u202e", "\u200b", "\U000e0061"} & {*call.params["text"]}


def test_callback_data_is_short_and_reads_back() -> None:
    most = 10**18 - 1
    alert = Alert(most, "alert", Place(-100), 1, 1, ("BMW",), tuple(range(100)))
    long = interest_of("keywords", "kerja sama +baterai kendaraan listrik -nikel")
    follows = {number: Follow(number, Place(-100), long, 1, 0.0, number == 99) for number in (98, 99)}
    rows = alert_keyboard(alert, follows, "id").inline_keyboard
    data = [str(button.callback_data) for row in rows for button in row]
    assert max(len(one.encode()) for one in data) <= 64
    assert [alert_press_of(one) for one in data] == [
        AlertPress("A", most, 0),
        AlertPress("R", most, 0),
        AlertPress("M", most, 98),
        AlertPress("U", most, 99),
    ]
    assert [len(row) for row in rows] == [2, 1, 1]
    assert rows[1][0].text == "🔕 Bisukan kerja sama +baterai…"
    assert alert_started(f"a_{most}") == most
    assert [alert_started(one) for one in ("a_", "a_0", "q_1", "a_1 ", "a_-1", f"a_{most}9")] == [None] * 6
