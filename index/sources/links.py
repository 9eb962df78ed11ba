"""Addresses: which two are the same article, and which links of an index page lead to articles.

Own rules rather than courlan's: on the pages of html-dev its filters left out nothing that these let through, and
importing it brings urllib3 and a global warnings filter.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

from index.decode import decode
from index.sites import domain_of, site_of

MAX_URL = 2_000
MAX_LINKS = 500
"""Of one index page; a newsroom's has about 100."""

_TRACKING = re.compile(
    r"utm_?\w*|at_\w+|mc_[ce]id|pk_\w+|mtm_\w+|hsa_\w+|jx\w+|fb_\w+|__twitter_impression|_ga|_gl|"
    r"(?:fb|g|d|ms|y|tt|tw|wick|li_fat_|s|igs)?cl(?:i|k)?d|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid|"
    r"ttclid|igsh(?:id)?|ref|ref_?src|ref_?url|referr?er|source|src|from|tag_from|traffic_?source|"
    r"related_?source|related_?position|mtype|share|shared?_?via|smid|cmpid|campaign\w*|spm|sfnsn|mibextid|vero_\w+|"
    r"feature|xtor|nocache|zx|_t|oc|wt_?mc|ito|tsrc|guccounter|guce_\w+",
    re.IGNORECASE,
)
"""Parameters that say where a reader came from, or fool a cache; none chooses another article."""
_VARIANTS = {"amp": None, "outputtype": ("amp",), "output": ("amp",), "view": ("amp", "mobile"), "m": ("0", "1"),
             "mobile": None, "desktop": None, "single": None, "print": None, "showpage": None,
             "page": ("all",), "page_num": ("all",), "halaman": ("all",)}  # fmt: skip
"""Parameters that show the same article in another form; the values, or None for any."""
_PAGE_NUMBER = ("page", "page_num", "halaman", "p")
_VARIANT_HOST = re.compile(r"^(?:www\d?|m|mobile|amp|wap)\.(?=[^.]+\.)")
_AMP_CACHE = re.compile(
    r"^https?://(?:www\.google\.[a-z.]+/amp/(s/)?|[\w-]+\.cdn\.ampproject\.org/[a-z]/(s/)?)", re.IGNORECASE
)
_SAFE_PATH = "/%:@!$&'()*+,;=~-._"

_DATED = re.compile(r"/(?:19|20)\d\d[/-]?(?:0?[1-9]|1[0-2])(?:[/-]?(?:0?[1-9]|[12]\d|3[01]))?(?=[/\-_.]|\d*[/-])")
_ID = re.compile(r"(?<![a-z])\d{5,}|[a-z]-\d{6,}|-[0-9a-f]{6,}(?:\.html?)?$|^[a-z0-9]{6,}-\d{3,}-")
_ELSEWHERE = frozenset({
    "tag", "tags", "topik", "topic", "topics", "author", "authors", "penulis", "editor", "category", "categories",
    "kategori", "kanal", "channel", "indeks", "index", "search", "cari", "login", "signin", "register", "daftar",
    "about", "tentang", "tentang-kami", "contact", "kontak", "kontak-kami", "redaksi", "karir", "career",
    "privacy", "privacy-policy", "disclaimer", "terms", "pedoman", "pedoman-media-siber", "kode-etik",
    "info-iklan", "rss", "feed", "sitemap", "subscribe", "newsletter", "user", "users", "profile",
    "profil-penulis", "wp-content", "wp-admin", "page", "share", "print", "live-streaming", "tv-streaming",
    "jadwal", "apps", "app", "terpopuler", "most-popular",
})  # fmt: skip
"""First or second parts of paths that lead to lists and services."""
_FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|svg|ico|css|js|json|xml|rss|pdf|zip|gz|mp[34]|apk|avi|mov|docx?|xlsx?)$")
_ALWAYS_WORDS = 4
_WITH_TEXT_WORDS = 3


def canonical(url: str) -> str:
    """One spelling for all addresses of an article; two articles are the same where theirs are equal.

    Always https, host in lower case without www, m or amp, no fragment, tracking parameter, AMP or "all on one page"
    variant, parameters in order. It need not be fetchable: fetch what `without_tracking` gives. What is no web
    address gives "".
    """
    url = without_tracking(url)
    if not url:
        return ""
    parts = urlsplit(url)
    host = _VARIANT_HOST.sub("", (parts.hostname or "").lower())
    port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    path = re.sub(r"/amp(?=/|$)|^/amp(?=/)|\.amp(?=\.html?$|$)", "", re.sub(r"/{2,}", "/", parts.path))
    path = re.sub(r"/(?:index\.(?:html?|php))?$", "", path)
    query = [
        (key, value)
        for key, value in parse_qsl(parts.query, keep_blank_values=True)
        if not _is_variant(url, key, value)
    ]
    return urlunsplit(("https", host + port, path, urlencode(sorted(query)), ""))


def without_tracking(url: str) -> str:
    """The address as it can be fetched, without fragment and tracking parameters; "" for what is no web address."""
    url = re.sub(r"[\x00-\x20\x7f]+", lambda match: "%20" if match[0] == " " else "", url.strip())[: MAX_URL + 1]
    if match := _AMP_CACHE.match(url):
        url = ("https://" if match[1] or match[2] else "http://") + url[match.end() :]
    try:
        parts = urlsplit(url)
        # Asked for here, as a port of "x" fails only when it is read.
        usable = parts.scheme.lower() in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return ""
    if not usable or len(url) > MAX_URL or "@" in parts.netloc:
        return ""
    query = "&".join(
        pair for pair in parts.query.split("&") if pair and not _TRACKING.fullmatch(pair.partition("=")[0])
    )
    path = quote(parts.path, safe=_SAFE_PATH)
    return urlunsplit((parts.scheme.lower(), parts.netloc.lower(), path or "/", query, ""))


def is_article_url(url: str, text: str = "") -> bool:
    """Whether an address looks like an article's: a date or number and words in its path, or many words.

    `text` is what the link says, which decides where the path has only three words.
    """
    path = urlsplit(url).path.lower().rstrip("/")
    segments = [segment for segment in path.split("/") if segment]
    if not segments or _FILE.search(path) or _ELSEWHERE.intersection(segments[:2]):
        return False
    words = max(len(re.findall(r"[a-z]{2,}", segment.rpartition(".htm")[0] or segment)) for segment in segments[-2:])
    if _DATED.search(path + "/") and len(segments) >= 3 and words >= 2:
        return True
    if words >= 2 and any(_ID.search(segment) for segment in segments):
        return True
    return words >= _ALWAYS_WORDS or (words >= _WITH_TEXT_WORDS and len(text) >= 25 and len(text.split()) >= 4)


def article_links(html: bytes, url: str) -> tuple[str, ...]:
    """The addresses of articles that an index page links to, in its order, each once, of the same site only.

    `url` is the page's address; where it is none, the page's own canonical address takes its place.
    """
    tree = _tree(html)
    if tree is None:
        return ()
    base = _base(tree, url)
    site = domain_of(base)
    found: dict[str, str] = {}
    for address, text in _links(tree, base):
        key = canonical(address)
        if key in found or not site or domain_of(address) != site or key == canonical(base):
            continue
        if is_article_url(address, text):
            found[key] = without_tracking(address)
        if len(found) >= MAX_LINKS:
            break
    return tuple(found.values())


def all_in_one_url(url: str) -> str:
    """The address that shows all parts of a long article at once, where the newsroom has one; else ""."""
    site, clean = site_of(url), without_tracking(url)
    if site is None or not site.whole or not clean:
        return ""
    parts = urlsplit(clean)
    name = site.whole.partition("=")[0]
    kept = [pair for pair in parts.query.split("&") if pair and pair.partition("=")[0] not in (name, *_PAGE_NUMBER)]
    return urlunsplit((*parts[:3], "&".join([*kept, site.whole]), ""))


def next_page_links(html: bytes, url: str) -> tuple[str, ...]:
    """The further parts of a long article that its page links to: the same path with a page number, in their order.

    Empty for most articles. Where it is not, fetch `all_in_one_url(url)` if there is one, else these, and join them.
    """
    tree = _tree(html)
    if tree is None:
        return ()
    base = _base(tree, url)
    found: dict[int, str] = {}
    for address, _ in _links(tree, base):
        number = _part_number(address, base)
        if number > 1:
            found.setdefault(number, without_tracking(address))
    return tuple(found[number] for number in sorted(found))


def feed_links(html: bytes, url: str) -> tuple[str, ...]:
    """The feeds that a page names in its head, in their order."""
    tree = _tree(html)
    if tree is None:
        return ()
    base = _base(tree, url)
    kinds = ("application/rss+xml", "application/atom+xml", "application/feed+json")
    found = [node.get("href") or "" for node in tree.iter("link") if (node.get("type") or "").lower() in kinds]
    joined = (without_tracking(_join(base, address)) for address in found)
    return tuple(dict.fromkeys(address for address in joined if address))


def _tree(html: bytes) -> Any:
    # Loaded here: most commands never look at a page.
    from lxml.etree import LxmlError
    from lxml.html import HTMLParser, document_fromstring

    text = decode(html, html=True).text.replace("\0", "")
    if not text.strip():
        return None
    try:
        return document_fromstring(text.encode(errors="replace"), parser=HTMLParser(encoding="utf-8", no_network=True))
    except (LxmlError, ValueError):
        return None


def _base(tree: Any, url: str) -> str:
    own = [str(value) for value in tree.xpath("//link[@rel='canonical']/@href | //meta[@property='og:url']/@content")]
    where = next((address for address in (url, *own) if without_tracking(address)), "") or _busiest_site(tree)
    return _join(where, next(iter(tree.xpath("//base/@href")), ""))


def _busiest_site(tree: Any) -> str:
    # A saved page that does not say where it comes from links to its own site most.
    sites = Counter(domain_of(node.get("href") or "") for node in tree.iter("a"))
    del sites[""]
    return f"https://{sites.most_common(1)[0][0]}/" if sites else ""


def _links(tree: Any, base: str) -> Iterator[tuple[str, str]]:
    for node in tree.iter("a"):
        address = _join(base, (node.get("href") or "").strip())
        if without_tracking(address):
            yield address, " ".join(node.text_content().split()) or node.get("title") or ""


def _join(base: str, address: str) -> str:
    try:
        return urljoin(base, address)
    except ValueError:
        return ""


def _is_variant(url: str, key: str, value: str) -> bool:
    values = _VARIANTS.get(key.lower(), ())
    if values is None or value.lower() in values:
        return True
    # Page 2 of an article is the article; page 2 of an index is another page.
    return key.lower() in _PAGE_NUMBER and value.isdigit() and is_article_url(url)


def _part_number(address: str, base: str) -> int:
    here, there = urlsplit(base), urlsplit(address)
    if here.hostname != there.hostname:
        return 0
    if here.path.rstrip("/") == there.path.rstrip("/"):
        numbers = [value for key, value in parse_qsl(there.query) if key.lower() in _PAGE_NUMBER]
    else:
        match = re.fullmatch(re.escape(here.path.rstrip("/")) + r"/(?:page/)?(\d{1,2})/?", there.path)
        numbers = [match[1]] if match else []
    return int(numbers[0]) if numbers and re.fullmatch(r"[0-9]{1,2}", numbers[0]) else 0
