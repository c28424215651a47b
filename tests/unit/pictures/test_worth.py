"""What a step was worth, what rows contributed, what units are good for, and whether gradients can be trusted."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from netviz.datasets import Arrays, Preprocessing
from netviz.document.examples import EXAMPLES
from netviz.engine.activations import LeakyRelu, Relu, Softmax, Tanh
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame
from netviz.engine.layers import BatchNormalization, Dense, Dropout
from netviz.engine.losses import CategoricalCrossentropy, MeanSquaredError
from netviz.engine.mistakes import SENTENCES, Mistake
from netviz.engine.network import Network
from netviz.engine.optimizers import SGD
from netviz.engine.regularizers import L2
from netviz.engine.run import Run
from netviz.engine.surgery import Alter
from netviz.engine.train import Stride, train
from netviz.pictures.ablation import Ablate
from netviz.pictures.microscope import Item
from netviz.pictures.trust import TOLERANCE, Trust, trust
from netviz.pictures.worth import Share, Tell, Weigh

RNG = np.random.default_rng(0)
DATA = Arrays(RNG.normal(size=(23, 5)), RNG.normal(size=(23, 3)), weights=RNG.uniform(0.5, 2, 23))
PLAIN = Experiment(
    DATA, (Dense(6, Tanh(), kernel_regularizer=L2(0.1)), Dropout(0.3), Dense(3)), MeanSquaredError(), SGD(0.01),
    metrics=(), preprocessing=Preprocessing(0.0), batch_size=6, dtype="float64",
)  # fmt: skip
NORMALIZED = replace(PLAIN, layers=(Dense(6, Relu()), BatchNormalization(), Dense(3)))


def frame_of(experiment: Experiment, step: int = 3) -> tuple[Frame, Network]:
    samples = experiment.samples()
    for moment in train(Run.of(experiment), samples, stride=Stride.STEP):
        if moment.step == step and moment.is_update:
            return moment.frame(), experiment.network(samples)
    raise AssertionError("no such moment")


def test_a_small_step_is_worth_what_was_predicted_and_a_large_one_is_not() -> None:
    errors = []
    for rate in (1e-4, 1e-2, 1.0):
        experiment = replace(PLAIN, optimizer=SGD(rate))
        frame, network = frame_of(experiment, 1)
        worth = Weigh()(frame, network, experiment.samples())
        assert worth is not None and worth.step == 1 and worth.predicted < 0
        assert worth.loss == pytest.approx(float(frame.history.steps["loss"][0]), rel=1e-6)
        errors.append(abs(worth.measured / worth.predicted - 1))
    assert errors[0] < 1e-3 < errors[1] < 0.1 < errors[2]


@pytest.mark.parametrize("experiment", [PLAIN, NORMALIZED], ids=["plain", "normalized"])
def test_rows_come_to_the_gradient_and_say_how_much_they_cancel(experiment: Experiment) -> None:
    frame, network = frame_of(experiment)
    shares = Share(Item("weight", 0, "kernel", (2, 3)))(frame, network, experiment.samples())
    assert shares is not None and frame.batch is not None and frame.batch.data_gradients is not None
    assert shares.values.sum() == pytest.approx(frame.batch.data_gradients[0]["kernel"][2, 3], rel=1e-9)
    assert shares.normalized == (experiment is NORMALIZED)
    assert shares.cancelled == pytest.approx(1 - abs(shares.values.sum()) / np.abs(shares.values).sum())
    assert (np.diff(shares.values[shares.order]) >= 0).all() and (shares.rows == frame.batch.rows).all()


def test_a_row_is_told_before_and_after_in_its_own_units() -> None:
    experiment = replace(EXAMPLES["diabetes"].experiment, batch_size=32)
    frame, network = frame_of(experiment)
    samples = experiment.samples()
    told = Tell(4)(frame, network, samples)
    assert told is not None and told.row == 4 and told.target.shape == told.before.shape == (1,)
    assert told.target[0] > 20  # not standardized
    assert told.before != told.after
    after = samples.in_units(network.predict(frame.params, samples.x[4:5]))
    assert told.after == pytest.approx(after.ravel(), rel=1e-4)


def test_classes_are_named() -> None:
    experiment = EXAMPLES["iris"].experiment
    frame, network = frame_of(experiment)
    told = Tell(0)(frame, network, experiment.samples())
    assert told is not None and len(told.classes) == 3 == len(told.before) and told.target.sum() == 1


@pytest.mark.parametrize("name", EXAMPLES)
def test_right_gradients_are_trusted_in_every_example(name: str) -> None:
    experiment = EXAMPLES[name].experiment
    frame, network = frame_of(experiment, 2)
    samples = experiment.samples()
    found = trust(frame, network, samples)
    assert found is not None and found.right and len(found.entries) >= 3
    assert trust(replace(frame, batch=None), network, samples).right  # type: ignore[union-attr]


LEAKY = replace(PLAIN, layers=(Dense(6, LeakyRelu(0.3)), Dense(6, Tanh()), Dense(3, Softmax())), loss=CategoricalCrossentropy())


@pytest.mark.parametrize("mistake", SENTENCES)
def test_each_mistake_is_found(mistake: Mistake) -> None:
    experiment = replace(LEAKY, mistakes=(mistake,))
    known = Trust()
    for step in (1, 2, 3):
        frame, network = frame_of(experiment, step)
        known = known.joined(trust(frame, network, experiment.samples()))  # type: ignore[arg-type]
    assert not known.right and known.largest > 1000 * TOLERANCE


def test_what_is_known_grows_with_each_frame_and_once_for_each() -> None:
    frame, network = frame_of(PLAIN)
    found = trust(frame, network, PLAIN.samples())
    assert found is not None
    known = Trust().joined(found)
    assert known.joined(found) is known
    later = known.joined(replace(found, step=9))
    assert later.checked == 2 * found.checked and later.entries[0].error == found.largest


def test_a_muted_unit_costs_what_surgery_says_it_does() -> None:
    frame, network = frame_of(PLAIN)
    ablation = Ablate(0)(frame, network, PLAIN.samples())
    assert ablation is not None and ablation.losses.shape == (6,) and ablation.loss == ablation.untouched
    other = Ablate(0, (Alter(0, 2),))(frame, network, PLAIN.samples())
    assert other is not None
    assert other.loss == pytest.approx(ablation.losses[2]) and other.untouched == pytest.approx(ablation.loss)
    assert other.worth[2] == pytest.approx(0)


def test_an_output_cannot_be_muted() -> None:
    frame, network = frame_of(PLAIN)
    for layer in (2, None):
        ablation = Ablate(layer)(frame, network, PLAIN.samples())
        assert ablation is not None and not len(ablation.losses) and ablation.loss > 0


def test_probes_say_nothing_of_frames_without_an_update() -> None:
    samples = PLAIN.samples()
    frame = next(iter(train(Run.of(PLAIN), samples))).frame()
    network = PLAIN.network(samples)
    item = Item("weight", 0, "kernel", (0, 0))
    assert all(probe(frame, network, samples) is None for probe in (Weigh(), Share(item), Tell(0), Ablate(0)))
    assert pickle.loads(pickle.dumps((Weigh(), Share(item)))) == (Weigh(), Share(item))
