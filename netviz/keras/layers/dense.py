"""Fully connected layers, and any activation function as a layer."""

from __future__ import annotations

from typing import Any

from netviz.engine import layers as engine
from netviz.keras.layers.layer import Layer, Weighted, face, function, settings


@face(engine.Dense)
class Dense(Weighted):
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


@face(engine.Activation)
class Activation(Layer):
    """An activation function as a layer."""

    def __init__(self, activation: Any, **more: Any) -> None:
        """A name, a function of netviz.keras.activations, another such layer, or None for linear."""
        self.activation = self.function = function(activation)
        super().__init__(engine.Activation(self.activation, name=more.get("name") or ""), more)
