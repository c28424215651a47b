"""Arrays of any rank as flat pictures: a kernel of a convolution as small images, one for each pair of channels.

A plan says which entry of an array stands at which place of its picture. It is made once for a shape, and the numbers of
every frame go through it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from netviz.arrays import Array, Shape, size
from netviz.pictures.colors import diverging

GAP = -1  # at places between images, where there is no entry
CLEAR = 0x00000000
_MOST_ENTRIES = 300_000  # of a plan; kernels beyond that show one entry for each small image, its strongest
_MOST_ROW = 64  # entries of a vector in one row
_MOST_SIDE = 256  # of a picture; beyond it a patch of entries is one pixel


@dataclass(frozen=True, eq=False)
class Plan:
    """places: (rows, columns) of flat places in the array, GAP where there is none.

    folded: the array is too large for that; its leading axes are folded to their strongest entry first.
    """

    places: Array
    gaps: Array
    folded: bool = False

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the picture."""
        return self.places.shape[0], self.places.shape[1]

    def colors(self, values: Array, at_most: float, gap: int = CLEAR) -> Array:
        """The picture, uint32 0xAARRGGBB, `gap` between images; `at_most` gets the full colour."""
        if self.folded:
            values = _strongest(values.reshape(-1, *values.shape[-2:]))
        laid = values.reshape(-1)[self.places]
        if max(laid.shape) > _MOST_SIDE:
            return diverging(reduced(np.where(self.gaps, 0.0, laid)), at_most)
        return np.where(self.gaps, np.uint32(gap), diverging(laid, at_most))

    def entry_at(self, across: float, down: float) -> int | None:
        """The flat place of the entry at shares of the picture's width and height; None between and where it is folded."""
        rows, columns = self.places.shape
        row, column = min(max(int(down * rows), 0), rows - 1), min(max(int(across * columns), 0), columns - 1)
        found = int(self.places[row, column])
        return None if self.folded or found == GAP else found


@lru_cache(maxsize=32)
def plan(shape: Shape, outputs_down: bool = False) -> Plan:
    """How to lay out an array of that shape, its inputs down and its outputs across, or the other way round.

    A vector is wrapped into rows. A matrix is itself. Of three axes the shortest counts the images (the taps of a Conv1D,
    the heads of an attention). Of four or more the last two count them and the others are the image; where one of the two
    is 1, the images stand one below the other with the outputs down, else in lines that fill a square.
    """
    folded = len(shape) >= 3 and size(shape) > _MOST_ENTRIES
    shape = shape[-2:] if folded else shape
    places = np.arange(size(shape)).reshape(shape)
    if places.ndim < 2:
        laid = _wrapped(places.reshape(-1))
    elif places.ndim == 2:
        laid = places.T if outputs_down else places
    elif places.ndim == 3:
        axis = int(np.argmin(shape))
        images = np.moveaxis(places, axis, 0)
        images = images.swapaxes(1, 2) if outputs_down else images
        laid = _tiled(images[:, None] if outputs_down and axis else images[None])
    else:
        images = np.moveaxis(places.reshape(-1, *shape[-3:]), (2, 3), (0, 1))  # (inputs, outputs, rows, columns)
        if 1 in images.shape[:2]:
            images = images.reshape(-1, *images.shape[2:])
            images = images[:, None] if outputs_down else _in_lines(images)
        else:
            images = images.swapaxes(0, 1) if outputs_down else images
        laid = _tiled(images)
    laid = np.ascontiguousarray(laid, np.intp)
    return Plan(laid, laid == GAP, folded)


def reduced(values: Array) -> Array:
    """At most _MOST_SIDE rows and columns; of each patch the entry farthest from zero, so that none is hidden."""
    for axis in (0, 1):
        step = -(-values.shape[axis] // _MOST_SIDE)
        if step > 1:
            values = _folded(values if axis == 0 else values.T, step)
            values = values if axis == 0 else np.ascontiguousarray(values.T)
    return values


def _folded(values: Array, step: int) -> Array:
    """Of `step` rows at a time the entry farthest from zero, column by column; NaN where one of them is NaN."""
    groups = -(-len(values) // step)
    high, low = values[::step].copy(), values[::step].copy()
    for place in range(1, step):
        part = values[place::step]  # the last group may be a short one
        np.maximum(high[: len(part)], part, out=high[: len(part)])
        np.minimum(low[: len(part)], part, out=low[: len(part)])
    assert len(high) == groups
    return np.asarray(np.where(high >= -low, high, low))


def _in_lines(images: Array) -> Array:
    """(images, rows, columns) -> (down, across, rows, columns), about as high as wide, with gaps at the end if need be."""
    count, rows, columns = images.shape
    least = math.ceil(math.sqrt(count * (rows + 1) / (columns + 1)))
    across = next((n for n in range(least, min(2 * least, count) + 1) if count % n == 0), least)
    lines = np.full((-(-count // across) * across, rows, columns), GAP)
    lines[:count] = images
    return lines.reshape(-1, across, rows, columns)


def _tiled(images: Array) -> Array:
    """(down, across, rows, columns) -> one picture, with a line between images."""
    down, across, rows, columns = images.shape
    framed = np.full((down, across, rows + 1, columns + 1), GAP)
    framed[:, :, :rows, :columns] = images
    return framed.swapaxes(1, 2).reshape(down * (rows + 1), across * (columns + 1))[:-1, :-1]


def _wrapped(places: Array) -> Array:
    rows = max(1, -(-len(places) // _MOST_ROW))
    wide = max(1, -(-len(places) // rows))
    laid = np.full(rows * wide, GAP)
    laid[: len(places)] = places
    return laid.reshape(rows, wide)


def _strongest(values: Array) -> Array:
    """Of each image (axis 0) the entry farthest from zero."""
    high, low = values.max(0), values.min(0)
    return np.asarray(np.where(high >= -low, high, low))
