import re
import string
from html import unescape
from typing import get_args

import pytest
from telegram_html import message_text, utf16

from bot.follow_keyboards import SETTINGS
from bot.records import REASONS, Mode
from bot.strings import ADMIN_COMMANDS, COMMANDS, PLAIN, TEXTS, Html, label, text
from index.interests import Kind, Reason

SHARED = {"example_1", "example_2", "example_3", "ask_in_group", "commands", "admin_commands"}
LANGUAGES = ("id", "en")
TOASTS = (
    "button_gone", "admins_only", "follow_button_done", "follow_button_already", "follow_button_undone",
    "follow_button_full", "follow_button_gone", "follow_admins_only", "follow_there_lost", "following_pause_done",
    "following_resume_done", "following_removed", "following_gone", "alerts_saved",
    "thanks_good", "thanks_bad", "comment_thanks", "too_fast", "busy", "further_none",
)  # fmt: skip
WANTED = """
start start_group help about privacy new_done language_ask language_set language_auto_set ask_empty ask_in_group
latest_none latest_title latest_of sources_title nothing_stored too_fast too_old too_long not_text error busy
no_publisher follow_how follow_done follow_already follow_full follow_removed follow_not_listed following_title
alerts_set preview_title
button_gone admins_only follow_button_done follow_button_already follow_button_full thanks_good thanks_bad
comment_prompt comment_thanks button_context button_further button_follow button_good button_bad button_open
inline_start inline_none_title inline_none_description further_none reindex_title reindex_running
reindex_done reindex_failed admin_only admin_notice stats bot_description bot_short
"""


def places(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def written(key: str, language: str, value: object = "BMW & <Alibaba>") -> str:
    """The text with a value in each place that the caller has to fill."""
    return text(key, language, **dict.fromkeys(places(TEXTS[key][0]) - SHARED, value))


both = pytest.mark.parametrize("language", LANGUAGES)
each = pytest.mark.parametrize("key", TEXTS)


@each
def test_both_languages_have_the_same_places_and_tags(key: str) -> None:
    indonesian, english = TEXTS[key]
    assert places(indonesian) == places(english)
    assert re.findall(r"</?\w+>", indonesian) == re.findall(r"</?\w+>", english)
    assert indonesian.strip() == indonesian
    assert english.strip() == english


def test_everything_that_the_bot_says_is_there() -> None:
    kinds = {f"reason_{reason}" for reason in REASONS} | {f"language_name_{choice}" for choice in ("id", "en", "auto")}
    commands = {f"command_{name}" for name in (*COMMANDS, *ADMIN_COMMANDS, "start")}
    parts = {f"follow_wrong_{reason}" for reason in get_args(Reason)}
    parts |= {f"following_{kind}" for kind in get_args(Kind)} | {f"alerts_{mode}" for mode in get_args(Mode)}
    parts |= {f"button_alerts_{'cap' if name.startswith('cap') else name}" for name in SETTINGS}
    assert {*WANTED.split(), *kinds, *commands, *parts} <= TEXTS.keys()


@both
@each
def test_telegram_takes_every_text(key: str, language: str) -> None:
    said = written(key, language)
    if key.startswith(PLAIN):
        assert message_text(said, None, None)[0] == said
        assert not re.search(r"</?\w+>|&\w+;", said.replace("BMW & <Alibaba>", ""))
        return
    parsed, entities = message_text(said, "HTML", None)
    assert utf16(parsed) <= 4096
    assert len(entities) == len(re.findall(r"<\w", said)), "a tag around nothing"
    assert parsed == unescape(re.sub(r"<[^>]*>", "", said)) == label(key, language, **_values(key))


def _values(key: str) -> dict[str, object]:
    return dict.fromkeys(places(TEXTS[key][0]) - SHARED, "BMW & <Alibaba>")


@both
@pytest.mark.parametrize("key", [key for key in TEXTS if places(TEXTS[key][0]) - SHARED])
def test_a_value_is_literal_text(key: str, language: str) -> None:
    hostile = '<a href="tg://user?id=1">x</a>\u202e&lt;{0}'
    said = label(key, language, **dict.fromkeys(places(TEXTS[key][0]) - SHARED, hostile))
    assert hostile.replace("\u202e", "") in said
    if not key.startswith(PLAIN):
        _, entities = message_text(written(key, language, hostile), "HTML", None)
        assert {one["type"] for one in entities} <= {"bold", "code"}


def test_html_stays_html_and_numbers_are_written_as_people_do() -> None:
    assert text("sources_title", "en", rows=Html("<b>ANTARA</b>: 3")).endswith("\n<b>ANTARA</b>: 3")
    assert "1.234" in text("about", "id", articles=1234, newest="")
    assert "1,234" in text("about", "en", articles=1234, newest="")
    assert "12,5 MB" in text("reindex_size", "id", before=12.46, after=3.0)
    assert text("button_follow", "id", partner="A&B <C>") == "🔔 Ikuti A&B <C>"
    assert label("latest_of", "en", partner="A&B <C>") == "Latest news about A&B <C>"


def test_a_value_that_is_too_long_is_clipped() -> None:
    assert utf16(text("reindex_failed", "id", reason="x" * 100_000)) < 1_000


@pytest.mark.parametrize("language", ["id", "", "und", "ms", "fr"])
def test_anything_but_english_is_indonesian(language: str) -> None:
    assert text("new_done", language) == TEXTS["new_done"][0]
    assert text("new_done", "en") == TEXTS["new_done"][1]


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        text("too_fast", "id")
    with pytest.raises(KeyError):
        text("no_such_text", "id")


@both
def test_lengths_that_telegram_allows(language: str) -> None:
    def length(key: str) -> int:
        return utf16(text(key, language))

    assert all(1 <= length(key) <= 256 for key in TEXTS if key.startswith("command_"))
    assert all(length(key) <= 40 for key in TEXTS if key.startswith(("reason_", "language_name_")))
    assert all(utf16(written(key, language, "BMW")) <= 40 for key in TEXTS if re.match("button_(?!gone)", key))
    assert 1 <= length("inline_start") <= 64
    assert length("inline_none_title") <= 60
    assert length("inline_none_description") <= 120
    assert length("bot_description") <= 512
    assert length("bot_short") <= 120
    assert all(utf16(label(key, language, **dict.fromkeys(_values(key), "BMW Group"))) <= 200 for key in TOASTS)


@both
def test_the_help_names_every_command_once(language: str) -> None:
    assert re.findall(r"^/(\w+) – ", text("help", language), re.MULTILINE) == list(COMMANDS)
    assert re.findall(r"^/(\w+) – ", text("help_admin", language), re.MULTILINE) == list(ADMIN_COMMANDS)


@both
def test_the_greeting_has_three_questions_to_tap(language: str) -> None:
    questions = re.findall("<code>(.*?)</code>", text("start", language))
    assert questions == [text(f"example_{n}", language) for n in (1, 2, 3)]
    assert all(question.endswith("?") for question in questions)


def test_no_indonesian_in_english_and_the_other_way_round() -> None:
    foreign = {
        "en": r"\b(?:dan|yang|Anda|berita|pertanyaan|silakan)\b",
        "id": r"\b(?:the|and|please|question|news|your)\b",
    }
    for key in TEXTS:
        for language in LANGUAGES:
            assert not re.search(foreign[language], written(key, language, ""), re.IGNORECASE), key
