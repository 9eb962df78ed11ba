"""Where what went wrong is told: to the log with its trace, to the person with a number, to the administrators."""

from __future__ import annotations

import logging
import secrets

from telegram import CallbackQuery, Message, Update
from telegram.constants import ChatType
from telegram.error import Forbidden, InvalidToken, RetryAfter, TelegramError

from bot.addressing import place_of, sender_of
from bot.delivery import deliver
from bot.services import Context, Services
from bot.strings import label, text
from index.errors import StoreBusyError, WartaError

_LOG = logging.getLogger(__name__)
_ALERT = 200


async def tell_error(update: object, context: Context) -> None:
    """Apologise, log, notify; an update whose handling failed is kept for the operator."""
    error, services = context.error, context.services
    if error is None:
        return
    reference = secrets.token_hex(4).upper()
    known = update if isinstance(update, Update) else None
    _LOG.error("%s: update %s failed", reference, known.update_id if known else "-", exc_info=error)
    detail = f"{reference}: {type(error).__name__}: {error}"
    if known is not None:
        services.intake.fail(known.update_id, services.redact(detail))
    if isinstance(error, InvalidToken):  # nobody can be told anything any more
        services.intake.reject()
        return
    await services.tell_admins(type(error).__name__, detail)
    if known is None or isinstance(error, Forbidden | RetryAfter):
        return
    try:
        await _apologise(services, known, "busy" if isinstance(error, StoreBusyError) else "error", reference)
    except (TelegramError, WartaError) as e:
        _LOG.warning("%s: the apology could not be sent: %s", reference, type(e).__name__)


async def _apologise(services: Services, update: Update, key: str, reference: str) -> None:
    query = update.callback_query
    if isinstance(query, CallbackQuery):
        language = await services.language(0, query.from_user.language_code or "")
        await query.answer(label(key, language, reference=reference)[:_ALERT], show_alert=True)
        return
    message = update.message
    if not isinstance(message, Message):
        return
    sender = sender_of(message)
    language = await services.language(message.chat_id, sender.language_code)
    reply_to = 0 if message.chat.type == ChatType.PRIVATE else message.message_id
    await deliver(services, place_of(message), text(key, language, reference=reference), reply_to=reply_to)
