"""/admin: who runs the bot, and how somebody new comes in. /audit: what they did. Both in private only."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from datetime import datetime

from telegram import BotCommandScopeChat, Message, Update
from telegram.constants import ChatType
from telegram.error import TelegramError

from bot.addressing import sender_of
from bot.admins import CODE_S
from bot.audit import CODE, REFUSED, WRONG, Deed, audited
from bot.delivery import deliver
from bot.desk import Records
from bot.handlers.admin import not_by_a_person, refused
from bot.handlers.ask import admitted, say
from bot.menus import LANGUAGES, show_admin_menu
from bot.records import Place
from bot.render import reader_language
from bot.services import Context, Services
from bot.settings import ZONE
from bot.strings import TEXTS, Html, text
from bot.text import MESSAGE, escape, one_line, units
from bot.timing import zone_of
from index.phrases import date_words

_LOG = logging.getLogger(__name__)
SHOWN, MOST_SHOWN = 20, 100
_NAME = 60
_ADD, _LIST, _REMOVE = ("add", "tambah"), ("list", "daftar"), ("remove", "hapus", "cabut")
_ID = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)


async def admin(update: Update, context: Context) -> None:
    """/admin add, list, remove ID, or a code."""
    message, services = update.effective_message, context.services
    if message is None:
        return
    words = list(context.args or [])
    is_code = bool(words) and words[0].casefold() not in (*_ADD, *_LIST, *_REMOVE)
    if message.chat.type != ChatType.PRIVATE:
        await _in_group(services, message, " ".join(words) if is_code else "")
    elif services.is_admin(sender_of(message).id) or not is_code or not_by_a_person(message):
        if not await refused(services, message, "admin"):
            await _manage(services, message, words)
    elif await admitted(services, message):
        await _come_in(services, message, " ".join(words))


async def _in_group(services: Services, message: Message, code: str) -> None:
    """A code that others could read is used up."""
    person = sender_of(message).id

    def void(records: Records) -> None:
        if not records.audit.too_many_wrong_codes(person, services.now()):
            found = records.admins.spend(code, services.now())
            outcome = WRONG if found is None else "void"
            records.audit.note(services.now(), person, message.chat_id, CODE, "in a group", outcome)

    if code and person:
        await services.desk.records(void)
    if not await refused(services, message, "admin"):
        await say(services, message, "admin_in_private")


async def _manage(services: Services, message: Message, words: Sequence[str]) -> None:
    verb = words[0].casefold() if words else ""
    if verb in _LIST:
        await _list(services, message)
    elif verb in (*_ADD, *_REMOVE) and sender_of(message).id not in services.settings.admins:
        await audited(services, message, f"admin {_ADD[0] if verb in _ADD else _REMOVE[0]}", "no owner", REFUSED)
        await say(services, message, "admin_owner_only")
    elif verb in _ADD:
        await _add(services, message)
    elif verb in _REMOVE and len(words) == 2 and _ID.fullmatch(words[1]):
        await _remove(services, message, int(words[1]))
    else:
        # Codes are written with dashes: an administrator who tries one has nothing to gain by it.
        await say(services, message, "admin_already" if "-" in verb else "admin_usage")


async def _add(services: Services, message: Message) -> None:
    owner = sender_of(message).id
    await audited(services, message, "admin add")
    code = await services.desk.records(lambda r: r.admins.new_code(owner, services.now()))
    await say(services, message, "admin_code", code=code, minutes=round(CODE_S / 60))


async def _list(services: Services, message: Message) -> None:
    language = await services.language(message.chat_id, sender_of(message).language_code)
    let_in = await services.desk.records(lambda r: r.admins.all())
    rows = [text("admin_row_owner", language, id=str(owner)) for owner in services.settings.admins]
    rows += [
        text(
            "admin_row",
            language,
            name=one_line(one.name, _NAME) or "–",
            id=str(one.user_id),
            date=date_words(_clock(one.added_at, "%Y-%m-%d"), reader_language(language)),
        )
        for one in let_in
        if one.user_id not in services.settings.admins
    ]
    await audited(services, message, "admin list")
    await say(services, message, "admin_list", rows=Html("\n".join(rows)))


async def _remove(services: Services, message: Message, user_id: int) -> None:
    if user_id in services.settings.admins:
        await audited(services, message, "admin remove", f"{user_id}, an owner", REFUSED)
        await say(services, message, "admin_remove_owner")
        return
    known = {one.user_id: one.name for one in await services.desk.records(lambda r: r.admins.all())}
    removed = await services.desk.records(lambda r: r.admins.remove(user_id))
    await services.read_admins()
    await audited(services, message, "admin remove", str(user_id), "done" if removed else "nobody")
    if not removed:
        await say(services, message, "admin_remove_unknown")
        return
    await say(services, message, "admin_removed", name=one_line(known[user_id], _NAME) or str(user_id))
    await _write_to(services, user_id, "admin_removed_you")
    await _forget_menu(services, user_id)


async def _come_in(services: Services, message: Message, code: str) -> None:
    """Somebody sends a code."""
    sender, now = sender_of(message), services.now()
    name = one_line(message.from_user.full_name, _NAME) if message.from_user else ""

    def spend(records: Records) -> tuple[str, int]:
        if records.audit.too_many_wrong_codes(sender.id, now):
            outcome, owner = REFUSED, None
        else:
            owner = records.admins.come_in(sender.id, name, code, now)
            outcome = WRONG if owner is None else "done"
        detail = f"of owner {owner}" if owner else "too many wrong codes" if outcome == REFUSED else ""
        records.audit.note(now, sender.id, message.chat_id, CODE, detail, outcome)
        return outcome, owner or 0

    outcome, owner = await services.desk.records(spend)
    if outcome != "done":
        _LOG.warning("a code for administrators by user %d was not taken: %s", sender.id, outcome)
        await say(services, message, "admin_code_wrong" if outcome == WRONG else "admin_code_limited")
        return
    await services.read_admins()
    await say(services, message, "admin_welcome")
    await _write_to(services, owner, "admin_joined", name=name or str(sender.id), id=str(sender.id))
    await show_admin_menu(services.bot, sender.id)


async def _write_to(services: Services, user_id: int, key: str, **values: object) -> None:
    try:
        language = await services.language(user_id)
        await deliver(services, Place(user_id), text(key, language, **values))
    except TelegramError as e:
        _LOG.warning("user %d could not be told: %s", user_id, e)


async def _forget_menu(services: Services, user_id: int) -> None:
    try:
        for code in LANGUAGES:
            await services.bot.delete_my_commands(BotCommandScopeChat(user_id), code or None)
    except TelegramError as e:
        _LOG.info("the menu of user %d stays: %s", user_id, e)


async def audit(update: Update, context: Context) -> None:
    """/audit [n]: the newest of what administrators did and who was refused."""
    message, services = update.effective_message, context.services
    if message is None or await refused(services, message, "audit"):
        return
    if message.chat.type != ChatType.PRIVATE:
        await audited(services, message, "audit", "in a group", REFUSED)
        await say(services, message, "admin_in_private")
        return
    asked = next(iter(context.args or []), "")
    count = min(int(asked), MOST_SHOWN) if re.fullmatch(r"[1-9][0-9]{0,5}", asked, re.ASCII) else SHOWN
    deeds = await services.desk.records(lambda r: r.audit.newest(count))
    await audited(services, message, "audit", str(count))
    if not deeds:
        await say(services, message, "audit_none")
        return
    language = await services.language(message.chat_id, sender_of(message).language_code)
    title = units(text("audit_title", language, rows=""))
    await say(services, message, "audit_title", rows=Html(_fitting(deeds, language, MESSAGE - title)))


def _fitting(deeds: Sequence[Deed], language: str, most: int) -> str:
    """As many rows, from the newest on, as one message holds."""
    rows: list[str] = []
    for deed in deeds:
        row = _row(deed, language)
        most -= units(row) + 1
        if most < 0:
            break
        rows.append(row)
    return "\n".join(rows)


def _row(deed: Deed, language: str) -> str:
    who = f"<code>{deed.user_id}</code>" if deed.user_id else text("audit_bot", language)
    where = f" @ <code>{deed.chat_id}</code>" if deed.chat_id not in (0, deed.user_id) else ""
    what = escape(" ".join(part for part in (f"/{deed.action}", deed.detail) if part))
    outcome = text(f"outcome_{deed.outcome}", language) if f"outcome_{deed.outcome}" in TEXTS else deed.outcome
    again = f" ×{deed.times}" if deed.times > 1 else ""
    return f"{_clock(deed.at, '%Y-%m-%d %H:%M')} {who}{where}: {what} → {escape(outcome)}{again}"


def _clock(at: float, form: str) -> str:
    return datetime.fromtimestamp(at, zone_of(ZONE)).strftime(form)
