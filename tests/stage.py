"""The real bot, at work against the fake Telegram."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from time import time
from typing import Any

import pytest
from bot_api import BotApi
from bot_world import Chat, User
from fakes import fake_engine

from bot.alert_text import Written
from bot.alerting import Alerting, WatchOf
from bot.app import build
from bot.handlers import ask
from bot.life import Bot, Sleep, running
from bot.postman import Postman
from bot.records import Alert
from bot.sending import Writer
from bot.services import Services
from bot.settings import BotSettings
from index.embed.engines import Engine
from index.interests import Interest
from index.matching import Matched
from index.names import NameBook
from index.pipeline import Warta
from index.settings import Settings
from index.types import Article

Message = dict[str, Any]

BMW = Article(
    "BMW dan Alibaba Buka Basis Inovasi di Shanghai",
    "BMW dan Alibaba membuka basis inovasi bersama di Shanghai pada 20 Oktober 2020.\n\n"
    "Jochen Goller adalah Presiden dan CEO BMW Group Region China. Ia mengatakan bahwa lebih dari 20 startup sudah "
    "bergabung.",
    "/berita/bmw.txt",
    "id",
    publisher="ANTARA",
    published_at="2020-10-21",
    url="https://berita.example/bmw-alibaba?id=1&ref=a",
    partners=("BMW", "Alibaba"),
)
GRAB = Article(
    "Grab Invests in Indonesia <b>again</b> & again",
    "Grab signed a partnership with Bank Mandiri in Jakarta.\n\n"
    "Anthony Tan is the chief executive of Grab. The company will invest two billion dollars in Indonesia.",
    "/berita/grab.txt",
    "en",
    publisher="The Jakarta Post",
    published_at="2019-07-29",
    url="https://berita.example/grab",
    partners=("Grab", "Bank Mandiri"),
)
TIKET = Article(
    "Tiket.com Menggandeng Garuda",
    "Tiket.com menggandeng Garuda Indonesia untuk menjual tiket murah.\n\nGeorge Hendrata adalah CEO Tiket.com.",
    "/berita/tiket.txt",
    "id",
    publisher="Kompas",
    published_at="2021-03-02",
    url="https://berita.example/tiket",
    partners=("Tiket.com", "Garuda Indonesia"),
)
NEWS = (BMW, GRAB, TIKET)


class Clock:
    """The time, which can be moved."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time() + self.ahead


def settings_for(api: BotApi, **more: Any) -> BotSettings:
    return BotSettings(
        **{
            "bot_token": api.token,
            "bot_api_url": api.url,
            "messages_per_second": 1000,
            "questions_per_minute": 600,
            "sync_minutes": 0,
        }
        | more
    )


def opened(data: Path, engine: Engine | None = None, **more: Any) -> Warta:
    environ = {"WARTA_DATA": str(data), "WARTA_ABSTAIN_BELOW": "0"} | more
    return Warta(Settings.from_env(environ), engine or fake_engine())


def stored(data: Path, *articles: Article) -> Path:
    """A data folder with articles, embedded by the fake that can be worked out by hand."""
    with opened(data) as warta:
        assert all(outcome.status == "new" for outcome in warta.ingest(articles or NEWS))
    return data


@contextlib.asynccontextmanager
async def at_work(
    api: BotApi,
    data: Path,
    *,
    engine: Engine | None = None,
    now: Callable[[], float] = time,
    sleep: Sleep = asyncio.sleep,
    stop_s: float = 25.0,
    abstain_below: float = 0,
    write: Writer | None = None,
    watch: WatchOf | None = None,
    paced: bool = False,
    environ: Mapping[str, str] | None = None,
    **settings: Any,
) -> AsyncIterator[Bot]:
    """The bot, polling or behind its webhook, until the context is left.

    `write` and `watch` stand for what writes alerts and what matches articles. Unless `paced`, a chat gets its messages
    as fast as they come: what is tested is something else. `environ` holds settings of the index.
    """
    with opened(data, engine, **{"WARTA_ABSTAIN_BELOW": str(abstain_below), **(environ or {})}) as warta:
        bot = build(warta, settings_for(api, **settings), now, sleep)
        bot.stop_s = stop_s
        if not paced:
            bot.pacer._group_max_rate = 0
            bot.pacer._in_turn = at_once  # type: ignore[method-assign]
        if write is not None:
            bot.services.postman = Postman(bot.services, write, sleep)
        if write is not None or watch is not None:
            bot.alerting = Alerting(bot.services, watch or nothing_matches, bot.services.postman.wake)
        async with running(bot) as failed:
            yield bot
            assert not failed.done(), failed.exception()


async def quickly(seconds: float) -> None:
    """A sleep of a thousandth of the time; what is done by the hour is not done at all."""
    if seconds >= 3600:
        await asyncio.Event().wait()
    await asyncio.sleep(seconds / 1000)


async def letter(services: Services, rows: Sequence[Alert], language: str) -> Written:
    """An alert as the tests read it: for each row "alert 12" or "update 12", its story, and who else reports."""
    lines = [" ".join([row.kind, str(row.story_id), *(f"+{one.publisher}" for one in row.elsewhere)]) for row in rows]
    return Written("\n".join(lines), None, len(rows))


def nothing_matches(*_: object) -> Any:
    """A watch for which nothing that is followed is in the news."""

    class Nothing:
        def match(self, article_ids: Sequence[int]) -> dict[int, Any]:
            return {}

    return Nothing()


class ByTitle:
    """A watch for which an interest is in the news where its pattern stands in a title."""

    def __init__(self, warta: Warta, interests: Sequence[Interest], book: NameBook) -> None:
        self._warta, self._interests = warta, interests

    def match(self, article_ids: Sequence[int]) -> dict[int, Any]:
        found: dict[int, Any] = {}
        for number, one in self._warta.store.articles(article_ids).items():
            patterns = [interest.pattern for interest in self._interests]
            found[number] = None, [Matched(at, (name,), ()) for at, name in enumerate(patterns) if name in one.title]
        return found


async def at_once(chat_id: object) -> None:
    """It is a chat's turn always."""


@contextlib.asynccontextmanager
async def office(data: Path, **settings: Any) -> AsyncIterator[tuple[BotApi, Bot]]:
    """A Telegram with the bot at work on NEWS, unless the folder holds something already."""
    with BotApi() as api:
        async with at_work(api, data if (data / "warta.db").exists() else stored(data), **settings) as bot:
            yield api, bot


def played(scene: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """A test that is a scene."""

    @functools.wraps(scene)
    def test(*arguments: Any, **named: Any) -> None:
        play(scene(*arguments, **named))

    return test


def play(scene: Coroutine[Any, Any, None]) -> None:
    """Run a test's scene; nothing hangs for ever."""

    async def bounded() -> None:
        async with asyncio.timeout(60):
            await scene

    asyncio.run(bounded())


async def reply_in(api: BotApi, chat: Chat, number: int = 1) -> Message:
    """Wait for so many messages of the bot in a chat; gives the last."""
    await api.until(lambda: len(api.sent(chat)) >= number)
    return api.sent(chat)[number - 1]


async def asked(api: BotApi, chat: Chat, user: User | None, text: str, **more: Any) -> Message:
    """Say something and wait for the bot's next message in the chat."""
    before = len(api.sent(chat))
    api.say(chat, user, text, **more)
    return await reply_in(api, chat, before + 1)


async def pressed(api: BotApi, user: User, message: Message, button: str = "", **more: Any) -> dict[str, Any]:
    """Press a button; gives what is shown for a moment: `text`, `show_alert`."""
    before = len(api.answers)
    api.press(user, message, button, **more)
    await api.until(lambda: len(api.answers) > before)
    return api.answers[-1]


async def silent(api: BotApi, chat: Chat, user: User | None, text: str, **more: Any) -> None:
    """Say something that the bot must not answer."""
    before = len(api.sent())
    api.say(chat, user, text, **more)
    await api.settled()
    assert api.sent()[before:] == []


async def handled(bot: Bot, number: int = 1) -> set[str]:
    """Wait until so many updates came in and were dealt with; gives the states that they are in then."""
    while True:
        rows = await bot.services.desk.records(lambda r: r.store.read("select state from inbox"))
        if len(rows) >= number and ("taken",) not in rows:
            return {str(row[0]) for row in rows}
        await asyncio.sleep(0.01)


def hrefs(message: Message) -> list[str]:
    """Where a message's links lead."""
    return [entity["url"] for entity in message.get("entities", ()) if entity["type"] == "text_link"]


def buttons(message: Message) -> list[str]:
    """What stands on the buttons below a message."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", ())
    return [button["text"] for row in rows for button in row]


async def an_answer(
    api: BotApi, chat: Chat, user: User, question: str = "Siapa CEO BMW Group Region China?"
) -> tuple[Message, str]:
    """An answer and its token."""
    text = question if chat.user else f"/ask {question}"
    answer = await asked(api, chat, user, text)
    rows = answer["reply_markup"]["inline_keyboard"]
    return answer, rows[0][0]["callback_data"].split(":")[1]


def now_below(api: BotApi, message: Message) -> list[str]:
    """What stands on the buttons below a message by now."""
    chat = api.chats[message["chat"]["id"]]
    return buttons(chat.messages[message["message_id"]])


async def inbox(bot: Bot) -> list[str]:
    """The states of all updates, in the order in which they came."""
    rows = await bot.services.desk.records(lambda r: r.store.read("select state from inbox order by seq"))
    return [state for (state,) in rows]


async def states(bot: Bot) -> dict[str, int]:
    """How many updates are in which state."""
    rows = await bot.services.desk.records(lambda r: r.store.read("select state, count(*) from inbox group by state"))
    return dict(rows)


async def until_states(bot: Bot, **wanted: int) -> None:
    """Wait until just so many updates are in these states."""
    async with asyncio.timeout(10):
        while await states(bot) != wanted:
            await asyncio.sleep(0.01)


class Held:
    """Holds back the answers to some questions, to see what happens meanwhile."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, words: str, module: Any = ask) -> None:
        self.reached, self.open = asyncio.Event(), asyncio.Event()
        original = module.answer_to

        async def held(services: Any, inquiry: Any) -> Any:
            if words in inquiry.question:
                self.reached.set()
                await self.open.wait()
            return await original(services, inquiry)

        monkeypatch.setattr(module, "answer_to", held)
