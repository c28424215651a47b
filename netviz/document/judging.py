"""What is wrong between data, output, loss and metrics: each fits the others, or one sentence says why not and what would."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from netviz.datasets import Arrays, Samples
from netviz.document.edits import set_activation
from netviz.document.outputs import (
    deciding,
    is_binary,
    last_activation,
    output_layer,
    output_units,
    proposal,
    reaches,
    suggest_output,
    takes,
    unsuited,
    usual_output,
)
from netviz.document.problem import Problem
from netviz.engine.activations import Softmax, activations
from netviz.engine.experiment import Experiment
from netviz.engine.losses import MeanAbsoluteError, MeanAbsolutePercentageError, losses
from netviz.i18n import _


def judging(experiment: Experiment, samples: Samples) -> Iterator[Problem]:
    """A loss that fits neither the output nor the targets, else a metric; the first that is found stands for all."""
    found = (
        _one_softmax(experiment)
        or _too_many(experiment, samples)
        or _loss_and_targets(experiment, samples)
        or _loss_and_output(experiment)
        or _out_of_reach(experiment, samples)
        or _metric_and_targets(experiment, samples)
        or _metric_and_loss(experiment)
        or _metric_and_output(experiment)
    )
    if found is not None:
        yield found


def _one_softmax(experiment: Experiment) -> Problem | None:
    if output_units(experiment.layers) != 1 or not isinstance(last_activation(experiment.layers), Softmax):
        return None
    sentence = _(
        "A softmax of one unit is always 1, so nothing can be learnt; use sigmoid, or one unit for each class."
    )
    return Problem(sentence, output_layer(experiment.layers), None, *proposal(experiment))


def _too_many(experiment: Experiment, samples: Samples) -> Problem | None:
    units, classes = output_units(experiment.layers), len(samples.classes)
    if samples.y.ndim != 1 or isinstance(experiment.dataset, Arrays) or units <= max(1, classes):
        return None  # arrays that are handed over may lack classes that there are
    sentence = _("The output has {n} units for {classes} classes; set the last layer's units to {classes}.")
    place = output_layer(experiment.layers)
    return Problem(sentence.format(n=units, classes=classes), place, None, *proposal(experiment))


def _loss_and_targets(experiment: Experiment, samples: Samples) -> Problem | None:
    loss, y = experiment.loss, samples.y
    if y.ndim == 1:
        return _loss_and_classes(experiment)
    sentence = unsuited(loss, y)
    if not sentence:
        return None
    if loss.targets == "amounts" and experiment.preprocessing.standardize_targets:
        sentence = _("{loss} needs targets of 0 or more; standardized targets lie around 0.")
        fix = replace(experiment, preprocessing=replace(experiment.preprocessing, standardize_targets=False))
        title = _("Leave y as it is")
        return Problem(sentence.format(loss=losses.name(type(loss))), None, "loss", fix, title)
    if isinstance(loss, MeanAbsolutePercentageError):
        title = _("Use {name}").format(name=losses.name(MeanAbsoluteError))
        return Problem(sentence, None, "loss", replace(experiment, loss=MeanAbsoluteError()), title)
    return Problem(sentence, None, "loss", *proposal(experiment))


def _loss_and_classes(experiment: Experiment) -> Problem | None:
    """Targets that are the numbers of classes, compared as 0 and 1."""
    loss = experiment.loss
    if isinstance(loss, MeanAbsolutePercentageError):
        sentence = _("{loss} divides by the targets, and classes are compared as 0 and 1; use another loss.")
    elif loss.exclusive and output_units(experiment.layers) == 1:
        sentence = _("{loss} needs one output unit for each class, and there is one unit.")
    else:
        return None
    return Problem(sentence.format(loss=losses.name(type(loss))), None, "loss", *proposal(experiment))


def _loss_and_output(experiment: Experiment) -> Problem | None:
    loss, last = experiment.loss, last_activation(experiment.layers)
    if last is None or takes(loss, last):
        return None
    wanted = usual_output(loss)
    if loss.targets == "sides":
        sentence = _("{loss} needs outputs on both sides of 0, and the output's activation is {found}; use {wanted}.")
    elif loss.targets == "amounts":
        sentence = _("{loss} needs outputs of 0 or more, and the output's activation is {found}; use {wanted}.")
    else:
        sentence = _("{loss} needs probabilities, and the output's activation is {found}; use {wanted}.")
    name = activations.name(type(wanted))
    sentence = sentence.format(loss=losses.name(type(loss)), found=activations.name(type(last)), wanted=name)
    fix, title = proposal(experiment)
    place = next(i for i in reversed(range(len(experiment.layers))) if hasattr(experiment.layers[i], "activation"))
    if not isinstance(wanted, Softmax) or output_units(experiment.layers) > 1:
        fix, title = set_activation(experiment, place, wanted), _("Use {name}").format(name=name)
    return Problem(sentence, place, None, fix, title)


def _out_of_reach(experiment: Experiment, samples: Samples) -> Problem | None:
    last = last_activation(experiment.layers)
    if samples.y.ndim == 1 or last is None or reaches(last, samples.y):
        return None
    sentence = _("The output's {name} cannot reach the targets, which go from {low:.4g} to {high:.4g}; use linear.")
    words = {"name": activations.name(type(last)), "low": float(samples.y.min()), "high": float(samples.y.max())}
    return Problem(sentence.format(**words), output_layer(experiment.layers), None, *proposal(experiment))


def _metric_and_targets(experiment: Experiment, samples: Samples) -> Problem | None:
    if samples.y.ndim == 1 or is_binary(samples.y) or experiment.loss.task == "classification":
        return None
    for metric in experiment.metrics:
        if metric.task == "classification":
            fix = suggest_output(experiment)
            sentence = _("{metric} counts right classes, but the targets are numbers.").format(metric=metric.name)
            return Problem(sentence, None, "metrics", fix, _("Use {metric}").format(metric=fix.metrics[0].name))
    return None


def _metric_and_loss(experiment: Experiment) -> Problem | None:
    """Metrics that decide at 0.5 about outputs that change sides at 0."""
    decided = tuple(deciding(metric, experiment.loss) for metric in experiment.metrics)
    for metric, wanted in zip(experiment.metrics, decided, strict=True):
        if metric != wanted:
            sentence = _("{metric} decides at 0.5, but under {loss} outputs change sides at 0.")
            words = {"metric": metric.name, "loss": losses.name(type(experiment.loss))}
            return Problem(
                sentence.format(**words), None, "metrics", replace(experiment, metrics=decided), _("Decide at 0")
            )
    return None


def _metric_and_output(experiment: Experiment) -> Problem | None:
    units = output_units(experiment.layers)
    kept = tuple(metric for metric in experiment.metrics if not units or not metric.unfit((units,)))
    for metric in experiment.metrics:
        if metric not in kept:
            fix = replace(experiment, metrics=kept)
            return Problem(metric.unfit((units,)), None, "metrics", fix, _("Remove {metric}").format(metric=metric.name))
    return None
