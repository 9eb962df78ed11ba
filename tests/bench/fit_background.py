"""Makes index/background.npz: moments of passages and of single sentences by language, from the development sets.

    python -m tests.bench.fit_background EVAL_DATA

Each corpus counts alike, however large. Only one of them is in English, and of another kind of text than news; a mean
of its own would make every English news passage look near to every question. So for the others English is taken to lie
as far from Indonesian as in the one corpus that has both: their covariance, and their mean moved by that difference.
A young index leans on this until it has passages enough of its own.
"""

from __future__ import annotations

import json
import os
import random
import sys
from pathlib import Path

import numpy as np

from index.dense import BACKGROUND
from index.embed.e5 import E5Embedder
from index.passages import drafts_of
from index.settings import Settings
from index.types import Article

CORPORA = ("facqa-dev", "idkmrc-dev", "xsquad-dev", "news-dev")
BOTH = "xsquad-dev"  # the same kind of text in both languages
SAMPLE = 300  # articles of each corpus and language


def moments(embedder: E5Embedder, texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of the texts' vectors."""
    vectors = embedder.embed_passages(texts).astype(np.float64)
    return vectors.mean(axis=0), np.cov(vectors.T, bias=True)


def main(data: Path) -> None:
    embedder = E5Embedder(Settings.from_env(dict(os.environ)).cache)
    found: dict[tuple[str, str, str], tuple[np.ndarray, np.ndarray]] = {}
    for corpus in CORPORA:
        lines = (data / corpus / "corpus.jsonl").read_text(encoding="utf-8").splitlines()
        for language in ("id", "en"):
            texts = [r["text"] for r in map(json.loads, lines) if r["lang"] == language]
            if not texts:
                continue
            texts = random.Random(0).sample(texts, min(SAMPLE, len(texts)))
            passages = [p for text in texts for p in drafts_of(Article("", text, "", language=language))[1]]  # type: ignore[arg-type]
            sentences = [s for p in passages for s in p.sentences]
            sentences = random.Random(0).sample(sentences, min(4 * SAMPLE, len(sentences)))
            found["passages", corpus, language] = moments(embedder, [p.text for p in passages])
            found["sentences", corpus, language] = moments(embedder, sentences)
            print(corpus, language, len(passages), len(sentences), file=sys.stderr)  # noqa: T201
    stored: dict[str, np.ndarray] = {"fingerprint": np.array(embedder.fingerprint)}
    for kind in ("passages", "sentences"):
        shift = found[kind, BOTH, "en"][0] - found[kind, BOTH, "id"][0]
        for corpus in CORPORA:
            mean, covariance = found[kind, corpus, "id"]
            found.setdefault((kind, corpus, "en"), (mean + shift, covariance))
        for language in ("id", "en"):
            some = [found[kind, corpus, language] for corpus in CORPORA]
            mean = np.mean([m for m, _ in some], axis=0)
            square = np.mean([c + np.outer(m, m) for m, c in some], axis=0)
            covariance = square - np.outer(mean, mean)
            stored[f"{kind}.{language}.mean"] = mean.astype(np.float32)
            stored[f"{kind}.{language}.covariance"] = covariance[np.triu_indices(len(mean))].astype(np.float32)
    # float16 holds a covariance of 1e-5 badly, so it is stored as a multiple of its largest value.
    for name in [n for n in stored if n.endswith("covariance")]:
        scale = np.abs(stored[name]).max()
        stored[name.replace("covariance", "scale")] = np.array(scale)
        stored[name] = (stored[name] / scale).astype(np.float16)
    np.savez_compressed(BACKGROUND, **stored)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
