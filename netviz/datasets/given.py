"""Arrays that somebody hands over, as a data set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from netviz.arrays import Array, frozen
from netviz.codec import Range
from netviz.datasets.dataset import Data, DataProblem, Dataset, Task, datasets
from netviz.i18n import N_, _

_MOST_CLASSES = 100_000


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
        self._refuse_unfit()
        if self.task == "classification":
            y = self.y.astype(np.int64)
        else:
            y = self.y.reshape(len(self.y), -1) if len(self.y) else self.y
        classes: tuple[str, ...] = ()
        if self.task == "classification":
            classes = tuple(str(i) for i in range(int(y.max(initial=0)) + 1))
        return Data(self.x, y, self.task, (), classes, (), self.weights, self.validation_rows)

    def _refuse_unfit(self) -> None:
        """DataProblem for arrays that are not rows of numbers."""
        for name, array in (("x", self.x), ("y", self.y), ("weights", self.weights)):
            if array is not None and (array.dtype.kind not in "fiub" or not array.ndim):
                sentence = _("{name} is {kind} of shape {shape}; it must be rows of numbers.")
                raise DataProblem(sentence.format(name=name, kind=array.dtype, shape=array.shape))
        if self.weights is not None and self.weights.shape != (len(self.x),):
            sentence = _("weights has the shape {shape}; it must hold one number for each of the {n} rows.")
            raise DataProblem(sentence.format(shape=self.weights.shape, n=len(self.x)))
        if self.task == "classification" and not _labels(self.y):
            sentence = _("y must hold one class number for each row: whole, from 0 to {most:,}.")
            raise DataProblem(sentence.format(most=_MOST_CLASSES - 1))

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


def _labels(y: Array) -> bool:
    return y.ndim == 1 and bool(((y == np.rint(y)) & (y >= 0) & (y < _MOST_CLASSES)).all())


def _same(a: Array | None, b: Array | None) -> bool:
    if a is None or b is None:
        return a is b
    return a is b or a.shape == b.shape and a.dtype == b.dtype and bool((a == b).all())
