"""From what `compile` is given as metrics to the engine's metrics, with the names and choices that Keras would make."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from netviz.arrays import Shape
from netviz.engine import activations as engine_activations
from netviz.engine import losses as engine_losses
from netviz.engine import metrics as engine
from netviz.i18n import _
from netviz.keras import metrics
from netviz.keras.arguments import Unsupported
from netviz.keras.losses import Loss
from netviz.keras.metrics import FUNCTIONS, Metric


def chosen(given: Any, loss: Loss, output_shape: Shape, labels: bool) -> tuple[Metric, ...]:
    """The metrics of `compile`, for outputs of that shape. labels: whether the targets are classes.

    Of several with one name all but the first are numbered, and equal ones share a column of the engine's.
    """
    found = [_of_each(_one(item, loss, output_shape, labels), output_shape) for item in given]
    for metric in found:
        sentence = next(filter(None, (value.unfit(output_shape) for value in metric.values)), "")
        if sentence:
            raise ValueError(sentence)
    values = distinct(found)
    columns = dict(zip(values, engine.metric_names(values), strict=True))
    counts: dict[str, int] = {}
    named = []
    for metric in found:
        number = counts[metric.name] = counts.get(metric.name, -1) + 1
        name = f"{metric.name}_{number}" if number else metric.name
        named.append(replace(metric, name=name, columns=tuple(columns[value] for value in metric.values)))
    return tuple(named)


def distinct(found: Any) -> tuple[engine.Metric, ...]:
    """The engine's metrics behind those of a model, each once."""
    return tuple(dict.fromkeys(value for metric in found for value in metric.values))


def check(given: Any) -> list[Any]:
    """The list of metrics that `compile` was given; ValueError for what is none."""
    items = [] if given is None else list(given) if isinstance(given, (list, tuple)) else [given]
    for item in items:
        if isinstance(item, str):
            engine.metrics[_short(item)]
        elif not isinstance(item, Metric) and item not in FUNCTIONS:
            sentence = _("A metric is a name or one of netviz.keras.metrics, not {found}.")
            raise ValueError(sentence.format(found=repr(item)[:80]))
    return items


def _short(name: str) -> str:
    return name.lower() if name.isupper() else name


def _one(item: Any, loss: Loss, output_shape: Shape, labels: bool) -> Metric:
    name = item if isinstance(item, str) else getattr(item, "__name__", "")
    if isinstance(item, Metric):
        metric = item
    elif name.lower() in ("accuracy", "acc"):
        metric = Metric((_accuracy(loss, output_shape, labels),), name)
    else:
        kind = engine.metrics[_short(name)]
        make = getattr(metrics, kind.__name__, None)
        try:
            metric = replace(make() if make else Metric((kind(),), name), name=name)
        except TypeError:  # Keras has no such string either
            sentence = _("{name} needs settings; use netviz.keras.metrics.{kind}.")
            raise ValueError(sentence.format(name=name, kind=kind.__name__)) from None
    return replace(metric, values=tuple(_on_logits(_alarmed(value, output_shape), loss) for value in metric.values))


def _of_each(metric: Metric, output_shape: Shape) -> Metric:
    """F scores without an average are an array, a number for each class."""
    if not metric.each or output_shape[-1] == 1:
        return metric
    every = (replace(metric.values[0], class_id=number) for number in range(output_shape[-1]))  # type: ignore[call-arg]
    return replace(metric, values=tuple(every))


def _accuracy(loss: Loss, output_shape: Shape, labels: bool) -> engine.Metric:
    """Keras' choice: with one output the threshold 0.5 and equality, else the largest output.

    The engine's own accuracy is the same number wherever the targets are classes.
    """
    single = output_shape[-1:] == (1,)
    sided = isinstance(loss.value, (engine_losses.BinaryCrossentropy, engine_losses.BinaryFocalCrossentropy))
    return engine.BinaryAccuracy() if single and not (labels and sided and loss.logits is None) else engine.Accuracy()


def _alarmed(value: engine.Metric, output_shape: Shape) -> engine.Metric:
    """Keras' F scores without a threshold take the largest output, even where it is the only one."""
    if isinstance(value, engine.FBetaScore) and value.threshold is None and output_shape[-1:] == (1,):
        return replace(value, threshold=1e-9)
    return value


_RANKED = (engine.Accuracy, engine.CategoricalAccuracy, engine.TopKCategoricalAccuracy)


def _on_logits(value: engine.Metric, loss: Loss) -> engine.Metric:
    """The metric of probabilities that equals Keras' metric of logits."""
    if loss.logits is None or isinstance(value, _RANKED):
        return value
    open_share = isinstance(value, (engine.Precision, engine.Recall)) and value.threshold is None
    if open_share and getattr(value, "top_k", None) is not None:
        return value
    if isinstance(loss.logits, engine_activations.Sigmoid):
        if isinstance(value, engine.AUC) and value.from_logits:
            return replace(value, from_logits=False)
        threshold = 0.5 if open_share else getattr(value, "threshold", None)
        if threshold is not None:  # z > t where sigmoid(z) > sigmoid(t)
            return replace(value, threshold=1 / (1 + math.exp(-threshold)))  # type: ignore[call-arg]
    raise Unsupported(_("{name} is not supported together with from_logits=True.").format(name=value.name))
