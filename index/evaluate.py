"""How good the answers are, measured on a set of articles and questions whose answers are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from types import MappingProxyType
from typing import Protocol

from index import metrics
from index.evalreport import DEPTH, report
from index.evalrun import Run, Tried
from index.evalset import Document, EvalSet, Query, read_set
from index.types import Article, Hit, Language, Progress, Quote

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
    - served: what readers get at the operating point; see `index.evalreport.served`.
    - intervals: of the figures above, 95 %; see `index.bootstrap`. Those of refusal are called "refusal.auroc" …
    - calibration, risk: what the confidence is worth; see `index.calibration`.
    - by_language, by_pair, by_kind, by_type: some of them by the question's language, by language of question and
      passages ("en->id"), by what the set calls its kind, by what it asks for; each where there are several.

    See read_set for `corpus`, `limit`, `queries` and the errors raised.
    """
    return report(run_set(system, read_set(folder, corpus=corpus, limit=limit, queries=queries), progress=progress))


def run_set(
    system: System,
    chosen: EvalSet,
    *,
    about: Mapping[str, object] = MappingProxyType({}),
    progress: Progress = lambda what, done, total: None,
) -> Run:
    """Fill an empty system with a set's articles and ask its questions. `about`: what else to remember of the run."""
    total = len(chosen.documents)
    progress("ingest", 0, total)
    started = perf_counter()
    article_ids = system.ingest([document.article for document in chosen.documents])
    seconds = perf_counter() - started
    progress("ingest", total, total)
    # Of several documents that became one article, the first one names it.
    names: dict[int, Document] = {}
    for document, number in zip(chosen.documents, article_ids, strict=True):
        names.setdefault(number, document)
    numbers = {document.id: number for document, number in zip(chosen.documents, article_ids, strict=True)}
    tried = []
    for done, query in enumerate(chosen.queries, start=1):
        tried.append(_try(system, query, numbers, names))
        progress("ask", done, len(chosen.queries))
    return Run(
        {**about, "articles": total, "checksum": chosen.checksum},
        tuple(tried),
        articles_per_s=total / seconds,
        chunks_per_s=system.chunk_count() / seconds,
    )


def holds_answer(quotes: Sequence[Quote], answers: Sequence[str]) -> bool:
    """Whether one of the answers stands in the first QUOTE_WINDOW characters of a quote; case and white space aside."""
    shown = [_folded(quote.text[:QUOTE_WINDOW]) for quote in quotes]
    return any(_folded(answer) in text for answer in answers for text in shown)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _try(system: System, query: Query, numbers: Mapping[str, int], names: Mapping[int, Document]) -> Tried:
    started = perf_counter()
    trial = system.try_question(query.text, None)
    seconds = perf_counter() - started
    ranked = tuple(dict.fromkeys(hit.article_id for hit in trial.hits))
    relevant = frozenset(numbers[name] for name in query.relevant)
    held = (n for n, quote in enumerate(trial.quotes, start=1) if holds_answer([quote], query.answers))
    return Tried(
        id=query.id,
        text=query.text,
        lang=query.lang,
        kind=query.kind,
        answers=query.answers,
        answerable=query.answerable,
        relevant=tuple(sorted(query.relevant)),
        passage_langs=tuple(sorted({names[number].article.language for number in relevant})),
        ranks=tuple(place for place, number in enumerate(ranked, start=1) if number in relevant),
        ndcg=metrics.ndcg_at(ranked, relevant, DEPTH) if query.answerable else None,
        hit=next(held, None),
        confidence=trial.confidence,
        answered=trial.answerable,
        quote=trial.quotes[0].text if trial.quotes else "",
        quoted=names[trial.quotes[0].article_id].id if trial.quotes else "",
        quote_chars=tuple(len(quote.text) for quote in trial.quotes),
        ms=1000 * seconds,
    )
