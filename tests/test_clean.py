"""Boilerplate rules: each one's example goes, each one's look-alike stays."""

from __future__ import annotations

import pytest

from index.boilerplate import RULES, Rule
from index.clean import clean, is_boilerplate
from index.publishers import PUBLISHERS, canonical, split_dateline

PROSE = "Kedua perusahaan menandatangani nota kesepahaman di Jakarta pada Kamis."


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_removes_its_example_and_keeps_the_look_alike(rule: Rule) -> None:
    cleaned = clean(f"{PROSE}\n{rule.example}")
    assert rule.name in cleaned.removed
    assert rule.example not in cleaned.body
    assert clean(f"{PROSE}\n{rule.keeps}").body == f"{PROSE}\n\n{rule.keeps}"
    assert rule.reason


def test_rule_names_are_unique() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)


DATELINES = {
    "Jakarta (ANTARA) - Grab": ("ANTARA", "Jakarta"),
    "Jakarta (ANTARA News) - Grab": ("ANTARA", "Jakarta"),
    "Kuala Lumpur, (AntaraKL) - Grab": ("ANTARA", "Kuala Lumpur"),
    "Bekasi, Jawa Barat (ANTARA) - Grab": ("ANTARA", "Bekasi, Jawa Barat"),
    "ISTANBUL, 23 Februari 2016 (Antara/PRNewswire) -- Grab": ("ANTARA", "Istanbul"),
    "JAKARTA, KOMPAS.com - Grab": ("KOMPAS.com", "Jakarta"),
    "KOMPAS.com - Grab": ("KOMPAS.com", ""),
    "Sichuan, Kompas - Grab": ("Kompas", "Sichuan"),
    "Jakarta, CNN Indonesia -- Grab": ("CNN Indonesia", "Jakarta"),
    "Rimanews - Grab": ("Rimanews", ""),
    "Suara.com - Grab": ("Suara.com", ""),
    "Merdeka.com - Grab": ("Merdeka.com", ""),
    "Liputan6.com, Jakarta - Grab": ("Liputan6.com", "Jakarta"),
    "Liputan6.com, Jakarta Grab": ("Liputan6.com", "Jakarta"),
    "TEMPO.CO, Jakarta - Grab": ("Tempo", "Jakarta"),
    "REPUBLIKA.CO.ID, JAKARTA -- Grab": ("Republika", "Jakarta"),
    "Bisnis.com, JAKARTA - Grab": ("Bisnis.com", "Jakarta"),
    "JAKARTA (Reuters) - Grab": ("Reuters", "Jakarta"),
    "JAKARTA (Pos Kota) –Grab": ("Pos Kota", "Jakarta"),
    "VIVA.co.id - Grab": ("VIVA.co.id", ""),
    "SENGKANG, KABARCONTOH.com - Grab": ("KABARCONTOH.com", "Sengkang"),
    "Malang (Kabarcontoh.com) - Grab": ("Kabarcontoh.com", "Malang"),
    "Baghdad, Rabu - Grab": ("", "Baghdad"),
    "JAKARTA - Grab": ("", "Jakarta"),
}


@pytest.mark.parametrize(("text", "expected"), DATELINES.items())
def test_datelines(text: str, expected: tuple[str, str]) -> None:
    cleaned = clean(text + " membuka kantor baru.")
    assert (cleaned.publisher, cleaned.place) == expected
    assert cleaned.body == "Grab membuka kantor baru."


@pytest.mark.parametrize(
    "text",
    [
        "Bank BCA - Grab sepakat bekerja sama.",
        "BNI - Grab sepakat bekerja sama.",
        "GOTO - Telkomsel meluncurkan paket.",
        "Grab (grab.com) - perusahaan asal Singapura - masuk bursa.",
        "Booking.com - Agoda bersatu.",
        "Jakarta - Bandung kini 40 menit dengan kereta cepat.",
        "Kompas-Gramedia membeli saham.",
        "Antara Telkom dan Indosat - dua pesaing lama - ada kesepakatan.",
        "Tempo - demikian nama kapal itu - tenggelam.",
        "Mercedes - Benz meluncurkan mobil.",
        "Menurut Reuters, saham Alibaba naik.",
    ],
)
def test_what_is_no_dateline_stays(text: str) -> None:
    assert split_dateline(text) is None
    assert clean(text).body == text


def test_a_dateline_on_its_own_line() -> None:
    cleaned = clean("Merdeka.com -\nGrab membuka kantor.")
    assert (cleaned.publisher, cleaned.body) == ("Merdeka.com", "Grab membuka kantor.")


def test_only_the_beginning_has_a_dateline() -> None:
    assert clean(f"{PROSE}\nSuara.com - nama situs itu - ikut hadir.").body.endswith(
        "Suara.com - nama situs itu - ikut hadir."
    )


def test_antara_footer() -> None:
    cleaned = clean(f"{PROSE}\nPewarta: Sari Contoh\nEditor: Budi Misal\nCopyright © ANTARA 2021")
    assert cleaned.body == PROSE
    assert (cleaned.byline, cleaned.publisher, cleaned.published_at) == ("Sari Contoh", "ANTARA", "2021")


def test_editor_only_without_pewarta_and_all_on_one_line() -> None:
    assert clean(f"{PROSE}\nPewarta:\nEditor: Budi Misal").byline == "Budi Misal"
    one_line = clean(f"{PROSE}\nPewarta: Sari Contoh Editor: Budi Misal COPYRIGHT © ANTARA 2015")
    assert (one_line.byline, one_line.published_at, one_line.body) == ("Sari Contoh", "2015", PROSE)


def test_the_age_of_a_site_is_no_date() -> None:
    cleaned = clean(f"{PROSE}\n© 2007 - 2015 contoh.com, All Rights Reserved")
    assert (cleaned.body, cleaned.published_at) == (PROSE, "")


def test_headlines_under_a_link_heading_go_and_sentences_stay() -> None:
    body = f"{PROSE}\nBaca juga:\nLaba Grab Naik\nSaham GoTo Turun\nPresiden direktur hadir, kata juru bicara."
    assert clean(body).body == f"{PROSE}\n\nPresiden direktur hadir, kata juru bicara."


def test_a_date_line_at_the_top() -> None:
    cleaned = clean(f"Kompas.com - 23/05/2021, 14:03 WIB\n{PROSE}")
    assert (cleaned.body, cleaned.publisher, cleaned.published_at) == (PROSE, "KOMPAS.com", "2021-05-23T07:03:00Z")
    assert clean(f"{PROSE}\n{PROSE}\n{PROSE}\n{PROSE}\n23 Mei 2021").body.endswith("23 Mei 2021")


def test_interviews_and_dates_in_brackets_stay() -> None:
    body = f"Reporter: Apa rencana Anda?\nKerja sama dimulai Kamis (22/11).\nIa memuji KUHP (KDRT).\n{PROSE} (2018)"
    assert clean(body).body == "\n\n".join(body.split("\n"))


def test_nothing_but_boilerplate_leaves_nothing() -> None:
    assert clean("Baca juga: Laba Grab naik\nEditor: Budi Misal\n(pmg/pmg)").body == ""
    assert clean("").body == ""


def test_clean_is_idempotent_and_rewords_nothing() -> None:
    body = f"Jakarta, CNN Indonesia -- {PROSE}\n\nBaca juga: X\n\n{PROSE} (evn/evn)"
    once = clean(body).body
    assert once == f"{PROSE}\n\n{PROSE}"
    assert clean(once).body == once


def test_is_boilerplate() -> None:
    assert is_boilerplate("Editor: Budi Misal")
    assert is_boilerplate("[Baca juga: Laba Grab naik]")
    assert not is_boilerplate(PROSE)


def test_canonical_names() -> None:
    assert canonical("Antara  News") == "ANTARA"
    assert canonical("liputan6.com") == "Liputan6.com"
    assert canonical("Warta Contoh") == "Warta Contoh"
    assert all(canonical(publisher.name) for publisher in PUBLISHERS)
