"""What people think of an answer: thumbs, a reason, and a comment in their own words."""

from __future__ import annotations

from telegram import CallbackQuery, ForceReply, MaybeInaccessibleMessage, Message
from telegram.constants import ChatType

from bot.addressing import is_reply_to, place_of, sender_of
from bot.delivery import deliver
from bot.desk import Records
from bot.keyboards import reasons_keyboard
from bot.presses import buttons_of, change_buttons, toast
from bot.records import REASONS, Feedback, GivenAnswer, Verdict
from bot.services import Services
from bot.strings import label, text
from bot.text import clip

COMMENT_UNITS = 1_000


async def judge(services: Services, query: CallbackQuery, answer: GivenAnswer, verdict: Verdict) -> None:
    """A thumb was pressed."""
    await _keep(services, query, answer, verdict, "")
    if verdict == "good":
        await toast(query, label("thanks_good", answer.language))
        await change_buttons(services, query, await buttons_of(services, answer, "good"))
    else:
        await toast(query, label("thanks_bad", answer.language))
        await change_buttons(services, query, reasons_keyboard(answer, answer.language))


async def give_reason(services: Services, query: CallbackQuery, answer: GivenAnswer, number: int) -> None:
    """A reason was chosen; "other" asks for it in words."""
    if number >= len(REASONS):
        await toast(query, label("button_gone", answer.language), alert=True)
        return
    reason = REASONS[number]
    await _keep(services, query, answer, "bad", reason)
    await toast(query, label("comment_thanks", answer.language) if reason != "other" else "")
    await change_buttons(services, query, await buttons_of(services, answer, "bad"))
    if reason == "other" and query.message is not None:
        await _ask_comment(services, query, query.message, answer)


async def _ask_comment(
    services: Services, query: CallbackQuery, below: MaybeInaccessibleMessage, answer: GivenAnswer
) -> None:
    html = text("comment_prompt", answer.language)
    if below.chat.type != ChatType.PRIVATE:  # in a group the reply field opens only for whom the message mentions
        html = f"{query.from_user.mention_html()}\n{html}"
    prompt = await deliver(services, answer.place, html, reply_to=below.message_id, keyboard=ForceReply(selective=True))
    if prompt is None:
        return
    asked = (prompt.chat_id, prompt.message_id, query.from_user.id, answer.token, services.now())
    await services.desk.records(lambda r: r.feedback.ask_comment(*asked))


async def take_back(services: Services, query: CallbackQuery, answer: GivenAnswer) -> None:
    """From the reasons back to the other buttons; the thumb stays."""
    await toast(query)
    given = await services.desk.records(lambda r: r.feedback.of(answer.token, query.from_user.id))
    await change_buttons(services, query, await buttons_of(services, answer, given.verdict if given else None))


async def take_comment(services: Services, message: Message) -> bool:
    """Keep a reply to the bot's request for a reason; False when the message is none."""
    replied, sender = message.reply_to_message, sender_of(message)
    if replied is None or not sender.id or not is_reply_to(message, services.me):
        return False

    def keep(records: Records) -> str:
        token = records.feedback.comment_for(message.chat_id, replied.message_id, sender.id)
        answer = records.answers.by_token(token) if token else None
        if answer is None:
            return ""
        records.feedback.give(Feedback(answer.token, sender.id, "bad", "other", comment, services.now()))
        return answer.language

    comment = clip((message.text or message.caption or "").strip(), COMMENT_UNITS)
    language = await services.desk.records(keep)
    if language:
        html = text("comment_thanks", language)
        await deliver(services, place_of(message), html, reply_to=message.message_id)
    return bool(language)


async def _keep(services: Services, query: CallbackQuery, answer: GivenAnswer, verdict: Verdict, reason: str) -> None:
    feedback = Feedback(answer.token, query.from_user.id, verdict, reason, "", services.now())
    await services.desk.records(lambda r: r.feedback.give(feedback))
