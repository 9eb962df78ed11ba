"""What a question in a conversation leaves unsaid: "Siapa CEO-nya?" after one about BMW is about BMW."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from index.lemmas import STOP_WORDS_EN, STOP_WORDS_ID

SHORT_WORDS = 8
"""A question of at most so many words may be the rest of the one before."""
OWN_WORDS = 3
"""... unless it has more words than this of its own to be found by; stop words and question words do not count."""
MAX_NAMES = 3
_STOP_WORDS = STOP_WORDS_ID | STOP_WORDS_EN
NOTHING_KNOWN: frozenset[str] = frozenset()


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_OPENERS = _words(
    """
    sebutkan jelaskan ceritakan ceritain tolong coba apakah adakah siapakah kapankah dimanakah berapa harga nilai jumlah
    perusahaan bank startup mitra partner pihak orang kota negara produk layanan lokasi alasan tanggal tahun nama hasil
    isi peran tujuan kabar berita tell show list give name please is are was were
    do does did has have had can could will would should may might describe explain any latest
    """
)
"""Written with a capital because a question begins with them."""
_NO_NAMES = _words(
    """
    CEO CTO CFO COO CMO MoU MOU IPO UKM UMKM IKM IT AI IoT BUMN PT Tbk Persero Rp US USD IDR WIB WITA WIT TV API KUR
    Presiden Direktur Utama Menteri Gubernur Ketua President Director Minister Chairman I I'm I'd
    Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember January February March May
    June July August October December Senin Selasa Rabu Kamis Jumat Sabtu Minggu Monday Tuesday Wednesday Thursday
    Friday Saturday Sunday
    """
)
_SETTINGS = re.compile(
    r"\b(?:di|ke|dari|in|to|from)\s+(?:Indonesia|Jakarta|Jawa|Asia(?: Tenggara)?|China|Tiongkok|Jepang|Japan|Korea"
    r"|Singapura|Singapore|Malaysia|Eropa|Europe|Amerika|America|India|Southeast Asia)\b(?:\s+Selatan)?"
)
"""Where something happens, not what is asked about: "Kapan masuk ke Indonesia?" still lacks its subject."""
_WORD = re.compile(r"[^\W_](?:[\w&’'.-]*[^\W_])?")
_INSIDE_NAMES = _words("of de al bin binti van &")

# "-nya" is his, her, its, except in these, which mean something of their own.
_NYA = re.compile(
    r"\b(?!(?:ha|pu|ta|berta|menanya|biasa|misal|akhir|sebelum|sesudah|setelah|sebenar|tentu|khusus|umum|seharus|sepenuh"
    r"|rupa|sebaik|selanjut|berikut|kira|setidak|sekurang-kurang|sesungguh|lazim|selama|satu-satu|ujung-ujung)nya\b)"
    r"\w+-?nya\b",
    re.IGNORECASE,
)
_POINTING = re.compile(
    r"\b(?:dia|ia|beliau|mereka|keduanya|ketiganya|tersebut|di\s?sana|di\s?situ|nya"
    r"|(?<!apa )(?<!siapa )(?<!saat )(?<!waktu )(?<!ketika )itu"
    r"|(?:perusahaan|kerja ?sama|kemitraan|kesepakatan|perjanjian|acara|proyek|produk|layanan|bank|startup|berita) ini"
    r"|it|its|they|their|theirs|them|he|she|his|her|hers|him"
    r"|(?:that|this|those|these|the)\s+(?:company|companies|firms?|deals?|partnerships?|partners?|agreement|event|project"
    r"|product|service|bank|start-?up|two|pair|both|launch|contract|merger|programme|program))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Turn:
    """What remains of a question and its answer."""

    names: tuple[str, ...] = ()
    """What it was about: its own names, or inherited ones, or else the organisations of the article quoted first."""


def topic_of(question: str, earlier: Turn | None, known: Collection[str] = NOTHING_KNOWN) -> str:
    """What a question is about without saying so, "" where it says so itself or nothing was said before.

    A pronoun points back to the earlier question unless a name stands before it in its own ("Apa rencana Grab dan siapa
    mitranya?"). Without one, only a short question that names nothing and has few words of its own lacks its topic.
    `known`: names in lower case that count as names however they are written.
    """
    if earlier is None or not earlier.names:
        return ""
    named = _found_names(question, known)
    pointing = [m.start() for pattern in (_NYA, _POINTING) for m in pattern.finditer(question)]
    lacking = (not named or min(pointing) < named[0][0]) if pointing else not named and _is_rest(question)
    mentioned = {name.casefold() for _, name in named}
    inherited = [name for name in earlier.names if name.casefold() not in mentioned]
    return ", ".join(_widest(inherited)) if lacking else ""


def _widest(names: Sequence[str]) -> list[str]:
    """Without those that stand in another one: "Grab" beside "Grab Indonesia" says nothing more."""
    words = [tuple(name.casefold().split()) for name in names]
    return [
        name
        for name, own in zip(names, words, strict=True)
        if not any(len(own) < len(other) and _within(own, other) for other in words)
    ]


def _within(part: Sequence[str], whole: Sequence[str]) -> bool:
    return any(tuple(whole[at : at + len(part)]) == tuple(part) for at in range(len(whole) - len(part) + 1))


def turn_after(question: str, topic: str, partners: Sequence[str] = (), known: Collection[str] = NOTHING_KNOWN) -> Turn:
    """What to remember of a question asked with `topic`; `partners` are of the article that its answer quotes first."""
    inherited = [name for name in topic.split(", ") if name]
    asked = [name for _, name in _found_names(question, known)]
    # Organisations that the question wrote in lower case are what it was about, before others of the same article.
    folded = f" {' '.join(_WORD.findall(question.casefold()))} "
    meant = [name for name in partners if f" {name.casefold()} " in folded]
    names = list(dict.fromkeys([*inherited, *asked, *meant])) or list(partners)
    return Turn(tuple(names[:MAX_NAMES]))


def names_in(question: str, known: Collection[str] = NOTHING_KNOWN) -> tuple[str, ...]:
    """The names in a question, in order: capitalised words that are no titles, months or settings."""
    return tuple(name for _, name in _found_names(question, known))


def _found_names(question: str, known: Collection[str]) -> list[tuple[int, str]]:
    """Names and where they begin."""
    # Blanked, not cut, so that positions stay.
    text = _SETTINGS.sub(lambda m: " " * len(m.group()), question)
    words = [(m.start(), m.group()) for m in _WORD.finditer(text)]
    found: list[tuple[int, str]] = []
    end = -1
    for start, word in words:
        # The first word of a sentence: nothing before it, or the end of another one.
        first = text[max(start - 2, 0) : start].rstrip()[-1:] in ("", "?", "!", ".", ":")
        if not _is_name(word, first=first, known=known):
            continue
        between = text[end:start].strip() if found else ""
        joined = found and (not between or between.casefold() in _INSIDE_NAMES)
        if joined:
            begin = found[-1][0]
            found[-1] = (begin, " ".join(text[begin : start + len(word)].split()))
        else:
            found.append((start, word))
        end = start + len(word)
    return found


def _is_name(word: str, *, first: bool, known: Collection[str]) -> bool:
    stem = re.sub(r"(?:-nya|nya|'s|’s|-lah|kah)$", "", word)
    folded = stem.casefold()
    if folded in known:
        return True
    capitals = sum(letter.isupper() for letter in stem)
    if stem in _NO_NAMES or not capitals:
        return False
    return capitals > 1 or (folded not in _STOP_WORDS and not (first and folded in _OPENERS))


def _is_rest(question: str) -> bool:
    words = [m.group().casefold() for m in _WORD.finditer(question)]
    own = [w for w in words if w not in _STOP_WORDS and w not in _OPENERS]
    return 0 < len(words) <= SHORT_WORDS and len(own) <= OWN_WORDS
