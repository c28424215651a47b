"""Each layer as a line or two of C; the functions they call are in `resources/programs/layers.c`.

Results go back and forth between two buffers; what can be done in place is done there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from netviz.arrays import Array, Shape, size
from netviz.engine.layers import Layer, Residual
from netviz.engine.layers.axes import row_axis
from netviz.engine.network import layer_names
from netviz.formats.programs.facts import told
from netviz.formats.programs.literals import c_name

_BUFFERS = ("a", "b")


@dataclass
class Line:
    """A call, and a comment behind it; writes: how many floats it puts into its second argument, 0 for none. Without a
    function it is a comment alone."""

    function: str
    arguments: list[str]
    note: str
    writes: int = 0

    def __str__(self) -> str:
        comment = f"/* {self.note} */" if self.note else ""
        if not self.function:
            return f"    {comment}"
        return f"    {self.function}({', '.join(self.arguments)}); {comment}".rstrip()


@dataclass
class Lines:
    """The body of netviz_predict, and what it needs around it.

    at: where the newest result is. buffers: how many floats the kept results need. arrays: constants by name.
    places: initializers of windows by name. names: C's names of the layers, none of them twice.
    """

    lines: list[Line] = field(default_factory=list)
    buffers: dict[str, int] = field(default_factory=dict)
    arrays: dict[str, Array] = field(default_factory=dict)
    places: dict[str, tuple[int, ...]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    at: str = "x"
    layer: str = ""
    note: str = ""
    depth: int = 0

    @property
    def calls(self) -> set[str]:
        """The functions that are called."""
        return {line.function for line in self.lines if line.function}

    def put(self, function: str, *arguments: Any, writes: int = 0) -> None:
        """A call."""
        self.lines.append(Line(function, [*map(str, arguments)], self.note, writes))
        self.note = ""

    def into_next(self, function: str, count: int, *arguments: Any) -> None:
        """A call that reads the newest result and writes so many floats into the other buffer."""
        to = _BUFFERS[self.at == _BUFFERS[0]]
        self.put(function, self.at, to, *arguments, writes=count)
        self.at = to

    def end(self, count: int) -> dict[str, int]:
        """Let the last result be y; returns how many floats each buffer needs."""
        if self.at == "x":
            self.into_next("netviz_copy", count, count)
        last = max(place for place, line in enumerate(self.lines) if line.writes)
        for line in self.lines[last:]:
            line.arguments = ["y" if argument == self.at else argument for argument in line.arguments]
        sizes = dict(self.buffers)
        for line in self.lines[:last]:
            if line.writes:
                sizes[line.arguments[1]] = max(sizes.get(line.arguments[1], 0), line.writes)
        return sizes

    def in_place(self, function: str, count: int, *arguments: Any) -> None:
        """A call that changes the newest result, which has so many floats."""
        if self.at == "x":
            self.into_next("netviz_copy", count, count)
        self.put(function, self.at, *arguments)

    def constant(self, name: str, array: Array) -> str:
        """A constant array of the layer; returns its name in C."""
        self.arrays[f"{self.layer}_{name}"] = array if array.dtype == np.int64 else array.astype(np.float32)
        return f"{self.layer}_{name}"

    def windows(self, values: tuple[int, ...]) -> str:
        """The windows of the layer; returns their address in C."""
        self.places[f"{self.layer}_windows"] = values
        return f"&{self.layer}_windows"


Weights = Mapping[str, Array]
Writer = Callable[[Any, Lines, Shape, Weights], None]
_WRITERS: dict[str, Writer] = {}


def writes(*kinds: str) -> Callable[[Writer], Writer]:
    """Decorator: this function writes layers of those classes."""

    def add(writer: Writer) -> Writer:
        _WRITERS.update(dict.fromkeys(kinds, writer))
        return writer

    return add


def unwritable(layer: Layer, shape: Shape) -> str:
    """The class of a layer, or of a layer inside it, that has no form in C; empty where all have."""
    if isinstance(layer, Residual):
        for inner in layer.layers:
            if kind := unwritable(inner, shape):
                return kind
            shape = inner.output_shape(shape)
        return ""
    if type(layer).__name__ == "LayerNormalization" and not _trailing(layer, shape):
        return "LayerNormalization along axes that are not the last"
    if type(layer).__name__ == "Permute" and len(shape) > 3:
        return "Permute of more than three axes"
    parts = [type(part).__name__ for part in layer.stages()]
    return next((kind for kind in parts if kind not in _WRITERS), "")


def put_layer(layer: Layer, name: str, lines: Lines, shape: Shape, weights: Weights) -> Shape:
    """Write a layer; returns the shape of its result."""
    out = layer.output_shape(shape)
    lines.note = f"{told(name, 40)}: {' x '.join(map(str, out))}"
    if isinstance(layer, Residual):
        _residual(layer, name, lines, shape, weights)
        return out
    lines.layer = f"netviz_{c_name(name, lines.names)}"
    before = len(lines.lines)
    for part in layer.stages():
        _WRITERS[type(part).__name__](part, lines, shape, weights)
        shape = part.output_shape(shape)
    if len(lines.lines) == before:
        lines.lines.append(Line("", [], f"{lines.note}: nothing to compute"))
        lines.note = ""
    return out


def _residual(block: Residual, name: str, lines: Lines, shape: Shape, weights: Weights) -> None:
    around, count = f"around_{lines.depth}", size(shape)
    lines.buffers[around] = max(lines.buffers.get(around, 0), count)
    lines.put("netviz_copy", lines.at, around, count)
    lines.depth += 1
    for place, (layer, own) in enumerate(zip(block.layers, layer_names(block.layers), strict=True)):
        inner = {key.removeprefix(f"{place}/"): each for key, each in weights.items() if key.startswith(f"{place}/")}
        shape = put_layer(layer, f"{name}_{own}", lines, shape, inner)
    lines.depth -= 1
    lines.in_place("netviz_add", count, around, count)


def _trailing(layer: Any, shape: Shape) -> bool:
    axes = sorted(row_axis(axis, shape) for axis in layer.axis)
    return axes == list(range(len(shape) - len(axes), len(shape)))
