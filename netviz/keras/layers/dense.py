"""Fully connected layers, and any activation function as a layer."""

from __future__ import annotations

from typing import Any

from netviz.arrays import Array
from netviz.engine import layers as engine
from netviz.keras.layers.layer import Layer, face, function, settings


@face(engine.Dense)
class Dense(Layer):
    """y = activation(x·kernel + bias)."""

    def __init__(
        self, units: int, activation: Any = None, use_bias: bool = True, kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros", kernel_regularizer: Any = None, bias_regularizer: Any = None, **more: Any,
    ) -> None:  # fmt: skip
        """Keras' arguments."""
        value = settings(
            engine.Dense, more, units=units, activation=activation, use_bias=use_bias,
            kernel_initializer=kernel_initializer, bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer, bias_regularizer=bias_regularizer,
        )  # fmt: skip
        super().__init__(value, more)
        self.units, self.use_bias, self.activation = value.units, value.use_bias, value.activation

    @property
    def kernel(self) -> Array:
        """A copy of the kernel, (inputs, units)."""
        self._shapes()
        return self.get_weights()[0]

    @property
    def bias(self) -> Array | None:
        """A copy of the bias, (units,), or None without one."""
        self._shapes()
        return self.get_weights()[1] if self.use_bias else None


@face(engine.Activation)
class Activation(Layer):
    """An activation function as a layer."""

    def __init__(self, activation: Any, **more: Any) -> None:
        """A name, a function of netviz.keras.activations, another such layer, or None for linear."""
        self.activation = self.function = function(activation)
        super().__init__(engine.Activation(self.activation, name=more.get("name") or ""), more)
