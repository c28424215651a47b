"""From data to samples: which rows train and which validate, and the scales both are brought to.

Scales are fitted on the training part only, so nothing of the validation rows leaks into training; predictions are
brought back to the targets' own units.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np

from netviz.arrays import Array, Shape, rng, sealed
from netviz.codec import Checked, Range, Title
from netviz.datasets.dataset import Data, Dataset, Task
from netviz.datasets.problem import DataProblem
from netviz.datasets.rows import MappedRows, Rows, is_mapped
from netviz.datasets.scale import Scale
from netviz.datasets.sequences import read_out
from netviz.i18n import N_, _


@dataclass(frozen=True)
class Preprocessing(Checked):
    """How data becomes samples.

    split: "stratified" draws at random with each class in proportion, "random" without, "last" takes the last rows.
    standardize: "auto" standardizes the features of tables.
    """

    validation_split: Annotated[float, Range(low=0, below=1, unit="%", title=N_("Validation split"))] = 0.2
    split: Annotated[Literal["stratified", "random", "last"], Title(N_("Split"))] = "stratified"
    standardize: Annotated[Literal["auto", "on", "off"], Title(N_("Standardize x"))] = "auto"
    standardize_targets: Annotated[bool, Title(N_("Standardize y"))] = False


@dataclass(frozen=True)
class Samples:
    """What training sees: read-only arrays in the experiment's precision.

    x (rows, *shape), an array or MappedRows of data that stays in its file; y int (rows,) for classes, float
    (rows, outputs) for regression; weights (rows,) or None; the same for validation, with no rows when there is none.
    `training_rows` are the rows' numbers in the data.
    """

    x: Rows
    y: Array
    weights: Array | None
    validation_x: Rows
    validation_y: Array
    validation_weights: Array | None
    task: Task
    features: tuple[str, ...]
    classes: tuple[str, ...]
    targets: tuple[str, ...]
    training_rows: Array
    validation_rows: Array
    feature_scale: Scale | None = None
    target_scale: Scale | None = None
    words: tuple[str, ...] = ()

    @property
    def row_shape(self) -> Shape:
        """The shape of one row's features."""
        return self.x.shape[1:]

    def scaled(self, x: Array) -> Array:
        """Features in their own units, brought to the form that training sees."""
        x = x.reshape(len(x), *self.row_shape)
        scaled = x if self.feature_scale is None else self.feature_scale.apply(x)
        return np.ascontiguousarray(scaled, self.x.dtype)

    def told(self, row: Array) -> str:
        """The words of a row of tokens, without padding; empty where features are no tokens."""
        return read_out(self.words, row) if self.words and row.ndim == 1 else ""

    def in_units(self, targets: Array) -> Array:
        """Targets or predictions of a regression back in their own units."""
        return targets if self.target_scale is None else self.target_scale.undo(targets)


def prepare(dataset: Dataset, preprocessing: Preprocessing, seed: int, dtype: str) -> Samples:
    """Load, split and scale. Equal arguments give equal samples."""
    data = dataset.load()
    training, validation = _split(data, preprocessing, seed)
    standardize = preprocessing.standardize == "on" or preprocessing.standardize == "auto" and dataset.table
    feature_scale = _fitted(data.x, training) if standardize else None
    scale_targets = preprocessing.standardize_targets and data.task == "regression"
    target_scale = Scale.fit(data.y[training]) if scale_targets else None

    def x(rows: Array) -> Rows:
        if is_mapped(data.x):
            return MappedRows(data.x, rows, dtype, feature_scale)
        return _in(dtype, data.x[rows] if feature_scale is None else feature_scale.apply(data.x[rows]))

    def y(rows: Array) -> Array:
        if data.task == "classification":
            return sealed(np.ascontiguousarray(data.y[rows], np.int64))
        return _in(dtype, data.y[rows] if target_scale is None else target_scale.apply(data.y[rows]))

    def weights(rows: Array) -> Array | None:
        return None if data.weights is None else _in(dtype, data.weights[rows])

    return Samples(
        x(training), y(training), weights(training), x(validation), y(validation), weights(validation),
        data.task, data.features, data.classes, data.targets, sealed(training), sealed(validation),
        feature_scale, target_scale, data.words,
    )  # fmt: skip


def _fitted(x: Array, rows: Array) -> Scale:
    return Scale.fit_blocks(MappedRows(x, rows).blocks()) if is_mapped(x) else Scale.fit(x[rows])


def _in(dtype: str, values: Array) -> Array:
    return sealed(np.ascontiguousarray(values, np.dtype(dtype)))


def _split(data: Data, preprocessing: Preprocessing, seed: int) -> tuple[Array, Array]:
    """Row numbers for training and for validation, each rising."""
    rows = np.arange(len(data.x))
    if data.validation_rows is not None or preprocessing.split == "last":
        held = data.validation_rows
        at = max(0, len(rows) - held) if held is not None else int(np.floor(len(rows) * (1 - preprocessing.validation_split)))
        training, validation = rows[:at], rows[at:]
    else:
        validation = _drawn(data, preprocessing, seed)
        training = np.setdiff1d(rows, validation)
    if not len(training):
        sentence = _("The validation split of {split:g} leaves no rows to train on; there are {n} rows.")
        raise DataProblem(sentence.format(split=preprocessing.validation_split, n=len(rows)))
    return training, validation


def _drawn(data: Data, preprocessing: Preprocessing, seed: int) -> Array:
    mixed = rng(seed, "split").permutation(len(data.x))
    wanted = round(preprocessing.validation_split * len(mixed))
    if preprocessing.split == "random" or data.task == "regression":
        return np.sort(mixed[:wanted])
    # Each class gives rows in proportion; the fractions that rounding drops go to the largest of them.
    counts: Any = np.bincount(data.y, minlength=1)
    shares = preprocessing.validation_split * counts
    given = np.floor(shares).astype(np.int64)
    for label in np.argsort(given - shares, kind="stable")[: max(0, wanted - int(given.sum()))]:
        given[label] += 1
    labels = data.y[mixed]
    picked = [mixed[labels == label][:n] for label, n in enumerate(given)]
    return np.sort(np.concatenate(picked))
