"""A Run that begins where another one ended."""

from __future__ import annotations

import numpy as np

from netviz.engine.activations import Sigmoid, Tanh
from netviz.engine.experiment import Experiment
from netviz.engine.layers import Dense, Dropout
from netviz.engine.run import Run, Start
from netviz.engine.schedules import ExponentialDecay
from netviz.engine.train import train

EXPERIMENT = Experiment(
    layers=(Dense(8, Tanh()), Dropout(0.3), Dense(1, Sigmoid())), schedule=ExponentialDecay(5, 0.9), epochs=5
)


def test_a_run_that_starts_where_another_ended_gives_the_bits_of_one_that_never_stopped() -> None:
    samples = EXPERIMENT.samples()
    *_before, whole = train(Run.of(EXPERIMENT), samples)
    *_before, part = train(Run.of(EXPERIMENT), samples, epochs=3)
    frame = part.frame()
    slots = tuple((name, slot.vector) for name, slot in frame.slots.items())
    start = Start(frame.params.vector, slots, updates=frame.step, epochs=frame.epoch)
    *_before, rest = train(Run.of(EXPERIMENT, start), samples, epochs=2)
    np.testing.assert_array_equal(rest.params.vector, whole.params.vector)
    assert rest.frame().learning_rate == whole.frame().learning_rate
    assert rest.epoch == 2
