"""Saved questions whose answers are known, asked again and again: is the index as good as it was?

They stand in the data folder's quality.jsonl, a line each: {"text", "lang"?, "answers"?: […], "article"?: URL}. Without
that file the titles of some stored articles are the questions, and the articles themselves what is to be found.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from index.decode import parse_json
from index.errors import EvaluationError
from index.evaluate import holds_answer
from index.metrics import percentile
from index.store import Store
from index.types import Language, Progress, silent

if TYPE_CHECKING:
    from index.pipeline import Warta

FILE = "quality.jsonl"
META_QUALITY = "quality"
"""Meta: the last figures, as JSON."""
SAMPLED = 50
"""Titles that are asked where there is no file."""
DEPTH = 5
"""Articles of a ranking among which the right one has to be."""
MARGIN = 0.03
"""Share of the questions that may be answered worse than before; one question always may."""


@dataclass(frozen=True, slots=True)
class SavedQuestion:
    """A question with what is right."""

    text: str
    language: Language | None = None
    answers: tuple[str, ...] = ()
    """Any of them is right; () where only the article counts."""
    article: str = ""
    """The key of the article that is to be found; "" where only the answer counts."""


@dataclass(frozen=True, slots=True)
class Quality:
    """How the questions were answered, in counts."""

    questions: int
    with_answers: int
    """Questions whose answer is known …"""
    right: int
    """… and stood in the first quote, whether or not it would have been shown."""
    with_article: int
    found: int
    """Questions whose article was among the first DEPTH."""
    abstained: int
    p50_ms: float
    asked: str
    """Names the questions: only figures of the same ones are compared."""

    def record(self) -> dict[str, Any]:
        """For --json."""
        return {
            "questions": self.questions,
            "answer_hit@1": _share(self.right, self.with_answers),
            f"recall@{DEPTH}": _share(self.found, self.with_article),
            "abstained": self.abstained,
            "p50_ms": round(self.p50_ms, 1),
        }


def saved_questions(store: Store, folder: Path) -> list[SavedQuestion]:
    """The questions of a data folder.

    Raises EvaluationError, naming the line, when its file is malformed.
    """
    file = folder / FILE
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return _titles(store)
    except (OSError, UnicodeDecodeError) as e:
        raise EvaluationError(f"{file} cannot be read ({e}); it should be a text file in UTF-8") from e
    return [_question(line, f"{file}:{number}") for number, line in enumerate(lines, start=1) if line.strip()]


def _titles(store: Store) -> list[SavedQuestion]:
    rows = store.read("select key, title from articles where trim(title) != ''")
    rows.sort(key=lambda row: blake2b(row[0].encode("utf-8", "replace")).digest())  # by nothing but the addresses
    return [SavedQuestion(title, article=key) for key, title in rows[:SAMPLED]]


def _question(line: str, where: str) -> SavedQuestion:
    try:
        record = parse_json(line)
    except ValueError as e:
        raise EvaluationError(f"{where}: this is no JSON ({e}); correct the file") from e
    if not isinstance(record, dict) or not isinstance(record.get("text"), str) or not record["text"].strip():
        raise EvaluationError(f'{where}: a question is {{"text": …, "answers": […], "article": URL}}; correct the file')
    language, answers, article = record.get("lang") or None, record.get("answers") or [], record.get("article") or ""
    if language not in (None, "id", "en"):
        raise EvaluationError(f'{where}: "lang" is "id" or "en"; correct the file')
    if not (isinstance(answers, list) and all(isinstance(a, str) and a.strip() for a in answers)):
        raise EvaluationError(f'{where}: "answers" is a list of texts; correct the file')
    if not isinstance(article, str) or not (answers or article):
        raise EvaluationError(f'{where}: "answers" or "article" has to say what is right; correct the file')
    return SavedQuestion(record["text"], cast("Language | None", language), tuple(answers), article)


def measure(warta: Warta, questions: Sequence[SavedQuestion], progress: Progress = silent) -> Quality:
    """Ask the questions.

    Raises StoreError, EmbedderError.
    """
    right = found = abstained = 0
    times = []
    for done, question in enumerate(questions):
        progress("ask", done, len(questions))
        started = time.perf_counter()
        retrieved, draft = warta.draft(question.text, question.language)
        times.append((time.perf_counter() - started) * 1000)
        abstained += not draft.quotes or draft.confidence < warta.settings.abstain_below
        right += holds_answer(draft.quotes[:1], question.answers)
        first = list(dict.fromkeys(hit.article_id for hit in retrieved.hits))[:DEPTH]
        found += bool(question.article) and article_of(warta.store, question.article) in first
    progress("ask", len(questions), len(questions))
    return Quality(
        questions=len(questions),
        with_answers=sum(bool(q.answers) for q in questions),
        right=right,
        with_article=sum(bool(q.article) for q in questions),
        found=found,
        abstained=abstained,
        p50_ms=percentile(times, 0.5) or 0.0,
        asked=blake2b(repr(questions).encode("utf-8", "replace"), digest_size=8).hexdigest(),
    )


def article_of(store: Store, key: str) -> int | None:
    """The article of an address, also where it is a copy's."""
    rows = store.read(
        "select id from articles where key = ? union all select article_id from article_keys where key = ?", [key, key]
    )
    return int(rows[0][0]) if rows else None


def worse(before: Quality | None, after: Quality) -> str:
    """In what the second is worse, by more than one question and than MARGIN of them; "" when it is not.

    Figures of different questions say nothing about each other.
    """
    if before is None or before.asked != after.asked:
        return ""
    pairs = [
        ("answer_hit@1", before.right, after.right, after.with_answers),
        (f"recall@{DEPTH}", before.found, after.found, after.with_article),
    ]
    return ", ".join(
        f"{name} fell from {was / of:.2f} to {now / of:.2f} on {of:,} questions"
        for name, was, now, of in pairs
        if was - now > max(1, MARGIN * of)
    )


def remember(store: Store, quality: Quality) -> None:
    """Keep figures, to be compared with the next ones."""
    store.set_meta(META_QUALITY, json.dumps(asdict(quality)))


def remembered(store: Store) -> Quality | None:
    """The figures that were kept last; None where there are none."""
    try:
        return Quality(**json.loads(store.meta(META_QUALITY)))
    except (ValueError, TypeError):  # nothing, or another version's
        return None


def _share(count: int, of: int) -> float | None:
    return round(count / of, 4) if of else None
