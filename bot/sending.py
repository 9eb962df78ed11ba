"""One message of the outbox: written, sent or edited, and what became of it kept before anything else is sent."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from telegram import Message, ReplyParameters
from telegram.error import BadRequest, ChatMigrated, Forbidden, RetryAfter, TelegramError

from bot.delivery import PLAIN_UNITS, migrate
from bot.desk import Records
from bot.outcomes import Outcome, outcome_of
from bot.pacing import CAREFUL, seconds_of
from bot.records import UNWANTED, Alert, AlertSettings, Place
from bot.services import Services
from bot.text import clip, plain
from bot.timing import plan
from index.errors import StoreError, WartaError

if TYPE_CHECKING:
    from bot.alert_text import Written

_LOG = logging.getLogger(__name__)
Writer = Callable[[Services, Sequence[Alert], str], Awaitable["Written"]]
Sleep = Callable[[float], Coroutine[Any, Any, None]]
NOTHING_S = 3600.0
KEEP_S = 5.0
"""Between two tries to keep an outcome, and to go on, while the database is full or busy."""
EDIT_PACE_S, EDIT_AGAIN_S = 5.0, 60.0
EDIT_S = 2 * 86_400.0
"""Seconds after which a message is edited no more."""
_UNCHANGED = "message is not modified"


@dataclass(frozen=True, slots=True)
class _View:
    """What is known of a chat."""

    settings: AlertSettings
    waiting: tuple[Alert, ...]
    sent_at: tuple[float, ...]
    to_edit: tuple[Alert, ...]


class Sending:
    """Does what is next for a chat. The caller sees to it that no chat is worked on twice at a time."""

    def __init__(self, services: Services, write: Writer, sleep: Sleep) -> None:
        self._services, self._write, self._sleep = services, write, sleep
        self._edit_at: dict[int, float] = {}
        """When a chat's next edit may be made, by the event loop's clock."""
        self.under_way: set[asyncio.Task[None]] = set()
        """From before a message is said to be sent until its outcome is kept: not to be cut off."""

    async def step(self, chat_id: int) -> float:
        """Send or edit one message; gives 0, or in how many seconds there may be something to do.

        Raises WartaError when nothing can be done now.
        """
        services = self._services
        now = services.now()
        view = await services.desk.records(lambda r: _view(r, chat_id, now))
        todo = plan(view.settings, view.waiting, view.sent_at, now) if view.waiting else None
        if todo is not None and todo.rows:
            if unwanted := await services.desk.records(lambda r: _unwanted(r, todo.rows)):
                await self._keep(lambda r: r.outbox.dead(unwanted, now, UNWANTED))
            else:
                await self._send(todo.rows, view.settings)
            return 0.0
        wait = todo.until - now if todo is not None else NOTHING_S
        if not view.to_edit:
            return wait
        pause = self._edit_at.get(chat_id, 0.0) - asyncio.get_running_loop().time()
        if pause <= 0:
            pause = await self._edit(view.to_edit)
            self._edit_at[chat_id] = asyncio.get_running_loop().time() + pause
        return min(wait, pause)

    # Sending

    async def _send(self, rows: Sequence[Alert], settings: AlertSettings) -> None:
        language = await self._services.language(settings.chat_id)
        found = await self._written(rows, language)
        if found is None:
            return
        task = asyncio.create_task(self._deliver(*found, settings.silent))
        self.under_way.add(task)
        task.add_done_callback(self.under_way.discard)
        await asyncio.shield(task)

    async def _written(self, rows: Sequence[Alert], language: str) -> tuple[Sequence[Alert], Written] | None:
        """The message of the first rows, and those it holds; None when some cannot be written and were given up."""
        try:
            written = await self._write(self._services, rows, language)
            return rows[: max(written.taken, 1)], written
        except WartaError:
            raise
        except Exception as e:
            if len(rows) == 1:
                _LOG.exception("alert %d cannot be written", rows[0].id)
                await self._give_up(rows, f"it cannot be written: {e}")
                return None
        first: tuple[Sequence[Alert], Written] | None = None
        spoilt = False
        for row in rows:  # one that cannot be written must not hold back the others
            alone = await self._written([row], language)
            first, spoilt = first or alone, spoilt or alone is None
        return None if spoilt else first

    async def _deliver(self, rows: Sequence[Alert], written: Written, silent: bool) -> None:
        desk, now = self._services.desk, self._services.now
        reply_to = await desk.records(lambda r: _reply_to(r, rows))
        if not await desk.records(lambda r: r.outbox.take(rows, now())):
            return
        outcome = await self._attempt(rows, written, reply_to, silent=silent)
        if isinstance(outcome, Outcome) and outcome.what == "unreadable":
            _LOG.error("Telegram cannot read alert %d (%s); it goes out as plain text", rows[0].id, outcome.detail)
            outcome = await self._attempt(rows, written, reply_to, silent=silent, plainly=True)
        if isinstance(outcome, Outcome):
            await self._settle(rows, outcome)
        else:
            number = outcome.message_id
            await self._keep(lambda r: r.outbox.sent(rows, number, now()))

    async def _attempt(
        self, rows: Sequence[Alert], written: Written, reply_to: int, *, silent: bool, plainly: bool = False
    ) -> Message | Outcome:
        try:
            return await request(self._services, rows[0].place, written, reply_to, silent=silent, plainly=plainly)
        except Exception as e:
            if not isinstance(e, TelegramError):
                _LOG.exception("alert %d met an error of the bot's own", rows[0].id)
            return outcome_of(e, rows[0], plainly=plainly)

    async def _settle(self, rows: Sequence[Alert], outcome: Outcome) -> None:
        services, place = self._services, rows[0].place
        now, detail = services.now(), services.redact(outcome.detail)
        _LOG.warning("alert %d to chat %d: %s (%s)", rows[0].id, place.chat_id, outcome.what, detail)
        match outcome.what:
            case "lost" | "given up":
                await self._keep(lambda r: r.outbox.lost(rows, now + outcome.wait, now, detail))
            case "again":
                await self._keep(lambda r: r.outbox.again(rows, now + outcome.wait, now, detail))
            case "moved":
                await self._keep(lambda r: r.outbox.again(rows, now, now, detail))
                await self._keep(lambda r: r.store.migrate_chat(place.chat_id, outcome.moved_to))
            case "closed":
                await self._keep(lambda r: r.outbox.close_chat(place.chat_id, now, detail))
                await services.tell_admins(f"chat {place.chat_id}", f"no alerts any more: {detail}")
            case "no topic":
                await self._keep(lambda r: r.outbox.again(rows, now, now, detail))
                await self._keep(lambda r: r.outbox.leave_topic(place))
                await services.tell_admins(f"chat {place.chat_id}", f"topic {place.thread_id}: {detail}")
            case _:
                await self._give_up(rows, detail)
        if outcome.what == "given up":
            await services.tell_admins("alert unknown", f"alert {rows[0].id} to chat {place.chat_id}: {detail}")

    async def _give_up(self, rows: Sequence[Alert], reason: str) -> None:
        services, now = self._services, self._services.now()
        detail = services.redact(reason)
        await self._keep(lambda r: r.outbox.dead(rows, now, detail))
        await services.tell_admins("alert dead", f"alert {rows[0].id} to chat {rows[0].place.chat_id}: {detail}")

    async def _keep(self, work: Callable[[Records], object]) -> None:
        """Write an outcome down, however long the database cannot take it: until then nothing is sent again."""
        while True:
            try:
                await self._services.desk.records(work)
                return
            except StoreError as e:
                _LOG.error("what became of an alert cannot be kept yet: %s", e)
                await self._sleep(KEEP_S)

    # Editing

    async def _edit(self, rows: Sequence[Alert]) -> float:
        """Write a message anew; gives the seconds until the chat's next edit."""
        services, place = self._services, rows[0].place
        try:
            if services.now() - (rows[0].sent_at or 0.0) < EDIT_S:
                written = await self._write(services, rows, await services.language(place.chat_id))
                if written.taken >= len(rows):  # it would lose stories otherwise
                    await services.bot.edit_message_text(
                        written.html, place.chat_id, rows[0].message_id, reply_markup=written.keyboard
                    )
        except RetryAfter as e:
            return seconds_of(e)
        except ChatMigrated as e:
            await migrate(services, place.chat_id, e.new_chat_id)
            return EDIT_PACE_S
        except (BadRequest, Forbidden, LookupError) as e:
            if _UNCHANGED not in str(e).casefold():
                _LOG.info("alert %d is edited no more: %s", rows[0].id, e)
        except TelegramError as e:
            _LOG.info("alert %d is edited later: %s", rows[0].id, type(e).__name__)
            return EDIT_AGAIN_S
        except WartaError:
            raise
        except Exception:
            _LOG.exception("alert %d cannot be written anew", rows[0].id)
        await services.desk.records(lambda r: r.outbox.edited(rows))
        return EDIT_PACE_S


async def request(
    services: Services, place: Place, written: Written, reply_to: int, *, silent: bool, plainly: bool
) -> Message:
    """Send a message just once; raises what went wrong."""
    reply = ReplyParameters(reply_to, allow_sending_without_reply=True) if reply_to else None
    content: dict[str, Any] = {"text": written.html}
    if plainly:
        content = {"text": clip(plain(written.html), PLAIN_UNITS), "parse_mode": None}
    return await services.bot.send_message(
        place.chat_id,
        **content,
        message_thread_id=place.thread_id or None,
        disable_notification=silent,
        reply_parameters=reply,
        reply_markup=written.keyboard,
        rate_limit_args=CAREFUL,
    )


def _view(records: Records, chat_id: int, now: float) -> _View:
    outbox = records.outbox
    return _View(
        records.alert_settings.of(chat_id),
        tuple(outbox.waiting(chat_id, now)),
        tuple(outbox.sent_at(chat_id, now)),
        tuple(outbox.to_edit(chat_id)),
    )


def _unwanted(records: Records, rows: Sequence[Alert]) -> list[Alert]:
    """Those that certainly nobody has seen, and that are only for what was muted or removed while they waited."""

    def rings(number: int) -> bool:
        follow = records.follows.by_id(number)
        return follow is not None and not follow.paused

    unseen = (row for row in rows if row.follows and not row.attempts and not row.unknowns)
    return [row for row in unseen if not any(map(rings, row.follows))]


def _reply_to(records: Records, rows: Sequence[Alert]) -> int:
    """The message that an update develops; 0 of anything else."""
    if len(rows) > 1 or rows[0].kind != "update":
        return 0
    alert = records.outbox.alert_of(rows[0].story_id, rows[0].place.chat_id)
    return alert.message_id if alert else 0
