"""Settings that make no network are told of when they are made or bound, not by a traceback in training."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from netviz.codec import InvalidValue
from netviz.datasets import Arrays
from netviz.engine.activations import Relu, Sigmoid
from netviz.engine.experiment import Experiment
from netviz.engine.initializers import Given, Orthogonal, RandomUniform
from netviz.engine.layers import Activation, Dense
from netviz.engine.losses import BinaryCrossentropy
from netviz.engine.network import Network, NetworkProblem, layer_names
from netviz.engine.optimizers import Adafactor
from netviz.engine.regularizers import L1
from netviz.engine.run import Run
from netviz.engine.train import Diverged, Stride, train


@pytest.mark.parametrize(("low", "high"), [(1.0, 0.0), (-1.7e308, 1.7e308)])
def test_a_uniform_draw_needs_rising_limits(low: float, high: float) -> None:
    with pytest.raises(InvalidValue, match="maxval"):
        RandomUniform(low, high)


def test_an_orthogonal_bias_is_a_problem_of_its_layer() -> None:
    layers = (Dense(2), Dense(1, bias_initializer=Orthogonal()))
    with pytest.raises(NetworkProblem, match="initializer of bias") as found:
        Network(layers, (3,), BinaryCrossentropy())
    assert found.value.layer == 1


def test_a_network_of_nothing_but_its_head_has_frames() -> None:
    data = Arrays(np.linspace(-1, 1, 8)[:, None], np.arange(8) % 2, "classification")
    experiment = Experiment(data, layers=(Activation(Sigmoid()),))
    moments = train(Run.of(experiment), experiment.samples(), stride=Stride.PHASE, epochs=1)
    batches = [moment.frame().batch for moment in moments]
    assert any(batch is not None and "a" in batch.memory[0] for batch in batches)


def test_numbers_beyond_all_bounds_end_in_a_sentence_and_warn_of_nothing() -> None:
    experiment = Experiment(
        layers=(Dense(1, Sigmoid(), True, kernel_regularizer=L1(1e308), bias_regularizer=L1(1e308)),)
    )
    experiment = replace(experiment, dtype="float64", class_weight=((0, 1e308),))
    with pytest.raises(Diverged, match="infinite|not a number"):
        for moment in train(Run.of(experiment), experiment.samples(), stride=Stride.STEP):
            moment.frame()


def test_names_given_by_hand_and_numbered_ones_stay_apart() -> None:
    names = layer_names((Dense(1, name="dense_1"), Dense(1), Dense(1), Dense(1, name="dense")))
    assert len(set(names)) == 4 and names[:2] == ("dense_1", "dense")
    assert layer_names((Dense(1), Dense(1), Activation())) == ("dense", "dense_1", "activation")


def test_a_weight_for_a_class_that_is_not_there_costs_no_memory() -> None:
    experiment = Experiment(class_weight=((2**60, 3.0),))
    plain = Experiment()
    *_, odd = train(Run.of(experiment), experiment.samples(), epochs=1)
    *_, usual = train(Run.of(plain), plain.samples(), epochs=1)
    np.testing.assert_array_equal(odd.params.vector, usual.params.vector)


def test_adafactor_passes_over_inputs_and_units_without_gradient_in_float32() -> None:
    x = np.random.default_rng(0).random((40, 3)).astype(np.float32)
    x[:, 1] = 0
    dead = Given((-9.0, 0.0, 0.0, 0.0))
    layers = Dense(4, Relu(), bias_initializer=dead), Dense(1, Sigmoid())
    experiment = Experiment(Arrays(x, np.arange(40) % 2, "classification"), layers, optimizer=Adafactor(0.01), batch_size=8)
    *_, last = train(Run.of(experiment), experiment.samples(), epochs=3)
    assert np.isfinite(last.params.vector).all() and (last.frame().slots["velocity"][0]["kernel"] > 0).all()
