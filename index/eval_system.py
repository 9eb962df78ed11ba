"""An opened data folder as what `evaluate` measures."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from index import __version__
from index.errors import EvaluationError
from index.evalrun import Run
from index.evalset import read_set
from index.evaluate import Trial, run_set
from index.pipeline import Warta
from index.settings import Settings
from index.types import Article, Language, Progress

TOLD = ("embedder", "reranker", "abstain_below")
"""Settings that change answers, kept with a run; by name, so that no secret ever gets into its file."""


class WartaSystem:
    """Satisfies `index.evaluate.System`; the data folder should be empty."""

    def __init__(self, warta: Warta, progress: Progress = lambda what, done, total: None) -> None:
        self._warta = warta
        self._progress = progress

    def ingest(self, articles: Sequence[Article]) -> list[int]:
        """Store all; give the article ids in the same order.

        Raises EvaluationError for an article that was not stored.
        """
        ids = []
        for outcome in self._warta.ingest(articles):
            if outcome.article_id is None:
                raise EvaluationError(f"{outcome.location}: not stored ({outcome.detail}); correct the set")
            ids.append(outcome.article_id)
            self._progress("ingest", len(ids), len(articles))
        return ids

    def chunk_count(self) -> int:
        """Chunks in the index."""
        return self._warta.store.count("chunks")

    def try_question(self, question: str, language: Language | None) -> Trial:
        """The best quotes, and whether they would be shown."""
        found, draft = self._warta.draft(question, language)
        answerable = bool(draft.quotes) and draft.confidence >= self._warta.settings.abstain_below
        return Trial(found.hits, draft.quotes, draft.confidence, answerable)


def run_apart(
    settings: Settings, folder: Path, *, corpus: Sequence[Path], limit: int | None, queries: str, progress: Progress
) -> Run:
    """Ask a set's questions in a data folder of its own, which is gone afterwards; see `index.evalset.read_set`.

    It has the set's partners.txt, where there is one.
    """
    with (
        tempfile.TemporaryDirectory(prefix="warta-eval-") as data,
        Warta(replace(settings, data=Path(data)), progress=progress) as warta,
    ):
        chosen = read_set(folder, corpus=corpus, limit=limit, queries=queries)
        if (partners := folder / warta.settings.partners_file.name).is_file():
            shutil.copy(partners, warta.settings.partners_file)
        about = {
            "set": folder.resolve().name,
            "corpus": [other.resolve().name for other in corpus],
            "file": queries,
            "limit": limit,
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "version": __version__,
            "model": warta.engine.fingerprint,
            "settings": {name: getattr(settings, name) for name in TOLD},
        }
        return run_set(WartaSystem(warta, progress), chosen, about=about, progress=progress)
