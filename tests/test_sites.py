"""Newsrooms' rules as data."""

from __future__ import annotations

import pytest
from lxml import etree

from index.publishers import canonical
from index.sites import GENERIC_BODY, SITES, domain_of, site_of


def test_the_rules_are_sound() -> None:
    assert len({site.domain for site in SITES}) == len(SITES)
    for site in SITES:
        assert site.body
        assert site.reason
        assert domain_of(f"https://www.{site.domain}/") == site.domain
        assert canonical(site.publisher) == site.publisher
        assert not site.whole or site.whole.count("=") == 1
    for path in (*GENERIC_BODY, *(path for site in SITES for path in site.body)):
        etree.XPath(path)


@pytest.mark.parametrize(
    ("url", "domain"),
    [
        ("https://inet.detik.com/read/1", "detik.com"),
        ("http://politik.news.viva.co.id/news", "viva.co.id"),
        ("https://contoh.id", "contoh.id"),
        ("https://m.contoh.id", "contoh.id"),
        ("https://www.bpk.go.id/", "bpk.go.id"),
        ("https://sub.contoh.com.", "contoh.com"),
        ("http://127.0.0.1:8080/x", "127.0.0.1"),
        ("http://[::1]/x", "::1"),
        ("http://localhost/", "localhost"),
        ("/data/a.html", ""),
        ("http://[x", ""),
        ("", ""),
    ],
)
def test_the_domain_of_an_address(url: str, domain: str) -> None:
    assert domain_of(url) == domain


def test_the_site_of_an_address() -> None:
    site = site_of("https://nasional.republika.co.id/berita/x")
    assert site is not None
    assert site.publisher == "Republika"
    assert site_of("https://detik.com.contoh.id/") is site_of("https://notdetik.com/") is None
