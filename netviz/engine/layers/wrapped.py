"""A layer around another, the same in all but what a member of this kind says otherwise; never part of a document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from netviz.arrays import Array, Shape
from netviz.engine.layers.layer import Layer, Memory, Weight, Weights
from netviz.engine.workspace import Context


@dataclass(frozen=True)
class Wrapped(Layer):
    """Everything is the inner layer's."""

    inner: Layer = None  # type: ignore[assignment]

    def output_shape(self, input_shape: Shape) -> Shape:
        return self.inner.output_shape(input_shape)

    def weights(self, input_shape: Shape) -> tuple[Weight, ...]:
        return self.inner.weights(input_shape)

    @property
    def inside(self) -> Mapping[str, Layer]:
        return self.inner.inside

    @property
    def makes_mask(self) -> bool:
        return self.inner.makes_mask

    @property
    def passes_mask(self) -> bool:
        return self.inner.passes_mask

    @property
    def has_state(self) -> bool:
        return self.inner.has_state

    def new_state(self, memory: Memory) -> Mapping[str, Array]:
        return self.inner.new_state(memory)

    def forward(self, params: Weights, x: Array, context: Context) -> tuple[Array, Memory]:
        return self.inner.forward(params, x, context)

    def backward(self, params: Weights, memory: Memory, dy: Array, context: Context, grads: Weights) -> Array:
        return self.inner.backward(params, memory, dy, context, grads)
