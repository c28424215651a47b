"""Metrics under Keras' names: those that the engine has. Source: https://keras.io/api/metrics

A model keeps each metric's name as it was given, as Keras does: "acc" stays "acc" in the history.
"""

# ruff: noqa: N802 (Keras' own names)
from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from netviz.arrays import Shape
from netviz.engine import activations as engine_activations
from netviz.engine import losses as engine_losses
from netviz.engine import metrics as engine
from netviz.i18n import _
from netviz.keras.arguments import Unsupported, refuse
from netviz.keras.losses import Loss

_NEUTRAL = {"dtype": None, "class_aggregation": "uniform_average", "num_regressors": 0}


@dataclass(frozen=True)
class Metric:
    """An engine's metric under the name that a history shall have for it."""

    value: engine.Metric
    name: str


def _metric(value: engine.Metric, name: str | None, more: dict[str, Any]) -> Metric:
    refuse(type(value).__name__, more, _NEUTRAL)
    return Metric(value, name or value.name)


def BinaryAccuracy(name: str | None = None, dtype: Any = None, threshold: float = 0.5) -> Metric:
    """Share of outputs on the right side of the threshold."""
    return _metric(engine.BinaryAccuracy(threshold), name, {"dtype": dtype})


def CategoricalAccuracy(name: str | None = None, **more: Any) -> Metric:
    """Share of rows whose largest output is that of their class, for one-hot rows."""
    return _metric(engine.CategoricalAccuracy(), name, more)


def SparseCategoricalAccuracy(name: str | None = None, **more: Any) -> Metric:
    """The same for class numbers."""
    return _metric(engine.SparseCategoricalAccuracy(), name, more)


def MeanAbsoluteError(name: str | None = None, **more: Any) -> Metric:
    """(1/n)·Σ |p − y|."""
    return _metric(engine.MeanAbsoluteError(), name, more)


def R2Score(name: str | None = None, **more: Any) -> Metric:
    """1 − Σ(y − p)²/Σ(y − ȳ)², averaged over the outputs."""
    return _metric(engine.R2Score(), name, more)


def chosen(given: Any, loss: Loss, output_shape: Shape, labels: bool) -> tuple[Metric, ...]:
    """The metrics of `compile`, for outputs of that shape. labels: whether the targets are classes."""
    found = [_one(item, loss, output_shape, labels) for item in given]
    kept: dict[str, engine.Metric] = {}
    names: set[str] = set()
    for metric in found:
        if metric.name in names:
            raise ValueError(_("Two metrics have the name {name}.").format(name=metric.name))
        names.add(metric.name)
        if kept.setdefault(metric.value.name, metric.value) != metric.value:
            sentence = _("Two different metrics of the kind {name} in one model are not supported.")
            raise Unsupported(sentence.format(name=metric.value.name))
    return tuple(found)


def check(given: Any) -> list[Any]:
    """The list of metrics that `compile` was given; ValueError for what is none."""
    items = [] if given is None else list(given) if isinstance(given, (list, tuple)) else [given]
    for item in items:
        if isinstance(item, str):
            engine.metrics[_short(item)]
        elif not isinstance(item, Metric):
            sentence = _("A metric is a name or one of netviz.keras.metrics, not {found}.")
            raise ValueError(sentence.format(found=repr(item)[:80]))
    return items


def _short(name: str) -> str:
    return name.lower() if name.isupper() else name


def _one(item: Any, loss: Loss, output_shape: Shape, labels: bool) -> Metric:
    if isinstance(item, Metric):
        return Metric(_on_logits(item.value, loss), item.name)
    if item.lower() in ("accuracy", "acc"):
        return Metric(_on_logits(_accuracy(loss, output_shape, labels), loss), item)
    return Metric(_on_logits(engine.metrics[_short(item)](), loss), item)


def _accuracy(loss: Loss, output_shape: Shape, labels: bool) -> engine.Metric:
    """Keras' choice: with one output the threshold 0.5 and equality, else the largest output.

    The engine's own accuracy is the same number wherever the targets are classes.
    """
    single = output_shape[-1:] == (1,)
    classes = labels and isinstance(loss.value, engine_losses.BinaryCrossentropy) and loss.logits is None
    return engine.BinaryAccuracy() if single and not classes else engine.Accuracy()


def _on_logits(value: engine.Metric, loss: Loss) -> engine.Metric:
    """The metric of probabilities that equals Keras' metric of logits."""
    if loss.logits is None or isinstance(value, (engine.Accuracy, engine.CategoricalAccuracy)):
        return value
    if isinstance(value, engine.BinaryAccuracy) and isinstance(loss.logits, engine_activations.Sigmoid):
        return engine.BinaryAccuracy(1 / (1 + math.exp(-value.threshold)))  # z > t where sigmoid(z) > sigmoid(t)
    raise Unsupported(_("{name} is not supported together with from_logits=True.").format(name=value.name))
