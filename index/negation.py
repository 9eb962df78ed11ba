"""Whether a sentence says "not" where its source does.

Told by words: one that denies in a text that does not, and a word that the text has only right behind a "not".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from index.lemmas import lemmas
from index.number_words import CURRENCIES
from index.types import Language

_SAYS_NOT = re.compile(
    r"\b(?:tidak|tidaklah|tak|bukan|bukanlah|belum|tanpa|jangan|not|cannot|never|none|neither|nor|without|"
    r"no(?!\.? ?\d|\.))\b|n't\b"
)
# What a source may say where a sentence over it says "not": "membantah", "batal", "yet to", "unable".
_SAYS_LESS = re.compile(
    r"\b(?:\w*batal\w*|\w*gagal\w*|\w*tolak\w*|menolak\w*|\w*bantah\w*|\w*larang\w*|\w*henti\w*|\w*tiada\w*|urung|"
    r"mustahil|nihil|absen|luput|kecuali|\w*hilang\w*|\w*cabut\w*|kurang|jarang|nyaris|hampir|bebas|tunda|\w*tunda|"
    r"den(?:y|ies|ied|ying|ial)|refus\w+|reject\w*|fail\w*|cancel\w*|bann?\w*|prohibit\w*|unable|impossible|lack\w*|"
    r"stop\w*|halt\w*|unlikely|absent|miss\w*|avoid\w*|hardly|rarely|yet to|except|delay\w*|postpone\w*|suspend\w*|"
    r"declin\w+|dismiss\w*|almost|nearly|un(?:changed|known|clear|able|aware|hurt|harmed))\b"
)
# "not only" denies nothing, and "no less than 20" is 20.
_IDIOMS = re.compile(
    r"\b(?:(?:tidak|tak|bukan) (?:hanya|cuma|sekadar|sekedar|saja|semata)|(?:tidak|tak) (?:kurang|lebih) dari|"
    r"tidak sebelum|not (?:only|just|merely|until|before)|no (?:less|more|fewer|later|sooner) than|without doubt|"
    r"no doubt|tak lama|tidak lama|jangan lupa)\b"
)
_MONEY = frozenset(CURRENCIES.values())


@dataclass(frozen=True, slots=True)
class Polarity:
    """What a text denies."""

    says_not: bool
    hints: bool
    """Whether it may be told as "not" though it does not say that."""
    denied: frozenset[str]
    """Lemmas that stand right behind a "not", wherever they stand."""
    stated: frozenset[str]
    """All others."""


def polarity_of(text: str, language: Language) -> Polarity:
    """What a text denies; of its lemmas one that is denied in one place and told in another is told."""
    plain = _IDIOMS.sub(" ", text.casefold().replace("’", "'"))
    found = list(_SAYS_NOT.finditer(plain))
    denied = Counter(_first(lemmas(plain[match.end() :], language)) for match in found)
    told = Counter(lemmas(plain, language))
    only = frozenset(lemma for lemma, count in denied.items() if 0 < told[lemma] <= count)
    return Polarity(bool(found), bool(_SAYS_LESS.search(plain)), only, frozenset(told) - only)


def _first(behind: Sequence[str]) -> str:
    """The word that is denied: of "Rp5 miliar" the number."""
    return next((lemma for lemma in behind if lemma not in _MONEY), "")


def agrees(claim: Polarity, sources: Sequence[Polarity]) -> bool:
    """Whether a sentence denies only over sources that do, and does not tell what they only deny."""
    if claim.says_not:
        return any(source.says_not or source.hints for source in sources)
    if claim.hints:
        return True
    denied = frozenset[str]().union(*(source.denied for source in sources))
    stated = frozenset[str]().union(*(source.stated for source in sources))
    return not (denied - stated) & claim.stated
