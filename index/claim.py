"""A sentence that a language model wrote: on one line, its numbers at its end, and whether it is nothing but words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

LONGEST = 400
"""Characters of a sentence; a longer one is no short answer."""
_NUMBERS = re.compile(r"\s*\[\s*(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\s*\]")
_BETWEEN = re.compile(r"(?<=\d\])\s*(?:[,;&]|dan\b|and\b)\s*(?=\[\d)")
"""What stands between two numbers of a sentence: "[1] and [2]"."""
_ENDS_WITH_NUMBERS = re.compile(r"(?:\[\d{1,3}\])+[.!?…]?$")
_LINKS = re.compile(
    r"[a-z][a-z0-9+.-]*:(?=\S)//|\bwww\.|\b(?:tg|javascript|data|mailto|tel|file|vbscript):|\]\(|\S@\S|(?<!\w)@\w|"
    r"\b(?:[a-z0-9-]+\.)+[a-z]{2,24}/",
    re.I,
)
_DOMAIN = re.compile(r"(?<![\w.-])(?:[a-z0-9-]{1,63}\.)+[a-z]{2,24}(?![\w-])", re.I)
_DOTS = str.maketrans("。｡", "..")
"""A browser takes these for the dot of an address as well; NFKC knows the others."""
_MARKUP = re.compile(r"<[/!?a-z]|&#?\w{2,8};|\{\{|^\s*\||```", re.I)
_EMPHASIS = re.compile(r"\*{1,3}|__|`|(?<!\w)_(?=\w)|(?<=\w)_(?!\w)")
_LISTED = re.compile(r"^\s*(?:#{1,6}\s+|>\s*|[-*•–]\s+|\d{1,2}[.)]\s+)+")
_MARKS = re.compile(r"[“”„\"«»]")


def tidied(sentence: str) -> str:
    """A sentence on one line without Markdown, its numbers as "[1][2]" at the end; what was in it otherwise stays."""
    line = _EMPHASIS.sub("", _LISTED.sub("", " ".join(sentence.split()))).strip()
    line = _NUMBERS.sub(lambda match: "".join(f"[{int(n)}]" for n in re.findall(r"\d+", match[1])), line)
    line = _BETWEEN.sub("", line)
    claim, numbers, stop = re.fullmatch(r"(.*?)\s*((?:\[\d+\])*)\s*([.!?…]*)", line).groups()  # type: ignore[union-attr]
    return with_numbers(claim.rstrip(), numbers_in(numbers), stop or ".") if numbers else line


def with_numbers(claim: str, numbers: Sequence[int], stop: str = ".") -> str:
    """A sentence with a full stop, where it has none yet, and its numbers behind that."""
    ended = claim if claim[-1:] in ".!?…" or claim[-2:-1] in ".!?…" else f"{claim}{stop}"
    return f"{ended} {''.join(f'[{n}]' for n in dict.fromkeys(numbers))}"


def numbers_in(sentence: str) -> list[int]:
    """The numbers of quotes in a sentence, as `tidied` gives it, each once."""
    return list(dict.fromkeys(int(n) for n in re.findall(r"\[(\d{1,3})\]", sentence)))


def claim_of(sentence: str) -> str:
    """What a sentence says, without its numbers; "" where it does not end with one."""
    return _NUMBERS.sub("", sentence).strip() if _ENDS_WITH_NUMBERS.search(sentence) else ""


def is_plain(claim: str) -> bool:
    """Whether it is a sentence of words: no markup, nothing invisible, no digits of other scripts."""
    if not 0 < len(claim) <= LONGEST or _MARKUP.search(claim) or len(_MARKS.findall(claim)) % 2:
        return False
    if not (claim.lstrip("“\"'‘(")[:1].isupper() or claim[0].isdigit() or claim[:1] in '“"$€£¥'):
        return False
    return not any(
        unicodedata.category(character)[0] == "C" or (character.isnumeric() and not character.isascii())
        for character in claim
    )


def has_link(claim: str) -> bool:
    """Whether something in it leads elsewhere, or looks as if it did."""
    return bool(_LINKS.search(_dotted(claim)))


def domains_in(claim: str) -> Iterator[str]:
    """Names such as "Tiket.com", lower case."""
    return (match[0].casefold() for match in _DOMAIN.finditer(_dotted(claim)))


def _dotted(claim: str) -> str:
    return unicodedata.normalize("NFKC", claim).translate(_DOTS)
