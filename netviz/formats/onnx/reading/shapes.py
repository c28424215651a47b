"""Axes of length 1 put in and taken out, and parts of a result taken: of sequences the last step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from netviz.engine.layers import Recurrent
from netviz.formats.onnx.reading.folding import axes_of, slices_of
from netviz.formats.onnx.reading.model import Node
from netviz.formats.onnx.reading.readers import Value, array_at, known, reads, tensor_at
from netviz.formats.onnx.reading.tensor import Cell, Tensor, Unreadable
from netviz.i18n import _


@reads("Squeeze")
def squeeze(node: Node, values: Sequence[Value], _opset: int) -> Tensor:
    return tensor_at(values).squeezed(axes_of(node, known(values), 1))


@reads("Unsqueeze")
def unsqueeze(node: Node, values: Sequence[Value], _opset: int) -> Tensor:
    return tensor_at(values).unsqueezed(axes_of(node, known(values), 1) or ())


def picked(x: Tensor, axis: int, index: int) -> Tensor:
    """One place along an axis, which goes: the only one there is, or the last step of a recurrent layer."""
    axis = x.axis(axis)
    length = x.shape[axis]
    if not -length <= index < length:
        raise Unreadable(_("it takes a place that is not there"))
    if length == 1:
        return x.squeezed([axis])
    part, group = x.cell.part, x.groups[axis]
    last = index % length == length - 1
    if not (last and isinstance(part, Recurrent) and not part.go_backwards and group == (1,) and len(x.lengths) == 3):
        raise Unreadable(_("it takes a part of a result; netviz can take the last step of a recurrent layer that reads forwards"))
    cell = Cell(replace(part, return_sequences=False), x.cell.shape[1:], x.cell.before, x.cell.arrays, x.cell.where)
    groups = [tuple(a - (a > 1) for a in group) for i, group in enumerate(x.groups) if i != axis]
    return Tensor(cell, (x.lengths[0], x.lengths[2]), tuple(groups))


@reads("Slice")
def sliced(node: Node, values: Sequence[Value], _opset: int) -> Tensor:
    """All there is, or one place along an axis."""
    x = tensor_at(values)
    for axis, found in enumerate(slices_of(node, known(values), len(x.groups))):
        length = x.shape[axis]
        taken = range(length)[found]
        if taken == range(length):
            continue
        if len(taken) != 1:
            raise Unreadable(_("it takes a part of a result"))
        x = picked(x, axis, taken[0]).unsqueezed([axis])
    return x


def gathered(node: Node, values: Sequence[Value]) -> Tensor:
    """One place along an axis of a result."""
    x, index = tensor_at(values), array_at(values, 1)
    axis = x.axis(int(node.attributes.get("axis", 0)))
    if index.size != 1 or index.dtype.kind not in "iu" or index.ndim > 1:
        raise Unreadable(_("it takes several places of a result"))
    y = picked(x, axis, int(np.ravel(index)[0]))
    return y.unsqueezed([axis]) if index.ndim else y
