"""Follow-ups, read off dialogues as people type them."""

from __future__ import annotations

import pytest

from index.conversation import Turn, names_in, topic_of, turn_after

# A line is: question, the topic it must inherit, and the partners of the article its answer quotes first.
Dialogue = list[tuple[str, str, list[str]]]

DIALOGUES: dict[str, Dialogue] = {
    "pronouns": [
        ("Kapan BMW dan Alibaba menandatangani MoU?", "", ["BMW", "Alibaba"]),
        ("Siapa presidennya di China?", "BMW, Alibaba", ["BMW", "Alibaba"]),
        ("Berapa startup yang sudah berkantor di sana?", "BMW, Alibaba", ["BMW", "Alibaba"]),
        ("Dengan siapa Go-Jek bermitra?", "", ["Go-Jek", "Blibli"]),
        ("Berapa lama mereka berunding?", "Go-Jek", ["Go-Jek", "Blibli"]),
    ],
    "the rest of a question": [
        ("Apa itu GrabVenue?", "", ["Grab", "PT KAI"]),
        ("Ada di berapa stasiun?", "GrabVenue", ["Grab", "PT KAI"]),
        ("Sejak kapan?", "GrabVenue", ["Grab", "PT KAI"]),
        ("Kapan masuk ke Indonesia?", "GrabVenue", ["Grab", "PT KAI"]),
        ("Berapa harga eceran tertinggi beras medium untuk wilayah Jawa?", "", ["Bulog"]),
    ],
    "English": [
        ("Which companies has iflix partnered with?", "", ["iflix", "TVOne"]),
        ("How many users do they have?", "iflix", ["iflix", "TVOne"]),
        ("And in Indonesia?", "iflix", ["iflix"]),
        ("Who is the CEO of Payfazz?", "", ["BRI", "Payfazz"]),
        ("How many agents does it have?", "Payfazz", ["BRI", "Payfazz"]),
        ("When was the partnership announced?", "Payfazz", ["BRI", "Payfazz"]),
        ("Did they also work with Toyota?", "Payfazz", []),
    ],
    "a pronoun that points to a name of its own question": [
        ("Siapa CEO Gojek?", "", ["Gojek"]),
        ("Apa rencana Grab dan siapa mitranya?", "", ["Grab"]),
        ("Apa hubungannya dengan Alibaba?", "Grab", ["Alibaba"]),
        ("When did Intel say that it would ship the chip?", "", ["Intel", "AMD"]),
        ("Basis inovasi BMW itu letaknya di mana", "", ["BMW"]),
    ],
    "small letters": [
        ("siapa sih bosnya payfazz?", "", ["BRI", "Payfazz"]),
        ("agennya berapa?", "Payfazz", ["BRI", "Payfazz"]),
    ],
    "nothing named, so the article's organisations": [
        ("di mana basis inovasi mobil dibuka?", "", ["BMW", "Alibaba"]),
        ("Siapa yang meresmikannya?", "BMW, Alibaba", ["BMW", "Alibaba"]),
    ],
    "a name within a name": [
        ("Siapa direktur Grab Indonesia?", "", ["Grab", "PT KAI"]),
        ("Kapan ia mengatakannya?", "Grab Indonesia", ["Grab", "PT KAI"]),
        ("Siapa pendiri Grabagan dan Grab?", "", ["Grab"]),
        ("Kapan mereka bertemu?", "Grabagan, Grab", []),
    ],
    "nothing to inherit": [
        ("Siapa CEO-nya?", "", []),
        ("Kapan itu ditandatangani?", "", []),
    ],
}


@pytest.mark.parametrize("name", DIALOGUES)
def test_dialogue(name: str) -> None:
    earlier: Turn | None = None
    for question, expected, partners in DIALOGUES[name]:
        topic = topic_of(question, earlier)
        assert topic == expected, question
        earlier = turn_after(question, topic, partners)


def test_an_abstention_keeps_what_was_asked_about() -> None:
    turn = turn_after("Berapa karyawan Djaring?", "", [])
    assert topic_of("Siapa pendirinya?", turn) == "Djaring"


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("Siapa Presiden dan CEO BMW Group Region China?", ("BMW Group Region China",)),
        ("Grab punya berapa stasiun?", ("Grab",)),
        ("Berapa harga Paket Kios Grosir dari M Cash?", ("Paket Kios Grosir", "M Cash")),
        ("Kapan Oktober 2020 MoU diteken?", ()),
        ("Does the University of Indonesia work with J&T?", ("University of Indonesia", "J&T")),
        ("apa kabar?", ()),
        ("", ()),
        ("???", ()),
    ],
)
def test_names(question: str, names: tuple[str, ...]) -> None:
    assert names_in(question) == names


def test_known_names_count_in_small_letters() -> None:
    earlier = Turn(("Gojek",))
    assert topic_of("kalau grab?", earlier) == "Gojek"
    assert topic_of("kalau grab?", earlier, known={"grab"}) == ""


@pytest.mark.parametrize(
    "question",
    ["hanya berapa yang punya rumah susun di kota besar?", "Apa itu kecerdasan buatan generatif dalam dunia industri?"],
)
def test_words_that_only_look_like_pronouns(question: str) -> None:
    assert topic_of(question, Turn(("BMW",))) == ""


def test_what_is_named_again_is_not_inherited_twice() -> None:
    assert topic_of("Apa hubungannya dengan Alibaba?", Turn(("BMW", "Alibaba"))) == "BMW"


def test_a_long_question_is_read_in_no_time() -> None:
    assert topic_of("nya " * 20_000 + "A" * 20_000, Turn(("BMW",))) == "BMW"
