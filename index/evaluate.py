"""How good the answers are, measured on a set of articles and questions whose answers are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Protocol

from index import metrics
from index.evalset import Query, read_set
from index.types import Article, Hit, Language, Progress, Quote

DEPTH = 10
"""Documents of a ranking that count for MRR and nDCG."""
QUOTE_WINDOW = 300
"""Characters of a quote in which an expected answer must stand: a quoted paragraph answers nothing."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What a system made of one question."""

    hits: tuple[Hit, ...]
    """Chunks, best first, enough of them to reach DEPTH documents."""
    quotes: tuple[Quote, ...]
    """Best first; when abstaining, those that it would have shown."""
    confidence: float
    """Probability, 0 to 1, that the quotes hold the answer."""
    answerable: bool
    """False when it abstains."""


class System(Protocol):
    """What is measured: an empty index and what answers from it."""

    def ingest(self, articles: Sequence[Article]) -> list[int]:
        """Store and index all; give the article ids in the same order, one id twice for one article given twice."""
        ...

    def chunk_count(self) -> int:
        """Chunks in the index."""
        ...

    def try_question(self, question: str, language: Language | None) -> Trial:
        """Answer; with no language given, the system tells it from the question."""
        ...


@dataclass(frozen=True, slots=True)
class _Outcome:
    query: Query
    trial: Trial
    ranked: tuple[int, ...]
    relevant: frozenset[int]
    seconds: float

    @property
    def rank(self) -> int | None:
        return metrics.best_rank(self.ranked, self.relevant)

    def answer_hit(self, k: int) -> float:
        return float(holds_answer(self.trial.quotes[:k], self.query.answers))


def evaluate(
    system: System,
    folder: Path,
    *,
    corpus: Sequence[Path] = (),
    limit: int | None = None,
    queries: str = "queries.jsonl",
    progress: Progress = lambda what, done, total: None,
) -> dict[str, object]:
    """Fill an empty system with a set's articles, ask its questions, give the figures; None where one has no meaning.

    - recall@k, mrr@10, ndcg@10: of documents, over the answerable questions, whether or not the system abstained.
      A document stands where its first chunk stands. With several relevant documents the best placed one counts for
      recall (the share of questions with at least one in the first k) and MRR; nDCG counts each as 1.
    - answer_hit@k: one of the expected strings stands in the first 300 characters of one of the first k quotes (see
      holds_answer); over the answerable questions that have expected strings. It measures the quotes, so those that
      the system withheld by abstaining count as well; in answer_hit@1_served an abstained answer is a miss.
    - refusal: "unanswerable" is the positive class. AUROC is of 1 - confidence; precision, recall and F1 are of what
      the system decided. On a set without answerable questions precision is 1 however good the system is.
    - quote_chars: a quote's length, over all quotes of all questions, withheld ones included.
    - latency_ms: one question, from text to quotes. ingest: from clean articles to a searchable index.
    - by_language: some of them by the questions' language, where there are several.

    See read_set for `corpus`, `limit`, `queries` and the errors raised.
    """
    chosen = read_set(folder, corpus=corpus, limit=limit, queries=queries)
    total = len(chosen.documents)
    progress("ingest", 0, total)
    started = perf_counter()
    article_ids = system.ingest([document.article for document in chosen.documents])
    ingest_seconds = perf_counter() - started
    progress("ingest", total, total)
    numbers = {document.id: number for document, number in zip(chosen.documents, article_ids, strict=True)}
    outcomes = []
    for done, query in enumerate(chosen.queries, start=1):
        outcomes.append(_ask(system, query, numbers))
        progress("ask", done, len(chosen.queries))
    return {
        **_figures(outcomes),
        "ingest": {
            "articles_per_s": total / ingest_seconds,
            "chunks_per_s": system.chunk_count() / ingest_seconds,
        },
        **_by_language(outcomes),
    }


def holds_answer(quotes: Sequence[Quote], answers: Sequence[str]) -> bool:
    """Whether one of the answers stands in the first QUOTE_WINDOW characters of a quote; case and white space aside."""
    shown = [_folded(quote.text[:QUOTE_WINDOW]) for quote in quotes]
    return any(_folded(answer) in text for answer in answers for text in shown)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _ask(system: System, query: Query, numbers: Mapping[str, int]) -> _Outcome:
    started = perf_counter()
    trial = system.try_question(query.text, None)
    seconds = perf_counter() - started
    ranked = tuple(dict.fromkeys(hit.article_id for hit in trial.hits))
    return _Outcome(query, trial, ranked, frozenset(numbers[name] for name in query.relevant), seconds)


def _figures(outcomes: Sequence[_Outcome]) -> dict[str, object]:
    answerable = [outcome for outcome in outcomes if outcome.query.answerable]
    with_answers = [outcome for outcome in answerable if outcome.query.answers]
    ranks = [outcome.rank for outcome in answerable]
    milliseconds = [1000 * outcome.seconds for outcome in outcomes]
    return {
        "queries": len(outcomes),
        **{f"recall@{k}": metrics.recall_at(ranks, k) for k in (1, 5, 10)},
        f"mrr@{DEPTH}": metrics.mrr_at(ranks, DEPTH),
        f"ndcg@{DEPTH}": metrics.mean(metrics.ndcg_at(o.ranked, o.relevant, DEPTH) for o in answerable),
        **{f"answer_hit@{k}": metrics.mean(outcome.answer_hit(k) for outcome in with_answers) for k in (1, 3)},
        "answer_hit@1_served": metrics.mean(o.trial.answerable * o.answer_hit(1) for o in with_answers),
        "refusal": {
            "auroc": metrics.auroc(
                [1 - o.trial.confidence for o in outcomes if not o.query.answerable],
                [1 - o.trial.confidence for o in answerable],
            ),
            **metrics.precision_recall_f1(
                [not o.trial.answerable for o in outcomes], [not o.query.answerable for o in outcomes]
            ),
        },
        "quote_chars": {"mean": metrics.mean(len(quote.text) for o in outcomes for quote in o.trial.quotes)},
        "latency_ms": {"p50": metrics.percentile(milliseconds, 0.5), "p95": metrics.percentile(milliseconds, 0.95)},
    }


def _by_language(outcomes: Sequence[_Outcome]) -> dict[str, object]:
    languages = sorted({outcome.query.lang for outcome in outcomes})
    if len(languages) < 2:
        return {}
    names = ("queries", "recall@10", "mrr@10", "answer_hit@1")
    parts = {language: _figures([o for o in outcomes if o.query.lang == language]) for language in languages}
    return {"by_language": {language: {name: part[name] for name in names} for language, part in parts.items()}}
