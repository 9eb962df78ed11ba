"""Commands of the bot's administrators: for them alone, in person."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from bot_world import Chat
from stage import asked, office, played, reply_in, silent
from stand_in import ADMINS, give, job, people, runs

NOBODY: dict[str, Any] = {
    "a stranger": {"as": "sari"},
    "an anonymous administrator of the group": {"as": "rini", "sender_chat": "group"},
    "a channel": {"as": "rini", "sender_chat": "channel"},
    "a channel's post in its group": {"as": "rini", "sender_chat": "channel", "automatic": True},
    "an administrator who forwards it": {"as": "rini", "forward": True},
    "an administrator by way of a bot": {"as": "rini", "via_bot": True},
    "an administrator who edits it": {"as": "rini", "edited": True},
}


COMMANDS = ("/reindex", "/reindex full", "/stats", "/audit", "/admin", "/admin add", "/admin list", "/admin remove 78")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("who", NOBODY.values(), ids=NOBODY)
@played
async def test_others_are_refused_silently_in_groups_and_it_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, who: dict[str, Any], command: str
) -> None:
    async with office(tmp_path / "data", admins=ADMINS) as (api, bot):
        give(bot, job(tmp_path))
        rini, _, sari = people(api)
        group = api.group("Redaksi")
        chats: dict[str, Chat] = {"group": group, "channel": api.channel("Kabar")}
        more = {name: chats.get(str(value), value) for name, value in who.items() if name != "as"}
        user = {"rini": rini, "sari": sari}[who["as"]]
        await silent(api, group, user, command, **more)
        if "edited" not in who:  # nobody is told, so there is no message to wait for
            await api.until(lambda: "was refused" in caplog.text)
        assert runs(tmp_path) == []
        if "edited" not in who:
            name = command.removeprefix("/").split()[0]
            assert f"/{name} by user" in caplog.text
            assert "was refused" in caplog.text
            [deed] = await bot.services.desk.records(lambda r: r.audit.newest(9))
            assert (deed.action, deed.outcome, deed.chat_id) == (name, "refused", group.id)


@played
async def test_in_private_a_stranger_is_told_and_sees_no_such_commands(tmp_path: Path) -> None:
    async with office(tmp_path / "data", admins=ADMINS) as (api, bot):
        give(bot, job(tmp_path))
        rini, _, sari = people(api)
        chat = api.private(sari)
        for command in COMMANDS:
            assert "hanya untuk administrator" in (await asked(api, chat, sari, command))["text"]
        await asked(api, chat, sari, "/help")
        await api.settled()
        assert len(api.sent(chat)) == len(COMMANDS) + 1
        await asked(api, api.private(rini), rini, "/help")
        assert "/reindex" in (await reply_in(api, api.private(rini), 2))["text"]
        forwarded = await asked(api, api.private(rini), rini, "/reindex", forward=True)
        assert "hanya untuk administrator" in forwarded["text"]
        assert runs(tmp_path) == []
