"""Links that open the page at the quote."""

from __future__ import annotations

from urllib.parse import quote

EDGE_WORDS = 5


def fragment_link(url: str, text: str) -> str:
    """`url` with a text fragment (WICG Scroll to Text Fragment): its first and last words, or all when it is short.

    "" without a URL. A fragment of the URL's own is kept before the directive.
    """
    if not url:
        return ""
    words, lines = text.split(), text.strip().split("\n")
    if len(lines) > 1:  # a browser finds no part that goes beyond a paragraph
        parts = [" ".join(lines[0].split()[:EDGE_WORDS]), " ".join(lines[-1].split()[-EDGE_WORDS:])]
    elif len(words) <= 2 * EDGE_WORDS:
        parts = [" ".join(words)]
    else:
        parts = [" ".join(words[:EDGE_WORDS]), " ".join(words[-EDGE_WORDS:])]
    # A dash separates a prefix in the directive's grammar, so it is escaped although a URL does not need it.
    directive = ",".join(quote(part, safe="").replace("-", "%2D") for part in parts)
    return f"{url}{'' if '#' in url else '#'}:~:text={directive}"
