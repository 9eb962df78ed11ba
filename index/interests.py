"""What somebody wants to hear of: a partner, keywords, or a question that waits for articles."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from index.errors import WartaError
from index.lemmas import lemmas
from index.names import MAX_NAME, NameBook, key_of

Kind = Literal["partner", "keywords", "question"]
Reason = Literal["empty", "too_long", "only_without", "too_common", "too_many"]

MAX_LENGTH = 200
"""Characters of an interest."""
MAX_PARTS = 8
"""Names, or words and phrases, of one interest."""
MAX_AT_ONCE = 10
_BETWEEN = " + "
_JOINERS = frozenset({"dan", "and", "&", "x", "×", "dengan", "with", "+", ","})
# What telephones make of quotation marks, plus, minus and commas.
_PLAIN = str.maketrans("“”„‟«»＂″‘’‚‛＇＋﹢－−，；", '""""""""\'\'\'\'\'++--,;')
_SINGLE_QUOTED = re.compile(r"(?<!\w)'(?=\S)([^\"\n]{0,200}?\S)'(?!\w)")
_LONG_MINUS = re.compile(r"(?<![^\s\"])[–—‐‑](?=[^\s\"])")
_ONE = re.compile(r"(?:\"[^\"\n]*(?:\"|$|(?=\n))|(?<=\d)[,;](?=\d)|[^\",;\n])+")
_PIECE = re.compile(r"([+-]*)(?:\"([^\"]*)(?:\"|$)|([^\s\"]+))")
_LIST_MARK = re.compile(r"(?<!\d)[,;]|[,;](?!\d)")
_SIGNS = "+-–—‐‑"
_ENDS = " \t\"'“”‘’«»`.,;:?"


@dataclass(frozen=True, slots=True)
class Interest:
    """Something to be followed, taken apart once."""

    kind: Kind
    pattern: str
    """As it is shown and stored; it reads back as the same interest."""
    names: tuple[str, ...] = ()
    """Partners that an article must all name."""
    must: tuple[str, ...] = ()
    """Words or phrases that it must all hold."""
    must_not: tuple[str, ...] = ()
    question: str = ""


class InterestError(WartaError):
    """What somebody wrote cannot be followed."""

    def __init__(self, reason: Reason) -> None:
        """`reason`: for the caller's own words."""
        super().__init__(_ADVICE[reason])
        self.reason = reason


_ADVICE: dict[Reason, str] = {
    "empty": "it holds nothing to look for; write a partner's name, words or a question",
    "too_long": f"it is too long; at most {MAX_LENGTH} characters, and {MAX_NAME} for a name",
    "only_without": "it only says what must not be there; add a word that must",
    "too_common": "its words stand in nearly every article; write more telling ones",
    "too_many": f"it is too much at once; at most {MAX_AT_ONCE} at a time, each of {MAX_PARTS} names or words",
}


@dataclass(frozen=True, slots=True)
class _Piece:
    """A word, or what stands between quotation marks."""

    sign: str
    """"+", "-" or ""."""
    text: str
    quoted: bool


def interests_in(text: str, book: NameBook, *, question: bool = False) -> list[Interest]:
    """What somebody asks for, each interest once.

    Commas and line ends lie between interests. Words are a partner's name. Between quotation marks stand partners that
    must all be named, or the one that the book knows by that name. A word or quotation with a plus or minus before it
    makes keywords of all. `question`: all of the text is a question.
    Raises InterestError.
    """
    if question:
        return [_question(text)]
    text = _SINGLE_QUOTED.sub(r'"\1"', _printable(text).translate(_PLAIN))
    parts = [part.strip() for part in _ONE.findall(_LONG_MINUS.sub("-", text))]
    found = [_interest(part, book) for part in parts if any(map(str.isalnum, part))]
    if not found:
        raise InterestError("empty")
    different: dict[tuple[str, str], Interest] = {}
    for one in found:
        different.setdefault((one.kind, one.pattern.casefold()), one)
    if len(different) > MAX_AT_ONCE:
        raise InterestError("too_many")
    return list(different.values())


def interest_of(kind: str, pattern: str) -> Interest:
    """What was stored with this pattern."""
    if kind == "question":
        return Interest("question", pattern, question=pattern)
    if kind == "keywords":
        must, must_not = _signed(_pieces(pattern))
        return Interest("keywords", pattern, must=must, must_not=must_not)
    return Interest("partner", pattern, names=tuple(pattern.split(_BETWEEN)))


def _question(text: str) -> Interest:
    words = " ".join(_printable(text).split())
    kept = words.strip(_ENDS)
    # The question mark belongs to it; a quotation mark after it does not.
    kept += "?" if kept and "?" in words[words.rfind(kept) + len(kept) :] else ""
    if not any(map(str.isalnum, kept)):
        raise InterestError("empty")
    if len(kept) > MAX_LENGTH:
        raise InterestError("too_long")
    if not lemmas(kept, "und"):
        raise InterestError("too_common")
    return interest_of("question", kept)


def _printable(text: str) -> str:
    """Without control and invisible characters, but with line ends."""
    kept = "".join(c if unicodedata.category(c) not in {"Cf", "Cs", "Co", "Cn"} else "" for c in text)
    lines = ("".join(c if unicodedata.category(c) != "Cc" else " " for c in line) for line in kept.splitlines())
    return unicodedata.normalize("NFC", "\n".join(lines))


def _interest(text: str, book: NameBook) -> Interest:
    if len(text) > 2 * MAX_LENGTH:  # even without its spaces and quotation marks
        raise InterestError("too_long")
    pieces = _pieces(text)
    signed = any(piece.sign for piece in pieces)
    one = _keywords(pieces) if signed else interest_of("partner", _BETWEEN.join(_names(pieces, book)))
    if len(one.pattern) > MAX_LENGTH or any(len(name) > MAX_NAME for name in one.names):
        raise InterestError("too_long")
    if max(len(one.names), len(one.must) + len(one.must_not)) > MAX_PARTS:
        raise InterestError("too_many")
    return one


def _pieces(text: str) -> list[_Piece]:
    pieces = (
        _Piece(signs[:1], " ".join((quoted or word).split()), not word)
        for signs, quoted, word in _PIECE.findall(text)
        if any(map(str.isalnum, quoted + word)) or word in _JOINERS
    )
    return list(pieces)


# Keywords


def _keywords(pieces: Sequence[_Piece]) -> Interest:
    must, must_not = _signed(pieces)
    if not must:
        raise InterestError("only_without" if must_not else "empty")
    if any(not lemmas(phrase, "und") for phrase in (*must, *must_not)):
        raise InterestError("too_common")
    alone = len(must) == 1 and not must_not
    first = must[0] if _is_plain(must[0]) and not alone else f"+{_quoted(must[0])}"
    rest = [*(f"+{_quoted(one)}" for one in must[1:]), *(f"-{_quoted(one)}" for one in must_not)]
    return Interest("keywords", " ".join([first, *rest]), must=must, must_not=must_not)


def _signed(pieces: Sequence[_Piece]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Phrases that must and that must not be there; the words without a sign are the first of them."""
    pieces = [_Piece(one.sign, _phrase(one.text), one.quoted) for one in pieces]
    pieces = [one for one in pieces if any(map(str.isalnum, one.text))]
    phrase = " ".join(one.text for one in pieces if not one.sign and not one.quoted)
    must = [phrase, *(one.text for one in pieces if not one.sign and one.quoted)]
    must += [one.text for one in pieces if one.sign == "+"]
    must_not = [one.text for one in pieces if one.sign == "-"]
    return tuple(dict.fromkeys(filter(None, must))), tuple(dict.fromkeys(must_not))


def _phrase(text: str) -> str:
    words = (word.lstrip(_SIGNS + "'").rstrip("'") for word in text.split() if any(map(str.isalnum, word)))
    return " ".join(words)


def _is_plain(phrase: str) -> bool:
    """Whether it reads as the same words without quotation marks."""
    return _LIST_MARK.search(phrase) is None


def _quoted(phrase: str) -> str:
    return phrase if " " not in phrase and _is_plain(phrase) else f'"{phrase}"'


# Partners


def _names(pieces: Sequence[_Piece], book: NameBook) -> list[str]:
    """The partners that must all be named, each once."""
    names = _in_order(pieces)
    if len(pieces) == 1 and pieces[0].quoted:
        names = _taken_apart(pieces[0].text, book)
    elif len(names) == 1 and not book.known(names[0]):
        parts = _taken_apart(names[0], book)
        # "BMW dan Alibaba" without quotation marks is those two, but the name of a ministry has an "and" as well.
        if len(parts) > 1 and all(map(book.known, parts)) and any(word in _JOINERS for word in names[0].split()):
            names = parts
    different: dict[str, str] = {}
    for name in filter(key_of, map(_name, names)):
        different.setdefault(key_of(book.canonical(name)), _checked(name, book))
    if not different:
        raise InterestError("empty")
    return list(different.values())


def _in_order(pieces: Sequence[_Piece]) -> list[str]:
    """Each quotation is a name, and so are the words between quotations and plus signs."""
    joiners = _JOINERS if any(piece.quoted for piece in pieces) else {"+"}
    names = [""]
    for piece in pieces:
        if piece.quoted:
            names += [*_LIST_MARK.sub(_BETWEEN, piece.text).split(_BETWEEN), ""]
        elif piece.text in joiners:
            names.append("")
        else:
            names[-1] += f" {piece.text}"
    return [name for name in names if name]


def _taken_apart(text: str, book: NameBook) -> list[str]:
    """The names in "BMW Alibaba" or "Bank Mandiri dan Grab": what the book knows, what is joined, or word by word."""
    words = _LIST_MARK.sub(" , ", text).split()
    if book.known(" ".join(words)):
        return [" ".join(words)]
    segments: list[list[str]] = [[]]
    at = 0
    while at < len(words):
        known = (end for end in range(at + 1, len(words) + 1) if _is_known(words[at:end], book))
        end = max(known, default=at + 1)
        run = " ".join(words[at:end])
        if run in _JOINERS or (run.casefold() in _JOINERS and not book.known(run)):
            segments.append([])
        else:
            segments[-1].append(run)
        at = end
    if len(segments) == 1:
        return segments[0]
    return [name for runs in segments for name in (runs if all(map(book.known, runs)) else [" ".join(runs)])]


def _is_known(words: Sequence[str], book: NameBook) -> bool:
    """Whether the words are a name that the book knows, with nothing around it."""
    return all(key_of(word) for word in (words[0], words[-1])) and book.known(" ".join(words))


def _name(text: str) -> str:
    words = (word.lstrip(_SIGNS) for word in text.split() if word in "&×" or any(map(str.isalnum, word)))
    return " ".join(words).lstrip(_ENDS + _SIGNS).rstrip(_ENDS)


def _checked(name: str, book: NameBook) -> str:
    """The name as the book writes it.

    Raises InterestError for a word like "dan": it begins sentences everywhere.
    """
    if not book.known(name) and not lemmas(name, "und") and not any(c.isupper() or c.isdigit() for c in name[1:]):
        raise InterestError("too_common")
    return book.canonical(name)
