"""Operations that are layers only together: activations and normalization written out in arithmetic.

A function of single numbers is known by what it does: it is worked out at many numbers and compared with netviz' own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from netviz.arrays import Array
from netviz.engine.activations import normal_cdf
from netviz.formats.onnx.reading.model import Node
from netviz.formats.onnx.reading.readers import Value
from netviz.formats.onnx.reading.tensor import Tensor

_MOST_NODES = 24
_TRIED = np.concatenate([np.linspace(-9, 9, 181), np.linspace(-0.5, 0.5, 41)])
_CLOSE = 2e-6


def _erf(x: Array) -> Array:
    return 2 * normal_cdf(x * math.sqrt(2)) - 1


_STEPS: Mapping[str, Callable[..., Any]] = {
    "Add": np.add, "Sub": np.subtract, "Mul": np.multiply, "Div": np.divide, "Pow": np.power, "Sqrt": np.sqrt,
    "Exp": np.exp, "Log": np.log, "Erf": _erf, "Tanh": np.tanh, "Neg": np.negative, "Abs": np.abs,
    "Sigmoid": lambda x: 1 / (1 + np.exp(-x)), "Relu": lambda x: np.maximum(x, 0), "Reciprocal": lambda x: 1 / x,
    "Softplus": lambda x: np.logaddexp(x, 0), "Where": np.where, "Greater": np.greater, "Less": np.less,
    "Max": np.maximum, "Min": np.minimum, "Identity": lambda x: x, "GreaterOrEqual": np.greater_equal,
    "LessOrEqual": np.less_equal,
}  # fmt: skip
_CUBE = math.sqrt(2 / math.pi)
_KNOWN: Mapping[tuple[str, str], Callable[[Array], Array]] = {
    ("Relu", ""): lambda x: np.maximum(x, 0),
    ("Sigmoid", ""): lambda x: 1 / (1 + np.exp(-x)),
    ("Tanh", ""): np.tanh,
    ("Softplus", ""): lambda x: np.logaddexp(x, 0),
    ("Gelu", "none"): lambda x: x * normal_cdf(x),
    ("Gelu", "tanh"): lambda x: x / 2 * (1 + np.tanh(_CUBE * (x + 0.044715 * x**3))),
    ("Elu", ""): lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
}


class Patterns:
    """The graph's nodes by what they give, for looking back from one of them."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        """Keep them."""
        self._made = {output: node for node in nodes for output in node.outputs}

    def simpler(self, node: Node, values: Mapping[str, Value]) -> Node | None:
        """One operation that gives what a node gives, from a result further back; None where none is known."""
        return self._normalization(node, values) or self._function(node, values) or self._slopes(node, values)

    # ------------------------------------------------------------------------------------------ functions of a number

    def _function(self, node: Node, values: Mapping[str, Value]) -> Node | None:
        if node.kind not in _STEPS:
            return None
        for source in self._sources(node, values):
            found = self._worked_out(node, source, values)
            if found is None:
                continue
            for (kind, approximate), function in _KNOWN.items():
                if np.allclose(found, function(_TRIED), rtol=_CLOSE, atol=_CLOSE):
                    return Node(kind, (source,), node.outputs, {"approximate": approximate}, node.name)
        return None

    def _sources(self, node: Node, values: Mapping[str, Value]) -> list[str]:
        """Results further back, the nearest first."""
        found: dict[str, None] = {}
        ahead = [name for name in node.inputs if name]
        while ahead and len(found) < _MOST_NODES:
            name = ahead.pop(0)
            if name in found:
                continue
            found[name] = None
            before = self._made.get(name)
            if before is not None and before.kind in _STEPS:
                ahead += [each for each in before.inputs if each]
        return [name for name in found if isinstance(values.get(name), Tensor)]

    def _worked_out(self, node: Node, source: str, values: Mapping[str, Value]) -> Array | None:
        """What a node makes of many numbers at `source`; None where that is not a function of them alone."""
        done: dict[str, Any] = {source: _TRIED}
        steps = [0]

        def at(name: str) -> Any:
            if name not in done:
                known, before = values.get(name), self._made.get(name)
                if isinstance(known, np.ndarray):
                    done[name] = known.reshape(()).astype(np.float64) if known.size == 1 else None
                elif before is None or before.kind not in _STEPS or before.domain or steps[0] > _MOST_NODES:
                    done[name] = None
                else:
                    steps[0] += 1
                    inner = [at(each) for each in before.inputs]
                    done[name] = None if any(each is None for each in inner) else _STEPS[before.kind](*inner)
            return done[name]

        with np.errstate(all="ignore"):
            found = [at(name) for name in node.inputs]
            if any(each is None for each in found):
                return None
            made = _STEPS[node.kind](*found)
        return made if np.shape(made) == _TRIED.shape else None

    def _slopes(self, node: Node, values: Mapping[str, Value]) -> Node | None:
        """max(x, 0) − α·max(−x, 0) with numbers α."""
        if node.kind != "Add":
            return None
        for above, below in (node.inputs, node.inputs[::-1]):
            relu, product = self._through(above), self._through(below)
            if relu is None or relu.kind != "Relu" or product is None or product.kind != "Mul":
                continue
            for factor, other in (product.inputs, product.inputs[::-1]):
                slope, inner = values.get(factor), self._through(other)
                negative = self._through(inner.input(0)) if inner is not None and inner.kind == "Relu" else None
                if not isinstance(slope, np.ndarray) or negative is None or negative.kind != "Neg":
                    continue
                if self._root(negative.input(0)) == self._root(relu.input(0)):
                    return Node("PRelu", (relu.input(0),), node.outputs, {"slope": -slope}, node.name)
        return None

    def _root(self, name: str) -> str:
        """A result behind which nothing but copies stand."""
        while (node := self._made.get(name)) is not None and node.kind in ("Cast", "Identity"):
            name = node.input(0)
        return name

    def _through(self, name: str) -> Node | None:
        return self._made.get(self._root(name))

    # --------------------------------------------------------------------------------------------- layer normalization

    def _normalization(self, node: Node, values: Mapping[str, Value]) -> Node | None:
        """(x − mean)/√(variance + ε), as Div or as Mul by the reciprocal."""
        ways = [node.inputs] if node.kind == "Div" else [node.inputs, node.inputs[::-1]] if node.kind == "Mul" else []
        for centred, spread in ways:
            root = self._made.get(spread)
            if node.kind == "Mul":
                root = self._made.get(root.input(0)) if root is not None and root.kind == "Reciprocal" else None
            source, axes = self._centred(centred, values)
            if root is None or root.kind != "Sqrt" or source is None:
                continue
            inner = self._made.get(root.input(0))
            epsilon = self._added(inner, source, axes, values)
            if epsilon is not None:
                return Node("Normalization", (source,), node.outputs, {"axes": axes, "epsilon": epsilon}, node.name)
        return None

    def _centred(self, name: str, values: Mapping[str, Value]) -> tuple[str | None, list[int] | None]:
        """(x, the axes) of x − mean(x)."""
        node = self._made.get(name)
        mean = self._made.get(node.input(1)) if node is not None and node.kind == "Sub" else None
        if node is None or mean is None or mean.kind != "ReduceMean" or mean.input(0) != node.input(0):
            return None, None
        return node.input(0), self._axes(mean, values)

    @staticmethod
    def _axes(mean: Node, values: Mapping[str, Value]) -> list[int] | None:
        if not mean.attributes.get("keepdims", 1):
            return None
        found = mean.attributes.get("axes", values.get(mean.input(1)))
        return [int(n) for n in np.ravel(found)] if isinstance(found, (list, np.ndarray)) else None

    def _added(self, node: Node | None, source: str, axes: list[int] | None, values: Mapping[str, Value]) -> float | None:
        """ε of mean((x − mean)²) + ε."""
        if node is None or node.kind != "Add" or axes is None:
            return None
        for squares, constant in (node.inputs, node.inputs[::-1]):
            mean, epsilon = self._made.get(squares), values.get(constant)
            if not isinstance(epsilon, np.ndarray) or epsilon.size != 1 or mean is None:
                continue
            square = self._made.get(mean.input(0))
            if mean.kind != "ReduceMean" or self._axes(mean, values) != axes or square is None:
                continue
            power = values.get(square.input(1))
            squared = square.kind == "Mul" and square.input(0) == square.input(1)
            squared |= square.kind == "Pow" and isinstance(power, np.ndarray) and power.size == 1 and power.item() == 2
            if squared and self._centred(square.input(0), values) == (source, axes):
                return float(epsilon.item())
        return None
