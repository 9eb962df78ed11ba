"""An element of a web page → the paragraphs that a reader sees in it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "div",
    "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header",
    "hr", "li", "main", "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th",
    "thead", "tr", "ul",
})  # fmt: skip
_UNSEEN = frozenset({
    "script", "style", "noscript", "template", "iframe", "object", "embed", "svg", "canvas", "audio", "video",
    "map", "math", "head", "title", "button", "select", "textarea", "input", "option", "datalist", "nav",
})  # fmt: skip
_BESIDE = frozenset({
    "figure", "figcaption", "form", "aside", "table", "footer",
})  # fmt: skip
"""Left out unless most of the text stands in them."""
_BESIDE_NAME = re.compile(
    r"(?:^|[\s_-])(?:captions?|share|sharing|social|sosmed|related|terkait|baca-?juga|bacajuga|lihat-?juga|lihatjg|"
    r"linksisip(?:an)?|inner-link-baca-juga|read-also|readmore|tags?|tag-list|comments?|komentar|ads?|advert\w*|iklan|"
    r"banner|newsletter|subscribe|breadcrumbs?|rating|author-box|twitter-tweet|instagram-media|fb-post|tiktok-embed|"
    r"video20detik\w*|parallax\w*|staticdetail\w*|photo-credit|foto-credit|image-caption|wp-caption-text|sr-only|"
    r"screen-reader-text|visually-hidden|keterangan|pic_artikel|pic_artikel_sisip)(?:$|[\s_-])",
    re.IGNORECASE,
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_LINK_HEADING = re.compile(
    r"(?:jangan (?:sampai )?lewatkan|pilihan (?:editor|redaksi|untuk anda)|rekomendasi|terpopuler|"
    r"(?:artikel|berita) (?:terkait|lain(?:nya)?|menarik|pilihan|populer)|topik (?:terkait|pilihan)|"
    r"(?:baca|lihat|simak|tonton)(?: juga)?|related (?:news|articles?|stories)|read also|see also|"
    r"more (?:news|stories))\W*",
    re.IGNORECASE,
)
_CAPTION = re.compile(
    r".{0,250}\((?:(?:foto|photo|gambar)[ :]*)?(?:ilustrasi|illustration|file photo|dok\.?[^()]{0,40})\)\W*",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"""[.!?…]["'”’)\]]*$""")
_LINKED = 0.9
_MAX_LINE = 100_000


@dataclass(frozen=True, slots=True)
class Line:
    """One paragraph."""

    text: str
    linked: float
    """Share of its characters that are link text."""
    block: Any = None
    """The innermost block element that it stands in."""


def lines_of(element: Any, *, everything: bool = False) -> list[Line]:
    """The lines of an element in reading order: a block element or <br> ends one, other markup leaves no trace.

    Scripts and what is not shown are left out, and unless `everything`, also captions, share buttons, tags, quoted
    posts and lists of links, by their elements and class names; but nothing that holds most of the element's text.
    Scripts should have been removed from the tree before, as they may be longer than the article.
    """
    most = len(_squeezed(element)) / 2 if not everything else 0.0
    writer = _Writer()
    stack: list[tuple[Any, bool, bool]] = [(element, False, False)]
    # By hand, not recursive: a page may nest more deeply than Python's stack.
    while stack:
        node, leaving, in_link = stack.pop()
        block = node.tag in _BLOCKS
        if leaving:
            if block:
                writer.end(node)
            if node is not element:
                writer.write(node.tail, in_link)
            continue
        if node is not element and (not isinstance(node.tag, str) or _is_unseen(node, most, everything)):
            if block:
                writer.end(_block_of(node))
            writer.write(node.tail, in_link)
            continue
        if block:
            writer.end(_block_of(node))
        elif node.tag == "br":
            writer.end(_block_of(node), soft=True)
        stack.append((node, True, in_link))
        inside = in_link or node.tag == "a"
        writer.write(node.text, inside)
        stack.extend((child, False, inside) for child in reversed(node))
    writer.end(element)
    return writer.lines


def prose(lines: Iterable[Line]) -> list[Line]:
    """The lines without captions, lists of links and the headings over those ("Jangan Lewatkan")."""
    kept: list[Line] = []
    for line in lines:
        is_link = line.linked >= _LINKED and not line.text.endswith(".") and len(line.text.split()) > 2
        if is_link and kept and _LINK_HEADING.fullmatch(kept[-1].text):
            kept.pop()
        elif not is_link and not _CAPTION.fullmatch(line.text):
            kept.append(line)
    return kept


def short_text(element: Any, limit: int) -> str | None:
    """An element's text with plain spaces, or None where it is longer than `limit`, without reading all of it."""
    parts: list[str] = []
    size = 0
    for part in element.itertext():
        parts.append(part)
        size += len(part)
        if size > limit * 4:
            return None
    text = " ".join("".join(parts).split())
    return text if len(text) <= limit else None


class _Writer:
    def __init__(self) -> None:
        self.lines: list[Line] = []
        self._parts: list[str] = []
        self._linked = 0
        self._soft = False

    def write(self, text: str | None, in_link: bool) -> None:
        if text:
            self._parts.append(text)
            self._linked += len(text.strip()) if in_link else 0

    def end(self, block: Any, *, soft: bool = False) -> None:
        text = " ".join("".join(self._parts).split())
        if text:
            share = min(self._linked / len(text), 1.0)
            last = self.lines[-1] if self._soft and self.lines else None
            if last and text[0].islower() and not _SENTENCE_END.search(last.text) and len(last.text) < _MAX_LINE:
                # A <br> inside a sentence only breaks the line.
                self.lines[-1] = Line(f"{last.text} {text}", min(last.linked, share), block)
            else:
                self.lines.append(Line(text, share, block))
        self._parts, self._linked = [], 0
        # "<br>" alone breaks a line; "<br><br>" ends a paragraph.
        self._soft = soft and bool(text)


def _block_of(node: Any) -> Any:
    parent = node.getparent()
    while parent is not None and parent.tag not in _BLOCKS:
        parent = parent.getparent()
    return parent


def _is_unseen(node: Any, most: float, everything: bool) -> bool:
    if node.tag in _UNSEEN:
        return True
    if everything:
        return False
    beside = (
        node.tag in _BESIDE
        or _HIDDEN.search(node.get("style") or "") is not None
        or node.get("hidden") is not None
        or _BESIDE_NAME.search(f"{node.get('class') or ''} {node.get('id') or ''}") is not None
    )
    return beside and len(_squeezed(node)) < most


def _squeezed(node: Any) -> str:
    return "".join(node.text_content().split())
