"""What is offered at a place of a network: everything there is, what fits first, and why the rest does not."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from netviz.arrays import Shape
from netviz.document.edits import insert_layer
from netviz.document.examples import EXAMPLES
from netviz.document.offers import Offer, neighbour_activation, offers, suited
from netviz.engine.activations import Relu, Tanh
from netviz.engine.experiment import Experiment
from netviz.engine.layers import Dense, Flatten, Permute, Reshape, Residual, layers
from netviz.engine.layers.layer import GROUPS
from netviz.pictures.sketch import sketch

CIRCLE, DIGITS = EXAMPLES["circle"].experiment, EXAMPLES["digits"].experiment


def offered(experiment: Experiment, place: int) -> tuple[Offer, ...]:
    return offers(experiment, place, shapes_of(experiment))


def shapes_of(experiment: Experiment) -> Sequence[Shape | None]:
    return sketch(experiment.layers, experiment.samples().row_shape).shapes


@pytest.mark.parametrize("example", ["circle", "digits"])
def test_every_layer_is_offered_once_everywhere(example: str) -> None:
    experiment = EXAMPLES[example].experiment
    for place in range(len(experiment.layers)):
        assert sorted(type(offer.layer).__name__ for offer in offered(experiment, place)) == sorted(
            layers[name].__name__ for name in layers
        )


@pytest.mark.parametrize("name", list(layers))
def test_every_layer_belongs_to_a_group_that_is_known(name: str) -> None:
    assert layers[name].group in GROUPS


@pytest.mark.parametrize("example", list(EXAMPLES))
def test_what_is_said_to_fit_fits(example: str) -> None:
    experiment = EXAMPLES[example].experiment
    samples = experiment.samples()
    for place in range(len(experiment.layers)):
        for offer in offered(experiment, place):
            made = insert_layer(experiment, place, offer.layer)
            shapes = sketch(made.layers, samples.row_shape).shapes
            assert (shapes[place + 1] is None) == bool(offer.reason)
            assert (shapes[-1] == shapes_of(experiment)[-1]) == (offer.rank == 0), offer


def test_groups_keep_together_and_what_fits_comes_first() -> None:
    found = offered(CIRCLE, 1)
    assert found[0].group == "Core"
    assert [bool(offer.reason) for offer in found] == sorted(bool(offer.reason) for offer in found)
    groups = [offer.group for offer in found if not offer.reason]
    assert [g for i, g in enumerate(groups) if g not in groups[:i]] == [g for i, g in enumerate(groups) if not i or groups[i - 1] != g]
    best = [min(offer.rank for offer in found if offer.group == group) for group in groups]
    assert best == sorted(best)


def test_what_cannot_stand_there_says_why() -> None:
    flip = next(offer for offer in offered(CIRCLE, 1) if offer.title == "Random flip")
    assert flip.rank == 2 and "(height, width, channels)" in flip.reason


def test_what_would_break_a_layer_behind_says_which() -> None:
    reshaped = Experiment(DIGITS.dataset, (Reshape((8, 8, 1)), Permute((2, 1, 3)), Flatten(), Dense(10)))
    flat = next(offer for offer in offered(reshaped, 1) if isinstance(offer.layer, Flatten))
    assert flat.rank == 1 and flat.breaks.startswith("Permute")


def test_a_layer_comes_with_settings_that_suit_the_place() -> None:
    assert suited(Dense, (2,), Tanh()) == Dense(4, Tanh())
    assert suited(Reshape, (64,), Relu()).output_shape((64,)) == (8, 8, 1)
    assert suited(Reshape, (12,), Relu()).output_shape((12,)) == (4, 3, 1)
    assert suited(Reshape, (8, 8, 2), Relu()).output_shape((8, 8, 2)) == (128,)
    assert suited(Permute, (3, 4, 5), Relu()).output_shape((3, 4, 5)) == (4, 3, 5)
    assert suited(Residual, (6,), Relu()) == Residual((Dense(6, Relu()),))


def test_a_layer_that_has_an_activation_of_its_own_keeps_it() -> None:
    rnn = suited(layers["simple_rnn"], (5, 2), Relu())
    assert rnn.activation == Tanh() and rnn.units == 4  # type: ignore[attr-defined]


def test_the_activation_is_that_of_the_hidden_layers() -> None:
    assert neighbour_activation(CIRCLE, 1) == CIRCLE.layers[0].activation  # type: ignore[attr-defined]
    assert neighbour_activation(Experiment(layers=(Dense(1),)), 0) == Relu()
