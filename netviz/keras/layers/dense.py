"""Fully connected layers and activation functions as layers."""

from __future__ import annotations

from typing import Any

from netviz.arrays import Array
from netviz.engine import activations as engine_activations
from netviz.engine import layers as engine
from netviz.keras.arguments import refuse
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


class ReLU(Activation):
    """max(x, 0), with a slope below 0 where asked for."""

    def __init__(
        self, max_value: float | None = None, negative_slope: float = 0.0, threshold: float = 0.0, **more: Any
    ) -> None:
        """max_value and threshold are not supported."""
        refuse("ReLU", {"max_value": max_value, "threshold": float(threshold)}, {"max_value": None, "threshold": 0.0})
        slope = engine_activations.LeakyRelu(negative_slope) if negative_slope else engine_activations.Relu()
        super().__init__(slope, **more)


class LeakyReLU(Activation):
    """x where x > 0, else negative_slope·x."""

    def __init__(self, negative_slope: float = 0.3, **more: Any) -> None:
        """0.3 is the layer's default, 0.2 the function's."""
        super().__init__(engine_activations.LeakyRelu(negative_slope), **more)


class ELU(Activation):
    """x where x > 0, else alpha·(exp(x) − 1)."""

    def __init__(self, alpha: float = 1.0, **more: Any) -> None:
        """Keras' arguments."""
        super().__init__(engine_activations.Elu(alpha), **more)


class Softmax(Activation):
    """Softmax over the last axis."""

    def __init__(self, axis: int = -1, **more: Any) -> None:
        """Other axes are not supported."""
        refuse("Softmax", {"axis": axis}, {"axis": -1})
        super().__init__(engine_activations.Softmax(), **more)
