"""Arrays that somebody hands over, as a data set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np

from netviz.arrays import Array, frozen, sealed
from netviz.codec import Range
from netviz.datasets.dataset import Data, Dataset, Task, datasets
from netviz.datasets.problem import DataProblem
from netviz.datasets.rows import is_mapped
from netviz.i18n import N_, _

_MOST_CLASSES = 100_000
_COMPARED_BYTES = 16 * 1024 * 1024


@datasets.register("arrays", title=N_("Arrays"))
@dataclass(frozen=True, eq=False)
class Arrays(Dataset):
    """Features x (rows, ...), targets y and perhaps weights (rows,); y of whole numbers and one axis are labels.

    The arrays are copied, so what is trained cannot change; a numpy.memmap as x stays in its file, so that data larger
    than memory can be trained. Two are equal when their numbers are.
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
                object.__setattr__(self, name, sealed(array) if name == "x" and is_mapped(array) else frozen(array))
        super().__post_init__()

    def load(self) -> Data:
        self._refuse_unfit()
        y, classes = targets(self.y, self.task)
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


def targets(y: Array, task: Task) -> tuple[Array, tuple[str, ...]]:
    """Targets in the form that Data has them in, and the classes' names: their numbers, none for a regression."""
    if task == "regression":
        return y.reshape(len(y), -1) if len(y) else y, ()
    if not _labels(y):
        sentence = _("y must hold one class number for each row: whole, from 0 to {most:,}.")
        raise DataProblem(sentence.format(most=_MOST_CLASSES - 1))
    labels = y.astype(np.int64)
    return labels, tuple(str(i) for i in range(int(labels.max(initial=0)) + 1))


def _labels(y: Array) -> bool:
    return y.ndim == 1 and bool(((y == np.rint(y)) & (y >= 0) & (y < _MOST_CLASSES)).all())


def _same(a: Array | None, b: Array | None) -> bool:
    if a is None or b is None:
        return a is b
    if a is b or a.shape != b.shape or a.dtype != b.dtype:
        return a is b
    step = max(1, _COMPARED_BYTES * len(a) // max(1, a.nbytes))  # so that a mapped file is not read at one blow
    return all(bool((a[at : at + step] == b[at : at + step]).all()) for at in range(0, len(a), step))
