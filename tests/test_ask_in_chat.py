"""Questions in a private chat, and what follows them."""

from __future__ import annotations

from pathlib import Path
from time import time

from bot_api import BotApi
from stage import BMW, GRAB, Clock, asked, at_work, buttons, hrefs, office, played, pressed, reply_in, silent, stored

MONTH = 30 * 86_400
CEO = "Siapa CEO BMW Group Region China?"
REST = "Dengan siapa mereka bermitra?"


@played
async def test_a_text_is_a_question_and_typing_is_shown_at_once(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, _):
        sari = api.user("Sari")
        answer = await asked(api, api.private(sari), sari, CEO)
        assert "“Jochen Goller adalah Presiden dan CEO BMW Group Region China.” [1]" in answer["text"]
        assert answer["link_preview_options"] == {"is_disabled": True}
        assert [href.partition("#:~:text=")[0] for href in hrefs(answer)] == [BMW.url]
        assert "reply_to_message" not in answer
        methods = [call.method for call in api.calls if call.method in ("sendChatAction", "sendMessage")]
        assert methods == ["sendChatAction", "sendMessage"]
        assert buttons(answer) == [
            *("🔍 Konteks [1]", "🔔 Ikuti BMW", "🔔 Ikuti Alibaba", "👍 Membantu", "👎 Kurang tepat"),
        ]


@played
async def test_the_question_decides_the_language(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, _):
        sari = api.user("Sari", language_code="id")
        chat = api.private(sari)
        assert "According to" in (await asked(api, chat, sari, "Who is the CEO of Grab?"))["text"]
        assert "Menurut" in (await asked(api, chat, sari, "Siapa CEO Tiket.com?"))["text"]


@played
async def test_names_alone_are_answered_in_the_chats_language_or_else_the_persons(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, _):
        for code, framing in (("en-GB", "According to"), ("id", "Menurut"), ("fr", "Menurut"), (None, "Menurut")):
            person = api.user("Sam", language_code=code)
            assert framing in (await asked(api, api.private(person), person, "BMW Alibaba"))["text"]
        sam = api.user("Sam", language_code="en")
        await asked(api, api.private(sam), sam, "/language")
        await pressed(api, sam, api.sent(api.private(sam))[-1], "Bahasa Indonesia")
        assert "Menurut" in (await asked(api, api.private(sam), sam, "BMW Alibaba"))["text"]
        assert "According to" in (await asked(api, api.private(sam), sam, "Who is the CEO of Grab?"))["text"]


@played
async def test_a_short_question_is_about_the_same_as_the_one_before(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, _):
        sari, tono = api.user("Sari"), api.user("Tono")
        chat = api.private(sari)
        await asked(api, chat, sari, "Siapa CEO Tiket.com?")
        assert (await asked(api, chat, sari, REST))["text"].startswith("Tentang Tiket.com.\n")
        assert not (await asked(api, chat, sari, CEO))["text"].startswith("Tentang")
        # Nobody inherits what somebody else asked.
        other = await asked(api, api.private(tono), tono, REST)
        assert "Tentang" not in other["text"]


@played
async def test_new_forgets(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, _):
        sari = api.user("Sari")
        chat = api.private(sari)
        answer = await asked(api, chat, sari, "Siapa CEO Tiket.com?")
        assert "topik baru" in (await asked(api, chat, sari, "/new"))["text"]
        assert "Tentang" not in (await asked(api, chat, sari, REST))["text"]
        # A reply says itself what it is about.
        reply = await asked(api, chat, sari, REST, reply_to=answer)
        assert reply["text"].startswith("Tentang Tiket.com.\n")


@played
async def test_after_ten_minutes_a_question_stands_for_itself(tmp_path: Path) -> None:
    clock = Clock()
    async with office(tmp_path, now=clock) as (api, _):
        sari = api.user("Sari")
        chat = api.private(sari)
        answer = await asked(api, chat, sari, "Siapa CEO Tiket.com?")
        clock.ahead = 601
        assert "Tentang" not in (await asked(api, chat, sari, REST))["text"]
        reply = await asked(api, chat, sari, REST, reply_to=answer)
        assert reply["text"].startswith("Tentang Tiket.com.\n")


@played
async def test_a_reply_asks_about_the_article_a_month_and_a_restart_later(tmp_path: Path) -> None:
    clock = Clock()
    with BotApi() as api:
        sari = api.user("Sari", language_code="en")
        chat = api.private(sari)
        async with at_work(api, stored(tmp_path), now=clock):
            answer = await asked(api, chat, sari, "Who is the chief executive of Grab?")
        clock.ahead = MONTH
        async with at_work(api, tmp_path, now=clock):
            later = int(time() + MONTH)
            reply = await asked(api, chat, sari, "and in which city?", reply_to=answer, date=later)
            assert reply["text"].startswith("About Grab.\n")
            assert "in Jakarta" in reply["text"]


@played
async def test_a_reply_to_the_passage_in_its_context_asks_about_the_same(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, _):
        sari = api.user("Sari")
        chat = api.private(sari)
        answer = await asked(api, chat, sari, "Siapa CEO Tiket.com?")
        await pressed(api, sari, answer, "🔍 Konteks [1]")
        await api.until(lambda: len(api.sent(chat)) == 2)
        await asked(api, chat, sari, CEO)
        reply = await asked(api, chat, sari, REST, reply_to=api.sent(chat)[1])
        assert reply["text"].startswith("Tentang Tiket.com.\n")


@played
async def test_a_long_question_below_an_answer_is_about_its_article_unless_it_names_another(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, _):
        sari = api.user("Sari")
        chat = api.private(sari)
        answer = await asked(api, chat, sari, CEO)
        question = "berapa banyak perusahaan startup baru yang sampai sekarang sudah bergabung menurut berita?"
        assert "lebih dari 20 startup" in (await asked(api, chat, sari, question, reply_to=answer))["text"]
        other = await asked(api, chat, sari, "Siapa CEO Tiket.com?", reply_to=answer)
        assert "George Hendrata" in other["text"]
        assert not other["text"].startswith("Tentang")


@played
async def test_courtesy_is_not_looked_for_in_the_news(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, _):
        sari = api.user("Sari")
        chat = api.private(sari)
        assert (await asked(api, chat, sari, "Selamat pagi!"))["text"].startswith("Halo!")
        for thanks in ("Terima kasih banyak!", "ok", "👍"):
            await silent(api, chat, sari, thanks)
        reactions = [call.params["reaction"] for call in api.calls if call.method == "setMessageReaction"]
        assert reactions == [[{"type": "emoji", "emoji": "🙏"}]] * 3


@played
async def test_what_is_no_text_is_answered_kindly(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, _):
        sari = api.user("Sari")
        chat = api.private(sari)
        photo = [{"file_id": "1", "file_unique_id": "1", "width": 9, "height": 9}]
        assert "hanya bisa membaca teks" in (await asked(api, chat, sari, "", photo=photo))["text"]
        captioned = await asked(api, chat, sari, "", photo=photo, caption=CEO)
        assert "Jochen Goller" in captioned["text"]
        assert "/ask" in (await asked(api, chat, sari, "???"))["text"]
        assert "terlalu panjang" in (await asked(api, chat, sari, f"{CEO} {'x' * 1_000}"))["text"]
        await silent(api, chat, sari, CEO, edited=True)
        await silent(api, chat, sari, "Menurut ANTARA …", via_bot=True)


@played
async def test_questions_from_long_ago_are_skipped_once_and_politely(tmp_path: Path) -> None:
    with BotApi() as api:
        sari, tono = api.user("Sari"), api.user("Tono")
        chat, old = api.private(sari), int(time()) - 3600
        for _ in range(20):
            api.say(chat, sari, CEO, date=old)
        api.say(api.private(tono), tono, CEO, date=int(time()) - 300)
        async with at_work(api, stored(tmp_path), questions_per_minute=3):
            assert "Jochen Goller" in (await reply_in(api, api.private(tono)))["text"]
            await reply_in(api, chat)
            await api.settled()
            [skipped] = api.sent(chat)
            assert "sekitar 60 menit" in skipped["text"]
            # The backlog does not count: what is asked now is answered.
            assert "Jochen Goller" in (await asked(api, chat, sari, CEO))["text"]


@played
async def test_too_many_questions_are_told_once_and_then_passed_over(tmp_path: Path) -> None:
    clock = Clock()
    async with office(tmp_path, now=clock, questions_per_minute=2) as (api, _):
        sari, tono = api.user("Sari"), api.user("Tono")
        chat = api.private(sari)
        for _ in range(6):
            api.say(chat, sari, CEO)
        await api.until(lambda: len(api.sent(chat)) >= 3)
        await api.settled()
        texts = [message["text"] for message in api.sent(chat)]
        assert len(texts) == 3
        assert "coba lagi dalam 30 detik" in texts[2] or "coba lagi dalam 29 detik" in texts[2]
        assert "Jochen" in (await asked(api, api.private(tono), tono, CEO))["text"]
        clock.ahead = 31
        assert "Jochen" in (await asked(api, chat, sari, CEO))["text"]


@played
async def test_commands_count_as_well_but_start_is_never_silent(tmp_path: Path) -> None:
    async with office(tmp_path, questions_per_minute=1) as (api, _):
        sari = api.user("Sari")
        chat = api.private(sari)
        await asked(api, chat, sari, "/about")
        assert "pertanyaannya banyak sekali" in (await asked(api, chat, sari, "/sources"))["text"]
        names = ("latest", "sources", "help", "about", "privacy", "new", "language", "ask", "stats", "reindex", "other")
        for command in names:
            api.say(chat, sari, f"/{command}")
        for _ in range(3):
            api.say(chat, sari, "/start")
        await api.settled()
        await reply_in(api, chat, 5)
        assert all(message["text"].startswith("Halo!") for message in api.sent(chat)[2:])
        assert len(api.sent(chat)) == 5


@played
async def test_a_name_alone_shows_the_news_about_it_where_no_sentence_answers(tmp_path: Path) -> None:
    async with office(tmp_path, abstain_below=1) as (api, _):
        sari = api.user("Sari")
        chat = api.private(sari)
        news = await asked(api, chat, sari, "grab")
        assert news["text"].startswith("Berita terbaru tentang grab\n")
        assert hrefs(news) == [GRAB.url]
        assert buttons(news) == ["🔔 Ikuti Grab"]
        # "Siapa CEO-nya?" is about it now.
        assert (await asked(api, chat, sari, "Siapa CEO-nya?"))["text"].startswith("Tentang grab.")
        assert "tidak saya temukan" in (await asked(api, chat, sari, "Toyota"))["text"]
        assert buttons(api.sent(chat)[-1]) == ["🔔 Ikuti Toyota"]
        await pressed(api, sari, news, "🔔 Ikuti Grab")
        await api.until(lambda: buttons(chat.messages[news["message_id"]]) == ["✓ Mengikuti Grab"])
