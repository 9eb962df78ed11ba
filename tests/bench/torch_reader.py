"""The bundled model as a reader of a question and a sentence together, in PyTorch: what fit_reader trains."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as f
from torch.nn.utils.rnn import pad_sequence

from index.embed.e5_weights import E5Weights
from tests.bench.torch_e5 import TorchE5

LOWER = 6  # layers that stay as they are
RANK = 32
Pair = tuple[int, ...]  # token ids of <s> question </s></s> sentence </s>


class Reader(TorchE5):
    """The encoder with a head that scores pairs: the log odds of the sentence against "none of them"."""

    def __init__(self, model: E5Weights) -> None:
        super().__init__(model)
        upper = tuple(f"l{layer}." for layer in range(LOWER, model.layers))
        for tensors in (self.matrices, self.vectors):
            tensors |= {n: torch.nn.Parameter(t) for n, t in tensors.items() if n.startswith(upper)}
        self.body = {n: t for n, t in (self.matrices | self.vectors).items() if n.startswith(upper)}
        self.head = {
            "head.w": torch.nn.Parameter(torch.zeros(model.hidden)),
            "head.b": torch.nn.Parameter(torch.zeros(1)),
        }

    @torch.inference_mode()
    def lower(self, pairs: Sequence[Pair]) -> list[torch.Tensor]:
        """States below the layers that learn, (tokens, hidden) of each pair; half floats, so that all fit in memory."""
        ids, filled = padded([torch.tensor(pair) for pair in pairs])
        types = self.vectors["emb.type"].view(-1, self.w.hidden)[0]
        x = self.norm(self.words[ids] + self.positions[: ids.shape[1]] + types, "emb.ln")
        for layer in range(LOWER):
            x = self.layer(x, filled, layer, 0.0)
        return [row[: len(pair)].half() for row, pair in zip(x, pairs, strict=True)]

    def upper(self, states: Sequence[torch.Tensor], dropout: float = 0.0) -> torch.Tensor:
        """Scores, shape (pairs,)."""
        x, filled = padded([s.float() for s in states])
        for layer in range(LOWER, self.w.layers):
            x = self.layer(x, filled, layer, dropout)
        mean = (x * filled[:, :, None]).sum(1) / filled.sum(1, keepdim=True)
        return mean @ self.head["head.w"] + self.head["head.b"]

    def layer(self, x: torch.Tensor, filled: torch.Tensor, layer: int, dropout: float) -> torch.Tensor:
        batch, length, _ = x.shape
        q, k, v = (
            self.linear(x, f"l{layer}.{part}").view(batch, length, self.w.heads, -1).transpose(1, 2) for part in "qkv"
        )
        attended = f.scaled_dot_product_attention(q, k, v, attn_mask=filled[:, None, None, :])
        out = self.linear(attended.transpose(1, 2).reshape(batch, length, -1), f"l{layer}.ao")
        x = self.norm(x + f.dropout(out, dropout), f"l{layer}.aln")
        inner = f.gelu(self.linear(x, f"l{layer}.fi"))
        return self.norm(x + f.dropout(self.linear(inner, f"l{layer}.fo"), dropout), f"l{layer}.oln")


def padded(rows: list[torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    """The rows as one tensor, and which of its places are filled: shape (rows, longest)."""
    lengths = torch.tensor([len(row) for row in rows])
    return pad_sequence(rows, batch_first=True), torch.arange(int(lengths.max())) < lengths[:, None]


def low_rank(change: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two factors of rank RANK, the product of which comes nearest to the change (Eckart and Young, 1936)."""
    left, values, right = np.linalg.svd(change, full_matrices=False)
    root = np.sqrt(values[:RANK])
    return (left[:, :RANK] * root).astype(np.float16), (root[:, None] * right[:RANK]).astype(np.float16)


def write(reader: Reader, file: Path) -> None:
    """Of each matrix, its change against the bundled weights as two factors in half floats: "l6.q.w.down" (rows, RANK)
    and "l6.q.w.up" (RANK, columns); each bias and layer norm whole, and the head.
    """
    stored = {}
    for name, tensor in (reader.body | reader.head).items():
        values = tensor.detach().numpy()
        if name in reader.w.matrices:
            change = values - reader.w.matrices[name].dequantised()
            stored[f"{name}.down"], stored[f"{name}.up"] = low_rank(change)
        else:
            stored[name] = values
    np.savez_compressed(file, **stored)
