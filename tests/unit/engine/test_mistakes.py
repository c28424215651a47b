"""Each mistake leaves the forward pass right and makes the gradient wrong, in its own way."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from netviz.datasets import Circle
from netviz.engine.activations import LeakyRelu, Sigmoid, Tanh
from netviz.engine.experiment import Experiment
from netviz.engine.gradcheck import check, gradient
from netviz.engine.layers import Dense
from netviz.engine.mistakes import SENTENCES, Mistake
from netviz.engine.network import Network
from netviz.engine.optimizers import SGD
from netviz.engine.run import Run
from netviz.engine.train import train

RIGHT = Experiment(
    Circle(count=80), (Dense(5, Tanh()), Dense(4, LeakyRelu()), Dense(3, Tanh()), Dense(1, Sigmoid())),
    optimizer=SGD(0.5), batch_size=10, epochs=30,
)  # fmt: skip
SAMPLES = RIGHT.samples()
MISTAKES: tuple[Mistake, ...] = get_args(Mistake)


def network(*mistakes: Mistake) -> Network:
    return replace(RIGHT, mistakes=mistakes).network(SAMPLES)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_gradient_check_notices_and_predictions_stay_right(mistake: Mistake) -> None:
    wrong, params = network(mistake), network().initial(1, "float64")
    params.vector[:] += 0.1
    x = SAMPLES.x[:12]
    assert check(network(), params, x, SAMPLES.y[:12]).passed
    assert not check(wrong, params, x, SAMPLES.y[:12]).passed
    assert (wrong.predict(params, x) == network().predict(params, x)).all()
    assert SENTENCES[mistake]


def test_a_mistake_spoils_just_what_it_says() -> None:
    params = network().initial(1, "float64")
    x, y = SAMPLES.x[:12].astype(np.float64), SAMPLES.y[:12]
    right = gradient(network(), params, x, y)
    np.testing.assert_allclose(gradient(network("sign"), params, x, y).vector, -right.vector)
    np.testing.assert_allclose(gradient(network("batch"), params, x, y).vector, 12 * right.vector)
    biases = gradient(network("biases"), params, x, y)
    for (path, found), (_path, wanted) in zip(biases.items(), right.items(), strict=True):
        np.testing.assert_allclose(found, np.zeros_like(wanted) if path[1] == "bias" else wanted)
    top = gradient(network("transpose"), params, x, y)
    assert (top[3]["kernel"] == right[3]["kernel"]).all() and (top[0]["kernel"] != right[0]["kernel"]).any()


@pytest.mark.parametrize("mistake", ["sign", "batch"])
def test_training_fails_with_it(mistake: Mistake) -> None:
    ends = {}
    for mistakes in ((), (mistake,)):
        experiment = replace(RIGHT, mistakes=mistakes)
        *_all, last = train(Run.of(experiment), SAMPLES)
        ends[mistakes] = last.history.last("loss")
    assert ends[(mistake,)] > 2 * ends[()]
