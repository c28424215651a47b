"""Layers that disturb what passes through them in training only."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Annotated

import numpy as np

from netviz.arrays import Array, Shape
from netviz.codec import Range
from netviz.engine.layers.layer import REGULARIZATION, Elementwise, Memory, Weights, layers
from netviz.engine.workspace import Context
from netviz.i18n import N_

Rate = Annotated[float, Range(low=0, below=1, unit="%", title=N_("Dropout rate"))]


def drop(rate: float, rng: np.random.Generator, mask: Array) -> Array:
    """Fills a mask with 0 with probability `rate`, else 1/(1 − rate)."""
    drawn = rng.random(mask.shape, np.float32)
    return np.multiply(drawn >= rate, 1 / (1 - rate), out=mask, casting="same_kind")


@dataclass(frozen=True)
class RandomFactor(Elementwise):
    """y = x·m with random factors m in training, drawn anew for every step; otherwise, and at rate 0, y = x."""

    group = REGULARIZATION

    rate: Rate = 0.5

    @abstractmethod
    def mask(self, shape: Shape, context: Context) -> Array:
        """m for rows of a shape, in a shape that multiplies them."""

    def dropped(self, shape: Shape, context: Context) -> Array:
        """0 with probability `rate`, else 1/(1 − rate)."""
        return drop(self.rate, context.rng(), context.out("mask", shape))

    def forward(self, params: Weights, x: Array, context: Context) -> tuple[Array, Memory]:
        if not context.training or not self.rate:
            return x, {}
        mask = self.mask(x.shape, context)
        return np.multiply(x, mask, out=context.out("y", x.shape)), {"mask": mask}

    def backward(self, params: Weights, memory: Memory, dy: Array, context: Context, grads: Weights) -> Array:
        if "mask" not in memory:
            return dy
        return np.multiply(dy, memory["mask"], out=context.out("dx", dy.shape))


@layers.register("dropout", title=N_("Dropout"))
@dataclass(frozen=True)
class Dropout(RandomFactor):
    """y = x·m: in training each mask entry m is 0 with probability `rate`, else 1/(1 − rate); otherwise y = x.

    The mask is drawn anew for every step. Srivastava et al., 2014; https://keras.io/api/layers/regularization_layers/dropout
    """

    def mask(self, shape: Shape, context: Context) -> Array:
        return self.dropped(shape, context)
