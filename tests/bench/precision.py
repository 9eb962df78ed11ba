"""What rounding to int8 costs: the same evaluation with the bundled model and with the same weights in fp32.

python -m tests.bench.precision EVAL_DATA/facqa-dev EVAL_DATA/xsquad-dev [--limit N]
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from index.embed import e5_model
from index.embed.e5 import E5Embedder, open_session
from index.embed.e5_graph import build_graphs
from index.embed.e5_reader import read_reader
from index.embed.e5_weights import find_weights, read_weights
from index.embed.engines import Engine, engine_of
from index.eval_system import WartaSystem
from index.evaluate import evaluate
from index.pipeline import Warta
from index.settings import Settings
from index.types import Progress, silent

FIGURES = ("recall@1", "recall@10", "mrr@10", "ndcg@10", "answer_hit@1")


def exact_embedder(cache: Path, threads: int = 0, progress: Progress = silent) -> E5Embedder:
    """The bundled one with its sessions exchanged for those of the fp32 graph."""
    embedder = E5Embedder(cache, threads, progress)
    graphs = build_graphs(read_weights(find_weights()), None, read_reader())
    embedder._lower, embedder._upper, embedder._reader = (
        open_session(graphs[part].SerializeToString(), threads) for part in ("lower", "upper", "reader")
    )
    return embedder


def exact_engine(settings: Settings) -> Engine:
    # The same fingerprint, so that the same background estimate applies; each runs in a folder of its own.
    return Engine(
        e5_model.FINGERPRINT,
        e5_model.DIMENSION,
        lambda progress: exact_embedder(settings.cache, settings.threads, progress),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--limit", type=int)
    given = parser.parse_args()
    for folder in given.folders:
        for name, engine in (("fp32", exact_engine), ("int8", engine_of)):
            with tempfile.TemporaryDirectory() as data:
                settings = Settings.from_env(dict(os.environ), Path(data))
                with Warta(settings, engine(settings)) as warta:
                    report = evaluate(WartaSystem(warta), folder, limit=given.limit)
            figures = "  ".join(f"{figure} {report[figure]:.4f}" for figure in FIGURES)
            sys.stdout.write(f"{folder.name} {name}: {figures}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
