"""Answers as they were given: found again by their token, by a message of theirs, or as somebody's latest."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from bot.chats import BotStore
from bot.records import GivenAnswer, Place
from index.types import Citation, Quote


class Answers:
    """The given answers in a BotStore."""

    def __init__(self, store: BotStore) -> None:
        self._store = store

    def keep(self, answer: GivenAnswer, message_ids: Sequence[int]) -> None:
        """Remember an answer and the messages that it was given in, all or nothing."""
        with self._store.transaction():
            self._insert("answers", _row(answer))
            for position, quote in enumerate(answer.quotes):
                self._insert("answer_quotes", _quote_row(answer.token, position, quote))
            for position, citation in enumerate(answer.citations):
                self._insert("answer_citations", _citation_row(answer.token, position, citation))
            for message_id in message_ids:
                self.link_message(answer.token, answer.place.chat_id, message_id)

    def link_message(self, token: str, chat_id: int, message_id: int) -> None:
        """A message that belongs to an answer: a reply to it is a follow-up. Nothing happens for unknown answers."""
        with self._store.transaction():
            self._store.connection.execute(
                "insert or replace into answer_messages (chat_id, message_id, token)"
                " select ?, ?, token from answers where token = ?",
                [chat_id, message_id, token],
            )

    def by_token(self, token: str) -> GivenAnswer | None:
        """The answer of that token, equal to what was kept."""
        return self._one("where token = ?", [token])

    def by_message(self, chat_id: int, message_id: int) -> GivenAnswer | None:
        """The answer that a message belongs to."""
        where = "where token = (select token from answer_messages where chat_id = ? and message_id = ?)"
        return self._one(where, [chat_id, message_id])

    def latest(self, place: Place, user_id: int, since: float) -> GivenAnswer | None:
        """What somebody was last told in a place: not before `since`, nor before they asked to forget.

        Inline answers do not count, they may have been sent anywhere.
        """
        here = [place.chat_id, place.thread_id, user_id]
        whose = "chat_id = ? and thread_id = ? and user_id = ?"
        forgets = self._store.read(f"select forgotten_at from forgets where {whose}", here)
        forgotten_at = forgets[0][0] if forgets else float("-inf")
        return self._one(
            f"where {whose} and origin != 'inline' and created_at >= ? and created_at > ?"
            " order by created_at desc, rowid desc limit 1",
            [*here, since, forgotten_at],
        )

    def forget(self, place: Place, user_id: int, now: float) -> None:
        """Let somebody's next question in a place stand for itself."""
        with self._store.transaction():
            self._store.connection.execute(
                "insert or replace into forgets values (?, ?, ?, ?)", [place.chat_id, place.thread_id, user_id, now]
            )

    def answered(self, chat_id: int, question_id: int) -> bool:
        """Whether a message's question has its answer: after a crash it must not get a second one."""
        if not question_id:  # inline, or asked before the chat got another id
            return False
        query = "select 1 from answers where chat_id = ? and question_id = ? limit 1"
        return bool(self._store.read(query, [chat_id, question_id]))

    def put_into_words(self, token: str, written: str) -> None:
        """Remember what now stands above an answer's quotes."""
        with self._store.transaction():
            self._store.connection.execute("update answers set written = ? where token = ?", [written, token])

    def mark_used(self, token: str) -> None:
        """Keep an inline answer: somebody sent it, or asked for more of it."""
        with self._store.transaction():
            self._store.connection.execute("update answers set used = 1 where token = ?", [token])

    def drop_inline(self, before: float) -> int:
        """Delete inline answers from before a time that nobody used, which is most of them; give their number."""
        with self._store.transaction():
            done = self._store.connection.execute(
                "delete from answers where origin = 'inline' and used = 0 and created_at < ?"
                " and token not in (select token from feedback)",
                [before],
            )
        return done.rowcount

    def _insert(self, table: str, row: dict[str, object]) -> None:
        marks = ", ".join("?" * len(row))
        self._store.connection.execute(f"insert into {table} ({_columns(row)}) values ({marks})", list(row.values()))

    def _one(self, where: str, values: Sequence[object]) -> GivenAnswer | None:
        rows = self._store.read(f"select {_columns(_ANSWER)} from answers {where}", values)
        if not rows:
            return None
        token = rows[0][0]
        order = "where token = ? order by position"
        quotes = self._store.read(f"select {_columns(_QUOTE)}, also from answer_quotes {order}", [token])
        citations = self._store.read(
            f"select {_columns(_CITATION)}, partners, elsewhere from answer_citations {order}", [token]
        )
        return _answer(
            _fields(_ANSWER, rows[0]),
            tuple(Quote(**_fields(_QUOTE, row), also=_pairs(row[-1])) for row in quotes),
            tuple(_citation(row) for row in citations),
        )


_ANSWER = (
    *("token", "chat_id", "thread_id", "user_id", "question_id", "origin", "question", "topic", "names", "language"),
    *("answerable", "confidence", "notice", "further", "created_at", "seconds", "lead", "written"),
)
_QUOTE = ("n", "text", "article_id", "start", "end", "language")
_CITATION = ("n", "article_id", "title", "publisher", "published_at", "url", "link", "revision")


def _columns(names: Iterable[str]) -> str:
    return ", ".join(f"[{name}]" for name in names)  # "end" is a word of SQL


def _fields(names: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    return dict(zip(names, row, strict=False))


def _pairs(text: str) -> tuple[tuple[int, int], ...]:
    return tuple((n, article_id) for n, article_id in json.loads(text))


def _row(answer: GivenAnswer) -> dict[str, object]:
    special: dict[str, object] = {
        "chat_id": answer.place.chat_id,
        "thread_id": answer.place.thread_id,
        "names": json.dumps(answer.names, ensure_ascii=False),
        "answerable": int(answer.answerable),
        "further": json.dumps(answer.further),
    }
    return {name: special[name] if name in special else getattr(answer, name) for name in _ANSWER}


def _quote_row(token: str, position: int, quote: Quote) -> dict[str, object]:
    fields = {name: getattr(quote, name) for name in _QUOTE}
    return {"token": token, "position": position, **fields, "also": json.dumps(quote.also)}


def _citation_row(token: str, position: int, citation: Citation) -> dict[str, object]:
    fields = {name: getattr(citation, name) for name in _CITATION}
    lists = {name: json.dumps(getattr(citation, name), ensure_ascii=False) for name in ("partners", "elsewhere")}
    return {"token": token, "position": position, **fields, **lists}


def _citation(row: Sequence[Any]) -> Citation:
    *_, partners, elsewhere = row
    printed = tuple((str(publisher), str(url)) for publisher, url in json.loads(elsewhere))
    return Citation(**_fields(_CITATION, row), partners=tuple(json.loads(partners)), elsewhere=printed)


def _answer(row: dict[str, Any], quotes: tuple[Quote, ...], citations: tuple[Citation, ...]) -> GivenAnswer:
    place = Place(row.pop("chat_id"), row.pop("thread_id"))
    row |= {name: tuple(json.loads(row[name])) for name in ("names", "further")}
    row["answerable"] = bool(row["answerable"])
    return GivenAnswer(**row, place=place, quotes=quotes, citations=citations)
