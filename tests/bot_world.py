"""Who and what the fake Telegram knows: users, chats, messages, and the queue of updates for the bot.

Everything here is called from the test's thread and from the server's, so each verb takes the lock.
"""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from telegram_html import Entity, covered, with_found

Message = dict[str, Any]
Update = dict[str, Any]

ANONYMOUS_ADMIN = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
CHANNEL_POSTER = {"id": 136817688, "is_bot": True, "first_name": "Channel", "username": "Channel_Bot"}
KINDS = {
    "message", "edited_message", "channel_post", "edited_channel_post", "callback_query", "inline_query",
    "chosen_inline_result", "my_chat_member", "chat_member", "message_reaction", "message_reaction_count",
}  # fmt: skip
NOT_BY_DEFAULT = {"chat_member", "message_reaction", "message_reaction_count"}
"""Updates that come only to bots that ask for them."""

OWN = ("html", "thread", "method", "reply_parameters")
"""What is kept with a message for the tests, and never sent."""


@dataclass(eq=False)
class User:
    """A person, or the bot."""

    id: int
    first_name: str
    language_code: str | None = None
    username: str | None = None
    is_bot: bool = False

    def json(self) -> dict[str, Any]:
        shown = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name}
        optional = {"username": self.username, "language_code": self.language_code}
        return shown | {name: value for name, value in optional.items() if value}


TELEGRAM = User(777000, "Telegram")
"""Who acts where the tests name nobody, and who forwards the posts of a linked channel."""


@dataclass(eq=False)
class Chat:
    """`bot` is the bot's status in it; `started` is whether the user of a private chat ever wrote."""

    id: int
    type: str
    title: str
    user: User | None = None
    username: str | None = None
    forum: bool = False
    bot: str = "member"
    started: bool = False
    members: dict[int, tuple[User, str]] = field(default_factory=dict)
    silenced: set[int] = field(default_factory=set)
    """Administrators of a channel that may not post there."""
    topics: dict[int, str] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    migrated_to: int | None = None
    last_id: int = 0

    def json(self) -> dict[str, Any]:
        shown: dict[str, Any] = {"id": self.id, "type": self.type}
        if self.user:
            shown["first_name"] = self.user.first_name
        else:
            shown["title"] = self.title
        if username := self.user.username if self.user else self.username:
            shown["username"] = username
        return shown | ({"is_forum": True} if self.forum else {})


def shown(message: Message) -> Message:
    """A message as the bot is given it."""
    public = {name: value for name, value in message.items() if name not in OWN}
    if "inline_keyboard" not in public.get("reply_markup", {}):
        public.pop("reply_markup", None)
    return copy.deepcopy(public)


class World:
    """The test's side of the fake; `_wake` is called, under the lock, when an update was queued."""

    def __init__(self, bot_id: int, username: str) -> None:
        self.lock = threading.RLock()
        self.bot = User(bot_id, "Warta Uji", username=username, is_bot=True)
        self.privacy = False
        """True: of a group the bot is told only what is meant for it, as @BotFather sets it up for a new bot."""
        self.users: dict[int, User] = {}
        self.chats: dict[int, Chat] = {}
        self.updates: list[Update] = []
        self.allowed_updates: list[str] = []
        self.queries: dict[str, str] = {}
        """Unanswered and answered queries that can still be answered: their kind by their id."""
        self.inline_messages: dict[str, Message] = {}
        self._numbers = 0
        self._last_update = 871_000
        self._last_message = 0

    @property
    def username(self) -> str:
        return self.bot.username or ""

    @property
    def bot_id(self) -> int:
        return self.bot.id

    @property
    def queue_size(self) -> int:
        """Updates that the bot has not confirmed yet."""
        with self.lock:
            return len(self.updates)

    # Users and chats.

    def user(
        self, first_name: str, *, id: int | None = None, language_code: str | None = "id", username: str | None = None  # noqa: A002
    ) -> User:  # fmt: skip
        """A person; the same id must not be given twice."""
        with self.lock:
            number = id or 5_000_000_000 + self._number()
            if number in self.users or number == self.bot_id:
                raise ValueError(f"there is a user {number} already")
            self.users[number] = User(number, first_name, language_code, username)
            return self.users[number]

    def private(self, user: User) -> Chat:
        """The chat of the bot and a user. Until the user says something the bot cannot write there."""
        with self.lock:
            return self.chats.setdefault(user.id, Chat(user.id, "private", "", user=user))

    def group(self, title: str, *, forum: bool = False, kind: str = "supergroup") -> Chat:
        """A group that the bot is a member of."""
        with self.lock:
            number = -self._number() - (1_001_000_000_000 if kind == "supergroup" else 4_000_000)
            self.chats[number] = Chat(number, kind, title, forum=forum)
            return self.chats[number]

    def channel(self, title: str, *, username: str | None = None) -> Chat:
        """A channel the bot is not in: `member(channel, api.bot, "administrator")` lets it in."""
        with self.lock:
            number = -self._number() - 1_002_000_000_000
            self.chats[number] = Chat(number, "channel", title, username=username, bot="left")
            return self.chats[number]

    def member(self, chat: Chat, user: User, status: str = "member") -> None:
        """Have a user, or the bot (`api.bot`), be in a chat so; tells the bot nothing."""
        with self.lock:
            if user is self.bot:
                chat.bot = status
            else:
                chat.members[user.id] = (user, status)

    def topic(self, chat: Chat, name: str) -> int:
        """A new topic of a forum; its service message is queued, and its id is the message_thread_id."""
        with self.lock:
            message = self._service(chat, forum_topic_created={"name": name, "icon_color": 7322096})
            number: int = message["message_id"]
            chat.topics[number] = name
            message |= {"message_thread_id": number, "is_topic_message": True}
            self.raw({"message": shown(message)})
            return number

    # What happens, and the bot is told of.

    def say(
        self,
        chat: Chat,
        user: User | None,
        text: str,
        *,
        reply_to: Message | None = None,
        thread: int | None = None,
        entities: list[Entity] | None = None,
        date: int | None = None,
        via_bot: bool = False,
        forward: bool = False,
        edited: bool | Message = False,
        sender_chat: Chat | None = None,
        automatic: bool = False,
        **more: Any,
    ) -> Message:
        """A message to the chat, as the bot is told of it (where privacy mode lets it be told).

        `entities`: None for what Telegram finds by itself. `edited`: a message to be edited, or True for the user's
        last one (or a new one). `sender_chat`: the group itself for an anonymous administrator, a channel for one who
        writes in its name; with `automatic`, for a post of the linked channel. In a channel there is no user.
        `more` goes into the message as it stands (a `photo`, a `caption`; text "" leaves the text out).
        """
        with self.lock:
            if chat.bot == "kicked" and chat.user:
                raise ValueError("this user blocked the bot: join() unblocks it")
            chat.started = True
            old = self._last_of(chat, user) if edited is True else edited or None
            message: Message = {
                "message_id": old["message_id"] if old else self.next_id(chat),
                "date": old["date"] if old else date or int(time.time()),
                "chat": chat.json(),
                **self._sender(chat, user, sender_chat, automatic),
                **self._place(chat, thread, reply_to),
                **({"text": text} if text else {}),
                **more,
            }
            if old or edited:
                message["edit_date"] = date or int(time.time())
            if found := with_found(text, []) if entities is None else entities:
                message["entities"] = found
            if via_bot:
                message["via_bot"] = self.bot.json()
            if forward:
                author = (user or self.bot).json()
                message["forward_origin"] = {"type": "user", "date": message["date"] - 60, "sender_user": author}
            chat.messages[message["message_id"]] = message
            kind = "channel_post" if chat.type == "channel" else "message"
            if self._told(chat, message):
                self.raw({f"edited_{kind}" if old or edited else kind: shown(message)})
            return copy.deepcopy(message)

    def press(
        self,
        user: User,
        message: Message | str,
        button: str = "",
        *,
        data: str | None = None,
        inaccessible: bool = False,
    ) -> str:
        """A press on a button under the bot's message, found by its text or its data; gives the query's id.

        `message` can be an inline_message_id. `data` forges the data, with no such button. `inaccessible`: of the
        message the bot is told no more than its id, as with old ones.
        """
        with self.lock:
            query: dict[str, Any] = {"from": user.json(), "chat_instance": "-8151"}
            if isinstance(message, str):
                stands = self.inline_messages[message]
                query["inline_message_id"] = message
            else:
                chat = self.chats[message["chat"]["id"]]
                stands = chat.messages.get(message["message_id"], message)
                few = {"chat": chat.json(), "message_id": message["message_id"], "date": 0}
                query["message"] = few if inaccessible else shown(stands)
            query["data"] = _data_below(stands, button) if data is None else data
            query["id"] = self._query("callback")
            self.raw({"callback_query": query})
            return str(query["id"])

    def inline(self, user: User, query: str, offset: str = "") -> str:
        """Someone types `@bot query`; gives the query's id."""
        with self.lock:
            number = self._query("inline")
            asked = {"id": number, "from": user.json(), "query": query, "offset": offset, "chat_type": "private"}
            self.raw({"inline_query": asked})
            return number

    def chosen(self, user: User, result_id: str, query: str, *, inline_message: Message | None = None) -> str | None:
        """Someone sends one of the results; gives the inline_message_id where it has buttons (`inline_message`)."""
        with self.lock:
            chosen = {"result_id": result_id, "from": user.json(), "query": query}
            number = None
            if inline_message is not None:
                chosen["inline_message_id"] = number = f"inline-{self._number()}"
                self.inline_messages[number] = dict(inline_message)
            self.raw({"chosen_inline_result": chosen})
            return number

    def expire(self, query_id: str) -> None:
        """Answering this query comes too late from now on."""
        with self.lock:
            self.queries.pop(query_id)

    def join(self, chat: Chat, by: User | None = None) -> None:
        """The bot is added to a group, or a user unblocks it."""
        with self.lock:
            self._bot_becomes(chat, "member", by)
            if not chat.user:
                self.raw({"message": shown(self._service(chat, by, new_chat_members=[self.bot.json()]))})

    def leave(self, chat: Chat, by: User | None = None) -> None:
        """The bot is thrown out of a group or a channel."""
        with self.lock:
            self._bot_becomes(chat, "kicked", by)

    def block(self, user: User) -> None:
        """A user blocks the bot."""
        with self.lock:
            self._bot_becomes(self.private(user), "kicked", user)

    def migrate(self, chat: Chat) -> Chat:
        """The group becomes a supergroup, which is given; the bot is told in both."""
        with self.lock:
            fresh = self.group(chat.title)
            fresh.members, fresh.bot, chat.migrated_to = dict(chat.members), chat.bot, fresh.id
            self.raw({"message": shown(self._service(chat, migrate_to_chat_id=fresh.id))})
            self.raw({"message": shown(self._service(fresh, migrate_from_chat_id=chat.id))})
            return fresh

    def raw(self, update: Update) -> None:
        """Queue an update, however malformed; it is given an id where it has none."""
        with self.lock:
            kinds = update.keys() & KINDS
            wanted = set(self.allowed_updates) or KINDS - NOT_BY_DEFAULT
            if kinds and not kinds & wanted:
                return
            self._last_update += 1
            self.updates.append({"update_id": self._last_update, **copy.deepcopy(update)})
            self._wake()

    # For the server's side as well.

    def next_id(self, chat: Chat) -> int:
        """Private chats and small groups share their numbers, every other chat has its own, as in Telegram."""
        if chat.type in ("supergroup", "channel"):
            chat.last_id += 1
            return chat.last_id
        self._last_message += 1
        return self._last_message

    def status(self, chat: Chat, user_id: int) -> tuple[User, str] | None:
        """Someone's place in a chat; None for a user unknown there."""
        if user_id == self.bot_id:
            return self.bot, chat.bot
        if chat.user and chat.user.id == user_id:
            return chat.user, "member"
        return chat.members.get(user_id) or ((self.users[user_id], "left") if user_id in self.users else None)

    def _wake(self) -> None:
        """For the server, which has someone waiting."""

    def _number(self) -> int:
        self._numbers += 1
        return self._numbers

    def _query(self, kind: str) -> str:
        number = str(4_300_000_000_000_000 + self._number())
        self.queries[number] = kind
        return number

    def _service(self, chat: Chat, by: User | None = None, **what: Any) -> Message:
        author = by or TELEGRAM
        number = self.next_id(chat)
        message: Message = {"message_id": number, "date": int(time.time()), "chat": chat.json(), "from": author.json()}
        message |= what
        chat.messages[number] = message
        return message

    def _bot_becomes(self, chat: Chat, status: str, by: User | None) -> None:
        before, chat.bot = chat.bot, status
        author = chat.user or by or next((user for user, _ in chat.members.values()), TELEGRAM)
        change = {
            "chat": chat.json(),
            "from": author.json(),
            "date": int(time.time()),
            "old_chat_member": member_json(self.bot, before),
            "new_chat_member": member_json(self.bot, status),
        }
        self.raw({"my_chat_member": change})

    def _last_of(self, chat: Chat, user: User | None) -> Message | None:
        theirs = (one for one in reversed(chat.messages.values()) if user and one.get("from", {}).get("id") == user.id)
        return next(theirs, None)

    def _sender(self, chat: Chat, user: User | None, sender_chat: Chat | None, automatic: bool) -> dict[str, Any]:
        if chat.type == "channel":
            return {"sender_chat": chat.json()}
        if sender_chat is chat:
            return {"from": ANONYMOUS_ADMIN, "sender_chat": chat.json(), "author_signature": "Admin"}
        if sender_chat and automatic:
            return {"from": TELEGRAM.json(), "sender_chat": sender_chat.json(), "is_automatic_forward": True}
        if sender_chat:
            return {"from": CHANNEL_POSTER, "sender_chat": sender_chat.json()}
        assert user is not None
        if not chat.user:
            chat.members.setdefault(user.id, (user, "member"))
        return {"from": user.json()}

    def _place(self, chat: Chat, thread: int | None, reply_to: Message | None) -> dict[str, Any]:
        """Where a message stands: its topic, and what it replies to."""
        place: dict[str, Any] = {}
        if reply_to is not None:
            known = chat.messages.get(reply_to["message_id"], reply_to)
            place["reply_to_message"] = {name: it for name, it in shown(known).items() if name != "reply_to_message"}
            thread = thread or (known.get("message_thread_id") if chat.forum else None)
        if thread is not None:
            place |= {"message_thread_id": thread, "is_topic_message": True}
            # In a topic, what replies to nothing replies to the message that opened it.
            if reply_to is None and thread in chat.messages:
                place["reply_to_message"] = shown(chat.messages[thread])
        return place

    def _told(self, chat: Chat, message: Message) -> bool:
        """Whether the bot sees a message: https://core.telegram.org/bots/features#privacy-mode."""
        if chat.bot in ("left", "kicked"):
            return False
        if not self.privacy or chat.type not in ("group", "supergroup") or chat.bot == "administrator":
            return True
        replied = message.get("reply_to_message", {}).get("from", {}).get("id") == self.bot_id
        return replied or "via_bot" in message or _addresses(message, self.username)


def member_json(user: User, status: str, posts: bool | None = None) -> dict[str, Any]:
    """A ChatMember, with all that its status requires. `posts`: in a channel, whether an administrator may post."""
    shown: dict[str, Any] = {"user": user.json(), "status": status}
    if status == "creator":
        shown["is_anonymous"] = False
    elif status == "kicked":
        shown["until_date"] = 0
    elif status == "administrator":
        rights = (
            "be_edited manage_chat delete_messages manage_video_chats restrict_members promote_members change_info "
            "invite_users post_stories edit_stories delete_stories"
        )
        shown |= {"is_anonymous": False} | {f"can_{right}": right != "be_edited" for right in rights.split()}
        shown |= {"can_post_messages": posts} if posts is not None else {}
    return shown


def _addresses(message: Message, username: str) -> bool:
    """Whether a message in a group is for the bot: a command not meant for another bot, or its name."""
    for entity in message.get("entities", []):
        words = covered(message.get("text", ""), entity).lower()
        if entity["type"] == "mention" and words == f"@{username}".lower():
            return True
        if entity["type"] == "bot_command" and words.partition("@")[2] in ("", username.lower()):
            return True
    return False


def _data_below(message: Message, button: str) -> str:
    rows: Iterable[list[dict[str, Any]]] = message.get("reply_markup", {}).get("inline_keyboard", [])
    buttons = [one for row in rows for one in row]
    for one in buttons:
        if "callback_data" in one and button in (one["text"], one["callback_data"]):
            return str(one["callback_data"])
    raise AssertionError(f"no button {button!r} to press; there are {[one['text'] for one in buttons]}")
