"""What people think of answers, and what the engine can be measured by because of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from bot.answers import Answers
from bot.chats import BotStore
from bot.records import Feedback, GivenAnswer
from index.disk import sync_path, write_synced
from index.errors import SourceError
from index.evaluate import QUOTE_WINDOW
from index.store import Store
from index.types import Article

MARKER = "FEEDBACK.txt"
"""Stands in every exported folder, and nowhere else: what holds it may be replaced."""
_NOTE = (
    "An evaluation set made from feedback; the next export replaces it.\n"
    "It holds questions and comments as people wrote them, private ones too: keep it to yourself.\n"
)
_Record = dict[str, object]
_BATCH = 500  # articles in memory at a time


class FeedbackBook:
    """The feedback in a BotStore."""

    def __init__(self, store: BotStore) -> None:
        self._store = store

    def give(self, feedback: Feedback) -> bool:
        """Note what a person thinks of an answer; False when there is no such answer.

        Their last word replaces the one before. The same verdict without a reason, or without a comment, takes back
        neither.
        """
        with self._store.transaction():
            done = self._store.connection.execute(
                """
                insert into feedback (token, user_id, verdict, reason, comment, created_at)
                select token, ?, ?, ?, ?, ? from answers where token = ?
                on conflict (token, user_id) do update set
                    reason = case when excluded.reason = '' and verdict = excluded.verdict
                        then reason else excluded.reason end,
                    comment = case when excluded.comment = '' and verdict = excluded.verdict
                        then comment else excluded.comment end,
                    verdict = excluded.verdict,
                    created_at = excluded.created_at
                """,
                [
                    *(feedback.user_id, feedback.verdict, feedback.reason, feedback.comment, feedback.created_at),
                    feedback.token,
                ],
            )
        return done.rowcount == 1

    def of(self, token: str, user_id: int) -> Feedback | None:
        """What a person thinks of an answer, if they said so."""
        rows = self._store.read(f"{_SELECT} where token = ? and user_id = ?", [token, user_id])
        return Feedback(*rows[0]) if rows else None

    def all(self) -> list[Feedback]:
        """Everything that was said, oldest first."""
        return [Feedback(*row) for row in self._store.read(f"{_SELECT} order by created_at, rowid")]

    def ask_comment(self, chat_id: int, message_id: int, user_id: int, token: str, now: float) -> None:
        """A message asks a person what was wrong with an answer. Nothing happens for unknown answers."""
        with self._store.transaction():
            self._store.connection.execute(
                "insert or replace into prompts (chat_id, message_id, user_id, token, created_at)"
                " select ?, ?, ?, token, ? from answers where token = ?",
                [chat_id, message_id, user_id, now, token],
            )

    def comment_for(self, chat_id: int, message_id: int, user_id: int) -> str | None:
        """The token of the answer that a reply to this message is about; None for others than the person asked."""
        rows = self._store.read(
            "select token from prompts where chat_id = ? and message_id = ? and user_id = ?",
            [chat_id, message_id, user_id],
        )
        return str(rows[0][0]) if rows else None


_SELECT = "select token, user_id, verdict, reason, comment, created_at from feedback"


@dataclass(frozen=True, slots=True)
class Exported:
    """What an exported folder holds."""

    queries: int
    """Questions with a label: answerable + unanswerable."""
    answerable: int
    unanswerable: int
    for_review: int
    """Feedback that gives no label, or one that somebody contradicts."""
    corpus: int
    """Articles."""


@dataclass(frozen=True, slots=True)
class _Vote:
    feedback: Feedback
    answer: GivenAnswer

    @property
    def good(self) -> bool:
        return self.feedback.verdict == "good"

    @property
    def is_label(self) -> bool:
        return self.good or self.feedback.reason == "unanswerable"

    @property
    def answerable(self) -> bool:
        """What a label says of the question."""
        return self.good and self.answer.answerable

    @property
    def statement(self) -> str:
        """What was said first; "" when abstaining."""
        return self.answer.quotes[0].text if self.answer.answerable and self.answer.quotes else ""


@dataclass(frozen=True, slots=True)
class _Question:
    """All that was said of one question, however it was spelt."""

    text: str
    language: str
    votes: list[_Vote] = field(default_factory=list)


def export(store: BotStore, index_store: Store, folder: Path) -> Exported:
    """Write what people said as an evaluation set, in the form that `index.evalset.read_set` reads.

    A 👍 under an answer says that its first quote answers the question; a 👍 under an abstention, and a 👎 because
    nothing in the news answers it, that none does. All other feedback goes to review.jsonl, for a person to read: a 👎
    for any other reason; labels of one question that contradict each other; a label that somebody's 👎 of the same
    statement contradicts; and quotes that the articles no longer hold. A follow-up is written with its topic, as it was
    searched.

    No file names a person or a chat, but all hold what people wrote, in private too: the folder is the operator's only.
    Raises SourceError when the folder holds something else or cannot be written.
    """
    if folder.exists() and not (folder / MARKER).is_file() and (not folder.is_dir() or any(folder.iterdir())):
        raise SourceError(f"{folder} holds something else than an export of feedback; name a new or an empty folder")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_synced(folder / MARKER, _NOTE.encode())
        # Written last: an export that was cut short is no evaluation set, and is not taken for one.
        (folder / "queries.jsonl").unlink(missing_ok=True)
        with index_store.snapshot():
            corpus = _write_corpus(index_store, folder / "corpus.jsonl")
            queries, qrels, review = _labelled(_questions(store), index_store)
        write_synced(folder / "qrels.tsv", "".join(f"{query}\t{article}\n" for query, article in qrels).encode())
        write_synced(folder / "review.jsonl", _lines(review))
        write_synced(folder / "queries.jsonl", _lines(queries))
        sync_path(folder)
    except OSError as e:
        raise SourceError(f"{folder} cannot be written ({e.strerror}); name another folder or free some space") from e
    answerable = sum(bool(query["answerable"]) for query in queries)
    return Exported(len(queries), answerable, len(queries) - answerable, len(review), corpus)


def _write_corpus(store: Store, file: Path) -> int:
    ids = store.article_ids()
    with file.open("wb") as out:
        for at in range(0, len(ids), _BATCH):
            found = store.articles(ids[at : at + _BATCH])
            out.write(_lines(_document(number, found[number]) for number in sorted(found)))
    sync_path(file)
    return len(ids)


def _document(number: int, article: Article) -> _Record:
    return {
        "id": str(number), "title": article.title, "text": article.body, "lang": article.language,
        "date": article.published_at, "url": article.url, "publisher": article.publisher,
        "partners": list(article.partners),
    }  # fmt: skip


def _questions(store: BotStore) -> list[_Question]:
    answers, found = Answers(store), dict[str, _Question]()
    for feedback in FeedbackBook(store).all():
        if (answer := answers.by_token(feedback.token)) is None:  # deleted since
            continue
        # With its topic, as index.pipeline searches it.
        text = " ".join(f"{answer.question} {answer.topic}".split())
        question = found.setdefault(text.casefold(), _Question(text, answer.language))
        question.votes.append(_Vote(feedback, answer))
    return list(found.values())


def _labelled(
    questions: Iterable[_Question], store: Store
) -> tuple[list[_Record], list[tuple[str, int]], list[_Record]]:
    """Lines of queries.jsonl, of qrels.tsv and of review.jsonl."""
    queries, qrels, review = list[_Record](), list[tuple[str, int]](), list[_Record]()
    for question in questions:
        kept, relevant = list[_Vote](), dict[int, None]()
        for vote in question.votes:
            ids = _relevant(vote, store)
            if why := _doubt(vote, question, ids):
                review.append(_review(question, vote, why))
            else:
                kept.append(vote)
                relevant |= dict.fromkeys(ids)
        if kept:
            answerable = kept[0].answerable
            expected = dict.fromkeys(_expected(vote.statement) for vote in kept) if answerable else ()
            query_id = blake2b(question.text.casefold().encode(), digest_size=8).hexdigest()
            queries.append(
                {"id": query_id, "text": question.text, "lang": question.language}
                | {"answers": list(expected), "answerable": answerable}
            )
            qrels += [(query_id, number) for number in relevant]
    return queries, qrels, review


def _doubt(vote: _Vote, question: _Question, relevant: Sequence[int]) -> str:
    """Why a vote is no label, or "" where it is one."""
    others = question.votes
    if not vote.is_label:
        return "no label"
    if any(other.is_label and other.answerable != vote.answerable for other in others):
        return "contradicted"
    if vote.good and any(not other.is_label and other.statement == vote.statement for other in others):
        return "contradicted"
    return "the articles have changed" if vote.answerable and not relevant else ""


def _relevant(vote: _Vote, store: Store) -> list[int]:
    """The articles that say what was said first, as far as they are there; none when the quoted one says it no more."""
    if not (vote.answerable and vote.answer.quotes):
        return []
    first = vote.answer.quotes[0]
    same = [number for quote in vote.answer.quotes if quote.n == first.n for _, number in quote.also]
    found = store.articles({first.article_id, *same})
    if first.article_id not in found or first.text not in found[first.article_id].body:
        return []
    return [number for number in dict.fromkeys([first.article_id, *same]) if number in found]


def _expected(text: str) -> str:
    """As much of a quote as `index.evaluate.holds_answer` looks at, in whole words."""
    if len(text) <= QUOTE_WINDOW:
        return text
    return text[: QUOTE_WINDOW + 1].rsplit(maxsplit=1)[0][:QUOTE_WINDOW]


def _review(question: _Question, vote: _Vote, why: str) -> _Record:
    return {
        "question": question.text, "lang": question.language, "answerable": vote.answer.answerable,
        "verdict": vote.feedback.verdict, "reason": vote.feedback.reason, "comment": vote.feedback.comment, "why": why,
        "quotes": [{"text": quote.text, "article": str(quote.article_id)} for quote in vote.answer.quotes],
    }  # fmt: skip


def _lines(records: Iterable[_Record]) -> bytes:
    return "".join(f"{json.dumps(record, ensure_ascii=False)}\n" for record in records).encode()
