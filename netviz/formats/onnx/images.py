"""The operations of layers that look at places: convolution, pooling, and what makes images larger."""

from __future__ import annotations

from typing import Any

import numpy as np

from netviz.arrays import Shape
from netviz.engine.layers import UpSampling2D, ZeroPadding2D
from netviz.engine.layers.windows import Windows, lengths_of, pair, windows
from netviz.formats.onnx.operations import Graph, Value, Weights, lowers


def _first(graph: Graph, x: Value) -> str:
    """(rows, ..., channels) -> (rows, channels, ...)."""
    axes = len(x.shape)
    return str(graph("Transpose", x.name, perm=[0, axes, *range(1, axes)]))


def _last(graph: Graph, name: str, axes: int) -> str:
    """(rows, channels, ...) -> (rows, ..., channels)."""
    return str(graph("Transpose", name, perm=[0, *range(2, axes + 1), 1]))


def _pads(found: Windows, axes: int) -> list[int]:
    """What sticks out before along each axis, then behind."""
    around = found.axes[2 - axes :]
    return [*(axis.before for axis in around), *(axis.behind for axis in around)]


@lowers("Conv1D", "Conv2D")
def convolution(layer: Any, graph: Graph, x: Value, weights: Weights) -> Value:
    """Kernels (..., channels, filters) become (filters, channels, ...)."""
    return _convolved(layer, graph, x, weights, layer.groups, weights["kernel"])


@lowers("DepthwiseConv2D")
def depthwise(layer: Any, graph: Graph, x: Value, weights: Weights) -> Value:
    """A group for each channel: (height, width, channels, multiplier) becomes (channels·multiplier, 1, height, width)."""
    channels = x.shape[-1]
    flat = np.array([*layer.kernel_size, 1, channels * layer.depth_multiplier])
    return _convolved(layer, graph, x, weights, channels, graph("Reshape", weights["kernel"], flat))


def _convolved(layer: Any, graph: Graph, x: Value, weights: Weights, groups: int, kernel: str) -> Value:
    axes = len(x.shape) - 1
    found = _windows(layer, x.shape, layer.kernel_size, layer.strides, layer.dilation_rate)
    turned = graph("Transpose", kernel, perm=[axes + 1, axes, *range(axes)])
    inputs = [_first(graph, x), turned, *([weights["bias"]] if layer.use_bias else [])]
    y = graph(
        "Conv", *inputs, kernel_shape=list(found.sizes[2 - axes :]), strides=list(found.strides[2 - axes :]),
        dilations=list(found.rates[2 - axes :]), pads=_pads(found, axes), group=groups,
    )  # fmt: skip
    return Value(_last(graph, y, axes + 1), layer.output_shape(x.shape))


def _windows(layer: Any, shape: Shape, size: Any, strides: Any, rates: Any) -> Windows:
    return windows(lengths_of(shape), pair(size), pair(strides), pair(rates), layer.padding)


@lowers("MaxPooling1D", "MaxPooling2D", "AveragePooling1D", "AveragePooling2D")
def pooling(layer: Any, graph: Graph, x: Value, _weights: Weights) -> Value:
    """The largest or the mean of each window; what sticks out does not count."""
    axes, size = len(x.shape) - 1, layer.pool_size
    found = _windows(layer, x.shape, size, layer.strides or size, 1 if axes == 1 else (1, 1))
    largest, z, pads = type(layer).__name__.startswith("Max"), _first(graph, x), _pads(found, axes)
    if largest and any(pads):  # ONNX' own evaluator goes astray where these stick out of a sequence
        around = np.array([0, 0, *pads[:axes], 0, 0, *pads[axes:]])
        z, pads = graph("Pad", z, around, -np.inf, mode="constant"), [0] * (2 * axes)
    y = graph(
        "MaxPool" if largest else "AveragePool", z, kernel_shape=list(found.sizes[2 - axes :]),
        strides=list(found.strides[2 - axes :]), pads=pads,
    )  # fmt: skip
    return Value(_last(graph, y, axes + 1), layer.output_shape(x.shape))


@lowers("GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalAveragePooling1D", "GlobalAveragePooling2D")
def global_pooling(layer: Any, graph: Graph, x: Value, _weights: Weights) -> Value:
    """Over all places; a mean leaves out steps that are padding."""
    axes = list(range(1, len(x.shape)))
    kept, shape = int(layer.keepdims), layer.output_shape(x.shape)
    if "Max" in type(layer).__name__:
        return Value(graph("ReduceMax", x.name, axes=axes, keepdims=kept), shape)
    if x.mask is None or len(x.shape) != 2:
        return Value(graph("ReduceMean", x.name, axes=axes, keepdims=kept), shape)
    counted = graph("Cast", graph("Unsqueeze", x.mask, np.array([2])), to=graph.dtype)
    total = graph("ReduceSum", graph("Mul", x.name, counted), np.array([1]), keepdims=kept)
    count = graph("ReduceSum", counted, np.array([1]), keepdims=kept)
    return Value(graph("Div", total, graph("Max", count, 1.0)), shape)


@lowers("UpSampling2D")
def upsampling(layer: UpSampling2D, graph: Graph, x: Value, _weights: Weights) -> Value:
    how: dict[str, Any] = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    if layer.interpolation == "bilinear":
        how = {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
    scales = graph.constant(np.array([1.0, 1.0, *map(float, layer.size)], np.float32), f"{graph.within}scales_{len(graph.ops)}")
    graph.constants[scales] = graph.constants[scales].astype(np.float32)  # whatever the network's precision
    y = graph("Resize", _first(graph, x), "", scales, **how)
    return Value(_last(graph, y, 3), layer.output_shape(x.shape))


@lowers("ZeroPadding2D")
def zero_padding(layer: ZeroPadding2D, graph: Graph, x: Value, _weights: Weights) -> Value:
    (above, below), (left, right) = layer.padding
    y = graph("Pad", x.name, np.array([0, above, left, 0, 0, below, right, 0]), mode="constant")
    return Value(y, layer.output_shape(x.shape))

