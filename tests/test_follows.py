"""What places follow, how they want their alerts, and the requests for other words, as rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.alert_settings import AlertBook
from bot.chats import BotStore
from bot.follows import MOST_FOLLOWS, FollowPrompts, Follows, followed
from bot.records import AlertSettings, Place
from index.interests import Interest, interest_of
from index.store import Store

HERE, TOPIC, THERE = Place(1), Place(1, thread_id=4), Place(2)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[BotStore]:
    with Store(tmp_path / "warta.db"), BotStore(tmp_path / "warta.db") as opened:
        yield opened


@pytest.fixture
def follows(store: BotStore) -> Follows:
    return Follows(store)


def partner(name: str) -> Interest:
    return interest_of("partner", name)


def patterns(follows: Follows, place: Place) -> list[str]:
    return [one.interest.pattern for one in follows.of_place(place)]


def test_a_place_follows_the_same_once(follows: Follows) -> None:
    assert follows.add(HERE, partner("Grab"), 7, 5.5)
    assert not follows.add(HERE, partner("gRAB"), 8, 6.5)
    assert follows.add(TOPIC, partner("Grab"), 8, 7.5)
    assert follows.add(HERE, interest_of("keywords", "+Grab"), 8, 7.5)
    assert follows.add(HERE, interest_of("question", "Grab"), 8, 7.5)
    first, *_ = follows.of_place(HERE)
    assert (first.place, first.interest, first.created_by, first.created_at) == (HERE, partner("Grab"), 7, 5.5)
    assert patterns(follows, HERE) == ["Grab", "+Grab", "Grab"]
    assert [one.place for one in follows.of_chat(1)] == [HERE, TOPIC, HERE, HERE]
    assert follows.remove(first.id)
    assert not follows.remove(first.id)
    assert follows.by_id(first.id) is None
    assert patterns(follows, HERE) == ["+Grab", "Grab"]
    assert follows.like(TOPIC, partner("GRAB")) is not None
    assert follows.like(HERE, partner("GRAB")) is None


def arrived(store: BotStore, seq: int) -> None:
    """So much has come in by now, and was dealt with."""
    store.connection.execute("delete from sqlite_sequence where name = 'arrivals'")
    store.connection.execute("insert into sqlite_sequence values ('arrivals', ?)", [seq])


def test_what_came_before_does_not_count(store: BotStore, follows: Follows) -> None:
    arrived(store, 40)
    follows.add(HERE, partner("Grab"), 7, 1.0)
    [one] = follows.of_place(HERE)
    assert one.since == 40
    arrived(store, 41)
    follows.replace(one.id, partner("BMW"))
    assert [one.since for one in follows.of_place(HERE)] == [41]


def test_a_pause_silences_what_comes_meanwhile(store: BotStore, follows: Follows) -> None:
    follows.add(HERE, partner("Grab"), 7, 1.0)
    [one] = follows.of_place(HERE)
    follows.pause(one.id, True)
    assert follows.active() == []
    arrived(store, 41)
    follows.pause(one.id, True)  # pressed twice
    follows.pause(one.id, False)
    [again] = follows.active()
    assert (again.paused, again.since) == (False, 41)
    follows.pause(one.id, False)
    assert follows.active() == [again]


def test_following_again_ends_a_pause(follows: Follows) -> None:
    follows.add(HERE, partner("Grab"), 7, 1.0)
    follows.pause(follows.of_place(HERE)[0].id, True)
    assert follows.add(HERE, partner("GRAB"), 8, 2.0)
    assert [one.paused for one in follows.of_place(HERE)] == [False]


def test_what_a_closed_chat_follows_does_not_ring(store: BotStore, follows: Follows) -> None:
    store.see_chat(1, "group", "x")
    follows.add(HERE, partner("Grab"), 7, 1.0)
    follows.add(THERE, partner("Grab"), 7, 1.0)
    store.set_active(1, False)
    assert [one.place for one in follows.active()] == [THERE]


def test_other_words_replace_it_in_its_place(follows: Follows) -> None:
    follows.add(HERE, partner("Grab"), 7, 1.0)
    follows.add(HERE, partner("BMW"), 7, 2.0)
    grab, bmw = follows.of_place(HERE)
    follows.pause(grab.id, True)
    assert follows.replace(grab.id, interest_of("question", "Siapa CEO Grab?"))
    assert not follows.replace(bmw.id, interest_of("question", "siapa ceo grab?"))
    assert [(one.id, one.interest.kind, one.paused) for one in follows.of_place(HERE)] == [
        (grab.id, "question", False),
        (bmw.id, "partner", False),
    ]
    assert follows.replace(bmw.id, partner("BMW"))
    assert not follows.replace(999, partner("BMW"))


def test_a_place_follows_so_much_at_most(follows: Follows) -> None:
    for number in range(MOST_FOLLOWS):
        assert followed(follows, HERE, partner(f"Mitra {number}"), 7, 1.0) == "done"
    assert followed(follows, HERE, partner("BMW"), 7, 1.0) == "full"
    assert followed(follows, HERE, partner("mitra 3"), 7, 1.0) == "already"
    follows.pause(follows.of_place(HERE)[3].id, True)
    assert followed(follows, HERE, partner("mitra 3"), 7, 1.0) == "done"
    assert followed(follows, TOPIC, partner("BMW"), 7, 1.0) == "done"
    assert len(follows.of_place(HERE)) == MOST_FOLLOWS == 50


def test_a_request_for_other_words_is_about_one_of_them(store: BotStore, follows: Follows) -> None:
    prompts = FollowPrompts(store)
    follows.add(HERE, partner("Grab"), 7, 1.0)
    [one] = follows.of_place(HERE)
    prompts.ask(1, 60, 7, one.id, 2.0)
    prompts.ask(1, 61, 7, 999, 2.0)
    assert prompts.asked(1, 60) == (7, one.id)
    assert prompts.asked(1, 61) is None
    assert prompts.asked(2, 60) is None
    follows.remove(one.id)
    assert prompts.asked(1, 60) is None


def test_alert_settings_are_the_usual_ones_until_they_are_changed(store: BotStore) -> None:
    book = AlertBook(store)
    assert book.of(1) == AlertSettings(1)
    assert store.count("alert_settings") == 0
    changed = book.change(1, silent=True, quiet_from="22:00", quiet_to="06:00", thread_id=0)
    assert changed == book.of(1) == AlertSettings(1, 0, True, "22:00", "06:00")
    assert book.change(1, thread_id=None, silent=False).thread_id is None
    assert book.change(1, mode="weekly", weekday=6, at="17:30", cap=5, updates=False) == AlertSettings(
        1, None, False, "22:00", "06:00", mode="weekly", at="17:30", weekday=6, cap=5, updates=False
    )
    assert book.of(2) == AlertSettings(2)
