"""A network as a graph of ONNX' operations, before anything is written: each layer says in which of them it consists.

Data stay channels last, as netviz has them; what ONNX wants channels first is turned around it, and turned back.
Source: https://onnx.ai/onnx/operators
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np

from netviz.arrays import Array, Shape
from netviz.engine.layers import Layer, Residual

L = TypeVar("L", bound=Layer)


@dataclass(frozen=True)
class Op:
    """One operation: its kind, the names of what goes in and what comes out, its attributes (a Graph is one of Scan's)."""

    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Graph:
    """Operations in their order, constants by name."""

    dtype: np.dtype[Any]
    ops: list[Op] = field(default_factory=list)
    constants: dict[str, Array] = field(default_factory=dict)
    within: str = ""

    def __call__(self, kind: str, *inputs: str | Array | float, outputs: int = 1, **attributes: Any) -> Any:
        """Put an operation; returns the name of its result, or of all its results. Numbers become constants."""
        names = tuple(each if isinstance(each, str) else self.constant(each) for each in inputs)
        made = tuple(f"{self.within}{kind.lower()}_{len(self.ops)}" + f"_{i}" * (outputs > 1) for i in range(outputs))
        self.ops.append(Op(kind, names, made, attributes))
        return made[0] if outputs == 1 else made

    def constant(self, value: Array | float, name: str = "") -> str:
        """A constant, numbers in the network's precision and whole numbers as they are."""
        array = np.asarray(value)
        array = array.astype(np.int64 if array.dtype.kind in "iu" else array.dtype if array.dtype == bool else self.dtype)
        made = name or f"{self.within}constant_{len(self.constants)}"
        self.constants[made] = np.ascontiguousarray(array).reshape(array.shape)
        return made


@dataclass(frozen=True)
class Value:
    """The name of a result, the shape of a row of it, and the name of the mask of its steps, bool (rows, steps)."""

    name: str
    shape: Shape
    mask: str | None = None


Weights = Mapping[str, str]  # names of constants by the names of a layer's weights, those of layers inside "0/kernel"
Lowering = Callable[[Any, Graph, Value, Weights], Value]
_LOWERINGS: dict[str, Lowering] = {}


def lowers(*kinds: str) -> Callable[[Lowering], Lowering]:
    """Decorator: this function writes layers of those classes."""

    def add(lowering: Lowering) -> Lowering:
        _LOWERINGS.update(dict.fromkeys(kinds, lowering))
        return lowering

    return add


def unwritable(layer: Layer) -> str:
    """The class of a layer, or of a layer inside it, that has no operations; empty where all have."""
    if isinstance(layer, Residual):
        return next(filter(None, map(unwritable, layer.layers)), "")
    parts = [type(part).__name__ for part in layer.stages()]
    return next((kind for kind in parts if kind not in _LOWERINGS), "")


def lower(layer: Layer, graph: Graph, x: Value, weights: Weights) -> Value:
    """Put a layer's operations behind x; its mask goes on where the layer passes it."""
    if isinstance(layer, Residual):
        return _residual(layer, graph, x, weights)
    y = x
    for part in layer.stages():
        below = y.mask
        shape = part.output_shape(y.shape)
        y = replace(_LOWERINGS[type(part).__name__](part, graph, y, weights), shape=shape)
        if not part.makes_mask:
            y = replace(y, mask=below if part.passes_mask else None)
    return y


def _residual(block: Residual, graph: Graph, x: Value, weights: Weights) -> Value:
    y = x
    for place, layer in enumerate(block.layers):
        begin = f"{place}/"
        inner = {name.removeprefix(begin): made for name, made in weights.items() if name.startswith(begin)}
        y = lower(layer, graph, y, inner)
    return Value(graph("Add", x.name, y.name), x.shape, x.mask)


def as_is(_layer: Layer, _graph: Graph, x: Value, _weights: Weights) -> Value:
    """Layers that only training knows."""
    return x


lowers(
    "Dropout", "SpatialDropout1D", "SpatialDropout2D", "GaussianNoise", "GaussianDropout", "RandomFlip", "RandomTranslation",
    "RandomRotation", "RandomZoom",
)(as_is)  # fmt: skip
