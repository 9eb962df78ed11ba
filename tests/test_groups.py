"""Groups and forum topics: when the bot speaks, where, and what it keeps to itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from bot_api import BotApi, bad_request
from bot_world import Chat, User
from stage import asked, at_work, office, played, pressed, reply_in, silent, stored

CEO = "Siapa CEO BMW Group Region China?"
JOCHEN = "Jochen Goller"


def newsroom(api: BotApi, **more: Any) -> tuple[Chat, User, User]:
    """A group with two people."""
    return api.group("Redaksi", **more), api.user("Sari"), api.user("Tono")


@pytest.mark.parametrize("privacy", [True, False], ids=["privacy", "all messages"])
@played
async def test_only_what_is_meant_for_the_bot_is_answered(tmp_path: Path, privacy: bool) -> None:
    async with office(tmp_path) as (api, _):
        api.privacy = privacy
        group, sari, tono = newsroom(api)
        name = f"@{api.username}"
        said = api.say(group, tono, CEO)
        api.say(group, tono, f"@other_bot {CEO}")
        api.say(group, tono, f"/ask@other_bot {CEO}")
        api.say(group, tono, "/unknown")
        api.say(group, tono, "Menurut saya ya", reply_to=said)
        await silent(api, group, sari, f"Menurut ANTARA … {name}", via_bot=True)

        for text in (f"{name} {CEO}", f"/ask {CEO}", f"/ask@{api.username} {CEO}"):
            question = api.say(group, sari, text)
            answer = await reply_in(api, group, len(api.sent(group)) + 1)
            assert JOCHEN in answer["text"]
            assert answer["reply_parameters"]["message_id"] == question["message_id"]
        reply = await asked(api, group, tono, "Kapan mereka membuka basis inovasi?", reply_to=answer)
        assert "20 Oktober 2020" in reply["text"]


@pytest.mark.parametrize("text", ["/ask", "@warta_uji_bot", "@warta_uji_bot ?"])
@played
async def test_asking_below_somebodys_message_asks_what_it_asks(tmp_path: Path, text: str) -> None:
    async with office(tmp_path) as (api, _):
        group, sari, tono = newsroom(api)
        said = api.say(group, tono, CEO)
        answer = await asked(api, group, sari, text, reply_to=said)
        assert JOCHEN in answer["text"]


@played
async def test_a_mention_alone_is_told_how_to_ask_and_thanks_get_no_answer(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, _):
        group, sari, _ = newsroom(api)
        hint = await asked(api, group, sari, f"@{api.username}")
        assert "/ask" in hint["text"]
        assert "Sebut nama saya" in (await asked(api, group, sari, f"Halo @{api.username}"))["text"]
        before = len(api.calls)
        await silent(api, group, sari, "Terima kasih!", reply_to=hint)
        assert "sendChatAction" not in {call.method for call in api.calls[before:]}


@played
async def test_in_a_forum_the_answer_stays_in_its_topic(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, _):
        group, sari, tono = newsroom(api, forum=True)
        topic, other = api.topic(group, "Mitra"), api.topic(group, "Lain")
        question = api.say(group, sari, "/ask Siapa CEO Tiket.com?", thread=topic)
        answer = await reply_in(api, group)
        assert answer["thread"] == topic
        assert answer["reply_parameters"]["message_id"] == question["message_id"]
        await pressed(api, tono, answer, "🔍 Konteks [1]")
        assert (await reply_in(api, group, 2))["thread"] == topic
        # What was asked in one topic is not the topic of another.
        rest = await asked(api, group, sari, "/ask Dengan siapa mereka bermitra?", thread=other)
        assert "Tentang" not in rest["text"]
        rest = await asked(api, group, sari, "/ask Dengan siapa mereka bermitra?", thread=topic)
        assert rest["text"].startswith("Tentang Tiket.com.")
        # A message in a topic that nobody meant for the bot.
        await silent(api, group, sari, CEO, thread=topic)


@played
async def test_the_general_topic_has_no_number(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, _):
        group, sari, _ = newsroom(api, forum=True)
        answer = await asked(api, group, sari, f"/ask {CEO}")
        assert "thread" not in answer
        assert "message_thread_id" not in [call for call in api.calls if call.method == "sendMessage"][-1].params


@played
async def test_a_closed_topic_does_not_break_anything(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, _):
        group, sari, _ = newsroom(api)
        api.fail("sendMessage", bad_request("TOPIC_CLOSED"), chat=group)
        api.say(group, sari, f"/ask {CEO}")
        await api.settled()
        assert api.sent(group) == []
        assert JOCHEN in (await asked(api, group, sari, f"/ask {CEO}"))["text"]


@played
async def test_nobody_inherits_from_another_person_or_from_private(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, _):
        group, sari, tono = newsroom(api)
        private = api.private(sari)
        rest = "Dengan siapa mereka bermitra?"
        await asked(api, private, sari, "Siapa CEO Tiket.com?")
        assert "Tentang" not in (await asked(api, group, sari, f"/ask {rest}"))["text"]
        answer = await asked(api, group, sari, "/ask Siapa CEO Grab?")
        assert "Tentang" not in (await asked(api, group, tono, f"/ask {rest}"))["text"]
        assert (await asked(api, private, sari, rest))["text"].startswith("Tentang Tiket.com.")
        assert (await asked(api, group, sari, f"/ask {rest}"))["text"].startswith("Tentang Grab.")
        # Whoever replies to an answer asks about it, whosever it was.
        assert (await asked(api, group, tono, rest, reply_to=answer))["text"].startswith("Tentang Grab.")


@played
async def test_the_anonymous_administrator_and_a_channel_may_ask_but_nothing_is_inherited(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, _):
        group, sari, _ = newsroom(api)
        api.member(group, sari, "administrator")
        channel = api.channel("Kabar")
        for sender in (group, channel):
            assert "George" in (await asked(api, group, sari, "/ask Siapa CEO Tiket.com?", sender_chat=sender))["text"]
            rest = await asked(api, group, sari, "/ask Dengan siapa mereka bermitra?", sender_chat=sender)
            assert "Tentang" not in rest["text"]


@played
async def test_a_message_in_a_group_does_not_open_a_private_answer(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, _):
        group, sari, tono = newsroom(api)
        answer = await asked(api, api.private(sari), sari, CEO)
        token = answer["reply_markup"]["inline_keyboard"][0][0]["callback_data"].split(":")[1]
        assert JOCHEN not in (await asked(api, group, sari, f"/start q_{token}"))["text"]
        assert JOCHEN not in (await asked(api, api.private(tono), tono, f"/start q_{token}"))["text"]
        assert JOCHEN in (await asked(api, api.private(sari), sari, f"/start q_{token}"))["text"]


@played
async def test_the_bot_greets_a_group_once_and_remembers_when_it_is_gone(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        group, sari, tono = newsroom(api)

        async def active(chat: Chat) -> bool | None:
            found = await bot.services.chat(chat.id)
            return found.active if found else None

        api.member(group, api.bot, "left")
        api.join(group, by=sari)
        assert (await reply_in(api, group))["text"].startswith("Halo semuanya!")
        await api.settled()
        assert len(api.sent(group)) == 1
        assert await active(group)
        api.leave(group, by=sari)
        await api.settled()
        assert await active(group) is False
        api.join(group, by=sari)
        await reply_in(api, group, 2)
        assert await active(group)

        private = api.private(tono)
        await asked(api, private, tono, "/start")
        api.block(tono)
        await api.settled()
        assert await active(private) is False
        api.join(private)
        await api.settled()
        assert await active(private)
        assert len(api.sent(private)) == 1
        api.member(api.channel("Kabar"), api.bot, "left")


@played
async def test_start_in_a_group_greets_it_and_says_nothing_in_channels(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, _):
        group, sari, _ = newsroom(api)
        assert (await asked(api, group, sari, f"/start@{api.username}"))["text"].startswith("Halo semuanya!")
        channel = api.channel("Kabar")
        api.join(channel, by=sari)
        api.member(channel, api.bot, "administrator")
        await silent(api, channel, None, f"/ask {CEO}")


@played
async def test_a_group_that_becomes_a_supergroup_keeps_what_it_had(tmp_path: Path) -> None:
    with BotApi() as api:
        group, sari, _ = newsroom(api, kind="group")
        api.member(group, sari, "administrator")
        async with at_work(api, stored(tmp_path)) as bot:
            answer = await asked(api, group, sari, "/ask Siapa CEO Tiket.com?")
            await pressed(api, sari, answer, "🔔 Ikuti Tiket.com")
            await asked(api, group, sari, "/language")
            await pressed(api, sari, api.sent(group)[-1], "English")
            fresh = api.migrate(group)
            await api.settled()
            assert await bot.services.chat(group.id) is None
            known = await bot.services.chat(fresh.id)
            assert known is not None
            assert known.language == "en"
            rest = await asked(api, fresh, sari, "/ask BMW Alibaba")
            assert "According to" in rest["text"]
            follows = await bot.services.desk.records(
                lambda r: r.store.read("select chat_id, pattern from subscriptions")
            )
            assert follows == [(fresh.id, "Tiket.com")]


@played
async def test_an_answer_follows_a_group_that_has_just_moved(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        group, sari, tono = newsroom(api, kind="group")
        await asked(api, group, sari, f"/ask {CEO}")
        fresh = api.group("Redaksi")
        group.migrated_to = fresh.id  # and nobody has told the bot yet
        api.say(group, sari, "/ask Siapa CEO Tiket.com?")
        answer = await reply_in(api, fresh)
        assert "George Hendrata" in answer["text"]
        assert await bot.services.chat(group.id) is None
        toast = await pressed(api, tono, answer, "👍 Membantu")
        assert "Terima kasih" in toast["text"]
        reply = await asked(api, fresh, tono, "Dengan siapa mereka bermitra?", reply_to=answer)
        assert reply["text"].startswith("Tentang Tiket.com.")
