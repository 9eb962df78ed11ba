"""What an evaluation saw, question by question, and the file that keeps it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from index.decode import parse_json
from index.disk import write_synced
from index.errors import EvaluationError

FORMAT = 1
"""Version of the saved file; another one is not read."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One question, what was known of it, and what came of it. Documents are named as in the set."""

    id: str
    text: str
    lang: str
    kind: str
    """What the set calls this kind of question; "" where it says nothing."""
    answers: tuple[str, ...]
    answerable: bool
    relevant: tuple[str, ...]
    """Sorted."""
    passage_langs: tuple[str, ...]
    """Languages of the relevant documents, sorted, each once."""
    ranks: tuple[int, ...]
    """Places, from 1, at which relevant documents stood, best first."""
    ndcg: float | None
    """None for an unanswerable question."""
    hit: int | None
    """Number, from 1, of the first quote that holds an expected answer."""
    confidence: float
    answered: bool
    """False where it abstained."""
    quote: str
    """The first quote, also where it was withheld."""
    quoted: str
    """Document of the first quote; "" where there is none."""
    quote_chars: tuple[int, ...]
    ms: float

    @property
    def rank(self) -> int | None:
        """Place of the best placed relevant document."""
        return self.ranks[0] if self.ranks else None

    @property
    def graded(self) -> bool:
        """Whether it is known what a right answer would be: expected strings, or that there is none."""
        return not self.answerable or bool(self.answers)

    @property
    def right(self) -> bool:
        """Whether the first quote holds an expected answer, shown or withheld."""
        return self.hit == 1

    @property
    def pair(self) -> str:
        """Language of the question and of the passages that answer it: "en->id"; "" where one of them is unknown."""
        known = self.lang != "und" and self.passage_langs and "und" not in self.passage_langs
        return f"{self.lang}->{'+'.join(self.passage_langs)}" if known else ""

    def same_question(self, other: Tried) -> bool:
        """Whether both were asked the same, with the same things right."""
        keys = ("text", "answers", "answerable", "relevant")
        return all(getattr(self, key) == getattr(other, key) for key in keys)


@dataclass(frozen=True, slots=True)
class Run:
    """All questions of one evaluation."""

    about: Mapping[str, Any]
    """What was measured on what: "set", "checksum" of its articles, "model", "version", "settings", …"""
    tried: tuple[Tried, ...]
    articles_per_s: float
    chunks_per_s: float


def save_run(file: Path, run: Run, report: Mapping[str, Any]) -> None:
    """Write a run and its report as one file of JSON.

    Raises EvaluationError where it cannot be written.
    """
    record = {
        "warta_eval": FORMAT,
        "about": run.about,
        "report": report,
        "ingest": {"articles_per_s": run.articles_per_s, "chunks_per_s": run.chunks_per_s},
        "questions": [asdict(tried) for tried in run.tried],
    }
    part = file.with_name(f"{file.name}.part")
    try:
        write_synced(part, (json.dumps(record, indent=1) + "\n").encode())
        os.replace(part, file)
    except OSError as e:
        raise EvaluationError(
            f"{file}: the run cannot be saved ({e.strerror}); name a file in a folder of yours"
        ) from e


def read_run(file: Path) -> Run:
    """A run that was saved.

    Raises EvaluationError for a file that is none, or one of another version.
    """
    try:
        record = parse_json(file.read_text(encoding="utf-8"))
    except OSError as e:
        raise EvaluationError(f"{file}: cannot be read ({e.strerror}); `warta eval DIR --save FILE` writes one") from e
    except ValueError as e:
        raise EvaluationError(f"{file}: not a saved run ({e}); `warta eval DIR --save FILE` writes one") from e
    if not isinstance(record, dict) or record.get("warta_eval") != FORMAT:
        raise EvaluationError(f"{file}: not a run saved by this version; save it again: `warta eval DIR --save FILE`")
    try:
        tried = tuple(_tried(question) for question in record["questions"])
        return Run(dict(record["about"]), tried, **record["ingest"])
    except (KeyError, TypeError, ValueError) as e:
        raise EvaluationError(f"{file}: the saved run is damaged ({e}); save it again") from e


def _tried(question: Mapping[str, Any]) -> Tried:
    values: dict[str, Any] = {field.name: question[field.name] for field in fields(Tried)}
    values.update({name: tuple(value) for name, value in values.items() if isinstance(value, list)})
    return Tried(**values)
