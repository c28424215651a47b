"""Layers that disturb what passes through them in training only, beside Dropout: whole channels dropped, noise added."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from netviz.arrays import Array, Shape
from netviz.codec import Range
from netviz.engine.layers.layer import Layer, LayerProblem, Memory, Weights, layers
from netviz.engine.workspace import Context
from netviz.i18n import N_, _


@dataclass(frozen=True)
class SpatialDropout(Layer):
    """y = x·m with one mask entry m for each row and channel: 0 with probability `rate`, else 1/(1 − rate).

    Neighbours in a feature map are alike, so dropping single numbers would hide little. Tompson et al., 2014.
    """

    axes: ClassVar[int]
    wanted: ClassVar[str]

    rate: Annotated[float, Range(low=0, below=1, unit="%", title=N_("Dropout rate"))] = 0.5

    @property
    def passes_mask(self) -> bool:
        return True

    def output_shape(self, input_shape: Shape) -> Shape:
        if len(input_shape) != self.axes:
            sentence = _(
                "Whole channels are dropped from {wanted}, but here come rows of the shape {found}; use Dropout."
            )
            raise LayerProblem(sentence.format(wanted=_(self.wanted), found=input_shape))
        return input_shape

    def forward(self, params: Weights, x: Array, context: Context) -> tuple[Array, Memory]:
        if not context.training or not self.rate:
            return x, {}
        shape = (len(x), *[1] * (x.ndim - 2), x.shape[-1])
        drawn = context.rng().random(shape, np.float32)
        mask = np.multiply(drawn >= self.rate, 1 / (1 - self.rate), out=context.out("mask", shape), casting="same_kind")
        return np.multiply(x, mask, out=context.out("y", x.shape)), {"mask": mask}

    def backward(self, params: Weights, memory: Memory, dy: Array, context: Context, grads: Weights) -> Array:
        if "mask" not in memory:
            return dy
        return np.multiply(dy, memory["mask"], out=context.out("dx", dy.shape))


@layers.register("spatial_dropout1d", title=N_("Channel dropout 1D"))
@dataclass(frozen=True)
class SpatialDropout1D(SpatialDropout):
    """y = x·m for sequences (steps, channels): in training each channel is 0 with probability `rate`, else x/(1 − rate).

    Source: https://keras.io/api/layers/regularization_layers/spatial_dropout1d
    """

    axes: ClassVar[int] = 2
    wanted: ClassVar[str] = N_("sequences (steps, channels)")


@layers.register("spatial_dropout2d", title=N_("Channel dropout 2D"))
@dataclass(frozen=True)
class SpatialDropout2D(SpatialDropout):
    """y = x·m for images (height, width, channels): in training each channel is 0 with probability `rate`, else x/(1 − rate).

    Source: https://keras.io/api/layers/regularization_layers/spatial_dropout2d
    """

    axes: ClassVar[int] = 3
    wanted: ClassVar[str] = N_("images (height, width, channels)")


@layers.register("gaussian_noise", title=N_("Gaussian noise"))
@dataclass(frozen=True)
class GaussianNoise(Layer):
    """y = x + n in training, n ~ N(0, stddev²) for each number anew; otherwise y = x. ∂L/∂x = ∂L/∂y.

    Source: https://keras.io/api/layers/regularization_layers/gaussian_noise
    """

    stddev: Annotated[float, Range(low=0, high=1, title=N_("Standard deviation"))] = 0.1

    @property
    def passes_mask(self) -> bool:
        return True

    def output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def forward(self, params: Weights, x: Array, context: Context) -> tuple[Array, Memory]:
        if not context.training or not self.stddev:
            return x, {}
        noise = _normal(context, x.shape)
        np.multiply(noise, self.stddev, out=noise)
        return np.add(x, noise, out=context.out("y", x.shape)), {"noise": noise}

    def backward(self, params: Weights, memory: Memory, dy: Array, context: Context, grads: Weights) -> Array:
        return dy


@layers.register("gaussian_dropout", title=N_("Gaussian dropout"))
@dataclass(frozen=True)
class GaussianDropout(Layer):
    """y = x·m in training, m ~ N(1, rate/(1 − rate)) for each number anew; otherwise y = x.

    The factor has the mean and the variance of Dropout's. Srivastava et al., 2014.
    Source: https://keras.io/api/layers/regularization_layers/gaussian_dropout
    """

    rate: Annotated[float, Range(low=0, below=1, unit="%", title=N_("Dropout rate"))] = 0.5

    @property
    def passes_mask(self) -> bool:
        return True

    def output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def forward(self, params: Weights, x: Array, context: Context) -> tuple[Array, Memory]:
        if not context.training or not self.rate:
            return x, {}
        # m = 1 + √(rate/(1 − rate))·n, n ~ N(0, 1)
        mask = _normal(context, x.shape)
        np.multiply(mask, math.sqrt(self.rate / (1 - self.rate)), out=mask)
        np.add(mask, context.one, out=mask)
        return np.multiply(x, mask, out=context.out("y", x.shape)), {"mask": mask}

    def backward(self, params: Weights, memory: Memory, dy: Array, context: Context, grads: Weights) -> Array:
        if "mask" not in memory:
            return dy
        return np.multiply(dy, memory["mask"], out=context.out("dx", dy.shape))


def _normal(context: Context, shape: Shape) -> Array:
    """Numbers from N(0, 1), the same for every precision up to rounding."""
    drawn = context.out("noise", shape)
    np.copyto(drawn, context.rng().standard_normal(shape, np.float32))
    return drawn
