"""Recurrent layers that an exporter has written out step by step, as Keras' and PyTorch's newer one do.

Matrices that are used again and again give the layer's weights away; whether it is that layer is seen by working both out on
the same numbers.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from netviz.arrays import Array
from netviz.engine import activations
from netviz.engine.layers import GRU, LSTM, Recurrent, SimpleRNN, layers
from netviz.engine.network import NetworkProblem
from netviz.files import FileProblem
from netviz.formats.imported import Imported
from netviz.formats.onnx.reading.folding import ROWS, folded, split
from netviz.formats.onnx.reading.model import Node
from netviz.formats.onnx.reading.tensor import Tensor

_FEW_ROWS = 3
_CLOSE = 1e-5
_MOST_NUMBERS = 2**22
_MOST_SOURCES = 8
_WRONG = (FileProblem, NetworkProblem, ValueError, IndexError, KeyError, TypeError, OverflowError, AttributeError)


def recognised(nodes: Sequence[Node], found: Mapping[str, Any]) -> tuple[str, Tensor] | None:
    """(the name of a result, what it is) for one recurrent layer written out; None where there is none."""
    nodes = [node for node in nodes if node.outputs]
    for recurrent, places in _used_again(nodes, found):
        for source in _sources(nodes, found, places[-1]):
            made = None
            with contextlib.suppress(*_WRONG):  # where the layer's form does not fit, it is not that layer
                made = _Trial(nodes, found, source, recurrent, places).result()
            if made is not None:
                return made
    return None


def _used_again(nodes: Sequence[Node], found: Mapping[str, Any]) -> Iterator[tuple[Array, list[int]]]:
    """Matrices that several results are multiplied by, which have not been read, and where."""
    uses: dict[tuple[Any, bytes], list[int]] = {}
    arrays: dict[tuple[Any, bytes], Array] = {}
    for place, node in enumerate(nodes):
        kernel = found.get(node.input(1))
        unread = node.kind in ("MatMul", "Gemm") and not isinstance(found.get(node.outputs[0]), (Tensor, np.ndarray))
        if unread and isinstance(kernel, np.ndarray) and kernel.ndim == 2 and kernel.dtype.kind == "f":
            kernel = kernel.T if node.attributes.get("transB") else kernel
            key = (kernel.shape, kernel.tobytes())
            uses.setdefault(key, []).append(place)
            arrays[key] = kernel
    for key, places in uses.items():
        height, width = arrays[key].shape
        if len(places) > 1 and width in (height, 3 * height, 4 * height):
            yield arrays[key], places


def _sources(nodes: Sequence[Node], found: Mapping[str, Any], place: int) -> Iterator[str]:
    """Results of three axes that have been read and that a node is made of, the nearest first."""
    made = {output: node for node in nodes for output in node.outputs}
    ahead, seen, given = list(nodes[place].inputs), set[str](), 0
    while ahead and given < _MOST_SOURCES:
        name = ahead.pop(0)
        if name in seen:
            continue
        seen.add(name)
        value = found.get(name)
        if isinstance(value, Tensor) and len(value.groups) == 3:
            given += 1
            yield name
        ahead += made[name].inputs if name in made else ()


@dataclass
class _Trial:
    """One guess: a result that may be the sequences that go in, and the matrix that may be the recurrent kernel."""

    nodes: Sequence[Node]
    found: Mapping[str, Any]
    source: str
    recurrent: Array
    places: list[int]

    def result(self) -> tuple[str, Tensor] | None:
        x: Tensor = self.found[self.source]
        rows = next((axis for axis, group in enumerate(x.groups) if 0 in group), 2)
        if rows == 2:
            return None
        steps = 1 - rows
        count = _FEW_ROWS if x.lengths[0] == ROWS else x.lengths[0]
        shape = [count if axis == rows else n for axis, n in enumerate(x.shape)]
        if np.prod(shape) > _MOST_NUMBERS:
            return None
        numbers = np.random.default_rng(0).normal(size=shape)
        values = self._worked_out(numbers)
        for layer, arrays in self._guesses(x.shape[-1]):
            wanted = _given_by(layer, arrays, np.moveaxis(numbers, rows, 0))
            last = wanted[:, 0] if layer.go_backwards else wanted[:, -1]
            made = self._match(values, {"sequences": wanted, "steps first": wanted.swapaxes(0, 1), "last": last})
            if made is not None:
                return made[0], self._tensor(x, [rows, steps, 2], layer, arrays, made[1])
        return None

    def _worked_out(self, numbers: Array) -> dict[str, Array]:
        """All results that follow from numbers at the source."""
        rows = numbers.shape[0] if 0 in self.found[self.source].groups[0] else numbers.shape[1]
        known: dict[str, Any] = {self.source: numbers}
        for node in self.nodes:
            if node.outputs[0] in known or node.domain:
                continue
            if node.kind == "Shape" and isinstance(self.found.get(node.input(0)), Tensor) and node.input(0) not in known:
                shape = self.found[node.outputs[0]]
                known[node.outputs[0]] = np.where(shape == ROWS, rows, shape)
                continue
            inputs = [known.get(name, self._constant(name)) if name else None for name in node.inputs]
            if any(each is None and name for each, name in zip(inputs, node.inputs, strict=True)):
                continue
            try:
                made = split(node, inputs) if node.kind == "Split" else [folded(node, inputs, _MOST_NUMBERS)]
            except _WRONG:
                continue
            known |= {name: each for name, each in zip(node.outputs, made, strict=False) if isinstance(each, np.ndarray)}
        return known

    def _constant(self, name: str) -> Array | None:
        """Numbers of the file itself; what was computed with the number of rows is computed anew."""
        value = self.found.get(name)
        if not isinstance(value, np.ndarray):
            return None
        counted = value.dtype.kind in "iu" and ((value != 0) & (value % ROWS == 0)).any()
        return None if counted else value

    # ------------------------------------------------------------------------------------------------------ the layer

    def _guesses(self, features: int) -> Iterator[tuple[Recurrent, dict[str, Array]]]:
        """Layers with such a recurrent kernel, with kernels and biases of the right form that stand in the file."""
        units, width = self.recurrent.shape
        used = {name for node in self.nodes[: self.places[-1] + 1] for name in node.inputs}
        found = [self.found.get(name) for name in sorted(used)]
        arrays = [each for each in found if isinstance(each, np.ndarray) and each.dtype.kind == "f"]
        kernels = _distinct([each for each in arrays if each.shape == (features, width)])
        biases = _distinct([each.ravel() for each in arrays if each.size == width and each.shape[-1] == width and each.any()])
        for kernel in kernels:
            if np.array_equal(kernel, self.recurrent) and len(kernels) > 1:
                continue
            for layer in _LAYERS[width // units](units):
                for bias in _biases(layer, biases, width):
                    given = {"kernel": kernel, "recurrent_kernel": self.recurrent, "bias": bias}
                    yield layer, given

    def _match(self, values: Mapping[str, Array], wanted: Mapping[str, Array]) -> tuple[str, str] | None:
        """The first result after the layer's last step that is one of those wanted: sequences before the last state."""
        for form, numbers in wanted.items():
            for node in self.nodes[self.places[-1] :]:
                value = values.get(node.outputs[0])
                unread = not isinstance(self.found.get(node.outputs[0]), Tensor)
                if value is not None and unread and value.shape == numbers.shape and np.allclose(value, numbers, atol=_CLOSE):
                    return node.outputs[0], form
        return None

    def _tensor(self, x: Tensor, order: list[int], layer: Recurrent, arrays: dict[str, Array], form: str) -> Tensor:
        """The layer behind its source."""
        settings = {key: getattr(layer, key) for key in ("activation", "go_backwards", "use_bias")}
        if isinstance(layer, GRU):
            settings["reset_after"] = layer.reset_after
        made = type(layer)(layer.units, return_sequences=form != "last", **settings)
        below = x.arranged(order)
        cell = below.cell.then(made, self.nodes[self.places[-1]].label, **arrays)
        if form == "last":
            return Tensor(cell, (x.lengths[0], layer.units), ((0,), (1,)))
        first = ((1,), (0,)) if form == "steps first" else ((0,), (1,))
        return Tensor(cell, (x.lengths[0], *cell.shape), (*first, (2,)))


def _simple(units: int) -> list[Recurrent]:
    kinds = (activations.Tanh(), activations.Relu(), activations.Sigmoid())
    return [SimpleRNN(units, kind, go_backwards=way) for way in (False, True) for kind in kinds]


def _gru(units: int) -> list[Recurrent]:
    return [GRU(units, reset_after=after, go_backwards=way) for way in (False, True) for after in (True, False)]


def _lstm(units: int) -> list[Recurrent]:
    return [LSTM(units, go_backwards=way) for way in (False, True)]


_LAYERS = {1: _simple, 3: _gru, 4: _lstm}


def _distinct(arrays: list[Array]) -> list[Array]:
    return list({each.tobytes(): each for each in arrays}.values())[:4]


def _biases(layer: Recurrent, found: list[Array], width: int) -> list[Array]:
    """What the bias may be: one, two added, or for a GRU one for what comes in and one for the state."""
    none = np.zeros(width, np.float32)
    if not (isinstance(layer, GRU) and layer.reset_after):
        return [none, *found, *(a + b for i, a in enumerate(found) for b in found[:i])]
    pairs = [(a, b) for a in (none, *found) for b in (none, *found)]
    return [np.stack(pair) for pair in pairs]


def _given_by(layer: Recurrent, arrays: Mapping[str, Array], x: Array) -> Array:
    """What a layer makes of sequences (rows, steps, features), a state for each step in the order of reading."""
    settings = {key: getattr(layer, key) for key in ("activation", "go_backwards")}
    if isinstance(layer, GRU):
        settings["reset_after"] = layer.reset_after
    made = type(layer)(layer.units, return_sequences=True, **settings)
    name = layers.name(type(layer))
    network = Imported((made,), x.shape[1:], arrays={f"{name}/{key}": array for key, array in arrays.items()})
    return network.predictions(np.ascontiguousarray(x), "float64")
