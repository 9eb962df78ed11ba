"""/alerts: how a chat wants its alerts, by words and by buttons."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from alerts import alerted
from bot_world import Chat
from stage import asked, now_below, office, played, pressed
from test_following import ADMINS, GONE, shows

from bot.life import Bot
from bot.records import AlertSettings


async def settings_of(bot: Bot, chat: Chat) -> AlertSettings:
    return await bot.services.desk.records(lambda r: r.alert_settings.of(chat.id))


@played
async def test_the_usual_settings_are_shown_in_plain_words(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        sari, ann = api.user("Sari"), api.user("Ann", language_code="en")
        shown = await asked(api, api.private(sari), sari, "/alerts")
        lines, _, how = shown["text"].partition("\n\n")
        assert lines.split("\n") == [
            "Pemberitahuan di sini",
            "• Waktu: langsung, begitu beritanya masuk",
            "• Suara: nyala",
            "• Jam tenang: tidak ada",
            "• Batas: 10 pesan per jam; selebihnya digabung",
            "• Perkembangan berita: dikirim sebagai balasan",
            "• Zona waktu: WIB",
            "• Bahasa: Indonesia",
        ]
        assert "/alerts tenang 22:00-06:00" in how
        assert "topik" not in how
        assert [one for one in now_below(api, shown) if one.startswith("✓")] == [
            "✓ 🔔 Bersuara",
            "✓ Langsung",
            "✓ 🌙 Tanpa jam tenang",
            "✓ 10/jam",
            "✓ 🔄 Dengan perkembangan",
        ]
        english = (await asked(api, api.private(ann), ann, "/alerts weekly mon 8"))["text"]
        assert english.startswith("Saved.\n\nAlerts here\n• When: one digest a week, Monday at 08:00\n")
        assert await bot.services.desk.records(lambda r: r.store.count("alert_settings")) == 1


@played
async def test_words_change_them_and_the_new_ones_are_shown(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        sari = api.user("Sari")
        chat = api.private(sari)
        for words in ("harian 17.30", "tenang 22-6 WITA", "batas 5", "senyap", "perkembangan off"):
            shown = (await asked(api, chat, sari, f"/alerts {words}"))["text"]
            assert shown.startswith("Tersimpan.")
        assert shown.split("\n")[3:] == [
            "• Waktu: satu ringkasan sehari, pukul 17.30",
            "• Suara: senyap",
            "• Jam tenang: 22.00–06.00; yang masuk saat itu dikirim sesudahnya",
            "• Batas: 5 pesan per jam; selebihnya digabung",
            "• Perkembangan berita: tidak dikirim",
            "• Zona waktu: WITA",
            "• Bahasa: Indonesia",
        ]
        assert await settings_of(bot, chat) == AlertSettings(
            chat.id, None, True, "22:00", "06:00", "Asia/Makassar", "daily", "17:30", cap=5, updates=False
        )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("kapan saja", "/alerts tiap jam"),
        ("harian 25", "dari 00:00 sampai 23:59"),
        ("mingguan besok", "mingguan senin"),
        ("tenang 22", "dua jam yang berbeda"),
        ("batas 100", "dari 1 sampai 60"),
        ("zona Mars", "WIB, WITA, WIT"),
        ("senyap mungkin", "on atau off"),
        ("topik", "Topik hanya ada di grup forum"),
    ],
)
@played
async def test_what_was_wrong_is_said_and_nothing_changes(tmp_path: Path, words: str, said: str) -> None:
    async with office(tmp_path) as (api, bot):
        sari = api.user("Sari")
        chat = api.private(sari)
        assert said in (await asked(api, chat, sari, f"/alerts {words}"))["text"]
        assert await settings_of(bot, chat) == AlertSettings(chat.id)


@played
async def test_each_button_sets_what_it_says_however_often_it_is_pressed(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        sari = api.user("Sari")
        chat = api.private(sari)
        shown = await asked(api, chat, sari, "/alerts")
        first = {
            button["text"].removeprefix("✓ "): button["callback_data"]
            for row in shown["reply_markup"]["inline_keyboard"]
            for button in row
        }
        expected = AlertSettings(chat.id)
        for label, values in (
            ("🔕 Senyap", {"silent": True}),
            ("Tiap jam", {"mode": "hourly"}),
            ("Harian", {"mode": "daily"}),
            ("Mingguan", {"mode": "weekly"}),
            ("🌙 Tenang 22:00–06:00", {"quiet_from": "22:00", "quiet_to": "06:00"}),
            ("20/jam", {"cap": 20}),
            ("5/jam", {"cap": 5}),
            ("Tanpa perkembangan", {"updates": False}),
            ("🔔 Bersuara", {"silent": False}),
            ("Langsung", {"mode": "instant"}),
            ("🌙 Tanpa jam tenang", {"quiet_from": "", "quiet_to": ""}),
            ("10/jam", {"cap": 10}),
            ("🔄 Dengan perkembangan", {"updates": True}),
        ):
            expected = replace(expected, **values)  # type: ignore[arg-type]
            for _ in range(2):
                assert (await pressed(api, sari, shown, data=first[label]))["text"] == "Tersimpan."
                assert await settings_of(bot, chat) == expected
            await api.until(lambda label=label: f"✓ {label}" in now_below(api, shown))


@played
async def test_a_topic_takes_all_alerts_of_its_group(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        group, sari = api.group("Redaksi", forum=True), api.user("Sari")
        api.member(group, sari, "administrator")
        topic = api.topic(group, "Mitra")
        assert "/alerts topik" in (await asked(api, group, sari, "/alerts", thread=topic))["text"]
        shown = await asked(api, group, sari, "/alerts topik", thread=topic)
        assert f"Semuanya dikirim ke satu topik: nomor {topic}" in shown["text"]
        assert [one["url"] for one in shown["entities"] if one["type"] == "text_link"] == [
            f"https://t.me/c/{str(group.id)[4:]}/{topic}"
        ]
        assert (await settings_of(bot, group)).thread_id == topic
        assert "topik umum" in (await asked(api, group, sari, "/alerts topik"))["text"]
        assert (await settings_of(bot, group)).thread_id == 0
        await asked(api, group, sari, "/alerts topik off")
        assert (await settings_of(bot, group)).thread_id is None


@played
async def test_in_a_group_all_may_look_and_administrators_decide(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        group, sari, tono = api.group("Redaksi"), api.user("Sari"), api.user("Tono")
        api.member(group, sari, "administrator")
        shown = await asked(api, group, tono, "/alerts")
        assert (await pressed(api, tono, shown, "🔕 Senyap"))["text"] == ADMINS
        assert (await asked(api, group, tono, "/alerts senyap"))["text"] == ADMINS
        assert await settings_of(bot, group) == AlertSettings(group.id)
        await pressed(api, sari, shown, "🔕 Senyap")
        await api.until(lambda: "Suara: senyap" in shows(api, shown))
        foreign = api.group("Rapat")
        api.member(foreign, sari, "administrator")
        assert (await pressed(api, sari, shown, data=f"o:{foreign.id}:silent"))["text"] == GONE
        assert await settings_of(bot, foreign) == AlertSettings(foreign.id)


# Language


@played
async def test_alerts_speak_as_the_bot_does_in_a_private_chat(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        sari, ann = api.user("Sari"), api.user("Ann", language_code="en-GB")
        for person, says in ((sari, "Cocok dengan: BMW"), (ann, "Matches: BMW")):
            await asked(api, api.private(person), person, "/alerts")
            assert says in (await alerted(api, bot, api.private(person), 1))["text"]
        assert "Language: English" in (await asked(api, api.private(ann), ann, "/alerts"))["text"]
        await asked(api, api.private(ann), ann, "/alerts language indonesian")
        assert "Cocok dengan: BMW" in (await alerted(api, bot, api.private(ann), 3))["text"]
        await asked(api, api.private(ann), ann, "/alerts bahasa otomatis")
        assert "Matches: BMW" in (await alerted(api, bot, api.private(ann), 2))["text"]


@played
async def test_the_language_of_a_group_is_set_by_an_administrator_whatever_they_speak(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        boss, ann = api.user("Bos", language_code="en"), api.user("Ann", language_code="en")
        group = api.group("Redaksi")
        api.member(group, boss, "administrator")
        assert "Language: Indonesian" in (await asked(api, group, boss, "/alerts"))["text"]
        assert "Cocok dengan: BMW" in (await alerted(api, bot, group, 1))["text"]
        assert "only admins" in (await asked(api, group, ann, "/alerts language english"))["text"]
        assert "Cocok dengan: BMW" in (await alerted(api, bot, group, 2))["text"]
        assert "Language: English" in (await asked(api, group, boss, "/alerts language english"))["text"]
        assert "Matches: BMW" in (await alerted(api, bot, group, 3))["text"]


@played
async def test_the_language_of_a_channel_is_set_from_the_private_chat(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        channel, sari = api.channel("Partner News", username="partner_news"), api.user("Sari")
        api.member(channel, api.bot, "administrator")
        api.member(channel, sari, "administrator")
        said = (await asked(api, api.private(sari), sari, "/alerts @partner_news bahasa inggris"))["text"]
        assert said.startswith("Tersimpan.")
        assert "Bahasa: Inggris" in said
        assert "Matches: BMW" in (await alerted(api, bot, channel, 1))["text"]
        assert "Bahasa: Indonesia" in (await asked(api, api.private(sari), sari, "/alerts"))["text"]
