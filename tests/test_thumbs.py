"""Thumbs under answers, the reasons for them, and what people write themselves."""

from __future__ import annotations

from pathlib import Path

import pytest
from stage import an_answer, asked, buttons, handled, now_below, office, played, pressed, reply_in

from bot.app import Bot
from bot.records import Feedback

CEO = "Siapa CEO BMW Group Region China?"


async def opinions(bot: Bot) -> list[Feedback]:
    return await bot.services.desk.records(lambda r: r.feedback.all())


@played
async def test_a_thumb_up_and_twice_is_harmless(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        sari = api.user("Sari")
        chat = api.private(sari)
        answer, token = await an_answer(api, chat, sari)
        for _ in range(2):
            assert "Terima kasih" in (await pressed(api, sari, answer, data=f"g:{token}"))["text"]
        assert await handled(bot, 3) == {"done"}  # "message is not modified" is no error
        assert "✓ 👍 Membantu" in now_below(api, answer)
        [opinion] = await opinions(bot)
        assert (opinion.token, opinion.user_id, opinion.verdict) == (token, sari.id, "good")
        assert len(api.sent()) == 1


@played
async def test_a_thumb_down_asks_why_and_shows_the_way_back(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        sari = api.user("Sari")
        chat = api.private(sari)
        answer, token = await an_answer(api, chat, sari)
        before = buttons(answer)
        await pressed(api, sari, answer, "👎 Kurang tepat")
        await api.until(lambda: "Isinya keliru" in now_below(api, answer))
        await pressed(api, sari, answer, "‹ Kembali")
        await api.until(lambda: now_below(api, answer) == [*before[:-1], "✓ 👎 Kurang tepat"])
        await pressed(api, sari, answer, "✓ 👎 Kurang tepat")
        await api.until(lambda: "Isinya keliru" in now_below(api, answer))
        assert "dicatat" in (await pressed(api, sari, answer, "Beritanya sudah lama"))["text"]
        [opinion] = await opinions(bot)
        assert (opinion.token, opinion.verdict, opinion.reason) == (token, "bad", "outdated")
        await api.until(lambda: "🔍 Konteks [1]" in now_below(api, answer))


@pytest.mark.parametrize("in_group", [False, True])
@played
async def test_a_reason_in_ones_own_words(tmp_path: Path, in_group: bool) -> None:
    async with office(tmp_path) as (api, bot):
        sari, tono = api.user("Sari <3"), api.user("Tono")
        chat = api.group("Redaksi") if in_group else api.private(sari)
        answer, token = await an_answer(api, chat, sari)
        await pressed(api, sari, answer, "👎 Kurang tepat")
        await api.until(lambda: "Isinya keliru" in now_below(api, answer))
        await pressed(api, sari, answer, "Lainnya (tulis sendiri)")
        prompt = await reply_in(api, chat, 2)
        assert prompt["reply_markup"] == {"force_reply": True, "selective": True}
        mentioned = [entity["user"]["id"] for entity in prompt.get("entities", ()) if entity["type"] == "text_mention"]
        assert mentioned == ([sari.id] if in_group else [])
        if in_group:  # somebody else's reply is a question of theirs
            assert "Jochen" in (await asked(api, chat, tono, CEO, reply_to=prompt))["text"]
        thanks = await asked(api, chat, sari, "Seharusnya <b>2021</b> & bukan CEO", reply_to=prompt)
        assert "masukan Anda sudah dicatat" in thanks["text"]
        [opinion] = await opinions(bot)
        assert (opinion.token, opinion.reason) == (token, "other")
        assert opinion.comment == "Seharusnya <b>2021</b> & bukan CEO"


@played
async def test_in_a_group_each_has_an_opinion_and_nobody_sees_it(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        group, sari, tono = api.group("Redaksi"), api.user("Sari"), api.user("Tono")
        answer, _ = await an_answer(api, group, sari)
        await pressed(api, tono, answer, "👍 Membantu")
        await pressed(api, sari, answer, "👍 Membantu")
        assert await handled(bot, 3) == {"done"}
        assert now_below(api, answer) == buttons(answer)
        assert {opinion.user_id for opinion in await opinions(bot)} == {sari.id, tono.id}
