"""How often a message that shows a running job is edited, by a clock that only the test moves."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

from bot_api import BotApi
from stage import Clock, asked, office, played
from stand_in import ADMINS, give, job, people, put_job
from test_reindex_in_chat import pid_of


class Sleepers:
    """A sleep that ends when the test has moved the clock so far."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._asleep = clock, list[tuple[float, asyncio.Event]]()

    async def __call__(self, seconds: float) -> None:
        awake = asyncio.Event()
        self._asleep.append((self._clock.ahead + seconds, awake))
        await awake.wait()

    def wake(self) -> None:
        for until, awake in self._asleep:
            if until <= self._clock.ahead:
                awake.set()


class Watcher:
    """Notes when each message was edited."""

    def __init__(self, api: BotApi, clock: Clock, sleepers: Sleepers) -> None:
        self._api, self._clock, self._sleepers, self._seen = api, clock, sleepers, 0
        self.times: dict[int, list[float]] = {}
        """By chat."""

    async def pass_a_second(self) -> None:
        self._clock.ahead += 1
        self._sleepers.wake()
        await self._api.settled(0.05)
        for edit in self._api.edits[self._seen :]:
            self.times.setdefault(edit["chat"]["id"], []).append(self._clock.ahead)
        self._seen = len(self._api.edits)


def least(times: list[float]) -> float:
    return min(after - before for before, after in itertools.pairwise(times))


@played
async def test_a_message_is_edited_once_in_three_seconds_and_in_a_group_once_in_twelve(tmp_path: Path) -> None:
    clock = Clock()
    sleepers = Sleepers(clock)
    async with office(tmp_path / "data", admins=ADMINS, now=clock, sleep=sleepers) as (api, bot):
        give(bot, job(tmp_path))
        rini, budi, _ = people(api)
        chat, group = api.private(rini), api.group("Redaksi")
        await asked(api, chat, rini, "/reindex")
        await asked(api, group, budi, "/reindex")
        pid, watcher = await pid_of(bot), Watcher(api, clock, sleepers)
        for done in range(1, 41):  # each second there is something new to tell
            await put_job(bot, pid, done=done * 10, total=1_000)
            await watcher.pass_a_second()
        assert watcher.times == {chat.id: [float(n) for n in range(3, 41, 3)], group.id: [12.0, 24.0, 36.0]}
        (tmp_path / "go").touch()  # a second after the last edit in the private chat
        await api.until(lambda: bot.services.reindexing.current is None)
        for _ in range(5):
            await watcher.pass_a_second()
        assert [api.sent(one)[0]["text"][0] for one in (chat, group)] == ["✅", "✅"]
        assert least(watcher.times[chat.id]) == 3
        assert least(watcher.times[group.id]) >= 3
