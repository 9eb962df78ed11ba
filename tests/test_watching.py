"""Stored articles against what is followed, and what else is told of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from news import article, articles
from numpy.typing import NDArray
from stage import BMW, GRAB, TIKET, opened

from index import watching
from index.embed.engines import Engine, engine_of
from index.errors import ModelMismatchError
from index.interests import interest_of, interests_in
from index.names import NameBook
from index.pipeline import Warta
from index.seen import Seen
from index.settings import Settings
from index.types import Article, Span
from index.watching import Watch, related
from tests.fakes import WordEmbedder, fake_engine

BOOK = NameBook({"BMW": [], "Grab": []})
QUESTION = interest_of("question", "Siapa CEO BMW Group Region China?")


@pytest.fixture
def warta(tmp_path: Path) -> Iterator[Warta]:
    with opened(tmp_path / "data") as warta:
        assert [one.status for one in warta.ingest((BMW, GRAB, TIKET))] == ["new"] * 3
        yield warta


def patterns(watch: Watch, ids: Sequence[int]) -> dict[int, list[int]]:
    return {number: [one.at for one in matched] for number, (_, matched) in watch.match(ids).items()}


def test_partners_and_keywords_of_stored_articles(warta: Warta) -> None:
    watch = Watch(warta, interests_in("BMW, Tiket.com, ceo -garuda, inovasi -nikel", BOOK), BOOK)
    assert patterns(watch, [3, 2, 1, 99]) == {3: [1], 2: [], 1: [0, 2, 3]}
    sight, _ = watch.match([1])[1]
    assert (sight.id, sight.article) == (1, BMW)


def test_an_article_without_vectors_is_left_out(warta: Warta) -> None:
    watch = Watch(warta, interests_in("Grab", BOOK), BOOK)
    warta.store.connection.execute(
        "delete from vectors where text_hash in (select text_hash from chunks where article_id = 2)"
    )
    assert set(patterns(watch, [1, 2, 3])) == {1, 3}


def test_vectors_of_another_model_are_told(warta: Warta, tmp_path: Path) -> None:
    with opened(tmp_path / "data", fake_engine("fake/other")) as other:
        with pytest.raises(ModelMismatchError, match="fake/other"):
            Watch(other, [QUESTION], BOOK).match([1])
        # Names are found by words, and what two articles have in common by the vectors of both.
        assert patterns(Watch(other, interests_in("Grab", BOOK), BOOK), [2]) == {2: [0]}


def test_without_a_question_no_model_is_loaded(warta: Warta, tmp_path: Path) -> None:
    def load(progress: object) -> Any:
        pytest.fail("loaded")

    with opened(tmp_path / "data", Engine("fake/words", WordEmbedder().dimension, load)) as idle:
        assert patterns(Watch(idle, interests_in("Grab", BOOK), BOOK), [2]) == {2: [0]}


class Built:
    """Stands in for StandingQuestions: counts how often it is made, and is sure of the first question of article 1."""

    times = 0
    texts: tuple[str, ...] = ()

    def __init__(self, questions: Sequence[str], dense: object, idf: Callable[..., object]) -> None:
        Built.times += 1
        Built.texts = tuple(questions)

    def probabilities(self, article: Seen) -> NDArray[np.float64]:
        return np.array([float(article.id == 1), *(0.0 for _ in self.texts[1:])])

    def sentence(self, article: Seen, at: int) -> Span | None:
        return article.sentences[0][0]


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> type[Built]:
    monkeypatch.setattr(watching, "StandingQuestions", Built)
    monkeypatch.setattr(watching, "standing", lambda text, embed: text)
    monkeypatch.setattr(Built, "times", 0)
    return Built


def test_questions_are_asked_in_their_order(warta: Warta, built: type[Built]) -> None:
    other = interest_of("question", "Kapan Grab masuk bursa?")
    watch = Watch(warta, [*interests_in("Grab", BOOK), QUESTION, other], BOOK)
    assert patterns(watch, [1, 2]) == {1: [1], 2: [0]}
    assert built.texts == (QUESTION.question, other.question)
    [matched] = watch.match([1])[1][1]
    assert (matched.reasons, matched.sentence) == ((QUESTION.question,), Span(0, len(BMW.body.splitlines()[0])))


def test_questions_are_weighed_anew_when_much_has_changed(
    warta: Warta, built: type[Built], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "CHANGES", 5)
    watch = Watch(warta, [QUESTION], BOOK)
    made = []
    for number in range(1, 9):
        watch.match([1])
        made.append(built.times)
        list(warta.ingest([article(number)]))  # a change each
    assert made == [1, 1, 1, 1, 1, 1, 2, 2]
    list(warta.ingest([]))
    warta.reindex()
    watch.match([1])
    assert built.times == 3


def test_questions_with_the_real_model(tmp_path: Path, model_cache: Path) -> None:
    asked = ("Siapa CEO BMW Group Region China?", "Who is the chief executive of Grab?", "Berapa harga emas hari ini?")
    engine = engine_of(Settings.from_env({"WARTA_CACHE": str(model_cache)}))
    with opened(tmp_path, engine) as warta:
        list(warta.ingest((BMW, GRAB, TIKET)))
        found = Watch(warta, [interest_of("question", text) for text in asked], BOOK).match([1, 2, 3])
    told = []
    for sight, matched in found.values():
        for one in matched:
            assert one.sentence is not None
            told.append((sight.id, one.at, sight.article.body[one.sentence.start : one.sentence.end]))
    assert told == [
        (1, 0, "Jochen Goller adalah Presiden dan CEO BMW Group Region China."),
        (2, 1, "Anthony Tan is the chief executive of Grab."),
    ]


# What else there is to read


def told(warta: Warta, number: int, limit: int = 5) -> list[int]:
    found = related(warta, number, limit)
    assert [one for _, one in found] == [warta.store.article(i) for i, _ in found]
    return [i for i, _ in found]


def test_the_rest_of_a_story_comes_first(warta: Warta) -> None:
    again = [
        replace(
            BMW, title=f"{BMW.title}, {word}", body=f"{BMW.body}\n\n{more}", url=f"{BMW.url}&{word}", publisher=word
        )
        for word, more in (
            ("Kompas", "Menurut Kompas basis itu akan menampung seratus pekerja dari kota Beijing mulai musim semi."),
            ("Tempo", "Adapun Tempo menulis bahwa gedung baru itu berlantai sembilan belas dan dicat hijau muda."),
        )
    ]
    assert [one.status for one in warta.ingest(again)] == ["new", "new"]
    assert len({warta.store.story_of(number) for number in (1, 4, 5)}) == 1
    assert told(warta, 1)[:2] == [5, 4]
    assert told(warta, 4)[:2] == [5, 1]
    assert told(warta, 1, limit=1) == [5]
    assert sum(number in (1, 4, 5) for number in told(warta, 2)) == 1  # of another story only one


def test_then_the_nearest(warta: Warta) -> None:
    list(warta.ingest([Article("Bursa", "Harga saham naik tajam hari ini.", "/a.txt", "id")]))
    near = Article("Tiket Kereta", "Tiket.com menjual tiket murah untuk kereta dan pesawat Garuda.", "/b.txt", "id")
    list(warta.ingest([near]))
    assert told(warta, 3)[0] == 5
    assert 3 not in told(warta, 3)
    assert len(told(warta, 3, limit=2)) == 2


def test_an_article_that_is_gone_has_nothing_related(warta: Warta) -> None:
    assert told(warta, 99) == []


def test_what_is_related_needs_no_model(warta: Warta, tmp_path: Path) -> None:
    with opened(tmp_path / "data", fake_engine("fake/other")) as other:
        assert told(other, 1) == told(warta, 1) != []


def test_what_matches_goes_through_many_articles_at_once(warta: Warta) -> None:
    list(warta.ingest(articles(20)))
    found = Watch(warta, interests_in("BMW", BOOK), BOOK).match(warta.store.article_ids())
    assert [number for number, (_, matched) in found.items() if matched] == [
        number for number, one in warta.store.articles(warta.store.article_ids()).items() if "BMW" in one.partners
    ]
