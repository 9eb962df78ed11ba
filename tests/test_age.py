from datetime import date

import pytest

from index.age import old_date, quote_dates
from index.phrases import answer_text, framing
from index.types import Citation, Quote

ASKED = date(2026, 11, 23)


def cite(n: int, published_at: str, publisher: str = "ANTARA") -> Citation:
    return Citation(n, n, f"Judul {n}", publisher, published_at, "", "")


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        (("2018-10-03T05:00:00Z", "2026-11-18"), {1: "3 Oktober 2018", 2: "18 November 2026"}),
        (("2018-10-03", "2019"), {1: "3 Oktober 2018", 2: "2019"}),
        (("2018-10-03", ""), {1: "3 Oktober 2018"}),
        (("2018-10-03", "2018-10-03"), {1: "3 Oktober 2018", 2: "3 Oktober 2018"}),
        (("2018-10-03",), {}),
        (("2026-01-03", "2026-11-18"), {}),
        (("2025-11-23", "2026-11-18"), {}),  # 365 days
        (("2025-11-22", "2026-11-18"), {1: "22 November 2025", 2: "18 November 2026"}),
        (("", ""), {}),
        ((), {}),
    ],
)
def test_quotes_bear_dates_where_an_old_one_stands_beside_others(
    dates: tuple[str, ...], expected: dict[int, str]
) -> None:
    assert quote_dates([cite(n, day) for n, day in enumerate(dates, 1)], ASKED, "id") == expected


def test_the_newest_of_old_news_dates_the_answer() -> None:
    assert old_date([cite(1, "2018-10-03"), cite(2, "2019")], ASKED) == "2019"
    assert old_date([cite(1, "2018-10-03"), cite(2, "2026-11")], ASKED) == ""
    assert old_date([cite(1, "2018-10-03"), cite(2, "")], ASKED) == ""
    assert old_date([], ASKED) == ""


def test_the_only_source_is_dated_by_the_line_before_it() -> None:
    assert framing([cite(1, "2018-10-03")], "id") == "Menurut ANTARA (3 Oktober 2018):"
    assert framing([cite(1, "2018-10-03", "")], "id") == "Menurut berita 3 Oktober 2018:"
    assert framing([cite(1, "2018-10-03", "")], "en") == "According to news of 3 October 2018:"


def test_a_dated_quote_reads_well() -> None:
    quotes = [Quote(1, "Isi.", 1, 0, 4, "id", ((2, 2),)), Quote(2, "Isi dua.", 2, 0, 8, "en")]
    citations = [cite(1, "2018-10-03"), cite(2, "2026-11-18")]
    text = answer_text(quotes, citations, "id", dates=quote_dates(citations, ASKED, "id"))
    assert "“Isi.” [1][2], 3 Oktober 2018\n“Isi dua.” [2], 18 November 2026 (dalam bahasa Inggris)\n" in text
