import unicodedata
from html import unescape
from itertools import pairwise

import pytest
from growth import LINEAR_ENOUGH, growth
from hypothesis import given
from hypothesis import strategies as st
from telegram_html import covered, message_text, utf16

from bot.text import (
    Block,
    clip,
    clip_start,
    escape,
    one_line,
    pack,
    pieces,
    plain,
    safe_href,
    shown,
    units,
    visible,
)

FAMILY = "👨‍👩‍👧"
ENGLAND = "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
EMOJI = [FAMILY, ENGLAND, "🇮🇩", "👍🏽", "❤️", "🏳️‍🌈", "1️⃣", "👩🏽‍🚀", "🏴‍☠️"]
LETTERS = [
    "a",
    "b",
    "é",
    "e\u0301",
    "ñ\u0323\u0302",
    "क्‍ष",
    "می‌خواهم",
    "漢",
    "한",
    "ꦱ꧀ꦭ",
    " ",
    " ",
    ". ",
    "\n",
    "\U0001d54f",
]
clusters = st.lists(st.sampled_from(EMOJI + LETTERS), max_size=60)
hostile = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("\u200b\u200c\u200d\u200e\u202e\u2066\u2069\ufeff\u00ad\ufe0e\ufe0f\u0301\u0489\u20e3\r\n\t"),
        st.sampled_from("🏴👨👩🏽🇮🇩❤\U000e0067\U000e0062\U000e007f\U000e0100\ud800\udc00کमक्ꦱ꧀1"),
    ),
    max_size=40,
)


def joined(parts: list[str], most: int) -> set[str]:
    """Every beginning of the text that ends between two of its clusters."""
    return {"".join(parts[:n]) for n in range(most + 1)}


def test_units_are_those_of_utf16() -> None:
    assert [units(text) for text in ("abc", "é", "漢", "😀", FAMILY)] == [3, 1, 1, 2, 8]


@given(hostile)
def test_units_are_what_utf16_says(text: str) -> None:
    assert units(text) == sum(2 if ord(c) > 0xFFFF else 1 for c in text)


def test_clip_keeps_whole_words() -> None:
    assert clip("BMW dan Alibaba", 15) == "BMW dan Alibaba"
    assert clip("BMW dan Alibaba", 14) == "BMW dan…"
    assert clip("BMW, Alibaba dan lainnya", 8) == "BMW…"
    assert clip("Pertanggungjawaban", 8) == "Pertang…"
    assert [clip("BMW", n) for n in (0, 1, 2)] == ["", "…", "B…"]


def test_clip_start_keeps_the_end() -> None:
    assert clip_start("BMW dan Alibaba", 15) == "BMW dan Alibaba"
    assert clip_start("BMW dan Alibaba", 14) == "…dan Alibaba"
    assert clip_start("Pertanggungjawaban", 8) == "…jawaban"


@given(clusters, st.integers(0, 80))
def test_clip_never_breaks_a_cluster(parts: list[str], most: int) -> None:
    text = "".join(parts)
    short = clip(text, most)
    assert utf16(short) <= most
    if short != text:
        assert short in {"", *(f"{beginning}…" for beginning in joined(_by_letters(parts), len(text)))}


@given(clusters, st.integers(0, 80))
def test_clip_start_never_breaks_a_cluster(parts: list[str], most: int) -> None:
    text = "".join(parts)
    short = clip_start(text, most)
    letters = _by_letters(parts)
    assert utf16(short) <= most
    if short != text:
        assert short in {"", *("…" + "".join(letters[n:]) for n in range(len(letters) + 1))}


def _by_letters(parts: list[str]) -> list[str]:
    """The parts, those of several clusters taken apart."""
    several = {"می‌خواهم": ["م", "ی‌", "خ", "و", "ا", "ه", "م"], ". ": [".", " "]}
    return [letter for part in parts for letter in several.get(part, [part])]


@given(hostile, st.integers(0, 30))
def test_clip_takes_any_text(text: str, most: int) -> None:
    assert units(clip(text, most)) <= most
    assert units(clip_start(text, most)) <= most
    assert text.startswith(clip(text, most).removesuffix("…"))
    assert text.endswith(clip_start(text, most).removeprefix("…"))


@given(clusters, st.integers(20, 80))
def test_pieces_lose_no_word(parts: list[str], most: int) -> None:
    text = "".join(parts)
    cut = pieces(text, most)
    assert all(0 < utf16(piece) <= most for piece in cut)
    assert "".join("".join(cut).split()) == "".join(text.split())


def test_pieces_end_with_a_sentence_where_one_ends() -> None:
    assert pieces("Satu dua tiga. Empat lima “enam.” Tujuh", 25) == ["Satu dua tiga.", "Empat lima “enam.” Tujuh"]
    assert pieces("Satu dua tiga empat lima", 12) == ["Satu dua", "tiga empat", "lima"]
    assert pieces("x" * 25, 10) == ["x" * 10, "x" * 10, "x" * 5]


@pytest.mark.parametrize(
    "text",
    [
        "Pada Oktober 2020, BMW dan Alibaba meneken “MoU” – senilai Rp1,5 triliun…\n\nMenurut dia:\tya.",
        *EMOJI,
        f"Keluarga {FAMILY} dan {ENGLAND}!",
        "می‌خواهم",
        "क्‍ष",
        "ꦱ꧀ꦭ",
        "Tiếng Việt e\u0301\u0302",
        "한국어 日本語",
        "<b>&amp;</b> \"'",
    ],
)
def test_what_people_write_stays(text: str) -> None:
    assert shown(text) == text


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a\x00b\x07c\x7fd\x9b", "abcd"),
        ("satu\r\ndua\rtiga\u2028empat", "satu\ndua\ntiga\nempat"),
        ("\u202egnp.exe\u202c", "gnp.exe"),
        ("\u2067kompas\u2069\u200f\u061c", "kompas"),
        ("kom\u200bpas\u2060.\ufeffcom\u00ad", "kompas.com"),
        ("kom\u200dpas \u200c1\u200d2", "kompas 12"),
        ("a\ufe0f\ufe0e", "a"),
        ("BMW\U000e0049\U000e0047\U000e004e\U000e007f", "BMW"),
        ("🏴\U000e0049\U000e007f", "🏴"),
        ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067", "🏴"),
        ("\ud83dx\ude00", "x"),
        ("Z" + "\u0335\u0301\u0302\u0303\u0304\u0305\u0306" * 9 + "!", "Z\u0335\u0301\u0302\u0303!"),
        ("👨\u200d\u200d\u200d👩\u200d!", "👨\u200d👩!"),
        ("a\u3164\u115f\U000e0101b", "ab"),
    ],
)
def test_what_deceives_goes(text: str, seen: str) -> None:
    assert shown(text) == seen


@given(hostile)
def test_shown_twice_is_shown_once(text: str) -> None:
    once = shown(text)
    assert shown(once) == once
    once.encode()
    assert not [c for c in once if unicodedata.category(c) == "Cc" and c not in "\n\t"]
    assert not [
        c for c in once if unicodedata.bidirectional(c) in ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "PDI")
    ]


@given(clusters)
def test_clusters_that_people_write_are_shown_whole(parts: list[str]) -> None:
    assert shown(" ".join(parts)) == " ".join(parts)


def test_one_line_is_one() -> None:
    assert one_line(" BMW\n\n dan\t\u200bAlibaba\u00a0") == "BMW dan Alibaba"
    assert one_line("BMW dan Alibaba", 8) == "BMW dan…"


@given(hostile)
def test_escaped_text_is_literal(text: str) -> None:
    safe = shown(text)
    parsed, entities = message_text(f'<b>"</b>{escape(safe)}.', "HTML", None)
    expected, _ = message_text(f'"{safe}.', None, None)
    assert (parsed, [one["type"] for one in entities]) == (expected, ["bold"])
    assert visible(escape(safe)) == safe


def test_escape_knows_what_html_knows() -> None:
    assert escape('<a href="x">&amp;</a>') == "&lt;a href=&quot;x&quot;&gt;&amp;amp;&lt;/a&gt;"


@pytest.mark.parametrize(
    "url",
    [
        "https://antaranews.com/berita/1?a=1&b=2#x:~:text=Lebih%20dari%20%3C20%3E,satu",
        "HTTP://E.com",
        "http://e.com/\"><b>x</b>'",
        "https://[::1]:8080/",
        "https://contoh.id/berita/café",
    ],
)
def test_a_link_stays_as_it_is_stored(url: str) -> None:
    assert safe_href(url) == url
    assert unescape(escape(url)) == url


@pytest.mark.parametrize(
    "url",
    [
        "", "javascript:alert(1)", "JavaScript://e.com/%0aalert(1)", "tg://user?id=1", "tg://resolve?domain=x",
        "data:text/html,x", "file:///etc/passwd", "//e.com", "e.com", "https://", "https:///x", "http://e.com/a b", "http://e.com/\n",
        "\thttp://e.com", "http://e.com/\u202ex", "http://e.com/\u200b", "http://[::1", "http://e.com:99999/", "http://e.com:x/",
        "http://e.com/\ud800", "http://e.com/" + "x" * 3_000, "http:\\\\e.com", "http://e.com/\x00",
        "http://e.com/" + "é" * 2_000,
    ],
)  # fmt: skip
def test_any_other_link_is_none(url: str) -> None:
    assert safe_href(url) == ""


@given(st.text(max_size=30))
def test_no_address_breaks_out_of_its_attribute(rest: str) -> None:
    url = f"https://e.com/{rest}"
    href = safe_href(url)
    assert href in ("", url)
    _, entities = message_text(f'<a href="{escape(href)}">x</a><i>y</i>', "HTML", None)
    assert [one["type"] for one in entities] == ["text_link", "italic"][not href :]


def test_plain_writes_links_out() -> None:
    message = '<b>Judul &lt;i&gt;</b>\n<a href="https://e.com/?a=1&amp;b=%22">Satu &amp; <b>dua</b></a> &amp;lt;'
    assert plain(message) == "Judul <i>\nSatu & dua (https://e.com/?a=1&b=%22) &lt;"


def test_plain_is_never_too_long() -> None:
    link = f'<a href="https://e.com/{"x" * 2_000}">Judul</a>'
    assert plain(link * 3) == "JudulJudulJudul"
    assert utf16(plain("x" * 5_000)) == 4_096


def test_a_block_knows_what_telegram_counts() -> None:
    block = Block('<b>A&amp;B</b> <a href="https://e.com">😀</a>')
    assert (block.units, block.entities, block.size) == (6, 2, len('<b>A&amp;B</b> <a href="https://e.com">😀</a>') + 3)
    text, entities = message_text(block.html, "HTML", None)
    assert (utf16(text), len(entities)) == (block.units, block.entities)
    assert covered(text, entities[1]) == "😀"


blocks = st.builds(
    lambda word, times, bold, gap: Block(f"<b>{escape(word)}</b>" * bold + escape(word * times), gap),
    st.sampled_from(["x", "&", "😀 ", "<b>", "kata "]),
    st.integers(0, 1_500),
    st.integers(0, 60),
    st.sampled_from(["\n", "\n\n", " "]),
)


@given(st.lists(blocks, max_size=12), st.sampled_from([4096, 100, 3]), st.sampled_from([100, 1]))
def test_packed_messages_are_taken_by_telegram(given_blocks: list[Block], most: int, entities: int) -> None:
    for message in pack(given_blocks, most, entities):
        text, marked = message_text(message, "HTML", None)
        assert 0 < utf16(text) <= most
        assert len(marked) <= entities


@given(st.lists(st.integers(1, 3_000), max_size=8))
def test_blocks_are_packed_in_order_and_whole(lengths: list[int]) -> None:
    given_blocks = [Block(f"<b>{chr(97 + at)}</b>" + "x" * length, "\n\n") for at, length in enumerate(lengths)]
    messages = pack(given_blocks)
    assert "\n\n".join(messages) == "\n\n".join(block.html for block in given_blocks)
    assert all(
        utf16(visible(one)) + 2 + utf16(visible(two.partition("\n\n")[0])) > 4096 for one, two in pairwise(messages)
    )


def test_a_message_is_filled_to_the_brim() -> None:
    assert pack([Block("x" * 4_000), Block("y" * 95)]) == ["x" * 4_000 + "\n" + "y" * 95]
    assert pack([Block("x" * 4_000), Block("y" * 96)]) == ["x" * 4_000, "y" * 96]
    assert len(pack([Block("<b>x</b>" * 100), Block("y")])) == 1
    assert len(pack([Block("<b>x</b>" * 100), Block("<b>y</b>")])) == 2


def test_markup_counts_where_telegram_counts_it() -> None:
    link = Block(f'<a href="https://e.com/{"x" * 2_900}">y</a>')
    messages = pack([link] * 20)
    assert len(messages) == 2
    assert all(len(message.encode()) < 1 << 15 for message in messages)


def test_empty_blocks_make_no_message() -> None:
    assert pack([]) == []
    assert pack([Block(""), Block("<b> </b>"), Block("x")]) == ["x"]


ATTACKS = {
    "plain": "kata ",
    "marks": "\u0301",
    "joiners": "\u200d",
    "emoji joined": "👨\u200d",
    "flags": "🇮",
    "tags": "\U000e0067",
    "black flags": "🏴\U000e0067\U000e0062",
    "controls": "\x00\u202e",
    "surrogates": "\ud800",
    "blanks": " ",
    "links": '<a href="x">',
    "dots": ". ",
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_work_grows_with_the_text_and_no_faster(attack: str) -> None:
    def work(size: int) -> None:
        text = (attack * size)[:size]
        seen = shown(text)
        clip(text, 1_000)
        clip_start(text, 1_000)
        clip(text, size // 2)
        clip_start(text, size // 2)
        pieces(text, 3_000)
        safe_href(text)
        pack([Block(escape(piece)) for piece in pieces(seen, 3_000)])
        plain(escape(seen))
        plain(f"<b>{seen.replace('>', '')}</b>")

    assert growth(work) < LINEAR_ENOUGH
    work(1_000_000)
