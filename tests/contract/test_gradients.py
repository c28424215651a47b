"""Backpropagation against central differences, for all that goes together; and by complex steps where that can be done."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netviz.arrays import Array
from netviz.engine.activations import Activation, Gelu, LeakyRelu, Sigmoid, Softmax, Tanh, activations
from netviz.engine.gradcheck import TOLERANCE, check, gradient, loss
from netviz.engine.layers import Activation as ActivationLayer
from netviz.engine.layers import Dense, Dropout, Flatten, Layer
from netviz.engine.losses import (
    BinaryCrossentropy,
    BinaryFocalCrossentropy,
    CategoricalCrossentropy,
    CategoricalFocalCrossentropy,
    CategoricalHinge,
    Hinge,
    Huber,
    Loss,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    SquaredHinge,
    losses,
)
from netviz.engine.network import Network
from netviz.engine.parameters import Parameters
from netviz.engine.regularizers import L1, L1L2, L2, regularizers
from netviz.engine.workspace import Workspace

KINK = 1e-3  # no z may lie nearer to a corner of its function than this
EVERY: dict[str, Activation] = {name: activations[name]() for name in activations}
EVERY |= {"gelu approximate": Gelu(approximate=True), "leaky_relu 0.01": LeakyRelu(0.01)}
ANY = ("linear", "tanh", "sigmoid", "softmax")
# What may stand under a loss: cross-entropies want probabilities, Poisson's wants what is above 0.
OUTPUTS: dict[str, tuple[str, ...]] = {
    name: ("sigmoid", "softmax") if losses[name].targets in ("probabilities", "labels") and losses[name].outputs else ANY
    for name in losses
} | {"poisson": ("softplus", "sigmoid", "softmax"), "mean_squared_logarithmic_error": ("softplus", "sigmoid", "softmax")}
PAIRS = [(name, output) for name, outputs in OUTPUTS.items() for output in outputs]


def targets(loss: Loss, rows: int, outputs: int, rng: np.random.Generator) -> Array:
    if loss.targets in ("numbers", "amounts"):
        numbers = rng.normal(size=(rows, outputs))
        return numbers if loss.targets == "numbers" else np.abs(numbers)
    if loss.targets == "sides":
        return rng.choice([-1.0, 1.0], (rows, outputs))
    labels = rng.integers(0, outputs, rows)
    return labels if loss.targets == "labels" else np.eye(outputs)[labels]


def far_from_corners(network: Network, w: Parameters, x: Array, y: Array) -> bool:
    """Whether every z of a piecewise function, and every error of a piecewise loss, is far from its corner."""
    contexts = network.contexts(Workspace("float64"), training=True)
    z: Array = x
    for stage, context in zip(network.stages, contexts, strict=False):
        if isinstance(stage.layer, ActivationLayer) and np.abs(z).min() < KINK:
            return False
        z, _memory = stage.layer.forward(w[stage.index], z, context)
    corners = min(float(np.abs(corner).min()) for corner in distances(network.loss, z, network.targets(y)))
    return corners > KINK and float(np.abs(w.vector).min()) > KINK


def distances(loss: Loss, p: Array, y: Array) -> list[Array]:
    """How far predictions are from each corner of a loss."""
    if isinstance(loss, (MeanAbsoluteError, MeanAbsolutePercentageError)):
        return [p - y, y]
    if isinstance(loss, Huber):
        return [np.abs(p - y) - loss.delta]
    if isinstance(loss, (Hinge, SquaredHinge)):
        return [1 - y * p]
    if isinstance(loss, CategoricalHinge):
        ordered = np.sort((1 - y) * p, -1)
        return [1 + ordered[..., -1] - (y * p).sum(-1), ordered[..., -1] - ordered[..., -2]]
    return [np.ones(1)]


def case(
    parts: tuple[Layer, ...], loss: Loss, shape: tuple[int, ...] = (5,), rows: int = 7, outputs: int = 3
) -> tuple[Network, Parameters, Array, Array]:
    """A network with weights and rows that keep away from corners."""
    network = Network(parts, shape, loss)
    for seed in range(500):
        rng = np.random.default_rng(seed)
        w = Parameters(rng.normal(0, 0.7, len(network.initial(0, "float64"))), network.windows)
        x, y = rng.normal(size=(rows, *shape)), targets(loss, rows, outputs, rng)
        if far_from_corners(network, w, x, y):
            return network, w, x, y
    raise AssertionError("no rows keep away from the corners")


def assert_right(*arguments: Any, **more: Any) -> None:
    found = check(*arguments, **more)
    assert found.entries and found.passed, found.entries[0]


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("regularizer", [None, L1(0.02), L2(0.03), L1L2(0.01, 0.02)], ids=str)
def test_hidden_activations_with_every_regularizer(name: str, regularizer: Any) -> None:
    parts = (Dense(4, EVERY[name], kernel_regularizer=regularizer, bias_regularizer=regularizer), Dense(3))
    assert_right(*case(parts, MeanSquaredError()))


@pytest.mark.parametrize(("name", "output"), PAIRS)
@pytest.mark.parametrize("hidden", ["tanh", "relu", "elu"])
def test_every_loss_on_every_output_it_can_have(name: str, output: str, hidden: str) -> None:
    parts = (Dense(4, EVERY[hidden]), Dense(3, EVERY[output], kernel_regularizer=L2(0.05)))
    assert_right(*case(parts, losses[name]()))


@pytest.mark.parametrize("delta", [0.3, 2.5])
def test_huber_on_both_sides_of_its_corner(delta: float) -> None:
    assert_right(*case((Dense(3),), Huber(delta)))


OPTIONS = [
    BinaryCrossentropy(0.2), CategoricalCrossentropy(0.2), BinaryFocalCrossentropy(label_smoothing=0.1),
    BinaryFocalCrossentropy(True, 0.3), BinaryFocalCrossentropy(gamma=0.0), BinaryFocalCrossentropy(gamma=0.7),
    CategoricalFocalCrossentropy((0.1, 0.5, 0.9)), CategoricalFocalCrossentropy(gamma=0.0, label_smoothing=0.1),
    CategoricalFocalCrossentropy(gamma=1.0), CategoricalFocalCrossentropy(gamma=0.7),
]  # fmt: skip


@pytest.mark.parametrize("output", ["sigmoid", "softmax"])
@pytest.mark.parametrize("loss", OPTIONS, ids=str)
def test_every_option_of_a_loss_fused_and_not(loss: Loss, output: str) -> None:
    assert_right(*case((Dense(4, Tanh()), Dense(3, EVERY[output])), loss))


@pytest.mark.parametrize(("name", "output"), PAIRS)
def test_weights_of_rows_go_into_the_gradient(name: str, output: str) -> None:
    network, w, x, y = case((Dense(3, EVERY[output]),), losses[name]())
    weights = np.random.default_rng(3).uniform(0, 3, len(x))
    assert_right(network, w, x, y, weights)


@pytest.mark.parametrize("rows", [1, 2, 32])
def test_batches_of_every_size(rows: int) -> None:
    assert_right(*case((Dense(3, Sigmoid()), Dense(2)), MeanSquaredError(), rows=rows, outputs=2))


def test_dropout_with_its_mask_held_still() -> None:
    parts = (Dense(8, Tanh()), Dropout(0.4), Dense(6, Sigmoid()), Dropout(0.2), Dense(3, Softmax()))
    network, w, x, y = case(parts, losses["sparse_categorical_crossentropy"]())
    assert_right(network, w, x, y, seed=5)


def test_flattened_images_and_activation_layers() -> None:
    parts = (Flatten(), Dense(4), ActivationLayer(Tanh()), Dense(3, Softmax()))
    assert_right(*case(parts, losses["categorical_crossentropy"](), shape=(3, 2, 2)))


def test_layers_without_biases_and_layers_without_weights_at_the_bottom() -> None:
    parts = (ActivationLayer(Tanh()), Dropout(0.0), Dense(4, Tanh(), use_bias=False), Dense(3))
    assert_right(*case(parts, MeanSquaredError()))


def test_dense_along_the_last_of_several_axes() -> None:
    network, w, x, y = case((Dense(4, Tanh()), Flatten(), Dense(3)), MeanSquaredError(), shape=(2, 5))
    assert network.shapes[1] == (2, 4)
    assert_right(network, w, x, y)


def test_deep_networks() -> None:
    parts = tuple(Dense(3, Tanh()) for _ in range(8))
    assert_right(*case(parts, MeanSquaredError()))


# Exact GELU and what clips, or takes |d|, is not written for complex numbers.
ANALYTIC = ["linear", "sigmoid", "tanh", "softplus", "softmax", "relu", "elu", "leaky_relu"]
ANALYTIC_PAIRS = [
    (name, output)
    for name, output in PAIRS
    if name == "mean_squared_error" or losses[name]().fused(EVERY[output]) is not None
]


@pytest.mark.parametrize(("name", "output"), ANALYTIC_PAIRS)
@pytest.mark.parametrize("hidden", ANALYTIC)
def test_complex_steps_agree_to_twelve_digits(name: str, output: str, hidden: str) -> None:
    """∂L/∂w = Im L(w + ih)/h has no rounding of differences; it goes through the real forward pass."""
    network, w, x, y = case((Dense(4, EVERY[hidden], kernel_regularizer=None), Dense(3, EVERY[output])), losses[name]())
    right = gradient(network, w, x, y).vector
    step = 1e-30
    found = np.empty_like(right)
    for place in range(len(right)):
        moved = w.vector.astype(complex)
        moved[place] += 1j * step
        value: Any = loss(network, Parameters(moved, w.windows), x.astype(complex), y)
        found[place] = value.imag / step
    scale = np.maximum(np.abs(right), 1e-2 * np.abs(right).max())
    assert (np.abs(found - right) / scale).max() <= 1e-12


def test_the_check_notices_a_gradient_that_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    network, w, x, y = case((Dense(4, Tanh()), Dense(3)), MeanSquaredError())
    monkeypatch.setattr(Tanh, "backward", lambda self, da, z, a, context: da)  # f' forgotten
    assert not check(network, w, x, y).passed


def test_a_sample_of_weights_is_checked_where_asked() -> None:
    network, w, x, y = case((Dense(4, Tanh()), Dense(3)), MeanSquaredError())
    found = check(network, w, x, y, sample=6, seed=2)
    assert len(found.entries) == 6 and found.largest <= TOLERANCE
    assert {e.path for e in found.entries} <= {window.path for window in network.windows}


def test_every_family_is_in_these_tests() -> None:
    assert {name for name, _output in PAIRS} == set(losses)
    assert set(activations) <= set(EVERY)
    assert {type(r) for r in (L1(), L2(), L1L2())} == {regularizers[name] for name in regularizers}


def test_the_network_is_left_as_it_was() -> None:
    network, w, x, y = case((Dense(4, Tanh()), Dense(3)), MeanSquaredError())
    before = w.vector.copy()
    check(network, w, x, y)
    assert (w.vector == before).all()
