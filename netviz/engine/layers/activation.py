"""An activation function as a layer of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace

from netviz.arrays import Array
from netviz.engine import activations
from netviz.engine.layers.layer import ACTIVATIONS, Elementwise, Layer, Memory, Weights, layers
from netviz.engine.workspace import Context
from netviz.i18n import N_


@layers.register("activation", title=N_("Activation"))
@dataclass(frozen=True)
class Activation(Elementwise):
    """a = f(z) for each row. Source: https://keras.io/api/layers/core_layers/activation"""

    group = ACTIVATIONS

    activation: activations.Activation = activations.Relu()

    def forward(self, params: Weights, x: Array, context: Context) -> tuple[Array, Memory]:
        a = self.activation.value(x, context)
        return a, {"z": x, "a": a}

    def backward(self, params: Weights, memory: Memory, dy: Array, context: Context, grads: Weights) -> Array:
        return self.activation.backward(dy, memory["z"], memory["a"], context)


def apart(layer: Layer, function: activations.Activation) -> tuple[Layer, ...]:
    """The stages of a layer with an activation of that kind: what it computes without, then the activation."""
    if isinstance(function, activations.Linear):
        return (layer,)
    return replace(layer, activation=activations.Linear()), Activation(function, name=layer.name)  # type: ignore[call-arg]
