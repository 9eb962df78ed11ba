"""Builds the ONNX graph of multilingual-e5-small with ONNX Runtime's fused operators, straight from the weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from index.embed.e5_reader import ReaderWeights
from index.embed.e5_weights import BLOCK, E5Weights, Quantised

if TYPE_CHECKING:
    from onnx import ModelProto

Precision = Literal["int8", "fp32"]
"""How matrices are multiplied: "int8" rounds weights per column and activations to 8 bits; "fp32" expands the same
weights, as the reference that "int8" is measured against."""
SMOOTHING = 0.7
"""SmoothQuant's alpha. Cosine to fp32 over 320 texts: 0.969 at 0.5 everywhere, 0.9991 with these two."""
SMOOTHING_ACTIVE = 0.9  # GELU's outputs hold the far outliers (33 where the median column reaches 1.8)
Part = Literal["lower", "upper", "reader"]
Shapes = dict[str, tuple[int, list[Any]]]
"""By name: ONNX's kind of element, and the lengths of the axes or what they are called."""
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

    def key_mask(self) -> str:
        return self.node("Cast", ["attention_mask"], "key_mask", to=self._onnx.TensorProto.INT32)

    def sum_of(self, x: str) -> str:
        """Of the unmasked tokens' states, shape (batch, hidden)."""
        self.constant("one", np.array([1], np.int64))
        self.constant("two", np.array([2], np.int64))
        self.node("Cast", ["attention_mask"], "mask.float", to=self._onnx.TensorProto.FLOAT)
        self.node("Unsqueeze", ["mask.float", "two"], "mask.column")
        self.node("Mul", [x, "mask.column"], "masked")
        return self.node("ReduceSum", ["masked", "one"], "sum", keepdims=0)

    def model(self, inputs: Shapes, outputs: Shapes) -> ModelProto:
        helper = self._onnx.helper
        told = ([helper.make_tensor_value_info(name, *how) for name, how in some.items()] for some in (inputs, outputs))
        proto = helper.make_graph(self.nodes, "multilingual-e5-small", *told, self.initialisers)
        opsets = [helper.make_opsetid("", 21), helper.make_opsetid("com.microsoft", 1)]
        model: ModelProto = helper.make_model(proto, opset_imports=opsets, ir_version=10)
        return model

    def gather(self, name: str, table: Quantised, indices: str) -> str:
        """Rows of a 4-bit table, expanded as they are read: the vocabulary is four fifths of the model."""
        helper, kind = self._onnx.helper, self._onnx.TensorProto
        packed = _pack(table.nibbles)
        self.initialisers.append(helper.make_tensor(name, kind.INT4, table.nibbles.shape, packed.tobytes(), raw=True))
        scales = self.constant(f"{name}.scales", table.scales)
        return self.node(
            "GatherBlockQuantized", [name, indices, scales], f"{name}.rows", block_size=BLOCK, quantize_axis=1
        )

    def matmul(self, name: str, matrix: NDArray[np.float32], x: str, reach: NDArray[np.float32] | None) -> str:
        """Give x · matrixᵀ; `reach` holds the largest absolute value seen in each column of x."""
        weights = matrix.T
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


@dataclass(frozen=True, slots=True)
class _Layer:
    """One layer's weights, and what its nodes are called after: "l7", or "r7" where the reader has its own."""

    name: str
    number: int
    bundled: E5Weights
    reader: ReaderWeights | None = None

    def matrix(self, suffix: str) -> NDArray[np.float32]:
        """Shape (rows, columns)."""
        name = f"l{self.number}.{suffix}"
        matrix = self.bundled.matrices[name].dequantised()
        return matrix + self.reader.change(name) if self.reader else matrix

    def vector(self, suffix: str) -> NDArray[np.float32]:
        name = f"l{self.number}.{suffix}"
        return self.reader.vectors[name] if self.reader else self.bundled.vectors[name]


def build_graphs(weights: E5Weights, ranges: Ranges | None, reader: ReaderWeights) -> dict[Part, ModelProto]:
    """Give the model in three parts, so that none computes what another is for.

    "lower": from `input_ids` and `attention_mask` (int64, batch × length) to `states` (float32, batch × length ×
    hidden), those of the layers that the other two share. Both take `states` and `attention_mask`. "upper" gives
    `embedding` (float32, batch × hidden, unit length: the mean over the unmasked tokens). "reader" gives `answers`
    (float32, batch): of a question and a sentence read together, the log odds that this answers that.
    """
    from onnx import TensorProto

    ranges, floats = ranges or {}, TensorProto.FLOAT
    tokens: Shapes = {name: (TensorProto.INT64, ["batch", "length"]) for name in ("input_ids", "attention_mask")}
    mask: Shapes = {"attention_mask": tokens["attention_mask"]}
    states: Shapes = {"states": (floats, ["batch", "length", weights.hidden])}
    lower, upper, judge = _Graph(), _Graph(), _Graph()
    x, key_mask = _embedded(lower, weights), lower.key_mask()
    for number in range(reader.first):
        x = _layer(lower, _Layer(f"l{number}", number, weights), ranges, x, key_mask)
    lower.node("Identity", [x], "states")
    for graph, name, own in ((upper, "l", None), (judge, "r", reader)):
        x, key_mask = graph.node("Identity", ["states"], f"l{reader.first - 1}.out"), graph.key_mask()
        for number in range(reader.first, weights.layers):
            x = _layer(graph, _Layer(f"{name}{number}", number, weights, own), ranges, x, key_mask)
        summed = graph.sum_of(x)
        if own is None:  # the mean's divisor cancels in the normalisation
            graph.node("LpNormalization", [summed], "embedding", axis=-1, p=2)
        else:
            _judge(graph, summed, own)
    return {
        "lower": lower.model(tokens, states),
        "upper": upper.model(states | mask, {"embedding": (floats, ["batch", weights.hidden])}),
        "reader": judge.model(states | mask, {"answers": (floats, ["batch"])}),
    }


def _embedded(graph: _Graph, weights: E5Weights) -> str:
    """What the lowest layer reads: the sum of a token's, its position's and its type's embedding, normalised."""
    vectors = weights.vectors
    words = graph.gather("emb.word", weights.matrices["emb.word"], "input_ids")
    position_rows = vectors["emb.pos"].reshape(weights.positions, weights.hidden)
    type_row = vectors["emb.type"].reshape(-1, weights.hidden)[0]
    graph.constant("emb.pos", position_rows + type_row)  # every token is of type 0
    graph.constant("zero", np.array([0], np.int64))
    graph.node("Shape", ["input_ids"], "length", start=1, end=2)
    positions = graph.node("Slice", ["emb.pos", "zero", "length", "zero"], "positions")
    graph.node("Add", [words, positions], "embedded")
    return graph.node(
        "LayerNormalization",
        ["embedded", graph.constant("emb.ln.w", vectors["emb.ln.w"]), graph.constant("emb.ln.b", vectors["emb.ln.b"])],
        "x0",
        axis=-1,
        epsilon=weights.epsilon,
    )


def _layer(graph: _Graph, layer: _Layer, ranges: Ranges, x: str, key_mask: str) -> str:
    def name(suffix: str) -> str:
        return f"{layer.name}.{suffix}"

    def vector(suffix: str) -> str:
        return graph.constant(name(suffix), layer.vector(suffix))

    def product(suffix: str, x: str) -> str:
        return graph.matmul(name(suffix), layer.matrix(suffix), x, ranges.get(x))

    # One product for queries, keys and values: the activations are rounded once.
    joined = np.concatenate([layer.matrix(f"{part}.w") for part in "qkv"])
    qkv = graph.matmul(name("qkv.w"), joined, x, ranges.get(x))
    graph.node("Split", [qkv], name("qkv"), outputs=3, axis=-1, num_outputs=3)
    bias = graph.constant(name("qkv.b"), np.concatenate([layer.vector(f"{part}.b") for part in "qkv"]))
    attended = graph.node(
        "MultiHeadAttention",
        [name("qkv.0"), name("qkv.1"), name("qkv.2"), bias, key_mask],
        name("attended"),
        num_heads=layer.bundled.heads,
    )
    y = graph.node(
        "SkipLayerNormalization",
        [product("ao.w", attended), x, vector("aln.w"), vector("aln.b"), vector("ao.b")],
        name("y"),
        epsilon=layer.bundled.epsilon,
    )
    active = graph.node("BiasGelu", [product("fi.w", y), vector("fi.b")], name("active"))
    return graph.node(
        "SkipLayerNormalization",
        [product("fo.w", active), y, vector("oln.w"), vector("oln.b"), vector("fo.b")],
        name("out"),
        epsilon=layer.bundled.epsilon,
    )


def _judge(graph: _Graph, summed: str, reader: ReaderWeights) -> None:
    """A line through the mean of the unmasked states."""
    graph.node("ReduceSum", ["mask.float", "one"], "count", keepdims=1)
    graph.node("Div", [summed, "count"], "mean")
    graph.node("MatMul", ["mean", graph.constant("head.w", reader.head)], "product")
    graph.node("Add", ["product", graph.constant("head.b", reader.bias)], "answers")
