"""What an output must be for its data: how many units, which activation, which loss, and which metrics tell something.

Proposed where the data changes, never forced.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from netviz.datasets import Data, DataProblem, prepare
from netviz.engine.activations import Activation, Linear, Sigmoid, Softmax, activations
from netviz.engine.experiment import Experiment
from netviz.engine.layers import Activation as ActivationLayer
from netviz.engine.layers import Dense, Flatten, Layer
from netviz.engine.losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    CosineSimilarity,
    KLDivergence,
    Loss,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
    losses,
)
from netviz.engine.metrics import Accuracy, Metric, Precision, R2Score, Recall, metric_names
from netviz.i18n import _


def suggest_output(experiment: Experiment) -> Experiment:
    """Output units, last activation, loss, metrics and what is watched, each changed only where it does not fit the data.

    Data that cannot be loaded leaves all as it is.
    """
    try:
        data = experiment.dataset.load()
        y = prepare(experiment.dataset, experiment.preprocessing, experiment.seed, experiment.dtype).y
    except DataProblem:
        return experiment
    experiment = _flattened(experiment, data)
    units, activation, loss = _fitting(experiment, data, y)
    suggested = replace(experiment, layers=_ending(experiment.layers, units, activation), loss=loss)
    return _watching(replace(suggested, metrics=_metrics(experiment, loss)))


def _flattened(experiment: Experiment, data: Data) -> Experiment:
    """A Flatten in front where rows have several axes, and none where they have one."""
    layers = experiment.layers
    flat = bool(layers) and isinstance(layers[0], Flatten)
    if len(data.row_shape) > 1 and layers and isinstance(layers[0], Dense):
        return replace(experiment, layers=(Flatten(), *layers))
    if len(data.row_shape) == 1 and flat and len(layers) > 1:
        return replace(experiment, layers=layers[1:])
    return experiment


def _fitting(experiment: Experiment, data: Data, y: Any) -> tuple[int, Activation, Loss]:
    """(output units, last activation, loss): those there are where they fit the targets, else the usual ones."""
    last = last_activation(experiment.layers)
    units, loss = output_units(experiment.layers), experiment.loss
    if data.task == "classification":
        return _for_classes(max(len(data.classes), int(data.y.max(initial=0)) + 1), units, last, loss)
    width = y.shape[-1]
    kept = last if last is not None and takes(loss, last) else usual_output(loss)
    suits = not unsuited(loss, y) and loss.unfit((width,)) == ""
    if not is_binary(y):
        if suits and (loss.task == "classification" or last is not None and takes(loss, last) and reaches(last, y)):
            return width, kept, loss
        return width, usual_output(loss if suits else MeanSquaredError()), loss if suits else MeanSquaredError()
    one_hot = width > 1 and bool((y.sum(-1) == 1).all())
    if suits and loss.task == "classification" and loss.exclusive == one_hot:
        return width, kept, loss
    return (width, Softmax(), CategoricalCrossentropy()) if one_hot else (width, Sigmoid(), BinaryCrossentropy())


def _for_classes(classes: int, units: int, last: Activation | None, loss: Loss) -> tuple[int, Activation, Loss]:
    """The output for rows that are of one class each."""
    told = loss.task == "classification"
    kept = last if last is not None and takes(loss, last) else None
    if told and loss.exclusive and units == classes > 1 and kept is not None and not loss.unfit((units,)):
        return units, kept, loss
    if classes <= 2:
        return (1, kept or usual_output(loss), loss) if told and not loss.exclusive else (1, Sigmoid(), BinaryCrossentropy())
    if told and loss.exclusive and not loss.unfit((classes,)):
        return classes, kept or usual_output(loss), loss
    return classes, Softmax(), SparseCategoricalCrossentropy()


def takes(loss: Loss, last: Activation) -> bool:
    """Whether a last activation is one that the loss wants: hinge losses want outputs on both sides of 0."""
    if loss.targets == "sides" and _BOUNDS.get(type(last).__name__, (-1, 1))[0] >= 0:
        return False
    return not loss.outputs or isinstance(last, loss.outputs)


def usual_output(loss: Loss) -> Activation:
    """The last activation that a loss usually has."""
    return loss.outputs[0]() if loss.outputs else Linear()


def unsuited(loss: Loss, y: Any) -> str:
    """Why targets (rows, outputs) are none for a loss, as a sentence; empty where they are."""
    low, high = float(y.min(initial=0)), float(y.max(initial=0))
    if loss.targets == "amounts" and (y < 0).any():
        sentence = _("{loss} needs targets of 0 or more, and these go from {low:.4g} to {high:.4g}; use a loss for numbers.")
    elif loss.targets == "sides" and not is_binary(y) and not bool((np.abs(y) == 1).all()):
        sentence = _("{loss} needs targets that are −1 and 1, or 0 and 1; use a loss for numbers.")
    elif loss.task == "classification" and loss.targets != "sides" and ((y < 0) | (y > 1)).any():
        sentence = _(
            "{loss} needs targets between 0 and 1, and these go from {low:.4g} to {high:.4g}; use a loss for numbers."
        )
    elif loss.targets == "labels":
        sentence = _("{loss} needs class numbers, and the targets are one-hot rows; use categorical_crossentropy.")
    elif loss.exclusive and y.shape[-1] == 1:
        sentence = _("{loss} needs one output unit for each class, and there is one unit.")
    elif isinstance(loss, KLDivergence) and bool((np.abs(y.sum(-1) - 1) > 1e-3).any()):
        sentence = _("{loss} compares distributions, but the targets of a row do not add up to 1; use binary_crossentropy.")
    elif isinstance(loss, MeanAbsolutePercentageError) and (y == 0).any():
        sentence = _("{loss} divides by the targets, and {n:,} of them are 0; use mean_absolute_error.")
    elif isinstance(loss, CosineSimilarity) and y.shape[-1] == 1:
        sentence = _("{loss} compares directions, and one output has none but its sign; use a loss for numbers.")
    else:
        return ""
    return sentence.format(loss=losses.name(type(loss)), low=low, high=high, n=int((y == 0).sum()))


def is_binary(y: Any) -> bool:
    """Whether all targets are 0 or 1."""
    return bool(((y == 0) | (y == 1)).all())


def reaches(activation: Activation, y: Any) -> bool:
    """Whether an output of that kind can come near most of the targets."""
    low, high = _BOUNDS.get(type(activation).__name__, (-np.inf, np.inf))
    return bool(np.mean((y < low) | (y > high)) <= 0.5)


_BOUNDS = {"Sigmoid": (0, 1), "Softmax": (0, 1), "Tanh": (-1, 1), "Relu": (0, np.inf), "Softplus": (0, np.inf)}


def last_activation(layers: tuple[Layer, ...]) -> Activation | None:
    """What the output went through last; None where no layer says."""
    for layer in reversed(layers):
        if isinstance(layer, (Dense, ActivationLayer)):
            return layer.activation
    return None


def output_layer(layers: tuple[Layer, ...]) -> int | None:
    """The index of the layer that has the output's units."""
    return next((place for place in reversed(range(len(layers))) if isinstance(layers[place], Dense)), None)


def output_units(layers: tuple[Layer, ...]) -> int:
    """How many units the output has; 0 where no layer says."""
    return next((layer.units for layer in reversed(layers) if isinstance(layer, Dense)), 0)


def _ending(layers: tuple[Layer, ...], units: int, activation: Activation) -> tuple[Layer, ...]:
    """Layers that end in a Dense of that size and activation."""
    place = output_layer(layers)
    if place is None:
        return (*layers, Dense(units, activation))
    last = layers[place]
    if output_units(layers) == units and last_activation(layers) == activation:
        return layers
    return (*layers[:place], replace(last, units=units, activation=activation))  # type: ignore[call-arg]


def _metrics(experiment: Experiment, loss: Loss) -> tuple[Metric, ...]:
    """The metrics that tell something about such a loss; the usual one where none would be left."""
    if not experiment.metrics:
        return ()
    kept = tuple(metric for metric in experiment.metrics if metric.task == loss.task)
    usual: Metric = R2Score() if loss.task == "regression" else Accuracy()
    return tuple(deciding(metric, loss) for metric in kept or (usual,))


def deciding(metric: Metric, loss: Loss) -> Metric:
    """The metric with the threshold at which such outputs change sides: 0 under hinge losses, where it is 0.5."""
    middle = getattr(metric, "threshold", None) == 0.5
    open_middle = isinstance(metric, (Precision, Recall)) and metric.threshold is None and metric.top_k is None
    if loss.targets != "sides" or not (middle or open_middle):
        return metric
    return replace(metric, threshold=0.0)  # type: ignore[call-arg]


def _watching(experiment: Experiment) -> Experiment:
    """Early stopping that watches something that is there."""
    stopping = experiment.stopping
    if stopping is None or stopping.monitor.removeprefix("val_").removeprefix("ema_") in watchable(experiment):
        return experiment
    usual = "val_loss" if stopping.monitor.startswith("val_") else "loss"
    return replace(experiment, stopping=replace(stopping, monitor=usual, mode="auto"))


def watchable(experiment: Experiment) -> tuple[str, ...]:
    """The columns of an epoch that can be watched, without the `val_` of validation."""
    return ("loss", *metric_names(experiment.metrics))


def proposal(experiment: Experiment) -> tuple[Experiment | None, str]:
    """What would fit, and a title for the button that takes it; (None, "") where nothing else is known to fit."""
    fix = suggest_output(experiment)
    activation = last_activation(fix.layers)
    if fix == experiment or activation is None:
        return None, ""
    title = _("Use {loss} with {n} {activation} output")
    names = {"loss": losses.name(type(fix.loss)), "activation": activations.name(type(activation))}
    return fix, title.format(n=output_units(fix.layers), **names)
