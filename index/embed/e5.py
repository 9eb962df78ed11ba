"""The bundled embedder: multilingual-e5-small on ONNX Runtime."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.embed.e5_model import DIMENSION, FINGERPRINT, ensure_model
from index.embed.e5_reader import SENTENCE_CHARACTERS, pair_of
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
        self._lower, self._upper, self._reader = (
            open_session(folder / f"{part}.onnx", threads) for part in ("lower", "upper", "reader")
        )
        self._vocabulary = Vocabulary(folder)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Shape (len(texts), 384), unit rows. Any text is fine: empty, emoji, a megabyte (its beginning counts)."""
        return self._embed([f"passage: {text}" for text in texts])

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """Shape (384,), unit length."""
        vector: NDArray[np.float32] = self._embed([f"query: {text}"])[0]
        return vector

    def answers(self, question: str, sentences: Sequence[str]) -> NDArray[np.float32]:
        """Shape (len(sentences),): log odds that each one, read together with the question, answers it."""
        cut = [sentence[:SENTENCE_CHARACTERS] for sentence in sentences]
        asked, *told = self._vocabulary.encode([question, *cut])
        return self._run(self._reader, [pair_of(asked, one) for one in told], ())

    def _embed(self, texts: Sequence[str]) -> Vectors:
        return self._run(self._upper, self._vocabulary.encode(texts), (DIMENSION,))

    def _run(self, last: Any, tokens: Sequence[Sequence[int]], shape: tuple[int, ...]) -> NDArray[np.float32]:
        """What the lower layers and then the `last` ones make of each list of token ids."""
        found = np.zeros((len(tokens), *shape), np.float32)
        # Neighbours in a batch should be of one length: padding is work thrown away.
        order = sorted(range(len(tokens)), key=lambda i: -len(tokens[i]))
        while order:
            size = max(1, BATCH_TOKENS // len(tokens[order[0]]))
            batch, order = order[:size], order[size:]
            width = len(tokens[batch[0]])
            ids = np.full((len(batch), width), _PAD, np.int64)
            mask = np.zeros((len(batch), width), np.int64)
            for row, i in enumerate(batch):
                ids[row, : len(tokens[i])] = tokens[i]
                mask[row, : len(tokens[i])] = 1
            states = self._lower.run(None, {"input_ids": ids, "attention_mask": mask})[0]
            found[batch] = last.run(None, {"states": states, "attention_mask": mask})[0]
        return found


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
