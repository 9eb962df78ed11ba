"""Questions of an evaluation with what came of them, made up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from index.evalrun import Run, Tried


def tried(name: str = "q1", **given: Any) -> Tried:
    """An answerable question that is answered rightly, but for what is given."""
    values: dict[str, Any] = {
        "id": name,
        "text": f"Siapa {name}?",
        "lang": "id",
        "kind": "",
        "answers": ("Tulus",),
        "answerable": True,
        "relevant": ("a",),
        "passage_langs": ("id",),
        "ranks": (1,),
        "ndcg": 1.0,
        "hit": 1,
        "confidence": 0.9,
        "answered": True,
        "quote": "Tulus bernyanyi.",
        "quoted": "a",
        "quote_chars": (16,),
        "ms": 10.0,
    }
    return Tried(**(values | given))


def unanswerable(name: str = "q1", **given: Any) -> Tried:
    """A question without an answer that is refused, but for what is given."""
    nothing = {"answers": (), "answerable": False, "relevant": (), "passage_langs": (), "ranks": (), "ndcg": None}
    return tried(name, **({**nothing, "hit": None, "confidence": 0.1, "answered": False} | given))


def run_of(some: Sequence[Tried], **about: Any) -> Run:
    """A run over one article."""
    named: dict[str, Any] = {"set": "made-up", "checksum": "c0", "articles": 1, "model": "fake/words", "version": "1"}
    named |= {"settings": {"abstain_below": 0.5}} | about
    return Run(named, tuple(some), articles_per_s=4.0, chunks_per_s=8.0)
