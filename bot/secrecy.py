"""Keeps secrets out of whatever is written: logs, traces, errors."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from index.errors import WartaError

HIDDEN = "[secret]"


class Redactor:
    """Replaces secrets in texts."""

    def __init__(self, secrets: Iterable[str]) -> None:
        """`secrets`: whole values; of a bot token, what stands after the colon is hidden alone as well."""
        parts = {part for value in secrets if value for part in (value, value.partition(":")[2])}
        self._hidden = sorted({form for part in parts if part for form in (part, quote(part, safe=""))}, key=len)[::-1]

    def __call__(self, text: str) -> str:
        """The text without any secret."""
        for value in self._hidden:
            text = text.replace(value, HIDDEN)
        return text

    @contextlib.contextmanager
    def guarding(self) -> Iterator[None]:
        """Let no error leave that tells a secret, in its own words or in those of what it was raised from.

        Raises WartaError instead of such a one.
        """
        try:
            yield
        except Exception as e:
            told = "".join(traceback.format_exception(e))
            if self(told) == told:
                raise
            raise WartaError(self(f"{type(e).__name__}: {e}")) from None
