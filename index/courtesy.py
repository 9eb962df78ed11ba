"""What is said out of courtesy and asks nothing: thanks and greetings."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

from index.types import Language

Courtesy = Literal["thanks", "greeting"]
_COURTESY = "ya bot min admin kak mas mbak pak bu you so very much banyak sekali all semua semuanya"
_THANKS = (
    "terima kasih terimakasih makasih trims thanks thank thx tq ok oke okay sip siap mantap noted great nice bagus "
    "keren infonya informasinya bantuannya jawabannya atas for the info help answer"
)
_GREETINGS = (
    "halo hallo hai hi hello hey selamat pagi siang sore malam assalamualaikum permisi good morning afternoon evening "
    "there everyone"
)
_POLITE: tuple[tuple[Courtesy, frozenset[str]], ...] = (
    ("thanks", frozenset(_THANKS.split())),
    ("greeting", frozenset(_GREETINGS.split())),
)
_EITHER = "bot min admin ok oke okay tq info"
"""Said in both languages."""
_ENGLISH = (
    "thanks thank thx noted great nice for the help answer hi hello hey good morning afternoon evening there everyone "
    "you so very much all"
)


def courtesy_in(question: str) -> Courtesy | None:
    """What a message is, where to look for it in the news would be odd."""
    words = _words(question)
    if not words:
        # An emoji alone is a thank you as well.
        return "thanks" if any(unicodedata.category(character) == "So" for character in question) else None
    polite = {*words} - {*_COURTESY.split()}
    return next((kind for kind, meant in _POLITE if polite and polite <= meant), None)


def courtesy_language(said: str, default: Language = "id") -> Language:
    """What courteous words are said in: English where all of them are ("thanks, kak" is not), `default` without any."""
    telling = {*_words(said)} - {*_EITHER.split()}
    if not telling:
        return default
    return "en" if telling <= {*_ENGLISH.split()} else "id"


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold().replace("'", ""))
