"""The bot's own WARTA_* values, read once from an environment that is passed in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from index.errors import SettingsError
from index.settings import PREFIX, given_in, number_of

TELEGRAM = "https://api.telegram.org"
_TOKEN = re.compile(r"[0-9]{3,20}:[A-Za-z0-9_-]{30,80}")
ZONE = "Asia/Jakarta"
"""Of wall clocks that name none."""
_AT = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_SECRET = re.compile(r"[A-Za-z0-9_-]{16,256}")
NO_TOKEN = (
    "there is no bot token: ask @BotFather in Telegram for one (/newbot), and put it into the setting WARTA_BOT_TOKEN"
)


@dataclass(frozen=True, slots=True)
class BotSettings:
    """What a person may choose. Field `x_y` is read from WARTA_X_Y; `help` is what .env.example says of it."""

    bot_token: str = field(
        default="", repr=False, metadata={"help": "The bot's token, from @BotFather (/newbot). Keep it secret."}
    )
    bot_api_url: str = field(
        default=TELEGRAM, metadata={"help": "Where the Bot API is; another address for a self-hosted server."}
    )
    admins: tuple[int, ...] = field(
        default=(), metadata={"help": "Telegram user ids of the administrators, separated by commas."}
    )
    webhook_url: str = field(
        default="", metadata={"help": "Public https address for a webhook; empty: the bot polls, which needs none."}
    )
    webhook_secret: str = field(
        default="",
        repr=False,
        metadata={"help": "What Telegram says with each call of the webhook: 16 to 256 of A-Z a-z 0-9 _ and -."},
    )
    webhook_listen: str = field(
        default="127.0.0.1:8080", metadata={"help": "Address and port behind the proxy where the webhook listens."}
    )
    question_age: float = field(
        default=900.0,
        metadata={"help": "Seconds; questions that waited longer, because the bot was off, get a short apology."},
    )
    questions_per_minute: int = field(default=12, metadata={"help": "Questions a minute that one person may ask."})
    messages_per_second: int = field(
        default=30, metadata={"help": "Messages a second to all chats together; Telegram allows about 30."}
    )

    sync_minutes: float = field(
        default=10.0,
        metadata={"help": "Minutes between two looks at the sources while the bot runs; 0: never."},
    )
    alert_age: float = field(
        default=72.0, metadata={"help": "Hours; news that is older when it arrives makes no alert."}
    )
    health_listen: str = field(
        default="",
        metadata={"help": "Address and port of /healthz, /readyz and /metrics, such as 127.0.0.1:8090; empty: none."},
    )
    log_format: str = field(default="text", metadata={"help": "The bot's log: text, or json, an object a line."})
    reindex_at: str = field(
        default="",
        metadata={"help": "When to reindex every day: 02:30 (Asia/Jakarta), or 02:30 Asia/Makassar; empty: never."},
    )
    backup_dir: str = field(
        default="", metadata={"help": "Folder, best on another disk, for a backup every day; empty: none are made."}
    )
    backup_at: str = field(default="03:30", metadata={"help": "Time of day in Jakarta when the backup is made."})
    backup_keep: int = field(default=7, metadata={"help": "Backups that are kept; older ones are removed."})

    @property
    def listen(self) -> tuple[str, int]:
        """Host and port of the webhook."""
        return host_and_port(self.webhook_listen)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What may be written nowhere; a Bot API server of one's own may have a password in its address."""
        return (self.bot_token, self.webhook_secret, urlsplit(self.bot_api_url).password or "")

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> BotSettings:
        """Read and check every setting of the bot.

        Raises SettingsError naming the setting that is missing or out of range; secrets are not repeated.
        """
        given = given_in(environ)
        settings = cls(
            bot_token=_token(given.get("bot_token", "")),
            bot_api_url=_address("bot_api_url", given.get("bot_api_url", TELEGRAM), ("http", "https")),
            admins=_ids(given.get("admins", "")),
            webhook_url=_address("webhook_url", given.get("webhook_url", ""), ("https",)),
            webhook_secret=given.get("webhook_secret", ""),
            webhook_listen=_listen("webhook_listen", given.get("webhook_listen", "127.0.0.1:8080")),
            question_age=number_of(given, "question_age", 900.0, 1, 7 * 86_400),
            questions_per_minute=int(number_of(given, "questions_per_minute", 12, 1, 1000, whole=True)),
            sync_minutes=number_of(given, "sync_minutes", 10.0, 0, 1440),
            alert_age=number_of(given, "alert_age", 72.0, 1, 8760),
            reindex_at=_clock("reindex_at", given.get("reindex_at", "")),
            messages_per_second=int(number_of(given, "messages_per_second", 30, 1, 1000, whole=True)),
            health_listen=_listen("health_listen", value) if (value := given.get("health_listen", "")) else "",
            log_format=_log_format(given.get("log_format", "text")),
            backup_dir=given.get("backup_dir", ""),
            backup_at=_time_of_day("backup_at", given.get("backup_at", "03:30")),
            backup_keep=int(number_of(given, "backup_keep", 7, 1, 1000, whole=True)),
        )
        if settings.webhook_url and not _SECRET.fullmatch(settings.webhook_secret):
            raise SettingsError(
                "WARTA_WEBHOOK_URL needs WARTA_WEBHOOK_SECRET: 16 to 256 of A-Z a-z 0-9 _ and -; "
                "`openssl rand -hex 32` makes one"
            )
        return settings


def clock_and_zone(name: str, value: str) -> tuple[str, str]:
    """The wall clock and the zone of a setting "HH:MM" or "HH:MM Zone"; ("", ZONE) for "", which is never.

    Raises SettingsError.
    """
    from bot.timing import known_zone  # numpy comes with it, which settings alone do not need

    clock, _, zone = value.strip().partition(" ")
    zone = zone.strip() or ZONE
    if clock and not _AT.fullmatch(clock):
        raise SettingsError(f"{PREFIX}{name.upper()}={value} is not a time like 02:30 or 02:30 Asia/Makassar")
    if zone != ZONE and known_zone(zone) is None:  # Jakarta's is known without the system's table
        raise SettingsError(f"{PREFIX}{name.upper()}={value}: there is no time zone {zone}; one is Asia/Makassar")
    return clock, zone


def _clock(name: str, value: str) -> str:
    clock_and_zone(name, value)
    return value


def _shown(value: str) -> str:
    """A value as an error may repeat it: people put the token anywhere, and passwords into addresses."""
    return re.sub(r"//[^/@]*@", "//…@", _TOKEN.sub("…", value))


def _token(value: str) -> str:
    if not value:
        raise SettingsError(NO_TOKEN)
    if not _TOKEN.fullmatch(value):
        raise SettingsError(
            "WARTA_BOT_TOKEN does not look like a token (digits, a colon, letters and digits); "
            "copy it again from @BotFather"
        )
    return value


def _address(name: str, value: str, schemes: tuple[str, ...]) -> str:
    try:
        parts = urlsplit(value)
        sound = not value or (parts.scheme in schemes and bool(parts.hostname) and parts.port != 0)
    except ValueError:
        sound = False
    if not sound:
        raise SettingsError(
            f"{PREFIX}{name.upper()}={_shown(value)} is not an address that begins with {' or '.join(schemes)}"
        )
    return value.rstrip("/")


def _ids(value: str) -> tuple[int, ...]:
    ids = [part for part in re.split(r"[,\s]+", value) if part]
    for part in ids:
        if not re.fullmatch(r"[1-9][0-9]{0,18}", part):
            raise SettingsError(
                f"WARTA_ADMINS: {_shown(part)} is not a Telegram user id (a number); @userinfobot tells yours"
            )
    return tuple(dict.fromkeys(int(part) for part in ids))


def _listen(name: str, value: str) -> str:
    host, _, port = value.rpartition(":")
    if not host or not port.isdecimal() or not 0 <= int(port) <= 65_535:
        raise SettingsError(f"{PREFIX}{name.upper()}={_shown(value)} is not an address and port like 127.0.0.1:8080")
    return value


def host_and_port(listen: str) -> tuple[str, int]:
    """The two parts of an address that `from_env` has taken; an IPv6 host without its brackets."""
    host, _, port = listen.rpartition(":")
    return host.strip("[]"), int(port)


def _log_format(value: str) -> str:
    if value not in ("text", "json"):
        raise SettingsError(f"WARTA_LOG_FORMAT={_shown(value)} is neither text nor json")
    return value


def _time_of_day(name: str, value: str) -> str:
    if not re.fullmatch(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]", value):
        raise SettingsError(f"{PREFIX}{name.upper()}={_shown(value)} is not a time of day like 03:30")
    return value
