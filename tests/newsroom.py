"""A newsroom on loopback: feeds, sitemaps and pages of articles that can be read, told in a few words.

room = Newsroom(site, "http://berita.example")
room.article(1)                       # /news/2026/11/20/kabar-nomor-1
room.feed("/rss", [room.item(1)])
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from typing import Any

from web import Asked, Reply, Script, Site, html

_WORDS = [
    "bank", "dagang", "kapal", "gudang", "surya", "pabrik", "beras", "listrik", "stasiun", "kereta", "pelabuhan",
    "nelayan", "kopi", "sawit", "tekstil", "semen", "baja", "aspal", "jembatan", "terminal", "bandara", "satelit",
    "kabel", "menara", "antena", "baterai", "motor", "truk", "sepeda", "kurir", "pasar", "kios",
]  # fmt: skip


def words_of(number: int, version: int = 0) -> list[str]:
    """Four sentences that no other article has."""
    at = [_WORDS[(number * 7 + version * 5 + step * 3) % len(_WORDS)] for step in range(12)]
    return [
        f"Perusahaan {at[0]} Kabar{number} meresmikan {at[1]} dan {at[2]} baru di kota Contoh{number} pada hari Senin, "
        f"demikian keterangan resmi nomor {number * 31 + 7} yang diterima redaksi.",
        f"Direktur utama Kabar{number} mengatakan {at[3]}, {at[4]} serta {at[5]} itu menelan biaya {number + 11} "
        f"miliar rupiah dan selesai dalam {number + version + 2} bulan kerja.",
        f"Mitra setempat menyediakan {at[6]} untuk {at[7]} dan {at[8]}, sehingga {number * 3 + 40} pekerja mendapat "
        f"tempat di {at[9]} yang lama{' setelah diperbaiki ' + str(version) + ' kali' if version else ''}.",
        f"Pemerintah kota Contoh{number} menyambut {at[10]} dan {at[11]} tersebut, lalu menjanjikan izin nomor "
        f"{number * 17 + version} bagi perusahaan yang mau bekerja sama berikutnya.",
    ]


class Newsroom:
    def __init__(self, site: Site, root: str) -> None:
        self.site, self.root = site, root

    def url(self, number: int) -> str:
        return f"{self.root}{self.path(number)}"

    @staticmethod
    def path(number: int) -> str:
        return f"/news/2026/11/20/kabar-nomor-{number}-hari-ini"

    @staticmethod
    def title(number: int) -> str:
        return f"Kabar Nomor {number} Meresmikan Gudang di Kota Contoh"

    def page(self, number: int, *, version: int = 0, more: str = "", texts: Sequence[str] | None = None) -> str:
        paragraphs = "".join(f"<p>{text}</p>" for text in (texts or words_of(number, version)))
        return (
            f'<!doctype html><html lang="id"><head><title>{self.title(number)}</title>'
            f'<link rel="canonical" href="{self.url(number)}">'
            '<meta property="article:published_time" content="2026-11-20T08:00:00+07:00"></head>'
            f"<body><article><h1>{self.title(number)}</h1>{paragraphs}</article>{more}</body></html>"
        )

    def article(self, number: int, **about: Any) -> None:
        self.site.put(self.path(number), html(self.page(number, **about)))

    def item(self, number: int, *, guid: str | None = None, title: str = "", date: str = "", whole: str = "",
             link: str | None = None) -> str:  # fmt: skip
        """An RSS item with a teaser, or with the `whole` text."""
        link = self.url(number) if link is None else link
        guid = f"g{number}" if guid is None else guid
        return (
            f"<item><title>{escape(title or self.title(number))}</title>"
            + (f"<link>{escape(link)}</link>" if link else "")
            + (f'<guid isPermaLink="false">{guid}</guid>' if guid else "")
            + f"<pubDate>{date or 'Fri, 20 Nov 2026 08:00:00 +0700'}</pubDate>"
            + f"<description>{escape(words_of(number)[0][:80])} ...</description>"
            + (f"<content:encoded><![CDATA[{whole}]]></content:encoded>" if whole else "")
            + "</item>"
        )

    def feed(self, path: str, items: Sequence[str], *, ttl: int = 0, etag: str = "", title: str = "Kabar") -> None:
        self.site.put(path, feed_reply(items, ttl=ttl, etag=etag, title=title))


def feed_reply(items: Sequence[str], *, ttl: int = 0, etag: str = "", title: str = "Kabar") -> Script:
    """A feed; with an etag it answers those who have it with 304."""
    said = f"<ttl>{ttl}</ttl>" if ttl else ""
    text = (
        '<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        f"<title>{title}</title>{said}{''.join(items)}</channel></rss>"
    )
    headers = {"Content-Type": "application/rss+xml"} | ({"ETag": etag} if etag else {})
    reply = Reply(200, headers, text.encode())

    def answer(asked: Asked) -> Reply:
        if etag and asked.headers.get("if-none-match") == etag:
            return Reply(304, {"ETag": etag}, framed=False)
        return reply

    return answer


def json_feed(items: Sequence[dict[str, Any]]) -> Reply:
    record = {"version": "https://jsonfeed.org/version/1.1", "title": "Kabar", "items": list(items)}
    return Reply(200, {"Content-Type": "application/feed+json"}, json.dumps(record).encode())


def whole(number: int, version: int = 0) -> str:
    """The article as HTML, long enough to be all of it."""
    return "".join(f"<p>{text}</p>" for text in [*words_of(number, version), *words_of(number + 1000, version)])
