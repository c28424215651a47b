"""What is known before any row comes: constants, the shapes of results, and what follows from both by arithmetic.

The number of rows is not known; where a graph computes with it, a number stands in that no shape has (`ROWS`). States that
begin at 0 are kept as `Filled`, whatever their size.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from netviz.arrays import Array, Shape
from netviz.formats.onnx.reading.model import Node

ROWS = 1_000_003  # a prime: a length that it divides has to do with the rows
_MOST_NUMBERS = 2**24  # no constant grows beyond that, or beyond what the file itself holds


@dataclass(frozen=True)
class Filled:
    """An array of one number everywhere, of which only the shape is kept."""

    shape: Shape
    value: float


Known = Array | Filled


def axes_of(node: Node, known: Sequence[Known | None], place: int, name: str = "axes") -> list[int] | None:
    """Axes, which older opsets give as an attribute and newer ones as an input; None where neither is there."""
    if name in node.attributes:
        found = node.attributes[name]
        return list(found) if isinstance(found, list) else [int(found)]
    given = known[place] if place < len(known) else None
    return [int(n) for n in np.ravel(given)] if isinstance(given, np.ndarray) else None


def folded(node: Node, known: Sequence[Known | None], limit: int) -> Known | None:
    """The result of an operation on what is known; None where the operation is none of those computed here.

    limit: how many numbers it may have. ValueError, IndexError and their like where the operation does not fit.
    """
    if any(isinstance(each, Filled) for each in known):
        return _of_filled(node, known)
    compute = _COMPUTED.get(node.kind)
    if compute is None or node.domain:
        return None
    arrays = [each if isinstance(each, np.ndarray) else None for each in known]
    shapes = [each.shape for each in arrays if each is not None]
    if node.kind in _SPREAD and math.prod(np.broadcast_shapes(*shapes)) > max(limit, _MOST_NUMBERS):
        raise ValueError("a constant would be far larger than the file")
    if node.kind == "MatMul" and math.prod(shapes[0][:-1]) * math.prod(shapes[1][1:]) > max(limit, _MOST_NUMBERS):
        raise ValueError("a constant would be far larger than the file")
    with np.errstate(all="ignore"):
        made = compute(node, arrays)
    return made if made is None or isinstance(made, Filled) else np.asarray(made)


def _of_filled(node: Node, known: Sequence[Known | None]) -> Known | None:
    """Operations that only change the shape of what is the same everywhere."""
    first = known[0]
    if not isinstance(first, Filled):
        return None
    if node.kind in ("Identity", "Cast", "Expand", "Reshape", "Transpose", "Squeeze", "Unsqueeze", "Slice", "Gather"):
        return Filled((), first.value)  # of which nobody asks the shape
    return None


# ------------------------------------------------------------------------------------------------------ the operations


def _filled(node: Node, known: Sequence[Any]) -> Known:
    value = node.attributes.get("value")
    number = 0.0 if value is None else value.ravel()[0]
    shape = tuple(int(n) for n in np.ravel(known[0]))
    if math.prod(shape) > 4096 or any(n % ROWS == 0 and n for n in shape):
        return Filled(shape, float(number))
    return np.full(shape, number, np.float32 if value is None else value.dtype)


def _expanded(_node: Node, known: Sequence[Any]) -> Known:
    array, shape = known[0], np.broadcast_shapes(known[0].shape, tuple(int(n) for n in known[1]))
    if math.prod(shape) <= 4096:
        return np.broadcast_to(array, shape)
    if array.size and (array == array.flat[0]).all():
        return Filled(shape, float(array.flat[0]))
    raise ValueError("a constant is spread over the rows")


def _reshaped(_node: Node, known: Sequence[Any]) -> Known:
    array: Array = known[0]
    wanted = [array.shape[i] if n == 0 else int(n) for i, n in enumerate(known[1])]
    return array.reshape(wanted)


def _squeezed(node: Node, known: Sequence[Any]) -> Known:
    axes = axes_of(node, known, 1)
    found: Array = np.squeeze(known[0], None if axes is None else tuple(axes))
    return found


def _unsqueezed(node: Node, known: Sequence[Any]) -> Known:
    found: Array = np.expand_dims(known[0], tuple(axes_of(node, known, 1) or ()))
    return found


def slices_of(node: Node, known: Sequence[Any], rank: int) -> list[slice]:
    """What a Slice takes along each axis."""
    names = ("starts", "ends", "axes", "steps")
    given = [axes_of(node, known, place + 1, name) for place, name in enumerate(names)]
    starts, ends = given[0] or [], given[1] or []
    axes, steps = given[2] or list(range(len(starts))), given[3] or [1] * len(starts)
    found = [slice(None)] * rank
    for axis, start, stop, step in zip(axes, starts, ends, steps, strict=True):
        found[axis] = slice(start, None if step < 0 and stop < -(2**31) else stop, step)
    return found


def _sliced(node: Node, known: Sequence[Any]) -> Known:
    found: Array = known[0][tuple(slices_of(node, known, known[0].ndim))]
    return found


def _gathered(node: Node, known: Sequence[Any]) -> Known:
    found: Array = np.take(known[0], known[1].astype(np.int64), axis=int(node.attributes.get("axis", 0)))
    return found


def _concatenated(node: Node, known: Sequence[Any]) -> Known:
    return np.concatenate(known, axis=int(node.attributes["axis"]))


def _cast(node: Node, known: Sequence[Any]) -> Known:
    kinds = {1: "f4", 2: "u1", 3: "i1", 5: "i2", 6: "i4", 7: "i8", 9: "?", 10: "f4", 11: "f8", 12: "u4", 13: "u8"}
    found: Array = known[0].astype(kinds[int(node.attributes["to"])])
    return found


def _constant(node: Node, _known: Sequence[Any]) -> Known | None:
    for name, value in node.attributes.items():
        if name == "value":
            return None if value is None else np.asarray(value)
        if name in ("value_int", "value_ints"):
            return np.array(value, np.int64)
        if name in ("value_float", "value_floats"):
            return np.array(value, np.float32)
    return None


def _divided(_node: Node, known: Sequence[Any]) -> Known:
    a, b = known
    if a.dtype.kind in "iu":
        if not np.all(b):
            raise ValueError("a division by 0")
        return np.asarray(np.trunc(a / b)).astype(a.dtype)
    return np.asarray(a / b)


def _transposed(node: Node, known: Sequence[Any]) -> Known:
    return np.transpose(known[0], node.attributes.get("perm"))


def _simple(function: Callable[..., Any]) -> Callable[[Node, Sequence[Any]], Known]:
    return lambda _node, known: np.asarray(function(*known))


def _product(node: Node, known: Sequence[Any]) -> Known:
    axes = axes_of(node, known, 1)
    kept = bool(node.attributes.get("keepdims", 1))
    return np.asarray(np.prod(known[0], None if axes is None else tuple(axes), keepdims=kept))


def split(node: Node, known: Sequence[Any]) -> list[Array]:
    """The parts of an array along an axis."""
    sizes = axes_of(node, known, 1, "split")
    at = len(node.outputs) if sizes is None else np.cumsum(sizes)[:-1]
    return np.split(known[0], at, int(node.attributes.get("axis", 0)))


_SPREAD = frozenset({"Add", "Sub", "Mul", "Div", "Pow", "Min", "Max", "Equal", "Where", "Greater", "Less"})
_COMPUTED: Mapping[str, Callable[[Node, Sequence[Any]], Known | None]] = {
    "Constant": _constant, "ConstantOfShape": _filled, "Expand": _expanded, "Reshape": _reshaped,
    "Squeeze": _squeezed, "Unsqueeze": _unsqueezed, "Slice": _sliced, "Gather": _gathered, "Concat": _concatenated,
    "Cast": _cast, "Div": _divided, "Transpose": _transposed, "ReduceProd": _product,
    "Identity": _simple(lambda x: x), "Add": _simple(np.add), "Sub": _simple(np.subtract), "Mul": _simple(np.multiply),
    "Pow": _simple(np.power), "Sqrt": _simple(np.sqrt), "Neg": _simple(np.negative), "Exp": _simple(np.exp),
    "Reciprocal": _simple(lambda x: 1 / x), "Abs": _simple(np.abs), "Min": _simple(lambda *x: np.minimum.reduce(x)),
    "Max": _simple(lambda *x: np.maximum.reduce(x)), "Equal": _simple(np.equal), "Greater": _simple(np.greater),
    "Less": _simple(np.less), "Where": _simple(np.where), "MatMul": _simple(np.matmul),
    "Tanh": _simple(np.tanh), "Relu": _simple(lambda x: np.maximum(x, 0)), "Sigmoid": _simple(lambda x: 1 / (1 + np.exp(-x))),
    "Shape": _simple(lambda x: np.array(x.shape, np.int64)),
    "Size": _simple(lambda x: np.array(x.size, np.int64)),
}  # fmt: skip
