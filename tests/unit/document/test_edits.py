"""Edits make the next experiment and leave the one before as it is."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from netviz.codec import InvalidValue
from netviz.datasets import Arrays, Circle, Diabetes, Digits, Iris, Moons, Wave
from netviz.document.edits import (
    dropout_of,
    insert_layer,
    remove_layer,
    replace_layer,
    resize,
    set_activation,
    set_dropout,
    set_field,
    set_regularization,
    suggest_output,
    with_dataset,
)  # fmt: skip
from netviz.document.examples import EXAMPLES
from netviz.document.problems import problems
from netviz.engine.activations import Linear, Relu, Sigmoid, Softmax, Tanh
from netviz.engine.experiment import Experiment
from netviz.engine.layers import Activation, Dense, DepthwiseConv2D, Dropout, Flatten
from netviz.engine.losses import CategoricalCrossentropy, Huber, MeanAbsoluteError, MeanSquaredError
from netviz.engine.metrics import Accuracy, R2Score
from netviz.engine.regularizers import L1, L1L2, L2
from netviz.engine.stopping import EarlyStopping


@dataclass(frozen=True)
class Filtering(Flatten):
    """A layer whose size is called otherwise."""

    filters: int = 1


CIRCLE = EXAMPLES["circle"].experiment
HIDDEN, OUTPUT = CIRCLE.layers


def test_a_layer_inserted_is_taken_away_again() -> None:
    for place in range(3):
        edited = insert_layer(CIRCLE, place, Dense(3))
        assert edited.layers[place] == Dense(3) and len(edited.layers) == 3
        assert remove_layer(edited, place) == CIRCLE
    assert CIRCLE.layers == (HIDDEN, OUTPUT)


def test_resizing_changes_one_layer_and_refuses_no_units() -> None:
    assert resize(CIRCLE, 0, 9).layers == (replace(HIDDEN, units=9), OUTPUT)
    assert resize(insert_layer(CIRCLE, 0, Flatten()), 0, 9).layers[0] == Flatten()
    assert resize(insert_layer(CIRCLE, 0, Filtering(4)), 0, 9).layers[0] == Filtering(9)
    with pytest.raises(InvalidValue, match="units"):
        resize(CIRCLE, 0, 0)


def test_an_activation_is_set_where_the_layer_has_one_and_behind_where_not() -> None:
    assert set_activation(CIRCLE, 0, Relu()).layers == (replace(HIDDEN, activation=Relu()), OUTPUT)
    own = insert_layer(CIRCLE, 1, Activation(Tanh()))
    assert set_activation(own, 1, Relu()).layers[1] == Activation(Relu())
    assert set_activation(insert_layer(CIRCLE, 0, Flatten()), 0, Relu()).layers[1] == Activation(Relu())


def test_dropout_is_added_changed_and_taken_away() -> None:
    added = set_dropout(CIRCLE, 0, 0.2)
    assert added.layers == (HIDDEN, Dropout(0.2), OUTPUT) and dropout_of(added, 0) == 0.2
    assert set_dropout(added, 0, 0.5).layers[1] == Dropout(0.5)
    assert set_dropout(added, 0, 0) == CIRCLE == set_dropout(CIRCLE, 0, 0)
    assert dropout_of(CIRCLE, 0) == 0


def test_dropout_stands_behind_an_activation_of_its_own() -> None:
    own = insert_layer(CIRCLE, 1, Activation(Tanh()))
    assert [type(layer) for layer in set_dropout(own, 0, 0.2).layers] == [Dense, Activation, Dropout, Dense]


def test_regularization_is_set_for_all_kernels_at_once() -> None:
    mixed = insert_layer(CIRCLE, 1, Dropout(0.1))
    for l1, l2, wanted in ((0.1, 0, L1(0.1)), (0, 0.2, L2(0.2)), (0.1, 0.2, L1L2(0.1, 0.2)), (0, 0, None)):
        layers = set_regularization(mixed, l1, l2).layers
        assert [getattr(layer, "kernel_regularizer", "none") for layer in layers] == [wanted, "none", wanted]
    deep = set_regularization(insert_layer(CIRCLE, 0, DepthwiseConv2D()), 0, 0.2).layers[0]
    assert deep == DepthwiseConv2D(depthwise_regularizer=L2(0.2))


def test_a_field_is_set_however_deep_it_lies() -> None:
    edited = set_field(CIRCLE, ("optimizer", "learning_rate"), 0.5)
    assert edited == replace(CIRCLE, optimizer=replace(CIRCLE.optimizer, learning_rate=0.5))
    assert set_field(CIRCLE, ("layers", 0, "units"), 9) == resize(CIRCLE, 0, 9)
    assert set_field(CIRCLE, ("layers", 0), OUTPUT) == replace_layer(CIRCLE, 0, OUTPUT)


def test_data_of_the_same_kind_changes_nothing_else() -> None:
    own = replace(CIRCLE, loss=MeanSquaredError(), layers=(Dense(2, Tanh()), Dense(1, Tanh())), metrics=())
    assert with_dataset(own, Moons()) == replace(own, dataset=Moons())
    assert with_dataset(own, Circle(noise=0.5)) == replace(own, dataset=Circle(noise=0.5))


@pytest.mark.parametrize("dataset", [Iris(), Digits(), Wave(), Diabetes(), Moons()])
@pytest.mark.parametrize("name", ["circle", "iris", "digits", "wave", "diabetes"])
def test_from_any_data_to_any_other_what_is_proposed_can_be_trained(name: str, dataset: object) -> None:
    start = replace(
        EXAMPLES[name].experiment, stopping=EarlyStopping("val_" + EXAMPLES[name].experiment.metrics[0].name)
    )
    edited = with_dataset(start, dataset)  # type: ignore[arg-type]
    assert problems(edited) == ()
    assert edited.layers[-2] in start.layers or isinstance(edited.layers[-2], Flatten)


def last(experiment: Experiment) -> tuple[int, type]:
    output = experiment.layers[-1]
    assert isinstance(output, Dense)
    return output.units, type(output.activation)


def test_three_classes_propose_softmax_and_numbers_propose_linear() -> None:
    iris = with_dataset(CIRCLE, Iris())
    assert last(iris) == (3, Softmax) and problems(iris) == ()
    diabetes = with_dataset(iris, Diabetes())
    assert last(diabetes) == (1, Linear) and diabetes.loss == MeanSquaredError() and diabetes.metrics == (R2Score(),)
    assert diabetes.preprocessing.standardize_targets
    back = with_dataset(diabetes, Circle())
    assert last(back) == (1, Sigmoid) and back.metrics == (Accuracy(),) and back.loss == CIRCLE.loss


def test_pictures_get_a_flatten_and_tables_lose_it() -> None:
    digits = with_dataset(CIRCLE, Digits())
    assert isinstance(digits.layers[0], Flatten) and last(digits) == (10, Softmax)
    assert not any(isinstance(layer, Flatten) for layer in with_dataset(digits, Iris()).layers)


def test_a_loss_for_numbers_is_kept_among_numbers() -> None:
    for loss in (Huber(), MeanAbsoluteError()):
        assert suggest_output(replace(EXAMPLES["wave"].experiment, loss=loss)).loss == loss


def test_one_hot_rows_propose_categorical_cross_entropy() -> None:
    rows = Arrays(np.zeros((4, 2)), np.eye(3)[[0, 1, 2, 0]])
    suggested = suggest_output(replace(CIRCLE, dataset=rows))
    assert last(suggested) == (3, Softmax) and suggested.loss == CategoricalCrossentropy()


def test_data_that_cannot_be_loaded_leaves_all_else() -> None:
    empty = Arrays(np.zeros((0, 2)), np.zeros(0))
    assert with_dataset(CIRCLE, empty) == replace(CIRCLE, dataset=empty)
    assert suggest_output(replace(CIRCLE, dataset=empty)) == replace(CIRCLE, dataset=empty)
