"""When two sources answer a question differently: another amount, day or person for the same thing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from index.answer import Draft
from index.dates import latest_day
from index.facts import Stated, stated_in
from index.features import Question
from index.lemmas import lemmas
from index.phrases import date_words, phrase
from index.store import Store
from index.types import Article, Language, Period, Quote

_KIND = {"how_much": "amount", "how_many": "amount", "when": "date", "who": "name"}
"""What a question asks for, and what may differ."""
ALIKE = 0.4
"""Share of their words that two sentences of one language have in common when they say the same of different values."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Two quotes that do not agree, the newer first where that is known."""

    quotes: tuple[Quote, Quote]
    values: tuple[str, str]
    """Each in its article's own words."""


def settled(question: Question, draft: Draft, store: Store, period: Period | None) -> Draft:
    """The draft with the newer of two quotes that differ first; `period`: what the question says about time."""
    return replace(draft, quotes=newer_first(draft.quotes, _difference(question, draft, store, period)))


def disagreement(question: Question, draft: Draft, store: Store, language: Language, period: Period | None) -> str:
    """The line that tells how the quotes of a settled draft differ; "" where they do not."""
    return difference_line(_difference(question, draft, store, period), draft.articles, language)


def _difference(question: Question, draft: Draft, store: Store, period: Period | None) -> Difference | None:
    if question.kind not in _KIND or len(draft.quotes) < 2 or not _of_one_time(period):
        return None
    stories = store.stories_of(quote.article_id for quote in draft.quotes)
    return difference_of(question, draft.quotes, draft.articles, stories)


def _of_one_time(period: Period | None) -> bool:
    """Whether the newer of two sources may correct the other: not where older days are asked for, and both are told."""
    return not (period and (period.since or period.until)) or (period.strict and not period.missed)


def difference_of(
    question: Question, quotes: Sequence[Quote], articles: Mapping[int, Article], stories: Mapping[int, int]
) -> Difference | None:
    """How the first quote differs from another one; None unless the evidence is strong.

    Both must be of one story, name the same two partners or hold all names of the question, read alike, and state one
    value each of the same unit. Of several others the newest counts.
    """
    if question.kind not in _KIND or len(quotes) < 2:
        return None
    first, *others = quotes
    one = _value(question, first, articles[first.article_id])
    if one is None:
        return None
    differing = []
    for other in others:
        if not _related(first, other, articles, stories, question.names) or not _alike(first, other, question):
            continue
        two = _value(question, other, articles[other.article_id])
        if two is not None and _unit(one, first) == _unit(two, other) and not _agree(one, two):
            differing.append((other, two.text))
    if not differing:
        return None

    def day(pair: tuple[Quote, str]) -> date:
        published_at = articles[pair[0].article_id].published_at
        return latest_day(published_at) if published_at else date.min

    pairs = [(first, one.text), max(differing, key=day)]
    if date.min < day(pairs[0]) < day(pairs[1]):
        pairs.reverse()
    return Difference((pairs[0][0], pairs[1][0]), (pairs[0][1], pairs[1][1]))


def newer_first(quotes: Sequence[Quote], difference: Difference | None) -> tuple[Quote, ...]:
    """The quotes with the newer one of a difference first, and the citations numbered anew."""
    if difference is None or quotes[0] == difference.quotes[0]:
        return tuple(quotes)
    return renumbered([difference.quotes[0], *(quote for quote in quotes if quote != difference.quotes[0])])


def renumbered(quotes: Sequence[Quote]) -> tuple[Quote, ...]:
    """The same with citations numbered in the order in which quotes name their articles."""
    numbers: dict[int, int] = {}
    for quote in quotes:
        for article_id in (quote.article_id, *(other for _, other in quote.also)):
            numbers.setdefault(article_id, len(numbers) + 1)
    return tuple(
        replace(quote, n=numbers[quote.article_id], also=tuple((numbers[i], i) for _, i in quote.also))
        for quote in quotes
    )


def difference_line(difference: Difference | None, articles: Mapping[int, Article], language: Language) -> str:
    """ "Sumber berbeda: Rp30 miliar [1] (5 Mei 2021), Rp25 miliar [2] (3 Oktober 2018)."; "" for None."""
    if difference is None:
        return ""
    told = []
    for quote, value in zip(difference.quotes, difference.values, strict=True):
        when = date_words(articles[quote.article_id].published_at, language)
        told.append(f"{value} [{quote.n}]" + (f" ({when})" if when else ""))
    return phrase("sources_differ", language, values=", ".join(told))


def _related(
    one: Quote, other: Quote, articles: Mapping[int, Article], stories: Mapping[int, int], asked: frozenset[str]
) -> bool:
    """`asked`: names of the question, which say enough only beside other words that are alike: in one language."""
    if one.article_id == other.article_id:
        return False
    if stories.get(one.article_id, -1) == stories.get(other.article_id):
        return True
    if (
        asked
        and one.language == other.language
        and all(asked <= set(lemmas(quote.text, quote.language)) for quote in (one, other))
    ):
        return True
    named = [{partner.casefold() for partner in articles[quote.article_id].partners} for quote in (one, other)]
    return len(named[0] & named[1]) >= 2


def _alike(one: Quote, other: Quote, question: Question) -> bool:
    """Whether both speak of the same thing: by their words, or across languages by the question's names in both."""
    words = [{word for word in lemmas(quote.text, quote.language) if not word[0].isdigit()} for quote in (one, other)]
    if one.language != other.language:
        return bool(question.names) and question.names <= words[0] and question.names <= words[1]
    return len(words[0] & words[1]) >= ALIKE * len(words[0] | words[1])


def _value(question: Question, quote: Quote, article: Article) -> Stated | None:
    """The one thing of the kind asked for that a quote states and the question does not; None for none or several."""
    known = {stated.value for stated in stated_in(question.text, question.language)}
    partners = {" ".join(lemmas(name, article.language)) for name in article.partners}
    found = [
        stated
        for stated in stated_in(quote.text, quote.language)
        if stated.kind == _KIND[question.kind]
        and stated.value not in known | partners
        and (stated.kind != "name" or " " in stated.value)
    ]
    return found[0] if len(found) == 1 else None


def _unit(stated: Stated, quote: Quote) -> str:
    """Of an amount its unit, or what is counted: "rupiah", "startup"; the same for all other kinds."""
    if stated.kind != "amount":
        return ""
    if unit := stated.value.partition(" ")[2]:
        return unit
    behind = lemmas(quote.text[quote.text.index(stated.text) + len(stated.text) :], quote.language)
    return behind[0] if behind else ""


def _agree(one: Stated, other: Stated) -> bool:
    """Whether two values may be the same: equal, or one name within the other."""
    words = [set(stated.value.split()) for stated in (one, other)]
    return one.value == other.value or (one.kind == "name" and (words[0] <= words[1] or words[1] <= words[0]))
