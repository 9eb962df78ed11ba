"""A question's partners in the spelling that the articles use: "Bank Central Asia" is asked for, "BCA" is written."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from index.errors import NamesError
from index.names import NameBook, key_of, read_names
from index.retrieve import phrase_query
from index.store import Store


def in_the_articles_words(question: str, partners: Path, store: Store) -> str:
    """The question, each of its partners in that of its spellings which most articles hold; as it is, where none does.

    `partners` is the file of partners; one that cannot be read changes nothing. Raises StoreError.
    """
    book = _book_of(partners)
    written, start = "", 0
    for name, span in book.finder.asked_for(question):
        own = key_of(question[span.start : span.end])
        counts = {spelling: _articles_with(spelling, store) for spelling in book.spellings(name)}
        best = max(counts, key=lambda spelling: (counts[spelling], key_of(spelling) == own))
        if key_of(best) != own:
            written += question[start : span.start] + best
            start = span.end
    return written + question[start:]


def _articles_with(name: str, store: Store) -> int:
    [(count,)] = store.read("select count(*) from articles_fts where articles_fts match ?", [phrase_query(name)])
    return int(count)


def _book_of(path: Path) -> NameBook:
    try:
        state = path.stat()
        return _read(path, state.st_mtime_ns, state.st_size)
    except (OSError, NamesError):
        return NameBook()


@lru_cache(4)
def _read(path: Path, changed: int, size: int) -> NameBook:
    """The file as it is now, with those partners only that have more than one spelling."""
    book = read_names(path)
    return NameBook({name: book.spellings(name)[1:] for name in book.names if len(book.spellings(name)) > 1})
