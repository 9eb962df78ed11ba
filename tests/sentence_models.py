"""Stands in for sentence-transformers and its models: folders with the files that tell of one, and a library.

A model's vectors are those of `fakes.WordEmbedder`, so that they can be worked out by hand.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from fakes import WordEmbedder

DIMENSION = 64
PROMPTS = {"query": "Tanya: ", "document": "Isi: "}


def put_model(
    folder: Path, *, dimension: int = DIMENSION, prompts: dict[str, str] | None = None, weights: str = "1", **more: Any
) -> Path:
    """A folder as sentence-transformers saves a model, its weights a word."""
    (folder / "1_Pooling").mkdir(parents=True)
    modules = [{"path": "", "type": "Transformer"}, {"path": "1_Pooling", "type": "Pooling"}, {"path": "2_Normalize"}]
    files = {
        "modules.json": modules,
        "config.json": {"hidden_size": 8},
        "1_Pooling/config.json": {"word_embedding_dimension": dimension},
        "config_sentence_transformers.json": {"prompts": prompts or {}, **more},
    }
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content))
    (folder / "model.safetensors").write_text(weights)
    return folder


class Library:
    """What the stand-in was asked."""

    def __init__(self) -> None:
        self.loaded: list[tuple[str, dict[str, Any]]] = []
        self.calls: list[tuple[str, list[Any], dict[str, Any]]] = []
        self.fails: Exception | None = None
        self.stops_at = 0
        """The call at which it is as if the process were killed."""

    def texts(self) -> list[Any]:
        """All that was embedded or read, in order."""
        return [text for _, texts, _ in self.calls for text in texts]

    def note(self, kind: str, texts: Sequence[Any], options: dict[str, Any]) -> None:
        self.calls.append((kind, list(texts), options))
        if len(self.calls) == self.stops_at:
            raise KeyboardInterrupt
        if self.fails is not None:
            raise self.fails


def install(monkeypatch: pytest.MonkeyPatch) -> Library:
    """Put the stand-in in the library's place."""
    library = Library()

    class SentenceTransformer:
        def __init__(self, folder: str, **options: Any) -> None:
            library.loaded.append((folder, options))
            if (Path(folder) / "model.safetensors").read_text() == "broken":
                raise ValueError("these are no weights\nand more")
            config = json.loads((Path(folder) / "1_Pooling" / "config.json").read_text())
            self._words = WordEmbedder(dimension=config["word_embedding_dimension"])
            self.max_seq_length: int | None = json.loads((Path(folder) / "modules.json").read_text())[0].get("most")

        def _encode(self, kind: str, texts: Sequence[str], options: dict[str, Any]) -> Any:
            library.note(kind, texts, options)
            vectors = self._words.embed_passages(texts)
            return vectors if options["normalize_embeddings"] else 2 * vectors

        def encode_document(self, texts: Sequence[str], **options: Any) -> Any:
            return self._encode("document", texts, options)

        def encode_query(self, texts: Sequence[str], **options: Any) -> Any:
            return self._encode("query", texts, options)

    class CrossEncoder:
        """A pair's logit: how many words of the question stand in the passage."""

        def __init__(self, folder: str, **options: Any) -> None:
            library.loaded.append((folder, options))
            self.num_labels = json.loads((Path(folder) / "config.json").read_text()).get("labels", 1)

        def predict(self, pairs: Sequence[tuple[str, str]], **options: Any) -> Any:
            library.note("pairs", pairs, options)
            found = [sum(word in passage.split() for word in question.split()) for question, passage in pairs]
            return options["activation_fn"](np.array(found, np.float32))

    module = ModuleType("sentence_transformers")
    module.SentenceTransformer, module.CrossEncoder = SentenceTransformer, CrossEncoder  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sentence_transformers", module)
    return library


def uninstall(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine without the extra, whatever is on this one."""
    monkeypatch.setattr("index.embed.checkpoints.LIBRARY", "sentence_transformers_that_is_not_there")
