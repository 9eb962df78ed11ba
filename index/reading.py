"""Locations → articles: files, folders and web addresses, each failure told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import ExtractError, SettingsError, SourceError
from index.settings import Settings
from index.types import Article

if TYPE_CHECKING:
    from index.sources.fetch import Fetcher

Failed = Callable[[str, str], None]
"""Told of a location that gave no article, and why."""


def articles_at(locations: Iterable[str], settings: Settings, failed: Failed) -> Iterator[Article]:
    """What files, folders and web addresses hold, in their order."""
    fetcher: Fetcher | None = None
    try:
        for location in locations:
            if "://" not in location:
                yield from _in_files(location, failed)
                continue
            fetcher = fetcher or fetcher_for(settings)
            yield from _on_the_web(fetcher, location, failed)
    finally:
        if fetcher is not None:
            fetcher.close()


def fetcher_for(settings: Settings, sleep: Callable[[float], None] | None = None) -> Fetcher:
    """The door to the network as the settings want it; `sleep` waits between requests.

    Raises SettingsError for a WARTA_FETCH_ALLOW that names no place.
    """
    # Loaded here: httpx takes 0.1 s, and files need none of it.
    import time

    from index.sources.fetch import Fetcher, FetchSettings

    wanted = FetchSettings(allow=settings.fetch_allow, project_url=settings.contact_url)
    try:
        return Fetcher(wanted, sleep=sleep or time.sleep)
    except SettingsError as e:
        raise SettingsError(f"WARTA_FETCH_ALLOW: {e}") from e


def _in_files(location: str, failed: Failed) -> Iterator[Article]:
    from index.extract import extract
    from index.sources.files import read_pages

    try:
        for page in read_pages(Path(location)):
            if isinstance(page, SourceError):
                failed(location, str(page))
                continue
            try:
                yield extract(page, now=datetime.now(UTC))
            except ExtractError as e:
                failed(page.location, str(e))
    except SourceError as e:
        failed(location, str(e))


def _on_the_web(fetcher: Fetcher, location: str, failed: Failed) -> Iterator[Article]:
    from index.sources.looking import article_at

    try:
        yield article_at(fetcher, location, datetime.now(UTC))
    except (SourceError, ExtractError) as e:
        failed(location, str(e))
