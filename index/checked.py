"""What a model writes, sentence by sentence as it comes, and of it only what the quotes bear out."""

from __future__ import annotations

from index.claim import LONGEST, tidied
from index.context import points_back
from index.sentences import split_sentences
from index.support import Sources

MOST_READ = 6_000
"""Characters that are read of one answer, a model's audible thinking included."""
MOST_SENTENCES = 5
MOST_SHOWN = 900
"""Characters in all: above the quotes, in one message, and still a short answer."""
_MARKS = ("“", "”")
_THINKING = ("<think>", "</think>")


class Checked:
    """Takes text in pieces of any size; `text` only ever grows, by whole sentences that the quotes support."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._raw = ""
        self._read = 0
        """Characters of what was said that have been judged."""
        self._kept: list[str] = []
        self._dropped = True
        """Whether the last sentence was not kept; what points back to it then means something else."""
        self._refused = 0

    @property
    def text(self) -> str:
        """What may be shown: sentences, each with its numbers behind it."""
        return " ".join(self._kept)

    @property
    def counts(self) -> tuple[int, int]:
        """Characters that may be shown, and sentences that may not."""
        return len(self.text), self._refused

    @property
    def full(self) -> bool:
        """Whether more would not be read or not be shown."""
        return len(self._raw) >= MOST_READ or len(self._kept) >= MOST_SENTENCES or len(self.text) >= MOST_SHOWN

    def feed(self, piece: str) -> bool:
        """Read on; whether `text` has grown."""
        self._raw += piece[: max(MOST_READ - len(self._raw), 0)]
        return self._judge(_said(self._raw), ended=False)

    def end(self) -> bool:
        """Nothing more comes: what is left is a sentence too; whether `text` has grown."""
        return self._judge(_said(self._raw), ended=True)

    def _judge(self, said: str, *, ended: bool) -> bool:
        before = len(self._kept)
        while not self.full or ended:
            rest = said[self._read :]
            length = _first_sentence(rest, ended=ended)
            if not length or len(self._kept) >= MOST_SENTENCES:
                break
            self._read += length
            self._keep(tidied(rest[:length]))
        return len(self._kept) > before

    def _keep(self, sentence: str) -> None:
        borne = "" if self._dropped and points_back(sentence) else self._sources.borne(sentence)
        if borne and borne not in self._kept and len(self.text) + len(borne) < MOST_SHOWN:
            self._kept.append(borne)
            self._dropped = False
        else:
            self._dropped = True
            self._refused += 1


def _said(raw: str) -> str:
    """Without what a model thinks aloud before it answers."""
    begin, end = _THINKING
    if not raw.lstrip().startswith(begin):
        # The tag itself may come in pieces.
        return "" if begin.startswith(raw.strip()) else raw
    return raw.partition(end)[2]


def _first_sentence(text: str, *, ended: bool) -> int:
    """Characters of the first sentence, its numbers included; 0 while it may still go on."""
    spans = split_sentences(text if ended else _settled(text))
    if not spans:
        return 0
    end = spans[0].end
    if ended or len(spans) > 1 or "\n" in text[end:] or end > LONGEST:
        return end
    return 0


def _settled(text: str) -> str:
    """The text without its end where a number or a quotation is still open: "... 2020. [1"."""
    opened = text.rfind("[")
    if opened > text.rfind("]"):
        text = text[:opened]
    straight, last = text.count('"'), text.rfind('"')
    if straight % 2:
        text = text[:last]
    opening, closing = (text.rfind(mark) for mark in _MARKS)
    return text[:opening] if opening > closing else text
