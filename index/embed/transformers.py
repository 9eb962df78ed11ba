"""Models of sentence-transformers: embedders and cross-encoders, on a GPU where there is one."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.embed.checkpoints import (
    LIBRARY,
    MAX_TOKENS,
    NOT_INSTALLED,
    Checkpoint,
    dimension_of,
    fingerprint_of,
    is_installed,
    prompts_of,
)
from index.errors import EmbedderError
from index.types import Vectors


@dataclass(frozen=True, slots=True)
class Hardware:
    """What a model may use."""

    device: str = "auto"
    """A device of PyTorch; "auto": cuda before mps before cpu."""
    batch: int = 32
    """Texts in one run."""
    threads: int = 0
    """Of the processor; 0 leaves the number to PyTorch."""


class SentenceEmbedder:
    """Satisfies `Embedder`. Safe to call from several threads: one after the other is served."""

    def __init__(self, checkpoint: Checkpoint, hardware: Hardware) -> None:
        """Load the model.

        Raises EmbedderError.
        """
        self.fingerprint, self.dimension = fingerprint_of(checkpoint), dimension_of(checkpoint)
        self._prompts, self._batch = prompts_of(checkpoint), hardware.batch
        self._turn = threading.Lock()
        self._model = _loaded("SentenceTransformer", checkpoint, hardware)
        self._model.max_seq_length = min(self._model.max_seq_length or MAX_TOKENS, MAX_TOKENS)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), dimension), unit rows."""
        return self._embed(self._model.encode_document, texts, self._prompts.passage)

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """Shape (dimension,), unit length."""
        vector: NDArray[np.float32] = self._embed(self._model.encode_query, [text], self._prompts.query)[0]
        return vector

    def _embed(self, encode: Any, texts: Sequence[str], prompt: str) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        with self._turn:
            # A prompt is always given: the library's own choice by name would be another one.
            vectors = _run(
                self.fingerprint, encode, list(texts), prompt=prompt, batch_size=self._batch, show_progress_bar=False,
                convert_to_numpy=True, normalize_embeddings=True,
            )  # fmt: skip
        wide: Vectors = np.ascontiguousarray(vectors, np.float32)
        if wide.shape != (len(texts), self.dimension):
            raise EmbedderError(f"{self.fingerprint} gave vectors of shape {wide.shape}; it is no model for sentences")
        return wide


class CrossEncoderReranker:
    """Satisfies `Reranker`. Safe to call from several threads."""

    def __init__(self, checkpoint: Checkpoint, hardware: Hardware) -> None:
        """Load the model.

        Raises EmbedderError; also for one that gives anything else than one score a pair.
        """
        self._name, self._batch = checkpoint.name, hardware.batch
        self._turn = threading.Lock()
        self._model = _loaded("CrossEncoder", checkpoint, hardware, max_length=MAX_TOKENS)
        if self._model.num_labels != 1:
            raise EmbedderError(f"{checkpoint.spec} gives {self._model.num_labels} figures a pair, and no score")

    def scores(self, question: str, passages: Sequence[str]) -> NDArray[np.float64]:
        """Shape (len(passages),): logits, for a sigmoid makes the best ones equal."""
        if not passages:
            return np.zeros(0)
        with self._turn:
            logits = _run(
                self._name, self._model.predict, [(question, text) for text in passages], batch_size=self._batch,
                show_progress_bar=False, activation_fn=lambda logits: logits, convert_to_numpy=True,
            )  # fmt: skip
        return np.asarray(logits, np.float64).reshape(len(passages))


def _loaded(kind: str, checkpoint: Checkpoint, hardware: Hardware, **more: Any) -> Any:
    if not is_installed():
        raise EmbedderError(NOT_INSTALLED)
    try:
        library = import_module(LIBRARY)  # with PyTorch: seconds, and 300 MB of memory
        if hardware.threads:
            import_module("torch").set_num_threads(hardware.threads)
        device = None if hardware.device == "auto" else hardware.device
        return getattr(library, kind)(str(checkpoint.folder), device=device, local_files_only=True, **more)
    except Exception as e:  # whatever the library, a model's files or a device are broken by
        raise EmbedderError(f"{checkpoint.spec} cannot be loaded ({_line(e)}); check the model and WARTA_DEVICE") from e


def _run(name: str, work: Any, texts: Sequence[Any], **options: Any) -> Any:
    try:
        return work(texts, **options)
    except RuntimeError as e:  # PyTorch's own, among them too little memory of a GPU
        raise EmbedderError(f"{name} failed ({_line(e)}); a smaller WARTA_BATCH_SIZE takes less memory") from e
    except Exception as e:  # whatever a model's own code stumbles over in a text
        raise EmbedderError(f"{name} failed ({_line(e)}); check the model") from e


def _line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
