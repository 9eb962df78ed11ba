"""The bot's settings: parsed once, each error names its setting and repeats no secret."""

from __future__ import annotations

import pytest

from bot.settings import TELEGRAM, BotSettings, host_and_port
from index.errors import SettingsError
from index.settings import ELSEWHERE, Settings

TAIL = "AAF-kenari_yang_tidak_boleh_terbaca_1"
TOKEN = f"987654:{TAIL}"
SECRET = "rahasia-webhook-0123456789"


def settings(**values: str) -> BotSettings:
    return BotSettings.from_env({"WARTA_BOT_TOKEN": TOKEN} | {f"WARTA_{k}": v for k, v in values.items()})


def test_the_defaults() -> None:
    assert settings() == BotSettings(bot_token=TOKEN)
    assert settings().bot_api_url == TELEGRAM
    assert settings(WEBHOOK_URL=" ").webhook_url == ""  # an empty value says nothing


def test_all_of_them() -> None:
    given = settings(
        BOT_API_URL="http://bot-api:8081/", ADMINS="5, 7 5", WEBHOOK_URL="https://warta.example/x/",
        WEBHOOK_SECRET=SECRET, WEBHOOK_LISTEN="[::1]:8443", QUESTION_AGE="60", QUESTIONS_PER_MINUTE="3",
        MESSAGES_PER_SECOND="20", HEALTH_LISTEN="[::1]:8090", LOG_FORMAT="json",
        BACKUP_DIR="/mnt/cadangan", BACKUP_AT="23:59", BACKUP_KEEP="30",
    )  # fmt: skip
    assert given.bot_api_url == "http://bot-api:8081"
    assert given.admins == (5, 7)
    assert given.webhook_url == "https://warta.example/x"
    assert given.listen == ("::1", 8443)
    assert host_and_port(given.health_listen) == ("::1", 8090)
    assert given.log_format == "json"
    assert (given.question_age, given.questions_per_minute, given.messages_per_second) == (60, 3, 20)
    assert (given.backup_dir, given.backup_at, given.backup_keep) == ("/mnt/cadangan", "23:59", 30)


def test_without_a_token_it_says_where_to_get_one() -> None:
    with pytest.raises(SettingsError) as told:
        BotSettings.from_env({})
    assert "@BotFather" in str(told.value)
    assert "WARTA_BOT_TOKEN" in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("token", [TAIL, f"12{TOKEN[2:]}x y", f"bot{TOKEN}", f"{TOKEN}ä", "1:2", f"{TOKEN}/x"])
def test_a_token_that_is_none_is_not_repeated(token: str) -> None:
    with pytest.raises(SettingsError, match="WARTA_BOT_TOKEN") as told:
        BotSettings.from_env({"WARTA_BOT_TOKEN": token})
    assert TAIL not in str(told.value)
    assert "@BotFather" in str(told.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BOT_API_URL", "api.telegram.org"), ("BOT_API_URL", "ftp://x"), ("BOT_API_URL", "http://"),
        ("BOT_API_URL", "http://x:99999"), ("BOT_API_URL", "http://[::1"),
        ("ADMINS", "@ani"), ("ADMINS", "-5"), ("ADMINS", "5,x"), ("ADMINS", "0"),
        ("WEBHOOK_URL", "http://warta.example"), ("WEBHOOK_LISTEN", "8080"), ("WEBHOOK_LISTEN", "x:y"),
        ("WEBHOOK_LISTEN", "x:70000"), ("HEALTH_LISTEN", "8090"), ("HEALTH_LISTEN", "x:-1"), ("LOG_FORMAT", "yaml"),
        ("QUESTION_AGE", "0"), ("QUESTION_AGE", "nan"), ("QUESTIONS_PER_MINUTE", "1.5"),
        ("QUESTIONS_PER_MINUTE", "0"), ("MESSAGES_PER_SECOND", "x"),
        ("BACKUP_AT", "3:30"), ("BACKUP_AT", "24:00"), ("BACKUP_AT", "03:30:00"), ("BACKUP_AT", "pagi"),
        ("BACKUP_KEEP", "0"), ("BACKUP_KEEP", "x"),
    ],
)  # fmt: skip
def test_each_error_names_its_setting(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"WARTA_{name}"):
        settings(**{name: value})


@pytest.mark.parametrize(
    "name", ["ADMINS", "BOT_API_URL", "WEBHOOK_URL", "WEBHOOK_LISTEN", "HEALTH_LISTEN", "LOG_FORMAT"]
)
@pytest.mark.parametrize("value", [TOKEN, f"ftp://x/bot{TOKEN}", f"ftp://me:{TAIL}@x"])
def test_a_secret_in_the_wrong_place_is_not_repeated_either(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"WARTA_{name}") as told:
        settings(**{name: value})
    assert TAIL not in str(told.value)


@pytest.mark.parametrize("secret", ["", "short", "with space and more letters", "ä" * 20, "x" * 257])
def test_a_webhook_needs_a_secret_that_telegram_takes(secret: str) -> None:
    with pytest.raises(SettingsError, match="WARTA_WEBHOOK_SECRET") as told:
        settings(WEBHOOK_URL="https://warta.example", WEBHOOK_SECRET=secret)
    assert not secret or secret not in str(told.value)


def test_the_index_knows_which_settings_are_the_bots() -> None:
    assert {name.upper() for name in BotSettings.__dataclass_fields__} | {"EVAL_DATA"} == ELSEWHERE
    assert not ELSEWHERE & {name.upper() for name in Settings.__dataclass_fields__}


def test_each_has_help() -> None:
    assert all(field.metadata["help"] for field in BotSettings.__dataclass_fields__.values())
