"""What is wrong with tokens and sequences is told where it is, with a fix that mends it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from netviz.datasets import Arrays, Preprocessing
from netviz.document.edits import resize, size_name, size_of
from netviz.document.problems import problems
from netviz.engine.activations import Sigmoid
from netviz.engine.experiment import Experiment
from netviz.engine.layers import (
    GRU,
    LSTM,
    Bidirectional,
    Dense,
    Embedding,
    Flatten,
    GlobalAveragePooling1D,
    Layer,
    MultiHeadAttention,
    Reshape,
    SimpleRNN,
)

RNG = np.random.default_rng(0)
TOKENS = RNG.integers(0, 20, (60, 12))
NUMBERS = RNG.normal(size=(60, 12))
OUT = Dense(1, Sigmoid())
STEPS = LSTM(8, return_sequences=True)


def built(*layers: Layer, x: np.ndarray = TOKENS) -> Experiment:
    return Experiment(Arrays(x, np.arange(60) % 2, "classification"), layers)


# What is wrong: the layers, the sentence, and the layers after the fix.
WRONG: dict[str, tuple[Experiment, str, tuple[Layer, ...] | None]] = {
    "too few tokens": (
        built(Embedding(10, 4), LSTM(8), OUT), "from 0 to 9, but there is 19 among them", (Embedding(20, 4), LSTM(8), OUT),
    ),
    "numbers": (built(Embedding(10, 4), LSTM(8), OUT, x=NUMBERS), "whole numbers from 0 to 9", None),
    "numbers for a dense layer": (
        built(Embedding(10, 4), Flatten(), OUT, x=NUMBERS), "whole numbers from 0 to 9", (Flatten(), OUT),
    ),
    "above a layer": (built(Dense(4), Embedding(20, 4), Flatten(), OUT), "move it down", (Embedding(20, 4), Dense(4), Flatten(), OUT)),
    "tokens without a table": (built(LSTM(8), OUT), "put an Embedding in front of tokens", (Embedding(20), LSTM(8), OUT)),
    "numbers without steps": (built(GRU(8), OUT, x=NUMBERS), "a Reshape in front of numbers", (Reshape((12, 1)), GRU(8), OUT)),
    "attention without steps": (built(MultiHeadAttention(), OUT), "Attention reads sequences", (Embedding(20), MultiHeadAttention(), OUT)),
    "no steps between": (
        built(Embedding(20), LSTM(8), GRU(4), OUT), "set return_sequences below", (Embedding(20), STEPS, GRU(4), OUT),
    ),
    "no steps from both directions": (
        built(Embedding(20), Bidirectional(LSTM(8)), GRU(4), OUT), "set return_sequences below",
        (Embedding(20), Bidirectional(STEPS), GRU(4), OUT),
    ),
    "padding at the output": (
        built(Embedding(20, mask_zero=True), STEPS, OUT), "padding included", (Embedding(20, mask_zero=True), LSTM(8), OUT),
    ),
    "steps at the output": (built(Embedding(20), STEPS, OUT), "one for each row is wanted", (Embedding(20), LSTM(8), OUT)),
    "a table at the output": (
        built(Embedding(20), OUT), "one for each row is wanted", (Embedding(20), GlobalAveragePooling1D(), OUT),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_does_not_fit_is_said_with_what_mends_it(case: str) -> None:
    experiment, sentence, mended = WRONG[case]
    problem = problems(experiment)[0]
    assert sentence in problem.sentence and problem.layer is not None
    assert (problem.fix and problem.fix.layers) == mended and bool(problem.fix_title) == (mended is not None)
    if problem.fix is not None:
        assert problem.sentence not in [other.sentence for other in problems(problem.fix)]


def test_standardized_tokens_are_told_apart_from_numbers() -> None:
    experiment = replace(built(Embedding(20, 4), LSTM(8), OUT), preprocessing=Preprocessing(standardize="on"))
    problem = problems(experiment)[0]
    assert "the data is standardized" in problem.sentence and problem.fix is not None and not problems(problem.fix)


@pytest.mark.parametrize("layers", [
    (Embedding(20, mask_zero=True), LSTM(4), OUT), (Embedding(20), Flatten(), OUT),
    (Embedding(20), MultiHeadAttention(2), Dense(3), SimpleRNN(2), OUT), (Reshape((3, 4)), Dense(3), GRU(2), Dense(1, Sigmoid())),
])  # fmt: skip
def test_what_fits_is_no_problem(layers: tuple[Layer, ...]) -> None:
    assert problems(built(*layers)) == ()


def test_a_dense_layer_may_come_before_a_recurrent_one() -> None:
    assert problems(built(Dense(3), GRU(2), OUT, x=RNG.normal(size=(60, 5, 2)))) == ()


def test_the_units_of_recurrent_layers_are_set_also_inside_both_directions() -> None:
    experiment = built(Embedding(20), Bidirectional(GRU(3, return_sequences=True)), LSTM(8), OUT)
    assert [size_name(layer) for layer in experiment.layers] == [None, "units", "units", "units"]
    assert [size_of(resize(experiment, place, 5).layers[place]) for place in range(4)] == [None, 5, 5, 5]
    assert resize(experiment, 1, 5).layers[1] == Bidirectional(GRU(5, return_sequences=True))
