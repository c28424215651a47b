"""Convolution and pooling by numbers worked out by hand, what they say where they do not fit, and what they never copy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netviz.codec import InvalidValue
from netviz.engine.layers import (
    AveragePooling2D,
    Conv1D,
    Conv2D,
    DepthwiseConv2D,
    GlobalAveragePooling1D,
    GlobalMaxPooling2D,
    Layer,
    LayerProblem,
    MaxPooling1D,
    MaxPooling2D,
    UpSampling2D,
    ZeroPadding2D,
)
from netviz.engine.workspace import Context, Workspace

GRID = np.arange(16.0).reshape(1, 4, 4, 1)


def context(mask: Any = None) -> Context:
    found = Context(Workspace("float64"), 1, training=True)
    if mask is not None:
        found._masker = Context(Workspace("float64"), 0, training=True)
        found._masker.made_mask = np.asarray(mask)
    return found


def value(layer: Layer, x: Any, **params: Any) -> Any:
    return layer.forward(params, np.asarray(x, float), context())[0]


def test_a_kernel_is_laid_over_the_image_and_not_turned_over() -> None:
    kernel = np.array([[1.0, 2.0], [3.0, 4.0]])[..., None, None]
    y = value(Conv2D(1, 2), GRID, kernel=kernel, bias=np.array([0.5]))
    assert y[0, 0, 0, 0] == 0 * 1 + 1 * 2 + 4 * 3 + 5 * 4 + 0.5 and y.shape == (1, 3, 3, 1)


def test_a_causal_convolution_sees_no_later_step() -> None:
    kernel = np.array([10.0, 1.0])[:, None, None]
    y = value(Conv1D(1, 2, padding="causal"), [[[1.0], [2.0], [3.0]]], kernel=kernel, bias=np.zeros(1))
    assert y.ravel().tolist() == [1, 12, 23]


def test_groups_and_depthwise_filters_see_their_own_channels_only() -> None:
    x = np.array([1.0, 100.0]).reshape(1, 1, 1, 2)
    apart = value(Conv2D(4, 1, groups=2), x, kernel=np.array([1.0, 2.0, 3.0, 4.0]).reshape(1, 1, 1, 4))
    assert apart.ravel().tolist() == [1, 2, 300, 400]
    deep = value(DepthwiseConv2D(1, depth_multiplier=2), x, kernel=np.array([[1.0, 2.0], [3.0, 4.0]]).reshape(1, 1, 2, 2))
    assert deep.ravel().tolist() == [1, 2, 300, 400]


def test_a_depthwise_convolution_of_many_images_is_that_of_each_by_itself() -> None:
    rng, layer, shape = np.random.default_rng(0), DepthwiseConv2D(3, padding="same", depth_multiplier=2), (40, 41, 8)
    params = {w.name: rng.normal(size=w.shape) for w in layer.weights(shape)}
    x, dy = rng.normal(size=(5, *shape)), rng.normal(size=(5, *layer.output_shape(shape)))  # some at a time, not all
    together = {name: np.full_like(array, np.nan) for name, array in params.items()}
    told = context()
    y, memory = layer.forward(params, x, told)
    dx = layer.backward(params, memory, dy, told, together)
    sums = {name: np.zeros_like(array) for name, array in params.items()}
    for row in range(5):
        told, own = context(), {name: np.empty_like(array) for name, array in params.items()}
        alone, memory = layer.forward(params, x[row : row + 1], told)
        np.testing.assert_allclose(y[row], alone[0], rtol=1e-12)
        np.testing.assert_allclose(dx[row], layer.backward(params, memory, dy[row : row + 1], told, own)[0], rtol=1e-12)
        sums = {name: sums[name] + own[name] for name in sums}
    for name, array in together.items():
        np.testing.assert_allclose(array, sums[name], rtol=1e-9)


def test_where_the_windows_are_the_image_nothing_is_copied() -> None:
    for layer, shape in ((Conv2D(3, 1), (4, 5, 2)), (Conv2D(3, (4, 5)), (4, 5, 2)), (Conv1D(3, 2, strides=2), (6, 2))):
        told, x = context(), np.ones((2, *shape))
        params = {w.name: np.ones(w.shape) for w in layer.weights(shape)}
        _z, memory = layer.forward(params, x, told)
        layer.backward(params, memory, np.ones((2, *layer.output_shape(shape))), told, params)
        assert "columns" not in told._memory and "padded" not in told._memory


def test_the_largest_of_a_window_gets_the_gradient_and_of_equals_the_first() -> None:
    layer, told = MaxPooling1D(2), context()
    x = np.array([1.0, 3.0, 2.0, 2.0])[None, :, None]
    y, memory = layer.forward({}, x, told)
    dx = layer.backward({}, memory, np.array([5.0, 7.0])[None, :, None], told, {})
    assert y.ravel().tolist() == [3, 2] and dx.ravel().tolist() == [0, 5, 7, 0]


def test_equals_share_the_gradient_of_a_global_maximum() -> None:
    layer, told = GlobalMaxPooling2D(), context()
    _y, memory = layer.forward({}, np.array([1.0, 4.0, 4.0, 0.0]).reshape(1, 2, 2, 1), told)
    assert layer.backward({}, memory, np.array([[6.0]]), told, {}).ravel().tolist() == [0, 3, 3, 0]


def test_what_sticks_out_counts_neither_in_a_maximum_nor_in_a_mean() -> None:
    assert value(MaxPooling2D(3, 2, "same"), -1 - GRID).ravel().tolist() == [-1, -3, -9, -11]
    assert value(AveragePooling2D(3, 3, "same"), np.ones((1, 4, 4, 1))).ravel().tolist() == [1, 1, 1, 1]


def test_a_number_that_is_none_reaches_the_answer() -> None:
    x = GRID.copy()
    x[0, 1, 1] = np.nan
    for layer in (MaxPooling2D(), AveragePooling2D(), GlobalMaxPooling2D()):
        assert np.isnan(value(layer, x)).any(), layer


def test_the_mean_over_steps_leaves_padding_out_and_of_padding_alone_is_zero() -> None:
    layer, told = GlobalAveragePooling1D(), context([[True, True, False], [False, False, False]])
    x = np.arange(6.0).reshape(2, 3, 1)
    y, memory = layer.forward({}, x, told)
    dx = layer.backward({}, memory, np.ones((2, 1)), told, {})
    assert y.ravel().tolist() == [0.5, 0] and dx.ravel().tolist() == [0.5, 0.5, 0, 0, 0, 0]
    assert not layer.passes_mask and not Conv1D().passes_mask and not MaxPooling1D().passes_mask


def test_images_are_made_larger() -> None:
    x = np.array([[0.0, 1.0]])[None, :, :, None]
    assert value(UpSampling2D((1, 2)), x).ravel().tolist() == [0, 0, 1, 1]
    assert value(UpSampling2D((1, 2), "bilinear"), x).ravel().tolist() == [0, 0.25, 0.75, 1]
    assert value(ZeroPadding2D(((0, 1), (1, 0))), x)[0, :, :, 0].tolist() == [[0, 0, 1], [0, 0, 0]]


@pytest.mark.parametrize(
    ("layer", "shape", "sentence"),
    [
        (Conv2D(), (64,), r"Images .* are wanted here, but the rows have the shape \(64,\); put Reshape .*\(8, 8, 1\)"),
        (Conv2D(), (10,), r"Reshape\(\(2, 5, 1\)\)"),
        (MaxPooling2D(), (8, 6), r"Reshape\(\(8, 6, 1\)\)"),
        (Conv1D(), (7,), r"Sequences .* are wanted here.* Reshape\(\(7, 1\)\)"),
        (GlobalAveragePooling1D(), (4, 3, 2), r"Reshape\(\(4, 6\)\)"),
        (Conv2D(2, 3), (2, 5, 1), "A window of 3×3 does not fit into 2×5; make it smaller"),
        (Conv2D(2, 3, dilation_rate=3), (5, 9, 1), "A window of 7×7 does not fit into 5×9"),
        (Conv2D(2, 3), (1, 5, 1), "A window of 3×3 does not fit into 1×5"),
        (MaxPooling1D(4), (3, 1), "A window of 4 does not fit into 3"),
        (Conv1D(4, 1, groups=2), (5, 3), "3 channels do not fall into 2 groups"),
    ],
)
def test_what_does_not_fit_is_said_with_the_way_out(layer: Layer, shape: tuple[int, ...], sentence: str) -> None:
    with pytest.raises(LayerProblem, match=sentence):
        layer.output_shape(shape)


@pytest.mark.parametrize(
    "call", [lambda: Conv2D(4, 0), lambda: Conv1D(4, (3, 3)), lambda: MaxPooling2D((2, 2, 2)), lambda: ZeroPadding2D(-1),
             lambda: Conv2D(4, True), lambda: Conv2D(4, 2.0), lambda: UpSampling2D(2, "bicubic"),
             lambda: Conv1D(4, 3, strides=2, dilation_rate=2), lambda: Conv2D(5, 3, groups=2)],
)  # fmt: skip
def test_settings_out_of_range_are_refused(call: Any) -> None:
    with pytest.raises(InvalidValue):
        call()
