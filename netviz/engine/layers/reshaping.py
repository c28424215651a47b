"""Layers that lay the same numbers out differently, and one that brings them to another range."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from netviz.arrays import Array, Shape, size
from netviz.codec import Range, Title
from netviz.engine.layers.layer import SHAPE, Elementwise, Layer, LayerProblem, Memory, Weights, layers
from netviz.engine.workspace import Context
from netviz.i18n import N_, _

_Length = Annotated[int, Range(low=-1, high=1_000_000)]


@layers.register("flatten", title=N_("Flatten"))
@dataclass(frozen=True)
class Flatten(Layer):
    """Each row becomes one vector, last axis fastest. Source: https://keras.io/api/layers/reshaping_layers/flatten"""

    group = SHAPE

    def output_shape(self, input_shape: Shape) -> Shape:
        return (size(input_shape),)

    def forward(self, params: Weights, x: Array, context: Context) -> tuple[Array, Memory]:
        return x.reshape(len(x), -1), {"x": x}

    def backward(self, params: Weights, memory: Memory, dy: Array, context: Context, grads: Weights) -> Array:
        return dy.reshape(memory["x"].shape)


@layers.register("reshape", title=N_("Reshape"))
@dataclass(frozen=True)
class Reshape(Layer):
    """Each row takes on another shape, last axis fastest; one length may be −1 and is what remains.

    target_shape: of a row, without the batch. Source: https://keras.io/api/layers/reshaping_layers/reshape
    """

    group = SHAPE

    target_shape: Annotated[tuple[_Length, ...], Title(N_("Target shape"))] = (-1,)

    @classmethod
    def suited(cls, input_shape: Shape) -> Reshape:
        """A vector becomes a square picture, or one with as many columns as go without a rest; all else a vector."""
        if len(input_shape) != 1:
            return cls()
        root = math.isqrt(input_shape[0])
        columns = next((n for n in range(root, 1, -1) if not input_shape[0] % n), 1)
        return cls((-1, columns, 1))

    def output_shape(self, input_shape: Shape) -> Shape:
        wanted, numbers = self.target_shape, size(input_shape)
        words = {"found": input_shape, "wanted": wanted, "n": numbers}
        if wanted.count(-1) > 1 or 0 in wanted:
            sentence = _("The target shape {wanted} must hold lengths from 1 on, and −1 at most once.")
            raise LayerProblem(sentence.format(**words))
        rest = size(tuple(length for length in wanted if length != -1))
        if numbers % rest or -1 not in wanted and numbers != rest:
            sentence = _(
                "A row of the shape {found} holds {n} numbers, which cannot be laid out as {wanted}; "
                "the product of the lengths must be {n}."
            )
            raise LayerProblem(sentence.format(**words))
        return tuple(numbers // rest if length == -1 else length for length in wanted)

    def forward(self, params: Weights, x: Array, context: Context) -> tuple[Array, Memory]:
        return x.reshape(len(x), *self.output_shape(x.shape[1:])), {"x": x}

    def backward(self, params: Weights, memory: Memory, dy: Array, context: Context, grads: Weights) -> Array:
        return dy.reshape(memory["x"].shape)


@layers.register("permute", title=N_("Permute"))
@dataclass(frozen=True)
class Permute(Layer):
    """The axes of each row in another order: axis i of y is axis dimsᵢ of x, counted from 1.

    dims: each of 1, 2, ... once. Source: https://keras.io/api/layers/reshaping_layers/permute
    """

    group = SHAPE

    dims: Annotated[tuple[Annotated[int, Range(low=1, high=32)], ...], Title(N_("Order of the axes"))] = (2, 1)

    @classmethod
    def suited(cls, input_shape: Shape) -> Permute:
        """The first two axes change places."""
        rest = range(3, len(input_shape) + 1)
        return cls((2, 1, *rest) if len(input_shape) > 1 else (1,))

    def output_shape(self, input_shape: Shape) -> Shape:
        if sorted(self.dims) != list(range(1, len(input_shape) + 1)):
            sentence = _("The order {dims} must name each axis of a row of the shape {found} once, counted from 1.")
            raise LayerProblem(sentence.format(dims=self.dims, found=input_shape))
        return tuple(input_shape[dim - 1] for dim in self.dims)

    def forward(self, params: Weights, x: Array, context: Context) -> tuple[Array, Memory]:
        y = context.out("y", (len(x), *(x.shape[dim] for dim in self.dims)))
        np.copyto(y, x.transpose(0, *self.dims))
        return y, {"x": x}

    def backward(self, params: Weights, memory: Memory, dy: Array, context: Context, grads: Weights) -> Array:
        dx = context.out("dx", memory["x"].shape)
        np.copyto(dx.transpose(0, *self.dims), dy)
        return dx


@layers.register("rescaling", title=N_("Rescaling"))
@dataclass(frozen=True)
class Rescaling(Elementwise):
    """y = scale·x + offset, in training and outside of it; ∂L/∂x = scale·∂L/∂y.

    1/255 brings grey levels from 0 to 255 to the range from 0 to 1.
    Source: https://keras.io/api/layers/preprocessing_layers/image_preprocessing/rescaling
    """

    group = SHAPE

    scale: float = 1 / 255
    offset: float = 0.0

    def forward(self, params: Weights, x: Array, context: Context) -> tuple[Array, Memory]:
        y = np.multiply(x, self.scale, out=context.out("y", x.shape))
        return np.add(y, self.offset, out=y), {}

    def backward(self, params: Weights, memory: Memory, dy: Array, context: Context, grads: Weights) -> Array:
        if context.first:
            return dy
        return np.multiply(dy, self.scale, out=context.out("dx", dy.shape))
