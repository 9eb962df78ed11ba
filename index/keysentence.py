"""The one sentence of an article that shows why somebody is alerted of it."""

from __future__ import annotations

from collections.abc import Iterable

from index.lemmas import lemmas
from index.matching import forms_of
from index.names import NameBook, NameFinder
from index.seen import Seen
from index.types import Span

SHORT, LONG = 40, 300
"""Characters between which a sentence reads well by itself."""
REPEATED = 0.7
"""Share of a sentence's lemmas that stand in the title, from which it only repeats it."""
_HELD, _PREFERRED, _REPEATS, _UNREADABLE, _BROKEN, _LATER = 2.0, 3.0, -2.0, -2.5, -2.5, -0.1
_LATEST = 10
"""Sentences from the beginning, after which it makes no difference how late one stands."""
_ENDS = ".!?…"
_CLOSERS = "\"'”’»)]"
_OPENERS = "\"'“‘«(["


def key_sentence(
    article: Seen,
    names: Iterable[str],
    phrases: Iterable[str],
    prefer: Span | None = None,
    book: NameBook | None = None,
) -> Span:
    """The sentence to show, whole and as it stands in the body.

    It holds as many of the names (in any spelling of the book) and phrases as can be, reads well by itself, stands
    early, and repeats the title only when all do. `prefer`: a sentence that is chosen unless much speaks against it.
    """
    body, language = article.article.body, article.article.language
    sentences = list(dict.fromkeys(span for chunk in article.sentences for span in chunk))
    finder, wanted = NameFinder(names, book or NameBook()), [forms_of(phrase) for phrase in phrases]
    named = finder.found(article.article)
    title = set(article.title.split())

    def worth(at: int) -> float:
        span = sentences[at]
        text = body[span.start : span.end]
        words = lemmas(text, language)
        spaced = f" {' '.join(words)} "
        held = sum(any(_inside(place, span) for place in places) for places in named.values())
        held += sum(any(form in spaced for form in forms) for forms in wanted)
        repeats = not words or sum(word in title for word in words) / len(words) >= REPEATED
        readable = SHORT <= len(text) <= LONG
        return (
            _HELD * held * (not repeats)  # what the title says is there to be read anyway
            + _PREFERRED * (span == prefer)
            + _REPEATS * repeats
            + _UNREADABLE * (not readable)
            + _BROKEN * (not _is_whole(text))
            + _LATER * min(at, _LATEST)
        )

    return sentences[max(range(len(sentences)), key=worth)]


def _inside(place: Span | None, sentence: Span) -> bool:
    return place is not None and sentence.start <= place.start < sentence.end


def _is_whole(text: str) -> bool:
    """Whether it begins and ends like a sentence: what is left of a list or a caption does not."""
    first = text.lstrip(_OPENERS)[:1]
    return text.rstrip(_CLOSERS)[-1:] in _ENDS and (first.isupper() or first.isdigit())
