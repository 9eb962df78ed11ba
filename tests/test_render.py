import re
from dataclasses import replace
from html import unescape

import pytest
from growth import LINEAR_ENOUGH, growth
from hypothesis import given
from hypothesis import strategies as st
from telegram_html import Entity, covered, message_text, utf16

from bot.records import GivenAnswer, Place
from bot.render import (
    SourceEntry,
    answer_messages,
    context_messages,
    inline_result,
    latest_message,
    plain,
    sources_message,
)
from index.links import fragment_link
from index.types import Article, Citation, Quote

TEXT = "Lebih dari 20 startup telah mendirikan kantor mereka di inkubator bersama ini."
URL = "https://antaranews.com/berita/1?a=1&b=2"
ASKED_AT = 1_621_800_000.0  # 23 May 2021
HOSTILE = '<b>x</b></a>&amp;"\'<a href="tg://user?id=1">klik</a>'


def quote(text: str = TEXT, n: int = 1, language: str = "id", also: tuple[tuple[int, int], ...] = ()) -> Quote:
    return Quote(n, text, n, 0, len(text), language, also)  # type: ignore[arg-type]


def cite(
    n: int = 1, title: str = "BMW dan Alibaba", publisher: str = "ANTARA", url: str = URL, **more: str
) -> Citation:
    link = more.get("link", fragment_link(url, TEXT))
    return Citation(n, n, title, publisher, more.get("published_at", "2021-05-23T07:03:00Z"), url, link)


def answer(quotes: tuple[Quote, ...] = (quote(),), citations: tuple[Citation, ...] = (cite(),)) -> GivenAnswer:
    return GivenAnswer(
        token="AAAABBBBCCCCDDDD", place=Place(1), user_id=2, question_id=3, origin="private",
        question="Berapa startup?",
        topic="", names=(), language="id", answerable=bool(quotes), confidence=0.9, notice="", quotes=quotes,
        citations=citations, further=(), created_at=ASKED_AT,
    )  # fmt: skip


def read(message: str) -> tuple[str, list[Entity]]:
    """Text and entities as Telegram takes them; it must take them."""
    text, entities = message_text(message, "HTML", None)
    assert 0 < utf16(text) <= 4096
    assert len(entities) <= 100
    return text, entities


def links(message: str) -> list[str]:
    return [unescape(href) for href in re.findall(r'<a href="([^"]*)">', message)]


def parts(message: str, kind: str) -> list[str]:
    text, entities = read(message)
    return [covered(text, one) for one in entities if one["type"] == kind]


def test_an_answer_is_quotes_and_their_sources() -> None:
    [message] = answer_messages(answer())
    assert read(message)[0] == (
        f"Menurut ANTARA (23 Mei 2021):\n“{TEXT}” [1]\n\nSumber:\n[1] ANTARA · 23 Mei 2021 · BMW dan Alibaba"
    )
    assert parts(message, "bold") == ["ANTARA"]
    assert parts(message, "blockquote") == [f"“{TEXT}” [1]"]
    assert parts(message, "text_link") == ["BMW dan Alibaba"]
    assert links(message) == [fragment_link(URL, TEXT)]


def test_several_quotes_in_another_language() -> None:
    given_answer = answer((quote(), quote("Second.", 2, "en", ((1, 1),))), (cite(), cite(2, "Dua", "Kompas", "")))
    [message] = answer_messages(replace(given_answer, language="en", topic="BMW & <Alibaba>", notice="a < b"))
    assert read(message)[0] == (
        f"About BMW & <Alibaba>.\nAccording to ANTARA and Kompas:\n“{TEXT}” [1] (in Indonesian)\n“Second.” [2][1]\n\n"
        "Sources:\n[1] ANTARA · 23 May 2021 · BMW dan Alibaba\n[2] Kompas · 23 May 2021 · Dua\n\na < b"
    )
    assert parts(message, "italic") == ["About BMW & <Alibaba>.", "a < b"]
    assert parts(message, "bold") == ["ANTARA", "Kompas"]
    assert len(links(message)) == 1


def test_a_source_of_which_little_is_known() -> None:
    [message] = answer_messages(answer(citations=(cite(title="", publisher="", url="", published_at=""),)))
    assert read(message)[0] == f"Dari berita yang tersimpan:\n“{TEXT}” [1]\n\nSumber:\n[1] (tanpa judul)"


def test_an_abstention_names_at_most_three_near_articles() -> None:
    [message] = answer_messages(answer((), tuple(cite(n) for n in range(1, 6))))
    text, _ = read(message)
    assert text.startswith(
        "Maaf, jawabannya tidak saya temukan di berita yang tersimpan.\n\nBerita yang paling dekat:\n[1]"
    )
    assert "[3]" in text
    assert "[4]" not in text
    assert answer_messages(answer((), ())) == ["Maaf, jawabannya tidak saya temukan di berita yang tersimpan."]


@pytest.mark.parametrize(
    ("dates", "line"),
    [
        (("2020-05-22",), "Mei 2020"),
        (("2020-05-25",), ""),
        (("2021",), ""),
        (("2019", "2020-03"), "Maret 2020"),
        (("2019",), "2019"),
        (("2020",), ""),  # may have been 31 December
        (("2019", "2021-01"), ""),
        (("2019", ""), ""),  # an undated one may be new
        (("0000",), "0000"),
        (("2019-13-40",), ""),
    ],
)
def test_old_news_is_called_old(dates: tuple[str, ...], line: str) -> None:
    citations = tuple(cite(n, published_at=date) for n, date in enumerate(dates, 1))
    [message] = answer_messages(answer(citations=citations))
    assert ("ℹ️ Berita dari " in message) == bool(line)
    assert line in message


def test_the_time_that_was_understood_stands_before_the_quotes() -> None:
    given_answer = replace(answer(), topic="BMW", lead="Berita 1–30 April 2021:")
    for message in (answer_messages(given_answer)[0], inline_result(given_answer)[2]):
        assert "Tentang BMW.\nBerita 1–30 April 2021:\nMenurut ANTARA" in read(message)[0]
    refused = replace(given_answer, quotes=(), answerable=False, topic="")
    assert read(answer_messages(refused)[0])[0].startswith("Berita 1–30 April 2021:\nMaaf, ")


def test_quotes_bear_their_dates_where_an_old_one_stands_beside_another() -> None:
    quotes = (quote(), quote("Isi dua.", 2))
    given_answer = answer(quotes, (cite(), cite(2, published_at="2018-10-03")))
    for message in (answer_messages(given_answer)[0], inline_result(given_answer)[2]):
        assert parts(message, "blockquote") == [f"“{TEXT}” [1], 23 Mei 2021", "“Isi dua.” [2], 3 Oktober 2018"]
    [message] = answer_messages(answer(quotes, (cite(), cite(2))))
    assert parts(message, "blockquote") == [f"“{TEXT}” [1]", "“Isi dua.” [2]"]


@pytest.mark.parametrize("question", ["Siapa mitra BMW pada 2018?", "Who was a partner before 2019?", "berita 2018"])
def test_who_asks_about_then_is_not_told_that_it_is_old(question: str) -> None:
    given_answer = answer(citations=(cite(published_at="2018-10-03"),))
    assert "ℹ️ Berita dari Oktober 2018" in answer_messages(given_answer)[0]
    assert "ℹ️" not in answer_messages(replace(given_answer, question=question))[0]


def test_what_is_foreign_stays_text() -> None:
    url = "https://e.com/?q=<b>&x=\"'</a>"
    given_answer = answer(
        (quote(HOSTILE),), (cite(1, HOSTILE, HOSTILE, url, published_at="<i>2021", link=fragment_link(url, HOSTILE)),)
    )
    given_answer = replace(given_answer, question=HOSTILE, topic=HOSTILE, notice=HOSTILE, lead=HOSTILE)
    title, description, inline = inline_result(given_answer)
    assert (len(title) <= 60, len(description) <= 120) == (True, True)
    for message in [*answer_messages(given_answer), inline]:
        text, entities = read(message)
        assert text.count(HOSTILE) >= 4
        assert [one["type"] for one in entities].count("text_link") == 1
        assert {one["type"] for one in entities} <= {"bold", "italic", "blockquote", "text_link", "code"}
        assert links(message) == [given_answer.citations[0].link]


def test_what_deceives_the_eye_goes() -> None:
    trick = "a\u202eb\u200bc\U000e0041\u2066"
    [message] = answer_messages(replace(answer((quote(trick),), (cite(1, trick, trick),)), topic=trick, notice=trick))
    assert read(message)[0].count("abc") == 6
    assert not re.search("[\u200b\u202e\u2066\U000e0041]", unescape(message))


@pytest.mark.parametrize("url", ["javascript:alert(1)", "tg://user?id=1", "//e.com", "http://e.com/\u202e", "x"])
def test_other_links_are_dropped(url: str) -> None:
    given_answer = answer(citations=(cite(url=url, link=url),))
    entry = SourceEntry("Judul", "ANTARA", "2021", url)
    for message in (
        *answer_messages(given_answer),
        inline_result(given_answer)[2],
        *context_messages(quote(), cite(url=url, link=url), None, "id"),
        sources_message([entry], "id", 1),
        latest_message([entry], "", "id"),
    ):
        assert links(message) == []
        assert "<a" not in message


def test_long_quotes_are_split_and_nothing_is_lost() -> None:
    long = " ".join(f"Kalimat nomor {n} & tambahan." for n in range(600))
    messages = answer_messages(answer((quote(long), quote("Dua.", 2)), (cite(), cite(2))))
    assert len(messages) > 1
    said = " ".join(piece for message in messages for piece in parts(message, "blockquote"))
    assert said == f"“{long}” [1] “Dua.” [2]"
    assert "Sumber:" in messages[-1]


@given(
    st.lists(st.tuples(st.text(max_size=30), st.integers(1, 400), st.sampled_from(["id", "en", "und"])), max_size=3),
    st.tuples(*[st.text(max_size=40)] * 5),
)
def test_telegram_takes_any_answer(texts: list[tuple[str, int, str]], words: tuple[str, ...]) -> None:
    title, publisher, topic, notice, date = words
    quotes = tuple(quote((text or "x") * times, n, language) for n, (text, times, language) in enumerate(texts, 1))
    citations = tuple(cite(q.n, title, publisher, f"https://e.com/{title}", published_at=date) for q in quotes)
    given_answer = replace(answer(quotes, citations), topic=topic, notice=notice, question=title)
    name, description, inline = inline_result(given_answer)
    assert 0 < utf16(name) <= 60
    assert 0 < utf16(description) <= 120
    for message in [*answer_messages(given_answer), inline]:
        read(message)
        assert set(links(message)) <= {citation.link for citation in citations}
        assert utf16(plain(message)) <= 4096


def test_plain_text_says_the_same() -> None:
    [message] = answer_messages(answer((quote("1 < 2 & 3"),)))
    assert plain(message) == (
        "Menurut ANTARA (23 Mei 2021):\n“1 < 2 & 3” [1]\n\nSumber:\n"
        f"[1] ANTARA · 23 Mei 2021 · BMW dan Alibaba ({cite().link})"
    )


BODY = f"Paragraf nol.\n\nParagraf satu.\n\nAwal kalimat. {TEXT} Akhir <kalimat>.\n\nParagraf tiga.\n\nParagraf empat."


def article(body: str = BODY) -> Article:
    return Article("BMW dan Alibaba", body, "/x", "id", publisher="ANTARA")


def placed(body: str = BODY, text: str = TEXT) -> Quote:
    return Quote(1, text, 1, body.index(text), body.index(text) + len(text), "id")


def test_the_context_is_the_paragraph_and_its_neighbours() -> None:
    [message] = context_messages(placed(), cite(), article(), "id")
    assert read(message)[0] == (
        "BMW dan Alibaba\nANTARA · 23 Mei 2021\n\n"
        f"Paragraf satu.\n\nAwal kalimat. {TEXT} Akhir <kalimat>.\n\nParagraf tiga."
    )
    assert parts(message, "bold") == ["BMW dan Alibaba", TEXT]
    assert links(message) == [cite().link]


def test_the_context_is_found_where_it_has_moved_to() -> None:
    [message] = context_messages(placed(), cite(), article("Baru.\n\n" + BODY), "id")
    assert f"Awal kalimat. <b>{TEXT}</b> Akhir" in message


def test_the_context_is_clipped_at_words() -> None:
    body = f"{'depan ' * 900}{TEXT} {'belakang ' * 900}"
    [message] = context_messages(placed(body), cite(), article(body), "id")
    text = read(message)[0].split("\n\n", 1)[1]
    assert 1_450 < utf16(text) <= 1_500
    assert re.fullmatch(rf"…(?:depan )+{re.escape(TEXT)}(?: belakang)+…", text)


def test_a_short_side_leaves_its_room_to_the_other() -> None:
    body = f"Awal. {TEXT} {'belakang ' * 900}"
    [message] = context_messages(placed(body), cite(), article(body), "id")
    text = read(message)[0].split("\n\n", 1)[1]
    assert text.startswith(f"Awal. {TEXT} belakang")
    assert 1_450 < utf16(text) <= 1_500


@pytest.mark.parametrize(
    ("now", "line"),
    [
        (None, "Artikel ini sudah dihapus sejak dikutip."),
        (article("Lain."), "Artikel ini sudah diperbarui sejak dikutip."),
        (article(""), "Artikel ini sudah diperbarui sejak dikutip."),
    ],
)
def test_a_quote_outlives_its_article(now: Article | None, line: str) -> None:
    [message] = context_messages(placed(), cite(), now, "id")
    assert read(message)[0] == f"BMW dan Alibaba\nANTARA · 23 Mei 2021\n“{TEXT}” [1]\n\n{line}"
    assert parts(message, "italic") == [line]


def test_a_very_long_quote_has_a_context_too() -> None:
    long = " ".join(f"Kata{n}" for n in range(2_000)) + "."
    body = f"Awal. {long} Akhir."
    messages = context_messages(placed(body, long), cite(), article(body), "en")
    assert len(messages) > 1
    assert " ".join(piece for message in messages for piece in parts(message, "bold")).endswith(long)


@given(st.text(max_size=200), st.text(min_size=1, max_size=60), st.text(max_size=200))
def test_telegram_takes_any_context(before: str, text: str, after: str) -> None:
    body = before + text + after
    one = Quote(1, text, 1, len(before), len(before) + len(text), "id")
    for message in context_messages(one, cite(), article(body), "id"):
        read(message)


ENTRIES = [SourceEntry(f"Judul {n}", "ANTARA", "2021-05", f"https://e.com/{n}?a&b", f"Isi\n {n}.") for n in range(12)]


def test_more_sources_are_numbered_on() -> None:
    message = sources_message(ENTRIES[:7], "id", 4)
    text, _ = read(message)
    assert text.startswith("Sumber berikutnya\n\n4. Judul 0\nANTARA · Mei 2021\nIsi 0.\n\n5. Judul 1\n")
    assert links(message) == [entry.url for entry in ENTRIES[:5]]
    assert sources_message([], "en", 1) == "There are no more sources for this question."


def test_the_latest_news_of_a_partner_or_of_all() -> None:
    assert read(latest_message(ENTRIES, "A & B", "id"))[0].startswith(
        "Berita terbaru tentang A & B\n\n• Judul 0\nANTARA"
    )
    assert links(latest_message(ENTRIES, "", "en")) == [entry.url for entry in ENTRIES[:10]]
    assert read(latest_message([], HOSTILE, "id"))[0].startswith(f"Belum ada berita tersimpan tentang {HOSTILE}.")
    assert latest_message([], "", "en") == "No news is stored yet. Please try later."


def test_lists_of_the_longest_entries_stay_one_message() -> None:
    entry = SourceEntry("&" * 500, "<" * 500, "2021-05-23", "https://e.com/" + "&" * 2_900, '"' * 500)
    for message in (sources_message([entry] * 5, "id", 1), latest_message([entry] * 10, "&" * 500, "id")):
        read(message)
        assert utf16(plain(message)) <= 4096


def test_an_inline_result_fits_one_message() -> None:
    long = "Kata panjang. " * 400
    quotes = tuple(quote(long, n) for n in (1, 2, 3))
    title, description, message = inline_result(answer(quotes, tuple(cite(n, "Judul " * 99) for n in (1, 2, 3))))
    text, _ = read(message)
    assert title.startswith("ANTARA: Kata panjang.")
    assert utf16(title) <= 60
    assert utf16(description) <= 120
    assert text.startswith("Berapa startup?\nMenurut ANTARA:\n“Kata panjang.")
    assert len(links(message)) == 3


def test_an_inline_result_previews_who_says_it() -> None:
    title, description, message = inline_result(answer())
    assert title == "ANTARA: Lebih dari 20 startup telah mendirikan kantor…"
    assert description == "BMW dan Alibaba · 23 Mei 2021"
    assert parts(message, "bold") == ["Berapa startup?", "ANTARA"]


def test_an_inline_result_without_an_answer_says_so() -> None:
    title, description, message = inline_result(answer((), (cite(),)))
    assert title == "Jawabannya tidak ditemukan"
    assert description
    assert read(message)[0].startswith("Berapa startup?\nMaaf, ")


@pytest.mark.parametrize("filling", ["kata ", "&", "x", "\u0301", "\n\n", "😀", ". "])
def test_rendering_grows_with_the_text_and_no_faster(filling: str) -> None:
    def work(size: int) -> None:
        long = filling * (size // len(filling)) + "."
        answer_messages(replace(answer((quote(long),), (cite(1, long, long, link=long),)), topic=long, notice=long))
        context_messages(placed(long + TEXT + long), cite(), article(long + TEXT + long), "id")
        context_messages(placed(long, long), cite(), article(long), "id")
        inline_result(answer((quote(long),), (cite(1, long, long),)))
        latest_message([SourceEntry(long, long, long, long, long)], long, "id")

    assert growth(work) < LINEAR_ENOUGH


def test_who_else_printed_a_text_stands_beside_it() -> None:
    source = replace(
        cite(), elsewhere=(("Kompas & Co", "https://k.example/1"), ("", "https://t.example/2"), ("Tempo", ""))
    )
    [message] = answer_messages(answer(citations=(source,)))
    others = (
        '<a href="https://k.example/1">Kompas &amp; Co</a>, <a href="https://t.example/2">(tanpa nama media)</a>, Tempo'
    )
    assert f"(juga di {others})" in message
