"""The records that the stages hand on, and the protocols between them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Language = Literal["id", "en", "und"]
"""ISO 639-1 code of a text; "und" where neither Indonesian nor English could be told."""

Vectors = NDArray[np.float32]
"""Shape (n, dimension), rows of unit length."""


Progress = Callable[[str, int, int], None]
"""Told of long work: a stage's name, steps done and steps in all."""


def silent(stage: str, done: int, total: int) -> None:
    """A Progress that shows nothing."""


@dataclass(frozen=True, slots=True)
class Page:
    """Something a source found: bytes, not yet understood."""

    location: str
    """Absolute path or URL; a record inside a file is "path#id" or, without an id, "path:line"."""
    content: bytes
    media_type: str
    """text/plain, text/markdown, text/html or application/json (one record)."""


@dataclass(frozen=True, slots=True)
class Article:
    """One news article, cleaned. `body` is what every offset in the project counts in."""

    title: str
    body: str
    """Paragraphs separated by one blank line; no boilerplate, no NUL, NFC."""
    location: str
    """Where it was read from (see Page.location)."""
    language: Language = "und"
    publisher: str = ""
    byline: str = ""
    place: str = ""
    """From the dateline: "Jakarta (ANTARA) -" gives "Jakarta"."""
    published_at: str = ""
    """ISO 8601 in UTC, as precise as the source: "2021", "2021-05", "2021-05-23", "2021-05-23T07:03:00Z"; or ""."""
    url: str = ""
    """http(s) address of the original, or ""."""
    partners: tuple[str, ...] = ()
    """Organisations that the source itself names as tags."""
    flags: tuple[str, ...] = ()
    """What was odd about the source: "encoding", "nul", "future-date", ..."""

    @property
    def key(self) -> str:
        """What makes it the same article tomorrow: its URL, or else where it lies."""
        return self.url or self.location


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range [start, end) of characters of an article's body."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of whole sentences of one article: the unit that is embedded and retrieved."""

    span: Span
    sentences: tuple[Span, ...]
    """In order, inside `span`; offsets into the article's body."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What may be searched. Empty fields do not restrict."""

    partner: str = ""
    """A word or phrase that must stand in the title or body as whole words, whatever its case."""
    publisher: str = ""
    language: Language | None = None
    since: str = ""
    """ISO date, reduced precision allowed, inclusive. An undated article never passes a date filter."""
    until: str = ""
    """ISO date, reduced precision allowed, inclusive: "2021" reaches to the end of 2021."""
    articles: tuple[int, ...] = ()
    """Ids of the only articles to look at."""
    zone: str = "UTC"
    """IANA name of the time zone whose days `since` and `until` are."""


@dataclass(frozen=True, slots=True)
class Period:
    """When the news shall be from, as a question says it; days in the reader's zone."""

    since: str = ""
    """First day, "2025-09-01"; "": however old."""
    until: str = ""
    """Last day; "": up to now."""
    strict: bool = False
    """Only such news is looked at, as far as it answers; else it is preferred."""
    newest: bool = False
    """Of what answers about equally well, the newer comes first."""
    rest: str = ""
    """The question without the words that restrict it: what news of that time alone is searched for."""
    missed: bool = False
    """No news of a strict period answered, so all of it was looked at."""

    @property
    def open_ended(self) -> bool:
        """Whether it has one end only: news of any later day, or of any earlier one, need not name that day."""
        return bool(self.since) != bool(self.until)


@dataclass(frozen=True, slots=True)
class Hit:
    """One retrieved chunk, best first in a list of them."""

    chunk_id: int
    article_id: int
    language: Language
    score: float
    """Fused score; comparable within one question across languages."""
    dense: float
    """Cosine in standard deviations above what this question scores on passages of that language; 0 without vectors."""
    lexical: float
    """BM25; 0 when no word of the question stands in the chunk."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A verbatim piece of a stored body: `body[start:end] == text`."""

    n: int
    """Number of the citation that it belongs to, from 1."""
    text: str
    article_id: int
    start: int
    end: int
    language: Language
    also: tuple[tuple[int, int], ...] = ()
    """Citation number and article id of others that say the same."""


@dataclass(frozen=True, slots=True)
class Citation:
    """Where quote [n] stands."""

    n: int
    article_id: int
    title: str
    publisher: str
    published_at: str
    url: str
    link: str
    """The URL with a text fragment that opens the page at the quote; "" without a URL."""
    partners: tuple[str, ...] = ()
    revision: int = 0
    """State of the article that was cited (`Store.revision` gives its text); 0: not known."""
    elsewhere: tuple[tuple[str, str], ...] = ()
    """Publisher and URL of those who printed the same text."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What leaves for the reader."""

    question: str
    language: Language
    answerable: bool
    confidence: float
    """Probability, 0 to 1, that the quotes hold the answer."""
    text: str
    """The whole answer as plain text: framing line, quotes with [n], or why not and the nearest articles. What was
    written over the quotes stands before them."""
    quotes: tuple[Quote, ...] = ()
    citations: tuple[Citation, ...] = ()
    """Of the quotes; when abstaining, the nearest articles instead."""
    hits: tuple[Hit, ...] = ()
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    notice: str = ""
    """Something the reader should know about this answer, e.g. that search by meaning is off."""
    period: Period | None = None
    """What the question says about time; None: nothing."""
    lead: str = ""
    """Lines that stand before the quotes, also in `text`: of when the news is, that sources differ; or ""."""
    written: str = ""
    """What a language model made of the quotes: sentences that they bear out, each with [n]; or ""."""


class Embedder(Protocol):
    """Turns texts into vectors. Batching, caching and progress live outside."""

    fingerprint: str
    """Names weights and preprocessing: vectors of two fingerprints are never compared."""
    dimension: int

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimension), unit rows."""
        ...

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """Shape (dimension,), unit length."""
        ...


@runtime_checkable
class SentenceReader(Protocol):
    """What an embedder may be as well: it reads a question and a sentence together, a few of them in milliseconds."""

    def answers(self, question: str, sentences: Sequence[str]) -> NDArray[np.float32]:
        """Shape (len(sentences),): log odds that each one answers the question."""
        ...


class Reranker(Protocol):
    """Reads a question and a passage together, which is slow and sees more than two vectors do."""

    def scores(self, question: str, passages: Sequence[str]) -> NDArray[np.float64]:
        """Shape (len(passages),): higher is better, on a scale of its own."""
        ...
