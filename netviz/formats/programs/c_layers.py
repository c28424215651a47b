"""The layers as calls of the functions in `resources/programs/layers.c`."""

from __future__ import annotations

from typing import Any

import numpy as np

from netviz.arrays import Shape, size
from netviz.engine.activations import Activation, Elu, Gelu, LeakyRelu, Linear
from netviz.engine.layers.advanced_activations import BoundedRelu, SoftmaxAlong
from netviz.engine.layers.axes import row_axis
from netviz.engine.layers.windows import lengths_of, pair, windows
from netviz.formats.programs.c_lines import Lines, Weights, writes

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
