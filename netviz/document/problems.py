"""What is wrong with an experiment before it is trained: one sentence each, where it belongs, and a fix where there is one.

A problem stops Run; what is merely unusual is none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import chain

import numpy as np

from netviz.datasets import Arrays, Data, DataProblem, Dataset, Preprocessing, Samples, prepare
from netviz.document.course import course
from netviz.document.edits import insert_layer, set_activation
from netviz.document.outputs import (
    is_binary,
    last_activation,
    output_layer,
    output_units,
    proposal,
    reaches,
    suggest_output,
)  # fmt: skip
from netviz.document.problem import Problem
from netviz.engine.activations import Softmax, activations
from netviz.engine.evaluation import check_fit
from netviz.engine.experiment import Experiment
from netviz.engine.layers import Dense, Flatten
from netviz.engine.losses import losses
from netviz.engine.network import NetworkProblem
from netviz.i18n import _

__all__ = ["Problem", "prepared", "problems"]


def problems(experiment: Experiment) -> tuple[Problem, ...]:
    """All that keeps an experiment from training well, the gravest first; empty when it can be trained."""
    try:
        data, samples = _loaded(experiment.dataset, experiment.preprocessing, experiment.seed, experiment.dtype)
    except DataProblem as problem:
        return (_data_problem(experiment, problem),)
    unfit = tuple(_shapes(experiment, samples))
    if unfit:
        return unfit
    checks = (_output(experiment, samples), _classes(experiment, data, samples), _class_weight(experiment, samples))
    return tuple(chain(*checks, course(experiment, samples)))


def prepared(experiment: Experiment) -> Samples:
    """An experiment's samples, which `problems` has made already; DataProblem when there are none."""
    return _loaded(experiment.dataset, experiment.preprocessing, experiment.seed, experiment.dtype)[1]


@lru_cache(maxsize=2)
def _loaded(dataset: Dataset, preprocessing: Preprocessing, seed: int, dtype: str) -> tuple[Data, Samples]:
    return dataset.load(), prepare(dataset, preprocessing, seed, dtype)


# ------------------------------------------------------------------------------------------------------------ data


def _data_problem(experiment: Experiment, problem: DataProblem) -> Problem:
    try:
        experiment.dataset.load()
    except DataProblem:
        return Problem(str(problem), field="dataset")
    usual = replace(experiment, preprocessing=replace(experiment.preprocessing, validation_split=0.2))
    try:
        usual.samples()
    except DataProblem:
        return Problem(str(problem), field="preprocessing.validation_split")
    return Problem(str(problem), None, "preprocessing.validation_split", usual, _("Set the split to 0.2"))


def _classes(experiment: Experiment, data: Data, samples: Samples) -> Iterator[Problem]:
    if samples.task != "classification" or samples.y.ndim != 1:
        return
    there, trained = np.unique(data.y), np.unique(samples.y)
    if len(there) == 1:
        sentence = _(
            "All rows are of the class {name}; there is nothing to tell apart. Use data with two classes or more."
        )
        yield Problem(sentence.format(name=_class(samples, int(there[0]))), field="dataset")
        return
    for label in np.setdiff1d(there, trained):
        sentence = _("The class {name} has no training rows, only validation rows; use a smaller validation split.")
        fix = replace(experiment, preprocessing=replace(experiment.preprocessing, split="stratified"))
        mended = len(np.unique(fix.samples().y)) == len(there)
        yield Problem(
            sentence.format(name=_class(samples, int(label))), None, "preprocessing.validation_split",
            fix if mended else None, _("Split each class in proportion") if mended else "",
        )  # fmt: skip


def _class(samples: Samples, label: int) -> str:
    return samples.classes[label] if label < len(samples.classes) else str(label)


def _class_weight(experiment: Experiment, samples: Samples) -> Iterator[Problem]:
    if not experiment.class_weight:
        return
    none = replace(experiment, class_weight=())
    one_hot = samples.y.ndim == 2 and is_binary(samples.y)
    if samples.y.ndim != 1 and not one_hot:
        sentence = _("Class weights are set, but the targets are numbers, not classes.")
        yield Problem(sentence, None, "class_weight", none, _("Remove the class weights"))
        return
    count = max(2, samples.y.shape[1]) if one_hot else max(len(samples.classes), int(samples.y.max(initial=0)) + 1)
    kept = tuple((label, weight) for label, weight in experiment.class_weight if label < count)
    for label, _weight in experiment.class_weight:
        if label >= count:
            sentence = _("There is a weight for class {label}, but the classes are numbered from 0 to {last}.")
            fix = replace(experiment, class_weight=kept)
            yield Problem(
                sentence.format(label=label, last=count - 1), None, "class_weight", fix, _("Remove that weight")
            )
            return
    weights = dict(kept)
    present = np.unique(samples.y) if samples.y.ndim == 1 else range(count)
    if not any(weights.get(int(label), 1.0) for label in present):
        sentence = _("Every class weighs 0, so nothing would be learnt; give at least one of them a weight.")
        yield Problem(sentence, None, "class_weight", none, _("Remove the class weights"))


# --------------------------------------------------------------------------------------------------------- network


def _shapes(experiment: Experiment, samples: Samples) -> Iterator[Problem]:
    """Layers that do not fit each other, their input or the number of targets."""
    suggested = suggest_output(experiment)
    if not experiment.layers:
        yield Problem(
            _("The network has no layers; add at least one."), None, "layers", suggested, _("Add an output layer")
        )
        return
    axes = len(samples.row_shape)
    if axes > 1 and isinstance(experiment.layers[0], Dense):
        sentence = _("Each row of the data has the shape {shape}; a Flatten layer must come before dense layers.")
        flat = insert_layer(experiment, 0, Flatten())
        yield Problem(sentence.format(shape=samples.row_shape), 0, None, flat, _("Put a Flatten layer in front"))
        return
    try:
        check_fit(experiment.network(samples), samples)
    except NetworkProblem as problem:
        fix = suggested if problem.layer == len(experiment.layers) - 1 and _builds(suggested, samples) else None
        title = _("Set the output's units to {n}").format(n=output_units(suggested.layers)) if fix else ""
        yield Problem(str(problem), problem.layer, None, fix, title)


def _builds(experiment: Experiment, samples: Samples) -> bool:
    try:
        check_fit(experiment.network(samples), samples)
    except NetworkProblem:
        return False
    return True


def _output(experiment: Experiment, samples: Samples) -> Iterator[Problem]:
    """A loss that fits neither the output nor the targets; the first that is found stands for all."""
    found = (
        _one_softmax(experiment)
        or _too_many(experiment, samples)
        or _loss_and_targets(experiment, samples)
        or _loss_and_output(experiment)
    )
    found = found or _out_of_reach(experiment, samples)
    if found is not None:
        yield found
    elif samples.y.ndim == 2 and not is_binary(samples.y):
        for metric in experiment.metrics:
            if metric.task == "classification":
                fix = suggest_output(experiment)
                sentence = _("{metric} counts right classes, but the targets are numbers.").format(metric=metric.name)
                yield Problem(sentence, None, "metrics", fix, _("Use {metric}").format(metric=fix.metrics[0].name))
                return


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
    name = losses.name(type(loss))
    if loss.targets == "numbers":
        return None
    if y.ndim == 1:
        if Softmax not in loss.outputs or output_units(experiment.layers) != 1:
            return None
        sentence = _("{loss} needs one output unit for each class, and there is one unit.")
    elif ((y < 0) | (y > 1)).any():
        sentence = _(
            "{loss} needs targets between 0 and 1, and these go from {low:.4g} to {high:.4g}; use a loss for numbers."
        )
    elif loss.targets == "labels":
        sentence = _("{loss} needs class numbers, and the targets are one-hot rows; use categorical_crossentropy.")
        return Problem(sentence.format(loss=name), None, "loss", *proposal(experiment))
    elif Softmax in loss.outputs and y.shape[-1] == 1:
        sentence = _("{loss} needs one output unit for each class, and there is one unit.")
    else:
        return None
    sentence = sentence.format(loss=name, low=float(y.min()), high=float(y.max()))
    return Problem(sentence, None, "loss", *proposal(experiment))


def _loss_and_output(experiment: Experiment) -> Problem | None:
    loss, last = experiment.loss, last_activation(experiment.layers)
    if not loss.outputs or last is None or isinstance(last, loss.outputs):
        return None
    wanted = loss.outputs[0]
    sentence = _("{loss} needs probabilities, and the output's activation is {found}; use {wanted}.")
    words = {"loss": losses.name(type(loss)), "found": activations.name(type(last))}
    fix, title = proposal(experiment)
    place = next(i for i in reversed(range(len(experiment.layers))) if hasattr(experiment.layers[i], "activation"))
    if wanted is not Softmax or output_units(experiment.layers) > 1:
        fix, title = set_activation(experiment, place, wanted()), _("Use {name}").format(name=activations.name(wanted))
    return Problem(sentence.format(**words, wanted=activations.name(wanted)), place, None, fix, title)


def _out_of_reach(experiment: Experiment, samples: Samples) -> Problem | None:
    last = last_activation(experiment.layers)
    if samples.y.ndim == 1 or last is None or reaches(last, samples.y):
        return None
    sentence = _("The output's {name} cannot reach the targets, which go from {low:.4g} to {high:.4g}; use linear.")
    words = {"name": activations.name(type(last)), "low": float(samples.y.min()), "high": float(samples.y.max())}
    return Problem(sentence.format(**words), output_layer(experiment.layers), None, *proposal(experiment))
