# ruff: noqa: T201
"""What the size of passages, their overlap and the title in what is embedded do; see the README's quality section.

    python -m tests.bench.chunking NEWS_DEV [--known READY_FOLDER] [--only WORDS]

Asks partner-questions-fit and partner-questions-held over the articles of NEWS_DEV, which are stored anew for each
variant; vectors of texts that READY_FOLDER (the same articles, stored as usual) holds are not computed again.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from index import chunk, ingest
from index.embed.engines import Engine, engine_of
from index.eval_system import WartaSystem
from index.evaluate import evaluate
from index.passages import Passage, drafts_of
from index.pipeline import Warta
from index.settings import Settings
from index.store import ChunkDraft, Store
from index.types import Article, Embedder, Vectors

SETS = Path(__file__).resolve().parents[1] / "eval"
ASKED = (
    ("partner-questions-fit", "queries.jsonl"),
    ("partner-questions-fit", "queries-2.jsonl"),
    ("partner-questions-held", "queries.jsonl"),
)
FIGURES = ("recall@10", "mrr@10", "answer_hit@1", "answer_hit@3")
SIZES = ("TARGET_WORDS", "FULL_WORDS", "FULL_CHARS", "TAIL_WORDS", "MERGED_WORDS", "MERGED_CHARS")


@dataclass(frozen=True)
class Variant:
    """How passages are made."""

    name: str
    constants: Mapping[str, int]
    """Of index/chunk.py, for the time being."""
    titled: bool = False
    """Whether each passage is embedded behind its article's title."""

    def drafts_of(self, article: Article) -> tuple[list[ChunkDraft], list[Passage]]:
        drafts, passages = drafts_of(article)
        if self.titled and article.title:
            passages = [replace(one, text=f"{article.title}\n{one.text}") for one in passages]
        return drafts, passages


def _sized(factor: float) -> dict[str, int]:
    return {name: int(factor * getattr(chunk, name)) for name in SIZES}


VARIANTS = (
    Variant("as used", _sized(1)),
    Variant("behind their title", _sized(1), titled=True),
    Variant("without overlap", {"OVERLAP_WORDS": 0}),
    Variant("half as long", _sized(0.5)),
    Variant("half as long again", _sized(1.5)),
)


class Remembering:
    """Satisfies `index.types.Embedder`: what it has embedded once it knows."""

    def __init__(self, embedder: Embedder, known: dict[str, NDArray[np.float16]]) -> None:
        self._embedder, self._known = embedder, known
        self.fingerprint, self.dimension = embedder.fingerprint, embedder.dimension

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, self._embedder.embed_passages(new).astype(np.float16), strict=True))
        return np.stack([self._known[text] for text in texts]).astype(np.float32)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        return self._embedder.embed_query(text)


def known_of(folder: Path, fingerprint: str) -> dict[str, NDArray[np.float16]]:
    """Texts of passages and sentences with their vectors, as far as the present rules would make them."""
    known: dict[str, NDArray[np.float16]] = {}
    with Store(Settings.from_env(os.environ, folder).database) as store:
        for number in store.article_ids():
            article = store.article(number)
            passages = drafts_of(article)[1] if article else []
            stored = store.vectors_of([one.text_hash for one in passages], fingerprint)
            for one in (one for one in passages if one.text_hash in stored):
                vectors = stored[one.text_hash]
                texts, rows = [one.text, *one.sentences], [vectors.chunk, *vectors.sentences]
                known |= {text: np.asarray(row, np.float16) for text, row in zip(texts, rows, strict=True)}
    return known


def measured(variant: Variant, engine: Engine, corpus: Path) -> list[str]:
    """Rows of a table, one for each set."""
    rows = []
    with (
        tempfile.TemporaryDirectory() as folder,
        patch.multiple(chunk, **variant.constants),
        patch.object(ingest, "drafts_of", variant.drafts_of),
        Warta(Settings.from_env(os.environ, Path(folder)), engine) as warta,
    ):
        for name, queries in ASKED:
            told = evaluate(WartaSystem(warta), SETS / name, corpus=[corpus], queries=queries)
            figures = [told[one] for one in FIGURES] + [told["refusal"]["auroc"]]  # type: ignore[index]
            cells = " | ".join(f"{one:.3f}" for one in figures)
            rows.append(f"| {variant.name} | {name}, {queries} | {warta.store.count('chunks')} | {cells} |")
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path, metavar="NEWS_DEV")
    parser.add_argument("--known", type=Path, help="data folder whose vectors are used")
    parser.add_argument("--only", default="", help="variants whose names hold this")
    arguments = parser.parse_args()
    engine = engine_of(Settings.from_env(os.environ))
    known = known_of(arguments.known, engine.fingerprint) if arguments.known else {}
    embedder = Remembering(engine.load(lambda what, done, total: None), known)
    engine = replace(engine, load=lambda progress: embedder)
    print("| passages | set | count |", " | ".join((*FIGURES, "refusal AUROC")), "|")
    for variant in VARIANTS:
        if arguments.only in variant.name:
            print("\n".join(measured(variant, engine, arguments.corpus)), flush=True)


if __name__ == "__main__":
    main()
