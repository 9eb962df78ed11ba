"""Words that count and measure, in Indonesian and English, and what they are worth."""

from __future__ import annotations

from decimal import Decimal

from index.bilingual import SHARED
from index.numbers import SCALES as POWERS

WEEKDAYS = {
    "senin": 0, "monday": 0, "selasa": 1, "tuesday": 1, "rabu": 2, "wednesday": 2, "kamis": 3, "thursday": 3,
    "jumat": 4, "friday": 4, "sabtu": 5, "saturday": 5, "sunday": 6,
    "kemarin": -1, "yesterday": -1, "hari-ini": -2, "today": -2, "besok": -3, "tomorrow": -3,
}  # fmt: skip
CURRENCIES = {
    "rp": "rupiah", "idr": "rupiah", "rupiah": "rupiah", "$": "dolar", "us$": "dolar", "usd": "dolar", "dolar": "dolar",
    "dollar": "dolar", "dollars": "dolar", "s$": "sgd", "sgd": "sgd", "a$": "aud", "aud": "aud", "hk$": "hkd",
    "hkd": "hkd", "€": "euro", "eur": "euro", "euro": "euro", "euros": "euro", "£": "pound", "gbp": "pound",
    "pound": "pound", "pounds": "pound", "poundsterling": "pound", "¥": "yen", "jpy": "yen", "yen": "yen",
    "yuan": "yuan", "renminbi": "yuan", "cny": "yuan", "rmb": "yuan", "rm": "ringgit", "myr": "ringgit",
    "ringgit": "ringgit", "won": "won", "baht": "baht", "riyal": "riyal", "riyals": "riyal", "rupee": "rupee",
    "rupees": "rupee",
}  # fmt: skip
WHOSE_DOLLAR = {
    "singapura": "sgd", "singapore": "sgd", "australia": "aud", "australian": "aud", "hongkong": "hkd", "hong": "hkd",
}  # fmt: skip
UNITS = CURRENCIES | {
    name: names[0]
    for names in (
        line.split()
        for line in """
        % persen percent prosen percentage cent
        tahun year years yr yrs
        bulan month months
        minggu pekan week weeks
        hari day days
        jam hour hours
        menit minute minutes
        detik second seconds
        km kilometer kilometre kilometers kilometres kilometer
        meter metre meters metres
        cm sentimeter centimeter centimeters centimetre centimetres
        mil mile miles
        hektare hektar ha hectare hectares
        ton tons tonne tonnes
        kg kilogram kilograms
        gram grams
        liter litre liters litres
        barel barrel barrels
        kw kilowatt kilowatts
        mw megawatt megawatts
        gw gigawatt gigawatts
        orang people person persons
        kali times
        """.strip().splitlines()
    )
    for name in names
}
EXACT = frozenset(CURRENCIES.values()) | {"%", "~"}
"""A number with one of these is another number without it."""
SCALES = {word: POWERS[token] for word, token in SHARED.items() if token in POWERS}
"""Powers of ten."""
ONES = {
    name: Decimal(value)
    for value, names in {
        "0": "nol zero", "1": "satu one first pertama", "2": "dua two second kedua keduanya both twice double doubled",
        "3": "tiga three third ketiga ketiganya thrice triple tripled", "4": "empat four fourth keempat",
        "5": "lima five fifth kelima", "6": "enam six sixth keenam", "7": "tujuh seven seventh ketujuh",
        "8": "delapan eight eighth kedelapan", "9": "sembilan nine ninth kesembilan",
    }.items()
    for name in names.split()
}  # fmt: skip
WHOLES = {
    name: Decimal(value)
    for value, names in {
        "10": "sepuluh ten tenth kesepuluh", "11": "sebelas eleven eleventh kesebelas", "12": "twelve twelfth selusin",
        "13": "thirteen thirteenth", "14": "fourteen fourteenth", "15": "fifteen fifteenth", "16": "sixteen",
        "17": "seventeen", "18": "eighteen", "19": "nineteen", "20": "twenty twentieth", "30": "thirty", "40": "forty",
        "50": "fifty", "60": "sixty", "70": "seventy", "80": "eighty", "90": "ninety", "100": "seratus keseratus",
        "1000": "seribu", "1000000": "sejuta", "1000000000": "semiliar semilyar", "1000000000000": "setriliun",
        "0.5": "setengah separuh separo half", "0.25": "seperempat", "0.33": "sepertiga",
    }.items()
    for name in names.split()
}  # fmt: skip
TIMES = {"belas": 0, "puluh": 10, "ratus": 100, "hundred": 100, "lusin": 12, "dozen": 12}
VAGUE = {
    name: Decimal(10) ** power
    for power, names in {
        1: "belasan puluhan dozens tens scores", 2: "ratusan hundreds", 3: "ribuan thousands", 6: "jutaan millions",
        9: "miliaran milyaran billions", 12: "triliunan trillions",
    }.items()
    for name in names.split()
}  # fmt: skip
