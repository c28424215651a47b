"""Dense layers, activations, sums and products, normalization: operations that know neither steps nor places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from netviz.arrays import Array
from netviz.engine import activations
from netviz.engine.layers import Activation, BatchNormalization, Dense, LayerNormalization, PReLU, ReLU, Softmax
from netviz.formats.onnx.reading.model import Node
from netviz.formats.onnx.reading.readers import ML, Value, array_at, given, reads, short, tensor_at
from netviz.formats.onnx.reading.tensor import Affine, Around, Cell, Logarithm, Tensor, Unreadable
from netviz.i18n import _


def dense(x: Tensor, kernel: Array, where: str) -> Tensor:
    """x·W along the last axis; W's rows follow the features to where they are in the layer below."""
    seen, places = x.features(-1)
    if kernel.ndim != 2 or len(kernel) != len(places):
        raise Unreadable(_("its weights have the shape {shape}, which does not fit").format(shape=kernel.shape))
    placed = np.empty_like(kernel)
    placed[places] = kernel
    cell = seen.cell.then(Dense(kernel.shape[1], use_bias=False), where, kernel=placed)
    return _with_last(seen, cell, kernel.shape[1])


def _with_last(seen: Tensor, cell: Cell, count: int) -> Tensor:
    """The same axes but for the last, which is a new one."""
    others = len(seen.lengths) - len(seen.groups[-1])
    return Tensor(cell, (*seen.lengths[:others], count), (*seen.groups[:-1], (others,)))


def affine(x: Tensor, scale: Array | float, offset: Array | float, where: str) -> Tensor:
    """scale·x + offset."""
    dtype = np.result_type(np.float32, np.asarray(scale).dtype, np.asarray(offset).dtype)
    part = Affine(x.like_rows(np.asarray(scale, dtype)), x.like_rows(np.asarray(offset, dtype)))
    return x.on(x.cell.pseudo(part, where))


@reads("MatMul")
def mat_mul(node: Node, values: Sequence[Value], _opset: int) -> Tensor:
    return dense(tensor_at(values), array_at(values, 1), node.label)


@reads("Gemm")
def gemm(node: Node, values: Sequence[Value], _opset: int) -> Tensor:
    """α·x·W + β·b."""
    if node.attributes.get("transA"):
        raise Unreadable(_("it turns the rows over"))
    kernel = array_at(values, 1)
    kernel = kernel.T if node.attributes.get("transB") else kernel
    alpha, beta = node.attributes.get("alpha", 1.0), node.attributes.get("beta", 1.0)
    y = dense(tensor_at(values), kernel if alpha == 1 else kernel * kernel.dtype.type(alpha), node.label)
    if not given(values, 2) or beta == 0:
        return y
    bias = array_at(values, 2)
    return affine(y, 1.0, bias if beta == 1 else bias * bias.dtype.type(beta), node.label)


@reads("Add", "Sub", "Mul", "Div")
def arithmetic(node: Node, values: Sequence[Value], _opset: int) -> Tensor:
    """With constants; of two results only the sum of what went into a block and what came out of it."""
    first, second = values[0], values[1]
    if isinstance(first, Tensor) and isinstance(second, Tensor):
        if node.kind != "Add":
            raise Unreadable(_("it puts two results together; netviz has no layer for that"))
        return _around(first, second, node.label)
    turned = not isinstance(first, Tensor)
    x, constant = tensor_at(values, int(turned)), array_at(values, int(not turned))
    if node.kind == "Add":
        return affine(x, 1.0, constant, node.label)
    if node.kind == "Sub":
        return affine(x, -1.0, constant, node.label) if turned else affine(x, 1.0, -constant, node.label)
    if node.kind == "Mul":
        return affine(x, constant, 0.0, node.label)
    if turned or not constant.all():
        raise Unreadable(_("it divides by a result, or by 0"))
    return affine(x, 1 / constant, 0.0, node.label)


def _around(a: Tensor, b: Tensor, where: str) -> Tensor:
    for one, other in ((a, b), (b, a)):
        chain = list(other.cell.back())
        if one.cell in chain and one.cell is not other.cell and one.groups == other.groups:
            inside = tuple(reversed(chain[: chain.index(one.cell)]))
            if one.lengths == other.lengths and one.cell.shape == other.cell.shape:
                return other.on(Cell(Around(inside), one.cell.shape, one.cell, {}, where))
    raise Unreadable(_("it adds two ways, of which neither is the input of the other"))


@reads("Neg")
def negated(node: Node, values: Sequence[Value], _opset: int) -> Tensor:
    return affine(tensor_at(values), -1.0, 0.0, node.label)


@reads("Scaler")
def scaler(node: Node, values: Sequence[Value], _opset: int) -> Tensor:
    """(x − offset)·scale, of the operations for machine learning."""
    if node.domain != ML:
        raise Unreadable(_("netviz does not know it"))
    offset = np.array(node.attributes.get("offset", [0.0]), np.float32)
    scale = np.array(node.attributes.get("scale", [1.0]), np.float32)
    return affine(tensor_at(values), scale, -offset * scale, node.label)


# ------------------------------------------------------------------------------------------------------- activations


@reads("Identity", "Cast", "Dropout", "CastLike")
def as_is(node: Node, values: Sequence[Value], _opset: int) -> Tensor:
    """What changes nothing outside of training."""
    if node.kind == "Dropout" and given(values, 2) and array_at(values, 2).any():
        raise Unreadable(_("it drops numbers outside of training too"))
    return tensor_at(values)


@reads("Relu", "Sigmoid", "Tanh", "Softplus", "LeakyRelu", "Elu", "Gelu")
def activation(node: Node, values: Sequence[Value], _opset: int) -> Tensor:
    made: dict[str, activations.Activation] = {
        "Relu": activations.Relu(), "Sigmoid": activations.Sigmoid(), "Tanh": activations.Tanh(),
        "Softplus": activations.Softplus(),
        "LeakyRelu": activations.LeakyRelu(short(node.attributes.get("alpha", 0.01))),
        "Elu": activations.Elu(short(node.attributes.get("alpha", 1.0))),
        "Gelu": activations.Gelu(node.attributes.get("approximate", "none") == "tanh"),
    }  # fmt: skip
    x = tensor_at(values)
    return x.on(x.cell.then(Activation(made[node.kind]), node.label))


@reads("Softmax", "LogSoftmax")
def softmax(node: Node, values: Sequence[Value], opset: int) -> Tensor:
    x = tensor_at(values)
    axis = x.axis(int(node.attributes.get("axis", -1 if opset >= 13 else 1)))
    if opset < 13 and axis != len(x.groups) - 1:
        raise Unreadable(_("it goes over several axes at once, as it did before opset 13"))
    if x.groups[axis] == (len(x.lengths) - 1,) or len(x.groups[axis]) != 1 or x.cell.shape != x.lengths[1:]:
        x, _places = x.features(axis)
        cell = x.cell.then(Activation(activations.Softmax()), node.label)
    else:
        cell = x.cell.then(Softmax(x.groups[axis][0]), node.label)
    return x.on(cell.pseudo(Logarithm(), node.label) if node.kind == "LogSoftmax" else cell)


@reads("Clip")
def clip(node: Node, values: Sequence[Value], _opset: int) -> Tensor:
    low = array_at(values, 1).item() if given(values, 1) else node.attributes.get("min", -np.inf)
    high = array_at(values, 2).item() if given(values, 2) else node.attributes.get("max", np.inf)
    x = tensor_at(values)
    if low < -3e38 and high > 3e38:
        return x
    if low != 0 or high <= 0:
        raise Unreadable(_("it cuts off below {low:g}; netviz' ReLU cuts off below 0").format(low=low))
    layer = Activation(activations.Relu()) if high > 3e38 else ReLU(max_value=short(high))
    return x.on(x.cell.then(layer, node.label))


@reads("Max")
def at_least(node: Node, values: Sequence[Value], _opset: int) -> Tensor:
    """max(x, 0)."""
    place = int(not isinstance(values[0], Tensor))
    if len(values) != 2 or array_at(values, 1 - place).any():
        raise Unreadable(_("it takes the larger of two results"))
    x = tensor_at(values, place)
    return x.on(x.cell.then(Activation(activations.Relu()), node.label))


@reads("PRelu")
def prelu(node: Node, values: Sequence[Value], _opset: int) -> Tensor:
    x, slope = tensor_at(values), node.attributes["slope"] if "slope" in node.attributes else array_at(values, 1)
    alpha = x.like_rows(slope)
    alpha = alpha.reshape(alpha.shape or (1,) * len(x.cell.shape))
    shared = tuple(axis for axis, n in enumerate(alpha.shape, 1) if n == 1 != x.cell.shape[axis - 1])
    return x.on(x.cell.then(PReLU(shared_axes=shared), node.label, alpha=alpha))


# ----------------------------------------------------------------------------------------------------- normalization


def _channels_last(x: Tensor) -> Tensor:
    """Images and sequences channels last, as netviz has them."""
    last = x.groups[1] == (len(x.lengths) - 1,)
    return x if last else x.arranged([0, *range(2, len(x.groups)), 1], turn=True)


@reads("BatchNormalization")
def batch_normalization(node: Node, values: Sequence[Value], _opset: int) -> Tensor:
    if node.attributes.get("training_mode"):
        raise Unreadable(_("it stands in the form that only training has"))
    x = tensor_at(values)
    x = _channels_last(x) if len(x.groups) > 2 else x
    x, places = x.features(1)
    found = {}
    for name, place in (("gamma", 1), ("beta", 2), ("moving_mean", 3), ("moving_variance", 4)):
        found[name] = _placed(array_at(values, place), places)
    epsilon, momentum = node.attributes.get("epsilon", 1e-5), node.attributes.get("momentum", 0.9)
    layer = BatchNormalization(momentum=short(momentum), epsilon=short(epsilon))
    return x.on(x.cell.then(layer, node.label, **found))


def _placed(numbers: Array, places: Array) -> Array:
    if numbers.shape != places.shape:
        raise Unreadable(_("its numbers have the shape {shape}, which does not fit").format(shape=numbers.shape))
    placed = np.empty_like(numbers)
    placed[places] = numbers
    return placed


@reads("LayerNormalization")
def layer_normalization(node: Node, values: Sequence[Value], _opset: int) -> Tensor:
    """Over the last axes, which are merged for it where they are several."""
    x = tensor_at(values)
    axis = x.axis(int(node.attributes.get("axis", -1)))
    merged = tuple(a for group in x.groups[axis:] for a in group)
    seen, places = replace(x, groups=(*x.groups[:axis], merged)).features(-1)
    found = {"gamma": _placed(_spread(array_at(values, 1), x.shape[axis:]), places)}
    if given(values, 2):
        found["beta"] = _placed(_spread(array_at(values, 2), x.shape[axis:]), places)
    layer = LayerNormalization(epsilon=short(node.attributes.get("epsilon", 1e-5)), center="beta" in found)
    cell = seen.cell.then(layer, node.label, **found)
    return x.on(cell) if seen.lengths == x.lengths else seen.on(cell).reshaped(x.shape)


@reads("Normalization")
def normalization(node: Node, values: Sequence[Value], _opset: int) -> Tensor:
    """(x − mean)/√(variance + ε) along axes, as `patterns` has found it in arithmetic."""
    x = tensor_at(values)
    axes = sorted(x.axis(axis) for axis in node.attributes["axes"])
    if axes == [len(x.groups) - 1]:
        x, _places = x.features(-1)
        along: tuple[int, ...] = (-1,)
    else:
        x = x.arranged(range(len(x.groups)))
        along = tuple(axes)
    layer = LayerNormalization(along, epsilon=short(node.attributes["epsilon"]), center=False, scale=False)
    return x.on(x.cell.then(layer, node.label))


def _spread(numbers: Array, shape: tuple[int, ...]) -> Array:
    return np.broadcast_to(numbers, shape).ravel()


# ------------------------------------------------------------------------------------------------------------- shapes


@reads("Flatten")
def flatten(node: Node, values: Sequence[Value], _opset: int) -> Tensor:
    x = tensor_at(values)
    axis = int(node.attributes.get("axis", 1)) % (len(x.groups) + 1)
    merged = [tuple(a for group in part for a in group) for part in (x.groups[:axis], x.groups[axis:])]
    return replace(x, groups=tuple(merged))


@reads("Reshape")
def reshape(_node: Node, values: Sequence[Value], _opset: int) -> Tensor:
    return tensor_at(values).reshaped([int(n) for n in array_at(values, 1).ravel()])


@reads("Transpose")
def transpose(node: Node, values: Sequence[Value], _opset: int) -> Tensor:
    return tensor_at(values).transposed(node.attributes.get("perm"))
