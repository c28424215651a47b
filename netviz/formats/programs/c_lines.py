"""Each layer as a line or two of C; the functions they call are in `resources/programs/layers.c`.

Results go back and forth between two buffers; what can be done in place is done there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from netviz.arrays import Array, Shape, size
from netviz.engine.activations import Activation, Elu, Gelu, LeakyRelu, Linear
from netviz.engine.layers import Layer, Residual
from netviz.engine.layers.advanced_activations import BoundedRelu, SoftmaxAlong
from netviz.engine.layers.axes import row_axis
from netviz.engine.layers.windows import lengths_of, pair, windows
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
    for place, layer in enumerate(block.layers):
        inner = {key.removeprefix(f"{place}/"): each for key, each in weights.items() if key.startswith(f"{place}/")}
        shape = put_layer(layer, f"{name}, layer {place + 1} inside", lines, shape, inner)
    lines.depth -= 1
    lines.in_place("netviz_add", count, around, count)


# --------------------------------------------------------------------------------------------------------- activations


def c_float(value: float) -> str:
    """A number as a float of C."""
    text = str(np.float32(value))
    return {"nan": "NAN", "inf": "INFINITY", "-inf": "-INFINITY"}.get(text, f"{text}f")


_SIMPLE = {name: f"netviz_{name}" for name in ("relu", "sigmoid", "tanh", "softplus")}


def activated(activation: Activation, lines: Lines, shape: Shape) -> None:
    """f in place."""
    count = size(shape)
    if isinstance(activation, Linear):
        return
    if isinstance(activation, BoundedRelu | LeakyRelu):
        ceiling = getattr(activation, "max_value", None)
        settings = (activation.negative_slope, getattr(activation, "threshold", 0.0), np.inf if ceiling is None else ceiling)
        lines.in_place("netviz_relu_layer", count, count, *map(c_float, settings))
    elif isinstance(activation, Elu):
        lines.in_place("netviz_elu", count, count, c_float(activation.alpha))
    elif isinstance(activation, Gelu):
        lines.in_place("netviz_gelu_tanh" if activation.approximate else "netviz_gelu", count, count)
    elif isinstance(activation, SoftmaxAlong):
        axis = row_axis(activation.axis, shape)
        lines.in_place("netviz_softmax", count, size(shape[:axis]), shape[axis], size(shape[axis + 1 :]))
    elif activation.family.name(type(activation)) == "softmax":
        lines.in_place("netviz_softmax", count, size(shape[:-1]), shape[-1], 1)
    else:
        lines.in_place(_SIMPLE[activation.family.name(type(activation))], count, count)


@writes("Activation", "MaskedSoftmax")
def activation_layer(layer: Any, lines: Lines, shape: Shape, _weights: Weights) -> None:
    activated(layer.activation, lines, shape)


@writes("PReLU")
def prelu(_layer: Any, lines: Lines, shape: Shape, weights: Weights) -> None:
    alpha = np.ascontiguousarray(np.broadcast_to(weights["alpha"], shape))
    lines.in_place("netviz_prelu", size(shape), size(shape), lines.constant("alpha", alpha))


# ---------------------------------------------------------------------------------------------- neither steps nor places


@writes(
    "Dropout", "SpatialDropout1D", "SpatialDropout2D", "GaussianNoise", "GaussianDropout", "RandomFlip", "RandomTranslation",
    "RandomRotation", "RandomZoom", "Flatten", "Reshape",
)  # fmt: skip
def as_is(_layer: Any, _lines: Lines, _shape: Shape, _weights: Weights) -> None:
    """Training alone knows these layers, or the same numbers lie in memory in the same order."""


def _bias(lines: Lines, weights: Weights) -> str:
    return lines.constant("bias", weights["bias"]) if "bias" in weights else "NULL"


@writes("Dense")
def dense(layer: Any, lines: Lines, shape: Shape, weights: Weights) -> None:
    n = size(shape[:-1])
    kernel, bias = lines.constant("kernel", weights["kernel"]), _bias(lines, weights)
    lines.into_next("netviz_dense", n * layer.units, kernel, bias, n, shape[-1], layer.units)


@writes("Permute")
def permute(layer: Any, lines: Lines, shape: Shape, _weights: Weights) -> None:
    ones = 3 - len(shape)
    lengths, order = lines.constant("shape", np.array([*[1] * ones, *shape], np.int64)), [*range(ones)]
    order += [ones + dim - 1 for dim in layer.dims]
    lines.into_next("netviz_permute", size(shape), lengths, lines.constant("order", np.array(order, np.int64)))


@writes("Rescaling")
def rescaling(layer: Any, lines: Lines, shape: Shape, _weights: Weights) -> None:
    lines.in_place("netviz_rescale", size(shape), size(shape), c_float(layer.scale), c_float(layer.offset))


@writes("BatchNormalization")
def batch_normalization(layer: Any, lines: Lines, shape: Shape, weights: Weights) -> None:
    """factor = gamma / sqrt(variance + epsilon), shift = beta - mean * factor."""
    axis = row_axis(layer.axis, shape)
    mean, variance = (weights[f"moving_{name}"].astype(np.float64) for name in ("mean", "variance"))
    factor = weights.get("gamma", np.ones_like(mean)) / np.sqrt(variance + layer.epsilon)
    shift = weights.get("beta", np.zeros_like(mean)) - mean * factor
    constants = [lines.constant(name, array) for name, array in (("factor", factor), ("shift", shift))]
    lines.in_place("netviz_affine", size(shape), *constants, size(shape[:axis]), shape[axis], size(shape[axis + 1 :]))


def _trailing(layer: Any, shape: Shape) -> bool:
    axes = sorted(row_axis(axis, shape) for axis in layer.axis)
    return axes == list(range(len(shape) - len(axes), len(shape)))


@writes("LayerNormalization")
def layer_normalization(layer: Any, lines: Lines, shape: Shape, weights: Weights) -> None:
    n = size(shape[len(shape) - len(layer.axis) :])
    constants = [lines.constant(name, weights[name]) if name in weights else "NULL" for name in ("gamma", "beta")]
    lines.in_place("netviz_layer_norm", size(shape), *constants, size(shape) // n, n, c_float(layer.epsilon))


# -------------------------------------------------------------------------------------------------------------- places


def _windows(layer: Any, lines: Lines, shape: Shape, sizes: Any, strides: Any, rates: Any) -> str:
    lengths = lengths_of(shape)
    found = windows(lengths, pair(sizes), pair(strides), pair(rates) if len(shape) == 2 else rates, layer.padding)
    (down, above, _below), (across, left, _right) = found.axes
    return lines.windows((
        *lengths, shape[-1], down, across, *found.sizes, *found.strides, above, left, *found.rates,
    ))  # fmt: skip


@writes("Conv1D", "Conv2D", "DepthwiseConv2D")
def convolution(layer: Any, lines: Lines, shape: Shape, weights: Weights) -> None:
    """A kernel of one axis is one of height 1; one for each channel is one with as many groups."""
    each = _windows(layer, lines, shape, layer.kernel_size, layer.strides, layer.dilation_rate)
    groups = shape[-1] if type(layer).__name__ == "DepthwiseConv2D" else layer.groups
    out = layer.output_shape(shape)
    kernel, bias = lines.constant("kernel", weights["kernel"]), _bias(lines, weights)
    lines.into_next("netviz_conv2d", size(out), kernel, bias, each, out[-1], groups)


@writes("MaxPooling1D", "MaxPooling2D", "AveragePooling1D", "AveragePooling2D")
def pooling(layer: Any, lines: Lines, shape: Shape, _weights: Weights) -> None:
    rates = 1 if len(shape) == 2 else (1, 1)
    each = _windows(layer, lines, shape, layer.pool_size, layer.strides or layer.pool_size, rates)
    kind = "max" if type(layer).__name__.startswith("Max") else "average"
    lines.into_next(f"netviz_{kind}_pool2d", size(layer.output_shape(shape)), each)


@writes("GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalAveragePooling1D", "GlobalAveragePooling2D")
def global_pooling(layer: Any, lines: Lines, shape: Shape, _weights: Weights) -> None:
    kind = "max" if "Max" in type(layer).__name__ else "mean"
    lines.into_next(f"netviz_global_{kind}", shape[-1], size(shape[:-1]), shape[-1])


@writes("UpSampling2D")
def upsampling(layer: Any, lines: Lines, shape: Shape, _weights: Weights) -> None:
    function = "netviz_blend2d" if layer.interpolation == "bilinear" else "netviz_repeat2d"
    lines.into_next(function, size(layer.output_shape(shape)), *shape, *layer.size)


@writes("ZeroPadding2D")
def zero_padding(layer: Any, lines: Lines, shape: Shape, _weights: Weights) -> None:
    (above, below), (left, right) = layer.padding
    lines.into_next("netviz_pad2d", size(layer.output_shape(shape)), *shape, above, below, left, right)
