"""Makes index/embed/e5_ranges.npz: how far each column of every product's input reaches, seen with the fp32 graph.

    python -m tests.bench.fit_ranges EVAL_DATA [--check]

--check compares with the file that is there instead of writing it. Another file is another model: count up
`index.embed.e5_model.BUILD` with it.
"""

from __future__ import annotations

import json
import os
import random
import sys
from pathlib import Path

import numpy as np

from index.embed.e5 import open_session
from index.embed.e5_graph import build_graph
from index.embed.e5_model import RANGES, ensure_model, read_ranges
from index.embed.e5_tokens import Vocabulary
from index.embed.e5_weights import find_weights, read_weights
from index.settings import Settings

SETS = (("news-dev", 120), ("facqa-dev", 80), ("xsquad-dev", 120), ("idkmrc-dev", 120))
QUESTIONS = 60  # of each set
CHARACTERS = 1_200
TOKENS = 302


def texts(data: Path) -> list[str]:
    """Passages and questions of both languages."""
    choice = random.Random(1)
    some = []
    for name, count in SETS:
        for file, number, prefix in (("corpus", count, "passage"), ("queries", QUESTIONS, "query")):
            lines = (data / name / f"{file}.jsonl").read_text(encoding="utf-8").splitlines()
            records = choice.sample([json.loads(line)["text"] for line in lines], number)
            some += [f"{prefix}: {text[:CHARACTERS]}" for text in records]
    return some


def main() -> None:
    import onnx

    weights = read_weights(find_weights())
    model = build_graph(weights, None)
    steps = ("attended", "y", "active", "out")
    # The last layer's output meets no matrix.
    names = ["x0", *(f"l{i}.{step}" for i in range(weights.layers) for step in steps)][:-1]
    model.graph.output.extend(onnx.helper.make_tensor_value_info(name, 1, None) for name in names)
    session = open_session(model.SerializeToString())
    vocabulary = Vocabulary(ensure_model(Settings.from_env(dict(os.environ)).cache))
    reach: dict[str, np.ndarray] = {}
    for text in texts(Path(sys.argv[1])):
        ids = np.array([vocabulary.encode([text])[0][:TOKENS]], np.int64)
        values = session.run(names, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
        for name, value in zip(names, values, strict=True):
            reach[name] = np.maximum(reach.get(name, 1e-4), np.abs(value[0]).max(axis=0))
    if "--check" in sys.argv:
        stored = read_ranges()
        ratios = np.concatenate([reach[name] / stored[name] for name in names])
        quantiles = ", ".join(f"{q:.0%} {np.quantile(ratios, q):.3f}" for q in (0.01, 0.5, 0.99))
        sys.stdout.write(f"new / stored: {quantiles}; same columns: {set(stored) == set(names)}\n")
    else:
        np.savez_compressed(RANGES, **{name: value.astype(np.float16) for name, value in reach.items()})


if __name__ == "__main__":
    main()
