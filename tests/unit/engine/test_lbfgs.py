"""L-BFGS finds minima: of functions that are hard for others, and of networks to the last digits."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from netviz.datasets import Arrays, Circle, Preprocessing
from netviz.engine.activations import Relu, Sigmoid, Softmax, Tanh
from netviz.engine.experiment import Experiment
from netviz.engine.layers import Dense, Dropout
from netviz.engine.losses import BinaryCrossentropy, MeanSquaredError, SparseCategoricalCrossentropy
from netviz.engine.optimizers import LBFGS, Adam, Objective
from netviz.engine.optimizers.linesearch import Search, Trial
from netviz.engine.parameters import Parameters, Window
from netviz.engine.regularizers import L2
from netviz.engine.run import Run
from netviz.engine.surgery import Freeze
from netviz.engine.train import Stride, train
from netviz.engine.updating import Updating

Function = Callable[[np.ndarray], tuple[float, np.ndarray]]


class Given(Objective):
    """A function of the weights that counts how often it is asked."""

    def __init__(self, function: Function, w: np.ndarray) -> None:
        self.function, self.w, self.asked = function, w, 0

    def here(self) -> float:
        return self.function(self.w)[0]

    def at(self, w: np.ndarray) -> tuple[float, np.ndarray]:
        self.asked += 1
        return self.function(w)


def minimized(
    optimizer: LBFGS, function: Function, first: np.ndarray, updates: int
) -> tuple[np.ndarray, list[float], Given]:
    """Where some updates lead to, the losses on the way, and the function with its count."""
    windows = (Window((0, "kernel"), first.shape, 0),)
    params, grads = (Parameters(a, windows) for a in (first.copy(), np.zeros_like(first)))
    slots = {name: Parameters(np.zeros_like(first), windows) for name in optimizer.slot_names}
    objective = Given(function, params.vector)
    work, losses = Updating(optimizer, params, grads, slots, None, objective), []
    for t in range(1, updates + 1):
        loss, grads.vector[:] = function(params.vector)
        losses.append(loss)
        if 0 < np.abs(grads.vector).max() < 1e-10:
            break
        work.compute(t, optimizer.learning_rate)
        work.apply(t)
    return params.vector, losses, objective


def rosenbrock(x: np.ndarray) -> tuple[float, np.ndarray]:
    """A bent valley in any number of dimensions, lowest at 1."""
    a, b = x[1:] - x[:-1] ** 2, 1 - x[:-1]
    gradient = np.zeros_like(x)
    gradient[1:] += 200 * a
    gradient[:-1] += -400 * a * x[:-1] - 2 * b
    return float((100 * a**2 + b**2).sum()), gradient


@pytest.mark.parametrize("line_search", ["strong_wolfe", "armijo"])
@pytest.mark.parametrize("history_size", [1, 3, 10])
def test_the_end_of_rosenbrocks_valley_is_found(line_search: str, history_size: int) -> None:
    optimizer = LBFGS(line_search=line_search, history_size=history_size)  # type: ignore[arg-type]
    first = np.array([-1.2, 1.0] * 3)
    x, losses, objective = minimized(optimizer, rosenbrock, first, 250)
    np.testing.assert_allclose(x, 1, atol=1e-9)
    assert all(later <= before * (1 + 1e-14) for before, later in zip(losses, losses[1:], strict=False))
    assert len(losses) < 200 and objective.asked < 2.5 * len(losses)


def test_the_first_updates_in_a_bowl_are_those_of_pytorch() -> None:
    scales = np.logspace(0, 3, 8)
    _x, losses, _objective = minimized(
        LBFGS(), lambda x: (float((scales * x**2).sum() / 2), scales * x), np.ones(8), 90
    )
    pytorch = [796.8450990376217, 25.817792627308652, 3.469852337256636, 1.450279821413052]
    np.testing.assert_allclose(losses[:13:4], pytorch, rtol=1e-9)
    assert losses[-1] < 1e-16


def test_at_a_minimum_nothing_moves() -> None:
    x, losses, objective = minimized(LBFGS(), lambda x: (float(x @ x), 2 * x), np.zeros(3), 3)
    assert (x == 0).all() and losses == [0, 0, 0] and objective.asked == 0


def test_where_no_step_helps_nothing_moves_and_what_was_learnt_is_dropped() -> None:
    def lying(x: np.ndarray) -> tuple[float, np.ndarray]:
        return float(x @ x), -2 * x  # points uphill

    x, _losses, objective = minimized(LBFGS(max_evaluations=7), lying, np.ones(3), 2)
    assert (x == 1).all() and objective.asked == 14


def test_a_step_into_numbers_that_are_none_is_taken_back() -> None:
    def walled(x: np.ndarray) -> tuple[float, np.ndarray]:
        if not -1 < x[0] < 1:
            return math.nan, np.full_like(x, math.nan)
        return float(-math.log1p(x[0]) + x[0] ** 4), np.array([-1 / (1 + x[0]) + 4 * x[0] ** 3])

    for line_search in ("strong_wolfe", "armijo"):
        optimizer = LBFGS(500.0, line_search=line_search)  # type: ignore[arg-type]
        x, _losses, _objective = minimized(optimizer, walled, np.zeros(1), 30)
        assert abs(walled(x)[1][0]) < 1e-7


@pytest.mark.parametrize("first", [1e-3, 0.3, 1.0, 50.0])
def test_a_step_found_fulfils_both_conditions_of_wolfe(first: float) -> None:
    def along(step: float) -> Trial:
        return Trial(
            step, step**4 - 3 * step - math.sin(5 * step), 4 * step**3 - 3 - 5 * math.cos(5 * step), np.zeros(1)
        )

    start = along(0.0)
    found = Search(along, start, 0.0, 30).strong_wolfe(first)
    assert found is not None
    assert found.loss <= 1e-4 * found.step * start.slope and abs(found.slope) <= 0.9 * 8


def test_the_number_of_trials_is_kept() -> None:
    asked = []

    def along(step: float) -> Trial:
        asked.append(step)
        return Trial(step, -step, -1.0, np.zeros(1))  # downhill for ever

    found = Search(along, Trial(0.0, 0.0, -1.0, np.zeros(1)), 0.0, 5).strong_wolfe(1.0)
    assert found is not None and found.step == asked[-1] and len(asked) == 5


# ------------------------------------------------------------------------------------------------------- networks

RNG = np.random.default_rng(5)
X = RNG.normal(size=(120, 6))
LABELS = (X @ RNG.normal(size=(6, 3)) + RNG.normal(size=(120, 3))).argmax(1)
CONVEX = Experiment(
    Arrays(X, LABELS, "classification", validation_rows=0),
    (Dense(3, Softmax(), kernel_regularizer=L2(0.01), bias_regularizer=L2(0.01)),),
    SparseCategoricalCrossentropy(), LBFGS(), batch_size=120, epochs=40, dtype="float64",
    preprocessing=Preprocessing(validation_split=0, split="last", standardize="off"),
)  # fmt: skip


def test_logistic_regression_ends_with_a_gradient_of_1e_minus_8() -> None:
    *_all, last = train(Run.of(CONVEX), CONVEX.samples())
    frame = last.frame()
    assert np.linalg.norm(frame.grads.vector) < 1e-8
    assert (np.diff(frame.history.steps["loss"]) <= 1e-6).all()


def test_in_float32_it_gets_as_far_as_float32_goes_and_stays_there() -> None:
    single = replace(CONVEX, dtype="float32", epochs=80)
    *_all, last = train(Run.of(single), single.samples())
    frame = last.frame()
    assert np.linalg.norm(frame.grads.vector) < 1e-4 and np.isfinite(frame.params.vector).all()


def test_a_small_network_learns_the_circle_in_few_updates() -> None:
    small = Experiment(
        Circle(count=200),
        (Dense(6, Tanh()), Dense(1, Sigmoid())),
        BinaryCrossentropy(),
        LBFGS(),
        batch_size=200,
        epochs=40,
    )
    losses = {}
    for optimizer in (LBFGS(), Adam(0.03)):
        *_all, last = train(Run.of(replace(small, optimizer=optimizer)), small.samples())
        losses[type(optimizer)] = last.history.last("loss")
    assert losses[LBFGS] < 0.1 * losses[Adam]


def test_what_an_update_computed_is_still_its_own_after_the_search() -> None:
    experiment = replace(CONVEX, layers=(Dense(5, Relu()), Dropout(0.3), Dense(3, Softmax())), batch_size=120, epochs=2)
    samples = experiment.samples()
    frames = [moment.frame() for moment in train(Run.of(experiment), samples, stride=Stride.PHASE)]
    backward, searched = (
        next(f for f in frames if f.phase.value == p and f.step == 0) for p in ("backward", "optimizer")
    )
    assert backward.batch is not None and searched.batch is not None
    last = next(f for f in frames if f.phase.value == "backward" and f.layer == 0 and f.step == 0)
    assert (last.grads.vector == searched.grads.vector).all() and searched.updates.vector.any()
    for layer, name in ((0, "z"), (1, "mask"), (2, "z")):
        assert (searched.batch.memory[layer][name] == backward.batch.memory[layer][name]).all()


def test_weights_that_are_held_still_stay_and_the_others_find_their_own_minimum() -> None:
    held = replace(CONVEX, surgery=(Freeze(0, "kernel", (2, None)),), epochs=60)
    samples = held.samples()
    first, *_all, last = (m.frame() for m in train(Run.of(held), samples))
    frozen = first.params[0]["kernel"][2]
    assert (last.params[0]["kernel"][2] == frozen).all()
    moving = last.grads[0]["kernel"].copy()
    moving[2] = 0
    assert np.linalg.norm(moving) < 1e-8 < np.linalg.norm(last.grads[0]["kernel"])
    assert last.batch is not None and last.batch.clipped_gradients is not None
    assert not last.batch.clipped_gradients[0]["kernel"][2].any()


def test_weights_of_rows_and_penalties_are_part_of_what_is_minimized() -> None:
    weights = np.linspace(0.2, 2, 120)
    weighted = replace(CONVEX, dataset=replace(CONVEX.dataset, weights=weights), epochs=60)  # type: ignore[type-var]
    *_all, last = train(Run.of(weighted), weighted.samples())
    assert np.linalg.norm(last.frame().grads.vector) < 1e-8


def test_in_batches_it_still_lowers_each_batch() -> None:
    batches = replace(CONVEX, layers=(Dense(4, Tanh()), Dense(1)), loss=MeanSquaredError(), batch_size=50, epochs=10)
    batches = replace(batches, dataset=Arrays(X, X[:, :1] ** 2, "regression", validation_rows=0), metrics=())
    *_all, last = train(Run.of(batches), batches.samples())
    losses = last.history.epochs["loss"]
    assert losses[-1] < losses[0]
