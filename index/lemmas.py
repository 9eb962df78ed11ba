"""Words as BM25 sees them.

A question may be in another language than the passage that answers it, and the language of a short question is easily
mistaken. So a word gives the same token whatever the language: the Indonesian dictionary is asked first and then the
English one. Names of countries, months, currencies and scales ("miliar", "billion") share one token across the two
languages, and so does a number however it is written; there the language only settles what "1,250" means.

Measured with BM25 (k1 1.2, b 0.75), MRR@10 of lower-cased words / one dictionary by language / both dictionaries:
facqa .856 / .863 / .863, idkmrc .704 / .728 / .728, xsquad across languages .149 / .146 / .151 (.163 with the shared
names). Leaving words with a capital inside a sentence unlemmatised costs .003 everywhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from index.types import Language


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


LEMMAS_VERSION = "lemmas-1"
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
_STOP_WORDS = STOP_WORDS_ID | STOP_WORDS_EN

_SHARED = {
    word: words[0]
    for words in (
        line.split()
        for line in """
        ribu thousand rb
        juta million jt mn mln
        miliar milyar billion bn mlr
        triliun trilyun trillion tn
        persen percent % prosen
        rupiah rp idr
        dolar dollar dollars usd us$ $
        januari january jan
        februari february feb pebruari
        maret march mar
        april apr
        juni june jun
        juli july jul
        agustus august aug agu agt ags
        september sept sep
        oktober october okt oct
        november nov nopember nop
        desember december des dec
        senin monday
        selasa tuesday
        rabu wednesday
        kamis thursday
        jumat friday
        sabtu saturday
        minggu sunday
        amerika america american
        arab arabia arabian
        asia asian
        australia australian
        belanda netherlands dutch
        eropa europe european
        filipina philippines filipino
        india indian
        indonesia indonesian
        inggris england english britain british uk
        italia italy italian
        jepang japan japanese
        jerman germany german
        korea korean
        malaysia malaysian
        mesir egypt egyptian
        prancis perancis france french
        rusia russia russian
        singapura singapore
        spanyol spain spanish
        swiss switzerland
        thailand thai
        tiongkok china cina chinese
        turki turkey turkish
        vietnam vietnamese
        """.strip().splitlines()
    )
    for word in words
}

_CURRENCY = r"(?:(?<![^\W_])(?:rp|idr|usd|us\$)(?=\.? ?\d)|\$|%)"
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
_DECIMAL_MARK: dict[Language, str] = {"id": ",", "en": ".", "und": ""}


def lemmas(text: str, language: Language) -> list[str]:
    """The searchable tokens of a text, in order: lower case, letters and digits only, no stop words.

    `language` decides only whether "1,250" is a thousand or a decimal fraction (unknown: a thousand).
    """
    return [lemma for word in _raw_words(text, language) if (lemma := _lemma(word))]


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
    for match in _TOKEN.finditer(folded):
        currency, number, word = match.groups()
        if number:
            yield from _number(number, _DECIMAL_MARK[language])
        elif currency:
            yield currency
        elif word.isalnum():
            yield word[:MAX_WORD]
        else:
            yield from _parts(word)


def _number(text: str, decimal_mark: str) -> list[str]:
    """One token for a number however it is written: "1.000,5" and "1,000.5" give "1000d5", "20.15" and "20:15" "20d15".

    What is no number, such as the date 23.05.2021, gives the numbers in it.
    """
    groups = re.split(r"[.,:]", text)
    marks = re.sub(r"\d", "", text)
    if not marks:
        return [text[:MAX_WORD]]
    single = len(set(marks)) == 1
    grouped = 1 <= len(groups[0]) <= 3 and groups[0] != "0" and all(len(group) == 3 for group in groups[1:-1])
    thousands = single and grouped and len(groups[-1]) == 3 and ":" not in marks
    if thousands and (len(marks) > 1 or marks != decimal_mark or groups[-1] == "000"):
        return ["".join(groups)[:MAX_WORD]]
    if len(marks) == 1 or (grouped and len(set(marks[:-1])) == 1 and not single):
        whole, fraction = "".join(groups[:-1]).lstrip("0") or "0", groups[-1].rstrip("0")
        return [(f"{whole}d{fraction}" if fraction else whole)[:MAX_WORD]]
    return [group.lstrip("0")[:MAX_WORD] or "0" for group in groups]


def _parts(word: str) -> list[str]:
    """The words inside a hyphenated one, and for a name like "Go-Jek" the joined form too."""
    pieces = [re.sub(r"['’]s$", "", piece) for piece in re.split("[-‐‑]", word)]
    pieces = [re.sub("['’]", "", piece)[:MAX_WORD] for piece in pieces]
    different = list(dict.fromkeys(filter(None, pieces)))
    if len(pieces) == 2 and len(different) == 2 and not "".join(different).isdigit():
        return [*different, "".join(different)[:MAX_WORD]]
    return different


@lru_cache(maxsize=200_000)
def _lemma(word: str) -> str:
    """The token of one lower-cased word; "" for a stop word."""
    if word in _STOP_WORDS:
        return ""
    if word in _SHARED or not word.isalpha():
        return _SHARED.get(word, word)
    # Imported here, because the import takes 60 ms and the first word another 17 (id) + 140 (en) ms.
    from simplemma import lemmatize

    found = "".join(filter(str.isalnum, lemmatize(word, lang=("id", "en")).lower()))
    return _SHARED.get(found, found) or word
