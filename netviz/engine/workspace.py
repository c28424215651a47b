"""Where result arrays come from, and what else a layer is told besides its numbers.

A workspace hands out the same arrays at every step, so training allocates nothing; a frame copies what it keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import numpy as np

from netviz.arrays import Array, Shape, aligned, rng, size

T = TypeVar("T")


class Workspace:
    """What the stages of one network share: a dtype, a seed, and the step that random masks are named by."""

    def __init__(self, dtype: str | np.dtype[Any], seed: int = 0) -> None:
        """Begin at step 0."""
        self.dtype = np.dtype(dtype)
        self.seed = seed
        self.step = 0
        self._ones: dict[int, Array] = {}

    def ones(self, count: int) -> Array:
        """A vector of ones: its product with a matrix is the sum over rows, quicker than `sum` for small matrices."""
        found = self._ones.get(count)
        if found is None:
            found = self._ones[count] = np.ones(count, self.dtype)
        return found


class Context:
    """One stage's view of the workspace, as `forward` and `backward` receive it."""

    def __init__(
        self, workspace: Workspace, layer: int, training: bool, first: bool = False,
        masker: Context | None = None, path: str = "",
    ) -> None:  # fmt: skip
        """A context for the layer at that place; `training` switches dropout and its kind on.

        `first` says that nothing below has weights, so that nobody needs the gradient of the layer's input.
        `masker` is the context of the layer below that says which steps of a sequence are padding, if one does.
        `path` names a layer inside a layer.
        """
        self.workspace = workspace
        self.layer = layer
        self.training = training
        self.first = first
        # Scalars as arrays: NumPy converts a Python number anew at every call.
        self.zero = np.zeros((), workspace.dtype)
        self.one = np.ones((), workspace.dtype)
        self.infinity = np.full((), np.inf, workspace.dtype)
        self.made_mask: Array | None = None
        # What layers write down of what they compute within themselves, where somebody asks for it.
        self.notes: dict[str, Any] | None = None
        self._masker = masker
        self._path = path
        self._arrays: dict[tuple[str, Shape], Array] = {}
        self._memory: dict[str, Array] = {}
        self._inner: dict[str, Context] = {}
        self._cut: dict[tuple[str, Shape, Any], Any] = {}
        self._made: dict[Hashable, Any] = {}

    @property
    def mask(self) -> Array | None:
        """Which steps of the layer's input count: bool (rows, steps), False where a sequence is padded; None: all."""
        return None if self._masker is None else self._masker.made_mask

    def inner(self, name: str, first: bool = False, masker: Context | None = None) -> Context:
        """The context of a layer inside this one, the same at every call; its mask is this one's or its masker's."""
        found = self._inner.get(name)
        if found is None:
            path = f"{self._path}/{name}"
            masker = masker or self._masker
            found = self._inner[name] = Context(self.workspace, self.layer, self.training, first, masker, path)
        if self.notes is not None:
            found.notes = self.notes.setdefault(name, {})
        return found

    def note(self, name: str, array: Array) -> None:
        """Write an array down, where somebody asks what the layer computes within itself."""
        if self.notes is not None:
            self.notes[name] = np.array(array)

    def out(self, name: str, shape: Shape) -> Array:
        """An array to write a result into; its contents are undefined."""
        found = self._arrays.get((name, shape))
        return self._make(name, shape, self.workspace.dtype) if found is None else found

    def scratch(self, name: str, shape: Shape, dtype: type) -> Array:
        """The same for another kind of number, such as the places of maxima; one kind for each name."""
        found = self._arrays.get((name, shape))
        return self._make(name, shape, np.dtype(dtype)) if found is None else found

    def _make(self, name: str, shape: Shape, dtype: np.dtype[Any]) -> Array:
        # A smaller batch shares the memory of a larger one.
        memory = self._memory.get(name)
        if memory is None or memory.size < size(shape):
            memory = self._memory[name] = aligned((size(shape),), dtype)
            self._arrays = {key: array for key, array in self._arrays.items() if key[0] != name}
            self._cut = {key: views for key, views in self._cut.items() if key[0] != name}
        array = self._arrays[name, shape] = memory[: size(shape)].reshape(shape)
        return array

    def cut(self, name: str, shape: Shape, by: Callable[[Array], T]) -> T:
        """Views of the array that `out` gives, such as one for each step of a sequence: made once, as each costs a call."""
        found: T | None = self._cut.get((name, shape, by))
        if found is None:
            array = self.out(name, shape)
            found = self._cut[name, shape, by] = by(array)
        return found

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What depends on nothing but the layer and `key`, such as the number of rows: made when first asked for."""
        found: T | None = self._made.get(key)
        if found is None:
            found = self._made[key] = make()
        return found

    def row_sums(self, matrix: Array, out: Array) -> Array:
        """Σ over rows: (rows, columns) -> (columns,), as 1ᵀ·M."""
        return np.dot(self.workspace.ones(len(matrix)), matrix, out)

    def rng(self) -> np.random.Generator:
        """The random numbers of this layer at this step."""
        return rng(self.workspace.seed, f"layer{self._path}", self.layer, self.workspace.step)
