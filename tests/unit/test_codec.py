"""Values and plain JSON: what does not fit is refused by name, with what is allowed."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from netviz.codec import InvalidValue, Range, decode, encode, fields_of, range_of, title_of
from netviz.datasets import Arrays
from netviz.engine.activations import LeakyRelu, Relu
from netviz.engine.experiment import Experiment
from netviz.engine.layers import Dense, Dropout, Layer
from netviz.engine.optimizers import SGD, Adam, Optimizer
from netviz.engine.schedules import PiecewiseConstantDecay


def plain(value: Any) -> Any:
    return json.loads(json.dumps(encode(value)))


def test_an_experiment_comes_back_as_it_was() -> None:
    value = Experiment(layers=(Dense(3, LeakyRelu(0.1), name="first"), Dropout(0.25), Dense(1)), class_weight=((1, 2.0),))
    assert decode(Experiment, plain(value)) == value


def test_what_is_left_out_has_its_default() -> None:
    assert decode(Optimizer, {"type": "adam"}) == Adam()  # type: ignore[type-abstract]


@pytest.mark.parametrize("found", [0, -1, 2.5, True, "64", None, [3], 10**7, math.nan])
def test_a_number_that_is_none_is_refused_with_the_range(found: Any) -> None:
    with pytest.raises(InvalidValue, match=r"layers\[1\]\.units.*whole number at least 1 and at most"):
        decode(Experiment, {"layers": [{"type": "dense"}, {"type": "dense", "units": found}]})


@pytest.mark.parametrize("found", [0, -0.1, math.inf, math.nan, "0.1", True, 1e400, 10**400])
def test_a_learning_rate_that_is_none_is_refused(found: Any) -> None:
    with pytest.raises(InvalidValue, match="learning_rate"):
        decode(Experiment, {"optimizer": {"type": "sgd", "learning_rate": found}})


@pytest.mark.parametrize(
    ("found", "words"),
    [
        ({"layers": [{"type": "dense", "unit": 3}]}, r"layers\[0\] has no setting 'unit'.*Did you mean 'units'"),
        ({"layers": [{"type": "dens"}]}, r"layers\[0\].*no layer named 'dens'.*Did you mean 'dense'"),
        ({"layers": [{"type": "Lambda"}]}, r"no layer named 'Lambda'"),
        ({"layers": [{"type": ["dense"]}]}, r"layers\[0\]"),
        ({"layers": [{}]}, r"layers\[0\]"),
        ({"layers": {"type": "dense"}}, r"layers .*list"),
        ({"layers": [3]}, r"layers\[0\] is 3.*group of settings"),
        ({"shuffle": 1}, r"shuffle.*yes or no"),
        ({"dtype": "float16"}, r"dtype.*float32, float64"),
        ({"class_weight": [[1]]}, r"class_weight\[0\].*list of 2"),
        ({"stopping": {"patience": -1}}, r"patience"),
        ([], r"group of settings"),
        ({"epochs": 10**5000}, r"epochs"),
    ],
)
def test_what_does_not_fit_is_told_of_by_its_place(found: Any, words: str) -> None:
    with pytest.raises(InvalidValue, match=words) as refusal:
        decode(Experiment, found)
    assert len(str(refusal.value)) <= 240


def test_what_is_lacking_is_named() -> None:
    with pytest.raises(InvalidValue, match="lacks x, y"):
        decode(Experiment, {"dataset": {"type": "arrays"}})


def test_values_made_in_python_are_held_to_the_same() -> None:
    with pytest.raises(InvalidValue, match=r"Dense\.units is 0"):
        Dense(0)
    with pytest.raises(InvalidValue, match="momentum"):
        SGD(momentum=1.0)
    with pytest.raises(InvalidValue, match="activation"):
        Dense(3, "relu")  # type: ignore[arg-type]


def test_whole_numbers_become_floats_and_lists_become_tuples() -> None:
    assert isinstance(SGD(1).learning_rate, float)
    assert PiecewiseConstantDecay([3], [1, 0.5]).factors == (1.0, 0.5)  # type: ignore[arg-type]


def test_arrays_travel_beside_the_json() -> None:
    value, beside = Arrays(np.eye(3), np.arange(3), "classification"), {}
    found = encode(value, beside, "data")
    assert found["x"] == {"array": "data.x"} and set(beside) == {"data.x", "data.y"}
    assert decode(Arrays, found, beside) == value
    with pytest.raises(InvalidValue, match="missing"):
        decode(Arrays, found, {})
    with pytest.raises(InvalidValue, match="array"):
        encode(value)


def test_fields_have_titles_and_ranges_for_forms() -> None:
    assert title_of(Adam, "learning_rate") == "Learning rate"
    limits = range_of(fields_of(Dense)["units"])
    assert limits is not None and (limits.low, limits.log) == (1, True)
    assert range_of(fields_of(Dense)["use_bias"]) is None


@pytest.mark.parametrize(
    ("limits", "inside", "outside"),
    [
        (Range(low=0, high=1), (0, 1), (-0.1, 1.1)),
        (Range(above=0, below=1), (0.5,), (0, 1)),
        (Range(), (-1e300, 0), ()),
    ],
)
def test_ranges_hold_their_ends_or_not(limits: Range, inside: tuple[float, ...], outside: tuple[float, ...]) -> None:
    assert all(limits.holds(number) for number in inside)
    assert not any(limits.holds(number) for number in outside)


def test_a_family_is_told_from_a_member() -> None:
    assert decode(Layer, {"type": "Dense", "activation": {"type": "ReLU"}}) == Dense(activation=Relu())  # type: ignore[type-abstract]
