"""What is painted in the place of each unit: its function over the plane, or its value, as colours."""

from __future__ import annotations

import numpy as np

from netviz.arrays import Array
from netviz.engine.activations import Activation, Sigmoid, Softmax, Tanh
from netviz.engine.layers import Activation as ActivationLayer
from netviz.engine.layers import Dense, Layer
from netviz.pictures.colors import diverging, limit


def activation_of(layer: Layer | None) -> Activation | None:
    """The activation that shapes a layer's answers; None for the input."""
    return layer.activation if isinstance(layer, (Dense, ActivationLayer)) else None


def centered(values: Array, activation: Activation | None) -> tuple[Array, float]:
    """(values around zero, the size that gets the full colour): probabilities are shown around one half."""
    if isinstance(activation, (Sigmoid, Softmax)):
        return 2 * values - 1, 1.0
    if isinstance(activation, Tanh):
        return values, 1.0
    return values, limit(values)


def images(functions: Array, activation: Activation | None) -> Array:
    """Colours of each unit's function: (units, side, side) -> uint32 of the same shape."""
    values, at_most = centered(functions, activation)
    return diverging(values, at_most)


def colors(values: Array, activation: Activation | None) -> Array:
    """The colour of each unit's value: (units,) -> uint32 (units,)."""
    around, at_most = centered(values, activation)
    return diverging(np.atleast_1d(around), at_most)
