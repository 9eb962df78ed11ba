"""Makes index/embed/e5_ranges.npz: how far each column of every product's input reaches, seen with the fp32 graph.

    python -m tests.bench.fit_ranges EVAL_DATA [--check | --reader]

--check compares with the file that is there instead of writing it. Another file is another model: count up
`index.embed.e5_model.BUILD` with it. --reader makes only those of the reader's own layers anew and keeps the others,
for which READER there has to be counted up.
"""

from __future__ import annotations

import json
import os
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from index.embed.e5 import open_session
from index.embed.e5_graph import Part, build_graphs
from index.embed.e5_model import RANGES, ensure_model, read_ranges
from index.embed.e5_reader import pair_of, read_reader
from index.embed.e5_tokens import Vocabulary
from index.embed.e5_weights import find_weights, read_weights
from index.settings import Settings

SETS = (("news-dev", 120), ("facqa-dev", 80), ("xsquad-dev", 120), ("idkmrc-dev", 120))
QUESTIONS = 60  # of each set
CHARACTERS = 1_200
TOKENS = 302
LAYERS = 12
PAIRS = 120  # of each set but news, to which there are no questions with passages
SENTENCE = 300


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


def pairs(data: Path) -> list[tuple[str, str]]:
    """Questions with the beginnings of passages that answer them."""
    choice = random.Random(1)
    some = []
    for name, _ in SETS[1:]:
        passages, questions = (
            {row["id"]: row["text"] for row in map(json.loads, (data / name / file).read_text("utf-8").splitlines())}
            for file in ("corpus.jsonl", "queries.jsonl")
        )
        lines = (data / name / "qrels.tsv").read_text(encoding="utf-8").splitlines()
        answered = [line.split("\t")[:2] for line in lines if line.split("\t")[0] in questions]
        some += [(questions[q], passages[p][:SENTENCE]) for q, p in choice.sample(answered, PAIRS)]
    return some


class Watched:
    """The fp32 graph, and how far the columns of its nodes have reached; the last output meets no matrix."""

    def __init__(self) -> None:
        import onnx

        reader = read_reader()
        layers = {
            "lower": [f"l{n}" for n in range(reader.first)],
            "upper": [f"l{n}" for n in range(reader.first, LAYERS)],
            "reader": [f"r{n}" for n in range(reader.first, LAYERS)],
        }
        self.reach: dict[str, np.ndarray] = {}
        self.names: dict[Part, list[str]] = {}
        self.sessions: dict[Part, Any] = {}
        for part, graph in build_graphs(read_weights(find_weights()), None, reader).items():
            names = [f"{layer}.{step}" for layer in layers[part] for step in ("attended", "y", "active", "out")]
            self.names[part] = ["x0", *names] if part == "lower" else names[:-1]
            graph.graph.output.extend(onnx.helper.make_tensor_value_info(name, 1, None) for name in self.names[part])
            self.sessions[part] = open_session(graph.SerializeToString())

    def see(self, tokens: Sequence[int], last: Part, watched: Sequence[Part]) -> None:
        """Read one text up to the `last` part, and remember the nodes of the `watched` ones."""
        ids = np.array([tokens], np.int64)
        mask = np.ones_like(ids)
        states, *lower = self.sessions["lower"].run(None, {"input_ids": ids, "attention_mask": mask})
        _, *upper = self.sessions[last].run(None, {"states": states, "attention_mask": mask})
        for part, values in (("lower", lower), (last, upper)):
            if part in watched:
                for name, value in zip(self.names[part], values, strict=True):
                    self.reach[name] = np.maximum(self.reach.get(name, 1e-4), np.abs(value[0]).max(axis=0))


def main() -> None:
    data, graph = Path(sys.argv[1]), Watched()
    vocabulary = Vocabulary(ensure_model(Settings.from_env(dict(os.environ)).cache))
    names = [name for some in graph.names.values() for name in some]
    if "--reader" in sys.argv:
        graph.reach |= {name: value for name, value in read_ranges().items() if name not in graph.names["reader"]}
    else:
        for text in texts(data):
            graph.see(vocabulary.encode([text])[0][:TOKENS], "upper", ("lower", "upper"))
    for pair in pairs(data):
        graph.see(pair_of(*vocabulary.encode(pair)), "reader", ("reader",))
    reach = graph.reach
    if "--check" in sys.argv:
        stored = read_ranges()
        ratios = np.concatenate([reach[name] / stored[name] for name in names])
        quantiles = ", ".join(f"{q:.0%} {np.quantile(ratios, q):.3f}" for q in (0.01, 0.5, 0.99))
        sys.stdout.write(f"new / stored: {quantiles}; same columns: {set(stored) == set(names)}\n")
    else:
        np.savez_compressed(RANGES, **{name: value.astype(np.float16) for name, value in reach.items()})


if __name__ == "__main__":
    main()
