"""3x3 convolutions with a third fewer multiplications: Winograd's F(2, 3) along rows (Lavin and Gray 2016).

Two neighbours in a row take 2 x 3 multiplications with the kernel's row (g0, g1, g2); with

    v = (d0 - d2, d1 + d2, d2 - d1, d1 - d3)        of the four inputs d0 to d3 that they see
    m = (g0, (g0 + g1 + g2) / 2, (g0 - g1 + g2) / 2, g2) * v
    even, odd = m0 + m1 + m2, m1 - m2 - m3

it is 4. Each of the four products is a convolution over the kernel's three rows. All of it is said in plain
ONNX operators, and in those that ONNX Runtime computes blockwise: sums are convolutions of one weight a
channel, which it joins with the addition that follows.

Even and odd columns are kept apart as two maps from one such convolution to the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

_HEIGHT, _WIDTH = 2, 3
"""Axes of a map's rows and columns: N, C, H, W."""

_PLAIN = {"kernel_shape": [3, 3], "pads": [1, 1, 1, 1], "strides": [1, 1], "dilations": [1, 1], "group": 1}
_HALFWISE = ("Relu", "Add")


@dataclass(frozen=True)
class _Halves:
    """Names of a map's even and odd columns."""

    even: str
    odd: str


def with_fewer_products(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same function, its plain 3x3 convolutions on maps of even width done by Winograd's way.

    Answers differ by rounding: about 1e-6 of the largest value.
    """
    rewriting = _Rewriting(model)
    for node in model.graph.node:
        rewriting.take(node)
    return rewriting.finished()


class _Rewriting:
    """One pass over a graph, node by node in its order."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self._model = model
        self._weights = {each.name: each for each in model.graph.initializer}
        inferred = onnx.shape_inference.infer_shapes(model, data_prop=True).graph
        self._shapes = {each.name: each.type.tensor_type.shape.dim for each in inferred.value_info}
        self._nodes: list[onnx.NodeProto] = []
        self._halves: dict[str, _Halves] = {}
        self._whole: set[str] = set()

    def take(self, node: onnx.NodeProto) -> None:
        """Write what this node becomes."""
        name = node.output[0]
        split = [each in self._halves for each in node.input]
        if self._is_plain(node):
            self._halves[name] = self._convolved(node)
        elif (node.op_type in _HALFWISE and all(split)) or (split[:1] == [True] and _is_pointwise(node)):
            self._halves[name] = self._halfwise(node)
        elif split[:1] == [True] and self._is_pooling(node):
            self._pooled(node)
        else:
            for each in node.input:
                self._make_whole(each)
            self._nodes.append(node)

    def finished(self) -> onnx.ModelProto:
        """The model with the new nodes and the weights that they use."""
        graph = self._model.graph
        for given in graph.output:
            self._make_whole(given.name)
        used = {name for node in self._nodes for name in node.input}
        weights = [each for name, each in self._weights.items() if name in used]
        del graph.node[:], graph.initializer[:], graph.value_info[:]
        graph.node.extend(self._nodes)
        graph.initializer.extend(weights)
        return self._model

    def _is_plain(self, node: onnx.NodeProto) -> bool:
        """Whether it is a 3x3 convolution that keeps height and width, of constant weights and even width."""
        if node.op_type != "Conv" or len(node.input) < 3 or node.input[1] not in self._weights:
            return False
        said = _said(node)
        shape = self._shapes.get(node.output[0])
        is_even = shape is not None and shape[_WIDTH].dim_value > 0 and shape[_WIDTH].dim_value % 2 == 0
        return is_even and all(said.get(key, value) == value for key, value in _PLAIN.items())

    def _is_pooling(self, node: onnx.NodeProto) -> bool:
        """Whether it is the mean over height and width, which stay as axes of length 1."""
        if node.op_type != "ReduceMean" or len(node.input) < 2 or node.input[1] not in self._weights:
            return False
        axes = numpy_helper.to_array(self._weights[node.input[1]]) % (_WIDTH + 1)
        return sorted(axes.tolist()) == [_HEIGHT, _WIDTH] and _said(node).get("keepdims", 1) == 1

    def _convolved(self, node: onnx.NodeProto) -> _Halves:
        """A convolution's even and odd columns; its bias goes where the signs let it through."""
        outputs, channels = self._weights[node.input[1]].dims[:2]
        first, plus, minus, minus_last = self._kernels(node.input[1])
        v0, v1, v2, v3 = self._seen(node.input[0], channels, node.output[0])
        bias, to = node.input[2], node.output[0]
        m1 = self._by_rows(v1, plus, f"{to}_m1")
        m2 = self._by_rows(v2, minus, f"{to}_m2")
        both = self._put("Add", [m1, m2], f"{to}_sum")
        apart = self._put("Add", [self._weighed(m2, [-1], outputs, f"{to}_minus_m2"), m1], f"{to}_apart")
        even = self._put("Add", [self._by_rows(v0, first, f"{to}_m0", bias), both], f"{to}_even")
        odd = self._put("Add", [self._by_rows(v3, minus_last, f"{to}_minus_m3", bias), apart], f"{to}_odd")
        return _Halves(even, odd)

    def _kernels(self, name: str) -> tuple[str, str, str, str]:
        """g0, (g0 + g1 + g2) / 2, (g0 - g1 + g2) / 2 and -g2 of a kernel, each (outputs, inputs, 3, 1).

        Said in the graph, so that the file holds the kernel only; whoever loads it computes them once.
        """
        axis, half = self._constant(np.array([_WIDTH]), "width"), self._constant(np.float32(0.5), "half")
        ends = [self._constant(np.array([number]), f"column_{number}") for number in range(4)]
        g0, g1, g2 = (
            self._put("Slice", [name, *ends[number : number + 2], axis], f"{name}_g{number}")
            for number in range(3)
        )
        outer = self._put("Add", [g0, g2], f"{name}_outer")
        plus = self._put("Add", [outer, g1], f"{name}_twice_plus")
        minus = self._put("Sub", [outer, g1], f"{name}_twice_minus")
        return (
            g0,
            self._put("Mul", [plus, half], f"{name}_plus"),
            self._put("Mul", [minus, half], f"{name}_minus"),
            self._put("Neg", [g2], f"{name}_minus_g2"),
        )

    def _seen(self, name: str, channels: int, to: str) -> tuple[str, str, str, str]:
        """The four combinations of inputs that a pair of neighbours sees, one column a pair."""
        v0, v1, v2, v3 = (f"{to}_v{number}" for number in range(4))
        halves = self._halves.get(name)
        if halves is None:
            # Padding that keeps the width, halved: what ONNX Runtime knows to be of one shape it can join.
            return (
                self._weighed(name, [1, 0, -1], channels, v0, (1, 1), 2),
                self._weighed(name, [1, 1], channels, v1, (0, 1), 2),
                self._weighed(name, [-1, 1], channels, v2, (0, 1), 2),
                self._weighed(name, [1, 0, -1], channels, v3, (0, 2), 2),
            )
        minus_even = self._weighed(halves.even, [-1], channels, f"{to}_minus_even")
        return (
            self._weighed(halves.odd, [1, -1], channels, v0, (1, 0)),
            self._put("Add", [halves.even, halves.odd], v1),
            self._put("Add", [minus_even, halves.odd], v2),
            self._weighed(halves.even, [1, -1], channels, v3, (0, 1)),
        )

    def _halfwise(self, node: onnx.NodeProto) -> _Halves:
        """What treats each column alike, done to both halves."""
        made = []
        for side in ("even", "odd"):
            half = onnx.NodeProto()
            half.CopyFrom(node)
            half.name = half.output[0] = f"{node.output[0]}_{side}"
            for place, each in enumerate(node.input):
                if each in self._halves:
                    half.input[place] = getattr(self._halves[each], side)
            self._nodes.append(half)
            made.append(half.output[0])
        return _Halves(*made)

    def _pooled(self, node: onnx.NodeProto) -> None:
        """The mean of the halves' means."""
        name, halves = node.output[0], self._halves[node.input[0]]
        means = [self._put("GlobalAveragePool", [half], f"{half}_mean") for half in (halves.even, halves.odd)]
        self._put("Mean", means, name)

    def _make_whole(self, name: str) -> None:
        """Put the columns of both halves in turn, under the name of old."""
        if name not in self._halves or name in self._whole:
            return
        self._whole.add(name)
        halves = self._halves[name]
        axis = self._constant(np.array([_WIDTH + 1]), "after_width")
        pair = [self._put("Unsqueeze", [half, axis], f"{half}_pair") for half in (halves.even, halves.odd)]
        both = self._put("Concat", pair, f"{name}_pairs", axis=_WIDTH + 1)
        self._put("Reshape", [both, self._constant(np.array([0, 0, 0, -1]), "pairs_in_a_row")], name)

    def _by_rows(self, name: str, kernel: str, to: str, bias: str | None = None) -> str:
        """A convolution over three rows, of a kernel (outputs, inputs, 3, 1)."""
        inputs = [name, kernel, *([bias] if bias else [])]
        return self._put("Conv", inputs, to, kernel_shape=[3, 1], pads=[1, 0, 1, 0])

    def _weighed(
        self,
        name: str,
        weights: list[int],
        channels: int,
        to: str,
        pads: tuple[int, int] = (0, 0),
        stride: int = 1,
    ) -> str:
        """Sums of neighbouring columns, the same weights for every channel."""
        row = np.tile(np.array(weights, np.float32), (channels, 1, 1, 1))
        inputs = [name, self._constant(row, f"{to}_weight")]
        left, right = pads
        shape = {"kernel_shape": [1, len(weights)], "pads": [0, left, 0, right], "strides": [1, stride]}
        return self._put("Conv", inputs, to, group=channels, **shape)

    def _put(self, kind: str, inputs: list[str], to: str, **attributes: Any) -> str:  # noqa: ANN401 - as ONNX has them
        self._nodes.append(helper.make_node(kind, inputs, [to], name=to, **attributes))
        return to

    def _constant(self, values: NDArray[np.generic] | np.float32, name: str) -> str:
        self._weights[name] = numpy_helper.from_array(np.ascontiguousarray(values), name)
        return name


def _is_pointwise(node: onnx.NodeProto) -> bool:
    """Whether it is a 1x1 convolution that looks at every column."""
    said = _said(node)
    steps, pads = said.get("strides", [1, 1]), said.get("pads", [0] * 4)
    return node.op_type == "Conv" and said["kernel_shape"] == steps == [1, 1] and not any(pads)


def _said(node: onnx.NodeProto) -> dict[str, Any]:
    """A node's attributes by name."""
    return {each.name: helper.get_attribute_value(each) for each in node.attribute}
