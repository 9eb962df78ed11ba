"""Small parts of the development sets, always the same: some articles, and the questions about those."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

KEY = b"warta-floors-1"
"""Seed of what is taken; another one makes the floors meaningless."""
STRANGERS = 100
"""Unanswerable questions that were written about no article of the set."""


@dataclass(frozen=True, slots=True)
class Subset:
    """What is taken of a set."""

    source: str
    documents: int
    also: str = ""
    """Another set whose unanswerable questions are asked as well."""


SUBSETS = {
    "facqa-dev": Subset("facqa-dev", 120, also="offtopic-dev"),
    "idkmrc-dev": Subset("idkmrc-dev", 90),
    "xsquad-dev": Subset("xsquad-dev", 50),
}


def write_subset(evaldata: Path, subset: Subset, folder: Path) -> None:
    """Write a part of a set as a set.

    Of the articles the first so many in an order of their ids; all answerable questions that they answer; the
    unanswerable ones that were written about them; and the first STRANGERS of those written about none.
    """
    source = evaldata / subset.source
    documents = _first(_records(source / "corpus.jsonl"), subset.documents)
    taken = {document["id"] for document in documents}
    lines = (source / "qrels.tsv").read_text(encoding="utf-8").splitlines()
    pairs = [(query, document) for query, document in (line.split("\t") for line in lines) if document in taken]
    answered = {query for query, _ in pairs}
    queries = _records(source / "queries.jsonl")
    others = [query for query in queries if not query["answerable"]]
    strangers = [query for query in others if "about" not in query]
    if subset.also:
        strangers += _records(evaldata / subset.also / "queries.jsonl")
    asked = [query for query in queries if query["id"] in answered and query["answerable"]]
    asked += [query for query in others if query.get("about") in taken]
    asked += _first(strangers, STRANGERS)
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "corpus.jsonl", map(json.dumps, documents))
    _write(folder / "queries.jsonl", map(json.dumps, asked))
    _write(folder / "qrels.tsv", (f"{query}\t{document}" for query, document in pairs))


def _records(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_bytes().split(b"\n") if line.strip()]


def _first(records: Sequence[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    return sorted(records, key=lambda record: blake2b(record["id"].encode(), key=KEY).digest())[:count]


def _write(file: Path, lines: Iterable[str]) -> None:
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
