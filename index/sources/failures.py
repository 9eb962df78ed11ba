"""What can go wrong on the way to a page, and what a message may say of its address."""

from __future__ import annotations

from urllib.parse import urlsplit

from index.errors import SourceError

SHOWN = 200
"""Characters of a URL in a message."""


class FetchError(SourceError):
    """A URL could not be fetched. `status` is what the server answered, or 0 where it gave no answer."""

    def __init__(self, message: str, *, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class TransientFetchError(FetchError):
    """It may work later: try again, but not within `retry_after` seconds."""

    def __init__(self, message: str, *, status: int = 0, retry_after: float = 0.0) -> None:
        super().__init__(message, status=status)
        self.retry_after = retry_after


class PermanentFetchError(FetchError):
    """It will not work until somebody changes something: do not try again by yourself."""


def shown(url: str) -> str:
    """A URL for a message: no user name, no password and no query, all of which may hold secrets."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return repr(url[:SHOWN]) if "@" not in url else "the URL"
    place = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}" if parts.netloc else url.partition("?")[0]
    place = "".join(char if char.isprintable() else "�" for char in place)
    return (place if len(place) <= SHOWN else place[:SHOWN] + "…") + ("?…" if parts.query else "")
