"""Weights that read a question and a sentence together: the upper layers of the bundled model, trained anew.

In e5_reader.npz, made by tests/bench/fit_reader.py: for each matrix of those layers its change as the product of two
thin ones (Hu et al., 2021, LoRA's form, here cut from the whole change by its singular values), their other weights
whole, and the line through the mean of the last states that gives log odds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

WEIGHTS = Path(__file__).with_name("e5_reader.npz")
QUESTION_TOKENS = 40
"""A question's, with <s> and </s>; what is longer is cut."""
PAIR_TOKENS = 112
"""A question's and a sentence's together."""
SENTENCE_CHARACTERS = 900
"""More than PAIR_TOKENS hold: what lies beyond is not even split."""
_EOS = 2


@dataclass(frozen=True, slots=True)
class ReaderWeights:
    """What differs from the bundled model."""

    first: int
    """The lowest layer, from 0, that has its own weights."""
    thin: Mapping[str, tuple[NDArray[np.float32], NDArray[np.float32]]]
    """By a matrix's name: shapes (rows, rank) and (rank, columns)."""
    vectors: Mapping[str, NDArray[np.float32]]
    head: NDArray[np.float32]
    """Shape (hidden,)."""
    bias: NDArray[np.float32]
    """Shape (1,)."""

    def change(self, name: str) -> NDArray[np.float32]:
        """What is added to a bundled matrix; shape (rows, columns)."""
        down, up = self.thin[name]
        change: NDArray[np.float32] = down @ up
        return change


def read_reader(path: Path = WEIGHTS) -> ReaderWeights:
    """The shipped weights."""
    with np.load(path) as stored:
        arrays = {name: stored[name].astype(np.float32) for name in stored.files}
    head, bias = arrays.pop("head.w"), arrays.pop("head.b")
    names = [name.removesuffix(".down") for name in arrays if name.endswith(".down")]
    thin = {name: (arrays.pop(f"{name}.down"), arrays.pop(f"{name}.up")) for name in names}
    return ReaderWeights(min(int(name[1:].partition(".")[0]) for name in names), thin, arrays, head, bias)


def pair_of(question: list[int], sentence: list[int]) -> list[int]:
    """Token ids of both, each with its own <s> and </s>, as one text: XLM-RoBERTa's form of a pair."""
    return [*question[:QUESTION_TOKENS], _EOS, *sentence[1:]][:PAIR_TOKENS]
