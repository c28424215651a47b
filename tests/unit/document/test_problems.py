"""Each thing that can be wrong with an experiment is told in a sentence, where it belongs, with a fix that mends it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from netviz.datasets import Arrays, Digits, Iris, Preprocessing, Wave
from netviz.document.edits import remove_layer, resize, set_activation
from netviz.document.examples import EXAMPLES
from netviz.document.problems import Problem, problems
from netviz.engine.activations import Linear, Sigmoid, Softmax, Tanh
from netviz.engine.experiment import Experiment
from netviz.engine.layers import Activation, Conv1D, Conv2D, Dense, Dropout, Flatten
from netviz.engine.losses import (
    CategoricalCrossentropy,
    CategoricalFocalCrossentropy,
    CosineSimilarity,
    Hinge,
    Huber,
    KLDivergence,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
    SparseCategoricalCrossentropy,
)
from netviz.engine.metrics import R2Score
from netviz.engine.optimizers import LBFGS, SGD
from netviz.engine.schedules import ExponentialDecay, PiecewiseConstantDecay, ReduceOnPlateau, WarmUp
from netviz.engine.stopping import EarlyStopping

CIRCLE = EXAMPLES["circle"].experiment
IRIS = EXAMPLES["iris"].experiment
WAVE = EXAMPLES["wave"].experiment
SPARSE = SparseCategoricalCrossentropy()


def given(y: object, task: str = "regression") -> Arrays:
    y = np.asarray(y)
    return Arrays(np.random.default_rng(0).random((len(y), 2)), y, task)  # type: ignore[arg-type]


ONE_HOT = np.eye(2)[[0, 1, 0, 1, 0, 1]]

# name: (experiment, words of the sentence, layer, field)
MENDABLE: dict[str, tuple[Experiment, str, int | None, str | None]] = {
    "logits into binary cross-entropy": (set_activation(CIRCLE, 1, Linear()), "use sigmoid", 1, None),
    "logits into sparse cross-entropy": (set_activation(IRIS, 1, Linear()), "use softmax", 1, None),
    "softmax into binary cross-entropy": (
        replace(IRIS, loss=CIRCLE.loss), "output's activation is softmax; use sigmoid", 1, None,
    ),
    "categorical with one unit": (replace(CIRCLE, loss=CategoricalCrossentropy()), "there is one unit", None, "loss"),
    "sparse with one unit": (replace(CIRCLE, loss=SPARSE), "there is one unit", None, "loss"),
    "softmax of one unit": (set_activation(CIRCLE, 1, Softmax()), "always 1", 1, None),
    "cross-entropy of numbers": (replace(CIRCLE, dataset=Wave()), "targets between 0 and 1", None, "loss"),
    "sparse with one-hot rows": (
        replace(resize(set_activation(CIRCLE, 1, Softmax()), 1, 2), dataset=given(ONE_HOT), loss=SPARSE),
        "class numbers", None, "loss",
    ),
    "too few units": (replace(CIRCLE, dataset=Iris()), "units for 3 classes", 1, None),
    "too many units": (resize(CIRCLE, 1, 3), "3 units for 2 classes", 1, None),
    "other width than the targets'": (
        replace(CIRCLE, dataset=given(ONE_HOT), loss=MeanSquaredError()), "change the last layer", 1, None,
    ),
    "pictures into a dense layer": (
        replace(EXAMPLES["digits"].experiment, layers=(Dense(10, Softmax()),)), "Flatten", 0, None,
    ),
    "flat rows into a convolution": (
        replace(IRIS, layers=(Conv2D(2, 2), Flatten(), Dense(3, Softmax()))), r"such as Reshape((2, 2, 1))", 0, None,
    ),
    "images into a sequence's layer": (
        replace(EXAMPLES["digits"].experiment, layers=(Dropout(0.1), Conv1D(2, 2), Flatten(), Dense(10, Softmax()))),
        r"such as Reshape((8, 8))", 1, None,
    ),
    "a prediction for each pixel": (
        replace(EXAMPLES["digits"].experiment, layers=(Conv2D(2), Dense(10, Softmax()))), "put Flatten or", 1, None,
    ),
    "no layers": (replace(CIRCLE, layers=()), "no layers", None, "layers"),
    "a hidden layer as output": (remove_layer(CIRCLE, 1), "6 units for 2 classes", 0, None),
    "a tanh that cannot reach": (
        replace(WAVE, dataset=given([[100.0], [200.0], [300.0]]), layers=(Dense(1, Tanh()),)), "cannot reach", 0, None,
    ),
    "accuracy of numbers": (replace(WAVE, metrics=CIRCLE.metrics), "accuracy", None, "metrics"),
    "hinge behind a sigmoid": (replace(CIRCLE, loss=Hinge()), "both sides of 0", 1, None),
    "hinge judged at 0.5": (replace(set_activation(CIRCLE, 1, Tanh()), loss=Hinge()), "change sides at 0", None, "metrics"),
    "hinge of numbers": (replace(WAVE, loss=Hinge()), "−1 and 1", None, "loss"),
    "counts below 0": (replace(WAVE, loss=Poisson()), "0 or more", None, "loss"),
    "logarithms of standardized targets": (
        replace(
            replace(WAVE, dataset=given([[1.0], [2.0], [3.0], [4.0], [9.0]]), loss=MeanSquaredLogarithmicError()),
            preprocessing=Preprocessing(standardize_targets=True),
        ),
        "standardized targets lie around 0", None, "loss",
    ),
    "counts from a linear output": (replace(WAVE, dataset=given([[1.0], [2.0], [3.0]]), loss=Poisson()), "use softplus", 2, None),
    "a percentage of nothing": (
        replace(WAVE, dataset=given([[0.0], [2.0], [3.0], [0.0]]), loss=MeanAbsolutePercentageError()), "of them are 0", None, "loss",
    ),
    "a percentage of classes": (replace(CIRCLE, loss=MeanAbsolutePercentageError()), "classes are compared", None, "loss"),
    "a direction of one output": (replace(WAVE, loss=CosineSimilarity()), "none but its sign", None, "loss"),
    "a distribution that is none": (
        replace(IRIS, layers=(Dense(2, Softmax()),), dataset=given([[1.0, 1.0], [0.0, 0.0], [1.0, 0.0]]), loss=KLDivergence()),
        "do not add up to 1", None, "loss",
    ),
    "as many α as classes": (
        replace(IRIS, loss=CategoricalFocalCrossentropy((0.1, 0.2))), "one for all, or one for each", None, "loss",
    ),
    "watching what is not there": (replace(CIRCLE, stopping=EarlyStopping("val_acc")), "val_acc", None, "stopping.monitor"),
    "watching without validation": (
        replace(CIRCLE, stopping=EarlyStopping(), preprocessing=Preprocessing(0.0)),
        "no rows are kept for validation", None, "stopping.monitor",
    ),
    "a weight for no class": (replace(CIRCLE, class_weight=((7, 1.0),)), "class 7", None, "class_weight"),
    "weights that are all 0": (replace(CIRCLE, class_weight=((0, 0.0), (1, 0.0))), "weighs 0", None, "class_weight"),
    "class weights for numbers": (replace(WAVE, class_weight=((0, 1.0),)), "not classes", None, "class_weight"),
    "no rows to train on": (
        replace(CIRCLE, preprocessing=Preprocessing(0.999)), "leaves no rows", None, "preprocessing.validation_split",
    ),
    "a class that is only validated": (
        replace(CIRCLE, dataset=given([0, 0, 0, 0, 1, 1], "classification"), preprocessing=Preprocessing(0.4, "last")),
        "no training rows", None, "preprocessing.validation_split",
    ),
    "a rate without bounds": (replace(CIRCLE, schedule=ExponentialDecay(1, 10.0)), "grows beyond", None, "schedule"),
    "a plateau of what is not there": (replace(CIRCLE, schedule=ReduceOnPlateau("val_f1")), "schedule watches 'val_f1'", None, "schedule"),
    "a plateau without validation": (
        replace(CIRCLE, schedule=WarmUp(5, 0.1, ReduceOnPlateau()), preprocessing=Preprocessing(0.0)),
        "no rows are kept for validation; watch one of loss", None, "schedule",
    ),
    "watching an average that is not kept": (
        replace(CIRCLE, stopping=EarlyStopping("val_ema_loss")), "val_ema_loss", None, "stopping.monitor",
    ),
    "a search in batches": (
        replace(CIRCLE, optimizer=LBFGS()), "L-BFGS wants all 400 training rows in one batch, and there are 10", None, "batch_size",
    ),
    "no rate at all": (replace(CIRCLE, schedule=PiecewiseConstantDecay((1,), (0.0, 0.0))), "is 0", None, "schedule"),
}  # fmt: skip


def only(experiment: Experiment) -> Problem:
    found = problems(experiment)
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize("name", MENDABLE)
def test_a_problem_is_told_where_it_belongs(name: str) -> None:
    experiment, words, layer, field = MENDABLE[name]
    problem = only(experiment)
    assert words in problem.sentence and problem.sentence.endswith(".")
    assert (problem.layer, problem.field) == (layer, field)


@pytest.mark.parametrize("name", MENDABLE)
def test_a_fix_leaves_an_experiment_that_can_be_trained(name: str) -> None:
    from netviz.engine.run import Run
    from netviz.engine.train import train

    experiment = MENDABLE[name][0]
    for _click in range(3):
        found = problems(experiment)
        if not found:
            break
        assert found[0].fix is not None and found[0].fix != experiment and found[0].fix_title
        experiment = found[0].fix
    assert problems(experiment) == ()
    *_, last = train(Run.of(experiment), experiment.samples(), epochs=1)
    assert np.isfinite(last.history.last("loss"))


@pytest.mark.parametrize(("dataset", "words"), [
    (given(np.zeros(6, int), "classification"), "All rows are of the class 0"),
    (given([[0.0], [np.nan]]), "not finite"),
    (Arrays(np.zeros((0, 2)), np.zeros(0)), "no rows"),
    (given([0.5, 1.5], "classification"), "class number"),
])  # fmt: skip
def test_data_that_teaches_nothing_is_told_at_the_data(dataset: Arrays, words: str) -> None:
    problem = only(replace(CIRCLE, dataset=dataset))
    assert words in problem.sentence and problem.field == "dataset" and problem.fix is None


def test_a_network_too_large_is_told_at_its_largest_layer() -> None:
    problem = only(replace(CIRCLE, layers=(Dense(4), Dense(1_000_000), Dense(1_000, Tanh()), *CIRCLE.layers)))
    assert "Reduce its units" in problem.sentence and problem.layer == 2


@pytest.mark.parametrize("experiment", [
    replace(CIRCLE, batch_size=10_000),
    replace(CIRCLE, batch_size=10_000, optimizer=LBFGS()),
    replace(CIRCLE, optimizer=SGD(use_ema=True), stopping=EarlyStopping("val_ema_accuracy")),
    replace(CIRCLE, schedule=WarmUp(10, 0.0, ReduceOnPlateau("loss"))),
    replace(CIRCLE, loss=MeanSquaredError()),
    replace(CIRCLE, loss=MeanSquaredError(), layers=(Dense(1),)),
    replace(CIRCLE, layers=(*CIRCLE.layers[:-1], Dense(1), Activation(Sigmoid()))),
    replace(CIRCLE, layers=(Dropout(0.1), *CIRCLE.layers)),
    replace(CIRCLE, layers=(*CIRCLE.layers[:-1], Dense(2, Softmax())), loss=CategoricalCrossentropy()),
    replace(CIRCLE, dataset=given([[0.0], [1.0], [1.0], [0.0]])),
    replace(CIRCLE, dataset=given([1, 2, 3, 1, 2, 3], "classification"), layers=(Dense(4, Softmax()),), loss=SPARSE),
    replace(IRIS, layers=(*IRIS.layers[:-1], Dense(3, Sigmoid())), loss=CIRCLE.loss),
    replace(WAVE, loss=Huber(), metrics=(R2Score(),)),
    replace(CIRCLE, metrics=(), stopping=EarlyStopping("val_loss", patience=3)),
    replace(CIRCLE, preprocessing=Preprocessing(0.0), stopping=EarlyStopping("accuracy")),
    replace(EXAMPLES["digits"].experiment, dataset=Digits(), batch_size=1),
])  # fmt: skip
def test_what_is_merely_unusual_is_no_problem(experiment: Experiment) -> None:
    assert problems(experiment) == ()
