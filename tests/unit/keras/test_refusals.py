"""What the face does not do it says in one sentence, before anything is trained."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from netviz.keras import Input, Sequential, config, initializers, layers, losses, metrics, optimizers, utils
from netviz.keras.layers import Dense

X = np.zeros((10, 4))
Y = np.zeros(10)


def compiled(units: int, loss: Any, activation: Any = None, **more: Any) -> Sequential:
    model = Sequential([Input((4,)), Dense(units, activation)])
    model.compile(loss=loss, **more)
    return model


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "activity": (lambda: Dense(1, activity_regularizer="l2"), "Dense does not support the argument activity_regularizer"),
    "constraint": (lambda: Dense(1, kernel_constraint="max_norm"), "Dense does not support the argument kernel_constraint"),
    "unknown": (lambda: Dense(1, unit=3), "Dense does not support the argument unit"),
    "own dtype": (lambda: Dense(1, dtype="float64"), "cannot have a dtype of its own"),
    "frozen": (lambda: Dense(1, trainable=False), "Dense does not support the argument trainable"),
    "units": (lambda: Dense(0), "Dense.units is 0; it must be a whole number at least 1"),
    "activation": (lambda: Dense(1, activation="rellu"), "no activation named 'rellu'. Did you mean 'relu'"),
    "function": (lambda: Dense(1, activation=np.tanh), "a function of netviz.keras.activations"),
    "renorm": (lambda: layers.BatchNormalization(renorm=True), "BatchNormalization does not support the argument renorm"),
    "axis": (lambda: Sequential([Input((3,)), layers.Softmax(axis=2)]), "has no axis 2: its axes are 1 to 1"),
    "bounded": (lambda: Dense(2, activation=layers.ReLU(max_value=6)), "An activation is a name or a function"),
    "inside": (lambda: layers.Residual([Input((3,))]), "cannot stand inside a residual block"),
    "around": (lambda: Sequential([Input((3,)), layers.Residual([Dense(2)])]), "let the last of them give"),
    "state": (lambda: layers.SimpleRNN(2, return_state=True), "SimpleRNN does not support the argument return_state"),
    "stateful": (lambda: layers.SimpleRNN(2, stateful=True), "SimpleRNN does not support the argument stateful"),
    "unit": (lambda: layers.SimpleRNN(2, unit=3), "SimpleRNN does not support the argument unit"),
    "table": (lambda: layers.Embedding(2, 2, weights=[X]), "Embedding takes no weights; call set_weights"),
    "backward layer": (
        lambda: layers.Bidirectional(layers.GRU(2), backward_layer=layers.GRU(2)), "does not support the argument backward_layer",
    ),
    "two outputs": (lambda: layers.Bidirectional(layers.GRU(2), merge_mode=None), "Bidirectional gives one output"),
    "both directions of": (lambda: layers.Bidirectional(Dense(2)), "takes a SimpleRNN, LSTM or GRU"),
    "gate": (lambda: layers.MultiHeadAttention(2, 2, use_gate=True), "MultiHeadAttention does not support the argument use_gate"),
    "mask seed": (lambda: layers.Dropout(0.5, seed=1), "Dropout does not support the argument seed"),
    "open shape": (lambda: Input((None, 4)), "open dimensions are not supported"),
    "bare shape": (lambda: Input(4), "A shape is a tuple"),
    "no shape": (lambda: Input(), "Input needs a shape"),
    "seed": (lambda: initializers.GlorotUniform(seed=1), "GlorotUniform cannot have a seed of its own"),
    "initializer": (lambda: Dense(1, kernel_initializer="zeroes"), "Did you mean 'zeros'"),
    "two clips": (lambda: optimizers.Adam(clipnorm=1.0, clipvalue=2.0), "Adam clips in one way at a time"),
    "accumulation": (
        lambda: optimizers.SGD(gradient_accumulation_steps=2), "SGD does not support the argument gradient_accumulation_steps",
    ),
    "rate": (lambda: optimizers.SGD(-1), "SGD.learning_rate is -1"),
    "optimizer": (lambda: compiled(1, "mse", optimizer="lyon"), "no optimizer named 'lyon'. Did you mean 'lion'"),
    "smoothing": (lambda: losses.BinaryCrossentropy(label_smoothing=1.5), "label_smoothing is 1.5; it must be a number at least 0"),
    "ignored": (lambda: losses.SparseCategoricalCrossentropy(ignore_class=0), "does not support the argument ignore_class"),
    "loss axis": (lambda: losses.CosineSimilarity(axis=1), "does not support the argument axis"),
    "alphas": (
        lambda: compiled(3, losses.CategoricalFocalCrossentropy([0.1, 0.2]), "softmax").fit(X, np.eye(3)[[0] * 10]),
        "2 numbers α for 3 outputs",
    ),
    "reduction": (lambda: losses.MeanSquaredError(reduction="sum"), "does not support the argument reduction"),
    "loss": (lambda: compiled(1, "hing"), "no loss named 'hing'"),
    "no loss": (lambda: compiled(1, None), "compile needs a loss"),
    "own loss": (lambda: compiled(1, lambda a, b: 0), "A loss is a name or one of netviz.keras.losses"),
    "metric": (lambda: compiled(1, "mse", metrics=["aucc"]), "no metric named 'aucc'"),
    "weighted": (lambda: compiled(1, "mse", weighted_metrics=["mae"]), "compile does not support the argument weighted_metrics"),
    "no class": (
        lambda: compiled(3, "mse", metrics=[metrics.Recall(class_id=3)]).fit(X, np.eye(3)[[0] * 10]), "There is no class 3 to count",
    ),
    "no rate": (lambda: compiled(1, "mse", metrics=["precision_at_recall"]).fit(X, Y), "needs settings; use netviz.keras.metrics.Prec"),
    "area of logits": (
        lambda: compiled(1, losses.BinaryCrossentropy(from_logits=True), metrics=["auc"]).fit(X, Y),
        "auc is not supported together with from_logits=True",
    ),
    "on logits": (
        lambda: compiled(1, losses.BinaryCrossentropy(from_logits=True), metrics=["mae"]).fit(X, Y),
        "mean_absolute_error is not supported together with from_logits",
    ),
    "floatx": (lambda: config.set_floatx("float16"), "floatx can be float32 or float64"),
    "uncompiled": (lambda: Sequential([Dense(1)]).fit(X, Y), "Call compile"),
    "features": (lambda: compiled(1, "mse").fit(np.zeros((10, 3)), Y), r"x has the shape \(10, 3\), but the model takes"),
    "rows": (lambda: compiled(1, "mse").fit(X, Y[:9]), "x has 10 rows and y has 9"),
    "targets": (lambda: compiled(2, "mse").fit(X, Y), r"y has the shape \(10,\), but the model gives 2 numbers"),
    "labels for cce": (lambda: compiled(3, "categorical_crossentropy", "softmax").fit(X, Y), "use sparse_categorical_crossentropy"),
    "one-hot for sparse": (
        lambda: compiled(3, "sparse_categorical_crossentropy", "softmax").fit(X, np.zeros((10, 3))),
        "For one-hot rows use categorical_crossentropy",
    ),
    "class too large": (
        lambda: compiled(3, "sparse_categorical_crossentropy", "softmax").fit(X, Y + 3),
        "whole class numbers from 0 to 2",
    ),
    "weights": (lambda: compiled(1, "mse").fit(X, Y, sample_weight=np.ones(9)), r"sample_weight has the shape \(9,\)"),
    "validation": (lambda: compiled(1, "mse").fit(X, Y, validation_data=X), r"validation_data is \(x, y\)"),
    "split": (lambda: compiled(1, "mse").fit(X, Y, validation_split=1.0), "validation_split must be from 0 to below 1"),
    "empty split": (lambda: compiled(1, "mse").fit(X, Y, validation_split=0.99), "leaves no rows on one side"),
    "steps": (lambda: compiled(1, "mse").fit(X, Y, steps_per_epoch=3), "fit does not support the argument steps_per_epoch"),
    "texts": (lambda: compiled(1, "mse").fit(np.array([["a"] * 4] * 10), Y), "x must be an array of numbers"),
    "generator": (lambda: compiled(1, "mse").fit((row for row in X), Y), "x is a generator"),
    "missing": (lambda: compiled(1, "mse").fit(X), "y is missing"),
    "nan": (lambda: compiled(1, "mse").fit(np.full((10, 4), np.nan), Y), "10 rows of features hold numbers that are not finite"),
    "verbose": (lambda: compiled(1, "mse").fit(X, Y, verbose=3), "verbose is auto, 0, 1 or 2"),
    "epochs": (lambda: compiled(1, "mse").fit(X, Y, epochs=2.5), "epochs must be a whole number from 0 on, not 2.5"),
    "batch": (lambda: compiled(1, "mse").fit(X, Y, batch_size=0), "batch_size must be a whole number from 1 on, not 0"),
    "weights that are nan": (lambda: compiled(1, "mse").fit(X, Y, sample_weight=Y * np.nan), "sample_weight holds numbers that are not finite"),
    "class below 0": (lambda: compiled(1, "mse").fit(X, Y, class_weight={-1: 2.0}), "class_weight maps class numbers from 0 on"),
    "class between": (lambda: compiled(1, "mse").fit(X, Y, class_weight={1.5: 2.0}), "it holds 1.5: 2.0"),
    "class weighs text": (lambda: compiled(1, "mse").fit(X, Y, class_weight={1: "a"}), "it holds 1: 'a'"),
    "class weight": (lambda: compiled(1, "mse").fit(X, Y, class_weight=[1, 2]), "class_weight is a dictionary"),
    "to_categorical": (lambda: utils.to_categorical([0, 5], 3), "Class numbers must be from 0 to 2"),
    "set_random_seed": (lambda: utils.set_random_seed(-1), "A seed is a whole number"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_done_is_said_in_a_sentence(case: str) -> None:
    action, sentence = REFUSED[case]
    with pytest.raises(ValueError, match=sentence) as caught:
        action()
    assert "\n" not in str(caught.value)


def test_what_asks_for_nothing_is_let_pass() -> None:
    Dense(1, activity_regularizer=None, trainable=True, dtype="float32")
    optimizers.Adam(clipnorm=None, use_ema=False, loss_scale_factor=None)
    optimizers.SGD(clipnorm=0, clipvalue=1.0, ema_overwrite_frequency=0)
    losses.CategoricalCrossentropy(label_smoothing=0, axis=-1)
