"""What questions say about time, asked on Monday, 23 November 2026."""

from __future__ import annotations

from datetime import date

import pytest

from index.period_phrases import period_line
from index.spans import around, back, span_of
from index.types import Period
from index.when import period_of

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("question", "since", "until", "rest"),
    [
        ("Apa berita BMW pekan lalu?", "2026-11-16", "2026-11-22", "Apa berita BMW ?"),
        ("Apa kerja sama Grab minggu ini?", "2026-11-23", "2026-11-23", "Apa kerja sama Grab ?"),
        ("What did Grab sign last month?", "2026-10-01", "2026-10-31", "What did Grab sign ?"),
        ("Siapa mitra BCA bulan lalu?", "2026-10-01", "2026-10-31", "Siapa mitra BCA ?"),
        ("Siapa mitra BCA tahun ini?", "2026-01-01", "2026-11-23", "Siapa mitra BCA ?"),
        ("Siapa mitra BCA kemarin?", "2026-11-22", "2026-11-22", "Siapa mitra BCA ?"),
        ("What happened last night?", "2026-11-22", "2026-11-23", "What happened ?"),
        ("Siapa mitra BCA dalam 3 bulan terakhir?", "2026-08-23", "2026-11-23", "Siapa mitra BCA ?"),
        ("Partners of BCA in the last two weeks", "2026-11-09", "2026-11-23", "Partners of BCA"),
        ("Partners of BCA in the past week", "2026-11-16", "2026-11-23", "Partners of BCA"),
        ("Siapa mitra BCA setahun terakhir?", "2025-11-23", "2026-11-23", "Siapa mitra BCA ?"),
        ("Siapa mitra BCA tiga bulan lalu?", "2026-08-01", "2026-08-31", "Siapa mitra BCA ?"),
        ("Siapa mitra BCA sejak pekan lalu?", "2026-11-16", "2026-11-23", "Siapa mitra BCA ?"),
        ("Apa berita hari ini?", "2026-11-23", "2026-11-23", "Apa berita ?"),
        ("Berita bulan Maret 2025", "2025-03-01", "2025-03-31", "Berita"),
        ("BMW news from March 2025", "2025-03-01", "2025-03-31", "BMW news"),
        ("berita BMW sejak 2023", "2023-01-01", "", "berita BMW"),
        ("berita BMW sebelum 2020", "", "2019-12-31", "berita BMW"),
        ("berita BMW antara Maret dan Mei 2024", "2024-03-01", "2024-05-31", "berita BMW"),
        ("berita Desember", "2025-12-01", "2025-12-31", "berita"),  # this year's is still to come
        ("news from May", "2026-05-01", "2026-05-31", "news"),
        ("berita BCA tahun lalu", "2025-01-01", "2025-12-31", "berita BCA"),
    ],
)
def test_only_news_of_that_time_is_meant(question: str, since: str, until: str, rest: str) -> None:
    assert period_of(question, TODAY) == Period(since, until, strict=True, rest=rest)


@pytest.mark.parametrize(
    ("question", "since", "until"),
    [
        ("Apa yang diteken pada Maret 2025?", "2025-03-01", "2025-03-31"),
        ("What was signed on October 3, 2018?", "2018-10-03", "2018-10-03"),
        ("Apa yang diteken 3-5 Juni 2024?", "2024-06-03", "2024-06-05"),
        ("Perjanjian 12/05/2021 tentang apa?", "2021-05-12", "2021-05-12"),
        ("What was signed between March and May 2024?", "2024-03-01", "2024-05-31"),
        ("Laba dari 2020 sampai 2022?", "2020-01-01", "2022-12-31"),
        ("Profit in Q2 2024?", "2024-04-01", "2024-06-30"),
        ("Profit in the 1st quarter of 2024?", "2024-01-01", "2024-03-31"),
        ("Laba pada Agt 2024?", "2024-08-01", "2024-08-31"),
        ("Laba kuartal ketiga 2024?", "2024-07-01", "2024-09-30"),
        ("Laba semester I 2023?", "2023-01-01", "2023-06-30"),
        ("Profit in the first half of 2023?", "2023-01-01", "2023-06-30"),
        ("Berapa laba BCA tahun lalu?", "2025-01-01", "2025-12-31"),
        ("Berapa laba BCA kuartal lalu?", "2026-07-01", "2026-09-30"),
        ("Apa yang terjadi pada bulan Desember?", "2025-12-01", "2025-12-31"),
        ("Berapa korban dalam 20 tahun terakhir?", "2006-11-23", "2026-11-23"),
        ("Kapan kantor berita Antara diakui pada 1937?", "1937-01-01", "1937-12-31"),
        ("Surat kabar apa yang terbit pada 1920?", "1920-01-01", "1920-12-31"),
        ("Who founded the news agency in 1937?", "1937-01-01", "1937-12-31"),
    ],
)
def test_a_date_that_may_be_the_events_own_is_a_preference(question: str, since: str, until: str) -> None:
    period = period_of(question, TODAY)
    assert period == Period(since, until, rest=question)
    assert not period.open_ended


@pytest.mark.parametrize(
    ("question", "since", "until", "rest"),
    [
        ("Apakah BMW bekerja sama sejak 2020?", "2020-01-01", "", "Apakah BMW bekerja sama ?"),
        ("What has Grab done since 2023?", "2023-01-01", "", "What has Grab done ?"),
        ("Kerja sama apa setelah Maret 2021?", "2021-04-01", "", "Kerja sama apa ?"),
        ("Kerja sama apa sebelum tahun 2020?", "", "2019-12-31", "Kerja sama apa ?"),
        ("Kerja sama apa hingga Mei 2020?", "", "2020-05-31", "Kerja sama apa ?"),
    ],
)
def test_a_date_that_only_begins_or_ends_a_time_need_not_be_named(
    question: str, since: str, until: str, rest: str
) -> None:
    period = period_of(question, TODAY)
    assert period == Period(since, until, rest=rest)
    assert period.open_ended


@pytest.mark.parametrize(
    "question",
    ["Apa kabar terbaru Grab?", "What is the latest on BMW?", "Siapa CEO BMW saat ini?", "Berita terkini Gojek"],
)
def test_the_newest_is_wanted(question: str) -> None:
    assert period_of(question, TODAY) == Period(newest=True, rest=question)


def test_the_newest_of_a_time() -> None:
    asked = period_of("berita terbaru BMW bulan ini", TODAY)
    assert asked == Period("2026-11-01", "2026-11-23", strict=True, newest=True, rest="berita terbaru BMW")


@pytest.mark.parametrize(
    "question",
    [
        "Siapa CEO BMW?",
        "Berapa investasi senilai Rp2.500 miliar?",
        "May I ask about BMW?",
        "What does the treaty allow today?",
        "Apa rencana BMW bulan depan?",
        "Apa yang buka pada hari Minggu?",
        "Apa arti Maret?",
    ],
)
def test_nothing_is_said_about_time(question: str) -> None:
    assert period_of(question, TODAY) is None


def test_spans_end_where_the_calendar_does() -> None:
    assert span_of("Februari 2024") == (date(2024, 2, 1), date(2024, 2, 29))
    assert span_of("Q4 2023") == (date(2023, 10, 1), date(2023, 12, 31))
    assert span_of("semester III 2023") is None
    assert span_of("31 Februari 2021") is None
    assert back(date(2024, 3, 31), "month", 1) == date(2024, 2, 29)
    assert back(date(2026, 1, 15), "quarter", 1) == date(2025, 10, 15)
    assert around("week", date(2026, 11, 22)) == (date(2026, 11, 16), date(2026, 11, 22))
    assert around("half", date(2026, 11, 22)) == (date(2026, 7, 1), date(2026, 12, 31))


@pytest.mark.parametrize(
    ("period", "indonesian", "english"),
    [
        (
            Period("2025-09-01", "2025-09-30", strict=True),
            "Berita 1–30 September 2025:",
            "News of 1–30 September 2025:",
        ),
        (
            Period("2025-07-01", "2025-09-30", strict=True),
            "Berita 1 Juli – 30 September 2025:",
            "News of 1 July – 30 September 2025:",
        ),
        (
            Period("2024-12-30", "2025-01-05", strict=True),
            "Berita 30 Desember 2024 – 5 Januari 2025:",
            "News of 30 December 2024 – 5 January 2025:",
        ),
        (Period("2026-11-22", "2026-11-22", strict=True), "Berita 22 November 2026:", "News of 22 November 2026:"),
        (Period("2023-01-01", strict=True), "Berita sejak 1 Januari 2023:", "News since 1 January 2023:"),
        (
            Period(until="2019-12-31", strict=True),
            "Berita sampai 31 Desember 2019:",
            "News up to 31 December 2019:",
        ),
        (
            Period("2026-11-22", "2026-11-22", strict=True, newest=True),
            "Berita 22 November 2026, mulai dari yang terbaru:",
            "News of 22 November 2026, newest first:",
        ),
        (
            Period("2026-11-16", "2026-11-22", strict=True, missed=True),
            "Jawabannya tidak saya temukan di berita 16–22 November 2026. Yang paling dekat dari waktu lain:",
            "I found no answer in the news of 16–22 November 2026. The closest from other times:",
        ),
        (Period(newest=True), "Mulai dari berita terbaru:", "Newest news first:"),
        (Period("2020-01-01", "2020-12-31"), "", ""),  # a preference hides nothing
        (None, "", ""),
    ],
)
def test_what_was_understood_is_said(period: Period | None, indonesian: str, english: str) -> None:
    assert period_line(period, "id") == indonesian
    assert period_line(period, "en") == english


@pytest.mark.parametrize(
    ("period", "indonesian", "english"),
    [
        (
            Period("2026-11-16", "2026-11-22", strict=True, missed=True),
            "Saya mencari di berita 16–22 November 2026, lalu di berita dari waktu lain.",
            "I looked in the news of 16–22 November 2026, then in the news from other times.",
        ),
        (
            Period("2023-01-01", strict=True, newest=True),
            "Saya mencari di berita sejak 1 Januari 2023, lalu di berita dari waktu lain.",
            "I looked in the news since 1 January 2023, then in the news from other times.",
        ),
        (Period(newest=True), "", ""),
        (Period("2020-01-01", "2020-12-31"), "", ""),
        (None, "", ""),
    ],
)
def test_without_an_answer_what_was_searched_is_said(period: Period | None, indonesian: str, english: str) -> None:
    assert period_line(period, "id", answered=False) == indonesian
    assert period_line(period, "en", answered=False) == english
