"""Chats, waits and notices: what the bot knows after a restart, and after a group has moved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from test_answers import given

from bot.answers import Answers
from bot.chats import BotStore
from bot.feedback import FeedbackBook
from bot.follows import FollowPrompts, Follows
from bot.records import Chat, Place
from index.errors import StoreError
from index.interests import interest_of
from index.store import Store

OLD, NEW = -100, -1001
HOUR = 3600.0


@pytest.fixture
def store(tmp_path: Path) -> Iterator[BotStore]:
    with BotStore(tmp_path / "warta.db") as opened:
        yield opened


def tables(store: BotStore) -> dict[str, list[tuple[object, ...]]]:
    names = [name for (name,) in store.read("select name from sqlite_master where type = 'table' order by name")]
    return {name: store.read(f"select * from [{name}]") for name in names}


def patterns(store: BotStore, place: Place) -> list[str]:
    return [follow.interest.pattern for follow in Follows(store).of_place(place)]


def follow(store: BotStore, place: Place, partner: str, at: float = 1.0) -> None:
    assert Follows(store).add(place, interest_of("partner", partner), 7, at)


@pytest.mark.parametrize("first", [BotStore, Store])
def test_the_bot_and_the_index_share_a_file(tmp_path: Path, first: type[BotStore] | type[Store]) -> None:
    second = Store if first is BotStore else BotStore
    path = tmp_path / "warta.db"
    with first(path), second(path):
        pass
    with BotStore(path) as bot, Store(path) as index:
        bot.see_chat(1, "private", "Ani")
        index.set_meta("a", "b")
        assert (bot.count("chats"), bot.count("articles"), index.meta("a")) == (1, 0, "b")
        sets = bot.read("select distinct migration_set from _sqlite_migrations order by 1")
        assert sets == [("bot",), ("index",)]
        assert bot.read("pragma synchronous") == [(2,)]


def test_what_a_private_chats_person_speaks_is_kept(store: BotStore) -> None:
    assert store.see_chat(5, "private", "", "en") == store.chat(5) == Chat(5, "private", "", speaks="en")
    assert store.see_chat(5, "private", "").speaks == "en"
    store.set_active(5, False)
    assert store.see_chat(5, "private", "", "id") == store.chat(5) == Chat(5, "private", "", speaks="id")


def test_a_chat_is_seen_renamed_and_keeps_its_language(store: BotStore) -> None:
    assert store.chat(1) is None
    assert store.see_chat(1, "group", "Satu") == Chat(1, "group", "Satu", "", True)
    store.set_language(1, "id")
    store.set_active(1, False)
    assert store.chat(1) == Chat(1, "group", "Satu", "id", False)
    assert store.see_chat(1, "supergroup", "Dua") == store.chat(1) == Chat(1, "supergroup", "Dua", "id", True)


def test_a_chat_seen_again_costs_no_write(store: BotStore) -> None:
    store.see_chat(1, "group", "Satu")
    before = store.connection.total_changes
    assert store.see_chat(1, "group", "Satu") == Chat(1, "group", "Satu")
    assert store.connection.total_changes == before


def test_an_unknown_chat_is_not_made_up(store: BotStore) -> None:
    store.set_language(5, "en")
    store.set_active(5, False)
    assert store.chat(5) is None


# A group becomes a supergroup


def test_a_moved_chat_keeps_all_but_its_message_ids(store: BotStore) -> None:
    answers, place = Answers(store), Place(OLD)
    store.see_chat(OLD, "group", "Redaksi")
    store.set_language(OLD, "en")
    answer = given("a", place, user_id=7, question_id=50, created_at=100.0)
    answers.keep(answer, [51, 52])
    answers.forget(place, 8, 90.0)
    follow(store, place, "Grab")
    store.pause(str(OLD), 500.0)
    FeedbackBook(store).ask_comment(OLD, 60, 7, "a", 100.0)
    FollowPrompts(store).ask(OLD, 61, 7, Follows(store).of_chat(OLD)[0].id, 100.0)
    store.migrate_chat(OLD, NEW)
    assert (store.chat(OLD), store.chat(NEW)) == (None, Chat(NEW, "group", "Redaksi", "en"))
    assert answers.latest(Place(NEW), 7, 0.0) == replace(answer, place=Place(NEW), question_id=0)
    assert (patterns(store, place), patterns(store, Place(NEW))) == ([], ["Grab"])
    assert store.pauses(100.0) == {str(NEW): 500.0}
    answers.keep(given("b", Place(NEW), user_id=8, created_at=80.0), [])
    assert answers.latest(Place(NEW), 8, 0.0) is None  # it still holds that they asked to forget
    # Messages 50 to 60 of the supergroup are others.
    assert not answers.answered(NEW, 50)
    assert answers.by_message(NEW, 51) is None
    assert FeedbackBook(store).comment_for(NEW, 60, 7) is None
    assert FollowPrompts(store).asked(NEW, 61) is None


def test_a_chat_that_moves_to_a_known_one_is_merged_with_it(store: BotStore) -> None:
    answers = Answers(store)
    for chat_id, partners, at in ((OLD, ["Grab", "Gojek"], 10.0), (NEW, ["GRAB", "BMW"], 20.0)):
        place = Place(chat_id)
        store.see_chat(chat_id, "group", f"Grup {chat_id}")
        for partner in partners:
            follow(store, place, partner, at)
        store.pause(str(chat_id), 1000 - at)
        answers.forget(place, 7, at)
        answers.keep(given(str(chat_id), place, user_id=7, question_id=5, created_at=at + 5), [6])
    store.set_language(OLD, "id")
    store.migrate_chat(OLD, NEW)
    after = tables(store)
    assert store.chat(NEW) == Chat(NEW, "group", f"Grup {NEW}", "id")
    assert sorted(patterns(store, Place(NEW))) == ["BMW", "GRAB", "Gojek"]
    assert store.pauses(0.0) == {str(NEW): 990.0}
    assert store.read("select forgotten_at from forgets") == [(20.0,)]
    assert answers.by_message(NEW, 6) == answers.by_token(str(NEW))
    assert answers.answered(NEW, 5)
    store.migrate_chat(OLD, NEW)
    store.migrate_chat(NEW, NEW)
    store.migrate_chat(-77, -78)
    assert tables(store) == after


def test_a_new_chats_own_language_stays(store: BotStore) -> None:
    for chat_id, language in ((OLD, "id"), (NEW, "en")):
        store.see_chat(chat_id, "group", "x")
        store.set_language(chat_id, language)  # type: ignore[arg-type]
    store.migrate_chat(OLD, NEW)
    assert store.chat(NEW) == Chat(NEW, "group", "x", "en")


def test_a_chat_moves_whole_or_not_at_all(store: BotStore) -> None:
    store.see_chat(OLD, "group", "x")
    follow(store, Place(OLD), "Grab")
    Answers(store).keep(given("a", Place(OLD)), [2])
    store.connection.execute(
        "create trigger full before update on subscriptions begin select raise(abort, 'disk'); end"
    )
    before = tables(store)
    with pytest.raises(Exception, match="disk"):
        store.migrate_chat(OLD, NEW)
    assert tables(store) == before


# Waits and notices


def test_waits_outlive_a_restart_and_end(store: BotStore) -> None:
    store.pause("", 100.0)
    store.pause("5", 50.0)
    store.pause("5", 40.0)  # the longer wait still holds
    with BotStore(store.path) as again:
        assert again.pauses(10.0) == {"": 100.0, "5": 50.0}
        assert again.pauses(50.0) == {"": 100.0}
    assert store.count("pauses") == 1
    assert store.pauses(100.0) == {}


def test_administrators_are_told_once_an_hour_and_how_much_they_missed(store: BotStore) -> None:
    now = 1_000_000.0
    assert store.may_tell("conflict", now) == 0
    assert [store.may_tell("conflict", now + at) for at in (1.0, 2.0, HOUR - 1)] == [None] * 3
    assert store.may_tell("disk", now + 3) == 0
    with BotStore(store.path) as again:
        assert again.may_tell("conflict", now + HOUR) == 3
    assert store.may_tell("conflict", now + 2 * HOUR) == 0
    assert store.may_tell("conflict", now) == 0  # the clock was set back
    assert store.may_tell("conflict", now + 10, every=5.0) == 0


def test_a_newer_file_is_refused(tmp_path: Path) -> None:
    with BotStore(tmp_path / "warta.db") as store:
        store.db.table("_sqlite_migrations").insert({"migration_set": "bot", "name": "m099_x", "applied_at": "2030"})
    with pytest.raises(StoreError, match="m099_x"):
        BotStore(tmp_path / "warta.db")
