"""Mistakes that people make when they write backpropagation by hand, each as a switch.

With one of them on, the forward pass is right and the gradient is not: the gradient check says so, and training fails
in the mistake's own way. Each is a stage that passes the forward pass on and spoils the backward pass, or a factor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from netviz.arrays import Array
from netviz.engine.activations import LeakyRelu, Relu
from netviz.engine.layers import Activation, Dense, Layer
from netviz.engine.layers.wrapped import Wrapped
from netviz.engine.workspace import Context
from netviz.i18n import N_

Mistake = Literal["derivative", "sign", "transpose", "slope", "biases", "batch"]

SENTENCES: Mapping[Mistake, str] = {
    "derivative": N_("Forget f′: the gradient passes an activation as if it were linear"),
    "sign": N_("Wrong sign: the weights climb the loss instead of descending it"),
    "transpose": N_("Forget the transpose: dz·W, laid out anew, instead of dz·Wᵀ"),
    "slope": N_("Drop the slope: a leaky ReLU is differentiated as a plain one"),
    "biases": N_("Forget the biases: their gradient stays 0"),
    "batch": N_("Forget to divide by the batch: the gradient is n times too large"),
}


@dataclass(frozen=True)
class Spoiled(Wrapped):
    """A stage whose forward pass is its inner layer's, and whose backward pass has the mistakes."""

    mistakes: tuple[Mistake, ...] = ()

    def backward(
        self, params: Mapping[str, Any], memory: Mapping[str, Any], dy: Array, context: Context, grads: Mapping[str, Any]
    ) -> Array:
        if isinstance(self.inner, Activation):
            if "derivative" in self.mistakes:
                return dy
            return Relu().backward(dy, memory["z"], np.maximum(memory["z"], 0), context)  # the slope is dropped
        dx = self.inner.backward(params, memory, dy, context, grads)
        if "biases" in self.mistakes and "bias" in grads:
            grads["bias"].fill(0)
        if "transpose" in self.mistakes and not context.first:
            w = params["kernel"]
            np.dot(dy.reshape(-1, w.shape[1]), w.reshape(w.shape[1], w.shape[0]), dx.reshape(-1, w.shape[0]))
        return dx


def concerns(stage: Layer) -> frozenset[Mistake]:
    """The mistakes that can be made in the backward pass of a stage, if it has a bias and something below it to hand down to."""
    if isinstance(stage, Activation):
        return frozenset(("derivative", "slope")) if isinstance(stage.activation, LeakyRelu) else frozenset(("derivative",))
    return frozenset(("biases", "transpose")) if isinstance(stage, Dense) else frozenset(("biases",))


def spoiled(stage: Layer, mistakes: tuple[Mistake, ...]) -> Layer:
    """The stage with those mistakes that concern it."""
    made = tuple(mistake for mistake in mistakes if mistake in concerns(stage))
    return Spoiled(stage, made, name=stage.name) if made else stage


def factor(mistakes: tuple[Mistake, ...], rows: int) -> float:
    """What the gradient of the loss is multiplied by."""
    return (-1.0 if "sign" in mistakes else 1.0) * (rows if "batch" in mistakes else 1.0)
