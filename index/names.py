"""How partners are called: the spellings in partners.txt, and where an article names them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path

from index.errors import NamesError
from index.types import Article, Span

MAX_NAME = 80
"""Characters of a name."""
_WORD = re.compile(r"[^\W_]+")
# "Go-Jek" is "Go Jek" and "AT&T" is "AT & T"; over the end of a sentence or between items of a list nothing is named.
_GAP = re.compile(r"[^.!?,;:()\n]{1,3}")
_COMMENT = re.compile(r"(?:^|\s)#.*")


class NameBook:
    """The partners that are known, each with its other spellings. Capitals, accents and hyphens make no difference."""

    def __init__(self, partners: Mapping[str, Sequence[str]] | None = None) -> None:
        """`partners`: name to its aliases."""
        self._spellings = {name: (name, *aliases) for name, aliases in (partners or {}).items()}
        self._names = {key_of(one): name for name, spellings in self._spellings.items() for one in spellings}

    def with_tags(self, names: Iterable[str]) -> NameBook:
        """This book, which also knows partners that sources name as tags, as they are spelled first with a capital."""
        tags: dict[str, str] = {}
        for name in names:
            key = key_of(name)
            if key not in self._names and (key not in tags or tags[key].islower()) and is_name(name):
                tags[key] = " ".join(name.split())
        aliases = {name: spellings[1:] for name, spellings in self._spellings.items()}
        return NameBook({**aliases, **dict.fromkeys(tags.values(), ())})

    @property
    def names(self) -> tuple[str, ...]:
        """All partners, without their aliases."""
        return tuple(self._spellings)

    def known(self, name: str) -> bool:
        """Whether this is a spelling of a partner."""
        return key_of(name) in self._names

    def canonical(self, name: str) -> str:
        """The partner's name; of an unknown one the name as it is given, with single spaces."""
        return self._names.get(key_of(name)) or " ".join(name.split())

    def spellings(self, name: str) -> tuple[str, ...]:
        """A partner's name and its aliases; of an unknown one just the name."""
        name = self.canonical(name)
        return self._spellings.get(name, (name,))

    @cached_property
    def finder(self) -> NameFinder:
        """Finds all of them."""
        return NameFinder(self._spellings, self)


@dataclass(frozen=True, slots=True)
class _Spelling:
    name: str
    words: tuple[str, ...]
    """As they are written."""
    folded: tuple[str, ...]
    gaps: tuple[str, ...]
    """What stands between them."""


class NameFinder:
    """Finds many names at once."""

    def __init__(self, names: Iterable[str], book: NameBook) -> None:
        """`names` are looked for in all spellings that the book has for them."""
        self._by_word: dict[str, list[_Spelling]] = {}
        self._by_key: dict[str, list[str]] = {}
        for name in dict.fromkeys(names):
            for spelling in book.spellings(name):
                words = list(_WORD.finditer(spelling))
                if not words:
                    continue
                gaps = [spelling[a.end() : b.start()] for a, b in pairwise(words)]
                written = tuple(word[0] for word in words)
                one = _Spelling(name, written, tuple(map(_folded, written)), tuple(gaps))
                self._by_word.setdefault(one.folded[0], []).append(one)
                self._by_key.setdefault(key_of(spelling), []).append(name)

    def found(self, article: Article) -> dict[str, tuple[Span | None, ...]]:
        """The names that an article holds as whole words: where in its body they stand, None for its title.

        Nothing for one that only a tag of its source names. A word in small letters is no name ("grab"), unless the
        name is spelled so.
        """
        found: dict[str, dict[Span | None, None]] = {}
        for name, _ in self._in(article.title, _is_named):
            found.setdefault(name, {})[None] = None
        for name, span in self._in(article.body, _is_named):
            found.setdefault(name, {})[span] = None
        for tag in article.partners:
            for name in self._by_key.get(key_of(tag), ()):
                found.setdefault(name, {})
        return {name: tuple(places) for name, places in found.items()}

    def asked_for(self, question: str) -> list[tuple[str, Span]]:
        """The names in a question, in order, the longest of those that overlap; in a chat they bear no capitals."""
        named: list[tuple[str, Span]] = []
        for name, span in sorted(self._in(question, _is_spelled), key=lambda one: (one[1].start, -one[1].end)):
            if not named or span.start >= named[-1][1].end:
                named.append((name, span))
        return named

    def _in(self, text: str, fits: _Fits) -> Iterator[tuple[str, Span]]:
        words = list(_WORD.finditer(text))
        for at, word in enumerate(words):
            for spelling in self._by_word.get(_folded(word[0]), ()):
                here = words[at : at + len(spelling.words)]
                if fits(spelling, here, text):
                    yield spelling.name, Span(here[0].start(), here[-1].end())


_Fits = Callable[[_Spelling, Sequence[re.Match[str]], str], bool]


def _is_named(spelling: _Spelling, here: Sequence[re.Match[str]], text: str) -> bool:
    return _is_spelled(spelling, here, text) and (
        tuple(word[0] for word in here) == spelling.words
        or any(character.isupper() or character.isdigit() for word in here for character in word[0])
    )


def _is_spelled(spelling: _Spelling, here: Sequence[re.Match[str]], text: str) -> bool:
    if len(here) < len(spelling.words) or any(
        _folded(word[0]) != own for word, own in zip(here, spelling.folded, strict=True)
    ):
        return False
    for (one, other), own in zip(pairwise(here), spelling.gaps, strict=True):
        gap = text[one.end() : other.start()]
        if gap != own and not _GAP.fullmatch(gap):
            return False
    return True


def partners_of(article: Article, book: NameBook) -> tuple[str, ...]:
    """The partners that an article names: those that its source tags, and those of the book that its text holds."""
    names = [*map(book.canonical, article.partners), *book.finder.found(article)]
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(key_of(name), name)
    return tuple(first.values())


def key_of(name: str) -> str:
    """What all ways to write a name with the same words have in common; "" when it holds no letter or digit."""
    return " ".join(map(_folded, _WORD.findall(name)))


def is_name(text: str) -> bool:
    """Whether it can be written down as a name: what an interest is written with means something else there."""
    signs = any(word[0] in "+-" for word in text.split())
    return (
        bool(key_of(text)) and len(text) <= MAX_NAME and text.isprintable() and not signs and not set(text) & set('",;')
    )


@lru_cache(100_000)
def _folded(word: str) -> str:
    if word.isascii():
        return word.lower()
    plain = unicodedata.normalize("NFKD", word.casefold())
    return "".join(character for character in plain if not unicodedata.combining(character))


def read_names(path: Path) -> NameBook:
    """The partners in a file of lines like "BMW = BMW Group, Bayerische Motoren Werke"; none when there is no file.

    Raises NamesError, which names the line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return NameBook()
    except UnicodeDecodeError as e:
        line = 1 + path.read_bytes()[: e.start].count(b"\n")
        raise NamesError(f"{path}, line {line}: it is not UTF-8; save the file as UTF-8") from e
    except OSError as e:
        raise NamesError(f"{path} cannot be read: {e.strerror}; correct or remove it") from e
    partners: dict[str, list[str]] = {}
    owners: dict[str, str] = {}
    for number, written in enumerate(text.splitlines(), start=1):
        entry = _COMMENT.sub("", written).strip()
        if not entry:
            continue
        name, *aliases = _entry(entry, f"{path}, line {number}")
        name = owners.setdefault(key_of(name), name)
        for spelling in (name, *aliases):
            if owners.setdefault(key_of(spelling), name) != name:
                raise NamesError(
                    f"{path}, line {number}: {spelling!r} is written for {owners[key_of(spelling)]!r} already; "
                    "leave it with one of them"
                )
        partners.setdefault(name, []).extend(aliases)
    return NameBook(partners)


def _entry(line: str, where: str) -> list[str]:
    """A name and its aliases."""
    name, _, rest = line.partition("=")
    spellings = [" ".join(one.split()) for one in (name, *rest.split(","))]
    if not key_of(name) or "," in name:
        raise NamesError(f"{where}: {line!r} names no partner; write `Name = other name, another name`")
    for spelling in filter(None, spellings):
        if not is_name(spelling) or "=" in spelling:
            raise NamesError(
                f"{where}: {spelling!r} is no name; write at most {MAX_NAME} characters, no quotation marks, and no "
                "word that begins with + or -"
            )
    return list(filter(None, spellings))
