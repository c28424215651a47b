"""What training has been so far: append-only columns, one row for each step and one for each epoch.

The engine writes them, so a curve holds every epoch however seldom anyone looks. A History is a frozen view up to
now: rows that are written are never changed, so looking costs no copy.
"""

from __future__ import annotations

import math
import mmap
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from netviz.arrays import Array, FrozenMap, sealed

_LONG = 64 * 1024  # bytes


@dataclass(frozen=True)
class History:
    """Columns by name: `steps` have loss and learning_rate, `epochs` have loss, val_loss, the metrics, step, stopped.

    A step's loss is that of its batch, penalties included, before the update. An epoch's loss is the mean of its
    steps' losses, each times its number of rows; `val_` values are taken at the epoch's end. Absent values are NaN.
    """

    steps: Mapping[str, Array] = field(default_factory=lambda: FrozenMap({}))
    epochs: Mapping[str, Array] = field(default_factory=lambda: FrozenMap({}))

    @property
    def epoch_count(self) -> int:
        """How many epochs have ended."""
        return len(next(iter(self.epochs.values()), ()))

    def last(self, name: str) -> float:
        """The newest value of an epoch's column, NaN when there is none."""
        column = self.epochs.get(name)
        return math.nan if column is None or not len(column) else float(column[-1])

    def __getstate__(self) -> dict[str, Any]:
        return {"steps": dict(self.steps), "epochs": dict(self.epochs)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, columns in state.items():
            kept = {column: sealed(values) for column, values in columns.items()}
            object.__setattr__(self, name, FrozenMap(kept))


class Columns:
    """A table that only grows; `view` shows the rows so far without copying them.

    A column that has had one value only, as most learning rates have, takes the memory of that one value.
    """

    def __init__(self, begin: Mapping[str, Array] | None = None, dtype: type = np.float64) -> None:
        """Begin empty or with a copy of other columns."""
        self._dtype = dtype
        self._columns: dict[str, Array] = {}
        self._only: dict[str, Any] = {}
        self._names = list(begin or {})
        for name, values in (begin or {}).items():
            if len(values) and (values == values[0]).all():
                self._only[name] = np.array(values[0], dtype)
            else:
                self._columns[name] = np.array(values, dtype)
        self.count = max((len(values) for values in (begin or {}).values()), default=0)

    def append(self, row: Mapping[str, float]) -> None:
        """Add a row; a new column is NaN in the rows above, a column left out is NaN here."""
        self.extend({name: (value,) for name, value in row.items()}, 1)

    def extend(self, rows: Mapping[str, Any], count: int) -> None:
        """Add `count` rows, given as columns."""
        for name in [name for name in rows if name not in self._columns]:
            self._begin(name, np.asarray(rows[name], self._dtype))
        for name in [name for name in self._only if name not in rows]:
            self._write_out(name)
        for name, column in self._columns.items():
            if len(column) < self.count + count:
                column = self._grown(name, count)
            column[self.count : self.count + count] = rows.get(name, np.nan)
        self.count += count

    def _begin(self, name: str, values: Array) -> None:
        """See whether a column that is no array yet can go without one."""
        if name not in self._names:
            self._names.append(name)
        if name not in self._only and not self.count and len(values):
            self._only[name] = values[0].copy()
        only = self._only.get(name)
        if only is None:
            self._columns[name] = np.full(self.count, np.nan, self._dtype)
        elif not (values == only).all():
            self._write_out(name)

    def _write_out(self, name: str) -> None:
        self._columns[name] = np.full(self.count, self._only.pop(name), self._dtype)

    def _grown(self, name: str, count: int) -> Array:
        # A new array: views of the old one stay as they are. What is not yet written takes no memory either.
        grown = _room(max(64, 2 * (self.count + count)), np.dtype(self._dtype))
        grown[: self.count] = self._columns[name][: self.count]
        self._columns[name] = grown
        return grown

    def view(self) -> Mapping[str, Array]:
        """The rows so far, read-only."""
        return FrozenMap({name: self._seen(name) for name in self._names})

    def _seen(self, name: str) -> Array:
        if name in self._only:
            return np.broadcast_to(self._only[name], self.count)
        return sealed(self._columns[name][: self.count])


def _room(count: int, dtype: np.dtype[Any]) -> Array:
    """An array to be filled by and by. A long one has pages of its own, which go back to the system when it has been outgrown:
    on the heap it would leave a hole that nothing else is large enough for."""
    if count * dtype.itemsize < _LONG:
        return np.empty(count, dtype)
    return np.frombuffer(mmap.mmap(-1, count * dtype.itemsize), dtype)
