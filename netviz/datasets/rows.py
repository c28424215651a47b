"""Rows of features as training reads them: an array, or rows of a file that never stand in memory all at once.

`MappedRows` is read as an array is, by `len`, `shape`, `dtype`, slices and `take`, so whoever reads rows need not know.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from typing import Any, TypeAlias, Union

import numpy as np

from netviz.arrays import Array, Shape, sealed
from netviz.datasets.problem import DataProblem
from netviz.datasets.scale import Scale
from netviz.files import shown
from netviz.i18n import _

Rows: TypeAlias = Union[Array, "MappedRows"]

_BLOCK_BYTES = 4 * 1024 * 1024  # what is read at a time where all rows are walked through
_MOST_RESIDENT = 32 * 1024 * 1024  # of the file's pages; then they are given back
_AROUND = 512 * 1024  # the system may map this much around a row that is touched (measured on Linux 6.18: 300 kB)


class MappedRows:
    """Some rows of a memory map, (rows, *shape), scaled and in the wished precision as they are read.

    What is read is a copy. DataProblem where a row holds a number that is not finite, or the file has become shorter.
    """

    def __init__(
        self, source: Array, rows: Array | None = None, dtype: Any = None, scale: Scale | None = None, name: str = ""
    ) -> None:
        """source: a numpy.memmap. rows: the rows' numbers in it, (n,); None for all of them. name: for sentences."""
        self.source = source
        self.name = name or shown(getattr(source, "filename", None) or "x.npy")
        self.rows = np.arange(len(source)) if rows is None else rows
        self.scale = scale
        self.dtype: np.dtype[Any] = np.dtype(source.dtype if dtype is None else dtype)
        self.shape: Shape = (len(self.rows), *source.shape[1:])
        self._plain = sealed(source.view(np.ndarray))  # reading through the subclass costs more
        self._row_bytes = max(1, self._plain[:1].nbytes)
        self._touched = 0

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, rows: slice | Array) -> Array:
        return self.take(np.arange(len(self))[rows])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return self[:].astype(self.dtype if dtype is None else dtype, copy=False)

    def take(self, rows: Array, axis: int = 0, out: Array | None = None, mode: str = "raise") -> Array:
        """The rows of these numbers, as numpy.ndarray.take gives them along axis 0."""
        if axis != 0:
            raise ValueError("rows are taken along axis 0")
        made = np.empty((len(rows), *self.shape[1:]), self.dtype) if out is None else out
        numbers = self.rows.take(rows, mode="clip" if mode == "clip" else "raise")
        self._refuse_shortened()
        step = 1 + _MOST_RESIDENT // (self._row_bytes + _AROUND)
        for start in range(0, len(numbers), step):
            self._read(numbers[start : start + step], made[start : start + step])
        return made

    def _read(self, numbers: Array, out: Array) -> None:
        block = self._plain[numbers]
        self._refuse_non_finite(block, numbers)
        np.copyto(out, block if self.scale is None else self.scale.apply(block), casting="unsafe")
        self._give_back(len(numbers))

    def blocks(self) -> Iterator[Array]:
        """All rows in their order, some at a time."""
        step = max(1, _BLOCK_BYTES // (self._row_bytes * 8 // self._plain.itemsize))
        for start in range(0, len(self), step):
            yield self[start : start + step]

    def _refuse_non_finite(self, block: Array, numbers: Array) -> None:
        if block.dtype.kind != "f" or np.isfinite(block).all():
            return
        bad = numbers[~np.isfinite(block.reshape(len(block), -1)).all(1)]
        sentence = _("Row {row} of {name} holds a number that is not finite; leave it out.")
        raise DataProblem(sentence.format(row=int(bad.min()) + 1, name=self.name))

    def _refuse_shortened(self) -> None:
        # Reading behind the end of a mapped file would end the whole program.
        mapping = mapped_by(self.source)
        if mapping is not None and mapping.size() < len(mapping):
            raise DataProblem(_("{name} became shorter while it was read; write it again.").format(name=self.name))

    def _give_back(self, count: int) -> None:
        """Let go of the pages that were read, so that the memory in use stays small; the system keeps them cached."""
        self._touched += count * (self._row_bytes + _AROUND)
        if self._touched < _MOST_RESIDENT:
            return
        self._touched = 0
        mapping, shared = mapped_by(self.source), getattr(self.source, "mode", None) in ("r", "r+", "w+")
        if mapping is not None and shared and hasattr(mmap, "MADV_DONTNEED"):  # of a private copy it would undo changes
            mapping.madvise(mmap.MADV_DONTNEED)


def is_mapped(rows: Any) -> bool:
    """Whether an array lies in a file."""
    return isinstance(rows, np.memmap)


def mapped_by(array: Any) -> mmap.mmap | None:
    """The memory map under a numpy.memmap."""
    found = getattr(array, "_mmap", None)
    return found if isinstance(found, mmap.mmap) else None
