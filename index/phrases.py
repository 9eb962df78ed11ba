"""What an answer says in its own words, in Indonesian and English."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from index.settings import TIMEZONE
from index.types import Citation, Language, Quote

PHRASES: Mapping[str, Mapping[str, str]] = {
    "id": {
        "according_to": "Menurut {sources}:",
        "found": "Dari berita yang tersimpan:",
        "found_dated": "Menurut berita {date}:",
        "and": "dan",
        "about": "Tentang {topic}.",
        "in_id": "dalam bahasa Indonesia",
        "in_en": "dalam bahasa Inggris",
        "in_und": "dalam bahasa aslinya",
        "abstain": "Maaf, jawabannya tidak saya temukan di berita yang tersimpan.",
        "nearest": "Berita yang paling dekat:",
        "news_of": "Berita {period}:",
        "news_of_newest": "Berita {period}, mulai dari yang terbaru:",
        "newest_first": "Mulai dari berita terbaru:",
        "sources_differ": "Sumber berbeda: {values}.",
        "no_news_of": "Jawabannya tidak saya temukan di berita {period}. Yang paling dekat dari waktu lain:",
        "looked_in": "Saya mencari di berita {period}, lalu di berita dari waktu lain.",
        "of": "{days}",
        "since": "sejak {day}",
        "up_to": "sampai {day}",
        "sources": "Sumber:",
        "elsewhere": "juga di {names}",
        "no_title": "(tanpa judul)",
        "written": "Disusun oleh model bahasa dari kutipan di bawah ini.",
        "words_only": "Pencarian makna sedang mati: {reason}. Hasil ini hanya dari kecocokan kata.",
        "greeting": "Halo! Silakan tulis pertanyaan Anda tentang berita yang tersimpan.",
        "thanks": "Sama-sama.",
    },
    "en": {
        "according_to": "According to {sources}:",
        "found": "From the stored news:",
        "found_dated": "According to news of {date}:",
        "and": "and",
        "about": "About {topic}.",
        "in_id": "in Indonesian",
        "in_en": "in English",
        "in_und": "in the original language",
        "abstain": "Sorry, I could not find the answer in the stored news.",
        "nearest": "The closest articles:",
        "news_of": "News {period}:",
        "news_of_newest": "News {period}, newest first:",
        "newest_first": "Newest news first:",
        "sources_differ": "Sources differ: {values}.",
        "no_news_of": "I found no answer in the news {period}. The closest from other times:",
        "looked_in": "I looked in the news {period}, then in the news from other times.",
        "of": "of {days}",
        "since": "since {day}",
        "up_to": "up to {day}",
        "sources": "Sources:",
        "elsewhere": "also in {names}",
        "no_title": "(untitled)",
        "written": "Put into words by a language model, from the quotes below.",
        "words_only": "Search by meaning is off: {reason}. These results only match words.",
        "greeting": "Hello! Just write your question about the stored news.",
        "thanks": "You are welcome.",
    },
}
_MONTHS = {
    "id": "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember",
    "en": "January February March April May June July August September October November December",
}

NO_DATES: Mapping[int, str] = {}


def phrase(name: str, language: Language, **values: str) -> str:
    """A text in the reader's language; Indonesian where it is unknown."""
    return PHRASES["en" if language == "en" else "id"][name].format(**values)


def local_day(published_at: str) -> str:
    """The day of an instant for readers in TIMEZONE: what came out in Jakarta at night is not of the day before.

    A date without a time stays as it is.
    """
    if len(published_at) <= len("2021-05-23"):
        return published_at
    try:
        return datetime.fromisoformat(published_at).astimezone(ZoneInfo(TIMEZONE)).date().isoformat()
    except (ValueError, OverflowError):  # on the last day of the year 9999
        return published_at[:10]


def date_words(published_at: str, language: Language) -> str:
    """ "2021-05-23T07:03:00Z" as "23 Mei 2021", as far as it is known; "" for ""."""
    parts = local_day(published_at).split("-") if published_at else []
    months = _MONTHS["en" if language == "en" else "id"].split(" ")
    words = [parts[2].lstrip("0")] if len(parts) == 3 else []
    words += [months[int(parts[1]) - 1]] if len(parts) >= 2 else []
    return " ".join([*words, *parts[:1]])


def framing(citations: Sequence[Citation], language: Language) -> str:
    """The line before the quotes: who says it."""
    names = list(dict.fromkeys(c.publisher for c in citations))
    when = date_words(citations[0].published_at, language) if len(citations) == 1 else ""
    if not all(names) or not names:
        return phrase("found_dated", language, date=when) if when else phrase("found", language)
    joined = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {phrase('and', language)} {names[-1]}"
    joined += f" ({when})" if when else ""
    return phrase("according_to", language, sources=joined)


def quote_line(quote: Quote, language: Language, when: str = "") -> str:
    """A quote with its numbers, its date if it is to bear one, and a mark where it is not in the reader's language."""
    numbers = "".join(f"[{n}]" for n in (quote.n, *(n for n, _ in quote.also))) + (f", {when}" if when else "")
    foreign = quote.language not in (language, "und")
    mark = f" ({phrase(f'in_{quote.language}', language)})" if foreign else ""
    marked = quote.text if quote.text[:1] in '"“' and quote.text[-1:] in '"”' else f"“{quote.text}”"
    return f"{marked} {numbers}{mark}"


def source_line(citation: Citation, language: Language) -> str:
    """Number, title, publisher, date and link."""
    about = ", ".join(filter(None, (citation.publisher, date_words(citation.published_at, language))))
    line = f"[{citation.n}] {citation.title or phrase('no_title', language)}"
    line += f" — {about}" if about else ""
    if names := ", ".join(dict.fromkeys(name for name, _ in citation.elsewhere if name)):
        line += f" ({phrase('elsewhere', language, names=names)})"
    return f"{line}\n    {citation.link}" if citation.link else line


def answer_text(
    quotes: Sequence[Quote],
    citations: Sequence[Citation],
    language: Language,
    *,
    lead: str = "",
    dates: Mapping[int, str] = NO_DATES,
) -> str:
    """The whole answer as plain text; `dates`: what quotes bear, by the number of their citation."""
    lines = [lead] if lead else []
    lines += [framing(citations, language), *(quote_line(q, language, dates.get(q.n, "")) for q in quotes)]
    lines += ["", phrase("sources", language)]
    return "\n".join(lines + [source_line(c, language) for c in citations])


def put_in_words(text: str, lead: str, written: str, language: Language) -> str:
    """An `answer_text` with sentences over its quotes, which stand below them all the same; `lead` as it was given."""
    quotes = text.removeprefix(f"{lead}\n") if lead else text
    return "\n".join([*([lead] if lead else []), written, f"({phrase('written', language)})", "", quotes])


def abstention_text(citations: Sequence[Citation], language: Language, *, lead: str = "") -> str:
    """Why there is no answer, and what comes closest."""
    lines = [lead] if lead else []
    lines.append(phrase("abstain", language))
    if citations:
        lines += ["", phrase("nearest", language), *(source_line(c, language) for c in citations)]
    return "\n".join(lines)
