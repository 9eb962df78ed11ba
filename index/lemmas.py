"""Words as BM25 sees them.

A question may be in another language than the passage that answers it, and the language of a short question is easily
mistaken. So a word gives the same token whatever the language: the Indonesian dictionary is asked first and then the
English one. Names of countries, months, currencies and scales ("miliar", "billion") share one token across the two
languages, and so does a number however it is written; there the language only settles what "1,250" means.

Measured with BM25 (k1 1.2, b 0.75), MRR@10 of lower-cased words / one dictionary by language / both dictionaries:
facqa .856 / .863 / .863, idkmrc .704 / .728 / .728, xsquad across languages .149 / .146 / .151 (.163 with the shared
names). Leaving words with a capital inside a sentence unlemmatised costs .003 everywhere. What
index.bilingual shares, in the whole search: xsquad across languages .694 → .703, facqa .859 → .858.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from index.bilingual import SHARED, unified
from index.numbers import number_tokens, scaled
from index.types import Language


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


LEMMAS_VERSION = "lemmas-2"
"""Counts changes of what `lemmas` gives: stored lemmas of another version are due for a reindex."""
MAX_QUERY_TERMS = 64
"""A question is cut after so many different terms; FTS5 refuses very large expressions."""
MAX_WORD = 64
"""Characters of a word that count."""

STOP_WORDS_ID = _words(
    """
    ada adalah agar akan aku anda apa apabila apakah apalagi atas atau bagaimana bagaimanakah bagi bahwa banyak
    bahkan beberapa begitu belum berapa berapakah bila bisa boleh bukan dalam dan dapat dari daripada demi
    dengan di dia dimana dimanakah dong gimana guna hal hanya harus hingga ia ini itu jadi jika juga kalau
    kalian kami kamu kan kapan kapankah karena kata ke kenapa kepada ketika kita kok lagi lah lain lebih maka
    mana manakah masih mau melalui memang mengapa menjadi menurut mereka meski namun nya oleh pada padahal para
    per pernah pun punya saat saja sambil sampai sangat saya seberapa sebagai sebuah secara sedang sedangkan
    sehingga sejak selain selama seorang seperti serta sesudah setelah setiap siapa siapakah siapapun sih sini
    situ sudah suatu supaya tak tapi telah tentang tersebut terhadap tetapi tiap tidak untuk walau yaitu yakni
    yang ya
    """
)
STOP_WORDS_EN = _words(
    """
    a about after all also am an and any are as at be because been before being but by can could did do does
    doing during each for from had has have having he her hers him his how i if in into is it its itself just
    many me more most much my no nor not of off on one only or other our out over own s same she should so some
    such t than that the their them then there these they this those through to too under until up very was we
    were what when where which while who whom whose why will with would you your
    """
)
# "PT Telkom Indonesia (Persero) Tbk" is "Telkom Indonesia".
_COMPANY_FORMS = _words("pt tbk persero inc ltd corp")
_STOP_WORDS = STOP_WORDS_ID | STOP_WORDS_EN | _COMPANY_FORMS

_CURRENCY = r"(?:(?<![^\W_])(?:rp|idr|usd|us\$)(?=\.? ?\d)|[$%€£¥])"
# At most 9 groups: a longer chain that turns out to be no number would be tried again from each of its parts.
_NUMBER = r"(?>\d+(?:[.,:]\d+){0,8})(?=(?:ribu|rb|juta|jt|miliar|milyar|triliun|bn|mn|tn)\b|[\W_]|$)"
_WORD = r"[^\W_]+(?:[-‐‑'’][^\W_]+)*"
_TOKEN = re.compile(rf"({_CURRENCY})|({_NUMBER})|({_WORD})")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\U000e0000-\U000e007f]")
_ACCENTS = re.compile("[\u0300-\u036f]")
# The month, not the verb: only beside a number or after "in".
_MAY = re.compile(r"\bMay\b(?=,? \d)|(?<=\d )May\b|(?<=\b[Ii]n )May\b")
# Indonesian papers write the United States as "AS"; as lower-case words these are stop words.
_AMERICA = re.compile(r"(?<![\w.])(?:AS|USA?|U\.S\.(?:A\.)?|United States|Amerika Serikat)(?![\w$])")
_AMERICAS = ("AS", "US", "U.S.", "United States", "Amerika Serikat")
# One thing in many spellings: "kerja sama", "kerjasama", "bekerja sama"; "tanda tangan", "ditandatangani", ...
_COOPERATION = re.compile(r"\b(?:be)?kerja[ -]?sama\b")
_SIGNING = re.compile(r"\b(?:(?:di|ber)?tanda|[mp]enanda) ?tangan(?:i|an|kan)?\b")
_ORDINAL = re.compile(r"^(\d+)(?:st|nd|rd|th)$")
DECIMAL_MARK: dict[Language, str] = {"id": ",", "en": ".", "und": ""}
"""What stands before the fraction of a number."""


def lemmas(text: str, language: Language) -> list[str]:
    """The searchable tokens of a text, in order: lower case, letters and digits only, no stop words.

    `language` decides only whether "1,250" is a thousand or a decimal fraction (unknown: a thousand).
    """
    return list(scaled(lemma for word in _raw_words(text, language) if (lemma := _lemma(word))))


def query_terms(text: str, language: Language) -> list[str]:
    """The different lemmas of a question in order, at most MAX_QUERY_TERMS."""
    return list(dict.fromkeys(lemmas(text, language)))[:MAX_QUERY_TERMS]


def fts_query(terms: Iterable[str]) -> str:
    """An FTS5 MATCH expression that finds any of the terms; "" when there is nothing to look for.

    Every term is a quoted string, so that nothing in it can act as an operator.
    """
    quoted: list[str] = []
    for term in terms:
        clean = term.replace("\0", " ").encode("utf-8", "ignore").decode("utf-8")
        if any(map(str.isalnum, clean)):
            quoted.append('"' + clean.replace('"', '""') + '"')
    return " OR ".join(quoted[:MAX_QUERY_TERMS])


def _raw_words(text: str, language: Language) -> Iterator[str]:
    """Lower-cased words and canonical numbers, before stop words and dictionaries."""
    # Looking for a few letters first, and passing by what ASCII cannot hold, halves the time.
    if not text.isascii():
        text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    if "May" in text:
        text = _MAY.sub("mei", text)
    if any(name in text for name in _AMERICAS) and not text.isupper():
        text = _AMERICA.sub("amerika", text)
    folded = text.lower()
    if not folded.isascii():
        folded = unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", folded)))
    if "kerja" in folded:
        folded = _COOPERATION.sub("kerjasama", folded)
    if "tangan" in folded:
        folded = _SIGNING.sub("tandatangan", folded)
    for match in _TOKEN.finditer(unified(folded)):
        currency, number, word = match.groups()
        if number:
            yield from number_tokens(number, DECIMAL_MARK[language])
        elif currency:
            yield currency
        elif word.isalnum():
            yield word[:MAX_WORD]
        else:
            yield from _parts(word)


def _parts(word: str) -> list[str]:
    """The words inside a hyphenated one, and for a name like "Go-Jek" the joined form too."""
    pieces = [re.sub(r"['’]s$", "", piece) for piece in re.split("[-‐‑]", word)]
    pieces = [re.sub("['’]", "", piece)[:MAX_WORD] for piece in pieces]
    if len(pieces) == 2 and pieces[0] == "ke" and pieces[1].isdigit():
        return pieces[1:]
    different = list(dict.fromkeys(filter(None, pieces)))
    if len(pieces) == 2 and len(different) == 2 and not "".join(different).isdigit():
        return [*different, "".join(different)[:MAX_WORD]]
    return different


@lru_cache(maxsize=200_000)
def _lemma(word: str) -> str:
    """The token of one lower-cased word; "" for a stop word."""
    if word in _STOP_WORDS:
        return ""
    if word in SHARED or not word.isalpha():
        return SHARED.get(word) or _ORDINAL.sub(r"\1", word)
    # Imported here, because the import takes 60 ms and the first word another 17 (id) + 140 (en) ms.
    from simplemma import lemmatize

    found = "".join(filter(str.isalnum, lemmatize(word, lang=("id", "en")).lower()))
    return SHARED.get(found, found) or word
