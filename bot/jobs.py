"""What the bot does by itself: it has the sources looked at, again and again, and reindexes at night."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence

from bot.child import run_child
from bot.clockwork import daily
from bot.desk import Records
from bot.services import Services
from bot.settings import clock_and_zone
from index.errors import WartaError

_LOG = logging.getLogger(__name__)
FIRST_S = 15.0
"""After the start; questions that waited come first."""


async def sync_regularly(
    services: Services, command: Sequence[str], sleep: Callable[[float], Awaitable[None]], every: float
) -> None:
    """Run `warta sync` in a process of its own for ever, `every` seconds after the one before; tell what went wrong."""
    await sleep(FIRST_S)
    while True:
        try:
            if await services.desk.records(has_sources):
                await sync(services, command)
        except (OSError, ValueError, WartaError) as e:
            _LOG.error("the sources could not be looked at: %s", e)
            await services.tell_admins("sync", str(e))
        await sleep(every)


async def sync(services: Services, command: Sequence[str]) -> None:
    """Once; a source that was switched off, moved or works again is told of."""
    report = await run_child(command, services.now)
    if not report.ok:
        _LOG.error("sync failed: %s", report.reason)
        await services.tell_admins("sync", report.reason)
        return
    figures = report.figures
    _LOG.info("sync: %s new, %s changed, %d failed", figures["new"], figures["changed"], len(figures["failed"]))
    for notice in figures["notices"]:
        await services.tell_admins(f"source {notice['url']}", notice["notice"])


async def reindex_nightly(services: Services, sleep: Callable[[float], Awaitable[None]]) -> None:
    """Reindex every day at WARTA_REINDEX_AT, for ever; administrators are told only when the old index had to stay."""

    async def work() -> None:
        outcome = await services.reindexing.by_itself()
        if outcome.ending in ("failed", "rejected", "interrupted"):
            await services.tell_admins("reindex", outcome.report.reason or outcome.ending)

    at, zone = clock_and_zone("reindex_at", services.settings.reindex_at)
    await sleep(FIRST_S)
    await daily(services, at, zone, "reindex", work, sleep)


def has_sources(records: Records, *, also_off: bool = False) -> bool:
    """Whether anything is followed; in a data folder without sources there is not even a table.

    `also_off`: or was, and is switched off.
    """
    if not records.store.read("select 1 from sqlite_master where type = 'table' and name = 'sources'"):
        return False
    return bool(records.store.read("select 1 from sources where active or ? limit 1", [also_off]))
