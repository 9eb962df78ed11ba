"""Whether a text is a copy of another: the same words but for typos, an agency's suffix or a "Baca juga" line.

MinHash (Broder 1997) over runs of three words finds the texts that may be meant, in bands of rows (Leskovec et al.,
"Mining of Massive Datasets", 3.4) that are looked up in a table; the texts themselves then decide. Own code and not
datasketch: its index lives in memory or Redis, and it would bring SciPy.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import cache
from hashlib import blake2b
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

COPIES_VERSION = "copies-1"
"""Counts changes of what `bands_of` gives."""
SHINGLE = 3
"""Words."""
BANDS, ROWS = 32, 4
"""Texts that share half of their shingles meet in a band with probability 1 - (1 - 0.5⁴)³² = 0.87, 0.7: 0.9998."""
SHORTEST = 40
"""Words that two texts must share: of less, any two "Jadwal imsakiyah" are one."""
MOST_ADDED = 0.15
"""Share of a copy's words that the first text does not have."""
MOST_DROPPED = 0.5
"""Share of the first text's words that a copy may leave out: many portals cut an agency's text."""
LONGEST = 20_000
"""Characters that are compared."""
_SAME_SENTENCE = 0.6
_SAME_WORD = 0.75
_MANY_SENTENCES = 60
_WORD = re.compile(r"\w+(?:[.,:/]\d+)*")
_SENTENCE = re.compile(r"(?<=[.!?”\"])\s+|\n+")
# "Jakarta (ANTARA) - ", "JAKARTA, KOMPAS.com -- "
_DATELINE = re.compile(r"^\s*[^\n.!?]{0,30}(?:\.com|\.id|\.co\.id)?[^\n.!?]{0,20}\s(?:--?|–|—)\s")
_FRAME = re.compile(
    r"\s*\W*(?:baca(?:[ _]juga)?\b|lihat juga|simak (?:juga|video)|artikel ini|berita ini|pewarta|editor|reporter"
    r"|penulis|sumber|copyright|©|also read|read (?:also|more)|source|reporting by|editing by|this article"
    r"|\(\w{2,12}(?:/\w{2,12})*\)\.?$)",
    re.I,
)


def bands_of(text: str) -> list[int]:
    """What near copies of a text have at least one of; empty for a text too short to be told."""
    words = [word.casefold() for word in _WORD.findall(_bare(text))]
    if len(words) < SHORTEST:
        return []
    grams = {crc32(" ".join(words[i : i + SHINGLE]).encode()) for i in range(len(words) - SHINGLE + 1)}
    # Multiply-shift hashing (Dietzfelbinger et al. 1997): the upper half of a · x + b modulo 2⁶⁴.
    factors, terms = _coefficients()
    hashed = (factors * np.fromiter(grams, np.uint64, len(grams)) + terms) >> np.uint64(32)
    rows = hashed.min(axis=1).astype("<u4").reshape(BANDS, ROWS)
    return [
        int.from_bytes(blake2b(bytes([n]) + row.tobytes(), digest_size=8).digest(), "big", signed=True)
        for n, row in enumerate(rows)
    ]


@cache
def _coefficients() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Of each hash function; by blake2b, for bands are stored, and NumPy may change what its generators give."""
    numbers = [blake2b(f"copies {n}".encode(), digest_size=8).digest() for n in range(2 * BANDS * ROWS)]
    factors, terms = np.frombuffer(b"".join(numbers), "<u8").astype(np.uint64).reshape(2, BANDS * ROWS, 1)
    return factors | np.uint64(1), terms


def is_copy(first: str, later: str) -> bool:
    """Whether `later` says nothing that `first` does not say in nearly the same words.

    Another number or name in an otherwise equal sentence makes another article of it: quakes, rates and results are
    told by template.
    """
    ours, theirs = _sentences(first), _sentences(later)
    only_ours, only_theirs = _without(ours, theirs), _without(theirs, ours)
    if len(only_theirs) > _MANY_SENTENCES or len(only_ours) > 4 * _MANY_SENTENCES:
        return False
    added: list[str] = []
    for sentence in only_theirs:
        twin = max(only_ours, key=lambda other: _overlap(other, sentence), default=None)
        if twin is None or _overlap(twin, sentence) < _SAME_SENTENCE:
            added += sentence
            continue
        if not _same_statement(twin, sentence):
            return False
        only_ours.remove(twin)
    size, dropped = sum(map(len, theirs)), sum(map(len, only_ours))
    known = {word for sentence in ours for word in sentence}
    return (
        size - len(added) >= SHORTEST
        and len(added) <= MOST_ADDED * size
        and dropped <= MOST_DROPPED * sum(map(len, ours))
        and all(word in known for word in added if word[0].isdigit())
    )


def _without(some: Sequence[list[str]], others: Sequence[list[str]]) -> list[list[str]]:
    there = {" ".join(words).casefold() for words in others}
    return [words for words in some if " ".join(words).casefold() not in there]


def _same_statement(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two like sentences differ in nothing but wording and typos."""
    gone: list[str] = []
    come: list[str] = []
    for tag, i, j, k, n in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if tag != "equal":
            gone += one[i:j]
            come += other[k:n]
    if Counter(w for w in gone if w[0].isdigit()) != Counter(w for w in come if w[0].isdigit()):
        return False
    return all(_has_like(w, come) for w in gone if w[0].isupper()) and all(
        _has_like(w, gone) for w in come if w[0].isupper()
    )


def _has_like(word: str, words: Sequence[str]) -> bool:
    word = word.casefold()
    return any(SequenceMatcher(None, word, other.casefold()).ratio() >= _SAME_WORD for other in words)


def _overlap(one: Sequence[str], other: Sequence[str]) -> float:
    """Dice coefficient of two bags of words."""
    return 2 * (Counter(one) & Counter(other)).total() / max(1, len(one) + len(other))


def _sentences(text: str) -> list[list[str]]:
    return [words for sentence in _SENTENCE.split(_bare(text)) if (words := _WORD.findall(sentence))]


def _bare(text: str) -> str:
    """Without datelines, "Baca juga" lines and signatures."""
    # Twice: "JAKARTA, KOMPAS.com - Jakarta (ANTARA) - "
    text = _DATELINE.sub("", _DATELINE.sub("", text[:LONGEST], count=1), count=1)
    return "\n".join(line for line in _SENTENCE.split(text) if not _FRAME.match(line))
