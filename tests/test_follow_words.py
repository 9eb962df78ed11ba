"""What is written after /follow, /unfollow, /preview and /alerts."""

from __future__ import annotations

from dataclasses import fields

import pytest

from bot.follow_keyboards import SETTINGS, list_press_of, setting_of
from bot.follow_words import WordsError, addressed, asked, change_in, days_in, interests_asked, number_in
from bot.records import AlertSettings
from index.names import NameBook

BOOK = NameBook({"BMW": ["BMW Group"], "Alibaba": [], "Bank Mandiri": []})


@pytest.mark.parametrize(
    ("words", "name", "rest"),
    [
        ("", "", ""),
        ("BMW", "", "BMW"),
        ("@kanal", "@kanal", ""),
        ("  @Kanal_Berita   BMW, Grab ", "@Kanal_Berita", "BMW, Grab"),
        ("? @kanal Siapa CEO Grab", "@kanal", "? Siapa CEO Grab"),
        ("@kanal ? Siapa CEO Grab", "@kanal", "? Siapa CEO Grab"),
        ("https://t.me/kanal BMW", "@kanal", "BMW"),
        ("t.me/kanal/ 30d", "@kanal", "30d"),
        ("BMW @kanal", "", "BMW @kanal"),
        ("@abc BMW", "", "@abc BMW"),  # Telegram's names have four characters and more
        ("@kanal-lain BMW", "", "@kanal-lain BMW"),
        ("@kanal\nBMW\nGrab", "@kanal", "BMW\nGrab"),
    ],
)
def test_a_chat_may_be_named_first(words: str, name: str, rest: str) -> None:
    assert addressed(words) == (name, rest)


@pytest.mark.parametrize(
    ("words", "wanted", "question"),
    [
        ("? Siapa CEO Grab", "Siapa CEO Grab", True),
        ("?Siapa CEO Grab?", "Siapa CEO Grab?", True),
        ("Apakah ada kerja sama baterai baru?", "Apakah ada kerja sama baterai baru?", True),
        ("Kapan IPO ?", "Kapan IPO ?", True),
        ("BMW?", "BMW", False),
        ("BMW", "BMW", False),
        ("?", "", True),
        ("BMW\nGrab", "BMW\nGrab", False),
        ("kerja sama +baterai -nikel", "kerja sama +baterai -nikel", False),
    ],
)
def test_a_question_has_its_mark_before_or_behind(words: str, wanted: str, question: bool) -> None:
    assert asked(words) == (wanted, question)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("bmw group", [("partner", "BMW")]),
        ('"BMW Alibaba"', [("partner", "BMW + Alibaba")]),
        ("BMW, Grab", [("partner", "BMW"), ("partner", "Grab")]),
        ("BMW\nGrab", [("partner", "BMW"), ("partner", "Grab")]),
        ("kerja sama +baterai -nikel", [("keywords", "kerja sama +baterai -nikel")]),
        ("? Siapa CEO Grab", [("question", "Siapa CEO Grab")]),
        ("Siapa CEO Grab, dan kapan?", [("question", "Siapa CEO Grab, dan kapan?")]),
    ],
)
def test_what_is_asked_for(words: str, found: list[tuple[str, str]]) -> None:
    assert [(one.kind, one.pattern) for one in interests_asked(words, BOOK)] == found


@pytest.mark.parametrize(
    ("words", "number"),
    [("3", 3), ("#12", 12), (" 3. ", 3), ("0", 0), ("3M", None), ("-3", None), ("3 4", None), ("٣", None), ("", None)],
)
def test_a_number_in_the_list(words: str, number: int | None) -> None:
    assert number_in(words) == number


@pytest.mark.parametrize(
    ("words", "days", "rest"),
    [
        ("", 7, ""),
        ("30d", 30, ""),
        ("1 hari BMW", 1, "BMW"),
        ("2w BMW Group", 14, "BMW Group"),
        ("3 minggu", 21, ""),
        ("7d? Siapa CEO Grab", 7, "? Siapa CEO Grab"),
        ("365d BMW", 30, "BMW"),
        ("0d", 1, ""),
        ("BMW 30d", 7, "BMW 30d"),
        ("7eleven", 7, "7eleven"),
        ("3days", 3, ""),
    ],
)
def test_days_to_look_back(words: str, days: int, rest: str) -> None:
    assert days_in(words) == (days, rest)


@pytest.mark.parametrize(
    ("words", "values"),
    [
        ("senyap", {"silent": True}),
        ("Senyap OFF", {"silent": False}),
        ("silent on", {"silent": True}),
        ("suara on", {"silent": False}),
        ("sound off", {"silent": True}),
        ("langsung", {"mode": "instant"}),
        ("instant", {"mode": "instant"}),
        ("tiap jam", {"mode": "hourly"}),
        ("setiap  jam", {"mode": "hourly"}),
        ("hourly", {"mode": "hourly"}),
        ("harian", {"mode": "daily"}),
        ("harian 08:00", {"mode": "daily", "at": "08:00"}),
        ("harian pukul 17.30", {"mode": "daily", "at": "17:30"}),
        ("daily 8", {"mode": "daily", "at": "08:00"}),
        ("daily at 8pm", {"mode": "daily", "at": "20:00"}),
        ("daily 12 am", {"mode": "daily", "at": "00:00"}),
        ("daily 24:00", {"mode": "daily", "at": "00:00"}),
        ("mingguan", {"mode": "weekly"}),
        ("mingguan 7", {"mode": "weekly", "at": "07:00"}),
        ("mingguan senin 08:00", {"mode": "weekly", "weekday": 0, "at": "08:00"}),
        ("mingguan Jum'at", {"mode": "weekly", "weekday": 4}),
        ("tiap minggu ahad 9", {"mode": "weekly", "weekday": 6, "at": "09:00"}),
        ("mingguan minggu", {"mode": "weekly", "weekday": 6}),
        ("weekly mon 08:00", {"mode": "weekly", "weekday": 0, "at": "08:00"}),
        ("weekly thursday", {"mode": "weekly", "weekday": 3}),
        ("tenang 22:00-06:00", {"quiet_from": "22:00", "quiet_to": "06:00"}),
        ("tenang 22.00 – 06.00", {"quiet_from": "22:00", "quiet_to": "06:00"}),
        ("quiet 22-6", {"quiet_from": "22:00", "quiet_to": "06:00"}),
        ("quiet 10pm to 6am", {"quiet_from": "22:00", "quiet_to": "06:00"}),
        ("tenang 22 sampai 6", {"quiet_from": "22:00", "quiet_to": "06:00"}),
        (
            "tenang 22:00-06:00 Asia/Makassar",
            {"quiet_from": "22:00", "quiet_to": "06:00", "time_zone": "Asia/Makassar"},
        ),
        ("quiet 22-6 wit", {"quiet_from": "22:00", "quiet_to": "06:00", "time_zone": "Asia/Jayapura"}),
        ("quiet on", {"quiet_from": "22:00", "quiet_to": "06:00"}),
        ("tenang off", {"quiet_from": "", "quiet_to": ""}),
        ("batas 5", {"cap": 5}),
        ("cap 60", {"cap": 60}),
        ("zona WITA", {"time_zone": "Asia/Makassar"}),
        ("zona waktu wib", {"time_zone": "Asia/Jakarta"}),
        ("zone asia/makassar", {"time_zone": "Asia/Makassar"}),
        ("timezone America/New York", {"time_zone": "America/New_York"}),
        ("zone utc", {"time_zone": "UTC"}),
        ("topik", {"thread_id": 7}),
        ("topic on", {"thread_id": 7}),
        ("topik off", {"thread_id": None}),
        ("perkembangan off", {"updates": False}),
        ("updates on", {"updates": True}),
        ("update", {"updates": True}),
    ],
)
def test_what_is_written_after_alerts(words: str, values: dict[str, object]) -> None:
    assert change_in(words, 7) == values
    assert values.keys() <= {field.name for field in fields(AlertSettings)}


@pytest.mark.parametrize(
    ("words", "language"),
    [
        ("bahasa indonesia", "id"),
        ("Bahasa Inggris", "en"),
        ("language english", "en"),
        ("language bahasa Indonesia", "id"),
        ("bahasa otomatis", ""),
        ("language auto", ""),
    ],
)
def test_a_language_is_the_chats(words: str, language: str) -> None:
    assert change_in(words) == {"language": language}


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("xyz", "unknown"),
        ("senyapkan", "unknown"),
        ("langsung 08:00", "unknown"),
        ("tiap jam 3", "unknown"),
        ("senyap mungkin", "on_off"),
        ("updates 3", "on_off"),
        ("harian 25", "time"),
        ("harian 08:60", "time"),
        ("harian 13pm", "time"),
        ("harian 08:00 ya", "time"),
        ("harian pagi", "time"),
        ("mingguan se 08:00", "weekday"),
        ("mingguan besok", "weekday"),
        ("mingguan senin pagi", "time"),
        ("tenang", "quiet"),
        ("tenang 22", "quiet"),
        ("tenang 22-22:00", "quiet"),
        ("tenang 22-30", "quiet"),
        ("quiet malam-pagi", "quiet"),
        ("tenang 22-6 Mars/Olympus", "zone"),
        ("zona", "zone"),
        ("zona Asia", "zone"),
        ("zona ../../etc/passwd", "zone"),
        ("batas", "cap"),
        ("batas 0", "cap"),
        ("batas 61", "cap"),
        ("batas lima", "cap"),
        ("topik 5", "on_off"),
        ("bahasa", "language"),
        ("bahasa jawa", "language"),
    ],
)
def test_what_cannot_be_understood_is_told_apart(words: str, reason: str) -> None:
    with pytest.raises(WordsError) as raised:
        change_in(words, 7)
    assert raised.value.reason == reason


def test_where_there_are_no_topics_none_can_be_chosen() -> None:
    with pytest.raises(WordsError) as raised:
        change_in("topik")
    assert raised.value.reason == "topic"
    assert change_in("topik off") == {"thread_id": None}


@pytest.mark.parametrize(
    "data",
    [
        "", "w", "w:", "w:p:1:0", "w:g:1:0:5", "w:p:1:0:0", "w:p:0:0:5", "w:p:1:0:5 ", "w:p:1:0:5\n", "W:p:1:0:5",
        "w:z:1:0:5", "w:p:--1:0:5", "w:p:1:-1:5", "w:p:1:0:٥", f"w:p:{'9' * 20}:0:5", "w:p:1:1000:5", "o:1:cap5",
    ],
)  # fmt: skip
def test_data_that_no_list_has_is_nothing(data: str) -> None:
    assert list_press_of(data) is None


@pytest.mark.parametrize("data", ["", "o:", "o:1", "o:1:", "o:1:cap6", "o:1:CAP5", "o:1:cap5 ", "o:0:cap5", "w:g:1:0"])
def test_data_that_no_setting_has_is_nothing(data: str) -> None:
    assert setting_of(data) is None


def test_every_setting_that_a_button_sets_is_one() -> None:
    names = {field.name for field in fields(AlertSettings)}
    for name, values in SETTINGS.items():
        assert setting_of(f"o:-1001:{name}") == (-1001, values)
        assert values.keys() <= names
