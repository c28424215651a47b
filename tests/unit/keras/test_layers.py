"""Every layer under Keras' name: Keras' arguments make the engine's value, and the value finds its face again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netviz.engine import layers as engine
from netviz.engine.activations import Relu
from netviz.engine.initializers import Constant, RandomNormal, Zeros
from netviz.engine.regularizers import L2
from netviz.keras import Input, Sequential, layers
from netviz.keras.models import load_model

# Keras' call, and the engine's value that it makes.
MADE: dict[str, tuple[Any, engine.Layer]] = {
    "relu": (lambda: layers.ReLU(6.0, 0.1, 0.5), engine.ReLU(6.0, 0.1, 0.5)),
    "leaky relu": (lambda: layers.LeakyReLU(), engine.LeakyReLU(0.3)),
    "elu": (lambda: layers.ELU(alpha=0.5), engine.ELU(0.5)),
    "softmax": (lambda: layers.Softmax(axis=1), engine.Softmax(1)),
    "prelu": (lambda: layers.PReLU(shared_axes=[1, 2]), engine.PReLU(shared_axes=(1, 2))),
    "prelu of one axis": (
        lambda: layers.PReLU(Constant(0.2), "l2", shared_axes=1), engine.PReLU(Constant(0.2), L2(), (1,)),
    ),
    "spatial dropout 1D": (lambda: layers.SpatialDropout1D(0.2), engine.SpatialDropout1D(0.2)),
    "spatial dropout 2D": (
        lambda: layers.SpatialDropout2D(0.2, data_format="channels_last"), engine.SpatialDropout2D(0.2),
    ),
    "gaussian noise": (lambda: layers.GaussianNoise(0.2), engine.GaussianNoise(0.2)),
    "gaussian dropout": (lambda: layers.GaussianDropout(0.2), engine.GaussianDropout(0.2)),
    "reshape": (lambda: layers.Reshape([2, -1]), engine.Reshape((2, -1))),
    "permute": (lambda: layers.Permute([2, 1]), engine.Permute((2, 1))),
    "rescaling": (lambda: layers.Rescaling(1 / 255), engine.Rescaling(1 / 255)),
    "batch normalization": (
        lambda: layers.BatchNormalization(-1, 0.9, gamma_initializer="zeros", beta_regularizer="l2", renorm=False),
        engine.BatchNormalization(-1, 0.9, gamma_initializer=Zeros(), beta_regularizer=L2()),
    ),
    "layer normalization": (lambda: layers.LayerNormalization(), engine.LayerNormalization()),
    "layer normalization of two axes": (
        lambda: layers.LayerNormalization(axis=[1, 2], gamma_constraint=None), engine.LayerNormalization((1, 2)),
    ),
    "random flip": (lambda: layers.RandomFlip("vertical"), engine.RandomFlip("vertical")),
    "random translation": (
        lambda: layers.RandomTranslation(0.1, (0.2, 0.0), "wrap", "nearest", fill_value=1.0),
        engine.RandomTranslation((-0.1, 0.1), (0.0, 0.2), "wrap", "nearest", 1.0),
    ),
    "random rotation": (lambda: layers.RandomRotation(0.1), engine.RandomRotation((-0.1, 0.1))),
    "random zoom": (lambda: layers.RandomZoom(0.1, None), engine.RandomZoom((-0.1, 0.1))),
    "residual": (
        lambda: layers.Residual([layers.Dense(3, "relu"), layers.BatchNormalization()]),
        engine.Residual((layers.Dense(3, "relu").value, engine.BatchNormalization())),
    ),
    "embedding": (
        lambda: layers.Embedding(9, 4, "normal", "l2", mask_zero=True, input_length=5),
        engine.Embedding(9, 4, RandomNormal(), L2(), mask_zero=True),
    ),
    "simple rnn": (
        lambda: layers.SimpleRNN(3, "relu", stateful=False, unroll=True, seed=None, dropout=0.1, return_sequences=True),
        engine.SimpleRNN(3, Relu(), dropout=0.1, return_sequences=True),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", MADE)
def test_keras_arguments_make_the_engines_value_which_finds_its_face_again(case: str) -> None:
    call, value = MADE[case]
    made = call()
    assert made.value == value
    again = layers.of(made.value)
    assert type(again) is type(made) and again.value == value


@pytest.mark.parametrize("call", [
    lambda: layers.SpatialDropout1D(0.2, seed=1), lambda: layers.SpatialDropout2D(0.2, seed=1),
    lambda: layers.RandomFlip(seed=1), lambda: layers.RandomZoom(0.1, seed=1), lambda: layers.GaussianNoise(0.2, seed=1), lambda: layers.GaussianDropout(0.2, seed=1),
])  # fmt: skip
def test_a_seed_of_a_layers_own_is_refused(call: Any) -> None:
    with pytest.raises(ValueError, match="does not support the argument seed"):
        call()


def test_a_model_with_state_and_a_block_is_trained_saved_and_opened_again(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(2.0, 3.0, (64, 4)).astype(np.float32)
    y = (x.sum(1) > 8).astype(np.int64)
    model = Sequential([
        Input((4,)), layers.BatchNormalization(momentum=0.5),
        layers.Residual([layers.Dense(4), layers.LayerNormalization(), layers.PReLU()]), layers.Dense(2), layers.Softmax(),
    ])  # fmt: skip
    model.compile("adam", "sparse_categorical_crossentropy", ["accuracy"])
    model.fit(x, y, epochs=5, verbose=0)
    shapes = [w.shape for w in model.get_weights()]
    assert shapes == [(4,)] * 4 + [(4, 4), (4,), (4,), (4,), (4,), (4, 2), (2,)]
    assert np.abs(model.layers[0].get_weights()[2] - x.mean(0)).max() < 1  # the moving mean came near
    model.save(tmp_path / "model.netviz")
    opened = load_model(tmp_path / "model.netviz")
    np.testing.assert_array_equal(opened.predict(x, verbose=0), model.predict(x, verbose=0))
    assert [type(layer) for layer in opened.layers] == [type(layer) for layer in model.layers]
