"""Layers that make images larger: by repeating or blending pixels, or by zeros around them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal

import numpy as np

from netviz.arrays import Array, Shape, frozen
from netviz.codec import Range, Title
from netviz.engine.layers.axes import check_images
from netviz.engine.layers.layer import IMAGE, Layer, Memory, Weights, layers
from netviz.engine.layers.windows import Count, make_pairs
from netviz.engine.workspace import Context
from netviz.i18n import N_

_Zeros = Annotated[int, Range(low=0, high=1000)]


@layers.register("up_sampling2d", title=N_("Upsampling 2D"))
@dataclass(frozen=True)
class UpSampling2D(Layer):
    """y = A·x·Bᵀ for each channel: images `size` times as high and as wide, rows (height, width, channels).

    nearest: each pixel is repeated. bilinear: A[u, i] = max(0, 1 − |(u + ½)/f − ½ − i|), the place read at no further than
    the middle of the outermost pixels, f the factor; B alike. One number stands for both axes.
    Source: https://keras.io/api/layers/reshaping_layers/up_sampling2d
    """

    group = IMAGE

    size: Annotated[tuple[Count, Count], Title(N_("Times as high and as wide"))] = (2, 2)
    interpolation: Annotated[Literal["nearest", "bilinear"], Title(N_("Between pixels"))] = "nearest"

    def __post_init__(self) -> None:
        make_pairs(self, "size")
        super().__post_init__()

    def output_shape(self, input_shape: Shape) -> Shape:
        check_images(input_shape)
        height, width, channels = input_shape
        return height * self.size[0], width * self.size[1], channels

    def forward(self, params: Weights, x: Array, context: Context) -> tuple[Array, Memory]:
        y = context.out("y", (len(x), *self.output_shape(x.shape[1:])))
        if self.interpolation == "nearest":
            np.copyto(self._blocks(y), x[:, :, None, :, None])
        else:
            down, across = self._blends(x, context)
            _blend(x, down, across, y, context)
        return y, {"x": x}

    def backward(self, params: Weights, memory: Memory, dy: Array, context: Context, grads: Weights) -> Array:
        if context.first:
            return dy
        x: Array = memory["x"]
        dx = context.out("dx", x.shape)
        if self.interpolation == "nearest":  # what came of one pixel goes back to it
            return np.add.reduce(self._blocks(dy), (2, 4), out=dx)
        down, across = self._blends(x, context)
        return _blend(dy, down.T, across.T, dx, context)  # ∂L/∂x = Aᵀ·dy·B

    def _blocks(self, y: Array) -> Array:
        """(rows, height, times, width, times, channels)."""
        rows, height, width, channels = y.shape
        return y.reshape(rows, height // self.size[0], self.size[0], width // self.size[1], self.size[1], channels)

    def _blends(self, x: Array, context: Context) -> tuple[Array, Array]:
        """A and B."""
        kind = context.workspace.dtype.name
        return _weights(x.shape[1], self.size[0], kind), _weights(x.shape[2], self.size[1], kind)


def _blend(x: Array, down: Array, across: Array, into: Array, context: Context) -> Array:
    """down·x·acrossᵀ for each row and channel, in `into`."""
    rows, _height, width, channels = x.shape
    halfway = context.out("halfway", (rows, len(down), width * channels))
    np.matmul(down, x.reshape(rows, -1, width * channels), out=halfway)
    flat = into.reshape(rows * len(down), len(across), channels)
    np.matmul(across, halfway.reshape(rows * len(down), width, channels), out=flat)
    return into


@lru_cache(maxsize=64)
def _weights(length: int, factor: int, kind: str) -> Array:
    """What each pixel adds to each that is read between them, (length·factor, length)."""
    at = (np.arange(length * factor) + 0.5) / factor - 0.5
    distance = np.abs(np.clip(at, 0, length - 1)[:, None] - np.arange(length))
    return frozen(np.maximum(0, 1 - distance).astype(kind))


@layers.register("zero_padding2d", title=N_("Zero padding 2D"))
@dataclass(frozen=True)
class ZeroPadding2D(Layer):
    """y = x with zeros around it: ((above, below), (left, right)), rows (height, width, channels).

    Two numbers are those of both sides of the height and of the width, one number is all four. ∂L/∂x is ∂L/∂y within.
    Source: https://keras.io/api/layers/reshaping_layers/zero_padding2d
    """

    group = IMAGE

    padding: Annotated[tuple[tuple[_Zeros, _Zeros], tuple[_Zeros, _Zeros]], Title(N_("Zeros (above, below), (left, right)"))] = (
        (1, 1),
        (1, 1),
    )  # fmt: skip

    def __post_init__(self) -> None:
        make_pairs(self, "padding")
        found: Any = self.padding
        if isinstance(found, (tuple, list)) and len(found) == 2:
            twice = tuple((side, side) if isinstance(side, int) else side for side in found)
            object.__setattr__(self, "padding", twice)
        super().__post_init__()

    def output_shape(self, input_shape: Shape) -> Shape:
        check_images(input_shape)
        height, width, channels = input_shape
        return height + sum(self.padding[0]), width + sum(self.padding[1]), channels

    def forward(self, params: Weights, x: Array, context: Context) -> tuple[Array, Memory]:
        y = context.out("y", (len(x), *self.output_shape(x.shape[1:])))
        y.fill(0)
        np.copyto(self._within(y), x)
        return y, {"x": x}

    def backward(self, params: Weights, memory: Memory, dy: Array, context: Context, grads: Weights) -> Array:
        if context.first:
            return dy
        dx = context.out("dx", memory["x"].shape)
        np.copyto(dx, self._within(dy))
        return dx

    def _within(self, y: Array) -> Array:
        (above, below), (left, right) = self.padding
        return y[:, above : y.shape[1] - below, left : y.shape[2] - right]
