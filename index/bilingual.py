"""What Indonesian and English write differently and means one thing: each is given one token, its first word below.

Names of places, days, months, currencies, scales, ordinals, units and offices: what a question and a passage in two
languages can be matched by though they share no other word.
"""

from __future__ import annotations

import re

_SAME = """
ribu thousand rb
juta million jt mn mln
miliar milyar billion bn mlr
triliun trilyun trillion tn
persen percent % prosen pct
rupiah rp idr
dolar dollar dollars usd us$ $
euro eur €
pound pounds poundsterling gbp £
yen jpy ¥
yuan renminbi rmb
1 pertama first
2 dua two kedua second
3 tiga three ketiga third
4 empat four keempat fourth
5 lima five kelima fifth
6 enam six keenam sixth
7 tujuh seven ketujuh seventh
8 delapan eight kedelapan eighth
9 sembilan nine kesembilan ninth
10 sepuluh ten kesepuluh tenth
100 seratus
1000 seribu
tahun year
abad century
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
utara north northern
selatan south southern
barat west western
timur east eastern
tengah central middle sentral
tenggara southeast southeastern
dunia world
laut sea
presiden president
menteri minister
kementerian ministry
gubernur governor
afrika africa african
aljazair algeria algerian
amerika america american
arab arabia arabian
argentina argentine argentinian
asia asian
athena athens
australia australian
austria austrian
bangladesh bangladeshi
belanda netherlands dutch
belgia belgium belgian
brasil brazil brazilian
brussel brussels
bulgaria bulgarian
ceko czech czechia
chili chile chilean
denmark danish
eropa europe european
ethiopia etiopia ethiopian
filipina philippines filipino
finlandia finland finnish
hungaria hungary hungarian
india indian
indonesia indonesian
inggris england english britain british uk
irak iraq iraqi
iran iranian
irlandia ireland irish
islandia iceland icelandic
israel israeli
italia italy italian
jawa java javanese
jenewa geneva
jepang japan japanese
jerman germany german
kairo cairo
kalimantan borneo
kamboja cambodia cambodian
kanada canada canadian
kolombia colombia colombian
kopenhagen copenhagen
korea korean
kroasia croatia croatian
kuba cuba cuban
lebanon libanon lebanese
lisabon lisbon
madinah medina
malaysia malaysian
maroko morocco moroccan
mekkah mecca makkah mekah
meksiko mexico mexican
mesir egypt egyptian
moskow moscow moskwa
nigeria nigerian
norwegia norway norwegian
pakistan pakistani
palestina palestine palestinian
peru peruvian
polandia poland polish
portugal portuguese
prancis perancis france french
praha prague
roma rome
rumania romania romanian
rusia russia russian
serbia serbian
singapura singapore singaporean
skotlandia scotland scottish
spanyol spain spanish
sumatera sumatra
suriah syria syrian
swedia sweden swedish
swiss switzerland
taiwan taiwanese
thailand thai
tiongkok china cina chinese
tunisia tunisian
turki turkey turkish
ukraina ukraine ukrainian
venesia venice
vietnam vietnamese
warsawa warsaw
wina vienna
yerusalem jerusalem
yordania jordan jordanian
yunani greece greek
"""
SHARED = {word: words[0] for words in map(str.split, _SAME.strip().splitlines()) for word in words}
"""Word or sign to token."""

_PHRASES = {
    "emirat arab": "uni emirat arab|united arab emirates|uea|uae",
    "inggris": "united kingdom|great britain|britania raya",
    "korea selatan": "korsel",
    "korea utara": "korut",
    "new zealand": "selandia baru",
    "pantai gading": "ivory coast",
    "pbb": r"perserikatan bangsa[ -]bangsa|united nations|u\.n\.",
    "persen": "per cent",
    "uni eropa": "european union|eu",
    "uni soviet": "soviet union",
}
_PHRASE = re.compile(r"(?<![\w-])(?:" + "|".join(f"({forms})" for forms in _PHRASES.values()) + r")(?![\w-])")
_HINT = re.compile(
    r"uni |united|uea|uae|britain|britania|kors|koru|selandia|ivory|bangsa|u\.n\.|per cent|european|\beu\b|soviet"
)
_CANONICAL = tuple(_PHRASES)

ORDINALS = {
    form: forms[0]
    for forms in (
        ("1", "i", "pertama", "first", "1st"), ("2", "ii", "kedua", "second", "2nd"),
        ("3", "iii", "ketiga", "third", "3rd"), ("4", "iv", "keempat", "fourth", "4th"),
    )
    for form in forms
}  # fmt: skip
"""Which part of a year."""
_ANY = "|".join(sorted(ORDINALS, key=len, reverse=True))
_PART = re.compile(
    rf"\b(?:(?P<id>kuartal|triwulan|semester|paruh)[ -](?:ke-?)?(?P<after>{_ANY})"
    rf"|(?P<before>{_ANY})[ -](?P<en>quarter|half|semester))\b"
)
_PART_HINTS = ("kuartal", "triwulan", "semester", "paruh", "quarter", "half")
_HALVES = ("semester", "paruh", "half")
# "Rp25 M" is milyar, "$3m" million.
_MONEY = re.compile(
    r"(?<![^\W_])((?:rp|idr)\.? ?|(?:us\$|usd|\$|€|£) ?)(\d[\d.,]*) ?(k|m|b|t)\b",
)
_MONEY_HINTS = ("rp", "idr", "usd", "$", "€", "£")
_RUPIAH = {"k": "ribu", "m": "miliar", "b": "miliar", "t": "triliun"}
_OTHERS = {"k": "ribu", "m": "juta", "b": "miliar", "t": "triliun"}


def unified(text: str) -> str:
    """Lower-cased text with one spelling for what takes several words: "third quarter" is "kuartal q3"."""
    if _HINT.search(text):
        text = _PHRASE.sub(lambda match: _CANONICAL[(match.lastindex or 1) - 1], text)
    if any(word in text for word in _PART_HINTS):
        text = _PART.sub(_part, text)
    return _MONEY.sub(_amount, text) if any(sign in text for sign in _MONEY_HINTS) else text


def _part(match: re.Match[str]) -> str:
    number = ORDINALS[match["after"] or match["before"]]
    half = (match["id"] or match["en"]) in _HALVES
    if half:
        return match[0] if number > "2" else f"semester h{number}"
    return f"kuartal q{number}"


def _amount(match: re.Match[str]) -> str:
    scales = _RUPIAH if match[1][:2] in ("rp", "id") else _OTHERS
    return f"{match[1]}{match[2]} {scales[match[3]]}"
