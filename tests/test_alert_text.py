from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fakes import fake_engine
from growth import LINEAR_ENOUGH, growth
from hypothesis import given
from hypothesis import strategies as st
from stage import BMW, office, opened, played, stored
from telegram_html import covered, with_found
from test_render import HOSTILE, links, parts, read

from bot.alert_html import (
    Telling,
    alert_message,
    ask_prompt,
    digest_blocks,
    related_message,
    told_elsewhere,
    verbatim,
)
from bot.alert_text import tellings, written
from bot.alert_words import ALERT_WORDS
from bot.records import Alert, Elsewhere, Follow, Place
from bot.render import SourceEntry
from bot.text import fitting, pack
from index.errors import EmbedderError, ModelMismatchError
from index.interests import Interest, interest_of
from index.link_rows import Link
from index.links import fragment_link
from index.matching import Matched
from index.pipeline import Warta
from index.types import Article, Span

LIVE = ("bot_command", "mention", "url")
SENTENCE = "BMW dan Alibaba membuka basis inovasi bersama di Shanghai pada 20 Oktober 2020."


def row(number: int = 1, reasons: tuple[str, ...] = ("BMW", "baterai"), **more: object) -> Alert:
    fields = {"kind": "alert", "story_id": number, "article_id": number, "follows": (1,), **more}
    return Alert(id=number, place=Place(7), reasons=reasons, **fields)  # type: ignore[arg-type]


def telling(alert: Alert | None = None, article: Article = BMW, **more: object) -> Telling:
    fields = {"sentence": SENTENCE, "partners": ("BMW", "Alibaba"), **more}
    return Telling(alert or row(), article, **fields)  # type: ignore[arg-type]


def update(**more: object) -> Telling:
    return telling(row(kind="update", news=("Toyota", "Rp2 triliun"), **more))


def test_an_alert_is_a_title_a_sentence_and_why_it_came() -> None:
    others = (
        Elsewhere("Kompas", "https://kompas.example/1"),
        Elsewhere("Tempo", "", ("Rp2 triliun",)),
    )
    message = alert_message(telling(elsewhere=others), "id")
    assert read(message)[0] == (
        "🔔 BMW dan Alibaba Buka Basis Inovasi di Shanghai\n"
        f"{SENTENCE}\n"
        "Mitra: BMW, Alibaba\n"
        "ANTARA · 21 Oktober 2020\n"
        "Cocok dengan: BMW; baterai\n"
        "Juga diberitakan: Kompas, Tempo (baru: Rp2 triliun)"
    )
    assert parts(message, "bold") == [BMW.title]
    assert parts(message, "blockquote") == [SENTENCE]
    assert parts(message, "italic") == ["Cocok dengan: BMW; baterai"]
    assert links(message) == [fragment_link(BMW.url, SENTENCE), "https://kompas.example/1"]


def test_in_english_and_a_question_stands_in_quotation_marks() -> None:
    asked = "When does BMW open a factory?"
    message = alert_message(telling(row(reasons=("BMW", asked)), questions=frozenset([asked])), "en")
    assert read(message)[0] == (
        "🔔 BMW dan Alibaba Buka Basis Inovasi di Shanghai\n"
        f"{SENTENCE}\nPartners: BMW, Alibaba\nANTARA · 21 October 2020\nMatches: BMW; “{asked}”"
    )


def test_what_is_not_known_leaves_no_gap() -> None:
    bare = Article("", "Isi.", "/x", "id")
    assert alert_message(Telling(row(reasons=()), bare), "id") == "🔔 <b>(tanpa judul)</b>"


def test_an_update_says_what_is_new() -> None:
    message = alert_message(update(), "id")
    assert read(message)[0] == (
        "🔄 Perkembangan berita\nBaru: Toyota, Rp2 triliun\n"
        f"{BMW.title}\n{SENTENCE}\nANTARA · 21 Oktober 2020\nCocok dengan: BMW; baterai"
    )
    assert parts(message, "bold") == ["Perkembangan berita", BMW.title]
    assert "Baru:" not in alert_message(replace(update(), alert=row(kind="update")), "id")


def test_so_many_of_each_are_shown() -> None:
    others = tuple(Elsewhere(f"Koran {n}", f"https://e.example/{n}") for n in range(11))
    one = telling(
        row(reasons=tuple(f"alasan{n}" for n in range(9))),
        partners=tuple(f"Mitra {n}" for n in range(9)),
        elsewhere=others,
    )
    text, _ = read(alert_message(one, "id"))
    assert text.endswith(
        "Mitra: Mitra 0, Mitra 1, Mitra 2, Mitra 3, Mitra 4\nANTARA · 21 Oktober 2020\n"
        "Cocok dengan: alasan0; alasan1; alasan2; alasan3\n"
        "Juga diberitakan: Koran 0, Koran 1, Koran 2, Koran 3, Koran 4, Koran 5, Koran 6, Koran 7, +3"
    )
    exactly = alert_message(replace(one, elsewhere=others[:8]), "id")
    assert exactly.count("Koran") == 8
    assert "+" not in read(exactly)[0]


def test_a_long_sentence_is_clipped_to_be_seen_and_linked_whole() -> None:
    long = " ".join(f"kata{n}" for n in range(200)) + "."
    for one, most in ((telling(sentence=long), 500), (replace(update(), sentence=long), 300)):
        message = alert_message(one, "id")
        [quoted] = parts(message, "blockquote")
        assert most - 20 < len(quoted) <= most
        assert quoted.endswith("…")
        assert long.startswith(quoted[:-1])
        assert links(message) == [fragment_link(BMW.url, long)]


def test_a_link_that_would_be_too_long_leads_to_the_page() -> None:
    assert links(alert_message(telling(sentence="x" * 5_000 + "."), "id")) == [BMW.url]


def test_a_sentence_stands_in_the_body_or_there_is_none() -> None:
    assert verbatim(BMW, Span(0, len(SENTENCE))) == SENTENCE
    for span in (Span(5, 5), Span(-3, 4), Span(0, len(BMW.body) + 1), Span(9, 2)):
        with pytest.raises(ValueError, match="no part of a body"):
            verbatim(BMW, span)


def test_who_tells_the_same_is_named_once() -> None:
    copies = [
        Link(1, "k", "https://kompas.example/1", "Kompas", "", "", ""),
        Link(1, "a", "https://other.example/1", "Antara", "", "", ""),
        Link(1, "u", BMW.url, "Lain", "", "", ""),
    ]
    later = [Elsewhere("KOMPAS", "https://kompas.example/2", ("Rp2 triliun",)), Elsewhere("", "https://t.example")]
    assert told_elsewhere(BMW, copies, later) == (
        Elsewhere("Kompas", "https://kompas.example/1", ("Rp2 triliun",)),
        Elsewhere("", "https://t.example"),
    )
    assert told_elsewhere(Article("", "", "/x"), [], [Elsewhere("", "")]) == ()


def test_a_digest_lists_stories_in_order() -> None:
    told = [telling(), update(), telling(row(3, ("Grab?",)), questions=frozenset(["Grab?"]), sentence="")]
    [message] = pack(digest_blocks(told, "id"))
    about = "ANTARA · 21 Oktober 2020"
    assert read(message)[0] == (
        "🗞 3 berita untuk Anda\n\n"
        f"• {BMW.title}\n{SENTENCE}\n{about} · BMW; baterai\n\n"
        f"🔄 {BMW.title}\n{SENTENCE}\nBaru: Toyota, Rp2 triliun\n{about} · BMW; baterai\n\n"
        f"• {BMW.title}\n{about} · “Grab?”"
    )
    assert parts(message, "italic") == ["BMW; baterai", "BMW; baterai", "“Grab?”"]
    assert links(message) == [*[fragment_link(BMW.url, SENTENCE)] * 2, BMW.url]


def test_a_digest_says_who_else_reports_a_story() -> None:
    others = tuple(Elsewhere(name, f"https://e.example/{name}", ()) for name in ("Kompas", "Tempo", "Detik", "Bisnis"))
    told = [telling(elsewhere=(replace(others[0], news=("Rp2 triliun",)), *others[1:3])), telling(elsewhere=others)]
    [message] = pack(digest_blocks(told, "id"))
    first, second = read(message)[0].split("\n\n")[1:]
    assert first.endswith(" · BMW; baterai\nJuga diberitakan: Kompas (baru: Rp2 triliun), Tempo, Detik")
    assert second.endswith("\nJuga diberitakan: Kompas, Tempo, Detik, +1")


def test_foreign_words_stay_text() -> None:
    article = replace(BMW, title=HOSTILE, publisher=HOSTILE, published_at="<i>2021")
    others = (Elsewhere(HOSTILE, "javascript:alert(1)", (HOSTILE,)), Elsewhere(HOSTILE, 'https://e.example/?"<b>&x'))
    kinds = {"bold", "italic", "blockquote", "text_link", "code"}
    for kind in ("alert", "update"):
        alert = row(reasons=(HOSTILE, "q"), kind=kind, news=(HOSTILE,))
        one = Telling(alert, article, HOSTILE, (HOSTILE,), others, frozenset(["q"]))
        message = alert_message(one, "id")
        text, entities = read(message)
        assert text.count("</a>&amp;") == 8
        assert {entity["type"] for entity in entities} <= kinds
        assert links(message) == [fragment_link(BMW.url, HOSTILE), 'https://e.example/?"<b>&x']
        [digest] = pack(digest_blocks([one, one], "en"))
        assert {entity["type"] for entity in read(digest)[1]} <= kinds
        assert links(digest) == [fragment_link(BMW.url, HOSTILE), 'https://e.example/?"<b>&x'] * 2
    assert HOSTILE[:40] in read(ask_prompt([HOSTILE], "id"))[0]
    [entry] = [SourceEntry(HOSTILE, HOSTILE, "2021", "tg://user?id=1", HOSTILE)]
    assert links(related_message([entry], "id")) == []


def test_no_command_person_or_address_of_an_article_can_be_touched() -> None:
    orders = "/unfollow @bukan_orangnya /reindex@warta_bot hadiah-gratis.com"
    article = replace(BMW, title=orders, publisher=orders, url="")
    others = (Elsewhere(orders, "", (orders,)), Elsewhere(f"{orders} 2", "https://e.example/"))
    for kind in ("alert", "update"):
        one = Telling(row(kind=kind, news=(orders,)), article, orders, (orders,), others)
        for message in (alert_message(one, "id"), pack(digest_blocks([one, one], "id"))[0]):
            text, entities = read(message)
            assert orders in text
            found = {covered(text, entity) for entity in with_found(text, entities) if entity["type"] in LIVE}
            assert found == set()


def test_what_deceives_the_eye_goes() -> None:
    trick = "a\u202eb\u200bc\U000e0041\u2066"
    article = replace(BMW, title=trick, publisher=trick)
    one = Telling(row(reasons=(trick,), news=(trick,)), article, trick, (trick,), (Elsewhere(trick, ""),))
    for message in (alert_message(one, "id"), pack(digest_blocks([one, one], "id"))[0], ask_prompt([trick], "id")):
        assert "abc" in read(message)[0]
        assert not re.search("[\u200b\u202e\u2066\U000e0041]", message)


def test_the_longest_of_everything_is_one_message() -> None:
    url = "https://e.example/?" + "&" * 2_500
    long = "&" * 1_000_000
    article = replace(BMW, title=long, publisher=long, url=url)
    others = tuple(Elsewhere(long[: 900 + n], url + str(n), (long,) * 9) for n in range(20))
    for kind in ("alert", "update"):
        alert = row(reasons=(long,) * 9, kind=kind, news=(long,) * 9)
        read(alert_message(Telling(alert, article, long, (long,) * 9, others, frozenset([long])), "id"))


def test_a_digest_takes_as_many_as_fit() -> None:
    url = "https://e.example/?" + "a" * 400
    told = [telling(row(n), replace(BMW, title="Judul & " * 30, url=url), sentence="") for n in range(200)]
    blocks = digest_blocks(told, "id")
    fits = fitting(blocks)
    assert 20 < fits < 60
    message = pack(blocks[:fits])
    assert len(message) == 1
    read(message[0])
    assert len(pack(blocks[: fits + 1])) == 2
    assert fitting(blocks[:5]) == 5


@given(st.tuples(*[st.text(max_size=60)] * 6), st.integers(1, 300), st.sampled_from(["alert", "update"]))
def test_telegram_takes_any_alert(words: tuple[str, ...], times: int, kind: str) -> None:
    title, publisher, sentence, reason, name, url = words
    article = replace(BMW, title=title * times, publisher=publisher, url=f"https://e.example/{url}")
    alert = row(reasons=(reason, name), kind=kind, news=(name * times, reason))
    one = Telling(alert, article, sentence * times, (name, title), (Elsewhere(name, url, (title,)),), frozenset([name]))
    for language in ("id", "en"):
        read(alert_message(one, language))
        for message in pack(digest_blocks([one] * 3, language)):
            read(message)
        read(ask_prompt([title * times], language))


@pytest.mark.parametrize("filling", ["kata ", "&", "x", "\u0301", "😀"])
def test_writing_grows_with_the_text_and_no_faster(filling: str) -> None:
    def work(size: int) -> None:
        long = filling * (size // len(filling)) + "."
        article = replace(BMW, title=long, publisher=long)
        one = Telling(row(reasons=(long,)), article, long, (long,), (Elsewhere(long, long, (long,)),))
        alert_message(one, "id")
        pack(digest_blocks([one, one], "id"))

    assert growth(work) < LINEAR_ENOUGH


# From what is stored


BATTERY = Article(
    "BMW Mencari Mitra Baterai",
    "Kabar ini datang dari Jakarta pada hari Senin pagi.\n\n"
    "Bayerische Motoren Werke mencari pemasok baterai di Indonesia tahun ini.\n\n"
    "Pabrik baterai itu akan dibangun oleh Toyota di Karawang mulai tahun depan.\n\n"
    "Harga saham perusahaan itu naik 2 persen pada penutupan perdagangan.",
    "/berita/baterai.txt", "id", publisher="Kompas", published_at="2021-05-23", url="https://kompas.example/1",
)  # fmt: skip
QUESTION = "Siapa yang akan membangun pabrik baterai di Karawang?"


@pytest.fixture
def warta(tmp_path: Path) -> Iterator[Warta]:
    """BATTERY, a copy of it, and BMW; Bayerische Motoren Werke is BMW."""
    with opened(tmp_path) as warta:
        copy = replace(BATTERY, url="https://tempo.example/9", location="/2", publisher="Tempo")
        list(warta.ingest([BATTERY, copy, BMW]))
        warta.settings.partners_file.write_text("BMW = Bayerische Motoren Werke\n", encoding="utf-8")
        yield warta


def follow_of(kind: str, pattern: str) -> dict[int, Follow]:
    return {1: Follow(1, Place(7), interest_of(kind, pattern), 1, 0.0)}


def told(warta: Warta, alert: Alert, follows: dict[int, Follow]) -> Telling:
    [one] = tellings(warta, [alert], follows)
    return one


def test_the_sentence_tells_what_was_followed(warta: Warta) -> None:
    partner = told(warta, row(reasons=("BMW",)), follow_of("partner", "BMW"))
    assert partner.sentence == "Bayerische Motoren Werke mencari pemasok baterai di Indonesia tahun ini."
    assert partner.partners == ("BMW",)
    assert [one.publisher for one in partner.elsewhere] == ["Tempo"]
    keywords = told(warta, row(reasons=("saham",)), follow_of("keywords", "+saham +perdagangan"))
    assert keywords.sentence.startswith("Harga saham")
    # What nobody follows any more still says why it was sent.
    assert told(warta, row(reasons=("Karawang",)), {}).sentence.startswith("Pabrik baterai itu")


def test_the_sentence_of_an_update_tells_what_is_new(warta: Warta) -> None:
    one = told(warta, row(reasons=("BMW",), kind="update", news=("Toyota", "Karawang")), follow_of("partner", "BMW"))
    assert one.sentence.startswith("Pabrik baterai itu akan dibangun oleh Toyota")


def test_the_sentence_of_a_question_answers_it(warta: Warta, monkeypatch: pytest.MonkeyPatch) -> None:
    begin = BATTERY.body.index("Pabrik baterai itu")
    answer = Span(begin, BATTERY.body.index(".", begin) + 1)

    class Answered:
        """For which every question is answered there."""

        def __init__(self, warta: Warta, interests: list[Interest], book: object) -> None:
            assert [one.question for one in interests] == [QUESTION]

        def match(self, article_ids: list[int]) -> dict[int, object]:
            return {number: (None, [Matched(0, (QUESTION,), (), answer)]) for number in article_ids}

    monkeypatch.setattr("bot.alert_text.Watch", Answered)
    one = told(warta, row(reasons=(QUESTION,)), follow_of("question", QUESTION))
    assert one.sentence.startswith("Pabrik baterai itu akan dibangun oleh Toyota")
    assert f"Cocok dengan: “{QUESTION}”" in read(alert_message(one, "id"))[0]


def test_vectors_of_another_model_hold_no_alert_back(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with opened(tmp_path) as before:
        list(before.ingest([BATTERY]))
    with opened(tmp_path, fake_engine("fake/other")) as warta:
        one = told(warta, row(reasons=(QUESTION,)), follow_of("question", QUESTION))
    assert one.article.title == BATTERY.title
    assert one.sentence in BATTERY.body  # its key sentence; none can be told to answer the question
    assert "goes out without looking for what answers its question" in caplog.text
    read(alert_message(one, "id"))


@pytest.mark.parametrize("error", [EmbedderError("no model"), ModelMismatchError("another model")])
def test_a_question_that_cannot_be_looked_up_holds_no_alert_back(
    warta: Warta, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr("bot.alert_text.Watch", broken)
    assert told(warta, row(reasons=(QUESTION,)), follow_of("question", QUESTION)).sentence


def test_a_names_file_that_is_wrong_holds_no_alert_back(warta: Warta, caplog: pytest.LogCaptureFixture) -> None:
    warta.settings.partners_file.write_text("= BMW\n", encoding="utf-8")
    assert told(warta, row(2), {}).partners == ("BMW", "Alibaba")
    assert "partners.txt, line 1" in caplog.text


def test_each_story_of_a_short_digest_has_a_sentence(warta: Warta) -> None:
    rows = [row(1), row(2), row(99)]
    few = tellings(warta, rows, {})
    assert [bool(one.sentence) for one in few] == [True, True]
    assert [[other.publisher for other in one.elsewhere] for one in few] == [["Tempo"], []]
    many = tellings(warta, [row(1), row(2)] * 3, {})
    assert [one.sentence for one in many] == [""] * 6
    assert [one.elsewhere for one in many] == [()] * 6


@played
async def test_how_many_rows_a_message_takes(tmp_path: Path) -> None:
    long = [replace(BMW, title=f"{n} {'judul ' * 30}", url=f"https://e.example/{n}", location=f"/{n}",
                    body=f"Berita nomor {n} bercerita tentang hal {n * 7919}.") for n in range(60)]  # fmt: skip
    async with office(stored(tmp_path, *long)) as (_, bot):
        rows = [row(n) for n in (99, *range(1, 61), 98)]
        first = await written(bot.services, rows, "id")
        assert 20 < first.taken < 40
        shown = read(first.html)[0]
        assert shown.startswith(f"🗞 {first.taken - 1} berita untuk Anda\n\n• 0 judul")
        assert f"• {first.taken - 2} judul" in shown  # row 1 tells article 0, and the first row's is gone
        rest = await written(bot.services, rows[first.taken :], "id")
        assert read(rest.html)[0].split("\n\n")[1].startswith(f"• {first.taken - 1} judul")
        last = await written(bot.services, rows[-2:], "en")
        assert (last.taken, last.html.startswith("🔔 <b>")) == (2, True)
        for gone in ([row(99)], [row(99), row(98)]):
            with pytest.raises(LookupError, match="article 99"):
                await written(bot.services, gone, "id")


def test_no_text_is_another_ones() -> None:
    from bot import strings

    assert all(strings.TEXTS[key] == words for key, words in ALERT_WORDS.items())
    assert all(key.startswith(("alert_", "button_alert_")) for key in ALERT_WORDS)
