"""The fake Telegram is held against what Telegram documents, and against python-telegram-bot as its client."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from bot_api import (
    BotApi,
    Fault,
    _burst,
    bad_gateway,
    bad_request,
    conflict,
    forbidden,
    garbage,
    not_found,
    reset,
    server_error,
    slow,
    too_many,
    unauthorized,
)
from bot_world import Chat, User
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeChat,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InputTextMessageContent,
    ReplyParameters,
    Update,
)
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.ext import Application, ContextTypes, MessageHandler, filters
from telegram.request import HTTPXRequest
from telegram_html import TextError, checked_link, covered, message_text, parse_html, with_found
from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPHeaders, HTTPServerRequest, ResponseStartLine
from tornado.testing import bind_unused_port

T = TypeVar("T")


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[BotApi]:
    # Without it the library warns of RetryAfter.retry_after's type as soon as it makes one.
    monkeypatch.setenv("PTB_TIMEDELTA", "true")
    with BotApi() as api:
        yield api


@asynccontextmanager
async def bot_of(api: BotApi, token: str = "", base: str = "") -> AsyncIterator[Bot]:
    """A bot that has not asked who it is, so that getMe does not stand among the calls."""
    async with HTTPXRequest() as request, HTTPXRequest() as polling:
        yield Bot(token or api.token, base or f"{api.url}/bot", request=request, get_updates_request=polling)


def ask(api: BotApi, act: Callable[[Bot], Awaitable[T]], token: str = "") -> T:
    """What one call gives."""

    async def run() -> T:
        async with bot_of(api, token) as bot:
            return await act(bot)

    return asyncio.run(run())


def known(api: BotApi, name: str = "Ani") -> tuple[User, Chat]:
    """A user who wrote to the bot already; the update is confirmed."""
    user = api.user(name)
    chat = api.private(user)
    api.say(chat, user, "/start")
    api.updates.clear()
    return user, chat


# The reading of HTML.

SOUND = [
    ("plain", "plain", []),
    ("<b>a</b> <i>b</i>", "a b", ["bold 0+1", "italic 2+1"]),
    ("<strong>a</strong><em>b</em><ins>c</ins><del>d</del>", "abcd",
     ["bold 0+1", "italic 1+1", "underline 2+1", "strikethrough 3+1"]),
    ("<u>a</u><s>b</s><strike>c</strike><tg-spoiler>d</tg-spoiler>", "abcd",
     ["underline 0+1", "strikethrough 1+2", "spoiler 3+1"]),
    ("<span class=\"tg-spoiler\">a</span>", "a", ["spoiler 0+1"]),
    ("<b>x<i>y</i></b>z", "xyz", ["bold 0+2", "italic 1+1"]),
    ("😀<b>é😀</b>k", "😀é😀k", ["bold 2+3"]),  # an emoji is two units of UTF-16, é is one
    ("👨‍👩‍👧<b>x</b>", "👨‍👩‍👧x", ["bold 8+1"]),  # three emojis and two joiners
    ("<B>a</b>", "a", ["bold 0+1"]),
    ("<b>a</>", "a", ["bold 0+1"]),
    ("<b >a</b >", "a", ["bold 0+1"]),
    ("&lt;b&gt; &amp;&quot;", '<b> &"', []),
    ("&#65;&#x42;&#x1F600;", "AB😀", []),
    ("&nbsp;&copy;&apos;", "&nbsp;&copy;&apos;", []),  # named, but none of the four that Telegram knows
    ("R&D & x; &", "R&D & x; &", []),
    ("&amplitude", "&amplitude", []),
    ("&lt;3", "<3", []),
    ("&#0;&#x110000;", "&#0;&#x110000;", []),
    ("<code>a</code>", "a", ["code 0+1"]),
    ("<pre>a</pre>", "a", ["pre 0+1"]),
    ("<pre><code class=\"language-python\">a</code></pre>", "a", ["pre 0+1 python"]),
    ("<code class=\"language-python\">a</code>", "a", ["code 0+1"]),  # a language is for pre only
    ("<code>a<b>b</b></code>", "ab", ["code 0+2"]),
    ("<b>a<code>b</code>c</b>", "abc", ["bold 0+1", "code 1+1", "bold 2+1"]),
    ("<blockquote>a\n<b>b</b></blockquote>", "a\nb", ["blockquote 0+3", "bold 2+1"]),
    ("<blockquote expandable>a</blockquote>", "a", ["expandable_blockquote 0+1"]),
    ("<blockquote>a<blockquote>b</blockquote></blockquote>", "ab", ["blockquote 0+2"]),
    ("<a href='https://x.com/a?b=1&amp;c=2'>t</a>", "t", ["text_link 0+1 https://x.com/a?b=1&c=2"]),
    ("<a href=\"x.com\">t</a>", "t", ["text_link 0+1 http://x.com/"]),
    ("<a>x.com</a>", "x.com", ["text_link 0+5 http://x.com/"]),
    ("<a href=\"halo\">t</a>", "t", []),
    ("<a href=\"javascript://x.com\">t</a>", "t", []),
    ("<a href=\"https://x.com:99999/\">t</a>", "t", []),
    ("<a href=\"https://x.com\">a<a href=\"https://y.com\">b</a></a>", "ab", ["text_link 0+2 https://x.com/"]),
    ("<b></b>a", "a", []),
    ("<tg-emoji emoji-id=\"5368324170671202286\">👍</tg-emoji>", "👍", ["custom_emoji 0+2 5368324170671202286"]),
]  # fmt: skip


@pytest.mark.parametrize(("source", "text", "spans"), SOUND, ids=[source for source, _, _ in SOUND])
def test_html_is_read_as_telegram_reads_it(source: str, text: str, spans: list[str]) -> None:
    found, entities = parse_html(source)
    assert found == text
    details = ("language", "url", "custom_emoji_id")
    assert [
        " ".join([f"{e['type']} {e['offset']}+{e['length']}", *(e[name] for name in details if name in e)])
        for e in entities
    ] == spans


UNSOUND = [
    ("a < b", 'Unsupported start tag "" at byte offset 2'),
    ("halo <x>", 'Unsupported start tag "x" at byte offset 5'),
    ("é😀<p>a</p>", 'Unsupported start tag "p" at byte offset 6'),  # é takes two bytes, the emoji four
    ("a<br/>b", 'Unsupported start tag "br/" at byte offset 1'),
    ("<!-- a -->", 'Unsupported start tag "!--" at byte offset 0'),
    ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
    ("a</b>", "Unexpected end tag at byte offset 1"),
    ("<b>a</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
    ("<b><i>a</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
    ("a <", "Unclosed start tag at byte offset 2"),
    ('<a href="x', "Unclosed start tag at byte offset 0"),
    ("<a href=", 'Unclosed start tag "a" at byte offset 0'),
    ("<b>a</b", "Unclosed end tag at byte offset 4"),
    ("<a href=http://x.com>a</a>", "Unexpected end of name token at byte offset 8"),
    ('<a "x">a</a>', 'Empty attribute name in the tag "a" at byte offset 0'),
    ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ("<tg-emoji>a</tg-emoji>", "Invalid custom emoji identifier specified"),
    ("a\0b", "Text must not contain null bytes"),
]


@pytest.mark.parametrize(("source", "words"), UNSOUND, ids=[words for _, words in UNSOUND])
def test_html_is_refused_in_the_words_of_telegram(source: str, words: str) -> None:
    with pytest.raises(TextError) as caught:
        parse_html(source)
    assert str(caught.value) == f"can't parse entities: {words}"


def test_a_text_is_cleaned_and_trimmed_and_its_entities_with_it() -> None:
    text, entities = message_text(" \n a\r\n\tb <b>c\u202e d</b>  \n", "HTML", None)
    assert text == "a\n b c d"
    assert [covered(text, one) for one in entities] == ["c d"]


@pytest.mark.parametrize("source", [" \n ", "<b> </b>", "<b></b>", "\u200b"])
def test_a_text_with_nothing_to_see_is_refused(source: str) -> None:
    with pytest.raises(TextError, match=r"^text must be non-empty$"):
        message_text(source, "HTML", None)


def test_what_telegram_finds_by_itself() -> None:
    text = "/cari@warta_uji_bot 😀 @andi, lihat https://x.com/a. #tag detik.com a@b.co x/y @an"
    found = [(one["type"], covered(text, one)) for one in with_found(text, [])]
    assert found == [
        ("bot_command", "/cari@warta_uji_bot"),
        ("mention", "@andi"),
        ("url", "https://x.com/a"),
        ("hashtag", "#tag"),
        ("url", "detik.com"),
    ]
    code = [{"type": "code", "offset": 0, "length": 19}]
    assert with_found("/cari@warta_uji_bot", code) == code


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://x.com:0/", "Wrong port number specified in the URL"),
        ("ftp://x.com", "Unsupported URL protocol"),
        ("localhost", "Wrong HTTP URL"),
        ("https://", "URL host is empty"),
    ],
)
def test_links_that_are_none(url: str, words: str) -> None:
    with pytest.raises(TextError, match=words):
        checked_link(url)


# Sending.


def test_a_message_comes_back_with_all_that_was_given(api: BotApi) -> None:
    _, chat = known(api)
    under = InlineKeyboardMarkup.from_row([InlineKeyboardButton("Lagi", callback_data="more:1")])
    sent = ask(api, lambda bot: bot.send_message(chat.id, "<b>Halo</b> 😀", "HTML", reply_markup=under))
    assert (sent.text, sent.chat.id, sent.from_user.id if sent.from_user else 0) == ("Halo 😀", chat.id, api.bot_id)
    assert [(one.type, one.offset, one.length) for one in sent.entities] == [("bold", 0, 4)]
    assert sent.reply_markup == under
    assert [(one["html"], one["method"]) for one in api.sent(chat)] == [("<b>Halo</b> 😀", "sendMessage")]
    assert sent.api_kwargs == {}  # what is kept for the tests is not told to the bot


Send = Callable[[Bot, int], Awaitable[object]]
REFUSED: list[tuple[str, Send]] = [
    ("message text is empty", lambda bot, chat: bot.send_message(chat, "")),
    ("message is too long", lambda bot, chat: bot.send_message(chat, "😀" * 2049)),
    ("text is too long", lambda bot, chat: bot.send_message(chat, "<b>x</b>" * 4097, "HTML")),
    ("chat not found", lambda bot, chat: bot.send_message(chat + 9999, "a")),
    ("message thread not found", lambda bot, chat: bot.send_message(chat, "a", message_thread_id=7)),
    ("message to be replied not found", lambda bot, chat: bot.send_message(chat, "a", reply_to_message_id=99)),
    ("message to edit not found", lambda bot, chat: bot.edit_message_text("a", chat, 99)),
    ("message can't be edited", lambda bot, chat: bot.edit_message_text("a", chat, 1)),
    ("message to delete not found", lambda bot, chat: bot.delete_message(chat, 99)),
    ("wrong parameter action in request", lambda bot, chat: bot.send_chat_action(chat, "thinking")),
    ("query is too old and response timeout expired or query ID is invalid",
     lambda bot, chat: bot.answer_callback_query("1")),
    ("BUTTON_DATA_INVALID", lambda bot, chat: bot.send_message(chat, "a", reply_markup=key(callback_data="é" * 33))),
    ("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
     lambda bot, chat: bot.send_message(chat, "a", reply_markup=key())),
    ("inline keyboard button URL 'https://x.com:x' is invalid: Wrong port number specified in the URL",
     lambda bot, chat: bot.send_message(chat, "a", reply_markup=key(url="https://x.com:x"))),
    ("REPLY_MARKUP_TOO_LONG", lambda bot, chat: bot.send_message(chat, "a", reply_markup=key(101, callback_data="a"))),
    ("BOT_COMMAND_INVALID", lambda bot, chat: bot.set_my_commands([BotCommand("Cari", "a")])),
    ("chat not found", lambda bot, chat: bot.set_my_commands([], BotCommandScopeChat(-5))),
    ("bad webhook: An HTTPS URL must be provided for webhook", lambda bot, chat: bot.set_webhook("http://x.com")),
]  # fmt: skip


def key(count: int = 1, **action: Any) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton("a", **action)]] * count)


@pytest.mark.parametrize(("words", "send"), REFUSED, ids=[words for words, _ in REFUSED])
def test_what_telegram_refuses(api: BotApi, words: str, send: Send) -> None:
    _, chat = known(api)
    with pytest.raises(BadRequest) as caught:
        ask(api, lambda bot: send(bot, chat.id))
    assert caught.value.message.lower() == words.lower()
    assert api.sent() == []
    assert api.calls[-1].status == 400


def test_4096_units_of_utf16_are_just_sent(api: BotApi) -> None:
    _, chat = known(api)
    assert len(ask(api, lambda bot: bot.send_message(chat.id, "😀" * 2048)).text or "") == 2048


def test_of_more_than_100_entities_the_rest_is_dropped(api: BotApi) -> None:
    _, chat = known(api)
    sent = ask(api, lambda bot: bot.send_message(chat.id, "<b>x</b> " * 103, "HTML"))
    assert (len(sent.entities), api.dropped_entities) == (100, 3)


def test_an_edit_changes_what_stands_there_and_must_change_something(api: BotApi) -> None:
    _, chat = known(api)
    under = key(callback_data="a")

    async def edit(bot: Bot) -> None:
        sent = await bot.send_message(chat.id, "<b>satu</b>", "HTML", reply_markup=under)
        with pytest.raises(BadRequest, match="Message is not modified"):
            await bot.edit_message_text("<b>satu</b>", chat.id, sent.message_id, parse_mode="HTML", reply_markup=under)
        with pytest.raises(BadRequest, match="Message_too_long"):
            await bot.edit_message_text("a" * 4097, chat.id, sent.message_id)
        await bot.edit_message_text("dua", chat.id, sent.message_id)

    ask(api, edit)
    stands, edited = api.sent(chat)[0], api.edits
    assert [(one["text"], one.get("reply_markup")) for one in [stands, *edited]] == [("dua", None)] * 2
    assert "edit_date" in stands


def test_a_reply_names_the_message_and_quotes_only_what_it_says(api: BotApi) -> None:
    user, chat = known(api)
    asked = api.say(chat, user, "apa kabar 😀 bank digital?")

    async def reply(bot: Bot) -> None:
        quoting = ReplyParameters(asked["message_id"], quote="<b>bank</b> digital", quote_parse_mode="HTML")
        sent = await bot.send_message(chat.id, "baik", reply_parameters=quoting)
        assert sent.reply_to_message is not None
        assert sent.quote is not None
        assert (sent.reply_to_message.text, sent.quote.position) == (asked["text"], 13)
        with pytest.raises(BadRequest, match="Quote_text_invalid"):
            await bot.send_message(chat.id, "baik", reply_parameters=ReplyParameters(asked["message_id"], quote="x"))
        lenient = ReplyParameters(4711, allow_sending_without_reply=True)
        assert (await bot.send_message(chat.id, "baik", reply_parameters=lenient)).reply_to_message is None

    ask(api, reply)


def test_a_document_is_kept(api: BotApi) -> None:
    _, chat = known(api)
    sent = ask(
        api, lambda bot: bot.send_document(chat.id, b"isi berkas", "<i>ini</i>", parse_mode="HTML", filename="a.txt")
    )
    assert sent.document is not None
    assert (sent.document.file_name, api.files[sent.document.file_id]) == ("a.txt", b"isi berkas")
    assert (sent.caption, sent.caption_entities[0].type) == ("ini", "italic")


def test_where_the_bot_may_not_write(api: BotApi) -> None:
    blocker, theirs = known(api)
    stranger, group, channel = api.user("Orang"), api.group("Warta"), api.channel("Kabar")
    left = api.group("Lama", kind="group")
    api.block(blocker)
    api.leave(group)
    ask(api, lambda bot: bot.leave_chat(left.id))
    for chat_id, words in [
        (theirs.id, "bot was blocked by the user"),
        (group.id, "bot was kicked from the supergroup chat"),
        (left.id, "bot is not a member of the group chat"),
        (stranger.id, "bot can't initiate conversation with a user"),
        (channel.id, "bot is not a member of the channel chat"),
    ]:
        with pytest.raises(Forbidden, match=words):
            ask(api, lambda bot, chat_id=chat_id: bot.send_message(chat_id, "a"))
    api.member(channel, api.bot)
    with pytest.raises(BadRequest, match="Need administrator rights in the channel chat"):
        ask(api, lambda bot: bot.send_message(channel.id, "a"))
    api.member(channel, api.bot, "administrator")
    assert ask(api, lambda bot: bot.send_message(channel.id, "a")).sender_chat is not None
    api.join(theirs)
    assert ask(api, lambda bot: bot.send_message(theirs.id, "a")).chat.id == theirs.id


def test_a_group_that_became_a_supergroup(api: BotApi) -> None:
    old = api.group("Warta", kind="group")
    new = api.migrate(old)
    with pytest.raises(ChatMigrated) as caught:
        ask(api, lambda bot: bot.send_message(old.id, "a"))
    assert caught.value.new_chat_id == new.id
    told = [update["message"] for update in api.updates]
    assert [(one["chat"]["id"], one.get("migrate_to_chat_id"), one.get("migrate_from_chat_id")) for one in told] == [
        (old.id, new.id, None),
        (new.id, None, old.id),
    ]


def test_topics_of_a_forum(api: BotApi) -> None:
    ani, forum = api.user("Ani"), api.group("Warta", forum=True)
    topic = api.topic(forum, "Bank")
    asked = api.say(forum, ani, "halo", thread=topic)
    assert "forum_topic_created" in asked["reply_to_message"]  # Telegram's own quirk
    there = ask(api, lambda bot: bot.send_message(forum.id, "a", message_thread_id=topic))
    replied = ask(api, lambda bot: bot.send_message(forum.id, "a", reply_to_message_id=asked["message_id"]))
    general = ask(api, lambda bot: bot.send_message(forum.id, "a"))
    assert [one.message_thread_id for one in (there, replied, general)] == [topic, topic, None]
    assert [one.is_topic_message for one in (there, replied, general)] == [True, True, None]


# Updates.


def test_an_offset_confirms_and_what_is_not_confirmed_comes_again(api: BotApi) -> None:
    ani = api.user("Ani")
    for text in "abcd":
        api.say(api.private(ani), ani, text)

    async def poll(bot: Bot) -> None:
        first = await bot.get_updates(limit=2)
        again = await bot.get_updates(limit=2)
        assert [one.update_id for one in first] == [one.update_id for one in again]
        rest = await bot.get_updates(offset=first[-1].update_id + 1)
        assert [one.message.text for one in rest if one.message] == ["c", "d"]
        assert api.queue_size == 2
        last = await bot.get_updates(offset=-1)
        assert [one.message.text for one in last if one.message] == ["d"]
        assert await bot.get_updates(offset=last[0].update_id + 1) == ()

    ask(api, poll)
    assert api.queue_size == 0


def test_a_long_poll_ends_with_the_first_update(api: BotApi) -> None:
    ani = api.user("Ani")

    async def poll(bot: Bot) -> tuple[Update, ...]:
        waiting = asyncio.create_task(bot.get_updates(timeout=20))
        await asyncio.sleep(0.2)
        assert not waiting.done()
        api.say(api.private(ani), ani, "halo")
        return await asyncio.wait_for(waiting, 5)

    assert [one.message.text for one in ask(api, poll) if one.message] == ["halo"]


def test_a_second_poll_ends_the_first(api: BotApi) -> None:
    async def poll(bot: Bot) -> None:
        first = asyncio.create_task(bot.get_updates(timeout=20))
        await asyncio.sleep(0.2)
        assert await bot.get_updates(timeout=0) == ()
        with pytest.raises(Conflict, match="terminated by other getUpdates request"):
            await first

    ask(api, poll)


def test_only_the_kinds_that_were_asked_for_come(api: BotApi) -> None:
    ani = api.user("Ani")
    ask(api, lambda bot: bot.get_updates(allowed_updates=["callback_query"]))
    api.say(api.private(ani), ani, "halo")
    assert api.queue_size == 0
    api.raw({"nonsense": []})
    ask(api, lambda bot: bot.get_updates(allowed_updates=[]))
    api.say(api.private(ani), ani, "halo")
    assert [list(one)[1] for one in api.updates] == ["nonsense", "message"]


def test_privacy_mode(api: BotApi) -> None:
    ani, group = api.user("Ani"), api.group("Warta")
    api.privacy = True
    mine = ask(api, lambda bot: bot.send_message(group.id, "tanya saya")).to_dict()
    other = api.say(group, ani, "halo semua")
    for text in ("/cari bank", "/cari@WARTA_uji_bot bank", "/cari@bot_lain bank", "hai @warta_uji_bot", "@warta_uji"):
        api.say(group, ani, text)
    api.say(group, ani, "balasan", reply_to=mine)
    api.say(group, ani, "balasan lain", reply_to=other)
    told = ["/cari bank", "/cari@WARTA_uji_bot bank", "hai @warta_uji_bot", "balasan"]
    assert [one["message"]["text"] for one in api.updates] == told
    assert ask(api, lambda bot: bot.get_me()).can_read_all_group_messages is False
    api.member(group, api.bot, "administrator")
    api.say(group, ani, "halo lagi")
    assert api.updates[-1]["message"]["text"] == "halo lagi"


def test_every_kind_of_update_is_understood_by_the_library(api: BotApi) -> None:
    ani, chat = known(api)
    group, channel = api.group("Warta"), api.channel("Kabar")
    api.member(channel, api.bot, "administrator")
    api.say(group, ani, "anonim", sender_chat=group)
    api.say(group, None, "siaran", sender_chat=channel, automatic=True)
    api.say(channel, None, "pos")
    first = api.say(chat, ani, "satu", forward=True, via_bot=True)
    api.say(chat, ani, "dua", edited=first)
    api.inline(ani, "bank")
    api.chosen(ani, "1", "bank")
    api.join(group)
    updates = ask(api, lambda bot: bot.get_updates())
    anonymous, automatic, post, message, edited, inline, chosen, joined, service = updates
    assert (anonymous.message.from_user.id, anonymous.message.sender_chat.id) == (1087968824, group.id)
    assert (automatic.message.is_automatic_forward, automatic.message.from_user.id) == (True, 777000)
    assert (post.channel_post.text, post.channel_post.from_user) == ("pos", None)
    assert (message.message.via_bot.id, message.message.forward_origin.sender_user.id) == (api.bot_id, ani.id)
    assert (edited.edited_message.message_id, edited.edited_message.text) == (first["message_id"], "dua")
    assert message.message.from_user.language_code == "id"
    assert (inline.inline_query.query, chosen.chosen_inline_result.result_id) == ("bank", "1")
    assert joined.my_chat_member.new_chat_member.status == "member"
    assert service.message.new_chat_members[0].id == api.bot_id


def test_a_button_is_pressed_by_its_text_and_answered_once_known(api: BotApi) -> None:
    ani, chat = known(api)

    async def run(bot: Bot) -> None:
        sent = (await bot.send_message(chat.id, "a", reply_markup=key(callback_data="more:1"))).to_dict()
        queries = [api.press(ani, sent, "a"), api.press(ani, sent, "more:1"), api.press(ani, sent, data="palsu")]
        pressed = [one.callback_query for one in await bot.get_updates() if one.callback_query]
        assert [(one.id, one.data) for one in pressed] == list(zip(queries, ["more:1", "more:1", "palsu"], strict=True))
        assert await pressed[0].answer("ok")
        with pytest.raises(BadRequest, match="Message_too_long"):
            await pressed[1].answer("a" * 201)
        api.expire(queries[1])
        with pytest.raises(BadRequest, match="Query is too old"):
            await pressed[1].answer()
        with pytest.raises(AssertionError, match="no button 'b' to press"):
            api.press(ani, sent, "b")
        assert [one.get("text") for one in api.answers] == ["ok"]

    ask(api, run)


def test_inline_results_are_checked_as_messages_are(api: BotApi) -> None:
    ani = api.user("Ani")
    query = api.inline(ani, "bank")

    def articles(*texts: str, same: bool = False) -> list[InlineQueryResultArticle]:
        return [
            InlineQueryResultArticle("0" if same else str(number), "judul", InputTextMessageContent(text, "HTML"))
            for number, text in enumerate(texts)
        ]

    for results, words in [
        (articles("a", "b", same=True), "Result_id_duplicate"),
        (articles("a", "<x>"), 'Can\'t parse entities: unsupported start tag "x" at byte offset 0'),
        (articles("a" * 4097), "Message_too_long"),
    ]:
        with pytest.raises(BadRequest, match=f"(?i){words}"):
            ask(api, lambda bot, results=results: bot.answer_inline_query(query, results))
    assert api.inline_answers == []
    assert ask(api, lambda bot: bot.answer_inline_query(query, articles("a"), cache_time=5, is_personal=True))
    assert [(one["cache_time"], one["is_personal"]) for one in api.inline_answers] == [(5, True)]


def test_commands_are_kept_by_scope_and_language(api: BotApi) -> None:
    _, chat = known(api)

    async def run(bot: Bot) -> None:
        await bot.set_my_commands([("cari", "Cari berita")], language_code="id")
        await bot.set_my_commands([("help", "Help")], BotCommandScopeChat(chat.id))
        assert [one.command for one in await bot.get_my_commands(BotCommandScopeChat(chat.id))] == ["help"]
        await bot.delete_my_commands(BotCommandScopeChat(chat.id))
        assert await bot.get_my_commands(BotCommandScopeChat(chat.id)) == ()

    ask(api, run)
    assert api.commands == {("default", "id"): [{"command": "cari", "description": "Cari berita"}]}


def test_chats_and_their_members(api: BotApi) -> None:
    ani, budi, group = api.user("Ani"), api.user("Budi"), api.group("Warta")
    api.member(group, ani, "creator")
    api.member(group, budi, "administrator")
    api.member(group, api.user("Cici"), "kicked")

    async def run(bot: Bot) -> None:
        assert (await bot.get_chat(group.id)).title == "Warta"
        assert {one.user.id for one in await bot.get_chat_administrators(group.id)} == {ani.id, budi.id}
        assert (await bot.get_chat_member(group.id, ani.id)).status == "creator"
        assert (await bot.get_chat_member(group.id, api.user("Dedi").id)).status == "left"
        assert await bot.get_chat_member_count(group.id) == 3  # Ani, Budi and the bot

    ask(api, run)


# Faults.


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        (too_many(7), RetryAfter, "Retry in (7 seconds|0:00:07)"),
        (forbidden("bot was blocked by the user"), Forbidden, "blocked by the user"),
        (bad_request("no"), BadRequest, "No"),
        (bad_request("up", migrate_to_chat_id=-1005), ChatMigrated, "-1005"),
        (unauthorized(), InvalidToken, "Unauthorized"),
        (not_found(), InvalidToken, "Not Found"),
        (conflict(), Conflict, "terminated by other getUpdates"),
        (bad_gateway(), NetworkError, "Bad Gateway"),
        (server_error(), NetworkError, "Internal Server Error"),
        (garbage(), TelegramError, "Invalid server response"),
        (reset(), NetworkError, "RemoteProtocolError"),
    ],
    ids=lambda value: "" if isinstance(value, Fault | str) else value.__name__,
)
def test_each_fault_as_the_library_sees_it(api: BotApi, fault: Fault, error: type[Exception], words: str) -> None:
    _, chat = known(api)
    api.fail("sendMessage", fault)
    with pytest.raises(error, match=words) as caught:
        ask(api, lambda bot: bot.send_message(chat.id, "a"))
    assert type(caught.value) is error
    assert api.sent() == []
    assert ask(api, lambda bot: bot.send_message(chat.id, "a")).text == "a"
    assert [one.status for one in api.calls] == [fault.status, 200]


def test_a_call_can_be_carried_out_and_its_answer_lost(api: BotApi) -> None:
    _, chat = known(api)
    api.fail("sendMessage", reset(after_accepting=True))
    api.fail("sendMessage", slow(0.5))
    with pytest.raises(NetworkError):
        ask(api, lambda bot: bot.send_message(chat.id, "satu"))
    with pytest.raises(TimedOut):
        ask(api, lambda bot: bot.send_message(chat.id, "dua", read_timeout=0.1))
    asyncio.run(api.until(lambda: len(api.sent(chat)) == 2))
    assert [one["text"] for one in api.sent(chat)] == ["satu", "dua"]


def test_faults_are_for_a_chat_and_for_so_many_times(api: BotApi) -> None:
    (_, one), (_, other) = known(api), known(api, "Budi")
    api.fail("sendMessage", server_error(), times=2, chat=one)
    api.fail("*", bad_gateway(), times=None, chat=other)
    outcomes = []
    for chat in (one, other, one, one, other):
        try:
            ask(api, lambda bot, chat=chat: bot.send_message(chat.id, "a"))
            outcomes.append(0)
        except NetworkError as e:
            outcomes.append(502 if "Bad Gateway" in str(e) else 500)
    assert outcomes == [500, 502, 500, 0, 502]
    api.heal()
    assert ask(api, lambda bot: bot.send_message(other.id, "a")).text == "a"


def test_chaos_is_the_same_for_the_same_seed(api: BotApi) -> None:
    _, chat = known(api)

    async def many(bot: Bot) -> list[bool]:
        return [isinstance(await outcome(bot.send_message(chat.id, "a")), TelegramError) for _ in range(40)]

    api.chaos(0.5, seed=3)
    first = ask(api, many)
    api.chaos(0.5, seed=3)
    assert ask(api, many) == first
    assert 10 < sum(first) < 30
    assert len(api.sent(chat)) == 2 * first.count(False)


async def outcome(call: Awaitable[object]) -> object:
    try:
        return await call
    except TelegramError as e:
        return e


def test_tokens_and_methods_that_there_are_not(api: BotApi) -> None:
    with pytest.raises(InvalidToken, match="Unauthorized"):
        ask(api, lambda bot: bot.get_me(), token="123456:other")
    with pytest.raises(InvalidToken, match="Not Found"):
        ask(api, lambda bot: bot.get_me(), token="nonsense")
    with pytest.raises(InvalidToken, match="endpoint 'noSuchMethod' does not exist"):
        ask(api, lambda bot: bot.do_api_request("noSuchMethod"))
    assert [(one.method, one.status) for one in api.calls] == [("getMe", 401), ("getMe", 404), ("noSuchMethod", 404)]


def test_method_names_are_read_in_any_case_and_parameters_from_query_and_json(api: BotApi) -> None:
    _, chat = known(api)
    base = f"{api.url}/bot{api.token}"
    from_query = httpx.get(f"{base}/SENDmessage", params={"chat_id": chat.id, "text": "[1]"})
    from_json = httpx.post(f"{base}/sendMessage", json={"chat_id": chat.id, "text": "dari JSON"})
    from_form = httpx.post(f"{base}/sendMessage", data={"chat_id": str(chat.id), "text": "dari formulir"})
    assert [one.status_code for one in (from_query, from_json, from_form)] == [200, 200, 200]
    assert [one["text"] for one in api.sent(chat)] == ["[1]", "dari JSON", "dari formulir"]
    assert [one.method for one in api.calls] == ["sendMessage"] * 3


def test_a_burst_is_what_came_faster_than_one_a_second() -> None:
    assert _burst([], 50.0) == 1
    assert _burst([0.0, 9.0, 10.0, 11.0], 12.0) == 1
    assert _burst([10.0, 10.0, 10.5], 11.0) == 3  # four, less the one that came back in that second


def test_what_is_sent_too_fast_is_counted_and_can_be_refused(api: BotApi) -> None:
    _, private = known(api)
    group = api.group("Warta")

    async def send(bot: Bot, chat: Chat, count: int) -> list[object]:
        return [await outcome(bot.send_message(chat.id, "a")) for _ in range(count)]

    ask(api, lambda bot: send(bot, private, 5))
    assert api.too_fast == []  # a short burst is fine
    ask(api, lambda bot: send(bot, private, 3))
    assert [(one.chat, one.rule) for one in api.too_fast] == [(private.id, "private")] * 3
    api.too_fast.clear()
    api.flood_control = True
    answers = ask(api, lambda bot: send(bot, group, 21))
    assert isinstance(answers[-1], RetryAfter)
    assert "group" in {one.rule for one in api.too_fast}
    assert len(api.sent(group)) == 20


# The webhook, and whole applications.


def test_updates_go_to_the_webhook_in_order_until_they_are_taken(api: BotApi) -> None:
    ani = api.user("Ani")
    got: list[tuple[str, str, str]] = []
    refusals = [500, 502]

    def receive(request: HTTPServerRequest) -> None:
        update = json.loads(request.body)
        secret = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        status = refusals.pop(0) if refusals else 200
        if status == 200:
            got.append((update["message"]["text"], secret, request.headers["Content-Type"]))
        request.connection.write_headers(
            ResponseStartLine("HTTP/1.1", status, ""), HTTPHeaders({"Content-Length": "0"})
        )
        request.connection.finish()

    async def run() -> None:
        socket, port = bind_unused_port()
        server = HTTPServer(receive)
        server.add_socket(socket)
        api.webhook_target = f"http://127.0.0.1:{port}/hook"
        async with bot_of(api) as bot:
            await bot.set_webhook("https://warta.example/hook", secret_token="rahasia", allowed_updates=["message"])
            for text in ("satu", "dua", "tiga"):
                api.say(api.private(ani), ani, text)
            await api.until(lambda: api.queue_size == 0)
            info = await bot.get_webhook_info()
            assert (info.url, info.allowed_updates) == ("https://warta.example/hook", ("message",))
            assert info.last_error_message == "Wrong response from the webhook: 502"
            with pytest.raises(Conflict, match="can't use getUpdates method while webhook is active"):
                await bot.get_updates()
            await bot.delete_webhook()
            assert await bot.get_updates() == ()
        server.stop()
        await server.close_all_connections()

    asyncio.run(run())
    assert got == [(text, "rahasia", "application/json") for text in ("satu", "dua", "tiga")]
    assert [status for _, status in api.delivered] == [500, 502, 200, 200, 200]


async def echo(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    assert update.message is not None
    await update.message.reply_html(f"<b>{update.message.text}</b>")


def application_of(api: BotApi) -> Any:
    application = Application.builder().token(api.token).base_url(f"{api.url}/bot").build()
    application.add_handler(MessageHandler(filters.TEXT, echo))
    return application


def test_an_application_polls_and_answers_through_faults(api: BotApi) -> None:
    ani = api.user("Ani")
    chat = api.private(ani)

    async def run() -> None:
        application = application_of(api)
        async with application:
            await application.start()
            await application.updater.start_polling(timeout=5)
            api.say(chat, ani, "halo")
            await api.until(lambda: len(api.sent(chat)) == 1)
            api.fail("getUpdates", reset())
            api.say(chat, ani, "lagi")
            await api.until(lambda: len(api.sent(chat)) == 2)
            await api.settled()
            await application.updater.stop()
            await application.stop()

    asyncio.run(run())
    assert [(one["text"], one["entities"][0]["type"]) for one in api.sent(chat)] == [("halo", "bold"), ("lagi", "bold")]
    assert api.queue_size == 0


def test_an_application_answers_at_its_webhook(api: BotApi) -> None:
    ani = api.user("Ani")
    chat = api.private(ani)

    async def run() -> None:
        socket, port = bind_unused_port()
        socket.close()
        application = application_of(api)
        async with application:
            await application.start()
            api.webhook_target = f"http://127.0.0.1:{port}/hook"
            hook = {"webhook_url": "https://warta.example/hook", "url_path": "hook", "secret_token": "rahasia"}
            await application.updater.start_webhook("127.0.0.1", port, **hook)
            api.say(chat, ani, "halo")
            await api.until(lambda: api.sent(chat))
            await application.updater.stop()
            await application.stop()

    asyncio.run(run())
    assert [status for _, status in api.delivered] == [200]
    assert [one["text"] for one in api.sent(chat)] == ["halo"]


def test_waiting_in_vain_tells_what_was_called(api: BotApi) -> None:
    ask(api, lambda bot: bot.get_me())
    with pytest.raises(AssertionError, match=r"(?s)not within 0.1 s.*200 getMe.*0 updates wait"):
        asyncio.run(api.until(lambda: api.sent(), timeout=0.1))


def test_it_ends_at_once_whatever_is_under_way(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        async with bot_of(api) as bot:
            calls = [asyncio.create_task(outcome(call)) for call in (bot.get_updates(timeout=30), bot.get_me())]
            await asyncio.sleep(0.2)
            await asyncio.to_thread(api.__exit__, None, None, None)
            assert all(isinstance(one, TelegramError) for one in await asyncio.gather(*calls))

    api = BotApi()
    api.__enter__()
    api.fail("getMe", slow(30))
    began = time.monotonic()
    asyncio.run(run())
    assert time.monotonic() - began < 5
    assert caplog.records == []


def test_inline_messages_are_pressed_and_edited(api: BotApi) -> None:
    ani = api.user("Ani")
    number = api.chosen(
        ani, "1", "bank", inline_message={"text": "a", "reply_markup": key(callback_data="b").to_dict()}
    )
    assert number is not None
    api.press(ani, number, "b")
    pressed = ask(api, lambda bot: bot.get_updates())[-1].callback_query
    assert pressed is not None
    assert (pressed.inline_message_id, pressed.message, pressed.data) == (number, None, "b")
    assert ask(api, lambda bot: bot.edit_message_text("c", inline_message_id=number)) is True
    with pytest.raises(BadRequest, match="Message_id_invalid"):
        ask(api, lambda bot: bot.edit_message_text("c", inline_message_id="x"))
    assert [one["text"] for one in api.edits] == ["c"]


def test_it_runs_in_a_process_of_its_own() -> None:
    script = str(Path(__file__).with_name("bot_api.py"))
    with subprocess.Popen(
        [sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        process.stdin.write(json.dumps({"user": 7, "text": "halo"}) + "\n")
        process.stdin.flush()

        async def poll() -> list[str | None]:
            async with bot_of(BotApi(), told["token"], f"{told['url']}/bot") as bot:
                return [one.message.text for one in await bot.get_updates(timeout=5) if one.message]

        assert asyncio.run(poll()) == ["halo"]
        process.stdin.close()
        assert [one["method"] for one in json.loads(process.stdout.readline())] == ["getUpdates"]
    assert process.returncode == 0
