"""Makes index/ranking.json: how much each signal counts in the second look at the best chunks.

    python -m tests.bench.ranking EVAL_DATA INDEX_FOLDERS [--keep FILE] [--without SIGNAL …] [--each] [--write]

INDEX_FOLDERS holds ready data folders facqa, xsquad and idkmrc. Softmax regression over the best chunks of each
answerable question, those of its articles being right (listwise, Cao et al., 2007), by Newton's method. Two halves of
the questions, told by a hash of their ids: the first fits, the second is reported, as recall@10 / MRR@10 of articles.
`--keep` stores what was worked out of the questions and reads it the next time; `--without` leaves signals out, and
`--each` tells what is left when any one is.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import pickle
import random
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from index import ranking, retrieve
from index.features import relation_of
from index.language import detect
from index.pipeline import Warta
from index.ranking import RANKING_FEATURES, SIGNALS, WEIGHTS
from index.settings import Settings
from index.types import Filters

SETS = (
    ("facqa", "facqa-dev", "queries.jsonl", "qrels.tsv"),
    ("xsquad", "xsquad-dev", "queries.jsonl", "qrels.tsv"),
    ("xsquad", "xsquad-dev", "queries-same-language.jsonl", "qrels-same-language.tsv"),
    ("idkmrc", "idkmrc-dev", "queries.jsonl", "qrels.tsv"),
)
NAMES = ("facqa", "across languages", "same language", "idkmrc")
# In a mixed corpus people find the answer a little more often in their own language. Without the questions of the
# same language, the fit would learn that the answer always stands in the other one.
SHARE = dict(zip(NAMES, (1.0, 0.4, 0.6, 1.0), strict=True))
RIDGE = 1e-3
ROUNDS = 20
DEPTH = 10


@dataclass
class Case:
    of: str
    fits: bool  # belongs to the fitted half
    x: np.ndarray
    right: np.ndarray
    articles: list[int]
    fused: np.ndarray


def in_fitted_half(query_id: str) -> bool:
    return int(hashlib.md5(query_id.encode()).hexdigest(), 16) % 2 == 0


def read_questions(eval_data: Path, name: str, file: str, qrels: str, warta: Warta) -> list[tuple[dict, set[int]]]:
    """Answerable questions, each with the articles that answer it."""
    numbers = {key.rpartition("#")[2]: i for i, key in warta.store.read("select id, key from articles")}
    relevant: dict[str, set[int]] = {}
    for line in (eval_data / name / qrels).read_text(encoding="utf-8").splitlines():
        query, document = line.split("\t")[:2]
        relevant.setdefault(query, set()).add(numbers[document])
    queries = [json.loads(line) for line in (eval_data / name / file).read_text(encoding="utf-8").splitlines()]
    return [(q, relevant[q["id"]]) for q in queries if q["answerable"]]


def cases(eval_data: Path, folders: Path) -> list[Case]:
    result = []
    for of, (folder, name, file, qrels) in zip(NAMES, SETS, strict=True):
        with Warta(Settings.from_env({"WARTA_DATA": str(folders / folder)})) as warta:
            queries = read_questions(eval_data, name, file, qrels, warta)
            if "same" in file:
                queries = random.Random(1).sample(queries, len(queries) // 2)
            warta.live.refresh(warta.store)
            result += [case(of, q, relevant, warta) for q, relevant in queries]
        print(of, len(queries), file=sys.stderr, flush=True)  # noqa: T201
    return result


def case(of: str, q: dict, relevant: set[int], warta: Warta) -> Case:
    """Asks as the product does, and listens to what is ranked."""
    kept = {}

    def listening(fused: dict, x: np.ndarray) -> dict:
        kept.update(fused=fused, x=x)
        return ranking.reranked(fused, x)

    rest = relation_of(q["text"])
    relation = warta.query_vector(rest) if rest else None
    language = detect(q["text"], "id")
    retrieve.reranked = listening
    with warta.live.current(warta.store) as held:
        retrieve.retrieve(
            q["text"],
            language,
            warta.query_vector(q["text"]),
            warta.store,
            held.dense,
            Filters(),
            1,
            held.words,
            relation,
        )
    article = warta.store.articles_of(kept["fused"])
    articles = [article[i] for i in kept["fused"]]
    right = np.array([a in relevant for a in articles], float)
    return Case(of, in_fitted_half(q["id"]), kept["x"], right, articles, np.array(list(kept["fused"].values())))


def fit(some: list[Case], columns: list[int]) -> np.ndarray:
    """Weights of the columns; the others stay 0."""
    use = [c for c in some if c.right.any()]
    counts = {name: sum(c.of == name for c in use) for name in NAMES}
    spread = np.concatenate([c.x[:, columns] for c in use]).std(axis=0) + 1e-9
    w = np.zeros(len(columns))
    for _ in range(ROUNDS):
        ridge = RIDGE * sum(SHARE.values())
        gradient, hessian = ridge * w, ridge * np.eye(len(w))
        for c in use:
            x = c.x[:, columns] / spread
            s = x @ w
            p = np.exp(s - s.max())
            p /= p.sum()
            r = p * c.right
            r /= r.sum()
            mean = p @ x
            share = SHARE[c.of] / counts[c.of]
            gradient += share * (mean - r @ x)
            hessian += share * ((x.T * p) @ x - np.outer(mean, mean))
        step = np.linalg.solve(hessian, gradient)
        w -= step * min(1.0, 3 / np.abs(step).max())
        if np.abs(step).max() < 1e-5:
            break
    whole = np.zeros(len(RANKING_FEATURES))
    whole[columns] = w / spread
    return whole


def scale(some: list[Case], w: np.ndarray) -> float:
    """What makes the median distance of the best and the fourth chunk that of the fused scores."""
    fused = [np.sort(c.fused)[-1] - np.sort(c.fused)[-4] for c in some]
    learnt = [np.sort(c.x @ w)[-1] - np.sort(c.x @ w)[-4] for c in some]
    return float(np.median(fused) / np.median(learnt))


def rank(c: Case, scores: np.ndarray) -> int | None:
    order = [c.articles[i] for i in np.argsort(-scores, kind="stable")]
    best = {c.articles[i] for i in np.flatnonzero(c.right)}
    return next((n for n, a in enumerate(dict.fromkeys(order), 1) if a in best), None)


def report(name: str, some: list[Case], w: np.ndarray | None) -> None:
    parts = []
    for of in NAMES:
        ranks = [rank(c, c.fused if w is None else c.x @ w) for c in some if c.of == of]
        gains = np.array([1 / r if r and r <= DEPTH else 0.0 for r in ranks])
        parts.append(
            f"{of} {np.mean(gains > 0):.4f} / {gains.mean():.4f} ± {1.96 * gains.std() / len(gains) ** 0.5:.3f}"
        )
    print(f"{name:26}", " | ".join(parts), flush=True)  # noqa: T201


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("eval_data", type=Path)
    parser.add_argument("folders", type=Path)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--without", nargs="*", default=[], choices=[*SIGNALS, "cross", "agreement"])
    parser.add_argument("--each", action="store_true")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    if given.keep and given.keep.is_file():
        found = [Case(**c) for c in pickle.loads(given.keep.read_bytes())]
    else:
        found = cases(given.eval_data, given.folders)
        if given.keep:
            given.keep.write_bytes(pickle.dumps([vars(c) for c in found]))
    fitted, held = [c for c in found if c.fits], [c for c in found if not c.fits]

    def columns(without: list[str]) -> list[int]:
        gone = {f"{name}{side}" for name in without for side in ("_same", "_cross", "")}
        return [i for i, name in enumerate(RANKING_FEATURES) if name not in gone]

    w = fit(fitted, columns(given.without))
    w *= scale(fitted, w)
    report("fused, fitted half", fitted, None)
    report("ranked, fitted half", fitted, w)
    report("fused, held half", held, None)
    report("ranked, held half", held, w)
    if given.each:
        for name in (*SIGNALS, "cross", "agreement"):
            report(f"without {name}", held, fit(fitted, columns([*given.without, name])))
    print(dict(zip(RANKING_FEATURES, w.round(3).tolist(), strict=True)))  # noqa: T201
    if given.write:
        stored = {
            "provenance": "tests/bench/ranking.py; half of facqa-dev, xsquad-dev and idkmrc-dev, by a hash of the id; "
            f"{len(fitted)} questions, {datetime.now(UTC):%Y-%m-%d}",
            "weights": dict(zip(RANKING_FEATURES, w.round(4).tolist(), strict=True)),
        }
        WEIGHTS.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
