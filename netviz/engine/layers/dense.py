"""The fully connected layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from netviz.arrays import Array, Shape
from netviz.codec import Range
from netviz.engine.activations import Activation, Linear
from netviz.engine.initializers import GlorotUniform, Initializer, Zeros
from netviz.engine.layers import activation
from netviz.engine.layers.layer import CORE, Layer, LayerProblem, Memory, Weight, Weights, layers
from netviz.engine.regularizers import Regularizer
from netviz.engine.workspace import Context
from netviz.i18n import N_, _

Units = Annotated[int, Range(low=1, high=1_000_000, log=True, title=N_("Units"))]


@layers.register("dense", title=N_("Dense"))
@dataclass(frozen=True)
class Dense(Layer):
    """y = activation(z), z = x·W + b: kernel W (inputs, units), bias b (units,), along the last axis of x.

    `forward` and `backward` are those of z; the activation is a stage of its own.
    Source: https://keras.io/api/layers/core_layers/dense
    """

    group = CORE

    units: Units = 1
    activation: Activation = Linear()
    use_bias: bool = True
    kernel_initializer: Initializer = GlorotUniform()
    bias_initializer: Initializer = Zeros()
    kernel_regularizer: Regularizer | None = None
    bias_regularizer: Regularizer | None = None

    @property
    def passes_mask(self) -> bool:
        return True

    def output_shape(self, input_shape: Shape) -> Shape:
        if not input_shape:
            raise LayerProblem(_("A dense layer needs at least one feature for each row."))
        return (*input_shape[:-1], self.units)

    def weights(self, input_shape: Shape) -> tuple[Weight, ...]:
        shape = (input_shape[-1], self.units)
        kernel = Weight("kernel", shape, self.kernel_initializer, self.kernel_regularizer)
        bias = Weight("bias", (self.units,), self.bias_initializer, self.bias_regularizer)
        return (kernel, bias) if self.use_bias else (kernel,)

    def stages(self) -> tuple[Layer, ...]:
        return activation.apart(self, self.activation)

    def forward(self, params: Weights, x: Array, context: Context) -> tuple[Array, Memory]:
        # z = x·W + b
        z = context.out("z", (*x.shape[:-1], self.units))  # (rows, ..., units)
        if x.ndim == 2:
            np.dot(x, params["kernel"], z)
        else:
            np.dot(_flat(x), params["kernel"], _flat(z))
        if self.use_bias:
            np.add(z, params["bias"], out=z)
        return z, {"x": x, "z": z}

    def backward(self, params: Weights, memory: Memory, dy: Array, context: Context, grads: Weights) -> Array:
        # ∂L/∂W = xᵀ·dz, ∂L/∂b = Σ dz over rows, ∂L/∂x = dz·Wᵀ
        x: Array = memory["x"]
        flat, dz = (x, dy) if x.ndim == 2 else (_flat(x), _flat(dy))
        np.dot(flat.T, dz, grads["kernel"])
        if self.use_bias:
            context.row_sums(dz, grads["bias"])
        if context.first:
            return dy
        dx = context.out("dx", x.shape)
        np.dot(dz, params["kernel"].T, dx if x.ndim == 2 else _flat(dx))
        return dx


def _flat(x: Array) -> Array:
    """(..., features) -> (rows, features), the same memory."""
    return x.reshape(-1, x.shape[-1])
