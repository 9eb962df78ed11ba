"""Runs of whole sentences: the unit that is embedded and retrieved."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from index.sentences import split_sentences
from index.types import Chunk, Span

CHUNKER_VERSION = "chunk-1"
"""Part of the index fingerprint: change it whenever the same body would give other chunks."""

TARGET_WORDS = 110
"""A chunk of this many words may end; where a paragraph ends, it does."""
FULL_WORDS = 160
"""A chunk takes no further sentence beyond this many words."""
FULL_CHARS = 1_350
"""... nor beyond this many characters, for texts without spaces."""
OVERLAP_WORDS = 45
"""The last sentence of a chunk opens the next one too, unless it is longer than this."""
OVERLAP_CHARS = 400
TAIL_WORDS = 40
"""A last chunk with fewer new words joins the one before, if that stays under MERGED_WORDS."""
MERGED_WORDS = 200
MERGED_CHARS = 1_800

_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class _Sentence:
    span: Span
    words: int
    ends_paragraph: bool

    @property
    def chars(self) -> int:
        return self.span.end - self.span.start


def chunk_body(body: str) -> tuple[Chunk, ...]:
    """Cut a body into chunks of about TARGET_WORDS to FULL_WORDS words of whole sentences.

    Neighbours share one sentence unless it is long. A sentence longer than a chunk is cut between words, so no
    chunk has more than FULL_WORDS + OVERLAP_WORDS words. A chunk reaches from its first sentence's start to its
    last one's end, and every sentence is in at least one chunk. An empty body gives no chunk.
    """
    sentences = _measured(body)
    chunks: list[tuple[int, int]] = []
    new = 0
    while new < len(sentences):
        first = new - 1 if new and _may_overlap(sentences[new - 1]) else new
        last = _end_of_chunk(sentences, first, new)
        if chunks and last == len(sentences) and _is_tail(sentences, chunks[-1][0], new):
            chunks[-1] = (chunks[-1][0], last)
        else:
            chunks.append((first, last))
        new = last
    return tuple(_chunk(sentences[first:last]) for first, last in chunks)


def _measured(body: str) -> list[_Sentence]:
    spans = [part for span in split_sentences(body) for part in _parts(body, span)]
    found: list[_Sentence] = []
    for number, span in enumerate(spans):
        following = spans[number + 1].start if number + 1 < len(spans) else len(body)
        ends = number + 1 == len(spans) or any(mark in body[span.end : following] for mark in "\n\r\u2028\u2029")
        found.append(_Sentence(span, len(body[span.start : span.end].split()), ends))
    return found


def _parts(body: str, span: Span) -> list[Span]:
    """The span itself, or pieces of it that each fit into a chunk."""
    if span.end - span.start <= FULL_CHARS and len(body[span.start : span.end].split()) <= FULL_WORDS:
        return [span]
    words: list[tuple[int, int]] = []
    for match in _WORD.finditer(body, span.start, span.end):
        words.extend((at, min(at + FULL_CHARS, match.end())) for at in range(match.start(), match.end(), FULL_CHARS))
    parts: list[Span] = []
    at = 0
    while at < len(words):
        start = words[at][0]
        fits = bisect_right(words, start + FULL_CHARS, lo=at, hi=min(at + FULL_WORDS, len(words)), key=lambda w: w[1])
        parts.append(Span(start, words[fits - 1][1]))
        at = fits
    return parts


def _may_overlap(sentence: _Sentence) -> bool:
    return sentence.words <= OVERLAP_WORDS and sentence.chars <= OVERLAP_CHARS


def _end_of_chunk(sentences: Sequence[_Sentence], first: int, new: int) -> int:
    """Where the chunk [first, end) ends; it holds at least the sentence `new`."""
    start = sentences[first].span.start
    words = sum(sentence.words for sentence in sentences[first:new])
    end = new
    while end < len(sentences):
        sentence = sentences[end]
        full = words + sentence.words > FULL_WORDS or sentence.span.end - start > FULL_CHARS
        if end > new and full:
            return end
        words += sentence.words
        end += 1
        if words >= TARGET_WORDS and sentence.ends_paragraph:
            return end
    return end


def _is_tail(sentences: Sequence[_Sentence], first: int, new: int) -> bool:
    if sum(sentence.words for sentence in sentences[new:]) >= TAIL_WORDS:
        return False
    words = sum(sentence.words for sentence in sentences[first:])
    return words < MERGED_WORDS and sentences[-1].span.end - sentences[first].span.start <= MERGED_CHARS


def _chunk(sentences: Sequence[_Sentence]) -> Chunk:
    spans = tuple(sentence.span for sentence in sentences)
    return Chunk(Span(spans[0].start, spans[-1].end), spans)
