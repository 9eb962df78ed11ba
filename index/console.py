"""What people and scripts see: plain text with colours on a terminal, or one line of JSON.

Texts of articles are other people's: they are never read as rich markup, and no character of theirs moves the cursor,
sets a colour or turns the direction of writing.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from index.types import Answer, Period

_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_INVISIBLE = "\u200b\u2060-\u2064\ufeff\U000e0000-\U000e007f"
_UNSAFE = re.compile(f"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff{_BIDI}{_INVISIBLE}]")
"""Control characters but tab and line feed, direction marks, invisible characters; not the joiners of emoji."""
_UNSAFE_IN_JSON = re.compile(f"[\x7f-\x9f\u2028\u2029\ud800-\udfff{_BIDI}{_INVISIBLE}]")
_NUMBER = re.compile(r"\[\d+\]")
_FIGURE = re.compile(r"[+-]?\d|–?$")


def safe_text(text: str) -> str:
    """The text without what a terminal would obey."""
    return _UNSAFE.sub("", text.replace("\u2028", "\n").replace("\u2029", "\n"))


def safe_line(text: str) -> str:
    """The same on one line."""
    return " ".join(safe_text(text).split())


def json_line(record: Mapping[str, Any]) -> str:
    """One line of JSON; letters stay readable, what a terminal would obey is escaped and so not lost."""
    return _UNSAFE_IN_JSON.sub(_escaped, json.dumps(record, ensure_ascii=False, default=str))


def _escaped(match: re.Match[str]) -> str:
    return json.dumps(match.group())[1:-1]


def say(line: str) -> None:
    """A line for the person at the terminal, beside the results."""
    click.echo(safe_line(line), err=True)


def answer_record(answer: Answer) -> dict[str, Any]:
    """What `ask --json` prints; scripts rely on it."""
    record: dict[str, Any] = {
        "question": answer.question,
        "language": answer.language,
        "answerable": answer.answerable,
        "confidence": round(answer.confidence, 4),
        "answer": answer.text,
        "quotes": [
            {"n": q.n, "text": q.text, "article_id": q.article_id, "start": q.start, "end": q.end}
            for q in answer.quotes
        ],
        "citations": [
            {
                "n": c.n,
                "article_id": c.article_id,
                "title": c.title,
                "publisher": c.publisher,
                "published_at": c.published_at,
                "url": c.url,
                "link": c.link,
                "partners": list(c.partners),
            }
            for c in answer.citations
        ],
        "hits": [{"article_id": h.article_id, "chunk_id": h.chunk_id, "score": round(h.score, 4)} for h in answer.hits],
        "timings_ms": {name: round(value, 2) for name, value in answer.timings_ms.items()},
    }
    if answer.period:
        record["period"] = _period_record(answer.period)
    said = {"written": answer.written, "notice": answer.notice}
    return record | {name: value for name, value in said.items() if value}


def _period_record(period: Period) -> dict[str, Any]:
    return {
        "since": period.since,
        "until": period.until,
        "strict": period.strict,
        "newest": period.newest,
        "missed": period.missed,
    }


def show_answer(answer: Answer, *, as_json: bool = False) -> None:
    """Print an answer."""
    if as_json:
        click.echo(json_line(answer_record(answer)))
        return
    if answer.notice:
        say(answer.notice)
    text = safe_text(answer.text)
    if not sys.stdout.isatty():
        click.echo(text)
        return
    console = terminal()
    for line in text.split("\n"):
        # A link that is broken over two lines cannot be followed.
        console.print(_coloured(line, quoted=line[:1] in '"“'), soft_wrap=line.startswith("    http"))


def _coloured(line: str, *, quoted: bool) -> Text:
    from rich.text import Text

    shown = Text(line, style="bold" if quoted else "dim" if line.startswith("    http") else "")
    shown.highlight_regex(_NUMBER, "bold cyan")
    return shown


def terminal(*, stderr: bool = False) -> Console:
    """A console that shows text as it is."""
    from rich.console import Console  # some 50 ms: only where there is something to colour or to lay out

    return Console(stderr=stderr, markup=False, emoji=False, highlight=False)


def show_table(rows: Iterable[Sequence[str]], header: Sequence[str] = ()) -> None:
    """Print rows in columns; none of their words is read as markup. Below a header, columns of figures stand right."""
    from rich.box import SIMPLE
    from rich.table import Table
    from rich.text import Text

    lines = [[safe_line(cell) for cell in row] for row in rows]
    table = Table(box=SIMPLE, show_header=bool(header), pad_edge=False)
    for place, name in enumerate(header):
        figures = all(_FIGURE.match(line[place]) for line in lines)
        table.add_column(Text(name), overflow="fold", justify="right" if figures else "left")
    for line in lines:
        while len(table.columns) < len(line):
            table.add_column(overflow="fold")
        table.add_row(*map(Text, line))
    console = terminal()
    with console.capture() as printed:  # rich itself would answer a closed pipe with exit code 1
        console.print(table)
    click.echo(printed.get(), nl=False)


def rows_of(record: Mapping[str, Any], before: str = "") -> list[tuple[str, str]]:
    """Names and values of a record for a table; those of a record inside it are named after it."""
    rows: list[tuple[str, str]] = []
    for name, value in record.items():
        told = f"{before} {name.replace('_', ' ')}".strip()
        if isinstance(value, Mapping):
            rows += rows_of(value, told)
        elif name.endswith("_bytes"):
            rows.append((told.removesuffix(" bytes"), size_words(value)))
        else:
            rows.append((told, _value_words(value)))
    return rows


def _value_words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"
    return "–" if value in (None, "") else str(value)


def size_words(count: int) -> str:
    """Bytes as people say them: "1.5 MB"."""
    if count < 1000:
        return f"{count} bytes"
    size, unit = count / 1000, "kB"
    for larger in ("MB", "GB"):
        if size >= 1000:
            size, unit = size / 1000, larger
    return f"{size:.1f} {unit}"


def show_record(record: Mapping[str, Any], rows: Sequence[Sequence[str]], as_json: bool) -> None:
    """Print a record as JSON, or the rows that tell it."""
    if as_json:
        click.echo(json_line(record))
    else:
        show_table(rows)
