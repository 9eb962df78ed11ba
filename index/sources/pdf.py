"""PDF → a page that `extract` understands: title, date and text, as far as a layout tells them.

The file is taken apart in a process of its own (see pdf_pages.py), because a few kilobytes of it can ask for hours and
gigabytes.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

from index.errors import SourceError
from index.types import Page

PDF = "application/pdf"
DEADLINE_S = 60.0
MAX_OUTPUT = 20_000_000
REPEATED = 0.6
"""Share of the pages from which a first or last line is a running head."""
SHORT = 0.8
"""Of the median length: a line that is shorter and ends a sentence ends a paragraph."""
_PROGRAM = Path(__file__).with_name("pdf_pages.py")
_DATE = re.compile(r"D:((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")
_MADE_UP = re.compile(r"^(?:microsoft (?:word|powerpoint)|untitled|dokumen|document)\b|\.(?:docx?|pdf|indd|pptx?|qxd)$")
_HYPHEN = re.compile(r"(\w+)-$")
_ENDED = re.compile(r"[.!?:][\"”’)]?$")


def read_pdf(content: bytes, location: str) -> Page:
    """A record of what the PDF says, to be read by `extract`.

    Raises SourceError where pypdf is missing, and for files that cannot be read within the limits or hold no text.
    """
    if find_spec("pypdf") is None:
        raise SourceError(f"{location}: reading PDF files needs an extra: pip install 'warta-mitra[pdf]'")
    said = _taken_apart(content, location)
    lines = _without_running_heads([page.splitlines() for page in said["pages"]])
    paragraphs = paragraphs_of(lines)
    if not any(char.isalpha() for line in paragraphs for char in line):
        raise SourceError(f"{location}: the PDF holds no text, only pictures of it perhaps; give it as text")
    title = _title(" ".join(said["title"].split()), paragraphs)
    if title == paragraphs[0]:
        del paragraphs[0]
    record = {"title": title, "text": "\n\n".join(paragraphs), "date": _date(said["created"])}
    return Page(location, json.dumps(record).encode(), "application/json")


def paragraphs_of(lines: Sequence[str]) -> list[str]:
    """Lines as they were printed → paragraphs; words that were divided are whole again."""
    usual = median([len(line.strip()) for line in lines if line.strip()] or [0])
    paragraphs: list[str] = []
    open_ = False
    for line in (" ".join(line.split()) for line in lines):
        if not line:
            open_ = False
            continue
        if open_:
            paragraphs[-1] = _joined(paragraphs[-1], line)
        else:
            paragraphs.append(line)
        open_ = not (_ENDED.search(line) and len(line) < SHORT * usual)
        if len(paragraphs) == 1 and len(line) < SHORT * usual and not line.endswith("-"):
            open_ = False  # a heading has no full stop
    return paragraphs


def _joined(before: str, line: str) -> str:
    divided = _HYPHEN.search(before)
    if divided is None or not line[0].islower():
        return f"{before}{'' if divided else ' '}{line}"
    first, second = divided[1].lower(), re.split(r"\W", line, maxsplit=1)[0]
    # Words that are said twice keep their hyphen: undang-undang, bersama-sama, tolong-menolong.
    alike = first.endswith(second) or second.startswith(first) or second.endswith(first[1:])
    twice = len(first) > 2 and len(second) > 2 and alike
    return f"{before}{line}" if twice else f"{before[:-1]}{line}"


def _without_running_heads(pages: Sequence[Sequence[str]]) -> list[str]:
    told = [[line for line in page if line.strip()] for page in pages]
    ends = Counter(_shape(line) for page in told for line in {*page[:1], *page[-1:]})
    heads = {shape for shape, count in ends.items() if len(told) >= 3 and count >= REPEATED * len(told)}
    lines: list[str] = []
    for page in pages:
        kept = [line for line in page if line.strip()]
        kept = kept[1:] if kept and _shape(kept[0]) in heads else kept
        kept = kept[:-1] if kept and _shape(kept[-1]) in heads else kept
        first, last = (page.index(kept[0]), len(page) - page[::-1].index(kept[-1])) if kept else (0, 0)
        lines += page[first:last]
    return lines


def _shape(line: str) -> str:
    return re.sub(r"\d+", "#", " ".join(line.split()).casefold())


def _title(said: str, paragraphs: Sequence[str]) -> str:
    """The metadata's, unless a program made it up; else the first line."""
    return said if len(said) >= 8 and " " in said and not _MADE_UP.search(said.lower()) else paragraphs[0]


def _date(created: str) -> str:
    """The day on which the file was made; its text knows better, if at all, but does not say where."""
    match = _DATE.match(created)
    return "-".join(match.groups()) if match else ""


def _taken_apart(content: bytes, location: str) -> dict[str, Any]:
    # -P: the modules beside the program have names of their own business.
    command = [sys.executable, "-P", str(_PROGRAM)]
    try:
        ran = subprocess.run(command, input=content, capture_output=True, timeout=DEADLINE_S, check=False)
        if ran.returncode != 0 or len(ran.stdout) > MAX_OUTPUT:
            raise ValueError("the program was stopped")
        said = json.loads(ran.stdout)
    except (subprocess.TimeoutExpired, ValueError) as e:
        raise SourceError(f"{location}: the PDF takes too much time or memory and was not read; give it as text") from e
    except OSError as e:
        raise SourceError(f"{location}: the PDF could not be read ({e.strerror}); try again") from e
    if "error" in said:
        raise SourceError(f"{location}: the PDF cannot be read: {said['error']}; give another file")
    return dict(said)
