"""The bundled embedder: multilingual-e5-small on ONNX Runtime."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.embed.e5_model import DIMENSION, FINGERPRINT, ensure_model
from index.embed.e5_tokens import Vocabulary
from index.types import Progress, Vectors, silent

BATCH_TOKENS = 2_048
"""Tokens in one run, padding included: 8 passages of 250. More does not go faster and costs memory."""
_PAD = 1


class E5Embedder:
    """Satisfies `Embedder`. Safe to call from several threads: ONNX Runtime sessions are."""

    fingerprint = FINGERPRINT
    dimension = DIMENSION

    def __init__(self, cache: Path, threads: int = 0, progress: Progress = silent) -> None:
        """Load the model, building it below `cache` first if need be; `threads` 0 leaves the number to ONNX Runtime.

        Raises EmbedderError.
        """
        folder = ensure_model(cache, progress)
        self._session = open_session(folder / "model.onnx", threads)
        self._vocabulary = Vocabulary(folder)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), 384), unit rows. Any text is fine: empty, emoji, a megabyte (its beginning counts)."""
        return self._embed([f"passage: {text}" for text in texts])

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """Shape (384,), unit length."""
        vector: NDArray[np.float32] = self._embed([f"query: {text}"])[0]
        return vector

    def _embed(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), DIMENSION), np.float32)
        tokens = self._vocabulary.encode(texts)
        # Neighbours in a batch should be of one length: padding is work thrown away.
        order = sorted(range(len(texts)), key=lambda i: -len(tokens[i]))
        while order:
            size = max(1, BATCH_TOKENS // len(tokens[order[0]]))
            batch, order = order[:size], order[size:]
            width = len(tokens[batch[0]])
            ids = np.full((len(batch), width), _PAD, np.int64)
            mask = np.zeros((len(batch), width), np.int64)
            for row, i in enumerate(batch):
                ids[row, : len(tokens[i])] = tokens[i]
                mask[row, : len(tokens[i])] = 1
            vectors[batch] = self._session.run(["embedding"], {"input_ids": ids, "attention_mask": mask})[0]
        return vectors


def open_session(model: Path | bytes, threads: int = 0) -> Any:
    """An ONNX Runtime session on the CPU; `model` is a file or its bytes."""
    import onnxruntime  # 0.15 s to import, and many commands never embed

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    # Spinning, idle threads burn 25 ms of another's processor time after each question; without, many texts are
    # embedded as quickly, and one question in 8.5 ms instead of 6.6.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(
        str(model) if isinstance(model, Path) else model, options, providers=["CPUExecutionProvider"]
    )
