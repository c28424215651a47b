"""What training has been so far: append-only columns, one row for each step and one for each epoch.

The engine writes them, so a curve holds every epoch however seldom anyone looks. A History is a frozen view up to
now: rows that are written are never changed, so looking costs no copy.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from netviz.arrays import Array, FrozenMap, sealed


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
    """A table that only grows; `view` shows the rows so far without copying them."""

    def __init__(self, begin: Mapping[str, Array] | None = None, dtype: type = np.float64) -> None:
        """Begin empty or with a copy of other columns."""
        self._dtype = dtype
        self._columns: dict[str, Array] = {name: np.array(values, dtype) for name, values in (begin or {}).items()}
        self.count = len(next(iter(self._columns.values()), ()))

    def append(self, row: Mapping[str, float]) -> None:
        """Add a row; a new column is NaN in the rows above, a column left out is NaN here."""
        self.extend({name: (value,) for name, value in row.items()}, 1)

    def extend(self, rows: Mapping[str, Any], count: int) -> None:
        """Add `count` rows, given as columns."""
        for name in [name for name in rows if name not in self._columns]:
            self._columns[name] = np.full(self.count, np.nan, self._dtype)
        for name, column in self._columns.items():
            if len(column) < self.count + count:
                column = self._grown(name, count)
            column[self.count : self.count + count] = rows.get(name, np.nan)
        self.count += count

    def _grown(self, name: str, count: int) -> Array:
        # A new array: views of the old one stay as they are.
        grown: Array = np.full(max(64, 2 * (self.count + count)), np.nan, self._dtype)
        grown[: self.count] = self._columns[name][: self.count]
        self._columns[name] = grown
        return grown

    def view(self) -> Mapping[str, Array]:
        """The rows so far, read-only."""
        return FrozenMap({name: sealed(column[: self.count]) for name, column in self._columns.items()})
