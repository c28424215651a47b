"""Where result arrays come from, and what else a layer is told besides its numbers.

A workspace hands out the same arrays at every step, so training allocates nothing; a frame copies what it keeps.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from netviz.arrays import Array, Shape, rng, size


class Workspace:
    """What the stages of one network share: a dtype, a seed, and the step that random masks are named by."""

    def __init__(self, dtype: str | np.dtype[Any], seed: int = 0) -> None:
        """Begin at step 0."""
        self.dtype = np.dtype(dtype)
        self.seed = seed
        self.step = 0
        self._ones = np.ones(1, self.dtype)

    def ones(self, count: int) -> Array:
        """A vector of ones: its product with a matrix is the sum over rows, quicker than `sum` for small matrices."""
        if len(self._ones) < count:
            self._ones = np.ones(count, self.dtype)
        return self._ones[:count]


class Context:
    """One stage's view of the workspace, as `forward` and `backward` receive it."""

    def __init__(self, workspace: Workspace, layer: int, training: bool, first: bool = False) -> None:
        """A context for the layer at that place; `training` switches dropout and its kind on.

        `first` says that nothing below has weights, so that nobody needs the gradient of the layer's input.
        """
        self.workspace = workspace
        self.layer = layer
        self.training = training
        self.first = first
        # Scalars as arrays: NumPy converts a Python number anew at every call.
        self.zero = np.zeros((), workspace.dtype)
        self.one = np.ones((), workspace.dtype)
        self._arrays: dict[tuple[str, Shape], Array] = {}
        self._memory: dict[str, Array] = {}

    def out(self, name: str, shape: Shape) -> Array:
        """An array to write a result into; its contents are undefined."""
        found = self._arrays.get((name, shape))
        return self._make(name, shape) if found is None else found

    def _make(self, name: str, shape: Shape) -> Array:
        # A smaller batch shares the memory of a larger one.
        memory = self._memory.get(name)
        if memory is None or memory.size < size(shape):
            memory = self._memory[name] = np.empty(size(shape), self.workspace.dtype)
            self._arrays = {key: array for key, array in self._arrays.items() if key[0] != name}
        array = self._arrays[name, shape] = memory[: size(shape)].reshape(shape)
        return array

    def row_sums(self, matrix: Array, out: Array) -> Array:
        """Σ over rows: (rows, columns) -> (columns,), as 1ᵀ·M."""
        return np.dot(self.workspace.ones(len(matrix)), matrix, out)

    def rng(self) -> np.random.Generator:
        """The random numbers of this layer at this step."""
        return rng(self.workspace.seed, "layer", self.layer, self.workspace.step)
