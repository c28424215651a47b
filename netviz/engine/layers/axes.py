"""The axes of a row: as Keras counts them (the batch is axis 0, those of a row are 1, 2, ..., and −1 is the last), and
the forms that layers want, with the way to them."""

from __future__ import annotations

import math
from typing import Annotated

from netviz.arrays import Shape, size
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


def check_images(input_shape: Shape) -> None:
    """LayerProblem for rows that are no images (height, width, channels), with the Reshape that makes them such."""
    if len(input_shape) != 3:
        sentence = _(
            "Images of the shape (height, width, channels) are wanted here, but the rows have the shape {found}; "
            "put Reshape before, such as Reshape({way})."
        )
        way = _image_form(input_shape)
        raise LayerProblem(sentence.format(found=input_shape, way=way), way)


def check_sequences(input_shape: Shape) -> None:
    """LayerProblem for rows that are no sequences (steps, channels), with the Reshape that makes them such."""
    if len(input_shape) != 2:
        sentence = _(
            "Sequences of the shape (steps, channels) are wanted here, but the rows have the shape {found}; "
            "put Reshape before, such as Reshape({way})."
        )
        way = _sequence_form(input_shape)
        raise LayerProblem(sentence.format(found=input_shape, way=way), way)


def _image_form(input_shape: Shape) -> Shape:
    """Images that hold the numbers of such rows: as square as can be where the rows are flat."""
    if len(input_shape) >= 2:
        return input_shape[0], input_shape[1], size(input_shape[2:])
    numbers = size(input_shape)
    height = next(n for n in range(math.isqrt(numbers), 0, -1) if numbers % n == 0)
    return height, numbers // height, 1


def _sequence_form(input_shape: Shape) -> Shape:
    """Sequences that hold the numbers of such rows."""
    return (size(input_shape[:1]), size(input_shape[1:]))
