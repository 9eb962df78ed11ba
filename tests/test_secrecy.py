"""Secrets are taken out of whatever is written, wherever they came from."""

from __future__ import annotations

import logging
import sys
import traceback

import pytest

from bot.logs import TextLines
from bot.secrecy import HIDDEN, Redactor
from bot.settings import BotSettings
from index.errors import SettingsError, WartaError

TAIL = "AAF-kenari_yang_tidak_boleh_terbaca_1"
TOKEN = f"987654:{TAIL}"
SECRET = "rahasia-webhook-0123456789"


@pytest.mark.parametrize(
    "text",
    [TOKEN, TAIL, f"https://api.telegram.org/bot{TOKEN}/getMe", f"bot987654%3A{TAIL}", f"ExtBot[token={TOKEN}]",
     f"The token `{TOKEN}` was rejected by the server.", SECRET],
)  # fmt: skip
def test_every_form_is_hidden(text: str) -> None:
    hidden = Redactor([TOKEN, SECRET, ""])(f"a {text} b")
    assert TAIL not in hidden
    assert SECRET not in hidden
    assert HIDDEN in hidden


def test_without_secrets_nothing_changes() -> None:
    assert Redactor(["", ""])("a b") == "a b"


def line(error: Exception | None = None, *arguments: object) -> str:
    record = logging.LogRecord(
        "x", logging.ERROR, "x.py", 1, "url %s" if arguments else f"url {TOKEN}", arguments, None
    )
    if error is not None:
        try:
            raise error
        except Exception:
            record.exc_info = sys.exc_info()
    return TextLines(Redactor([TOKEN])).format(record)


def test_messages_arguments_and_traces() -> None:
    for text in (line(), line(None, TOKEN), line(ValueError(f"x {TOKEN}"), "y")):
        assert TAIL not in text
        assert HIDDEN in text
    assert "ValueError: x [secret]" in line(ValueError(f"x {TOKEN}"), "y")


def test_an_error_that_tells_the_token_does_not_leave() -> None:
    redact = Redactor([TOKEN])
    with pytest.raises(WartaError) as told, redact.guarding():
        raise ValueError(f"bad {TOKEN}")
    assert str(told.value) == f"ValueError: bad {HIDDEN}"
    assert TAIL not in "".join(traceback.format_exception(told.value))


def test_nor_one_whose_cause_tells_it() -> None:
    def load() -> None:
        try:
            raise ValueError(TOKEN)
        except ValueError as e:
            raise SettingsError("harmless") from e

    with pytest.raises(WartaError) as told, Redactor([TOKEN]).guarding():
        load()
    assert TAIL not in "".join(traceback.format_exception(told.value))


def test_other_errors_leave_as_they_are() -> None:
    with pytest.raises(KeyError, match="x"), Redactor([TOKEN]).guarding():
        raise KeyError("x")


def test_settings_do_not_show_their_secrets() -> None:
    settings = BotSettings(bot_token=TOKEN, webhook_secret=SECRET)
    assert TAIL not in repr(settings)
    assert SECRET not in repr(settings)
    assert settings.secrets == (TOKEN, SECRET, "")
    assert BotSettings(bot_token=TOKEN, bot_api_url="http://u:geheim@bot.example").secrets[2] == "geheim"
