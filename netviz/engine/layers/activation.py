"""An activation function as a layer of its own."""

from __future__ import annotations

from dataclasses import dataclass

from netviz.arrays import Array, Shape
from netviz.engine import activations
from netviz.engine.layers.layer import Layer, Memory, Weights, layers
from netviz.engine.workspace import Context
from netviz.i18n import N_


@layers.register("activation", title=N_("Activation"))
@dataclass(frozen=True)
class Activation(Layer):
    """a = f(z) for each row. Source: https://keras.io/api/layers/core_layers/activation"""

    activation: activations.Activation = activations.Relu()

    @property
    def passes_mask(self) -> bool:
        return True

    def output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def forward(self, params: Weights, x: Array, context: Context) -> tuple[Array, Memory]:
        a = self.activation.value(x, context)
        return a, {"z": x, "a": a}

    def backward(self, params: Weights, memory: Memory, dy: Array, context: Context, grads: Weights) -> Array:
        return self.activation.backward(dy, memory["z"], memory["a"], context)
