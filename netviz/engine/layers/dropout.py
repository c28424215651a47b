"""Layers that disturb what passes through them in training only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from netviz.arrays import Array, Shape
from netviz.codec import Range
from netviz.engine.layers.layer import Layer, Memory, Weights, layers
from netviz.engine.workspace import Context
from netviz.i18n import N_


@layers.register("dropout", title=N_("Dropout"))
@dataclass(frozen=True)
class Dropout(Layer):
    """y = x·m: in training each mask entry m is 0 with probability `rate`, else 1/(1 − rate); otherwise y = x.

    The mask is drawn anew for every step. Srivastava et al., 2014; https://keras.io/api/layers/regularization_layers/dropout
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
        drawn = context.rng().random(x.shape, np.float32)
        mask = np.multiply(drawn >= self.rate, 1 / (1 - self.rate), out=context.out("mask", x.shape), casting="same_kind")
        return np.multiply(x, mask, out=context.out("y", x.shape)), {"mask": mask}

    def backward(self, params: Weights, memory: Memory, dy: Array, context: Context, grads: Weights) -> Array:
        if "mask" not in memory:
            return dy
        return np.multiply(dy, memory["mask"], out=context.out("dx", dy.shape))
