"""Keras 3's and scikit-learn's metrics in float64, as golden numbers: imports both and never netviz.

    python tests/golden/make_metrics.py

Writes metrics.npz beside itself: DATA/y and DATA/p for each set of rows, and "cases", JSON by name: data, settings,
what Keras gives after three unequal batches, and what scikit-learn gives for all rows where it has such a metric,
with how near to it a sum over thresholds or a division by what is never 0 can come.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np
from make_keras import use_float64
from sklearn import metrics as sk

HERE = Path(__file__).resolve().parent

Rows = tuple[np.ndarray, np.ndarray]


def data() -> dict[str, Rows]:
    """(y, p): ties, outputs on the threshold, at 0 and at 1; a side or a class that is absent; one row."""
    rng = np.random.default_rng(8)
    p, y = rng.random((60, 1)), (rng.random((60, 1)) < 0.4).astype(float)
    p = np.clip(p * 0.7 + 0.3 * y * rng.random((60, 1)), 0, 1)
    p[:6], y[:6] = [[0.5], [0.5], [0.0], [1.0], [0.0], [1.0]], [[0], [1], [0], [1], [1], [0]]
    tied = np.round(p * 10) / 10
    grid = (rng.integers(0, 199, (60, 1)) + 0.5) / 199  # in the middle between two thresholds
    many, marks = rng.random((50, 3)), (rng.random((50, 3)) < 0.5).astype(float)
    logits = rng.normal(size=(60, 4)) * 2
    shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    onehot = np.eye(4)[rng.integers(0, 3, 60)]  # there is no row of the last class
    numbers = rng.normal(size=(40, 2)) * 3
    amounts = rng.gamma(2.0, 2.0, (40, 2))
    steps = np.eye(4)[rng.integers(0, 4, (20, 3))]
    return {
        "one": (y, p), "tied": (y, tied), "grid": (y, grid), "all true": (np.ones_like(y), p),
        "all false": (np.zeros_like(y), p), "many": (marks, many), "classes": (onehot, shares),
        "right": (onehot, onehot), "numbers": (numbers, numbers + rng.normal(size=(40, 2))),
        "flat": (numbers * [0, 1], numbers), "amounts": (amounts, amounts * rng.uniform(0.5, 2, (40, 2))),
        "single": (y[1:2], p[1:2]), "steps": (steps, rng.dirichlet(np.ones(4), (20, 3))),
        "sides": (np.where(y > 0, 1.0, -1.0), 3 * p - 1),
    }  # fmt: skip


def cases() -> Iterator[tuple[str, str, dict[str, Any], Callable[[Any, Any], Any] | None, float]]:
    """Data, Keras' class, its arguments, scikit-learn's function of (y, p) and how near to it ours comes."""
    bits = ("one", "tied", "all true", "all false", "single")
    for name in bits:
        for cut in (0.5, 0.3):
            yield name, "BinaryAccuracy", {"threshold": cut}, flat(sk.accuracy_score, cut), 1e-12
            for kind, place in (("TrueNegatives", 0), ("FalsePositives", 1), ("FalseNegatives", 2), ("TruePositives", 3)):
                yield name, kind, {"thresholds": cut}, flat(confusion(place), cut), 1e-12
            yield name, "Precision", {"thresholds": cut}, flat(zero(sk.precision_score), cut), 1e-12
            yield name, "Recall", {"thresholds": cut}, flat(zero(sk.recall_score), cut), 1e-12
            yield name, "F1Score", {"average": "macro", "threshold": cut}, flat(zero(sk.f1_score), cut), 1e-6
        yield name, "FBetaScore", {"average": "micro", "beta": 2.0, "threshold": 0.4}, flat(beta(2.0), 0.4), 1e-6
        yield name, "BinaryCrossentropy", {"label_smoothing": 0.2}, None, 0
        for curve in ("ROC", "PR", "PRGAIN"):
            for method in ("interpolation", "minoring", "majoring"):
                more = {"curve": curve, "summation_method": method}
                near = sk.roc_auc_score if (curve, name) in (("ROC", "one"), ("ROC", "tied")) and method == "interpolation" else None
                yield name, "AUC", more, near, 0.01
        yield name, "AUC", {"num_thresholds": 7}, None, 0
        yield name, "AUC", {"thresholds": [0.2, 0.35, 0.9]}, None, 0
        for kind, of in (("SensitivityAtSpecificity", "specificity"), ("SpecificityAtSensitivity", "sensitivity"),
                         ("PrecisionAtRecall", "recall"), ("RecallAtPrecision", "precision")):  # fmt: skip
            for rate in (0.3, 0.8):
                yield name, kind, {of: rate}, None, 0
    yield "grid", "AUC", {}, sk.roc_auc_score, 1e-12
    yield "grid", "AUC", {"curve": "PR"}, sk.average_precision_score, 0.03
    yield from of_many()
    yield from of_numbers()


def of_many() -> Iterator[tuple[str, str, dict[str, Any], Callable[[Any, Any], Any] | None, float]]:
    """Several outputs: labels that go together, and classes."""
    yield "many", "BinaryAccuracy", {}, flat(sk.accuracy_score, 0.5), 1e-12
    yield "many", "AUC", {"multi_label": True}, None, 0
    yield "many", "AUC", {"multi_label": True, "curve": "PR", "label_weights": [0.5, 2.0, 1.0]}, None, 0
    yield "many", "AUC", {"label_weights": [0.5, 2.0, 1.0]}, None, 0
    for average in ("macro", "weighted", "micro"):
        alarm = zero(sk.f1_score, average=average)
        yield "many", "F1Score", {"average": average, "threshold": 0.5}, above(alarm, 0.5), 1e-6
        largest = zero(sk.f1_score, average=average, labels=[0, 1, 2, 3])
        yield "classes", "F1Score", {"average": average}, by_class(largest), 1e-6
        yield "classes", "FBetaScore", {"average": average, "beta": 0.5}, None, 0
    for name in ("classes", "right", "steps"):
        yield name, "CategoricalAccuracy", {}, by_class(sk.accuracy_score) if name != "steps" else None, 1e-12
        yield name, "CategoricalCrossentropy", {"label_smoothing": 0.1}, None, 0
        yield name, "CategoricalHinge", {}, None, 0
        yield name, "KLDivergence", {}, None, 0
        yield name, "Precision", {}, None, 0
        yield name, "AUC", {}, None, 0
        for k in (1, 2, 4):
            top = (lambda y, p, k=k: sk.top_k_accuracy_score(y.argmax(1), p, k=k, labels=[0, 1, 2, 3])) if name == "classes" and k < 4 else None
            yield name, "TopKCategoricalAccuracy", {"k": k}, top, 1e-12
    for k in (1, 2):
        yield "classes", "Precision", {"top_k": k}, None, 0
        yield "classes", "Recall", {"top_k": k, "thresholds": 0.4}, None, 0
    for label in (0, 3):
        yield "classes", "Precision", {"class_id": label}, None, 0
        yield "classes", "Recall", {"class_id": label, "top_k": 2}, None, 0
        yield "classes", "PrecisionAtRecall", {"recall": 0.5, "class_id": label}, None, 0
    for kind in ("Hinge", "SquaredHinge"):
        near = (lambda y, p: sk.hinge_loss(y[:, 0], p[:, 0])) if kind == "Hinge" else None
        yield "sides", kind, {}, near, 1e-12
        yield "one", kind, {}, None, 0


def of_numbers() -> Iterator[tuple[str, str, dict[str, Any], Callable[[Any, Any], Any] | None, float]]:
    """Regressions."""
    for name in ("numbers", "flat", "amounts"):
        yield name, "MeanSquaredError", {}, sk.mean_squared_error, 1e-12
        yield name, "RootMeanSquaredError", {}, lambda y, p: sk.mean_squared_error(y, p) ** 0.5, 1e-12
        yield name, "MeanAbsoluteError", {}, sk.mean_absolute_error, 1e-12
        yield name, "CosineSimilarity", {}, None, 0
        yield name, "LogCoshError", {}, None, 0
        yield name, "R2Score", {}, sk.r2_score if name != "flat" else None, 1e-12
    yield "amounts", "MeanSquaredLogarithmicError", {}, sk.mean_squared_log_error, 1e-12
    yield "amounts", "MeanAbsolutePercentageError", {}, lambda y, p: 100 * sk.mean_absolute_percentage_error(y, p), 1e-12
    yield "amounts", "Poisson", {}, None, 0


def flat(function: Callable[..., Any], cut: float) -> Callable[[Any, Any], Any]:
    """Of all outputs at once, as yes and no."""
    return lambda y, p: function(y.ravel() > 0, p.ravel() > cut)


def above(function: Callable[..., Any], cut: float) -> Callable[[Any, Any], Any]:
    """Of outputs as yes and no, label by label."""
    return lambda y, p: function(y > 0, p > cut)


def by_class(function: Callable[..., Any]) -> Callable[[Any, Any], Any]:
    """Of the largest output."""
    return lambda y, p: function(y.argmax(1), p.argmax(1))


def zero(function: Callable[..., Any], **more: Any) -> Callable[[Any, Any], Any]:
    """0 where nothing is below the fraction."""
    return lambda y, p: function(y, p, zero_division=0, **more)


def beta(value: float) -> Callable[[Any, Any], Any]:
    """The F score of that beta."""
    return zero(sk.fbeta_score, beta=value)


def confusion(place: int) -> Callable[[Any, Any], Any]:
    """One of tn, fp, fn, tp."""
    return lambda y, p: sk.confusion_matrix(y, p, labels=[False, True]).ravel()[place]


def main() -> None:
    """Write the file."""
    use_float64()
    rows, told = data(), {}
    for name, kind, arguments, function, near in cases():
        y, p = rows[name]
        metric = getattr(keras.metrics, kind)(**arguments)
        for stretch in np.split(np.arange(len(y)), [1, 13]):
            if len(stretch):
                metric.update_state(y[stretch], p[stretch])
        words = " ".join(f"{key}={value}" for key, value in arguments.items())
        case: dict[str, Any] = {"data": name, "class": kind, "settings": arguments, "keras": float(metric.result())}
        if function is not None:
            case |= {"scikit_learn": float(function(y, p)), "near": near}
        assert told.setdefault(f"{kind} of {name} {words}".strip(), case) is case
    arrays = {f"{name}/{key}": value for name, pair in rows.items() for key, value in zip("yp", pair, strict=True)}
    np.savez_compressed(HERE / "metrics.npz", cases=np.array(json.dumps(told)), **arrays)


if __name__ == "__main__":
    main()
