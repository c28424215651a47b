"""How far predictions are off: losses read as metrics, in the targets' own units, and R².

Source: https://keras.io/api/metrics/regression_metrics and probabilistic_metrics, hinge_metrics beside it
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from netviz.arrays import Array
from netviz.engine import losses
from netviz.engine.losses.crossentropy import Smoothing
from netviz.engine.metrics.metric import Metric, metrics
from netviz.i18n import N_


@dataclass(frozen=True)
class _MeanLoss(Metric, ABC):
    """The mean of a loss over rows; in the predictions' own precision, which decides where probabilities are clipped."""

    best: ClassVar[Literal["max", "min"]] = "min"

    @abstractmethod
    def _loss(self) -> losses.Loss:
        """The loss whose mean it is."""

    def statistics(self, p: Array, y: Array) -> Array:
        rows = self._loss().rows(p, y.astype(p.dtype, copy=False)).astype(np.float64)
        return np.stack([rows, np.ones(len(rows))], 1)


@dataclass(frozen=True)
class _Deviation(_MeanLoss, ABC):
    """Such a mean for targets that are numbers, in float64."""

    task: ClassVar[Literal["classification", "regression"]] = "regression"

    def statistics(self, p: Array, y: Array) -> Array:
        return super().statistics(p.astype(np.float64, copy=False), y)


@metrics.register("mean_squared_error", "mse", title=N_("Mean squared error"))
@dataclass(frozen=True)
class MeanSquaredError(_Deviation):
    """(1/n)·Σ (p − y)²."""

    def _loss(self) -> losses.Loss:
        return losses.MeanSquaredError()


@metrics.register("root_mean_squared_error", "rmse", title=N_("Root mean squared error"))
@dataclass(frozen=True)
class RootMeanSquaredError(MeanSquaredError):
    """√((1/n)·Σ (p − y)²), in the targets' own units."""

    def value(self, totals: Array) -> float:
        return math.sqrt(super().value(totals))


@metrics.register("mean_absolute_error", "mae", title=N_("Mean absolute error"))
@dataclass(frozen=True)
class MeanAbsoluteError(_Deviation):
    """(1/n)·Σ |p − y|, in the targets' own units."""

    def _loss(self) -> losses.Loss:
        return losses.MeanAbsoluteError()


@metrics.register("mean_absolute_percentage_error", "mape", title=N_("Mean absolute percentage error"))
@dataclass(frozen=True)
class MeanAbsolutePercentageError(_Deviation):
    """(100/n)·Σ |p − y|/max(|y|, 1e-7)."""

    def _loss(self) -> losses.Loss:
        return losses.MeanAbsolutePercentageError()


@metrics.register("mean_squared_logarithmic_error", "msle", title=N_("Mean squared logarithmic error"))
@dataclass(frozen=True)
class MeanSquaredLogarithmicError(_Deviation):
    """(1/n)·Σ (log(p + 1) − log(y + 1))², p and y at least 1e-7."""

    def _loss(self) -> losses.Loss:
        return losses.MeanSquaredLogarithmicError()


@metrics.register("log_cosh_error", "logcosh", "log_cosh", title=N_("Logarithm of the hyperbolic cosine"))
@dataclass(frozen=True)
class LogCoshError(_Deviation):
    """(1/n)·Σ log cosh(p − y)."""

    def _loss(self) -> losses.Loss:
        return losses.LogCosh()


@metrics.register("poisson", title=N_("Poisson"))
@dataclass(frozen=True)
class Poisson(_Deviation):
    """(1/n)·Σ (p − y·log(p + 1e-7))."""

    def _loss(self) -> losses.Loss:
        return losses.Poisson()


@metrics.register("cosine_similarity", "cosine", title=N_("Cosine similarity"))
@dataclass(frozen=True)
class CosineSimilarity(_Deviation):
    """The mean of Σ p·y/(‖p‖·‖y‖) over the last axis: 1 where directions are alike, −1 where they are opposed."""

    best: ClassVar[Literal["max", "min"]] = "max"

    def _loss(self) -> losses.Loss:
        return losses.CosineSimilarity()

    def value(self, totals: Array) -> float:
        return -super().value(totals)


@metrics.register("hinge", title=N_("Hinge"))
@dataclass(frozen=True)
class Hinge(_MeanLoss):
    """(1/n)·Σ max(0, 1 − y·p), y = −1 or 1."""

    def _loss(self) -> losses.Loss:
        return losses.Hinge()


@metrics.register("squared_hinge", title=N_("Squared hinge"))
@dataclass(frozen=True)
class SquaredHinge(_MeanLoss):
    """(1/n)·Σ max(0, 1 − y·p)², y = −1 or 1."""

    def _loss(self) -> losses.Loss:
        return losses.SquaredHinge()


@metrics.register("categorical_hinge", title=N_("Categorical hinge"))
@dataclass(frozen=True)
class CategoricalHinge(_MeanLoss):
    """The mean of max(0, 1 + max (1 − y)·p − Σ y·p)."""

    def _loss(self) -> losses.Loss:
        return losses.CategoricalHinge()


@metrics.register("kl_divergence", "kld", "kullback_leibler_divergence", title=N_("Kullback-Leibler divergence"))
@dataclass(frozen=True)
class KLDivergence(_MeanLoss):
    """The mean of Σ y·log(y/p), both clipped to [1e-7, 1]."""

    def _loss(self) -> losses.Loss:
        return losses.KLDivergence()


@metrics.register("binary_crossentropy", "bce", title=N_("Binary cross-entropy"))
@dataclass(frozen=True)
class BinaryCrossentropy(_MeanLoss):
    """−(1/n)·Σ (y·log p + (1 − y)·log(1 − p)), p clipped to [1e-7, 1 − 1e-7]."""

    label_smoothing: Smoothing = 0.0

    def _loss(self) -> losses.Loss:
        return losses.BinaryCrossentropy(self.label_smoothing)


@metrics.register("categorical_crossentropy", "cce", title=N_("Categorical cross-entropy"))
@dataclass(frozen=True)
class CategoricalCrossentropy(_MeanLoss):
    """The mean of −Σ y·log p, p scaled to sum 1 and clipped to [1e-7, 1 − 1e-7]."""

    label_smoothing: Smoothing = 0.0

    def _loss(self) -> losses.Loss:
        return losses.CategoricalCrossentropy(self.label_smoothing)


@metrics.register("sparse_categorical_crossentropy", title=N_("Sparse categorical cross-entropy"))
@dataclass(frozen=True)
class SparseCategoricalCrossentropy(_MeanLoss):
    """The same for targets that are class numbers; the engine compares them one-hot."""

    def _loss(self) -> losses.Loss:
        return losses.SparseCategoricalCrossentropy()


@metrics.register("r2_score", "r2", "R2Score", title=N_("R²"))
@dataclass(frozen=True)
class R2Score(Metric):
    """1 − Σ(y − p)² / Σ(y − ȳ)², averaged over the outputs; 0 where all targets are the same, as in Keras."""

    task: ClassVar[Literal["classification", "regression"]] = "regression"

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
