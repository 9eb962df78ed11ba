"""Lines of a text or Markdown file → title, metadata and paragraphs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from index.clean import is_boilerplate
from index.publishers import split_dateline

MAX_TITLE = 90
"""Characters of a title that is cut from a first sentence."""

_SENTENCE_END = re.compile(r"""[.!?…:;]["'”’)\]]*$""")
_FIRST_SENTENCE = re.compile(r"""^.{20,}?[.!?…]["'”’)]*(?=\s+["'“‘(]?[A-Z0-9])""")
_LIST_ITEM = re.compile(r"(?:[-*+•·–—]|\(?\d{1,3}[.)]|#{1,6})\s")

_WRAP_WIDTH = (50, 120)
"""Columns that people and programs wrap prose at. A paragraph a line, as news sites give it, is longer or uneven."""
_WRAPPED_PAIRS = 0.5
_LOWERCASE_STARTS = 0.3

_FRONT_MATTER = re.compile(r"\A---\s*\n(.*?)\n(?:---|\.\.\.)\s*(?:\n|\Z)", re.DOTALL)
_FRONT_KEY = re.compile(r"([A-Za-z_]+)\s*:\s*(.*)")
_COMMENT = re.compile(r"<!--.{0,2000}?-->", re.DOTALL)
# All repetitions are bounded: a file of nothing but "[" or "*" must not take minutes.
_MARKUP = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"!\[[^\]]{0,500}\](?:\([^)]{0,2000}\)|\[[^\]]{0,200}\])", ""),
        (r"\[([^\]]{1,500})\]\([^()]{0,2000}(?:\([^()]{0,200}\)[^()]{0,200}){0,3}\)", r"\1"),
        (r"\[([^\]]{1,500})\]\[[^\]]{0,200}\]", r"\1"),
        (r"<((?:https?://|mailto:)[^>\s]+)>", r"\1"),
        (r"`{1,3}([^`]+)`{1,3}", r"\1"),
        (r"(\*{1,3})(?=\S)(.{1,500}?)(?<=\S)\1", r"\2"),
        (r"(?<!\w)(_{1,3})(?=\S)(.{1,500}?)(?<=\S)\1(?!\w)", r"\2"),
        (r"~~(.{1,500}?)~~", r"\1"),
        (r"\\([\\`*_{}\[\]()#+.!|>~-])", r"\1"),
    )
)
_REFERENCE = re.compile(r"\s{0,3}\[[^\]]+\]:\s+\S+.*")
_RULE_OR_FENCE = re.compile(r"\s*(?:([-*_])(?:\s*\1){2,}|=+|```.*|~~~.*|[\s|:-]*-{3}[\s|:-]*)\s*")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+(.*?)\s*#*\s*")
_BLOCK_MARK = re.compile(r"\A\s*(?:>\s?)+")
_BULLET = re.compile(r"\A\s*[*+-]\s+(?:\[[ xX]\]\s+)?")


@dataclass(frozen=True, slots=True)
class Draft:
    """A page taken apart, before its boilerplate is removed."""

    title: str
    """"" where the file names none."""
    paragraphs: tuple[str, ...]
    fields: dict[str, str] = field(default_factory=dict)
    """What the page states about itself: front matter, metadata or keys of a record; values as they were written."""
    partners: tuple[str, ...] = ()


def read_markdown(text: str) -> Draft:
    """Take Markdown apart: front matter, "# Title", paragraphs without their markup.

    Headings and list items become paragraphs of their own. What only looks
    like markup ("5 * 3", snake_case) stays.
    """
    fields: dict[str, str] = {}
    if match := _FRONT_MATTER.match(text):
        fields = _front_matter(match[1])
        text = text[match.end() :]
    title = fields.pop("title", "")
    blocks: list[str] = []
    for block in _markdown_blocks(_COMMENT.sub("", text).split("\n")):
        heading = _HEADING.fullmatch(block)
        plain = _plain(heading[1] if heading else block)
        if heading and not blocks and (not title or plain == title):
            title = plain
        elif plain:
            blocks.append(plain)
    return Draft(title, tuple(blocks), fields)


def split_paragraphs(text: str) -> list[str]:
    """Give the paragraphs of a plain text: each non-empty line, except that hard-wrapped prose is joined.

    Greedy wrapping leaves a proof: the next line's first word would not have fitted. Lines are joined where that holds
    for most of the lines of the file and many go on in lower case, as the middle of a sentence does.
    """
    lines = [line.strip() for line in text.split("\n")]
    width = max((len(line) for line in lines if " " in line), default=0)
    pairs = [(a, b) for a, b in pairwise(lines) if a and b]
    wrapped = [(a, b) for a, b in pairs if _would_not_fit(a, b, width)]
    lowercase = sum(b[0].islower() for _, b in wrapped)
    if (
        not wrapped
        or not _WRAP_WIDTH[0] <= width <= _WRAP_WIDTH[1]
        or len(wrapped) < len(pairs) * _WRAPPED_PAIRS
        or lowercase < len(wrapped) * _LOWERCASE_STARTS
    ):
        return [line for line in lines if line]
    paragraphs: list[str] = []
    for previous, line in zip(["", *lines], lines, strict=False):
        if line and previous and _would_not_fit(previous, line, width):
            paragraphs[-1] += " " + line
        elif line:
            paragraphs.append(line)
    return paragraphs


def split_title(paragraphs: Sequence[str]) -> tuple[str, list[str]]:
    """Take a title off: a short first line without a sentence end, when a longer paragraph follows; else "".

    The rest is returned as a list.
    """
    if len(paragraphs) < 2:
        return "", list(paragraphs)
    first = paragraphs[0]
    if len(first.split()) < 2 or len(first) > 150 or _LIST_ITEM.match(first) or _SENTENCE_END.search(first):
        return "", list(paragraphs)
    if is_boilerplate(first) or split_dateline(first):
        return "", list(paragraphs)
    if max(len(paragraph) for paragraph in paragraphs[1:4]) <= len(first):
        return "", list(paragraphs)
    return first, list(paragraphs[1:])


def title_from(body: str) -> str:
    """Make a title of the body's first sentence, cut at a word to at most MAX_TITLE characters, "…" where cut."""
    first = body.partition("\n")[0]
    if sentence := _FIRST_SENTENCE.match(first):
        first = sentence[0]
    if len(first) <= MAX_TITLE:
        return first.removesuffix(".")
    # A "word" as long as a title is a URL or no text at all; then the cut falls inside it.
    head = first[: MAX_TITLE + 1].rpartition(" ")[0] or first[:MAX_TITLE]
    return head.rstrip(" ,;:-–—(") + "…"


def _would_not_fit(line: str, following: str, width: int) -> bool:
    if len(line) + 1 + len(following.split(" ", 1)[0]) <= width:
        return False
    if _LIST_ITEM.match(following) or is_boilerplate(following):
        return False
    # "Baca juga: ..." must not swallow the paragraph after it, but may itself have been wrapped.
    return following[0].islower() or not is_boilerplate(line)


def _front_matter(block: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    key = ""
    for line in block.split("\n"):
        if match := _FRONT_KEY.fullmatch(line.strip()):
            key = match[1].lower()
            fields[key] = match[2].strip().strip("\"'")
        elif key and line.strip().startswith("- "):
            # A YAML list, as in "tags:"; the values are joined as if they had been written on one line.
            fields[key] = ", ".join(filter(None, (fields[key], line.strip()[2:].strip("\"' "))))
    return fields


def _markdown_blocks(lines: Sequence[str]) -> list[str]:
    blocks: list[str] = []
    # The line before, while a block is open that the next line may belong to.
    last = ""
    for raw in lines:
        line = _BLOCK_MARK.sub("", raw, count=1).strip()
        if last and set(line) == {"="}:
            # "Title" over "=====" is the older way to write "# Title".
            blocks[-1], last = "# " + blocks[-1], ""
        elif not line or _RULE_OR_FENCE.fullmatch(line) or _REFERENCE.fullmatch(line):
            last = ""
        elif last and _goes_on(last, line):
            blocks[-1], last = f"{blocks[-1]} {line}", line
        else:
            blocks.append(line)
            last = "" if _HEADING.fullmatch(line) else line
    return blocks


def _goes_on(last: str, line: str) -> bool:
    # Markdown joins all lines up to a blank one; but a line longer than any wrapping is a paragraph of its own.
    if len(last) > _WRAP_WIDTH[1] or _HEADING.fullmatch(line) or _LIST_ITEM.match(line):
        return False
    return not (is_boilerplate(last) or is_boilerplate(line))


def _plain(block: str) -> str:
    block = _BULLET.sub("", block, count=1)
    for pattern, replacement in _MARKUP:
        block = pattern.sub(replacement, block)
    return " ".join(block.split())
