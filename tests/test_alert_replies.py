"""Replies to alerts: first the article is asked, then all of them."""

from __future__ import annotations

from pathlib import Path
from time import time

from alerts import alerted, digested, follow
from bot_api import BotApi
from stage import BMW, GRAB, TIKET, Clock, asked, at_work, office, played, pressed, reply_in, stored

from bot.asking import about_articles
from index.types import Article

CEO = "Siapa CEO-nya?"


@played
async def test_a_reply_to_an_alert_is_answered_from_its_article(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        sari = api.user("Sari")
        chat = api.private(sari)
        alert = await alerted(api, bot, chat, 1)
        answer = await asked(api, chat, sari, CEO, reply_to=alert)
        assert answer["text"].startswith("Tentang BMW, Alibaba.\nMenurut ANTARA (21 Oktober 2020):\n")
        assert "“Jochen Goller adalah Presiden dan CEO BMW Group Region China.” [1]" in answer["text"]
        # What follows inherits the names as usual.
        more = await asked(api, chat, sari, "Dengan siapa mereka bermitra?")
        assert more["text"].startswith("Tentang BMW")


@played
async def test_each_alert_is_about_its_own_article(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        sari = api.user("Sari")
        chat = api.private(sari)
        alerts = [await alerted(api, bot, chat, number) for number in (1, 3)]
        named = ("Jochen Goller", "George Hendrata")
        for alert, name in (*zip(alerts, named, strict=True), (alerts[0], named[0])):
            assert name in (await asked(api, chat, sari, CEO, reply_to=alert))["text"]


@played
async def test_a_question_that_names_something_else_is_asked_of_all(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        sari = api.user("Sari")
        chat = api.private(sari)
        alert = await alerted(api, bot, chat, 1)
        answer = await asked(api, chat, sari, "Siapa CEO Tiket.com?", reply_to=alert)
        assert "George Hendrata" in answer["text"]
        assert not answer["text"].startswith("Tentang")


@played
async def test_a_month_and_a_restart_later(tmp_path: Path) -> None:
    clock = Clock()
    with BotApi() as api:
        sari = api.user("Sari")
        chat = api.private(sari)
        async with at_work(api, stored(tmp_path), now=clock) as bot:
            alert = await alerted(api, bot, chat, 3)
        clock.ahead = 30 * 86_400
        async with at_work(api, tmp_path, now=clock):
            later = int(time() + clock.ahead)
            answer = await asked(api, chat, sari, CEO, reply_to=alert, date=later)
            assert "George Hendrata" in answer["text"]


@played
async def test_a_reply_to_a_digest_is_answered_from_its_articles(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        sari = api.user("Sari")
        chat = api.private(sari)
        digest = await digested(api, bot, chat, 2, 3)
        assert "2 berita untuk Anda" in digest["text"]
        answer = await asked(api, chat, sari, "Siapa CEO Tiket.com?", reply_to=digest)
        assert "George Hendrata" in answer["text"]
        # Nobody can tell which of its stories "-nya" means.
        assert not (await asked(api, chat, sari, CEO, reply_to=digest))["text"].startswith("Tentang")


@played
async def test_the_prompt_asks_about_the_article_too_in_a_group(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        api.privacy = True
        group, sari = api.group("Redaksi"), api.user("Sari")
        alert = await alerted(api, bot, group, 3)
        await pressed(api, sari, alert, "💬 Tanya tentang ini")
        prompt = await reply_in(api, group, 2)
        answer = await asked(api, group, sari, CEO, reply_to=prompt)
        assert "George Hendrata" in answer["text"]
        assert answer["reply_to_message"]["text"] == CEO


@played
async def test_when_the_article_is_gone_all_are_asked(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        sari = api.user("Sari")
        chat = api.private(sari)
        alert = await alerted(api, bot, chat, 3)
        await bot.services.desk.news(lambda warta: warta.store.remove_article(3))
        answer = await asked(api, chat, sari, "Siapa CEO BMW Group Region China?", reply_to=alert)
        assert "Jochen Goller" in answer["text"]


def test_what_a_reply_may_name() -> None:
    one = about_articles({1: BMW}, ("BMW", "Alibaba", "Tiga", "Empat"))
    assert (one.names, one.articles) == (("BMW", "Alibaba", "Tiga"), (1,))
    untagged = Article("Dana, Naik", "Isi.", "/x")
    assert about_articles({4: untagged}, ()).names == ("Dana Naik",)
    assert about_articles({4: Article("", "Isi.", "/x")}, ()).names == ()
    many = about_articles({1: BMW, 2: GRAB, 3: TIKET}, ("BMW", "Grab"))
    assert (many.names, many.articles) == ((), (1, 2, 3))
    assert about_articles({}, ()).articles == ()


@played
async def test_a_name_that_the_text_holds_is_asked_of_the_article_first(tmp_path: Path) -> None:
    """But "dana", which is money, is not Dana."""
    named = Article(
        "Bank Contoh Menyalurkan Kredit",
        "Bank Contoh menyalurkan dana kepada petani.\n\nSiti Aminah adalah direktur Bank Contoh. Ia lahir di Solo.",
        "/1", "id", publisher="Kompas", partners=("Bank Contoh",),
    )  # fmt: skip
    other = Article(
        "Dana Menunjuk Direktur",
        "Rudi adalah direktur Dana.\n\nSiti Aminah adalah penulis buku yang lahir di Padang pada tahun 1970.",
        "/2", "id", publisher="Tempo",
    )  # fmt: skip
    with BotApi() as api:
        sari = api.user("Sari")
        chat = api.private(sari)
        async with at_work(api, stored(tmp_path, named, other)) as bot:
            [number] = await follow(bot, chat, "Bank Contoh")
            alert = await alerted(api, bot, chat, 1, follows=[number])
            about = await asked(api, chat, sari, "Siti Aminah lahir di mana?", reply_to=alert)
            assert "Kompas" in about["text"]
            assert "Tempo" not in about["text"]
            dana = await asked(api, chat, sari, "Siapa direktur Dana?", reply_to=alert)
            assert "Rudi adalah direktur Dana." in dana["text"]
