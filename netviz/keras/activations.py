"""Activation functions by Keras' names, to be called on arrays or handed to a layer.

Source: https://keras.io/api/layers/activations
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from netviz.arrays import Array
from netviz.engine import activations as engine
from netviz.engine.workspace import Context, Workspace
from netviz.i18n import _
from netviz.keras import config


def applied(value: engine.Activation, x: Any) -> Array:
    """a = f(x) in a new array."""
    z = np.asarray(x)
    z = z if z.dtype in (np.float32, np.float64) else z.astype(config.floatx())
    with np.errstate(over="ignore"):
        return np.array(value.value(z, Context(Workspace(z.dtype), 0, training=False)))


def linear(x: Any) -> Array:
    """f(x) = x."""
    return applied(engine.Linear(), x)


def relu(x: Any) -> Array:
    """f(x) = max(x, 0)."""
    return applied(engine.Relu(), x)


def leaky_relu(x: Any, negative_slope: float = 0.2) -> Array:
    """f(x) = x where x > 0, else negative_slope·x."""
    return applied(engine.LeakyRelu(negative_slope), x)


def elu(x: Any, alpha: float = 1.0) -> Array:
    """f(x) = x where x > 0, else alpha·(exp(x) − 1)."""
    return applied(engine.Elu(alpha), x)


def gelu(x: Any, approximate: bool = False) -> Array:
    """f(x) = x·Φ(x)."""
    return applied(engine.Gelu(approximate), x)


def sigmoid(x: Any) -> Array:
    """f(x) = 1/(1 + exp(−x))."""
    return applied(engine.Sigmoid(), x)


def tanh(x: Any) -> Array:
    """f(x) = tanh(x)."""
    return applied(engine.Tanh(), x)


def softplus(x: Any) -> Array:
    """f(x) = log(1 + exp(x))."""
    return applied(engine.Softplus(), x)


def softmax(x: Any) -> Array:
    """exp(xᵢ)/Σ exp(xₖ) over the last axis."""
    return applied(engine.Softmax(), x)


_FUNCTIONS: dict[Callable[..., Array], type[engine.Activation]] = {
    linear: engine.Linear, relu: engine.Relu, leaky_relu: engine.LeakyRelu, elu: engine.Elu, gelu: engine.Gelu,
    sigmoid: engine.Sigmoid, tanh: engine.Tanh, softplus: engine.Softplus, softmax: engine.Softmax,
}  # fmt: skip


def value_of(identifier: Any) -> engine.Activation:
    """The engine's activation for a name, one of the functions above, or None (linear)."""
    if identifier is None:
        return engine.Linear()
    if isinstance(identifier, engine.Activation):
        return identifier
    if isinstance(identifier, str):
        return engine.activations[identifier]()
    if identifier in _FUNCTIONS:
        return _FUNCTIONS[identifier]()
    sentence = _("An activation is a name or a function of netviz.keras.activations, not {found}.")
    raise ValueError(sentence.format(found=repr(identifier)[:80]))
