"""What is done to a network by hand: muted and shifted units, weights held still, weights set to a number."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from netviz.datasets import Circle
from netviz.engine.activations import Sigmoid, Tanh
from netviz.engine.experiment import Experiment
from netviz.engine.gradcheck import check
from netviz.engine.layers import Activation, Dense
from netviz.engine.network import NetworkProblem
from netviz.engine.optimizers import AdamW
from netviz.engine.run import Run
from netviz.engine.surgery import Alter, Freeze, SetWeight, Surgery
from netviz.engine.train import Stride, train

PLAIN = Experiment(
    Circle(count=60), (Dense(4, Tanh()), Dense(3, Tanh()), Dense(1, Sigmoid())), optimizer=AdamW(0.01),
    batch_size=16, epochs=2,
)  # fmt: skip


def operated(*surgery: Surgery) -> Experiment:
    return replace(PLAIN, surgery=surgery)


def predictions(experiment: Experiment) -> np.ndarray:
    samples = experiment.samples()
    network = experiment.network(samples)
    return network.predict(network.initial(0, "float64"), samples.x.astype(np.float64))


def test_a_muted_unit_counts_for_nothing() -> None:
    muted = predictions(operated(Alter(1, 2)))
    without = replace(PLAIN, layers=PLAIN.layers)
    samples = without.samples()
    network = without.network(samples)
    params = network.initial(0, "float64")
    params[2]["kernel"][2] = 0
    np.testing.assert_allclose(muted, network.predict(params, samples.x.astype(np.float64)), rtol=1e-15)
    assert (muted != predictions(PLAIN)).any()


def test_a_layer_is_scaled_and_shifted_as_a_layer_of_that_function_would() -> None:
    samples = PLAIN.samples()
    network = operated(Alter(0, None, scale=0.5, shift=0.25)).network(samples)
    params = network.initial(0, "float64")
    x = samples.x.astype(np.float64)
    hidden = np.tanh(x @ params[0]["kernel"] + params[0]["bias"]) * 0.5 + 0.25
    z = np.tanh(hidden @ params[1]["kernel"] + params[1]["bias"]) @ params[2]["kernel"] + params[2]["bias"]
    np.testing.assert_allclose(network.predict(params, x), 1 / (1 + np.exp(-z)), rtol=1e-12)


@pytest.mark.parametrize(
    "surgery", [(Alter(0, 1),), (Alter(1, None, 0.5, 0.1), Alter(0, 2, -2.0)), (Alter(0, 1, 3.0), Alter(0, 1, 1.0, 0.4))]
)
def test_gradients_are_those_of_the_network_as_it_is_altered(surgery: tuple[Surgery, ...]) -> None:
    samples = PLAIN.samples()
    network = operated(*surgery).network(samples)
    found = check(network, network.initial(3, "float64"), samples.x[:9], samples.y[:9])
    assert found.passed, found.entries[0]


def test_an_altered_output_is_refused_where_its_loss_is_computed_from_logits() -> None:
    with pytest.raises(NetworkProblem, match="output itself"):
        operated(Alter(2, 0)).network(PLAIN.samples())


@pytest.mark.parametrize(
    ("surgery", "says"),
    [
        (Alter(0, 9), "no unit 10"), (Freeze(7), "no such layer"), (Freeze(0, "gamma"), "no gamma"),
        (SetWeight(0, "kernel", (0, 4)), "no number at"), (SetWeight(0, "bias", (0, 0)), "no number at"),
    ],
)  # fmt: skip
def test_surgery_on_what_is_not_there_is_refused_by_name(surgery: Surgery, says: str) -> None:
    with pytest.raises(NetworkProblem, match=says):
        operated(surgery).network(PLAIN.samples())


def test_weights_that_are_held_still_do_not_move_and_the_others_do() -> None:
    experiment = operated(Freeze(0, "bias"), Freeze(1, "kernel", (None, 2)), Freeze(2))
    *_all, last = (moment.frame() for moment in train(Run.of(experiment), experiment.samples()))
    first = experiment.network(experiment.samples()).initial(0, "float32")
    moved = {path: array != dict(first.items())[path] for path, array in last.params.items()}
    assert not moved[0, "bias"].any() and moved[0, "kernel"].all()
    assert not moved[1, "kernel"][:, 2].any() and moved[1, "kernel"][:, :2].all() and moved[1, "bias"].all()
    assert not moved[2, "kernel"].any() and not moved[2, "bias"].any()
    assert not last.updates[0]["bias"].any() and last.grads[0]["bias"].any()


@pytest.mark.parametrize("at", [0, 2, 3, 5])
def test_a_weight_is_set_after_so_many_updates_in_every_gait_and_after_every_frame(at: int) -> None:
    experiment = operated(SetWeight(1, "kernel", (3, 1), 2.5, step=at))
    run, samples = Run.of(experiment), experiment.samples()
    frames = {stride: [m.frame() for m in train(run, samples, stride=stride)] for stride in Stride}
    assert len({kept[-1].params.vector.tobytes() for kept in frames.values()}) == 1
    here = next(frame for frame in frames[Stride.STEP] if frame.step == at)
    assert here.params[1]["kernel"][3, 1] == np.float32(2.5)
    for begin in frames[Stride.STEP]:
        again = [m.frame() for m in train(run, samples, begin, epochs=2 - begin.epoch or 1)][-1]
        if again.step == frames[Stride.EPOCH][-1].step:
            assert again.params.vector.tobytes() == frames[Stride.EPOCH][-1].params.vector.tobytes()


def test_a_weight_set_on_the_way_belongs_to_the_run_as_it_was_edited() -> None:
    run = Run.of(PLAIN).edited(4, operated(SetWeight(0, "bias", (1,), -1.0, step=4)))
    frames = [m.frame() for m in train(run, PLAIN.samples(), stride=Stride.STEP)]
    plain = [m.frame() for m in train(Run.of(PLAIN), PLAIN.samples(), stride=Stride.STEP)]
    assert all((f.params.vector == p.params.vector).all() for f, p in zip(frames, plain, strict=True) if f.step < 4)
    assert next(f for f in frames if f.step == 4).params[0]["bias"][1] == -1


def test_an_activation_layer_can_be_altered_too() -> None:
    experiment = replace(PLAIN, layers=(Dense(4), Activation(Tanh()), Dense(1, Sigmoid())), surgery=(Alter(1, 0),))
    same = replace(PLAIN, layers=(Dense(4, Tanh()), Dense(1, Sigmoid())), surgery=(Alter(0, 0),))
    assert predictions(experiment).shape == predictions(same).shape
