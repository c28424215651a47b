"""The anatomy of an update: its lines come to what the engine did to the weight, whatever was chosen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from netviz.datasets import Arrays, Preprocessing
from netviz.engine.activations import Tanh
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame, Phase
from netviz.engine.layers import BatchNormalization, Dense
from netviz.engine.losses import MeanSquaredError
from netviz.engine.network import Network
from netviz.engine.optimizers import LBFGS, SGD, Adafactor, Adam, AdamW, Ftrl, Optimizer, optimizers
from netviz.engine.regularizers import L1L2
from netviz.engine.run import Run
from netviz.engine.schedules import CosineDecay
from netviz.engine.surgery import Freeze
from netviz.engine.train import Stride, train
from netviz.pictures.following import Follow
from netviz.pictures.microscope import Equation, Item
from netviz.pictures.microscope.writing import as_text
from netviz.pictures.update import Update, update_of

RNG = np.random.default_rng(0)
LAYERS = (Dense(4, Tanh(), kernel_regularizer=L1L2(0.01, 0.02)), BatchNormalization(), Dense(2))
PLAIN = Experiment(
    Arrays(RNG.normal(size=(22, 3)), RNG.normal(size=(22, 2))), LAYERS, MeanSquaredError(), metrics=(),
    preprocessing=Preprocessing(0.0), batch_size=6, dtype="float64",
)  # fmt: skip
CASES: dict[str, Optimizer] = {name: optimizers[name](learning_rate=0.05) for name in optimizers} | {
    "weight decay": AdamW(0.05, weight_decay=0.1),
    "ftrl with decay": Ftrl(0.05, weight_decay=0.1),
    "adafactor with decay": Adafactor(0.05, weight_decay=0.1),
    "norm": Adam(0.05, clipnorm=0.01),
    "norm of all": SGD(0.05, momentum=0.9, global_clipnorm=0.01),
    "number": SGD(0.05, clipvalue=0.001),
    "average": Adam(0.05, use_ema=True, ema_momentum=0.9),
}
WEIGHTS = [Item("weight", 0, "kernel", (1, 2)), Item("weight", 1, "gamma", (3,)), Item("weight", 2, "bias", (1,))]


def frame_of(experiment: Experiment, step: int = 4, phase: Phase = Phase.APPLY) -> tuple[Frame, Network]:
    samples = experiment.samples()
    for moment in train(Run.of(experiment), samples, stride=Stride.PHASE):
        if moment.step == step and moment.phase is phase:
            return moment.frame(), experiment.network(samples)
    raise AssertionError("no such moment")


def told(experiment: Experiment, item: Item, phase: Phase = Phase.APPLY) -> tuple[Update, Frame]:
    frame, network = frame_of(experiment, phase=phase)
    found = update_of(frame, network, item)
    assert found is not None
    return found, frame


def assert_sums(equations: tuple[Equation, ...]) -> None:
    for equation in equations:
        total = sum(term.value for term in equation.terms)
        assert total == pytest.approx(equation.value, rel=1e-9, abs=1e-15), equation
        for term in equation.terms:
            assert term.value == pytest.approx(np.prod([factor.value for factor in term.factors]), rel=1e-9, abs=1e-15)


@pytest.mark.parametrize("item", WEIGHTS, ids=lambda item: item.name)
@pytest.mark.parametrize("name", CASES)
def test_every_line_comes_to_the_engines_number(name: str, item: Item) -> None:
    found, frame = told(replace(PLAIN, optimizer=CASES[name], schedule=CosineDecay(20)), item)
    assert_sums(found.equations)
    numbers = dict(zip(found.lines, (e.value for e in found.equations), strict=True))
    assert numbers["g"] == frame.grads[item.layer][item.name][item.index]
    assert numbers["update"] == found.moved == frame.updates[item.layer][item.name][item.index]
    assert numbers["w"] == found.after == frame.params[item.layer][item.name][item.index]
    assert numbers["rate"] == frame.learning_rate < 0.05
    for slot in frame.experiment.optimizer.slot_names:
        if slot in numbers:
            assert numbers[slot] == frame.slots[slot][item.layer][item.name][item.index]
    assert as_text(found.equations).count("\n") > len(found.equations)


@pytest.mark.parametrize("name", ["norm", "norm of all", "number"])
def test_clipping_is_a_line_of_its_own(name: str) -> None:
    found, frame = told(replace(PLAIN, optimizer=CASES[name]), WEIGHTS[0])
    assert found.lines[:2] == ("g", "seen") and "Clip" in found.equations[1].sentence
    assert frame.batch is not None and frame.batch.clipped_gradients is not None
    assert found.equations[1].value == frame.batch.clipped_gradients[0]["kernel"][1, 2]
    assert found.plain == pytest.approx(-0.05 * found.equations[1].value)


def test_a_weight_that_is_held_still_does_not_move() -> None:
    found, _frame = told(replace(PLAIN, optimizer=AdamW(0.05), surgery=(Freeze(0),)), WEIGHTS[0])
    assert found.moved == 0 == found.equations[found.lines.index("update")].value
    assert "held still" in found.equations[1].sentence and found.before == found.after


def test_lbfgs_in_one_batch_is_told_too() -> None:
    found, _frame = told(replace(PLAIN, optimizer=LBFGS(), batch_size=22), WEIGHTS[0])
    assert_sums(found.equations)
    assert r"\alpha" in found.lines


def test_before_the_optimizer_there_is_nothing_to_tell_and_before_apply_nothing_after_it() -> None:
    frame, network = frame_of(PLAIN, 3, Phase.LOSS)
    assert update_of(frame, network, WEIGHTS[0]) is None
    found, _frame = told(PLAIN, WEIGHTS[0], Phase.OPTIMIZER)
    assert found.after is None and found.equations[-1].value == pytest.approx(found.before + found.moved)


def test_what_is_not_trained_has_no_update() -> None:
    frame, network = frame_of(PLAIN)
    assert update_of(frame, network, Item("weight", 1, "moving_mean", (0,))) is None
    assert update_of(frame, network, Item("weight", 1, "nothing", (0,))) is None


def test_numbers_at_the_end_of_an_epoch_are_those_of_its_last_update_at_any_gait() -> None:
    samples = PLAIN.samples()
    network = PLAIN.network(samples)
    found = []
    for stride in Stride:
        frame = next(m.frame() for m in train(Run.of(PLAIN), samples, stride=stride) if m.is_epoch and m.epoch == 2)
        found.append(update_of(frame, network, WEIGHTS[0]))
    assert found[0] is not None and found[0] == found[1] == found[2]


def test_a_weight_is_followed_by_name() -> None:
    experiment = replace(PLAIN, optimizer=Adam(0.05))
    frame, network = frame_of(experiment)
    row = Follow(WEIGHTS[0])(frame, network, experiment.samples())
    assert row is not None and row.step == 4
    assert set(row.values) == {"w", "g", "update", "momentum", "velocity", "rate"}
    assert row.values["update"] == frame.updates[0]["kernel"][1, 2]
