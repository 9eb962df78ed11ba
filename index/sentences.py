"""Sentence offsets for Indonesian and English news.

Own rules, because no splitter on PyPI knows "PT.", "Tbk.", "Jend." or "a.n.". Every stop is judged by the words
around it. A short quotation stays whole, because a quote is shown alone to a reader. The time is linear in the text:
one pass over each line, and a bounded look around each stop.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from index.types import Span


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


MAX_QUOTE_WORDS = 40
"""A quotation of more words may be split at the sentence ends inside it."""
MAX_SENTENCE_WORDS = 80
"""A sentence of more words is split inside quotations, then at semicolons and doubtful stops, where it has any."""

_LINE = re.compile(r"[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")
# Stops, then whatever closes with the sentence: quotation marks, brackets and Wikipedia's "[1]".
_STOP = re.compile(r"(?:[.!?…]+|[。！？]+)(?:[\"'”’»)\]]|[ ]?\[\d{1,3}\])*")
_NEXT_WORD = re.compile(r"\w+")
_SEMICOLON = re.compile(r";(?=\s)")
_QUOTE_MARK = re.compile(r"[\"“”„«»]")
_REFERENCE = re.compile(r"\[[^\[\]]*\]|\([\W\d_]*\)\W*")
_DOTTED = re.compile(r"(?:[^\W\d_]{1,3}\.)+[^\W\d_]{1,3}")
_THOUSANDS = re.compile(r"\d{1,3}(?:\.\d{3})*")
_OPENERS = "\"'“‘«([„¿¡•*–—- \t\u00a0"
_CLOSING_QUOTES = frozenset('"”»')
# How far to look around a stop: it bounds the work a stop causes. Words of news that matter here are shorter.
_REACH = 48

# Case counts in these: "Sen. Budi" is a title and "50 sen." is money, "BPK." an agency and "Bpk." a title.
_NEVER_LAST = _words(
    """
    Ir IR Dr DR dr Drs DRS Dra DRA drg Drg Hj HJ KH Kh Prof PROF Jend Jendr Letjen Letjend Mayjen Mayjend
    Brigjen Brigjend Laksma Laksda Marsda Marsdya Irjen Komjen Kombes Kompol Ipda Iptu Kol Letkol Serma Tn Ny Nn
    Sdr Bpk Ust Tgk Rm RM RR Ds Dt Mr Mrs Ms Mx MR MRS Messrs St ST Sts Ste Gen Lt Col Capt Sgt Maj Cmdr Sen Rep
    Gov Hon Rev Fr Pres Mt Ft Bros PT Pt CV UD Pte No no Nos nos Jl jl Jln jln JL Gg Kec Kel Kab kec kel kab
    Prov hlm Hlm hal Hal Art art Fig fig Figs Eq Vol vol pp Kep SK Rp rp RP Telp telp Tel tel Fax vs Vs VS cf ca
    Ca al approx Moh Muh Abd Mgr Pdt Rd Kms Pur skt
    """
)
# Words that take a number: with none after them, "no." and "hal." end a sentence like any other word.
_TAKES_NUMBER = _words("no nos hal Hal kec kel kab art tel al")
_SOMETIMES_LAST = _words(
    """
    Co Jr Sr SP Sp SPd SE Se SH Sh MM Mm MH MT MSi MSc MBA PhD Etc est Jan Feb Mar Apr Jun Jul Agt Ags Agu Aug
    Sep Sept Okt Oct Nop Nov Des Dec
    """
)
_COMPANY_FORMS = _words("Tbk tbk TBK Inc INC Ltd LTD Llc LLC Corp CORP Plc plc PLC Bhd")
# "Apple Inc. CEO Tim Cook", "Mitsui Co. Ltd. Chairman ...": what goes on after a company's form.
_GOES_ON = _words(
    """
    ceo cfo coo cto chief president chairman chairwoman chair founder co executive vice senior managing director
    inc ltd llc tbk persero bhd kg spokesman spokeswoman spokesperson
    """
)
_DOTTED_NEVER_LAST = _words("a.n d.a u.p e.g i.e s.d c.q u.b a.l l.k")
# Words that start a sentence after "... S.H." or "... Jr." more often than they go on with a name.
_STARTERS = _words(
    """
    adapun akan akibatnya akuisisi antara apa apabila apakah atas awalnya bagi bahkan banyak baru beberapa
    begitu belum berbagai berdasarkan berikut bila bisa dalam dan dari demi demikian dengan di dia hal hanya
    harga hasil hasilnya hingga ia ini investasi itu jadi jika juga jumlah kalau kami karena ke kedua keduanya
    kemudian kendati kerja kesepakatan ketika kini kita lalu langkah lebih maka masih melalui menurut menurutnya
    mereka meski meskipun misalnya namun nantinya nilai oleh orang pada padahal para pasalnya pemerintah
    penandatanganan pendapatan perjanjian perusahaan perseroan pihak pihaknya rencana rencananya saat saham
    sampai satu saya sebab sebagai sebanyak sebelum sebelumnya sedangkan sehingga sejak sekarang selain selama
    selanjutnya seluruh semua sementara seperti sesuai setelah setiap sudah tak tapi telah tentu terkait tetapi
    tidak total transaksi untuk walau walaupun yang a about after although an and another as at because before
    both but by despite during even every first following for founded from he her his how however i if in it its
    last many meanwhile more most no now on one only or other our since so some such that the their then there
    these they this those to today two under we what when where which while who why with you
    """
)
_ATTRIBUTIONS = _words(
    """
    kata ujar tutur ucap ungkap jelas terang papar imbuh sambung tambah tegas pungkas tandas sebut lanjut
    katanya ujarnya tuturnya ucapnya ungkapnya jelasnya terangnya paparnya imbuhnya sambungnya tambahnya
    tegasnya pungkasnya tandasnya sebutnya lanjutnya demikian said says
    """
)
# "Grup A. Persib ...": a single letter after these is a label and no initial.
_LABELS = _words(
    """
    grup group vitamin serie seri kelas class plan rencana tipe type blok liga lisensi uefa hepatitis golongan
    kategori pasal ayat huruf iphone model series part bagian
    """
)
_DOMAINS = _words(
    """
    com co id net org io tv my sg info news me app ai gov edu biz dev xyz asia uk us au jp in js py ac go sch
    web
    """
)
_EXCLAIMING_NAMES = frozenset({"yahoo", "yum", "joomla"})

_Verdict = Literal["end", "doubtful", "none"]


@dataclass(frozen=True, slots=True)
class _Stop:
    """A stop and what stands around it, _REACH characters each way but not beyond the sentence's start."""

    marks: str
    before: str
    after: str

    @property
    def word(self) -> str:
        """The word that the stop touches; "" where a space stands between."""
        if not self.before or self.before[-1].isspace():
            return ""
        return self.before.rsplit(maxsplit=1)[-1].lstrip(_OPENERS)

    @property
    def following(self) -> str:
        """The first word after the stop, without opening marks."""
        found = _NEXT_WORD.match(self.after.lstrip(_OPENERS))
        return found.group() if found else ""


def split_sentences(body: str) -> tuple[Span, ...]:
    """Offsets of the sentences of a body, in order.

    A newline always ends a sentence. The spans are trimmed of outer white space, never overlap, and together cover
    everything that is not white space.
    """
    spans: list[Span] = []
    for line in _LINE.finditer(body):
        spans.extend(Span(line.start() + start, line.start() + end) for start, end in _split_line(line.group()))
    return tuple(spans)


def _split_line(line: str) -> list[tuple[int, int]]:
    quotes = _short_quotations(line)
    opened = [start for start, _ in quotes]
    has_capitals = line != line.lower()
    ends: list[int] = []
    quoted: list[int] = []
    doubtful = [match.end() for match in _SEMICOLON.finditer(line)]
    begin = 0
    for match in _STOP.finditer(line):
        place = match.end()
        before = line[max(begin, match.start() - _REACH) : match.start()]
        verdict = _judge(_Stop(match.group(), before, line[place : place + _REACH]), has_capitals)
        if verdict == "end":
            near = bisect_right(opened, match.start()) - 1
            (quoted if near >= 0 and place < quotes[near][1] else ends).append(place)
            begin = place
        elif verdict == "doubtful":
            doubtful.append(place)
    doubtful.sort()
    return [
        piece
        for sentence in _cut(line, 0, len(line), ends)
        for part in _cut_if_long(line, sentence, quoted)
        for piece in _cut_if_long(line, part, doubtful)
    ]


def _judge(stop: _Stop, has_capitals: bool) -> _Verdict:
    """Whether a sentence ends at the stop; "doubtful" where only a monster should be cut."""
    if stop.marks[0] in "。！？":
        return "end"
    if not any(map(str.isalnum, stop.before)):
        return "none"
    if stop.after and not stop.after[0].isspace():
        return "end" if _lacks_space(stop) else "none"
    following = stop.following
    # "iPhone" and "eBay" may start a sentence; in a text without any capitals every word may.
    if has_capitals and following[:1].islower() and following.islower():
        return "doubtful"
    if (
        stop.marks[-1] in _CLOSING_QUOTES
        and following.casefold() in _ATTRIBUTIONS
        and stop.after.lstrip()[:1].isalpha()
    ):
        return "doubtful"
    if stop.marks[0] == "!" and stop.word.casefold() in _EXCLAIMING_NAMES:
        return "doubtful"
    return "doubtful" if stop.marks == "." and _abbreviates(stop.word, following, stop) else "end"


def _lacks_space(stop: _Stop) -> bool:
    """Whether a space was forgotten, as in "selesai.Kemudian" but not in "Tiket.com" or "Kompas.Com"."""
    found = re.match(r"[^\W\d_]{2,}", stop.after)
    if stop.marks not in (".", "?", "!") or found is None:
        return False
    left, right = stop.word, found.group()
    if not (left[-2:].isalpha() and left[-2:].islower() and right[0].isupper() and right[1].islower()):
        return False
    if right.casefold() in _DOMAINS or left in _NEVER_LAST or left.casefold() in _EXCLAIMING_NAMES:
        return False
    return not re.search(r"[@/\\]|^www\.", left)


def _abbreviates(word: str, following: str, stop: _Stop) -> bool:
    """Whether the stop belongs to the word: an abbreviation, an initial, a list number or a cut number."""
    number = following[:1].isdigit()
    starts = following.casefold() in _STARTERS
    if word.isdigit() and len(word) <= 3 and stop.before.strip(_OPENERS) == word:
        return True
    if _THOUSANDS.fullmatch(word):
        # "31.995. 000 orang": careless typing, and tokens that were joined back.
        return len(following) == 3 and following.isdigit()
    if len(word) == 1 and word.isalpha():
        return _is_initial(word, starts, number, stop.before.split())
    if _DOTTED.fullmatch(word):
        return word.casefold() in _DOTTED_NEVER_LAST or not (starts or word in ("a.m", "p.m"))
    if word in _TAKES_NUMBER:
        return number
    if word in _COMPANY_FORMS:
        return following.casefold() in _GOES_ON or stop.after.lstrip()[:1] in ("(", "[")
    return word in _NEVER_LAST or (word in _SOMETIMES_LAST and not starts)


def _is_initial(letter: str, starts: bool, number: bool, words: Sequence[str]) -> bool:
    """Whether a single letter with a stop is part of a name ("M. Hatta") rather than a label ("Grup A.")."""
    previous = words[-2] if len(words) > 1 else ""
    if letter.islower():
        return number
    if previous.casefold() in _LABELS or (letter in "MH" and previous.isdigit()):
        return False  # "tahun 64 M.": M is Masehi, H is Hijriah
    if letter == "X" and previous[:1].isupper() and not previous.endswith("."):
        return False
    return not starts


def _short_quotations(line: str) -> list[tuple[int, int]]:
    """Ranges of double-quoted text of at most MAX_QUOTE_WORDS words, marks included; a lone mark opens none."""
    found: list[tuple[int, int]] = []
    opened = -1
    for match in _QUOTE_MARK.finditer(line):
        at = match.start()
        if _opens(line, at, inside=opened >= 0):
            opened = at
        elif opened >= 0:
            if len(line[opened:at].split()) <= MAX_QUOTE_WORDS:
                found.append((opened, at + 1))
            opened = -1
    return found


def _opens(line: str, at: int, inside: bool) -> bool:
    """Whether the quotation mark opens; for the straight one its neighbours tell."""
    if line[at] != '"':
        return line[at] in "“„«"
    left = line[at - 1] if at else " "
    right = line[at + 1] if at + 1 < len(line) else " "
    if right.isspace() or right in ".,;:!?)":
        return not inside and left.isspace()
    return not inside or left.isspace() or left in "([-–—:/"


def _cut_if_long(line: str, sentence: tuple[int, int], places: Sequence[int]) -> list[tuple[int, int]]:
    """The sentence, or when it is a monster as few pieces of at most MAX_SENTENCE_WORDS words as the places allow."""
    start, end = sentence
    inner = places[bisect_right(places, start) : bisect_right(places, end - 1)]
    if not inner or len(line[start:end].split()) <= MAX_SENTENCE_WORDS:
        return [sentence]
    chosen: list[int] = []
    words, last = 0, start
    for place in [*inner, end]:
        more = len(line[last:place].split())
        if words and words + more > MAX_SENTENCE_WORDS:
            chosen.append(last)
            words = 0
        words, last = words + more, place
    return _cut(line, start, end, chosen)


def _cut(line: str, start: int, end: int, places: Sequence[int]) -> list[tuple[int, int]]:
    """Trimmed pieces of [start, end); what is only marks or a reference like "[7]" goes with the piece before it."""
    pieces: list[tuple[int, int]] = []
    for stop in [*places, end]:
        text = line[start:stop]
        trimmed = text.strip()
        if trimmed:
            first = start + len(text) - len(text.lstrip())
            last = first + len(trimmed)
            reference = len(trimmed) <= _REACH and _REFERENCE.fullmatch(trimmed)
            if pieces and (reference or not any(map(str.isalnum, trimmed))):
                pieces[-1] = (pieces[-1][0], last)
            else:
                pieces.append((first, last))
        start = stop
    return pieces
