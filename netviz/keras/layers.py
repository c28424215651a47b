"""Layers under Keras' names: settings for the engine, and a view of the weights that their model holds.

Source: https://keras.io/api/layers
"""

# ruff: noqa: N802 (Keras' own names)
from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from netviz.arrays import Array, Shape, size
from netviz.engine import activations as engine_activations
from netviz.engine import layers as engine
from netviz.i18n import _
from netviz.keras import activations, config, initializers, names, regularizers
from netviz.keras.arguments import Unsupported, refuse

_NEUTRAL = {
    "activity_regularizer": None, "kernel_constraint": None, "bias_constraint": None, "lora_rank": None,
    "lora_alpha": None, "quantization_config": None, "noise_shape": None, "data_format": None, "trainable": True,
    "sparse": False, "ragged": False, "batch_size": None, "optional": False, "input_tensor": None,
}  # fmt: skip


class Owner(Protocol):
    """What a layer asks of the model that it stands in."""

    def layer_weights(self, layer: Layer) -> list[Array]:
        """Copies of the layer's arrays."""

    def set_layer_weights(self, layer: Layer, weights: Sequence[Any]) -> None:
        """Other numbers for the layer."""

    def layer_shapes(self, layer: Layer) -> tuple[Shape, Shape] | None:
        """The shapes of one row before and after it, None before the model is built."""


class Layer:
    """An engine's layer with a name of this session; its numbers live in its model."""

    model: Owner | None = None

    def __init__(self, value: engine.Layer | None, more: dict[str, Any]) -> None:
        """`more` holds what every layer takes: name, dtype, input_shape or input_dim."""
        more = dict(more)
        self.value = value
        name = more.pop("name", None)
        self.name = name or names.unique(type(self).__name__)
        self.given_name = name or ""
        self.first_shape = _first_shape(more)
        _check_dtype(self.name, more.pop("dtype", None))
        refuse(type(self).__name__, more, _NEUTRAL)

    @property
    def trainable(self) -> bool:
        """Always: the engine trains every weight that can be trained."""
        return True

    @property
    def built(self) -> bool:
        """Whether its shapes are known."""
        return self.model is not None and self.model.layer_shapes(self) is not None

    @property
    def input_shape(self) -> tuple[int | None, ...]:
        """Shape of a batch before the layer, (None, ...)."""
        return (None, *self._shapes()[0])

    @property
    def output_shape(self) -> tuple[int | None, ...]:
        """Shape of a batch after the layer, (None, ...)."""
        return (None, *self._shapes()[1])

    def _shapes(self) -> tuple[Shape, Shape]:
        shapes = self.model.layer_shapes(self) if self.model else None
        if shapes is None:
            raise ValueError(_("The layer {name} has no shape before its model is built.").format(name=self.name))
        return shapes

    def get_weights(self) -> list[Array]:
        """Copies of its arrays, in Keras' order; none before its model is built."""
        return self.model.layer_weights(self) if self.model else []

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Other numbers for its arrays, in the order of `get_weights`."""
        if self.model is None:
            raise ValueError(_("The layer {name} is in no model yet.").format(name=self.name))
        self.model.set_layer_weights(self, weights)

    def count_params(self) -> int:
        """How many numbers it has."""
        return sum(size(array.shape) for array in self.get_weights())

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


def _first_shape(more: dict[str, Any]) -> Shape | None:
    """The shape of a row that enters the model here, where a layer says it."""
    if (dim := more.pop("input_dim", None)) is not None:
        return _checked((dim,))
    batch = more.pop("batch_shape", None) or more.pop("batch_input_shape", None)
    given = more.pop("input_shape", None)
    if batch is not None:
        given = tuple(batch)[1:]
    return None if given is None else _checked(given)


def _checked(shape: Any) -> Shape:
    if not isinstance(shape, (tuple, list)):
        sentence = _("A shape is a tuple such as (10,), not {found}.")
        raise ValueError(sentence.format(found=repr(shape)))
    for dim in shape:
        if isinstance(dim, bool) or not hasattr(dim, "__index__") or dim < 1:
            sentence = _("The shape {shape} must hold whole numbers from 1 on; open dimensions are not supported.")
            raise ValueError(sentence.format(shape=tuple(shape)))
    return tuple(int(dim) for dim in shape)


def _check_dtype(name: str, dtype: Any) -> None:
    if dtype is not None and str(dtype) != config.floatx():
        sentence = _("{name} cannot have a dtype of its own; netviz.keras.config.set_floatx sets that of all.")
        raise Unsupported(sentence.format(name=name))


class InputLayer(Layer):
    """The shape of one row; it computes nothing."""

    def __init__(self, shape: Any = None, **more: Any) -> None:
        """shape: of a row, without the batch."""
        if shape is not None:
            more["input_shape"] = shape
        super().__init__(None, more)
        if self.first_shape is None:
            raise ValueError(_("Input needs a shape, such as Input((10,))."))


def Input(shape: Any = None, **more: Any) -> InputLayer:
    """What stands first in a Sequential: the shape of one row."""
    return InputLayer(shape, **more)


class Dense(Layer):
    """y = activation(x·kernel + bias)."""

    def __init__(
        self, units: int, activation: Any = None, use_bias: bool = True, kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros", kernel_regularizer: Any = None, bias_regularizer: Any = None, **more: Any,
    ) -> None:  # fmt: skip
        """Keras' arguments."""
        value = engine.Dense(
            units, _function(activation), use_bias,
            initializers.value_of(kernel_initializer), initializers.value_of(bias_initializer),
            regularizers.value_of(kernel_regularizer), regularizers.value_of(bias_regularizer),
            name=more.get("name") or "",
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


class Activation(Layer):
    """An activation function as a layer."""

    def __init__(self, activation: Any, **more: Any) -> None:
        """A name, a function of netviz.keras.activations, another such layer, or None for linear."""
        self.activation = _function(activation)
        super().__init__(engine.Activation(self.activation, name=more.get("name") or ""), more)


def _function(identifier: Any) -> engine_activations.Activation:
    """Keras also takes a layer for a function: Dense(4, activation=LeakyReLU())."""
    return identifier.activation if isinstance(identifier, Activation) else activations.value_of(identifier)


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


class Dropout(Layer):
    """In training each number is 0 with probability `rate`, else divided by 1 − rate."""

    def __init__(self, rate: float, noise_shape: Any = None, seed: int | None = None, **more: Any) -> None:
        """A seed of its own is not supported: the model's seed draws the masks."""
        refuse("Dropout", {"noise_shape": noise_shape, "seed": seed}, {"noise_shape": None, "seed": None})
        self.rate = rate
        super().__init__(engine.Dropout(rate, name=more.get("name") or ""), more)


class Flatten(Layer):
    """Each row becomes one vector."""

    def __init__(self, data_format: str | None = None, **more: Any) -> None:
        """Only the channels_last order, which is Keras' default."""
        refuse("Flatten", {"data_format": None if data_format == "channels_last" else data_format}, _NEUTRAL)
        super().__init__(engine.Flatten(name=more.get("name") or ""), more)


class Plain(Layer):
    """A layer of the engine that Keras has no name for here."""


def of(value: engine.Layer) -> Layer:
    """The layer under Keras' name for one of the engine's, as an opened project holds it."""
    more: dict[str, Any] = {"name": value.name} if value.name else {}
    if isinstance(value, engine.Dense):
        return Dense(
            value.units, value.activation, value.use_bias, value.kernel_initializer, value.bias_initializer,
            value.kernel_regularizer, value.bias_regularizer, **more,
        )  # fmt: skip
    if isinstance(value, engine.Activation):
        return Activation(value.activation, **more)
    if isinstance(value, engine.Dropout):
        return Dropout(value.rate, **more)
    return Flatten(**more) if isinstance(value, engine.Flatten) else Plain(value, more)
