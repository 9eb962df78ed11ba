"""Who publishes, and the dateline that says so: "Jakarta (ANTARA) - " is a publisher and a place, and not body."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from index.dates import read_date


@dataclass(frozen=True, slots=True)
class Publisher:
    """A newsroom whose datelines are known."""

    name: str
    """As it is shown."""
    pattern: str
    """Regular expression of its spellings, without regard to case."""
    alone: bool = True
    """Whether "NAME - " without a place is a dateline. Not for names that are also words ("Tempo" is "time")."""


PUBLISHERS = (
    Publisher(
        "ANTARA", r"antara(?:\s?(?:news|bews|tv|kl|foto))?(?:\.com)?|lkbn antara|antara news agency", alone=False
    ),
    Publisher("KOMPAS.com", r"kompas\.com(?: \w+)?|kompas(?:otomotif|tekno|properti|travel|health|female)"),
    Publisher("Kompas", r"kompas", alone=False),
    Publisher("CNN Indonesia", r"cnn ?indonesia(?:\.com)?"),
    Publisher("CNBC Indonesia", r"cnbc ?indonesia(?:\.com)?"),
    Publisher("detikcom", r"detik(?:\.com|com|news|inet|finance|hot|sport|oto|health|travel)"),
    Publisher("Merdeka.com", r"merdeka\.com"),
    Publisher("Suara.com", r"suara\.com"),
    Publisher("Liputan6.com", r"liputan6\.com"),
    Publisher("Rimanews", r"rimanews(?:\.com)?"),
    Publisher("Pos Kota", r"pos ?kota(?: ?news)?(?:\.co(?:\.id|m)?)?", alone=False),
    Publisher("JUARA.net", r"juara(?:\.net)?"),
    Publisher("BolaSport.com", r"bolasport\.com"),
    Publisher("Tempo", r"tempo\.co|tempo interaktif"),
    Publisher("Tempo", r"tempo", alone=False),
    Publisher("Republika", r"republika\.co\.id|republika online|ihram\.co\.id"),
    Publisher("Republika", r"republika", alone=False),
    Publisher("Bisnis.com", r"bisnis\.com|bisnis indonesia"),
    Publisher("VIVA.co.id", r"viva\.co\.id|vivanews(?:\.com)?|viva"),
    Publisher("Tribunnews.com", r"tribun ?news\.com"),
    Publisher("KapanLagi.com", r"kapanlagi\.com"),
    Publisher("The Jakarta Post", r"the jakarta post", alone=False),
    Publisher("Okezone", r"okezone(?:\.com)?"),
    Publisher("SINDOnews", r"sindonews(?:\.com)?"),
    Publisher("iNews.id", r"inews\.id"),
    Publisher("JawaPos.com", r"jawapos\.com"),
    Publisher("JPNN.com", r"jpnn\.com"),
    Publisher("Kontan", r"kontan\.co\.id"),
    Publisher("Katadata", r"katadata\.co\.id"),
    Publisher("BeritaSatu.com", r"berita ?satu\.com"),
    Publisher("Investor.id", r"investor\.id"),
    Publisher("Medcom.id", r"medcom\.id"),
    Publisher("Metrotvnews.com", r"metrotvnews\.com"),
    Publisher("Media Indonesia", r"mediaindonesia\.com|media indonesia", alone=False),
    Publisher("IDN Times", r"idn ?times(?:\.com)?"),
    Publisher("Tirto.id", r"tirto\.id"),
    Publisher("kumparan", r"kumparan(?:\.com)?", alone=False),
    Publisher("Pikiran Rakyat", r"pikiran[ -]rakyat(?:\.com)?"),
    Publisher("InfoPublik", r"infopublik(?:\.id)?"),
    Publisher("INILAH.com", r"inilah\.?com"),
    Publisher("Gatra.com", r"gatra\.com"),
    Publisher("DailySocial", r"dailysocial(?:\.id)?", alone=False),
    Publisher("Reuters", r"reuters", alone=False),
    Publisher("AFP", r"afp", alone=False),
    Publisher("AP", r"ap", alone=False),
    Publisher("Xinhua", r"xinhua", alone=False),
    Publisher("Bloomberg", r"bloomberg(?:\.com)?", alone=False),
    Publisher("PR Newswire", r"pr ?newswire", alone=False),
    Publisher("Business Wire", r"business ?wire", alone=False),
)

PLACES = frozenset(
    re.split(
        r"\s*\|\s*",
        """jakarta | bandung | surabaya | medan | semarang | makassar | palembang | tangerang | tangerang selatan |
    depok | bekasi | bogor | batam | pekanbaru | bandar lampung | bandarlampung | padang | malang | denpasar | bali |
    samarinda | balikpapan | banjarmasin | pontianak | manado | yogyakarta | jogja | jogjakarta | solo | surakarta |
    mataram | kupang | ambon | jayapura | ternate | palu | kendari | gorontalo | mamuju | manokwari | serang |
    cilegon | cirebon | sukabumi | tasikmalaya | garut | cianjur | karawang | purwakarta | indramayu | subang |
    purwokerto | tegal | pekalongan | kudus | pati | magelang | klaten | sleman | bantul | kediri | madiun | jember
    | banyuwangi | gresik | sidoarjo | banda aceh | aceh | jambi | bengkulu | pangkalpinang | tanjungpinang |
    palangkaraya | tarakan | nusa dua | ubud | lombok | labuan bajo | papua | singapura | singapore | kuala lumpur |
    malaysia | bangkok | thailand | manila | filipina | hanoi | vietnam | tokyo | jepang | japan | beijing |
    shanghai | hong kong | hongkong | china | tiongkok | seoul | korea selatan | taipei | taiwan | new delhi | india
    | sydney | australia | london | inggris | paris | prancis | berlin | jerman | madrid | spanyol | roma | italia |
    moskow | rusia | istanbul | turki | dubai | riyadh | arab saudi | mekkah | makkah | madinah | doha | kairo |
    mesir | new york | washington | amerika serikat | los angeles | san francisco | brussels | jenewa | geneva |
    wina | amsterdam | belanda | swiss | yunani | swedia | argentina | brasil | myanmar | bangladesh | afghanistan""",
    )
)
"""Places that make a dateline without a publisher: "JAKARTA - ". Company names in capitals look the same otherwise."""


@dataclass(frozen=True, slots=True)
class Dateline:
    """What stood before the first sentence."""

    publisher: str
    place: str
    published_at: str
    rest: str
    """The paragraph without it; may be empty, as "Merdeka.com -" often has a line of its own."""


_ANY = "|".join(publisher.pattern for publisher in PUBLISHERS)
_ALONE = "|".join(publisher.pattern for publisher in PUBLISHERS if publisher.alone)
_DOMAIN = r"[a-z][\w-]{2,24}\.(?:com|co\.id|id|net|co)"
_WORD = r"[^\W\d_][\w.'’/-]{0,24}"
_PLACE = rf"(?P<place>{_WORD}(?:,? {_WORD}){{0,5}})"
_KNOWN = r"(?P<place>" + "|".join(sorted(PLACES, key=len, reverse=True)) + r")"
_DATE = r"(?:,? \(?(?P<date>\d{1,2}[ /][\w/]{1,12}(?: \d{4})?|[A-Z][a-z]{2,8}\.? \d{1,2}(?:, \d{4})?)\)?)?"
_DASH = r"\s*(?:-{1,3}|[–—])(?:\s+|$|(?<=\s[-–—])(?=\w))"
_WEEKDAY = (
    r"(?:senin|selasa|rabu|kamis|jum['’]?at|sabtu|minggu|monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
)

_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        # Jakarta (ANTARA News) -      Kuala Lumpur, (AntaraKL)      ISTANBUL, 23 Februari 2016 (Antara/PRNewswire) --
        rf"(?:{_PLACE}{_DATE},?)?\s*[(/](?P<publisher>{_ANY}|{_DOMAIN})(?:[/ ][^()]{{0,30}})?[)/]{_DASH}",
        # Jakarta, CNN Indonesia --
        rf"{_PLACE}{_DATE}, ?(?P<publisher>{_ANY}|{_DOMAIN}){_DASH}",
        # Liputan6.com, Jakarta -
        rf"(?P<publisher>{_ANY}|{_DOMAIN}), ?{_PLACE}{_DATE}{_DASH}",
        # Liputan6.com, Jakarta Gubernur ...: the later form without a dash
        rf"(?P<publisher>liputan6\.com), ?{_KNOWN} (?=[\"“]?[A-Z0-9])",
        # Rimanews -
        rf"(?P<publisher>{_ALONE}){_DASH}",
        # Baghdad, Rabu -
        rf"{_PLACE}, ?{_WEEKDAY}(?: \(?\d{{1,2}}/\d{{1,2}}\)?)?{_DASH}",
        # JAKARTA -
        rf"{_KNOWN}{_DATE}{_DASH}",
    )
)
_LOWERCASE_WORDS = re.compile(r"(?:^|\s)(?:yang|dan|di|dari|untuk|dengan|akan|adalah|the|and|of|to|for|with|will)\s")


def split_dateline(paragraph: str) -> Dateline | None:
    """Take the dateline off an article's first paragraph; None where it has none.

    Only known publishers and "PLACE, some-domain.com" count, and places alone only from PLACES, so that
    "Bank BCA - Grab sepakat" keeps its subject.
    """
    for form in _FORMS:
        match = form.match(paragraph)
        if match is None:
            continue
        groups = match.groupdict()
        place, rest = groups.get("place") or "", paragraph[match.end() :].strip()
        if _LOWERCASE_WORDS.search(place) or (place and not groups.get("publisher") and _opens_a_pair(rest)):
            continue
        publisher = canonical(groups.get("publisher") or "")
        if publisher and not _is_known(publisher) and not _is_place(place):
            continue
        return Dateline(publisher, _place_name(place), read_date(groups.get("date") or ""), rest)
    return None


def canonical(name: str) -> str:
    """The usual spelling of a publisher's name: "Antara News" gives "ANTARA"; unknown names come back as they are."""
    name = " ".join(name.split())
    for publisher in PUBLISHERS:
        if re.fullmatch(publisher.pattern, name, re.IGNORECASE):
            return publisher.name
    return name


def publisher_at(url: str) -> str:
    """Whose site an address is on, "" where that is not known: "https://tekno.kompas.com/…" is KOMPAS.com's."""
    try:
        labels = (urlsplit(url).hostname or "").split(".")
    except ValueError:
        return ""
    hosts = (".".join(labels[first:]) for first in range(len(labels) - 1))
    return next((canonical(host) for host in hosts if _is_known(canonical(host))), "")


def _is_known(name: str) -> bool:
    return any(name == publisher.name for publisher in PUBLISHERS)


def _is_place(place: str) -> bool:
    # Beside an address nobody knows: "SENGKANG, KABARWAJO.com -" is a dateline, "Grab (grab.com) -" a company.
    return place.isupper() or place.split(",")[0].lower() in PLACES


def _opens_a_pair(rest: str) -> bool:
    # "Jakarta - Bandung ditempuh dalam 40 menit" names a route.
    first = re.match(r"\w+(?: \w+)?", rest)
    return first is not None and (first[0].lower() in PLACES or first[0].split()[0].lower() in PLACES)


def _place_name(place: str) -> str:
    place = place.strip(" ,")
    return place.title() if place.isupper() or place.islower() else place
