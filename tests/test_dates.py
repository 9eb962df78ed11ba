"""Dates as Indonesian and English newsrooms write them (RELIABILITY row 30)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from index.dates import is_future, latest_day, parse_date, range_of, read_date

NOW = datetime(2024, 6, 1, 12, 0, tzinfo=UTC)

FIXTURES = {
    # ISO 8601 and what machines write
    "2021": "2021",
    "2021-05": "2021-05",
    "2021-05-23": "2021-05-23",
    "20210523": "2021-05-23",
    "2021/05/23": "2021-05-23",
    "2021-05-23T14:03:05Z": "2021-05-23T14:03:05Z",
    "2021-05-23T14:03:05.123Z": "2021-05-23T14:03:05Z",
    "2021-05-23T14:03:05+07:00": "2021-05-23T07:03:05Z",
    "2021-05-23T14:03+0900": "2021-05-23T05:03:00Z",
    "2021-05-23T14:03:05-05:30": "2021-05-23T19:33:05Z",
    "2021-05-23 14:03:05": "2021-05-23T07:03:05Z",
    "2021-05-23 14:03 UTC": "2021-05-23T14:03:00Z",
    "1621753380": "2021-05-23T07:03:00Z",
    "1621753380123": "2021-05-23T07:03:00Z",
    # RFC 822, as in feeds
    "Sun, 23 May 2021 14:03:00 +0700": "2021-05-23T07:03:00Z",
    "Sun, 23 May 2021 07:03:00 GMT": "2021-05-23T07:03:00Z",
    "23 May 21 07:03 GMT": "2021-05-23T07:03:00Z",
    "Sun, 23 May 2021 14:03:00 WIB": "2021-05-23T07:03:00Z",
    "Mon, 01 Mar 2021 20:00:00 EST": "2021-03-02T01:00:00Z",
    # Indonesian
    "Minggu, 23 Mei 2021 14:03 WIB": "2021-05-23T07:03:00Z",
    "Sabtu (22/5/2021) pukul 20.15 WITA": "2021-05-22T12:15:00Z",
    "Selasa, 09 Mar 2021 | 07:30 WIT": "2021-03-08T22:30:00Z",
    "Kompas.com - 23/05/2021, 14:03 WIB": "2021-05-23T07:03:00Z",
    "Diterbitkan Kamis, 5 Agustus 2021 pukul 09.05 wib": "2021-08-05T02:05:00Z",
    "Jumat, 1 Okt 2021 00:30 WIB": "2021-09-30T17:30:00Z",
    "31 Desember 2020 23:59:59 WIB": "2020-12-31T16:59:59Z",
    "17 Agt 2021": "2021-08-17",
    "25 Pebruari 2017": "2017-02-25",
    "1 Nopember 2016": "2016-11-01",
    "23 Mei 2021": "2021-05-23",
    "Mei 2021": "2021-05",
    "Agustus, 2019": "2019-08",
    "23/05/2021 14:03": "2021-05-23T07:03:00Z",
    "05/06/2021": "2021-06-05",
    "22.5.2021": "2021-05-22",
    "22/5/21": "2021-05-22",
    # As feeds and pages show them
    "Kam, 05 Nov 2015 14:56:43 WIB": "2015-11-05T07:56:43Z",
    "Thu, 05 Nov 15 12:58:01 +0700": "2015-11-05T05:58:01Z",
    "Kamis, 05 Nov 2015 14.56 WITA": "2015-11-05T06:56:00Z",
    "Jumat (5/11/2015) pukul 08.00 WIT": "2015-11-04T23:00:00Z",
    "Sabtu, 01 Jan 2022 00:30 WIB": "2021-12-31T17:30:00Z",
    "Sabtu, 01 Jan 2022 08:30 WIT": "2021-12-31T23:30:00Z",
    "20:15 WIB, 5 November 2015": "2015-11-05T13:15:00Z",
    "Pukul 00.15 WITA, Kamis 5 November 2015": "2015-11-04T16:15:00Z",
    "Rabu, 4 November 2015 | 21:04 WIB": "2015-11-04T14:04:00Z",
    "Wednesday, 04 November, 2015 |  07:28 WIB": "2015-11-04T00:28:00Z",
    "By Sari Contoh on 16 Feb 2016 at 09:10 WIB": "2016-02-16T02:10:00Z",
    "Jumat , 17 February 2017, 13:16 WIB": "2017-02-17T06:16:00Z",
    "Jumat, 20 Jumadil Awwal 1438 / 17 February 2017": "2017-02-17",
    "2016-02-16T13:01:52+0700": "2016-02-16T06:01:52Z",
    "Diperbarui 5 Agt 2023 08:00 WIT": "2023-08-04T23:00:00Z",
    "17 Agustus 2023 pukul 07.05 WITA": "2023-08-16T23:05:00Z",
    "Jum'at, 3 Sept 2021 - 23:59 WIB": "2021-09-03T16:59:00Z",
    "Ahad 12 Mar 2023 06:05 WIB": "2023-03-11T23:05:00Z",
    "Senin 05 Juni 2023, 10:23 WIB": "2023-06-05T03:23:00Z",
    "31 Des 2021 23:30 WIB | 1.229 Views": "2021-12-31T16:30:00Z",
    "Kamis, 5 November 2015 14:56 WIB / 5 tahun lalu": "2015-11-05T07:56:00Z",
    "Kamis, 5 Januari 2023 13:00 (WIB)": "2023-01-05T06:00:00Z",
    "Thu, January 5, 2023 10:00 (GMT+7)": "2023-01-05T03:00:00Z",
    "5 Jan 2023 | 10:00 UTC+08:30": "2023-01-05T01:30:00Z",
    "January 5, 2023 10:00 (GMT+99)": "2023-01-05",
    "May 23, 2021 2:03 PM WITA": "2021-05-23T06:03:00Z",
    "Published on 5th of March 2022 at 8.30 am WIB": "2022-03-05T01:30:00Z",
    "23 Mei 2021 14:03 - 15:00": "2021-05-23T07:03:00Z",
    "Senin, 1 Peb 2021 09:00": "2021-02-01T02:00:00Z",
    "Kemarin, 14:03 WIB": "",
    "2 jam yang lalu": "",
    # English
    "May 23, 2021": "2021-05-23",
    "May 23rd, 2021 at 2:03 PM": "2021-05-23T07:03:00Z",
    "12:30 AM": "",
    "23 December 2021, 12:30 a.m. SGT": "2021-12-22T16:30:00Z",
    "Sept. 5, 2021": "2021-09-05",
    "05/23/2021": "2021-05-23",
    "March 2020": "2020-03",
    # A zone that is not known leaves the day; so does an hour that does not exist.
    "23 Mei 2021 14:03 XST": "2021-05-23",
    "23 Mei 2021 25:61": "2021-05-23",
    # Not dates
    "": "",
    "Minggu": "",
    "31 Februari 2021": "",
    "2021-13-01": "",
    "45/45/2021": "",
    "Pada 2021 BMW dan Alibaba bekerja sama": "",
    "Rp1,8 triliun": "",
    "Sabtu (22/5)": "",
    "0812345678": "",
    "\u0662\u0660\u0662\u0661": "",
}


@pytest.mark.parametrize(("text", "expected"), FIXTURES.items())
def test_parse_date(text: str, expected: str) -> None:
    assert parse_date(text, now=NOW) == expected


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("2024-06-03T11:59:00Z", True),
        ("2024-06-03T12:01:00Z", False),
        ("2024-06-03", True),
        ("2024-06-04", False),
        ("Juni 2024", True),
        ("Juli 2024", False),
        ("2024", True),
        ("2025", False),
        ("Senin, 1 Januari 2035 10:00 WIB", False),
    ],
)
def test_the_future_is_kept_out(text: str, kept: bool) -> None:
    assert bool(parse_date(text, now=NOW)) is kept
    assert is_future(read_date(text), now=NOW) is not kept


def test_now_in_another_zone_is_the_same_moment() -> None:
    jakarta = timezone(timedelta(hours=7))
    assert parse_date("2024-06-03T12:01:00Z", now=NOW.astimezone(jakarta)) == ""
    with pytest.raises(ValueError, match="time zone"):
        parse_date("2021", now=datetime(2024, 6, 1))


@pytest.mark.parametrize(
    ("date", "first", "last"),
    [
        ("2021", "2021-01-01T00:00:00Z", "2021-12-31T23:59:59Z"),
        ("2021-02", "2021-02-01T00:00:00Z", "2021-02-28T23:59:59Z"),
        ("2024-02", "2024-02-01T00:00:00Z", "2024-02-29T23:59:59Z"),
        ("2021-05-23", "2021-05-23T00:00:00Z", "2021-05-23T23:59:59Z"),
        ("2021-05-23T07:03:00Z", "2021-05-23T07:03:00Z", "2021-05-23T07:03:00Z"),
    ],
)
def test_range_of(date: str, first: str, last: str) -> None:
    assert range_of(date) == (first, last)


@pytest.mark.parametrize(
    ("published_at", "last"),
    [
        ("2021-05-23T07:03:00Z", "2021-05-23"),
        ("2020-02", "2020-02-29"),
        ("2021", "2021-12-31"),
        ("2021-02-31", "2021-02-28"),  # of a page that was wrong
        ("0000", "0001-12-31"),
    ],
)
def test_the_latest_day_of_a_date(published_at: str, last: str) -> None:
    assert latest_day(published_at).isoformat() == last


@pytest.mark.parametrize(
    "date", ["", "21", "2021-5", "2021-13", "2021-02-30", "0000", "2021-05-23T07:03", "2021-05-23T24:00:00Z", "2021\n"]
)
def test_range_of_refuses_what_is_no_date(date: str) -> None:
    with pytest.raises(ValueError, match="not a date"):
        range_of(date)


@pytest.mark.parametrize("expected", [e for e in FIXTURES.values() if e])
def test_what_parse_date_gives_range_of_takes(expected: str) -> None:
    first, last = range_of(expected)
    assert first <= last
    assert parse_date(expected, now=NOW) == expected
