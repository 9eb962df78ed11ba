"""Channels, and groups that are managed from a private chat."""

from __future__ import annotations

from pathlib import Path

import pytest
from bot_api import BotApi, Call
from bot_world import Chat, User
from stage import asked, buttons, office, played, pressed, silent
from test_follow_list import prompted
from test_following import followed, patterns, seed, shows

from bot.life import Bot
from bot.records import AlertSettings, Place


def newsroom(api: BotApi, *, bot: str = "administrator", sari: str = "administrator") -> tuple[Chat, User, Chat]:
    """A channel, one of its administrators, and her private chat."""
    channel, person = api.channel("Kabar Mitra", username="kabar_mitra"), api.user("Sari")
    api.member(channel, api.bot, bot)
    api.member(channel, person, sari)
    return channel, person, api.private(person)


def sends(api: BotApi, chat: Chat) -> list[Call]:
    return [call for call in api.calls if call.method == "sendMessage" and call.params["chat_id"] == chat.id]


async def settings_of(bot: Bot, chat: Chat) -> AlertSettings:
    return await bot.services.desk.records(lambda r: r.alert_settings.of(chat.id))


@played
async def test_a_channel_is_managed_from_the_private_chat(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        channel, sari, chat = newsroom(api)
        reply = (await asked(api, chat, sari, "/follow @kabar_mitra BMW, Grab"))["text"]
        assert reply.startswith("🔔 Diikuti: berita yang menyebut BMW.\n🔔 Diikuti: berita yang menyebut Grab.\n\n")
        assert "Kabar Mitra" in reply
        assert "/preview @kabar_mitra" in reply
        await asked(api, chat, sari, "/follow? @kabar_mitra Siapa CEO Grab")
        assert [(one.place, one.interest.kind) for one in await followed(bot, channel)] == [
            (Place(channel.id), "partner"),
            (Place(channel.id), "partner"),
            (Place(channel.id), "question"),
        ]
        assert await followed(bot, chat) == []
        listed = await asked(api, chat, sari, "/following @kabar_mitra")
        assert listed["text"].startswith("Yang diikuti di Kabar Mitra (3)\n\n1. BMW (mitra)")
        assert (await pressed(api, sari, listed, "⏸ 1"))["text"] == "BMW dijeda."
        await api.until(lambda: "Yang diikuti di Kabar Mitra (3)\n\n1. BMW (mitra, ⏸ dijeda)" in shows(api, listed))
        await asked(api, chat, sari, "Gojek", reply_to=await prompted(api, chat, sari, listed, "✏️ 2"))
        assert (await asked(api, chat, sari, "/unfollow @kabar_mitra bmw"))["text"].startswith("Tidak lagi diikuti")
        assert await patterns(bot, channel) == ["Gojek", "Siapa CEO Grab"]
        settings = await asked(api, chat, sari, "/alerts @kabar_mitra harian 08:00")
        assert "Pemberitahuan di Kabar Mitra" in settings["text"]
        await pressed(api, sari, settings, "🔕 Senyap")
        await api.until(lambda: "Suara: senyap" in shows(api, settings))
        changed = await settings_of(bot, channel)
        assert (changed.mode, changed.at, changed.silent) == ("daily", "08:00", True)
        assert sends(api, channel) == []
        known = await bot.services.chat(channel.id)
        assert known is not None
        assert (known.kind, known.title, known.active) == ("channel", "Kabar Mitra", True)


@pytest.mark.parametrize(
    ("bot_is", "sari_is", "said"),
    [
        ("left", "administrator", "Jadikan saya admin di sana"),
        ("member", "administrator", "Jadikan saya admin di sana"),
        ("administrator", "member", "Anda bukan admin"),
        ("administrator", "left", "Anda bukan admin"),
    ],
)
@played
async def test_whoever_may_not_decide_is_told_why(tmp_path: Path, bot_is: str, sari_is: str, said: str) -> None:
    async with office(tmp_path) as (api, bot):
        channel, sari, chat = newsroom(api, bot=bot_is, sari=sari_is)
        for command in ("follow", "following", "unfollow", "alerts", "preview"):
            reply = (await asked(api, chat, sari, f"/{command} @kabar_mitra BMW"))["text"]
            assert said in reply
            assert "@kabar_mitra" in reply
        assert await followed(bot, channel) == []
        assert await bot.services.chat(channel.id) is None


@pytest.mark.parametrize(("who", "said"), [("bot", "Jadikan saya admin"), ("sari", "Anda bukan admin")])
@played
async def test_an_administrator_needs_the_right_to_post(tmp_path: Path, who: str, said: str) -> None:
    async with office(tmp_path) as (api, bot):
        channel, sari, chat = newsroom(api)
        channel.silenced.add(api.bot_id if who == "bot" else sari.id)
        assert said in (await asked(api, chat, sari, "/follow @kabar_mitra BMW"))["text"]
        assert await followed(bot, channel) == []


@played
async def test_a_name_that_nobody_has_is_not_found(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, _):
        _, sari, chat = newsroom(api)
        assert (
            "tidak menemukan kanal atau grup @tidak_ada"
            in (await asked(api, chat, sari, "/follow @tidak_ada BMW"))["text"]
        )


@played
async def test_another_chat_is_managed_from_a_private_one_only(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        channel, sari, _ = newsroom(api)
        group = api.group("Redaksi")
        api.member(group, sari, "administrator")
        assert "chat pribadi" in (await asked(api, group, sari, "/follow @kabar_mitra BMW"))["text"]
        assert await followed(bot, channel) == await followed(bot, group) == []


@played
async def test_a_group_is_managed_by_its_name_as_well(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        group, sari, tono = api.group("Redaksi"), api.user("Sari"), api.user("Tono")
        group.username = "redaksi_mitra"
        api.member(group, sari, "administrator")
        api.member(group, tono, "member")
        await asked(api, api.private(sari), sari, "/follow @redaksi_mitra BMW")
        assert "Anda bukan admin" in (await asked(api, api.private(tono), tono, "/follow @redaksi_mitra Grab"))["text"]
        assert await patterns(bot, group) == ["BMW"]


@played
async def test_rights_that_are_lost_count_at_the_next_press(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        channel, sari, chat = newsroom(api)
        await seed(bot, Place(channel.id), *(f"Mitra {number}" for number in range(7)))
        listed = await asked(api, chat, sari, "/following @kabar_mitra")
        settings = await asked(api, chat, sari, "/alerts @kabar_mitra")
        prompt = await prompted(api, chat, sari, listed, "✏️ 1")
        api.member(channel, sari, "member")
        lost = "Anda tidak lagi menjadi admin yang boleh mengirim pesan di sana."
        for button in ("⏸ 1", "✏️ 1", "🗑 1", "Berikutnya ›"):
            assert (await pressed(api, sari, listed, button))["text"] == lost
        assert (await pressed(api, sari, settings, "🔕 Senyap"))["text"] == lost
        assert "hanya admin" in (await asked(api, chat, sari, "Grab", reply_to=prompt))["text"]
        assert await patterns(bot, channel) == [f"Mitra {number}" for number in range(7)]
        assert await settings_of(bot, channel) == AlertSettings(channel.id)


@played
async def test_a_command_posted_in_the_channel_is_answered_there_without_a_sound(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        channel, _, _ = newsroom(api)
        reply = await asked(api, channel, None, "/follow BMW")
        assert reply["text"] == "🔔 Diikuti: berita yang menyebut BMW."
        assert [(one.interest.pattern, one.created_by) for one in await followed(bot, channel)] == [("BMW", 0)]
        listed = await asked(api, channel, None, "/following")
        assert listed["text"] == "Yang diikuti di sini (1)\n\n1. BMW (mitra)"
        assert buttons(listed) == []
        settings = await asked(api, channel, None, "/alerts harian 08:00")
        assert settings["text"].startswith(
            "Tersimpan.\n\nPemberitahuan di sini\n• Waktu: satu ringkasan sehari, pukul 08.00"
        )
        assert buttons(settings) == []
        assert "“BMW”" in (await asked(api, channel, None, "/preview 1d"))["text"]
        await asked(api, channel, None, "/unfollow 1")
        assert await followed(bot, channel) == []
        calls = sends(api, channel)
        assert len(calls) == 5
        assert all(call.params["disable_notification"] is True for call in calls)
        known = await bot.services.chat(channel.id)
        assert known is not None
        assert (known.kind, known.title) == ("channel", "Kabar Mitra")


@played
async def test_what_is_forwarded_into_a_channel_or_posted_there_otherwise_is_not_for_the_bot(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        channel, _, _ = newsroom(api)
        await silent(api, channel, None, "/follow BMW", forward=True)
        await silent(api, channel, None, "/start")
        await silent(api, channel, None, "Siapa CEO BMW Group Region China?")
        assert await followed(bot, channel) == []


@played
async def test_a_channels_readers_press_in_vain(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        channel, sari, _ = newsroom(api)
        tono = api.user("Tono")
        api.member(channel, tono, "member")
        await seed(bot, Place(channel.id), "BMW")
        [follow] = await followed(bot, channel)
        listed = await asked(api, channel, None, "/following")
        toast = await pressed(api, tono, listed, data=f"w:x:{channel.id}:0:{follow.id}")
        assert "hanya admin" in toast["text"]
        question = await asked(api, channel, None, "/language")
        assert "hanya admin" in (await pressed(api, tono, question, "English"))["text"].casefold()
        await pressed(api, sari, question, "English")
        assert (await asked(api, channel, None, "/following"))["text"] == "Followed here (1)\n\n1. BMW (partner)"
        assert await patterns(bot, channel) == ["BMW"]


@played
async def test_a_channel_that_throws_the_bot_out_and_takes_it_back(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        channel, sari, chat = newsroom(api)
        await asked(api, channel, None, "/follow BMW")
        api.leave(channel, by=sari)
        await api.settled()
        known = await bot.services.chat(channel.id)
        assert known is not None
        assert not known.active
        api.member(channel, api.bot, "administrator")
        await asked(api, chat, sari, "/following @kabar_mitra")
        known = await bot.services.chat(channel.id)
        assert known is not None
        assert known.active
