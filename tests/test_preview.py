"""/preview: what would have been sent in the last days."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from stage import BMW, asked, hrefs, office, opened, played, stored
from telegram_html import message_text, utf16
from test_following import seed

from bot.follow_text import preview_message
from bot.records import Place
from index.interests import Interest, interest_of
from index.phrases import date_words
from index.preview import first_day, preview_of
from index.types import Article

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SINCE = date(2026, 11, 13)


def days_ago(days: int) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).date().isoformat()


def told(name: str, published_at: str, title: str = "", body: str = "") -> Article:
    """An article about one thing only, which no other tells."""
    title = title or f"{name} Mengumumkan Kabar"
    body = body or f"{name} mengumumkan kabar tentang {name.casefold()}."
    return Article(
        title,
        body,
        f"/{name}.txt",
        "id",
        publisher="ANTARA",
        published_at=published_at,
        url=f"https://b.example/{name}",
    )


def titles(data: Path, *interests: Interest, most: int | None = None) -> list[list[str]]:
    with opened(data) as warta:
        found = preview_of(warta, interests, warta.names, SINCE, NOW, most)
        assert [interest for interest, _ in found] == list(interests)
        return [[one.title for one in articles] for _, articles in found]


def test_articles_of_those_days_are_found_newest_first_and_undated_ones_by_when_they_were_stored(
    tmp_path: Path,
) -> None:
    stored(
        tmp_path,
        told("Gojek", "2026-11-13"),
        told("Traveloka", "2026-11-19T23:00:00Z", body="Traveloka dan Gojek mengumumkan laba."),
        told("Bukalapak", "2026-11-12T23:59:59Z", body="Gojek dan Bukalapak membuka gudang."),
        told("Blibli", "2026-11-22", body="Gojek dan Blibli menjual tiket kereta."),  # after tomorrow
        told("Dana", "", body="Gojek memakai Dana."),
        told("Ovo", "2026-11", body="Gojek memakai Ovo sejak bulan ini."),
        told("Tokopedia", "2021", body="Gojek dan Tokopedia bergabung."),
    )
    with opened(tmp_path) as warta:
        for name, at in (("Dana", "2026-11-15T00:00:00Z"), ("Ovo", "2026-11-12T00:00:00Z")):
            with warta.store.transaction():
                warta.store.connection.execute("update articles set added_at = ? where title like ?", [at, f"{name}%"])
    gojek, traveloka, none = titles(
        tmp_path, *(interest_of("partner", name) for name in ("Gojek", "Traveloka", "Shopee"))
    )
    assert gojek == [f"{name} Mengumumkan Kabar" for name in ("Traveloka", "Dana", "Gojek")]
    assert traveloka == ["Traveloka Mengumumkan Kabar"]
    assert none == []


def test_keywords_and_names_together(tmp_path: Path) -> None:
    stored(
        tmp_path,
        told("Gojek", "2026-11-19", body="Gojek membangun pabrik baterai dari nikel."),
        told("Grab", "2026-11-18", body="Grab membangun pabrik baterainya sendiri di Karawang."),
        told("Ovo", "2026-11-17", body="Ovo bekerja sama dengan Grab di Bandung."),
    )
    found = titles(
        tmp_path,
        interest_of("keywords", "pabrik +baterai -nikel"),
        interest_of("keywords", "+baterai"),
        interest_of("partner", "Grab + Ovo"),
    )
    assert found == [
        ["Grab Mengumumkan Kabar"],
        ["Gojek Mengumumkan Kabar", "Grab Mengumumkan Kabar"],
        ["Ovo Mengumumkan Kabar"],
    ]


def test_a_story_is_listed_once_by_its_newest_article(tmp_path: Path) -> None:
    first = replace(BMW, published_at="2026-11-18", url="https://b.example/1")
    later = replace(
        BMW,
        title="Basis Inovasi BMW dan Alibaba di Shanghai Dibuka",
        published_at="2026-11-19",
        publisher="Kompas",
        url="https://b.example/2",
        body=f"{BMW.body} Acara itu dihadiri pejabat kota.",
    )
    stored(tmp_path, first, later)
    with opened(tmp_path) as warta:
        assert len(set(warta.store.stories_of(warta.store.article_ids()).values())) == 1
    assert titles(tmp_path, interest_of("partner", "BMW")) == [[later.title]]


def test_what_cannot_be_looked_at_whole_is_not_said_to_have_been(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = ("2026-11-13", "2026-11-15", "2026-11-15", "2026-11-18", "2026-11-20")
    stored(tmp_path, *(told(f"Gojek{number}", day) for number, day in enumerate(days)))
    with opened(tmp_path) as warta:
        for most, day in ((5, 13), (4, 14), (3, 16), (2, 16), (1, 19), (0, 20)):
            monkeypatch.setattr("index.preview.MOST_ARTICLES", most)
            assert first_day(warta, SINCE, NOW) == date(2026, 11, day)
    gojek = [interest_of("keywords", "+kabar")]
    assert [len(found) for found in titles(tmp_path, *gojek)] == [5]  # what nobody waits for is looked at whole
    assert [len(found) for found in titles(tmp_path, *gojek, most=2)] == [2]


@played
async def test_a_preview_says_from_when_it_has_looked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.preview.MOST_ARTICLES", 1)
    stored(tmp_path, told("Gojek", days_ago(1)), told("Traveloka", days_ago(4)))
    async with office(tmp_path) as (api, _):
        sari = api.user("Sari", language_code="en")
        shown = (await asked(api, api.private(sari), sari, "/preview Gojek, Traveloka"))["text"]
        assert shown.startswith(f"What matches since {date_words(days_ago(3), 'en')}\n")
        assert shown.endswith("No news for: Traveloka")
        nothing = (await asked(api, api.private(sari), sari, "/preview Traveloka"))["text"]
        assert f"since {date_words(days_ago(3), 'en')}" in nothing
        assert "/preview 30d" not in nothing


def test_a_message_shows_fewer_titles_where_all_would_not_fit() -> None:
    articles = [
        replace(told(f"Judul {number} " + "x" * 100, "2026-11-19"), url=f"https://b.example/{number}")
        for number in range(7)
    ]

    def shown(count: int) -> tuple[str, int]:
        found = [(interest_of("partner", f"Mitra {number}"), articles) for number in range(count)]
        text, entities = message_text(preview_message(found, "2026-11-13", "id"), "HTML", None)
        assert utf16(text) <= 4096
        assert len(entities) <= 100
        return text, text.count("\n• ")

    text, titles = shown(1)
    assert text.startswith(
        "Yang cocok sejak 13 November 2026\n"
        "Satu judul untuk setiap peristiwa, dari paling banyak 1.000 berita terbaru.\n\n"
        "Mitra 0: 7 berita\n• Judul 0"
    )
    assert " – ANTARA · 19 November 2026" in text
    assert titles == 5
    for count, most in ((8, 3), (20, 1), (50, 0)):
        text, titles = shown(count)
        assert titles == count * most
        assert all(f"Mitra {number}: 7 berita" in text for number in range(count))


def test_what_finds_nothing_is_said_beside_what_does() -> None:
    found = [
        (interest_of("partner", "BMW"), [BMW]),
        (interest_of("partner", "A&B"), []),
        (interest_of("keywords", "+<x>"), []),
    ]
    html = preview_message(found, "2026-11-13", "id")
    assert html.endswith("\n\nTidak ada berita untuk: A&amp;B, +&lt;x&gt;")
    nothing = preview_message(found[1:], "2026-11-13", "en")
    assert nothing.startswith("No news has matched “A&amp;B” and “+&lt;x&gt;” since 13 November 2026.")
    assert "/preview 30d" in nothing
    assert "/preview" not in preview_message(found[1:], "2026-10-24", "en", longest=True)


def test_the_longest_patterns_fit_as_well() -> None:
    patterns = [f"+{number:02}{'x' * 196}" for number in range(50)]
    for articles in ([], [BMW]):
        found = [(interest_of("keywords", pattern), articles) for pattern in patterns]
        text, entities = message_text(preview_message(found, "2026-11-13", "id"), "HTML", None)
        assert utf16(text) <= 4096
        assert len(entities) <= 100


# In a chat


@played
async def test_what_is_followed_and_what_is_asked_for_without_following_it(tmp_path: Path) -> None:
    stored(tmp_path, told("Gojek", days_ago(1)), told("Traveloka", days_ago(20)))
    async with office(tmp_path) as (api, bot):
        sari = api.user("Sari")
        chat = api.private(sari)
        assert "Belum ada yang diikuti" in (await asked(api, chat, sari, "/preview"))["text"]
        shown = await asked(api, chat, sari, "/preview 30d Gojek, Traveloka")
        assert "Gojek: 1 berita\n• Gojek Mengumumkan Kabar – ANTARA · " in shown["text"]
        assert "Traveloka: 1 berita" in shown["text"]
        assert hrefs(shown) == ["https://b.example/Gojek", "https://b.example/Traveloka"]
        assert await bot.services.desk.records(lambda r: r.follows.of_chat(chat.id)) == []
        await seed(bot, Place(chat.id), "Gojek", "Traveloka")
        shown = await asked(api, chat, sari, "/preview")
        assert "Gojek: 1 berita" in shown["text"]
        assert shown["text"].endswith("Tidak ada berita untuk: Traveloka")
        assert any(call.method == "sendChatAction" for call in api.calls)
        nothing = (await asked(api, chat, sari, "/preview Traveloka"))["text"]
        assert "tidak ada berita yang cocok dengan “Traveloka”" in nothing
        month = (await asked(api, chat, sari, "/preview 30d Traveloka"))["text"]
        assert ("/preview 30d" in nothing, "/preview 30d" in month) == (True, False)
        assert "Tambahkan kata yang harus ada" in (await asked(api, chat, sari, "/preview -nikel"))["text"]


@played
async def test_a_question_is_looked_at_as_well(tmp_path: Path) -> None:
    stored(tmp_path, told("Gojek", days_ago(1)))
    async with office(tmp_path) as (api, _):
        sari = api.user("Sari")
        for words in ("7d? Siapa CEO Gojek", "? Siapa CEO Gojek", "Siapa CEO Gojek?"):
            assert "Siapa CEO Gojek" in (await asked(api, api.private(sari), sari, f"/preview {words}"))["text"]


@played
async def test_a_group_sees_what_all_its_topics_follow_each_once(tmp_path: Path) -> None:
    stored(tmp_path, told("Gojek", days_ago(1)))
    async with office(tmp_path) as (api, bot):
        group, tono = api.group("Redaksi", forum=True), api.user("Tono")
        topic = api.topic(group, "Mitra")
        await seed(bot, Place(group.id), "Gojek")
        await seed(bot, Place(group.id, topic), "gojek")
        shown = await asked(api, group, tono, "/preview", thread=topic)
        assert shown["thread"] == topic
        assert shown["text"].casefold().count("gojek: 1 berita") == 1
