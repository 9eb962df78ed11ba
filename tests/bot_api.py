"""Telegram's Bot API on the loopback, for a real bot: the methods, their refusals, long polling, webhooks, faults.

    with BotApi() as api:
        application = Application.builder().token(api.token).base_url(f"{api.url}/bot").build()
        ani = api.user("Ani")
        api.say(api.private(ani), ani, "halo")

It needs tornado only, and no test framework: `python tests/bot_api.py` serves it from a process of its own.
What Telegram says was taken from its own answers, TDLib and the Bot API server.
"""

from __future__ import annotations

import asyncio
import copy
import json
import math
import random
import re
import sys
import threading
import time
import traceback
from collections import Counter, deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any, Self
from urllib.parse import urlsplit

from bot_world import Chat, Message, Update, World, member_json, shown
from telegram_html import Entity, TextError, checked_link, message_text, utf16, with_found
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

TOKEN = "123456:AAF-warta_mitra_uji_bot_token_35chars"
MAX_TEXT, MAX_CAPTION, MAX_ENTITIES, MAX_BUTTONS, MAX_RESULTS = 4096, 1024, 100, 100, 50
PER_SECOND, PER_MINUTE_IN_GROUP, PRIVATE_BURST = 30, 20, 5
"""What https://core.telegram.org/bots/faq allows; a private chat's one a second may come PRIVATE_BURST at a time."""
TEXTS = {
    "text", "caption", "parse_mode", "callback_query_id", "inline_query_id", "inline_message_id", "url", "secret_token",
    "name", "description", "short_description", "language_code", "next_offset", "action", "file_id",
}  # fmt: skip
"""Parameters that are text even if they look like JSON."""
ACTIONS = [
    "url", "callback_data", "web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat", "copy_text", "callback_game", "pay",
]  # fmt: skip
CHAT_ACTIONS = [
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
    "choose_sticker", "find_location", "record_video_note", "upload_video_note",
]  # fmt: skip
METHODS = [
    "getMe", "getUpdates", "setWebhook", "deleteWebhook", "getWebhookInfo", "sendMessage", "editMessageText",
    "editMessageReplyMarkup", "deleteMessage", "sendChatAction", "answerCallbackQuery", "answerInlineQuery",
    "setMyCommands", "getMyCommands", "deleteMyCommands", "setMyDescription", "setMyShortDescription", "setMyName",
    "getChat", "getChatMember", "getChatAdministrators", "getChatMemberCount", "leaveChat", "forwardMessage",
    "copyMessage", "sendDocument", "sendPhoto", "setMessageReaction", "sendMessageDraft",
    "logOut", "close",
]  # fmt: skip
CANONICAL = {name.lower(): name for name in METHODS}
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)
OTHER_POLL = "terminated by other getUpdates request; make sure that only one bot instance is running"
WEBHOOK_ACTIVE = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"

Params = dict[str, Any]


class RefusedError(Exception):
    """Telegram's "ok": false."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters

    def body(self) -> bytes:
        answer = {"ok": False, "error_code": self.code, "description": self.description}
        return json.dumps(answer | ({"parameters": self.parameters} if self.parameters else {})).encode()


def bad(words: str, **parameters: Any) -> RefusedError:
    """400, with Telegram's words."""
    return RefusedError(400, f"Bad Request: {words}", **parameters)


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong instead of an answer; `status` 0 closes the connection, None only takes `seconds`."""

    status: int | None
    body: bytes = b""
    seconds: float = 0
    carried_out: bool = False


def _refusal(code: int, description: str, **parameters: Any) -> Fault:
    return Fault(code, RefusedError(code, description, **parameters).body())


def too_many(retry_after: int) -> Fault:
    return _refusal(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)


def forbidden(text: str = "bot was blocked by the user") -> Fault:
    return _refusal(403, f"Forbidden: {text}")


def bad_request(text: str, **parameters: Any) -> Fault:
    return _refusal(400, f"Bad Request: {text}", **parameters)


def unauthorized() -> Fault:
    return _refusal(401, "Unauthorized")


def not_found() -> Fault:
    return _refusal(404, "Not Found")


def conflict() -> Fault:
    return _refusal(409, f"Conflict: {OTHER_POLL}")


def bad_gateway() -> Fault:
    return Fault(502, b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>nginx</body>\r\n</html>\r\n")


def server_error() -> Fault:
    return _refusal(500, "Internal Server Error")


def garbage() -> Fault:
    return Fault(200, b'{"ok":true,"result":{"message_id":')


def reset(after_accepting: bool = False) -> Fault:
    """The connection closes without an answer, before or after the call was carried out."""
    return Fault(0, carried_out=after_accepting)


def slow(seconds: float) -> Fault:
    """The answer comes late. The call is carried out even if the caller has gone meanwhile, as in Telegram."""
    return Fault(None, seconds=seconds)


@dataclass
class Call:
    """A call that came to its end: status 0 where the connection was closed on it, 499 where the caller left."""

    method: str
    params: Params
    status: int
    at: float
    result: Any = None


@dataclass
class Webhook:
    """What setWebhook was given, and how delivering goes."""

    url: str = ""
    secret_token: str = ""
    allowed_updates: list[str] = field(default_factory=list)
    max_connections: int = 40
    last_error_date: int = 0
    last_error_message: str = ""


@dataclass(frozen=True, slots=True)
class TooFast:
    """A message sent above Telegram's rate; `rule` is "overall", "group" or "private"."""

    chat: int
    rule: str
    at: float


class Methods(World):
    """The methods, each a `do_…` of the parameters; the lock is held."""

    def __init__(self, bot_id: int, username: str) -> None:
        super().__init__(bot_id, username)
        self.webhook = Webhook()
        self.enforce_limits = True
        self.flood_control = False
        self.too_fast: list[TooFast] = []
        self.dropped_entities = 0
        self.drafts: list[tuple[int, int, str]] = []
        """Chat, draft and text of each that was shown."""
        self.edits: list[Message] = []
        self.deleted: list[tuple[int, int]] = []
        self.answers: list[Params] = []
        self.inline_answers: list[Params] = []
        self.commands: dict[tuple[str, str], list[dict[str, str]]] = {}
        self.profile: dict[tuple[str, str], str] = {}
        self.files: dict[str, bytes] = {}
        self._sent: list[Message] = []
        self._times: dict[int, deque[float]] = {}  # by chat; 0 is for all of them

    def do_get_me(self, params: Params) -> dict[str, Any]:
        return self.bot.json() | {
            "can_join_groups": True,
            "can_read_all_group_messages": not self.privacy,
            "supports_inline_queries": True,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }

    # Updates.

    def do_set_webhook(self, params: Params) -> bool:
        url, secret = params.get("url", ""), params.get("secret_token", "")
        if url and urlsplit(url).scheme != "https":
            raise bad("bad webhook: An HTTPS URL must be provided for webhook")
        if url and (urlsplit(url).port or 443) not in (443, 80, 88, 8443):
            raise bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret):
            raise bad("secret token contains unallowed characters")
        self._allow(params)
        self._drop(params)
        self.webhook = Webhook(url, secret, list(self.allowed_updates), params.get("max_connections", 40))
        self._wake()
        return True

    def do_delete_webhook(self, params: Params) -> bool:
        self._drop(params)
        self.webhook = Webhook()
        return True

    def do_get_webhook_info(self, params: Params) -> dict[str, Any]:
        info = {name: it for name, it in asdict(self.webhook).items() if it and name not in ("url", "secret_token")}
        fixed = {"url": self.webhook.url, "has_custom_certificate": False, "pending_update_count": len(self.updates)}
        return info | fixed

    def _allow(self, params: Params) -> None:
        if "allowed_updates" in params:
            self.allowed_updates = params["allowed_updates"]

    def _drop(self, params: Params) -> None:
        if params.get("drop_pending_updates"):
            self.updates.clear()

    def take_updates(self, params: Params) -> list[Update]:
        """Drop what an offset confirms; give what follows. The allowed kinds hold from now on."""
        if self.webhook.url:
            raise RefusedError(409, f"Conflict: {WEBHOOK_ACTIVE}")
        self._allow(params)
        offset = params.get("offset", 0)
        if offset > 0:
            self.updates[:] = [one for one in self.updates if one["update_id"] >= offset]
        elif offset < 0:
            self.updates[:] = self.updates[offset:]
        limit = params.get("limit", 100)
        return copy.deepcopy(self.updates[: limit if 1 <= limit <= 100 else 100])

    # Messages.

    def do_send_message(self, params: Params) -> Message:
        text, entities = self._text(params, "text")
        markup = keyboard(params.get("reply_markup"))
        chat = self._target(params)
        if utf16(text) > MAX_TEXT:
            raise bad("message is too long")
        content = {"text": text, "entities": entities, "link_preview_options": params.get("link_preview_options")}
        return self._post(chat, params, content, markup, params["text"])

    def do_send_document(self, params: Params) -> Message:
        name, data = _file(params, "document")
        kept = self._keep(data)
        return self._send_media(
            params, {"document": kept | {"file_name": name, "mime_type": "application/octet-stream"}}
        )

    def do_send_photo(self, params: Params) -> Message:
        _, data = _file(params, "photo")
        return self._send_media(params, {"photo": [self._keep(data) | {"width": 640, "height": 480}]})

    def _send_media(self, params: Params, content: dict[str, Any]) -> Message:
        if params.get("caption"):
            caption, entities = self._text(params, "caption")
            if utf16(caption) > MAX_CAPTION:
                raise bad("message caption is too long")
            content |= {"caption": caption, "caption_entities": entities}
        markup = keyboard(params.get("reply_markup"))
        return self._post(self._target(params), params, content, markup, params.get("caption", ""))

    def _keep(self, data: bytes) -> dict[str, Any]:
        number = f"file-{self._number()}"
        self.files[number] = data
        return {"file_id": number, "file_unique_id": f"unique-{number}", "file_size": len(data)}

    def do_forward_message(self, params: Params) -> Message:
        source, content = self._copied(params)
        author = source.get("from", self.bot.json())
        content["forward_origin"] = {"type": "user", "date": source["date"], "sender_user": author}
        return self._post(self._target(params), params, content, None, "")

    def do_copy_message(self, params: Params) -> dict[str, int]:
        _, content = self._copied(params)
        message = self._post(self._target(params), params, content, keyboard(params.get("reply_markup")), "")
        return {"message_id": message["message_id"]}

    def _copied(self, params: Params) -> tuple[Message, dict[str, Any]]:
        source = self._target({"chat_id": params.get("from_chat_id")}).messages.get(params.get("message_id", 0))
        if source is None:
            raise bad("message to copy not found")
        kinds = ("text", "entities", "caption", "caption_entities", "document", "photo")
        return source, {name: copy.deepcopy(source[name]) for name in kinds if name in source}

    def do_edit_message_text(self, params: Params) -> Message | bool:
        text, entities = self._text(params, "text")
        markup = keyboard(params.get("reply_markup"))
        message = self._to_edit(params)
        if utf16(text) > MAX_TEXT:
            raise bad("MESSAGE_TOO_LONG")
        content = {"text": text, "entities": entities, "link_preview_options": params.get("link_preview_options")}
        return self._edit(message, params, content, markup, params["text"])

    def do_edit_message_reply_markup(self, params: Params) -> Message | bool:
        markup = keyboard(params.get("reply_markup"))
        message = self._to_edit(params)
        content = {name: message.get(name) for name in ("text", "entities", "link_preview_options")}
        return self._edit(message, params, content, markup, message.get("html", ""))

    def _to_edit(self, params: Params) -> Message:
        if "inline_message_id" in params:
            if params["inline_message_id"] not in self.inline_messages:
                raise bad("MESSAGE_ID_INVALID")
            return self.inline_messages[params["inline_message_id"]]
        chat = self._target(params)
        message = chat.messages.get(params.get("message_id", 0))
        if message is None:
            raise bad("message to edit not found")
        if chat.type != "channel" and message.get("from", {}).get("id") != self.bot_id:
            raise bad("message can't be edited")
        return message

    def _edit(
        self, message: Message, params: Params, content: dict[str, Any], markup: dict[str, Any] | None, html: str
    ) -> Message | bool:
        fresh = {name: it for name, it in {**content, "reply_markup": markup}.items() if it}
        if all(fresh.get(name) == message.get(name) for name in ("text", "entities", "reply_markup")):
            raise bad(NOT_MODIFIED)
        if "chat" in message:
            self._count(self.chats[message["chat"]["id"]])
        for name in (*content, "reply_markup"):
            message.pop(name, None)
        message |= fresh | {"html": html, "edit_date": int(time.time())}
        self.edits.append(copy.deepcopy(message))
        return True if "inline_message_id" in params else shown(message)

    def do_delete_message(self, params: Params) -> bool:
        chat, number = self._target(params), params.get("message_id", 0)
        message = chat.messages.get(number)
        if message is None:
            raise bad("message to delete not found")
        own = message.get("from", {}).get("id") == self.bot_id
        if not (own or chat.user or chat.bot == "administrator"):
            raise bad("message can't be deleted")
        del chat.messages[number]
        self.deleted.append((chat.id, number))
        return True

    def do_set_message_reaction(self, params: Params) -> bool:
        if params.get("message_id") not in self._target(params).messages:
            raise bad("message to react not found")
        return True

    def do_send_chat_action(self, params: Params) -> bool:
        chat = self._target(params)
        if params.get("action") not in CHAT_ACTIONS:
            raise bad("wrong parameter action in request")
        self._thread(chat, params)
        return True

    def do_send_message_draft(self, params: Params) -> bool:
        chat = self._target(params)
        if not chat.user:
            raise bad("chat not found")  # only private chats have drafts
        if not params.get("draft_id"):
            raise bad("DRAFT_ID_INVALID")
        self._thread(chat, params)
        text, _ = self._text(params, "text")
        if utf16(text) > MAX_TEXT:
            raise bad("message is too long")
        self.drafts.append((chat.id, params["draft_id"], text))
        return True

    # What all messages have in common.

    def _text(self, params: Params, name: str) -> tuple[str, list[Entity]]:
        given = params.get("entities" if name == "text" else "caption_entities")
        try:
            text, entities = message_text(params.get(name) or "", params.get("parse_mode"), given)
        except TextError as e:
            raise bad(str(e)) from e
        known = [one for one in entities if one["type"] != "text_mention" or one["user"]["id"] in self.users]
        for one in known:
            if one["type"] == "text_mention":
                one["user"] = self.users[one["user"]["id"]].json()
        self.dropped_entities += max(0, len(known) - MAX_ENTITIES)
        return text, with_found(text, known[:MAX_ENTITIES], MAX_ENTITIES)

    def _target(self, params: Params) -> Chat:
        """The chat to write to. RefusedError where the bot may not write, as Telegram has it."""
        number = params.get("chat_id")
        if number in (None, ""):
            raise bad("chat_id is empty")
        named = (one for one in self.chats.values() if one.username and number == f"@{one.username}")
        chat = self.chats.get(number) or next(named, None)
        if chat is None:
            if number in self.users:
                raise RefusedError(403, "Forbidden: bot can't initiate conversation with a user")
            raise bad("chat not found")
        if chat.migrated_to:
            raise bad("group chat was upgraded to a supergroup chat", migrate_to_chat_id=chat.migrated_to)
        if chat.user and chat.bot == "kicked":
            raise RefusedError(403, "Forbidden: bot was blocked by the user")
        if chat.user and not chat.started:
            raise RefusedError(403, "Forbidden: bot can't initiate conversation with a user")
        kind = "group" if chat.type == "group" else f"{chat.type} chat"
        if chat.bot == "kicked":
            raise RefusedError(403, f"Forbidden: bot was kicked from the {kind.removesuffix(' chat')} chat")
        if chat.bot == "left":
            raise RefusedError(403, f"Forbidden: bot is not a member of the {kind.removesuffix(' chat')} chat")
        if chat.type == "channel" and chat.bot != "administrator":
            raise bad("need administrator rights in the channel chat")
        return chat

    def _thread(self, chat: Chat, params: Params) -> int | None:
        thread = params.get("message_thread_id")
        if thread is not None and thread not in chat.topics:
            raise bad("message thread not found")
        return thread

    def _reply(self, chat: Chat, params: Params) -> dict[str, Any]:
        """What a message says of the one it replies to."""
        asked = params.get("reply_parameters") or {}
        if not asked and params.get("reply_to_message_id"):
            lenient = params.get("allow_sending_without_reply", False)
            asked = {"message_id": params["reply_to_message_id"], "allow_sending_without_reply": lenient}
        if not asked:
            return {}
        there = self._target({"chat_id": asked.get("chat_id", chat.id)})
        replied = there.messages.get(asked.get("message_id", 0))
        if replied is None:
            if asked.get("allow_sending_without_reply"):
                return {}
            raise bad("message to be replied not found")
        fields = {name: it for name, it in shown(replied).items() if name != "reply_to_message"}
        said = {"reply_to_message": fields}
        if there is not chat:
            origin = {"type": "user", "date": fields["date"], "sender_user": fields.get("from", self.bot.json())}
            said = {"external_reply": {"origin": origin, "chat": there.json(), "message_id": fields["message_id"]}}
        if asked.get("quote"):
            said["quote"] = _quote(asked, replied)
        return said

    def _post(
        self, chat: Chat, params: Params, content: dict[str, Any], markup: dict[str, Any] | None, html: str
    ) -> Message:
        thread, reply = self._thread(chat, params), self._reply(chat, params)
        if chat.forum and thread is None:
            thread = reply.get("reply_to_message", {}).get("message_thread_id")
        self._count(chat)
        author = {"sender_chat": chat.json()} if chat.type == "channel" else {"from": self.bot.json()}
        fields: dict[str, Any] = {
            "message_id": self.next_id(chat),
            **author,
            "chat": chat.json(),
            "date": int(time.time()),
            **content,
            **reply,
            "reply_markup": markup,
            "html": html,
            "method": params["method"],
            "reply_parameters": params.get("reply_parameters"),
        }
        if thread is not None:
            fields |= {"message_thread_id": thread, "is_topic_message": True, "thread": thread}
        message = {name: it for name, it in fields.items() if it}
        chat.messages[message["message_id"]] = message
        self._sent.append(message)
        return shown(message)

    def _count(self, chat: Chat) -> None:
        """Hold a message against Telegram's rates. With flood_control, what is too fast is refused, and not counted."""
        if not self.enforce_limits:
            return
        now = time.monotonic()
        here, second = self._times.setdefault(chat.id, deque()), self._times.setdefault(0, deque())
        for times, seconds in ((here, 60), (second, 1)):
            while times and now - times[0] >= seconds:
                times.popleft()
        rule, wait = "", 1.0
        if len(second) >= PER_SECOND:
            rule, wait = "overall", second[-PER_SECOND] + 1 - now
        elif chat.user and _burst(here, now) > PRIVATE_BURST:
            rule = "private"
        elif not chat.user and len(here) >= PER_MINUTE_IN_GROUP:
            rule, wait = "group", here[-PER_MINUTE_IN_GROUP] + 60 - now
        if rule:
            self.too_fast.append(TooFast(chat.id, rule, now))
            if self.flood_control:
                after = max(1, math.ceil(wait))
                raise RefusedError(429, f"Too Many Requests: retry after {after}", retry_after=after)
        here.append(now)
        second.append(now)

    # Queries.

    def do_answer_callback_query(self, params: Params) -> bool:
        if self.queries.get(params.get("callback_query_id", "")) != "callback":
            raise bad(TOO_OLD)
        if len(params.get("text", "")) > 200:
            raise bad("MESSAGE_TOO_LONG")
        self.answers.append(params)
        return True

    def do_answer_inline_query(self, params: Params) -> bool:
        results = params.get("results", [])
        if len(results) > MAX_RESULTS:
            raise bad("RESULTS_TOO_MUCH")
        if any(not 1 <= len(str(one.get("id", "")).encode()) <= 64 for one in results):
            raise bad("RESULT_ID_INVALID")
        if any(count > 1 for count in Counter(one["id"] for one in results).values()):
            raise bad("RESULT_ID_DUPLICATE")
        if len(params.get("next_offset", "").encode()) > 64:
            raise bad("NEXT_OFFSET_INVALID")
        for one in results:
            self._check_result(one)
        if self.queries.get(params.get("inline_query_id", "")) != "inline":
            raise bad(TOO_OLD)
        self.inline_answers.append(params)
        return True

    def _check_result(self, result: dict[str, Any]) -> None:
        keyboard(result.get("reply_markup"))
        if result.get("type") != "article":
            return
        if not result.get("title"):
            raise bad('can\'t parse inline query result: Field "title" must be of type String')
        content = result.get("input_message_content") or {}
        if not content.get("message_text"):
            raise bad("message text is empty")
        text, _ = self._text({**content, "text": content["message_text"]}, "text")
        if utf16(text) > MAX_TEXT:
            raise bad("MESSAGE_TOO_LONG")

    # What the bot says of itself.

    def do_set_my_commands(self, params: Params) -> bool:
        commands = params.get("commands", [])
        if len(commands) > 100:
            raise bad("BOT_COMMANDS_TOO_MUCH")
        for one in commands:
            if not re.fullmatch(r"[a-z0-9_]{1,32}", one.get("command", "").removeprefix("/")):
                raise bad("BOT_COMMAND_INVALID")
            if not 1 <= len(one.get("description", "")) <= 256:
                raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
        self.commands[self._scope(params)] = commands
        return True

    def do_get_my_commands(self, params: Params) -> list[dict[str, str]]:
        return self.commands.get(self._scope(params), [])

    def do_delete_my_commands(self, params: Params) -> bool:
        self.commands.pop(self._scope(params), None)
        return True

    def _scope(self, params: Params) -> tuple[str, str]:
        """The key of a list of commands: ("chat:-100…", "id"); ("default", "") where nothing is said."""
        language, scope = params.get("language_code", ""), params.get("scope") or {"type": "default"}
        if not re.fullmatch(r"([a-z]{2})?", language):
            raise bad("invalid language code specified")
        kind = scope.get("type")
        if kind in ("default", "all_private_chats", "all_group_chats", "all_chat_administrators"):
            return kind, language
        if kind not in ("chat", "chat_administrators", "chat_member"):
            raise bad("can't parse BotCommandScope: unsupported type specified")
        chat = self._target(scope)
        if kind == "chat_member" and self.status(chat, scope.get("user_id", 0)) is None:
            raise bad("user not found")
        return ":".join([kind, str(chat.id), *([str(scope["user_id"])] if kind == "chat_member" else [])]), language

    def do_set_my_name(self, params: Params) -> bool:
        return self._describe("name", params, 64)

    def do_set_my_description(self, params: Params) -> bool:
        return self._describe("description", params, 512)

    def do_set_my_short_description(self, params: Params) -> bool:
        return self._describe("short_description", params, 120)

    def _describe(self, name: str, params: Params, longest: int) -> bool:
        if len(params.get(name, "")) > longest:
            raise bad(f"{name.replace('short_description', 'about').upper()}_TOO_LONG")
        self.profile[name, params.get("language_code", "")] = params.get(name, "")
        return True

    # Chats.

    def do_get_chat(self, params: Params) -> dict[str, Any]:
        gifts = ["unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"]
        accepted = dict.fromkeys(gifts, True)
        full = {"accent_color_id": 1, "max_reaction_count": 11, "accepted_gift_types": accepted}
        # A public chat can be looked up by whoever is not in it.
        public = (one for one in self.chats.values() if one.username and params.get("chat_id") == f"@{one.username}")
        return (next(public, None) or self._target(params)).json() | full

    def do_get_chat_member(self, params: Params) -> dict[str, Any]:
        chat = self._target(params)
        found = self.status(chat, params.get("user_id", 0))
        if found is None:
            raise bad("invalid user_id specified")
        return member_json(*found, found[0].id not in chat.silenced if chat.type == "channel" else None)

    def do_get_chat_administrators(self, params: Params) -> list[dict[str, Any]]:
        chat = self._target(params)
        if chat.user:
            raise bad("there are no administrators in the private chat")
        everyone = [*chat.members.values(), (self.bot, chat.bot)]
        return [member_json(*one) for one in everyone if one[1] in ("administrator", "creator")]

    def do_get_chat_member_count(self, params: Params) -> int:
        chat = self._target(params)
        there = [status for _, status in chat.members.values() if status not in ("left", "kicked")]
        return 2 if chat.user else len(there) + 1

    def do_leave_chat(self, params: Params) -> bool:
        chat = self._target(params)
        if chat.user:
            raise bad("chat member status can't be changed in private chats")
        self._bot_becomes(chat, "left", self.bot)
        return True

    def do_log_out(self, params: Params) -> bool:
        return True

    do_close = do_log_out


def _burst(times: Iterable[float], now: float) -> float:
    """How many of the allowed burst are used up with one more now, where one a second comes back."""
    level, before = 0.0, float("-inf")
    for at in times:
        level, before = max(0.0, level - (at - before)) + 1, at
    return max(0.0, level - (now - before)) + 1


def _file(params: Params, name: str) -> tuple[str, bytes]:
    given = params.get(name)
    if isinstance(given, str) and given.startswith("attach://"):
        given = params.get(given.removeprefix("attach://"))
    if isinstance(given, dict) and isinstance(given.get("body"), bytes):
        return given["filename"], given["body"]
    if not given:
        raise bad(f"there is no {name} in the request")
    return str(given), b""


def _quote(asked: Params, replied: Message) -> dict[str, Any]:
    try:
        text, entities = message_text(asked["quote"], asked.get("quote_parse_mode"), asked.get("quote_entities"))
    except TextError as e:
        raise bad(str(e)) from e
    whole = str(replied.get("text") or replied.get("caption", ""))
    if text not in whole or utf16(text) > 1024:
        raise bad("QUOTE_TEXT_INVALID")
    position = utf16(whole[: whole.index(text)])
    return {"text": text, "position": position, "is_manual": True} | ({"entities": entities} if entities else {})


def keyboard(markup: Any) -> dict[str, Any] | None:
    """A reply markup as Telegram keeps it; None for none. Raises RefusedError."""
    if not markup:
        return None
    if not isinstance(markup, dict):
        raise bad("object expected as reply markup")
    if "inline_keyboard" not in markup:
        return markup
    rows = markup["inline_keyboard"]
    if not isinstance(rows, list) or any(not isinstance(row, list) for row in rows):
        raise bad("can't parse inline keyboard: array of arrays of buttons expected")
    if sum(map(len, rows)) > MAX_BUTTONS:
        raise bad("REPLY_MARKUP_TOO_LONG")
    kept = [[_button(one) for one in row] for row in rows if row]
    return {"inline_keyboard": kept} if kept else None


def _button(button: Any) -> dict[str, Any]:
    words = "can't parse inline keyboard button: "
    if not isinstance(button, dict) or not isinstance(button.get("text"), str) or not button["text"].strip():
        raise bad(f'{words}Field "text" must be of type String')
    actions = [name for name in ACTIONS if name in button]
    if len(actions) != 1:
        raise bad(f"{words}Text buttons are unallowed in the inline keyboard" if not actions else f"{words}{actions}")
    if actions == ["callback_data"] and not 1 <= len(str(button["callback_data"]).encode()) <= 64:
        raise bad("BUTTON_DATA_INVALID")
    if actions == ["copy_text"] and not 1 <= len(button["copy_text"].get("text", "")) <= 256:
        raise bad("BUTTON_COPY_TEXT_INVALID")
    if actions == ["url"]:
        try:
            return {**button, "url": checked_link(button["url"])}
        except TextError as e:
            raise bad(f"inline keyboard button URL '{button['url']}' is invalid: {e}") from e
    return dict(button)


class BotApi(Methods):
    """The fake: `url`, `token`, the verbs of World, faults, and records of what the bot did."""

    def __init__(self, token: str = TOKEN, *, username: str = "warta_uji_bot", port: int = 0) -> None:
        super().__init__(int(token.partition(":")[0]), username)
        self.token = token
        self.url = ""
        self.webhook_target = ""
        """Where updates go instead of to the webhook's URL: what a proxy in front of the bot would do."""
        self.webhook_retry = 0.1
        self.delivered: list[tuple[int, int]] = []
        """For each attempt at the webhook the update's id and the status (0: nobody there)."""
        self._port = port
        self._calls: list[Call] = []
        self._faults: list[tuple[str, int | None, Fault, list[int | None]]] = []
        self._chaos: tuple[float, random.Random] = (0, random.Random(0))
        self._busy = self._polling = 0
        self._waiter: asyncio.Future[str] | None = None
        self._thread_of_server = threading.Thread(target=self._serve, daemon=True, name="bot-api")
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._broken: list[str] = []

    def __enter__(self) -> Self:
        self._thread_of_server.start()
        if not self._ready.wait(10):
            raise RuntimeError("the fake Bot API did not start")
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread_of_server.join(10)
        if self._broken and kind is None:
            raise AssertionError("the fake Bot API itself failed:\n" + "\n".join(self._broken))

    # Faults.

    def fail(self, method: str, error: Fault, *, times: int | None = 1, chat: Chat | None = None) -> None:
        """Have the next calls of a method ("*": of any) fail so; `times` None is always. In the order given."""
        with self.lock:
            self._faults.append((method.lower(), chat.id if chat else None, error, [times]))

    def heal(self) -> None:
        """No more faults and no more chaos."""
        with self.lock:
            self._faults.clear()
            self._chaos = (0, random.Random(0))

    def chaos(self, share: float, seed: int) -> None:
        """Have this share of all calls get 500, 502, garbage or a closed connection, before they are carried out."""
        with self.lock:
            self._chaos = (share, random.Random(seed))

    # Records.

    @property
    def calls(self) -> list[Call]:
        """The calls that came to their end, in that order; a waiting getUpdates is none yet."""
        with self.lock:
            return list(self._calls)

    def sent(self, chat: Chat | None = None, method: str | None = None) -> list[Message]:
        """The messages the bot sent, as they stand now. Beside Telegram's fields: html, thread, method."""
        with self.lock:
            return [
                copy.deepcopy(one)
                for one in self._sent
                if (chat is None or one["chat"]["id"] == chat.id) and (method is None or one["method"] == method)
            ]

    async def until(self, predicate: Callable[[], Any], timeout: float = 10) -> None:
        """Wait until it holds. Raises AssertionError that tells of the last calls."""
        over = time.monotonic() + timeout
        while not predicate():
            if time.monotonic() > over:
                raise AssertionError(f"not within {timeout} s; the last calls were\n{self.summary()}")
            await asyncio.sleep(0.01)

    async def settled(self, quiet: float = 0.2, timeout: float = 10) -> None:
        """Wait until the bot has taken all updates and has called nothing but getUpdates for `quiet` seconds."""

        def still() -> bool:
            with self.lock:
                last = max((one.at for one in self._calls if one.method != "getUpdates"), default=0)
                return not self.updates and self._busy == self._polling and time.monotonic() - max(last, began) > quiet

        began = time.monotonic()
        await self.until(still, timeout)

    def summary(self, count: int = 12) -> str:
        """The last calls, a line each."""
        lines = [f"  {one.status} {one.method} {str(one.params)[:160]}" for one in self.calls[-count:]]
        return "\n".join([*lines, f"  {self.queue_size} updates wait"])

    # The server's thread.

    def _serve(self) -> None:
        asyncio.run(self._main())

    async def _main(self) -> None:
        self._stop, self._news = asyncio.Event(), asyncio.Event()
        sockets = bind_sockets(self._port, "127.0.0.1")
        path = r"/bot([^/]*)/([^/]*)"
        server = HTTPServer(Application([(path, _Handler, {"api": self})], log_function=lambda _: None))
        server.add_sockets(sockets)
        self._loop = asyncio.get_running_loop()
        self.url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
        pump = asyncio.create_task(self._pump())
        self._ready.set()
        await self._stop.wait()
        with self.lock:
            self._loop = None
        server.stop()
        pump.cancel()
        self._interrupt("gone")
        await asyncio.gather(pump, server.close_all_connections(), return_exceptions=True)
        while self._busy:
            await asyncio.sleep(0.01)

    def _wake(self) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._woken)

    def _woken(self) -> None:
        self._interrupt("")
        self._news.set()

    def _interrupt(self, why: str) -> None:
        """End the waiting of a getUpdates: "" is for a look at the queue, anything else for good."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(why)

    async def respond(self, handler: _Handler, token: str, method: str) -> None:
        """One HTTP request. Raises nothing: what the fake itself does wrong fails the test at the end."""
        name, at = CANONICAL.get(method.lower(), method), time.monotonic()
        params = handler.parameters()
        call = Call(name, {key: it for key, it in params.items() if key != "method"}, 0, at)
        polls = name == "getUpdates"
        self._busy += 1
        self._polling += polls
        try:
            status, body = await self._answer(handler, token, call, {**params, "method": name})
        except Exception:
            self._broken.append(traceback.format_exc())
            status, body = 500, RefusedError(500, "Internal Server Error: the fake is broken").body()
        finally:
            self._busy -= 1
            self._polling -= polls
        call.status = 499 if handler.gone and polls else status
        with self.lock:
            self._calls.append(call)
        if not status:
            handler.detach().close()
            return
        handler.set_status(status)
        handler.set_header("Content-Type", "text/html" if body.startswith(b"<") else "application/json")
        handler.write(body)

    async def _answer(self, handler: _Handler, token: str, call: Call, params: Params) -> tuple[int, bytes]:
        fault = self._take_fault(call)
        if fault and fault.seconds:
            with suppress(TimeoutError):  # the end of the fake does not wait for it
                await asyncio.wait_for(self._stop.wait(), fault.seconds)
                return 0, b""
        elif fault and not fault.carried_out:
            return fault.status or 0, fault.body
        try:
            self._check_path(token, call.method)
            if call.method == "getUpdates":
                call.result = await self._get_updates(handler, params)
            else:
                call.result = self._carry_out(call.method, params)
        except RefusedError as refusal:
            call.result = refusal.description
            return (0, b"") if fault and fault.carried_out else (refusal.code, refusal.body())
        if fault and fault.carried_out:
            return 0, b""
        return 200, json.dumps({"ok": True, "result": call.result}).encode()

    def _take_fault(self, call: Call) -> Fault | None:
        with self.lock:
            for one in self._faults:
                method, chat, fault, left = one
                if method in ("*", call.method.lower()) and chat in (None, call.params.get("chat_id")):
                    if left[0] is not None:
                        left[0] -= 1
                        if not left[0]:
                            self._faults.remove(one)
                    return fault
            share, chance = self._chaos
            if share and chance.random() < share:
                return chance.choice([server_error(), bad_gateway(), garbage(), reset()])
            return None

    def _check_path(self, token: str, method: str) -> None:
        if not re.fullmatch(r"[0-9]+:[A-Za-z0-9_-]+", token):
            raise RefusedError(404, "Not Found")
        if token != self.token:
            raise RefusedError(401, "Unauthorized")
        if method not in METHODS:
            raise RefusedError(404, "Not Found: method not found")

    def _carry_out(self, method: str, params: Params) -> Any:
        do = getattr(self, "do_" + re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", method))
        with self.lock:
            if method == "setWebhook":
                self._interrupt("terminated by setWebhook request")
            return copy.deepcopy(do(params))

    async def _get_updates(self, handler: _Handler, params: Params) -> list[Update]:
        over = time.monotonic() + min(params.get("timeout", 0), 50)
        self._interrupt(OTHER_POLL)
        while True:
            with self.lock:
                updates = self.take_updates(params)
                params = {**params, "offset": max(0, params.get("offset", 0))}  # a negative one holds for now only
                remaining = over - time.monotonic()
                if updates or remaining <= 0:
                    return updates
                self._waiter = handler.waiter = asyncio.get_running_loop().create_future()
            try:
                why = await asyncio.wait_for(self._waiter, remaining)
            except TimeoutError:
                continue
            if why:
                raise RefusedError(409, f"Conflict: {why}")

    # The webhook.

    async def _pump(self) -> None:
        """Updates go out one after the other; the next only when the webhook has taken the one before."""
        client = AsyncHTTPClient(force_instance=True)
        try:
            while True:
                with self.lock:
                    hook, update = self.webhook, self.updates[0] if self.updates else None
                if not hook.url or update is None:
                    self._news.clear()
                    await self._news.wait()
                    continue
                status = await self._deliver(client, hook, update)
                with self.lock:
                    self.delivered.append((update["update_id"], status))
                    if 200 <= status < 300:
                        self.updates[:] = [one for one in self.updates if one is not update]
                        continue
                    hook.last_error_date = int(time.time())
                    words = f"Wrong response from the webhook: {status}" if status else "Connection refused"
                    hook.last_error_message = words
                await asyncio.sleep(self.webhook_retry)
        finally:
            client.close()

    async def _deliver(self, client: AsyncHTTPClient, hook: Webhook, update: Update) -> int:
        target = self.webhook_target or hook.url
        if urlsplit(target).hostname not in ("127.0.0.1", "localhost", "::1"):
            return 0  # nothing of a test goes out into the network
        headers = {"Content-Type": "application/json"}
        if hook.secret_token:
            headers["X-Telegram-Bot-Api-Secret-Token"] = hook.secret_token
        request = HTTPRequest(
            target, "POST", headers, json.dumps(update), follow_redirects=False, validate_cert=False, request_timeout=10
        )
        try:
            return (await client.fetch(request, raise_error=False)).code
        except OSError:
            return 0


class _Handler(RequestHandler):
    """A request to a method."""

    def initialize(self, api: BotApi) -> None:
        self.api = api
        self.gone = False
        self.waiter: asyncio.Future[str] | None = None

    async def get(self, token: str, method: str) -> None:
        await self.api.respond(self, token, method)

    post = get

    def on_connection_close(self) -> None:
        self.gone = True
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result("the caller has gone")

    def parameters(self) -> Params:
        """Of the query, of a form, of a multipart body or of JSON, each decoded."""
        given: Params = {name: _decoded(name, values[-1].decode()) for name, values in self.request.arguments.items()}
        for name, files in self.request.files.items():
            given[name] = {"filename": files[0]["filename"], "body": files[0]["body"]}
        if self.request.headers.get("Content-Type", "").startswith("application/json") and self.request.body:
            given |= json.loads(self.request.body)
        return given


def _decoded(name: str, text: str) -> Any:
    if name in TEXTS:
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def main(arguments: Iterable[str] = ()) -> None:
    """Serve, telling url and token in a line of JSON; then take a line of JSON for each message to be said.

    {"user": 7, "name": "Ani", "text": "halo"} is said in the user's private chat. At the end of the lines it tells
    in a last line when each call ended, and goes.
    """
    token = next(iter(arguments), TOKEN)
    with BotApi(token) as api:
        print(json.dumps({"url": api.url, "token": api.token}), flush=True)  # noqa: T201
        for line in sys.stdin:
            said = json.loads(line)
            user = api.users.get(said["user"]) or api.user(said.get("name", "Ani"), id=said["user"])
            api.say(api.private(user), user, said["text"])
        calls = [{"method": one.method, "status": one.status, "at": one.at} for one in api.calls]
        print(json.dumps(calls), flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
