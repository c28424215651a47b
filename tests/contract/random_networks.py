"""Networks of many layers drawn at random, for formats that write the layers themselves: what fits is put on what was before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from netviz.arrays import Array, Shape
from netviz.datasets import Arrays, Preprocessing
from netviz.engine import activations
from netviz.engine import layers as kinds
from netviz.engine.experiment import Experiment
from netviz.engine.layers import Dense, Flatten, Layer, LayerProblem, Residual
from netviz.engine.losses import MeanSquaredError
from netviz.engine.parameters import Parameters
from netviz.formats import Trained

Rng = np.random.Generator
_FUNCTIONS = (
    activations.Relu(), activations.Tanh(), activations.Sigmoid(), activations.Elu(0.7), activations.LeakyRelu(0.1),
    activations.Gelu(), activations.Softplus(), activations.Softmax(), activations.Linear(),
)  # fmt: skip
_PADDINGS = ("valid", "same")


def _function(rng: Rng) -> Any:
    return _FUNCTIONS[rng.integers(len(_FUNCTIONS))]


def _n(rng: Rng, low: int, high: int) -> int:
    return int(rng.integers(low, high + 1))


def _padding(rng: Rng) -> Any:
    return _PADDINGS[rng.integers(2)]


def _anything(rng: Rng, shape: Shape) -> Layer:
    """A layer for rows of any shape."""
    axes = tuple(range(1, len(shape) + 1))
    made: list[Callable[[], Layer]] = [
        lambda: Dense(_n(rng, 2, 5), _function(rng)), lambda: kinds.Activation(_function(rng)),
        lambda: kinds.BatchNormalization(axis=int(rng.choice([-1, 1]))), lambda: kinds.LayerNormalization(),
        lambda: kinds.Dropout(0.2), lambda: kinds.PReLU(shared_axes=axes[:-1]), lambda: kinds.ReLU(1.5, 0.1),
        lambda: kinds.Permute(tuple(map(int, rng.permutation(axes)))), lambda: kinds.Rescaling(0.5, 0.1),
        lambda: kinds.GaussianNoise(0.1), lambda: Residual((Dense(4, _function(rng)), Dense(shape[-1]))),
    ]  # fmt: skip
    return made[rng.integers(len(made))]()


def _on_images(rng: Rng, _shape: Shape) -> Layer:
    size, stride = (_n(rng, 1, 3), _n(rng, 1, 3)), _n(rng, 1, 2)
    made: list[Callable[[], Layer]] = [
        lambda: kinds.Conv2D(_n(rng, 1, 4), size, stride, _padding(rng), activation=_function(rng)),
        lambda: kinds.Conv2D(4, 3, padding="same", dilation_rate=2, use_bias=False),
        lambda: kinds.DepthwiseConv2D(size, stride, _padding(rng), _n(rng, 1, 2), activation=_function(rng)),
        lambda: kinds.MaxPooling2D(size, stride, _padding(rng)), lambda: kinds.AveragePooling2D(2),
        lambda: kinds.UpSampling2D((1, 2), "bilinear"), lambda: kinds.UpSampling2D(2),
        lambda: kinds.ZeroPadding2D(((0, 1), (2, 1))), lambda: kinds.SpatialDropout2D(0.2), lambda: kinds.RandomFlip(),
        lambda: kinds.GlobalAveragePooling2D(keepdims=True), lambda: kinds.GlobalMaxPooling2D(),
    ]  # fmt: skip
    return made[rng.integers(len(made))]()


def _on_sequences(rng: Rng, _shape: Shape) -> Layer:
    units, both = _n(rng, 1, 4), bool(rng.integers(2))
    made: list[Callable[[], Layer]] = [
        lambda: kinds.Conv1D(_n(rng, 1, 4), _n(rng, 1, 3), 1, str(rng.choice(["valid", "same", "causal"])), activation=_function(rng)),  # type: ignore[arg-type]
        lambda: kinds.MaxPooling1D(2, padding=_padding(rng)), lambda: kinds.AveragePooling1D(3, 1, "same"),
        lambda: kinds.SimpleRNN(units, activations.Relu(), return_sequences=both), lambda: kinds.LSTM(units, return_sequences=True),
        lambda: kinds.LSTM(units, go_backwards=True, return_sequences=both), lambda: kinds.GRU(units, return_sequences=True),
        lambda: kinds.GRU(units, reset_after=False), lambda: kinds.MultiHeadAttention(2, 3), lambda: kinds.SpatialDropout1D(0.3),
        lambda: kinds.Bidirectional(kinds.GRU(units, return_sequences=True), str(rng.choice(["concat", "sum", "mul", "ave"]))),  # type: ignore[arg-type]
        lambda: kinds.GlobalAveragePooling1D(), lambda: Residual((kinds.MultiHeadAttention(1, 2), kinds.LayerNormalization())),
    ]  # fmt: skip
    return made[rng.integers(len(made))]()


def _suited(rng: Rng, shape: Shape) -> Layer:
    special = {3: _on_images, 2: _on_sequences}.get(len(shape), _anything)
    return (special if rng.random() < 0.6 else _anything)(rng, shape)


def _drawn(rng: Rng, shape: Shape, count: int) -> tuple[list[Layer], Shape]:
    found: list[Layer] = []
    while len(found) < count:
        layer = _suited(rng, shape)
        try:
            after = layer.output_shape(shape)
        except LayerProblem:
            continue
        if np.prod(after) <= 400:
            found.append(layer)
            shape = after
    return found, shape


def _rows(rng: Rng, kind: int) -> tuple[Array, list[Layer], Shape]:
    """Images, sequences, tokens with padding, or tables: rows, the layers that they want first, and what those give."""
    if kind == 0:
        return rng.normal(size=(9, 6, 5, 2)), [], (6, 5, 2)
    if kind == 1:
        return rng.normal(size=(9, 6, 3)), [], (6, 3)
    if kind == 2:
        x = rng.integers(1, 7, (9, 6)).astype(np.float64)
        x[rng.random(x.shape) < 0.3] = 0
        x[:, 0] = 1  # of padding alone Keras' mean is not a number
        return x, [kinds.Embedding(7, 4, mask_zero=True), kinds.GRU(3, return_sequences=True), kinds.GlobalAveragePooling1D()], (3,)
    return rng.normal(size=(9, 5)), [], (5,)


def random_network(seed: int) -> Trained:
    """A network with drawn layers and weights on rows that are scaled, every fourth of a kind."""
    rng = np.random.default_rng(seed)
    x, first, shape = _rows(rng, seed % 4)
    drawn, shape = _drawn(rng, shape, _n(rng, 3, 7))
    end = [*([Flatten()] if len(shape) > 1 else []), Dense(2, _function(rng))]
    scaled = Preprocessing(standardize="off" if seed % 4 == 2 else "on", standardize_targets=bool(seed % 2))
    experiment = Experiment(
        Arrays(x, rng.normal(size=(9, 2)) * 3 + 1, validation_rows=3), (*first, *drawn, *end), MeanSquaredError(), metrics=(),
        preprocessing=scaled,
    )  # fmt: skip
    samples = experiment.samples()
    network = experiment.network(samples)
    vector = network.initial(seed, "float32").vector
    vector += np.abs(rng.normal(0, 0.1, vector.shape)).astype(np.float32)
    return Trained(experiment, Parameters(vector, network.windows), samples)
