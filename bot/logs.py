"""The process's log: lines of text or of JSON on standard error, each with the request that it belongs to."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from typing import TextIO

from bot.secrecy import Redactor
from index.console import json_line

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_REQUEST: ContextVar[str] = ContextVar("request", default="")


@contextlib.contextmanager
def request(name: str) -> Iterator[None]:
    """Every line that is written meanwhile, here and in what is begun from here, carries this name."""
    before = _REQUEST.set(name)
    try:
        yield
    finally:
        _REQUEST.reset(before)


class TextLines(logging.Formatter):
    """A line of text a record, its trace below it, and then without the secrets.

    At the formatter, not in a filter: what a library puts into arguments and exceptions is text only then.
    """

    def __init__(self, redact: Redactor, form: str = FORMAT) -> None:
        super().__init__(form)
        self._redact = redact

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        """The first line, before the trace."""
        name = _REQUEST.get()
        line = super().formatMessage(record)
        return f"{line} [{name}]" if name else line

    def format(self, record: logging.LogRecord) -> str:
        """The line as it is written."""
        return self._redact(super().format(record))


class JsonLines(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, message, and where there are any request and exception."""

    def __init__(self, redact: Redactor) -> None:
        super().__init__()
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        """The line as it is written."""
        time = dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds")
        line = {
            "time": time.replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request": _REQUEST.get(),
            "exception": "\n".join(self._traces(record)),
        }
        # Before it becomes JSON, where a secret with a quotation mark or a letter like ü would be spelt otherwise.
        return json_line({name: self._redact(value) for name, value in line.items() if value or name == "message"})

    def _traces(self, record: logging.LogRecord) -> Iterator[str]:
        if record.exc_info:
            yield self.formatException(record.exc_info)
        elif record.exc_text:
            yield record.exc_text
        if record.stack_info:
            yield self.formatStack(record.stack_info)


class _StandardError(logging.StreamHandler[TextIO]):
    """Where a record cannot be formatted, Python would print its raw arguments, secrets and all."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Say where it was."""
        with contextlib.suppress(OSError, ValueError):
            self.stream.write(f"a line of {record.name} could not be written ({record.module}:{record.lineno})\n")


def log_to_stderr(redact: Redactor, form: str = "text", *, debug: bool = False) -> None:
    """Send the process's log to standard error, as "text" or "json".

    httpx tells every request with its whole URL, token included; it is heard only when something goes wrong.
    """
    handler = _StandardError(sys.stderr)
    handler.setFormatter(JsonLines(redact) if form == "json" else TextLines(redact))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG if debug else logging.INFO)
    logging.captureWarnings(True)
    for noisy in ("httpx", "httpx2", "httpcore", "httpcore2", "telegram", "apscheduler", "hpack", "tornado.access"):
        logging.getLogger(noisy).setLevel(logging.NOTSET if debug else logging.WARNING)
    # It tells every prompt, which holds what somebody asked.
    logging.getLogger("openai").setLevel(logging.WARNING)
    # They tell each 429 and each unreadable answer with a trace, as if they had given up; bot/pacing.py goes on.
    for noisy in ("telegram.ext.AIORateLimiter", "telegram.request.BaseRequest"):
        logging.getLogger(noisy).setLevel(logging.NOTSET if debug else logging.CRITICAL)
