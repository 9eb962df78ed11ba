"""The backups that the bot has made by itself: which there are, and when the next one is due."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.child import Report
from bot.clockwork import DAY, slot_of
from bot.services import Services

_LOG = logging.getLogger(__name__)
ZONE = "Asia/Jakarta"
FIRST_S = 60.0
"""After the start; questions that waited come first."""
LOOK_S = 600.0
"""Between two looks at the clock, which may be set."""
AGAIN_S = 3600.0
"""Until the next try after one that failed."""
OVERDUE_S = 26 * 3600.0
"""Age of the newest one that is worth a warning: a day, and time to make it."""
SLACK_S = 60.0
_NAME = re.compile(r"warta-(\d{8}-\d{6})\.zip")


@dataclass(frozen=True, slots=True)
class Kept:
    """The backups in a folder."""

    count: int = 0
    newest: str = ""
    """Name of the newest; "" without any."""
    made_at: float = 0.0
    bytes: int = 0


def kept_in(folder: Path, now: float) -> Kept:
    """What a folder holds; a folder that is not there holds nothing, and one of tomorrow is not the newest.

    Raises OSError.
    """
    try:
        dated = {path.name: _made_at(path.name) for path in folder.iterdir()}
    except FileNotFoundError:
        return Kept()
    past = [(made_at, name) for name, made_at in dated.items() if 0 < made_at <= now + SLACK_S]
    count = sum(made_at > 0 for made_at in dated.values())
    if not past:
        return Kept(count)
    made_at, newest = max(past)
    return Kept(count, newest, made_at, (folder / newest).stat().st_size)


def due_at(now: float, at: str, made_at: float) -> float:
    """When the next backup is due: at once when none was made since the last time of day `at`, else at the next."""
    slot = slot_of(at, ZONE, now)
    return now if made_at < slot else slot + DAY  # Jakarta has no summer time


def folder_of(services: Services) -> Path:
    """Where backups go."""
    return Path(services.settings.backup_dir).expanduser().absolute()


async def make_backup(services: Services) -> Report:
    """Make one now, and remove the oldest beyond those to keep."""
    settings = services.settings
    report = await services.shell.run_alone(
        "backup", "--into", str(folder_of(services)), "--keep", str(settings.backup_keep)
    )
    if report.ok:
        _LOG.info("backup %s: %s bytes", report.figures.get("path"), report.figures.get("bytes"))
    else:
        _LOG.error("the backup failed: %s", report.reason)
    return report


async def backup_daily(services: Services, sleep: Callable[[float], Awaitable[None]]) -> None:
    """Make a backup every day for ever, also the one that was due while the bot was off; tell when one fails."""
    await sleep(FIRST_S)
    while True:
        await sleep(await back_up_when_due(services))


async def back_up_when_due(services: Services) -> float:
    """Make a backup if one is due; gives the seconds until the next look at the clock."""
    now, folder = services.now(), folder_of(services)
    try:
        kept = kept_in(folder, now)
    except OSError as e:
        await services.tell_admins("backup", f"{folder} cannot be read ({e.strerror}); check WARTA_BACKUP_DIR")
        return AGAIN_S
    wait = due_at(now, services.settings.backup_at, kept.made_at) - now
    if wait > 0:
        return min(wait, LOOK_S)
    report = await make_backup(services)
    if report.ok:
        return LOOK_S
    await services.tell_admins("backup", report.reason)
    return AGAIN_S


def _made_at(name: str) -> float:
    """The time in a backup's name, which is UTC; 0 for any other name."""
    found = _NAME.fullmatch(name)
    try:
        return datetime.strptime(found[1], "%Y%m%d-%H%M%S").replace(tzinfo=UTC).timestamp() if found else 0.0
    except ValueError:
        return 0.0
