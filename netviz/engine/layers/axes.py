"""Axes as Keras counts them: the batch is axis 0, the axes of a row are 1, 2, ..., and −1 is the last."""

from __future__ import annotations

from typing import Annotated

from netviz.arrays import Shape
from netviz.codec import Range
from netviz.engine.layers.layer import LayerProblem
from netviz.i18n import _

Axis = Annotated[int, Range(low=-32, high=32)]


def row_axis(axis: int, input_shape: Shape) -> int:
    """Which axis of a row is meant, counted from 0 without the batch; LayerProblem if there is none."""
    found = axis - 1 if axis > 0 else axis + len(input_shape)
    if axis == 0 or not 0 <= found < len(input_shape):
        sentence = _("A row of the shape {shape} has no axis {axis}: its axes are 1 to {last}, and −1 is the last.")
        raise LayerProblem(sentence.format(shape=input_shape, axis=axis, last=len(input_shape)))
    return found
