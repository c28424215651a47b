"""How PyTorch lays weights out, there and back: kernels the other way around, gates of a GRU in another order.

A file in PyTorch's naming says in its header which of its tensors came from which array and how, so that netviz reads the
arrays again bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from netviz.arrays import Array, Shape
from netviz.files import FileProblem
from netviz.i18n import _
from netviz.strict_json import dump_json, parse_json

LAYOUT = "netviz.layout"
_MOST_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class Placed:
    """An array of netviz' as PyTorch has it: under those names, laid out in that way; shape: netviz'."""

    array: str
    names: tuple[str, ...]
    how: str
    shape: Shape


@dataclass(frozen=True)
class Way:
    """There: the array as tensors, as many as it has names. Back: the array of its shape from them."""

    there: Callable[[Array], tuple[Array, ...]]
    back: Callable[[tuple[Array, ...], Shape], Array]


def _swapped(array: Array) -> Array:
    """The first two of three blocks along the first axis change places: update and reset of a GRU."""
    update, reset, rest = np.split(array, 3)
    return np.concatenate([reset, update, rest])


def _turned(array: Array) -> Array:
    """(..., in, out) -> (out, in, ...)."""
    return np.moveaxis(array, (-1, -2), (0, 1))


def _turned_back(array: Array) -> Array:
    return np.moveaxis(array, (0, 1), (-1, -2))


def _depthwise_back(array: Array, shape: Shape) -> Array:
    height, width, channels, each = shape
    return array.reshape(channels, each, height, width).transpose(2, 3, 0, 1)


WAYS: Mapping[str, Way] = {
    "as_is": Way(lambda a: (a,), lambda t, shape: t[0].reshape(shape)),
    "turned": Way(lambda a: (_turned(a),), lambda t, _shape: _turned_back(t[0])),
    # (height, width, channels, each) -> (channels·each, 1, height, width)
    "depthwise": Way(
        lambda a: (a.transpose(2, 3, 0, 1).reshape(-1, 1, *a.shape[:2]),), lambda t, shape: _depthwise_back(t[0], shape)
    ),
    "gates": Way(lambda a: (_swapped(a.T),), lambda t, _shape: _swapped(t[0]).T),
    "gate_bias": Way(lambda a: (_swapped(a),), lambda t, _shape: _swapped(t[0])),
    "gate_biases": Way(
        lambda a: (_swapped(a[0]), _swapped(a[1])), lambda t, _shape: np.stack([_swapped(t[0]), _swapped(t[1])])
    ),
    # (features, heads, width) -> (heads·width, features), and (heads, width, features) -> (features, heads·width)
    "from_heads": Way(lambda a: (a.reshape(len(a), -1).T,), lambda t, shape: t[0].T.reshape(shape)),
    "to_heads": Way(lambda a: (a.reshape(-1, a.shape[-1]).T,), lambda t, shape: t[0].T.reshape(shape)),
    "flat": Way(lambda a: (a.reshape(-1),), lambda t, shape: t[0].reshape(shape)),
}


def laid_out(placed: Placed, array: Array) -> dict[str, Array]:
    """The tensors of an array by name."""
    made = WAYS[placed.how].there(array)
    return {name: np.ascontiguousarray(each).reshape(each.shape) for name, each in zip(placed.names, made, strict=True)}


def described(layout: tuple[Placed, ...]) -> str:
    """The layout as the text that goes into the file's header."""
    return dump_json([[p.array, list(p.names), p.how, list(p.shape)] for p in layout]).decode()


def read(text: str, name: str) -> tuple[Placed, ...]:
    """The layout in a file's header; FileProblem where it is none."""
    entries = parse_json(text.encode(), name, _MOST_BYTES)
    if not isinstance(entries, list):
        raise _odd(name)
    return tuple(_placed(entry, name) for entry in entries)


def _placed(entry: Any, name: str) -> Placed:
    if not isinstance(entry, list) or len(entry) != 4:
        raise _odd(name)
    array, names, how, shape = entry
    texts = isinstance(array, str) and isinstance(names, list) and all(isinstance(each, str) for each in names)
    whole = isinstance(shape, list) and all(type(n) is int and 0 <= n < 2**40 for n in shape) and len(shape) <= 32
    if not texts or not whole or not isinstance(how, str) or how not in WAYS:
        raise _odd(name)
    return Placed(array, tuple(names), how, tuple(shape))


def netviz_arrays(layout: tuple[Placed, ...], tensors: Mapping[str, Array], name: str) -> dict[str, Array]:
    """The arrays under netviz' names; FileProblem for tensors that are missing or have another shape."""
    found = {}
    for placed in layout:
        try:
            array = WAYS[placed.how].back(tuple(tensors[each] for each in placed.names), placed.shape)
        except (KeyError, ValueError, IndexError, TypeError):
            raise _unfit(name, placed) from None
        if array.shape != placed.shape:
            raise _unfit(name, placed)
        found[placed.array] = np.ascontiguousarray(array).reshape(array.shape)
    return found


def _odd(name: str) -> FileProblem:
    return FileProblem(_("{name} is damaged: its header does not say what its tensors are.").format(name=name))


def _unfit(name: str, placed: Placed) -> FileProblem:
    sentence = _("{name} is damaged: its tensors {tensors} are not those of an array of the shape {shape}.")
    return FileProblem(sentence.format(name=name, tensors=ascii(placed.names)[:80], shape=placed.shape))
