"""What a layer computes within itself is found again, bit for bit, by its passes over the same numbers."""

from __future__ import annotations

import numpy as np
import pytest

from netviz.datasets import Arrays, Preprocessing
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame, Phase
from netviz.engine.inside import Inside
from netviz.engine.layers import (
    GRU,
    LSTM,
    Bidirectional,
    Dense,
    Dropout,
    Flatten,
    Layer,
    MultiHeadAttention,
    Residual,
    SimpleRNN,
)
from netviz.engine.losses import MeanSquaredError
from netviz.engine.network import Network
from netviz.engine.run import Run
from netviz.engine.train import Stride, train

DRAW = np.random.default_rng(0)
DATA = Arrays(DRAW.normal(size=(11, 4, 3)), DRAW.normal(size=(11, 2)), "regression")


def frame_of(layer: Layer, phase: Phase = Phase.APPLY) -> tuple[Frame, Network]:
    plain = Preprocessing(0.0, standardize="off", standardize_targets=False)
    layers = (Dense(3), layer, Flatten(), Dense(2))
    experiment = Experiment(DATA, layers, MeanSquaredError(), metrics=(), batch_size=4, preprocessing=plain)
    samples = experiment.samples()
    for moment in train(Run.of(experiment), samples, stride=Stride.PHASE):
        if moment.step == 2 and moment.phase is phase:
            return moment.frame(), experiment.network(samples)
    raise AssertionError


def inside(frame: Frame, network: Network) -> Inside:
    assert frame.batch is not None and frame.batch.before is not None
    x = frame.batch.memory[1]["x"]
    return Inside.of(network, frame.batch, frame.batch.before.params, frame.experiment.seed, 1, x)


LAYERS: tuple[Layer, ...] = (
    SimpleRNN(3, return_sequences=True, dropout=0.3, recurrent_dropout=0.2), LSTM(3, return_sequences=True),
    GRU(3, return_sequences=True, recurrent_dropout=0.4), MultiHeadAttention(2, 3, dropout=0.3),
    Residual((Dense(5), Dropout(0.4), Dense(3))), Bidirectional(LSTM(2, return_sequences=True), "sum"),
)  # fmt: skip


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: type(layer).__name__)
def test_the_passes_made_again_are_those_that_were(layer: Layer) -> None:
    frame, network = frame_of(layer)
    found, batch = inside(frame, network), frame.batch
    assert batch is not None
    np.testing.assert_array_equal(found.handed_down(batch.upstream[1]), batch.upstream[0])
    np.testing.assert_array_equal(found.output(batch.memory[1]["x"]), batch.memory[2]["x"])


def test_gradients_of_steps_come_to_that_of_the_kernel() -> None:
    frame, network = frame_of(LSTM(3, return_sequences=True))
    notes = inside(frame, network).notes()
    assert frame.batch is not None and frame.batch.data_gradients is not None
    x = frame.batch.memory[1]["x"]
    total = np.einsum("rti,rtj->ij", x, notes["dz"])
    np.testing.assert_allclose(total, frame.batch.data_gradients[1]["kernel"], rtol=1e-5, atol=1e-7)
    assert set(notes["dh"]) == set(notes["dc"]) == {0, 1, 2, 3}


def test_before_the_backward_pass_there_is_what_the_forward_pass_has() -> None:
    frame, network = frame_of(Residual((Dense(3),)), Phase.LOSS)
    notes = inside(frame, network).notes()
    assert "x" in notes["0"] and "dy" not in notes["0"]


def test_layers_inside_have_passes_of_their_own() -> None:
    frame, network = frame_of(Residual((Dense(5), Dropout(0.4), Dense(3))))
    found = inside(frame, network)
    notes = found.notes()
    one = found.within("1", notes)
    np.testing.assert_array_equal(one.output(one.x), notes["2"]["x"])
    assert one.up is not None and np.array_equal(one.handed_down(one.up), notes["0"]["dy"])
