"""What differs between two ways of a training is told field by field."""

from __future__ import annotations

from dataclasses import replace

from netviz.datasets import Circle
from netviz.document import edits, operations
from netviz.engine.activations import Sigmoid, Tanh
from netviz.engine.experiment import Experiment
from netviz.engine.layers import Dense
from netviz.engine.optimizers import SGD, Adam
from netviz.engine.surgery import SetWeight
from netviz.pictures.comparison import differences

SMALL = Experiment(Circle(count=100), (Dense(4, Tanh()), Dense(1, Sigmoid())), optimizer=Adam(0.03))


def test_equal_experiments_differ_in_nothing() -> None:
    assert differences(SMALL, replace(SMALL)) == []


def test_a_setting_is_told_with_both_its_values() -> None:
    assert differences(SMALL, replace(SMALL, optimizer=Adam(0.1))) == ["optimizer.learning_rate 0.1 (here 0.03)"]
    assert differences(SMALL, replace(SMALL, optimizer=SGD())) == ["optimizer SGD (here Adam)"]
    assert differences(SMALL, edits.resize(SMALL, 0, 8)) == ["layers[1].units 8 (here 4)"]


def test_weights_set_by_hand_are_told_and_what_is_missing_too() -> None:
    edited = operations.set_weight(SMALL, 0, "kernel", (1, 2), 0.5, 12)
    assert differences(SMALL, edited) == ["kernel[2,3] of layer 1 = 0.5 at update 12"]
    assert differences(edited, SMALL) == ["without kernel[2,3] of layer 1 = 0.5 at update 12"]


def test_setting_the_same_number_again_takes_the_place_of_the_first() -> None:
    twice = operations.set_weight(operations.set_weight(SMALL, 0, "bias", (1,), 0.5, 12), 0, "bias", (1,), 0.7, 12)
    assert twice.surgery == (SetWeight(0, "bias", (1,), 0.7, 12),)
    later = operations.set_weight(twice, 0, "bias", (1,), 0.9, 13)
    assert len(later.surgery) == 2


def test_many_differences_end_in_dots() -> None:
    other = Experiment(Circle(count=50, noise=0.3), (Dense(1, Sigmoid()),), optimizer=SGD(), epochs=7, batch_size=5, seed=3)
    assert len(differences(SMALL, other)) == 7 and differences(SMALL, other)[-1] == "…"
