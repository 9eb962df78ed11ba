"""Keeps secrets out of whatever is written: logs, traces, errors."""

from __future__ import annotations

import contextlib
import logging
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


class RedactingFormatter(logging.Formatter):
    """Formats a record, its trace included, and then takes the secrets out.

    At the formatter, not in a filter: what a library puts into arguments and exceptions is text only then.
    """

    def __init__(self, redact: Redactor, form: str) -> None:
        super().__init__(form)
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        """The line as it is written."""
        return self._redact(super().format(record))


FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def log_to_stderr(redact: Redactor, *, debug: bool = False) -> None:
    """Send the process's log to standard error.

    httpx tells every request with its whole URL, token included; it is heard only when something goes wrong.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(RedactingFormatter(redact, FORMAT))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG if debug else logging.INFO)
    logging.captureWarnings(True)
    for noisy in ("httpx", "httpcore", "telegram", "apscheduler", "hpack", "tornado.access"):
        logging.getLogger(noisy).setLevel(logging.NOTSET if debug else logging.WARNING)
    # They tell each 429 and each unreadable answer with a trace, as if they had given up; bot/pacing.py goes on.
    for noisy in ("telegram.ext.AIORateLimiter", "telegram.request.BaseRequest"):
        logging.getLogger(noisy).setLevel(logging.NOTSET if debug else logging.CRITICAL)
