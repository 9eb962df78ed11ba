"""Inline mode: answers to send in any chat, and the way from there into the bot."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from bot_api import BotApi, slow
from bot_world import User
from stage import BMW, NEWS, asked, handled, hrefs, office, played, pressed, stored
from telegram_html import message_text

from bot.handlers.inline import each_offered
from bot.records import GivenAnswer, Place
from index.types import Citation, Quote

CEO = "Siapa CEO BMW Group Region China?"
SAME = [
    replace(BMW, title=f"Basis Inovasi {n}", url=f"https://berita.example/{n}", body=f"{body}\n\n{BMW.body}")
    for n, body in enumerate(("Startup China.", "Inkubator baru.", "Kabar Jinqiao."))
]


async def offered(api: BotApi, user: User, query: str) -> dict[str, Any]:
    before = len(api.inline_answers)
    api.inline(user, query)
    await api.until(lambda: len(api.inline_answers) > before)
    return api.inline_answers[-1]


def token_of(result: dict[str, Any]) -> str:
    """Of the link below a result."""
    url = str(result["reply_markup"]["inline_keyboard"][0][0]["url"])
    return url.partition("?start=")[2]


@played
async def test_a_question_offers_cited_answers(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, _):
        sari = api.user("Sari")
        given = await offered(api, sari, CEO)
        assert 1 <= len(given["results"]) <= 50
        assert given["cache_time"] <= 60
        assert given["is_personal"]
        first = given["results"][0]
        assert first["title"].startswith("ANTARA: Jochen Goller adalah Presiden")
        content = first["input_message_content"]
        text, entities = message_text(content["message_text"], content["parse_mode"], None)
        assert text.startswith(f"{CEO}\nMenurut ANTARA (21 Oktober 2020):\n“Jochen Goller")
        assert hrefs({"entities": entities})[0].startswith(f"{BMW.url}#:~:text=")
        assert content["link_preview_options"] == {"is_disabled": True}
        assert token_of(first) == f"q_{first['id']}"


@played
async def test_each_quote_is_offered_alone_as_well(tmp_path: Path) -> None:
    stored(tmp_path, *NEWS, *SAME)
    async with office(tmp_path) as (api, _):
        sari = api.user("Sari")
        results = (await offered(api, sari, "Dengan siapa BMW membuka basis inovasi di Shanghai?"))["results"]
        assert len(results) > 1
        assert len({result["id"] for result in results}) == len(results)
        assert len({(result["title"], result["description"]) for result in results}) == len(results)
        assert results[0]["description"].startswith("[1] [2]")
        for result in results[1:]:
            assert result["input_message_content"]["message_text"].count("<blockquote>") == 1


def test_a_quote_alone_does_not_say_that_sources_differ() -> None:
    quotes = tuple(Quote(n, f"Nilainya Rp{n} miliar.", n, 0, 21, "id") for n in (1, 2))
    citations = tuple(Citation(n, n, f"Judul {n}", "ANTARA", "2021", "", "") for n in (1, 2))
    lead = "Berita 1–31 Mei 2021:\nSumber berbeda: Rp1 miliar [1], Rp2 miliar [2]."
    answer = GivenAnswer(
        token="AAAABBBBCCCCDDDD", place=Place(0), user_id=2, question_id=0, origin="inline",
        question="Berapa nilainya?", topic="", names=(), language="id", answerable=True, confidence=0.9, notice="",
        quotes=quotes, citations=citations, further=(), created_at=0.0, lead=lead,
    )  # fmt: skip
    assert [one.lead for one in each_offered(answer)] == [lead, "Berita 1–31 Mei 2021:", "Berita 1–31 Mei 2021:"]


@played
async def test_nothing_is_offered_while_there_is_no_question(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, _):
        sari, sam = api.user("Sari"), api.user("Sam", language_code="en")
        for words in ("", "  ", "?", "BM"):
            given = await offered(api, sari, words)
            assert given.get("results", []) == []
            assert given["button"] == {"text": "Buka bot untuk bertanya lebih lanjut", "start_parameter": "inline"}
        assert (await offered(api, sam, ""))["button"]["text"].startswith("Open the bot")
        assert (await asked(api, api.private(sam), sam, "/start inline"))["text"].startswith("Hello!")
        assert (await offered(api, sari, "BMW"))["results"]


@played
async def test_what_was_typed_over_is_not_worked_on(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, _):
        sari = api.user("Sari")
        api.fail("answerInlineQuery", slow(0.3))
        for end in range(10, len(CEO) + 1):
            api.inline(sari, CEO[:end])
        await api.until(lambda: len(api.inline_answers) >= 2)
        await api.settled()
        first, last = api.inline_answers
        assert first["inline_query_id"] < last["inline_query_id"]
        assert "Jochen Goller" in last["results"][0]["title"]


@played
async def test_a_query_that_telegram_has_forgotten_is_no_error(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        sari = api.user("Sari")
        api.expire(api.inline(sari, CEO))
        assert await handled(bot) == {"done"}
        assert api.inline_answers == []


@played
async def test_names_alone_are_answered_in_the_language_that_one_has_chosen(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, _):
        sari = api.user("Sari", language_code="id")
        await asked(api, api.private(sari), sari, "/language")
        await pressed(api, sari, api.sent()[-1], "English")
        first = (await offered(api, sari, "BMW Alibaba"))["results"][0]
        assert "According to" in first["input_message_content"]["message_text"]


@played
async def test_a_link_opens_the_answer_in_private_and_it_can_be_asked_about(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        sari, tono = api.user("Sari"), api.user("Tono")
        result = (await offered(api, sari, CEO))["results"][0]
        api.chosen(sari, result["id"], CEO)
        await api.settled()
        chat = api.private(tono)
        opened = await asked(api, chat, tono, f"/start {token_of(result)}")
        assert opened["text"].startswith(f"{CEO}\nMenurut ANTARA (21 Oktober 2020):\n“Jochen Goller")
        reply = await asked(api, chat, tono, "Berapa startup yang sudah bergabung dengannya?", reply_to=opened)
        assert "lebih dari 20 startup" in reply["text"]
        assert reply["text"].startswith("Tentang")
        assert (await pressed(api, tono, opened, "👍 Membantu"))["text"].startswith("Terima kasih")
        used = await bot.services.desk.records(
            lambda r: r.store.read("select used from answers where token = ?", [result["id"]])
        )
        assert used == [(1,)]


@played
async def test_a_link_that_leads_nowhere_greets(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, _):
        sari = api.user("Sari")
        for payload in (f"q_{'A' * 16}", "q_", "q_../../etc/passwd", "q_" + "A" * 17, "x"):
            assert (await asked(api, api.private(sari), sari, f"/start {payload}"))["text"].startswith("Halo!")


@played
async def test_an_inline_answer_is_nobodys_context(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, _):
        sari = api.user("Sari")
        await offered(api, sari, "Siapa CEO Tiket.com?")
        answer = await asked(api, api.private(sari), sari, "Dengan siapa mereka bermitra?")
        assert "Tentang" not in answer["text"]
        rest = (await offered(api, sari, "Dengan siapa mereka bermitra?"))["results"][0]
        assert "Tentang" not in rest["input_message_content"]["message_text"]
