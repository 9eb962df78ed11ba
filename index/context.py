"""Sentences that are only understood after the one before them, and lists that are only answers as a whole."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.types import Span

CONTEXT_VERSION = "context-1"
"""Counts changes of these rules: vectors of sentences made by other rules are due for a reindex."""
_POINTS_BACK = re.compile(
    r"[\"“'‘(]?(?:ia|dia|beliau|mereka|keduanya|ketiganya|ini|itu|di sana|di situ"
    # "Kantor itu …", "Program pelatihan tersebut …", but "Saat ini …" only tells when.
    r"|(?!(?:saat|hari|kini|sekarang|pekan|minggu|bulan|tahun|kali|malam|pagi|sore|siang|dewasa|selama|sejauh|sampai|untuk)\b)"
    r"(?:\w+ (?:ini|itu)|\w+(?: \w+)? tersebut)"
    r"|he|she|it|they|both|this|that|these|those|there|the (?:company|firm|two|pair|bank|startup|deal|agreement))\b",
    re.I,
)

LIST = 900
"""Characters of a list, with the line that announces it; a longer one is not read in an answer."""
_LINE = re.compile(r"[^\n]+")
_MARKED = re.compile(r"(?:[-*+•·–—]|\(?(?:\d{1,2}|[a-z])[.)])\s")
_ENDS = re.compile(r"[.?!…:][\"'”’)]*$")
_MORE_FOLLOWS = re.compile(r"(?:[,;]|\b(?:dan|serta|atau|and|or))$")


def points_back(sentence: str) -> bool:
    """Whether a sentence begins with a pronoun or the like."""
    return bool(_POINTS_BACK.match(sentence))


def in_context(sentences: Sequence[str]) -> list[str]:
    """Each sentence as it can be understood alone: those that point back bring the one before along."""
    return [
        f"{sentences[i - 1]} {sentence}" if i and points_back(sentence) else sentence
        for i, sentence in enumerate(sentences)
    ]


def with_list(body: str, span: Span) -> Span:
    """The span, grown to the whole of a list that it announces or stands in: "Syaratnya:" and the lines below.

    Those end no sentence, begin with a mark, or follow one that says that more follows; there are two at least.
    """
    lines = [Span(*line.span()) for line in _LINE.finditer(body)]
    texts = [body[line.start : line.end] for line in lines]
    at = next((i for i, line in enumerate(lines) if line.start <= span.start < line.end), 0)
    head = next((i for i in range(at, -1, -1) if texts[i].endswith(":")), at)
    last = head
    while last + 1 < len(lines) and _is_item(texts[last], texts[last + 1]):
        last += 1
    first = span if head == at else lines[head]
    whole = Span(first.start, lines[last].end)
    apart = first.end < lines[head].end or last < max(at, head + 2) or whole.end - whole.start > LIST
    return span if apart else whole


def _is_item(before: str, line: str) -> bool:
    return bool(_MARKED.match(line) or _MORE_FOLLOWS.search(before)) or not _ENDS.search(line)
