"""What layers of shape, norm and noise say where they do not fit, and what normalization along other axes means."""

from __future__ import annotations

import numpy as np
import pytest

from netviz.engine.activations import Softmax as SoftmaxFunction
from netviz.engine.layers import (
    Activation,
    BatchNormalization,
    Dense,
    Layer,
    LayerNormalization,
    LayerProblem,
    Permute,
    PReLU,
    Reshape,
    Softmax,
    SpatialDropout1D,
    SpatialDropout2D,
)
from netviz.engine.losses import CategoricalCrossentropy
from netviz.engine.network import Network
from netviz.engine.workspace import Context, Workspace

REFUSED: dict[str, tuple[Layer, tuple[int, ...], str]] = {
    "reshape to another count": (Reshape((4, 4)), (3, 5), "holds 15 numbers, .*product of the lengths must be 15"),
    "reshape with a remainder": (Reshape((-1, 4)), (3, 5), "holds 15 numbers"),
    "reshape with two unknowns": (Reshape((-1, -1)), (3, 5), "−1 at most once"),
    "reshape to nothing": (Reshape((0, -1)), (3, 5), "lengths from 1 on"),
    "permute too few": (Permute((2, 1)), (3, 4, 5), "name each axis of a row of the shape"),
    "permute twice the same": (Permute((1, 1)), (3, 4), "once, counted from 1"),
    "channels of a vector": (SpatialDropout1D(0.5), (4,), r"sequences \(steps, channels\).*use Dropout"),
    "channels of a sequence": (SpatialDropout2D(0.5), (4, 3), r"images \(height, width, channels\)"),
    "batch axis": (BatchNormalization(axis=0), (4,), "has no axis 0"),
    "axis behind the last": (BatchNormalization(axis=2), (4,), "its axes are 1 to 1"),
    "axis twice": (LayerNormalization((1, -2)), (4, 3), "each of them once"),
    "no axis": (LayerNormalization(()), (4,), "one or more"),
    "softmax axis": (Softmax(-3), (4, 3), "has no axis -3"),
    "shared axis": (PReLU(shared_axes=(3,)), (4, 3), "Axis 3 cannot be shared"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_is_refused_in_a_sentence(case: str) -> None:
    layer, shape, sentence = REFUSED[case]
    with pytest.raises(LayerProblem, match=sentence):
        layer.output_shape(shape)


def test_a_last_softmax_layer_fuses_with_its_loss() -> None:
    network = Network((Dense(3), Softmax()), (4,), CategoricalCrossentropy())
    assert network.fused is not None and len(network.stages) == 1
    plain = Network((Dense(3), Activation(SoftmaxFunction())), (4,), CategoricalCrossentropy())
    params, x = network.initial(0, "float64"), np.random.default_rng(0).normal(size=(5, 4))
    np.testing.assert_array_equal(network.predict(params, x), plain.predict(params, x))


@pytest.mark.parametrize("layer", [LayerNormalization((1, 3)), BatchNormalization(axis=2)], ids=["layer", "batch"])
def test_along_any_axes_is_as_along_the_last_ones_with_the_axes_in_another_order(layer: Layer) -> None:
    rng = np.random.default_rng(0)
    x, up = rng.normal(size=(5, 2, 3, 4)), rng.normal(size=(5, 2, 3, 4))
    moved = (0, 2, 1, 3) if isinstance(layer, LayerNormalization) else (0, 1, 3, 2)
    last = LayerNormalization((2, 3)) if isinstance(layer, LayerNormalization) else BatchNormalization(axis=3)
    found = []
    for value, order in ((layer, (0, 1, 2, 3)), (last, moved)):
        weights = {w.name: np.linspace(0.5, 2, int(np.prod(w.shape))).reshape(w.shape) for w in value.weights(x.transpose(order).shape[1:])}
        grads = {name: np.zeros_like(w) for name, w in weights.items()}
        context = Context(Workspace("float64"), 0, training=True)
        y, memory = value.forward(weights, x.transpose(order).copy(), context)
        dx = value.backward(weights, memory, up.transpose(order).copy(), context, grads)
        found.append((y.transpose(order), dx.transpose(order), grads["gamma"]))  # both orders undo themselves
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)


def test_batch_normalization_rests_on_the_moving_averages() -> None:
    network = Network((BatchNormalization(epsilon=0.25, scale=False, center=False),), (2,), CategoricalCrossentropy())
    params = network.initial(0, "float64")
    params[0]["moving_mean"][:], params[0]["moving_variance"][:] = [1, 2], [0.75, 3.75]
    assert network.predict(params, np.array([[2.0, 6.0]])).tolist() == [[1.0, 2.0]]
