"""Builds the ONNX graph of multilingual-e5-small with ONNX Runtime's fused operators, straight from the weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from index.embed.e5_weights import BLOCK, E5Weights, Quantised

if TYPE_CHECKING:
    from onnx import ModelProto

Precision = Literal["int8", "fp32"]
"""How matrices are multiplied: "int8" rounds weights per column and activations to 8 bits; "fp32" expands the same
weights, as the reference that "int8" is measured against."""
SMOOTHING = 0.7
"""SmoothQuant's alpha. Cosine to fp32 over 320 texts: 0.969 at 0.5 everywhere, 0.9991 with these two."""
SMOOTHING_ACTIVE = 0.9  # GELU's outputs hold the far outliers (33 where the median column reaches 1.8)
Ranges = Mapping[str, NDArray[np.float32]]
"""Largest absolute value per column of the input of a matrix product, by the name of the node that gives it."""


class _Graph:
    """Collects nodes and initialisers."""

    def __init__(self) -> None:
        import onnx.helper  # the library is needed to build a model, never to run one

        self._onnx = onnx
        self.nodes: list[Any] = []
        self.initialisers: list[Any] = []

    def constant(self, name: str, array: NDArray[Any]) -> str:
        self.initialisers.append(self._onnx.numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(self, kind: str, inputs: list[str], output: str, outputs: int = 1, **attributes: Any) -> str:
        names = [output] if outputs == 1 else [f"{output}.{i}" for i in range(outputs)]
        fused = "com.microsoft" if kind in _FUSED else ""
        self.nodes.append(self._onnx.helper.make_node(kind, inputs, names, domain=fused, **attributes))
        return names[0]

    def gather(self, name: str, table: Quantised, indices: str) -> str:
        """Rows of a 4-bit table, expanded as they are read: the vocabulary is four fifths of the model."""
        helper, kind = self._onnx.helper, self._onnx.TensorProto
        packed = _pack(table.nibbles)
        self.initialisers.append(helper.make_tensor(name, kind.INT4, table.nibbles.shape, packed.tobytes(), raw=True))
        scales = self.constant(f"{name}.scales", table.scales)
        return self.node(
            "GatherBlockQuantized", [name, indices, scales], f"{name}.rows", block_size=BLOCK, quantize_axis=1
        )

    def matmul(self, name: str, matrix: Quantised, x: str, reach: NDArray[np.float32] | None) -> str:
        """Give x · matrixᵀ; `reach` holds the largest absolute value seen in each column of x."""
        weights = matrix.dequantised().T
        if reach is None:
            return self.node("MatMul", [x, self.constant(name, weights)], f"{name}.out")
        # SmoothQuant (Xiao et al., 2023): shrink the columns of x that reach far and grow the rows of the weights that
        # meet them, so that one step size fits all of x. The step is fixed, not measured per batch: a text's vector
        # must not depend on its neighbours in the batch.
        alpha = SMOOTHING_ACTIVE if x.endswith("active") else SMOOTHING
        smooth = reach**alpha / np.abs(weights).max(axis=1) ** (1 - alpha)
        smooth *= (reach / smooth).max()
        grown = weights * smooth[:, None]
        steps = np.abs(grown).max(axis=0) / 127
        rounded = np.rint(grown / steps).astype(np.int8)
        shrunk = self.node("Mul", [x, self.constant(f"{name}.smooth", (1 / smooth).astype(np.float32))], f"{name}.x")
        step, middle = (
            self.constant(f"{name}.step", np.array(1 / 127, np.float32)),
            self.constant(f"{name}.middle", np.array(128, np.uint8)),
        )
        self.node("QuantizeLinear", [shrunk, step, middle], f"{name}.q")
        matrix_steps = self.constant(f"{name}.steps", steps.astype(np.float32))
        return self.node(
            "MatMulIntegerToFloat",
            [f"{name}.q", self.constant(name, rounded), step, matrix_steps, middle],
            f"{name}.out",
        )


_FUSED = {
    "GatherBlockQuantized",
    "MatMulIntegerToFloat",
    "MultiHeadAttention",
    "SkipLayerNormalization",
    "BiasGelu",
}


def _pack(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Two 4-bit values a byte, the first in the low nibble."""
    pairs: NDArray[np.uint8] = values.reshape(-1, 2).astype(np.uint8) & np.uint8(0x0F)
    packed: NDArray[np.uint8] = pairs[:, 0] | (pairs[:, 1] << np.uint8(4))
    return packed


def build_graph(weights: E5Weights, ranges: Ranges | None) -> ModelProto:
    """Give a model with inputs `input_ids`, `attention_mask` (int64, batch × length) and outputs.

    `embedding` (float32, batch × hidden, unit length: the mean over the unmasked tokens) and `tokens`
    (float32, batch × length × hidden, the last layer's states).
    """
    import onnx
    from onnx import TensorProto, helper

    graph, vectors, matrices = _Graph(), weights.vectors, weights.matrices
    ids, mask = "input_ids", "attention_mask"
    words = graph.gather("emb.word", matrices["emb.word"], ids)
    position_rows = vectors["emb.pos"].reshape(weights.positions, weights.hidden)
    type_row = vectors["emb.type"].reshape(-1, weights.hidden)[0]
    graph.constant("emb.pos", position_rows + type_row)  # every token is of type 0
    graph.constant("zero", np.array([0], np.int64))
    graph.constant("one", np.array([1], np.int64))
    graph.node("Shape", [ids], "length", start=1, end=2)
    positions = graph.node("Slice", ["emb.pos", "zero", "length", "zero"], "positions")
    graph.node("Add", [words, positions], "embedded")
    x = graph.node(
        "LayerNormalization",
        ["embedded", graph.constant("emb.ln.w", vectors["emb.ln.w"]), graph.constant("emb.ln.b", vectors["emb.ln.b"])],
        "x0",
        axis=-1,
        epsilon=weights.epsilon,
    )
    key_mask = graph.node("Cast", [mask], "key_mask", to=TensorProto.INT32)
    for layer in range(weights.layers):
        x = _layer(graph, weights, ranges or {}, layer, x, key_mask)
    graph.node("Identity", [x], "tokens")
    _pool(graph, x, mask)
    integers, floats = TensorProto.INT64, TensorProto.FLOAT
    proto = helper.make_graph(
        graph.nodes,
        "multilingual-e5-small",
        [helper.make_tensor_value_info(name, integers, ["batch", "length"]) for name in (ids, mask)],
        [
            helper.make_tensor_value_info("embedding", floats, ["batch", weights.hidden]),
            helper.make_tensor_value_info("tokens", floats, ["batch", "length", weights.hidden]),
        ],
        graph.initialisers,
    )
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("com.microsoft", 1)]
    model: onnx.ModelProto = helper.make_model(proto, opset_imports=opsets, ir_version=10)
    return model


def _layer(graph: _Graph, weights: E5Weights, ranges: Ranges, layer: int, x: str, key_mask: str) -> str:
    vectors, matrices = weights.vectors, weights.matrices

    def name(suffix: str) -> str:
        return f"l{layer}.{suffix}"

    def vector(suffix: str) -> str:
        return graph.constant(name(suffix), vectors[name(suffix)])

    # One product for queries, keys and values: the activations are rounded once.
    three = [matrices[name(f"{part}.w")] for part in "qkv"]
    joined = Quantised(np.concatenate([m.nibbles for m in three]), np.concatenate([m.scales for m in three]))
    qkv = graph.matmul(name("qkv.w"), joined, x, ranges.get(x))
    graph.node("Split", [qkv], name("qkv"), outputs=3, axis=-1, num_outputs=3)
    bias = graph.constant(name("qkv.b"), np.concatenate([vectors[name(f"{part}.b")] for part in "qkv"]))
    attended = graph.node(
        "MultiHeadAttention",
        [name("qkv.0"), name("qkv.1"), name("qkv.2"), bias, key_mask],
        name("attended"),
        num_heads=weights.heads,
    )
    projected = graph.matmul(name("ao.w"), matrices[name("ao.w")], attended, ranges.get(attended))
    y = graph.node(
        "SkipLayerNormalization",
        [projected, x, vector("aln.w"), vector("aln.b"), vector("ao.b")],
        name("y"),
        epsilon=weights.epsilon,
    )
    inner = graph.matmul(name("fi.w"), matrices[name("fi.w")], y, ranges.get(y))
    active = graph.node("BiasGelu", [inner, vector("fi.b")], name("active"))
    outer = graph.matmul(name("fo.w"), matrices[name("fo.w")], active, ranges.get(active))
    return graph.node(
        "SkipLayerNormalization",
        [outer, y, vector("oln.w"), vector("oln.b"), vector("fo.b")],
        name("out"),
        epsilon=weights.epsilon,
    )


def _pool(graph: _Graph, x: str, mask: str) -> None:
    from onnx import TensorProto

    graph.constant("two", np.array([2], np.int64))
    graph.node("Cast", [mask], "mask.float", to=TensorProto.FLOAT)
    graph.node("Unsqueeze", ["mask.float", "two"], "mask.column")
    graph.node("Mul", [x, "mask.column"], "masked")
    graph.node("ReduceSum", ["masked", "one"], "sum", keepdims=0)  # the mean's divisor cancels in the normalisation
    graph.node("LpNormalization", ["sum"], "embedding", axis=-1, p=2)
