"""XML from strangers → text that no parser can be hurt by, and pieces of HTML → plain text."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from index.decode import damage, decode, tidy
from index.errors import SourceError

MAX_BYTES = 20_000_000
"""Of a feed or sitemap after unpacking; sitemaps may have 50 MB, newsrooms' have less than 1."""

_PROLOG = re.compile(r"\s+|<\?(?:[^?]|\?(?!>))*\?>|<!--(?:[^-]|-(?!->))*-->")
_DOCTYPE = re.compile(r"<!DOCTYPE(?P<name>[^>\[]*)(?P<subset>\[)?", re.IGNORECASE)
_DECLARATION = re.compile(r"<!(?:ENTITY|NOTATION)|%\s*[\w.:-]+\s*;", re.IGNORECASE)
_ELEMENT = re.compile(r"<[A-Za-z_]")
_ENCODING = re.compile(r"^\s*<\?xml[^>]{0,200}?\?>")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_BREAK = re.compile(r"<(?:br|/p|/div|/li|/h[1-6]|/tr|/blockquote)\b[^<>]{0,200}>", re.IGNORECASE)
_UNSEEN = re.compile(r"<(script|style)\b.{0,100000}?</\1\s*>|<!--.{0,100000}?-->", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,2000}>")


class FormatError(SourceError):
    """What was fetched is not the feed, sitemap or page that it should be; the message says what it is instead."""


@dataclass(frozen=True, slots=True)
class Markup:
    """An XML document as text."""

    text: str
    """Without XML declaration, document type and characters that XML does not allow."""
    flags: tuple[str, ...] = ()
    """See Article.flags."""


def read_markup(content: bytes, url: str, *, max_tags: int) -> Markup:
    """Decode XML, whatever encoding it claims, and take its document type off.

    Raises FormatError where it is empty, too large, has more than `max_tags` opening and closing tags outside CDATA, or
    declares entities: those make megabytes of one line (billion laughs) or name files and addresses to be read, and no
    feed needs them.
    """
    if len(content) > MAX_BYTES:
        raise FormatError(f"{url}: {len(content):,} bytes are too many for a feed or sitemap (at most {MAX_BYTES:,})")
    decoded = decode(content, html=True)
    flags = {*decoded.flags, *damage(decoded.text)}
    text = _ENCODING.sub("", _NOT_XML.sub("", decoded.text.lstrip("\ufeff \t\r\n")), count=1)
    if not text.strip():
        raise FormatError(f"{url}: the answer is empty; check the address")
    if _tags(text) > max_tags:
        raise FormatError(f"{url}: more elements than a feed or sitemap has; it was not read. Check the address")
    if match := _DOCTYPE.match(text, _skip_prolog(text, 0)):
        text = text[_end_of_doctype(text, match, url) :]
        if _DOCTYPE.match(text, _skip_prolog(text, 0)):
            # Hidden behind a "]>" in a comment of the first; taken off alone, it would leave this one to be obeyed.
            raise FormatError(f"{url}: has two document types, which can hide an attack; it was not read")
    return Markup(text, tuple(sorted(flags)))


def plain_text(markup: str) -> str:
    r"""Text of a piece of HTML, or of text that was escaped once too often; paragraphs are separated by "\n"."""
    text = _BREAK.sub("\n", _UNSEEN.sub(" ", markup))
    text = html.unescape(_TAG.sub("", text))
    if _TAG.search(text) or re.search(r"&(?:\w{2,8}|#\d{1,6});", text):
        text = html.unescape(_TAG.sub("", _BREAK.sub("\n", text)))
    lines = (" ".join(line.split()) for line in tidy(text).split("\n"))
    return "\n".join(line for line in lines if line)


def _skip_prolog(text: str, at: int) -> int:
    while match := _PROLOG.match(text, at):
        at = match.end()
    return at


def _tags(text: str) -> int:
    count, at = text.count("<"), 0
    while (at := text.find("<![CDATA[", at)) >= 0:
        end = text.find("]]>", at)
        if end < 0:
            break
        count -= text.count("<", at, end) - 1
        at = end
    return count


def _end_of_doctype(text: str, match: re.Match[str], url: str) -> int:
    end = text.find("]", match.end()) if match["subset"] else match.end()
    element = _ELEMENT.search(text, match.end())
    subset = text[match.end() : max(end, element.start() if element else len(text))]
    if match["subset"] and (end < 0 or _DECLARATION.search(subset)):
        raise FormatError(
            f"{url}: declares XML entities, which can hide an attack; it was not read. Tell its publisher"
        )
    close = text.find(">", end)
    if close < 0:
        raise FormatError(f"{url}: the document type has no end; the answer is cut off or no XML")
    return close + 1
