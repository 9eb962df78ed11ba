"""Hostile articles, questions and names, through the whole bot (rows 32 to 34).

The fake Telegram takes only HTML that Telegram takes, and answers 400 to the rest: the oracle is that every message
went out at the first try, as HTML.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from bot_api import BotApi
from stage import BMW, NEWS, at_work, hrefs, play, reply_in, stored
from telegram_html import covered

from bot.text import units

MARKUP = "<b>tebal</b> </a> & &amp; &lt;i&gt; \"kutip\" 'petik' <script>alert(1)</script>"
RTL, POP, ZERO, BOM, TAG = "\u202e", "\u202c", "\u200b", "\ufeff", "\U000e0061\U000e007f"
FAMILY, FLAG = "👨‍👩‍👧", "🇮🇩"
QUESTION = "Siapa CEO BMW Group Region China?"


def all_fine(api: BotApi) -> None:
    """Every message was valid HTML at once, without previews, and no link leads anywhere odd."""
    calls = [c for c in api.calls if c.method in ("sendMessage", "editMessageText")]
    assert calls
    for call in calls:
        assert call.status == 200, call
        assert call.params.get("parse_mode") == "HTML", call
        assert call.params["link_preview_options"] == {"is_disabled": True}
    for message in api.sent():
        assert units(message["text"]) <= 4096
        for sign in (RTL, ZERO, BOM, TAG):
            assert sign not in message["text"]
        for link in hrefs(message):
            assert link.startswith(("http://", "https://")), link
    assert api.dropped_entities == 0


def scene_with(folder: Path, *questions: str) -> list[dict[str, Any]]:
    """What the bot says to these questions, one after the other, and then to a press on every button."""
    sent: list[dict[str, Any]] = []

    async def scene() -> None:
        with BotApi() as api:
            api.enforce_limits = False
            ani = api.user(MARKUP[:40])
            chat = api.private(ani)
            async with at_work(api, folder):
                for question in questions:
                    before = len(api.sent(chat))
                    api.say(chat, ani, question)
                    await reply_in(api, chat, before + 1)
                    await api.settled(0.1)
                for message in api.sent(chat):
                    rows = message.get("reply_markup", {}).get("inline_keyboard", ())
                    for data in [button["callback_data"] for row in rows for button in row]:
                        api.press(ani, message, data=data)
                        await api.settled(0.1)
                api.inline(ani, questions[0][:250])
                await api.until(lambda: api.inline_answers)
            for one in api.inline_answers[0]["results"]:
                assert one["input_message_content"]["link_preview_options"] == {"is_disabled": True}
            all_fine(api)
            sent.extend(api.sent(chat))

    play(scene())
    return sent


def test_markup_stays_text_and_links_lead_where_they_should(tmp_path: Path) -> None:
    url = "https://berita.example/x?a=1&b=2"
    one = replace(
        BMW, title=f"BMW {MARKUP}", publisher=f"Koran {MARKUP}", url=url, body=BMW.body.replace("Ia ", f"{MARKUP} Ia "),
        partners=("BMW", f"Mitra {MARKUP}"),
    )  # fmt: skip
    sent = scene_with(stored(tmp_path / "data", one), QUESTION, f"{QUESTION} {MARKUP}", "/latest", f"/latest {MARKUP}")
    assert "Jochen Goller" in sent[0]["text"]
    assert "<b>tebal</b> </a> &" in sent[0]["text"]  # as it was written, and not as markup
    for message in sent:
        assert {link.partition("#:~:text=")[0] for link in hrefs(message)} <= {url}


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "tg://resolve?domain=x", "data:text/html,x", "file:///etc/passwd", " javascript:x"]
)
def test_a_link_that_is_none_is_left_out(tmp_path: Path, url: str) -> None:
    sent = scene_with(stored(tmp_path / "data", replace(BMW, url=url)), QUESTION, "/latest")
    assert "Jochen Goller" in sent[0]["text"]
    assert all(hrefs(message) == [] for message in sent)


def touchable(message: dict[str, Any]) -> set[str]:
    """The commands, names of people and addresses that a touch would send or open."""
    kinds = ("bot_command", "mention", "url", "email")
    return {covered(message["text"], one) for one in message.get("entities", ()) if one["type"] in kinds}


def test_no_article_puts_a_command_a_person_or_an_address_under_anybodys_finger(tmp_path: Path) -> None:
    orders = "/unfollow /reindex@warta_bot (@bukan_orangnya) 5 km/jam atau 2/3 di hadiah-gratis.com surel a@b.id"
    one = replace(
        BMW, title=f"BMW {orders}", publisher=f"Koran {orders}", url="", partners=("BMW", f"Mitra {orders}"),
        body=f"Jochen Goller adalah Presiden dan CEO BMW Group Region China {orders}. Ia di {orders}.",
    )  # fmt: skip
    sent = scene_with(stored(tmp_path / "data", one), QUESTION, "/latest")
    for message in sent:
        assert touchable(message) == set()
    assert f"Group Region China {orders}." in sent[0]["text"]  # letter by letter as it was written


def test_invisible_signs_go_and_joined_emoji_stay(tmp_path: Path) -> None:
    one = replace(
        BMW,
        title=f"BMW {RTL}kilab{POP} {ZERO}{FAMILY} {FLAG}{TAG}",
        publisher=f"AN{ZERO}TARA{RTL}",
        body=f"Jochen Goller {FAMILY} adalah Presiden dan CEO {ZERO}BMW Group Region China{RTL} {FLAG}.",
    )
    sent = scene_with(stored(tmp_path / "data", one), QUESTION, f"{QUESTION} {RTL}{ZERO}{TAG}", "/latest")
    assert FAMILY in sent[0]["text"]
    assert FLAG in sent[0]["text"]


def test_what_is_long_is_cut_or_split_and_no_tag_is_broken(tmp_path: Path) -> None:
    long = " ".join(["Jochen Goller adalah Presiden dan CEO BMW Group Region China & <Alibaba>", "😀" * 40] * 60)
    one = replace(BMW, title="BMW & " + "<Judul> " * 200, publisher="P" * 500, body=f"{long}.\n\n{BMW.body}")
    sent = scene_with(stored(tmp_path / "data", one), QUESTION, "/latest", f"{QUESTION} {'<&>😀' * 800}")
    assert any("Jochen Goller" in message["text"] for message in sent)


@pytest.mark.parametrize(
    "question",
    ["\0", "NEAR(", '"', "*", "-", "title:", "<", "&", "&#0;", "\u202e", "\u200b\u200b\u200b\u200b", "\ud83d", "/",
     "BMW" + "😀" * 2000, "a" * 4096, "\n" * 50 + "BMW?"],
)  # fmt: skip
def test_odd_questions_get_an_answer_each(tmp_path: Path, question: str) -> None:
    async def scene() -> None:
        with BotApi() as api:
            ani = api.user("Ani")
            chat = api.private(ani)
            async with at_work(api, stored(tmp_path / "data", *NEWS)) as bot:
                api.say(chat, ani, question)
                await reply_in(api, chat)
                api.say(chat, ani, "/help")
                await api.settled()
                rows = await bot.services.desk.records(lambda r: r.store.read("select distinct state from inbox"))
                assert rows == [("done",)]
            all_fine(api)

    play(scene())
