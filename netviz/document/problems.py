"""What is wrong with an experiment before it is trained: one sentence each, where it belongs, and a fix where there is one.

A problem stops Run; what is merely unusual is none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import chain

import numpy as np

from netviz.datasets import Data, DataProblem, Dataset, Preprocessing, Samples, prepare
from netviz.document.course import course
from netviz.document.edits import insert_layer
from netviz.document.judging import judging
from netviz.document.operations import fitting
from netviz.document.outputs import is_binary, output_layer, output_units, suggest_output
from netviz.document.problem import Problem
from netviz.document.sequences import fits, helps, token_problems, ways_out
from netviz.engine.evaluation import check_fit
from netviz.engine.experiment import Experiment
from netviz.engine.layers import Dense, Flatten, Reshape
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
    found = (token_problems(experiment, samples), judging(experiment, samples), _classes(experiment, data, samples))
    return tuple(chain(*found, _class_weight(experiment, samples), course(experiment, samples)))


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
    if not experiment.layers:
        sentence, suggested = _("The network has no layers; add at least one."), suggest_output(experiment)
        yield Problem(sentence, None, "layers", suggested, _("Add an output layer"))
        return
    axes = len(samples.row_shape)
    if axes > 1 and isinstance(experiment.layers[0], Dense) and not fits(experiment, samples):
        sentence = _("Each row of the data has the shape {shape}; a Flatten layer must come before dense layers.")
        flat = insert_layer(experiment, 0, Flatten())
        yield Problem(sentence.format(shape=samples.row_shape), 0, None, flat, _("Put a Flatten layer in front"))
        return
    try:
        check_fit(experiment.network(samples), samples)
    except NetworkProblem as problem:
        if str(problem) == experiment.loss.unfit((output_units(experiment.layers),)):
            usual = replace(experiment, loss=type(experiment.loss)())
            yield Problem(str(problem), None, "loss", usual, _("Use the loss as it usually is"))
            return
        yield Problem(str(problem), problem.layer, None, *_way_out(experiment, problem, samples))


def _way_out(experiment: Experiment, problem: NetworkProblem, samples: Samples) -> tuple[Experiment | None, str]:
    """What mends a layer that does not fit, and a title for the button that does it; (None, "") where nothing is known."""
    if (fix := _without_unfit(experiment, samples)) is not None:
        return fix, _("Take out the weights that do not fit any more")
    for fix, title in ways_out(experiment, problem.layer, samples):
        if helps(fix, problem, experiment, samples):
            return fix, title
    if problem.form is not None and problem.layer is not None:
        shaped = insert_layer(experiment, problem.layer, Reshape(problem.form))
        return shaped, _("Put Reshape({form}) before it").format(form=problem.form)
    if problem.layer != len(experiment.layers) - 1:
        return None, ""
    suggested = suggest_output(experiment)
    if fits(suggested, samples):
        return suggested, _("Set the output's units to {n}").format(n=output_units(suggested.layers))
    place = output_layer(suggested.layers)
    flat = insert_layer(suggested, place, Flatten()) if place is not None else suggested
    return (flat, _("Put a Flatten layer before the output")) if fits(flat, samples) else (None, "")


def _without_unfit(experiment: Experiment, samples: Samples) -> Experiment | None:
    """The experiment without arrays that were set and fit no longer; None where that is not what is wrong."""
    if not experiment.surgery:
        return None
    try:
        bare = replace(experiment, surgery=()).network(samples)
    except NetworkProblem:
        return None
    kept = fitting(experiment, bare)
    return kept if kept != experiment and fits(kept, samples) else None
