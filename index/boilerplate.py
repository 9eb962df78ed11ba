"""What publishers put around their articles, as data: a pattern, a reason, an example, and a look-alike that stays."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["line", "edge", "part", "tail"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of boilerplate."""

    name: str
    kind: Kind
    """What it removes. line: a whole paragraph, anywhere; edge: one near the beginning or the end (see clean.py);
    part: a piece of any paragraph; tail: the end of the last paragraph."""
    pattern: re.Pattern[str]
    reason: str
    example: str
    """A paragraph that the rule removes, wholly or in part."""
    keeps: str
    """A paragraph that looks alike and stays as it is."""


def _rule(name: str, kind: Kind, pattern: str, reason: str, example: str, keeps: str) -> Rule:
    return Rule(name, kind, re.compile(pattern, re.IGNORECASE), reason, example, keeps)


_RELATED = (
    r"(?:baca[ _]*juga|baca (?:selengkapnya|berita lain(?:nya)?)|simak(?: juga)?|lihat(?: juga)?|tonton(?: juga)?|"
    r"saksikan(?: juga)?|read also|also read|read more|related (?:news|articles?|stories)|see also|"
    r"artikel terkait|berita terkait)"
)

RULES = (
    _rule(
        "related",
        "line",
        rf"[(\[]?\s*(?:{_RELATED}|baca)\s*[:：].{{0,250}}",
        "links to other articles name other companies and dates",
        "Baca juga: Gojek dan Tokopedia umumkan penggabungan",
        "Ia gemar membaca juga: novel, komik, dan koran.",
    ),
    _rule(
        "related-bare",
        "line",
        r"(?:(?:baca|simak|lihat|tonton)[ _]*juga|read also|also read)(?:\s*[-–—]\s*.{1,200}|\s+.{0,200}[^\s.!?\"”])?",
        "the same without a colon; a sentence that really begins so ends with a full stop",
        "SIMAK JUGA - Belanda Bekuk Bulgaria",
        "Baca juga syarat dan ketentuannya, kata dia.",
    ),
    _rule(
        "related-glued",
        "part",
        r"^Baca_Juga\s+(?=\S)",
        "suara.com's link block leaves its heading in front of the next paragraph",
        "Baca_Juga Namun, Yon kembali bermusik.",
        "Membaca_Juga Namun itu nama akun.",
    ),
    _rule(
        "related-inside",
        "part",
        r"\s*[(\[]\s*(?:(?:baca|simak|lihat) juga|read also|also read)\s*:[^()\[\]]{3,200}[)\]]",
        "the same, bracketed within a paragraph",
        "Saham naik tajam. (Baca juga: Laba Grab membaik)",
        "Ada pula komunitas imigran (lihat: Islam di Italia).",
    ),
    _rule(
        "republished",
        "line",
        r"(?:artikel|berita|tulisan) ini (?:telah|sudah|pertama kali) "
        r"(?:tayang|terbit|dimuat|dipublikasikan|diterbitkan).{0,250}",
        "where else the article stood",
        "Artikel ini telah tayang di Kompas.com dengan judul 'Grab dan OVO Bermitra'",
        "Artikel ini membahas kerja sama kedua bank.",
    ),
    _rule(
        "prohibition",
        "line",
        r"(?:dilarang (?:keras )?(?:mengambil|menyalin|mengutip|memperbanyak|menyebarluaskan|mengcopy)|"
        r"(?:it is )?(?:strictly )?(?:prohibited|forbidden) to (?:copy|reproduce)|all rights reserved).{0,400}",
        "a copyright notice",
        "Dilarang keras mengambil konten, melakukan crawling atau pengindeksan otomatis untuk AI tanpa izin tertulis.",
        "Warga dilarang keras mendekati kawah, kata BPBD.",
    ),
    _rule(
        "follow",
        "line",
        r"(?:follow|ikuti|like|subscribe)\b.{0,60}\b(?:instagram|twitter|facebook|youtube|tiktok|whatsapp|telegram|"
        r"google news|fanpage|channel|kanal|saluran|medsos|media sosial)\b.{0,200}|ikuti kami di.{0,120}",
        "an invitation to the publisher's channels",
        "Ikuti kami di Instagram @wartacontoh",
        "Ikuti jejak Grab, Gojek membuka kantor di Hanoi.",
    ),
    _rule(
        "subscribe",
        "line",
        r"(?:dapatkan (?:update|berita|informasi|artikel)|simak (?:breaking news|berita)|cek berita dan artikel|"
        r"baca berita (?:terbaru|lainnya)|download aplikasi|unduh aplikasi|ayo download|mari bergabung di|"
        r"yuk,? (?:gabung|follow)|konten premium|nonton video viral|saksikan video pilihan|"
        r"\*?\s*fakta atau hoaks\?).{0,300}",
        "an invitation to the publisher's own products",
        "Dapatkan update berita pilihan dan breaking news setiap hari dari Kompas.com.",
        "Dapatkah kedua bank bersatu? Analis ragu.",
    ),
    _rule(
        "share",
        "line",
        r"(?:bagikan|share(?: this)?|komentar|comments?|print|cetak|advertisement|iklan|loading\.*|load more\.*|"
        r"scroll to continue with content|tags?|topik|terkait|copy link)\s*:?\s*(?:\d+)?",
        "buttons of the page",
        "SCROLL TO CONTINUE WITH CONTENT",
        "Bagikan bantuan, Telkom menggandeng PMI.",
    ),
    _rule(
        "click",
        "line",
        r"klik (?:di sini|disini|link|tautan).{0,180}",
        "a link that text cannot follow",
        "Klik di sini untuk melihat nominator pekan ini!",
        "Klikbca melayani dua juta transaksi sehari.",
    ),
    _rule(
        "embed",
        "line",
        r"\[(?:gambas|video|youtube|instagram|twitter|embed|caption)\b.{0,300}|link berita\s*:.{0,300}",
        "the place of a video or picture",
        "[Gambas:Video CNN]",
        "http://snmptn.contoh.ac.id",
    ),
    _rule(
        "caption",
        "edge",
        r"(?:foto|photo|ilustrasi|gambar|sumber(?: (?:berita|gambar|foto)(?: header)?)?)\s*:.{0,80}|"
        r"sumber (?:berita|gambar)\b.{0,60}|sumber|.{0,60}\((?:foto|photo)\s*:[^()]{1,60}\)",
        "credits of pictures and sources",
        "Sumber: TechCrunch dan Insta360.",
        "Sumber daya manusia menjadi kunci kerja sama kedua perusahaan itu.",
    ),
    _rule(
        "dailysocial",
        "line",
        r"dailysocial\.id adalah portal berita.{0,400}",
        "the publisher about itself, under 266 of the 269 DailySocial articles of news-dev",
        "DailySocial.id adalah portal berita startup dan inovasi teknologi. Kamu bisa menjadi member komunitas.",
        "DailySocial adalah mitra acara itu.",
    ),
    _rule(
        "disclosure",
        "edge",
        r"[-–—*\s]*(?:disclosure|disclaimer|catatan redaksi)\s*:.{0,400}",
        "the publisher about its own interest: \"media partner\" would read as a partnership in the news",
        "— Disclosure: DailySocial merupakan media partner acara itu.",
        "Disclosure menjadi syarat bursa bagi kedua emiten.",
    ),
    _rule(
        "translator",
        "edge",
        r"(?:translat(?:or|ed by)|penerjemah|uploader|fotografer|videografer|photographer)\s*:.{0,80}",
        "names that are no byline",
        "Translated by: Sari Contoh",
        "Translator Google kini memahami bahasa Jawa.",
    ),
    _rule(
        "credit",
        "edge",
        r"(?:antara|reuters|afp|ap|xinhua|bloomberg)(?:\s*[/,]\s*(?:antara|reuters|afp|ap|xinhua|bloomberg))*\.?",
        "the agency, on a line of its own",
        "ANTARA",
        "Antara keduanya ada kesepakatan.",
    ),
    _rule(
        "separator",
        "line",
        r"[\W_]+",
        "no word in it",
        "* * *",
        "5 persen",
    ),
    _rule(
        "initials",
        "tail",
        # After a sentence end or alone: (evn), (pmg/pmg), [feb], (*/yp), (T.H - ZG/S023), (Antara/Reuters).
        r"(?:(?<=[.!?…\"”’'])|^)\s*[(\[](?![^)\]]{0,40}\d[/.,]\d)(?!\d+[)\]])[*]?[\w*/ .,-]{0,36}[)\]]\s*$",
        "initials of those who wrote and edited, or the agency",
        "Kerja sama berlaku tiga tahun. (pmg/pmg)",
        "Kerja sama itu diteken Kamis (22/11).",
    ),
)  # fmt: skip
