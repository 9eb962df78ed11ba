"""What a question asks for, and whether a sentence holds something of that kind."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Literal

from index.types import Language

Kind = Literal["who", "when", "where", "how_many", "how_much", "why", "which_org", "what"]
"""What would answer: a person, a date, a place, a count, an amount or measure, a reason, an organisation, anything."""


def _pattern(*words: str) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(words) + r")\b", re.I)


_ORGANISATION = (
    "perusahaan|bank|startup|mitra|partner|lembaga|organisasi|merek|maskapai|operator|universitas|institusi|kementerian"
    "|badan|perguruan tinggi|pihak|investor|agensi|agen|vendor|pemasok|produsen|company|companies|firm|brand|agency"
    "|agencies|organi[sz]ation|university|institution|ministry|supplier|airline|carrier|lender|manufacturer"
)
_MEASURES = (
    "nilai|harga|dana|duit|uang|biaya|besar|total|investasi|modal|anggaran|pendapatan|kerugian|keuntungan|lama|jauh|tinggi|luas|panjang"
    "|lebar|berat|dalam|persen|suhu|kecepatan|usia|umur"
)
_POSTS = (
    "ceo|cto|cfo|bos|pejabat|menteri|direktur|eksekutif|pendiri|petinggi|executive|official|minister|director|founder"
    "|boss|president|chairman|analyst|manager|governor|mayor"
)
_PLACES_ID = "stasiun|bandara|pelabuhan|kota|negara|provinsi|pulau|daerah|kabupaten|wilayah|benua|gedung|kantor|lokasi"
_PLACES_EN = "cit(?:y|ies)|countr(?:y|ies)|places?|province|island|region|state|town|location|continent|area"
# The order matters: "untuk apa" is no "what", "berapa lama" no count, "tahun berapa" neither.
_QUESTIONS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (
        "why",
        _pattern(
            "mengapa(?:kah)?", "kenapa(?:kah)?", "knp", "alasan(?:nya)?", "apa (?:yang )?(?:penyebab|sebab)(?:nya)?",
            "untuk apa", "(?:buat|guna) apa", "apa tujuan(?:nya)?", "why", "what for",
            "what (?:made|drove|led|prompted)",
            "what (?:is|was|were|are) the (?:reasons?|causes?|aims?|goals?|purpose)",
        ),
    ),
    (
        "when",
        _pattern(
            "kapan(?:kah)?", "bila(?:kah|mana)", "when",
            "(?:pada |di )?(?:tanggal|tahun|bulan|hari|abad|jam|pukul) (?:berapa|apa)(?:kah)?",
            "(?:what|which) (?:year|date|month|day|time|century|decade)",
        ),
    ),
    (
        "how_much",
        _pattern(
            rf"berapa(?:kah)? (?:{_MEASURES}|rupiah|dolar|dollar|euro|rp)\w*",
            rf"(?:{_MEASURES})(?:nya)? .{{0,60}}berapa",
            r"berapa(?:an)? (?:duit|uang)\w*", "(?:duit|uang)(?:nya)? berapa",
            r"seberapa \w+", "how (?:much|long|far|tall|high|big|large|old|deep|fast|wide|heavy)",
            "what (?:percentage|percent|price|amount|sum|fraction|share|is the value|was the value)",
            "^(?:the )?(?:value|capacity|price) of",
            r"what(?:'s| is| was)? the (?:\w+ )?(?:price|cost|value|capacity)", "how often",
            r"kapasitas\w* .{0,40}berapa",
        ),
    ),
    (
        "how_many",
        _pattern("berapa(?:kah)?", "how many", "what (?:is|was) the (?:number|population)"),
    ),
    (
        "where",
        _pattern(
            "(?:di|ke|dari) ?mana(?:kah)?(?: saja)?", "where",
            rf"(?:{_PLACES_ID})(?: \w+)? (?:mana|apa)(?:kah|pun)?(?: saja)?",
            rf"(?:what|which) (?:{_PLACES_EN})", "apa ibu ?kota",
        ),
    ),
    (
        "which_org",
        _pattern(
            rf"(?:{_ORGANISATION}) (?:mana|apa)(?:kah|pun)?(?: saja)?",
            rf"(?:what|which) (?:[\w-]+ ){{0,2}}(?:{_ORGANISATION})",
            "dengan (?:siapa|apa)(?:kah)?(?: saja)?", "with (?:whom|who|which|what)",
            r"(?:who|whom) .{0,60} (?:partner|team|work|collaborat|cooperat)\w* with",
        ),
    ),
    (
        "who",
        _pattern(
            "siapa(?:kah|pun)?(?: saja)?", "who", "whom", "whose",
            "sapa", "nama (?:ceo|presiden|direktur|pendiri|ketua|menteri|bos)", rf"(?:{_POSTS}) (?:mana|apa)",
            rf"(?:what|which) (?:[\w-]+ ){{0,2}}(?:{_POSTS})",
        ),
    ),
)  # fmt: skip

_MONTHS = (
    "januari|februari|maret|april|mei|juni|juli|agustus|september|oktober|november|desember|january|february|march|may"
    "|june|july|august|october|december|jan|feb|apr|jun|jul|agu|aug|sept?|okt|oct|nov|des|dec"
)
_DATE = re.compile(
    rf"\b(?:1[0-9]|20)\d\d\b|\b\d{{1,2}} (?:{_MONTHS})\b|\b(?:{_MONTHS}) \d{{1,4}}\b"
    r"|\b\d{1,2}[/-]\d{1,2}(?:[/-]\d{2,4})?\b"
    r"|\b(?:senin|selasa|rabu|kamis|jumat|sabtu|minggu|monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b"
    r"|\babad (?:ke-?)?\w+|\b\w+ century\b|\b(?:kemarin|hari ini|besok|lusa|yesterday|today|tomorrow)\b"
    r"|\b(?:tahun|bulan|pekan|minggu) (?:lalu|depan|ini)\b|\b(?:last|next|this) (?:year|month|week)\b|\bpukul \d",
    re.I,
)
_COUNT_WORDS = (
    "satu|dua|tiga|empat|lima|enam|tujuh|delapan|sembilan|sepuluh|sebelas|belasan|puluhan|ratusan|ribuan|jutaan|seratus"
    "|seribu|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|fifty|hundreds?|thousands?"
    "|dozens?"
)
_NUMBER = re.compile(rf"\d|\b(?:{_COUNT_WORDS})\b", re.I)
_AMOUNT = re.compile(
    r"(?:\brp|\bidr|\bus\$|\$|€|£|¥|\busd)\s?\.?\d|\d[\d.,]*\s?(?:ribu|juta|miliar|milyar|triliun|thousand|million|billion"
    r"|trillion|persen|percent|%|meter|km|kilometer|kg|ton|hektar|tahun|bulan|hari|jam|menit|years?|months?|days?|hours?"
    r"|minutes?|feet|miles?|rupiah|dol+ar|euro|yen|derajat|degrees?)",
    re.I,
)
_UNITS: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = (
    (
        _pattern(
            "(?:nilai|harga|dana|duit|uang|biaya|modal|investasi)(?:nya)?", "pinjaman", "denda", "gaji", "rupiah",
            "dolar", "price", "cost", "value", "worth", "raised?", "pay", "invest(?:ed|ment)?", "funding", "spend",
            "sum", "loan", "money",
        ),
        re.compile(
            r"(?:\brp|\bidr|\bus\$|\$|€|£|¥|\busd)\s?\.?\d[\d.,]*"
            r"|\d[\d.,]*(?=\s?(?:ribu |juta |miliar |triliun |million |billion )?"
            r"(?:rupiah|dol+ars?|euros?|yen|yuan|won|ringgit|pounds?)\b)", re.I,
        ),
    ),
    (
        _pattern("lama(?:nya)?", "how long", "usia", "umur", "how old", "how often"),
        re.compile(
            r"\d[\d.,]*(?=\s?(?:abad|tahun|bulan|pekan|minggu|hari|jam|menit|detik|years?|months?|weeks?|days?|hours?"
            r"|minutes?)\b)", re.I,
        ),
    ),
    (
        _pattern("persen", "persentase", "percentage", "percent", "share", "stake"),
        re.compile(r"\d[\d.,]*(?=\s?(?:%|persen|percent))", re.I),
    ),
)  # fmt: skip
"""What a question asks an amount of, and how such an amount is written: money, time, shares."""
_REASON = re.compile(
    r"\b(?:karena|sebab|disebabkan|akibat|agar|supaya|demi|sehingga|bertujuan|tujuan\w*|alasan\w*|lantaran|terkait"
    r"|mengingat|because|due to|since|in order to|so that|aims? to|for the purpose|reasons?|therefore|owing to)\b",
    re.I,
)
_PURPOSE = re.compile(r"\b(?:untuk|guna|to|for) \w+", re.I)
"""May be a reason, and mostly is none."""
_PLACE = re.compile(
    r"\b(?:di|ke|dari|kota|negara|provinsi|kabupaten|pulau|kawasan|wilayah|jalan|in|at|from|to|near|city of|across)"
    r" (?:the |kota |negara |provinsi |pulau |kawasan )?[A-Z][\w’'-]*"
)
_NAME = re.compile(r"(?<![.!?\"“”] )(?<!^)\b[A-Z][\w'’-]+(?: (?:[A-Z][\w'’.-]*|bin|binti|van|de|al))*")
_TITLE = (
    "CEO|CTO|CFO|COO|[Pp]residen|[Dd]irektur|[Dd]irut|[Kk]etua|[Kk]epala|[Mm]enteri|[Pp]endiri|[Gg]ubernur|[Mm]anajer"
    "|[Kk]omisaris|[Ww]akil|[Jj]uru [Bb]icara|[Pp]resident|[Dd]irector|[Cc]hief|[Cc]hair\\w*|[Hh]ead|[Mm]inister"
    "|[Ff]ounder|[Gg]overnor|[Mm]anager|[Vv]ice|[Ss]pokes\\w+|[Aa]nalis|[Pp]engamat|[Pp]rofes+or"
)
_SPEECH = "kata|ujar|tutur|ucap|jelas|ungkap|sebut|tambah|imbuh|papar|terang|[Mm]enurut|said|says|told|according to"
_PERSON_NAME = r"[A-Z][a-z’'-]+(?: [A-Z][\w.’'-]*)+"
_PERSON = re.compile(
    rf"\b(?:{_SPEECH})(?:nya)? (?:{_TITLE})?[^.]{{0,60}}?{_PERSON_NAME}|{_PERSON_NAME},? (?:\w+ ){{0,3}}(?:{_TITLE})"
    rf"|(?:{_TITLE})\b[^.,]{{0,60}}? {_PERSON_NAME}|{_PERSON_NAME} (?:mengatakan|menjelaskan|menyatakan|mengungkapkan)"
)
_OF_KIND: Mapping[Kind, re.Pattern[str]] = {
    "who": _NAME, "when": _DATE, "where": _PLACE, "how_many": _NUMBER, "how_much": _AMOUNT, "why": _REASON,
    "which_org": _NAME, "what": _NAME,
}  # fmt: skip
MAX_SENTENCE = 1_000
"""Characters that are looked at: a chain of ten thousand capitals must not take seconds."""
_WORDS = re.compile(r"\w+|\W+$")
_SEVERAL = re.compile(
    r"\bs?aja(?:kah)?\b|\bsebutkan\b|\b(?:what|which) (?:\w+ )?(?:are|were)\b|\blist\b|\bname (?:the|all|some)\b"
    r"|\b(?:what|which) (?:\w+ ){0,2}(?:cities|countries|companies|places|banks|brands|regions|fields|areas|products"
    r"|services|partners|people|names|types|kinds|sectors|universities|features"
    r"|agencies|firms|startups|investors|neighbou?rs|markets|colou?rs|models|bills)\b|\bpartners(?: other than|\?|$)",
    re.I,
)
_LONG_LIST = re.compile(r"(?:[^,;:]{2,60}, ){2,}(?:[^,;:]{2,60},? )?(?:dan|serta|hingga|and|or|atau|maupun) ")
_SHORT_LIST = re.compile(r"[^,;:]{2,60}, [^,;:]{2,60},? (?:dan|serta|and) ")


def question_kind(question: str) -> Kind:
    """What kind of thing would answer the question; "what" where no word of it tells."""
    for kind, pattern in _QUESTIONS:
        if pattern.search(question):
            return kind
    return "what"


def holds_kind(sentence: str, kind: Kind, question: str, language: Language = "und") -> float:
    """How far a sentence holds something of the kind that the question does not already say, 0 to 1."""
    sentence = sentence[:MAX_SENTENCE]
    if kind == "when":
        return float(_any_new(_DATE, sentence, question))
    if kind == "how_many":
        return float(_any_new(_NUMBER, sentence, question))
    if kind == "how_much":
        return _holds_amount(sentence, question)
    if kind == "why":
        return 1.0 if _REASON.search(sentence) else 0.5 * bool(_PURPOSE.search(sentence))
    if kind == "where":
        return float(_any_new(_PLACE, sentence, question))
    if kind == "who":
        named = _any_new(_NAME, sentence, question)
        return (0.6 + 0.4 * bool(_PERSON.search(sentence))) * named
    if kind == "which_org":
        return float(_any_new(_NAME, sentence, question))
    return 0.5


def wants_list(question: str) -> bool:
    """Whether the question asks for several things at once."""
    return bool(_SEVERAL.search(question))


def enumerates(sentence: str) -> float:
    """How far a sentence is a list, 0 to 1: "A, B, C and D" is one, "A, B and C" may be."""
    return 1.0 if _LONG_LIST.search(sentence) else 0.5 * bool(_SHORT_LIST.search(sentence))


def content_of(question: str) -> str:
    """The question without the words that only tell what kind of thing is asked for."""
    for _, pattern in _QUESTIONS:
        question = pattern.sub(" ", question)
    return " ".join(question.split())


def _holds_amount(sentence: str, question: str) -> float:
    """1 for an amount in what is asked for, 0.5 for another one, or for a number where anything would do."""
    wanted = [written for asked, written in _UNITS if asked.search(question)]
    if any(_any_new(written, sentence, question) for written in wanted):
        return 1.0
    if _any_new(_AMOUNT, sentence, question):
        return 0.5 if wanted else 1.0
    return (0.25 if wanted else 0.5) * _any_new(_NUMBER, sentence, question)


def names_new(sentence: str, question: str) -> bool:
    """Whether the sentence holds a name that the question does not say."""
    return _any_new(_NAME, sentence[:MAX_SENTENCE], question)


def numbers_new(sentence: str, question: str) -> bool:
    """Whether the sentence holds a number that the question does not say."""
    return _any_new(_NUMBER, sentence[:MAX_SENTENCE], question)


def typed_places(sentence: str, kind: Kind, question: str) -> list[tuple[int, int]]:
    """Where in the sentence something of the kind stands that the question does not say: starts and ends."""
    return [match.span() for match in _new(_OF_KIND[kind], sentence[:MAX_SENTENCE], question)]


def _any_new(pattern: re.Pattern[str], sentence: str, question: str) -> bool:
    return next(_new(pattern, sentence, question), None) is not None


def _new(pattern: re.Pattern[str], sentence: str, question: str) -> Iterator[re.Match[str]]:
    """What the pattern finds whose last word the question does not say itself."""
    known = set(_WORDS.findall(question.casefold()))
    return (m for m in pattern.finditer(sentence) if _WORDS.findall(m.group().casefold())[-1] not in known)
