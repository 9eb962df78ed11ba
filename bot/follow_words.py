"""What people write after /follow, /unfollow, /preview and /alerts, taken apart."""

from __future__ import annotations

import re

from bot.records import Choice
from bot.timing import known_zone
from index.interests import Interest, interests_in
from index.names import NameBook

MOST_DAYS = 30
USUAL_DAYS = 7
HIGHEST_CAP = 60
LANGUAGES: dict[Choice, str] = {
    "id": "id indonesia indonesian",
    "en": "en english inggris",
    "": "auto otomatis automatic",
}
ZONES = {"wib": "Asia/Jakarta", "wita": "Asia/Makassar", "wit": "Asia/Jayapura"}
QUIET = ("22:00", "06:00")
"""What the button for quiet hours sets."""

_NAMED = re.compile(
    r"(\?\s*)?(?:@|(?:https?://)?(?:www\.)?t\.me/)([a-z][a-z0-9_]{3,31})/?(?=\s|\?|$)\s*", re.IGNORECASE
)
_DAYS = re.compile(r"([0-9]{1,3})\s*(d|days?|hari|w|weeks?|minggu)(?=\s|\?|$)\s*", re.IGNORECASE)
_TIME = re.compile(r"(?:(?:pukul|jam|at)\s+)?([0-9]{1,2})(?:[:.]([0-9]{2}))?\s*(am|pm)?", re.IGNORECASE)
_RANGE = re.compile(r"\s*(?:[-–—]|\bs\.?d\.?|\bsampai|\bhingga|\bto|\buntil)\s*", re.IGNORECASE)
_WEEKDAYS = (
    "senin monday", "selasa tuesday", "rabu wednesday", "kamis thursday", "jumat friday", "sabtu saturday",
    "minggu ahad sunday",
)  # fmt: skip
_ON = {"on", "ya", "yes", "nyala", "nyalakan", "aktif", "hidup"}
_OFF = {"off", "tidak", "no", "mati", "matikan", "nonaktif", "none", "tanpa"}


class WordsError(ValueError):
    """What was written after /alerts cannot be understood.

    `reason`: "unknown", "on_off", "time", "weekday", "quiet", "cap", "zone", "topic" or "language".
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def addressed(words: str) -> tuple[str, str]:
    """The chat that is named first ("@kanal", also as its link) or "", and the rest; a "?" before it stays."""
    found = _NAMED.match(words.strip())
    if not found:
        return "", words.strip()
    return f"@{found[2]}", (found[1] or "") + words.strip()[found.end() :]


def asked(words: str) -> tuple[str, bool]:
    """What is to be followed, without its mark, and whether it is a question: "? …", or several words before a "?"."""
    words = words.strip()
    if words.startswith("?"):
        return words.lstrip("? "), True
    bare = words.rstrip("? ")
    return (words, True) if bare != words and " " in bare else (bare, False)


def interests_asked(words: str, book: NameBook) -> list[Interest]:
    """What is to be followed. Raises InterestError."""
    wanted, question = asked(words)
    return interests_in(wanted, book, question=question)


def number_in(words: str) -> int | None:
    """A number in the list of what is followed: "3", "#3", "3."."""
    found = re.fullmatch(r"#?([0-9]{1,3})\.?", words.strip())
    return int(found[1]) if found else None


def days_in(words: str) -> tuple[int, str]:
    """The days to look back ("7d", "2 minggu"; from 1 to MOST_DAYS), and the rest."""
    found = _DAYS.match(words.strip())
    if not found:
        return USUAL_DAYS, words.strip()
    days = int(found[1]) * (7 if found[2][0].casefold() in "wm" else 1)
    return min(max(days, 1), MOST_DAYS), words.strip()[found.end() :]


def change_in(words: str, thread_id: int | None = None) -> dict[str, object]:
    """What is to change in the alert settings, by the names of its fields; or "language", which is the chat's.

    `thread_id`: the topic it was written in; None where there are no topics. Raises WordsError.
    """
    words = " ".join(words.casefold().split())
    for names, meaning in _ORDERS:
        found = re.match(rf"(?:{names})(?:\s+|$)", words)
        if found:
            return meaning(words[found.end() :], thread_id)
    raise WordsError("unknown")


def _switch(words: str, usual: bool | None = None) -> bool:
    if not words and usual is not None:
        return usual
    if words in _ON | _OFF:
        return words in _ON
    raise WordsError("on_off")


def clock_in(words: str) -> str:
    """A time of day as "08:00". Raises WordsError."""
    found = _TIME.fullmatch(words.strip())
    if not found:
        raise WordsError("time")
    hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").casefold()
    if half:
        if not 1 <= hour <= 12:
            raise WordsError("time")
        hour = hour % 12 + (12 if half == "pm" else 0)
    hour = 0 if (hour, minute) == (24, 0) else hour
    if hour > 23 or minute > 59:
        raise WordsError("time")
    return f"{hour:02}:{minute:02}"


def zone_in(words: str) -> str:
    """A time zone's IANA name: "WITA", "asia/makassar". Raises WordsError."""
    name = words.strip().replace(" ", "_")
    if name.casefold() in ZONES:
        return ZONES[name.casefold()]
    for spelling in (name, "/".join(part.title() for part in name.split("/")), name.upper()):
        zone = known_zone(spelling) if spelling else None
        if zone is not None:
            return zone.key
    raise WordsError("zone")


def _silent(words: str, thread_id: int | None) -> dict[str, object]:
    return {"silent": _switch(words, usual=True)}


def _sound(words: str, thread_id: int | None) -> dict[str, object]:
    return {"silent": not _switch(words, usual=True)}


def _instant(words: str, thread_id: int | None) -> dict[str, object]:
    if words:
        raise WordsError("unknown")
    return {"mode": "instant"}


def _hourly(words: str, thread_id: int | None) -> dict[str, object]:
    if words:
        raise WordsError("unknown")
    return {"mode": "hourly"}


def _daily(words: str, thread_id: int | None) -> dict[str, object]:
    return {"mode": "daily", **({"at": clock_in(words)} if words else {})}


def _weekly(words: str, thread_id: int | None) -> dict[str, object]:
    day, _, rest = words.partition(" ")
    if not day or day[0].isdigit():
        return {"mode": "weekly", **({"at": clock_in(words)} if words else {})}
    name = day.replace("'", "").replace("’", "").rstrip(",")
    found = [at for at, names in enumerate(_WEEKDAYS) if any(one.startswith(name) for one in names.split())]
    if len(name) < 3 or len(found) != 1:
        raise WordsError("weekday")
    return {"mode": "weekly", "weekday": found[0], **({"at": clock_in(rest)} if rest else {})}


def _quiet(words: str, thread_id: int | None) -> dict[str, object]:
    if words in _OFF:
        return {"quiet_from": "", "quiet_to": ""}
    if words in _ON:
        return {"quiet_from": QUIET[0], "quiet_to": QUIET[1]}
    parts = _RANGE.split(words, 1)
    if len(parts) != 2:
        raise WordsError("quiet")
    end = re.match(rf"{_TIME.pattern}(?=\s|$)", parts[1], re.IGNORECASE)
    if not end:
        raise WordsError("quiet")
    try:
        begins, ends = clock_in(parts[0]), clock_in(end[0])
    except WordsError:
        raise WordsError("quiet") from None
    if begins == ends:
        raise WordsError("quiet")
    zone = parts[1][end.end() :].strip()
    return {"quiet_from": begins, "quiet_to": ends, **({"time_zone": zone_in(zone)} if zone else {})}


def _cap(words: str, thread_id: int | None) -> dict[str, object]:
    if not re.fullmatch("[0-9]{1,3}", words) or not 1 <= int(words) <= HIGHEST_CAP:
        raise WordsError("cap")
    return {"cap": int(words)}


def _zone(words: str, thread_id: int | None) -> dict[str, object]:
    return {"time_zone": zone_in(words)}


def _topic(words: str, thread_id: int | None) -> dict[str, object]:
    if not _switch(words, usual=True):
        return {"thread_id": None}
    if thread_id is None:
        raise WordsError("topic")
    return {"thread_id": thread_id}


def _language(words: str, thread_id: int | None) -> dict[str, object]:
    name = words.removeprefix("bahasa ")
    for language, names in LANGUAGES.items():
        if name in names.split():
            return {"language": language}
    raise WordsError("language")


def _updates(words: str, thread_id: int | None) -> dict[str, object]:
    return {"updates": _switch(words, usual=True)}


_ORDERS = (
    ("senyap|silent|mute", _silent),
    ("suara|sound|bunyi", _sound),
    ("langsung|instant|seketika", _instant),
    ("(?:se)?tiap jam|per jam|hourly", _hourly),
    ("harian|(?:se)?tiap hari|daily", _daily),
    ("mingguan|(?:se)?tiap minggu|weekly", _weekly),
    ("(?:jam )?tenang|quiet(?: hours)?", _quiet),
    ("batas|cap|limit", _cap),
    ("zona(?: waktu)?|(?:time ?)?zone", _zone),
    ("topik|topic", _topic),
    ("perkembangan|updates?", _updates),
    ("bahasa|language", _language),
)
"""How an order begins, and what is read from the rest of it."""
