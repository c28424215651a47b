"""Metrics under Keras' names, as classes, as functions and as strings. Source: https://keras.io/api/metrics

A model keeps each metric's name as it was given, as Keras does: "acc" stays "acc" in the history, and of two metrics
with one name the second is numbered. With several thresholds a metric is an array, a number for each; so are F scores
without an average, a number for each class.
"""

# ruff: noqa: N802 (Keras' own names)
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from netviz.arrays import Array
from netviz.engine import metrics as engine
from netviz.keras import config
from netviz.keras.arguments import refuse
from netviz.keras.losses import (
    binary_crossentropy,
    categorical_crossentropy,
    categorical_hinge,
    hinge,
    kl_divergence,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    poisson,
    sparse_categorical_crossentropy,
    squared_hinge,
)

_NEUTRAL = {
    "dtype": None, "class_aggregation": "uniform_average", "num_regressors": 0, "from_sorted_ids": False, "axis": -1,
    "ignore_class": None, "from_logits": False,
}  # fmt: skip


@dataclass(frozen=True)
class Metric:
    """An engine's metric under the name that a history shall have for it, and the engine's column for it.

    Where it is an array there are several of both. each: whether Keras gives a number for each output.
    """

    values: tuple[engine.Metric, ...]
    name: str
    columns: tuple[str, ...] = ()
    each: bool = False

    def of(self, row: Mapping[str, float], before: str = "") -> Any:
        """Its number, or array of numbers, from the engine's columns; `before`: what their names begin with."""
        found = [row[before + column] for column in self.columns]
        return found[0] if len(found) == 1 else np.array(found)


def _metric(value: engine.Metric, name: str | None, more: dict[str, Any], each: bool = False) -> Metric:
    return _metrics((value,), name, more, each)


def _metrics(values: tuple[engine.Metric, ...], name: str | None, more: dict[str, Any], each: bool = False) -> Metric:
    refuse(type(values[0]).__name__, more, _NEUTRAL)
    return Metric(values, name or values[0].name, (), each)


def _plain(kind: type[engine.Metric], usual: str | None = None) -> Callable[..., Metric]:
    """Keras' class for a metric that has nothing to set."""

    def make(name: str | None = usual, **more: Any) -> Metric:
        return _metric(kind(), name, more)

    make.__name__ = make.__qualname__ = kind.__name__
    make.__doc__ = kind.__doc__
    return make


CategoricalAccuracy = _plain(engine.CategoricalAccuracy)
SparseCategoricalAccuracy = _plain(engine.SparseCategoricalAccuracy)
MeanSquaredError = _plain(engine.MeanSquaredError)
RootMeanSquaredError = _plain(engine.RootMeanSquaredError)
MeanAbsoluteError = _plain(engine.MeanAbsoluteError)
MeanAbsolutePercentageError = _plain(engine.MeanAbsolutePercentageError)
MeanSquaredLogarithmicError = _plain(engine.MeanSquaredLogarithmicError)
CosineSimilarity = _plain(engine.CosineSimilarity)
LogCoshError = _plain(engine.LogCoshError, "logcosh")
R2Score = _plain(engine.R2Score)
Poisson = _plain(engine.Poisson)
KLDivergence = _plain(engine.KLDivergence)
Hinge = _plain(engine.Hinge)
SquaredHinge = _plain(engine.SquaredHinge)
CategoricalHinge = _plain(engine.CategoricalHinge)
SparseCategoricalCrossentropy = _plain(engine.SparseCategoricalCrossentropy)


def BinaryCrossentropy(name: str | None = None, label_smoothing: float = 0.0, **more: Any) -> Metric:
    """−(1/n)·Σ (y·log p + (1 − y)·log(1 − p))."""
    return _metric(engine.BinaryCrossentropy(label_smoothing), name, more)


def CategoricalCrossentropy(name: str | None = None, label_smoothing: float = 0.0, **more: Any) -> Metric:
    """The mean of −Σ y·log p, for one-hot rows."""
    return _metric(engine.CategoricalCrossentropy(label_smoothing), name, more)


def BinaryAccuracy(name: str | None = None, dtype: Any = None, threshold: float = 0.5) -> Metric:
    """Share of outputs on the right side of the threshold."""
    return _metric(engine.BinaryAccuracy(threshold), name, {"dtype": dtype})


def TopKCategoricalAccuracy(k: int = 5, name: str | None = None, **more: Any) -> Metric:
    """Share of rows whose class has one of the k largest outputs, for one-hot rows."""
    return _metric(engine.TopKCategoricalAccuracy(k), name, more)


def SparseTopKCategoricalAccuracy(k: int = 5, name: str | None = None, **more: Any) -> Metric:
    """The same for class numbers."""
    return _metric(engine.SparseTopKCategoricalAccuracy(k), name, more)


def _thresholds(thresholds: Any) -> tuple[float, ...]:
    """The thresholds that were given: one, several or none."""
    return () if thresholds is None else tuple(np.asarray(thresholds, np.float64).reshape(-1).tolist())


def _counting(kind: Any) -> Callable[..., Metric]:
    """Keras' class for one of the four counts."""

    def make(thresholds: Any = None, name: str | None = None, **more: Any) -> Metric:
        return _metrics(tuple(kind(cut) for cut in _thresholds(thresholds) or (0.5,)), name, more)

    make.__name__ = make.__qualname__ = kind.__name__
    make.__doc__ = kind.__doc__
    return make


TruePositives = _counting(engine.TruePositives)
FalsePositives = _counting(engine.FalsePositives)
TrueNegatives = _counting(engine.TrueNegatives)
FalseNegatives = _counting(engine.FalseNegatives)


def Precision(
    thresholds: Any = None, top_k: int | None = None, class_id: int | None = None, name: str | None = None, **more: Any
) -> Metric:
    """tp/(tp + fp)."""
    found = tuple(engine.Precision(cut, top_k, class_id) for cut in _thresholds(thresholds) or (None,))
    return _metrics(found, name, more)


def Recall(
    thresholds: Any = None, top_k: int | None = None, class_id: int | None = None, name: str | None = None, **more: Any
) -> Metric:
    """tp/(tp + fn)."""
    found = tuple(engine.Recall(cut, top_k, class_id) for cut in _thresholds(thresholds) or (None,))
    return _metrics(found, name, more)


def FBetaScore(
    average: Any = None, beta: float = 1.0, threshold: float | None = None, name: str | None = None, **more: Any
) -> Metric:
    """(1 + β²)·P·R/(β²·P + R) of each class, or averaged as "macro", "micro" or "weighted"."""
    return _metric(engine.FBetaScore(average or "macro", beta, threshold), name, more, average is None)


def F1Score(average: Any = None, threshold: float | None = None, name: str | None = None, **more: Any) -> Metric:
    """The same with β = 1."""
    return _metric(engine.F1Score(average or "macro", threshold=threshold), name, more, average is None)


def AUC(
    num_thresholds: int = 200, curve: str = "ROC", summation_method: str = "interpolation", name: str | None = None,
    dtype: Any = None, thresholds: Any = None, multi_label: bool = False, num_labels: int | None = None,
    label_weights: Any = None, from_logits: bool = False,
) -> Metric:  # fmt: skip
    """The area under the ROC or precision-recall curve, as a sum over thresholds."""
    value = engine.AUC(
        num_thresholds, curve.upper(), summation_method.lower(), tuple(thresholds or ()), multi_label,  # type: ignore[arg-type]
        tuple(label_weights or ()), from_logits,
    )  # fmt: skip
    return _metric(value, name, {"dtype": dtype})


def SensitivityAtSpecificity(
    specificity: float, num_thresholds: int = 200, class_id: int | None = None, name: str | None = None, **more: Any
) -> Metric:
    """The largest tp/(tp + fn) where tn/(tn + fp) is at least `specificity`."""
    return _metric(engine.SensitivityAtSpecificity(num_thresholds, class_id, specificity), name, more)


def SpecificityAtSensitivity(
    sensitivity: float, num_thresholds: int = 200, class_id: int | None = None, name: str | None = None, **more: Any
) -> Metric:
    """The largest tn/(tn + fp) where tp/(tp + fn) is at least `sensitivity`."""
    return _metric(engine.SpecificityAtSensitivity(num_thresholds, class_id, sensitivity), name, more)


def PrecisionAtRecall(
    recall: float, num_thresholds: int = 200, class_id: int | None = None, name: str | None = None, **more: Any
) -> Metric:
    """The largest tp/(tp + fp) where tp/(tp + fn) is at least `recall`."""
    return _metric(engine.PrecisionAtRecall(num_thresholds, class_id, recall), name, more)


def RecallAtPrecision(
    precision: float, num_thresholds: int = 200, class_id: int | None = None, name: str | None = None, **more: Any
) -> Metric:
    """The largest tp/(tp + fn) where tp/(tp + fp) is at least `precision`."""
    return _metric(engine.RecallAtPrecision(num_thresholds, class_id, precision), name, more)


def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Array:
    """Whether each output is on the right side of the threshold: 1 or 0."""
    return np.asarray(((np.asarray(y_pred) > threshold) == np.asarray(y_true)).astype(config.floatx()))


def categorical_accuracy(y_true: Any, y_pred: Any) -> Array:
    """Whether the largest output of each row is that of its class."""
    return sparse_categorical_accuracy(np.asarray(y_true).argmax(-1), y_pred)


def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> Array:
    """The same for class numbers."""
    p = np.asarray(y_pred)
    return np.asarray((np.asarray(y_true).reshape(p.shape[:-1]) == p.argmax(-1)).astype(config.floatx()))


def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Array:
    """Whether the class of each row has one of the k largest outputs."""
    return sparse_top_k_categorical_accuracy(np.asarray(y_true).argmax(-1), y_pred, k)


def sparse_top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Array:
    """The same for class numbers."""
    p = np.asarray(y_pred)
    own = np.take_along_axis(p, np.asarray(y_true).reshape(p.shape[:-1])[..., None], -1)
    return np.asarray((p > own).sum(-1) < k).astype(config.floatx())


FUNCTIONS: tuple[Callable[..., Array], ...] = (
    binary_accuracy, categorical_accuracy, sparse_categorical_accuracy, top_k_categorical_accuracy,
    sparse_top_k_categorical_accuracy, mean_squared_error, mean_absolute_error, mean_absolute_percentage_error,
    mean_squared_logarithmic_error, log_cosh, poisson, hinge, squared_hinge, categorical_hinge, kl_divergence,
    binary_crossentropy, categorical_crossentropy, sparse_categorical_crossentropy,
)  # fmt: skip
