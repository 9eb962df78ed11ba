"""Lists of feeds as other programs exchange them (OPML 2.0)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import get_args
from xml.etree import ElementTree

from index.sources.book import Source, SourceKind
from index.sources.markup import FormatError, read_markup

MAX_TAGS = 50_000
MAX_NAME = 200
"""Characters of a title or publisher."""
_BARE_AMPERSAND = re.compile(r"&(?!#?\w{1,20};)")


@dataclass(frozen=True, slots=True)
class Outline:
    """A source in a list."""

    url: str
    title: str = ""
    kind: SourceKind = "feed"
    publisher: str = ""


def read_opml(content: bytes, name: str) -> list[Outline]:
    """The sources of a list, whatever folders they lie in, each once.

    Raises FormatError when it is no such list; XML entities are refused.
    """
    markup = read_markup(content, name, max_tags=MAX_TAGS)
    try:
        root = ElementTree.fromstring(_BARE_AMPERSAND.sub("&amp;", markup.text).encode(errors="replace"))
    except ElementTree.ParseError as e:
        raise FormatError(f"{name}: not valid XML ({e}); export the list again") from e
    if root.tag.lower() != "opml":
        raise FormatError(f"{name}: not an OPML file; export the list of feeds from the program that has it")
    found: dict[str, Outline] = {}
    for node in root.iter("outline"):
        url = (node.get("xmlUrl") or node.get("xmlurl") or "").strip()
        if url:
            title, publisher = node.get("title") or node.get("text") or "", node.get("publisher") or ""
            found.setdefault(url, Outline(url, _one_line(title), _kind(node.get("type")), _one_line(publisher)))
    if not found:
        raise FormatError(f"{name}: no feed stands in the list (no outline has an xmlUrl)")
    return list(found.values())


def write_opml(sources: Iterable[Source]) -> bytes:
    """A list of sources. Those that are no feeds are marked by their kind, which other programs pass over."""
    root = ElementTree.Element("opml", version="2.0")
    head = ElementTree.SubElement(root, "head")
    ElementTree.SubElement(head, "title").text = "Warta Mitra"
    body = ElementTree.SubElement(root, "body")
    for source in sources:
        said = {"text": source.title or source.url, "title": source.title, "publisher": source.publisher}
        said |= {"type": "rss" if source.kind == "feed" else source.kind, "xmlUrl": source.url}
        ElementTree.SubElement(body, "outline", {name: value for name, value in said.items() if value})
    ElementTree.indent(root)
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _kind(said: str | None) -> SourceKind:
    kinds: tuple[SourceKind, ...] = get_args(SourceKind)
    return next((kind for kind in kinds if kind == said), "feed")


def _one_line(text: str) -> str:
    return " ".join(text.split())[:MAX_NAME]
