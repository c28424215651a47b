"""What each row contributes to a gradient adds up to it, for every kind of layer, also below a batch normalization."""

from __future__ import annotations

import numpy as np
import pytest

from netviz.arrays import FrozenMap, rng
from netviz.engine.again import Again, wide
from netviz.engine.frame import Batch
from netviz.engine.layers import BatchNormalization, Dense, Flatten, Layer
from netviz.engine.losses import MeanSquaredError
from netviz.engine.network import Network
from netviz.engine.parameters import Parameters

ROWS = 6


def again(layers: tuple[Layer, ...], shape: tuple[int, ...], x: np.ndarray) -> tuple[Again, Parameters]:
    network = Network(layers, shape, MeanSquaredError())
    draw = rng(1, "a batch")
    y = draw.normal(size=(len(x), *network.output_shape))
    weights = draw.uniform(0.5, 2, len(x))
    batch = Batch(np.arange(len(x)), x, y, weights, FrozenMap({}), FrozenMap({}))
    params = wide(network.initial(3, "float64"))
    params.vector[:] = np.where(params.vector == 0, 0.1, params.vector)
    return Again(network, batch, 5), params


def assert_they_add_up(found: Again, params: Parameters, most: int = 3) -> None:
    gradient = found.through(params).grads
    for window in params.windows:
        if not window.trainable:
            continue
        array = gradient.vector[window.start : window.stop].reshape(window.shape).copy()
        for place in np.argsort(-np.abs(array.ravel()))[:most]:
            index = tuple(int(i) for i in np.unravel_index(place, window.shape))
            shares = found.shares(params, window.path, index)
            assert shares.shape == (len(found.x),)
            assert shares.sum() == pytest.approx(array[index], rel=1e-8, abs=1e-14), window.path


def test_of_every_layer(layer_case) -> None:  # type: ignore[no-untyped-def]
    x = layer_case.rows(np.random.default_rng(0), ROWS)
    behind: tuple[Layer, ...] = () if layer_case.layer.makes_mask else (Flatten(), Dense(2))
    if not behind:
        pytest.skip("what it puts out must not be flattened")
    assert_they_add_up(*again((layer_case.layer, *behind), layer_case.shape, x))


def test_below_and_at_a_batch_normalization() -> None:
    x = np.random.default_rng(0).normal(size=(ROWS, 3))
    found, params = again((Dense(4), BatchNormalization(), Dense(2)), (3,), x)
    assert_they_add_up(found, params)
    alone = found.shares(params, (1, "gamma"), (2,))
    assert np.count_nonzero(alone) == ROWS  # a row by itself would have no variance


def test_rows_are_those_of_the_dense_layers_product() -> None:
    x = np.random.default_rng(0).normal(size=(ROWS, 3))
    found, params = again((Dense(4), Dense(2)), (3,), x)
    passes = found.through(params)
    np.testing.assert_allclose(found.shares(params, (0, "kernel"), (1, 2)), x[:, 1] * passes.deltas[0][:, 2])


def test_neighbours_of_a_very_large_batch_are_taken_together() -> None:
    x = np.random.default_rng(0).normal(size=(700, 3))
    found, params = again((BatchNormalization(), Dense(2)), (3,), x)
    shares = found.shares(params, (0, "gamma"), (1,))
    assert len(np.unique(shares)) <= 256 < len(shares)
    assert shares.sum() == pytest.approx(found.through(params).grads[0]["gamma"][1])
