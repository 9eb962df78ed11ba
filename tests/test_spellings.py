"""Questions that call a partner otherwise than the articles do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fakes import WordEmbedder, fake_engine
from numpy.typing import NDArray

from index.ingest import ingest
from index.names import NameBook
from index.pipeline import Warta
from index.settings import Settings
from index.spellings import in_the_articles_words
from index.store import Store
from index.types import Article

PARTNERS = """
BCA = Bank Central Asia, PT Bank Central Asia
Go-Jek = Gojek
DANA = Espay
Grab
"""
BODIES = (
    "BCA menggandeng KlikACC. Dana pensiun ikut.",
    "BCA membuka cabang di Solo. Dana haji dikelola.",
    "PT Bank Central Asia Tbk membuka lowongan. Espay didirikan.",
    "Gojek menyalurkan dana bantuan.",
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    embedder = WordEmbedder("fake/a", 64)
    told = [Article(f"Kabar {n}", body, f"/{n}.txt", "id") for n, body in enumerate(BODIES)]
    with Store(tmp_path / "warta.db") as opened:
        assert all(one.status == "new" for one in ingest(opened, embedder, told))
        yield opened


@pytest.fixture
def partners(tmp_path: Path) -> Path:
    path = tmp_path / "partners.txt"
    path.write_text(PARTNERS, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("question", "searched"),
    [
        ("Siapa yang digandeng Bank Central Asia?", "Siapa yang digandeng BCA?"),
        ("siapa yg digandeng bank central asia", "siapa yg digandeng BCA"),
        ("Siapa CEO PT Bank Central Asia?", "Siapa CEO BCA?"),  # the longest, as a whole
        ("Go-Jek bantu siapa?", "Gojek bantu siapa?"),
        ("bank central asia dan go-jek", "BCA dan Gojek"),
        ("Siapa yang digandeng bca?", "Siapa yang digandeng bca?"),  # written so most often
        ("Berapa dana untuk startup?", "Berapa dana untuk startup?"),  # a word of its own, more often than a name
        ("Espay milik siapa?", "DANA milik siapa?"),
        ("Apa kabar Grab?", "Apa kabar Grab?"),
        ("", ""),
    ],
)
def test_a_partner_is_searched_for_as_most_articles_call_it(
    store: Store, partners: Path, question: str, searched: str
) -> None:
    assert in_the_articles_words(question, partners, store) == searched


def test_of_spellings_that_are_as_frequent_the_question_keeps_its_own(store: Store, partners: Path) -> None:
    partners.write_text("KlikACC = Solo\nTokopedia = Toped", encoding="utf-8")
    assert in_the_articles_words("Solo", partners, store) == "Solo"
    assert in_the_articles_words("Toped", partners, store) == "Toped"  # in none of them


def test_a_changed_file_counts_at_once(store: Store, partners: Path) -> None:
    assert in_the_articles_words("Toko Pusat Asia", partners, store) == "Toko Pusat Asia"
    partners.write_text(PARTNERS + "KlikACC = Toko Pusat Asia\n", encoding="utf-8")
    assert in_the_articles_words("Toko Pusat Asia", partners, store) == "KlikACC"


@pytest.mark.parametrize("written", ["BCA, Bank Central Asia", None])
def test_a_file_that_is_wrong_or_missing_stops_no_question(store: Store, partners: Path, written: str | None) -> None:
    partners.unlink()
    if written:
        partners.write_text(written, encoding="utf-8")
    assert in_the_articles_words("Siapa bos Bank Central Asia?", partners, store) == "Siapa bos Bank Central Asia?"


def test_names_in_a_question_do_not_overlap() -> None:
    book = NameBook({"BCA": ("Bank Central Asia",), "Central Asia": (), "Asia Motor": ()})
    named = book.finder.asked_for("bank central asia motor, central asia")
    assert [(name, span.start) for name, span in named] == [("BCA", 0), ("Central Asia", 25)]


@pytest.mark.parametrize("when", ["", " pekan lalu", " sejak 2017"])
def test_asking_searches_in_the_articles_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    asked: list[str] = []
    as_ever = WordEmbedder.embed_query

    def embed_query(embedder: WordEmbedder, text: str) -> NDArray[np.float32]:
        asked.append(text)
        return as_ever(embedder, text)

    settings = Settings.from_env({}, tmp_path)
    settings.partners_file.write_text(PARTNERS, encoding="utf-8")
    with Warta(settings, fake_engine()) as warta:
        assert all(one.status == "new" for one in warta.ingest([Article("Kabar", BODIES[0], "/0.txt", "id")]))
        monkeypatch.setattr(WordEmbedder, "embed_query", embed_query)
        answer = warta.ask(f"Siapa yang digandeng Bank Central Asia{when}?", topic="Espay")
    assert answer.question == f"Siapa yang digandeng Bank Central Asia{when}?"
    assert f"Siapa yang digandeng BCA{when}? DANA" in asked
    assert not any("Bank Central Asia" in one for one in asked)  # nor where the time is taken out of the question
