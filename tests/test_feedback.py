"""Feedback, and the evaluation set that it makes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes import fake_engine
from test_answers import given

from bot.answers import Answers
from bot.chats import BotStore
from bot.feedback import Exported, FeedbackBook, export
from bot.records import Feedback, GivenAnswer, Place
from index.errors import SourceError
from index.eval_system import WartaSystem
from index.evalset import read_set
from index.evaluate import QUOTE_WINDOW, evaluate, holds_answer
from index.pipeline import Warta
from index.settings import Settings
from index.types import Article, Quote

USER, CHAT = 987654321, -100123456789
GRAB = "Grab menggandeng Bank Jago pada Mei 2021."
BMW = "Alibaba membuka pusat pelatihan bersama BMW di Beijing."
LONG = "Pertamina " + "memasok energi surya ke pabrik otomotif " * 10 + "di Cikarang."
NEWS = [
    Article("Mitra Grab", f"{GRAB}\n\nNilai kerja sama itu tidak disebut.", "/1.txt", "id", "Antara",
            published_at="2021-05", url="https://x.example/1", partners=("Grab",)),
    Article("Grab dan Jago", f"Kabar lain dari Jakarta.\n\n{GRAB}", "/2.txt", "id", url="https://x.example/2"),
    Article("BMW in Beijing", f"{BMW}\n\nProgram itu dimulai tahun depan.", "/3.txt", "id"),
    Article("Energi", LONG, "/4.txt", "id", url="https://x.example/4"),
]  # fmt: skip


@pytest.fixture
def warta(tmp_path: Path) -> Iterator[Warta]:
    with Warta(Settings.from_env({}, tmp_path / "data"), fake_engine()) as opened:
        assert [outcome.status for outcome in opened.ingest(NEWS)] == ["new"] * 4
        yield opened


@pytest.fixture
def store(warta: Warta) -> Iterator[BotStore]:
    with BotStore(warta.settings.database) as opened:
        yield opened


@pytest.fixture
def book(store: BotStore) -> FeedbackBook:
    Answers(store).keep(given("a"), [])
    return FeedbackBook(store)


# What people say


def test_the_last_word_counts(book: FeedbackBook) -> None:
    first = Feedback("a", 1, "bad", "wrong", "Tahunnya salah.", 1.5)
    assert book.of("a", 1) is None
    assert book.give(first)
    assert book.of("a", 1) == first
    book.give(Feedback("a", 1, "bad", "", "", 2.5))  # the same thumb once more takes nothing back
    assert book.of("a", 1) == replace(first, created_at=2.5)
    book.give(Feedback("a", 1, "bad", "other", "", 3.5))
    assert book.of("a", 1) == replace(first, reason="other", created_at=3.5)
    good = Feedback("a", 1, "good", "", "", 4.5)
    book.give(good)
    assert book.of("a", 1) == good
    assert book.of("a", 2) is None
    assert book.all() == [good]


def test_feedback_of_an_unknown_answer_is_refused(book: FeedbackBook) -> None:
    assert not book.give(Feedback("gone", 1, "good", "", "", 1.0))
    book.ask_comment(10, 20, 1, "gone", 1.0)
    assert (book.all(), book.comment_for(10, 20, 1)) == ([], None)


def test_a_comment_is_taken_from_the_person_asked(book: FeedbackBook) -> None:
    book.ask_comment(10, 20, 1, "a", 1.0)
    asked = [(10, 20, 1), (10, 20, 2), (10, 21, 1), (11, 20, 1)]
    assert [book.comment_for(*who) for who in asked] == ["a", None, None, None]


def test_a_judged_inline_answer_stays(store: BotStore) -> None:
    answers = Answers(store)
    for token in ("judged", "not"):
        answers.keep(given(token, Place(0), origin="inline", created_at=1.0), [])
    FeedbackBook(store).give(Feedback("judged", 1, "good", "", "", 2.0))
    assert answers.drop_inline(5.0) == 1
    assert answers.by_token("judged") is not None


# The evaluation set


class Votes:
    """Answers and what was thought of them, each of another person."""

    def __init__(self, store: BotStore) -> None:
        self.store, self.people = store, 0

    def add(self, question: str, *quotes: Quote, verdict: str = "good", reason: str = "", **fields: Any) -> GivenAnswer:
        self.people += 1
        answer = given(
            f"token-{self.people}", Place(CHAT), user_id=USER, question=question, quotes=quotes,
            answerable=bool(quotes), citations=(), **fields,
        )  # fmt: skip
        Answers(self.store).keep(answer, [])
        self.also(answer, verdict, reason)
        return answer

    def also(self, answer: GivenAnswer, verdict: str, reason: str = "") -> None:
        self.people += 1
        comment = "Bukan itu." if reason == "other" else ""
        vote = Feedback(answer.token, USER + self.people, verdict, reason, comment, float(self.people))  # type: ignore[arg-type]
        assert FeedbackBook(self.store).give(vote)


@pytest.fixture
def votes(store: BotStore) -> Votes:
    return Votes(store)


def quote(warta: Warta, number: int, text: str, *also: int) -> Quote:
    start = warta.store.article(number).body.index(text)
    others = tuple((n, article_id) for n, article_id in enumerate(also, start=2))
    return Quote(1, text, number, start, start + len(text), "id", others)


def records(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_an_export_is_an_evaluation_set(warta: Warta, store: BotStore, votes: Votes, tmp_path: Path) -> None:
    votes.add("Siapa mitra Grab?", quote(warta, 1, GRAB, 2))
    votes.add("Di mana pusatnya?", quote(warta, 3, BMW), topic="BMW")
    votes.add("Siapa presiden Prancis?")
    votes.add("Apa mitra Toyota?", quote(warta, 1, GRAB), verdict="bad", reason="unanswerable")
    votes.add("Berapa nilainya?", quote(warta, 1, GRAB), verdict="bad", reason="other")
    folder = tmp_path / "set"
    assert export(store, warta.store, folder) == Exported(4, 2, 2, 1, 4)
    found = read_set(folder)
    asked = {query.text: (query.answers, query.answerable, query.relevant, query.lang) for query in found.queries}
    assert asked == {
        "Siapa mitra Grab?": ((GRAB,), True, {"1", "2"}, "id"),
        "Di mana pusatnya? BMW": ((BMW,), True, {"3"}, "id"),
        "Siapa presiden Prancis?": ((), False, frozenset(), "id"),
        "Apa mitra Toyota?": ((), False, frozenset(), "id"),
    }
    assert [
        replace(document.article, location=one.location) for document, one in zip(found.documents, NEWS, strict=True)
    ] == NEWS
    assert records(folder / "review.jsonl") == [
        {"question": "Berapa nilainya?", "lang": "id", "answerable": True, "verdict": "bad", "reason": "other",
         "comment": "Bukan itu.", "why": "no label", "quotes": [{"text": GRAB, "article": "1"}]}
    ]  # fmt: skip


def test_an_export_can_be_evaluated(warta: Warta, store: BotStore, votes: Votes, tmp_path: Path) -> None:
    votes.add("Siapa yang menggandeng Bank Jago?", quote(warta, 1, GRAB, 2))
    votes.add("Siapa membuka pusat pelatihan bersama BMW?", quote(warta, 3, BMW))
    votes.add("Siapa presiden Prancis?")
    export(store, warta.store, tmp_path / "set")
    with Warta(Settings.from_env({}, tmp_path / "other"), fake_engine()) as fresh:
        found: Any = evaluate(WartaSystem(fresh), tmp_path / "set")
    assert (found["queries"], found["recall@1"], found["answer_hit@1"], found["answer_hit@3"]) == (3, 1, 1, 1)
    assert found["refusal"]["recall"] == 1


def test_no_person_and_no_chat_is_named(warta: Warta, store: BotStore, votes: Votes, tmp_path: Path) -> None:
    votes.add("Siapa mitra Grab?", quote(warta, 1, GRAB))
    votes.add("Apa?", quote(warta, 1, GRAB), verdict="bad", reason="other")
    folder = tmp_path / "set"
    export(store, warta.store, folder)
    files = {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()}
    assert sorted(files) == ["FEEDBACK.txt", "corpus.jsonl", "qrels.tsv", "queries.jsonl", "review.jsonl"]
    for content in files.values():
        assert not [secret for secret in ("98765432", "100123456789", "token-", "1700000000") if secret in content]
    assert folder.stat().st_mode & 0o077 == 0


def test_a_question_spelt_in_several_ways_is_one(warta: Warta, store: BotStore, votes: Votes, tmp_path: Path) -> None:
    votes.add("Siapa mitra Grab?", quote(warta, 1, GRAB))
    votes.add(" siapa  MITRA grab?", quote(warta, 2, GRAB))
    votes.add("Siapa mitra grab?", quote(warta, 3, BMW))
    assert export(store, warta.store, tmp_path / "set").queries == 1
    [query] = read_set(tmp_path / "set").queries
    assert (query.text, query.answers, query.relevant) == ("Siapa mitra Grab?", (GRAB, BMW), {"1", "2", "3"})


@pytest.mark.parametrize("topic", ["", "Grab"])
def test_contradicting_labels_are_for_a_person(
    warta: Warta, store: BotStore, votes: Votes, tmp_path: Path, topic: str
) -> None:
    votes.add("Siapa mitranya?", quote(warta, 1, GRAB), topic=topic)
    votes.add("siapa MITRANYA?", topic=topic)
    votes.add("Siapa mitranya?", topic="BMW")
    assert export(store, warta.store, tmp_path / "set") == Exported(1, 0, 1, 2, 4)
    assert [record["why"] for record in records(tmp_path / "set" / "review.jsonl")] == ["contradicted"] * 2


def test_a_thumb_down_contradicts_the_same_statement(
    warta: Warta, store: BotStore, votes: Votes, tmp_path: Path
) -> None:
    disputed = votes.add("Siapa mitra Grab?", quote(warta, 1, GRAB))
    votes.also(disputed, "bad", "outdated")
    # Another answer to that question was better than the first.
    votes.add("Siapa mitra BMW?", quote(warta, 1, GRAB), verdict="bad", reason="off_topic")
    votes.add("Siapa mitra BMW?", quote(warta, 3, BMW))
    assert export(store, warta.store, tmp_path / "set") == Exported(1, 1, 0, 3, 4)
    [query] = read_set(tmp_path / "set").queries
    assert (query.text, query.answers) == ("Siapa mitra BMW?", (BMW,))
    reasons = [(record["why"], record["reason"]) for record in records(tmp_path / "set" / "review.jsonl")]
    assert reasons == [("contradicted", ""), ("no label", "outdated"), ("no label", "off_topic")]


def test_two_thumbs_down_do_not_contradict_each_other(
    warta: Warta, store: BotStore, votes: Votes, tmp_path: Path
) -> None:
    answer = votes.add("Apa mitra Toyota?", quote(warta, 1, GRAB), verdict="bad", reason="unanswerable")
    votes.also(answer, "bad", "wrong")
    assert export(store, warta.store, tmp_path / "set") == Exported(1, 0, 1, 1, 4)


def test_articles_that_are_gone_or_say_something_else(
    warta: Warta, store: BotStore, votes: Votes, tmp_path: Path
) -> None:
    votes.add("Siapa mitra Grab?", quote(warta, 1, GRAB, 2))
    votes.add("Siapa mitra BMW?", quote(warta, 3, BMW))
    warta.store.remove_article(2)
    list(warta.ingest([replace(NEWS[2], body="Program itu dibatalkan.")]))
    assert export(store, warta.store, tmp_path / "set") == Exported(1, 1, 0, 1, 3)
    [query] = read_set(tmp_path / "set").queries
    assert (query.text, query.relevant) == ("Siapa mitra Grab?", {"1"})
    assert [record["why"] for record in records(tmp_path / "set" / "review.jsonl")] == ["the articles have changed"]


def test_of_a_long_quote_as_much_is_expected_as_is_looked_at(
    warta: Warta, store: BotStore, votes: Votes, tmp_path: Path
) -> None:
    one = quote(warta, 4, LONG)
    votes.add("Siapa memasok energi?", one)
    export(store, warta.store, tmp_path / "set")
    [query] = read_set(tmp_path / "set").queries
    [expected] = query.answers
    assert holds_answer([one], query.answers)
    assert LONG.startswith(f"{expected} ")
    assert len(expected) > QUOTE_WINDOW - len("memasok") - 1


def test_an_earlier_export_is_replaced_and_nothing_else(
    warta: Warta, store: BotStore, votes: Votes, tmp_path: Path
) -> None:
    folder = tmp_path / "deep" / "set"
    assert export(store, warta.store, folder) == Exported(0, 0, 0, 0, 4)
    votes.add("Siapa mitra Grab?", quote(warta, 1, GRAB))
    assert export(store, warta.store, folder).queries == 1
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    export(store, warta.store, folder)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before

    own = tmp_path / "own"
    own.mkdir()
    (own / "queries.jsonl").write_text("by hand")
    for other in (own, own / "queries.jsonl"):
        with pytest.raises(SourceError, match="name a new or an empty folder"):
            export(store, warta.store, other)
    assert [(file.name, file.read_text()) for file in own.iterdir()] == [("queries.jsonl", "by hand")]
    with pytest.raises(SourceError, match="cannot be written"):
        export(store, warta.store, own / "queries.jsonl" / "set")


def test_an_export_that_was_cut_short_is_no_evaluation_set(
    warta: Warta, store: BotStore, votes: Votes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "set"
    votes.add("Siapa mitra Grab?", quote(warta, 1, GRAB))
    export(store, warta.store, folder)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("bot.feedback._write_corpus", full)
        with pytest.raises(SourceError, match="No space left"):
            export(store, warta.store, folder)
    assert not (folder / "queries.jsonl").exists()
    assert export(store, warta.store, folder).queries == 1
