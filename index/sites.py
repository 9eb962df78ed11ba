"""What is known of newsrooms' web sites, as data: where the article stands and how all its parts come on one page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Site:
    """One newsroom's web site."""

    domain: str
    """Its registrable domain; the rules hold for every host below it."""
    publisher: str
    """As publishers.py writes the name."""
    body: tuple[str, ...]
    """XPaths of the elements that hold the article's text, the newest layout first. Each is tried and checked against
    what trafilatura found, so that a redesign costs a rule and not the article."""
    reason: str
    """What the rule is good for, and whether it was measured."""
    whole: str = ""
    """Query that gives all parts of a long article on one page ("page=all"), or ""."""


def _div(*names: str) -> tuple[str, ...]:
    return tuple(f"//*[contains(concat(' ', normalize-space(@class), ' '), ' {name} ')]" for name in names)


SITES = (
    Site(
        "antaranews.com",
        "ANTARA",
        ("//div[@id='content_news']", *_div("wrap__article-detail-content", "post-content")),
        "html-dev, 3 pages: .986/.989/.999 to 1.00, the dateline's paragraph is never lost; newer layouts unmeasured",
    ),
    Site(
        "detik.com",
        "detikcom",
        (*_div("detail__body-text", "text_detail", "detail_text", "itp_bodycontent"), "//*[@id='detikdetailtext']"),
        "html-dev: .48 to .99, trafilatura takes the lists of other articles in; newer layouts unmeasured",
        whole="single=1",
    ),
    Site(
        "kompas.com",
        "KOMPAS.com",
        _div("read__content", "kcm-read-text", "div-read", "photo__caption", "isi_berita"),
        "html-dev, 3 pages: the worst .84 to .99, its lead stands outside any paragraph; newer layouts unmeasured",
        whole="page=all",
    ),
    Site(
        "tempo.co",
        "Tempo",
        (*_div("tubuh-berita", "detail-konten", "detail-in"), "//*[@id='isi'][@itemprop='articleBody']"),
        "html-dev: 1.00 with and without; paragraphs are broken by <br>",
        whole="page_num=all",
    ),
    Site(
        "liputan6.com",
        "Liputan6.com",
        _div(
            "article-content-body__item-content",
            "read-page__content-body",
            "read-page--photo-gallery",
            "photo-gallery--item__caption",
        ),
        "html-dev, 2 pages: a picture page's captions are its text, .37 before",
    ),
    Site(
        "republika.co.id",
        "Republika",
        _div("article-content", "content-detail", "global-detail", "artikel"),
        "html-dev, 2 pages: .97 to 1.00, the breadcrumbs and the date stay out; newer layouts unmeasured",
    ),
    Site(
        "cnnindonesia.com",
        "CNN Indonesia",
        (*_div("detail-text", "detail_text"), "//*[@id='detikdetailtext']"),
        "the system that detik uses; unmeasured",
        whole="page=all",
    ),
    Site("cnbcindonesia.com", "CNBC Indonesia", _div("detail-text", "detail_text"), "the same; unmeasured"),
    Site(
        "kumparan.com",
        "kumparan",
        ("//*[@data-qa-id='story-paragraph']", "//*[@data-qa-id='story-content']"),
        "class names are generated anew with every release, only these marks last; unmeasured",
    ),
    Site(
        "thejakartapost.com",
        "The Jakarta Post",
        _div("tjp-single__content", "detailNews", "show-define-text"),
        "invitations to subscribe stand between the paragraphs outside these; unmeasured",
    ),
    Site("katadata.co.id", "Katadata", _div("detail-body-wrap", "detail-body"), "unmeasured", whole="page=all"),
    Site(
        "okezone.com",
        "Okezone",
        ("//*[@id='contentx']", *_div("dtlnews", "c-detail")),
        "html-dev: 1.00 with and without",
        whole="page=all",
    ),
    Site(
        "viva.co.id",
        "VIVA.co.id",
        ("//span[@itemprop='articleBody']", "//*[@id='article-content']", *_div("main-content-detail")),
        "html-dev: .87 to .98, the lead stands outside any paragraph; newer layouts unmeasured",
        whole="page=all",
    ),
    Site(
        "kapanlagi.com",
        "KapanLagi.com",
        (*_div("entertainment-detail-news", "v7-music-detail-news", "body-paragraph"), "//*[@id='v6-revb-detailnews']"),
        "html-dev, 2 pages: .92/.94 to .99, the lead stands outside any paragraph; newer layouts unmeasured",
    ),
    Site("tribunnews.com", "Tribunnews.com", _div("txt-article"), "unmeasured", whole="page=all"),
    Site("merdeka.com", "Merdeka.com", _div("mdk-body-paragraph", "body-paragraph"), "unmeasured", whole="page=all"),
    Site("suara.com", "Suara.com", _div("detail-content", "detail--content"), "unmeasured", whole="page=all"),
    Site("bisnis.com", "Bisnis.com", _div("detailsContent", "article__content"), "unmeasured", whole="page=all"),
    Site("sindonews.com", "SINDOnews", _div("detail-desc"), "unmeasured", whole="showpage=all"),
    Site("jpnn.com", "JPNN.com", _div("page-content"), "unmeasured"),
)

GENERIC_BODY = (
    "//*[@itemprop='articleBody']",
    *_div("entry-content", "article-body", "article__body", "article-content", "post-content", "td-post-content"),
)
"""Where many systems (WordPress among them) put the text; tried where no site's rule fits."""

_SECOND_LEVEL = frozenset(
    {"ac", "biz", "co", "com", "desa", "edu", "go", "gov", "mil", "my", "net", "or", "org", "sch", "web"}
)
_BY_DOMAIN = {site.domain: site for site in SITES}


def site_of(url: str) -> Site | None:
    """The rules for an address, or None where there are none."""
    return _BY_DOMAIN.get(domain_of(url))


def domain_of(url: str) -> str:
    """The registrable domain of an address: "news.detik.com" gives "detik.com", "m.viva.co.id" "viva.co.id".

    By the second-level names of country domains, which are enough for newsrooms; a full public suffix list would be
    200 KB for the sake of hosts that publish no news. "" where there is no host.
    """
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""
    labels = host.split(".")
    if re.fullmatch(r"[\d.]+|.*:.*", host) or len(labels) < 3:
        return host
    country = len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL
    return ".".join(labels[-3:] if country else labels[-2:])
