"""Arrays that somebody hands over, as a data set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from netviz.arrays import Array, frozen
from netviz.codec import Range
from netviz.datasets.dataset import Data, Dataset, Task, datasets
from netviz.i18n import N_


@datasets.register("arrays", title=N_("Arrays"))
@dataclass(frozen=True, eq=False)
class Arrays(Dataset):
    """Features x (rows, ...), targets y and perhaps weights (rows,); y of whole numbers and one axis are labels.

    The arrays are copied, so what is trained cannot change. Two are equal when their numbers are.
    `validation_rows` of the last rows are kept for validation; None leaves the split to the experiment.
    """

    x: np.ndarray[Any, Any]
    y: np.ndarray[Any, Any]
    task: Task = "regression"
    weights: np.ndarray[Any, Any] | None = None
    validation_rows: Annotated[int, Range(low=0)] | None = None

    def __post_init__(self) -> None:
        for name in ("x", "y", "weights"):
            array = getattr(self, name)
            if array is not None:
                object.__setattr__(self, name, frozen(array))
        super().__post_init__()

    def load(self) -> Data:
        y = self.y if self.task == "classification" else self.y.reshape(len(self.y), -1)
        classes: tuple[str, ...] = ()
        if self.task == "classification":
            classes = tuple(str(i) for i in range(int(y.max(initial=0)) + 1))
        return Data(self.x, y, self.task, (), classes, (), self.weights, self.validation_rows)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Arrays) and self._settings() == other._settings() and all(
            _same(a, b) for a, b in zip(self._arrays(), other._arrays(), strict=True)
        )

    def __hash__(self) -> int:
        return hash((self.x.shape, self.y.shape, *self._settings()))

    def _settings(self) -> tuple[object, ...]:
        return self.task, self.validation_rows

    def _arrays(self) -> tuple[Array | None, ...]:
        return self.x, self.y, self.weights


def _same(a: Array | None, b: Array | None) -> bool:
    if a is None or b is None:
        return a is b
    return a is b or a.shape == b.shape and a.dtype == b.dtype and bool((a == b).all())
