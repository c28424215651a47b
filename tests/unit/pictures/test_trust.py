"""Whether the check of gradients is right about gradients."""

from __future__ import annotations

from dataclasses import replace

import pytest

from netviz.document.examples import EXAMPLES
from netviz.engine.experiment import Experiment
from netviz.engine.mistakes import Mistake
from netviz.engine.run import Run
from netviz.engine.train import Stride, train
from netviz.pictures.trust import Trust, trust, written


def checked(experiment: Experiment) -> Trust:
    """The untrained network, checked."""
    samples = experiment.samples()
    moment = next(iter(train(Run.of(experiment), samples, stride=Stride.STEP)))
    found = trust(moment.frame({}), experiment.network(samples), samples)
    assert found is not None
    return found


@pytest.mark.parametrize("example", ["digits-conv", "chirps", "digits", "circle", "sentiment"])
def test_an_untrained_network_is_right_also_where_relu_sits_on_its_corner(example: str) -> None:
    found = checked(EXAMPLES[example].experiment)
    assert found.right, found.entries[0]


@pytest.mark.parametrize("mistake", ["sign", "derivative", "batch", "biases"])
def test_a_mistake_is_found_there_too(mistake: Mistake) -> None:
    experiment = replace(EXAMPLES["digits-conv"].experiment, mistakes=(mistake,))
    assert not checked(experiment).right


def test_a_large_error_is_told_in_percent_and_a_small_one_as_a_power() -> None:
    assert [written(error) for error in (0.0, 3e-10, 0.26, 2.0)] == ["0", "3e−10", "26%", "200%"]
