"""Makes index/embed/e5_reader.npz: what the bundled model learns to read a question and a sentence together.

    python -m tests.bench.fit_reader CASES [--epochs 2] [--report] [--write] [--limit N] [--file FILE]

CASES is what `python -m tests.bench.fit_weights EVAL_DATA INDEX_FOLDERS --keep=CASES` keeps. The upper half of the
layers, and a linear head over the mean of their last states, learn from its fitted half; the lower layers stay as they
are. A question chooses among its sentences and "none of them", which scores 0 (softmax). `torch_reader.write` tells
what the file holds.

At the end, and alone with `--report`, the stored file is judged by the other half: the AUROC of being answerable, of
the present confidence and of a logistic regression over it and the reader, as it reads in the product. `--write` fits
that on all of the other half and stores it in index/weights.json: what the reader has learnt from it knows too well.
Another file needs other ranges (tests/bench/fit_ranges.py --reader) and another READER in index/embed/e5_model.py.
`--limit` takes only so many cases, and `--file` names another file, for a quick try. Needs PyTorch.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import random
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from index import features
from index.closereading import read_best
from index.embed.e5 import E5Embedder
from index.embed.e5_model import ensure_model
from index.embed.e5_reader import WEIGHTS, pair_of
from index.embed.e5_tokens import Vocabulary
from index.embed.e5_weights import find_weights, read_weights
from index.features import CONFIDENCE_FEATURES, READING, weights
from index.settings import Settings
from index.wording import SENTENCE_FEATURES
from tests.bench.fit_weights import (
    FILES,
    PARTNER_WEIGHT,
    PARTNERS,
    Case,
    auroc,
    confidence_rows,
    fit_confidence,
    hashed,
)
from tests.bench.torch_reader import Pair, Reader, write

WRITTEN = tuple(FILES)  # in chat's spelling, for this project
CANDIDATES = 5  # best sentences of a question to learn from
MOST = 7  # with right ones that are not among the best
BATCH = 16  # questions
NEARBY = 20  # batches made of the same questions, put in order of their length
RATE, HEAD_RATE, DECAY = 1e-4, 1e-3, 0.01
WARM_UP = 60  # batches
DROPOUT = 0.1
LONGEST_GRADIENT = 1.0
AT_ONCE = 64  # pairs that are read without learning
SEED = 3

OFF_TOPIC = "offtopic-dev"
# Those of fit_weights.report, less the set of which every question fits, and one of this project.
AGAINST = (
    ("idkmrc-dev/idkmrc", "idkmrc-dev/idkmrc"),
    ("facqa-dev/facqa", "facqa-dev/facqa"),
    ("facqa-dev/facqa", "offtopic-dev/facqa"),
    ("facqa-dev/facqa", "offtopic-dev/news"),
    ("xsquad-dev/xsquad", "xsquad-dev/xsquad"),
    ("news-questions-held/news", "news-questions-held/news"),
)


@dataclass(frozen=True, slots=True)
class Lesson:
    """A question with some of its sentences."""

    pairs: list[Pair]
    right: list[bool]

    @property
    def length(self) -> int:
        return max(map(len, self.pairs))


def kept_cases(path: Path) -> list[Case]:
    """Those with a sentence to read."""
    # fit_weights was the main module when it kept them.
    sys.modules["__main__"].Case = Case
    return [c for c in pickle.loads(path.read_bytes()) if c.candidates]


def best(c: Case, count: int) -> list[int]:
    return np.argsort(-(c.sentences @ weights("sentence", SENTENCE_FEATURES)))[:count].tolist()


def pairs(some: list[Case], chosen: list[list[int]], vocabulary: Vocabulary) -> list[list[Pair]]:
    """Of each case, its question with each of the chosen sentences."""
    texts = {c.question.text: None for c in some}
    texts |= {c.candidates[i].text: None for c, these in zip(some, chosen, strict=True) for i in these}
    ids = dict(zip(texts, vocabulary.encode(list(texts)), strict=True))

    return [
        [tuple(pair_of(ids[c.question.text], ids[c.candidates[i].text])) for i in these]
        for c, these in zip(some, chosen, strict=True)
    ]


def typed(question: str) -> str:
    """As people type it in a chat."""
    return question.lower().rstrip(" ?.")


def as_in_chat(some: list[Case]) -> list[Case]:
    """Every other question typed as in a chat, but for those that were written so."""
    return [
        replace(c, question=replace(c.question, text=typed(c.question.text)))
        if hashed(c.question.text) // 2 % 2 and not c.of.startswith(WRITTEN)
        else c
        for c in some
    ]


def lessons(some: list[Case], vocabulary: Vocabulary) -> list[Lesson]:
    rights = [(c.right > 0) & c.answerable for c in some]
    chosen = []
    for c, right in zip(some, rights, strict=True):
        first = best(c, CANDIDATES)
        others = [i for i in np.flatnonzero(right).tolist() if i not in first]
        chosen.append(first + others[: MOST - CANDIDATES])
    found = pairs(some, chosen, vocabulary)
    return [Lesson(p, right[these].tolist()) for p, right, these in zip(found, rights, chosen, strict=True)]


def batches(some: list[Lesson], choice: random.Random) -> list[list[Lesson]]:
    """In random order, with lessons of about the same length together."""
    mixed = choice.sample(some, len(some))
    result = []
    for start in range(0, len(mixed), BATCH * NEARBY):
        near = sorted(mixed[start : start + BATCH * NEARBY], key=lambda lesson: lesson.length)
        result += [near[i : i + BATCH] for i in range(0, len(near), BATCH)]
    choice.shuffle(result)
    return result


def by_length(some: Iterable[Pair]) -> list[list[Pair]]:
    """Each pair once, those of about the same length together."""
    ordered = sorted(set(some), key=lambda pair: (len(pair), pair))
    return [ordered[i : i + AT_ONCE] for i in range(0, len(ordered), AT_ONCE)]


def loss(scores: torch.Tensor, some: list[Lesson]) -> torch.Tensor:
    parts = []
    for own, lesson in zip(scores.split([len(lesson.pairs) for lesson in some]), some, strict=True):
        choices = torch.cat([own, torch.zeros(1)])  # the last is "none of them"
        right = torch.tensor([*lesson.right, not any(lesson.right)])
        parts.append(choices.logsumexp(0) - choices[right].logsumexp(0))
    return torch.stack(parts).mean()


def learn(reader: Reader, some: list[Lesson], epochs: int) -> None:
    states: dict[Pair, torch.Tensor] = {}
    for part in by_length(pair for lesson in some for pair in lesson.pairs):
        states |= zip(part, reader.lower(part), strict=True)
    body, head = list(reader.body.values()), list(reader.head.values())
    optimizer = torch.optim.AdamW([{"params": body, "lr": RATE}, {"params": head, "lr": HEAD_RATE}], weight_decay=DECAY)
    choice = random.Random(SEED)
    course = [batch for _ in range(epochs) for batch in batches(some, choice)]
    rate = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda n: min(1, n / WARM_UP) * (1 - n / len(course)))
    losses = []
    for n, batch in enumerate(course, 1):
        lost = loss(reader.upper([states[p] for lesson in batch for p in lesson.pairs], DROPOUT), batch)
        optimizer.zero_grad()
        lost.backward()
        torch.nn.utils.clip_grad_norm_(body + head, LONGEST_GRADIENT)
        optimizer.step()
        rate.step()
        losses.append(lost.item())
        if n % 40 == 0 or n == len(course):
            print(f"batch {n} of {len(course)}: loss {np.mean(losses[-40:]):.4f}", file=sys.stderr, flush=True)  # noqa: T201


def evidence(some: list[Case], embedder: E5Embedder) -> tuple[np.ndarray, np.ndarray]:
    """Shape (cases, READING): what the confidence is made of. Shape (cases,): how much of the question is there."""
    w = weights("sentence", SENTENCE_FEATURES)
    rows = confidence_rows(some, w)[0]
    alone = rows @ weights("confidence", CONFIDENCE_FEATURES)
    read = [read_best(c.question, c.candidates, c.sentences @ w, embedder)[1] for c in some]
    return np.stack([alone, np.array(read), np.ones(len(some))], axis=1), features.there(rows)


def fitted(x: np.ndarray, of: np.ndarray, answerable: np.ndarray) -> np.ndarray:
    """Each set counts alike, the answerable ones and the others half each.

    Then moved until as many questions off the topic are answered as without reading, which are few: the share of
    answerable ones that the evidence was fitted for would have it answer more of everything.
    """
    weight = np.zeros(len(x))
    for state in (0.0, 1.0):
        sets = set(of[answerable == state])
        for name in sets:
            own = (of == name) & (answerable == state)
            weight[own] = 0.5 / len(sets) / own.sum()
    v = fit_confidence(x, answerable, weight * len(x))
    off = x[np.char.startswith(of, OFF_TOPIC)]
    v[2] -= np.quantile(off @ v, (off[:, 0] <= 0).mean())
    return v


def report(x: np.ndarray, there: np.ndarray, of: np.ndarray, answerable: np.ndarray, halves: np.ndarray) -> None:
    """Each half of the cases is told of with what the other one fits."""
    for half in (0, 1):
        told = halves == half
        v = fitted(x[~told], of[~told], answerable[~told])
        print(f"half {half}: {dict(zip(READING, v.round(3).tolist(), strict=True))}")  # noqa: T201
        odds = features.odds_after_reading(x[:, 0], x[:, 1], there, v)
        for pos, neg in AGAINST:
            negative, positive = told & (of == neg) & (answerable == 0), told & (of == pos) & (answerable == 1)
            values = [auroc(score[negative], score[positive]) for score in (x[:, 0], odds)]
            shown = [
                f"{(score[positive] > 0).mean():.3f} and {(score[negative] > 0).mean():.3f}"
                for score in (x[:, 0], odds)
            ]
            print(  # noqa: T201
                f"{pos} against {neg} ({positive.sum()}, {negative.sum()}): AUROC {values[0]:.4f}, with the reader"
                f" {values[1]:.4f}; answered at 0.5 {shown[0]}, with the reader {shown[1]}",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("cases", type=Path)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--report", action="store_true")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--file", type=Path, default=WEIGHTS)
    given = parser.parse_args()
    found = kept_cases(given.cases)
    if given.limit:
        found = random.Random(SEED).sample(found, min(given.limit, len(found)))
    torch.manual_seed(SEED)
    torch.use_deterministic_algorithms(True)
    cache = Settings.from_env(dict(os.environ)).cache
    if not given.report:
        reader = Reader(read_weights(find_weights()))
        own = [c for c in found if c.fits]
        own += [c for c in own if c.of.startswith(PARTNERS)] * (PARTNER_WEIGHT - 1)
        learn(reader, lessons(as_in_chat(own), Vocabulary(ensure_model(cache))), given.epochs)
        write(reader, given.file)
        return
    others = [c for c in found if not c.fits]
    of, answerable = np.array([c.of for c in others]), np.array([float(c.answerable) for c in others])
    x, there = evidence(others, E5Embedder(cache))
    report(x, there, of, answerable, np.array([hashed(c.question.text) % 2 for c in others]))
    if given.write:
        stored = json.loads(features.WEIGHTS.read_text(encoding="utf-8"))
        stored["reading"] = dict(zip(READING, fitted(x, of, answerable).round(4).tolist(), strict=True))
        features.WEIGHTS.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
