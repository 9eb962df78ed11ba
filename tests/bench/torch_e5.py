"""The same weights in PyTorch, fp32: what the bench compares the bundled engine with."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as f

from index.embed.e5_weights import E5Weights


class TorchE5:
    """A plain BERT encoder with mean pooling."""

    def __init__(self, weights: E5Weights) -> None:
        self.w = weights
        # Only its own tensors are expanded; the vocabulary stays 4-bit until a row is needed.
        self.matrices = {n: torch.from_numpy(m.dequantised()) for n, m in weights.matrices.items() if n != "emb.word"}
        self.vectors = {n: torch.from_numpy(v.copy()) for n, v in weights.vectors.items()}
        self.words = torch.from_numpy(weights.matrices["emb.word"].dequantised())
        self.positions = self.vectors["emb.pos"].view(weights.positions, weights.hidden)

    def linear(self, x: torch.Tensor, name: str) -> torch.Tensor:
        return f.linear(x, self.matrices[f"{name}.w"], self.vectors[f"{name}.b"])

    def norm(self, x: torch.Tensor, name: str) -> torch.Tensor:
        return f.layer_norm(x, (self.w.hidden,), self.vectors[f"{name}.w"], self.vectors[f"{name}.b"], self.w.epsilon)

    @torch.inference_mode()
    def embed(self, ids: np.ndarray) -> np.ndarray:
        """Unit vectors of token ids, shape (batch, length), without padding."""
        tokens = torch.from_numpy(ids)
        batch, length = tokens.shape
        types = self.vectors["emb.type"].view(-1, self.w.hidden)[0]
        x = self.norm(self.words[tokens] + self.positions[:length] + types, "emb.ln")
        heads = self.w.heads
        for layer in range(self.w.layers):
            q, k, v = (
                self.linear(x, f"l{layer}.{part}").view(batch, length, heads, -1).transpose(1, 2) for part in "qkv"
            )
            attended = f.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(batch, length, -1)
            x = self.norm(x + self.linear(attended, f"l{layer}.ao"), f"l{layer}.aln")
            inner = f.gelu(self.linear(x, f"l{layer}.fi"))
            x = self.norm(x + self.linear(inner, f"l{layer}.fo"), f"l{layer}.oln")
        return f.normalize(x.mean(dim=1), dim=-1).numpy()
