"""What somebody writes after /follow, and that it reads back as the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.interests import Interest, InterestError, interest_of, interests_in
from index.names import NameBook

BOOK = NameBook({"BMW": ["BMW Group"], "Alibaba": [], "Bank Mandiri": [], "Johnson and Johnson": [], "X": []})
WRITING = st.one_of(
    st.text(max_size=60),
    st.lists(
        st.sampled_from(
            [*"\"'“”‘’«+-＋–−,;\n& x.?", " ", "  ", " + ", "BMW", "bmw", "bank", "Mandiri", "Go-Jek", "dan", "yang",
             "1,5", "kerja sama", "baterai", "Johnson and Johnson", "café", "\u200b", "\x07", "ＢＭＷ"]
        ),
        max_size=14,
    ).map("".join),
)  # fmt: skip


def read(text: str, *, question: bool = False) -> list[Interest]:
    return interests_in(text, BOOK, question=question)


def patterns(text: str) -> list[str]:
    return [one.pattern for one in read(text)]


def reason(text: str, *, question: bool = False) -> str:
    with pytest.raises(InterestError) as caught:
        read(text, question=question)
    return caught.value.reason


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Grab", ["Grab"]),
        ("  Sinar   Mas ", ["Sinar Mas"]),
        ("bmw", ["BMW"]),
        ("bmw group", ["BMW"]),
        ('"BMW Alibaba"', ["BMW", "Alibaba"]),
        ("“BMW Alibaba”", ["BMW", "Alibaba"]),
        ("'BMW Alibaba'", ["BMW", "Alibaba"]),
        ("‘BMW Alibaba’", ["BMW", "Alibaba"]),
        ('"BMW, Alibaba"', ["BMW", "Alibaba"]),
        ('"BMW Alibaba', ["BMW", "Alibaba"]),
        ('"BMW dan Alibaba"', ["BMW", "Alibaba"]),
        ('"BMW and Alibaba"', ["BMW", "Alibaba"]),
        ('"BMW & Alibaba"', ["BMW", "Alibaba"]),
        ('"BMW x Alibaba"', ["BMW", "Alibaba"]),
        ("BMW dan Alibaba", ["BMW", "Alibaba"]),
        ("BMW + Alibaba", ["BMW", "Alibaba"]),
        ("BMW ＋ Alibaba", ["BMW", "Alibaba"]),
        ('"BMW BMW Group"', ["BMW"]),
        ('"bank mandiri"', ["Bank Mandiri"]),
        ('"Bank Mandiri Grab"', ["Bank Mandiri", "Grab"]),
        ('"Sinar Mas"', ["Sinar", "Mas"]),
        ('"Sinar Mas dan Grab"', ["Sinar Mas", "Grab"]),
        ('"Sinar Mas" "Grab"', ["Sinar Mas", "Grab"]),
        ('"Sinar Mas" dan "Grab"', ["Sinar Mas", "Grab"]),
        ('"Johnson and Johnson BMW"', ["Johnson and Johnson", "BMW"]),
        ("Kementerian Pendidikan dan Kebudayaan", ["Kementerian Pendidikan dan Kebudayaan"]),
        ('"X BMW"', ["X", "BMW"]),
        ("Go-Jek.", ["Go-Jek"]),
        ("Disney+", ["Disney+"]),
        ("McDonald’s", ["McDonald's"]),
        ("B\u200bMW\x07", ["BMW"]),
    ],
)
def test_partners(text: str, names: list[str]) -> None:
    [one] = read(text)
    assert (one.kind, list(one.names), one.pattern) == ("partner", names, " + ".join(names))
    assert read(one.pattern) == [one]


@pytest.mark.parametrize(
    ("text", "pattern", "must", "must_not"),
    [
        ("kerja sama +baterai -nikel", "kerja sama +baterai -nikel", ["kerja sama", "baterai"], ["nikel"]),
        ("-nikel kerja +baterai sama", "kerja sama +baterai -nikel", ["kerja sama", "baterai"], ["nikel"]),
        ("+baterai", "+baterai", ["baterai"], []),
        ("＋baterai", "+baterai", ["baterai"], []),
        ("+baterai +nikel", "baterai +nikel", ["baterai", "nikel"], []),
        ("BMW –nikel", "BMW -nikel", ["BMW"], ["nikel"]),
        ('+"mobil listrik"', '+"mobil listrik"', ["mobil listrik"], []),
        ("+“mobil listrik” −'bijih nikel'", 'mobil listrik -"bijih nikel"', ["mobil listrik"], ["bijih nikel"]),
        ('baterai "kerja sama" -nikel', 'baterai +"kerja sama" -nikel', ["baterai", "kerja sama"], ["nikel"]),
        ('"-5 persen" +BMW', "5 persen +BMW", ["5 persen", "BMW"], []),
        ('"naik, turun" +BMW', '+"naik, turun" +BMW', ["naik, turun", "BMW"], []),
        ("naik +1,5", "naik +1,5", ["naik", "1,5"], []),
        ("+baterai +baterai", "+baterai", ["baterai"], []),
    ],
)
def test_keywords(text: str, pattern: str, must: list[str], must_not: list[str]) -> None:
    expected = Interest("keywords", pattern, must=tuple(must), must_not=tuple(must_not))
    assert read(text) == read(pattern) == [expected]


def test_a_question_keeps_its_words() -> None:
    text = " “Siapa   CEO +BMW, dan\nkapan ia diangkat?” "
    pattern = "Siapa CEO +BMW, dan kapan ia diangkat?"
    expected = Interest("question", pattern, question=pattern)
    assert read(text, question=True) == read(pattern, question=True) == [expected]
    assert read('"Siapa CEO BMW"?', question=True)[0].question == "Siapa CEO BMW?"


def test_commas_and_lines_lie_between_interests() -> None:
    assert patterns("BMW, Grab\nbmw group; +1,5 persen, kerja sama -nikel,") == [
        "BMW", "Grab", "persen +1,5", "kerja sama -nikel",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "empty"),
        ('", "\n+ -', "empty"),
        ("-nikel", "only_without"),
        ("-nikel -yang", "only_without"),
        ("dan", "too_common"),
        ("Yang", "too_common"),
        ("+yang", "too_common"),
        ("baterai -dari", "too_common"),
        ("G" * 81, "too_long"),
        ("+" + "g" * 200, "too_long"),
        ('"' + "Mitra dan " * 400 + '"', "too_long"),
        (", ".join(f"Mitra{n}" for n in range(11)), "too_many"),
        (" ".join(f"+kata{n}" for n in range(9)), "too_many"),
        ('"' + " ".join(f"Mitra{n}" for n in range(9)) + '"', "too_many"),
    ],
)
def test_what_cannot_be_followed(text: str, expected: str) -> None:
    assert reason(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [(" “?” ", "empty"), ("Apa itu?", "too_common"), ("Siapa " + "a" * 200, "too_long")]
)
def test_what_is_no_question(text: str, expected: str) -> None:
    assert reason(text, question=True) == expected


def test_the_limits_themselves_are_allowed() -> None:
    assert patterns("G" * 80) == ["G" * 80]
    assert patterns("+" + "g" * 199) == ["+" + "g" * 199]
    assert len(patterns(", ".join(f"Mitra{n}" for n in range(10)))) == 10
    [eight] = read(" ".join(f"+kata{n}" for n in range(8)))
    assert len(eight.must) == 8


def test_short_names_in_capitals_are_no_common_words() -> None:
    assert patterns("IT, US") == ["IT", "US"]


@given(WRITING, st.booleans())
def test_what_is_stored_reads_back_as_the_same(text: str, question: bool) -> None:
    try:
        found = read(text, question=question)
    except InterestError:
        return
    for one in found:
        assert interest_of(one.kind, one.pattern) == one
        assert one.pattern.isprintable()
        assert len(one.pattern) <= 200
