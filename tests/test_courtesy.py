"""Thanks and greetings are known as such, in the language that they are said in."""

from __future__ import annotations

import pytest

from index.courtesy import courtesy_in, courtesy_language
from index.types import Language


@pytest.mark.parametrize(
    ("text", "courtesy"),
    [
        ("Terima kasih banyak, bot!", "thanks"),
        ("makasih ya 🙏", "thanks"),
        ("Thanks for the info", "thanks"),
        ("OK", "thanks"),
        ("👍", "thanks"),
        ("Halo", "greeting"),
        ("Good morning all", "greeting"),
        ("Assalamu'alaikum", "greeting"),
        ("Halo, siapa CEO BMW?", None),
        ("Siapa yang bilang terima kasih?", None),
        ("What is good for BMW", None),
        ("???", None),
        ("BMW", None),
        ("bot", None),
        ("5", None),
    ],
)
def test_courtesy_asks_nothing(text: str, courtesy: str | None) -> None:
    assert courtesy_in(text) == courtesy


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("Halo", "id"), ("hai", "id"), ("Hi!", "en"), ("good morning everyone", "en"), ("Selamat pagi, bot", "id"),
        ("terima kasih infonya", "id"), ("Thank you so much", "en"), ("thanks ya kak", "id"), ("Thanks, admin", "en"),
    ],
)  # fmt: skip
def test_the_language_of_courtesy(said: str, language: Language) -> None:
    assert courtesy_in(said) is not None
    assert {courtesy_language(said, "id"), courtesy_language(said, "en")} == {language}


@pytest.mark.parametrize("said", ["ok", "👍", "Oke bot"])
def test_where_the_words_are_both_languages_it_is_the_one_that_was_spoken(said: str) -> None:
    assert (courtesy_language(said, "id"), courtesy_language(said, "en")) == ("id", "en")
