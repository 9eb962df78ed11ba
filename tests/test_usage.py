"""Counts of how the bot is used, against sums worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from stage import NEWS, opened

from bot.chats import BotStore
from bot.cli import warta as commands
from bot.usage import articles_by_day, days_until, quantile, questions_by_day, share, usage_of
from index.cli import run

NOW = datetime(2026, 3, 10, 5, 0, tzinfo=UTC).timestamp()
"""Noon of 10 March in Jakarta."""
HOUR, DAY = 3_600.0, 86_400.0


@pytest.fixture
def book(tmp_path: Path) -> Iterator[BotStore]:
    with BotStore(tmp_path / "warta.db") as store:
        yield store


def asked(
    book: BotStore, at: float, *, answered: bool = True, seconds: float = 1.0, origin: str = "private", used: int = 0
) -> str:
    [(number,)] = book.read("select count(*) from answers")
    token = f"token{number}"
    book.connection.execute(
        "insert into answers (token, chat_id, thread_id, user_id, question_id, origin, question, topic, names,"
        " language, answerable, confidence, notice, further, created_at, seconds, used)"
        " values (?, 1, 0, 1, 0, ?, 'q', '', '[]', 'id', ?, 0.5, '', '[]', ?, ?, ?)",
        [token, origin, int(answered), at, seconds, used],
    )
    return token


def test_days_are_those_of_jakarta() -> None:
    before_midnight = datetime(2026, 3, 9, 16, 59, tzinfo=UTC).timestamp()
    assert days_until(before_midnight, 2) == [date(2026, 3, 8), date(2026, 3, 9)]
    assert days_until(before_midnight + 60, 2) == [date(2026, 3, 9), date(2026, 3, 10)]


def test_questions_by_day(book: BotStore) -> None:
    midnight = datetime(2026, 3, 9, 17, 0, tzinfo=UTC).timestamp()  # the 10th begins in Jakarta
    for at in (midnight, midnight + HOUR, midnight - 1, midnight - DAY, midnight - 2 * DAY - 1):
        asked(book, at)
    # Of the 10th two, of the 9th two, of the 8th none, of the 7th one.
    assert questions_by_day(book, NOW, 4) == (1, 0, 2, 2)
    assert questions_by_day(book, NOW, 1) == (2,)


def test_what_was_only_offered_while_typing_is_no_question(book: BotStore) -> None:
    asked(book, NOW, origin="inline")
    asked(book, NOW, origin="inline", used=1, seconds=90.0)
    usage = usage_of(book, NOW)
    assert (usage.asked, usage.p50) == (1, 0.0)  # nobody waited for it


def test_shares_and_times_are_of_the_last_seven_days(book: BotStore) -> None:
    for number in range(20):
        token = asked(book, NOW - number * HOUR, answered=number >= 5, seconds=number + 1.0)
        for user in range(2 if number < 3 else 0):  # two people about the same answer
            book.connection.execute(
                "insert into feedback (token, user_id, verdict, reason, comment, created_at)"
                " values (?, ?, 'bad', '', '', 0)",
                [token, user],
            )
    asked(book, NOW - 8 * DAY, answered=False, seconds=100.0)
    usage = usage_of(book, NOW)
    assert (usage.asked, usage.answered, usage.bad) == (20, 15, 3)
    record = usage.record()
    assert (record["answered_share"], record["abstained_share"], record["bad_share"]) == (0.75, 0.25, 0.15)
    # Of 1, 2, … 20 the tenth and the nineteenth.
    assert (usage.p50, usage.p95) == (10.0, 19.0)


def test_the_queues_and_chats(book: BotStore) -> None:
    for number, active in ((1, 1), (2, 1), (3, 0)):
        book.connection.execute(
            "insert into chats (id, kind, title, active) values (?, 'private', '', ?)", [number, active]
        )
    for number, state in enumerate(("taken", "taken", "done", "quarantined"), 1):
        book.connection.execute(
            "insert into inbox (update_id, payload, state, received_at) values (?, '', ?, 0)", [number, state]
        )
    rows = (("sent", NOW - DAY, 0), ("sent", NOW - 9 * DAY, 1), ("queued", None, 0), ("unknown", None, 2))
    for number, (state, sent_at, unknowns) in enumerate(rows, 1):
        book.connection.execute(
            "insert into outbox (kind, chat_id, thread_id, story_id, article_id, reasons, follows, state, created_at,"
            " changed_at, sent_at, unknowns) values ('update', -5, 0, ?, ?, '[]', '[]', ?, 0, 0, ?, ?)",
            [number, number, state, sent_at, unknowns],
        )
    usage = usage_of(book, NOW)
    assert (usage.chats, usage.inbox, usage.put_aside) == (2, 2, 1)
    assert (usage.alerts, usage.outbox, usage.unknowns) == (1, {"sent": 2, "queued": 1, "unknown": 1}, 3)


def test_nothing_has_no_share(book: BotStore) -> None:
    usage = usage_of(book, NOW)
    assert usage.questions == (0,) * 7
    assert (usage.p50, usage.p95) == (0.0, 0.0)
    assert usage.record()["answered_share"] is None
    assert share(1, 3) == 0.3333


@pytest.mark.parametrize(("at", "value"), [(0.5, 2.0), (0.51, 3.0), (0.95, 4.0), (1.0, 4.0), (0.25, 1.0), (0.0, 1.0)])
def test_quantile(at: float, value: float) -> None:
    assert quantile([1.0, 2.0, 3.0, 4.0], at) == value


def test_articles_by_day(tmp_path: Path) -> None:
    with opened(tmp_path) as warta:
        list(warta.ingest(NEWS))
        for number, stamp in ((1, "2026-03-09T17:00:00Z"), (2, "2026-03-09T16:59:59Z"), (3, "2026-03-01T00:00:00Z")):
            warta.store.connection.execute("update articles set added_at = ? where id = ?", [stamp, number])
        assert articles_by_day(warta.store, NOW, 3) == (0, 1, 1)


def test_the_command_tells_of_the_bot_where_there_is_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import json

    assert "stats" in commands.commands
    monkeypatch.chdir(tmp_path)
    with opened(tmp_path) as warta:
        list(warta.ingest(NEWS))

    def record() -> dict[str, object]:
        assert run(["stats", "--json", "--data", str(tmp_path)]) == 0
        return dict(json.loads(capsys.readouterr().out))

    before = record()
    assert "bot" not in before
    assert (before["articles"], before["articles_7_days"], before["partners"]) == (3, 3, 6)
    with BotStore(tmp_path / "warta.db") as book:
        asked(book, 0.0)
    after = record()
    bot = after.pop("bot")
    assert isinstance(bot, dict)
    assert (bot["questions_by_day"], bot["chats"]) == ([0] * 7, 0)
    assert after.keys() == before.keys()
    assert run(["stats", "--data", str(tmp_path)]) == 0
    assert "bot questions by day" in capsys.readouterr().out
