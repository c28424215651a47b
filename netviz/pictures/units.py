"""What is painted in the place of each unit: its function over the plane, or its value, as colours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from netviz.arrays import Array
from netviz.engine.activations import Activation, Sigmoid, Softmax, Tanh
from netviz.engine.layers import Layer
from netviz.pictures.colors import class_color, diverging, limit, packed
from netviz.pictures.columns import Column

_KINDS_OF_TOKENS = 10  # colours; tokens that share one are told apart by their numbers


def activation_of(layer: Layer | None) -> Activation | None:
    """The activation that shapes a layer's answers; None for the input and for layers without one."""
    found = getattr(layer, "activation", None)
    return found if isinstance(found, Activation) else None


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


def tile_pictures(values: Array, column: Column, activation: Activation | None) -> Array:
    """The numbers of each tile as its pixels: (units,) -> uint32 (tiles, rows, columns). A colour image has its colours."""
    if column.kind == "image" and len(column.shape) == 3 and column.shape[-1] in (3, 4):
        return true_colors(values.reshape(column.shape))[None]
    return column.pictures(colors(values, activation))


def token_colors(tokens: Array) -> Array:
    """The same colour for the same token, a pale one so that its number can be read: (steps,) -> uint32 (steps,)."""
    palette = np.array([class_color(place) for place in range(_KINDS_OF_TOKENS)], float)
    pale = 255 - 0.45 * (255 - palette)
    return packed(*pale[np.nan_to_num(tokens).astype(np.int64) % _KINDS_OF_TOKENS].T)


def token_word(token: float, words: Sequence[str]) -> str:
    """What a token stands for, nothing for padding; its number where that is not known."""
    return words[int(token)] if 0 <= token < len(words) else f"{token:.0f}"


def true_colors(pixels: Array) -> Array:
    """(height, width, 3 or 4) of any scale -> uint32 (height, width): 0 to 1, 0 to 255, or what there is from end to end."""
    finite = np.nan_to_num(pixels[..., :3].astype(float))
    low, high = float(finite.min()), float(finite.max())
    if low >= 0 and high <= 255:
        low, high = 0.0, 255.0 if high > 1 else 1.0
    scaled = 255 * (finite - low) / max(high - low, 1e-12)
    return packed(scaled[..., 0], scaled[..., 1], scaled[..., 2])
