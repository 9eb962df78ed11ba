"""The one sentence that shows why somebody is alerted."""

from __future__ import annotations

import pytest
from test_matching import seen

from index.keysentence import key_sentence
from index.names import NameBook
from index.seen import Seen
from index.types import Span

TITLE = "BMW dan Alibaba Buka Basis Inovasi di Shanghai"
SAID_AGAIN = "BMW dan Alibaba membuka basis inovasi di Shanghai."
PLAIN = "Acara peresmian itu dihadiri oleh ratusan tamu undangan."
BOTH = "Menurut Alibaba, BMW akan menyediakan data dari ribuan mobil listrik."
ONE = "Presiden BMW menyebut langkah itu sebagai awal dari masa yang baru."
BROKEN = "(Foto: BMW, Alibaba dan mobil listrik di depan gedung"
SHORT = "BMW Alibaba senang."
LONG = f"BMW dan Alibaba {'terus menerus ' * 20}memproduksi mobil listrik di Shanghai."


def shown(article: Seen, *names: str, phrases: tuple[str, ...] = (), prefer: str = "", **more: NameBook) -> str:
    body = article.article.body
    start = body.find(prefer)
    span = key_sentence(article, names, phrases, Span(start, start + len(prefer)) if prefer else None, **more)
    return body[span.start : span.end]


def test_most_of_what_is_followed() -> None:
    article = seen(TITLE, SAID_AGAIN, PLAIN, ONE, BOTH)
    assert shown(article, "BMW", "Alibaba") == BOTH
    assert shown(article, "Bayern") == PLAIN
    assert shown(article, "BMW", phrases=("mobil listrik",)) == BOTH
    assert shown(seen(TITLE, PLAIN, BOTH, ONE), "BMW") == BOTH  # the earlier of two


def test_other_spellings_of_a_partner() -> None:
    article = seen("Kabar", PLAIN, "Sebelumnya, Bayerische Motoren Werke mengumumkan rencana serupa.")
    book = NameBook({"BMW": ["Bayerische Motoren Werke"]})
    assert shown(article, "BMW") == PLAIN
    assert "Bayerische" in shown(article, "BMW", book=book)


def test_phrases_by_their_lemmas() -> None:
    article = seen("Kabar", PLAIN, "Mereka bekerja sama membuat baterainya di Karawang tahun depan.")
    assert "baterainya" in shown(article, phrases=("kerja sama", "baterai"))


@pytest.mark.parametrize("worse", [BROKEN, SHORT, LONG])
def test_a_sentence_that_reads_well(worse: str) -> None:
    assert shown(seen("Kabar", worse, BOTH), "BMW", "Alibaba") == BOTH


def test_the_title_is_repeated_only_when_there_is_nothing_else() -> None:
    assert shown(seen(TITLE, SAID_AGAIN, PLAIN), "BMW", "Alibaba") == PLAIN
    assert shown(seen(TITLE, SAID_AGAIN, "Benar begitu."), "BMW", "Alibaba") == SAID_AGAIN
    assert shown(seen(TITLE, SAID_AGAIN, ONE), "BMW", "Alibaba") == ONE
    assert shown(seen(TITLE, SAID_AGAIN), "BMW") == SAID_AGAIN


def test_the_sentence_that_answers_a_question_is_preferred() -> None:
    article = seen("Kabar", BOTH, PLAIN, ONE)
    assert shown(article, "BMW", prefer=ONE) == ONE
    assert shown(article, prefer=PLAIN) == PLAIN


def test_a_sentence_of_two_chunks_counts_once() -> None:
    article = seen("Kabar", PLAIN)
    twice = Seen(
        1, article.article, article.title, article.lead, article.lemmas * 2, article.languages * 2,
        article.sentences * 2, article.vectors, article.sentence_vectors * 2,
    )  # fmt: skip
    assert shown(twice, "Grab") == PLAIN
