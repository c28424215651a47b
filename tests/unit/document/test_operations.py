"""What is done by hand is an edit: of one place, made once, and taken back without a trace."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from netviz.document import operations as op
from netviz.document.examples import EXAMPLES
from netviz.engine.activations import LeakyRelu, Linear, Sigmoid, Tanh
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Phase
from netviz.engine.layers import Activation, Dense
from netviz.engine.losses import MeanSquaredError
from netviz.engine.mistakes import SENTENCES
from netviz.engine.run import Run
from netviz.engine.surgery import Alter, Freeze, SetWeight
from netviz.engine.train import Stride, train

CIRCLE = EXAMPLES["circle"].experiment
NETWORK = CIRCLE.network(CIRCLE.samples())


def test_a_unit_is_muted_perturbed_and_left_alone_again() -> None:
    muted = op.alter(CIRCLE, 0, 2, 0.0, 0.0)
    assert muted.surgery == (Alter(0, 2, 0.0, 0.0),) and op.alteration(muted, 0, 2) == muted.surgery[0]
    perturbed = op.alter(op.alter(muted, 0, None, 0.5, 0.0), 0, 2, 2.0, 0.1)
    assert perturbed.surgery == (Alter(0, None, 0.5, 0.0), Alter(0, 2, 2.0, 0.1))
    assert op.alter(muted, 0, 2, 1.0, 0.0) == CIRCLE


def test_all_weights_of_a_unit_are_held_and_let_go() -> None:
    freezes = op.freezes_of_unit(NETWORK, 0, 3)
    assert freezes == (Freeze(0, "kernel", (None, 3)), Freeze(0, "bias", (3,)))
    held = op.hold(CIRCLE, freezes, True)
    assert op.is_held(held, freezes) and not op.is_held(CIRCLE, freezes)
    assert op.hold(held, freezes, True).surgery == held.surgery and op.hold(held, freezes, False) == CIRCLE


def test_of_two_numbers_for_a_weight_at_one_time_the_later_holds() -> None:
    once = op.set_weight(CIRCLE, 0, "kernel", (1, 2), 0.5, 7)
    twice = op.set_weight(once, 0, "kernel", (1, 2), -1.0, 7)
    assert twice.surgery == (SetWeight(0, "kernel", (1, 2), -1.0, 7),)
    assert op.without(twice, twice.surgery[0]) == CIRCLE


def test_mistakes_are_switched_one_by_one() -> None:
    broken = op.with_mistake(op.with_mistake(CIRCLE, "sign", True), "batch", True)
    assert broken.mistakes == ("sign", "batch")
    assert op.with_mistake(broken, "sign", True).mistakes == ("batch", "sign")
    assert op.with_mistake(op.with_mistake(broken, "sign", False), "batch", False) == CIRCLE


def gradient(experiment: Experiment) -> np.ndarray:
    """That of the first update."""
    samples = experiment.samples()
    return next(m.frame().grads.vector for m in train(Run.of(experiment), samples, stride=Stride.STEP) if m.phase is Phase.APPLY)


@pytest.mark.parametrize("layers", [
    (Dense(1, Sigmoid()),), (Dense(4, LeakyRelu()), Dense(1, Sigmoid())), (Dense(4, use_bias=False), Dense(1, use_bias=False)),
    (Activation(Tanh()), Dense(3, LeakyRelu(0.2)), Dense(2, Tanh()), Dense(1)), (Activation(LeakyRelu()), Dense(1, Tanh())),
    (Dense(3, Linear()), Activation(Linear()), Dense(1)),
])  # fmt: skip
@pytest.mark.parametrize("batch_size", [1, 8])
def test_a_mistake_is_idle_where_it_changes_no_gradient(layers, batch_size: int) -> None:
    plain = replace(CIRCLE, layers=layers, loss=MeanSquaredError(), batch_size=batch_size, metrics=(), dtype="float64")
    right = gradient(plain)
    same = {mistake for mistake in SENTENCES if np.array_equal(gradient(op.with_mistake(plain, mistake, True)), right)}
    idle = op.idle_mistakes(plain.network(plain.samples()), batch_size)
    assert set(idle) == same and all(idle.values())
