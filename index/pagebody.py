"""Which part of a web page is the article: newsrooms' rules, common marks, and trafilatura's opinion as the check."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from index.pagetext import Line, lines_of, prose, short_text
from index.sites import GENERIC_BODY, Site

MIN_ARTICLE = 120
"""Characters of article text that a page must hold."""
MIN_PROSE = 0.2
"""Share of it in paragraphs that hold a sentence: measured 0.8 to 1 on articles, 0 on lists of headlines."""
PLAUSIBLE = 0.5
"""A rule's element must hold at least this share of the prose that trafilatura found, else the layout has changed."""
CERTAIN = 600
"""Characters of prose in a newsroom's element that are an article, however much more trafilatura took in."""
MIN_SHORT = 60
"""Characters of article text in a newsroom's element."""
TEASERS = 0.5
"""Above this share of its paragraphs standing alone under a linked headline, a page is an index and no article."""
MIN_HEADLINE = 20
"""Characters of a linked headline; section names are shorter."""

_SENTENCE = re.compile(r".{80,}?[.!?][\"”')]*(?:\s|$)")
_LEAD = re.compile(r".{40,}?[.!?:)][\"”')]*$")
_TITLE_LINES = 10
_LISTED = 0.4
_NUMBERED = re.compile(r"\d{1,2}|(?:\w+ ?, ?)?\d{1,2}/\d{1,2}/\d{4} \d\d:\d\d WI(?:B|TA|T)")
_ADDRESS = re.compile(r"https?://|www\.|@")
_MOST = 0.9
_KEPT = 0.8
_CARD_LEVELS = 4
_MAX_CARD = 1_000
_GALLERY = 2
"""Captions that make a picture page."""


def find_body(tree: Any, site: Site | None, reference: Sequence[str]) -> list[str]:
    """Give the paragraphs of the article in `tree`, or [] where there is none.

    `reference` is what trafilatura found: a newsroom's own element is believed where it holds at least half as much
    prose, or enough for an article; one that many systems use, where it holds half as much; else the lines are taken
    from the innermost element around trafilatura's, which brings back a lead that stands outside any paragraph; else
    they are trafilatura's own.
    """
    expected = _prose_size(reference)
    for path in site.body if site else ():
        lines = _read(tree.xpath(path))
        size = _prose_size(lines)
        if _is_short_article(lines) and (size >= PLAUSIBLE * expected or size >= CERTAIN):
            return lines
    for path in GENERIC_BODY:
        lines = _read(tree.xpath(path))
        if is_article(lines) and _prose_size(lines) >= PLAUSIBLE * expected:
            return lines
    captions = _captions([tree])
    if not is_article(reference) or _is_dump(reference, captions):
        return captions
    lines = _around(tree, reference) or list(reference)
    return lines if is_article(lines) else []


def after_title(lines: Sequence[str], title: str) -> list[str]:
    """The lines without the title, and the breadcrumbs above it, where the article's element holds those too."""
    key = title.casefold()
    for i, line in enumerate(lines[:_TITLE_LINES]):
        if line.casefold() == key and is_article(lines[i + 1 :]):
            return list(lines[i + 1 :])
    return list(lines)


def is_article(lines: Sequence[str]) -> bool:
    """Whether the lines are prose and enough of it."""
    size = sum(map(len, lines))
    return size >= MIN_ARTICLE and _prose_size(lines) >= MIN_PROSE * size


def is_index(tree: Any, lines: Sequence[str]) -> bool:
    """Whether most of the prose is teasers: single paragraphs, each in a card of its own with a linked headline."""
    texts = {line for line in lines if len(line) >= MIN_HEADLINE}
    teasers: set[str] = set()
    for link in tree.iter("a"):
        headline = short_text(link, _MAX_CARD)
        if headline is None or len(headline) < MIN_HEADLINE:
            continue
        card = link
        for _ in range(_CARD_LEVELS):
            card = card.getparent()
            text = short_text(card, _MAX_CARD) if card is not None else None
            if text is None:
                break
            inside = [line.text for line in lines_of(card, everything=True) if line.text in texts]
            # A paragraph that holds the link itself ("Baca juga") is none of its teasers.
            if len(inside) == 1 and headline not in inside[0]:
                teasers.update(inside)
            if inside:
                break
    return len(texts) > 1 and len(teasers) > TEASERS * len(texts)


def _around(tree: Any, reference: Sequence[str]) -> list[str]:
    element = _innermost(tree, reference)
    if element is None:
        return []
    lines, everything = prose(lines_of(element)), _key("".join(reference))
    known = [i for i, line in enumerate(lines) if _key(line.text) in everything]
    if not known:
        return []
    first = known[0]
    while first > 0 and _is_lead(lines[first - 1]):
        first -= 1
    inside = enumerate(lines[first : known[-1] + 1], first)
    kept = [line.text for i, line in inside if (i in known or _is_lead(line)) and not _is_listing(line)]
    return kept if _prose_size(kept) >= _KEPT * _prose_size(reference) else []


def _innermost(tree: Any, reference: Sequence[str]) -> Any:
    """The smallest element that holds most of the reference's prose."""
    # Prose alone says where the article stands: lists of other articles may be most of what trafilatura took in.
    wanted = _key("".join(line for line in reference if _LEAD.match(line)))
    sizes: dict[Any, int] = {}
    total = 0
    for line in lines_of(tree, everything=True):
        if line.linked >= PLAUSIBLE or not _LEAD.match(line.text) or _key(line.text) not in wanted:
            continue
        total += len(line.text)
        node = line.block
        while node is not None:
            sizes[node] = sizes.get(node, 0) + len(line.text)
            node = node.getparent()
    return max((node for node, size in sizes.items() if size >= _MOST * total), key=_depth, default=None)


def _depth(node: Any) -> int:
    return sum(1 for _ in node.iterancestors())


def _is_lead(line: Line) -> bool:
    return line.linked < PLAUSIBLE and _LEAD.match(line.text) is not None


def _is_listing(line: Line) -> bool:
    # "05Kamis, 05/11/2015 10:08 WIB Google Umbar Kelemahan": a number or date, and a link to another article.
    linked = line.linked >= _LISTED and not _LEAD.match(line.text) and not _ADDRESS.search(line.text)
    return linked or _NUMBERED.fullmatch(line.text) is not None


def _captions(elements: Iterable[Any]) -> list[str]:
    """The captions of a picture page, whose only text they are; [] where they make no article."""
    texts = [short_text(node, _MAX_CARD * 2) for element in elements for node in element.iter("figcaption")]
    lines = [text for text in texts if text and _LEAD.match(text)]
    return lines if len(lines) >= _GALLERY and is_article(lines) else []


def _is_dump(reference: Sequence[str], captions: Sequence[str]) -> bool:
    # On a picture page trafilatura gives up and takes the whole page as one line.
    return bool(captions) and len(reference) == 1 and all(caption in reference[0] for caption in captions)


def _read(elements: Sequence[Any]) -> list[str]:
    """The lines of the elements together; only of the first where several are articles, as on endless pages."""
    outermost: list[Any] = []
    for element in elements:
        if not any(parent in outermost for parent in element.iterancestors()):
            outermost.append(element)
    each = [[line.text for line in prose(lines_of(element))] for element in outermost]
    articles = [lines for lines in each if is_article(lines)]
    return articles[0] if articles else [line for lines in each for line in lines] or _captions(outermost)


def _is_short_article(lines: Sequence[str]) -> bool:
    # In a newsroom's own element one sentence is enough: "breaking news", the caption of a single picture.
    return is_article(lines) or (sum(map(len, lines)) >= MIN_SHORT and any(_LEAD.match(line) for line in lines))


def _prose_size(lines: Iterable[str]) -> int:
    return sum(len(line) for line in lines if _SENTENCE.match(line))


def _key(text: str) -> str:
    return "".join(text.split())
