"""Keras 3 on each of its backends, an epoch a call of fit."""

from __future__ import annotations

import os
from typing import Any

from peers import Epochs, Workload


def on_jax(work: Workload, threads: int) -> Epochs:
    """Compiled by JAX."""
    return fits("jax", work)


def on_tensorflow(work: Workload, threads: int) -> Epochs:
    """Compiled to TensorFlow's graph."""
    return fits("tensorflow", work)


def on_torch(work: Workload, threads: int) -> Epochs:
    """Eager."""
    import torch

    torch.set_num_threads(threads)
    return fits("torch", work)


def fits(backend: str, work: Workload) -> Epochs:
    """One fit after another."""
    os.environ["KERAS_BACKEND"] = backend
    import keras

    x, y = work.data()
    one = work.outputs == 1
    last = keras.layers.Dense(work.outputs, "sigmoid" if one else "softmax")
    model = keras.Sequential([keras.Input(work.shape), *(layer(keras, part) for part in work.hidden), last])
    loss = "binary_crossentropy" if one else "sparse_categorical_crossentropy"
    model.compile("adam", loss, metrics=["accuracy"])
    while True:
        model.fit(x, y, batch_size=work.batch_size, verbose=0)
        yield 1


def layer(keras: Any, part: Any) -> Any:
    """One hidden layer."""
    if part.kind == "flatten":
        return keras.layers.Flatten()
    if part.kind == "lstm":
        return keras.layers.LSTM(part.units)
    if part.kind == "conv":
        return keras.layers.Conv2D(part.units, 3, activation=part.activation)
    return keras.layers.Dense(part.units, part.activation)
