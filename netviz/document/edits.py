"""Edits: functions from one experiment to the next. None of them changes a thing; undo is the value before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np

from netviz.datasets import DataProblem, Dataset, Samples
from netviz.document.outputs import suggest_output
from netviz.engine.activations import Activation
from netviz.engine.experiment import ClassWeight, Experiment
from netviz.engine.layers import Activation as ActivationLayer
from netviz.engine.layers import Bidirectional, Dropout, Layer
from netviz.engine.regularizers import L1, L1L2, L2, Regularizer

__all__ = [
    "balanced", "class_counts", "dropout_of", "insert_layer", "penalty_name", "remove_layer", "replace_layer", "resize",
    "set_activation", "set_dropout", "set_field", "set_regularization", "size_name", "size_of",
    "suggest_output", "with_dataset", "with_size",
]  # fmt: skip

Place = Sequence[str | int]

# ---------------------------------------------------------------------------------------------------------- layers


def insert_layer(experiment: Experiment, place: int, layer: Layer) -> Experiment:
    """The layer at index `place`, those from there on one further."""
    layers = experiment.layers
    surgery = tuple(replace(s, layer=s.layer + 1) if s.layer >= place else s for s in experiment.surgery)
    return replace(experiment, layers=(*layers[:place], layer, *layers[place:]), surgery=surgery)


def remove_layer(experiment: Experiment, place: int) -> Experiment:
    """Without the layer at index `place`, and without what was done to it by hand."""
    layers = experiment.layers
    others = [s for s in experiment.surgery if s.layer != place]
    surgery = tuple(replace(s, layer=s.layer - 1) if s.layer > place else s for s in others)
    return replace(experiment, layers=(*layers[:place], *layers[place + 1 :]), surgery=surgery)


def replace_layer(experiment: Experiment, place: int, layer: Layer) -> Experiment:
    """Another layer at index `place`."""
    layers = experiment.layers
    return replace(experiment, layers=(*layers[:place], layer, *layers[place + 1 :]))


def _sized(layer: Layer) -> Layer:
    """The layer that has the size: itself, or the one that is run both ways."""
    return layer.layer if isinstance(layer, Bidirectional) else layer


def size_name(layer: Layer) -> str | None:
    """The setting that says how large a layer's answer is, `units` or `filters`; None where it has none."""
    inner = _sized(layer)
    return next((name for name in ("units", "filters") if _has(inner, name)), None)


def size_of(layer: Layer) -> int | None:
    """A layer's number of units or filters, None where it has none."""
    name = size_name(layer)
    found = None if name is None else getattr(_sized(layer), name)
    return found if isinstance(found, int) else None


def with_size(layer: Layer, size: int) -> Layer:
    """The layer with that many units or filters; unchanged where it has none. InvalidValue for no such number."""
    name = size_name(layer)
    if name is None:
        return layer
    if isinstance(layer, Bidirectional):
        return replace(layer, layer=replace(layer.layer, units=size))
    return replace(layer, **{name: size})  # type: ignore[arg-type]


def resize(experiment: Experiment, place: int, size: int) -> Experiment:
    """The layer at index `place` with that many units or filters; unchanged where it has none. InvalidValue for no such
    number."""
    layer = experiment.layers[place]
    found = with_size(layer, size)
    return experiment if found is layer else replace_layer(experiment, place, found)


def set_activation(experiment: Experiment, place: int, activation: Activation) -> Experiment:
    """The layer at index `place` with that activation; one that has none of its own gets a layer for it behind it."""
    layer = experiment.layers[place]
    if _has(layer, "activation"):
        return replace_layer(experiment, place, replace(layer, activation=activation))  # type: ignore[call-arg]
    return insert_layer(experiment, place + 1, ActivationLayer(activation))


def set_dropout(experiment: Experiment, place: int, rate: float) -> Experiment:
    """Dropout of that rate behind the layer at index `place` and its activation; 0 takes it away."""
    layers = experiment.layers
    behind = place + 1
    while behind < len(layers) and isinstance(layers[behind], ActivationLayer):
        behind += 1
    found = behind < len(layers) and isinstance(layers[behind], Dropout)
    if found and rate:
        return replace_layer(experiment, behind, replace(layers[behind], rate=rate))  # type: ignore[call-arg]
    if found:
        return remove_layer(experiment, behind)
    return insert_layer(experiment, behind, Dropout(rate)) if rate else experiment


def dropout_of(experiment: Experiment, place: int) -> float:
    """The rate of the dropout behind the layer at index `place`, 0 where there is none."""
    for layer in experiment.layers[place + 1 :]:
        if isinstance(layer, Dropout):
            return layer.rate
        if not isinstance(layer, ActivationLayer):
            break
    return 0.0


def set_regularization(experiment: Experiment, l1: float, l2: float) -> Experiment:
    """Penalties of that strength on the kernels of all layers; 0 and 0 take them away."""
    found = [(layer, penalty_name(layer)) for layer in experiment.layers]
    penalty: Any = _regularizer(l1, l2)
    layers = tuple(layer if name is None else replace(layer, **{name: penalty}) for layer, name in found)
    return replace(experiment, layers=layers)


def penalty_name(layer: Layer) -> str | None:
    """The setting that penalizes a layer's kernel; None where it has none."""
    return next((name for name in ("kernel_regularizer", "depthwise_regularizer") if _has(layer, name)), None)


def _regularizer(l1: float, l2: float) -> Regularizer | None:
    if l1 and l2:
        return L1L2(l1, l2)
    return L1(l1) if l1 else L2(l2) if l2 else None


def _has(value: Any, name: str) -> bool:
    return any(field.name == name for field in fields(value))


def set_field(value: Any, place: Place, found: Any) -> Any:
    """The value with one field changed, however deep: `set_field(e, ("layers", 2, "units"), 8)`."""
    if not place:
        return found
    first, *rest = place
    if isinstance(first, int):
        return (*value[:first], set_field(value[first], rest, found), *value[first + 1 :])
    return replace(value, **{first: set_field(getattr(value, first), rest, found)})


# ------------------------------------------------------------------------------------------------------------ data


def class_counts(samples: Samples) -> tuple[int, ...]:
    """How many training rows each class has, n_c; () where the targets are no classes."""
    y = samples.y
    if samples.task != "classification":
        return ()
    labels = y if y.ndim == 1 else np.rint(y[:, 0]) if y.shape[1] == 1 else y.argmax(1)
    counts = np.bincount(labels.astype(np.int64), minlength=len(samples.classes))
    return tuple(counts.tolist())


def balanced(samples: Samples) -> tuple[ClassWeight, ...]:
    """Weights with which every class counts the same: n / (k·n_c), n training rows in k classes that have any.

    Source: scikit-learn's class_weight="balanced".
    """
    counts = class_counts(samples)
    n, k = sum(counts), sum(map(bool, counts))
    return tuple((label, n / (k * count)) for label, count in enumerate(counts) if count)


def with_dataset(experiment: Experiment, dataset: Dataset) -> Experiment:
    """Other data; where it asks for another kind of output, what fits is proposed with it."""
    changed = replace(experiment, dataset=dataset)
    before, after = _kind(experiment.dataset), _kind(dataset)
    if after is None or before == after:
        return changed
    scaled = replace(changed.preprocessing, standardize_targets=after[0] == "regression" and dataset.table)
    return suggest_output(replace(changed, preprocessing=scaled, class_weight=()))


def _kind(dataset: Dataset) -> tuple[object, ...] | None:
    """What a network's two ends depend on; None where the data cannot be loaded."""
    try:
        data = dataset.load()
    except DataProblem:
        return None
    return data.task, len(data.row_shape), len(data.classes), data.y.shape[1:]
