"""What a data set is: settings that make rows of features and targets, the same ones every time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from netviz.arrays import Array, Shape
from netviz.codec import Checked
from netviz.datasets.problem import DataProblem
from netviz.datasets.rows import is_mapped
from netviz.i18n import _
from netviz.registry import Registry

datasets: Registry[Dataset] = Registry("data set")

Task = Literal["classification", "regression"]


@dataclass(frozen=True)
class Data:
    """Rows as they come from their source.

    x: features, (rows, *shape); a numpy.memmap is left in its file, to be read and checked a batch at a time.
    y: class numbers, int (rows,), or targets, float (rows, outputs).
    classes: the classes' names, empty for regression. weights: (rows,) or None for all ones.
    validation_rows: how many of the last rows the source itself sets aside; None leaves that to the experiment.
    words: where features are tokens, what each token stands for, "" for padding; empty for other features.
    """

    x: Array
    y: Array
    task: Task
    features: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    weights: Array | None = None
    validation_rows: int | None = None
    words: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not len(self.x):
            raise DataProblem(_("The data has no rows; at least one is needed to train."))
        if len(self.x) != len(self.y):
            sentence = _("The data has {x} rows of features and {y} targets; there must be one target for each row.")
            raise DataProblem(sentence.format(x=len(self.x), y=len(self.y)))
        for name, array in ((_("features"), self.x), (_("targets"), self.y)):
            if is_mapped(array):
                continue
            bad = np.flatnonzero(~np.isfinite(array.reshape(len(array), -1)).all(1))
            if len(bad):
                sentence = _("{n} rows of {name} hold numbers that are not finite (first: row {row}); leave them out.")
                raise DataProblem(sentence.format(n=len(bad), name=name, row=int(bad[0]) + 1))

    @property
    def row_shape(self) -> Shape:
        """The shape of one row's features."""
        return self.x.shape[1:]


@dataclass(frozen=True)
class Dataset(Checked, ABC):
    """Settings that make Data. `table` says that features have units of their own and want standardizing."""

    family: ClassVar = datasets
    table: ClassVar[bool] = False

    @property
    def splits_itself(self) -> bool:
        """Whether the data says itself which rows are for validation."""
        return getattr(self, "validation_rows", None) is not None

    @abstractmethod
    def load(self) -> Data:
        """The rows; equal settings give equal rows. DataProblem when there is nothing to learn from."""
