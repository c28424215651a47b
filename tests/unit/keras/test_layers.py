"""Every layer under Keras' name: Keras' arguments make the engine's value, and the value finds its face again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netviz.datasets import Digits
from netviz.engine import layers as engine
from netviz.engine.activations import Linear, Relu
from netviz.engine.initializers import Constant, RandomNormal, Zeros
from netviz.engine.regularizers import L2
from netviz.keras import Input, Sequential, layers, optimizers
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
    "conv1d": (
        lambda: layers.Conv1D(4, (3,), padding="causal", dilation_rate=2, activation="relu", kernel_regularizer="l2"),
        engine.Conv1D(4, 3, padding="causal", dilation_rate=2, activation=Relu(), kernel_regularizer=L2()),
    ),
    "conv2d": (
        lambda: layers.Conv2D(4, 3, 2, "SAME", "channels_last", groups=2, use_bias=False, kernel_constraint=None),
        engine.Conv2D(4, (3, 3), (2, 2), "same", groups=2, use_bias=False),
    ),
    "depthwise": (
        lambda: layers.DepthwiseConv2D((3, 2), depth_multiplier=2, depthwise_initializer="zeros", depthwise_constraint=None),
        engine.DepthwiseConv2D((3, 2), depth_multiplier=2, depthwise_initializer=Zeros()),
    ),
    "max pooling 1D": (lambda: layers.MaxPooling1D(), engine.MaxPooling1D(2)),
    "max pooling 2D": (lambda: layers.MaxPool2D(3, strides=(1, 2)), engine.MaxPooling2D((3, 3), (1, 2))),
    "average pooling 1D": (lambda: layers.AveragePooling1D(2, padding="same"), engine.AveragePooling1D(2, None, "same")),
    "average pooling 2D": (lambda: layers.AvgPool2D((2, 1)), engine.AveragePooling2D((2, 1))),
    "global average pooling 1D": (lambda: layers.GlobalAveragePooling1D(keepdims=True), engine.GlobalAveragePooling1D(True)),
    "global average pooling 2D": (lambda: layers.GlobalAvgPool2D(), engine.GlobalAveragePooling2D()),
    "global max pooling 1D": (lambda: layers.GlobalMaxPool1D(), engine.GlobalMaxPooling1D()),
    "global max pooling 2D": (lambda: layers.GlobalMaxPooling2D("channels_last"), engine.GlobalMaxPooling2D()),
    "upsampling": (lambda: layers.UpSampling2D(3, interpolation="bilinear"), engine.UpSampling2D((3, 3), "bilinear")),
    "zero padding": (lambda: layers.ZeroPadding2D(((1, 0), 2)), engine.ZeroPadding2D(((1, 0), (2, 2)))),
    "zero padding of all sides": (lambda: layers.ZeroPadding2D(3), engine.ZeroPadding2D(((3, 3), (3, 3)))),
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
    "lstm": (
        lambda: layers.LSTM(3, None, recurrent_activation="relu", use_cudnn="auto", unit_forget_bias=False),
        engine.LSTM(3, Linear(), recurrent_activation=Relu(), unit_forget_bias=False),
    ),
    "gru": (
        lambda: layers.GRU(3, reset_after=False, go_backwards=True, recurrent_regularizer="l2", recurrent_dropout=0.2),
        engine.GRU(3, reset_after=False, go_backwards=True, recurrent_regularizer=L2(), recurrent_dropout=0.2),
    ),
    "bidirectional": (
        lambda: layers.Bidirectional(layers.LSTM(3, return_sequences=True), "ave"),
        engine.Bidirectional(engine.LSTM(3, return_sequences=True), "ave"),
    ),
    "attention": (
        lambda: layers.MultiHeadAttention(2, 4, 3, 0.1, flash_attention=False, kernel_regularizer="l2", use_bias=False),
        engine.MultiHeadAttention(2, 4, 3, 0.1, False, kernel_regularizer=L2()),
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


@pytest.mark.parametrize(("call", "sentence"), [
    (lambda: layers.Conv2D(4, 3, data_format="channels_first"), "does not support the argument data_format"),
    (lambda: layers.MaxPooling1D(data_format="channels_first"), "does not support the argument data_format"),
    (lambda: layers.Conv1D(4, 3, activity_regularizer="l2"), "does not support the argument activity_regularizer"),
    (lambda: layers.Conv2D(4, 3, strides=2, dilation_rate=2), "strides above 1 do not go together"),
    (lambda: layers.Conv2D(4, 3, groups=3), "4 filters do not fall into 3 groups"),
    (lambda: layers.Conv2D(4, 3, padding="causal"), "one of valid, same"),
    (lambda: layers.Conv2D(4, (3, 3, 3)), "a list of 2"),
    (lambda: layers.UpSampling2D(interpolation="bicubic"), "only nearest and bilinear"),
])  # fmt: skip
def test_what_a_layer_of_images_has_not_is_refused_in_one_sentence(call: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        call()


def test_a_model_of_convolutions_learns_digits_and_is_opened_again(tmp_path: Path) -> None:
    data = Digits().load()
    x, y = data.x[:600].astype(np.float32), data.y[:600]
    model = Sequential([
        Input((8, 8, 1)), layers.Conv2D(8, 3, activation="relu"), layers.MaxPooling2D(), layers.Conv2D(16, 3, activation="relu"),
        layers.GlobalAveragePooling2D(), layers.Dense(10, activation="softmax"),
    ])  # fmt: skip
    model.compile(optimizers.Adam(0.01), "sparse_categorical_crossentropy", ["accuracy"])
    assert model.fit(x, y, epochs=15, verbose=0).history["accuracy"][-1] > 0.9
    assert [w.shape for w in model.get_weights()] == [(3, 3, 1, 8), (8,), (3, 3, 8, 16), (16,), (16, 10), (10,)]
    assert [layer.output_shape for layer in model.layers][:3] == [(None, 6, 6, 8), (None, 3, 3, 8), (None, 1, 1, 16)]
    assert model.layers[0].kernel.shape == (3, 3, 1, 8) and model.layers[0].bias.shape == (8,)
    model.save(tmp_path / "model.netviz")
    np.testing.assert_array_equal(load_model(tmp_path / "model.netviz").predict(x, verbose=0), model.predict(x, verbose=0))


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


def test_a_model_of_tokens_grows_layer_by_layer_and_is_trained_saved_and_opened_again(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(1, 9, (64, 6)) * (np.arange(6) < rng.integers(2, 7, (64, 1)))
    y = (x == 3).any(1).astype(np.float32)
    model = Sequential([layers.Embedding(9, 4, mask_zero=True)])
    model.add(layers.Bidirectional(layers.GRU(4, return_sequences=True)))
    model.add(layers.MultiHeadAttention(2, 3))
    model.add(layers.LSTM(6))
    model.add(layers.Dense(1, "sigmoid"))
    model.compile("adam", "binary_crossentropy", ["accuracy"])
    history = model.fit(x, y, epochs=30, batch_size=16, verbose=0).history
    assert history["loss"][-1] < history["loss"][0] - 0.05
    assert [layer.output_shape for layer in model.layers] == [(None, 6, 4), (None, 6, 8), (None, 6, 8), (None, 6), (None, 1)]
    assert len(model.layers[1].get_weights()) == 6 and model.layers[0].embeddings.shape == (9, 4)
    model.save(tmp_path / "model.netviz")
    opened = load_model(tmp_path / "model.netviz")
    np.testing.assert_array_equal(opened.predict(x, verbose=0), model.predict(x, verbose=0))
    with pytest.raises(ValueError, match="whole numbers from 0 to 8, but there is 17 among"):
        model.predict(x + 9 * (x == 8), verbose=0)
