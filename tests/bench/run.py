"""Speed and memory, in one run: `make bench`, or `python -m tests.bench.run [--data READY_FOLDER] [--corpus DIR]`.

The corpus is news-dev of the evaluation data (WARTA_EVAL_DATA, default ../shared/eval). Its index is built once below
build/bench; the first run therefore takes long. Figures of one run compare with each other, not with another machine.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from index.embed.e5 import E5Embedder
from index.embed.e5_weights import find_weights, read_weights
from index.extract import extract
from index.pipeline import Warta
from index.settings import Settings
from index.sources.files import read_pages
from index.types import Article, Page
from tests.bench.bot import bench_bot
from tests.bench.calibration import diagram

TOKENS = 250
PASSAGES = 48
QUESTIONS = 200
ROUNDS = 3


def say(name: str, value: str) -> None:
    sys.stdout.write(f"{name:<46} {value}\n")
    sys.stdout.flush()


def articles_of(corpus: Path) -> list[Article]:
    from datetime import UTC, datetime

    pages = [page for page in read_pages(corpus / "corpus.jsonl") if isinstance(page, Page)]
    return [extract(page, now=datetime.now(UTC)) for page in pages]


def bench_embedding(articles: list[Article], cache: Path) -> None:
    embedder = E5Embedder(cache, threads=os.cpu_count() or 1)
    rows = embedder._vocabulary.encode([f"passage: {a.body}" for a in articles[:400]])
    ids = np.array([[*r[: TOKENS - 1], 2] for r in rows if len(r) >= TOKENS][:PASSAGES], np.int64)

    def ours() -> np.ndarray:
        return embedder._run(embedder._upper, ids.tolist(), (embedder.dimension,))

    engines = {"bundled int8": ours}
    try:
        import torch

        from tests.bench.torch_e5 import TorchE5

        torch.set_num_threads(os.cpu_count() or 1)
        model = TorchE5(read_weights(find_weights()))
        engines["PyTorch fp32"] = lambda: np.concatenate([model.embed(ids[i : i + 8]) for i in range(0, len(ids), 8)])
    except ImportError:
        say("PyTorch fp32", "not installed, not compared")
    times: dict[str, list[float]] = {name: [] for name in engines}
    vectors = {name: run() for name, run in engines.items()}  # a warm-up, and the proof that both do the same
    for _ in range(ROUNDS):  # in turn, so that a change of the machine's speed hits both
        for name, run in engines.items():
            started = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - started)
    for name in engines:
        say(f"{name}: passages of {TOKENS} tokens a second", f"{len(ids) / statistics.median(times[name]):.1f}")
    if len(engines) == 2:
        one, other = engines
        ratios = [b / a for a, b in zip(times[one], times[other], strict=True)]
        say(f"{one} / {other}, pair by pair", ", ".join(f"{r:.2f}x" for r in ratios))
        say(
            "cosine of the two, mean and least",
            "{:.5f} {:.5f}".format(*(f((vectors[one] * vectors[other]).sum(1)) for f in (np.mean, np.min))),
        )


def bench_ingest(articles: list[Article], settings: Settings) -> None:
    with tempfile.TemporaryDirectory() as folder:
        environ = {"WARTA_DATA": folder, "WARTA_CACHE": str(settings.cache)}
        with Warta(Settings.from_env(environ)) as warta:
            warta.embedder  # noqa: B018 - loading is not ingesting
            started = time.perf_counter()
            done = sum(1 for _ in warta.ingest(articles))
            seconds = time.perf_counter() - started
            chunks = warta.store.count("chunks")
    say(
        "ingest of whole articles",
        f"{done / seconds:.2f} articles/s, {chunks / seconds:.1f} chunks/s ({done} articles)",
    )


def bench_ask(warta: Warta, corpus: Path, settings: Settings) -> None:
    lines = (corpus / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    off_topic = (corpus.parent / "offtopic-dev" / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines[: QUESTIONS // 2] + off_topic[: QUESTIONS // 2]]
    warta.ask(texts[0])
    times, laps, sure = [], [], []
    for number, text in enumerate(texts):
        started = time.perf_counter()
        answer = warta.ask(text)
        times.append((time.perf_counter() - started) * 1000)
        laps.append(answer.timings_ms)
        sure.append((answer.confidence, number < QUESTIONS // 2))
    times.sort()
    parts = ", ".join(f"{n} {statistics.median(lap[n] for lap in laps):.1f}" for n in laps[0] if n != "total")
    say(
        "ask in a warm process, ms",
        f"median {statistics.median(times):.1f}, p95 {times[int(len(times) * 0.95)]:.1f} ({parts})",
    )
    for line in diagram(sure):
        say("  confidence: questions on the topic and off", line)
    command = [sys.executable, "-m", "index", "--data", str(settings.data), "ask", "Siapa CEO Go-Jek?", "--json"]
    whole = []
    for _ in range(5):
        started = time.perf_counter()
        process = subprocess.run(command, capture_output=True, check=False)
        whole.append(time.perf_counter() - started)
        assert process.returncode in (0, 3), process.stderr.decode()
    say(
        "ask as a whole process, s",
        f"median {statistics.median(whole):.2f}, all {', '.join(f'{s:.2f}' for s in whole)}",
    )
    # Asked of the process itself: what getrusage tells of a child begins with the size of its parent.
    script = (
        "import sys; from index.cli import run; run(sys.argv[1:]);"
        "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    )
    measured = subprocess.run([sys.executable, "-c", script, *command[3:]], capture_output=True, text=True, check=False)
    peak = (
        f"{int(measured.stdout.split()[-1]) / 1024:.0f} MB" if measured.returncode == 0 else "not told by this system"
    )
    say("  peak memory of such a process", peak)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    root = Path(__file__).resolve().parents[2]
    parser.add_argument("--data", type=Path, default=root / "build" / "bench")
    default = Path(os.environ.get("WARTA_EVAL_DATA", root.parent / "shared" / "eval")) / "news-dev"
    parser.add_argument("--corpus", type=Path, default=default)
    parser.add_argument("--ingest", type=int, default=100, help="articles for the ingest figure")
    given = parser.parse_args()
    if not (given.corpus / "corpus.jsonl").is_file():
        sys.exit(f"no corpus in {given.corpus}: set WARTA_EVAL_DATA or give --corpus")
    settings = Settings.from_env(dict(os.environ), given.data)
    articles = articles_of(given.corpus)
    bench_embedding(articles, settings.cache)
    bench_ingest(articles[: given.ingest], settings)
    with Warta(settings) as warta:
        if missing := len(articles) - warta.store.count("articles"):
            say("building the index", f"{missing} of {len(articles)} articles are missing")
            for _ in warta.ingest(articles):
                pass
        say("articles, chunks", f"{warta.store.count('articles')}, {warta.store.count('chunks')}")
        bench_ask(warta, given.corpus, settings)
    lines = (given.corpus / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    bench_bot(settings.data, [json.loads(line)["text"] for line in lines], settings.cache)
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    say("peak memory of this process", f"{own:.0f} MB")


if __name__ == "__main__":
    main()
