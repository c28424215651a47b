"""Windows that slide over images: where they stand and what they cover, as convolution and pooling both ask.

All of it follows from lengths alone, so it is worked out once. A sequence is an image of height 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np

from netviz.arrays import Array, Shape
from netviz.codec import Range, Title
from netviz.engine.layers.layer import Layer, LayerProblem
from netviz.i18n import N_, _

Pair = tuple[int, int]
Count = Annotated[int, Range(low=1, high=1000)]
Padding = Annotated[Literal["valid", "same"], Title(N_("Padding"))]

_ALL = slice(None)


class Position(NamedTuple):
    """A place within a window: `inside` picks what the windows hold there from images (rows, height, width, channels),
    `grid` picks the windows that hold something there, and `whole` says that all of them do."""

    inside: tuple[slice, slice, slice]
    grid: tuple[slice, slice, slice]
    whole: bool


class _Axis(NamedTuple):
    """Windows along one axis: how many, and how much is put before and behind it."""

    windows: int
    before: int
    behind: int


@dataclass(frozen=True, eq=False)
class Windows:
    """Windows of `sizes` over images of `lengths`, `strides` apart, reading every `rates`-th pixel.

    valid: windows lie wholly within. same: ⌈length/stride⌉ of them, half of what sticks out on either side, an odd one
    behind. causal: as many, and all that sticks out comes before.
    """

    lengths: Pair
    sizes: Pair
    strides: Pair
    rates: Pair
    padding: str

    @cached_property
    def axes(self) -> tuple[_Axis, _Axis]:
        """What there is along the height and along the width."""
        down, across = (self._axis(axis) for axis in (0, 1))
        return down, across

    def _axis(self, axis: int) -> _Axis:
        length, stride = self.lengths[axis], self.strides[axis]
        reach = (self.sizes[axis] - 1) * self.rates[axis] + 1
        if self.padding == "valid":
            return _Axis((length - reach) // stride + 1, 0, 0)
        count = -(-length // stride)
        if self.padding == "causal":
            return _Axis(count, reach - 1, 0)
        outside = max(0, (count - 1) * stride + reach - length)
        return _Axis(count, outside // 2, outside - outside // 2)

    @cached_property
    def out(self) -> Pair:
        """How many windows there are along the height and along the width."""
        return self.axes[0].windows, self.axes[1].windows

    @cached_property
    def padded(self) -> Pair:
        """The lengths with all that sticks out."""
        (_n, above, below), (_m, left, right) = self.axes
        return self.lengths[0] + above + below, self.lengths[1] + left + right

    @cached_property
    def positions(self) -> tuple[Position, ...]:
        """The places within a window, row by row."""
        down, across = ([self._along(axis, place) for place in range(self.sizes[axis])] for axis in (0, 1))
        return tuple(
            Position((_ALL, a[0], b[0]), (_ALL, a[1], b[1]), self.out == (_width(a[1]), _width(b[1])))
            for a in down
            for b in across
        )

    def _along(self, axis: int, place: int) -> tuple[slice, slice]:
        """Which pixels the windows hold at that place, and which windows do hold one."""
        stride, (count, before, _behind) = self.strides[axis], self.axes[axis]
        shift = place * self.rates[axis] - before
        first = max(0, -(shift // stride))
        last = min(count - 1, (self.lengths[axis] - 1 - shift) // stride)
        if last < first:
            return slice(0, 0), slice(0, 0)
        return slice(first * stride + shift, last * stride + shift + 1, stride), slice(first, last + 1)

    @cached_property
    def places(self) -> Array:
        """Which pixel of the padded image each place of each window is, (windows·places,)."""
        down, across = (
            np.arange(self.out[axis])[:, None] * self.strides[axis] + np.arange(self.sizes[axis]) * self.rates[axis]
            for axis in (0, 1)
        )
        found = down[:, None, :, None] * self.padded[1] + across[None, :, None, :]
        return np.ascontiguousarray(found.ravel(), np.intp)

    @cached_property
    def tiled(self) -> bool:
        """Whether the windows one after another are the image itself, so that nothing need be copied."""
        places = self.lengths[0] * self.lengths[1]
        sticking = any(axis.before or axis.behind for axis in self.axes)
        return not sticking and len(self.places) == places and bool((self.places == np.arange(places)).all())

    @cached_property
    def apart(self) -> bool:
        """Whether no pixel is in two windows."""
        return all(stride >= size for stride, size in zip(self.strides, self.sizes, strict=True))

    @cached_property
    def covering(self) -> bool:
        """Whether every pixel is in a window, as far as windows that lie apart are concerned."""
        spans = zip(self.lengths, self.axes, self.strides, self.sizes, strict=True)
        return all(size >= stride and axis.windows * size >= length for length, axis, stride, size in spans)

    @cached_property
    def counts(self) -> Array:
        """How many pixels of the image each window holds, (windows down, windows across, 1)."""
        found: Array = np.zeros((*self.out, 1))
        for position in self.positions:
            found[position.grid[1:]] += 1
        return found


@lru_cache(maxsize=256)
def windows(lengths: Pair, sizes: Pair, strides: Pair, rates: Pair, padding: str) -> Windows:
    """The same for the same arguments; LayerProblem where not one window fits."""
    found = Windows(lengths, sizes, strides, rates, padding)
    if min(found.out) < 1:
        reach = tuple((size - 1) * rate + 1 for size, rate in zip(sizes, rates, strict=True))
        flat = reach[0] == lengths[0] == 1  # a sequence: its one length says all
        words = {name: "×".join(map(str, n[flat:])) for name, n in (("reach", reach), ("lengths", lengths))}
        sentence = _(
            "A window of {reach} does not fit into {lengths}; make it smaller, set padding to same, or shrink less below."
        )
        raise LayerProblem(sentence.format(**words))
    return found


def _width(found: slice) -> int:
    return int(found.stop) - int(found.start)


# ----------------------------------------------------------------------------------------------- images and settings


def as_images(x: Array) -> Array:
    """Sequences (rows, steps, channels) as images of height 1, the same memory; images as they are."""
    return x if x.ndim == 4 else x.reshape(len(x), 1, *x.shape[1:])


def pair(lengths: int | tuple[int, ...]) -> Pair:
    """A setting of images; of sequences with what holds for their height of 1 before it."""
    return (1, lengths) if isinstance(lengths, int) else (lengths[0], lengths[1])


def lengths_of(input_shape: Shape) -> Pair:
    """Height and width of a row's image, or 1 and the steps of its sequence."""
    return (1, input_shape[0]) if len(input_shape) == 2 else (input_shape[0], input_shape[1])


def make_pairs(layer: Layer, *names: str) -> None:
    """Keras' numbers that stand for both axes, as pairs: 3 becomes (3, 3)."""
    for name in names:
        found: Any = getattr(layer, name)
        if isinstance(found, (int, np.integer)) and not isinstance(found, bool):
            object.__setattr__(layer, name, (int(found), int(found)))


def make_single(layer: Layer, *names: str) -> None:
    """Keras' tuples of one number, as the number: (3,) becomes 3."""
    for name in names:
        found: Any = getattr(layer, name)
        if isinstance(found, (tuple, list)) and len(found) == 1:
            object.__setattr__(layer, name, found[0])
