"""What an arrival means for one chat, decided from figures alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.records import Alert, AlertSettings, Elsewhere, Follow, Place
from bot.verdicts import EDIT_AGE_S, MOST_ELSEWHERE, MOST_UPDATES, Draft, Heard, Line, News, came_at, verdict
from index.interests import Interest
from index.updates import NewFacts

NOW = 1_000_000.0
CHAT = AlertSettings(1)
NEWS = News(50, 9, (), "Tempo", "https://tempo.example/50")
ALERT = Alert(3, "alert", Place(1, 4), 9, 40, ("BMW",), (7,), state="sent", sent_at=NOW - 60, message_id=70)
AMOUNTS = {9: NewFacts(("Rp2 triliun",), ("3 Mei",), ())}
NAMES = {9: NewFacts(("Rp2 triliun",), (), ("Alibaba",))}
REPORT = Elsewhere("Tempo", "https://tempo.example/50", ("Rp2 triliun", "3 Mei"))


def heard(number: int, *reasons: str, thread: int = 0) -> Heard:
    name = reasons[0] if reasons else "BMW"
    return Heard(Follow(number, Place(1, thread), Interest("partner", name), 5, 0.0), reasons or ("BMW",))


def update(number: int, follow: int = 7) -> Alert:
    return Alert(number, "update", Place(1, 4), 9, 40 + number, (), (follow,), state="sent")


# A story that the chat does not know


def test_a_story_that_is_followed_is_an_alert() -> None:
    # The oldest subscription's topic; what matched is said once.
    some = [heard(8, "Alibaba", "BMW", thread=6), heard(7, "BMW", thread=5)]
    assert verdict(NEWS, some, [], {}, CHAT, NOW) == Draft("alert", Place(1, 5), 9, ("BMW", "Alibaba"), (7, 8))


@pytest.mark.parametrize("topic", [0, 12])
def test_the_chat_may_have_chosen_a_topic_for_all(topic: int) -> None:
    found = verdict(NEWS, [heard(7, thread=5)], [], {}, replace(CHAT, thread_id=topic), NOW)
    assert isinstance(found, Draft)
    assert found.place == Place(1, topic)


def test_what_nobody_follows_is_nothing() -> None:
    assert verdict(NEWS, [], [], {}, CHAT, NOW) is None


def test_a_copy_is_never_an_alert() -> None:
    copy = replace(NEWS, is_copy=True)
    assert verdict(copy, [heard(7)], [], {}, CHAT, NOW) is None
    assert verdict(copy, [], [ALERT], {}, CHAT, NOW) == Line(ALERT, Elsewhere("Tempo", NEWS.url))


# A story that it knows


def test_the_same_story_again_is_only_a_line() -> None:
    assert verdict(NEWS, [heard(7)], [ALERT], AMOUNTS, CHAT, NOW) == Line(ALERT, REPORT)
    assert verdict(NEWS, [], [ALERT], NAMES, CHAT, NOW) == Line(ALERT, replace(REPORT, news=("Rp2 triliun",)))
    assert verdict(NEWS, [heard(7)], [ALERT], {}, CHAT, NOW) == Line(ALERT, replace(REPORT, news=()))


def test_a_new_name_in_it_is_an_update() -> None:
    expected = Draft("update", ALERT.place, 9, ("BMW",), (7,), ("Alibaba", "Rp2 triliun"))
    assert verdict(NEWS, [heard(7)], [ALERT], NAMES, CHAT, NOW) == expected


def test_a_subscription_that_nothing_sent_matched_is_an_update() -> None:
    found = verdict(NEWS, [heard(7), heard(8, "Alibaba")], [ALERT], AMOUNTS, CHAT, NOW)
    assert found == Draft("update", ALERT.place, 9, ("BMW", "Alibaba"), (7, 8), ("Rp2 triliun", "3 Mei"))
    assert verdict(NEWS, [heard(8)], [ALERT, update(4, 8)], AMOUNTS, CHAT, NOW) == Line(ALERT, REPORT)


def test_updates_have_an_end_and_may_be_off() -> None:
    rows = [ALERT, *(update(number) for number in range(4, 4 + MOST_UPDATES))]
    assert isinstance(verdict(NEWS, [heard(7)], rows[:-1], NAMES, CHAT, NOW), Draft)
    assert isinstance(verdict(NEWS, [heard(7)], rows, NAMES, CHAT, NOW), Line)
    assert isinstance(verdict(NEWS, [heard(7)], [ALERT], NAMES, replace(CHAT, updates=False), NOW), Line)


def test_an_alert_of_a_story_that_it_would_fit_as_well_counts_as_one_of_it() -> None:
    other = replace(ALERT, story_id=8)
    bridge = replace(NEWS, joined=(8,))
    assert verdict(bridge, [heard(7)], [other], {8: AMOUNTS[9]}, CHAT, NOW) == Line(other, REPORT)
    assert isinstance(verdict(NEWS, [heard(7)], [], {}, CHAT, NOW), Draft)
    found = verdict(bridge, [heard(7)], [other], {8: NAMES[9]}, CHAT, NOW)
    assert isinstance(found, Draft)
    assert (found.kind, found.story_id) == ("update", 8)  # a reply to the alert that there is
    assert verdict(bridge, [heard(7)], [other, ALERT], AMOUNTS, CHAT, NOW) == Line(ALERT, REPORT)


def test_lines_have_an_end() -> None:
    assert verdict(NEWS, [], [replace(ALERT, sent_at=NOW - EDIT_AGE_S)], {}, CHAT, NOW) is None
    assert verdict(NEWS, [], [replace(ALERT, sent_at=NOW + EDIT_AGE_S)], {}, CHAT, NOW) is not None  # a clock set back
    assert verdict(NEWS, [], [replace(ALERT, state="dead")], {}, CHAT, NOW) is None
    known = replace(ALERT, elsewhere=(Elsewhere("Another name", NEWS.url),))
    assert verdict(NEWS, [], [known], {}, CHAT, NOW) is None
    many = tuple(Elsewhere("x", f"https://x.example/{number}") for number in range(MOST_ELSEWHERE))
    assert verdict(NEWS, [], [replace(ALERT, elsewhere=many)], {}, CHAT, NOW) is None
    assert verdict(NEWS, [], [replace(ALERT, elsewhere=many[1:])], {}, CHAT, NOW) is not None


@pytest.mark.parametrize(
    ("published", "seconds"),
    [
        ("2026-05-10T06:00:00Z", 1_778_392_800),
        ("2026-05-10", 1_778_457_599),  # 23:59:59
        ("2026-05", 1_780_271_999),
        ("2026", 1_798_761_599),
        ("", 1_778_396_400),
        ("yesterday", 1_778_396_400),
    ],
)
def test_the_latest_time_that_an_article_may_be_from(published: str, seconds: float) -> None:
    assert came_at(published, "2026-05-10T07:00:00Z") == seconds
