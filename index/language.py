"""Indonesian or English.

Function words decide first; they are quick and do not mistake names for a language. Where they do not decide, plain
words that stand in one language's dictionary only (simplemma's, the one that search lemmatises with) are evidence too;
against function words they count no more than one point, because Indonesian borrows English nouns ("untuk customer
service"). Where all is silent or even, langdetect (Shuyo 2010, character n-grams) decides between its two profiles,
but only with some evidence that the text is more than names: alone it gives "BMW Alibaba" a language with a
probability of 1.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from index.types import Language

if TYPE_CHECKING:
    from langdetect.detector_factory import DetectorFactory


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


MAX_CHARS = 2_000
"""Characters from the start that are looked at; a news article has told its language by then."""
CLEAR_LEAD = 4
"""So many more points of evidence for one language than for the other decide without langdetect."""
MIN_PROBABILITY = 0.9
"""What langdetect must reach where the words do not support it."""

_ID_QUESTIONS = _words(
    """
    apa apakah apaan adakah bagaimana bagaimanakah berapa berapakah dimana dimanakah darimana darimanakah gimana
    kapan kapankah kenapa mana manakah mengapa siapa siapakah sebutkan
    apaan brp dmn gmn knp kpn sapa
    """
)
_EN_QUESTIONS = _words("what what's when where which who who's whom whose why how")
_ID_WORDS = _words(
    """
    ada adalah agar akan aku anda antara apalagi atas atau bagi bahwa banyak baru beberapa belum berita bersama
    bisa buat bukan cara dalam dan dapat dari daripada dengan di dia dong dulu enggak ga gak hal hanya harus
    hingga ia ialah ini itu jadi jika juga kabar kalau kalo kami kamu karena ke kepada kerja kerjasama ketika
    kita kok lagi lah lain lebih mau melalui memang menjadi menurut mereka mitra nama namun nggak nya oleh pada
    para perusahaan pernah pun punya saat saja sama sampai sangat saya sebagai sebuah secara sedang sejak selain
    selama semua seorang seperti serta setelah sih soal sudah tahun tak tanggal tapi telah tentang terbaru
    tersebut terhadap tidak tolong udah untuk yaitu yang ya
    aja bgt blm dgn emang gini gitu gk jg karna klo krn nih pake sdh skrg tdk trs tuh udh utk yg
    """
)
_EN_WORDS = _words(
    """
    a about after all an and any anything are as at be because been before between but by can could deal did do
    does for from had has have he her his if in into is it its just latest many me more most much new news not
    of on or other our out over partner partners partnership partnerships please recent should show since so
    some such tell than that the their them there these they this those to under until up us was we were while
    will with won would you your
    """
)
_FUNCTION_WORDS = _ID_QUESTIONS | _EN_QUESTIONS | _ID_WORDS | _EN_WORDS
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_ID_FORM = re.compile(r"\w{3,}(?:kah|nya|kan)|(?:di|ber|me[mn]g?)\w{4,}")
_EN_FORM = re.compile(r"\w{3,}(?:tions?|ing|ments?|ships?|ly)")


def detect(text: str, default: Language = "und") -> Language:
    """The language of a text, or `default` where nothing but names and numbers is there to tell it by.

    The same text always gives the same answer. Texts in other languages get the more similar of the two.
    """
    text = text[:MAX_CHARS]
    words = _WORD.findall(text)
    lead = sum(_evidence(word, first=not number) for number, word in enumerate(words))
    plain = sum(word.islower() for word in words)
    if abs(lead) < CLEAR_LEAD and plain and len(words) > 2:
        # One or two words may be names that are words too ("Grab?", "goto gojek"), and so may a capital inside a text.
        known = sum(_dictionary_evidence(word) for number, word in enumerate(words) if word.islower() or not number)
        lead += max(-1, min(1, known)) if lead else known
    leaning: Language = "id" if lead > 0 else "en"
    if abs(lead) >= CLEAR_LEAD:
        return leaning
    if not lead and plain < (1 if len(words) > 3 else 2):
        return default
    guess, probability = _by_letters(text)
    if lead and (guess == leaning or plain < 4):
        return leaning
    return guess if probability >= MIN_PROBABILITY else default


def _evidence(word: str, first: bool) -> int:
    """Points for Indonesian (positive) or English (negative).

    A capital inside a text mostly means a title, and titles of works are English in Indonesian text: half the points.
    """
    folded = word.casefold().replace("’", "'")
    weight = 2 if first or word.islower() else 1
    if folded in _ID_QUESTIONS or folded in _EN_QUESTIONS:
        return 2 * weight if folded in _ID_QUESTIONS else -2 * weight
    if folded in _ID_WORDS or folded in _EN_WORDS:
        return weight if folded in _ID_WORDS else -weight
    if word.islower():
        return bool(_ID_FORM.fullmatch(word)) - bool(_EN_FORM.fullmatch(word))
    return 0


def _dictionary_evidence(word: str) -> int:
    """A point for the language whose dictionary alone has the word: positive for Indonesian, negative for English."""
    # Imported here: clear texts need no dictionaries, and the first word costs 0.2 s.
    from simplemma import is_known

    folded = word.casefold()
    if folded in _FUNCTION_WORDS:
        return 0
    return int(is_known(folded, "id")) - int(is_known(folded, "en"))


def _by_letters(text: str) -> tuple[Language, float]:
    """langdetect's better guess and its probability."""
    from langdetect.lang_detect_exception import LangDetectException

    detector = _detectors().create()
    detector.append(text.lower())
    try:
        best = detector.get_probabilities()[0]
    except (LangDetectException, IndexError):
        return "und", 0.0
    return ("id" if best.lang == "id" else "en"), float(best.prob)


@lru_cache(maxsize=1)
def _detectors() -> DetectorFactory:
    """A factory of our own: langdetect's global one reads 55 profiles, which takes 0.5 s and invites wrong answers."""
    # Imported here: a process that never tells a language should not pay for it.
    import langdetect
    from langdetect.detector_factory import DetectorFactory

    profiles = Path(langdetect.__file__).parent / "profiles"
    factory = DetectorFactory()
    factory.load_json_profile([(profiles / name).read_text(encoding="utf-8") for name in ("en", "id")])
    factory.set_seed(0)
    return factory
