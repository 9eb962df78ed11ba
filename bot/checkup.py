"""Whether all is well, and what to do where it is not: what /health tells."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.backups import OVERDUE_S, folder_of, kept_in
from bot.desk import Records
from bot.health import try_writing
from bot.jobs import has_sources
from bot.outbox_cli import DROPPED
from bot.services import Services
from index.breaker import Breaker
from index.errors import WartaError
from index.ingest import META_DERIVATION
from index.jobs import Job
from index.passages import DERIVATION
from index.pipeline import Warta
from index.sources.book import Source, SourceBook

DISK_BYTES = 1_000_000_000
DEAD_S = 7 * 86_400.0
"""Alerts that failed longer ago are no news to the administrator."""
STALLED_S = 900.0
"""A sync that has told nothing for so long is not running any more."""
LATE_SYNCS, LATE_S = 3, 3600.0
"""So many syncs may be missed, or so many seconds may pass, before that is worth a warning."""


@dataclass(frozen=True, slots=True)
class Check:
    """What was found, and the text that says it."""

    ok: bool
    key: str
    values: dict[str, Any] = field(default_factory=dict)
    """What the text needs: `ago` in seconds, `free` in bytes."""


async def checks_of(services: Services) -> list[Check]:
    """All checks, in the order in which they are shown."""
    now = services.now()
    outbox, followed = await services.desk.records(lambda r: (_outbox(r, now), has_sources(r, also_off=True)))
    found = [
        await services.desk.news(index_check),
        await asyncio.to_thread(database_check, services.desk.database),
        Check(True, "health_telegram"),  # this answer goes by way of it
    ]
    sources, job = await services.desk.news(_sources) if followed else ([], None)
    found.append(sources_check(sources))
    if sources:
        found.append(sync_check(job, services.settings.sync_minutes, now))
    found += [outbox, await services.desk.news(lambda warta: disk_check(shutil.disk_usage(warta.settings.data).free))]
    if reranker := await services.desk.news(reranker_check):
        found.append(reranker)
    if services.writing:
        found.append(llm_check(services.writing.breaker))
    return [*found, backup_check(services, now)] if services.settings.backup_dir else found


def index_check(warta: Warta) -> Check:
    """Whether the index is loaded and as new as the store."""
    try:
        served, other = warta.serving, warta.other_model
        served.live.refresh(warta.store)
        derivation = warta.store.meta(META_DERIVATION)
    except WartaError as e:
        return Check(False, "health_index_bad", {"detail": str(e)})
    if other is not None:
        key = "health_index_words" if served.engine.missing else "health_index_model"
        return Check(False, key, {"model": other[0], "named": other[1]})
    if served.engine.missing:  # no reindex helps: it would need that model as well
        return Check(False, "health_index_bad", {"detail": f"{served.fingerprint}: {served.engine.missing}"})
    if derivation not in ("", DERIVATION):
        return Check(False, "health_index_rules")
    if served.live.damage:
        return Check(False, "health_index_damaged", {"detail": served.live.damage})
    return Check(True, "health_index")


def database_check(database: Path) -> Check:
    """Whether it can be written to."""
    found = try_writing(database)
    return Check(True, "health_database") if found.ok else Check(False, "health_database_bad", {"detail": found.detail})


def sources_check(sources: Sequence[Source]) -> Check:
    """How the sources are."""
    if not sources:
        return Check(True, "health_sources_none")
    off = sum(not one.active for one in sources)
    failing = sum(one.active and one.failures > 0 for one in sources)
    active = len(sources) - off - failing
    if off or failing:
        return Check(False, "health_sources_bad", {"failing": failing, "off": off, "active": active})
    return Check(True, "health_sources", {"active": active})


def sync_check(job: Job | None, minutes: float, now: float) -> Check:
    """When the sources were last looked at; `minutes` is how often that is done, 0 for never."""
    if job is None:
        return Check(False, "health_sync_never")
    if job.finished_at is None and now - job.updated_at < STALLED_S:
        return Check(True, "health_sync_running", {"done": job.done, "total": job.total})
    ago = max(now - (job.finished_at or job.updated_at), 0.0)
    if not minutes:
        return Check(True, "health_sync_off", {"ago": ago})
    late = ago > max(LATE_SYNCS * minutes * 60, LATE_S) or job.finished_at is None
    return Check(not late, "health_sync_late" if late else "health_sync", {"ago": ago})


def disk_check(free: int) -> Check:
    """Whether there is room, in bytes."""
    return Check(free > DISK_BYTES, "health_disk" if free > DISK_BYTES else "health_disk_bad", {"free": free})


def llm_check(breaker: Breaker) -> Check:
    """Whether the language model is asked."""
    if not breaker.rests:
        return Check(True, "health_llm")
    return Check(False, "health_llm_bad", {"failures": breaker.failures, "seconds": round(breaker.rest_left)})


def reranker_check(warta: Warta) -> Check | None:
    """Whether the best passages are ranked anew; None where that is not set up."""
    if not warta.settings.reranker:
        return None
    failure = warta.reranker_failure
    return Check(False, "health_reranker_bad", {"detail": failure}) if failure else Check(True, "health_reranker")


def backup_check(services: Services, now: float) -> Check:
    """Whether there is a backup of today or yesterday."""
    try:
        kept = kept_in(folder_of(services), now)
    except OSError as e:
        return Check(False, "health_backup_unread", {"detail": e.strerror or str(e)})
    if not kept.newest:
        return Check(False, "health_backup_none")
    ago = max(now - kept.made_at, 0.0)
    return Check(ago < OVERDUE_S, "health_backup" if ago < OVERDUE_S else "health_backup_bad", {"ago": ago})


def _outbox(records: Records, now: float) -> Check:
    counts = records.outbox.counts()
    [(dead,)] = records.store.read(
        "select count(*) from outbox where state = 'dead' and detail != ? and changed_at > ?", [DROPPED, now - DEAD_S]
    )
    waiting, unknown = counts.get("queued", 0) + counts.get("sending", 0), counts.get("unknown", 0)
    if dead or unknown:
        return Check(False, "health_outbox_bad", {"waiting": waiting, "unknown": unknown, "dead": int(dead)})
    return Check(True, "health_outbox", {"waiting": waiting})


def _sources(warta: Warta) -> tuple[list[Source], Job | None]:
    with SourceBook(warta.settings.database, warta.settings.busy_timeout) as book:
        return book.all(), book.last_job("sync")
