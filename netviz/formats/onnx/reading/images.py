"""Convolution, pooling, padding and what makes images larger: channels first in the file, last in the layers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from netviz.arrays import Shape
from netviz.engine import activations, layers
from netviz.engine.layers import LayerProblem
from netviz.engine.layers.windows import lengths_of, pair, windows
from netviz.formats.onnx.reading.folding import axes_of
from netviz.formats.onnx.reading.model import Node
from netviz.formats.onnx.reading.readers import Value, array_at, given, known, reads, tensor_at
from netviz.formats.onnx.reading.tensor import Cell, Padded, Tensor, Unreadable, laid_out
from netviz.i18n import _

Around = tuple[tuple[int, int], ...]  # (before, behind) along each axis of places


def _image(x: Tensor) -> Tensor:
    """A result of ONNX' form (rows, channels, places...), its cell channels last."""
    if len(x.groups) not in (3, 4):
        raise Unreadable(_("it looks at {n} axes of places; netviz has layers for 1 and 2").format(n=len(x.groups) - 2))
    return x.arranged([0, *range(2, len(x.groups)), 1], turn=True)


def _seen(cell: Cell, rows: int) -> Tensor:
    """A cell channels last as ONNX' (rows, channels, places...)."""
    axes = len(cell.shape)
    return Tensor(cell, (rows, *cell.shape), ((0,), (axes,), *((i,) for i in range(1, axes))))


def _single(numbers: Sequence[int]) -> Any:
    """A setting of a layer: a number for sequences, two for images."""
    return int(numbers[0]) if len(numbers) == 1 else tuple(int(n) for n in numbers)


def _around(node: Node, shape: Shape, size: Sequence[int], strides: Sequence[int], rates: Sequence[int]) -> Around:
    """The padding that a node asks for."""
    axes, auto = len(size), node.attributes.get("auto_pad", "NOTSET")
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        found = windows(lengths_of(shape), *map(pair, map(_single, (size, strides, rates))), "same").axes[2 - axes :]
        turn = -1 if auto == "SAME_LOWER" else 1
        return tuple((a.before, a.behind)[::turn] for a in found)  # type: ignore[misc]
    pads = node.attributes.get("pads", [0] * 2 * axes) if auto == "NOTSET" else [0] * 2 * axes
    if min(pads) < 0 or len(pads) != 2 * axes:
        raise Unreadable(_("its padding {pads} is not one that adds to the edges").format(pads=pads))
    return tuple(zip(pads[:axes], pads[axes:], strict=True))


def _padding(shape: Shape, size: Any, strides: Any, rates: Any, around: Around, kinds: tuple[str, ...]) -> str | None:
    """The name of a padding in netviz' terms; None where none is the same."""
    axes = len(around)
    for kind in kinds:
        try:
            found = windows(lengths_of(shape), pair(size), pair(strides), pair(rates), kind)
        except LayerProblem:
            continue
        if tuple((a.before, a.behind) for a in found.axes[2 - axes :]) == around:
            return kind
    return None


def _taken_padding(cell: Cell, around: Around, value: float) -> tuple[Cell, Around]:
    """The cell below a padding that stands before it, and both paddings as one."""
    part = cell.part
    if not isinstance(part, Padded) or part.value != value or part.around[-1] != (0, 0) or cell.before is None:
        return cell, around
    both = zip(around, part.around[:-1], strict=True)
    return cell.before, tuple((a[0] + b[0], a[1] + b[1]) for a, b in both)


def zeros_around(cell: Cell, around: Around) -> Cell:
    """Zeros around an image, or around a sequence, which is an image of width 1 for that."""
    if not any(map(any, around)):
        return cell
    if len(around) == 2:
        return cell.then(layers.ZeroPadding2D((around[0], around[1])))
    steps, channels = cell.shape
    high = laid_out(cell, (steps, 1, channels)).then(layers.ZeroPadding2D((around[0], (0, 0))))
    return laid_out(high, (high.shape[0], channels))


@reads("Conv")
def convolution(node: Node, values: Sequence[Value], _opset: int) -> Tensor:
    """Kernels (filters, channels, ...) become (..., channels, filters), or one set of filters for each channel."""
    x, kernel = _image(tensor_at(values)), array_at(values, 1)
    size, channels, filters = kernel.shape[2:], x.cell.shape[-1], len(kernel)
    axes = len(size)
    if axes != len(x.cell.shape) - 1:
        raise Unreadable(_("its kernel of the shape {shape} does not fit").format(shape=kernel.shape))
    strides, rates = node.attributes.get("strides", [1] * axes), node.attributes.get("dilations", [1] * axes)
    groups = int(node.attributes.get("group", 1))
    around = _around(node, x.cell.shape, size, strides, rates)
    cell, around = _taken_padding(x.cell, around, 0.0)
    settings = {"kernel_size": _single(size), "strides": _single(strides), "dilation_rate": _single(rates)}
    padding = _padding(cell.shape, *settings_of(settings), around, ("valid", "same", *["causal"][: 2 - axes]))
    if padding is None:
        cell, padding = zeros_around(cell, around), "valid"
    moved = np.ascontiguousarray(np.moveaxis(kernel, (0, 1), (-1, -2)))
    use_bias = given(values, 2)
    arrays = {"kernel": moved} | ({"bias": array_at(values, 2)} if use_bias else {})
    layer: layers.Layer
    if groups == channels > 1 and axes == 2 and filters % channels == 0:
        multiplier = filters // channels
        arrays["kernel"] = moved.reshape(*size, channels, multiplier)
        layer = layers.DepthwiseConv2D(padding=_either(padding), depth_multiplier=multiplier, use_bias=use_bias, **settings)
    else:
        kind: Any = layers.Conv2D if axes == 2 else layers.Conv1D
        layer = kind(filters, padding=padding, groups=groups, use_bias=use_bias, **settings)
    return _seen(cell.then(layer, node.label, **arrays), x.lengths[0])


def settings_of(settings: dict[str, Any]) -> tuple[Any, Any, Any]:
    return settings["kernel_size"], settings["strides"], settings["dilation_rate"]


def _either(padding: str) -> Any:
    return padding


@reads("MaxPool", "AveragePool")
def pooling(node: Node, values: Sequence[Value], _opset: int) -> Tensor:
    x = _image(tensor_at(values))
    size = node.attributes.get("kernel_shape", [])
    axes, largest = len(size), node.kind == "MaxPool"
    if axes != len(x.cell.shape) - 1 or any(n != 1 for n in node.attributes.get("dilations", [])):
        raise Unreadable(_("its windows have gaps or do not fit"))
    strides, ones = node.attributes.get("strides", [1] * axes), [1] * axes
    around = _around(node, x.cell.shape, size, strides, ones)
    counted = bool(node.attributes.get("count_include_pad", 0))
    cell = x.cell
    if largest or counted:
        cell, around = _taken_padding(cell, around, -np.inf if largest else 0.0)
    elif not any(map(any, around)):
        cell, around = _taken_padding(cell, around, 0.0)
        counted = any(map(any, around))
    if node.attributes.get("ceil_mode", 0):
        _refuse_rest(cell.shape, size, strides, around)
    setting = _single(size), _single(strides)
    padding = _padding(cell.shape, *setting, _single(ones), around, ("valid", "same"))
    if counted and any(map(any, around)) or padding is None:
        if not counted and not (largest and not_negative(cell)):
            raise Unreadable(_("its padding {pads} is none that netviz' pooling has").format(pads=around))
        cell, padding = zeros_around(cell, around), "valid"
    kind: Any = getattr(layers, f"{'Max' if largest else 'Average'}Pooling{axes}D")
    return _seen(cell.then(kind(*setting, padding), node.label), x.lengths[0])


def _refuse_rest(shape: Shape, size: Sequence[int], strides: Sequence[int], around: Around) -> None:
    for length, window, stride, pads in zip(shape, size, strides, around, strict=False):
        if (length + sum(pads) - window) % stride:
            raise Unreadable(_("its last window sticks out (ceil_mode)"))


def not_negative(cell: Cell | None) -> bool:
    """Whether no number of a cell is below 0, so that zeros around it change no largest number."""
    moving = (layers.MaxPooling2D, layers.MaxPooling1D, layers.Reshape, layers.Permute, layers.ZeroPadding2D)
    while cell is not None and isinstance(cell.part, moving):
        cell = cell.before
    part = None if cell is None else cell.part
    if isinstance(part, layers.ReLU):
        return part.threshold >= 0 and part.negative_slope == 0
    kinds = (activations.Relu, activations.Sigmoid, activations.Softmax, activations.Softplus)
    return isinstance(part, layers.Activation) and isinstance(part.activation, kinds)


@reads("GlobalAveragePool", "GlobalMaxPool", "ReduceMean", "ReduceMax")
def global_pooling(node: Node, values: Sequence[Value], _opset: int) -> Tensor:
    """Over all places of each channel; the axes stay, of length 1, unless they are not wanted."""
    x, named = tensor_at(values), node.kind.startswith("Global")
    rank = len(x.groups)
    found = list(range(2, rank)) if named else axes_of(node, known(values), 1)
    reduced = sorted(x.axis(axis) for axis in found or ())
    kept = [i for i in range(rank) if i not in reduced]
    if len(reduced) not in (1, 2) or len(kept) != 2 or 0 not in kept:
        raise Unreadable(_("it goes over other axes than all places of each channel"))
    y = x.arranged([0, *reduced, kept[1]], turn=named)
    kind: Any = getattr(layers, f"Global{'Max' if 'Max' in node.kind else 'Average'}Pooling{len(reduced)}D")
    cell = y.cell.then(kind(), node.label)
    groups: list[tuple[int, ...]] = [()] * rank
    groups[0], groups[kept[1]] = (0,), (1,)
    keep = named or node.attributes.get("keepdims", 1)
    return Tensor(cell, (x.lengths[0], *cell.shape), tuple(groups if keep else (groups[i] for i in kept)))


@reads("Pad")
def padded(node: Node, values: Sequence[Value], _opset: int) -> Tensor:
    """What is put around, for the layer behind it to take or for a layer of its own."""
    x, rank = tensor_at(values), len(tensor_at(values).groups)
    pads = axes_of(node, known(values), 1, "pads") or []
    axes = axes_of(node, known(values), 3) or list(range(rank))
    value = array_at(values, 2).item() if given(values, 2) else float(node.attributes.get("value", 0.0))
    if node.attributes.get("mode", "constant") != "constant" or len(pads) != 2 * len(axes) or min(pads, default=0) < 0:
        raise Unreadable(_("netviz has padding with one number alone"))
    around = {x.axis(axis): (pads[i], pads[i + len(axes)]) for i, axis in enumerate(axes)}
    around = {axis: both for axis, both in around.items() if any(both)}
    if not around:
        return x
    first = set(around) <= set(range(2, rank))
    if rank not in (3, 4) or not (first or set(around) <= set(range(1, rank - 1))):
        raise Unreadable(_("it puts numbers around other axes than places"))
    order = [0, *range(2, rank), 1] if first else list(range(rank))
    y = x.arranged(order, turn=first)
    by_axis = tuple(around.get(axis, (0, 0)) for axis in order[1:])
    shape = tuple(n + sum(both) for n, both in zip(y.cell.shape, by_axis, strict=True))
    cell = y.cell.pseudo(Padded(by_axis, value), node.label, shape)
    return replace(y, cell=cell, lengths=(x.lengths[0], *shape))


@reads("Resize", "Upsample")
def resized(node: Node, values: Sequence[Value], _opset: int) -> Tensor:
    """Whole times as large, nearest or bilinear between pixels."""
    x = tensor_at(values)
    place = len(values) - 1 if node.kind == "Upsample" or not given(values, 3) else 3
    found = array_at(values, place).ravel()
    scales = found / np.array(x.shape) if place == 3 else found
    mode, between = node.attributes.get("mode", "nearest"), node.attributes.get("coordinate_transformation_mode", "half_pixel")
    whole = len(scales) == 4 and all(float(s).is_integer() and s >= 1 for s in scales) and math.prod(scales[:2]) == 1
    nearest = mode == "nearest" and (
        between in ("half_pixel", "pytorch_half_pixel")
        or between == "asymmetric" and node.attributes.get("nearest_mode", "round_prefer_floor") == "floor"
        or node.kind == "Upsample"
    )
    linear = mode == "linear" and between in ("half_pixel", "pytorch_half_pixel")
    if not whole or not (nearest or linear):
        raise Unreadable(_("netviz makes images a whole number of times as large, nearest or bilinear with half pixels"))
    y = _image(x)
    size = int(scales[2]), int(scales[3])
    cell = y.cell.then(layers.UpSampling2D(size, "nearest" if nearest else "bilinear"), node.label)
    return _seen(cell, x.lengths[0])
