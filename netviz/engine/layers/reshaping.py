"""Layers that only lay the same numbers out differently."""

from __future__ import annotations

from dataclasses import dataclass

from netviz.arrays import Array, Shape, size
from netviz.engine.layers.layer import Layer, Memory, Weights, layers
from netviz.engine.workspace import Context
from netviz.i18n import N_


@layers.register("flatten", title=N_("Flatten"))
@dataclass(frozen=True)
class Flatten(Layer):
    """Each row becomes one vector, last axis fastest. Source: https://keras.io/api/layers/reshaping_layers/flatten"""

    def output_shape(self, input_shape: Shape) -> Shape:
        return (size(input_shape),)

    def forward(self, params: Weights, x: Array, context: Context) -> tuple[Array, Memory]:
        return x.reshape(len(x), -1), {"x": x}

    def backward(self, params: Weights, memory: Memory, dy: Array, context: Context, grads: Weights) -> Array:
        return dy.reshape(memory["x"].shape)
