"""Sentences that are only understood after the one before them."""

from __future__ import annotations

import re
from collections.abc import Sequence

CONTEXT_VERSION = "context-1"
"""Counts changes of these rules: vectors of sentences made by other rules are due for a reindex."""
_POINTS_BACK = re.compile(
    r"[\"“'‘(]?(?:ia|dia|beliau|mereka|keduanya|ketiganya|ini|itu|di sana|di situ"
    # "Kantor itu …", "Program pelatihan tersebut …", but "Saat ini …" only tells when.
    r"|(?!(?:saat|hari|kini|sekarang|pekan|minggu|bulan|tahun|kali|malam|pagi|sore|siang|dewasa|selama|sejauh|sampai|untuk)\b)"
    r"(?:\w+ (?:ini|itu)|\w+(?: \w+)? tersebut)"
    r"|he|she|it|they|both|this|that|these|those|there|the (?:company|firm|two|pair|bank|startup|deal|agreement))\b",
    re.I,
)


def points_back(sentence: str) -> bool:
    """Whether a sentence begins with a pronoun or the like."""
    return bool(_POINTS_BACK.match(sentence))


def in_context(sentences: Sequence[str]) -> list[str]:
    """Each sentence as it can be understood alone: those that point back bring the one before along."""
    return [
        f"{sentences[i - 1]} {sentence}" if i and points_back(sentence) else sentence
        for i, sentence in enumerate(sentences)
    ]
