"""Every WARTA_* value, read once from an environment that is passed in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from index.errors import SettingsError

PREFIX = "WARTA_"
BUNDLED = "bundled"
AUTO = "auto"
LLM_DEADLINE = 20.0
ABSTAIN_BELOW = 0.5
TIMEZONE = "Asia/Jakarta"
_PLACE = re.compile(r"[A-Za-z0-9._:-]+(?:/\d{1,3})?")
_DEVICE = re.compile(r"[a-z]+(?::\d{1,2})?")
_WEB_ADDRESS = re.compile(r"https?://[\x21-\x7e]{3,300}")
_KEY = re.compile(r"[\x21-\x7e]{1,1000}")
ELSEWHERE = frozenset(
    {
        "ADMINS",
        "ALERT_AGE",
        "REINDEX_AT",
        "BACKUP_AT",
        "BACKUP_DIR",
        "BACKUP_KEEP",
        "BOT_API_URL",
        "BOT_TOKEN",
        "EVAL_DATA",
        "HEALTH_LISTEN",
        "LOG_FORMAT",
        "MESSAGES_PER_SECOND",
        "QUESTION_AGE",
        "QUESTIONS_PER_MINUTE",
        "SYNC_MINUTES",
        "WEBHOOK_LISTEN",
        "WEBHOOK_SECRET",
        "WEBHOOK_URL",
    }
)
"""Names that the bot and the tests read for themselves; they are not an error here."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a person may choose. Field `x_y` is read from WARTA_X_Y; `help` is what .env.example says of it."""

    data: Path = field(default=Path("data"), metadata={"help": "Folder of the database and the search index."})
    cache: Path = field(
        default=Path("~/.cache/warta-mitra"),
        metadata={"help": "Folder where the bundled model is built once (97 MB); several data folders share it."},
    )
    embedder: str = field(
        default=BUNDLED,
        metadata={
            "help": "The embedding model. bundled: multilingual-e5-small from the package, offline; or "
            "sentence-transformers:ID_OR_PATH."
        },
    )
    reranker: str = field(
        default="",
        metadata={"help": "A cross-encoder of sentence-transformers, ID_OR_PATH, that ranks the best passages anew."},
    )
    device: str = field(
        default=AUTO,
        metadata={
            "help": "Where sentence-transformers work: cpu, cuda, cuda:1 or mps; auto takes a GPU where there is one."
        },
    )
    batch_size: int = field(
        default=32,
        metadata={"help": "Texts that sentence-transformers take at once; a GPU with little memory needs fewer."},
    )
    threads: int = field(
        default=0,
        metadata={"help": "Processor threads for embedding; 0 takes one for each core."},
    )
    abstain_below: float = field(
        default=ABSTAIN_BELOW,
        metadata={
            "help": "Abstain when the estimated probability that the stored news hold the answer is lower, 0 to 1."
        },
    )
    busy_timeout: float = field(
        default=30.0,
        metadata={"help": "Seconds to wait for another process that is writing to the database."},
    )
    fetch_allow: tuple[str, ...] = field(
        default=(),
        metadata={
            "help": "Networks (10.20.0.0/16) and hosts that may be fetched though they are not public, separated by "
            "commas."
        },
    )
    contact_url: str = field(
        default="",
        metadata={"help": "Address of a page that tells publishers who fetches their news; it goes with each request."},
    )
    llm_url: str = field(
        default="",
        metadata={
            "help": "OpenAI-compatible endpoint, such as http://127.0.0.1:11434/v1, whose model puts the quotes into "
            "words; empty: none."
        },
    )
    llm_model: str = field(default="", metadata={"help": "The model's name there."})
    llm_key: str = field(
        default="", repr=False, metadata={"help": "The key for it, where it wants one. Keep it secret."}
    )
    llm_deadline: float = field(
        default=LLM_DEADLINE, metadata={"help": "Seconds until an answer goes out without the model's words."}
    )

    timezone: str = field(
        default=TIMEZONE,
        metadata={"help": 'Time zone of the readers, in which "kemarin" and "last week" are reckoned: an IANA name.'},
    )

    @property
    def secrets(self) -> tuple[str, ...]:
        """What may be written nowhere."""
        return (self.llm_key,)

    @property
    def database(self) -> Path:
        """The SQLite file: the truth."""
        return self.data / "warta.db"

    @property
    def index_folder(self) -> Path:
        """The vector index's snapshots: a cache."""
        return self.data / "index"

    @property
    def partners_file(self) -> Path:
        """Other names of partners; there need not be one."""
        return self.data / "partners.txt"

    @classmethod
    def from_env(cls, environ: Mapping[str, str], data: Path | None = None) -> Settings:
        """Read and check every setting; `data`, from the command line, wins over WARTA_DATA.

        Raises SettingsError naming the setting that is unknown or out of range.
        """
        given = given_in(environ)
        unknown = sorted(set(given) - set(cls.__dataclass_fields__) - {name.lower() for name in ELSEWHERE})
        if unknown:
            raise SettingsError(f"{PREFIX}{unknown[0].upper()} is not a setting; .env.example lists those there are")
        return cls(
            data=(data or Path(given.get("data", "data"))).expanduser().absolute(),
            cache=Path(given.get("cache", str(_default_cache(environ)))).expanduser().absolute(),
            embedder=given.get("embedder", BUNDLED),
            reranker=given.get("reranker", ""),
            device=_device(given.get("device", AUTO)),
            batch_size=int(number_of(given, "batch_size", 32, 1, 4096, whole=True)),
            threads=int(number_of(given, "threads", 0, 0, 256, whole=True)),
            abstain_below=number_of(given, "abstain_below", ABSTAIN_BELOW, 0, 1),
            busy_timeout=number_of(given, "busy_timeout", 30.0, 0, 3600),
            fetch_allow=_places(given.get("fetch_allow", "")),
            contact_url=_web_address("contact_url", given.get("contact_url", "")),
            llm_url=_model_address(given),
            llm_model=given.get("llm_model", ""),
            llm_key=_key(given.get("llm_key", "")),
            llm_deadline=number_of(given, "llm_deadline", LLM_DEADLINE, 1, 600),
            timezone=_zone(given.get("timezone", TIMEZONE)),
        )


def _default_cache(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("XDG_CACHE_HOME") or "~/.cache") / "warta-mitra"


def _device(value: str) -> str:
    if not _DEVICE.fullmatch(value):
        raise SettingsError(f"{PREFIX}DEVICE={value} is not a device like cpu, cuda, cuda:1 or mps")
    return value


def _places(value: str) -> tuple[str, ...]:
    places = tuple(entry.strip() for entry in value.split(",") if entry.strip())
    for entry in places:
        if not _PLACE.fullmatch(entry):
            raise SettingsError(f"{PREFIX}FETCH_ALLOW: {entry!r} is neither a network like 10.20.0.0/16 nor a host")
    return places


def _web_address(name: str, value: str) -> str:
    if value and not _WEB_ADDRESS.fullmatch(value):
        raise SettingsError(f"{PREFIX}{name.upper()}={value} is not an address that begins with http:// or https://")
    return value


def _model_address(given: Mapping[str, str]) -> str:
    value = given.get("llm_url", "")
    if "@" in value:  # before it is repeated in any message
        raise SettingsError("WARTA_LLM_URL holds a name or a password; give the key in WARTA_LLM_KEY")
    if value and "llm_model" not in given:
        raise SettingsError("WARTA_LLM_URL needs WARTA_LLM_MODEL, the name of a model that is served there")
    return _web_address("llm_url", value).rstrip("/")


def _key(value: str) -> str:
    if value and not _KEY.fullmatch(value):
        raise SettingsError("WARTA_LLM_KEY holds a blank or a letter that no key has; copy it again")
    return value


def _zone(value: str) -> str:
    try:
        return ZoneInfo(value).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as e:  # OSError: "Asia" is a folder of zones
        raise SettingsError(f"{PREFIX}TIMEZONE={value} is no time zone; write one like Asia/Jakarta") from e


def number_of(
    given: Mapping[str, str], name: str, default: float, low: float, high: float, *, whole: bool = False
) -> float:
    """A setting's number; `name` is the field's.

    Raises SettingsError when it is none, or not from `low` to `high`.
    """
    if name not in given:
        return default
    try:
        value = float(int(given[name])) if whole else float(given[name])
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        kind = "a whole number" if whole else "a number"
        raise SettingsError(f"{PREFIX}{name.upper()}={given[name]} is not {kind} from {low:g} to {high:g}")
    return value


def given_in(environ: Mapping[str, str]) -> dict[str, str]:
    """What an environment says, by field name; empty values say nothing."""
    return {
        name.removeprefix(PREFIX).lower(): value.strip()
        for name, value in environ.items()
        if name.startswith(PREFIX) and value.strip()
    }
