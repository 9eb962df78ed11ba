"""Alerts as rows: what is written before anything is sent, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.chats import BotStore
from bot.outbox import KEEP, MOST_LOST, Outbox
from bot.records import Alert, Elsewhere, Place

DAY = 86_400.0
TEMPO = Elsewhere("Tempo", "https://tempo.example/1", ("Rp2 triliun",))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[BotStore]:
    with BotStore(tmp_path / "warta.db") as opened:
        yield opened


@pytest.fixture
def outbox(store: BotStore) -> Outbox:
    return Outbox(store)


def put(outbox: Outbox, story: int, chat: int = 1, *, now: float = 100.0, thread: int = 0) -> Alert:
    assert outbox.enqueue("alert", Place(chat, thread), story, story * 10, ["BMW"], [7], now)
    return outbox.rows()[0]


def sending(outbox: Outbox, story: int, chat: int = 1, now: float = 100.0) -> Alert:
    row = put(outbox, story, chat, now=now)
    assert outbox.take([row], now)
    return row


def now_of(outbox: Outbox, row: Alert) -> Alert:
    found = outbox.by_id(row.id)
    assert found is not None
    return found


def test_a_row_is_read_as_it_was_written(outbox: Outbox) -> None:
    assert outbox.enqueue("update", Place(1, 5), 3, 30, ["BMW", 'a "b"'], [7, 8], 100.0, ["Rp1 triliun"])
    assert outbox.rows() == [
        Alert(
            1, "update", Place(1, 5), 3, 30, ("BMW", 'a "b"'), (7, 8), ("Rp1 triliun",),
            created_at=100.0, changed_at=100.0,
        )
    ]  # fmt: skip


def test_a_story_is_enqueued_once_for_a_chat_and_an_update_once_an_article(outbox: Outbox) -> None:
    put(outbox, 3)
    assert not outbox.enqueue("alert", Place(1, 9), 3, 31, [], [], 200.0)
    assert outbox.enqueue("alert", Place(2), 3, 30, [], [], 200.0)
    assert outbox.enqueue("update", Place(1), 3, 31, [], [], 200.0)
    assert not outbox.enqueue("update", Place(1), 3, 31, [], [], 200.0)
    assert outbox.enqueue("update", Place(1), 3, 32, [], [], 200.0)
    assert outbox.counts() == {"queued": 4}


def test_what_is_sent_is_noted_before_and_after(outbox: Outbox) -> None:
    first, second = put(outbox, 1), put(outbox, 2)
    assert outbox.take([first, second], 110.0)
    taken = [now_of(outbox, row) for row in (first, second)]
    assert [(row.state, row.bundle, row.attempts, row.changed_at) for row in taken] == [("sending", 1, 1, 110.0)] * 2
    assert outbox.waiting(1, 110.0) == []
    outbox.sent([first, second], 77, 120.0)
    done = outbox.of_message(1, 77)
    assert [(row.id, row.state, row.sent_at, row.message_id) for row in done] == [
        (1, "sent", 120.0, 77),
        (2, "sent", 120.0, 77),
    ]
    assert outbox.sent_at(1, 130.0) == [120.0]  # one message
    assert (outbox.sent_at(1, 3721.0), outbox.sent_at(2, 130.0)) == ([], [])
    assert outbox.chats() == []
    assert outbox.of_message(1, 78) == outbox.of_message(2, 77) == []


def test_two_messages_of_one_moment_are_not_mixed_up(outbox: Outbox) -> None:
    for story in (1, 2):
        outbox.sent([sending(outbox, story)], 70 + story, 120.0)
    assert [row.story_id for row in outbox.of_message(1, 71)] == [1]
    assert outbox.sent_at(1, 130.0) == [120.0, 120.0]


def test_what_was_dropped_or_is_being_sent_is_not_taken(outbox: Outbox) -> None:
    first, second = put(outbox, 1), put(outbox, 2)
    assert outbox.drop([first.id], 105.0) == 1
    assert not outbox.take([first, second], 110.0)
    assert now_of(outbox, second).state == "queued"
    assert outbox.take([second], 110.0)
    assert not outbox.take([second], 110.0)


def test_the_rows_of_a_chat_come_in_their_order(outbox: Outbox) -> None:
    rows = [put(outbox, story, chat) for story, chat in ((1, 1), (2, 2), (3, 1))]
    assert outbox.waiting(1, 100.0) == [rows[0], rows[2]]
    assert outbox.chats() == [1, 2]


def test_lost_replies_are_counted_and_the_fourth_is_the_last(outbox: Outbox) -> None:
    row = put(outbox, 1)
    for lost in range(1, MOST_LOST + 1):
        assert outbox.chats() == [1]
        assert outbox.take([row], 100.0)
        outbox.lost([row], 200.0, 100.0, "lost")
        found = now_of(outbox, row)
        assert (found.state, found.unknowns, found.attempts, found.bundle) == ("unknown", lost, lost, 1)
        assert found.not_before == 200.0
    assert (outbox.chats(), outbox.waiting(1, 300.0)) == ([], [])
    assert outbox.retry([row.id]) == 1
    again = outbox.waiting(1, 300.0)[0]
    assert (again.state, again.unknowns, again.attempts, again.bundle, again.not_before) == ("queued", 4, 0, 0, 0.0)


def test_a_send_that_certainly_failed_leaves_no_trace_in_the_counts(outbox: Outbox) -> None:
    row = put(outbox, 1)
    for _ in range(9):
        assert outbox.take([row], 100.0)
        outbox.again([row], 150.0, 101.0, "502")
    found = now_of(outbox, row)
    assert (found.state, found.attempts, found.unknowns, found.bundle) == ("queued", 0, 0, 0)
    assert (found.not_before, found.detail) == (150.0, "502")


def test_a_message_that_may_have_arrived_stays_the_same_message(outbox: Outbox) -> None:
    rows = [put(outbox, 1), put(outbox, 2)]
    outbox.take(rows, 100.0)
    outbox.lost(rows, 115.0, 100.0, "lost")
    outbox.take(rows, 120.0)
    outbox.again(rows, 150.0, 121.0, "502")
    assert [(row.state, row.bundle, row.attempts) for row in outbox.waiting(1, 200.0)] == [("queued", 1, 1)] * 2


def test_what_a_process_was_sending_is_unknown_every_time(outbox: Outbox) -> None:
    row, settled = put(outbox, 1), sending(outbox, 2)
    outbox.sent([settled], 70, 100.0)
    for crash in range(1, 8):
        assert outbox.take([row], 100.0)
        assert outbox.recover(200.0) == 1
        [found] = outbox.waiting(1, 200.0)
        assert (found.state, found.unknowns, found.attempts, found.not_before) == ("unknown", crash, 0, 0.0)
    assert outbox.recover(300.0) == 0


def test_a_dead_row_keeps_its_story_known(outbox: Outbox) -> None:
    row = sending(outbox, 1)
    outbox.dead([row], 110.0, "the message is refused")
    assert (now_of(outbox, row).state, now_of(outbox, row).detail) == ("dead", "the message is refused")
    assert not outbox.enqueue("alert", Place(1), 1, 11, [], [], 200.0)
    assert outbox.retry([row.id, 99]) == 1
    assert now_of(outbox, row).state == "queued"


def test_only_what_waits_is_dropped_and_only_what_failed_is_tried_again(outbox: Outbox) -> None:
    waiting, under_way, done = put(outbox, 1), sending(outbox, 2), sending(outbox, 3)
    outbox.sent([done], 70, 100.0)
    every = [waiting.id, under_way.id, done.id]
    assert outbox.retry(every) == 0
    assert outbox.drop(every, 120.0) == 1
    assert [(row.state, row.detail) for row in outbox.rows()] == [("sent", ""), ("sending", ""), ("dead", "dropped")]
    assert outbox.counts() == {"dead": 1, "sending": 1, "sent": 1}


def test_a_chat_that_is_closed_is_off_with_all_that_waits_for_it(store: BotStore, outbox: Outbox) -> None:
    for chat in (1, 2):
        store.see_chat(chat, "private", "x")
    done = sending(outbox, 1)
    outbox.sent([done], 70, 100.0)
    outbox.add_elsewhere(now_of(outbox, done), TEMPO)
    rows = [sending(outbox, 2), put(outbox, 3), put(outbox, 4, chat=2)]
    assert outbox.close_chat(1, 120.0, "bot was blocked") == 2
    assert [now_of(outbox, row).state for row in (done, *rows)] == ["sent", "dead", "dead", "queued"]
    assert [store.chat(chat).active for chat in (1, 2)] == [False, True]  # type: ignore[union-attr]
    assert outbox.chats() == [2]


def test_a_topic_that_is_gone(outbox: Outbox) -> None:
    rows = [put(outbox, 1, thread=5), put(outbox, 2, thread=6)]
    outbox.leave_topic(Place(1, 5))
    assert [now_of(outbox, row).place for row in rows] == [Place(1, 0), Place(1, 6)]


# Edits


def test_who_reports_later_is_edited_in(outbox: Outbox) -> None:
    row = put(outbox, 1)
    outbox.add_elsewhere(row, TEMPO)  # before it is sent, it is just written with it
    assert not now_of(outbox, row).edited
    row = now_of(outbox, row)
    outbox.take([row], 100.0)
    outbox.sent([row], 70, 100.0)
    assert (now_of(outbox, row).edited, outbox.chats()) == (False, [])
    antara = Elsewhere("ANTARA", "https://antara.example/1")
    outbox.add_elsewhere(now_of(outbox, row), antara)
    assert outbox.chats() == [1]
    [found] = outbox.to_edit(1)
    assert found.elsewhere == (TEMPO, antara)
    outbox.edited([found])
    assert (outbox.to_edit(1), outbox.chats()) == ([], [])


def test_what_came_while_it_was_being_sent_or_edited_is_not_forgotten(outbox: Outbox) -> None:
    row = sending(outbox, 1)
    outbox.add_elsewhere(row, TEMPO)
    outbox.sent([row], 70, 100.0)  # written without it
    [found] = outbox.to_edit(1)
    outbox.add_elsewhere(found, Elsewhere("ANTARA", ""))
    outbox.edited([found])
    assert [len(one.elsewhere) for one in outbox.to_edit(1)] == [2]


def test_a_digest_is_edited_as_a_whole(outbox: Outbox) -> None:
    rows = [put(outbox, 1), put(outbox, 2)]
    outbox.take(rows, 100.0)
    outbox.sent(rows, 70, 100.0)
    outbox.add_elsewhere(now_of(outbox, rows[1]), TEMPO)
    assert [row.id for row in outbox.to_edit(1)] == [1, 2]


# A group that moved


def test_a_chat_that_moves_takes_its_alerts_along_but_not_its_messages(store: BotStore, outbox: Outbox) -> None:
    done, both = sending(outbox, 1, chat=-100), put(outbox, 2, chat=-100)
    outbox.sent([done], 70, 100.0)
    outbox.add_elsewhere(now_of(outbox, done), TEMPO)
    waiting, known = put(outbox, 3, chat=-100), put(outbox, 2, chat=-1001)
    store.migrate_chat(-100, -1001)
    assert [now_of(outbox, row).place.chat_id for row in (done, waiting, known)] == [-1001] * 3
    assert outbox.by_id(both.id) is None  # the new chat is to get that story anyway
    assert [row.id for row in outbox.waiting(-1001, 100.0)] == [waiting.id, known.id]
    assert (now_of(outbox, done).message_id, outbox.chats()) == (0, [-1001])
    assert outbox.to_edit(-1001) == outbox.of_message(-1001, 70) == outbox.of_message(-100, 70) == []


# Clocks


def test_after_a_clock_was_set_back_nothing_waits_for_its_old_time(outbox: Outbox) -> None:
    row = put(outbox, 1, now=DAY)
    outbox.take([row], DAY)
    outbox.lost([row], DAY + 240, DAY, "lost")
    [found] = outbox.waiting(1, 100.0)
    assert (found.created_at, found.changed_at, found.not_before) == (100.0, 100.0, 0.0)


def test_a_clock_that_jitters_changes_nothing(outbox: Outbox) -> None:
    row = sending(outbox, 1, now=100.0)
    outbox.lost([row], 115.0, 100.0, "lost")
    assert outbox.waiting(1, 95.0)[0].not_before == 115.0


# Old rows


def test_only_what_was_settled_long_ago_is_swept(store: BotStore, outbox: Outbox) -> None:
    done, late = sending(outbox, 1), sending(outbox, 2)
    outbox.sent([done], 70, 100.0)
    outbox.sent([late], 71, 200.0)
    unknown, waiting = sending(outbox, 3), put(outbox, 4)
    outbox.lost([unknown], 115.0, 100.0, "lost")
    assert outbox.sweep(100.0 + KEEP) == 0
    assert outbox.sweep(150.0 + KEEP) == 1
    assert [row.id for row in outbox.rows()] == [waiting.id, unknown.id, late.id]
    assert store.read("select message_id from alert_messages") == [(71,)]


def test_rows_are_listed_newest_first(outbox: Outbox) -> None:
    for story, chat in ((1, 1), (2, 2), (3, 1)):
        put(outbox, story, chat)
    outbox.drop([3], 110.0)
    assert [row.id for row in outbox.rows()] == [3, 2, 1]
    assert [row.id for row in outbox.rows(limit=1)] == [3]
    assert [row.id for row in outbox.rows("queued")] == [2, 1]
    assert [row.id for row in outbox.rows("dead", 1)] == [3]
    assert outbox.rows(chat_id=9) == []


def test_looking_for_work_reads_no_settled_rows(store: BotStore) -> None:
    """A bot that has sent a million alerts looks into its outbox as quickly as a new one."""
    seen: list[str] = []
    store.connection.set_trace_callback(seen.append)
    Outbox(store).chats()
    Outbox(store).waiting(1, 0.0)
    Outbox(store).of_stories([1, 2])
    store.connection.set_trace_callback(None)
    plans = [" ".join(row[3] for row in store.read(f"explain query plan {query}")) for query in seen]
    assert len(plans) == 4
    assert all("SCAN outbox" not in plan.replace("SCAN outbox USING", "") for plan in plans), plans
