"""The evaluation: a system whose answers can be read off its articles, over sets small enough to score by hand."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from math import log2
from pathlib import Path
from typing import Any

import pytest

from index.bootstrap import value
from index.errors import EvaluationError
from index.evalreport import figures, report
from index.evalset import read_set
from index.evaluate import Trial, evaluate, holds_answer, run_set
from index.types import Article, Hit, Language, Quote

Record = dict[str, Any]
MakeSet = Callable[..., Path]


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


class WordOverlap:
    """Ranks paragraphs by the words they share with the question; the earlier one wins a tie.

    Its confidence is the share of the question's words that the best paragraph holds, and below one half it abstains.
    """

    def __init__(self) -> None:
        self.paragraphs: list[tuple[int, str]] = []
        self.asked: list[tuple[str, Language | None]] = []

    def ingest(self, articles: Sequence[Article]) -> list[int]:
        ids = [100 + number for number in range(len(articles))]
        for article_id, article in zip(ids, articles, strict=True):
            self.paragraphs += [(article_id, paragraph) for paragraph in article.body.split("\n\n")]
        return ids

    def chunk_count(self) -> int:
        return len(self.paragraphs)

    def try_question(self, question: str, language: Language | None) -> Trial:
        self.asked.append((question, language))
        asked = words(question)
        shares = [len(asked & words(text)) / len(asked) for _, text in self.paragraphs]
        order = sorted((i for i, share in enumerate(shares) if share), key=lambda i: -shares[i])
        hits = [Hit(i, self.paragraphs[i][0], "id", shares[i], 0.0, 0.0) for i in order]
        texts = [self.paragraphs[i] for i in order[:3]]
        quotes = [Quote(n, text, number, 0, len(text), "id") for n, (number, text) in enumerate(texts, start=1)]
        confidence = max(shares)
        return Trial(tuple(hits), tuple(quotes), confidence, confidence >= 0.5)


CORPUS: list[Record] = [
    {"id": "a", "title": "Satu", "text": "Grab bermitra dengan Bank Jago.\nGrab berkantor di Jakarta.", "lang": "id"},
    {"id": "b", "title": "Dua", "text": "Bank Jago membuka cabang.", "lang": "id"},
    {"id": "c", "title": "Three", "text": "Gojek signs with Bank Mandiri in Bali.", "lang": "en"},
]
QUERIES: list[Record] = [
    {"id": "q1", "text": "Grab berkantor di mana", "lang": "id", "answers": ["JAKARTA"], "answerable": True},
    {"id": "q2", "text": "Bank Jago membuka apa", "lang": "id", "answers": ["bermitra"], "answerable": True},
    {"id": "q3", "text": "who with Bank in May", "lang": "en", "answers": ["Gojek  Signs"], "answerable": True},
    {"id": "q4", "text": "Siapa presiden Bank Dunia", "lang": "id", "answers": [], "answerable": False},
    {"id": "q5", "text": "Mandiri cricket world cup", "lang": "en", "answers": [], "answerable": False},
    {"id": "q6", "text": "Gojek berkantor", "lang": "id", "answers": [], "answerable": False},
]
QRELS = [("q1", "a"), ("q2", "a"), ("q2", "b"), ("q3", "b"), ("q3", "c")]


@pytest.fixture
def make_set(tmp_path: Path) -> MakeSet:
    def make(
        name: str = "set",
        *,
        corpus: Sequence[Record] | str | None = CORPUS,
        queries: Sequence[Record] | str | None = QUERIES,
        qrels: Sequence[tuple[str, str]] | str | None = QRELS,
        suffix: str = "",
    ) -> Path:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        for file, content in (("corpus.jsonl", corpus), (f"queries{suffix}.jsonl", queries)):
            if content is not None:
                text = content if isinstance(content, str) else "\n".join(json.dumps(record) for record in content)
                (folder / file).write_text(text, encoding="utf-8")
        if qrels is not None:
            lines = qrels if isinstance(qrels, str) else "\n".join("\t".join(pair) for pair in qrels)
            (folder / f"qrels{suffix}.tsv").write_text(lines, encoding="utf-8")
        return folder

    return make


def test_figures_against_a_hand_count(make_set: MakeSet) -> None:
    system = WordOverlap()
    found: Any = evaluate(system, make_set())
    # Paragraphs: a1 "Grab bermitra …" a2 "Grab berkantor …" b c. Words of the question that each of them holds:
    # q1 of 4: a1 1, a2 3         → a           a at 1; confidence 3/4
    # q2 of 4: a1 2, b 3, c 1     → b a c       a, b at 1 and 2; 3/4; "bermitra" stands in the 2nd quote
    # q3 of 5: a1 1, b 1, c 3     → c a b       c at 1, b at 3; 3/5
    # q4 of 4: a1 1, b 1, c 1     confidence 1/4, abstains
    # q5 of 4: c 1                confidence 1/4, abstains
    # q6 of 2: a2 1, c 1          confidence 1/2, answers
    assert found["queries"] == 6
    assert (found["recall@1"], found["recall@5"], found["recall@10"], found["mrr@10"]) == (1, 1, 1, 1)
    # q3 has two relevant documents at 1 and 3: (1 + 1/2) / (1 + 1/log2(3))
    assert found["ndcg@10"] == pytest.approx((1 + 1 + 1.5 / (1 + 1 / log2(3))) / 3)
    assert found["answer_hit@1"] == pytest.approx(2 / 3)
    assert found["answer_hit@3"] == 1
    # 1 - confidence: unanswerable .75 .75 .5, answerable .25 .25 .4: all nine pairs in order; two of three refused
    assert found["refusal"] == {"auroc": 1.0, "precision": 1.0, "recall": 2 / 3, "f1": pytest.approx(4 / 5)}
    # Characters of the 14 quotes (a1 31, a2 26, b 25, c 38):
    # q1 26+31, q2 25+31+38, q3 38+31+25, q4 31+25+38, q5 38, q6 26+38
    assert found["quote_chars"]["mean"] == pytest.approx((57 + 94 + 94 + 94 + 38 + 64) / 14)
    assert 0 < found["latency_ms"]["p50"] <= found["latency_ms"]["p95"]
    # Four paragraphs of three articles, in the same time.
    assert found["ingest"]["chunks_per_s"] / found["ingest"]["articles_per_s"] == pytest.approx(4 / 3)


def test_figures_by_language(make_set: MakeSet) -> None:
    found: Any = evaluate(WordOverlap(), make_set())
    assert found["by_language"] == {
        # Confidences: q3 .6 and q5 .25; q1 and q2 .75, q4 .25, q6 .5 (answered, though unanswerable). Of the three that
        # are answered in Indonesian, q2's first quote is wrong and q6 has no answer.
        "en": {"queries": 2, "recall@10": 1, "mrr@10": 1, "answer_hit@1": 1, "answered": 1 / 2, "wrong_per_hundred": 0},
        "id": {
            **{"queries": 4, "recall@10": 1, "mrr@10": 1, "answer_hit@1": 1 / 2},
            **{"answered": 3 / 4, "wrong_per_hundred": pytest.approx(200 / 3)},
        },
    }
    one_language = [query for query in QUERIES if query["lang"] == "id"]
    qrels = [(query, document) for query, document in QRELS if query != "q3"]
    assert "by_language" not in evaluate(WordOverlap(), make_set("id-only", queries=one_language, qrels=qrels))


def test_the_figures_are_those_of_the_contract_and_fit_into_json(make_set: MakeSet) -> None:
    found: Any = json.loads(json.dumps(evaluate(WordOverlap(), make_set())))
    assert list(found) == [
        *("queries", "recall@1", "recall@5", "recall@10", "mrr@10", "ndcg@10"),
        *("answer_hit@1", "answer_hit@3", "answer_hit@1_served"),
        *("refusal", "quote_chars", "latency_ms", "ingest"),
        *("served", "intervals", "calibration", "risk", "by_language", "by_pair", "by_type"),
    ]
    assert set(found["refusal"]) == {"auroc", "precision", "recall", "f1"}


def test_what_readers_get(make_set: MakeSet) -> None:
    found: Any = evaluate(WordOverlap(), make_set())
    # Answered: q1 right, q2 wrong, q3 right, q6 unanswerable. Both right first quotes are shown.
    assert found["served"] == {
        "answered": 4 / 6,
        "wrong_per_hundred": 50,
        "unanswerable_per_hundred": 25,
        "right_withheld": 0,
    }


def test_each_interval_is_of_the_figure_of_its_name(make_set: MakeSet) -> None:
    run = run_set(WordOverlap(), read_set(make_set()))
    found: Any = report(run)
    flat = {**found, **{f"refusal.{name}": value for name, value in found["refusal"].items()}, **found["served"]}
    assert set(found["intervals"]) == {"method", *figures(run.tried)}
    for name, figure in figures(run.tried).items():
        assert value(figure, 6) == pytest.approx(flat[name]), name
        low, high = found["intervals"][name]
        assert low <= flat[name] <= high, name
    # All three relevant passages stand first, in whatever draw.
    assert found["intervals"]["recall@1"] == (1, 1)
    # Two right answers of three: draws hold none and all of them.
    assert found["intervals"]["answer_hit@1"] == (0, 1)


def test_figures_by_the_languages_of_question_and_passage(make_set: MakeSet) -> None:
    found: Any = evaluate(WordOverlap(), make_set())
    # q3 is answered by b (Indonesian) and c (English); unanswerable questions have no passage.
    assert {pair: row["queries"] for pair, row in found["by_pair"].items()} == {"en->en+id": 1, "id->id": 2}


def test_figures_by_kind_of_question(make_set: MakeSet) -> None:
    kinds = ["fact", "fact", "fact", "trap", "trap", None]
    queries = [{**query, "kind": kind} for query, kind in zip(QUERIES, kinds, strict=True)]
    found: Any = evaluate(WordOverlap(), make_set(queries=queries))
    assert {kind: row["queries"] for kind, row in found["by_kind"].items()} == {"fact": 3, "trap": 2}
    assert found["by_kind"]["trap"]["recall@10"] is None
    # "di mana", "who" and "siapa", and three that no word tells
    assert {kind: row["queries"] for kind, row in found["by_type"].items()} == {"what": 3, "where": 1, "who": 2}


def test_a_document_stands_where_its_first_chunk_stands(make_set: MakeSet) -> None:
    # "x y" is in both paragraphs of a, "x" in b: chunks a a b, documents a b, so b has rank 2 and not 3.
    corpus = [{"id": "a", "text": "x y satu\nx y dua"}, {"id": "b", "text": "x tiga"}]
    query = {"id": "q", "text": "x y", "answers": [], "answerable": True}
    found = evaluate(WordOverlap(), make_set(corpus=corpus, queries=[query], qrels=[("q", "b")]))
    assert found["recall@1"] == 0
    assert found["mrr@10"] == 1 / 2


def test_ten_documents_count_however_many_chunks_they_have(make_set: MakeSet) -> None:
    corpus = [{"id": f"d{i:02}", "text": "x y\nx y z\nx y w"} for i in range(10)] + [{"id": "late", "text": "x y v"}]
    query = {"id": "q", "text": "x y", "answers": [], "answerable": True}
    tenth = evaluate(WordOverlap(), make_set(corpus=corpus, queries=[query], qrels=[("q", "d09")]))
    assert (tenth["recall@5"], tenth["recall@10"], tenth["mrr@10"]) == (0, 1, 1 / 10)
    assert tenth["ndcg@10"] == pytest.approx(1 / log2(11))
    eleventh = evaluate(WordOverlap(), make_set(corpus=corpus, queries=[query], qrels=[("q", "late")]))
    assert (eleventh["recall@10"], eleventh["mrr@10"], eleventh["ndcg@10"]) == (0, 0, 0)


def test_a_withheld_answer_counts_for_the_quotes_and_not_as_served(make_set: MakeSet) -> None:
    # One of three words is found: confidence 1/3, so it abstains, though its quote holds the answer.
    query = {"id": "q", "text": "Gojek kapan dimana", "lang": "id", "answers": ["Bali"], "answerable": True}
    found: Any = evaluate(WordOverlap(), make_set(queries=[query], qrels=[("q", "c")]))
    assert (found["answer_hit@1"], found["answer_hit@1_served"], found["recall@1"]) == (1, 0, 1)


def test_figures_without_meaning_are_null(make_set: MakeSet) -> None:
    answerable = [{**QUERIES[0], "answers": []}]
    found: Any = evaluate(WordOverlap(), make_set("answerable", queries=answerable, qrels=[("q1", "a")]))
    assert found["refusal"] == {"auroc": None, "precision": None, "recall": None, "f1": None}
    assert (found["answer_hit@1"], found["answer_hit@3"], found["answer_hit@1_served"]) == (None, None, None)
    assert found["recall@1"] == 1

    found = evaluate(WordOverlap(), make_set("unanswerable", queries=QUERIES[3:], qrels=None))
    ranks = ("recall@1", "recall@5", "recall@10", "mrr@10", "ndcg@10", "answer_hit@1", "answer_hit@3")
    assert [found[name] for name in ranks] == [None] * 7
    assert found["refusal"]["auroc"] is None
    assert found["refusal"]["recall"] == 2 / 3
    assert [found["intervals"][name] for name in ranks] == [None] * 7
    assert found["intervals"]["refusal.auroc"] is None


def test_the_system_tells_the_language_itself_and_progress_is_told(make_set: MakeSet) -> None:
    system, told = WordOverlap(), list[tuple[str, int, int]]()
    evaluate(system, make_set(), progress=lambda what, done, total: told.append((what, done, total)))
    assert system.asked == [(query["text"], None) for query in QUERIES]
    assert told == [("ingest", 0, 3), ("ingest", 3, 3), *(("ask", done, 6) for done in range(1, 7))]


@pytest.mark.parametrize(
    ("text", "answer", "expected"),
    [
        ("Rapat di  Bank\n Jago.", "bank jago", True),
        ("Rapat di Bank Jago.", "Bank  Jago", True),
        ("Rapat di Bank-Jago.", "Bank Jago", False),
        ("x" * 296 + "Bali", "Bali", True),
        ("x" * 297 + "Bali", "Bali", False),
    ],
)
def test_an_answer_stands_in_the_first_300_characters(text: str, answer: str, expected: bool) -> None:
    quotes = [Quote(1, "lain", 1, 0, 4, "id"), Quote(1, text, 1, 0, len(text), "id")]
    assert holds_answer(quotes, ["tidak ada", answer]) is expected
    assert not holds_answer(quotes[:1], [answer])


# Reading a set


def test_articles_pass_through_extraction(make_set: MakeSet) -> None:
    record = {
        "id": "n1", "title": "Grab", "text": "JAKARTA (ANTARA) - Grab bermitra.\nGrab tumbuh.", "lang": "id",
        "date": "23 Mei 2021", "url": "https://example.com/1", "publisher": "Harian", "partners": ["Grab"], "kind": 3,
    }  # fmt: skip
    folder = make_set(corpus=[record, {"id": "n2", "text": "1945 1998", "lang": None}], queries=QUERIES[3:], qrels=None)
    first, second = (document.article for document in read_set(folder).documents)
    assert first == Article(
        title="Grab",
        body="Grab bermitra.\n\nGrab tumbuh.",
        location=f"{folder / 'corpus.jsonl'}#n1",
        language="id",
        publisher="Harian",
        place="Jakarta",
        published_at="2021-05-23",
        url="https://example.com/1",
        partners=("Grab",),
    )
    # `warta add` would refuse it, but a set's documents are all there.
    assert second.body == "1945 1998"


def test_passages_of_one_page_stay_several_articles(make_set: MakeSet) -> None:
    corpus = [{**record, "url": "https://example.com/same"} for record in CORPUS]
    documents = read_set(make_set(corpus=corpus)).documents
    assert len({document.article.key for document in documents}) == 3


def test_answers_are_tidied_as_bodies_are(make_set: MakeSet) -> None:
    query = {**QUERIES[0], "answers": ["Jakar\u200eta", "Cafe\u0301"]}
    (read,) = read_set(make_set(queries=[query], qrels=[("q1", "a")])).queries
    assert read.answers == ("Jakarta", "Caf\u00e9")


def test_corpora_of_other_folders(make_set: MakeSet) -> None:
    offtopic = make_set("offtopic", corpus=None, queries=QUERIES[3:], qrels=None)
    news = make_set("news", queries=None, qrels=None)
    more = make_set("more", corpus=[{"id": "d", "text": "Lain."}], queries=None, qrels=None)
    with pytest.raises(EvaluationError, match=r"offtopic/corpus\.jsonl is missing.*--corpus DIR"):
        read_set(offtopic)
    read = read_set(offtopic, corpus=[news, more])
    assert [document.id for document in read.documents] == ["a", "b", "c", "d"]
    # A set's own articles stay, and a folder named twice is read once.
    assert len(read_set(make_set(), corpus=[more, more, make_set()]).documents) == 4


def test_other_questions_come_with_their_own_qrels(make_set: MakeSet) -> None:
    folder = make_set()
    make_set(corpus=None, queries=QUERIES[:1], qrels=[("q1", "c")], suffix="-same-language")
    (query,) = read_set(folder, queries="queries-same-language.jsonl").queries
    assert query.relevant == {"c"}
    for name in ("../queries.jsonl", "qrels.tsv", "corpus.jsonl"):
        with pytest.raises(EvaluationError, match=r"is called queries\.jsonl"):
            read_set(folder, queries=name)


def test_a_limit_takes_the_same_questions_every_time_and_all_articles(make_set: MakeSet) -> None:
    queries = [{"id": f"q{i}", "text": "apa", "answers": [], "answerable": False} for i in range(50)]
    forward = make_set("forward", queries=queries, qrels=None)
    backward = make_set("backward", queries=queries[::-1], qrels=None)

    def taken(folder: Path, limit: int | None) -> list[str]:
        return [query.id for query in read_set(folder, limit=limit).queries]

    # The order is a promise: other ones would make figures of earlier runs incomparable.
    assert taken(forward, 5) == ["q14", "q30", "q8", "q36", "q41"]
    assert taken(forward, 5) == taken(backward, 5) == taken(forward, 20)[:5]
    assert taken(forward, None) == [query["id"] for query in queries]
    assert len(taken(forward, 1000)) == 50
    assert len(read_set(forward, limit=1).documents) == 3
    with pytest.raises(EvaluationError, match="at least 1"):
        taken(forward, 0)


def test_lines_as_editors_leave_them(make_set: MakeSet) -> None:
    text = "\ufeff" + "\r\n\r\n".join(json.dumps(record) for record in CORPUS) + "\r\n"
    folder = make_set(corpus=text, qrels="\r\n".join("\t".join(pair) for pair in QRELS) + "\r\n\n")
    assert [document.id for document in read_set(folder).documents] == ["a", "b", "c"]
    # U+2028 ends no line of JSON Lines.
    folder = make_set("separator", corpus='{"id": "a", "text": "satu\u2028dua"}', queries=QUERIES[3:], qrels=None)
    assert len(read_set(folder).documents) == 1


def test_qrels_of_unanswerable_questions_are_ignored(make_set: MakeSet) -> None:
    read = read_set(make_set(qrels=[*QRELS, ("q4", "a")]))
    assert [bool(query.relevant) for query in read.queries] == [True, True, True, False, False, False]


GOOD = '{"id": "z", "text": "Baik."}\n'


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"corpus": GOOD + "{"}, r"corpus\.jsonl:2: not valid JSON"),
        ({"corpus": GOOD + "[]"}, r"corpus\.jsonl:2: a line must be an object"),
        ({"corpus": GOOD + "[" * 100_000}, r"corpus\.jsonl:2: not valid JSON \(nested too deeply\)"),
        ({"corpus": "\n\n" + '{"text": "Baik."}'}, r'corpus\.jsonl:3: "id" must be a text'),
        ({"corpus": '{"id": 7, "text": "Baik."}'}, r'corpus\.jsonl:1: "id" must be a text'),
        ({"corpus": '{"id": "a", "text": " "}'}, r'corpus\.jsonl:1: "text" must be a text, not empty'),
        ({"corpus": '{"id": "a", "text": "b", "date": 7}'}, r'corpus\.jsonl:1: "date" must be a text'),
        ({"corpus": '{"id": "a", "text": "b", "partners": "x"}'}, r'corpus\.jsonl:1: "partners" must be a list'),
        ({"corpus": GOOD + GOOD}, r"corpus\.jsonl:2: the id 'z' was used before"),
        ({"corpus": "\n"}, r"corpus\.jsonl: no articles"),
        ({"queries": [{**QUERIES[0], "answerable": "yes"}]}, r'queries\.jsonl:1: "answerable" must be true or false'),
        ({"queries": [{**QUERIES[0], "answers": [" "]}]}, r'queries\.jsonl:1: "answers" must be a list of texts'),
        ({"queries": [{**QUERIES[0], "answers": "Bali"}]}, r'queries\.jsonl:1: "answers" must be a list of texts'),
        ({"queries": [{**QUERIES[0], "text": ""}]}, r'queries\.jsonl:1: "text" must be a text'),
        ({"queries": [QUERIES[0], QUERIES[0]]}, r"queries\.jsonl:2: the id 'q1' was used before"),
        ({"queries": ""}, r"queries\.jsonl: no questions"),
        ({"queries": None}, r"queries\.jsonl: cannot be read"),
        ({"qrels": None}, r"qrels\.tsv: cannot be read"),
        ({"qrels": "q1 a"}, r"qrels\.tsv:1: a line is a question's id, one tab"),
        ({"qrels": "q1\ta\nq1\ta\t1"}, r"qrels\.tsv:2: a line is"),
        ({"qrels": "q1\ta\nq9\ta"}, r"qrels\.tsv:2: there is no question 'q9'"),
        ({"qrels": "q1\td"}, r"qrels\.tsv:1: there is no article 'd'"),
        ({"qrels": QRELS[:3]}, r"queries\.jsonl:3: 'q3' is answerable, but qrels\.tsv names no article"),
    ],
)
def test_malformed_sets_are_refused_by_file_and_line(make_set: MakeSet, parts: Record, message: str) -> None:
    with pytest.raises(EvaluationError, match=message) as caught:
        read_set(make_set(**parts))
    assert "\n" not in str(caught.value)


def test_other_encodings_and_missing_folders_are_refused(make_set: MakeSet, tmp_path: Path) -> None:
    folder = make_set()
    (folder / "corpus.jsonl").write_bytes(GOOD.encode() + '{"id": "a", "text": "Café"}'.encode("latin-1"))
    with pytest.raises(EvaluationError, match=r"corpus\.jsonl:2: not UTF-8"):
        read_set(folder)
    with pytest.raises(EvaluationError, match="nowhere: no such folder"):
        read_set(tmp_path / "nowhere")
    with pytest.raises(EvaluationError, match=r"nowhere.corpus\.jsonl: cannot be read"):
        read_set(make_set(), corpus=[tmp_path / "nowhere"])
