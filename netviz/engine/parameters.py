"""Every number of a network in one vector, with named windows onto it.

Gradients, updates and an optimizer's slots have the same form, so whatever draws or saves one can draw and save all.
The trainable part comes first, then the state (such as moving means), so an optimizer sees one unbroken piece.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np

from netviz.arrays import Array, Shape, aligned, frozen, size

Path = tuple[int | str, ...]


@dataclass(frozen=True)
class Window:
    """Where one array lies in the vector: `path` is (layer, name), or longer for a layer inside a layer."""

    path: Path
    shape: Shape
    start: int
    trainable: bool = True

    @property
    def stop(self) -> int:
        """One past the last number."""
        return self.start + size(self.shape)


class Parameters:
    """A vector, shape (count,), and its windows: `p[2]["kernel"]` is an array that shares the vector's memory."""

    def __init__(self, vector: Array, windows: tuple[Window, ...]) -> None:
        """Lay windows over a vector; its length must be where the last window stops."""
        if vector.shape != (windows[-1].stop if windows else 0,):
            raise ValueError(f"a vector of shape {vector.shape} does not fit windows that end at {windows[-1:]}")
        self.vector = vector
        self.windows = windows

    @cached_property
    def _layers(self) -> Mapping[int | str, Mapping[str, Any]]:
        tree: dict[Any, Any] = {}
        for window in self.windows:
            *above, name = window.path
            branch = tree
            for part in above:
                branch = branch.setdefault(part, {})
            branch[name] = self.vector[window.start : window.stop].reshape(window.shape)
        return MappingProxyType(tree)

    def __getitem__(self, layer: int) -> Mapping[str, Any]:
        """The arrays of a layer by name; empty for a layer without weights."""
        return self._layers.get(layer, _NOTHING)

    def items(self) -> Iterator[tuple[Path, Array]]:
        """Each window's path and array, in the vector's order."""
        for window in self.windows:
            yield window.path, self.vector[window.start : window.stop].reshape(window.shape)

    @cached_property
    def trainable(self) -> Array:
        """The part of the vector that an optimizer may change, shape (trainable count,)."""
        return self.vector[: max((w.stop for w in self.windows if w.trainable), default=0)]

    def copy(self) -> Parameters:
        """The same numbers in memory that nobody can write to."""
        return Parameters(frozen(self.vector), self.windows)

    def like(self, vector: Array) -> Parameters:
        """Another vector under the same windows."""
        return Parameters(vector, self.windows)

    def __len__(self) -> int:
        return len(self.vector)

    def __getstate__(self) -> tuple[Array, tuple[Window, ...]]:
        return self.vector, self.windows

    def __setstate__(self, state: tuple[Array, tuple[Window, ...]]) -> None:
        vector, self.windows = state
        vector.setflags(write=False)
        self.vector = vector


PIECE = 48 * 1024  # numbers treated at once: few calls, and six vectors' pieces stay in 2 MB of cache


def pieces(start: int, stop: int, most: int) -> Iterator[slice]:
    """A stretch of a vector, cut."""
    for at in range(start, stop, max(1, most)):
        yield slice(at, min(at + most, stop))


def exchange(one: Array, other: Array) -> None:
    """Each of two vectors gets the other's numbers."""
    for cut in pieces(0, len(one), PIECE):
        kept = one[cut].copy()
        one[cut] = other[cut]
        other[cut] = kept


_NOTHING: Mapping[str, Any] = MappingProxyType({})


def zeros(windows: tuple[Window, ...], dtype: str | np.dtype[Any]) -> Parameters:
    """Zeros under the given windows."""
    return Parameters(aligned((windows[-1].stop if windows else 0,), dtype), windows)
