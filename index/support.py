"""Whether what somebody else wrote over quotes is borne out by them.

Names, numbers, dates and words in quotation marks must stand in the quotes that a sentence names. That two of them
belong together as the sentence has it is not proved: for that the quotes themselves are shown below it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from index.claim import claim_of, domains_in, has_link, is_plain, numbers_in, with_numbers
from index.dates import MONTHS
from index.facts import is_common_name, names_in, shared_words
from index.language import detect
from index.lemmas import STOP_WORDS_EN, STOP_WORDS_ID
from index.negation import Polarity, agrees, polarity_of
from index.number_words import CURRENCIES, SCALES, WEEKDAYS
from index.openers import OPENERS
from index.quantities import Figures, figures_of
from index.types import Citation, Language, Quote

SHARE = 0.5
"""Of a sentence's words, so many must stand in the quotes or the question when all are in one language."""
FEW = 3
"""A sentence of fewer words than this is not judged by their share."""
_QUOTED = re.compile(r"[“„\"«]([^”“\"»]*)[”\"»]")
_WORD = re.compile(r"[^\W\d_]")
_CAPITAL = r"(?:[\w’'-]*[^\W\d_a-z][\w’'-]*)"
_NAME = re.compile(rf"(?<![\w’'-]){_CAPITAL}(?:\.? {_CAPITAL}|\.{_CAPITAL})*(?:(?<=\.\w)\.)?")
# What Indonesian makes of its words; the dictionary has not all of them.
_DERIVED = re.compile(r"(?:di|ber|ter|me[mn]?g?|pe[mnr]?g?|ke|se)\w{4,}|\w{3,}(?:nya|kan|an)", re.I)
# Parts of names and titles that the two languages translate; `lemmas` and index/facts know countries, months and more.
_TRANSLATED = """
    perdagangan trade
    keuangan finance
    kesehatan health
    perhubungan transportation transport
    pertahanan defense defence
    energi energy
    industri perindustrian industry
    pendidikan education
    pertanian agriculture
    pariwisata tourism
    komunikasi communication
    ekonomi economy
    hukum undang law
    nomor number
    stadion stadium
    komisi commission
    badan agency
    dewan council
    pengadilan court
    pasukan forces
    direktur director
    wakil vice deputy
    ketua chairman chairwoman chair
    kepala head chief
    juru spokesman spokeswoman spokesperson
    jenderal general
    walikota mayor
    raja king
    ratu queen
    pangeran prince
    universitas university
    institut institute
    sekolah school
    bandara airport
    laut sea
    pulau island
    gunung mount
    sungai river
    kota city
    provinsi province
    kabupaten regency
    kementerian ministry
    mahkamah supreme
    parlemen parliament
    partai party
    grup group
    uni union
    liga league
    piala cup
    dunia world
    nasional national
    internasional international
    negara state
    serikat united
"""
_MONEY = re.compile(r"(?:\b(?:US|S|A|HK)(?=\$)|\b(?:Rp|IDR|USD|SGD|AUD|RM|EUR|JPY|GBP|CNY)\b)")
"""These are no names."""


_OF_FIGURES = frozenset({*MONTHS, *WEEKDAYS, *SCALES, *CURRENCIES.values(), "minggu", "persen"})
"""As `lemmas` gives them; they are compared as days and amounts."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the quotes of some numbers say."""

    texts: tuple[str, ...]
    """The quotes, lower case, white space collapsed."""
    words: frozenset[str]
    """Lemmas of the quotes and of who published them, and names of the question that their articles bear."""
    about: str
    """Title, partners and publisher of their article, lower case."""
    figures: tuple[Figures, ...]
    polarities: tuple[Polarity, ...]
    languages: frozenset[Language]


class Sources:
    """The quotes of an answer by their numbers, and the question."""

    def __init__(
        self, question: str, language: Language, quotes: Sequence[Quote], citations: Sequence[Citation]
    ) -> None:
        self._asked = _words_of(question, language)
        self._language = language
        by_number = {citation.n: citation for citation in citations}
        self._evidence = {
            n: _evidence([quote for quote in quotes if quote.n == n], by_number.get(n), self._asked)
            for n in {quote.n for quote in quotes}
        }

    def borne(self, sentence: str) -> str:
        """A sentence, as `tidied` gives it, with the numbers that bear it out; "" where they do not, or not together.

        A number is left out where the others say it all and its own quote neither says it nor adds a word.
        """
        claim, numbers = claim_of(sentence), numbers_in(sentence)
        if not claim or not set(numbers) <= self._evidence.keys():
            return ""
        if not is_plain(claim) or detect(claim, self._language) != self._language or not self._stands(claim, numbers):
            return ""
        words = _words_of(claim, self._language) - self._asked
        for n in tuple(reversed(numbers)):
            others = [other for other in numbers if other != n]
            adds = words & self._evidence[n].words - _words_in([self._evidence[other] for other in others])
            if others and not adds and not self._stands(claim, [n]) and self._stands(claim, others):
                numbers = others
        return with_numbers(claim, numbers)

    def _stands(self, claim: str, numbers: Sequence[int]) -> bool:
        cited = [self._evidence[n] for n in sorted(numbers)]
        return (
            self._links_known(claim, cited)
            and _quotations_stand(claim, cited)
            and _figures_stand(figures_of(claim, self._language), cited)
            and _names_stand(claim, self._language, cited)
            and agrees(polarity_of(claim, self._language), [one for evidence in cited for one in evidence.polarities])
            and self._says_something(claim, cited)
        )

    @staticmethod
    def _links_known(claim: str, cited: Sequence[Evidence]) -> bool:
        """A name like Tiket.com may be told where an article is about it, a link never: the sources have theirs."""
        if has_link(claim):
            return False
        about = " ".join(evidence.about for evidence in cited)
        return all(domain in about for domain in domains_in(claim))

    def _says_something(self, claim: str, cited: Sequence[Evidence]) -> bool:
        """Whether it takes more from the quotes than the question holds, and not most of its words from elsewhere.

        "Ya, BMW bangkrut [1]" repeats what was asked below any quote that names BMW.
        """
        words = _words_of(claim, self._language)
        there = _words_in(cited)
        if not (words & there) - self._asked:
            return False
        if any(evidence.languages != {self._language} for evidence in cited) or len(words) < FEW:
            return True
        return len(words & (there | self._asked)) >= SHARE * len(words)


def _words_of(text: str, language: Language) -> frozenset[str]:
    one = _translated()
    return frozenset(one.get(word, word) for word in shared_words(text, language))


@cache
def _translated() -> dict[str, str]:
    """Each row's words, and their lemmas, to the first lemma."""
    rows = [row.split() for row in _TRANSLATED.split("\n") if row.strip()]
    first = {word: min(shared_words(row[0], "und")) for row in rows for word in row}
    return first | {min(shared_words(word, "und")): one for word, one in first.items()}


def _evidence(quotes: Sequence[Quote], citation: Citation | None, asked: frozenset[str]) -> Evidence:
    words = frozenset[str]().union(
        *(_words_of(quote.text, quote.language) | _initials(quote.text) for quote in quotes),
    )
    told_of = ""
    if citation is not None:
        told_of = " . ".join((citation.title, citation.publisher, *citation.partners)).casefold()
        # A name of the question may be repeated where the article is about it, though the quote says "the company".
        # Otherwise it must stand in the quote: the question may suppose what is not so.
        about = _words_of(" . ".join((citation.title, *citation.partners)), "und")
        words |= _words_of(citation.publisher, "und") | (about & asked)
    return Evidence(
        tuple(_folded(quote.text) for quote in quotes),
        words,
        told_of,
        tuple(figures_of(quote.text, quote.language) for quote in quotes),
        tuple(polarity_of(quote.text, quote.language) for quote in quotes),
        frozenset(quote.language for quote in quotes),
    )


def _words_in(cited: Sequence[Evidence]) -> frozenset[str]:
    return frozenset[str]().union(*(evidence.words for evidence in cited))


def _initials(text: str) -> frozenset[str]:
    """ "kpu" where "Komisi Pemilihan Umum" is told in full."""
    return frozenset(
        "".join(word[0] for word in words[begin:end]).casefold()
        for words in (name.split() for name in names_in(text))
        for begin in range(len(words))
        for end in range(begin + 2, min(begin + 7, len(words) + 1))
    )


def _folded(text: str) -> str:
    return " ".join(text.casefold().replace("’", "'").split())


def _quotations_stand(claim: str, cited: Sequence[Evidence]) -> bool:
    """Whether everything in quotation marks stands there word for word."""
    return all(
        any(_folded(match[1]).strip(" .,;:!?") in text for evidence in cited for text in evidence.texts)
        for match in _QUOTED.finditer(claim)
    )


def _figures_stand(told: Figures, cited: Sequence[Evidence]) -> bool:
    together = [figures for evidence in cited for figures in evidence.figures]
    return Figures(
        tuple(one for figures in together for one in figures.quantities),
        tuple(one for figures in together for one in figures.days),
        frozenset(one for figures in together for one in figures.weekdays),
        frozenset(one for figures in together for one in figures.codes),
    ).hold(told)


def _names_stand(claim: str, language: Language, cited: Sequence[Evidence]) -> bool:
    there = _words_in(cited)
    return all(
        any(_is_known(form, language, there) for form in forms) for forms in _names_in(_MONEY.sub("", claim), language)
    )


def _is_known(name: str, language: Language, there: frozenset[str]) -> bool:
    # Beside a word in small letters "AS" and "U.S." are a country, and no headline in capitals.
    words = _words_of(f"di {name}", language) - there
    return all(word[0].isdigit() or word in _OF_FIGURES or word.removesuffix("nya") in there for word in words)


def _names_in(claim: str, language: Language) -> Iterator[set[str]]:
    """Words with a capital that stand side by side, in the forms of which one must be known.

    Together, for "United States" is one name; "BMW-Alibaba" is two; and the first word of the sentence may be none.
    """
    for match in _NAME.finditer(claim):
        first, _, rest = match[0].partition(" ")
        begins = not _WORD.search(claim, 0, match.start())
        forms = {match[0], rest} if begins and not _may_be_name(first, language) else {match[0]}
        yield forms | {form.replace("-", " ") for form in forms}


def _may_be_name(opening: str, language: Language) -> bool:
    """Whether a sentence that begins with this word may begin with a name."""
    from simplemma import is_known  # as in index/lemmas: the import takes 60 ms

    word = opening.casefold()
    if language == "id" and word in OPENERS:
        return False
    if (len(word) > 1 and opening.isupper()) or any(is_common_name(lemma) for lemma in shared_words(word, "und")):
        return True
    ordinary = is_known(word, lang=language) or (language == "id" and _DERIVED.fullmatch(word))
    return not (ordinary or word in STOP_WORDS_ID or word in STOP_WORDS_EN)
