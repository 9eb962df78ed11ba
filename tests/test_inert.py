"""What Telegram would make touchable in foreign text is code, letter by letter, and all else is as it was."""

from __future__ import annotations

import pytest
from growth import LINEAR_ENOUGH, growth
from telegram_html import covered, message_text, with_found

from bot.inert import MOST_LIVE, inert

TOUCHED = {"url", "email", "bot_command", "mention"}


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("kirim /unfollow, lalu (/start@warta_bot)", ["/unfollow", "/start@warta_bot"]),
        ("lewat @akun_lain & @b", ["@akun_lain", "@b"]),
        ("Rp 5.000 /kg", ["/kg"]),
        ("klik hadiah-gratis.com.", ["hadiah-gratis.com"]),
        ("“Buka https://e.example/a?b=<c>&d=(1).” katanya", ["https://e.example/a?b=<c>&d=(1"]),
        ("HTTP://E.EXAMPLE, ftp://e.example; tg://resolve?domain=x!", ["HTTP://E.EXAMPLE", "ftp://e.example",
                                                                      "tg://resolve?domain=x"]),
        ("xhttps://e.example/a", ["https://e.example/a"]),
        ("Tiket.com/promo, DETIK.COM:8080/x dan e.example#bagian", ["Tiket.com/promo", "DETIK.COM:8080/x",
                                                                   "e.example#bagian"]),
        ("surel a.b+c@e.example atau (humas@bca.co.id)", ["a.b+c@e.example", "humas@bca.co.id"]),
        ("Lihat...hadiah.com", ["hadiah.com"]),
        ("пример.рф, xn--e1afmkfd.xn--p1ai", ["пример.рф", "xn--e1afmkfd.xn--p1ai"]),
        ("di 192.168.1.1/masuk saja", ["192.168.1.1/masuk"]),
        ("a.b.c.d.e.f.g.h.i.j.k.l.id", ["c.d.e.f.g.h.i.j.k.l.id"]),  # no link begins before a full stop
        ("dan/atau 2/3, 60 km/jam, Rp1.234.567.890, pukul 19.30WIB, 1.2.3, </b> S.Kom. a.n. S.H., M.Sc, Ph.D.", []),
        ("Ia selesai.Kemudian pulang", []),
    ],
)  # fmt: skip
def test_what_could_be_touched_is_code_and_all_else_is_as_it_was(written: str, code: list[str]) -> None:
    text, entities = message_text(inert(written), "HTML", None)
    assert text == written
    assert [(one["type"], covered(text, one)) for one in entities] == [("code", words) for words in code]
    assert not {one["type"] for one in with_found(text, entities)} & TOUCHED


def test_what_holds_too_many_is_code_as_a_whole() -> None:
    written = "/a & e.com " * 500
    text, entities = message_text(inert(written), "HTML", None)
    assert text == written.strip()
    assert [(one["type"], one["offset"], one["length"]) for one in entities] == [("code", 0, len(text))]
    assert len(message_text(inert("@a " * MOST_LIVE), "HTML", None)[1]) == MOST_LIVE


@pytest.mark.parametrize("attack", ["a.", "a", "a-", "1.", "a@", "http://", "http://.", "a.id/,", "@", "/a", "A.Ab"])
def test_work_grows_with_the_text_and_no_faster(attack: str) -> None:
    assert growth(lambda size: inert((attack * size)[:size])) < LINEAR_ENOUGH
