"""Makes index/weights.json: how much each feature counts for a sentence, and for answering at all.

    python -m tests.bench.fit_weights EVAL_DATA INDEX_FOLDERS [--write] [--keep=CASES]

INDEX_FOLDERS holds ready data folders facqa, xsquad, idkmrc and news. Two halves of the questions of each development
set, told by a hash of their ids: the first fits, the second is reported. The first two files of
tests/eval/partner-questions-fit fit as a whole, and are reported by four folds of their articles; what else was written
for the reader (tests/bench/fit_reader.py) is only kept for it. Sentences: softmax regression over the sentences of a
question. Confidence: logistic regression on whether there is an answer, each set and each class weighing alike,
adversarial questions half.
"""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import random
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index import features, quotable, wording
from index.features import CONFIDENCE_FEATURES, WEIGHTS
from index.language import detect
from index.pipeline import Warta
from index.retrieve import retrieve
from index.search import HITS
from index.settings import Settings
from index.types import Filters
from index.wording import SENTENCE_FEATURES

PARTNERS = "partner-questions-fit"
OWN = Path(__file__).resolve().parent.parent / "eval"
FILES = {
    PARTNERS: (f"{PARTNERS}/queries.jsonl", f"{PARTNERS}/queries-2.jsonl"),
    f"{PARTNERS}-3": (f"{PARTNERS}/queries-3.jsonl",),
    "news-questions-fit": ("news-questions-fit/queries.jsonl",),
    "news-questions-held": ("news-questions-held/queries.jsonl",),
}
"""Of the sets that were written for this project, below `OWN`."""
FITTED = (PARTNERS, f"{PARTNERS}-3", "news-questions-fit")  # as a whole
READERS = (f"{PARTNERS}-3", "news-questions-fit", "news-questions-held")
"""Only for fit_reader: the weights that are fitted here gained nothing from them."""
FOLDS = 4

SETS = (
    ("facqa", "facqa-dev", 2100),
    ("xsquad", "xsquad-dev", 2400),
    ("idkmrc", "idkmrc-dev", 3600),
    ("news", "offtopic-dev", 600),
    ("facqa", "offtopic-dev", 300),
    *(("news", name, 1000) for name in FILES),
)
RIDGE, CONFIDENCE_RIDGE = 1e-3, 1e-4
PARTNER_WEIGHT = 2  # its sentences weigh double: they are what the product is for
# Written to be mistaken for answerable ones; people ask few of those.
ADVERSARIAL = {"idkmrc-dev/idkmrc/False": 0.5, "xsquad-dev/xsquad/False": 0.5}
ANSWERABLE = 0.7  # share of real questions that are assumed to have an answer; the fit weighs both kinds alike


@dataclass
class Case:
    of: str
    lang: str
    fits: bool  # belongs to the fitted half, or is of FITTED
    fold: int
    answerable: bool
    rows: list
    sentences: np.ndarray
    right: np.ndarray
    found: object
    question: features.Question
    candidates: list
    has_answer: bool


def hashed(text: str) -> int:
    return int(hashlib.md5(text.encode()).hexdigest(), 16)


def collapse(text: str) -> str:
    return " ".join(text.casefold().split())


def cases(eval_data: Path, folders: Path) -> list[Case]:
    result = []
    for folder, name, count in SETS:
        if not (folders / folder / "warta.db").is_file():
            continue
        warta = Warta(Settings.from_env({**os.environ, "WARTA_DATA": str(folders / folder)}))
        files = [OWN / file for file in FILES[name]] if name in FILES else [eval_data / name / "queries.jsonl"]
        queries = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
        if folder == "xsquad":
            same = (eval_data / name / "queries-same-language.jsonl").read_text(encoding="utf-8").splitlines()
            extra = [json.loads(line) for line in same]
            queries += [{**q, "id": q["id"] + "-same"} for q in random.Random(1).sample(extra, len(extra) // 3)]
        queries = random.Random(0).sample(queries, min(count, len(queries)))
        warta.live.refresh(warta.store)
        for q in queries:
            language = detect(q["text"], "id")
            vector = warta.embedder.embed_query(q["text"])
            rest = features.relation_of(q["text"])
            relation = warta.embedder.embed_query(rest) if rest else None
            found = retrieve(
                q["text"], language, vector, warta.store, warta.live.dense, Filters(), HITS, relation=relation
            )
            question = features.take_apart(q["text"], language, found.terms)
            ids = [h.article_id for h in found.hits[: quotable.PASSAGES]]
            articles = warta.store.articles(dict.fromkeys(ids))
            candidates = quotable.candidates_of(
                found, articles, warta.store, warta.live.dense.background, warta.engine.fingerprint, relation
            )
            expected = [collapse(a) for a in q["answers"]]
            right = np.array([any(a in collapse(c.text)[:300] for a in expected) for c in candidates], float)
            half = hashed(q["id"].replace("-same", "")) % 2 == 0
            rows = wording.feature_rows(question, candidates, found.hits)
            result.append(
                Case(
                    f"{name}/{folder}",
                    q["lang"],
                    name in FITTED if name in FILES else half,
                    hashed(str(found.hits[0].article_id)) % FOLDS if found.hits else 0,
                    q["answerable"],
                    rows,
                    wording.feature_matrix(rows),
                    right,
                    found,
                    question,
                    candidates,
                    bool(expected),
                )
            )
        print(name, folder, len(queries), file=sys.stderr, flush=True)  # noqa: T201
    return result


def fit_sentences(some: list[Case]) -> np.ndarray:
    """Softmax regression by Newton's method, over features of unit deviation."""
    use = [c for c in some if c.answerable and c.right.any()]
    use += [c for c in use if c.of.startswith(PARTNERS)] * (PARTNER_WEIGHT - 1)
    scale = np.concatenate([c.sentences for c in use]).std(0)
    scale[scale < 1e-9] = 1.0
    rows = [c.sentences / scale for c in use]
    w = np.zeros(len(scale))
    for _ in range(25):
        gradient, hessian = RIDGE * len(use) * w, RIDGE * len(use) * np.eye(len(w))
        for c, x in zip(use, rows, strict=True):
            s = x @ w
            p = np.exp(s - s.max())
            p /= p.sum()
            r = p * c.right
            r /= r.sum()
            mean, target = p @ x, r @ x
            gradient += mean - target
            hessian += (x.T * p) @ x - np.outer(mean, mean)
        step = np.linalg.solve(hessian, gradient)
        w = w - step
        if np.abs(step).max() < 1e-6:
            break
    return w / scale


def confidence_rows(some: list[Case], w: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[str]]:
    rows, labels, groups = [], [], []
    for c in some:
        if not c.candidates:
            continue
        scores = c.sentences @ w
        best = c.rows[int(np.argmax(scores))]
        rows.append(features.confidence_features(c.question, c.candidates, scores, best))
        labels.append(float(c.answerable))
        groups.append(f"{c.of}/{c.answerable}")
    counts = {g: groups.count(g) for g in groups}
    return (
        np.array(rows),
        np.array(labels),
        np.array([ADVERSARIAL.get(g, 1.0) / counts[g] for g in groups]) * len(groups) / len(counts),
        groups,
    )


def fit_confidence(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> np.ndarray:
    scale = x.std(0)
    scale[scale < 1e-9] = 1.0
    x, w = x / scale, np.zeros(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ w))
        gradient = x.T @ (weight * (p - y)) + CONFIDENCE_RIDGE * len(x) * w
        hessian = (x.T * (weight * p * (1 - p))) @ x + CONFIDENCE_RIDGE * len(x) * np.eye(len(w))
        step = np.linalg.solve(hessian, gradient)
        w = w - step
        if np.abs(step).max() < 1e-6:
            break
    return w / scale


def auroc(negative: np.ndarray, positive: np.ndarray) -> float:
    both = np.concatenate([negative, positive])
    order = both.argsort(kind="stable")
    ranks = np.empty(len(both))
    ranks[order] = np.arange(1, len(both) + 1)
    return (ranks[len(negative) :].sum() - len(positive) * (len(positive) + 1) / 2) / (len(negative) * len(positive))


def report(some: list[Case], w: np.ndarray, v: np.ndarray) -> None:
    for name in sorted({c.of for c in some}):
        for lang in ("id", "en"):
            part = [c for c in some if c.of == name and c.lang == lang and c.answerable and c.has_answer]
            if part:
                one = np.mean([c.right[np.argmax(c.sentences @ w)] if len(c.right) else 0 for c in part])
                three = np.mean([c.right[np.argsort(-(c.sentences @ w))[:3]].max(initial=0) for c in part])
                print(f"{name} {lang}: {len(part)} answer in best sentence {one:.4f}, in best three {three:.4f}")  # noqa: T201
    x, _, _, groups = confidence_rows(some, w)
    p = 1 / (1 + np.exp(-x @ v))
    by = {g: p[[i for i, h in enumerate(groups) if h == g]] for g in sorted(set(groups))}
    for g, values in by.items():
        print(f"{g}: n {len(values)}, answered at 0.5 {np.mean(values >= 0.5):.3f}")  # noqa: T201
    for pos, neg in (
        ("idkmrc-dev/idkmrc", "idkmrc-dev/idkmrc"),
        ("facqa-dev/facqa", "facqa-dev/facqa"),
        ("facqa-dev/facqa", "offtopic-dev/facqa"),
        ("facqa-dev/facqa", "offtopic-dev/news"),
        ("xsquad-dev/xsquad", "xsquad-dev/xsquad"),
        (f"{PARTNERS}/news", f"{PARTNERS}/news"),
    ):
        if not {f"{neg}/False", f"{pos}/True"} <= set(by):
            continue
        value = auroc(by[f"{neg}/False"], by[f"{pos}/True"])
        print(f"AUROC {pos} against {neg}: {value:.4f}")  # noqa: T201


def fit(some: list[Case]) -> tuple[np.ndarray, np.ndarray]:
    w = fit_sentences(some)
    x, y, weight, _ = confidence_rows(some, w)
    v = fit_confidence(x, y, weight)
    v[0] += np.log(ANSWERABLE / (1 - ANSWERABLE))
    return w, v


def main() -> None:
    kept = next((Path(a.removeprefix("--keep=")) for a in sys.argv if a.startswith("--keep=")), None)
    if kept and kept.exists():
        found = pickle.loads(kept.read_bytes())
    else:
        found = cases(Path(sys.argv[1]), Path(sys.argv[2]))
        if kept:
            kept.write_bytes(pickle.dumps(found))
    found = [c for c in found if c.of.partition("/")[0] not in READERS]
    fitted, held = [c for c in found if c.fits], [c for c in found if not c.fits]
    w, v = fit(fitted)
    print(dict(zip(SENTENCE_FEATURES, w.round(3), strict=True)))  # noqa: T201
    print(dict(zip(CONFIDENCE_FEATURES, v.round(3), strict=True)))  # noqa: T201
    report(held, w, v)
    for n in range(FOLDS):
        out = [c for c in fitted if c.of.startswith(PARTNERS) and c.fold == n]
        print(f"{PARTNERS}, fold {n}")  # noqa: T201
        report(out, *fit([c for c in fitted if not c.of.startswith(PARTNERS) or c.fold != n]))
    if "--write" in sys.argv:
        stored = json.loads(WEIGHTS.read_text(encoding="utf-8")) | {
            "provenance": "tests/bench/fit_weights.py; half of facqa-dev, xsquad-dev, idkmrc-dev, offtopic-dev; "
            "partner-questions-fit; reading: tests/bench/fit_reader.py, the other halves and news-questions-held",
            "sentence": dict(zip(SENTENCE_FEATURES, w.round(4).tolist(), strict=True)),
            "confidence": dict(zip(CONFIDENCE_FEATURES, v.round(4).tolist(), strict=True)),
        }
        WEIGHTS.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
