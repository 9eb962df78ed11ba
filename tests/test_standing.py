"""What rings for a standing question, by figures worked out by hand, by made-up articles and by the bundled model."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from fakes import WordEmbedder
from news import articles
from numpy.typing import NDArray

from index import standing as module
from index.dense import Background, DenseIndex, Moments
from index.ingest import ingest
from index.lemmas import lemmas
from index.lexical import LexicalSearch
from index.pipeline import Warta
from index.seen import Seen, seen
from index.settings import Settings
from index.standing import EVIDENCE, FARTHEST, MODEL, SURE, Standing, StandingQuestions, standing
from index.store import Store
from index.types import Article, Language, Span

FAKE = WordEmbedder("fake/a", 512)
BATTERIES = Article(
    "Pabrik baterai mobil listrik dibangun di Karawang",
    "Pabrik baterai mobil listrik pertama di Indonesia dibangun di Karawang. Produksi dimulai tahun depan.",
    "/berita/baterai.txt", "id", published_at="2021-09-15",
)  # fmt: skip
FLOODS = Article(
    "Banjir merendam Jakarta",
    "Banjir merendam puluhan rumah di Jakarta. Ratusan warga mengungsi ke sekolah.",
    "/berita/banjir.txt", "id", published_at="2021-02-20",
)  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "warta.db") as opened:
        assert all(o.status == "new" for o in ingest(opened, FAKE, [*articles(8), BATTERIES, FLOODS]))
        yield opened


def ready(store: Store, *texts: str) -> StandingQuestions:
    dense = DenseIndex(FAKE.dimension)
    for language, ids, vectors in store.chunk_vectors(FAKE.fingerprint):
        dense.add(language, ids, vectors)
    return StandingQuestions([standing(t, FAKE.embed_query) for t in texts], dense, LexicalSearch(store).idf)


def sights(store: Store) -> list[Seen]:
    return seen(store, store.article_ids(), FAKE.fingerprint)


def vector(*values: float) -> NDArray[np.float32]:
    return np.array(values, np.float32)


def asked(language: Language, terms: Sequence[str], *values: float) -> Standing:
    return Standing(" ".join(terms), language, vector(*values), tuple(terms))


def sight(language: Language = "id") -> Seen:
    """Two chunks with three sentences, two dimensions; chunk 1 lies along the first, chunk 2 along the second."""
    return Seen(
        7, Article("Judul", "Satu. Dua. Tiga.", "a", language),
        "judul alfa", "satu gama", ("judul alfa beta", "judul alfa gama"), (language, language),
        ((Span(0, 5), Span(6, 10)), (Span(11, 16),)),
        np.array([[1, 0], [0, 1]], np.float32),
        (np.array([[0.6, 0.8], [0.8, 0.6]], np.float32), np.array([[1, 0]], np.float32)),
    )  # fmt: skip


def moments(mean: tuple[float, float], spread: float) -> Moments:
    """Of one vector that is spread alike in both directions."""
    center = np.array(mean)
    return Moments(1.0, center, np.outer(center, center) + spread**2 * np.eye(2))


def by_hand(idf: Mapping[str, float], *questions: Standing) -> StandingQuestions:
    """Against chunks with mean (0.5, 0.5) and deviation 0.25, sentences with mean (0.2, 0) and deviation 0.1."""
    background = Background("fake", {"id": moments((0.5, 0.5), 0.25)}, {"id": moments((0.2, 0.0), 0.1)})
    return StandingQuestions(questions, DenseIndex(2, background), lambda terms: {term: idf[term] for term in terms})


def test_a_matching_article_rings_and_no_other(store: Store) -> None:
    questions = ready(store, "pabrik baterai mobil listrik di Indonesia", "banjir di Jakarta")
    for one in sights(store):
        rings = questions.probabilities(one) >= SURE
        assert rings.tolist() == [one.article == BATTERIES, one.article == FLOODS], one.article.title


def test_all_questions_at_once_as_each_alone(store: Store) -> None:
    texts = ("pabrik baterai", "floods in Jakarta", "?!", "startup yang mendapat pendanaan")
    together, alone = ready(store, *texts), [ready(store, text) for text in texts]
    for one in sights(store):
        each = [float(question.probabilities(one)[0]) for question in alone]
        assert together.probabilities(one).tolist() == pytest.approx(each, rel=1e-5)


def test_nothing_asked_and_nothing_to_go_by(store: Store) -> None:
    [one, *_] = sights(store)
    assert ready(store).probabilities(one).shape == (0,)
    assert ready(store).evidence(one).shape == (0, len(EVIDENCE))
    assert ready(store, "?!").probabilities(one)[0] < SURE


def test_the_evidence_by_hand() -> None:
    # Terms weigh 1, 2 and, although 9 is given, 3. The title holds alfa, the lead gama, chunk 1 beta, chunk 2 gama.
    idf = {"alfa": 1.0, "beta": 2.0, "gama": 9.0}
    questions = by_hand(
        idf,
        asked("id", ("alfa", "beta", "gama"), 1, 0),
        asked("en", ("alfa", "beta"), 0, 1),
        asked("id", ("gama",), 1, 0),
    )
    first, second, third = questions.evidence(sight())
    # Chunks: (1 - 0.5) / 0.25. First sentence, (0.6, 0.8): (0.6 - 0.2) / 0.1, and (0.8 - 0) / 0.1, which is the most.
    assert first == pytest.approx([2, 4, math.log(2), 0, 1 / 6, 3 / 6, 3 / 6, 1])
    assert second == pytest.approx([2, 8, math.log(2), 1, 1 / 3, 0, 1, 1])
    assert third == pytest.approx([2, 4, math.log(2), 0, 0, 1, 0, 1])
    assert dict(zip(EVIDENCE, first.tolist(), strict=True))["words"] == 1


def test_the_probability_is_the_logistic_of_the_weighed_evidence() -> None:
    questions = by_hand({"alfa": 1.0}, asked("id", ("alfa",), 1, 0))
    weights = json.loads(MODEL.read_text(encoding="utf-8"))["weights"]
    odds = weights["one"] + sum(
        weights[name] * value for name, value in zip(EVIDENCE, questions.evidence(sight())[0].tolist(), strict=True)
    )
    assert questions.probabilities(sight()).tolist() == pytest.approx([1 / (1 + math.exp(-odds))])


def test_all_evidence_but_length_speaks_for_a_match() -> None:
    stored = json.loads(MODEL.read_text(encoding="utf-8"))
    assert {name for name in EVIDENCE if stored["weights"][name] < 0} == {"chunks"}
    assert "fit.jsonl" in stored["provenance"]


def test_words_of_the_same_meaning_are_found_across_languages(store: Store) -> None:
    [flood] = [one for one in sights(store) if one.article == FLOODS]
    words = EVIDENCE.index("words")
    questions = ready(store, "floods in Jakarta", "floods in Jakarta, banjir", "elections in Jakarta")
    english, named_twice, other = questions.evidence(flood)
    assert english[words] == named_twice[words] == 1
    assert other[words] < 1
    assert english[EVIDENCE.index("cross")] == 1


def test_each_meaning_has_words_to_tell() -> None:
    for line in json.loads(MODEL.read_text(encoding="utf-8"))["meanings"]:
        assert len(set(lemmas(line, "und"))) > 1, line


def test_a_question_is_taken_apart_once() -> None:
    asked_for: list[str] = []

    def embed(text: str) -> NDArray[np.float32]:
        asked_for.append(text)
        return FAKE.embed_query(text)

    question = standing("  apa saja kerja sama\nbaterai  mobil listrik? ", embed)
    assert (question.text, question.language) == ("apa saja kerja sama baterai mobil listrik?", "id")
    assert question.terms == ("kerjasama", "baterai", "mobil", "listrik")
    assert asked_for == [question.text]
    assert standing("BMW Alibaba", FAKE.embed_query).language == "id"
    assert standing("BMW Alibaba", FAKE.embed_query, "en").language == "en"


def test_the_nearest_sentence_is_shown() -> None:
    questions = by_hand({"alfa": 1.0}, asked("id", ("alfa",), 1, 0), asked("id", ("alfa",), 0, 1))
    assert (questions.sentence(sight(), 0), questions.sentence(sight(), 1)) == (Span(11, 16), Span(0, 5))


def test_a_chunk_without_sentences_is_matched_by_the_rest() -> None:
    whole = sight()
    bare = Seen(
        whole.id, whole.article, whole.title, "", whole.lemmas, whole.languages, ((), ()), whole.vectors,
        (np.zeros((0, 2), np.float32),) * 2,
    )  # fmt: skip
    questions = by_hand({"alfa": 1.0}, asked("id", ("alfa",), 1, 0))
    assert questions.sentence(bare, 0) is None
    assert questions.evidence(bare)[0].tolist() == pytest.approx([2, 0, math.log(2), 0, 1, 0, 1, 1])


def test_an_index_that_scores_all_alike_puts_nothing_beyond_the_limit() -> None:
    dense = DenseIndex(2)
    dense.add("id", [1, 2], np.array([[0, 1], [0, 1]], np.float32))  # a deviation of nothing
    questions = StandingQuestions([asked("id", ("zeta",), 1, 0)], dense, lambda terms: dict.fromkeys(terms, 2.0))
    assert questions.evidence(sight())[0, 0] == FARTHEST


def test_articles_are_seen_in_the_order_asked_for(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = sights(store)
    monkeypatch.setattr("index.seen._TOGETHER", 3)
    order = [4, 1, 99, 2, 10, 7, 3]
    found = seen(store, order, FAKE.fingerprint)
    assert [one.id for one in found] == [4, 1, 2, 10, 7, 3]
    for one in found:
        [same] = [other for other in whole if other.id == one.id]
        np.testing.assert_array_equal(one.vectors, same.vectors)
        assert [len(v) for v in one.sentence_vectors] == [len(s) for s in one.sentences]
        texts = [[one.article.body[s.start : s.end] for s in spans] for spans in one.sentences]
        for vectors, some in zip(one.sentence_vectors, texts, strict=True):
            np.testing.assert_allclose(vectors, FAKE.embed_passages(some), atol=1e-3)


def test_with_the_bundled_model_in_a_young_index(model_cache: Path, tmp_path: Path) -> None:
    settings = Settings.from_env({"WARTA_DATA": str(tmp_path), "WARTA_CACHE": str(model_cache)})
    samples = Path(module.__file__).with_name("samples") / "articles.jsonl"
    texts = ("bank yang menggandeng platform pinjaman", "ride-hailing and railway partnerships", "hasil bulu tangkis")
    with Warta(settings) as warta:
        assert {outcome.status for outcome in warta.add([str(samples)])} == {"new"}
        found = seen(warta.store, warta.store.article_ids(), warta.engine.fingerprint)
        with warta.live.current(warta.store) as held:
            assert held is not None
            questions = StandingQuestions(
                [standing(text, warta.query_vector) for text in texts],
                held.dense,
                LexicalSearch(warta.store, held.words).idf,
            )
    rings = [questions.probabilities(one) >= SURE for one in found]
    rung = [{f.article.title.split()[0] for f, r in zip(found, rings, strict=True) if r[at]} for at in range(3)]
    assert rung == [{"BCA", "BRI"}, {"Grab"}, set()]  # BCA in both languages, Grab in English; BRI is a near miss
