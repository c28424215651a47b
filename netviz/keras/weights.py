"""Between the engine's one vector of weights and Keras' list of arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from netviz.arrays import Array, size
from netviz.engine.parameters import Parameters, Window
from netviz.i18n import _


def arrays_of(params: Parameters, layer: int) -> list[Array]:
    """Copies of a layer's arrays."""
    return [array.copy() for path, array in params.items() if path[0] == layer]


def kept(old: Parameters, new: Parameters) -> Array:
    """The new vector, with the old numbers of every array that has its place and shape still, (count,)."""
    before = {window: array for window, (_path, array) in zip(_places(old), old.items(), strict=True)}
    for place, (_path, array) in zip(_places(new), new.items(), strict=True):
        if place in before:
            np.copyto(array, before[place])
    return new.vector


def _places(params: Parameters) -> list[tuple[Any, ...]]:
    return [(window.path, window.shape) for window in params.windows]


def checked_vector(owner: str, windows: Sequence[Window], weights: Sequence[Any], now: Parameters) -> Array:
    """All weights with the arrays of some windows replaced, (count,); ValueError where number or shapes differ."""
    windows = sorted(windows, key=lambda window: int(window.path[0]))  # Keras goes layer by layer
    if len(weights) != len(windows):
        sentence = _("{owner} has {wanted} arrays of weights, but {found} were given.")
        raise ValueError(sentence.format(owner=owner, wanted=len(windows), found=len(weights)))
    vector = now.vector.copy()
    for place, (window, given) in enumerate(zip(windows, weights, strict=True)):
        array = np.asarray(given)
        if array.shape != window.shape or array.dtype.kind not in "fiu":
            sentence = _(
                "{owner}: the array {place} ({name}) must be numbers of shape {wanted}, not {kind} of shape {found}."
            )
            text = sentence.format(
                owner=owner, place=place, name=window.path[-1], wanted=window.shape, kind=array.dtype, found=array.shape
            )
            raise ValueError(text)
        vector[window.start : window.start + size(window.shape)] = array.ravel()
    return vector
