"""Records as the messages that people see: HTML for Telegram, and nothing in it that the records do not hold."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from bot.inert import inert
from bot.records import GivenAnswer
from bot.strings import Html, text
from bot.text import Block, clip, clip_start, escape, one_line, pack, pieces, plain, safe_href, shown, units
from index.age import old_date, quote_dates
from index.phrases import date_words, framing, phrase, quote_line
from index.types import Article, Citation, Language, Quote
from index.when import period_of

__all__ = [
    "SourceEntry", "about_line", "answer_messages", "context_messages", "entry_block", "inline_result",
    "latest_message", "linked_publisher", "linked_title", "plain", "reader_language", "sources_message",
]  # fmt: skip

TITLE, PUBLISHER, TOPIC, SNIPPET, QUESTION = 120, 60, 120, 160, 200
"""Units that each may take."""
NEAREST = 3
ELSEWHERE = 3
"""Others that printed the same text, beside each source."""
FURTHER = 5
LATEST = 10
PIECE = 3_000
"""Units of a quote that still go into one blockquote."""
AROUND = 1_500
"""Units of the passage that is shown around a quote, the quote included."""
INLINE_QUOTE = 900
"""Units of each of at most three quotes, so that one message holds them and their sources."""
LEAD = 600
_DATE = re.compile(r"[0-9]{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01])(?:T.*)?)?)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """An article in a list."""

    title: str
    publisher: str
    published_at: str
    """ISO 8601 of reduced precision, as in index.types.Article."""
    url: str
    snippet: str = ""


def answer_messages(answer: GivenAnswer) -> list[str]:
    """The answer as HTML, nearly always one message."""
    language, dates = reader_language(answer.language), _dates(answer)
    quotes = [piece for quote in answer.quotes for piece in _quote_blocks(quote, language, dates.get(quote.n, ""))]
    return pack(_answer_blocks(answer, quotes))


def inline_result(answer: GivenAnswer) -> tuple[str, str, str]:
    """Title and description of the preview, both plain text, and the one message that is sent, HTML."""
    language, dates = reader_language(answer.language), _dates(answer)
    quotes = [
        Block(_quoted(quote_line(replace(quote, text=clip(shown(quote.text), INLINE_QUOTE)), language, when)))
        for quote in answer.quotes
        for when in [dates.get(quote.n, "")]
    ]
    asked = Block(f"<b>{escape(one_line(answer.question, QUESTION))}</b>")
    message = pack([asked, *_answer_blocks(answer, quotes)])[0]
    if not _answered(answer):
        return text("inline_none_title", language), text("inline_none_description", language), message
    source = answer.citations[0] if answer.citations else None
    name = f"{one_line(source.publisher, 25)}: " if source and source.publisher else ""
    title = clip(name + one_line(answer.quotes[0].text), 60) or phrase("no_title", language)
    about = [one_line(source.title), _day(source.published_at, language)] if source else []
    return title, clip(" · ".join(filter(None, about)) or one_line(answer.quotes[0].text), 120) or title, message


def context_messages(quote: Quote, citation: Citation, article: Article | None, language: str) -> list[str]:
    """The quote, bold, in its paragraph with the one before and the one after.

    Without an article, or when it no longer holds the quote, the quote alone and a line that says so.
    """
    reader = reader_language(language)
    blocks = [Block(_heading(citation, reader))]
    start = _place(quote, article)
    if article is None or start < 0:
        gone = text("article_removed" if article is None else "article_changed", language)
        return pack([*blocks, *_quote_blocks(replace(quote, also=()), reader), Block(f"<i>{gone}</i>", "\n\n")])
    before, after = _around(article.body, start, start + len(quote.text))
    bold = [f"<b>{inert(piece)}</b>" for piece in pieces(shown(quote.text), PIECE)]
    if not bold:
        return pack(blocks)
    bold[0] = inert(before) + bold[0]
    bold[-1] += inert(after)
    return pack([*blocks, *(Block(one, "\n\n") for one in bold)])


def sources_message(entries: Sequence[SourceEntry], language: str, start_n: int = 1) -> str:
    """The next sources, at most FURTHER of them, numbered from `start_n`."""
    if not entries:
        return text("further_none", language)
    blocks = [
        entry_block(entry, f"{n}. ", reader_language(language)) for n, entry in enumerate(entries[:FURTHER], start_n)
    ]
    return pack([Block(text("further_title", language)), *blocks])[0]


def latest_message(entries: Sequence[SourceEntry], partner: str, language: str) -> str:
    """The newest articles, at most LATEST of them, of one partner or ("") of all."""
    name = one_line(partner, TITLE)
    if not entries:
        return text("latest_none", language, partner=name) if name else text("nothing_stored", language)
    title = text("latest_of", language, partner=name) if name else text("latest_title", language)
    blocks = [entry_block(entry, "• ", reader_language(language)) for entry in entries[:LATEST]]
    return pack([Block(title), *blocks])[0]


def reader_language(language: str) -> Language:
    """The language that a message is written in: Indonesian for anything but English."""
    return "en" if language == "en" else "id"


def _answered(answer: GivenAnswer) -> bool:
    return answer.answerable and bool(answer.quotes)


def _answer_blocks(answer: GivenAnswer, quotes: Sequence[Block]) -> list[Block]:
    language = reader_language(answer.language)
    blocks = []
    if answer.topic:
        blocks.append(Block(f"<i>{escape(phrase('about', language, topic=one_line(answer.topic, TOPIC)))}</i>"))
    if lead := shown(answer.lead).strip():
        blocks.append(Block(inert(clip(lead, LEAD))))
    if _answered(answer):
        if written := shown(answer.written).strip():
            blocks += [Block(inert(written)), Block(f"<i>{escape(phrase('written', language))}</i>", "\n\n")]
        blocks += [Block(_framing(answer.citations, language)), *quotes]
        blocks += _sources(answer.citations, phrase("sources", language), language)
        if month := _old(answer, language):
            blocks.append(Block(text("age", language, month=month), "\n\n"))
    else:
        blocks.append(Block(escape(phrase("abstain", language))))
        blocks += _sources(answer.citations[:NEAREST], phrase("nearest", language), language)
    if notice := shown(answer.notice).strip():
        blocks.append(Block(f"<i>{escape(clip(notice, 500))}</i>", "\n\n"))
    return blocks


def _framing(citations: Sequence[Citation], language: Language) -> str:
    names = [inert(one_line(citation.publisher, PUBLISHER)) for citation in citations]
    bold = [
        replace(citation, publisher=name and f"<b>{name}</b>", published_at=_sound(citation.published_at))
        for citation, name in zip(citations, names, strict=True)
    ]
    return framing(bold, language)


def _quoted(line: str) -> str:
    return f"<blockquote>{inert(line)}</blockquote>"


def _quote_blocks(quote: Quote, language: Language, when: str = "") -> list[Block]:
    line = quote_line(replace(quote, text=shown(quote.text)), language, when)
    return [Block(_quoted(piece)) for piece in pieces(line, PIECE)]


def _sources(citations: Sequence[Citation], title: str, language: Language) -> list[Block]:
    lines = [Block(_source(citation, language)) for citation in citations]
    return [Block(escape(title), "\n\n"), *lines] if lines else []


def _source(citation: Citation, language: Language) -> str:
    about = about_line(citation.publisher, citation.published_at, language)
    line = f"[{citation.n}] " + " · ".join(filter(None, (about, linked_title(citation.title, citation.link, language))))
    others = [linked_publisher(*other, language) for other in citation.elsewhere[:ELSEWHERE]]
    return f"{line} ({text('elsewhere', language, names=Html(', '.join(others)))})" if others else line


def linked_publisher(name: str, url: str, language: Language) -> str:
    """A publisher's name as HTML, leading to where it printed something."""
    return _linked(one_line(name, PUBLISHER) or text("no_publisher", language), url)


def _linked(words: str, url: str) -> str:
    href = escape(safe_href(url))
    return f'<a href="{href}">{escape(words)}</a>' if href else inert(words)


def _heading(citation: Citation, language: Language) -> str:
    title = f"<b>{linked_title(citation.title, citation.link, language)}</b>"
    return "\n".join(filter(None, (title, about_line(citation.publisher, citation.published_at, language))))


def entry_block(entry: SourceEntry, mark: str, language: Language) -> Block:
    """An article in a list, after its number or bullet."""
    lines = (
        mark + linked_title(entry.title, entry.url, language),
        about_line(entry.publisher, entry.published_at, language),
        inert(one_line(entry.snippet, SNIPPET)),
    )
    return Block("\n".join(filter(None, lines)), "\n\n")


def linked_title(title: str, link: str, language: Language) -> str:
    """A title as HTML, leading to its page where that is safe."""
    return _linked(one_line(title, TITLE) or phrase("no_title", language), link)


def about_line(publisher: str, published_at: str, language: Language) -> str:
    """Who printed something, and on which day, as HTML; "" when neither is known."""
    return inert(" · ".join(filter(None, (one_line(publisher, PUBLISHER), _day(published_at, language)))))


def _sound(published_at: str) -> str:
    return published_at if _DATE.fullmatch(published_at) else ""


def _day(published_at: str, language: Language) -> str:
    return date_words(_sound(published_at), language)


def _dates(answer: GivenAnswer) -> dict[int, str]:
    return quote_dates(_sound_citations(answer), _asked(answer), reader_language(answer.language))


def _old(answer: GivenAnswer, language: Language) -> Html:
    """The month of the newest article cited when all of them are old and the question names no time of its own."""
    asked = _asked(answer)
    period = period_of(answer.question, asked)
    if period and (period.since or period.until):
        return Html("")
    return Html(date_words(old_date(_sound_citations(answer), asked)[:7], language))


def _asked(answer: GivenAnswer) -> date:
    return datetime.fromtimestamp(answer.created_at, UTC).date()


def _sound_citations(answer: GivenAnswer) -> list[Citation]:
    return [replace(citation, published_at=_sound(citation.published_at)) for citation in answer.citations]


def _place(quote: Quote, article: Article | None) -> int:
    """Where the body holds the quote: where it was, or where it has moved to; -1 when nowhere."""
    if article is None or not quote.text:
        return -1
    return quote.start if article.body[quote.start : quote.end] == quote.text else article.body.find(quote.text)


def _around(body: str, start: int, end: int) -> tuple[str, str]:
    """What stands before and after: the rest of the paragraph and one more, AROUND units in all with the quote."""
    before = body[:start].rsplit("\n\n", 2)[-2:]
    after = body[end:].split("\n\n", 2)[:2]
    head, tail = shown("\n\n".join(before)).lstrip(), shown("\n\n".join(after)).rstrip()
    free = max(0, AROUND - units(body[start:end]))
    least = free // 2
    return (
        clip_start(head, max(least, free - units(tail))),
        clip(tail, max(least, free - units(head))),
    )
