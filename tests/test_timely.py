"""Answers from the news of the time that a question names, by a clock that stands at 23 November 2026 in Jakarta."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from math import log2

import pytest
from fakes import fake_engine

from index.console import answer_record
from index.errors import SettingsError
from index.pipeline import Warta
from index.retrieve import allowed_chunks
from index.settings import Settings
from index.timely import AGING, PREFERRED, by_time
from index.types import Article, Filters, Hit, Period

NOW = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)
"""Already the 23rd in Jakarta."""


def told(number: int, body: str, published_at: str) -> Article:
    return Article(f"Kabar {number}", body, f"/{number}.txt", "id", "ANTARA", published_at=published_at)


ARTICLES = (
    told(1, "Kencana bermitra dengan Surya untuk membangun pabrik.", "2018-10-03"),
    told(2, "Kencana bermitra dengan Lestari untuk membangun kapal.", "2026-11-18"),
    told(3, "Kencana bermitra dengan Bahari untuk membangun gudang.", "2026-10-05"),
    told(4, "Gajah Sumatera lahir di kebun binatang.", "2026-11-17"),
    told(5, "Harga beras di Bandung Rp12.000.", ""),
    told(6, "Sejak 2016 Melati dipimpin oleh Pak Budi.", "2015-12-30"),
)


@pytest.fixture(scope="module")
def warta(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warta]:
    data = tmp_path_factory.mktemp("timely")
    settings = Settings.from_env({"WARTA_DATA": str(data), "WARTA_ABSTAIN_BELOW": "0.2"})
    with Warta(settings, fake_engine(), now=lambda: NOW) as opened:
        assert [outcome.status for outcome in opened.ingest(ARTICLES)] == ["new"] * len(ARTICLES)
        yield opened


def hit(article_id: int, score: float) -> Hit:
    return Hit(article_id, article_id, "id", score, score, 0.0)


def scores(hits: tuple[Hit, ...]) -> dict[int, float]:
    return {one.article_id: one.score for one in hits}


def test_it_is_the_readers_day(warta: Warta) -> None:
    assert warta.today().isoformat() == "2026-11-23"
    with warta.reader() as other:
        assert other.today() == warta.today()


def test_a_relative_time_keeps_other_news_out(warta: Warta) -> None:
    answer = warta.ask("Kencana bermitra dengan siapa pekan lalu?")
    assert [quote.text for quote in answer.quotes] == [ARTICLES[1].body]
    assert answer.lead == "Berita 16–22 November 2026:"
    assert answer.text.startswith("Berita 16–22 November 2026:\nMenurut ANTARA (18 November 2026):\n")
    assert answer_record(answer)["period"] == {
        "since": "2026-11-16", "until": "2026-11-22", "strict": True, "newest": False, "missed": False,
    }  # fmt: skip


def test_the_same_in_english(warta: Warta) -> None:
    answer = warta.ask("Who was the mitra of Kencana last month?", "en")
    assert answer.quotes[0].text == ARTICLES[2].body
    assert answer.lead == "News of 1–31 October 2026:"


def test_where_that_time_has_no_answer_it_is_said_and_the_closest_given(warta: Warta) -> None:
    answer = warta.ask("Siapa bermitra dengan Surya untuk membangun pabrik kemarin?")
    assert answer.quotes[0].text == ARTICLES[0].body
    assert answer.text.startswith("Jawabannya tidak saya temukan di berita 22 November 2026. Yang paling dekat dari")
    assert answer.period is not None
    assert answer.period.missed


def test_an_abstention_announces_no_quotes(warta: Warta) -> None:
    apology = "Maaf, jawabannya tidak saya temukan di berita yang tersimpan."
    answer = warta.ask("Siapa juara bulu tangkis di Tokyo pekan lalu?")
    searched = "Saya mencari di berita 16–22 November 2026, lalu di berita dari waktu lain."
    assert answer.text.startswith(f"{searched}\n{apology}\n")
    assert warta.ask("Siapa juara bulu tangkis terbaru di Tokyo?").text.startswith(apology)


def test_an_undated_article_is_no_news_of_a_time_but_may_be_the_closest(warta: Warta) -> None:
    answer = warta.ask("Berapa harga beras di Bandung bulan lalu?")
    assert answer.quotes[0].text == ARTICLES[4].body
    assert answer.period is not None
    assert answer.period.missed


@pytest.mark.parametrize("time", ["pekan lalu", "kemarin"])
def test_where_no_time_has_an_answer_that_is_said_once(warta: Warta, time: str) -> None:
    answer = warta.ask(f"Siapa juara lomba catur Bhayangkara {time}?")
    searched = {"pekan lalu": "16–22 November 2026", "kemarin": "22 November 2026"}[time]
    assert not answer.answerable
    assert answer.text.split("\n\n")[0] == (
        f"Saya mencari di berita {searched}, lalu di berita dari waktu lain.\n"
        "Maaf, jawabannya tidak saya temukan di berita yang tersimpan."
    )


def test_no_heading_stands_over_an_answer_that_is_not_there(warta: Warta) -> None:
    answer = warta.ask("Siapa juara lomba catur Bhayangkara terbaru?")
    assert answer.text.startswith("Maaf, jawabannya tidak saya temukan di berita yang tersimpan.\n")


def test_days_that_the_caller_chose_stand_above_the_question(warta: Warta) -> None:
    answer = warta.ask("Kencana bermitra dengan siapa pekan lalu?", filters=Filters(since="2018", until="2018"))
    assert [citation.published_at for citation in answer.citations] == ["2018-10-03"]
    assert answer.lead == ""


def test_the_newest_comes_first(warta: Warta) -> None:
    answer = warta.ask("Siapa mitra terbaru Kencana?")
    assert answer.lead == "Mulai dari berita terbaru:"
    dates = [citation.published_at for citation in answer.citations]
    assert dates == sorted(dates, reverse=True)
    assert dates[0] == "2026-11-18"


def test_news_since_a_year_need_not_name_it(warta: Warta) -> None:
    # No article names 2025; beside words that must stand there, the old news would be as good.
    answer = warta.ask("Kencana bermitra dengan siapa sejak 2025?")
    assert answer.lead == "Berita sejak 1 Januari 2025:"
    assert [quote.text for quote in answer.quotes] == [ARTICLES[1].body, ARTICLES[2].body]
    assert warta.ask("Who was the mitra of Kencana until 2019?", "en").quotes[0].text == ARTICLES[0].body


def test_a_year_that_the_news_names_itself_is_found_by_its_words(warta: Warta) -> None:
    answer = warta.ask("Melati dipimpin oleh siapa sejak 2016?")
    assert ([quote.text for quote in answer.quotes], answer.lead) == ([ARTICLES[5].body], "")


def test_a_question_without_a_time_has_no_period(warta: Warta) -> None:
    answer = warta.ask("Kencana bermitra dengan siapa?")
    assert (answer.period, answer.lead) == (None, "")
    assert "period" not in answer_record(answer)


def test_the_preferred_gain_and_nearness_halves_in_sixty_days() -> None:
    hits = [hit(1, 1.0), hit(2, 0.9), hit(3, 0.8), hit(4, 0.7)]
    published = {1: "", 2: "2025-03-31", 3: "2025", 4: "2025-05-30"}  # 60 days after 31 March
    ranked = by_time(hits, Period("2025-03-01", "2025-03-31"), published)
    assert scores(ranked) == pytest.approx({2: 0.9 + PREFERRED, 3: 0.8 + PREFERRED, 4: 0.7 + PREFERRED / 2, 1: 1.0})
    assert [one.article_id for one in ranked] == [2, 3, 1, 4]


def test_what_is_older_than_the_newest_loses() -> None:
    hits = [hit(1, 2.0), hit(2, 1.8), hit(3, 1.7), hit(4, -5.0)]
    published = {1: "2018-01-01", 2: "2018-01-08", 3: "", 4: "2026-01-01"}
    ranked = by_time(hits, Period(newest=True), published)
    # Article 4 is not comparable, so 8 January is the newest; the undated one counts as the oldest of the rest.
    assert scores(ranked) == pytest.approx({1: 2 - AGING * log2(2), 2: 1.8, 3: 1.7 - AGING * log2(2), 4: -5.0})
    assert [one.article_id for one in ranked] == [2, 1, 3, 4]


def test_without_dates_nothing_moves() -> None:
    hits = (hit(1, 2.0), hit(2, 1.8))
    for period in (
        None,
        Period(newest=True),
        Period("2020-01-01", "2020-12-31"),
        Period("2020-01-01", "", newest=True),
    ):
        assert by_time(hits, period, {1: "", 2: ""}) == hits


@pytest.mark.parametrize(
    ("published_at", "passes"),
    [
        ("2026-11-22", True),
        ("2026-11-21", False),
        ("2026-11-23", False),
        ("2026-11-21T16:59:59Z", False),  # 23:59 on the 21st in Jakarta
        ("2026-11-21T17:00:00Z", True),
        ("2026-11-22T16:59:59Z", True),
        ("2026-11-22T17:00:00Z", False),
        ("2026-11", True),  # may be that day
        ("", False),
    ],
)
def test_days_are_those_of_the_readers_zone(warta: Warta, published_at: str, passes: bool) -> None:
    day = Filters(since="2026-11-22", until="2026-11-22", zone="Asia/Jakarta")
    with warta.store.transaction():
        warta.store.connection.execute("update articles set published_at = ? where title = 'Kabar 5'", [published_at])
    try:
        [(article_id,)] = warta.store.read("select id from articles where title = 'Kabar 5'")
        allowed = allowed_chunks(warta.store, day) or set()
        assert (article_id in {warta.store.articles_of([i])[i] for i in allowed}) == passes
    finally:
        with warta.store.transaction():
            warta.store.connection.execute("update articles set published_at = '' where title = 'Kabar 5'")


def test_the_readers_zone_is_a_setting(warta: Warta) -> None:
    settings = Settings.from_env({"WARTA_DATA": str(warta.settings.data), "WARTA_TIMEZONE": "America/New_York"})
    with Warta(settings, fake_engine(), now=lambda: NOW) as opened:
        assert opened.today().isoformat() == "2026-11-22"
    for name in ("Asia", "WIB ", "../etc/passwd", "Mars/Base"):
        with pytest.raises(SettingsError, match=r"WARTA_TIMEZONE=.* is no time zone; write one like Asia/Jakarta"):
            Settings.from_env({"WARTA_TIMEZONE": name})
