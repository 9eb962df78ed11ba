"""What a later report of an event tells that the earlier ones did not: an amount, a date, a name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from index.facts import LEAD, Stated, is_rare, stated_in
from index.lemmas import lemmas
from index.names import NameBook, NameFinder, partners_of
from index.types import Article


@dataclass(frozen=True, slots=True)
class NewFacts:
    """In the article's own words, in their order; false when there is nothing new."""

    amounts: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.amounts or self.dates or self.names)


def new_facts(article: Article, earlier: Sequence[Article]) -> NewFacts:
    """What the title and lead of an article state and no earlier article of its story does anywhere.

    Only the lead, for background is told differently by every publisher. Names count when they are the source's
    partners, or rare ones in the title or told twice; but not where only articles in another language came before, for
    what is a name there may be a translated word here.
    """
    if not earlier:
        return NewFacts()
    told = [fact for one in earlier for fact in stated_in(f"{one.title}.\n{one.body}", one.language)]
    values = {(fact.kind, fact.value) for fact in told}
    words = {word for one in earlier for word in lemmas(f"{one.title} {one.body}", one.language)}
    here = [f for f in stated_in(f"{article.title}.\n{article.body[:LEAD]}", article.language) if f.value]
    partners = {" ".join(lemmas(name, article.language)) for name in article.partners}
    comparable = any(one.language == article.language for one in earlier)

    def is_new_name(fact: Stated) -> bool:
        if not words.isdisjoint(fact.value.split()):
            return False
        told_twice = article.body.count(fact.text) + article.title.count(fact.text) >= 2
        return fact.value in partners or (comparable and told_twice and is_rare(fact.value.split()))

    return NewFacts(
        tuple(f.text for f in here if f.kind == "amount" and ("amount", f.value) not in values),
        tuple(f.text for f in here if f.kind == "date" and ("date", f.value) not in values),
        tuple(f.text for f in here if f.kind == "name" and is_new_name(f)),
    )


def new_partners(article: Article, earlier: Sequence[Article], book: NameBook) -> tuple[str, ...]:
    """The partners in the title and lead of an article that no earlier article of its story names anywhere."""
    finder = NameFinder(partners_of(article, book), book)
    told = {name for one in earlier for name in finder.found(one)}
    here = finder.found(article).items()
    return tuple(n for n, at in here if n not in told and any(span is None or span.start < LEAD for span in at))
