"""Metrics: numbers for people, computed from sums over rows so that they can be gathered batch by batch.

A metric turns rows into additive statistics and their totals into its value; nothing else is kept. Metrics are not
weighted by class or sample, as in Keras. In NumPy; tested against scikit-learn's and Keras'.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from netviz.arrays import Array
from netviz.codec import Checked, Range
from netviz.i18n import N_
from netviz.registry import Registry

metrics: Registry[Metric] = Registry("metric")


@dataclass(frozen=True)
class Metric(Checked, ABC):
    """A number about predictions p and targets y, both (rows, ..., outputs); `best` is "max" or "min"."""

    family: ClassVar = metrics
    best: ClassVar[str] = "max"
    task: ClassVar[str] = "classification"

    @property
    def name(self) -> str:
        """Its name in a history."""
        return metrics.name(type(self))

    @abstractmethod
    def statistics(self, p: Array, y: Array) -> Array:
        """What each row adds to the totals, float64 (rows, k)."""

    def value(self, totals: Array) -> float:
        """The metric from the sums of the statistics, shape (k,): here total over count, NaN before any row."""
        return float(totals[0] / totals[1]) if totals[1] else float("nan")


def _counted(values: Array) -> Array:
    """(rows, ...) -> (rows, 2): each row's total and its number of places."""
    flat = values.reshape(len(values), -1)
    return np.stack([flat.sum(1, dtype=np.float64), np.full(len(flat), float(flat.shape[1]))], 1)


@metrics.register("accuracy", "acc", title=N_("Accuracy"))
@dataclass(frozen=True)
class Accuracy(Metric):
    """Share of right answers: by the threshold with one output, else by the largest output."""

    threshold: Annotated[float, Range(low=0, high=1, title=N_("Threshold"))] = 0.5

    def statistics(self, p: Array, y: Array) -> Array:
        if p.shape[-1] == 1:
            return _counted((p > self.threshold) == (y > self.threshold))
        return _counted(p.argmax(-1) == y.argmax(-1))


@metrics.register("binary_accuracy", title=N_("Binary accuracy"))
@dataclass(frozen=True)
class BinaryAccuracy(Metric):
    """Share of outputs on the right side of the threshold, each output for itself."""

    threshold: Annotated[float, Range(low=0, high=1, title=N_("Threshold"))] = 0.5

    def statistics(self, p: Array, y: Array) -> Array:
        return _counted((p > self.threshold) == y)


@metrics.register("categorical_accuracy", title=N_("Categorical accuracy"))
@dataclass(frozen=True)
class CategoricalAccuracy(Metric):
    """Share of rows whose largest output is that of their class."""

    def statistics(self, p: Array, y: Array) -> Array:
        return _counted(p.argmax(-1) == y.argmax(-1))


@metrics.register("sparse_categorical_accuracy", title=N_("Sparse categorical accuracy"))
@dataclass(frozen=True)
class SparseCategoricalAccuracy(CategoricalAccuracy):
    """Categorical accuracy for targets that are class numbers; the engine compares them one-hot."""


@metrics.register("mean_absolute_error", "mae", title=N_("Mean absolute error"))
@dataclass(frozen=True)
class MeanAbsoluteError(Metric):
    """(1/n)·Σ |p − y|, in the targets' own units."""

    best: ClassVar[str] = "min"
    task: ClassVar[str] = "regression"

    def statistics(self, p: Array, y: Array) -> Array:
        return _counted(np.abs(p.astype(np.float64) - y))


@metrics.register("r2_score", "r2", "R2Score", title=N_("R²"))
@dataclass(frozen=True)
class R2Score(Metric):
    """1 − Σ(y − p)² / Σ(y − ȳ)², averaged over the outputs; 0 where all targets are the same, as in Keras."""

    task: ClassVar[str] = "regression"

    def statistics(self, p: Array, y: Array) -> Array:
        y = y.reshape(len(y), -1).astype(np.float64)
        residual = y - p.reshape(len(p), -1)
        return np.concatenate([np.ones((len(y), 1)), y, y * y, residual * residual], 1)

    def value(self, totals: Array) -> float:
        n = totals[0]
        if not n:
            return float("nan")
        y, squares, residual = totals[1:].reshape(3, -1)
        spread = squares - y * y / n
        with np.errstate(divide="ignore", invalid="ignore"):
            return float(np.where(spread > 0, 1 - residual / spread, 0.0).mean())
