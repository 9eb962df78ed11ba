"""/follow, /unfollow and /following: who may, what is said, and the buttons below the list."""

from __future__ import annotations

from pathlib import Path

import pytest
from bot_api import BotApi
from bot_world import Chat, User
from stage import Message, asked, office, played, pressed, silent

from bot.life import Bot
from bot.records import Follow, Place
from index.interests import interest_of

ADMINS = "Di grup, hanya admin yang bisa mengatur pemberitahuan."
GONE = "Tombol ini sudah tidak berlaku. Buka lagi daftarnya dengan /following atau /alerts."


async def followed(bot: Bot, chat: Chat) -> list[Follow]:
    return await bot.services.desk.records(lambda r: r.follows.of_chat(chat.id))


async def patterns(bot: Bot, chat: Chat) -> list[str]:
    return [one.interest.pattern for one in await followed(bot, chat)]


async def seed(bot: Bot, place: Place, *names: str) -> None:
    for name in names:
        assert await bot.services.desk.records(
            lambda r, name=name: r.follows.add(place, interest_of("partner", name), 1, 0.0)
        )


def shows(api: BotApi, message: Message) -> str:
    """What a message says by now."""
    return str(api.chats[message["chat"]["id"]].messages[message["message_id"]]["text"])


def person(api: BotApi, name: str = "Sari", **more: str) -> tuple[User, Chat]:
    user = api.user(name, **more)
    return user, api.private(user)


@pytest.mark.parametrize("words", ["", " ?", "?"])
@played
async def test_follow_alone_tells_how(tmp_path: Path, words: str) -> None:
    async with office(tmp_path) as (api, bot):
        sari, chat = person(api)
        how = (await asked(api, chat, sari, f"/follow{words}"))["text"]
        assert "/follow BMW" in how
        assert "/follow kerja sama +baterai -nikel" in how
        assert "/follow? " in how
        assert await followed(bot, chat) == []


@pytest.mark.parametrize(
    ("command", "found", "said"),
    [
        ("/follow bmw", [("partner", "BMW")], "🔔 Diikuti: berita yang menyebut BMW."),
        (
            '/follow "BMW Alibaba"',
            [("partner", "BMW + Alibaba")],
            "🔔 Diikuti: berita yang menyebut BMW dan Alibaba.",
        ),
        (
            "/follow BMW, Grab",
            [("partner", "BMW"), ("partner", "Grab")],
            "🔔 Diikuti: berita yang menyebut BMW.\n🔔 Diikuti: berita yang menyebut Grab.",
        ),
        (
            "/follow kerja sama +baterai -nikel",
            [("keywords", "kerja sama +baterai -nikel")],
            "🔔 Diikuti: berita yang memuat “kerja sama” dan “baterai”, tanpa “nikel”.",
        ),
        (
            "/follow? Siapa yang membangun pabrik baterai",
            [("question", "Siapa yang membangun pabrik baterai")],
            "🔔 Diikuti: berita yang menjawab “Siapa yang membangun pabrik baterai”.",
        ),
        (
            "/follow ? Siapa CEO Grab?",
            [("question", "Siapa CEO Grab?")],
            "🔔 Diikuti: berita yang menjawab “Siapa CEO Grab?”.",
        ),
        (
            "/follow@warta_uji_bot? Siapa CEO Grab",
            [("question", "Siapa CEO Grab")],
            "🔔 Diikuti: berita yang menjawab “Siapa CEO Grab”.",
        ),
        (
            "/follow Apakah ada kerja sama baterai baru?",
            [("question", "Apakah ada kerja sama baterai baru?")],
            "🔔 Diikuti: berita yang menjawab “Apakah ada kerja sama baterai baru?”.",
        ),
    ],
)
@played
async def test_what_was_understood_is_said_back(
    tmp_path: Path, command: str, found: list[tuple[str, str]], said: str
) -> None:
    async with office(tmp_path) as (api, bot):
        sari, chat = person(api)
        reply = (await asked(api, chat, sari, command))["text"]
        lines, _, hint = reply.partition("\n\n")
        assert lines == said
        assert "/preview" in hint
        assert "/alerts" in hint
        follows = await followed(bot, chat)
        assert [(one.interest.kind, one.interest.pattern) for one in follows] == found
        assert {(one.place, one.created_by) for one in follows} == {(Place(chat.id), sari.id)}


@played
async def test_english_is_spoken_to_whom_it_is_spoken_by(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, _):
        ann, chat = person(api, "Ann", language_code="en")
        reply = (await asked(api, chat, ann, "/follow partnership +battery -nickel"))["text"]
        assert reply.startswith("🔔 Following: news that contains “partnership” and “battery”, without “nickel”.")
        listed = await asked(api, chat, ann, "/following")
        assert "1. partnership +battery -nickel (keywords)" in listed["text"]


@played
async def test_what_is_followed_already_is_said_and_a_place_has_a_limit(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        sari, chat = person(api)
        await seed(bot, Place(chat.id), *(f"Mitra {number}" for number in range(49)))
        reply = (await asked(api, chat, sari, "/follow mitra 3, BMW, Grab"))["text"]
        assert reply.split("\n")[:3] == [
            "Sudah diikuti: berita yang menyebut mitra 3.",
            "🔔 Diikuti: berita yang menyebut BMW.",
            "Tidak bisa ditambahkan: berita yang menyebut Grab. Di sini sudah 50 yang diikuti, dan itu batasnya; hapus "
            "dulu salah satunya lewat /following.",
        ]
        assert "/preview" not in (await asked(api, chat, sari, "/follow BMW"))["text"]
        assert len(await followed(bot, chat)) == 50


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("+ - !", "tidak menemukan kata"),
        ("a" * 300, "terlalu panjang"),
        ("-nikel", "Tambahkan kata yang harus ada"),
        ("dan", "hampir semua berita"),
        (", ".join(f"Mitra{number}" for number in range(11)), "terlalu banyak sekaligus"),
    ],
)
@played
async def test_what_cannot_be_followed_is_explained(tmp_path: Path, words: str, said: str) -> None:
    async with office(tmp_path) as (api, bot):
        sari, chat = person(api)
        assert said in (await asked(api, chat, sari, f"/follow {words}"))["text"]
        assert await followed(bot, chat) == []


@played
async def test_markup_in_words_is_only_words(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        sari, chat = person(api)
        reply = await asked(api, chat, sari, "/follow <b>A&B</b> +x<y")
        assert "A&B" in reply["text"]
        listed = await asked(api, chat, sari, "/following")
        assert "x<y" in listed["text"]
        assert [one["type"] for one in listed["entities"] if one["type"] != "bot_command"] == ["bold", "bold"]
        assert len(await followed(bot, chat)) == 1


# Rights


@played
async def test_in_a_group_only_administrators_decide_and_all_may_look(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        group, sari, tono = api.group("Redaksi"), api.user("Sari"), api.user("Tono")
        api.member(group, sari, "administrator")
        for command in ("/follow BMW", "/unfollow BMW", "/alerts senyap"):
            assert (await asked(api, group, tono, command))["text"] == ADMINS
        assert (await asked(api, group, sari, "/follow BMW"))["text"].startswith("🔔 Diikuti")
        assert "1. BMW (mitra)" in (await asked(api, group, tono, "/following"))["text"]
        assert (await asked(api, group, tono, "/unfollow BMW"))["text"] == ADMINS
        assert await patterns(bot, group) == ["BMW"]
        api.member(group, sari, "member")
        assert (await asked(api, group, sari, "/follow Grab"))["text"] == ADMINS
        api.member(group, sari, "creator")
        assert (await asked(api, group, sari, "/unfollow bmw"))["text"].startswith("Tidak lagi diikuti")
        assert await patterns(bot, group) == []


@played
async def test_the_anonymous_administrator_decides_and_a_channel_in_a_group_does_not(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        group, sari = api.group("Redaksi"), api.user("Sari")
        channel = api.channel("Kabar")
        assert (await asked(api, group, sari, "/follow BMW", sender_chat=channel))["text"] == ADMINS
        assert (await asked(api, group, sari, "/follow BMW", sender_chat=channel, automatic=True))["text"] == ADMINS
        assert await patterns(bot, group) == []
        await asked(api, group, sari, "/follow BMW", sender_chat=group)
        assert [(one.interest.pattern, one.created_by) for one in await followed(bot, group)] == [("BMW", 0)]


@played
async def test_what_an_administrator_forwards_was_not_ordered_by_them(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        group, sari = api.group("Redaksi"), api.user("Sari")
        api.member(group, sari, "administrator")
        assert (await asked(api, group, sari, "/follow BMW", forward=True))["text"] == ADMINS
        assert await patterns(bot, group) == []


@played
async def test_a_topic_follows_for_itself(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        group, sari = api.group("Redaksi", forum=True), api.user("Sari")
        api.member(group, sari, "administrator")
        topic, other = api.topic(group, "Mitra"), api.topic(group, "Lain")
        reply = await asked(api, group, sari, "/follow BMW", thread=topic)
        assert reply["thread"] == topic
        assert "Beritanya akan dikirim ke sini." in reply["text"]
        await asked(api, group, sari, "/follow BMW", thread=other)
        await asked(api, group, sari, "/follow Grab")
        assert [one.place for one in await followed(bot, group)] == [
            Place(group.id, topic),
            Place(group.id, other),
            Place(group.id),
        ]
        listed = await asked(api, group, sari, "/following", thread=other)
        assert listed["text"].split("\n")[2:] == [
            "1. BMW (mitra, topik lain)",
            "2. BMW (mitra, topik ini)",
            "3. Grab (mitra, topik umum)",
        ]
        links = [one["url"] for one in listed["entities"] if one["type"] == "text_link"]
        assert links == [f"https://t.me/c/{str(group.id)[4:]}/{topic}"]
        # The same is followed in two topics: the one where it is written is meant.
        await asked(api, group, sari, "/unfollow bmw", thread=other)
        assert [one.place.thread_id for one in await followed(bot, group)] == [topic, 0]


# /unfollow


@pytest.mark.parametrize("words", ["BMW", "bmw", "2", "#2", "BMW Group", '"bmw"'])
@played
async def test_one_is_unfollowed_by_any_of_its_names_or_its_number(tmp_path: Path, words: str) -> None:
    (tmp_path / "partners.txt").write_text("BMW = BMW Group\n", encoding="utf-8")
    async with office(tmp_path) as (api, bot):
        sari, chat = person(api)
        await seed(bot, Place(chat.id), "Grab", "BMW", "Gojek")
        reply = (await asked(api, chat, sari, f"/unfollow {words}"))["text"]
        assert reply == "Tidak lagi diikuti: berita yang menyebut BMW.\nUntuk mengikutinya lagi: /follow BMW"
        assert await patterns(bot, chat) == ["Grab", "Gojek"]


@pytest.mark.parametrize(
    "command",
    [
        '/follow "BMW Alibaba"',
        "/follow kerja sama +baterai -nikel",
        "/follow +baterai",
        "/follow? Siapa CEO Grab",
        "/follow Apakah ada pabrik baru?",
    ],
)
@played
async def test_what_is_said_to_write_follows_the_same_again(tmp_path: Path, command: str) -> None:
    async with office(tmp_path) as (api, bot):
        sari, chat = person(api)
        await asked(api, chat, sari, command)
        [before] = await followed(bot, chat)
        reply = (await asked(api, chat, sari, f"/un{command[1:]}"))["text"]
        assert await followed(bot, chat) == []
        again = reply.partition("lagi: ")[2]
        await asked(api, chat, sari, again)
        assert [one.interest for one in await followed(bot, chat)] == [before.interest]


@pytest.mark.parametrize("words", ["Gojek", "9", "0", "a" * 500, "-", "dan"])
@played
async def test_what_is_not_followed_cannot_be_unfollowed(tmp_path: Path, words: str) -> None:
    async with office(tmp_path) as (api, bot):
        sari, chat = person(api)
        await seed(bot, Place(chat.id), "Grab")
        assert "tidak ada dalam daftar" in (await asked(api, chat, sari, f"/unfollow {words}"))["text"]
        assert await patterns(bot, chat) == ["Grab"]


@played
async def test_unfollow_alone_shows_the_list(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        sari, chat = person(api)
        assert "/follow BMW" in (await asked(api, chat, sari, "/unfollow"))["text"]
        await seed(bot, Place(chat.id), "Grab")
        assert "1. Grab (mitra)" in (await asked(api, chat, sari, "/unfollow"))["text"]


@played
async def test_who_asks_too_fast_is_told_once(tmp_path: Path) -> None:
    async with office(tmp_path, questions_per_minute=2) as (api, bot):
        sari, chat = person(api)
        await asked(api, chat, sari, "/follow BMW")
        await asked(api, chat, sari, "/following")
        assert "detik" in (await asked(api, chat, sari, "/follow Grab"))["text"]
        await silent(api, chat, sari, "/follow Gojek")
        assert await patterns(bot, chat) == ["BMW"]


@played
async def test_where_one_topic_takes_all_alerts_the_others_do_not_promise_them(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, _):
        group, sari = api.group("Redaksi", forum=True), api.user("Sari")
        api.member(group, sari, "administrator")
        topic, other = api.topic(group, "Mitra"), api.topic(group, "Lain")
        await asked(api, group, sari, "/alerts topik", thread=topic)
        assert "akan dikirim ke sini" in (await asked(api, group, sari, "/follow Grab", thread=topic))["text"]
        elsewhere = (await asked(api, group, sari, "/follow Grab", thread=other))["text"]
        assert "akan dikirim ke topik yang dipilih dengan /alerts topik." in elsewhere
        answer = await asked(api, group, sari, "/ask Siapa CEO BMW Group Region China?", thread=other)
        toast = await pressed(api, sari, answer, "🔔 Ikuti BMW")
        assert toast["text"].startswith(
            "Diikuti: BMW. Beritanya akan dikirim ke topik yang dipilih dengan /alerts topik."
        )
        assert len(toast["text"]) <= 200


@played
async def test_the_bots_own_name_is_no_channel(tmp_path: Path) -> None:
    async with office(tmp_path) as (api, bot):
        group, tono = api.group("Redaksi"), api.user("Tono")
        api.member(group, tono, "administrator")
        name = api.username
        for words in (f"/follow @{name} BMW", f"/follow?@{name} Siapa CEO Grab", f"/follow@{name}? Siapa CEO Gojek"):
            assert "Diikuti" in (await asked(api, group, tono, words))["text"]
        assert await patterns(bot, group) == ["BMW", "Siapa CEO Grab", "Siapa CEO Gojek"]
