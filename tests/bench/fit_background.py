"""Makes index/background.npz: moments of passages and of single sentences by language, from the development sets.

    python tests/bench/fit_background.py EVAL_DATA

Each corpus counts alike, however large. A young index leans on this until it has passages enough of its own.
"""

from __future__ import annotations

import json
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
SAMPLE = 400  # articles of each corpus and language


def main(data: Path) -> None:
    embedder = E5Embedder(Settings.from_env({}).cache)
    stored: dict[str, np.ndarray] = {"fingerprint": np.array(embedder.fingerprint)}
    for language in ("id", "en"):
        means: dict[str, list[np.ndarray]] = {"passages": [], "sentences": []}
        squares: dict[str, list[np.ndarray]] = {"passages": [], "sentences": []}
        for corpus in CORPORA:
            lines = (data / corpus / "corpus.jsonl").read_text(encoding="utf-8").splitlines()
            texts = [r["text"] for r in map(json.loads, lines) if r["lang"] == language]
            if not texts:
                continue
            texts = random.Random(0).sample(texts, min(SAMPLE, len(texts)))
            passages = [p for text in texts for p in drafts_of(Article("", text, "", language=language))[1]]  # type: ignore[arg-type]
            sentences = [s for p in passages for s in p.sentences]
            sentences = random.Random(0).sample(sentences, min(4 * SAMPLE, len(sentences)))
            for kind, some in (("passages", [p.text for p in passages]), ("sentences", sentences)):
                vectors = embedder.embed_passages(some).astype(np.float64)
                means[kind].append(vectors.mean(axis=0))
                squares[kind].append(vectors.T @ vectors / len(vectors))
            print(language, corpus, len(passages), len(sentences), file=sys.stderr)  # noqa: T201
        for kind in means:
            mean = np.mean(means[kind], axis=0)
            covariance = np.mean(squares[kind], axis=0) - np.outer(mean, mean)
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
