"""Who a message is from, and whether it asks the bot anything."""

from __future__ import annotations

from typing import Any

import pytest
from telegram import Message, User

from bot.addressing import Sender, language_for, place_of, question_in, sender_of
from bot.records import Place

ME = User(7, "Warta", is_bot=True, username="warta_uji_bot")
SARI = {"id": 5, "is_bot": False, "first_name": "Sari", "language_code": "id"}
BOT = {"id": 7, "is_bot": True, "first_name": "Warta", "username": "warta_uji_bot"}
GROUP = {"id": -100, "type": "supergroup", "title": "Redaksi"}
PRIVATE = {"id": 5, "type": "private", "first_name": "Sari"}


def message(chat: dict[str, Any], text: str | None, **more: Any) -> Message:
    text = text or ""
    at = text.find("@")
    name = text[at:].split(" ")[0].rstrip(",.?:")
    entities = [{"type": "mention", "offset": at, "length": len(name)}] if at >= 0 else []
    given = {"message_id": 1, "date": 0, "chat": chat, "from": SARI}
    given |= ({"text": text, "entities": entities} if text else {}) | more
    made = Message.de_json(given)
    assert made is not None
    return made


def reply_to(author: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"reply_to_message": {"message_id": 9, "date": 0, "chat": GROUP, "from": author} | more}


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("@warta_uji_bot siapa CEO BMW?", "siapa CEO BMW?"),
        ("@Warta_Uji_Bot, siapa CEO BMW?", "siapa CEO BMW?"),
        ("siapa CEO BMW, @warta_uji_bot?", "siapa CEO BMW, ?"),
        ("@warta_uji_bot", ""),
        ("@warta_uji_bot2 siapa CEO BMW?", None),
        ("@other_bot siapa CEO BMW?", None),
        ("siapa CEO BMW?", None),
    ],
)
def test_a_group_asks_by_mentioning(text: str, question: str | None) -> None:
    assert question_in(message(GROUP, text), ME) == question
    assert question_in(message({**GROUP, "type": "group"}, text), ME) == question
    assert question_in(message({**GROUP, "type": "channel"}, text), ME) is None


def test_a_mention_by_name_counts() -> None:
    entity = {"type": "text_mention", "offset": 0, "length": 5, "user": BOT}
    assert question_in(message(GROUP, "Warta siapa CEO BMW?", entities=[entity]), ME) == "siapa CEO BMW?"
    other = {**entity, "user": SARI}
    assert question_in(message(GROUP, "Warta siapa CEO BMW?", entities=[other]), ME) is None


def test_a_reply_to_the_bot_asks_it_and_other_replies_do_not() -> None:
    assert question_in(message(GROUP, "dan kapan?", **reply_to(BOT)), ME) == "dan kapan?"
    assert question_in(message(GROUP, "dan kapan?", **reply_to(SARI)), ME) is None
    # What stands alone in a topic that the bot made replies to its creation.
    topic = {"name": "Mitra", "icon_color": 7322096}
    assert question_in(message(GROUP, "halo", **reply_to(BOT, forum_topic_created=topic)), ME) is None


def test_in_private_everything_asks_but_what_came_by_way_of_the_bot() -> None:
    assert question_in(message(PRIVATE, "siapa CEO BMW?"), ME) == "siapa CEO BMW?"
    assert question_in(message(PRIVATE, "Menurut ANTARA", via_bot=BOT), ME) is None
    assert question_in(message(GROUP, "Menurut @warta_uji_bot", via_bot=BOT), ME) is None
    assert question_in(message(PRIVATE, None), ME) is None


def test_a_caption_is_a_text() -> None:
    entity = {"type": "mention", "offset": 0, "length": 14}
    photo = {"caption": "@warta_uji_bot siapa ini?", "caption_entities": [entity]}
    assert question_in(message(GROUP, None, **photo), ME) == "siapa ini?"


def test_a_channel_or_an_anonymous_administrator_is_no_person() -> None:
    assert sender_of(message(GROUP, "x")) == Sender(5, 5, "id")
    anonymous = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
    assert sender_of(message(GROUP, "x", **{"from": anonymous}, sender_chat=GROUP)) == Sender(0, -100, "")
    channel = {"id": -200, "type": "channel", "title": "Kabar"}
    assert sender_of(message(GROUP, "x", sender_chat=channel)) == Sender(0, -200, "")


def test_only_a_forums_topic_is_a_place_of_its_own() -> None:
    assert place_of(message(GROUP, "x", message_thread_id=3, is_topic_message=True)) == Place(-100, 3)
    assert place_of(message(GROUP, "x", message_thread_id=3)) == Place(-100)


@pytest.mark.parametrize(
    ("chosen", "code", "language"),
    [("en", "id", "en"), ("", "en-US", "en"), ("", "id", "id"), ("", "ms", "id"), ("", "", "id"), ("id", "en", "id")],
)
def test_the_chats_choice_comes_before_the_persons(chosen: str, code: str, language: str) -> None:
    assert language_for(chosen, code) == language
