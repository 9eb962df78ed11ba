# ruff: noqa: T201
"""How well new articles are matched with standing questions: on tests/eval/standing.

    python -m tests.bench.standing [--fit] [--data FOLDER] [--sets fit,held]

Needs WARTA_EVAL_DATA (news-dev) and the bundled model. Articles are news-dev and the samples; storing them takes
minutes, so `--data` keeps the folder. `--fit` fits the weights on fit.jsonl, each question beside its translation, and
tells what they do to questions that they were not fitted on.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index import standing
from index.lexical import LexicalSearch
from index.pipeline import Warta
from index.seen import Seen, seen
from index.settings import Settings
from index.standing import EVIDENCE, SURE, Standing, StandingQuestions

HERE = Path(__file__).resolve().parents[1] / "eval" / "standing"
EVAL = Path(os.environ.get("WARTA_EVAL_DATA", Path(__file__).resolve().parents[3] / "shared" / "eval"))
SAMPLES = Path(standing.__file__).with_name("samples") / "articles.jsonl"
PENALTY = 1.0
PRECISION = 0.70
"""SURE is the lowest threshold that holds it on questions that were not fitted on."""
WATCHED = 60
"""Questions that the cost is measured with."""
Rows = NDArray[np.float64]
Marks = NDArray[np.bool_]


@dataclass(frozen=True)
class Asked:
    """A question with its labels, one for each article."""

    id: str
    question: Standing
    relevant: Marks
    scored: Marks
    """Not where people could call it either way."""


def asked(rows: Sequence[dict], warta: Warta, names: Sequence[str], field: str = "text") -> list[Asked]:
    made = []
    for row in rows:
        relevant, borderline = (np.array([name in row[key] for name in names]) for key in ("relevant", "borderline"))
        made.append(Asked(row["id"], standing.standing(row[field], warta.query_vector), relevant, ~borderline))
    return made


def made_ready(questions: Sequence[Standing], warta: Warta) -> StandingQuestions:
    with warta.live.current(warta.store) as held:
        assert held is not None
        return StandingQuestions(questions, held.dense, LexicalSearch(warta.store, held.words).idf)


def evidence(some: Sequence[Asked], articles: Sequence[Seen], warta: Warta) -> Rows:
    """Shape (questions, articles, EVIDENCE)."""
    ready = made_ready([one.question for one in some], warta)
    return np.stack([ready.evidence(article) for article in articles], axis=1)


def fitted(x: Rows, y: Rows) -> tuple[Rows, float]:
    """Logistic regression by Newton's method with halved steps, on standardised figures."""
    mean, deviation = x.mean(0), x.std(0) + 1e-9
    z, penalty = np.column_stack([(x - mean) / deviation, np.ones(len(x))]), np.array([PENALTY] * x.shape[1] + [0.0])
    w = np.zeros(z.shape[1])
    w[-1] = np.log(y.mean() / (1 - y.mean()))

    def loss(w: Rows) -> float:
        odds = z @ w
        return float(np.logaddexp(0, odds).sum() - odds @ y + 0.5 * (penalty * w * w).sum())

    for _ in range(50):
        p = 1 / (1 + np.exp(-z @ w))
        gradient = z.T @ (p - y) + penalty * w
        step = np.linalg.solve((z * (p * (1 - p))[:, None]).T @ z + np.diag(penalty), gradient)
        size, before = 1.0, loss(w)
        while size > 1e-4 and loss(w - size * step) > before:
            size /= 2
        w = w - size * step
        if before - loss(w) < 1e-7 * before:
            break
    weights = w[:-1] / deviation
    return weights, float(w[-1] - weights @ mean)


def left_out(x: Rows, some: Sequence[Asked]) -> Rows:
    """Each question's log odds by weights that neither it nor its translation was part of."""
    odds = np.zeros(x.shape[:2])
    for name in {one.id for one in some}:
        mine = np.array([one.id == name for one in some])
        rows, labels = _rows(x[~mine], [one for one in some if one.id != name])
        weights, constant = fitted(rows, labels)
        odds[mine] = x[mine] @ weights + constant
    return odds


def _rows(x: Rows, some: Sequence[Asked]) -> tuple[Rows, Rows]:
    scored = np.array([one.scored for one in some])
    return x[scored], np.array([one.relevant for one in some])[scored].astype(float)


def threshold(odds: Rows, some: Sequence[Asked]) -> float:
    scored = np.array([one.scored for one in some])
    values, right = odds[scored], np.array([one.relevant for one in some])[scored]
    order = np.argsort(-values)
    precision = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    return float(values[order][np.flatnonzero(precision >= PRECISION)[-1]])


def report(name: str, odds: Rows, some: Sequence[Asked], cross: Marks, sure: float) -> None:
    """A table; `odds`, `cross`: shape (questions, articles)."""
    print(f"{name:<22}questions  relevant  alerts  precision  recall  macro P  macro R  average precision")
    languages = np.array([one.question.language for one in some])
    whole = np.ones(cross.shape, np.bool_)
    for part, chosen in (
        ("all", whole), ("asked in Indonesian", whole & (languages == "id")[:, None]),
        ("asked in English", whole & (languages == "en")[:, None]), ("same language", ~cross), ("across", cross),
    ):  # fmt: skip
        counted = chosen & np.array([one.scored for one in some])
        relevant, rings = np.array([one.relevant for one in some]) & counted, (odds >= sure) & counted
        hits, wanted, rung = (a.sum(axis=1) for a in (relevant & rings, relevant, rings))
        order = np.argsort(-odds[counted])
        right = relevant[counted][order]
        average = (np.cumsum(right) / np.arange(1, len(right) + 1))[right].mean() if right.any() else 0.0
        print(
            f"  {part:<20}{int(counted.any(axis=1).sum()):>9}{wanted.sum():>10}{rung.sum():>8}"
            f"{hits.sum() / max(1, rung.sum()):>11.3f}{hits.sum() / max(1, wanted.sum()):>8.3f}"
            f"{_mean(hits, rung):>9.3f}{_mean(hits, wanted):>9.3f}{average:>19.3f}"
        )


def _mean(hits: NDArray[np.int64], of: NDArray[np.int64]) -> float:
    return float((hits[of > 0] / of[of > 0]).mean()) if (of > 0).any() else 0.0


def cost(some: Sequence[Asked], warta: Warta, ids: Sequence[int]) -> None:
    questions = ([one.question for one in some] * WATCHED)[:WATCHED]
    ready = made_ready(questions, warta)
    started = time.perf_counter()
    articles = [one for number in ids for one in seen(warta.store, [number], warta.engine.fingerprint)]
    read = time.perf_counter()
    for article in articles:
        ready.probabilities(article)
    done = time.perf_counter()
    print(
        f"{len(questions)} questions, {len(articles)} articles one by one: reading {(read - started) / len(ids):.2e} s,"
        f" probabilities {(done - read) / len(ids):.2e} s an article"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fit", action="store_true", help="write weights fitted on fit.jsonl, and print SURE")
    parser.add_argument("--data", type=Path, help="data folder to keep")
    parser.add_argument("--sets", default="fit", help="sets to measure: fit, held")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.from_env(os.environ, arguments.data or Path(folder))
        with Warta(settings) as warta:
            if not warta.store.article_ids():
                print(sum(1 for _ in warta.add([str(EVAL / "news-dev" / "corpus.jsonl"), str(SAMPLES)])), "read")
            ids = warta.store.article_ids()
            articles = seen(warta.store, ids, warta.engine.fingerprint)
            names = [one.article.location.partition("#")[2] for one in articles]
            of = np.array([one.article.language for one in articles])
            for name in ["fit"] * arguments.fit + arguments.sets.split(","):
                rows = [json.loads(line) for line in (HERE / f"{name}.jsonl").read_text("utf-8").splitlines()]
                some = asked(rows, warta, names)
                if arguments.fit and name == "fit":
                    some += asked(rows, warta, names, "translation")
                x = evidence(some, articles, warta)
                cross = np.array([one.question.language for one in some])[:, None] != of
                if arguments.fit and name == "fit":
                    odds = left_out(x, some)
                    sure = threshold(odds, some)
                    report("fit, left out", odds, some, cross, sure)
                    weights, constant = fitted(*_rows(x, some))
                    keep(weights, constant)
                    print(f"SURE = {1 / (1 + np.exp(-sure)):.3f}", dict(zip(EVIDENCE, weights.round(3), strict=True)))
                    arguments.fit = False
                    continue
                weights, constant = standing._weights()
                report(name, x @ weights + constant, some, cross, float(np.log(SURE / (1 - SURE))))
            cost(some, warta, ids[:500])


def keep(weights: Rows, constant: float) -> None:
    stored = json.loads(standing.MODEL.read_text("utf-8"))
    stored["provenance"] = "tests/bench/standing.py --fit; tests/eval/standing/fit.jsonl and its translations"
    stored["weights"] = dict(zip((*EVIDENCE, "one"), [*weights.round(4).tolist(), round(constant, 4)], strict=True))
    standing.MODEL.write_text(json.dumps(stored, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    standing._model.cache_clear()
    standing._weights.cache_clear()


if __name__ == "__main__":
    main()
