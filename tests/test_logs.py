"""Lines of the log: text or JSON, the request that they belong to, and no secret in either."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bot_api import TOKEN, BotApi
from bot_process import BotProcess
from stage import at_work, handled, play, reply_in, stored

from bot.logs import JsonLines, TextLines, log_to_stderr, request
from bot.secrecy import HIDDEN, Redactor

TAIL = TOKEN.partition(":")[2]
ODD = 'ra"ha\\sia ü'
"""A password that JSON spells otherwise."""
QUESTION = "Siapa CEO BMW Group Region China?"
redact = Redactor([TOKEN, ODD])


def record(message: str = "halo %s", *arguments: object, error: Exception | None = None) -> logging.LogRecord:
    made = logging.LogRecord("bot.x", logging.WARNING, "x.py", 7, message, arguments or ("dunia",), None)
    made.created = 1_600_000_000.25
    if error is not None:
        try:
            raise error
        except Exception:
            made.exc_info = sys.exc_info()
    return made


def as_json(one: logging.LogRecord) -> dict[str, str]:
    line = JsonLines(redact).format(one)
    assert "\n" not in line
    return dict(json.loads(line))


def test_json_has_what_there_is_and_no_more() -> None:
    told = {"time": "2020-09-13T12:26:40.250Z", "level": "WARNING", "logger": "bot.x", "message": "halo dunia"}
    assert as_json(record()) == told
    with request("u17"):
        assert as_json(record()) == told | {"request": "u17"}
    assert as_json(record()) == told
    assert as_json(record("%s", ""))["message"] == ""


def test_a_trace_is_one_field() -> None:
    told = as_json(record(error=ValueError("satu\ndua")))["exception"]
    assert told.startswith("Traceback (most recent call last):\n")
    assert told.endswith("ValueError: satu\ndua")
    with_stack = record()
    with_stack.stack_info = "Stack (most recent call last):\n  here"
    assert as_json(with_stack)["exception"] == with_stack.stack_info


def test_what_a_terminal_would_obey_is_spelt_out() -> None:
    line = JsonLines(redact).format(record("%s", "a\u202eb\x1b[31m\u2028c"))
    assert not set("\u202e\x1b\u2028") & set(line)
    assert json.loads(line)["message"] == "a\u202eb\x1b[31m\u2028c"


@pytest.mark.parametrize("secret", [TOKEN, TAIL, ODD])
@pytest.mark.parametrize("form", [TextLines(redact), JsonLines(redact)], ids=["text", "json"])
def test_no_secret_in_message_arguments_or_trace(form: logging.Formatter, secret: str) -> None:
    spelt = {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    for one in (record(f"x {secret}".replace("%", "%%"), "y") if "%s" in secret else record("x %s", secret),
                record("x %s", ValueError(secret)), record(error=ValueError(f"url {secret}"))):  # fmt: skip
        line = form.format(one)
        assert HIDDEN in line
        assert not any(form_ in line for form_ in spelt)


def test_text_names_the_request_at_the_end_of_the_line() -> None:
    with request("u17"):
        line = TextLines(redact).format(record(error=ValueError("x")))
    assert line.splitlines()[0].endswith("WARNING bot.x: halo dunia [u17]")
    assert TextLines(redact).format(record()).endswith("WARNING bot.x: halo dunia")


def test_requests_may_be_inside_each_other() -> None:
    with request("a"):
        with request("b"):
            assert as_json(record())["request"] == "b"
        assert as_json(record())["request"] == "a"


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    names = [name for name in logging.root.manager.loggerDict if isinstance(logging.getLogger(name), logging.Logger)]
    levels = {name: logging.getLogger(name).level for name in names}
    yield root
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in ("httpx", "httpcore", "telegram", "apscheduler", "hpack", "tornado.access",
                 "telegram.ext.AIORateLimiter", "telegram.request.BaseRequest"):  # fmt: skip
        logging.getLogger(name).setLevel(levels.get(name, logging.NOTSET))
    logging.captureWarnings(False)


def test_a_line_that_cannot_be_formatted_is_told_without_its_arguments(
    root: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    log_to_stderr(redact, "json")
    logging.getLogger("bot.y").warning("only one %s", TOKEN, ODD)
    logging.getLogger("bot.y").warning("and on")
    first, second = written.getvalue().splitlines()
    assert first.startswith("a line of bot.y could not be written (test_logs:")
    assert json.loads(second)["message"] == "and on"


class Heard(logging.Handler):
    """Keeps the lines as they would be written."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonLines(Redactor([])))
        self.lines: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(json.loads(self.format(record)))


def test_lines_of_two_updates_at_once_carry_their_own_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those that are written in the reading threads and by the thread that keeps the records."""
    data = stored(tmp_path / "data")
    heard = Heard()
    logger = logging.getLogger("bot.test_logs")
    monkeypatch.setattr(logger, "handlers", [heard])
    monkeypatch.setattr(logger, "propagate", False)
    logger.setLevel(logging.INFO)

    from index.pipeline import Warta

    ask = Warta.ask

    def asking(self: Warta, question: str, *more: Any) -> Any:
        logger.info(question)
        return ask(self, question, *more)

    monkeypatch.setattr(Warta, "ask", asking)

    async def scene() -> None:
        with BotApi() as api:
            people = [api.user(f"Orang {n}") for n in range(6)]
            for n, person in enumerate(people):
                api.say(api.private(person), person, f"{QUESTION} {n}")
            async with at_work(api, data) as bot:
                for person in people:
                    await reply_in(api, api.private(person))
                await handled(bot, 6)
                await bot.services.desk.records(lambda r: logger.info("later"))
                rows = await bot.services.desk.records(
                    lambda r: r.store.read("select update_id from inbox order by seq")
                )
            said = {line["message"][-1]: line.get("request") for line in heard.lines[:-1]}
            assert said == {str(n): f"u{number}" for n, (number,) in enumerate(rows)}
            assert "request" not in heard.lines[-1]

    play(scene())


def test_the_bots_own_log_as_json(tmp_path: Path) -> None:
    data = stored(tmp_path / "data")

    async def scene() -> None:
        with BotApi() as api:
            ani = api.user("Ani")
            with BotProcess(api.url, api.token, data, "bot", "-v", WARTA_LOG_FORMAT="json") as process:
                api.say(api.private(ani), ani, QUESTION)
                await reply_in(api, api.private(ani))
                await asyncio.to_thread(process.until_logged, "answered within")
                assert await asyncio.to_thread(process.stop) == 0
                lines = [json.loads(line) for line in process.log.splitlines()]
            assert all({"time", "level", "logger", "message"} <= set(line) for line in lines)
            [answered] = [line for line in lines if line["logger"] == "bot.asking"]
            assert answered["request"].startswith("u")
            sending = [line for line in lines if "sendMessage" in line["message"] and line.get("request")]
            assert {line["request"] for line in sending} == {answered["request"]}
            assert TAIL not in process.log
            assert QUESTION not in " ".join(line["message"] for line in lines if line["logger"].startswith("bot"))

    play(scene())
