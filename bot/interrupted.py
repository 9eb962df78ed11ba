"""After a restart: the messages that said "⏳" of work that ended with the process before say so."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from telegram.error import BadRequest, TelegramError

from bot.audit import noted
from bot.job_messages import JobMessage
from bot.reindexing import KIND
from bot.services import Services
from bot.strings import text
from index.errors import WartaError

_LOG = logging.getLogger(__name__)


async def cut_off(services: Services) -> list[JobMessage]:
    """The messages of work that a process before did not finish; a reindex tells of itself.

    Only right before anything is taken up: later there are those of what goes on.
    """
    shown = await services.desk.records(lambda r: r.job_messages.all())
    return [one for one in shown if one.kind != KIND]


async def tell_cut_off(services: Services, left: Sequence[JobMessage]) -> None:
    """Have them say that it was cut off and what to do; one that cannot be told now is told at the next start."""
    for one in left:
        try:
            await _tell(services, one)
        except (TelegramError, WartaError) as e:
            _LOG.warning("chat %d could not be told that /%s was cut off: %s", one.place.chat_id, one.kind, e)


async def _tell(services: Services, one: JobMessage) -> None:
    html = text(f"{one.kind}_interrupted", one.language)
    try:
        await services.bot.edit_message_text(html, one.place.chat_id, one.message_id)
    except BadRequest as e:  # it says so already, or was deleted
        _LOG.debug("a message about /%s stays as it is: %s", one.kind, e)
    await services.desk.records(lambda r: r.job_messages.drop(one))
    await noted(services, 0, one.place.chat_id, one.kind, "", "interrupted")
