"""Two sources that do not agree."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from fakes import fake_engine

from index.differing import difference_line, difference_of, newer_first, renumbered
from index.features import take_apart
from index.lemmas import query_terms
from index.pipeline import Warta
from index.settings import Settings
from index.types import Article, Language, Quote

OLD = "Nilai investasi Kencana di pabrik Surya mencapai Rp25 miliar."
NEW = "Nilai investasi Kencana di pabrik Surya mencapai Rp30 miliar."
ASKED = "Berapa nilai investasi Kencana di pabrik Surya?"
PAIR = ("Kencana", "Surya")


def told(body: str, published_at: str, partners: tuple[str, ...] = PAIR, language: Language = "id") -> Article:
    return Article(
        "Judul", body, f"/{published_at}.txt", language, "ANTARA", published_at=published_at, partners=partners
    )


def line(question: str, *articles: Article, stories: dict[int, int] | None = None) -> str:
    """What is said of the articles, whose whole bodies are quoted in this order."""
    found = dict(enumerate(articles, start=1))
    quotes = [Quote(n, one.body, n, 0, len(one.body), one.language) for n, one in found.items()]
    asked = take_apart(question, "id", dict.fromkeys(query_terms(question, "id"), 1.0))
    difference = difference_of(asked, quotes, found, stories or {})
    quotes = list(newer_first(quotes, difference))
    return difference_line(difference_of(asked, quotes, found, stories or {}), found, "id")


def test_the_newer_amount_stands_first() -> None:
    said = "Sumber berbeda: Rp30 miliar [1] (5 Mei 2021), Rp25 miliar [2] (3 Oktober 2018)."
    assert line(ASKED, told(OLD, "2018-10-03"), told(NEW, "2021-05-05")) == said
    assert line(ASKED, told(NEW, "2021-05-05"), told(OLD, "2018-10-03")) == said


def test_without_dates_the_better_one_stays_first() -> None:
    assert line(ASKED, told(OLD, ""), told(NEW, "")) == "Sumber berbeda: Rp25 miliar [1], Rp30 miliar [2]."


def test_articles_of_one_story_need_no_partners() -> None:
    asked = ASKED.replace("di pabrik Surya", "Lestari di pabrik Surya")  # which neither of them names
    alone = (told(OLD, "2018-10-03", ()), told(NEW, "2018-10-04", ()))
    assert line(asked, *alone) == ""
    assert line(asked, *alone, stories={1: 7, 2: 8}) == ""
    assert line(asked, *alone, stories={1: 7, 2: 7}).startswith("Sumber berbeda: Rp30 miliar [1]")


def test_nor_do_those_that_name_all_that_the_question_names() -> None:
    alone = (told(OLD, "2018-10-03", ()), told(NEW, "2021-05-05", ()))
    assert line(ASKED, *alone).startswith("Sumber berbeda: Rp30 miliar [1] (5 Mei 2021)")
    assert line("Berapa nilai investasi di pabrik itu?", *alone) == ""  # no name: any pabrik's
    english = told("Kencana and Surya borrowed Rp30 billion.", "2021-05-05", (), "en")
    assert line(ASKED, alone[0], english) == ""


def test_of_several_the_newest_stands_first() -> None:
    newest = told(NEW.replace("30", "45"), "2024-01-02")
    said = line(ASKED, told(OLD, "2018-10-03"), told(NEW, "2021-05-05"), newest)
    assert said.startswith("Sumber berbeda: Rp45 miliar [1] (2 Januari 2024), ")


@pytest.mark.parametrize(
    ("question", "one", "other", "expected"),
    [
        (
            "Siapa direktur utama Kencana?",
            "Direktur utama Kencana adalah Rini Wulandari.",
            "Direktur utama Kencana adalah Tono Santoso.",
            "Rini Wulandari [1], Tono Santoso [2]",
        ),
        (
            "Kapan Kencana meneken perjanjian itu?",
            "Kencana meneken perjanjian itu pada 8 Mei 2020.",
            "Kencana meneken perjanjian itu pada 18 Mei 2020.",
            "8 Mei 2020 [1], 18 Mei 2020 [2]",
        ),
        (
            "Berapa startup yang bergabung?",
            "Sebanyak 20 startup bergabung.",
            "Sebanyak 25 startup bergabung.",
            "20 [1], 25 [2]",
        ),
    ],
)
def test_persons_days_and_counts_differ_too(question: str, one: str, other: str, expected: str) -> None:
    assert line(question, told(one, ""), told(other, "")) == f"Sumber berbeda: {expected}."


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        (ASKED, OLD, OLD.replace("Rp25 miliar", "Rp25.000.000.000")),  # the same, written out
        (ASKED, OLD, OLD.replace("Rp25 miliar", "40 persen")),  # another unit
        (ASKED, OLD, NEW.replace("Rp30 miliar", "Rp30 miliar, naik dari Rp25 miliar")),  # two amounts: which one?
        (ASKED, OLD, "Kencana membayar utang Rp30 miliar kepada sebuah bank swasta di Bandung."),  # something else
        ("Apa yang dilakukan Kencana?", OLD, NEW),  # no value is asked for
        ("Berapa startup?", "Ada 20 startup di sana.", "Ada 25 bank di sana."),  # other things are counted
        ("Siapa direktur Kencana?", "Direktur Kencana Rini Wulandari.", "Direktur Kencana Ibu Rini Wulandari."),
        ("Siapa mitra Rini Wulandari?", "Mitra Rini Wulandari banyak.", "Mitra Rini Wulandari sedikit."),
    ],
)  # fmt: skip
def test_no_false_alarm(question: str, one: str, other: str) -> None:
    assert line(question, told(one, "2018"), told(other, "2021")) == ""


def test_one_article_does_not_differ_from_itself() -> None:
    article = told(f"{OLD} {NEW}", "2021")
    quotes = [Quote(1, OLD, 1, 0, len(OLD), "id"), Quote(1, NEW, 1, len(OLD) + 1, len(article.body), "id")]
    asked = take_apart(ASKED, "id", dict.fromkeys(query_terms(ASKED, "id"), 1.0))
    assert difference_of(asked, quotes, {1: article}, {1: 7}) is None


def test_citations_are_numbered_as_they_are_named() -> None:
    one, other = Quote(1, "A.", 11, 0, 2, "id", ((2, 12),)), Quote(3, "B.", 13, 0, 2, "id")
    assert renumbered([other, one]) == (
        Quote(1, "B.", 13, 0, 2, "id"),
        Quote(2, "A.", 11, 0, 2, "id", ((3, 12),)),
    )


def test_an_answer_says_that_its_sources_differ(tmp_path: Path) -> None:
    settings = Settings.from_env({"WARTA_DATA": str(tmp_path), "WARTA_ABSTAIN_BELOW": "0"})
    with Warta(settings, fake_engine()) as warta:
        assert [one.status for one in warta.ingest([told(OLD, "2018-10-03"), told(NEW, "2021-05-05")])] == ["new"] * 2
        answer = warta.ask(ASKED)
    assert answer.lead == "Sumber berbeda: Rp30 miliar [1] (5 Mei 2021), Rp25 miliar [2] (3 Oktober 2018)."
    assert [quote.text for quote in answer.quotes] == [NEW, OLD]
    assert [citation.published_at for citation in answer.citations] == ["2021-05-05", "2018-10-03"]
    assert answer.lead in answer.text


@pytest.mark.parametrize("time", ["pada 2018", "tahun lalu"])
def test_the_newer_does_not_come_first_where_another_time_is_asked_for(tmp_path: Path, time: str) -> None:
    settings = Settings.from_env({"WARTA_DATA": str(tmp_path), "WARTA_ABSTAIN_BELOW": "0"})
    clock = datetime(2019, 6, 1, tzinfo=UTC)
    with Warta(settings, fake_engine(), now=lambda: clock) as warta:
        list(warta.ingest([told(OLD, "2018-10-03"), told(NEW, "2019-05-05")]))
        answer = warta.ask(f"Berapa nilai investasi Kencana di pabrik Surya {time}?")
    assert "Sumber berbeda" not in answer.text
    assert answer.quotes[0].text == OLD
