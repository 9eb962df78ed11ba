"""Indonesian and English dates of articles, as ISO 8601 in UTC, as precise as they were written.

Own patterns rather than `dateparser` 1.5: it fills in today's day for "Mei 2021" and today's day and month for "2021",
reads 05/06/2021 as May 6th, and does not tell how precise its answer is. A news date has few forms; they stand below.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

FUTURE_TOLERANCE = timedelta(days=2)
"""A clock may be wrong by a zone or a day; a date later than this is a mistake or a trick to be ranked first."""
EARLIEST_YEAR, LATEST_YEAR = 1900, 2199
DEFAULT_ZONE = "WIB"
"""A time without a zone is Jakarta time: nearly all Indonesian newsrooms write so, also those in Bali or Papua."""

_HOURS = {
    "WIB": 7, "WITA": 8, "WIT": 9, "Z": 0, "UTC": 0, "UT": 0, "GMT": 0, "SGT": 8, "MYT": 8, "HKT": 8, "ICT": 7,
    "PHT": 8, "JST": 9, "KST": 9, "CET": 1, "CEST": 2, "BST": 1, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5,
    "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
}  # fmt: skip
_MONTH_NAMES = (
    "januari january jan", "februari february pebruari feb peb", "maret march mar mrt", "april apr", "mei may",
    "juni june jun", "juli july jul", "agustus august agust agst agt agu ags aug", "september sept sep",
    "oktober october okt oct", "november nopember nov nop", "desember december des dec",
)  # fmt: skip
MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, start=1) for name in names.split()}
"""Names and short forms in both languages, lower case."""

_MONTH = r"(?P<month>" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\b\.?"
_YEAR = r"(?P<year>(?:19|20|21)\d\d)"
_DAY = r"(?P<day>3[01]|[12]\d|0?[1-9])"
_TIME = (
    r"(?:(?:\s*[T,|()•·–—-]*\s*)(?:(?:pukul|jam|pkl\.?|at)\s*)?"
    r"(?P<hour>[01]?\d|2[0-3])[:.](?P<minute>[0-5]\d)(?:[:.](?P<second>[0-5]\d)(?:[.,]\d+)?)?(?![\d:])"
    r"\s*(?P<half>[ap]\.?m\b\.?)?\s*\(?(?P<zone>(?:GMT|UTC)\s?[+-]\d{1,2}(?::?\d\d)?(?!\d)|[+-]\d\d(?::?\d\d)?(?!\d)|(?:wib|wita|wit)\b|(?-i:[A-Z]{1,4}\b))?)?"
)
_FULL = tuple(
    re.compile(r"(?<![\w/.-])" + pattern + _TIME, re.IGNORECASE | re.ASCII)
    for pattern in (
        _YEAR + r"-(?P<month>0[1-9]|1[0-2])-(?P<day>0[1-9]|[12]\d|3[01])(?!\d|-\d)",
        _YEAR + r"/(?P<month>0?[1-9]|1[0-2])/" + _DAY + r"(?!\d|/)",
        _DAY + r"(?:st|nd|rd|th)?[\s.-]*(?:of\s+)?" + _MONTH + r"[\s,.-]*" + _YEAR + r"(?!\d)",
        # RFC 822 as it first was: "23 May 21 07:03 GMT". Without a time "23 May 21" might be anything.
        _DAY + r"[\s-]" + _MONTH + r"[\s-](?P<year>\d\d)(?=\s+\d\d:\d\d)",
        _MONTH + r"\s*" + _DAY + r"(?:st|nd|rd|th)?,?\s+" + _YEAR + r"(?!\d)",
        # Indonesia writes the day first; 05/23/2021 can only be American and is turned in _from_match.
        r"(?P<day>\d{1,2})(?P<mark>[/.-])(?P<month>\d{1,2})(?P=mark)(?P<year>(?:19|20|21)\d\d|\d\d)(?![\d/])",
    )
)
_TIME_BEFORE = re.compile(
    r"(?<![\d:.])(\d{1,2}[:.]\d\d)\s*(WIB|WITA|WIT)\W{1,5}(?:[a-z'’]{4,9}\W{1,3})?$", re.IGNORECASE
)
"""What stands before "5 November 2015" in "20:15 WIB, Kamis 5 November 2015"."""
_MONTH_ONLY = tuple(
    re.compile(pattern, re.IGNORECASE | re.ASCII)
    for pattern in (_YEAR + r"[-/](?P<month>0[1-9]|1[0-2])", _MONTH + r"[\s,]*" + _YEAR)
)
_LONGEST = 300
_YEAR_ONLY = re.compile(_YEAR, re.ASCII)
_EPOCH = re.compile(r"([1-9]\d{9})(?:\d{3}|\.\d+)?", re.ASCII)
_COMPACT = re.compile(r"((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])", re.ASCII)
_REDUCED = re.compile(r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d:\d\dZ)?)?)?", re.ASCII)


def parse_date(text: str, *, now: datetime) -> str:
    """Give the date in `text` as ISO 8601 in UTC, or "" where there is none.

    The precision is the source's: "2021", "2021-05", "2021-05-23" or "2021-05-23T07:03:00Z". A day without a time is
    not moved to UTC. A time without a zone is taken as WIB (UTC+7); a zone that is not known leaves only the day.
    A full date is found anywhere in the text, a month or a year only where it is the whole text.
    Dates more than two days after `now` (which must carry its zone, else ValueError) give "".
    """
    found = read_date(text)
    return "" if found and is_future(found, now=now) else found


def read_date(text: str) -> str:
    """The same without the rule about the future."""
    text = " ".join(text[:_LONGEST].split())
    if match := _EPOCH.fullmatch(text):
        return _utc(datetime.fromtimestamp(int(match[1]), UTC))
    if match := _COMPACT.fullmatch(text):
        return _reduced(*(int(part) for part in match.groups()))
    for pattern in _FULL:
        for match in pattern.finditer(text):
            if found := _from_match(match):
                before = _TIME_BEFORE.search(text, 0, match.start()) if len(found) == 10 else None
                return read_date(f"{found} {before[1]} {before[2]}") if before else found
    for pattern in _MONTH_ONLY:
        if match := pattern.fullmatch(text):
            return _reduced(int(match["year"]), _month(match["month"]))
    return text if _YEAR_ONLY.fullmatch(text) else ""


def is_future(date: str, *, now: datetime) -> bool:
    """Whether a date as parse_date gives it begins more than two days after `now`."""
    if now.tzinfo is None:
        raise ValueError("now carries no time zone; pass datetime.now(UTC)")
    return range_of(date)[0] > _utc(now.astimezone(UTC) + FUTURE_TOLERANCE)


def range_of(date: str) -> tuple[str, str]:
    """Give the first and the last second, in UTC, that a reduced-precision ISO date covers.

    "2021-05" gives ("2021-05-01T00:00:00Z", "2021-05-31T23:59:59Z"); such strings sort as they follow in time.
    Raises ValueError where `date` is not YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ, or names no real day.
    """
    if not _REDUCED.fullmatch(date):
        raise ValueError(f"not a date: {date!r}; write YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ")
    first = date + "YYYY-01-01T00:00:00Z"[len(date) :]
    try:
        moment = datetime.strptime(first, "%Y-%m-%dT%H:%M:%SZ")
    except ValueError as e:
        raise ValueError(f"not a date: {date!r}; there is no such day or time") from e
    last_day = monthrange(moment.year, moment.month)[1]
    last = {4: f"{date}-12-31T23:59:59Z", 7: f"{date}-{last_day}T23:59:59Z", 10: f"{date}T23:59:59Z"}
    return first, last.get(len(date), date)


def latest_day(published_at: str) -> date:
    """The last day that a date of any precision, or one of no real day, can mean; not for ""."""
    year, month, day = (*(int(part) for part in published_at[:10].split("-")), 0, 0)[:3]
    year, month = max(year, 1), month or 12
    return date(year, month, min(day or 31, monthrange(year, month)[1]))


def in_utc(moment: str, zone: str) -> str:
    """What the clocks of a zone (IANA name) show, "2021-05-23T07:03:00Z" read as theirs, in UTC.

    Raises ZoneInfoNotFoundError.
    """
    return _utc(datetime.strptime(moment, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=ZoneInfo(zone)))


def _from_match(match: re.Match[str]) -> str:
    parts = match.groupdict()
    year, month, day = int(parts["year"]), _month(parts["month"]), int(parts["day"])
    if len(parts["year"]) == 2:
        year += 2000 if year < 70 else 1900
    if month > 12 >= day:
        month, day = day, month
    date = _reduced(year, month, day)
    if not date or parts["hour"] is None:
        return date
    zone = _zone(parts["zone"])
    if zone is None:
        return date
    hour = int(parts["hour"])
    if parts["half"] and 1 <= hour <= 12:
        hour = hour % 12 + (12 if parts["half"][0] in "pP" else 0)
    return _utc(datetime(year, month, day, hour, int(parts["minute"]), int(parts["second"] or 0), tzinfo=zone))


def _zone(name: str | None) -> timezone | None:
    name = (name or DEFAULT_ZONE).upper()
    if name[-1].isdigit():
        # "+0700", "+07:00" and "GMT+7" are the same.
        name = re.sub(r"^[A-Z]+\s?", "", name)
        hours, _, part = name[1:].partition(":") if ":" in name else (name[1:3], "", name[3:])
        minutes = int(hours) * 60 + int(part or 0)
        # RFC 9557 knows no offset beyond a day; nothing on Earth is beyond 14 hours.
        return timezone(timedelta(minutes=-minutes if name[0] == "-" else minutes)) if minutes <= 14 * 60 else None
    return timezone(timedelta(hours=_HOURS[name])) if name in _HOURS else None


def _month(name: str) -> int:
    return int(name) if name.isdigit() else MONTHS[name.lower()]


def _reduced(year: int, month: int, day: int | None = None) -> str:
    if not (EARLIEST_YEAR <= year <= LATEST_YEAR and 1 <= month <= 12):
        return ""
    if day is None:
        return f"{year:04d}-{month:02d}"
    return f"{year:04d}-{month:02d}-{day:02d}" if 1 <= day <= monthrange(year, month)[1] else ""


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
