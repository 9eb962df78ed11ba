"""The inbox: nothing is lost, nothing comes twice, and what ends the process does not do so for ever."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chats import BotStore
from bot.inbox import DAY, Inbox, Taken

NOW = 1_800_000_000.0


def update(number: int, text: str = "Halo") -> dict[str, Any]:
    return {"update_id": number, "message": {"message_id": number, "text": text}}


def numbers(updates: list[dict[str, Any]]) -> list[int]:
    return [one["update_id"] for one in updates]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[BotStore]:
    with BotStore(tmp_path / "warta.db") as opened:
        yield opened


@pytest.fixture
def inbox(store: BotStore) -> Inbox:
    return Inbox(store)


def states(store: BotStore) -> list[tuple[int, str]]:
    return store.read("select update_id, state from inbox order by update_id")


def test_only_new_updates_are_given_on_in_order(inbox: Inbox) -> None:
    assert inbox.take([update(5), update(3), update(5, "lagi")], NOW) == Taken((update(5), update(3)), 1, 0)
    assert inbox.take([update(3), update(6)], NOW) == Taken((update(6),), 1, 0)
    assert inbox.pending() == 3
    assert inbox.take([], NOW) == Taken((), 0, 0)


@pytest.mark.parametrize(
    "bad",
    [None, [], "x", 5, {}, {"update_id": "5"}, {"update_id": True}, {"update_id": 5.0}, {"update_id": 0},
     {"update_id": -1}, {"update_id": 2**63}, {"update_id": 5, "x": {1, 2}}],
)  # fmt: skip
def test_what_is_no_update_is_counted_and_stops_nothing(inbox: Inbox, bad: object) -> None:
    assert inbox.take([bad, update(1)], NOW) == Taken((update(1),), 0, 1)


def test_a_replay_has_no_second_effect_even_when_done(inbox: Inbox) -> None:
    inbox.take([update(1)], NOW)
    inbox.done(1, NOW)
    with BotStore(inbox._store.path) as again:
        assert Inbox(again).take([update(1)], NOW) == Taken((), 1, 0)
        assert Inbox(again).unfinished(NOW) == []


def test_half_a_surrogate_pair_does_no_harm(inbox: Inbox) -> None:
    [taken] = inbox.take([update(1, "a\ud83d\udc4d b\ud83d")], NOW).new
    assert taken["message"]["text"].endswith(" b?")
    assert inbox.unfinished(NOW) == [taken]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=8,
)


@settings(max_examples=50)
@given(content=st.lists(JSON, min_size=1, max_size=4))
def test_any_update_comes_back_equal(tmp_path_factory: pytest.TempPathFactory, content: list[object]) -> None:
    updates = [{"update_id": number, "any": one} for number, one in enumerate(content, start=1)]
    with BotStore(tmp_path_factory.mktemp("any") / "warta.db") as store:
        assert Inbox(store).take(updates, NOW).new == tuple(updates)
        assert Inbox(store).unfinished(NOW) == updates


def test_a_batch_is_taken_whole_or_not_at_all(store: BotStore, inbox: Inbox) -> None:
    store.connection.execute(
        "create trigger full before insert on inbox when new.update_id = 3 begin select raise(abort, 'disk'); end"
    )
    with pytest.raises(Exception, match="disk"):
        inbox.take([update(1), update(2), update(3)], NOW)
    assert states(store) == []
    assert inbox.take([update(1), update(2)], NOW) == Taken((update(1), update(2)), 0, 0)


def test_texts_go_when_done_and_stay_in_quarantine(store: BotStore, inbox: Inbox) -> None:
    inbox.take([update(1, "rahasia"), update(2, "racun")], NOW)
    inbox.done(1, NOW + 1)
    inbox.quarantine(2, "cannot be read", NOW + 2)
    inbox.done(2, NOW + 3)  # what was put aside stays there
    inbox.quarantine(1, "late", NOW + 3)
    inbox.done(99, NOW)
    rows = store.read("select update_id, payload, state, finished_at, detail from inbox order by update_id")
    assert rows[0] == (1, "", "done", NOW + 1, "")
    assert rows[1][2:] == ("quarantined", NOW + 2, "cannot be read")
    assert "racun" in rows[1][1]
    assert inbox.pending() == 0


# After a crash


def test_what_was_left_comes_in_the_order_of_its_arrival(inbox: Inbox) -> None:
    inbox.take([update(12)], NOW)
    inbox.take([update(11), update(13)], NOW)
    inbox.done(13, NOW)
    assert numbers(inbox.unfinished(NOW)) == [12, 11]


def test_a_late_update_with_a_lower_number_is_not_passed_over(inbox: Inbox) -> None:
    inbox.take([update(12)], NOW)
    assert numbers(inbox.unfinished(NOW, restart=False)) == [12]
    inbox.take([update(11)], NOW)
    assert numbers(inbox.unfinished(NOW, 12, restart=False)) == [11]
    assert inbox.unfinished(NOW, 11, restart=False) == []


def test_a_backlog_comes_in_batches(inbox: Inbox) -> None:
    inbox.take([update(number) for number in range(1, 251)], NOW)
    seen, after = [], 0
    while batch := inbox.unfinished(NOW, after):
        assert len(batch) <= 100
        seen += numbers(batch)
        after = seen[-1]
    assert seen == list(range(1, 251))
    # Each was started once, whatever the number of batches.
    assert inbox._store.read("select distinct starts from inbox") == [(1,)]


def test_what_ends_the_process_three_times_is_put_aside(store: BotStore, inbox: Inbox) -> None:
    inbox.take([update(1), update(2)], NOW)
    for start in range(3):
        assert numbers(inbox.unfinished(NOW + start)) == ([1, 2] if start == 0 else [1])
        inbox.done(2, NOW)
    assert inbox.unfinished(NOW + 3) == []
    [(state, finished_at, detail)] = store.read("select state, finished_at, detail from inbox where update_id = 1")
    assert (state, finished_at) == ("quarantined", NOW + 3)
    assert "ended 3 times" in detail


def test_a_batch_of_poison_hides_nothing_behind_it(inbox: Inbox) -> None:
    inbox.take([update(number) for number in range(1, 4)], NOW)
    inbox.unfinished(NOW)
    inbox.take([update(4)], NOW)
    assert numbers(inbox.unfinished(NOW, most_starts=1, limit=2)) == [4]


def test_what_is_not_left_by_a_crash_is_not_counted(store: BotStore, inbox: Inbox) -> None:
    inbox.take([update(1)], NOW)
    for _ in range(5):
        assert numbers(inbox.unfinished(NOW, restart=False)) == [1]
    assert store.read("select starts from inbox") == [(0,)]


def test_a_start_is_counted_before_anything_is_given(store: BotStore, inbox: Inbox) -> None:
    inbox.take([update(1)], NOW)
    store.connection.execute("create trigger full before update on inbox begin select raise(abort, 'disk'); end")
    with pytest.raises(Exception, match="disk"):
        inbox.unfinished(NOW)
    assert store.read("select starts from inbox") == [(0,)]


# Numbers


def test_the_offset_follows_the_highest_number_while_it_is_fresh(inbox: Inbox) -> None:
    assert inbox.offset(NOW) is None
    inbox.take([update(12), update(11)], NOW)
    inbox.done(12, NOW)
    assert [inbox.offset(NOW + age * DAY) for age in (0, 5.9, 6, 8)] == [13, 13, None, None]


def test_the_offset_follows_telegram_to_lower_numbers(inbox: Inbox) -> None:
    inbox.take([update(900)], NOW)
    inbox.take([update(17)], NOW + 7 * DAY)
    assert inbox.offset(NOW + 7 * DAY) == 18


def test_sweeping_keeps_what_is_needed(store: BotStore, inbox: Inbox) -> None:
    inbox.take([update(number) for number in (1, 2, 3, 4, 9, 8)], NOW)
    for number in (1, 9, 8):
        inbox.done(number, NOW)
    inbox.done(4, NOW + DAY)
    inbox.quarantine(2, "broken", NOW)
    assert inbox.sweep(NOW + 2 * DAY) == 0
    assert inbox.sweep(NOW + 2 * DAY + 1) == 1
    kept = [(2, "quarantined"), (3, "taken"), (4, "done"), (8, "done"), (9, "done")]
    assert states(store) == kept  # 8 came last, 9 is the highest
    assert inbox.offset(NOW + 2 * DAY + 1) == 10
    assert inbox.unfinished(NOW, 8, restart=False) == []
    assert inbox.sweep(NOW + 30 * DAY + 1) == 2
    assert states(store) == [(3, "taken"), (8, "done"), (9, "done")]


def test_sweeping_keeps_the_highest_number_of_a_new_count(store: BotStore, inbox: Inbox) -> None:
    for number, at in ((900, NOW), (17, NOW + 8 * DAY), (18, NOW + 8 * DAY)):
        inbox.take([update(number)], at)
        inbox.done(number, at)
    assert inbox.sweep(NOW + 11 * DAY) == 2
    assert states(store) == [(18, "done")]
    assert inbox.offset(NOW + 11 * DAY) == 19
