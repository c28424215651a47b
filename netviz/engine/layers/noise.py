"""Layers that disturb what passes through them in training only, beside Dropout: whole channels dropped, noise added."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from netviz.arrays import Array, Shape
from netviz.codec import Range
from netviz.engine.layers.dropout import RandomFactor
from netviz.engine.layers.layer import REGULARIZATION, Elementwise, LayerProblem, Memory, Weights, layers
from netviz.engine.workspace import Context
from netviz.i18n import N_, _


@dataclass(frozen=True)
class SpatialDropout(RandomFactor):
    """y = x·m with one mask entry m for each row and channel: 0 with probability `rate`, else 1/(1 − rate).

    Neighbours in a feature map are alike, so dropping single numbers would hide little. Tompson et al., 2014.
    """

    axes: ClassVar[int]
    wanted: ClassVar[str]

    def output_shape(self, input_shape: Shape) -> Shape:
        if len(input_shape) != self.axes:
            sentence = _(
                "Whole channels are dropped from {wanted}, but here come rows of the shape {found}; use Dropout."
            )
            raise LayerProblem(sentence.format(wanted=_(self.wanted), found=input_shape))
        return input_shape

    def mask(self, shape: Shape, context: Context) -> Array:
        return self.dropped((shape[0], *[1] * (len(shape) - 2), shape[-1]), context)


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
class GaussianNoise(Elementwise):
    """y = x + n in training, n ~ N(0, stddev²) for each number anew; otherwise y = x. ∂L/∂x = ∂L/∂y.

    Source: https://keras.io/api/layers/regularization_layers/gaussian_noise
    """

    group = REGULARIZATION

    stddev: Annotated[float, Range(low=0, high=1, title=N_("Standard deviation"))] = 0.1

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
class GaussianDropout(RandomFactor):
    """y = x·m in training, m ~ N(1, rate/(1 − rate)) for each number anew; otherwise y = x.

    The factor has the mean and the variance of Dropout's. Srivastava et al., 2014.
    Source: https://keras.io/api/layers/regularization_layers/gaussian_dropout
    """

    def mask(self, shape: Shape, context: Context) -> Array:
        # m = 1 + √(rate/(1 − rate))·n, n ~ N(0, 1)
        mask = _normal(context, shape)
        np.multiply(mask, math.sqrt(self.rate / (1 - self.rate)), out=mask)
        return np.add(mask, context.one, out=mask)


def _normal(context: Context, shape: Shape) -> Array:
    """Numbers from N(0, 1), the same for every precision up to rounding."""
    drawn = context.out("noise", shape)
    np.copyto(drawn, context.rng().standard_normal(shape, np.float32))
    return drawn
