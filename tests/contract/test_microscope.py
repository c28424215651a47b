"""Whatever the layer: every number of every weight is expanded, its terms are the engine's and add up to its gradient."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from netviz.datasets import Arrays, Preprocessing
from netviz.engine.experiment import Experiment
from netviz.engine.frame import Frame
from netviz.engine.initializers import RandomNormal
from netviz.engine.layers import (
    GRU,
    LSTM,
    BatchNormalization,
    Bidirectional,
    Dense,
    Embedding,
    Flatten,
    GlobalAveragePooling1D,
    Layer,
    MultiHeadAttention,
    SimpleRNN,
)
from netviz.engine.losses import MeanSquaredError
from netviz.engine.network import Network
from netviz.engine.run import Run, Start
from netviz.engine.train import Stride, train
from netviz.pictures.microscope import Equation, Item, Reading

ROWS = 4
MOST = 12  # entries of one array that are expanded row by row; the sums over the rows are those of all entries


def read(layers: tuple[Layer, ...], x: np.ndarray, rows: int = ROWS) -> tuple[Frame, Network]:
    """The frame of the second update, with weights that are nowhere 0."""
    draw = np.random.default_rng(7)
    network = Network(layers, x.shape[1:], MeanSquaredError())
    data = Arrays(x, draw.normal(size=(len(x), *network.output_shape)), "regression", draw.uniform(0.5, 2, len(x)), 0)
    plain = Preprocessing(validation_split=0, standardize="off", standardize_targets=False)
    experiment = Experiment(
        data, layers, MeanSquaredError(), metrics=(), batch_size=rows, dtype="float64", preprocessing=plain, seed=3
    )
    first = network.initial(0, "float64").vector
    first = first + draw.uniform(0.1, 0.4, len(first))
    samples = experiment.samples()
    for moment in train(Run.of(experiment, Start(first)), samples, stride=Stride.STEP, epochs=9):
        if moment.is_update and moment.step == 2:
            return moment.frame(), experiment.network(samples)
    raise AssertionError


def around(layer: Layer, shape: tuple[int, ...]) -> tuple[Layer, ...]:
    """The layer with others below and above it, so that gradients come and go."""
    below: tuple[Layer, ...] = () if isinstance(layer, Embedding) else (Dense(shape[-1], kernel_initializer=RandomNormal(0, 0.6)),)
    return (*below, layer, Flatten(), Dense(2))


def close(found: float, wanted: float, scale: float = 0.0) -> bool:
    return abs(found - wanted) <= 1e-9 * max(abs(found), abs(wanted), scale) + 1e-14


def assert_adds_up(equation: Equation) -> None:
    scale = sum(abs(term.value) for term in equation.terms)
    assert close(equation.total, equation.value, scale), equation
    for term in equation.terms:
        assert close(term.value, float(np.prod([factor.value for factor in term.factors]))), term
    sizes = [abs(term.value) for term in equation.terms]
    assert sizes == sorted(sizes, reverse=True) and equation.symbol


def assert_chain(reading: Reading, item: Item, seen: set[Item]) -> None:
    """What the largest terms and factors came from adds up as well, and so on down to the loss and the input."""
    if item in seen or len(seen) > 18 or item.kind == "loss":
        return
    seen.add(item)
    equation = reading.explain(item)
    if equation is None:
        assert item.kind == "target" or item.layer < 0, item
        return
    assert_adds_up(equation)
    for term in equation.terms[:3]:
        for below in (term.item, *(factor.item for factor in term.factors)):
            if below is not None:
                assert_chain(reading, below, seen)


def weights(network: Network, layer: int) -> Iterator[tuple[Item, Any]]:
    for window in network.windows:
        if window.path[0] == layer:
            for index in np.ndindex(*window.shape):
                yield Item("weight", layer, "/".join(map(str, window.path[1:])), index), window


def check(layers: tuple[Layer, ...], place: int, x: np.ndarray) -> None:
    frame, network = read(layers, x)
    reading = Reading(frame, network)
    assert frame.batch is not None and frame.batch.data_gradients is not None
    gradients = {path: array for path, array in frame.batch.data_gradients.items()}
    for number, (item, window) in enumerate(weights(network, place)):
        equation = reading.explain(item)
        assert equation is not None, item
        if not window.trainable:
            assert_adds_up(equation)
            continue
        scale = sum(abs(term.value) for term in equation.terms)
        assert equation.value == gradients[window.path][item.index] and close(equation.total, equation.value, scale), item
        if number % max(1, len(gradients[window.path].ravel()) // MOST) == 0:
            for term in equation.terms[:2]:
                assert term.item is not None and term.item.row is not None
                row = reading.explain(term.item)
                assert row is not None and row.row == term.item.row and close(row.value, term.value, scale), item
                assert_adds_up(row)
    seen: set[Item] = set()
    for item, _window in list(weights(network, place))[:2]:
        assert_chain(reading, replace(item, row=1), seen)


def test_every_number_of_every_weight_is_the_sum_of_its_terms(layer_case: Any) -> None:
    x = layer_case.rows(np.random.default_rng(1), 9)
    layers = around(layer_case.layer, layer_case.shape)
    check(layers, layers.index(layer_case.layer, 0 if isinstance(layer_case.layer, Embedding) else 1), x)


def test_every_output_and_every_gradient_of_an_input_is_told(layer_case: Any) -> None:
    x = layer_case.rows(np.random.default_rng(1), 9)
    layers = around(layer_case.layer, layer_case.shape)
    place = 0 if isinstance(layer_case.layer, Embedding) else 1
    frame, network = read(layers, x)
    reading = Reading(frame, network)
    draw = np.random.default_rng(2)
    for kind, layer in (("unit", place), ("delta", place), ("upstream", place), ("upstream", place - 1), ("delta", place - 1)):
        if layer < 0:
            continue
        for _pick in range(2):
            shape = network.shapes[layer + 1]
            item = Item(kind, layer, "", tuple(int(draw.integers(n)) for n in shape), int(draw.integers(ROWS)))  # type: ignore[arg-type]
            equation = reading.explain(item)
            assert equation is not None and equation.sentence, item
            assert_chain(reading, item, set())


PADDED = (
    SimpleRNN(3), LSTM(3, go_backwards=True), GRU(3), GRU(3, reset_after=False), MultiHeadAttention(2, 3),
    BatchNormalization(), Bidirectional(LSTM(2)), Bidirectional(GRU(2, return_sequences=True), "mul"),
)  # fmt: skip


@pytest.mark.parametrize("layer", PADDED, ids=lambda layer: type(layer).__name__)
def test_padding_is_told_too(layer: Layer) -> None:
    tokens = np.random.default_rng(0).integers(0, 5, (9, 5)).astype(float)
    tokens[:, 3:] = np.where(np.random.default_rng(1).random((9, 2)) < 0.6, 0, tokens[:, 3:])
    behind: tuple[Layer, ...] = (GlobalAveragePooling1D(),) if len(layer.output_shape((5, 4))) == 2 else ()
    layers = (Embedding(5, 4, mask_zero=True), layer, *behind, Dense(2))
    check(layers, 1, tokens)
    check(layers, 0, tokens)
