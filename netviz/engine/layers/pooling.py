"""Pooling layers: of each window of a sequence or an image one number for each channel, the largest or the mean."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from netviz.arrays import Array, Shape
from netviz.codec import Range, Title
from netviz.engine.layers.axes import check_images, check_sequences
from netviz.engine.layers.layer import IMAGE, SEQUENCE, Layer, Memory, Weights, layers
from netviz.engine.layers.windows import (
    Count,
    Padding,
    Windows,
    as_images,
    lengths_of,
    make_pairs,
    make_single,
    pair,
    windows,
)
from netviz.engine.workspace import Context
from netviz.i18n import N_

_Steps = Annotated[int, Range(low=1, high=1000)]


class Pooling(Layer):
    """Windows of `pool_size`, `strides` apart (the pool_size where None); what sticks out at the edges does not count."""

    group = IMAGE

    pool_size: int | tuple[int, ...]
    strides: int | tuple[int, ...] | None
    padding: str

    @abstractmethod
    def pooled(self, x: Array, found: Windows, context: Context) -> tuple[Array, Memory]:
        """(rows, height, width, channels) -> (rows, windows down, windows across, channels)."""

    @abstractmethod
    def pooled_back(self, memory: Memory, dy: Array, dx: Array, found: Windows, context: Context) -> None:
        """Writes ∂L/∂x into dx; both are images."""

    def windows_over(self, input_shape: Shape) -> Windows:
        """Where the windows stand over rows of a shape."""
        strides = self.pool_size if self.strides is None else self.strides
        return windows(lengths_of(input_shape), pair(self.pool_size), pair(strides), (1, 1), self.padding)

    def output_shape(self, input_shape: Shape) -> Shape:
        check_sequences(input_shape) if isinstance(self.pool_size, int) else check_images(input_shape)
        return (*self.windows_over(input_shape).out[-len(input_shape) + 1 :], input_shape[-1])

    def forward(self, params: Weights, x: Array, context: Context) -> tuple[Array, Memory]:
        found = self.windows_over(x.shape[1:])
        y, memory = self.pooled(as_images(x), found, context)
        return y.reshape(len(x), *self.output_shape(x.shape[1:])), {"x": x, **memory}

    def backward(self, params: Weights, memory: Memory, dy: Array, context: Context, grads: Weights) -> Array:
        if context.first:
            return dy
        x: Array = memory["x"]
        found = self.windows_over(x.shape[1:])
        dx = context.out("dx", as_images(x).shape)
        if not (found.apart and found.covering):
            dx.fill(0)
        self.pooled_back(memory, as_images(dy), dx, found, context)
        return dx.reshape(x.shape)


class MaxPooling(Pooling):
    """The largest number of each window; ties go to the first, row by row, as does ∂L/∂y."""

    def pooled(self, x: Array, found: Windows, context: Context) -> tuple[Array, Memory]:
        shape = (len(x), *found.out, x.shape[-1])
        kind = np.uint8 if len(found.positions) <= 256 else np.int32
        y, argmax = context.out("y", shape), context.scratch("argmax", shape, kind)
        higher, here = context.scratch("higher", shape, bool), context.scratch("here", shape, kind)
        argmax.fill(0)
        first = found.positions[0]
        np.copyto(y, x[first.inside]) if first.whole else y.fill(-np.inf)
        for place, (inside, grid, _whole) in enumerate(found.positions):
            if place or not first.whole:
                part, best, where, which = x[inside], y[grid], argmax[grid], here[grid]
                # The places grow, so the largest of those that beat all before is the newest.
                np.greater(part, best, out=higher[grid])
                np.maximum(best, part, out=best)
                np.multiply(higher[grid], kind(place), out=which, dtype=kind)
                np.maximum(where, which, out=where)
        return y, {"argmax": argmax}

    def pooled_back(self, memory: Memory, dy: Array, dx: Array, found: Windows, context: Context) -> None:
        argmax = memory["argmax"]
        chosen, sent = context.scratch("higher", dy.shape, bool), context.out("sent", dy.shape)
        for place, (inside, grid, _whole) in enumerate(found.positions):
            np.equal(argmax, argmax.dtype.type(place), out=chosen)
            into = dx[inside]
            if found.apart:
                np.multiply(dy[grid], chosen[grid], out=into)
            else:
                np.multiply(dy, chosen, out=sent)
                np.add(into, sent[grid], out=into)


class AveragePooling(Pooling):
    """The mean of each window, over those of its places that lie within."""

    def pooled(self, x: Array, found: Windows, context: Context) -> tuple[Array, Memory]:
        y = context.out("y", (len(x), *found.out, x.shape[-1]))
        y.fill(0)
        for inside, grid, _whole in found.positions:
            total = y[grid]
            np.add(total, x[inside], out=total)
        return np.divide(y, self._counts(found, context), out=y), {}

    def pooled_back(self, memory: Memory, dy: Array, dx: Array, found: Windows, context: Context) -> None:
        share = np.divide(dy, self._counts(found, context), out=context.out("sent", dy.shape))
        for inside, grid, _whole in found.positions:
            into = dx[inside]
            np.copyto(into, share[grid]) if found.apart else np.add(into, share[grid], out=into)

    @staticmethod
    def _counts(found: Windows, context: Context) -> Array:
        counts = context.out("counts", found.counts.shape)
        np.copyto(counts, found.counts)
        return counts


@dataclass(frozen=True)
class _Pooling1D(Pooling):
    group = SEQUENCE

    pool_size: Annotated[_Steps, Title(N_("Pool size"))] = 2
    strides: Annotated[_Steps | None, Title(N_("Strides"))] = None
    padding: Padding = "valid"

    def __post_init__(self) -> None:
        make_single(self, "pool_size", "strides")
        super().__post_init__()


@dataclass(frozen=True)
class _Pooling2D(Pooling):
    pool_size: Annotated[tuple[Count, Count], Title(N_("Pool size"))] = (2, 2)
    strides: Annotated[tuple[Count, Count] | None, Title(N_("Strides"))] = None
    padding: Padding = "valid"

    def __post_init__(self) -> None:
        make_pairs(self, "pool_size", "strides")
        super().__post_init__()


@layers.register("max_pooling1d", title=N_("Max pool 1D"))
@dataclass(frozen=True)
class MaxPooling1D(_Pooling1D, MaxPooling):
    """y[s, c] = max over i of x[stride·s + i, c], i < pool_size, for sequences (steps, channels).

    strides None: as far as pool_size. valid keeps within the sequence; same gives ⌈steps/stride⌉ windows, of which only
    what lies within counts. ∂L/∂y goes to the first of the largest.
    Source: https://keras.io/api/layers/pooling_layers/max_pooling1d
    """


@layers.register("max_pooling2d", title=N_("Max pool 2D"))
@dataclass(frozen=True)
class MaxPooling2D(_Pooling2D, MaxPooling):
    """y[u, v, c] = max over i, j of x[stride·u + i, stride·v + j, c], for images (height, width, channels).

    strides None: as far as pool_size. valid keeps within the image; same gives ⌈length/stride⌉ windows, of which only
    what lies within counts. ∂L/∂y goes to the first of the largest. One number stands for both axes.
    Source: https://keras.io/api/layers/pooling_layers/max_pooling2d
    """


@layers.register("average_pooling1d", title=N_("Average pool 1D"))
@dataclass(frozen=True)
class AveragePooling1D(_Pooling1D, AveragePooling):
    """y[s, c] = mean over i of x[stride·s + i, c], i < pool_size, for sequences (steps, channels).

    strides None: as far as pool_size. valid keeps within the sequence; same gives ⌈steps/stride⌉ windows, each the mean of
    what lies within. Source: https://keras.io/api/layers/pooling_layers/average_pooling1d
    """


@layers.register("average_pooling2d", title=N_("Average pool 2D"))
@dataclass(frozen=True)
class AveragePooling2D(_Pooling2D, AveragePooling):
    """y[u, v, c] = mean over i, j of x[stride·u + i, stride·v + j, c], for images (height, width, channels).

    strides None: as far as pool_size. valid keeps within the image; same gives ⌈length/stride⌉ windows, each the mean of
    what lies within. One number stands for both axes. Source: https://keras.io/api/layers/pooling_layers/average_pooling2d
    """
